// What profile rfc5280 takes beside ECDSA signatures (path.test.ts): PKCS #1 v1.5 with its parameters, RSASSA-PSS, Ed25519.
import assert from 'node:assert/strict';
import { constants, createPublicKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { isSignedBy, keyObjection, signatureObjection } from '../../src/certificates/algorithms.ts';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { validatePath } from '../../src/certificates/index.ts';
import { x509 } from '../../src/pki/x509.ts';
import {
  bitString,
  type CertificateOptions,
  der,
  integer,
  keyFor,
  makeAuthority,
  nothing,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { withLeadingZero } from '../crypto/signature-keys.ts';

const rsa = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
const time = new Date('2027-06-01T00:00:00Z');
const rsaKey = otherKey(2048);
const ed25519Key = otherKey('Ed25519');
const ed25519 = sequence(objectIdentifier('1.3.101.112'));

const hashes = { sha256: 1, sha384: 2, sha512: 3, sha1: null } as const;
type Hash = keyof typeof hashes;
const saltLengths = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;

const hashAlgorithm = (hash: Hash, ...parameters: Uint8Array[]): Uint8Array => {
  const arc = hashes[hash];
  return sequence(
    objectIdentifier(arc === null ? '1.3.14.3.2.26' : `2.16.840.1.101.3.4.2.${arc}`),
    ...parameters,
  );
};

interface Pss {
  readonly hash: Hash;
  readonly maskHash?: Hash;
  readonly saltLength?: number;
  /** After each of the two hashes. */
  readonly none?: readonly [Uint8Array[], Uint8Array[]];
  readonly maskFunction?: string;
  readonly more?: readonly Uint8Array[];
}

/** AlgorithmIdentifier of id-RSASSA-PSS (RFC 4055 3.1). */
function pss({
  hash,
  maskHash = hash,
  saltLength = saltLengths[hash],
  none = [[nothing], [nothing]],
  maskFunction = '1.2.840.113549.1.1.8',
  more = [],
}: Pss): Uint8Array {
  return sequence(
    objectIdentifier('1.2.840.113549.1.1.10'),
    sequence(
      der(0xa0, hashAlgorithm(hash, ...none[0])),
      der(0xa1, sequence(objectIdentifier(maskFunction), hashAlgorithm(maskHash, ...none[1]))),
      der(0xa2, integer(saltLength)),
      ...more,
    ),
  );
}

const authority = makeAuthority({ key: rsaKey, subject: 'rsa' });

/** A certificate under this algorithm, signed by the RSA authority with RSASSA-PSS as told here. */
function signedWithPss(
  signatureAlgorithm: Uint8Array,
  hash: Hash,
  saltLength: number,
  options: CertificateOptions = {},
) {
  const { tbsCertificate } = parseCertificate(authority.issue({ ...options, signatureAlgorithm }).der);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const signature = sign(hash, tbsCertificate, { key: rsaKey, padding, saltLength });
  return parseCertificate(sequence(tbsCertificate, signatureAlgorithm, bitString(signature)));
}

const issuer = parseCertificate(authority.der);
const strong = ['sha256', 'sha384', 'sha512'] as const;

test('PKCS #1 v1.5 signatures are taken with parameters NULL or without, and no others (RFC 4055 5)', () => {
  const judged = (arc: number, hash: Hash, ...parameters: Uint8Array[]) => {
    const signatureAlgorithm = sequence(objectIdentifier(`1.2.840.113549.1.1.${arc}`), ...parameters);
    const certificate = parseCertificate(authority.issue({ signatureAlgorithm, hash }).der);
    return [signatureObjection(certificate, 'rfc5280') === null, isSignedBy(certificate, issuer)];
  };
  for (const [arc, hash] of [
    [11, 'sha256'],
    [12, 'sha384'],
    [13, 'sha512'],
  ] as const) {
    assert.deepEqual(judged(arc, hash, nothing), [true, true]);
    assert.deepEqual(judged(arc, hash), [true, true]);
    for (const other of [sequence(), integer(0), der(0x05, Buffer.of(0)), hashAlgorithm(hash)])
      assert.deepEqual(judged(arc, hash, other), [false, false]);
  }
  assert.deepEqual(judged(5, 'sha1', nothing), [false, false]);
  assert.deepEqual(judged(11, 'sha384'), [true, false]);
});

test('RSASSA-PSS with SHA-256, SHA-384 and SHA-512 is taken in profile rfc5280, with NULL after the hashes or without (RFC 4055 2.1, 3.1)', () => {
  for (const hash of strong)
    for (const first of [[nothing], []])
      for (const second of [[nothing], []]) {
        const algorithm = pss({ hash, none: [first, second] });
        const certificate = signedWithPss(algorithm, hash, saltLengths[hash]);
        assert.equal(signatureObjection(certificate, 'rfc5280'), null);
        assert.match(signatureObjection(certificate, 'onem2m') ?? '', /^RSASSA-PSS with SHA-/);
        assert.ok(isSignedBy(certificate, issuer));
        assert.ok(!isSignedBy(certificate, parseCertificate(makeAuthority({ key: otherKey(2048) }).der)));
      }
});

test('RSASSA-PSS under any other parameters is refused (RFC 4055 3.1)', () => {
  const trailer = (value: number) => [der(0xa3, integer(value))];
  const wrong: readonly Uint8Array[] = [
    pss({ hash: 'sha1' }),
    pss({ hash: 'sha256', maskHash: 'sha1' }),
    pss({ hash: 'sha256', maskHash: 'sha384' }),
    pss({ hash: 'sha384', maskHash: 'sha256' }),
    pss({ hash: 'sha256', saltLength: 20 }),
    pss({ hash: 'sha256', saltLength: 31 }),
    pss({ hash: 'sha512', saltLength: 32 }),
    pss({ hash: 'sha256', saltLength: 0 }),
    pss({ hash: 'sha256', maskFunction: '1.2.840.113549.1.1.9' }),
    pss({ hash: 'sha256', more: trailer(1) }),
    pss({ hash: 'sha256', more: trailer(2) }),
    pss({ hash: 'sha256', none: [[nothing, nothing], [nothing]] }),
    sequence(objectIdentifier('1.2.840.113549.1.1.10')),
    sequence(objectIdentifier('1.2.840.113549.1.1.10'), nothing),
    sequence(objectIdentifier('1.2.840.113549.1.1.10'), sequence()),
  ];
  for (const algorithm of wrong) {
    const certificate = signedWithPss(algorithm, 'sha256', 32);
    const shown = Buffer.from(algorithm).toString('hex');
    assert.match(
      signatureObjection(certificate, 'rfc5280') ?? '',
      /or its parameters, is not in the profile/,
      shown,
    );
    assert.ok(!isSignedBy(certificate, issuer), shown);
  }
});

test('RSASSA-PSS holds only with the hash, the salt length and the padding that the parameters say (RFC 8017 §9.1.2)', () => {
  const algorithm = pss({ hash: 'sha256' });
  assert.ok(isSignedBy(signedWithPss(algorithm, 'sha256', 32), issuer));
  for (const saltLength of [0, 20, 31, 33, 64])
    assert.ok(!isSignedBy(signedWithPss(algorithm, 'sha256', saltLength), issuer), `${saltLength}`);
  assert.ok(!isSignedBy(signedWithPss(algorithm, 'sha384', 32), issuer));
  assert.ok(!isSignedBy(parseCertificate(authority.issue({ signatureAlgorithm: algorithm }).der), issuer));
  const pkcs1 = sequence(objectIdentifier('1.2.840.113549.1.1.11'), nothing);
  assert.ok(!isSignedBy(signedWithPss(pkcs1, 'sha256', 32), issuer));
});

test('an RSA signature has the size of the modulus: without its leading zero it is none (RFC 8017 §8.1.2)', () => {
  const algorithm = pss({ hash: 'sha256' });
  const { tbsCertificate } = parseCertificate(authority.issue({ signatureAlgorithm: algorithm }).der);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const signature = withLeadingZero(() =>
    sign('sha256', tbsCertificate, { key: rsaKey, padding, saltLength: 32 }),
  );
  const signed = (bytes: Uint8Array) =>
    parseCertificate(sequence(tbsCertificate, algorithm, bitString(bytes)));
  assert.ok(isSignedBy(signed(signature), issuer));
  assert.ok(!isSignedBy(signed(signature.subarray(1)), issuer));
});

test('RSASSA-PSS is made with an rsaEncryption key: one of id-RSASSA-PSS is of no kind that is taken (RFC 4055 1.2)', () => {
  const { privateKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const certificate = parseCertificate(authority.issue({ key: privateKey }).der);
  assert.match(keyObjection(certificate, 'rfc5280') ?? '', /a key of algorithm 1\.2\.840\.113549\.1\.1\.10/);
  const signature = signedWithPss(pss({ hash: 'sha256' }), 'sha256', 32);
  const publicKey = createPublicKey(privateKey);
  assert.ok(!isSignedBy(signature, { ...issuer, publicKey }));
});

test('Ed25519 keys and signatures are taken in profile rfc5280, without parameters (RFC 8410 3)', () => {
  const root = makeAuthority({ key: ed25519Key, signatureAlgorithm: ed25519, subject: 'ed25519' });
  const leaf = root.issue({ key: otherKey('Ed25519'), signatureAlgorithm: ed25519 });
  const validate = (der: Uint8Array, profile: 'onem2m' | 'rfc5280') =>
    validatePath([der], { anchors: [root.der], time, profile });
  assert.deepEqual(validate(leaf.der, 'rfc5280').reason, undefined);
  assert.equal(validate(leaf.der, 'onem2m').code, 'CERTIFICATE_UNSUPPORTED');
  const flipped = root.issue({
    signatureAlgorithm: ed25519,
    editSignature: signature => signature.with(-1, (signature.at(-1) ?? 0) ^ 1),
  });
  assert.equal(validate(flipped.der, 'rfc5280').finding?.field, 'signatureValue');
  for (const length of [0, 63, 65, 128]) {
    const cut = root.issue({ signatureAlgorithm: ed25519, editSignature: () => Buffer.alloc(length) });
    assert.equal(validate(cut.der, 'rfc5280').finding?.field, 'signatureValue');
  }
  const withNull = sequence(objectIdentifier('1.3.101.112'), nothing);
  const signature = root.issue({ signatureAlgorithm: withNull });
  assert.equal(validate(signature.der, 'rfc5280').finding?.field, 'signatureAlgorithm');
  const raw = createPublicKey(otherKey('Ed25519')).export({ format: 'der', type: 'spki' }).subarray(-32);
  for (const publicKey of [
    sequence(withNull, bitString(raw)),
    sequence(ed25519, bitString(raw.subarray(1))),
    sequence(ed25519, bitString(Buffer.concat([raw, raw]))),
  ]) {
    const { finding } = validate(root.issue({ signatureAlgorithm: ed25519, publicKey }).der, 'rfc5280');
    assert.equal(finding?.field, 'subjectPublicKeyInfo');
  }
});

test('a signature is never checked with a key of another family than it says', () => {
  const keys = { ec: keyFor('ec'), rsa: rsaKey, ed25519: ed25519Key };
  const algorithms = {
    ec: sequence(objectIdentifier('1.2.840.10045.4.3.2')),
    rsa: pss({ hash: 'sha256' }),
    ed25519,
  };
  for (const [family, key] of Object.entries(keys))
    for (const [said, signatureAlgorithm] of Object.entries(algorithms)) {
      if (family === said) continue;
      const root = makeAuthority({ key, subject: family });
      const certificate = parseCertificate(root.issue({ signatureAlgorithm }).der);
      assert.equal(isSignedBy(certificate, parseCertificate(root.der)), false, `${said} with ${family}`);
    }
});

test('chains that another program made and Node.js verifies are valid in profile rfc5280 alone', async () => {
  const made = [
    { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32, ...rsa },
    { name: 'RSA-PSS', hash: 'SHA-384', saltLength: 48, ...rsa },
    { name: 'RSA-PSS', hash: 'SHA-512', saltLength: 64, ...rsa },
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384', ...rsa },
    { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
    { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
    { name: 'Ed25519' },
  ];
  for (const algorithm of made) {
    const keys = await globalThis.crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    assert.ok('privateKey' in keys);
    const common = {
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2126-01-01T00:00:00Z'),
      signingAlgorithm: algorithm,
    };
    const root = await x509.X509CertificateGenerator.createSelfSigned(
      {
        ...common,
        serialNumber: '01',
        name: 'CN=root',
        keys,
        extensions: [
          new x509.BasicConstraintsExtension(true, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        ],
      },
      globalThis.crypto,
    );
    const leaf = await x509.X509CertificateGenerator.create(
      {
        ...common,
        serialNumber: '02',
        subject: 'CN=leaf',
        issuer: root.subject,
        publicKey: keys.publicKey,
        signingKey: keys.privateKey,
        extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)],
      },
      globalThis.crypto,
    );
    const [anchor, end] = [new Uint8Array(root.rawData), new Uint8Array(leaf.rawData)];
    const shown = JSON.stringify(algorithm);
    assert.ok(new X509Certificate(end).verify(new X509Certificate(anchor).publicKey), shown);
    assert.equal(
      validatePath([end], { anchors: [anchor], time, profile: 'rfc5280' }).reason,
      undefined,
      shown,
    );
    assert.equal(validatePath([end], { anchors: [anchor], time }).code, 'CERTIFICATE_UNSUPPORTED', shown);
  }
});

test('profile rfc5280: an RSA key is two odd numbers in DER, the exponent 3 at least (RFC 8017 3.1, RFC 3279 2.3.1)', () => {
  const { n = '' } = createPublicKey(rsaKey).export({ format: 'jwk' });
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
  const objectionTo = (key: Uint8Array) => {
    const publicKey = sequence(sequence(objectIdentifier('1.2.840.113549.1.1.1'), nothing), bitString(key));
    return keyObjection(parseCertificate(makeAuthority().issue({ publicKey }).der), 'rfc5280');
  };
  for (const exponent of [3, 65_537])
    assert.equal(objectionTo(sequence(integer(modulus), integer(exponent))), null, `${exponent}`);
  const [number, exponent] = [integer(modulus), integer(65_537)];
  for (const [why, key] of Object.entries({
    'exponent 1': sequence(number, integer(1)),
    'exponent 0': sequence(number, integer(0)),
    'even exponent': sequence(number, integer(65_538)),
    'even modulus': sequence(integer(modulus + 1n), exponent),
    'negative exponent': sequence(number, der(0x02, Buffer.of(0x81))),
    'superfluous octet': sequence(number, der(0x02, Buffer.of(0, 1, 0, 1))),
    'third number': sequence(number, exponent, integer(3)),
    'octets behind it': Buffer.concat([sequence(number, exponent), Buffer.of(0)]),
  }))
    assert.notEqual(objectionTo(key), null, why);
});
