// Lab authorities: a root with the intermediate that issues the leaves (leaf.ts), and further ones below them, so that
// there are chains of any shape. Knows no files, and judges no chain: that is done in certificates/, without any of
// these packages.
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Extension } from '@peculiar/x509';
import { parseCertificate } from '../certificates/certificate.ts';
import { isSameKey } from '../endpoint/key-pair.ts';
import { refuse } from '../errors.ts';
import { type CertificateRequest, type Issuer, signCertificate, type Validity } from './certificate.ts';
import type { WritableName } from './general-name.ts';
import { generateKeys, type KeyType, keyWarnings } from './key-type.ts';
import {
  type ConstraintsRequest,
  encodeNameConstraints,
  nameConstraintsOid,
  permittedBy,
  permittedNames,
} from './name-constraints.ts';
import { x509 } from './x509.ts';

export interface Authority {
  readonly root: Issuer;
  readonly intermediate: Issuer;
}

/** `domains` and the others: whom the intermediate may name; without domains the names reserved for examples and tests. */
export interface AuthorityRequest extends ConstraintsRequest {
  /** Stands in the names of both certificates; at most 48 characters. */
  readonly name: string;
  /** pathLenConstraint of the intermediate; 0 if absent: it issues end-points only. */
  readonly pathLength?: number;
  readonly validity: Validity;
}

/**
 * Makes an authority with new P-256 keys: a self-signed root, and an intermediate with critical name constraints.
 *
 * @throws E2EKeyError OPTION_INVALID naming what is wrong in the request.
 */
export async function createAuthority(request: AuthorityRequest): Promise<Authority> {
  const { name, pathLength = 0, validity } = request;
  // ub-common-name is 64, of which " intermediate" takes 13.
  const [rootName, intermediateName] = [commonName(name, 48, ' root'), commonName(name, 48, ' intermediate')];
  const permitted = permittedNames(request, []);

  const rootKeys = generateKeys('p256');
  const root = await signCertificate({
    subject: { CN: rootName },
    publicKey: rootKeys.publicKey,
    issuer: null,
    key: rootKeys.privateKey,
    validity,
    extensions: authorityExtensions(null, []),
  });

  const intermediateKeys = generateKeys('p256');
  const intermediate = await signCertificate({
    subject: { CN: intermediateName },
    publicKey: intermediateKeys.publicKey,
    issuer: root,
    key: rootKeys.privateKey,
    validity,
    extensions: authorityExtensions(pathLength, permitted),
  });

  return {
    root: { certificate: root, key: rootKeys.privateKey, chain: [] },
    intermediate: { certificate: intermediate, key: intermediateKeys.privateKey, chain: [intermediate] },
  };
}

/** Whose name and key a further authority has. */
export type SubordinateSubject =
  /** A name of its own, at most 64 characters, and a new key. */
  | { readonly name: string; readonly keyType: KeyType }
  /** The issuer's name and a new key: self-issued, for a change of keys (RFC 5280 §3.2). */
  | { readonly rollover: KeyType }
  /**
   * Those of a certificate that is there already: a cross-certificate (RFC 5280 §3.2), or the same once more with another
   * validity. Without its private key nothing can be issued with the new certificate.
   */
  | { readonly crossed: X509Certificate; readonly key: KeyObject | null };

/** Whom it may name is, where it is not said, as in the issuer's certificate or in the one that is crossed. */
export interface SubordinateRequest extends ConstraintsRequest {
  readonly subject: SubordinateSubject;
  /**
   * pathLenConstraint. Where absent: 0 with a name of its own, else as in the certificate that has the name already,
   * as far as the issuer allows.
   */
  readonly pathLength?: number;
  readonly validity: Validity;
}

export interface Subordinate extends Omit<Issuer, 'key'> {
  readonly key: KeyObject | null;
  /** Sentences on who will refuse its key. */
  readonly warnings: readonly string[];
}

/**
 * Makes an authority below another one.
 *
 * @throws E2EKeyError OPTION_INVALID naming what is wrong in the request, or when the issuer may have no authority
 * below it.
 */
export async function issueAuthority(issuer: Issuer, request: SubordinateRequest): Promise<Subordinate> {
  const { name, publicKey, key, isIssuer, ownLength, model } = subjectOf(request.subject, issuer);
  const certificate = await signCertificate({
    subject: name,
    publicKey,
    issuer: issuer.certificate,
    key: issuer.key,
    validity: request.validity,
    extensions: authorityExtensions(
      pathLengthBelow(issuer.certificate, isIssuer, request.pathLength, ownLength),
      // A new key or validity changes nothing else: a root that is bound by nothing stays so.
      isIssuer && !saysWhom(request) ? model : permittedNames(request, model),
    ),
  });
  return {
    certificate,
    key,
    chain: [certificate, ...issuer.chain],
    warnings: keyWarnings(parseCertificate(certificate.raw)),
  };
}

interface Subject extends Pick<CertificateRequest, 'publicKey'> {
  readonly name: CertificateRequest['subject'];
  readonly key: KeyObject | null;
  /** Is it the issuer itself, with another key or another validity? Then the certificate is self-issued. */
  readonly isIssuer: boolean;
  /** pathLenConstraint that goes with the name; null for none. */
  readonly ownLength: number | null;
  /** Whom it may name if nothing else is said. */
  readonly model: readonly WritableName[];
}

function subjectOf(subject: SubordinateSubject, { certificate: issuer }: Issuer): Subject {
  const model = permittedBy(issuer);
  if ('crossed' in subject) {
    const { crossed, key } = subject;
    if (!crossed.ca)
      refuse('OPTION_INVALID', 'the certificate to be crossed is not that of a certification authority');
    if (key !== null && !crossed.checkPrivateKey(key))
      refuse('OPTION_INVALID', 'the private key does not belong to the certificate to be crossed');
    return {
      name: crossed,
      publicKey: crossed.publicKey,
      key,
      isIssuer: crossed.subject === issuer.subject && isSameKey(crossed.publicKey, issuer.publicKey),
      ownLength: pathLengthOf(crossed),
      model: model.length > 0 ? model : permittedBy(crossed),
    };
  }
  const isRollover = 'rollover' in subject;
  const { publicKey, privateKey: key } = generateKeys(isRollover ? subject.rollover : subject.keyType);
  return isRollover
    ? { name: { sameAs: issuer }, publicKey, key, isIssuer: true, ownLength: pathLengthOf(issuer), model }
    : {
        name: { CN: commonName(subject.name, 64, '') },
        publicKey,
        key,
        isIssuer: false,
        ownLength: 0,
        model,
      };
}

/**
 * RFC 5280 6.1.4 (l), (m): the issuer's pathLenConstraint binds whatever stands below it, so that a certificate is not to
 * promise more. Self-issued certificates do not count.
 */
function pathLengthBelow(
  issuer: X509Certificate,
  isSelfIssued: boolean,
  asked: number | undefined,
  own: number | null,
): number | null {
  const bound = pathLengthOf(issuer);
  if (bound === null) return asked ?? own;
  const most = isSelfIssued ? bound : bound - 1;
  if (most < 0)
    refuse('OPTION_INVALID', "the issuer's pathLenConstraint is 0, which allows no authority below it");
  if (asked !== undefined && asked > most)
    refuse(
      'OPTION_INVALID',
      `the issuer's pathLenConstraint is ${bound}: one below it can have ${most} at most, not ${asked}`,
    );
  return asked ?? Math.min(own ?? most, most);
}

function pathLengthOf(certificate: X509Certificate): number | null {
  return parseCertificate(certificate.raw).extensions.basicConstraints?.pathLenConstraint ?? null;
}

function saysWhom({ domains = [], devices = [], nodes = [], uriConstraints = false }: ConstraintsRequest) {
  return uriConstraints || [domains, devices, nodes].some(list => list.length > 0);
}

/** @param most characters of the name without its suffix. */
function commonName(name: string, most: number, suffix: string): string {
  if (name.length < 1 || name.length > most || !/^[\x20-\x7e]*$/.test(name))
    refuse('OPTION_INVALID', `the authority's name must be 1 to ${most} printable ASCII characters`);
  return `${name}${suffix}`;
}

/** RFC 5280 §4.2.1.9, §4.2.1.3: what a CA's key may do, and nothing else; and whom it may name. */
function authorityExtensions(pathLength: number | null, permitted: readonly WritableName[]): Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, pathLength ?? undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ...(permitted.length === 0
      ? []
      : [new x509.Extension(nameConstraintsOid, true, encodeNameConstraints(permitted))]),
  ];
}
