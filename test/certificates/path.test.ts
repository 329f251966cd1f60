// Each step of RFC 5280 §6.1, through validatePath: what the outside relies on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ValidateOptions, type Validation, validatePath } from '../../src/certificates/index.ts';
import type { FaultCode } from '../../src/errors.ts';
import {
  type Authority,
  algorithms,
  basicConstraints,
  bitString,
  der,
  extension,
  integer,
  keyFor,
  keyUsage,
  makeAuthority,
  nothing,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';

const time = new Date('2027-06-01T00:00:00Z');
const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';
const anyPurpose = '2.5.29.37.0';
const purposes = (...ids: string[]) =>
  extension('2.5.29.37', sequence(...ids.map(id => objectIdentifier(id))));

const root = makeAuthority();
const intermediate = root.authority();
const leaf = intermediate.issue();

const validate = (
  chain: { readonly der: Uint8Array }[],
  options: Partial<ValidateOptions> = {},
): Validation =>
  validatePath(
    chain.map(certificate => certificate.der),
    { anchors: [root.der], time, ...options },
  );

/** Another last octet. */
const flip = (signature: Uint8Array): Uint8Array => signature.with(-1, (signature.at(-1) ?? 0) ^ 1);

function refused(
  verdict: Validation,
  code: FaultCode,
  field: string,
  position: number,
  clause?: RegExp,
): void {
  assert.equal(verdict.valid, false);
  const { finding, reason = '' } = verdict;
  assert.ok(finding !== undefined, reason);
  assert.deepEqual([verdict.code, finding.field, finding.position], [code, field, position], reason);
  if (clause !== undefined) assert.match(finding.clause, clause);
  assert.ok(reason.includes(finding.accepted));
}

const accepted = (verdict: Validation): void => assert.ok(verdict.valid, verdict.reason ?? '');

test('a chain to a trust anchor is valid, and the path is told, leaf first', () => {
  const verdict = validate([leaf, intermediate]);
  accepted(verdict);
  assert.deepEqual(
    verdict.path.map(({ subject }) => subject),
    ['CN=end-point', 'CN=intermediate', 'CN=root'],
  );
  assert.equal('code' in verdict || 'reason' in verdict, false);
});

test('a chain may carry its root, extra certificates, and any order above the leaf', () => {
  const stranger = makeAuthority({ subject: 'stranger' });
  accepted(validate([leaf, root, stranger, intermediate]));
  accepted(validate([leaf, intermediate, intermediate, leaf, root, root]));
});

test('an intermediate that the peer leaves out is taken from the configured ones', () => {
  refused(validate([leaf]), 'CERTIFICATE_UNTRUSTED', 'issuer', 0, /6\.1\.3 \(a\)\(4\)/);
  accepted(validate([leaf], { intermediates: [intermediate.der] }));
});

test('6.1.3 (a)(1): a signature that does not hold is refused, at each place of the path', () => {
  refused(
    validate([intermediate.issue({ editSignature: flip }), intermediate]),
    'CERTIFICATE_UNTRUSTED',
    'signatureValue',
    0,
    /\(a\)\(1\)/,
  );
  const forged = root.authority({ editSignature: flip });
  refused(validate([forged.issue(), forged]), 'CERTIFICATE_UNTRUSTED', 'signatureValue', 1);
});

test('6.1.3 (a)(1): an issuer with the right name and another key is no issuer', () => {
  const impostor = makeAuthority({ key: keyFor('impostor') });
  refused(validate([impostor.issue()]), 'CERTIFICATE_UNTRUSTED', 'signatureValue', 0);
  const below = impostor.authority({ key: keyFor('below') });
  refused(validate([below.issue(), below, impostor]), 'CERTIFICATE_UNTRUSTED', 'signatureValue', 2);
});

test('6.1.3 (a)(2): both ends of the validity period belong to it, on every certificate and the anchor', () => {
  const notBefore = new Date('2027-01-01T00:00:00Z');
  const notAfter = new Date('2028-01-01T00:00:00Z');
  const limited = { notBefore, notAfter };
  const rootLimited = makeAuthority(limited);
  const middle = root.authority(limited);
  const cases = [
    { chain: [root.issue(limited)], anchors: [root.der], position: 0 },
    { chain: [middle.issue(), middle], anchors: [root.der], position: 1 },
    { chain: [rootLimited.issue()], anchors: [rootLimited.der], position: 1 },
  ];
  for (const { chain, anchors, position } of cases) {
    for (const at of [notBefore, notAfter]) accepted(validate(chain, { anchors, time: at }));
    for (const at of [notBefore.getTime() - 1, notAfter.getTime() + 1])
      refused(
        validate(chain, { anchors, time: new Date(at) }),
        'CERTIFICATE_EXPIRED',
        'validity',
        position,
        /\(a\)\(2\)/,
      );
  }
});

test('6.1.3 (a)(4): names chain by their encoding', () => {
  const printable = sequence(
    der(0x31, sequence(objectIdentifier('2.5.4.3'), der(0x13, Buffer.from('root')))),
  );
  refused(validate([root.issue({ issuer: printable })]), 'CERTIFICATE_UNTRUSTED', 'issuer', 0);
  refused(validate([root.issue({ issuer: 'Root' })]), 'CERTIFICATE_UNTRUSTED', 'issuer', 0);
});

test('6.1.4 (k): an issuer without basicConstraints cA is refused, the anchor included', () => {
  for (const extensions of [[keyUsage('keyCertSign')], [basicConstraints(false), keyUsage('keyCertSign')]]) {
    const middle = root.authority({ extensions });
    refused(validate([middle.issue(), middle]), 'CERTIFICATE_UNTRUSTED', 'basicConstraints', 1, /\(k\)/);
    const anchor = makeAuthority({ extensions });
    refused(
      validate([anchor.issue()], { anchors: [anchor.der] }),
      'CERTIFICATE_UNTRUSTED',
      'basicConstraints',
      1,
    );
  }
});

test('6.1.4 (n): an issuer whose keyUsage lacks keyCertSign is refused, the anchor included', () => {
  const extensions = [basicConstraints(true), keyUsage('digitalSignature', 'cRLSign')];
  const middle = root.authority({ extensions });
  const anchor = makeAuthority({ extensions });
  for (const profile of ['onem2m', 'rfc5280'] as const) {
    refused(validate([middle.issue(), middle], { profile }), 'CERTIFICATE_UNTRUSTED', 'keyUsage', 1, /\(n\)/);
    refused(
      validate([anchor.issue()], { anchors: [anchor.der], profile }),
      'CERTIFICATE_UNTRUSTED',
      'keyUsage',
      1,
    );
  }
});

test('4.2.1.3: an issuer without keyUsage is refused in profile onem2m', () => {
  const middle = root.authority({ extensions: [basicConstraints(true)] });
  refused(validate([middle.issue(), middle]), 'CERTIFICATE_UNTRUSTED', 'keyUsage', 1, /4\.2\.1\.3/);
  accepted(validate([middle.issue(), middle], { profile: 'rfc5280' }));
});

test('6.1.4 (l), (m): pathLenConstraint counts the authorities below, on anchors and intermediates', () => {
  const anchor = (pathLen: number) => makeAuthority({ pathLen });
  const chainBelow = (top: Authority, count: number) => {
    const authorities = [top];
    for (let index = 1; index <= count; index++)
      authorities.unshift((authorities[0] ?? top).authority({ subject: `authority ${index}` }));
    return [(authorities[0] ?? top).issue(), ...authorities];
  };
  for (const pathLen of [0, 1, 2]) {
    const top = anchor(pathLen);
    accepted(validate(chainBelow(top, pathLen), { anchors: [top.der] }));
    refused(
      validate(chainBelow(top, pathLen + 1), { anchors: [top.der] }),
      'CERTIFICATE_UNTRUSTED',
      'basicConstraints',
      1,
      /\(l\)/,
    );
    const middle = root.authority({ pathLen, subject: 'limited' });
    accepted(validate(chainBelow(middle, pathLen)));
    refused(
      validate(chainBelow(middle, pathLen + 1)),
      'CERTIFICATE_UNTRUSTED',
      'basicConstraints',
      1,
      /\(l\)/,
    );
  }
});

test('6.1.4 (m): a larger pathLenConstraint below does not widen the one above', () => {
  const top = makeAuthority({ pathLen: 1 });
  const first = top.authority({ subject: 'first', pathLen: 5 });
  const second = first.authority({ subject: 'second' });
  refused(
    validate([second.issue(), second, first], { anchors: [top.der] }),
    'CERTIFICATE_UNTRUSTED',
    'basicConstraints',
    1,
  );
});

test('6.1.4 (l): a self-issued certificate does not count for pathLenConstraint', () => {
  const top = makeAuthority({ pathLen: 0, subject: 'authority' });
  const newKey = top.authority({ subject: 'authority', key: keyFor('new key') });
  accepted(validate([newKey.issue(), newKey], { anchors: [top.der] }));
  const other = newKey.authority({ subject: 'other' });
  refused(
    validate([other.issue(), other, newKey], { anchors: [top.der] }),
    'CERTIFICATE_UNTRUSTED',
    'basicConstraints',
    1,
  );
});

test('6.1.4 (o), 6.1.5 (f): a critical extension that is not processed is refused, everywhere', () => {
  const more = [extension('1.2.3.4', nothing, true)];
  refused(validate([root.issue({ more })]), 'CERTIFICATE_UNSUPPORTED', 'extensions', 0, /6\.1\.5 \(f\)/);
  const middle = root.authority({ more });
  refused(validate([middle.issue(), middle]), 'CERTIFICATE_UNSUPPORTED', 'extensions', 1, /6\.1\.4 \(o\)/);
  const anchor = makeAuthority({ more });
  refused(validate([anchor.issue()], { anchors: [anchor.der] }), 'CERTIFICATE_UNSUPPORTED', 'extensions', 1);
  accepted(validate([root.issue({ more: [extension('1.2.3.4', nothing)] })]));
});

test('critical policyConstraints, policyMappings and inhibitAnyPolicy are refused by name', () => {
  const contents = {
    policyConstraints: extension('2.5.29.36', sequence(der(0x80, Buffer.of(0))), true),
    policyMappings: extension(
      '2.5.29.33',
      sequence(sequence(objectIdentifier('1.2.3'), objectIdentifier('1.2.4'))),
      true,
    ),
    inhibitAnyPolicy: extension('2.5.29.54', integer(0), true),
  };
  for (const [name, content] of Object.entries(contents)) {
    const middle = root.authority({ more: [content] });
    const verdict = validate([middle.issue(), middle]);
    refused(verdict, 'CERTIFICATE_UNSUPPORTED', 'extensions', 1);
    assert.match(verdict.reason ?? '', new RegExp(name));
  }
});

test('6.1.1 (e): certificatePolicies ask nothing of a path without an explicit policy', () => {
  const more = [extension('2.5.29.32', sequence(sequence(objectIdentifier('1.2.3'))), true)];
  const middle = root.authority({ more });
  accepted(validate([middle.issue({ more }), middle]));
});

test('4.2.1.12: extKeyUsage, where present, has the purpose of the role or any', () => {
  const cases: [ids: string[], initiating: boolean, terminating: boolean][] = [
    [[clientAuth], true, false],
    [[serverAuth], false, true],
    [[clientAuth, serverAuth], true, true],
    [[anyPurpose], true, true],
    [['1.3.6.1.5.5.7.3.3'], false, false],
  ];
  for (const [ids, initiating, terminating] of cases) {
    const expected = { initiating, terminating, any: initiating || terminating };
    const single = [root.issue({ more: [purposes(...ids)] })];
    const middle = root.authority({ more: [purposes(...ids)] });
    const anchor = makeAuthority({ more: [purposes(...ids)] });
    for (const [purpose, isFit] of Object.entries(expected) as ['initiating', boolean][]) {
      const places: [Validation, number][] = [
        [validate(single, { purpose }), 0],
        [validate([middle.issue(), middle], { purpose }), 1],
        [validate([anchor.issue()], { purpose, anchors: [anchor.der] }), 1],
      ];
      for (const [verdict, position] of places)
        if (isFit) accepted(verdict);
        else refused(verdict, 'CERTIFICATE_UNTRUSTED', 'extKeyUsage', position, /4\.2\.1\.12/);
    }
  }
});

test('4.2.1.12: an authority for one purpose and a leaf for the other leave none', () => {
  const middle = root.authority({ more: [purposes(clientAuth)] });
  refused(
    validate([middle.issue({ more: [purposes(serverAuth)] }), middle]),
    'CERTIFICATE_UNTRUSTED',
    'extKeyUsage',
    0,
  );
  accepted(validate([middle.issue({ more: [purposes(anyPurpose)] }), middle], { purpose: 'initiating' }));
});

test('6.1: an anchor is no path to itself, nor is a certificate with its name and key', () => {
  const extensions = [keyUsage('digitalSignature', 'keyCertSign'), basicConstraints(true)];
  const both = makeAuthority({ extensions, subject: 'both' });
  refused(validate([both], { anchors: [both.der] }), 'CERTIFICATE_UNTRUSTED', 'issuer', 0);
  const selfSigned = makeAuthority({ extensions: [keyUsage('digitalSignature')], subject: 'end-point' });
  refused(validate([selfSigned], { anchors: [selfSigned.der] }), 'CERTIFICATE_UNTRUSTED', 'issuer', 0);
  const again = both.issue({ subject: 'both', key: both.key });
  refused(validate([again], { anchors: [both.der] }), 'CERTIFICATE_UNTRUSTED', 'issuer', 0);
});

test('without trust anchors nobody is trusted', () => {
  refused(validate([leaf, intermediate, root], { anchors: [] }), 'CERTIFICATE_UNTRUSTED', 'issuer', 2);
});

test('a presented or configured intermediate is never an anchor', () => {
  const stranger = makeAuthority({ subject: 'stranger' });
  refused(validate([stranger.issue(), stranger]), 'CERTIFICATE_UNTRUSTED', 'issuer', 1);
  refused(
    validate([stranger.issue()], { intermediates: [stranger.der] }),
    'CERTIFICATE_UNTRUSTED',
    'issuer',
    1,
  );
});

test('maxDepth counts every certificate from leaf to anchor', () => {
  refused(validate([leaf, intermediate], { maxDepth: 2 }), 'CERTIFICATE_UNTRUSTED', 'issuer', 1);
  accepted(validate([leaf, intermediate], { maxDepth: 3 }));
  refused(validate([root.issue()], { maxDepth: 1 }), 'CERTIFICATE_UNTRUSTED', 'issuer', 0);
  const authorities = [root];
  for (let index = 0; index < 7; index++)
    authorities.unshift((authorities[0] ?? root).authority({ subject: `${index}` }));
  const [last = root] = authorities;
  refused(validate([last.issue(), ...authorities]), 'CERTIFICATE_UNTRUSTED', 'issuer', 7);
  accepted(validate([authorities[1]?.issue() ?? leaf, ...authorities]));
});

test('at most 16 certificates are looked at', () => {
  const chain = (length: number) => [leaf, intermediate, ...Array.from({ length: length - 2 }, () => root)];
  accepted(validate(chain(16)));
  const verdict = validate(chain(17));
  assert.equal(verdict.code, 'CERTIFICATE_MALFORMED');
  assert.match(verdict.reason ?? '', /17 certificates; at most 16/);
});

test('backtracking: a dead end among cross-certificates does not hide the path that exists', () => {
  const oldRoot = makeAuthority({ subject: 'old root' });
  const shared = { subject: 'issuing', key: keyFor('issuing') };
  const expired = { ...shared, notAfter: new Date('2027-01-01T00:00:00Z') };
  const viaOld = oldRoot.authority(shared);
  const viaRoot = root.authority(shared);
  const viaRootExpired = root.authority(expired);
  const viaRootCut = root.authority({ ...shared, nameConstraints: { permitted: ['dns:elsewhere.example'] } });
  const end = viaRoot.issue({ names: ['dns:cse.example.com'] });
  const deadEnds = [viaOld, viaRootExpired, viaRootCut];
  for (const order of [
    [...deadEnds, viaRoot],
    [viaRoot, ...deadEnds],
    [viaOld, viaRoot, viaRootCut, viaRootExpired],
  ])
    accepted(validate([end, ...order]));
  assert.equal(validate([end, ...deadEnds]).valid, false);
});

test('backtracking: an anchor that does not fit gives way to another with the same name', () => {
  const oldKey = makeAuthority({ key: keyFor('old') });
  const expired = makeAuthority({ notAfter: new Date('2026-06-01T00:00:00Z') });
  accepted(validate([root.issue()], { anchors: [oldKey.der, expired.der, root.der] }));
});

test('of several refused paths the closest one is told', () => {
  const stranger = makeAuthority({ subject: 'stranger' });
  const shared = { subject: 'issuing', key: keyFor('issuing') };
  const unknown = stranger.authority(shared);
  const expired = root.authority({ ...shared, notAfter: new Date('2027-01-01T00:00:00Z') });
  for (const chain of [
    [unknown, expired],
    [expired, unknown],
  ])
    refused(validate([unknown.issue(), ...chain]), 'CERTIFICATE_EXPIRED', 'validity', 1);
});

test('key identifiers are a hint: misleading ones hide nothing and prove nothing', () => {
  const hint = (bytes: number) => [extension('2.5.29.14', der(0x04, Buffer.of(bytes)))];
  const wanted = [extension('2.5.29.35', sequence(der(0x80, Buffer.of(1))))];
  const impostor = makeAuthority({ subject: 'issuing', key: keyFor('impostor'), more: hint(1) });
  const right = root.authority({ subject: 'issuing', more: hint(2) });
  const end = right.issue({ more: wanted });
  accepted(validate([end, impostor, right]));
  assert.equal(validate([end, impostor]).valid, false);
});

test('profile onem2m: P-256 keys and ecdsa-with-SHA256, without parameters (TS-0003 10.1.1.1, 10.1.1.3)', () => {
  const p384 = otherKey('P-384');
  refused(validate([root.issue({ key: p384 })]), 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo', 0);
  const middle = root.authority({ key: p384 });
  refused(validate([middle.issue(), middle]), 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo', 1);
  const sha384 = { signatureAlgorithm: algorithms.ecdsaWithSha384, hash: 'sha384' } as const;
  refused(validate([root.issue(sha384)]), 'CERTIFICATE_UNSUPPORTED', 'signatureAlgorithm', 0);
  const sha1 = { signatureAlgorithm: algorithms.ecdsaWithSha1, hash: 'sha1' } as const;
  const withNull = { signatureAlgorithm: sequence(objectIdentifier('1.2.840.10045.4.3.2'), nothing) };
  for (const profile of ['onem2m', 'rfc5280'] as const) {
    refused(validate([root.issue(sha1)], { profile }), 'CERTIFICATE_UNSUPPORTED', 'signatureAlgorithm', 0);
    refused(
      validate([root.issue(withNull)], { profile }),
      'CERTIFICATE_UNSUPPORTED',
      'signatureAlgorithm',
      0,
    );
  }
});

test('a signature that says ECDSA is never checked with a key of another family', () => {
  const ed25519 = makeAuthority({ key: otherKey('Ed25519'), subject: 'ed25519' });
  const anchors = [ed25519.der];
  const chain = [ed25519.issue()];
  refused(validate(chain, { anchors }), 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo', 1);
  refused(validate(chain, { anchors, profile: 'rfc5280' }), 'CERTIFICATE_UNTRUSTED', 'signatureValue', 0);
});

test('points are uncompressed, whole, and on their curve (TS-0003 10.1.1.1)', () => {
  const algorithm = sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier('1.2.840.10045.3.1.7'));
  const { x = '' } = keyFor('x').export({ format: 'jwk' });
  const compressed = sequence(
    algorithm,
    bitString(Buffer.concat([Buffer.of(2), Buffer.from(x, 'base64url')])),
  );
  const offCurve = sequence(algorithm, bitString(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])));
  const infinity = sequence(algorithm, bitString(Buffer.of(0)));
  for (const profile of ['onem2m', 'rfc5280'] as const)
    for (const publicKey of [compressed, offCurve, infinity]) {
      refused(
        validate([root.issue({ publicKey })], { profile }),
        'CERTIFICATE_UNSUPPORTED',
        'subjectPublicKeyInfo',
        0,
      );
      const middle = root.authority({ publicKey });
      refused(
        validate([middle.issue(), middle], { profile }),
        'CERTIFICATE_UNSUPPORTED',
        'subjectPublicKeyInfo',
        1,
      );
    }
});

test('profile rfc5280: P-384, P-521 and RSA with SHA-256, SHA-384 and SHA-512', () => {
  const rfc5280 = { profile: 'rfc5280' } as const;
  const kinds = [
    ['P-384', 'ecdsaWithSha384', 'sha384'],
    ['P-384', 'ecdsaWithSha256', 'sha256'],
    ['P-521', 'ecdsaWithSha512', 'sha512'],
    [2048, 'rsaWithSha256', 'sha256'],
    [2048, 'rsaWithSha384', 'sha384'],
    [2048, 'rsaWithSha512', 'sha512'],
  ] as const;
  const keys = new Map([...new Set(kinds.map(([kind]) => kind))].map(kind => [kind, otherKey(kind)]));
  for (const [kind, algorithm, hash] of kinds) {
    const key = keys.get(kind);
    assert.ok(key !== undefined);
    const authority = makeAuthority({
      key,
      signatureAlgorithm: algorithms[algorithm],
      hash,
      subject: algorithm,
    });
    const chain = [authority.issue({ key, signatureAlgorithm: algorithms[algorithm], hash })];
    accepted(validate(chain, { ...rfc5280, anchors: [authority.der] }));
    assert.equal(validate(chain, { anchors: [authority.der] }).code, 'CERTIFICATE_UNSUPPORTED');
    const wrong = authority.issue({
      editSignature: flip,
      key,
      signatureAlgorithm: algorithms[algorithm],
      hash,
    });
    refused(
      validate([wrong], { ...rfc5280, anchors: [authority.der] }),
      'CERTIFICATE_UNTRUSTED',
      'signatureValue',
      0,
    );
  }
});

test('profile rfc5280: RSA below 2048 bits, without NULL, or named for an EC key is refused', () => {
  const rfc5280 = { profile: 'rfc5280' } as const;
  const small = makeAuthority({
    key: otherKey(1024),
    signatureAlgorithm: algorithms.rsaWithSha256,
    subject: 'small',
  });
  const end = small.issue({ signatureAlgorithm: algorithms.rsaWithSha256 });
  refused(
    validate([end], { ...rfc5280, anchors: [small.der] }),
    'CERTIFICATE_UNSUPPORTED',
    'subjectPublicKeyInfo',
    1,
  );
  refused(
    validate([root.issue({ signatureAlgorithm: algorithms.rsaWithSha256 })], rfc5280),
    'CERTIFICATE_UNTRUSTED',
    'signatureValue',
    0,
  );
  const bare = sequence(objectIdentifier('1.2.840.113549.1.1.11'));
  refused(
    validate([root.issue({ signatureAlgorithm: bare })], rfc5280),
    'CERTIFICATE_UNSUPPORTED',
    'signatureAlgorithm',
    0,
  );
});

test('profile rfc5280: an RSA modulus above 4096 bits and an exponent above 32 bits are refused', () => {
  const rsa = (modulusLength: number, exponent: bigint) => {
    const modulus = Buffer.alloc(modulusLength / 8, 0xff);
    const key = sequence(integer(BigInt(`0x${modulus.toString('hex')}`)), integer(exponent));
    return sequence(sequence(objectIdentifier('1.2.840.113549.1.1.1'), nothing), bitString(key));
  };
  const of = (publicKey: Uint8Array) => validate([root.issue({ publicKey })], { profile: 'rfc5280' });
  accepted(of(rsa(4096, 65537n)));
  accepted(of(rsa(2048, 0xffffffffn)));
  refused(of(rsa(4104, 65537n)), 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo', 0);
  refused(of(rsa(2040, 65537n)), 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo', 0);
  refused(of(rsa(2048, 0x100000001n)), 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo', 0);
});

test('an end-point signs: keyUsage has digitalSignature (TS-0003 10.1.1.1, RFC 8422 5.3)', () => {
  const without = root.issue({ extensions: [keyUsage('keyAgreement')] });
  const absent = root.issue({ extensions: [] });
  refused(validate([without]), 'CERTIFICATE_UNSUPPORTED', 'keyUsage', 0, /TS-0003 10\.1\.1\.1/);
  refused(validate([without], { profile: 'rfc5280' }), 'CERTIFICATE_UNSUPPORTED', 'keyUsage', 0, /RFC 8422/);
  refused(validate([absent]), 'CERTIFICATE_UNSUPPORTED', 'keyUsage', 0);
  accepted(validate([absent], { profile: 'rfc5280' }));
});

test('profile onem2m: an authority is no end-point, and names hold no wildcard (TS-0003 10.1.1)', () => {
  const authority = root.issue({
    extensions: [keyUsage('digitalSignature', 'keyCertSign'), basicConstraints(true)],
  });
  refused(validate([authority]), 'CERTIFICATE_UNSUPPORTED', 'basicConstraints', 0);
  accepted(validate([authority], { profile: 'rfc5280' }));
  for (const name of ['dns:*.example.com', 'uri://*.example.com/cse/Cae']) {
    const end = root.issue({ names: ['dns:a.example.com', name] });
    refused(validate([end]), 'CERTIFICATE_UNSUPPORTED', 'subjectAltName', 0);
    accepted(validate([end], { profile: 'rfc5280' }));
  }
});
