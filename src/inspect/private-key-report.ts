// A private key as it is shown: in which form it stands there, how it is encrypted, and its public half, by which one
// finds the certificate that belongs to it. Nothing of the private half is kept, shown or put into a sentence.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readDer, tag } from '../certificates/der.ts';
import { parseRawPublicKey, type RawPublicKey } from '../certificates/raw-public-key.ts';
import type { FilePassword } from '../endpoint/password-encryption.ts';
import { encryptedPrivateKey, oldEncryptedPrivateKey } from '../endpoint/private-key.ts';
import { E2EKeyError } from '../errors.ts';
import type { JsonObject } from '../onem2m/serialisation/json.ts';
import { elementsIn, headerAt, lengthProblem } from './der-headers.ts';
import type { KeyText } from './document-set.ts';
import { error, type Finding, note, refused } from './findings.ts';
import {
  type PasswordAlgorithm,
  passwordFindings,
  readPasswordAlgorithm,
  rest,
} from './password-algorithm.ts';
import { publicKeyFindings } from './public-key-findings.ts';
import { type RawPublicKeyReport, reportRawPublicKey } from './public-key-report.ts';

export interface PrivateKeyReport {
  readonly form: 'PKCS#8' | 'encrypted PKCS#8' | 'SEC 1' | 'PKCS#1' | 'encrypted PEM' | 'JWK';
  /** Null where it is not. */
  readonly encryption: PasswordAlgorithm | null;
  /** Null where nobody can tell without a password. */
  readonly publicKey: RawPublicKeyReport | null;
}

export interface InspectedKey {
  /** Null for one that cannot be read, which has a finding. */
  readonly report: PrivateKeyReport | null;
  readonly publicKey: RawPublicKey | null;
  readonly findings: readonly Finding[];
}

/**
 * @param field names the key in findings.
 * @param password opens it where it is encrypted; null where none is given.
 */
export function inspectKey(key: KeyText, field: string, password: FilePassword | null): InspectedKey {
  const { der, encrypted } = key;
  if (encrypted !== null) {
    // RFC 1421 has no iterations: what opens such a key is one round of MD5.
    const encryption = { name: encrypted.algorithm, iterations: 1, isBroken: false, refusal: null };
    return password === null
      ? locked('encrypted PEM', encryption, field)
      : opened('encrypted PEM', encryption, field, () => oldEncryptedPrivateKey(encrypted.pem, password));
  }
  if (der === null) return unreadable([]);
  const form = formOf(der);
  const length = lengthProblem(der, 'a private key');
  if (length !== null) return unreadable([error('OPTION_INVALID', field, length, 'X.690 8.1.3')]);
  if (form !== 'encrypted PKCS#8') return opened(form, null, field, () => openDer(der, form));
  const encryption = encryptionOf(der);
  if (encryption instanceof E2EKeyError) return unreadable([refused(encryption, field, clauses[form])]);
  return password === null
    ? locked(form, encryption, field)
    : opened(form, encryption, field, () => encryptedPrivateKey(der, password));
}

/** RFC 7517, RFC 7518 6. */
export function inspectJwk(jwk: JsonObject, field: string): InspectedKey {
  if (jwk.kty !== 'oct')
    return opened('JWK', null, field, () => createPrivateKey({ key: { ...jwk }, format: 'jwk' }));
  return {
    report: { form: 'JWK', encryption: null, publicKey: null },
    publicKey: null,
    findings: [note(field, 'a symmetric key, which is all secret; nothing of it is shown', 'RFC 7518 6.4')],
  };
}

/** @throws Error for a key of a kind that has no SubjectPublicKeyInfo. */
export function publicHalf(key: KeyObject): RawPublicKey {
  return parseRawPublicKey(createPublicKey(key).export({ format: 'der', type: 'spki' }));
}

type Form = PrivateKeyReport['form'];

/** By the first two elements; what is none of them is not opened as any. */
function formOf(der: Uint8Array): 'PKCS#8' | 'encrypted PKCS#8' | 'SEC 1' | 'PKCS#1' {
  const outer = headerAt(der, 0, tag.sequence);
  const [first, second] = outer === null ? [] : elementsIn(der, outer);
  if (first?.tag === tag.sequence) return 'encrypted PKCS#8';
  return second?.tag === tag.octetString ? 'SEC 1' : second?.tag === tag.integer ? 'PKCS#1' : 'PKCS#8';
}

const types = { 'PKCS#8': 'pkcs8', 'SEC 1': 'sec1', 'PKCS#1': 'pkcs1' } as const;

function openDer(der: Uint8Array, form: keyof typeof types): KeyObject {
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: types[form] });
}

function encryptionOf(der: Uint8Array): PasswordAlgorithm | E2EKeyError {
  try {
    return readDer(
      der,
      '',
      whole =>
        whole.sequence('', fields => rest(fields, readPasswordAlgorithm(fields, 'encryptionAlgorithm'))),
      { code: 'OPTION_INVALID', clause: clauses['encrypted PKCS#8'] },
    );
  } catch (thrown) {
    if (thrown instanceof E2EKeyError) return thrown;
    throw thrown;
  }
}

function opened(
  form: Form,
  encryption: PasswordAlgorithm | null,
  field: string,
  open: () => KeyObject,
): InspectedKey {
  try {
    const publicKey = publicHalf(open());
    return {
      report: { form, encryption, publicKey: reportRawPublicKey(publicKey) },
      publicKey,
      findings: [
        ...(encryption === null ? [unprotected(field)] : passwordFindings(encryption, field)),
        ...[...publicKeyFindings(publicKey)].map(finding => ({ ...finding, field })),
      ],
    };
  } catch (thrown) {
    if (thrown instanceof E2EKeyError) return unreadable([refused(thrown, field, clauses[form])]);
    // What OpenSSL says of a key may quote it.
    const problem = `begins as a private key (${form}), and is none that can be read: cut off, damaged or of an unknown kind`;
    return unreadable([error('OPTION_INVALID', field, problem, clauses[form])]);
  }
}

function unreadable(findings: readonly Finding[]): InspectedKey {
  return { report: null, publicKey: null, findings };
}

const clauses: Readonly<Record<Form, string>> = {
  'PKCS#8': 'RFC 5958 §2',
  'encrypted PKCS#8': 'RFC 5958 §3',
  'SEC 1': 'RFC 5915 §3',
  'PKCS#1': 'RFC 8017 A.1.2',
  'encrypted PEM': 'RFC 1421 4.6',
  JWK: 'RFC 7518 6',
};

function unprotected(field: string): Finding {
  return note(
    field,
    'a private key that is not encrypted: only the permissions of the file protect it; nothing of it is shown',
    'RFC 5958 §2',
  );
}

function locked(form: Form, encryption: PasswordAlgorithm, field: string): InspectedKey {
  const closed = note(
    field,
    'a private key that is encrypted; --password-file shows its public half',
    clauses[form],
  );
  return {
    report: { form, encryption, publicKey: null },
    publicKey: null,
    findings: [closed, ...passwordFindings(encryption, field)],
  };
}
