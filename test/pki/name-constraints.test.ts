import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeNameConstraints, encodeNameConstraints } from '../../src/pki/name-constraints.ts';

test('domains are permitted subtrees of dNSName [2] (RFC 5280 §4.2.1.10)', () => {
  const der = encodeNameConstraints({ domains: ['a.test', 'b.test'], uri: false });
  const dns = ['a.test', 'b.test'].map(name => `30088206${Buffer.from(name).toString('hex')}`);
  assert.equal(Buffer.from(der).toString('hex'), `3016a014${dns.join('')}`);
});

test('URI constraints [6] permit the host itself and the hosts below it, as a dNSName subtree does', () => {
  const der = encodeNameConstraints({ domains: ['a.test'], uri: true });
  const hex = (name: string) => Buffer.from(name).toString('hex');
  assert.equal(
    Buffer.from(der).toString('hex'),
    `3021a01f30088206${hex('a.test')}30088606${hex('a.test')}30098607${hex('.a.test')}`,
  );
});

test('what was encoded is read again', () => {
  for (const uri of [true, false]) {
    const constraints = { domains: ['m2m.example.com', 'localhost'], uri };
    assert.deepEqual(decodeNameConstraints(encodeNameConstraints(constraints)), constraints);
  }
});

test('constraints that a lab authority does not carry are refused', () => {
  const der = encodeNameConstraints({ domains: ['a.test'], uri: true });
  const changed = (at: number, byte: number) =>
    Uint8Array.from(der, (value, index) => (index === at ? byte : value));
  const hostile = [
    der.subarray(0, -1),
    Uint8Array.of(...der, 0),
    changed(2, 0xa1), // excludedSubtrees
    changed(6, 0x81), // rfc822Name
    changed(16, 0x82), // one host as dNSName, the other as URI
    Uint8Array.of(0x30, 0x00),
    Uint8Array.of(0x05, 0x00),
  ];
  for (const bytes of hostile) assert.throws(() => decodeNameConstraints(bytes), { code: 'OPTION_INVALID' });
});
