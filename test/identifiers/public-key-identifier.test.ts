import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  type DigestAlgorithm,
  niUri,
  parsePublicKeyIdentifier,
} from '../../src/identifiers/public-key-identifier.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest();
const hello = sha256('Hello World!');
const uris: Readonly<Record<DigestAlgorithm, string>> = {
  'sha-256': 'ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk',
  'sha-256-128': 'ni:///sha-256-128;f4OxZX_x_FO5LcGBSKHWXQ',
  'sha-256-120': 'ni:///sha-256-120;f4OxZX_x_FO5LcGBSKHW',
};
const lengths = { 'sha-256': 32, 'sha-256-128': 16, 'sha-256-120': 15 };
const algorithms = Object.keys(uris) as DigestAlgorithm[];

const refused = (text: string, sentence: RegExp): void =>
  assert.throws(() => parsePublicKeyIdentifier(text), { code: 'OPTION_INVALID', message: sentence }, text);

test('the digest of "Hello World!" is written and read as RFC 6920 §8.1 has it', () => {
  assert.equal(niUri(hello), 'ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk');
  assert.deepEqual(parsePublicKeyIdentifier(niUri(hello)), { algorithm: 'sha-256', digest: hello });
});

test('the three algorithms of TS-0003 10.1.2 are written and read, from the whole digest or its beginning', () => {
  for (const algorithm of algorithms) {
    const digest = hello.subarray(0, lengths[algorithm]);
    assert.equal(niUri(hello, algorithm), uris[algorithm]);
    assert.equal(niUri(digest, algorithm), uris[algorithm]);
    assert.deepEqual(parsePublicKeyIdentifier(uris[algorithm]), { algorithm, digest });
  }
});

test('a digest of another length than the algorithm’s is not written', () => {
  for (const [digest, algorithm] of [
    [hello.subarray(0, 31), 'sha-256'],
    [hello.subarray(0, 20), 'sha-256-128'],
    [hello.subarray(0, 15), 'sha-256-128'],
    [hello.subarray(0, 16), 'sha-256-120'],
    [Buffer.concat([hello, hello]), 'sha-256'],
    [Buffer.alloc(0), 'sha-256'],
  ] as const)
    assert.throws(() => niUri(digest, algorithm), {
      code: 'OPTION_INVALID',
      message: /a digest of \d+ octets/,
    });
});

test('an authority is passed over (RFC 6920 §2)', () => {
  for (const authority of ['example.com', 'user@example.com:8080', '[2001:db8::1]', 'a%20b', ''])
    assert.deepEqual(
      parsePublicKeyIdentifier(uris['sha-256'].replace('///', `//${authority}/`)),
      parsePublicKeyIdentifier(uris['sha-256']),
    );
});

test('a query is refused, since nothing would be done with it (RFC 6920 §3.1)', () => {
  refused(`${uris['sha-256']}?ct=application/octet-stream`, /without query/);
  refused(`${uris['sha-256']}?`, /without query/);
});

test('digests shorter than 120 bits, and other hashes, are refused with the three that are taken (TS-0003 10.1.2)', () => {
  for (const [algorithm, octets] of [
    ['sha-256-96', 12],
    ['sha-256-64', 8],
    ['sha-256-32', 4],
  ] as const)
    refused(
      `ni:///${algorithm};${hello.subarray(0, octets).toString('base64url')}`,
      new RegExp(
        `${algorithm} is none of sha-256, sha-256-128, sha-256-120; any shorter is too short \\(TS-0003 10\\.1\\.2\\)`,
      ),
    );
  for (const other of ['sha-512', 'sha-384', 'sha256', 'sha3-256', 'constructor', '0'])
    refused(uris['sha-256'].replace('sha-256', other), /is none of sha-256/);
});

test('a digest has exactly the octets of its algorithm', () => {
  for (const algorithm of algorithms)
    for (const change of [-1, 1, 4]) {
      const bytes = Buffer.concat([hello, hello]).subarray(0, lengths[algorithm] + change);
      refused(`ni:///${algorithm};${bytes.toString('base64url')}`, /is not (32|16|15) octets in base64url/);
    }
});

test('base64url is the one text that encoding gives: no padding, no other alphabet, no stray bits (RFC 4648 §3.5)', () => {
  const whole = uris['sha-256'];
  const half = uris['sha-256-128'];
  refused(`${whole}=`, /the form is/);
  refused(whole.replace('_', '/'), /the form is/);
  refused(whole.replace('-j1', '+j1'), /the form is/);
  refused(whole.replace(/k$/, 'l'), /is not 32 octets in base64url/);
  refused(half.replace(/Q$/, 'R'), /is not 16 octets in base64url/);
  refused(`${half.slice(0, -1)}A`.concat('A'), /is not 16 octets/);
});

test('what is no ni URI in its one spelling is refused', () => {
  const [, digest = ''] = uris['sha-256'].split(';');
  for (const text of [
    '',
    'ni:',
    'ni:///',
    'ni:///sha-256',
    'ni:///sha-256;',
    `ni:///;${digest}`,
    `NI:///sha-256;${digest}`,
    `ni:///SHA-256;${digest}`,
    `ni:/sha-256;${digest}`,
    `ni://sha-256;${digest}`,
    `ni:////sha-256;${digest}`,
    `ni:///path/sha-256;${digest}`,
    `nih:///sha-256;${digest}`,
    `sha-256;${digest}`,
    ` ni:///sha-256;${digest}`,
    `ni:///sha-256;${digest}\n`,
    `ni:///sha-256;${digest}#`,
    `ni:///sha-256%3B${digest}`,
    `ni:///sha-256;sha-256;${digest}`,
    `http://example.com/.well-known/ni/sha-256/${digest}`,
  ])
    refused(text, /is no public key identifier: the form is/);
});

test('an identifier is at most 320 characters long, and a sentence shows 80 of them', () => {
  const long = (length: number) => uris['sha-256'].replace('///', `//${'a'.repeat(length - 57)}/`);
  assert.equal(parsePublicKeyIdentifier(long(320)).algorithm, 'sha-256');
  refused(long(321), /more than 320 characters/);
  assert.throws(
    () => parsePublicKeyIdentifier('x'.repeat(1e6)),
    ({ message }: Error) => message.length < 200,
  );
});
