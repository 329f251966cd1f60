import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import {
  changeRegister,
  type RevocationRegister,
  readRegister,
  release,
  revoke,
  serialNumberIn,
} from '../../src/pki/revocation-register.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(mkdtempSync(join(folder, `${files++}-`)), 'register.json');

const nobody: RevocationRegister = { crlNumber: 0, revoked: new Map() };
const may = new Date('2030-05-01');
const june = new Date('2030-06-01');
const oneRevoked = revoke(nobody, '0a', 'keyCompromise', { now: may });

test('an authority without a register has revoked nothing', () => {
  assert.deepEqual(readRegister(join(folder, 'none.json')), nobody);
});

test('what was entered is read again, in its order, with dates, reasons and the number of the latest list', () => {
  const path = newPath();
  const entered = revoke(oneRevoked, 'ff01', null, { given: june });
  const made = changeRegister(path, before => {
    assert.deepEqual(before, nobody);
    return [{ ...entered, crlNumber: 7 }, 'made'];
  });
  assert.equal(made, 'made');
  const { crlNumber, revoked } = readRegister(path);
  assert.equal(crlNumber, 7);
  assert.deepEqual(
    [...revoked],
    [
      ['0a', { revocationDate: may, reason: 'keyCompromise' }],
      ['ff01', { revocationDate: june, reason: null }],
    ],
  );
  changeRegister(path, before => [
    release(revoke(before, '07', 'certificateHold', { now: may }), '07'),
    null,
  ]);
  assert.deepEqual(readRegister(path), { crlNumber, revoked });
});

test('while one command changes the register no other does: what either has revoked would be forgotten', () => {
  const path = newPath();
  changeRegister(path, before => {
    assert.throws(() => changeRegister(path, other => [other, null]), {
      code: 'OPTION_INVALID',
      message: `${path}.new: another command is changing the register; if none is, one has ended before its time: delete the file`,
    });
    return [revoke(before, '0a', null, { now: may }), null];
  });
  assert.deepEqual([...readRegister(path).revoked.keys()], ['0a']);
  assert.ok(!existsSync(`${path}.new`));
});

test('a change that fails changes nothing and leaves nothing behind', () => {
  const path = newPath();
  changeRegister(path, () => [oneRevoked, null]);
  const before = readFileSync(path);
  const refusal = new E2EKeyError('OPTION_INVALID', 'no');
  const change = () => {
    throw refusal;
  };
  assert.throws(() => changeRegister(path, change), refusal);
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(join(path, '..')), ['register.json']);
});

test('a register that cannot be written is named', () => {
  const nowhere = join(folder, 'no', 'folder', 'register.json');
  assert.throws(() => changeRegister(nowhere, () => [nobody, null]), {
    code: 'OPTION_INVALID',
    message: `${nowhere}.new: cannot be written`,
  });
  const path = newPath();
  const change = (): [RevocationRegister, null] => {
    mkdirSync(path);
    return [nobody, null];
  };
  assert.throws(() => changeRegister(path, change), {
    code: 'OPTION_INVALID',
    message: `${path}: cannot be written`,
  });
  assert.deepEqual(readdirSync(join(path, '..')), ['register.json']);
});

const row = { serial: '0a', revocationDate: '2030-05-01T00:00:00.000Z', reason: null };
const registers: readonly [what: string, text: string][] = [
  ['nothing', ''],
  ['no JSON', '{'],
  ['null', 'null'],
  ['a list', '[]'],
  ['no rows', '{"crlNumber":1}'],
  ['rows that are no list', '{"crlNumber":1,"revoked":{}}'],
  ['no number', JSON.stringify({ revoked: [row] })],
  ['a number below 0', JSON.stringify({ crlNumber: -1, revoked: [row] })],
  ['a number that is not whole', JSON.stringify({ crlNumber: 1.5, revoked: [row] })],
  ['a row that is none', '{"crlNumber":1,"revoked":[7]}'],
  ...[
    { serial: 10 },
    { serial: '0A' },
    { serial: 'a' },
    { serial: '000a' },
    { serial: 'g0' },
    { revocationDate: 7 },
    { revocationDate: 'yesterday' },
    { revocationDate: '1949-12-31T00:00:00.000Z' },
    { reason: 'whim' },
    { reason: 'toString' },
    { reason: undefined },
  ].map((change): [string, string] => [
    JSON.stringify(change),
    JSON.stringify({ crlNumber: 1, revoked: [{ ...row, ...change }] }),
  ]),
  ['a serial number twice', JSON.stringify({ crlNumber: 1, revoked: [row, row] })],
];
for (const [what, text] of registers)
  test(`a register that holds ${what} is not taken for one of nobody`, () => {
    const path = newPath();
    writeFileSync(path, text);
    assert.throws(() => readRegister(path), {
      code: 'OPTION_INVALID',
      message: `${path}: not a register of revoked certificates`,
    });
  });

test('a register that cannot be read is not taken for one of nobody', () => {
  assert.throws(() => readRegister(folder), {
    code: 'OPTION_INVALID',
    message: `${folder}: the file cannot be read`,
  });
});

test('what is revoked is revoked once; a hold can become a revocation, and keeps its date unless another is given', () => {
  for (const reason of ['keyCompromise', 'certificateHold', null] as const)
    assert.throws(() => revoke(oneRevoked, '0a', reason, { now: june }), {
      code: 'OPTION_INVALID',
      message: '0a is revoked already, since 2030-05-01T00:00:00.000Z (keyCompromise)',
    });
  const held = revoke(nobody, '0a', 'certificateHold', { now: may });
  assert.throws(() => revoke(held, '0a', 'certificateHold', { now: june }), /revoked already/);
  assert.deepEqual(revoke(held, '0a', 'superseded', { now: june }).revoked.get('0a'), {
    revocationDate: may,
    reason: 'superseded',
  });
  const given = revoke(held, '0a', null, { given: june });
  assert.deepEqual(given.revoked.get('0a'), { revocationDate: june, reason: null });
  assert.throws(() => revoke(given, '0a', null, { now: june }), /\(unspecified\)/);
});

test('only a hold can be undone (RFC 5280 5.3.1)', () => {
  const held = revoke(oneRevoked, '0b', 'certificateHold', { now: may });
  assert.deepEqual(release(held, '0b'), oneRevoked);
  assert.throws(() => release(held, '0a'), {
    code: 'OPTION_INVALID',
    message: '0a is revoked for good (keyCompromise); only a certificateHold can be undone',
  });
  assert.throws(() => release(held, '0c'), { code: 'OPTION_INVALID', message: '0c is not revoked' });
});

test('a serial number is read in the forms in which programs show it (RFC 5280 4.1.2.2)', () => {
  const read: readonly [text: string, serial: string | null][] = [
    ['0a', '0a'],
    ['A', '0a'],
    ['000A0B', '0a0b'],
    ['0A:0b:FF', '0a0bff'],
    ['00', '00'],
    ['0', '00'],
    ['ff'.repeat(20), 'ff'.repeat(20)],
    [`00${'ff'.repeat(20)}`, 'ff'.repeat(20)],
    ['ff'.repeat(21), null],
    ['', null],
    ['0x0a', null],
    ['a:b', null],
    ['0a:', null],
    [':0a', null],
    ['0a 0b', null],
    ['-0a', null],
    ['0g', null],
  ];
  for (const [text, serial] of read) assert.equal(serialNumberIn(text), serial, text);
});
