// The certificates do not lead to the trust anchor: an issuer is missing or unknown, or a signature is not the
// issuer's or not of an algorithm that is accepted.
import { algorithms } from '../certificate-maker.ts';
import type { DefectLab } from '../defect-lab.ts';
import { type Defect, refusedAs } from './defect.ts';

export const issuerDefects: readonly Defect[] = [
  {
    name: 'unknown-root',
    about: 'The chain leads to a root of another name than the trust anchor.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 1, 'issuer', 'RFC 5280 6.1.3 (a)(4)'),
    make: lab => {
      const stranger = lab.rootWith({ subject: 'defect lab other root', key: lab.key('other root') });
      const intermediate = lab.authority('defect lab intermediate', {}, stranger);
      return lab.presenting(lab.leaf({}, intermediate), [intermediate]);
    },
  },
  {
    name: 'unknown-root-presented',
    about: 'The chain leads to a root of another name than the trust anchor, and presents it.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 2, 'issuer', 'RFC 5280 6.1.3 (a)(4)'),
    make: lab => {
      const stranger = lab.rootWith({ subject: 'defect lab other root', key: lab.key('other root') });
      const intermediate = lab.authority('defect lab intermediate', {}, stranger);
      return lab.presenting(lab.leaf({}, intermediate), [intermediate, stranger]);
    },
  },
  {
    name: 'root-of-the-same-name',
    about: 'The chain leads to a root with the name of the trust anchor and another key.',
    ...badSignature(1),
    make: lab => {
      const namesake = lab.rootWith({ key: lab.key('other root') });
      const intermediate = lab.authority('defect lab intermediate', {}, namesake);
      return lab.presenting(lab.leaf({}, intermediate), [intermediate]);
    },
  },
  {
    name: 'intermediate-missing',
    about: 'Only the end-point presents a certificate of its own; its issuer is not among them.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 0, 'issuer', 'RFC 5280 6.1.3 (a)(4)'),
    make: lab => lab.presenting(lab.leaf(), []),
  },
  {
    name: 'intermediate-of-the-same-name',
    about: 'The presented intermediate has the name of the issuer and another key.',
    ...badSignature(0),
    make: lab => {
      const namesake = lab.authority('defect lab intermediate', { key: lab.key('namesake') });
      return lab.presenting(lab.leaf(), [namesake]);
    },
  },
  {
    name: 'self-signed',
    about: "The end-point's certificate is signed with its own key.",
    ...refusedAs('CERTIFICATE_UNTRUSTED', 0, 'issuer', 'RFC 5280 6.1.3 (a)(4)'),
    make: lab => {
      const self = lab.rootWith({ subject: 'defect lab end-point', key: lab.key('end-point') });
      return lab.presenting(lab.leaf({ subject: 'defect lab end-point' }, self), []);
    },
  },
  {
    name: 'cross-signed-without-root',
    about: 'Two authorities certify each other, and no root certifies either.',
    ...refusedAs('CERTIFICATE_UNTRUSTED', 2, 'issuer', 'RFC 5280 6.1.3 (a)(4)'),
    make: lab => {
      const [one, other] = ['defect lab authority 1', 'defect lab authority 2'] as const;
      const second = lab.authority(other, {}, lab.authority(one));
      const first = lab.authority(one, {}, second);
      const secondAgain = lab.authority(other, {}, first);
      return lab.presenting(lab.leaf({}, first), [first, secondAgain]);
    },
  },
  {
    name: 'signature-broken',
    about: "The signature of the end-point's certificate has one bit wrong.",
    ...badSignature(0),
    make: lab => lab.presenting(lab.leaf({ editSignature: withFlippedBit })),
  },
  {
    name: 'intermediate-signature-broken',
    about: 'The signature of the intermediate has one bit wrong.',
    ...badSignature(1),
    make: lab => lab.below({ editSignature: withFlippedBit }),
  },
  {
    name: 'signature-in-ieee-form',
    about: 'The ECDSA signature is r and s one after the other, as JOSE has it, and not in DER.',
    ...badSignature(0),
    make: lab => lab.presenting(lab.leaf({ editSignature: joined })),
  },
  {
    name: 'signature-sha-1',
    about: "The end-point's certificate is signed with SHA-1.",
    ...weakSignature(0),
    make: lab => lab.presenting(lab.leaf(sha1)),
  },
  {
    name: 'intermediate-signature-sha-1',
    about: 'The intermediate is signed with SHA-1.',
    ...weakSignature(1),
    make: lab => lab.below(sha1),
  },
  {
    name: 'signature-sha-384',
    about: "The end-point's certificate is signed with ecdsa-with-SHA384, which oneM2M does not have.",
    ...weakSignature(0),
    make: lab => lab.presenting(lab.leaf({ signatureAlgorithm: algorithms.ecdsaWithSha384, hash: 'sha384' })),
  },
  {
    name: 'signature-rsa',
    about: 'The intermediate is signed by a root with an RSA key.',
    ...refusedAs('CERTIFICATE_UNSUPPORTED', 2, 'subjectPublicKeyInfo', 'TS-0003 10.1.1.1, 10.1.1.3'),
    make: lab => rsaRoot(lab),
  },
];

const sha1 = { signatureAlgorithm: algorithms.ecdsaWithSha1, hash: 'sha1' } as const;

function badSignature(position: number) {
  return refusedAs('CERTIFICATE_UNTRUSTED', position, 'signatureValue', 'RFC 5280 6.1.3 (a)(1)');
}

function weakSignature(position: number) {
  return refusedAs('CERTIFICATE_UNSUPPORTED', position, 'signatureAlgorithm', 'TS-0003 10.1.1.1, 10.1.1.3');
}

function rsaRoot(lab: DefectLab) {
  const root = lab.rootWith({ key: lab.otherKey(2048), signatureAlgorithm: algorithms.rsaWithSha256 });
  const changes = { signatureAlgorithm: algorithms.rsaWithSha256 };
  const intermediate = lab.authority('defect lab intermediate', changes, root);
  return lab.presenting(lab.leaf({}, intermediate), [intermediate], [root]);
}

/** In the last octet, so that it stays DER. */
function withFlippedBit(signature: Uint8Array): Uint8Array {
  return signature.map((octet, index) => (index === signature.length - 1 ? octet ^ 1 : octet));
}

/** ECDSA-Sig-Value (RFC 5480) as two numbers of 32 octets. */
function joined(signature: Uint8Array): Uint8Array {
  const numbers: Buffer[] = [];
  for (let at = 2; at < signature.length; ) {
    const length = signature[at + 1] ?? 0;
    const number = Buffer.from(signature.subarray(at + 2, at + 2 + length)).subarray(-32);
    numbers.push(Buffer.concat([Buffer.alloc(32 - number.length), number]));
    at += 2 + length;
  }
  return Buffer.concat(numbers);
}
