// Where one certificate departs from the oneM2M profile (TS-0003 8.1.2, 10.1.1) and from RFC 5280 below it: every
// departure, where path validation stops at the first. Decides nothing about trust (certificates/path.ts), and
// looks at no other certificate (chain-findings.ts).
import {
  acceptedSignatures,
  isSignedBy,
  keyObjection,
  signatureObjection,
} from '../certificates/algorithms.ts';
import type { Certificate } from '../certificates/certificate.ts';
import { certificateObjections, type Place } from '../certificates/certificate-rules.ts';
import { isProcessed } from '../certificates/extensions.ts';
import { identitiesOf } from '../certificates/flavours.ts';
import { sameName } from '../certificates/names.ts';
import { error, type Finding, note, warning } from './findings.ts';
import { keyPurposeName, shownExtensionName } from './object-identifiers.ts';

/** @param time is compared with the validity. */
export function certificateFindings(certificate: Certificate, time: Date): Finding[] {
  const isAuthority = certificate.extensions.basicConstraints?.cA === true;
  const isRoot = isSelfSigned(certificate);
  const place = isAuthority ? (isRoot ? 'anchor' : 'intermediate') : 'end-point';
  return [
    ...rules(certificate, place, time),
    ...extensionForm(certificate),
    ...keyPurposes(certificate, isAuthority),
    ...(isAuthority ? limits(certificate) : endPoint(certificate, isRoot)),
  ];
}

/** Whatever path validation would refuse the certificate for, in the place that it seems to be made for. */
function* rules(certificate: Certificate, place: Place, time: Date): Generator<Finding> {
  const signature = signatureObjection(certificate, 'onem2m');
  if (signature !== null)
    yield error(
      'CERTIFICATE_UNSUPPORTED',
      'signatureAlgorithm',
      `${signature}; accepted: ${acceptedSignatures('onem2m')}`,
      'TS-0003 10.1.1.1, 10.1.1.3',
    );
  for (const objection of certificateObjections(certificate, place, { time, profile: 'onem2m' })) {
    const { code, field, problem, accepted, clause } = objection;
    // Of unknown critical extensions the rule names the first, extensionForm each.
    if (field !== 'extensions') yield error(code, field, `${problem}; accepted: ${accepted}`, clause);
  }
}

/** Extensions that RFC 5280 wants critical, so that whoever does not know them does not overlook them. */
const wantedCritical: Readonly<Record<string, string>> = {
  '2.5.29.19': 'RFC 5280 4.2.1.9',
  '2.5.29.30': 'RFC 5280 4.2.1.10',
};

function* extensionForm({ extensionList, extensions }: Certificate): Generator<Finding> {
  for (const { id, critical } of extensionList) {
    const name = shownExtensionName(id);
    if (critical && !isProcessed(id))
      yield error(
        'CERTIFICATE_UNSUPPORTED',
        name,
        'is critical and not processed, so that the certificate is refused',
        'RFC 5280 4.2',
      );
    const clause = wantedCritical[id];
    const binds = id === '2.5.29.30' || extensions.basicConstraints?.cA === true;
    if (!critical && clause !== undefined && binds) yield warning(name, 'is not critical', clause);
  }
}

/** The initiating end-point is the TLS client, the terminating one the server (TS-0003 8.7). */
function* keyPurposes({ extensions, extensionList }: Certificate, isAuthority: boolean): Generator<Finding> {
  if (extensions.extKeyUsage === null) return;
  const purposes = extensions.extKeyUsage.map(keyPurposeName);
  const clause = 'RFC 5280 4.2.1.12';
  if (purposes.includes('anyExtendedKeyUsage')) {
    if (extensionList.some(({ id, critical }) => id === '2.5.29.37' && critical))
      yield warning('extKeyUsage', 'is critical, although it allows any purpose', clause);
    return;
  }
  const initiating = purposes.includes('clientAuth');
  const terminating = purposes.includes('serverAuth');
  if (!initiating && !terminating)
    yield error(
      'CERTIFICATE_UNTRUSTED',
      'extKeyUsage',
      `${purposes.join(', ')}: neither for an initiating end-point (clientAuth) nor for a terminating one (serverAuth)`,
      clause,
    );
  else if (initiating !== terminating)
    yield note(
      'extKeyUsage',
      `only for ${isAuthority ? 'certificates of ' : ''}${initiating ? 'initiating' : 'terminating'} end-points`,
      clause,
    );
}

function* limits({ extensions }: Certificate): Generator<Finding> {
  if (extensions.nameConstraints === null)
    yield warning(
      'nameConstraints',
      'absent: nothing in this certificate limits whom the authority can name',
      'TS-0003 8.1.2.2',
    );
}

function* endPoint(certificate: Certificate, isSelfSigned: boolean): Generator<Finding> {
  if (certificate.extensions.subjectAltName === null) {
    const common = certificate.subject.isEmpty ? '' : '; what stands in the subject identifies nobody';
    yield error('IDENTITY_MISMATCH', 'subjectAltName', `absent${common}`, 'TS-0003 8.1.2.5, 10.1.1');
  } else if (identitiesOf(certificate).length === 0)
    yield error(
      'IDENTITY_MISMATCH',
      'subjectAltName',
      'no name in it is an AE-ID, the domain name of a CSE-ID, a Node-ID, an identifier of a device or an FQDN',
      'TS-0003 8.1.2.5, 10.1.1',
    );
  if (isSelfSigned)
    yield error(
      'CERTIFICATE_UNTRUSTED',
      'issuer',
      'self-signed: a path has at least one certificate below its trust anchor',
      'RFC 5280 6.1',
    );
}

/** One signature is checked, and only with a key whose size is bounded. */
function isSelfSigned(certificate: Certificate): boolean {
  return (
    sameName(certificate.subject, certificate.issuer) &&
    keyObjection(certificate, 'rfc5280') === null &&
    isSignedBy(certificate, certificate)
  );
}
