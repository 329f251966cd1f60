// What a certificate of a generated chain is going to say, and the certificate made of it. A rule is broken by changing
// the draft, down to single octets; nothing here knows what is right.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { bitString, der, extension, integer, sequence, time } from '../../src/testing/certificate-maker.ts';
import { type Digest, schemeOf } from './keys.ts';

interface ExtensionDraft {
  readonly critical: boolean;
  /** The content of extnValue. */
  readonly value: Uint8Array;
}

/** The fields of tbsCertificate in DER, in their order. */
export interface Fields {
  version: Uint8Array;
  serialNumber: Uint8Array;
  signature: Uint8Array;
  issuer: Uint8Array;
  validity: Uint8Array;
  subject: Uint8Array;
  subjectPublicKeyInfo: Uint8Array;
  uniqueIdentifiers: Uint8Array;
  extensions: Uint8Array;
}

/** The fields of Certificate in DER. */
interface Parts {
  tbsCertificate: Uint8Array;
  signatureAlgorithm: Uint8Array;
  signatureValue: Uint8Array;
}

/** Everything may be changed until the certificate is made. */
export interface Draft {
  /** Name in DER. */
  subject: Uint8Array;
  key: KeyObject;
  /** Who issues it; null for a self-signed one. */
  issuer: Draft | null;
  /** In place of the issuer's own subject and key. */
  issuerName: Uint8Array | null;
  signingKey: KeyObject | null;
  digest: Digest;
  pss: boolean;
  /** Content octets of the INTEGER. */
  serial: Uint8Array;
  notBefore: Date;
  notAfter: Date;
  readonly extensions: Map<string, ExtensionDraft>;
  /** Changes before anything is signed. */
  readonly editFields: ((fields: Fields) => void)[];
  readonly editToBeSigned: ((toBeSigned: Uint8Array) => Uint8Array)[];
  /** Changes after that. */
  readonly editParts: ((parts: Parts) => void)[];
  readonly editWhole: ((certificate: Uint8Array) => Uint8Array)[];
}

/** The certificate in DER, or in what the edits have made of DER. */
export function makeCertificate(draft: Draft): Uint8Array {
  const issuer = draft.issuer ?? draft;
  const scheme = schemeOf(draft.signingKey ?? issuer.key, draft.digest, draft.pss);
  const extensions = [...draft.extensions].map(([id, { critical, value }]) => extension(id, value, critical));
  const fields: Fields = {
    version: der(0xa0, integer(2)),
    serialNumber: der(0x02, draft.serial),
    signature: scheme.algorithm,
    issuer: draft.issuerName ?? issuer.subject,
    validity: sequence(time(draft.notBefore), time(draft.notAfter)),
    subject: draft.subject,
    subjectPublicKeyInfo: createPublicKey(draft.key).export({ format: 'der', type: 'spki' }),
    uniqueIdentifiers: new Uint8Array(),
    extensions: extensions.length === 0 ? new Uint8Array() : der(0xa3, sequence(...extensions)),
  };
  for (const edit of draft.editFields) edit(fields);
  const plain: Uint8Array = sequence(...Object.values(fields));
  const toBeSigned = draft.editToBeSigned.reduce((bytes, edit) => edit(bytes), plain);
  const parts: Parts = {
    tbsCertificate: toBeSigned,
    signatureAlgorithm: fields.signature,
    signatureValue: bitString(scheme.sign(toBeSigned)),
  };
  for (const edit of draft.editParts) edit(parts);
  const whole: Uint8Array = sequence(...Object.values(parts));
  return draft.editWhole.reduce((bytes, edit) => edit(bytes), whole);
}

/** The elements that stand side by side in `content`, which is DER. */
export function elementsOf(content: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  for (let rest = content; rest.length > 0; ) {
    const { headerLength, length } = headerOf(rest);
    elements.push(rest.subarray(0, headerLength + length));
    rest = rest.subarray(headerLength + length);
  }
  return elements;
}

/** The content of one element in DER. */
export function contentOf(element: Uint8Array): Uint8Array {
  const { headerLength, length } = headerOf(element);
  return element.subarray(headerLength, headerLength + length);
}

function headerOf(element: Uint8Array): { headerLength: number; length: number } {
  const first = element[1] ?? 0;
  if (first < 0x80) return { headerLength: 2, length: first };
  const octets = first & 0x7f;
  return { headerLength: 2 + octets, length: Buffer.from(element).readUIntBE(2, octets) };
}
