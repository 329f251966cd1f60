import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Authority,
  certificatePem,
  der,
  makeAuthority,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { report } from './material.ts';

const constraints = { permitted: ['dns:example.com'] };
const root = makeAuthority({ nameConstraints: constraints });
const intermediate = root.authority({ nameConstraints: constraints });
const leaf = intermediate.issue({ names: ['dns:cse.example.com'] });

/** Severity, field and sentence of each finding about the chain. */
function found(...chain: readonly Uint8Array[]): string[] {
  return report(certificatePem(...chain)).findings.map(
    ({ severity, field, message }) => `${severity} ${field}: ${message}`,
  );
}

test('nothing is found in a chain in order, with or without its root (RFC 5246 §7.4.2)', () => {
  assert.deepEqual(found(leaf.der, intermediate.der), []);
  assert.deepEqual(found(leaf.der, intermediate.der, root.der), []);
});

test('a chain out of order says where the issuer stands', () => {
  assert.deepEqual(found(leaf.der, root.der, intermediate.der), [
    'warning certificates.0.issuer: certificate 2 is not the issuer: that is certificate 3, out of order',
  ]);
});

test('a chain with a gap says so', () => {
  assert.deepEqual(found(leaf.der, root.der), [
    'warning certificates.0.issuer: certificate 2 is not the issuer, nor is any other in the file',
  ]);
});

test('an authority may stand without its issuer, the root, but not beside one that issued none of the others', () => {
  const other = makeAuthority({ subject: 'other', nameConstraints: constraints });
  assert.deepEqual(found(leaf.der, intermediate.der, other.der), [
    'warning certificates.2: issued none of the others in the file',
  ]);
  const cross = other.authority({ nameConstraints: constraints, key: intermediate.key });
  assert.deepEqual(found(leaf.der, intermediate.der, cross.der), []);
});

test('an issuer by name alone, with another key, is an error (RFC 5280 6.1.3 (a)(1))', () => {
  const impostor = makeAuthority({ subject: 'impostor' });
  const other: Authority = root.authority({ nameConstraints: constraints, key: impostor.key });
  assert.deepEqual(found(leaf.der, other.der), [
    "error certificates.0.signatureValue: not made with the key of certificate 2, which has the issuer's name",
  ]);
});

test('no signature is checked with a key of a kind that nobody accepts, whose work is not bounded', () => {
  const weak = root.authority({ nameConstraints: constraints, key: otherKey(1024) });
  const findings = found(leaf.der, weak.der);
  assert.deepEqual(
    findings.map(finding => finding.split(':', 1)[0]),
    ['error certificates.1.subjectPublicKeyInfo'],
  );
});

test('a certificate that cannot be read breaks no finding about the others', () => {
  const findings = found(leaf.der, intermediate.der, root.der.subarray(0, 200));
  assert.equal(findings.length, 1);
  assert.match(findings[0] ?? '', /^error certificates\.2: /);
});

test('a URI without scheme below a URI name constraint is a warning: OpenSSL refuses it (RFC 5280 4.2.1.6)', () => {
  const warned = /^warning certificates\.0\.subjectAltName: a URI without scheme/;
  for (const nameConstraints of [{ permitted: ['uri:example.com'] }, { excluded: ['uri:example.org'] }]) {
    const constrained = root.authority({ nameConstraints });
    const relative = constrained.issue({ names: ['uri://example.com/cse/Cae1'] });
    const warnings = (leafDer: Uint8Array) =>
      found(leafDer, constrained.der, root.der).filter(finding => !finding.startsWith('note'));
    const [finding = '', ...others] = warnings(relative.der);
    assert.match(finding, warned);
    assert.deepEqual(others, []);
    const absolute = constrained.issue({ names: ['uri:m2m://example.com/cse/Cae1'] });
    assert.deepEqual(warnings(absolute.der), []);
  }
});

test('constraints that permit no host of URIs are noted above an AE-ID, which they do not limit (TS-0003 10.1.1.5)', () => {
  const ae = (issuer: Authority) => issuer.issue({ names: ['uri://example.com/cse/Cae1'] });
  const noted =
    'note certificates.1.nameConstraints: permits no host of URIs, so that nothing in it limits the AE-ID in certificate 1';
  assert.deepEqual(found(ae(intermediate).der, intermediate.der), [noted]);
  const excluding = root.authority({ nameConstraints: { excluded: ['dns:example.org'] } });
  assert.deepEqual(found(ae(excluding).der, excluding.der), [noted]);
  const limiting = root.authority({ nameConstraints: { permitted: ['uri:example.com'] } });
  assert.ok(!found(ae(limiting).der, limiting.der).includes(noted));
  // Who is not limited at all has a warning of his own (8.1.2.2).
  const free = root.authority();
  assert.ok(!found(ae(free).der, free.der).includes(noted));
});

test('the certificate of an end-point behind that of an authority is an error (RFC 5246 §7.4.2)', () => {
  assert.deepEqual(found(intermediate.der, leaf.der), [
    'error certificates.1: the certificate of an end-point, behind that of an authority, certificate 1: a chain begins with its end-point',
  ]);
});

test('authorities side by side are a bundle, in whatever order (RFC 5280 6.1.1 (d))', () => {
  const kind = (...ders: readonly Uint8Array[]) => report(certificatePem(...ders)).kind;
  const other = makeAuthority({ subject: 'other', nameConstraints: constraints });
  assert.equal(kind(root.der, other.der), 'bundle');
  assert.deepEqual(found(root.der, intermediate.der, other.der), []);
  assert.equal(kind(intermediate.der, root.der), 'chain');
  assert.equal(kind(root.der, leaf.der), 'chain');
});

test('an object identifier below a name constraint of its form is a warning: OpenSSL refuses it (RFC 5280 4.2.1.10)', () => {
  const permitted = ['rid:1.2', 'device:0.2.481.1:100'];
  for (const nameConstraints of [{ permitted }, { excluded: ['rid:1.3', 'device:0.2.481.1:200'] }]) {
    const constrained = root.authority({ nameConstraints });
    for (const [name, form] of [
      ['rid:1.2.3', 'registeredID'],
      ['device:0.2.481.1:100.3030', 'otherName 0\\.2\\.481\\.1'],
    ] as const) {
      const [finding = '', ...others] = found(constrained.issue({ names: [name] }).der, constrained.der);
      assert.match(
        finding,
        new RegExp(`^warning certificates\\.0\\.subjectAltName: a name of form ${form} below`),
      );
      assert.deepEqual(others, []);
    }
    // OpenSSL compares the type-id first, and passes over a subtree of another one.
    const elsewhere = constrained.issue({ names: ['device:0.2.481:1.100.3030'] });
    assert.deepEqual(found(elsewhere.der, constrained.der), []);
  }
  const below = intermediate.issue({ names: ['rid:1.2.3'] });
  assert.deepEqual(found(below.der, intermediate.der), []);
});

test('names of issuers are compared as RFC 5280 7.1 has it, whatever their kind of string', () => {
  const name = (tag: number, text: string) =>
    sequence(der(0x31, sequence(objectIdentifier('2.5.4.3'), der(tag, Buffer.from(text)))));
  const printable = root.authority({ subject: name(0x13, 'Lab A'), key: intermediate.key });
  const other = printable.issue({ issuer: name(0x0c, 'lab  a'), names: ['uri://example.com/cse/Cae1'] });
  assert.deepEqual(
    found(other.der, printable.der).filter(finding => finding.includes('issuer')),
    [],
  );
});
