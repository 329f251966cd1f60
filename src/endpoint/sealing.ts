// Secrets at rest: each is sealed with AES-256-GCM under a key of its own that follows from the sealing key, and
// bound to the row that it stands in. Knows no store and not what it seals.
// What sealing does not stop: whoever can write to the store can delete a row, put back an older copy of the
// same row, or change a column that `SealedRow` does not name.

import type { KeyObject } from 'node:crypto';
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  generateKeySync,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { refuse } from '../errors.ts';

/** The row that a secret belongs to; it opens only with exactly the row that it was sealed with. */
export interface SealedRow {
  readonly table: 'pending' | 'answer' | 'key';
  readonly id: string;
  /** Our own identity. */
  readonly endpoint: string;
  /** The originator or the other end-point; '' where the row has none. */
  readonly entity: string;
  /** What a pending handshake waits for; '' for other rows. */
  readonly waitingFor: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Sealing keys: secret KeyObjects of 32 bytes each. */
export interface SealingKeys {
  /** Seals and opens. */
  readonly current: KeyObject;
  /** Those that were current before; they only open. */
  readonly previous?: readonly KeyObject[];
}

export interface Sealer {
  /** Seals a secret of any size; the result is 57 bytes longer. Wiping `secret` is left to the caller. */
  seal(row: SealedRow, secret: Uint8Array): Uint8Array;
  /**
   * Opens what `seal` made for this row. Wiping the result is left to the caller.
   *
   * @throws E2EKeyError STORE_FAILED if it was sealed for another row, was changed, or was sealed under a key
   * that this sealer does not have.
   */
  open(row: SealedRow, sealed: Uint8Array): Uint8Array;
}

// A sealed secret is: format (1) ‖ sealing key id (8) ‖ salt (32) ‖ ciphertext ‖ tag (16).
const format = 1;
const idLength = 8;
/** So many random bytes that no two rows ever share a key, however many a sealing key seals. */
const saltLength = 32;
const tagLength = 16;
const headLength = 1 + idLength + saltLength;

const keyLength = 32;
const ivLength = 12;

/**
 * Makes a sealer. To rotate the sealing key, make the new one `current` and the old one `previous` until the
 * last row that it sealed is gone.
 *
 * @throws E2EKeyError OPTION_INVALID for a key that is no secret KeyObject of 32 bytes.
 */
export function createSealer({ current, previous = [] }: SealingKeys): Sealer {
  const known = new Map([...previous, current].map(key => [keyIdOf(key).toString('hex'), key]));
  const currentId = keyIdOf(current);
  return {
    seal(row, secret) {
      const salt = randomBytes(saltLength);
      const { rowKey, iv } = deriveRowKey(current, salt);
      const cipher = createCipheriv('aes-256-gcm', rowKey, iv, { authTagLength: tagLength });
      rowKey.fill(0);
      cipher.setAAD(associatedData(row, currentId));
      const body = [cipher.update(secret), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat([Uint8Array.of(format), currentId, salt, ...body]);
    },

    open(row, sealed) {
      const what = `the sealed part of ${row.table} row ${row.id}`;
      if (sealed.length < headLength + tagLength) refuse('STORE_FAILED', `${what} is too short`);
      if (sealed[0] !== format)
        refuse('STORE_FAILED', `${what} has a format that this version does not know`);
      const id = Buffer.from(sealed.subarray(1, 1 + idLength));
      const key = known.get(id.toString('hex'));
      if (key === undefined)
        return refuse(
          'STORE_FAILED',
          `${what} needs sealing key ${id.toString('hex')}, which is not configured`,
        );

      const { rowKey, iv } = deriveRowKey(key, sealed.subarray(1 + idLength, headLength));
      const decipher = createDecipheriv('aes-256-gcm', rowKey, iv, { authTagLength: tagLength });
      rowKey.fill(0);
      decipher.setAAD(associatedData(row, id));
      decipher.setAuthTag(sealed.subarray(-tagLength));
      const secret = decipher.update(sealed.subarray(headLength, -tagLength));
      try {
        decipher.final();
      } catch (cause) {
        secret.fill(0);
        return refuse('STORE_FAILED', `${what} was changed or belongs to another row`, { cause });
      }
      return secret;
    },
  };
}

/** Does one of these keys open what was sealed? Its id says so; nothing is opened. */
export function isSealedWith({ current, previous = [] }: SealingKeys, sealed: Uint8Array): boolean {
  const id = sealed.subarray(1, 1 + idLength);
  return [current, ...previous].some(key => keyIdOf(key).equals(id));
}

/** Makes a sealer whose key is random and lives as long as this process: for a store that does no more. */
export function ephemeralSealer(): Sealer {
  return createSealer({ current: generateKeySync('aes', { length: keyLength * 8 }) });
}

/**
 * Reads a sealing key from what its file holds: 32 raw bytes, or 64 hex digits that a line end may follow.
 * Wiping `content` is left to the caller.
 *
 * @throws E2EKeyError OPTION_INVALID for anything else.
 */
export function readSealingKey(content: Uint8Array): KeyObject {
  if (content.length === keyLength) return createSecretKey(content);
  const lineEnd = content.at(-1) !== 0x0a ? 0 : content.at(-2) === 0x0d ? 2 : 1;
  // Digit by digit, because a string of them could not be wiped.
  const digits = content.subarray(0, content.length - lineEnd).map(hexValue);
  const secret = new Uint8Array(keyLength).map(
    (_, i) => ((digits[2 * i] ?? 0) << 4) | (digits[2 * i + 1] ?? 0),
  );
  try {
    if (digits.length !== 2 * keyLength || digits.includes(noDigit))
      refuse('OPTION_INVALID', 'the sealing key is neither 32 bytes nor 64 hex digits');
    return createSecretKey(secret);
  } finally {
    digits.fill(0);
    secret.fill(0);
  }
}

const noDigit = 0xff;

function hexValue(character: number): number {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(character).toLowerCase());
  return digit === -1 ? noDigit : digit;
}

/** Names a sealing key without telling it, so that a sealed secret says which one opens it. */
function keyIdOf(key: KeyObject): Buffer {
  if (key.symmetricKeySize !== keyLength)
    refuse('OPTION_INVALID', `a sealing key is a secret KeyObject of ${keyLength} bytes`);
  return Buffer.from(hkdfSync('sha256', key, '', 'e2ekey sealing: id of the sealing key', idLength));
}

// A key that seals one secret only may take its initialisation vector from the same derivation.
function deriveRowKey(key: KeyObject, salt: Uint8Array): { rowKey: Uint8Array; iv: Uint8Array } {
  const derived = new Uint8Array(
    hkdfSync('sha256', key, salt, 'e2ekey sealing: key and IV of one row', keyLength + ivLength),
  );
  return { rowKey: derived.subarray(0, keyLength), iv: derived.subarray(keyLength) };
}

/** Each field with its length before it, so that nothing can move from one field into the next. */
function associatedData(row: SealedRow, keyId: Buffer): Buffer {
  const { table, id, endpoint, entity, waitingFor, expires } = row;
  const fields = [
    String(format),
    table,
    id,
    endpoint,
    entity,
    waitingFor,
    String(expires),
    keyId.toString('hex'),
  ];
  return Buffer.concat(
    fields.flatMap(field => {
      // UTF-16, because UTF-8 writes every ill-formed text alike.
      const bytes = Buffer.from(field, 'utf16le');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
