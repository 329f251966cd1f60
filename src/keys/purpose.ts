// What a symmetric key is for. A key made for one use is refused for another, by the type checker and at run time: a
// key in two uses is only as safe as the weaker one, and what one of them gives out may be what the other needs.
import { createSecretKey, KeyObject } from 'node:crypto';
import { wipe } from '../crypto/secrets.ts';
import { refuse } from '../errors.ts';

declare const purposeOfKey: unique symbol;

/**
 * `ESPrim`: pairwiseESPrimKey, from which sessionESPrimKeys are derived (TS-0003 10.3.8.2).
 * `message authentication`: the same for primitives that are authenticated and not encrypted.
 * `ESData MIC`, `ESData encryption`, `ESData key wrap`: HMAC, direct encryption and A*KW of ESData (TS-0003 8.5.3).
 * `data authenticity`, `data confidentiality`: of these the keys of single containers and instances are derived.
 * `derivation`: a master key, which protects nothing itself.
 */
export type KeyPurpose = (typeof keyPurposes)[number];
const keyPurposes = [
  'ESPrim',
  'message authentication',
  'ESData MIC',
  'ESData encryption',
  'ESData key wrap',
  'data authenticity',
  'data confidentiality',
  'derivation',
] as const;

/** A secret key that serves one purpose. */
export type KeyFor<P extends KeyPurpose> = KeyObject & { readonly [purposeOfKey]: P };

/** Not a property of the key: a KeyObject that another module copies or sends to another thread has lost its purpose. */
const purposes = new WeakMap<KeyObject, KeyPurpose>();

/** Shortest key that is taken, in bytes: the shortest of TS-0003 8.5.3.2's algorithms. */
const minKeySize = 16;

/**
 * A key for one purpose, made of secret material. Bytes are copied and stay the caller's to wipe.
 *
 * @param material at least 16 bytes
 * @throws E2EKeyError KEY_PURPOSE_WRONG for a key that has another purpose already, OPTION_INVALID for anything that
 * is no secret key or too short, and for a purpose that is none.
 * @example
 * ```ts
 * import { keyFor } from 'e2ekey/keys';
 * const esdataKey = keyFor('ESData encryption', new Uint8Array(32).fill(7));
 * ```
 */
export function keyFor<P extends KeyPurpose>(purpose: P, material: Uint8Array | KeyObject): KeyFor<P> {
  if (!keyPurposes.includes(purpose))
    return refuse('OPTION_INVALID', `the purpose of the key is none of ${keyPurposes.join(', ')}`);
  if (material instanceof KeyObject && purposes.has(material)) return requirePurpose(material, purpose);
  const secretBytes = secretOf(material);
  try {
    if (secretBytes.length < minKeySize)
      return refuse(
        'OPTION_INVALID',
        `the key has ${secretBytes.length} bytes; at least ${minKeySize} are needed`,
      );
    const key = createSecretKey(secretBytes);
    purposes.set(key, purpose);
    // The one place where a key is given its type.
    return key as KeyFor<P>;
  } finally {
    if (material instanceof KeyObject) wipe(secretBytes);
  }
}

/**
 * The key, if it was made for this purpose.
 *
 * @throws E2EKeyError KEY_PURPOSE_WRONG naming both purposes.
 */
export function requirePurpose<P extends KeyPurpose>(key: KeyObject, purpose: P): KeyFor<P> {
  const has = purposeOf(key);
  return has === purpose
    ? (key as KeyFor<P>)
    : refuse(
        'KEY_PURPOSE_WRONG',
        `the key is ${has === null ? 'without a purpose' : `for ${has}`}; here one for ${purpose} is needed`,
      );
}

/** Null for a key that was not made by `keyFor` or a derivation of this library. */
export function purposeOf(key: KeyObject): KeyPurpose | null {
  return purposes.get(key) ?? null;
}

/** For a KeyObject a copy of its bytes, which the caller wipes. */
function secretOf(material: Uint8Array | KeyObject): Uint8Array {
  if (material instanceof Uint8Array) return material;
  if (material instanceof KeyObject && material.type === 'secret') return material.export();
  return refuse('OPTION_INVALID', 'the key material is neither a Uint8Array nor a secret KeyObject');
}
