// The end-point's own certificate, well formed and rightly issued, is not what an end-point's has to be.
import { createPublicKey, ECDH, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  basicConstraints,
  bitString,
  der,
  extension,
  keyUsage,
  nameConstraints,
  objectIdentifier,
  octetString,
  sequence,
} from '../certificate-maker.ts';
import { type DefectLab, keyIdentifier, type Presentation } from '../defect-lab.ts';
import { type Defect, refusedAs } from './defect.ts';

export const endPointDefects: readonly Defect[] = [
  {
    name: 'expired',
    about: "The end-point's certificate ended with 2025.",
    ...refusedAs('CERTIFICATE_EXPIRED', 0, 'validity', 'RFC 5280 6.1.3 (a)(2)'),
    make: lab => lab.presenting(lab.leaf({ notBefore: new Date('2025-01-01'), notAfter: endOf2025 })),
  },
  {
    name: 'not-yet-valid',
    about: "The end-point's certificate begins in 2125.",
    ...refusedAs('CERTIFICATE_EXPIRED', 0, 'validity', 'RFC 5280 6.1.3 (a)(2)'),
    make: lab => lab.presenting(lab.leaf({ notBefore: new Date('2125-01-01') })),
  },
  {
    name: 'serial-number-zero',
    about: 'The serial number is zero.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 0, 'serialNumber', 'RFC 5280 4.1.2.2'),
    make: lab => lab.presenting(lab.leaf({ serial: 0 })),
  },
  {
    name: 'unknown-critical-extension',
    about: 'There is a critical extension that nobody knows.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'extensions', 'RFC 5280 6.1.5 (f)'),
    make: lab => lab.presenting(lab.leaf({ more: [extension(unknownExtension, octetString(), true)] })),
  },
  {
    name: 'critical-authority-key-identifier',
    about: 'authorityKeyIdentifier is critical.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'authorityKeyIdentifier', 'RFC 5280 4.2.1.1'),
    make: lab => {
      const value = sequence(der(0x80, keyIdentifier(lab.intermediate.key)));
      const authorityKeyIdentifier = extension('2.5.29.35', value, true);
      return lab.presenting(lab.leaf({ replaced: { authorityKeyIdentifier } }));
    },
  },
  {
    name: 'critical-subject-key-identifier',
    about: 'subjectKeyIdentifier is critical.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'subjectKeyIdentifier', 'RFC 5280 4.2.1.2'),
    make: lab => {
      const value = octetString(keyIdentifier(lab.key('end-point')));
      const subjectKeyIdentifier = extension('2.5.29.14', value, true);
      return lab.presenting(lab.leaf({ replaced: { subjectKeyIdentifier } }));
    },
  },
  {
    name: 'critical-policy-with-unknown-qualifier',
    about: 'certificatePolicies is critical and has a qualifier that nobody knows.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'certificatePolicies', 'RFC 5280 4.2.1.4'),
    make: lab => {
      const qualifier = sequence(objectIdentifier(unknownExtension), octetString());
      const policy = sequence(objectIdentifier(unknownExtension), sequence(qualifier));
      return lab.presenting(lab.leaf({ more: [extension('2.5.29.32', sequence(policy), true)] }));
    },
  },
  {
    name: 'no-subject',
    about: 'The subject is empty, and subjectAltName is not critical.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'subject', 'RFC 5280 4.1.2.6, 4.2.1.6'),
    make: lab => lab.presenting(lab.leaf({ subject: '' })),
  },
  {
    name: 'key-p-384',
    about: 'The key is on P-384.',
    ...unusualKey(),
    make: lab => lab.presenting(lab.leaf({ key: lab.otherKey('P-384') })),
  },
  {
    name: 'key-p-521',
    about: 'The key is on P-521.',
    ...unusualKey(),
    make: lab => lab.presenting(lab.leaf({ key: lab.otherKey('P-521') })),
  },
  {
    name: 'key-secp256k1',
    about: 'The key is on secp256k1, which is as long as P-256.',
    ...unusualKey(),
    make: lab => lab.presenting(lab.leaf({ key: ecKey('secp256k1', 'named') })),
  },
  {
    name: 'key-ed25519',
    about: 'The key is an Ed25519 key.',
    ...unusualKey(),
    make: lab => lab.presenting(lab.leaf({ key: lab.otherKey('Ed25519') })),
  },
  {
    name: 'key-rsa-2048',
    about: 'The key is an RSA key of 2048 bits.',
    ...unusualKey(),
    make: lab => lab.presenting(lab.leaf({ key: lab.otherKey(2048) })),
  },
  {
    name: 'key-rsa-1024',
    about: 'The key is an RSA key of 1024 bits, which no profile accepts.',
    ...unusualKey(),
    make: lab => lab.presenting(lab.leaf({ key: lab.otherKey(1024) })),
  },
  {
    name: 'key-explicit-curve',
    about: 'The key is on P-256, but the curve is written out instead of named.',
    ...unusualKey(),
    make: lab => lab.presenting(lab.leaf({ key: ecKey('P-256', 'explicit') })),
  },
  {
    name: 'key-compressed-point',
    about: 'The key is on P-256, as a compressed point.',
    ...unusualKey(),
    make: lab => withPoint(lab, point => compressed(point)),
  },
  {
    name: 'key-off-curve',
    about: 'The key is no point of P-256; no private key belongs to it.',
    ...unusualKey(),
    // y of the point becomes another value, of which a curve has two for each x.
    make: lab => withPoint(lab, point => `${point.slice(0, -2)}${point.endsWith('00') ? '01' : '00'}`),
  },
  {
    name: 'key-usage-absent',
    about: 'There is no keyUsage.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'keyUsage', 'TS-0003 10.1.1.1'),
    make: lab => lab.presenting(lab.leaf({ replaced: { keyUsage: null } })),
  },
  {
    name: 'key-usage-without-digital-signature',
    about: 'keyUsage is keyAgreement alone.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'keyUsage', 'TS-0003 10.1.1.1'),
    make: lab => lab.presenting(lab.leaf({ replaced: { keyUsage: keyUsage('keyAgreement') } })),
  },
  {
    name: 'end-point-is-authority',
    about: "The end-point's certificate is that of a certification authority.",
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'basicConstraints', 'TS-0003 10.1.1'),
    make: lab =>
      lab.presenting(
        lab.leaf({
          replaced: {
            basicConstraints: basicConstraints(true),
            keyUsage: keyUsage('digitalSignature', 'keyCertSign'),
          },
        }),
      ),
  },
  {
    name: 'certificate-signing-without-authority',
    about: 'keyUsage has keyCertSign, although cA is not TRUE.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'keyUsage', 'RFC 5280 4.2.1.3, 4.2.1.9'),
    make: lab =>
      lab.presenting(lab.leaf({ replaced: { keyUsage: keyUsage('digitalSignature', 'keyCertSign') } })),
  },
  {
    name: 'name-constraints-without-authority',
    about: 'There are name constraints, although cA is not TRUE.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'nameConstraints', 'RFC 5280 4.2.1.10'),
    make: lab => {
      const constraints = nameConstraints({ permitted: [`dns:${lab.host}`] });
      return lab.presenting(lab.leaf({ replaced: { nameConstraints: constraints } }));
    },
  },
  {
    name: 'wildcard-domain',
    about: 'Beside the identity there is a dNSName with a wildcard.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'subjectAltName', 'TS-0003 10.1.1.5 to 10.1.1.8'),
    make: lab => lab.presenting(lab.leaf({ names: [lab.name, `dns:*.${lab.host}`] })),
  },
  {
    name: 'wildcard-uri',
    about: 'Beside the identity there is a URI with a wildcard.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'subjectAltName', 'TS-0003 10.1.1.5 to 10.1.1.8'),
    make: lab => lab.presenting(lab.leaf({ names: [lab.name, `uri://${lab.host}/cse-a/*`] })),
  },
  {
    name: 'key-purpose-of-the-other-role',
    about: 'extKeyUsage is serverAuth for an initiating end-point, clientAuth for a terminating one.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 0, 'extKeyUsage', 'RFC 5280 4.2.1.12'),
    make: lab =>
      lab.presenting(
        lab.leaf({ more: [keyPurposes(lab.purpose === 'initiating' ? serverAuth : clientAuth)] }),
      ),
  },
  {
    name: 'key-purpose-of-neither-role',
    about: 'extKeyUsage is codeSigning alone.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 0, 'extKeyUsage', 'RFC 5280 4.2.1.12'),
    make: lab => lab.presenting(lab.leaf({ more: [keyPurposes('1.3.6.1.5.5.7.3.3')] })),
  },
];

const endOf2025 = new Date('2025-12-31T23:59:59Z');
/** Under the arc for examples (ITU-T X.660, joint-iso-itu-t(2) example(999)). */
const unknownExtension = '2.999.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';
const serverAuth = '1.3.6.1.5.5.7.3.1';

function unusualKey() {
  return refusedAs('CERTIFICATE_UNSUPPORTED', 0, 'subjectPublicKeyInfo', 'TS-0003 10.1.1.1, 10.1.1.3');
}

function ecKey(namedCurve: string, paramEncoding: 'named' | 'explicit'): KeyObject {
  return generateKeyPairSync('ec', { namedCurve, paramEncoding }).privateKey;
}

/** The point of the key (SEC 1 2.3.3, in hex) replaced by another one. */
function withPoint(lab: DefectLab, edit: (point: string) => string): Presentation {
  const key = lab.key('end-point');
  const info = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const pointLength = 65;
  const point = Buffer.from(edit(info.subarray(-pointLength).toString('hex')), 'hex');
  const algorithm = sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier('1.2.840.10045.3.1.7'));
  return lab.presenting(lab.leaf({ key, publicKey: sequence(algorithm, bitString(point)) }));
}

function compressed(point: string): string {
  return ECDH.convertKey(point, 'prime256v1', 'hex', 'hex', 'compressed').toString();
}

function keyPurposes(...purposes: readonly string[]): Uint8Array {
  return extension('2.5.29.37', sequence(...purposes.map(purpose => objectIdentifier(purpose))));
}
