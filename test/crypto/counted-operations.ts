// What a piece of work computes, counted where it asks node:crypto: two that count alike take the same time, as far as
// their cryptography goes. Shares no code with what it counts.
import assert from 'node:assert/strict';
import crypto, { type Hash, type HashOptions, type Hmac, KeyObject } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

interface Operations {
  /** Functions of node:crypto in their order, each with its algorithm or size; of those that only make objects, those of keys. */
  readonly calls: readonly string[];
  /** Calls of the compression functions of SHA-256 and SHA-384. */
  readonly hashBlocks: number;
  /** Blocks of 16 bytes that ciphers took in. */
  readonly cipherBlocks: number;
  /** Bytes that were read one by one in what CBC decrypted. */
  readonly bytesRead: number;
}

/** The work's own error is swallowed: what it costs to fail is what is counted. */
type Count = (work: () => void) => Operations & { readonly error: unknown };

/** Within `use`, operations can be counted. */
export function withCountedOperations<T>(use: (count: Count) => T): T {
  const library = crypto as unknown as Record<string, unknown>;
  const counter = new Counter();
  const replaced = replacements(counter);
  const originals = Object.keys(replaced).map(name => [name, library[name]] as const);
  Object.assign(library, replaced);
  syncBuiltinESMExports();
  try {
    return use(work => counter.count(work));
  } finally {
    for (const [name, original] of originals) library[name] = original;
    syncBuiltinESMExports();
  }
}

class Counter {
  calls: string[] = [];
  hashBlocks = 0;
  cipherBlocks = 0;
  bytesRead = 0;

  count(work: () => void): ReturnType<Count> {
    this.calls = [];
    this.hashBlocks = 0;
    this.cipherBlocks = 0;
    this.bytesRead = 0;
    let error: unknown;
    try {
      work();
    } catch (thrown) {
      // Ours: something that is not counted.
      if (thrown instanceof assert.AssertionError) throw thrown;
      error = thrown;
    }
    const { calls, hashBlocks, cipherBlocks, bytesRead } = this;
    return { calls, hashBlocks, cipherBlocks, bytesRead, error };
  }
}

/** What a hash takes in at a time, and what it adds to its input at least (FIPS 180-4 §5.1.1, §5.1.2). */
const hashShapes = new Map([
  ['sha256', { block: 64, added: 1 + 8 }],
  ['sha384', { block: 128, added: 1 + 16 }],
]);

function replacements(counter: Counter) {
  const {
    createHash,
    createHmac,
    hash,
    createCipheriv,
    createDecipheriv,
    createSecretKey,
    diffieHellman,
    timingSafeEqual,
  } = crypto;
  return {
    createHash: (name: string, options?: HashOptions) => {
      counter.calls.push(`createHash ${name}`);
      return observedHash(counter, name, createHash(name, options), 0);
    },
    createHmac: (name: string, key: Uint8Array | KeyObject) => {
      counter.calls.push(`createHmac ${name}`);
      const { block } = shapeOf(name);
      const size = key instanceof KeyObject ? (key.symmetricKeySize ?? 0) : key.length;
      // RFC 2104 §2: a key longer than a block is hashed first; the outer hash is of the key's block and the inner one.
      counter.hashBlocks += (size > block ? blocksOf(name, size) : 0) + 2;
      return observedHash(counter, name, createHmac(name, key), block);
    },
    hash: (name: string, data: Uint8Array | string, ...rest: readonly []) => {
      counter.calls.push(`hash ${name}`);
      counter.hashBlocks += blocksOf(name, Buffer.byteLength(data));
      return hash(name, data, ...rest);
    },
    createCipheriv: (...options: Parameters<typeof createCipheriv>) => {
      counter.calls.push(`createCipheriv ${options[0]}`);
      return observedCipher(counter, createCipheriv(...options));
    },
    createDecipheriv: (...options: Parameters<typeof createDecipheriv>) => {
      counter.calls.push(`createDecipheriv ${options[0]}`);
      const deciphering = observedCipher(counter, createDecipheriv(...options));
      return options[0].endsWith('cbc') ? withObservedReads(counter, deciphering) : deciphering;
    },
    createSecretKey: (...options: Parameters<typeof createSecretKey>) => {
      const key = createSecretKey(...options);
      counter.calls.push(`createSecretKey of ${key.symmetricKeySize} bytes`);
      return key;
    },
    diffieHellman: (...options: Parameters<typeof diffieHellman>) => {
      counter.calls.push('diffieHellman');
      return diffieHellman(...options);
    },
    timingSafeEqual: (...options: Parameters<typeof timingSafeEqual>) => {
      counter.calls.push(`timingSafeEqual of ${options[0].byteLength} bytes`);
      return timingSafeEqual(...options);
    },
  };
}

function observedHash<H extends Hash | Hmac>(counter: Counter, name: string, of: H, before: number): H {
  const { update, digest } = of;
  let size = before;
  of.update = ((bytes: Uint8Array | string) => {
    size += Buffer.byteLength(bytes);
    Reflect.apply(update, of, [bytes]);
    return of;
  }) as H['update'];
  of.digest = ((...encoding: readonly string[]) => {
    counter.hashBlocks += blocksOf(name, size);
    return Reflect.apply(digest, of, encoding);
  }) as H['digest'];
  return of;
}

function observedCipher<C extends { update(bytes: Uint8Array): Buffer }>(counter: Counter, of: C): C {
  const { update } = of;
  of.update = (bytes: Uint8Array) => {
    counter.cipherBlocks += Math.ceil(bytes.length / 16);
    return Reflect.apply(update, of, [bytes]);
  };
  return of;
}

function withObservedReads<C extends { update(bytes: Uint8Array): Buffer }>(counter: Counter, of: C): C {
  const { update } = of;
  of.update = (bytes: Uint8Array) => observedBytes(counter, Reflect.apply(update, of, [bytes]));
  return of;
}

/** A part of them is bytes as any other: whoever it is given to counts what it costs. */
function observedBytes(counter: Counter, of: Buffer): Buffer {
  return new Proxy(of, {
    get(bytes, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) {
        counter.bytesRead++;
        return bytes[Number(name)];
      }
      if (name === 'length') return bytes.length;
      if (name === 'subarray') return bytes.subarray.bind(bytes);
      return assert.fail(`the bytes that ${String(name)} reads are not counted`);
    },
  });
}

function blocksOf(name: string, size: number): number {
  const { block, added } = shapeOf(name);
  return Math.ceil((size + added) / block);
}

function shapeOf(name: string) {
  return hashShapes.get(name) ?? assert.fail(`the blocks of ${name} are not counted`);
}
