import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { readCertificationRequest } from '../../src/pki/certification-request.ts';
import {
  algorithms,
  basicConstraints,
  der,
  extension,
  integer,
  keyFor,
  keyUsage,
  nothing,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { extensionRequest, makeRequest, type RequestOptions } from './requests.ts';

test('a request holds a key, a subject, and the extensions that are asked for (RFC 2986 4.1, RFC 2985 5.4.2)', () => {
  const request = readCertificationRequest(
    makeRequest({ names: ['dns:cse.example.com'], more: [keyUsage('keyCertSign'), basicConstraints(true)] }),
  );
  assert.ok(request.publicKey.equals(createPublicKey(keyFor('requester'))));
  assert.equal(request.subject.text, 'CN=requester');
  assert.deepEqual(request.extensions.subjectAltName, [{ form: 'dns', value: 'cse.example.com' }]);
  assert.equal(request.extensions.basicConstraints?.cA, true);
  assert.deepEqual(request.extensionIds, ['2.5.29.17', '2.5.29.15', '2.5.29.19']);
});

test('a request may ask for nothing, and have attributes for others, such as a challengePassword', () => {
  const { extensions, extensionIds } = readCertificationRequest(makeRequest());
  assert.deepEqual([extensions.subjectAltName, extensionIds], [null, []]);
  const password = sequence(
    objectIdentifier('1.2.840.113549.1.9.7'),
    der(0x31, der(0x0c, Buffer.from('secret'))),
  );
  const asked = extensionRequest(extension('1.2.3', nothing));
  for (const attributes of [[password], [password, asked], [asked, password]])
    assert.deepEqual(
      readCertificationRequest(makeRequest({ attributes })).extensionIds,
      attributes.includes(asked) ? ['1.2.3'] : [],
    );
});

test('every kind of key that end-points have can ask for a certificate', () => {
  for (const kind of ['P-384', 'P-521', 'Ed25519', 2048] as const) {
    const key = otherKey(kind);
    const { publicKey } = readCertificationRequest(makeRequest({ key }));
    assert.ok(publicKey.equals(createPublicKey(key)), String(kind));
  }
});

const k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
const refusals: readonly [what: string, options: RequestOptions, message: RegExp][] = [
  [
    'somebody else’s key, signed with his own',
    { signingKey: keyFor('forger') },
    /^signature: not made with the key in the request/,
  ],
  [
    'a signature that was changed',
    { editSignature: bytes => bytes.map((octet, index) => (index === bytes.length - 1 ? octet ^ 1 : octet)) },
    /^signature: not made with the key in the request/,
  ],
  [
    'a signature by an algorithm that is not accepted',
    { signatureAlgorithm: algorithms.ecdsaWithSha1 },
    /^signature: .* or by an algorithm that is not accepted/,
  ],
  [
    'an RSA key of 1024 bits',
    { key: otherKey(1024) },
    /subjectPKInfo: an RSA modulus of 1024 bits; accepted: /,
  ],
  [
    'a key on another curve',
    { key: k1 },
    /subjectPKInfo: a key of algorithm 1\.2\.840\.10045\.2\.1 with other/,
  ],
  ['another version', { version: integer(1) }, /^certificationRequestInfo\.version: version 2, at offset/],
  ['no attributes at all', { attributeField: Buffer.of() }, /^certificationRequestInfo\.attributes/],
  ['octets after it', { trailing: Buffer.of(0) }, /\(RFC 2986 4\)$|X\.690/],
  [
    'two lists of extensions',
    { attributes: [extensionRequest(keyUsage('keyAgreement')), extensionRequest(basicConstraints(true))] },
    /extensionRequest twice.*RFC 2985 5\.4\.2/,
  ],
  [
    'one extension twice',
    { more: [keyUsage('keyAgreement'), keyUsage('digitalSignature')] },
    /2\.5\.29\.15 twice/,
  ],
  [
    'two values in one list',
    {
      attributes: [
        sequence(
          objectIdentifier('1.2.840.113549.1.9.14'),
          der(0x31, sequence(keyUsage('keyAgreement')), sequence(basicConstraints(true))),
        ),
      ],
    },
    /attributes\.0\.values/,
  ],
  [
    'seventeen attributes',
    { attributes: Array.from({ length: 17 }, () => sequence(objectIdentifier('1.2.3'), der(0x31, nothing))) },
    /attributes/,
  ],
  [
    '17 kB',
    { more: [extension('1.2.3', der(0x04, Buffer.alloc(17_000)))] },
    /^the request has \d+ octets; at most 16384/,
  ],
];
for (const [what, options, message] of refusals)
  test(`no request with ${what}`, () => {
    assert.throws(() => readCertificationRequest(makeRequest(options)), { code: 'OPTION_INVALID', message });
  });

test('every prefix of a request, and every octet of it changed, is refused', () => {
  const whole = makeRequest({ names: ['dns:cse.example.com'] });
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => readCertificationRequest(whole.subarray(0, length)), { code: 'OPTION_INVALID' });
  for (const index of whole.keys()) {
    const changed = whole.map((octet, at) => (at === index ? octet ^ 1 : octet));
    assert.throws(() => readCertificationRequest(changed), { code: 'OPTION_INVALID' }, `octet ${index}`);
  }
});
