// Octets as the tests of keys write them, and what becomes of those that are secret.
import crypto, { createSecretKey, KeyObject } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { TestContext } from 'node:test';

/** `size` bytes that count up from `first`. */
export function range(first: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => first + index);
}

export function hex(octets: Uint8Array | KeyObject): string {
  return Buffer.from(octets instanceof KeyObject ? octets.export() : octets).toString('hex');
}

/** Every output of an HMAC and every copy of a key's bytes that is made while `run` runs. */
export function secretsMadeIn(t: TestContext, run: () => void): Uint8Array[] {
  const made: Uint8Array[] = [];
  const { createHmac } = crypto;
  t.mock.method(crypto, 'createHmac', (...parameters: Parameters<typeof createHmac>) => {
    const hmac = createHmac(...parameters);
    const { digest } = hmac;
    hmac.digest = (() => {
      const bytes: Buffer = Reflect.apply(digest, hmac, []);
      made.push(bytes);
      return bytes;
    }) as typeof hmac.digest;
    return hmac;
  });
  const secretKeys = Object.getPrototypeOf(createSecretKey(range(0, 16)));
  const { export: exportKey } = secretKeys;
  t.mock.method(secretKeys, 'export', function (this: KeyObject) {
    const bytes: Buffer = Reflect.apply(exportKey, this, []);
    made.push(bytes);
    return bytes;
  });
  syncBuiltinESMExports();
  try {
    run();
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
  return made;
}

export function isWiped(octets: Uint8Array): boolean {
  return octets.every(octet => octet === 0);
}
