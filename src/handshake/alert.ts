// How an end-point says that it gives up: in the clear, or under its keys once it has sent ChangeCipherSpec.

import { withTrafficKeys } from '../crypto/key-schedule.ts';
import type { Random } from '../crypto/random.ts';
import { protect } from '../crypto/record-protection.ts';
import { Alert, alertLevel, fatalAlertRecord } from '../wire/alerts.ts';
import { encode } from '../wire/codec.ts';
import { contentType, tls12 } from '../wire/numbers.ts';
import { TlsRecord } from '../wire/records.ts';
import type { State } from './state.ts';

/**
 * A fatal alert as the stream of a TLS stack expects it in this state. Only the initiating end-point that waits
 * for message 4 has changed its keys; its Finished was record 0.
 */
export function alertRecordFor(state: State | null, description: number, random: Random): Uint8Array {
  if (state?.waitingFor !== 'message 4') return fatalAlertRecord(description);
  const { suite, encryptThenMac, randoms } = state.negotiated;
  const fragment = encode(Alert, { level: alertLevel.fatal, description });
  return withTrafficKeys(suite, state.masterSecret, randoms, ({ client: keys }) =>
    encode(
      TlsRecord,
      protect(
        { suite, encryptThenMac, keys },
        1,
        { type: contentType.alert, version: tls12, fragment },
        random,
      ),
    ),
  );
}
