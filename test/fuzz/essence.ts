// What a message says, whatever records it travels in: its handshake bytes, and every other record where it stands.
// Leaves out the warnings that may stand anywhere between messages. Written from the clauses and not after the flight
// reader, whose judgement it is there to test.
import { type RecordProtection, unprotect } from '../../src/crypto/record-protection.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { alertLevel, closeNotify } from '../../src/wire/alerts.ts';
import { handshakeHeaderSize } from '../../src/wire/messages.ts';
import { contentType } from '../../src/wire/numbers.ts';
import { readRecords, type TlsRecord } from '../../src/wire/records.ts';

/** Records of one kind that continue each other. */
export interface Run {
  readonly type: number;
  readonly version: number;
  readonly state: 'in the clear' | 'protected' | 'does not open';
  readonly bytes: Uint8Array;
}

/** docs/protocol.md: so many warnings are passed over in one flight. */
const maxWarnings = 4;

/**
 * Two flights with the same runs say the same.
 *
 * @param protection of what stands behind the first ChangeCipherSpec; null where there is none.
 */
export function runsOf(message: Uint8Array, protection: RecordProtection | null): readonly Run[] {
  const runs: Run[] = [];
  let under: RecordProtection | null = null;
  let sequence = 0;
  let warnings = 0;
  const records = readRecords(message);
  for (const [index, record] of records.entries()) {
    const run = opened(record, under, sequence);
    if (run.state === 'protected') sequence++;
    const last = runs.at(-1);
    const isLast = index === records.length - 1;
    if (isWarning(run) && !isLast && !endsInsideMessage(last) && ++warnings <= maxWarnings) continue;
    if (last !== undefined && continues(last, run))
      runs.splice(-1, 1, { ...last, bytes: Buffer.concat([last.bytes, run.bytes]) });
    else runs.push(run);
    if (record.type === contentType.changeCipherSpec) under = protection;
  }
  return runs;
}

/** Runs as text, to be compared. */
export function essence(message: Uint8Array, protection: RecordProtection | null): string {
  return runsOf(message, protection)
    .map(({ type, version, state, bytes }) => [type, version, state, Buffer.from(bytes).toString('hex')])
    .join('\n');
}

function opened(record: TlsRecord, under: RecordProtection | null, sequence: number): Run {
  const { type, version, fragment } = record;
  if (under === null) return { type, version, state: 'in the clear', bytes: fragment };
  try {
    return { type, version, state: 'protected', bytes: unprotect(under, sequence, record) };
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
    return { type, version, state: 'does not open', bytes: fragment };
  }
}

/** RFC 5246 §7.2.2; close_notify ends the handshake (§7.2.1). */
function isWarning({ type, state, bytes }: Run): boolean {
  return (
    type === contentType.alert &&
    state !== 'does not open' &&
    bytes.length === 2 &&
    bytes[0] === alertLevel.warning &&
    bytes[1] !== closeNotify
  );
}

/** RFC 5246 §6.2.1: a message may be divided, and none of its records be empty. */
function continues(last: Run, next: Run): boolean {
  return (
    next.type === contentType.handshake &&
    next.bytes.length > 0 &&
    last.type === next.type &&
    last.version === next.version &&
    last.state === next.state
  );
}

function endsInsideMessage(last: Run | undefined): boolean {
  if (last?.type !== contentType.handshake) return false;
  const { bytes } = last;
  let at = 0;
  while (at < bytes.length) {
    const [high = 0, middle = 0, low = 0] = bytes.subarray(at + 1, at + handshakeHeaderSize);
    at += handshakeHeaderSize + high * 65536 + middle * 256 + low;
  }
  return at !== bytes.length;
}
