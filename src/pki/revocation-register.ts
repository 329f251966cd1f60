// What an authority of a lab has revoked, in a file beside its certificate: serial numbers with date and reason, and the
// number of its latest CRL. Lists are made from it in crl.ts. Knows no certificate.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type CrlReason, crlReasons, type RevokedCertificate } from '../certificates/crl.ts';
import { refuse } from '../errors.ts';
import { codeOf } from './files.ts';
import { statable } from './status-times.ts';

export interface RevocationRegister {
  /** Of the latest list (RFC 5280 5.2.3); 0 before the first. */
  readonly crlNumber: number;
  /** By serial number, lower-case hex as in `Certificate`, in the order in which they were revoked. */
  readonly revoked: ReadonlyMap<string, RevokedCertificate>;
}

/**
 * An authority that has none yet has revoked nothing.
 *
 * @throws E2EKeyError OPTION_INVALID for a file that is no register: whoever took it for an empty one would have all
 * that is revoked good again.
 */
export function readRegister(path: string): RevocationRegister {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return { crlNumber: 0, revoked: new Map() };
    return refuse('OPTION_INVALID', `${path}: the file cannot be read`, { cause });
  }
  try {
    return registerIn(JSON.parse(text));
  } catch (cause) {
    return refuse('OPTION_INVALID', `${path}: not a register of revoked certificates`, { cause });
  }
}

/**
 * Replaces the register by the one that `change` makes of it, whole or not at all, and gives what else it has made.
 *
 * @throws E2EKeyError OPTION_INVALID while another command changes it, which would forget what this one has revoked; for
 * a file that cannot be read or written; and whatever `change` throws.
 */
export function changeRegister<T>(
  path: string,
  change: (register: RevocationRegister) => readonly [next: RevocationRegister, made: T],
): T {
  const next = `${path}.new`;
  try {
    writeFileSync(next, '', { flag: 'wx', mode: 0o644 });
  } catch (cause) {
    const reason =
      codeOf(cause) === 'EEXIST'
        ? 'another command is changing the register; if none is, one has ended before its time: delete the file'
        : 'cannot be written';
    return refuse('OPTION_INVALID', `${next}: ${reason}`, { cause });
  }
  try {
    const [register, made] = change(readRegister(path));
    replace(path, next, textOf(register));
    return made;
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

function replace(path: string, next: string, text: string): void {
  try {
    writeFileSync(next, text, { flush: true });
    renameSync(next, path);
  } catch (cause) {
    refuse('OPTION_INVALID', `${path}: cannot be written`, { cause });
  }
}

/**
 * Adds a certificate. One that is on hold may be revoked for good; the date stays that of the hold, as X.509 has it, if
 * none is given.
 *
 * @param serial lower-case hex as in `Certificate`.
 * @param date now, or the date that is given.
 * @throws E2EKeyError OPTION_INVALID for one that is revoked already.
 */
export function revoke(
  register: RevocationRegister,
  serial: string,
  reason: CrlReason | null,
  date: { readonly now: Date } | { readonly given: Date },
): RevocationRegister {
  const before = register.revoked.get(serial);
  if (before !== undefined && (before.reason !== 'certificateHold' || reason === 'certificateHold'))
    refuse(
      'OPTION_INVALID',
      `${serial} is revoked already, since ${before.revocationDate.toISOString()} (${before.reason ?? 'unspecified'})`,
    );
  const revocationDate = 'given' in date ? date.given : (before?.revocationDate ?? date.now);
  return { ...register, revoked: new Map([...register.revoked, [serial, { revocationDate, reason }]]) };
}

/**
 * Takes a certificate off hold.
 *
 * @throws E2EKeyError OPTION_INVALID for one that is not on hold: whatever else is revoked stays so (RFC 5280 5.3.1).
 */
export function release(register: RevocationRegister, serial: string): RevocationRegister {
  const before = register.revoked.get(serial);
  if (before?.reason !== 'certificateHold')
    refuse(
      'OPTION_INVALID',
      before === undefined
        ? `${serial} is not revoked`
        : `${serial} is revoked for good (${before.reason ?? 'unspecified'}); only a certificateHold can be undone`,
    );
  const revoked = new Map(register.revoked);
  revoked.delete(serial);
  return { ...register, revoked };
}

function textOf({ crlNumber, revoked }: RevocationRegister): string {
  const rows = [...revoked].map(([serial, entry]) => ({ serial, ...entry }));
  return `${JSON.stringify({ crlNumber, revoked: rows }, null, 2)}\n`;
}

/** @throws Error for what is no register. */
function registerIn(document: unknown): RevocationRegister {
  const { crlNumber, revoked } = fieldsOf(document);
  if (!isCount(crlNumber) || !Array.isArray(revoked)) throw new TypeError('no register');
  const entries = revoked.map(entryIn);
  const bySerial = new Map(entries);
  if (bySerial.size !== entries.length) throw new TypeError('a serial number twice');
  return { crlNumber, revoked: bySerial };
}

function entryIn(row: unknown): [serial: string, revoked: RevokedCertificate] {
  const { serial, revocationDate, reason } = fieldsOf(row);
  if (typeof serial !== 'string' || serialNumberIn(serial) !== serial) throw new TypeError('serial');
  const date = new Date(typeof revocationDate === 'string' ? revocationDate : Number.NaN);
  if (reason !== null && !isReason(reason)) throw new TypeError('reason');
  return [serial, { revocationDate: statable('revocationDate', date), reason }];
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('no object');
  return value as Record<string, unknown>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isReason(value: unknown): value is CrlReason {
  return typeof value === 'string' && Object.hasOwn(crlReasons, value);
}

/**
 * A serial number as `Certificate` has it, lower-case hex in whole octets without leading zeros, of one that is shown
 * somewhere: with either case, colons between the octets, or leading zeros. Null for what is none (RFC 5280 4.1.2.2).
 */
export function serialNumberIn(text: string): string | null {
  if (!/^(?:[0-9a-f]+|[0-9a-f]{2}(?::[0-9a-f]{2})+)$/i.test(text)) return null;
  const digits = text
    .toLowerCase()
    .replaceAll(':', '')
    .replace(/^0+(?=.)/, '');
  return digits.length <= 40 ? digits.padStart(digits.length + (digits.length % 2), '0') : null;
}
