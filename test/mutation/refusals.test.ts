// The search for refusals sees what is executed, and what stands before it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makersIn, refusalsIn } from './refusals.ts';
import { codeOf } from './source-code.ts';

const makers = new Set(['refuse', 'fail']);
const found = (source: string) => refusalsIn(source, makers).map(({ text }) => text);
const checks = (source: string) =>
  refusalsIn(source, makers).map(({ check }) =>
    check.map(({ start, end }) => source.slice(start, end).trim()),
  );

test('comments, strings and regular expressions are no code; the expressions of a template are', () => {
  const blanked = [
    ['a; // refuse(1)', 'a;             '],
    ['/* throw\n */ b', '        \n    b'],
    ["c('refuse(1)')", 'c("         ")'],
    ['d("\\"throw")', 'd("       ")'],
    ['e(/throw[/"]/g)', 'e(            g)'],
    ['f = g / h; i / 2', 'f = g / h; i / 2'],
    ['`j ${k({ l: `m ${n}` })} o`', '" (k({ l: " (n)" })) "'],
  ] as const;
  for (const [source, expected] of blanked) {
    const code = codeOf(source);
    assert.equal(code.length, source.length, source);
    assert.equal(code.replace(/\s+/g, ' '), expected.replace(/\s+/g, ' '), source);
  }
});

test('whatever throws, calls a maker, writes an objection or returns nothing is a refusal', () => {
  assert.deepEqual(found('if (a) throw error;'), ['throw error;']);
  assert.deepEqual(found('if (a) refuse(b, c(d));'), ['refuse(b, c(d))']);
  assert.deepEqual(found('return a ?? this.fail(b);'), ['fail(b)']);
  assert.deepEqual(found('return a ? fail(b) : c.map(d => { e(); });'), ['fail(b)']);
  assert.deepEqual(found("const e = a && new E2EKeyError('INTERNAL', b);"), [
    "new E2EKeyError('INTERNAL', b)",
  ]);
  assert.deepEqual(found("return a ? null : { code: 'IDENTITY_MISMATCH', b };"), ["code: '"]);
  for (const nothing of ['undefined', 'null', 'false'])
    assert.deepEqual(found(`if (a) return ${nothing};`), [`return ${nothing};`]);
});

test('what is in another one, is no call, or says that nothing is wrong, is none', () => {
  assert.deepEqual(found('if (a) throw fail(refuse(b));'), ['throw fail(refuse(b));']);
  assert.deepEqual(
    found('function fail(a: B): never { c(); } class D { fail(): Objection | null { e(); } }'),
    [],
  );
  assert.deepEqual(found("a; // throw b\nc('refuse(d)'); return nullish; return e;"), []);
  assert.deepEqual(found('function nameObjection(a: B): string | null { if (a) return null; }'), []);
  assert.deepEqual(found("const a = { code: b.code }; const c = { code: 'mixed Case' };"), []);
});

test('a maker is known by what it returns, and refuses where it is called', () => {
  const source = `
    function wrong(a: { b: C }, d = e(f)): never { throw new RangeError(a); }
    const late = (): E2EKeyError => new E2EKeyError('REQUEST_EXPIRED', a);
    const tooBig: Objection = untrusted(a);
    function open(raise: (problem: string) => never): Objection | null { return a ? null : raise(b); }
    function read(): string { if (a) wrong(b); return c; }`;
  const known = makersIn([source]);
  assert.deepEqual([...known].sort(), ['late', 'raise', 'wrong']);
  assert.deepEqual(
    refusalsIn(source, new Set([...known, 'untrusted'])).map(({ text, line }) => [text, line]),
    [
      ['raise(b)', 5],
      ['wrong(b)', 6],
    ],
  );
});

test('the check of a refusal is what leads to it in its own statement, and nothing of the one before', () => {
  assert.deepEqual(checks('a(); if (b) refuse(c); if (d) refuse(e); f();'), [
    ['if (b) refuse(c)'],
    ['if (d) refuse(e)'],
  ]);
  assert.deepEqual(checks('return a ? fail(b) : c ? fail(d) : e;'), [
    ['return a ? fail(b)'],
    [': c ? fail(d)'],
  ]);
  assert.deepEqual(checks('const a = b.map(c => d ?? fail(e));'), [['const a = b.map(c => d ?? fail(e)']]);
});

test('what is refused without a condition has that of its block, and of what left the block before', () => {
  assert.deepEqual(checks('if (a) { const b = c; refuse(b); } d();'), [['refuse(b)', 'if (a)']]);
  assert.deepEqual(checks('try { a(); } catch (b) { refuse(c); }'), [['refuse(c)', 'catch (b)']]);
  assert.deepEqual(checks('{ a(); if (b) return c; const d = e; refuse(d); }'), [
    ['refuse(d)', 'if (b) return c;', ''],
  ]);
  assert.deepEqual(checks('{ if (a) return b; if (c) refuse(d); refuse(e); }'), [
    ['if (c) refuse(d)'],
    ['refuse(e)', ''],
  ]);
});
