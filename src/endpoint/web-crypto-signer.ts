// A Signer over a WebCrypto, which may keep its keys in a token: from the forms of WebCrypto (W3C WebCryptoAPI) to those
// of TLS. Knows no provider; a key is used and never looked at.
import { type SignatureScheme, signatureSchemes } from '../crypto/signatures.ts';
import { refuse } from '../errors.ts';
import type { Signer } from './credentials.ts';

/** What is used of a WebCrypto: `globalThis.crypto`, that of @peculiar/webcrypto, or one over PKCS #11. */
export interface WebCrypto<Key extends WebCryptoKey> {
  readonly subtle: {
    sign(algorithm: WebCryptoSigning, key: Key, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  };
}

/** A CryptoKey. */
export interface WebCryptoKey {
  readonly type: string;
  readonly usages: readonly string[];
  /** With `namedCurve` or `hash` where the algorithm has it. */
  readonly algorithm: { readonly name: string };
}

/** How WebCrypto is told what to make: the parameters of ECDSA, RSA and Ed25519 together. */
interface WebCryptoSigning {
  readonly name: string;
  readonly hash?: string;
  readonly saltLength?: number;
}

/**
 * A signer for `credentials.withSigner` and `credentials.rawWithSigner`: ECDSA on P-256, P-384 and P-521 with each hash,
 * RSASSA-PKCS1-v1_5 and RSA-PSS with the hash that the key is for, Ed25519. Whether the key is that of the certificate
 * shows with the first signature alone, which the peer refuses where it is not.
 *
 * @param key a private CryptoKey of `crypto` with the usage `sign`.
 * @throws E2EKeyError OPTION_INVALID for any other key.
 * @example
 * ```ts
 * import { credentials, webCryptoSigner } from 'e2ekey';
 * const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
 * const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, false, ['sign']);
 * const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey));
 * const credential = credentials.rawWithSigner(spki, webCryptoSigner(crypto, privateKey));
 * ```
 */
export function webCryptoSigner<Key extends WebCryptoKey>(crypto: WebCrypto<Key>, key: Key): Signer {
  if (key.type !== 'private' || !key.usages.includes('sign'))
    refuse('OPTION_INVALID', 'the CryptoKey is not a private key that may sign');
  const algorithm: KeyAlgorithm = key.algorithm;
  const schemes = signatureSchemes.filter(scheme => isFor(algorithm, scheme));
  if (schemes.length === 0)
    refuse('OPTION_INVALID', `a CryptoKey of the algorithm ${algorithm.name} makes no signature of TLS 1.2`);
  const size = coordinateSizes.get(algorithm.namedCurve ?? '') ?? 0;
  return {
    schemes: schemes.map(({ id }) => id),
    async sign(id, bytes) {
      const scheme = schemes.find(one => one.id === id);
      if (scheme === undefined) throw new RangeError(`no signature scheme ${id}`);
      const parameters = signing(algorithm, scheme);
      const signature = new Uint8Array(await crypto.subtle.sign(parameters, key, Uint8Array.from(bytes)));
      return scheme.keyType === 'ec' ? ecdsaInDer(signature, size) : signature;
    },
  };
}

interface KeyAlgorithm {
  readonly name: string;
  readonly namedCurve?: string;
  readonly hash?: { readonly name: string };
}

/** In octets; with other curves nothing here is signed. */
const coordinateSizes: ReadonlyMap<string, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
]);

function isFor({ name, namedCurve = '', hash }: KeyAlgorithm, scheme: SignatureScheme): boolean {
  switch (name) {
    case 'ECDSA':
      return scheme.keyType === 'ec' && coordinateSizes.has(namedCurve);
    case 'RSASSA-PKCS1-v1_5':
    case 'RSA-PSS':
      return (
        scheme.keyType === 'rsa' && scheme.pss === (name === 'RSA-PSS') && hash?.name === hashName(scheme)
      );
    default:
      return scheme.keyType === 'ed25519' && isEd25519(name, namedCurve);
  }
}

/** @peculiar/webcrypto has it under the name that was in the drafts. */
function isEd25519(name: string, namedCurve: string): boolean {
  return name === 'Ed25519' || (name === 'EdDSA' && namedCurve === 'Ed25519');
}

/** `SHA-256` for `sha256`. */
function hashName({ hash }: SignatureScheme): string {
  return `SHA-${hash?.slice('sha'.length) ?? ''}`;
}

function signing({ name }: KeyAlgorithm, scheme: SignatureScheme): WebCryptoSigning {
  if (scheme.hash === null) return { name };
  const hash = hashName(scheme);
  // RFC 8446 §4.2.3: the salt is as long as the hash.
  return scheme.pss
    ? { name, hash, saltLength: Number(scheme.hash.slice('sha'.length)) / 8 }
    : { name, hash };
}

/** Of r and s in as many octets as a coordinate has, Ecdsa-Sig-Value (RFC 8422 §5.4, RFC 3279 2.2.3) in DER. */
function ecdsaInDer(signature: Uint8Array, size: number): Uint8Array {
  if (signature.length !== 2 * size)
    throw new RangeError(`a signature of ${signature.length} octets instead of ${2 * size}`);
  const integers = [signature.subarray(0, size), signature.subarray(size)].map(integerInDer);
  return element(0x30, Buffer.concat(integers));
}

/** Without superfluous octets in front (X.690 8.3.2), and never negative. */
function integerInDer(number: Uint8Array): Buffer {
  const first = number.findIndex(octet => octet !== 0);
  const value = first < 0 ? Uint8Array.of(0) : number.subarray(first);
  return element(0x02, (value[0] ?? 0) < 0x80 ? value : Buffer.concat([Uint8Array.of(0), value]));
}

/** Up to 255 octets: two numbers of P-521 have 138. */
function element(tag: number, content: Uint8Array): Buffer {
  const length = content.length < 0x80 ? [content.length] : [0x81, content.length];
  return Buffer.concat([Uint8Array.of(tag, ...length), content]);
}
