import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crlsFrom } from '../../src/endpoint/crl-bytes.ts';
import { certs, refusal } from './lab.ts';
import { list } from './revocation-lab.ts';

const pem = (der: Uint8Array, label = 'X509 CRL') =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`;
const [one, two] = [list(1), list(2)];

test('a file in DER is one list', () => {
  assert.deepEqual(crlsFrom(one), [one]);
});

test('a file in PEM has its lists in order, between other blocks and text (RFC 7468 §2, §6)', () => {
  const text = `0 is how a text may begin\n${certs('root.pem')}${pem(one)}between\n${pem(two)}`;
  assert.deepEqual(
    crlsFrom(Buffer.from(text)).map(der => Buffer.from(der)),
    [one, two].map(der => Buffer.from(der)),
  );
});

for (const [name, text, sentence] of [
  ['an empty file', '', /no CRL in it/],
  ['certificates', certs('root.pem'), /no CRL in it, neither in DER nor in PEM/],
  ['a broken block', pem(one).replace('\nM', '\n*'), /^CRL 1: .*not base64/],
  ['a block without end', pem(one) + pem(two).split('\n').slice(0, 2).join('\n'), /^CRL 2: .*no END line/],
  ['65 lists', pem(one).repeat(65), /more than 64 CRLs/],
] as const)
  test(`${name}: refused with the reason`, () => {
    assert.throws(() => crlsFrom(Buffer.from(text)), refusal('OPTION_INVALID', sentence));
  });

test('64 lists are taken', () => {
  assert.equal(crlsFrom(Buffer.from(pem(one).repeat(64))).length, 64);
});
