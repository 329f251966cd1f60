// What the ESData tests have in common: a key of every kind with what protects and what opens under it, one time, and what
// is demanded of a refusal. Knows no rule: the tests say what is right.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { parseCertificate } from '../../../src/certificates/certificate.ts';
import { parseRawPublicKey } from '../../../src/certificates/raw-public-key.ts';
import { E2EKeyError, type FaultCode } from '../../../src/errors.ts';
import { type KeyPurpose, keyFor } from '../../../src/keys/purpose.ts';
import type { KeyManagement, SignatureAlgorithm } from '../../../src/protection/esdata/algorithms.ts';
import type { DirectKey, MicKey, OwnKey, WrappingKey } from '../../../src/protection/esdata/credentials.ts';
import { type CertificateOptions, keyUsage, makeAuthority } from '../../../src/testing/certificate-maker.ts';

export const time = new Date('2027-06-01T12:00:00Z');
export const payload = Buffer.from('{"temperature":21.5}');

/** A key of one byte, many times: another number is another key. */
export function secret<P extends KeyPurpose>(purpose: P, size: number, byte: number) {
  return keyFor(purpose, new Uint8Array(size).fill(byte));
}

export const direct = (size = 32, byte = 1): DirectKey => ({
  id: `14-direct-${size}-${byte}@tef.example.com`,
  key: secret('ESData encryption', size, byte),
});
export const wrapping = (size = 32, byte = 2): WrappingKey => ({
  id: `15-wrap-${size}-${byte}@tef.example.com`,
  key: secret('ESData key wrap', size, byte),
});
export const mic = (size = 32, byte = 3): MicKey => ({
  id: `16-mic-${size}-${byte}@tef.example.com`,
  key: secret('ESData MIC', size, byte),
});

type Curve = 'P-256' | 'P-384' | 'P-521';
/** Each once for a process: making RSA keys takes a second. */
const privateKeys = new Map<string, KeyObject>();

export function privateKey(kind: Curve | 'RSA' | 'RSA-1024' | 'secp256k1', which = 1): KeyObject {
  const name = `${kind} ${which}`;
  const key = privateKeys.get(name) ?? makePrivateKey(kind);
  privateKeys.set(name, key);
  return key;
}

function makePrivateKey(kind: string): KeyObject {
  if (kind.startsWith('RSA'))
    return generateKeyPairSync('rsa', { modulusLength: kind === 'RSA' ? 2048 : 1024 }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: kind }).privateKey;
}

const authority = makeAuthority();
const certificates = new WeakMap<KeyObject, Uint8Array>();

/** A certificate for the key, for every use unless the options say otherwise; the same for the same key. */
export function certified(key: KeyObject, options?: CertificateOptions) {
  const usages = [keyUsage('digitalSignature', 'keyAgreement', 'keyEncipherment')];
  const known = options === undefined ? certificates.get(key) : undefined;
  const der = known ?? authority.issue({ extensions: usages, key, ...options }).der;
  if (options === undefined) certificates.set(key, der);
  return { certificate: parseCertificate(der), privateKey: key };
}

export const ownEncryption = (kind: Curve | 'RSA', alg?: KeyManagement): OwnKey<KeyManagement> => ({
  ...certified(privateKey(kind)),
  ...(alg !== undefined && { alg }),
});
export const ownSignature = (kind: Curve | 'RSA', alg?: SignatureAlgorithm): OwnKey<SignatureAlgorithm> => ({
  ...certified(privateKey(kind)),
  ...(alg !== undefined && { alg }),
});

/** The same without its private half: what others have. */
export function publicOf<C extends object>(
  own: C & { readonly privateKey: KeyObject },
): Omit<C, 'privateKey'> {
  const { privateKey: _, ...others } = own;
  return others;
}

export function raw(key: KeyObject) {
  const der = (key.type === 'public' ? key : publicKeyOf(key)).export({ format: 'der', type: 'spki' });
  return { certificate: parseRawPublicKey(der), privateKey: key };
}

function publicKeyOf(key: KeyObject): KeyObject {
  return certified(key).certificate.publicKey;
}

/** Demands that it is refused with this code, and a sentence that holds the text. */
export async function refused(
  code: FaultCode,
  what: () => unknown,
  text: string | RegExp = '',
): Promise<E2EKeyError> {
  let error: unknown = null;
  try {
    await what();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(
    error instanceof E2EKeyError,
    `not refused: ${code} is due${error === null ? '' : `, not ${error}`}`,
  );
  assert.equal(error.code, code, error.message);
  if (typeof text === 'string') assert.ok(error.message.includes(text), error.message);
  else assert.match(error.message, text);
  return error;
}

/** A compact object with its header written anew; a function gets the members of the old one. */
export function withHeader(
  compact: string,
  header: string | ((members: Record<string, unknown>) => object),
): string {
  const [encoded = '', ...parts] = compact.split('.');
  const text =
    typeof header === 'string'
      ? header
      : JSON.stringify(header(JSON.parse(Buffer.from(encoded, 'base64url').toString())));
  return [Buffer.from(text).toString('base64url'), ...parts].join('.');
}

export function headerOf(compact: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(compact.split('.')[0] ?? '', 'base64url').toString());
}
