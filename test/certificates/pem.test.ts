// PEM (RFC 7468): which blocks a text has, and what is wrong with one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase64, pemBlocks } from '../../src/certificates/pem.ts';

const begin = (label: string) => `-----BEGIN ${label}-----`;
const end = (label: string) => `-----END ${label}-----`;
const pem = (...lines: string[]) => lines.join('\n');
const problems = (text: string) => pemBlocks(text).map(({ label, problem }) => [label, problem]);
const noEnd = 'the block A has no END line';

test('every block is read, in its order, whatever stands around it (RFC 7468 §2)', () => {
  const text = pem(
    'words',
    begin('A'),
    'AAEC',
    'Aw==',
    end('A'),
    '',
    `\ufeff \t${begin('B B')} `,
    '/w==',
    end('B B'),
  );
  for (const lines of [text, text.replaceAll('\n', '\r\n'), text.replaceAll('\n', '\r')])
    assert.deepEqual(
      pemBlocks(lines).map(({ label, der }) => [label, der && Buffer.from(der).toString('hex')]),
      [
        ['A', '00010203'],
        ['B B', 'ff'],
      ],
    );
});

test('a block that does not end is told, and does not run into the next one (RFC 7468 §3)', () => {
  const whole = ['AAEC', end('A')];
  assert.deepEqual(problems(pem(begin('A'), 'AAEC')), [['A', noEnd]]);
  assert.deepEqual(problems(pem(begin('A'), 'AAEC', begin('A'), ...whole)), [
    ['A', noEnd],
    ['A', null],
  ]);
  assert.deepEqual(problems(pem(begin('A'), 'AAEC', end('B'), begin('A'), ...whole)), [
    ['A', noEnd],
    ['A', null],
  ]);
  assert.deepEqual(problems(pem(...whole)), []);
});

test('of a private key nothing is decoded, and nothing is said', () => {
  for (const label of ['PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'])
    assert.deepEqual(pemBlocks(pem(begin(label), 'AAEC', 'no base64!', end(label))), [
      { label, der: null, problem: null },
    ]);
});

test('no more blocks are read than are asked for', () => {
  const text = pem(begin('A'), 'AAEC', end('A'), begin('A'), 'AAEC', end('A'), begin('A'));
  assert.equal(pemBlocks(text).length, 3);
  for (const most of [1, 2, 3]) assert.equal(pemBlocks(text, most).length, most);
});

test('base64 is the one text that encoding gives, white space aside, and is not empty (RFC 4648 §3.5)', () => {
  assert.deepEqual(fromBase64(' AAEC\r\nAw== '), Buffer.of(0, 1, 2, 3));
  for (const text of ['', ' ', '=', 'A', 'AAEC Aw', 'AAECAw=', 'AAECAx==', 'AA-_', 'AAEC!', 'AAECAw==AAEC'])
    assert.equal(fromBase64(text), null, text);
  assert.deepEqual(problems(pem(begin('A'), 'AA!A', end('A'))), [['A', 'the block A is not base64']]);
  assert.deepEqual(problems(pem(begin('A'), end('A'))), [['A', 'the block A is not base64']]);
});
