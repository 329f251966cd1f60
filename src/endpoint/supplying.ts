// The turn `sign`, answered by a signer that may be slow or elsewhere.
import { type E2EKeyError, refuse } from '../errors.ts';
import { advance } from '../handshake/handshake.ts';
import type { Profile } from '../handshake/profile.ts';
import { wipeState } from '../handshake/state.ts';
import type { Turn } from '../handshake/turn.ts';
import type { Signer } from './credentials.ts';
import { inTime } from './deadline.ts';

/** What a `digitally-signed` element can hold (RFC 5246 §4.7), and never nothing. */
const maxSignatureSize = 0xffff;

/**
 * Goes on with a handshake until it no longer asks for a signature.
 *
 * @param within ends the waiting for a signer that does not answer, with the error that `late` makes
 * @throws E2EKeyError SIGNER_FAILED, whatever the signer did instead of signing; the state is wiped then.
 */
export async function signTurn(
  turn: Turn,
  profile: Profile,
  signer: Signer,
  within?: { readonly signal: AbortSignal; readonly late: () => E2EKeyError },
): Promise<Exclude<Turn, { kind: 'sign' }>> {
  let next = turn;
  while (next.kind === 'sign') {
    const { scheme, bytes, state } = next;
    let signature: Uint8Array;
    try {
      const signing = signer.sign(scheme, bytes);
      signature =
        signing instanceof Uint8Array || !within
          ? await signing
          : await inTime(within.signal, signing, within.late);
      if (!(signature instanceof Uint8Array) || signature.length === 0 || signature.length > maxSignatureSize)
        throw new TypeError('the signer did not give the bytes of a signature');
    } catch (cause) {
      wipeState(state);
      if (within?.signal.aborted) throw within.late();
      return refuse('SIGNER_FAILED', 'the signer of our certificate failed', { cause });
    }
    next = advance(profile, state, { signature });
  }
  return next;
}
