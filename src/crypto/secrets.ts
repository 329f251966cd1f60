// Secret bytes inside the library: kept out of logs and JSON, wiped when done, compared in constant time.
// What leaves the library leaves as a KeyObject; SECURITY.md says what JavaScript cannot promise.
import { createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';
import { E2EKeyError } from '../errors.ts';

/** Bytes that no printer shows: neither util.inspect nor JSON.stringify nor a template string reaches them. */
export class Secret {
  readonly #bytes: Uint8Array;
  #key: KeyObject | null = null;
  #wiped = false;

  /** Takes the bytes over: the caller does not use them any more. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The bytes themselves, not a copy: for a computation in the calling function, never to be kept. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The same as a key for HMAC, made once: OpenSSL then has its own copy, which goes with this object. */
  get key(): KeyObject {
    this.requireWhole();
    this.#key ??= createSecretKey(this.bytes);
    return this.#key;
  }

  /** Zeros are a key that everybody has: with it anybody's Finished would hold, and X25519 agree with anybody. */
  requireWhole(): void {
    if (this.#wiped) throw new E2EKeyError('INTERNAL', 'a secret was used after it had been wiped');
  }

  /** For a second owner, who wipes it for himself. */
  copy(): Secret {
    this.requireWhole();
    return new Secret(Uint8Array.from(this.bytes));
  }

  wipe(): void {
    wipe(this.#bytes);
    this.#key = null;
    this.#wiped = true;
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** Buffer's own `fill` checks and converts its arguments, which takes longer than the filling. */
const fill = Uint8Array.prototype.fill;

export function wipe(...secrets: Uint8Array[]): void {
  for (const secret of secrets) fill.call(secret, 0);
}

/** The one place where MACs, tags and verify_data are compared; lengths are public. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
