// Certificates and keys that do not belong together are refused; what a peer may stumble over in a chain is a warning,
// and the chain stays as it is: each in a sentence of its own.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { credentials, type FileOptions } from '../../src/endpoint/credentials.ts';
import { writePkcs12 } from '../../src/pki/pkcs12.ts';
import {
  bitString,
  certificatePem,
  keyFor,
  makeAuthority,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { refusal } from './lab.ts';
import { bagOf, pkcs12Of } from './pkcs12-maker.ts';

const root = makeAuthority();
const intermediate = root.authority();
const leaf = intermediate.issue({ subject: 'leaf' });
const other = intermediate.issue({ subject: 'other leaf' });
const imposter = makeAuthority({ subject: 'intermediate', key: keyFor('imposter') });

const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' }).toString();
const bytes = (...parts: readonly string[]) => Buffer.from(parts.join(''));
const file = (...ders: readonly { readonly der: Uint8Array }[]) =>
  certificatePem(...ders.map(({ der }) => der));
const open = (text: string, options: FileOptions = {}) => credentials.fromFile(bytes(text), options);

test('a chain with its key in one file has no warning, without the root and in any order with the key', () => {
  for (const text of [file(leaf, intermediate) + leaf.keyPem, leaf.keyPem + file(leaf, intermediate)]) {
    const { chain, warnings } = open(text);
    assert.deepEqual([chain.map(Buffer.from), warnings], [[leaf.der, intermediate.der].map(Buffer.from), []]);
  }
});

const twice = { ...leaf };
const unreadable = { der: Uint8Array.of(0x30, 0) };

for (const { name, ders, warned } of [
  {
    name: 'a single certificate that somebody else issued',
    ders: [leaf],
    warned: [
      /^the certificate of the issuer of certificate 1 \(CN=leaf\), CN=intermediate, is not in it: peers need it/,
    ],
  },
  {
    name: 'a chain that lacks one in between',
    ders: [leaf, root],
    warned: [
      /^the certificate of the issuer of certificate 1/,
      /^certificate 2 \(CN=root\) issued none of the others$/,
    ],
  },
  {
    name: 'a chain in the wrong order (RFC 5246 §7.4.2)',
    ders: [leaf, root, intermediate],
    warned: [/^the certificates are not in order: .* here 1, 3, 2$/, /^certificate 2 \(CN=root\) is a root/],
  },
  {
    name: 'a chain with its root',
    ders: [leaf, intermediate, root],
    warned: [/^certificate 3 \(CN=root\) is a root, which peers .* can be left out \(RFC 5246 §7\.4\.2\)$/],
  },
  {
    name: 'a certificate that is there twice',
    ders: [leaf, intermediate, twice],
    warned: [/^certificate 3 \(CN=leaf\) is the same as certificate 1$/],
  },
  {
    name: 'the certificate of another end-point above the own one',
    ders: [leaf, other, intermediate],
    warned: [/^certificate 2 \(CN=other leaf\) issued none of the others$/],
  },
  {
    name: 'an authority with the name of the issuer that did not sign',
    ders: [leaf, imposter],
    warned: [
      /^the certificate of the issuer of certificate 1/,
      /^certificate 2 \(CN=intermediate\) has the name of the issuer of certificate 1 \(CN=leaf\), and did not sign it$/,
    ],
  },
  {
    name: 'a certificate above that cannot be read',
    ders: [leaf, intermediate, unreadable],
    warned: [/^certificate 3 cannot be read, and peers refuse it: /],
  },
])
  test(`${name} is taken as it stands, with a warning`, () => {
    const { chain, warnings } = open(file(...ders) + leaf.keyPem);
    assert.deepEqual(
      chain.map(der => Buffer.from(der)),
      ders.map(({ der }) => Buffer.from(der)),
    );
    assert.equal(warnings.length, warned.length, warnings.join('\n'));
    for (const [index, words] of warned.entries()) assert.match(warnings[index] ?? '', words);
  });

test('a self-signed certificate alone lacks nothing', () => {
  assert.deepEqual(open(file(root) + root.keyPem).warnings, []);
});

for (const [name, text, words] of [
  [
    'a key of another certificate in the file',
    file(intermediate, leaf) + leaf.keyPem,
    /^the private key fits certificate 2 \(CN=leaf\), and not certificate 1 \(CN=intermediate\); the chain has to begin with it$/,
  ],
  [
    'a key of none of the certificates',
    file(leaf, intermediate) + other.keyPem,
    /^the private key belongs to none of these: certificate 1 \(CN=leaf\), certificate 2 \(CN=intermediate\)$/,
  ],
  [
    'two keys of which none fits',
    file(leaf) + other.keyPem + imposter.keyPem,
    /^none of 2 private keys belongs to one of these: certificate 1 \(CN=leaf\)$/,
  ],
  [
    'a key of another kind',
    file(leaf) + pem(otherKey('Ed25519')),
    /^the private key belongs to none of these/,
  ],
  ['no key', file(leaf), /^there is no private key in it$/],
  ['no certificate', leaf.keyPem, /^there is no certificate in it$/],
  [
    'something else in the place of the certificate',
    leaf.keyPem + file(leaf).replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'),
    /^there is no certificate in it; there is the block CERTIFICATE REQUEST$/,
  ],
  [
    'a first certificate that cannot be read',
    file(unreadable) + leaf.keyPem,
    /^the first certificate cannot be read: /,
  ],
] as const)
  test(`${name} is refused`, () => {
    assert.throws(() => open(text), refusal('OPTION_INVALID', words));
  });

test('of several private keys that of the first certificate is taken', () => {
  const { schemes, signer } = open(
    file(leaf, intermediate) + other.keyPem + pem(otherKey(2048)) + leaf.keyPem,
  );
  const [scheme = 0] = schemes;
  assert.ok(signer.sign(scheme, Buffer.from('bytes')) instanceof Uint8Array);
});

test('a key that was compared with a key of another kind does not stand in the way of the next one', () => {
  assert.throws(() => open(file(leaf) + pem(otherKey('Ed25519'))), refusal('OPTION_INVALID'));
  const key = generateKeyPairSync('ed25519').privateKey;
  assert.throws(() => credentials.fromKey([leaf.der], key), refusal('OPTION_INVALID'));
  assert.equal(open(file(leaf, intermediate) + leaf.keyPem).chain.length, 2);
});

test('a second file has the key, and that of the first one is not looked at', () => {
  const broken = leaf.keyPem.replace(/[A-Za-z]{8}/, '********');
  const options = { key: bytes(leaf.keyPem) };
  assert.equal(open(file(leaf, intermediate) + broken, options).chain.length, 2);
  assert.throws(
    () => open(file(leaf) + leaf.keyPem, { key: bytes(file(leaf)) }),
    refusal('OPTION_INVALID', /^the key file cannot be read: there is no private key in it/),
  );
});

test('a private key whose public key is that of somebody else is damaged', () => {
  const [scalar, others] = [leaf, other].map(({ key }) =>
    Buffer.from(`${key.export({ format: 'jwk' }).d}`, 'base64url'),
  );
  const sec1 = other.key.export({ format: 'der', type: 'sec1' });
  sec1.set(scalar ?? [], sec1.indexOf(others ?? ''));
  assert.throws(
    () => open(file(other), { key: sec1 }),
    refusal('OPTION_INVALID', /^the private key is damaged: its public key does not verify what it signs$/),
  );
});

test('a raw public key is that of its private key, and by content where there is no certificate (RFC 7250)', () => {
  const publicPem = createPublicKey(leaf.key).export({ format: 'pem', type: 'spki' }).toString();
  const spki = createPublicKey(leaf.key).export({ format: 'der', type: 'spki' });
  for (const credential of [
    open(publicPem + leaf.keyPem),
    credentials.fromFile(spki, { key: bytes(leaf.keyPem) }),
    open(leaf.keyPem, { as: 'raw' }),
    open(file(leaf, intermediate) + leaf.keyPem, { as: 'raw' }),
  ])
    assert.deepEqual([credential.type, credential.chain], ['raw', [spki]]);
  assert.equal(open(publicPem + file(leaf, intermediate) + leaf.keyPem).type, 'x509');
});

test('a raw public key of another private key is refused, and so is one of several keys', () => {
  const publicPem = createPublicKey(leaf.key).export({ format: 'pem', type: 'spki' }).toString();
  assert.throws(
    () => open(publicPem + other.keyPem),
    refusal('OPTION_INVALID', /^the private key does not belong to the public key$/),
  );
  assert.throws(
    () => open(leaf.keyPem + other.keyPem, { as: 'raw' }),
    refusal('OPTION_INVALID', /^there are 2 private keys; a file with one of them is needed$/),
  );
  assert.equal(open(leaf.keyPem + leaf.keyPem, { as: 'raw' }).type, 'raw');
});

test('of a PKCS #12 file the chain is put together by issuers, whatever its order, without the root', () => {
  const shuffled = pkcs12Of([root, intermediate, leaf].map(bagOf.certificate), [bagOf.key(leaf.key)]);
  const { chain, warnings } = credentials.fromFile(shuffled);
  assert.deepEqual(
    chain,
    [leaf.der, intermediate.der].map(der => new Uint8Array(der)),
  );
  assert.deepEqual(warnings, []);
});

for (const [name, certificates, keys, words] of [
  ['without a key', [leaf], [], /^there is no private key in it$/],
  ['without a certificate', [], [leaf], /^there is no certificate in it$/],
  [
    'with a key of none of its certificates',
    [leaf, intermediate],
    [other],
    /^the private key belongs to none of these: certificate 1 \(CN=leaf\), certificate 2 \(CN=intermediate\)$/,
  ],
  [
    'with two keys that have certificates',
    [leaf, other, intermediate],
    [leaf, other],
    /^private keys and certificates fit in more than one way, certificate 1 \(CN=leaf\), certificate 2 \(CN=other leaf\); a file with one of them is needed$/,
  ],
] as const)
  test(`a PKCS #12 file ${name} is refused`, () => {
    const made = pkcs12Of(
      certificates.map(each => bagOf.certificate(each)),
      keys.map(({ key }) => bagOf.key(key)),
    );
    assert.throws(() => credentials.fromFile(made), refusal('OPTION_INVALID', words));
  });

test('what is in a PKCS #12 file besides is named in a warning, and left out', () => {
  const besides = [bagOf.crl, bagOf.secret, bagOf.certificate(other)];
  const made = pkcs12Of([leaf, intermediate].map(bagOf.certificate).concat(besides), [bagOf.key(leaf.key)]);
  const { chain, warnings } = credentials.fromFile(made);
  assert.equal(chain.length, 2);
  assert.deepEqual(warnings, [
    'certificate 3 (CN=other leaf) issued none of the others, and is left out',
    'there is a CRL as well, which is not used',
    'there is a secret as well, which is not used',
  ]);
});

test('our own PKCS #12 files are read with any chain', async () => {
  const chain = [leaf, intermediate, root].map(({ der }) => new X509Certificate(der));
  const written = await writePkcs12({ chain, key: leaf.key, password: 'a password' });
  assert.equal(credentials.fromFile(written, { password: 'a password' }).chain.length, 2);
});

test('more certificates or keys than anybody has are refused before they are compared', () => {
  const many = bytes(file(leaf).repeat(513), leaf.keyPem);
  assert.throws(
    () => credentials.fromFile(many),
    refusal('OPTION_INVALID', /^513 certificates and 1 private keys; at most 512 and 64/),
  );
  assert.throws(
    () => open(file(leaf) + leaf.keyPem.repeat(65)),
    refusal('OPTION_INVALID', /^1 certificates and 65 private keys/),
  );
});

test('of authorities that all have one name and key no path is built that is longer than a peer looks at', () => {
  const key = keyFor('loop');
  const loop = Array.from({ length: 40 }, (_, index) =>
    makeAuthority({ subject: 'loop', key, serial: index + 1 }),
  );
  const left = open(file(...loop) + loop[0]?.keyPem).warnings.filter(warning =>
    /^certificate \d+ /.test(warning),
  );
  assert.ok(left.length >= 40 - 17, `${left.length}`);
});

test('a certificate of a key that nobody knows belongs to none of the private keys', () => {
  const unknown = sequence(sequence(objectIdentifier('1.2.3.4')), bitString(Buffer.alloc(32)));
  const strange = intermediate.issue({ subject: 'strange', publicKey: unknown });
  assert.equal(open(file(leaf, intermediate, strange) + leaf.keyPem).chain.length, 3);
});
