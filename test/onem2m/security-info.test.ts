import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';
import { securityInfo, securityInfoType } from '../../src/onem2m/security-info.ts';

const refused = (content: unknown, code: FaultCode, field: RegExp) =>
  assert.throws(
    () => securityInfo.unwrap(content),
    error => error instanceof E2EKeyError && error.code === code && field.test(error.message),
  );
const seci = (members: Record<string, unknown>) => ({ 'm2m:seci': { sit: 6, eckm: 'FgMB', ...members } });

test('an E2EKey Message is written as sit 6 and eckm in base64 with padding (TS-0004 6.3.5.48)', () => {
  assert.deepEqual(securityInfo.wrap(Uint8Array.of(0x16, 3, 1, 0)), {
    'm2m:seci': { sit: 6, eckm: 'FgMBAA==' },
  });
});

test('what is wrapped is unwrapped, for every padding and byte value', () => {
  for (const length of [1, 2, 3, 255, 256, 257]) {
    const message = Uint8Array.from({ length }, (_, at) => 255 - (at & 255));
    assert.deepEqual(securityInfo.unwrap(JSON.parse(JSON.stringify(securityInfo.wrap(message)))), message);
  }
});

test('sit 6.0, as a CSE re-serialises it, is 6', () => {
  assert.deepEqual(
    securityInfo.unwrap(JSON.parse('{"m2m:seci":{"sit":6.0,"eckm":"FgMB"}}')),
    Uint8Array.of(0x16, 3, 1),
  );
});

test('m2m:dbg may stand beside m2m:seci, nothing else may (TS-0004 8.4.2)', () => {
  assert.deepEqual(securityInfo.unwrap({ ...seci({}), 'm2m:dbg': 'text' }), Uint8Array.of(0x16, 3, 1));
  refused({ ...seci({}), 'm2m:sgn': {} }, 'REQUEST_INVALID', /"m2m:sgn"/);
});

test('a content that is no securityInfo is refused (TS-0004 6.3.5.48)', () => {
  for (const content of [undefined, null, 'm2m:seci', 6, [], [seci({})]])
    refused(content, 'REQUEST_INVALID', /content/);
  for (const content of [{}, { 'm2m:seci': null }, { 'm2m:seci': [] }, { 'm2m:seci': 'FgMB' }, { seci: {} }])
    refused(content, 'REQUEST_INVALID', /m2m:seci object/);
});

test('members of a prototype are no members of the content', () => {
  refused(
    JSON.parse('{"__proto__":{"m2m:seci":{"sit":6,"eckm":"FgMB"}}}'),
    'REQUEST_INVALID',
    /m2m:seci object/,
  );
  refused(
    JSON.parse('{"m2m:seci":{"__proto__":{"sit":6,"eckm":"FgMB"}}}'),
    'REQUEST_INVALID',
    /sit is missing/,
  );
  refused(
    JSON.parse('{"m2m:seci":{"sit":6,"eckm":"FgMB","__proto__":{}}}'),
    'REQUEST_INVALID',
    /"__proto__"/,
  );
});

test('unwrap takes sit 6 only, as a number (TS-0004 6.3.4.2.35)', () => {
  for (const sit of [undefined, null, '6', 1, 5, 7, 8, 0, -6, 6.5, 9, 1e308, [6], { 6: 6 }, true])
    refused(seci({ sit }), 'REQUEST_INVALID', /sit/);
});

test('securityInfoType tells 1 to 8 and refuses the rest (TS-0004 6.3.4.2.35)', () => {
  for (const sit of [1, 2, 3, 4, 5, 6, 7, 8]) assert.equal(securityInfoType({ 'm2m:seci': { sit } }), sit);
  for (const sit of [undefined, null, '6', 0, 9, 6.5, -1, Infinity, [6]])
    assert.throws(() => securityInfoType({ 'm2m:seci': { sit } }), { code: 'REQUEST_INVALID' });
});

test('an element of another securityInfoType beside eckm is refused (TS-0004 Table 6.3.5.48-1)', () => {
  for (const name of ['dreq', 'dres', 'ero', 'epo', 'darq', 'dars', 'anything'])
    refused(seci({ [name]: {} }), 'REQUEST_INVALID', new RegExp(`"${name}"`));
});

test('eckm is a string and not empty', () => {
  for (const eckm of [undefined, null, 22, ['FgMB'], { eckm: 'FgMB' }, ''])
    refused(seci({ eckm }), 'REQUEST_INVALID', /eckm/);
});

test('eckm is base64 of RFC 4648 §4: one text for one message', () => {
  for (const [eckm, why] of [
    ['FgM', 'no padding'],
    ['FgMBAA', 'no padding'],
    ['FgMBAA=', 'half a padding'],
    ['FgMBAA===', 'too much padding'],
    ['====', 'padding alone'],
    ['FgMBAB==', 'trailing bits of the last group'],
    ['FgMBAAB=', 'trailing bits of the last group'],
    ['FgMBAA==FgMB', 'padding in the middle'],
    ['FgMB\n', 'a line end'],
    ['Fg MB', 'a space'],
    [' FgMB', 'a space in front'],
    ['_-8=', 'base64url'],
    ['FgMé', 'a letter outside the alphabet'],
    ['F=gM', 'padding inside a group'],
  ] as const)
    assert.throws(() => securityInfo.unwrap(seci({ eckm })), { code: 'REQUEST_INVALID' }, why);
  assert.deepEqual(securityInfo.unwrap(seci({ eckm: '/+8=' })), Uint8Array.of(0xff, 0xef));
});

test('64 KiB pass in both directions; one byte more is refused, on reading without being decoded', () => {
  const largest = new Uint8Array(65536).fill(7);
  assert.deepEqual(securityInfo.unwrap(securityInfo.wrap(largest)), largest);
  assert.throws(() => securityInfo.wrap(new Uint8Array(65537)), { code: 'OPTION_INVALID' });
  refused(seci({ eckm: Buffer.alloc(65537).toString('base64') }), 'MESSAGE_TOO_LARGE', /65537 bytes/);
  // Not base64 at all: that it is too large is seen first.
  refused(seci({ eckm: '!'.repeat(90_000) }), 'MESSAGE_TOO_LARGE', /at most 65536/);
});

test('an empty message is not sent', () => {
  assert.throws(() => securityInfo.wrap(new Uint8Array()), { code: 'OPTION_INVALID' });
});

test("a refusal quotes only the beginning of a peer's value", () => {
  assert.throws(
    () => securityInfo.unwrap(seci({ ['x'.repeat(10_000)]: 1 })),
    error => error instanceof Error && error.message.length < 200,
  );
});
