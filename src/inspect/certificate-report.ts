// A certificate as it is shown: everything in it that identifies, limits or dates it. Judges nothing
// (certificate-findings.ts).
import type { Certificate, Extension } from '../certificates/certificate.ts';
import type { Extensions, GeneralSubtree } from '../certificates/extensions.ts';
import { type Identity, identitiesOf } from '../certificates/flavours.ts';
import type { GeneralName } from '../certificates/names.ts';
import { keyPurposeName, shownExtensionName, signatureAlgorithmName } from './object-identifiers.ts';
import { type PublicKeyReport, reportPublicKey } from './public-key-report.ts';

/** What tells a certificate from others. */
export interface CertificateSummary {
  readonly subject: string;
  readonly identities: readonly Identity[];
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 of the certificate, 64 lower-case hex digits. */
  readonly fingerprint: string;
}

export interface CertificateReport extends CertificateSummary, PublicKeyReport {
  readonly issuer: string;
  /** Lower-case hex. */
  readonly serialNumber: string;
  readonly signatureAlgorithm: string;
  /** `dns:NAME`, `uri:NAME` and so on. */
  readonly subjectAltName: readonly string[];
  readonly extensions: readonly ExtensionReport[];
}

export interface ExtensionReport {
  readonly id: string;
  readonly name: string;
  readonly critical: boolean;
  /** In words where it is understood, otherwise hex. */
  readonly value: string;
}

export function reportCertificate(certificate: Certificate): CertificateReport {
  return {
    ...summarise(certificate),
    issuer: certificate.issuer.text,
    serialNumber: certificate.serialNumber,
    ...reportPublicKey(certificate),
    signatureAlgorithm: signatureAlgorithmName(certificate.signatureAlgorithm.algorithm),
    subjectAltName: (certificate.extensions.subjectAltName ?? []).map(nameText),
    extensions: certificate.extensionList.map(extension => ({
      id: extension.id,
      name: shownExtensionName(extension.id),
      critical: extension.critical,
      value: valueText(extension, certificate.extensions),
    })),
  };
}

export function summarise(certificate: Certificate): CertificateSummary {
  return {
    subject: certificate.subject.text,
    identities: identitiesOf(certificate),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    fingerprint: certificate.fingerprint,
  };
}

function valueText({ id, value }: Extension, extensions: Extensions): string {
  return readable(id, extensions) ?? hex(value);
}

/** In words, by the number of the extension; null for one that stays bytes. */
function readable(id: string, extensions: Extensions): string | null {
  switch (id) {
    case '2.5.29.14':
      return extensions.subjectKeyIdentifier && hex(extensions.subjectKeyIdentifier);
    case '2.5.29.15':
      return extensions.keyUsage && [...extensions.keyUsage].join(', ');
    case '2.5.29.17':
      return extensions.subjectAltName?.map(nameText).join(', ') ?? null;
    case '2.5.29.19': {
      const { cA, pathLenConstraint } = extensions.basicConstraints ?? { cA: false, pathLenConstraint: null };
      return `cA ${cA ? 'TRUE' : 'FALSE'}${pathLenConstraint === null ? '' : `, pathLenConstraint ${pathLenConstraint}`}`;
    }
    case '2.5.29.30':
      return extensions.nameConstraints && subtreesText(extensions.nameConstraints);
    case '2.5.29.35':
      return extensions.authorityKeyIdentifier && hex(extensions.authorityKeyIdentifier);
    case '2.5.29.37':
      return extensions.extKeyUsage?.map(keyPurposeName).join(', ') ?? null;
    default:
      return null;
  }
}

function subtreesText({
  permitted,
  excluded,
}: {
  readonly permitted: readonly GeneralSubtree[];
  readonly excluded: readonly GeneralSubtree[];
}): string {
  const listed = (word: string, subtrees: readonly GeneralSubtree[]): string[] =>
    subtrees.length === 0 ? [] : [`${word} ${subtrees.map(({ base }) => nameText(base)).join(', ')}`];
  return [...listed('permitted', permitted), ...listed('excluded', excluded)].join('; ');
}

export function nameText(name: GeneralName): string {
  switch (name.form) {
    case 'directory':
      return `directory:${name.name.text}`;
    case 'other':
      // The whole identifier of a device (TS-0003 10.1.1.4), whose parts are type-id and value.
      return name.objectIdentifier === null
        ? `other:${name.typeId} ${hex(name.value)}`
        : `device:${name.objectIdentifier}`;
    case 'ip':
    case 'x400':
    case 'ediParty':
      return `${name.form}:${hex(name.bytes)}`;
    default:
      return `${name.form}:${name.value}`;
  }
}

/** What is not understood is shown as far as one would compare it by eye. */
const shownBytes = 32;

function hex(bytes: Uint8Array): string {
  const digits = Buffer.from(bytes.subarray(0, shownBytes)).toString('hex');
  return bytes.length > shownBytes ? `${digits}… (${bytes.length} bytes)` : digits;
}
