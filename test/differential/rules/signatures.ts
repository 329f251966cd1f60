// Rules of signatures and keys (RFC 5280 4.1.1.2, 4.1.1.3, 4.1.2.7), and of the algorithms that are named there.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  algorithms,
  bitString,
  der,
  nothing,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../../src/testing/certificate-maker.ts';
import { contentOf, type Draft, elementsOf } from '../drafts.ts';
import { keyOf, pssAlgorithm, signPss } from '../keys.ts';
import { issuerOf, type Rule, rulesAt, setField, setKey } from './rule.ts';

const minute = 60_000;

const signatureRules: readonly Rule[] = [
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a changed bit in the signature',
    clause: 'RFC 5280 6.1.3 (a)(1)',
    demand: 'must be refused',
    field: /signatureValue/,
    breakIn: draft =>
      draft.editParts.push(parts => {
        parts.signatureValue = flipLastBit(parts.signatureValue);
      }),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a change after the signature',
    clause: 'RFC 5280 6.1.3 (a)(1)',
    demand: 'must be refused',
    field: /signatureValue/,
    breakIn: (draft, chain) => {
      draft.notBefore = new Date(chain.time.getTime() - minute);
      draft.notAfter = new Date(chain.time.getTime() + minute);
      draft.editParts.push(parts => {
        parts.tbsCertificate = withLaterEnd(parts.tbsCertificate);
      });
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'signed with a key that is not the issuer’s',
    clause: 'RFC 5280 6.1.3 (a)(1)',
    demand: 'must be refused',
    field: /signatureValue/,
    breakIn: draft => {
      draft.signingKey = keyOf('P-256', 'somebody else');
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'signed with another hash than the algorithm says',
    clause: 'RFC 5280 6.1.3 (a)(1)',
    demand: 'must be refused',
    field: /signatureValue/,
    breakIn: (draft, chain) => {
      setKey(chain, issuerOf(draft), 'P-256');
      draft.digest = 'sha256';
      setField(draft, 'signature', algorithms.ecdsaWithSha384);
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'RSASSA-PSS with another salt than the parameters say',
    clause: 'RFC 4055 3.1',
    demand: 'must be refused',
    field: /signatureValue/,
    breakIn: (draft, chain) => {
      setKey(chain, issuerOf(draft), 'RSA');
      setField(draft, 'signature', pssAlgorithm('sha256', 32));
      draft.editParts.push(parts => {
        parts.signatureValue = bitString(signPss(parts.tbsCertificate, issuerOf(draft).key, 'sha256', 20));
      });
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'an algorithm outside the signed part that is not the one inside',
    clause: 'RFC 5280 4.1.1.2',
    demand: 'is not conforming',
    field: /signatureAlgorithm/,
    breakIn: (draft, chain) => {
      setKey(chain, issuerOf(draft), 'P-256');
      draft.digest = 'sha256';
      setField(draft, 'signature', algorithms.ecdsaWithSha384);
      draft.editParts.push(parts => {
        parts.signatureAlgorithm = algorithms.ecdsaWithSha256;
      });
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'ECDSA with parameters',
    clause: 'RFC 5758 3.2',
    demand: 'is not conforming',
    field: /signatureAlgorithm/,
    breakIn: (draft, chain) => {
      setKey(chain, issuerOf(draft), 'P-256');
      draft.digest = 'sha256';
      setField(draft, 'signature', sequence(objectIdentifier('1.2.840.10045.4.3.2'), nothing));
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a signature with SHA-1',
    clause: 'RFC 9155 (profile rfc5280 begins with SHA-256)',
    demand: 'is not in the profile',
    field: /signatureAlgorithm/,
    breakIn: (draft, chain) => {
      setKey(chain, issuerOf(draft), 'P-256');
      setField(draft, 'signature', algorithms.ecdsaWithSha1);
      draft.editParts.push(parts => {
        parts.signatureValue = bitString(sign('sha1', parts.tbsCertificate, issuerOf(draft).key));
      });
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'a signature that ends inside an octet',
    clause: 'RFC 5280 4.1.1.3',
    demand: 'is not conforming',
    field: /signatureValue/,
    breakIn: draft =>
      draft.editParts.push(parts => {
        parts.signatureValue = bitString(
          Buffer.concat([contentOf(parts.signatureValue).subarray(1), Buffer.of(0)]),
          1,
        );
      }),
  }),
  ...rulesAt(['leaf'], {
    name: 'an empty signature',
    clause: 'RFC 5280 6.1.3 (a)(1)',
    demand: 'must be refused',
    field: /signatureValue/,
    breakIn: draft =>
      draft.editParts.push(parts => {
        parts.signatureValue = bitString(Buffer.of());
      }),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'octets after the ECDSA signature',
    clause: 'RFC 3279 2.2.3',
    demand: 'must be refused',
    field: /signatureValue/,
    breakIn: (draft, chain) => {
      setKey(chain, issuerOf(draft), 'P-256');
      draft.editParts.push(parts => {
        parts.signatureValue = bitString(
          Buffer.concat([contentOf(parts.signatureValue).subarray(1), Buffer.of(0)]),
        );
      });
    },
  }),
];

const keyRules: readonly Rule[] = [
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a key on curve secp256k1',
    clause: 'RFC 8422 5.1.1 (profile rfc5280 has P-256, P-384 and P-521)',
    demand: 'is not in the profile',
    field: /subjectPublicKeyInfo/,
    breakIn: draft => {
      draft.key = once('secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey);
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'a key on a curve that is written out',
    clause: 'RFC 5480 2.1.1',
    demand: 'is not conforming',
    field: /subjectPublicKeyInfo/,
    breakIn: draft => {
      draft.key = once(
        'explicit',
        () => generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).privateKey,
      );
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'a point off its curve',
    clause: 'RFC 8422 5.11',
    demand: 'must be refused',
    field: /subjectPublicKeyInfo/,
    breakIn: draft => setPublicKey(draft, spki => flipLastBit(spki)),
  }),
  ...rulesAt(['leaf'], {
    name: 'a compressed point',
    clause: 'RFC 5480 2.2 (it may be supported, RFC 8422 5.1.1 wants it uncompressed)',
    demand: 'is not in the profile',
    field: /subjectPublicKeyInfo/,
    breakIn: draft =>
      setPublicKey(draft, spki => {
        const [algorithm = new Uint8Array(), key = new Uint8Array()] = elementsOf(contentOf(spki));
        const point = contentOf(key).subarray(1);
        const sign = (point.at(-1) ?? 0) & 1;
        return sequence(algorithm, bitString(Buffer.concat([Buffer.of(2 + sign), point.subarray(1, 33)])));
      }),
  }),
  ...rulesAt(['leaf'], {
    name: 'an RSA key with 1024 bits',
    clause: 'NIST SP 800-131A 3 (profile rfc5280 begins with 2048 bits)',
    demand: 'is not in the profile',
    field: /subjectPublicKeyInfo/,
    breakIn: draft => {
      draft.key = once('1024', () => otherKey(1024));
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'an RSA key with 8192 bits',
    clause: 'our bound: the work of one check',
    demand: 'is not in the profile',
    field: /subjectPublicKeyInfo/,
    breakIn: draft => setRsaKey(draft, 8192, Buffer.of(1, 0, 1)),
  }),
  ...rulesAt(['leaf'], {
    name: 'an RSA key with an exponent of 5 octets',
    clause: 'our bound: the work of one check',
    demand: 'is not in the profile',
    field: /subjectPublicKeyInfo/,
    breakIn: draft => setRsaKey(draft, 2048, Buffer.of(1, 0, 0, 0, 1)),
  }),
  ...rulesAt(['leaf'], {
    name: 'an RSA key without NULL for its parameters',
    clause: 'RFC 3279 2.3.1',
    demand: 'is not conforming',
    field: /subjectPublicKeyInfo/,
    breakIn: draft => {
      draft.key = keyOf('RSA', 'end-point');
      draft.editFields.push(fields => {
        const [, key = new Uint8Array()] = elementsOf(contentOf(fields.subjectPublicKeyInfo));
        fields.subjectPublicKeyInfo = sequence(sequence(objectIdentifier(rsaEncryption)), key);
      });
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'an Ed25519 key with parameters',
    clause: 'RFC 8410 3',
    demand: 'is not conforming',
    field: /subjectPublicKeyInfo/,
    breakIn: draft => {
      draft.key = keyOf('Ed25519', 'end-point');
      draft.editFields.push(fields => {
        const [, key = new Uint8Array()] = elementsOf(contentOf(fields.subjectPublicKeyInfo));
        fields.subjectPublicKeyInfo = sequence(sequence(objectIdentifier('1.3.101.112'), nothing), key);
      });
    },
  }),
];

export const signatureAndKeyRules: readonly Rule[] = [...signatureRules, ...keyRules];

const rsaEncryption = '1.2.840.113549.1.1.1';

function flipLastBit(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

/** One second more or less in notAfter. */
function withLaterEnd(tbs: Uint8Array): Uint8Array {
  const fields = elementsOf(contentOf(tbs)).map(field => Uint8Array.from(field));
  const validity = fields[4] ?? new Uint8Array();
  validity[validity.length - 2] = (validity.at(-2) ?? 0) ^ 1;
  return sequence(...fields);
}

const keys = new Map<string, KeyObject>();

function once(name: string, make: () => KeyObject): KeyObject {
  const key = keys.get(name) ?? make();
  keys.set(name, key);
  return key;
}

/** The key of a P-256 leaf, changed. */
function setPublicKey(draft: Draft, edit: (spki: Uint8Array) => Uint8Array): void {
  draft.key = keyOf('P-256', 'end-point');
  const spki = createPublicKey(draft.key).export({ format: 'der', type: 'spki' });
  setField(draft, 'subjectPublicKeyInfo', edit(spki));
}

/** A modulus that nobody knows the factors of: nothing is signed with it. */
function setRsaKey(draft: Draft, bits: number, exponent: Uint8Array): void {
  const modulus = Buffer.alloc(bits / 8 + 1, 0xa5);
  modulus[0] = 0;
  const key = sequence(der(0x02, modulus), der(0x02, exponent));
  const algorithm = sequence(objectIdentifier(rsaEncryption), nothing);
  setField(draft, 'subjectPublicKeyInfo', sequence(algorithm, bitString(key)));
}
