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
import { isProcessed } from '../certificates/extensions.ts';
import { identitiesOf } from '../certificates/flavours.ts';
import { constraintObjection } from '../certificates/name-constraints.ts';
import { error, type Finding, note, warning } from './findings.ts';
import { keyPurposeName, shownExtensionName } from './object-identifiers.ts';
import { publicKeyFindings } from './public-key-findings.ts';

/** @param time is compared with the validity. */
export function certificateFindings(certificate: Certificate, time: Date): Finding[] {
  const isAuthority = certificate.extensions.basicConstraints?.cA === true;
  return [
    ...algorithms(certificate),
    ...validity(certificate, time),
    ...extensionForm(certificate),
    ...keyPurposes(certificate, isAuthority),
    ...(isAuthority ? authority(certificate) : endPoint(certificate)),
  ];
}

function* algorithms(certificate: Certificate): Generator<Finding> {
  yield* publicKeyFindings(certificate);
  const signature = signatureObjection(certificate, 'onem2m');
  if (signature !== null)
    yield error(
      'CERTIFICATE_UNSUPPORTED',
      'signatureAlgorithm',
      `${signature}; accepted: ${acceptedSignatures('onem2m')}`,
      'TS-0003 10.1.1.1, 10.1.1.3',
    );
}

function* validity({ notBefore, notAfter }: Certificate, time: Date): Generator<Finding> {
  const clause = 'RFC 5280 6.1.3 (a)(2)';
  if (time < notBefore)
    yield error('CERTIFICATE_EXPIRED', 'validity', `not yet valid at ${time.toISOString()}`, clause);
  if (time > notAfter)
    yield error('CERTIFICATE_EXPIRED', 'validity', `expired, seen from ${time.toISOString()}`, clause);
}

/** Extensions that RFC 5280 wants critical, so that whoever does not know them does not overlook them. */
const wantedCritical: Readonly<Record<string, string>> = {
  '2.5.29.19': 'RFC 5280 4.2.1.9',
  '2.5.29.30': 'RFC 5280 4.2.1.10',
};

function* extensionForm({ extensionList, extensions, subject }: Certificate): Generator<Finding> {
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
    if (!critical && id === '2.5.29.17' && subject.isEmpty)
      yield warning(name, 'is not critical, although the subject is empty', 'RFC 5280 4.2.1.6');
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

function* authority({ extensions }: Certificate): Generator<Finding> {
  const { keyUsage, nameConstraints } = extensions;
  if (keyUsage === null)
    yield error('CERTIFICATE_UNTRUSTED', 'keyUsage', 'absent; keyCertSign is needed', 'RFC 5280 4.2.1.3');
  else if (!keyUsage.has('keyCertSign'))
    yield error('CERTIFICATE_UNTRUSTED', 'keyUsage', 'without keyCertSign', 'RFC 5280 6.1.4 (n)');
  if (nameConstraints === null) {
    yield warning(
      'nameConstraints',
      'absent: nothing in this certificate limits whom the authority can name',
      'TS-0003 8.1.2.2',
    );
    return;
  }
  const objection = constraintObjection(nameConstraints);
  if (objection !== null)
    yield error(
      'CERTIFICATE_UNSUPPORTED',
      'nameConstraints',
      `${objection}, which is not processed`,
      'RFC 5280 4.2.1.10',
    );
}

function* endPoint(certificate: Certificate): Generator<Finding> {
  const { keyUsage } = certificate.extensions;
  if (keyUsage === null)
    yield error(
      'CERTIFICATE_UNSUPPORTED',
      'keyUsage',
      'absent; digitalSignature is needed',
      'TS-0003 10.1.1.1',
    );
  else if (!keyUsage.has('digitalSignature'))
    yield error('CERTIFICATE_UNSUPPORTED', 'keyUsage', 'without digitalSignature', 'TS-0003 10.1.1.1');
  if (keyUsage?.has('keyCertSign'))
    yield error(
      'CERTIFICATE_UNTRUSTED',
      'basicConstraints',
      'cA is not TRUE, although keyUsage has keyCertSign',
      'RFC 5280 4.2.1.3, 4.2.1.9',
    );
  yield* identity(certificate);
  if (isSelfSigned(certificate))
    yield error(
      'CERTIFICATE_UNTRUSTED',
      'issuer',
      'self-signed: a path has at least one certificate below its trust anchor',
      'RFC 5280 6.1',
    );
}

function* identity(certificate: Certificate): Generator<Finding> {
  const names = certificate.extensions.subjectAltName;
  if (names === null) {
    const common = certificate.subject.isEmpty ? '' : '; what stands in the subject identifies nobody';
    yield error('IDENTITY_MISMATCH', 'subjectAltName', `absent${common}`, 'TS-0003 8.1.2.5, 10.1.1');
    return;
  }
  const wildcard = names.find(
    name => (name.form === 'dns' || name.form === 'uri') && name.value.includes('*'),
  );
  if (wildcard !== undefined)
    yield error(
      'CERTIFICATE_UNSUPPORTED',
      'subjectAltName',
      'a wildcard; names have to be whole',
      'TS-0003 10.1.1',
    );
  if (identitiesOf(certificate).length > 0) return;
  // TS-0003 10.1.1: Node-IDs and device identities stand in these forms, which identitiesOf does not read.
  const mayIdentify = names.some(
    name =>
      name.form === 'registeredId' ||
      name.form === 'other' ||
      (name.form === 'uri' && /^urn:/i.test(name.value)),
  );
  const message = 'no name in it is an AE-ID or the domain name of a CSE-ID';
  const clause = 'TS-0003 8.1.2.5, 10.1.1';
  yield mayIdentify
    ? warning('subjectAltName', message, clause)
    : error('IDENTITY_MISMATCH', 'subjectAltName', message, clause);
}

/** One signature is checked, and only with a key whose size is bounded. */
function isSelfSigned(certificate: Certificate): boolean {
  const isSelfIssued = Buffer.compare(certificate.subject.der, certificate.issuer.der) === 0;
  return (
    isSelfIssued && keyObjection(certificate, 'rfc5280') === null && isSignedBy(certificate, certificate)
  );
}
