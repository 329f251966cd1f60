// What claims to be a certificate is none by RFC 5280 4.1 and 4.2, or is not in DER (X.690): it is refused while it is
// read, before anything else is asked. All of it is signed with the right key.
import {
  algorithms,
  bitString,
  der,
  extension,
  integer,
  keyUsage,
  objectIdentifier,
  octetString,
  sequence,
} from '../certificate-maker.ts';
import type { Changes, DefectLab, Presentation } from '../defect-lab.ts';
import { type Defect, malformedAs, refusedAs } from './defect.ts';

/** Under the arc for examples (ITU-T X.660, joint-iso-itu-t(2) example(999)). */
const unknown = objectIdentifier('2.999.1');

export const encodingDefects: readonly Defect[] = [
  {
    name: 'version-1',
    about: 'The version is left out, which means 1, although there are extensions.',
    ...version('tbsCertificate.version'),
    make: endPoint({ version: new Uint8Array() }),
  },
  {
    name: 'version-2',
    about: 'The version is 2, although there are extensions.',
    ...version('tbsCertificate.version'),
    make: endPoint({ version: der(0xa0, integer(1)) }),
  },
  {
    name: 'serial-number-negative',
    about: 'The serial number is negative.',
    ...malformedAs('tbsCertificate.serialNumber', 'RFC 5280 4.1.2.2'),
    make: endPoint({ serial: Buffer.of(0x80, 0x01) }),
  },
  {
    name: 'serial-number-too-long',
    about: 'The serial number has 21 octets.',
    ...malformedAs('tbsCertificate.serialNumber', 'RFC 5280 4.1.2.2'),
    make: endPoint({ serial: Buffer.alloc(21, 0x11) }),
  },
  {
    name: 'serial-number-with-leading-zero',
    about: 'The serial number has a superfluous octet before it.',
    ...malformedAs('tbsCertificate.serialNumber', 'X.690 8.3.2'),
    make: endPoint({ serial: Buffer.of(0x00, 0x01) }),
  },
  {
    name: 'signature-algorithms-differ',
    about: 'The algorithm beside the signature is not that in the signed part.',
    ...malformedAs('signatureAlgorithm', 'RFC 5280 4.1.1.2'),
    make: endPoint({ outerAlgorithm: algorithms.ecdsaWithSha384 }),
  },
  {
    name: 'issuer-empty',
    about: 'The issuer has no name.',
    ...malformedAs('tbsCertificate.issuer', 'RFC 5280 4.1.2.4'),
    make: endPoint({ issuer: '' }),
  },
  {
    name: 'subject-not-text',
    about: 'An UTF8String in the subject is not UTF-8.',
    ...malformedAs('tbsCertificate.subject.0.0.value', 'RFC 5280 4.1.2.4'),
    make: endPoint({ subject: sequence(der(0x31, attribute('2.5.4.3', Buffer.of(0x43, 0xe9)))) }),
  },
  {
    name: 'subject-out-of-order',
    about: 'The attributes of a multi-valued relative distinguished name are not in the order of DER.',
    ...malformedAs('tbsCertificate.subject.0.1', 'X.690 11.6'),
    make: endPoint({
      subject: sequence(
        der(0x31, attribute('2.5.4.10', Buffer.of(0x62)), attribute('2.5.4.3', Buffer.of(0x61))),
      ),
    }),
  },
  {
    name: 'length-not-shortest',
    about: 'The length of the subject is encoded in two octets, where one is enough.',
    ...malformedAs('tbsCertificate.subject', 'X.690 10.1'),
    make: endPoint({ subject: Buffer.from('3081020500', 'hex') }),
  },
  {
    name: 'length-indefinite',
    about: 'The subject has an indefinite length, as BER allows.',
    ...malformedAs('tbsCertificate.subject', 'X.690 10.1'),
    make: endPoint({ subject: Buffer.from('30800000', 'hex') }),
  },
  {
    name: 'time-without-seconds',
    about: 'notBefore has no seconds.',
    ...malformedAs('tbsCertificate.validity.notBefore', 'RFC 5280 4.1.2.5'),
    make: endPoint({ notBefore: der(0x17, Buffer.from('2601010000Z')) }),
  },
  {
    name: 'time-with-offset',
    about: 'notBefore has an offset from UTC.',
    ...malformedAs('tbsCertificate.validity.notBefore', 'RFC 5280 4.1.2.5'),
    make: endPoint({ notBefore: der(0x17, Buffer.from('260101000000+0100')) }),
  },
  {
    name: 'time-with-fraction',
    about: 'notAfter has fractions of a second.',
    ...malformedAs('tbsCertificate.validity.notAfter', 'RFC 5280 4.1.2.5'),
    make: endPoint({ notAfter: der(0x18, Buffer.from('21260101000000.5Z')) }),
  },
  {
    name: 'time-that-does-not-exist',
    about: 'notAfter is 30 February.',
    ...malformedAs('tbsCertificate.validity.notAfter', 'RFC 5280 4.1.2.5'),
    make: endPoint({ notAfter: der(0x18, Buffer.from('21260230000000Z')) }),
  },
  {
    name: 'public-key-ends-inside-an-octet',
    about: 'The BIT STRING of the public key has unused bits.',
    ...malformedAs('tbsCertificate.subjectPublicKeyInfo.subjectPublicKey', 'RFC 5280 4.1'),
    make: endPoint({
      publicKey: sequence(
        sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier('1.2.840.10045.3.1.7')),
        bitString(Buffer.of(0x04, 0x10), 4),
      ),
    }),
  },
  {
    name: 'object-identifier-padded',
    about: 'The identifier of an extension has an arc with a superfluous octet.',
    ...malformedAs('tbsCertificate.extensions.4.extnID', 'X.690 8.19.2'),
    make: endPoint({ more: [sequence(der(0x06, Buffer.of(0x88, 0x37, 0x80, 0x01)), octetString())] }),
  },
  {
    name: 'extension-twice',
    about: 'There are two keyUsage extensions.',
    ...malformedAs('tbsCertificate.extensions.4.extnID', 'RFC 5280 4.2'),
    make: endPoint({ more: [keyUsage('digitalSignature', 'keyAgreement')] }),
  },
  {
    name: 'critical-not-true',
    about: 'critical is TRUE as BER allows it, 01, and not FF.',
    ...malformedAs('tbsCertificate.extensions.4.critical', 'X.690 11.1, 11.5'),
    make: endPoint({ more: [sequence(unknown, der(0x01, Buffer.of(0x01)), octetString())] }),
  },
  {
    name: 'critical-false-written-out',
    about: 'critical is FALSE, its default, and is written out.',
    ...malformedAs('tbsCertificate.extensions.4.critical', 'X.690 11.1, 11.5'),
    make: endPoint({ more: [sequence(unknown, der(0x01, Buffer.of(0x00)), octetString())] }),
  },
  {
    name: 'too-many-extensions',
    about: 'There are 33 extensions.',
    ...malformedAs('tbsCertificate.extensions', 'our bound'),
    make: endPoint({
      more: Array.from({ length: 29 }, (_, index) => extension(`2.999.1.${index}`, octetString())),
    }),
  },
  {
    name: 'key-usage-with-trailing-zeros',
    about: 'The BIT STRING of keyUsage has zero bits after the last one that is set.',
    ...malformedAs('tbsCertificate.extensions.0.extnValue', 'X.690 11.2.2'),
    make: endPoint({ replaced: { keyUsage: usage(bitString(Buffer.of(0x80), 0)) } }),
  },
  {
    name: 'key-usage-with-unused-bits-set',
    about: 'An unused bit of keyUsage is set.',
    ...malformedAs('tbsCertificate.extensions.0.extnValue', 'X.690 11.2.1'),
    make: endPoint({ replaced: { keyUsage: usage(bitString(Buffer.of(0x81), 7)) } }),
  },
  {
    name: 'key-usage-empty',
    about: 'keyUsage names no usage.',
    ...malformedAs('tbsCertificate.extensions.0.extnValue', 'RFC 5280 4.2.1.3'),
    make: endPoint({ replaced: { keyUsage: usage(bitString(Buffer.of())) } }),
  },
  {
    name: 'key-purposes-empty',
    about: 'extKeyUsage is an empty list.',
    ...malformedAs('tbsCertificate.extensions.4.extnValue', 'RFC 5280 4.1'),
    make: endPoint({ more: [extension('2.5.29.37', sequence())] }),
  },
  {
    name: 'path-length-without-authority',
    about: 'pathLenConstraint is present, although cA is not TRUE.',
    ...malformedAs('tbsCertificate.extensions.0.extnValue.pathLenConstraint', 'RFC 5280 4.2.1.9'),
    make: endPoint({ replaced: { basicConstraints: extension('2.5.29.19', sequence(integer(0)), true) } }),
  },
  {
    name: 'authority-key-identifier-incomplete',
    about: 'authorityKeyIdentifier has a serial number without an issuer.',
    ...malformedAs('tbsCertificate.extensions.2.extnValue.authorityCertSerialNumber', 'RFC 5280 4.2.1.1'),
    make: endPoint({
      replaced: { authorityKeyIdentifier: extension('2.5.29.35', sequence(der(0x82, Buffer.of(1)))) },
    }),
  },
  {
    name: 'policy-twice',
    about: 'certificatePolicies names one policy twice.',
    ...malformedAs('tbsCertificate.extensions.4.extnValue.1.policyIdentifier', 'RFC 5280 4.2.1.4'),
    make: endPoint({ more: [extension('2.5.29.32', sequence(sequence(unknown), sequence(unknown)))] }),
  },
  {
    name: 'alternative-names-empty',
    about: 'subjectAltName is an empty list.',
    ...malformedAs('tbsCertificate.extensions.3.extnValue', 'RFC 5280 4.1'),
    make: endPoint({ names: [], more: [extension('2.5.29.17', sequence())] }),
  },
  {
    name: 'name-empty',
    about: 'Beside the identity there is a dNSName without a character.',
    ...malformedAs('tbsCertificate.extensions.3.extnValue.1', 'RFC 5280 4.2.1.6'),
    make: lab => lab.presenting(lab.leaf({ names: [lab.name, 'dns:'] })),
  },
  {
    name: 'name-with-zero-octet',
    about: 'Beside the identity there is a dNSName with a zero octet, where some programs stop reading.',
    ...malformedAs('tbsCertificate.extensions.3.extnValue.1', 'RFC 5280 4.2.1.6'),
    make: lab => lab.presenting(lab.leaf({ names: [lab.name, `dns:${lab.host}\0.elsewhere.example`] })),
  },
  {
    name: 'name-not-in-a-labels',
    about: 'Beside the identity there is a dNSName with ü, where its A-label would be right.',
    ...malformedAs('tbsCertificate.extensions.3.extnValue.1', 'RFC 5280 4.2.1.6'),
    make: lab => lab.presenting(lab.leaf({ names: [lab.name, `dns:m\u00fcller.${lab.host}`] })),
  },
  {
    name: 'address-of-five-octets',
    about: 'Beside the identity there is an iPAddress of five octets.',
    ...malformedAs('tbsCertificate.extensions.3.extnValue.1', 'RFC 5280 4.2.1.6'),
    make: lab => lab.presenting(lab.leaf({ names: [lab.name, 'ip:c000020100'] })),
  },
  {
    name: 'octets-after-the-certificate',
    about: 'An octet follows the certificate.',
    ...refusedAs('CERTIFICATE_MALFORMED', 0, 'certificate_list.0', 'X.690 8.1.3'),
    make: lab => {
      const leaf = lab.leaf();
      return lab.presenting({ ...leaf, der: Buffer.concat([leaf.der, Buffer.of(0)]) });
    },
  },
  {
    name: 'certificate-cut-off',
    about: 'The last octet of the certificate is missing.',
    ...refusedAs('CERTIFICATE_MALFORMED', 0, 'certificate_list.0', 'X.690 8.1.3'),
    make: lab => {
      const leaf = lab.leaf();
      return lab.presenting({ ...leaf, der: leaf.der.subarray(0, -1) });
    },
  },
  {
    name: 'certificate-too-large',
    about: 'The certificate has more than 16384 octets.',
    ...malformedAs('certificate', 'our bound'),
    make: endPoint({ more: [extension('2.999.1', octetString(Buffer.alloc(16_384)))] }),
  },
  {
    name: 'intermediate-name-constraints-empty',
    about: 'The name constraints of the intermediate have no subtree.',
    ...inIntermediate('tbsCertificate.extensions.4.extnValue', 'RFC 5280 4.2.1.10'),
    make: lab => lab.below({ replaced: { nameConstraints: extension('2.5.29.30', sequence(), true) } }),
  },
  {
    name: 'intermediate-name-constraints-with-default',
    about: 'A subtree of the intermediate has minimum 0, its default, written out.',
    ...inIntermediate('tbsCertificate.extensions.4.extnValue.permittedSubtrees.0.minimum', 'X.690 11.5'),
    make: lab => {
      const subtree = sequence(der(0x82, Buffer.from(lab.host)), der(0x80, Buffer.of(0)));
      return lab.below({
        replaced: { nameConstraints: extension('2.5.29.30', sequence(der(0xa0, subtree)), true) },
      });
    },
  },
  {
    name: 'intermediate-authority-not-true',
    about: 'cA of the intermediate is TRUE as BER allows it, 01, and not FF.',
    ...inIntermediate('tbsCertificate.extensions.0.extnValue.cA', 'X.690 11.1, 11.5'),
    make: lab => {
      const value = sequence(der(0x01, Buffer.of(0x01)));
      return lab.below({ replaced: { basicConstraints: extension('2.5.29.19', value, true) } });
    },
  },
  {
    name: 'too-many-certificates',
    about: 'The chain has 17 certificates.',
    ...refusedAs('CERTIFICATE_MALFORMED', null, 'certificate_list', 'our bound'),
    make: lab =>
      lab.presenting(
        lab.leaf(),
        Array.from({ length: 16 }, () => lab.intermediate),
      ),
  },
];

function endPoint(changes: Changes): (lab: DefectLab) => Presentation {
  return lab => lab.presenting(lab.leaf(changes));
}

function version(field: string) {
  return refusedAs('CERTIFICATE_UNSUPPORTED', 0, `certificate_list.0.${field}`, 'RFC 5280 4.1.2.1');
}

function inIntermediate(field: string, clause: string) {
  return refusedAs('CERTIFICATE_MALFORMED', 1, `certificate_list.1.${field}`, clause);
}

function attribute(type: string, utf8: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(type), der(0x0c, utf8));
}

function usage(bits: Uint8Array): Uint8Array {
  return extension('2.5.29.15', bits, true);
}
