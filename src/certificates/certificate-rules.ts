// What a certificate has to be by itself for its place in a path, whatever stands above and below it: the rules of
// RFC 5280 4.1, 4.2, 6.1.3, 6.1.4 and 6.1.5 that need one certificate, and what the profiles add. Rules that compare
// certificates are path-rules.ts.
import { acceptedKeys, type CertificateProfile, keyObjection } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { extensionName, isProcessed } from './extensions.ts';
import type { Objection } from './finding.ts';
import { constraintsObjection } from './name-constraints.ts';

/** What the certificate is used for: it is the end-point's own, it is configured, or it stands between. */
export type Place = 'end-point' | 'intermediate' | 'anchor';

export interface CertificateRequirements {
  readonly time: Date;
  readonly profile: CertificateProfile;
}

/** The first rule that the certificate breaks in this place; null if it keeps them all. */
export function certificateObjection(
  certificate: Certificate,
  place: Place,
  requirements: CertificateRequirements,
): Objection | null {
  for (const rule of rulesOf(place)) {
    const objection = rule(certificate, requirements);
    if (objection !== null) return objection;
  }
  return null;
}

/** Every rule that it breaks, for who wants to mend it; an objection may name the first of several faults. */
export function certificateObjections(
  certificate: Certificate,
  place: Place,
  requirements: CertificateRequirements,
): readonly Objection[] {
  return rulesOf(place).flatMap(rule => rule(certificate, requirements) ?? []);
}

function rulesOf(place: Place): readonly Rule[] {
  return place === 'end-point' ? endPointRules : place === 'anchor' ? anchorRules : authorityRules;
}

type Rule = (certificate: Certificate, requirements: CertificateRequirements) => Objection | null;

/** Certificates know seconds and not their parts (RFC 5280 4.1.2.5); both ends belong to the period. */
export function isWithinValidity({ notBefore, notAfter }: Certificate, time: Date): boolean {
  return time >= notBefore && Math.floor(time.getTime() / 1000) * 1000 <= notAfter.getTime();
}

const validity: Rule = (certificate, { time }) => {
  const { notBefore, notAfter } = certificate;
  return isWithinValidity(certificate, time)
    ? null
    : {
        code: 'CERTIFICATE_EXPIRED',
        field: 'validity',
        problem: `${time < notBefore ? 'not yet' : 'no longer'} valid at ${time.toISOString()}`,
        accepted: `${notBefore.toISOString()} to ${notAfter.toISOString()}, both included`,
        clause: 'RFC 5280 6.1.3 (a)(2)',
      };
};

/** Old roots have the number 0 and are trusted by their bytes; anybody else is named by it, as by a CRL. */
const serialNumber: Rule = certificate =>
  /[^0]/.test(certificate.serialNumber)
    ? null
    : untrusted('serialNumber', 'zero', 'a positive number', 'RFC 5280 4.1.2.2');

const criticalExtensions =
  (clause: string): Rule =>
  ({ extensionList }) => {
    const unknown = extensionList.find(({ critical, id }) => critical && !isProcessed(id));
    return unknown === undefined
      ? null
      : unsupported(
          'extensions',
          `${extensionName(unknown.id)} is critical and not processed`,
          'a certificate without it',
          clause,
        );
  };

/** Key identifiers only help to find issuers; one that is critical asks for more than that. */
const keyIdentifiers: Rule = ({ extensionList }) => {
  const critical = extensionList.find(({ id, critical }) => critical && Object.hasOwn(identifierClauses, id));
  return critical === undefined
    ? null
    : unsupported(
        extensionName(critical.id),
        'critical',
        'not critical',
        identifierClauses[critical.id] ?? 'RFC 5280 4.2.1',
      );
};

const identifierClauses: Readonly<Record<string, string>> = {
  '2.5.29.14': 'RFC 5280 4.2.1.2',
  '2.5.29.35': 'RFC 5280 4.2.1.1',
};

/**
 * No policy tree is kept (docs/adr/0016). While none is asked for (RFC 5280 6.1.1 (c)), mappings and
 * inhibitAnyPolicy change nothing; but policyConstraints can ask for one, so it is refused even where it is,
 * against 4.2.1.11, not critical.
 */
const policies: Rule = ({ extensionList, extensions }) => {
  if (extensionList.some(({ id }) => id === '2.5.29.36'))
    return unsupported(
      'policyConstraints',
      'is not processed',
      'a certificate without it',
      'RFC 5280 6.1.4 (i)',
    );
  const isCritical = extensionList.some(({ id, critical }) => id === '2.5.29.32' && critical);
  const unknown = (extensions.certificatePolicies ?? [])
    .flatMap(({ qualifiers }) => qualifiers)
    .find(id => !Object.hasOwn(policyQualifiers, id));
  return isCritical && unknown !== undefined
    ? unsupported(
        'certificatePolicies',
        `critical, with a qualifier ${unknown} that is not known`,
        Object.values(policyQualifiers).join(', '),
        'RFC 5280 4.2.1.4',
      )
    : null;
};

const policyQualifiers: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.2.1': 'id-qt-cps',
  '1.3.6.1.5.5.7.2.2': 'id-qt-unotice',
};

/** RFC 5280 4.1.2.6. The search finds nobody without a name (4.1.2.4); this is for who looks at one certificate. */
const authoritySubject: Rule = ({ subject }) =>
  subject.isEmpty
    ? untrusted('subject', 'empty, in the certificate of an issuer', 'a name', 'RFC 5280 4.1.2.6')
    : null;

/** Without subject the names are in subjectAltName, which nobody may overlook then. */
const endPointSubject: Rule = ({ subject, extensionList }) =>
  !subject.isEmpty || extensionList.some(({ id, critical }) => id === '2.5.29.17' && critical)
    ? null
    : unsupported(
        'subject',
        'empty, without a critical subjectAltName',
        'a name, or a critical subjectAltName',
        'RFC 5280 4.1.2.6, 4.2.1.6',
      );

const basicConstraints: Rule = ({ extensions }) =>
  extensions.basicConstraints?.cA === true
    ? null
    : untrusted(
        'basicConstraints',
        'not the certificate of a certification authority',
        'cA TRUE',
        'RFC 5280 6.1.4 (k)',
      );

/** TS-0003 10.1.1 builds on 4.2.1.3, by which a conforming authority includes keyUsage. */
const certificateSigning: Rule = ({ extensions: { keyUsage } }, { profile }) => {
  if (keyUsage === null)
    return profile === 'onem2m' ? untrusted('keyUsage', 'absent', 'keyCertSign', 'RFC 5280 4.2.1.3') : null;
  return keyUsage.has('keyCertSign')
    ? null
    : untrusted('keyUsage', 'without keyCertSign', 'keyCertSign', 'RFC 5280 6.1.4 (n)');
};

const usableConstraints: Rule = ({ extensions: { nameConstraints } }) =>
  nameConstraints === null ? null : constraintsObjection(nameConstraints);

const key: Rule = (certificate, { profile }) => {
  const objection = keyObjection(certificate, profile);
  return objection === null
    ? null
    : unsupported('subjectPublicKeyInfo', objection, acceptedKeys(profile), keyClause(profile));
};

export function keyClause(profile: CertificateProfile): string {
  return profile === 'onem2m' ? 'TS-0003 10.1.1.1, 10.1.1.3' : 'RFC 5280 4.1.1.2, 4.1.2.7';
}

/** The end-point signs with this key: RFC 5246 7.4.2, RFC 8422 5.3. */
const digitalSignature: Rule = ({ extensions: { keyUsage } }, { profile }) =>
  (keyUsage === null ? profile === 'rfc5280' : keyUsage.has('digitalSignature'))
    ? null
    : unsupported(
        'keyUsage',
        keyUsage === null ? 'absent' : 'without digitalSignature',
        'digitalSignature',
        profile === 'onem2m' ? 'TS-0003 10.1.1.1' : 'RFC 8422 5.3',
      );

const endPointIsNoAuthority: Rule = ({ extensions }, { profile }) =>
  profile === 'onem2m' && extensions.basicConstraints?.cA === true
    ? unsupported(
        'basicConstraints',
        'the certificate of a certification authority in the place of an end-point',
        'cA FALSE',
        'TS-0003 10.1.1',
      )
    : null;

/** A certificate that says both: one program would let it issue others, another would not. */
const signingWithoutAuthority: Rule = ({ extensions: { keyUsage, basicConstraints: constraints } }) =>
  keyUsage?.has('keyCertSign') === true && constraints?.cA !== true
    ? unsupported(
        'keyUsage',
        'keyCertSign, although cA is not TRUE',
        'no keyCertSign, or cA TRUE',
        'RFC 5280 4.2.1.3, 4.2.1.9',
      )
    : null;

const constraintsWithoutAuthority: Rule = ({ extensions }) =>
  extensions.nameConstraints !== null && extensions.basicConstraints?.cA !== true
    ? unsupported(
        'nameConstraints',
        'present, although cA is not TRUE',
        'only in the certificate of a certification authority',
        'RFC 5280 4.2.1.10',
      )
    : null;

const wholeNames: Rule = ({ extensions }, { profile }) =>
  profile === 'onem2m' &&
  extensions.subjectAltName?.some(
    name => (name.form === 'dns' || name.form === 'uri') && name.value.includes('*'),
  )
    ? unsupported('subjectAltName', 'a wildcard', 'whole names', 'TS-0003 10.1.1.5 to 10.1.1.8')
    : null;

const endPointRules: readonly Rule[] = [
  validity,
  serialNumber,
  criticalExtensions('RFC 5280 6.1.5 (f)'),
  keyIdentifiers,
  policies,
  endPointSubject,
  key,
  digitalSignature,
  endPointIsNoAuthority,
  signingWithoutAuthority,
  constraintsWithoutAuthority,
  wholeNames,
];

const anchorRules: readonly Rule[] = [
  validity,
  criticalExtensions('RFC 5280 6.1.4 (o)'),
  keyIdentifiers,
  policies,
  authoritySubject,
  basicConstraints,
  certificateSigning,
  usableConstraints,
  key,
];

const authorityRules: readonly Rule[] = [serialNumber, ...anchorRules];

function unsupported(field: string, problem: string, accepted: string, clause: string): Objection {
  return { code: 'CERTIFICATE_UNSUPPORTED', field, problem, accepted, clause };
}

function untrusted(field: string, problem: string, accepted: string, clause: string): Objection {
  return { code: 'CERTIFICATE_UNTRUSTED', field, problem, accepted, clause };
}
