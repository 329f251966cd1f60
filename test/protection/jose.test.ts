// Strict reading of JOSE parts (RFC 7515 §2, §4, §7.1, RFC 7516 §7.1), for ESPrim and ESData alike.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base64urlBytes, compactParts, joseHeader, type Malformed } from '../../src/protection/jose.ts';

const codes: readonly Malformed[] = ['ESPRIM_MALFORMED', 'ESDATA_MALFORMED'];
const part = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');

test('a compact serialisation has 3 parts or 5, and no more (RFC 7515 §7.1, RFC 7516 §7.1)', () => {
  assert.deepEqual(compactParts('a.b.c', 3, 'ESDATA_MALFORMED'), ['a', 'b', 'c']);
  assert.deepEqual(compactParts('a...b.c', 5, 'ESDATA_MALFORMED'), ['a', '', '', 'b', 'c']);
  for (const code of codes) {
    for (const object of ['', 'a', 'a.b', 'a.b.c.d', 'a.b.c.d.e', 'a.b.c.'])
      assert.throws(() => compactParts(object, 3, code), { code, message: /3 parts of a compact JWS/ });
    for (const object of ['', 'a.b.c', 'a.b.c.d', 'a.b.c.d.e.f', '.....', '.'.repeat(100_000)])
      assert.throws(() => compactParts(object, 5, code), { code, message: /5 parts of a compact JWE/ });
  }
});

test('a header is a JSON object in UTF-8 (RFC 7515 §4)', () => {
  assert.deepEqual(joseHeader(part('{"alg":"dir","x":{"y":[1]}}'), 'ESPRIM_MALFORMED'), {
    alg: 'dir',
    x: { y: [1] },
  });
  for (const code of codes) {
    for (const text of ['[]', 'null', '"x"', '1', 'true'])
      assert.throws(() => joseHeader(part(text), code), { code, message: /is no JSON object/ });
    for (const text of ['', '{', '{}{}', "{'a':1}", '{"a":1,}', '{"a":NaN}'])
      assert.throws(() => joseHeader(part(text), code), { code, message: /cannot be read/ });
    assert.throws(() => joseHeader(part(Buffer.from('7b22ff223a317d', 'hex')), code), {
      code,
      message: /UTF-8/,
    });
    assert.throws(() => joseHeader(part('{"a":1e999}'), code), { code, message: /double/ });
    assert.throws(() => joseHeader(part(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`), code), {
      code,
      message: /nested deeper/,
    });
  }
});

test('no name stands twice in a header, on any level and however it is written (RFC 7515 §4)', () => {
  for (const text of [
    '{"alg":"dir","alg":"dir"}',
    '{"alg":"dir","\\u0061lg":"none"}',
    '{"x":{"y":1,"y":2}}',
    '{"x":[{"y":1,"y":2}]}',
    '{"__proto__":1,"__proto__":2}',
  ])
    assert.throws(() => joseHeader(part(text), 'ESPRIM_MALFORMED'), {
      code: 'ESPRIM_MALFORMED',
      message: /twice/,
    });
  assert.deepEqual(joseHeader(part('{"x":{"y":1},"y":2}'), 'ESPRIM_MALFORMED'), { x: { y: 1 }, y: 2 });
});

test('a header has at most 8192 characters, and a longer one is not decoded', () => {
  const header = (length: number) => part(`{"x":"${'a'.repeat(length)}"}`);
  assert.equal(header(6136).length, 8192);
  joseHeader(header(6136), 'ESPRIM_MALFORMED');
  assert.throws(() => joseHeader(header(6137), 'ESPRIM_MALFORMED'), { message: /more than 8192/ });
  assert.throws(() => joseHeader('~'.repeat(8193), 'ESPRIM_MALFORMED'), { message: /more than 8192/ });
});

test('a part is base64url without padding, and one text for one value (RFC 7515 §2)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      const text = part(bytes);
      assert.deepEqual([...base64urlBytes(text, 'x', 'ESDATA_MALFORMED')], [...bytes]);
      const others = [`${text}=`, ` ${text}`, `${text}\n`, `${text}A`.padEnd(text.length + 1, 'A')];
      for (const other of others) {
        if (part(Buffer.from(other, 'base64url')) === other) continue;
        assert.throws(() => base64urlBytes(other, 'x', 'ESDATA_MALFORMED'), { code: 'ESDATA_MALFORMED' });
      }
    }),
    { numRuns: 200, seed: 7515 },
  );
  for (const [text, why] of [
    ['_w==', 'padding'],
    ['/w', 'the alphabet of base64'],
    ['_x', 'stray bits'],
    ['_', 'a single character'],
    ['_w w', 'a space inside'],
    ['é', 'another letter'],
    ['_w\u0141A', 'a letter whose last byte is one of the alphabet'],
    ['_-+_', 'one character of base64'],
    ['__/_', 'another'],
    ['_w=_', 'padding inside'],
    ['_-é_', 'a letter inside'],
    ['_w\u0000', 'a NUL'],
  ] as const)
    assert.throws(
      () => base64urlBytes(text, 'the tag', 'ESPRIM_MALFORMED'),
      { code: 'ESPRIM_MALFORMED', message: /^the tag is not base64url/ },
      why,
    );
});
