// A certification authority above the end-point is none, is no longer one, or may not issue what it issued.
import {
  basicConstraints,
  der,
  extension,
  integer,
  keyUsage,
  nameConstraints,
  objectIdentifier,
  octetString,
  sequence,
} from '../certificate-maker.ts';
import type { DefectLab, Presentation } from '../defect-lab.ts';
import { type Defect, refusedAs } from './defect.ts';

export const authorityDefects: readonly Defect[] = [
  {
    name: 'intermediate-expired',
    about: 'The intermediate ended with 2025.',
    ...refusedAs('CERTIFICATE_EXPIRED', 1, 'validity', 'RFC 5280 6.1.3 (a)(2)'),
    make: lab => lab.below({ notBefore: new Date('2025-01-01'), notAfter: new Date('2025-12-31T23:59:59Z') }),
  },
  {
    name: 'intermediate-not-yet-valid',
    about: 'The intermediate begins in 2125.',
    ...refusedAs('CERTIFICATE_EXPIRED', 1, 'validity', 'RFC 5280 6.1.3 (a)(2)'),
    make: lab => lab.below({ notBefore: new Date('2125-01-01') }),
  },
  {
    name: 'root-expired',
    about: 'The trust anchor ended with 2025.',
    ...refusedAs('CERTIFICATE_EXPIRED', 2, 'validity', 'RFC 5280 6.1.3 (a)(2)'),
    make: lab =>
      lab.belowRoot({ notBefore: new Date('2025-01-01'), notAfter: new Date('2025-12-31T23:59:59Z') }),
  },
  {
    name: 'intermediate-serial-number-zero',
    about: 'The serial number of the intermediate is zero.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 1, 'serialNumber', 'RFC 5280 4.1.2.2'),
    make: lab => lab.below({ serial: 0 }),
  },
  {
    name: 'intermediate-unknown-critical-extension',
    about: 'The intermediate has a critical extension that nobody knows.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 1, 'extensions', 'RFC 5280 6.1.4 (o)'),
    make: lab => lab.below({ more: [extension('2.999.1', octetString(), true)] }),
  },
  {
    name: 'intermediate-policy-mappings',
    about: 'The intermediate has critical policyMappings, for which a policy tree is needed.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 1, 'extensions', 'RFC 5280 6.1.4 (o)'),
    make: lab => {
      const mapping = sequence(objectIdentifier('2.999.1'), objectIdentifier('2.999.2'));
      return lab.below({ more: [extension('2.5.29.33', sequence(mapping), true)] });
    },
  },
  {
    name: 'intermediate-inhibit-any-policy',
    about: 'The intermediate has a critical inhibitAnyPolicy, for which a policy tree is needed.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 1, 'extensions', 'RFC 5280 6.1.4 (o)'),
    make: lab => lab.below({ more: [extension('2.5.29.54', integer(0), true)] }),
  },
  {
    name: 'intermediate-policy-constraints',
    about: 'The intermediate asks for a policy in every certificate below it (requireExplicitPolicy).',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 1, 'policyConstraints', 'RFC 5280 6.1.4 (i)'),
    make: lab => {
      const requireExplicitPolicy = der(0x80, Buffer.of(0));
      return lab.below({ more: [extension('2.5.29.36', sequence(requireExplicitPolicy))] });
    },
  },
  {
    name: 'intermediate-without-basic-constraints',
    about: 'The intermediate has no basicConstraints, like the certificate of an end-point.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 1, 'basicConstraints', 'RFC 5280 6.1.4 (k)'),
    make: lab => lab.below({ replaced: { basicConstraints: null } }),
  },
  {
    name: 'intermediate-no-authority',
    about: 'cA of the intermediate is FALSE.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 1, 'basicConstraints', 'RFC 5280 6.1.4 (k)'),
    make: lab => lab.below({ replaced: { basicConstraints: basicConstraints(false) } }),
  },
  {
    name: 'issued-by-an-end-point',
    about: 'The certificate was issued by an end-point with the key of its own, which is right by itself.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 1, 'basicConstraints', 'RFC 5280 6.1.4 (k)'),
    make: lab => {
      const changes = {
        replaced: {
          basicConstraints: null,
          keyUsage: keyUsage('digitalSignature'),
          nameConstraints: null,
        },
      };
      const issuer = lab.authority('defect lab end-point', changes, lab.intermediate);
      return lab.presenting(lab.leaf({}, issuer), [issuer, lab.intermediate]);
    },
  },
  {
    name: 'root-no-authority',
    about: 'The trust anchor has no basicConstraints.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 2, 'basicConstraints', 'RFC 5280 6.1.4 (k)'),
    make: lab => lab.belowRoot({ replaced: { basicConstraints: null } }),
  },
  {
    name: 'intermediate-key-usage-absent',
    about: 'The intermediate has no keyUsage.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 1, 'keyUsage', 'RFC 5280 4.2.1.3'),
    make: lab => lab.below({ replaced: { keyUsage: null } }),
  },
  {
    name: 'intermediate-without-certificate-signing',
    about: 'keyUsage of the intermediate is cRLSign alone.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 1, 'keyUsage', 'RFC 5280 6.1.4 (n)'),
    make: lab => lab.below({ replaced: { keyUsage: keyUsage('cRLSign') } }),
  },
  {
    name: 'root-without-certificate-signing',
    about: 'keyUsage of the trust anchor is cRLSign alone.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 2, 'keyUsage', 'RFC 5280 6.1.4 (n)'),
    make: lab => lab.belowRoot({ replaced: { keyUsage: keyUsage('cRLSign') } }),
  },
  {
    name: 'intermediate-key-purpose',
    about: 'extKeyUsage of the intermediate leaves only codeSigning to those below it.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 1, 'extKeyUsage', 'RFC 5280 4.2.1.12'),
    make: lab =>
      lab.below({ more: [extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.3')))] }),
  },
  {
    name: 'intermediate-key-p-384',
    about: 'The key of the intermediate is on P-384.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 1, 'subjectPublicKeyInfo', 'TS-0003 10.1.1.1, 10.1.1.3'),
    make: lab => lab.below({ key: lab.otherKey('P-384') }),
  },
  {
    name: 'root-key-p-384',
    about: 'The key of the trust anchor is on P-384.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 2, 'subjectPublicKeyInfo', 'TS-0003 10.1.1.1, 10.1.1.3'),
    make: lab => lab.belowRoot({ key: lab.otherKey('P-384') }),
  },
  {
    name: 'path-length-exceeded',
    about: 'Below an intermediate with pathLenConstraint 0 there is another one.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 1, 'basicConstraints', 'RFC 5280 6.1.4 (l)'),
    make: lab => {
      const second = lab.authority('defect lab second intermediate', {}, lab.intermediate);
      return lab.presenting(lab.leaf({}, second), [second, lab.intermediate]);
    },
  },
  {
    name: 'path-length-of-root-exceeded',
    about: 'Below a trust anchor with pathLenConstraint 0 there is an intermediate.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 1, 'basicConstraints', 'RFC 5280 6.1.4 (l)'),
    make: lab => lab.belowRoot({ replaced: { basicConstraints: basicConstraints(true, 0) } }),
  },
  {
    name: 'too-many-intermediates',
    about: 'There are seven intermediates, more than the six that are accepted.',
    // The one that is one too many is named by the one below it.
    ...refusedAs('CERTIFICATE_UNTRUSTED', 6, 'issuer', 'RFC 5280 6.1'),
    make: lab => longPath(lab, 7),
  },
  {
    name: 'name-constraints-with-minimum',
    about: 'A subtree in the name constraints of the intermediate has minimum 1.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 1, 'nameConstraints', 'RFC 5280 4.2.1.10'),
    make: lab => {
      const base = der(0x82, Buffer.from(lab.host, 'latin1'));
      const permitted = der(0xa0, sequence(base, der(0x80, Buffer.of(1))));
      return lab.below({
        replaced: { nameConstraints: extension('2.5.29.30', sequence(permitted), true) },
      });
    },
  },
  {
    name: 'name-constraints-with-leading-period',
    about: 'A dNSName subtree of the intermediate begins with a period, as only subtrees of URIs may.',
    ...refusedAs('CERTIFICATE_MALFORMED', 1, 'nameConstraints', 'RFC 5280 4.2.1.10'),
    make: lab =>
      lab.below({ replaced: { nameConstraints: nameConstraints({ permitted: [`dns:.${lab.host}`] }) } }),
  },
  {
    name: 'name-constraints-with-broken-mask',
    about: 'An iPAddress subtree of the intermediate has a mask with a hole, 255.0.255.0.',
    ...refusedAs('CERTIFICATE_MALFORMED', 1, 'nameConstraints', 'RFC 5280 4.2.1.10'),
    make: lab =>
      lab.below({
        replaced: {
          nameConstraints: nameConstraints({ permitted: [`dns:${lab.host}`, 'ip:c0000200ff00ff00'] }),
        },
      }),
  },
];

/** An end-point below so many intermediates, the lowest first. */
function longPath(lab: DefectLab, intermediates: number): Presentation {
  const replaced = { basicConstraints: basicConstraints(true) };
  const authorities = [lab.authority('defect lab intermediate 1', { replaced })];
  for (let number = 2; number <= intermediates; number++)
    authorities.unshift(lab.authority(`defect lab intermediate ${number}`, { replaced }, authorities[0]));
  return lab.presenting(lab.leaf({}, authorities[0]), authorities);
}
