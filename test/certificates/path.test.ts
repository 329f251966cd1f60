// The search for a path, and the steps of RFC 5280 6.1 that join two certificates, through validatePath: what the
// outside relies on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verdict } from '../../src/certificates/index.ts';
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
import { accepted, refused, root, subjects, validate } from './verdicts.ts';

const intermediate = root.authority();
const leaf = intermediate.issue();

/** Another last octet. */
const flip = (signature: Uint8Array): Uint8Array => signature.with(-1, (signature.at(-1) ?? 0) ^ 1);

test('a chain to a trust anchor is valid, and the path is told, leaf first', () => {
  const verdict = validate([leaf, intermediate]);
  accepted(verdict);
  assert.deepEqual(subjects(verdict), ['CN=end-point', 'CN=intermediate', 'CN=root']);
  assert.deepEqual(Object.keys(verdict).sort(), ['path', 'signatureChecks', 'statusBy', 'valid']);
  assert.equal(verdict.signatureChecks, 2);
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

/** A Name with one common name in another string type. */
const named = (tag: number, text: string) =>
  sequence(der(0x31, sequence(objectIdentifier('2.5.4.3'), der(tag, Buffer.from(text, 'latin1')))));

test('6.1.3 (a)(4), 7.1: names chain whatever their case, kind of string and spaces', () => {
  for (const issuer of ['Root', 'ROOT', ' root  ', named(0x13, 'root'), named(0x13, 'RooT')])
    accepted(validate([root.issue({ issuer })]));
  const spaced = makeAuthority({ subject: 'the  Root', key: root.key });
  accepted(validate([root.issue({ issuer: 'The root ' })], { anchors: [spaced.der] }));
});

test('6.1.3 (a)(4): an issuer by another name is no issuer, though its key made the signature', () => {
  for (const issuer of ['roots', 'roo', 'ro ot', named(0x16, 'toor'), 'r\u00f6ot'])
    refused(
      validate([root.issue({ issuer })]),
      'CERTIFICATE_UNTRUSTED',
      'issuer',
      0,
      /^RFC 5280 6\.1\.3 \(a\)\(4\)$/,
    );
});

test('6.1: an anchor is no path to itself, nor is a certificate with its name and key', () => {
  const rfc5280 = { profile: 'rfc5280' } as const;
  const extensions = [keyUsage('digitalSignature', 'keyCertSign'), basicConstraints(true)];
  const both = makeAuthority({ extensions, subject: 'both' });
  const anchors = [both.der];
  refused(validate([both], { anchors, ...rfc5280 }), 'CERTIFICATE_UNTRUSTED', 'issuer', 0);
  const selfSigned = makeAuthority({ extensions: [keyUsage('digitalSignature')], subject: 'end-point' });
  refused(validate([selfSigned], { anchors: [selfSigned.der] }), 'CERTIFICATE_UNTRUSTED', 'issuer', 0);
  const again = both.issue({ subject: 'both', key: both.key });
  refused(validate([again], { anchors }), 'CERTIFICATE_UNTRUSTED', 'issuer', 0);
  // The same name in another spelling, and the same key under another name.
  const spelled = both.issue({ subject: 'BOTH ', key: both.key });
  refused(validate([spelled], { anchors }), 'CERTIFICATE_UNTRUSTED', 'issuer', 0);
  accepted(validate([both.issue({ subject: 'other', key: both.key })], { anchors }));
});

test('without trust anchors nobody is trusted', () => {
  const verdict = validate([leaf, intermediate, root], { anchors: [] });
  refused(verdict, 'CERTIFICATE_UNTRUSTED', 'issuer', 2, /6\.1\.3 \(a\)\(4\)/);
  assert.deepEqual(subjects(verdict), ['CN=end-point', 'CN=intermediate', 'CN=root']);
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

/** `count` authorities below the root, the last one first; `selfIssued` of them with the name of the one above. */
function authoritiesBelowRoot(count: number, selfIssued = 0): Authority[] {
  const made = [root];
  for (let index = 0; index < count; index++) {
    const subject = index < selfIssued ? 'root' : `authority ${index}`;
    made.unshift((made[0] ?? root).authority({ subject, key: keyFor(`authority ${index}`) }));
  }
  return made;
}

const chainOf = (count: number, selfIssued = 0) => {
  const authorities = authoritiesBelowRoot(count, selfIssued);
  return [(authorities[0] ?? root).issue(), ...authorities];
};

test('maxDepth counts the intermediates, neither end-point nor anchor, and is 6 if absent', () => {
  for (const maxDepth of [0, 1, 2, 6]) {
    accepted(validate(chainOf(maxDepth), { maxDepth }));
    const verdict = validate(chainOf(maxDepth + 1), { maxDepth });
    refused(verdict, 'CERTIFICATE_UNTRUSTED', 'issuer', maxDepth, /^RFC 5280 6\.1$/);
    assert.match(verdict.finding?.accepted ?? '', new RegExp(`^at most ${maxDepth} intermediate`));
  }
  accepted(validate(chainOf(6)));
  refused(validate(chainOf(7)), 'CERTIFICATE_UNTRUSTED', 'issuer', 6);
});

test('maxDepth does not count self-issued intermediates, as pathLenConstraint does not', () => {
  accepted(validate(chainOf(2, 2), { maxDepth: 0 }));
  accepted(validate(chainOf(5, 2), { maxDepth: 3 }));
  refused(validate(chainOf(5, 2), { maxDepth: 2 }), 'CERTIFICATE_UNTRUSTED', 'issuer', 2);
});

test('a path has at most 16 certificates, whatever maxDepth is and whoever issued them', () => {
  for (const selfIssued of [0, 3]) {
    const intermediates = (count: number) => chainOf(count, selfIssued).slice(1, -1);
    for (const count of [14, 15]) {
      const [end = leaf] = chainOf(count, selfIssued);
      const ders = intermediates(count).map(({ der }) => der);
      const verdict = validate([end], { intermediates: ders, maxDepth: 100 });
      if (count === 14) accepted(verdict);
      else refused(verdict, 'CERTIFICATE_UNTRUSTED', 'issuer', 15, /^RFC 5280 6\.1$/);
      assert.equal(verdict.path.length, 16 + (count - 14));
    }
  }
});

test('at most 16 certificates are looked at', () => {
  const chain = (length: number) => [leaf, intermediate, ...Array.from({ length: length - 2 }, () => root)];
  accepted(validate(chain(16)));
  const verdict = validate(chain(17));
  refused(verdict, 'CERTIFICATE_MALFORMED', 'certificate_list', null);
  assert.match(verdict.reason ?? '', /17 certificates; accepted: at most 16/);
  assert.deepEqual([verdict.path, verdict.signatureChecks], [[], 0]);
});

const past = new Date('2027-01-01T00:00:00Z');
/** One authority that several others certify. */
const shared = { subject: 'issuing', key: keyFor('issuing') };
const stranger = makeAuthority({ subject: 'stranger' });

test('backtracking: a dead end among cross-certificates does not hide the path that exists', () => {
  const viaStranger = stranger.authority(shared);
  const viaRoot = root.authority(shared);
  const expired = root.authority({ ...shared, notAfter: past });
  const cut = root.authority({ ...shared, nameConstraints: { permitted: ['dns:elsewhere.example'] } });
  const end = viaRoot.issue({ names: ['dns:cse.example.com'] });
  const deadEnds = [viaStranger, expired, cut];
  for (const order of [
    [...deadEnds, viaRoot],
    [viaRoot, ...deadEnds],
    [viaStranger, viaRoot, cut, expired],
  ])
    accepted(validate([end, ...order]));
  assert.equal(validate([end, ...deadEnds]).valid, false);
});

test('backtracking: a wrong turn is taken back at every height', () => {
  const top = root.authority({ subject: 'top' });
  const strangeTop = stranger.authority({ subject: 'top', key: top.key });
  const cutTop = root.authority({ subject: 'top', key: top.key, pathLen: 0 });
  const middle = top.authority(shared);
  const end = middle.issue();
  for (const wrong of [[strangeTop], [cutTop], [strangeTop, cutTop], [stranger, strangeTop, cutTop]]) {
    accepted(validate([end, middle, ...wrong, top]));
    assert.equal(validate([end, middle, ...wrong]).valid, false);
  }
});

test('backtracking: authorities that certify each other do not lead round in circles', () => {
  const one = makeAuthority({ subject: 'one' });
  const other = makeAuthority({ subject: 'other' });
  const oneByOther = other.authority({ subject: 'one', key: one.key });
  const otherByOne = one.authority({ subject: 'other', key: other.key });
  const chain = [one.issue(), oneByOther, otherByOne];
  const verdict = validate(chain);
  refused(verdict, 'CERTIFICATE_UNTRUSTED', 'issuer', 2);
  assert.deepEqual([subjects(verdict).length, verdict.signatureChecks], [3, 2]);
  accepted(validate(chain, { anchors: [other.der] }));
  accepted(validate([...chain, root.authority({ subject: 'other', key: other.key })]));
});

test('backtracking: a re-issued authority is another certificate, and either may be the one that leads on', () => {
  const old = root.authority({ ...shared, notAfter: past });
  const renewed = root.authority(shared);
  for (const order of [
    [old, renewed],
    [renewed, old],
  ])
    accepted(validate([old.issue(), ...order]));
});

test('backtracking: an anchor that does not fit gives way to another with the same name', () => {
  const oldKey = makeAuthority({ key: keyFor('old') });
  const expired = makeAuthority({ notAfter: past });
  accepted(validate([root.issue()], { anchors: [oldKey.der, expired.der, root.der] }));
});

test('issuers that can be in no valid path cost no signature check while there is another', () => {
  const useless = [
    root.authority({ ...shared, notAfter: past }),
    root.authority({ ...shared, extensions: [keyUsage('keyCertSign')] }),
    root.authority({ ...shared, extensions: [basicConstraints(true), keyUsage('cRLSign')] }),
    root.authority({ ...shared, more: [extension('1.2.3.4', nothing, true)] }),
  ];
  const right = root.authority(shared);
  const verdict = validate([right.issue(), ...useless, right]);
  accepted(verdict);
  assert.equal(verdict.signatureChecks, 2);
  const anchors = [makeAuthority({ notAfter: past }).der, root.der];
  assert.equal(validate([root.issue()], { anchors }).signatureChecks, 1);
});

test("the end-point's own certificate is judged before any signature", () => {
  const verdict = validate([root.issue({ notAfter: past, editSignature: flip })]);
  refused(verdict, 'CERTIFICATE_EXPIRED', 'validity', 0);
  assert.deepEqual([verdict.signatureChecks, subjects(verdict)], [0, ['CN=end-point']]);
});

test('an issuer that was passed over is told when nobody else leads on, with the path it stands in', () => {
  const expired = root.authority({ ...shared, notAfter: past });
  const verdict = validate([expired.issue(), expired]);
  refused(verdict, 'CERTIFICATE_EXPIRED', 'validity', 1, /6\.1\.3 \(a\)\(2\)/);
  assert.deepEqual(subjects(verdict), ['CN=end-point', 'CN=issuing', 'CN=root']);
  assert.equal(verdict.finding?.subject, 'CN=issuing');
  assert.equal(verdict.signatureChecks, 2);
  const anchor = makeAuthority({ notAfter: past });
  const anchored = validate([anchor.issue()], { anchors: [anchor.der] });
  refused(anchored, 'CERTIFICATE_EXPIRED', 'validity', 1);
});

test('of several refused paths the closest one is told: a whole one before one that ends, then the longer', () => {
  const unknown = stranger.authority(shared);
  const expired = root.authority({ ...shared, notAfter: past });
  for (const chain of [
    [unknown, expired],
    [expired, unknown],
  ])
    refused(validate([unknown.issue(), ...chain]), 'CERTIFICATE_EXPIRED', 'validity', 1);
  const middle = stranger.authority({ subject: 'middle' });
  const below = middle.authority(shared);
  const forged = root.authority({ ...shared, editSignature: flip });
  for (const chain of [
    [forged, below, middle],
    [below, middle, forged],
  ]) {
    const verdict = validate([below.issue(), ...chain]);
    refused(verdict, 'CERTIFICATE_UNTRUSTED', 'issuer', 2);
    assert.deepEqual(subjects(verdict), ['CN=end-point', 'CN=issuing', 'CN=middle']);
  }
});

test('of several whole paths that are refused, the one with the fault nearest to the end-point is told', () => {
  const names = ['dns:cse.example.com'];
  const cut = root.authority({ ...shared, nameConstraints: { permitted: ['dns:elsewhere.example'] } });
  const expired = root.authority({ ...shared, notAfter: past });
  for (const chain of [
    [cut, expired],
    [expired, cut],
  ])
    refused(validate([cut.issue({ names }), ...chain]), 'CERTIFICATE_UNTRUSTED', 'subjectAltName', 0);
});

test('a key that the profile leaves out is never worked with, not even to explain', () => {
  const p384 = otherKey('P-384');
  const middle = root.authority({ ...shared, key: p384 });
  const verdict = validate([middle.issue(), middle]);
  refused(verdict, 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo', 1, /^TS-0003 10\.1\.1\.1/);
  assert.equal(verdict.signatureChecks, 0);
});

test('a signature algorithm that the profile leaves out is never worked with', () => {
  const sha384 = { signatureAlgorithm: algorithms.ecdsaWithSha384, hash: 'sha384' } as const;
  const middle = root.authority({ ...shared, ...sha384 });
  const verdict = validate([middle.issue(), middle]);
  refused(verdict, 'CERTIFICATE_UNSUPPORTED', 'signatureAlgorithm', 1, /^TS-0003 10\.1\.1\.1, 10\.1\.1\.3$/);
  assert.equal(verdict.finding?.accepted, 'ecdsa-with-SHA256');
  assert.equal(verdict.signatureChecks, 1);
});

const tooMuchWork = (verdict: Verdict) => {
  refused(verdict, 'CERTIFICATE_UNTRUSTED', 'issuer', verdict.finding?.position ?? null, /^RFC 5280 6\.1$/);
  assert.match(verdict.reason ?? '', /more signatures to check than one validation is worth/);
  assert.equal(verdict.signatureChecks, 64);
};

test('64 signature checks are the most for one validation, and that there were too many is told', () => {
  const others = Array.from({ length: 64 }, (_, index) => makeAuthority({ key: keyFor(`${index}`) }).der);
  tooMuchWork(validate([root.issue()], { anchors: [...others, root.der] }));
  const verdict = validate([root.issue()], { anchors: [...others.slice(1), root.der] });
  accepted(verdict);
  assert.equal(verdict.signatureChecks, 64);
});

test('the second search, which explains, works with what the first one left', () => {
  const others = Array.from({ length: 63 }, (_, index) => makeAuthority({ key: keyFor(`${index}`) }).der);
  const anchors = [...others, makeAuthority({ notAfter: past }).der];
  const verdict = validate([root.issue()], { anchors });
  // One check is left and spent on one that was seen to fail; the anchor that expired is not reached.
  tooMuchWork(verdict);
  refused(validate([root.issue()], { anchors: anchors.slice(-31) }), 'CERTIFICATE_EXPIRED', 'validity', 1);
});

test('a search that ran out of work is not begun again to explain', () => {
  const others = Array.from({ length: 64 }, (_, index) => makeAuthority({ key: keyFor(`${index}`) }).der);
  const anchors = [makeAuthority({ notAfter: past }).der, ...others];
  const verdict = validate([root.issue()], { anchors });
  refused(verdict, 'CERTIFICATE_UNTRUSTED', 'signatureValue', 0);
  assert.equal(verdict.signatureChecks, 64);
});

/** Each certifies each other one: more paths than anybody can check. */
function crossSigned(count: number) {
  const authorities = Array.from({ length: count }, (_, index) => makeAuthority({ subject: `CA ${index}` }));
  const crossed = authorities.flatMap((issuer, index) =>
    authorities.toSpliced(index, 1).map(({ key }, at) => {
      const subject = `CA ${at < index ? at : at + 1}`;
      return issuer.authority({ subject, key });
    }),
  );
  return { authorities, crossed: crossed.map(({ der }) => der) };
}

test('ten mutually cross-signed authorities cost 64 signature checks and no more', () => {
  const { authorities, crossed } = crossSigned(10);
  const end = authorities[0]?.issue() ?? leaf;
  assert.equal(crossed.length, 90);
  tooMuchWork(validate([end], { intermediates: crossed }));
  const anchors = [authorities[9]?.der ?? root.der];
  const verdict = validate([end], { intermediates: crossed, anchors });
  accepted(verdict);
  assert.equal(verdict.signatureChecks, 25);
});

test('a thousand certificates to choose from cost as many signature checks as the path has', () => {
  const bundle = Array.from({ length: 998 }, (_, index) => makeAuthority({ subject: `CA ${index}` }).der);
  const intermediates = [...bundle, intermediate.der, root.der];
  const verdict = validate([leaf], { intermediates });
  accepted(verdict);
  assert.equal(verdict.signatureChecks, 2);
});

test('a thousand certificates of one name cost 64 signature checks and no more', () => {
  const intermediates = Array.from(
    { length: 1000 },
    (_, index) => root.authority({ subject: 'issuing', key: keyFor(`${index}`) }).der,
  );
  const end = root.authority(shared).issue();
  tooMuchWork(validate([end], { intermediates }));
  // Expired, they are only looked at to explain.
  const { der: renewed } = root.authority(shared);
  const old = Array.from(
    { length: 1000 },
    (_, index) => root.authority({ subject: 'issuing', key: keyFor(`${index}`), notAfter: past }).der,
  );
  const verdict = validate([end], { intermediates: [...old, renewed] });
  accepted(verdict);
  assert.equal(verdict.signatureChecks, 2);
});

test('250,000 comparisons of names are the most for all paths of one validation', () => {
  const names = Array.from({ length: 400 }, (_, index) => `dns:a${index}.example`);
  const excluded = Array.from({ length: 400 }, (_, index) => `dns:b${index}.example`);
  const nameConstraints = { excluded };
  const [first, second] = [1, 2].map(serial => root.authority({ ...shared, serial, nameConstraints }));
  assert.ok(first !== undefined && second !== undefined);
  const end = first.issue({ names });
  accepted(validate([end, first]));
  // 160,400 in each of two paths: the first is refused for what the end-point says last.
  const cut = root.authority({ ...shared, nameConstraints: { excluded: [...excluded, 'dir:end-point'] } });
  const verdict = validate([end, cut, first]);
  refused(verdict, 'CERTIFICATE_UNTRUSTED', 'subject', 0);
  assert.equal(verdict.signatureChecks, 4);
  const few = first.issue({ names: names.slice(0, 200) });
  accepted(validate([few, cut, first]));
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
  for (const kind of ['P-384', 'P-521', 'Ed25519', 2048] as const) {
    const key = otherKey(kind);
    refused(validate([root.issue({ key })]), 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo', 0);
    const middle = root.authority({ key });
    refused(validate([middle.issue(), middle]), 'CERTIFICATE_UNSUPPORTED', 'subjectPublicKeyInfo', 1);
  }
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

test('profile rfc5280: RSA below 2048 bits, or named for an EC key, is refused', () => {
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
