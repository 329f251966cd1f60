// SubjectPublicKeyInfo (RFC 5280 4.1.2.7), which a certificate holds and a raw public key is: structure, and the key
// in it. Which keys are accepted is algorithms.ts.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { type DerReader, malformed } from './der.ts';

/** RFC 5280 4.1.1.2. */
export interface AlgorithmIdentifier {
  readonly algorithm: string;
  /** DER; null where absent, which is not the same as NULL. */
  readonly parameters: Uint8Array | null;
}

export interface SubjectPublicKeyInfo {
  readonly der: Uint8Array;
  readonly algorithm: AlgorithmIdentifier;
  readonly subjectPublicKey: Uint8Array;
}

/** What a certificate and a raw public key have in common. */
export interface PublicKeyHolder {
  readonly subjectPublicKeyInfo: SubjectPublicKeyInfo;
  /**
   * The subject's key, made at its first use.
   *
   * @throws E2EKeyError CERTIFICATE_MALFORMED for bytes that are no key, such as a point off its curve.
   */
  readonly publicKey: KeyObject;
}

export function readSubjectPublicKeyInfo(fields: DerReader, name: string): SubjectPublicKeyInfo {
  const { value, der } = fields.withEncoding(() =>
    fields.sequence(name, parts => ({
      algorithm: readAlgorithm(parts, 'algorithm'),
      subjectPublicKey: parts.octetBitString('subjectPublicKey'),
    })),
  );
  return { der, ...value };
}

export function readAlgorithm(fields: DerReader, name: string): AlgorithmIdentifier {
  return fields.sequence(name, parts => ({
    algorithm: parts.objectIdentifier('algorithm'),
    parameters: parts.next === null ? null : parts.any('parameters').der,
  }));
}

/** A key that is not made before somebody asks: for most certificates that are presented or configured nobody does. */
export class SubjectKey implements PublicKeyHolder {
  readonly subjectPublicKeyInfo: SubjectPublicKeyInfo;
  readonly #field: string;
  #publicKey: KeyObject | undefined;

  /** @param field names the SubjectPublicKeyInfo in the message. */
  constructor(subjectPublicKeyInfo: SubjectPublicKeyInfo, field: string) {
    this.subjectPublicKeyInfo = subjectPublicKeyInfo;
    this.#field = field;
  }

  get publicKey(): KeyObject {
    this.#publicKey ??= makePublicKey(this.subjectPublicKeyInfo, this.#field);
    return this.#publicKey;
  }
}

function makePublicKey({ der }: SubjectPublicKeyInfo, field: string): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  } catch (cause) {
    throw malformed(
      field,
      'bytes that are no key',
      {
        accepted: 'a key of its algorithm, such as a point on its curve',
        clause: 'RFC 5280 4.1.2.7',
      },
      cause,
    );
  }
}
