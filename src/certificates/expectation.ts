// Whom a certificate is expected to name, as the caller of validatePath writes it. Peers in a configuration say their
// flavour; here it follows from the form of the text.
import { isAscii } from 'node:buffer';
import { domainToASCII } from 'node:url';
import { isDomainName } from '../identifiers/entity.ts';
import type { CertificateProfile } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import type { Objection } from './finding.ts';
import { type Flavour, identitiesOf, isAbsoluteAeId, isDeviceId, isUrn } from './flavours.ts';
import { addressBytes, addressText, namesHost } from './host-names.ts';

/**
 * What a certificate has against being that of `expected`; null if nothing. In profile onem2m one of its identities is
 * the same, whole (TS-0003 8.1.2.5); in profile rfc5280 domain names and IP addresses are names of hosts (RFC 9525).
 */
export function expectationObjection(
  certificate: Certificate,
  expected: string,
  profile: CertificateProfile,
): Objection | null {
  const holds = identityTest(expected, profile);
  if (holds === null)
    return {
      code: 'OPTION_INVALID',
      field: 'expect',
      problem: `${JSON.stringify(expected.slice(0, 120))} is no identity that a certificate holds${hintOf(expected)}`,
      accepted: `an Absolute-AE-ID, a domain name, the URN of a node, or the object identifier of a device or node${
        profile === 'rfc5280' ? ', or an IP address' : ''
      }`,
      clause: 'TS-0003 8.1.2.4',
    };
  if (holds(certificate)) return null;
  const held = namesOf(certificate);
  return {
    code: 'IDENTITY_MISMATCH',
    field: 'subjectAltName',
    problem: held === '' ? 'no identity in it' : `it holds ${held}`,
    accepted: expected,
    clause: profile === 'onem2m' ? 'TS-0003 8.1.2.5' : 'TS-0003 8.1.2.5, RFC 9525 6',
  };
}

function identityTest(
  expected: string,
  profile: CertificateProfile,
): ((certificate: Certificate) => boolean) | null {
  const isHeld = (flavours: readonly Flavour[], id: string) => (certificate: Certificate) =>
    identitiesOf(certificate).some(identity => flavours.includes(identity.flavour) && identity.id === id);
  if (isAbsoluteAeId(expected)) return isHeld(['ae-id'], expected);
  if (isUrn(expected)) return isHeld(['node-id'], expected);
  const isHost = (certificate: Certificate) =>
    namesHost(certificate.extensions.subjectAltName ?? [], expected);
  if (profile === 'rfc5280' && addressBytes(expected) !== null) return isHost;
  if (isDeviceId(expected)) return isHeld(['device', 'node-id'], expected);
  if (!isDomainName(expected)) return null;
  return profile === 'rfc5280' ? isHost : isHeld(['cse-id', 'fqdn'], expected.toLowerCase());
}

function hintOf(text: string): string {
  if (/^\/\/[^/]+\/[^/]+$/.test(text))
    return ': a CSE-ID stands in no certificate, but its public domain name does (TS-0001 6.5.1.1)';
  const ascii = domainToASCII(text);
  return !isAscii(Buffer.from(text)) && ascii !== '' ? `: give it as ${ascii} (RFC 5890)` : '';
}

/** Whatever can be compared with what is expected, identities first; short enough for a log line. */
function namesOf(certificate: Certificate): string {
  const identities = identitiesOf(certificate).map(({ id }) => id);
  const others = (certificate.extensions.subjectAltName ?? []).flatMap(name => {
    if (name.form === 'ip') return [addressText(name.bytes)];
    return 'value' in name && typeof name.value === 'string' ? [name.value] : [];
  });
  const shown = [...new Set([...identities, ...others])].slice(0, 3).join(', ');
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
}
