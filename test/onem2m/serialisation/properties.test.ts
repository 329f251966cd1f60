// What holds for every content: each serialisation gives back the value of the JSON (TS-0004 8.1).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ElementType, globalElements } from '../../../src/onem2m/serialisation/elements.ts';
import { serialisations } from '../../../src/onem2m/serialisation/serialisation.ts';

/** E2EKEY_RUNS for longer runs. The seed is fixed: a run can be repeated. */
const runs: fc.Parameters<unknown> = { numRuns: Number(process.env.E2EKEY_RUNS ?? 60), seed: 40004 };

/** Characters of JSON that XML has too. */
const text = fc
  .string({ unit: 'binary', maxLength: 20 })
  .map(value => value.replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '<'));
const word = fc.stringMatching(/^[!-~]{1,12}$/);
const number = fc
  .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map(value => value + 0);

/** A value of a type in the table, as JSON has it; an empty element is null in XML, so nothing else is empty. */
function valuesOf(type: ElementType): fc.Arbitrary<unknown> {
  const { many: isMany, ...once } = type;
  if (isMany) return fc.array(valuesOf(once), { minLength: 1, maxLength: 3 });
  switch (type.is) {
    case 'number':
      return number;
    case 'text':
      return text.filter(value => value !== '');
    case 'boolean':
      return fc.boolean();
    case 'base64':
      return fc
        .uint8Array({ minLength: 1, maxLength: 20 })
        .map(bytes => Buffer.from(bytes).toString('base64'));
    case 'numbers':
      return fc.array(number, { maxLength: 3 });
    case 'texts':
      return fc.array(word, { maxLength: 3 });
    case 'complex': {
      const members = Object.fromEntries([...type.members].map(([name, member]) => [name, valuesOf(member)]));
      const some = fc.record(members, {
        requiredKeys: type.text === undefined ? [] : [type.text],
        noNullPrototype: true,
      });
      // Where nothing is known, any one global element may stand.
      const inside: fc.Arbitrary<unknown> =
        type.members.size === 0
          ? valuesOf({ is: 'base64' }).map(eckm => ({ 'm2m:seci': { sit: 6, eckm } }))
          : some;
      return inside.filter(value => Object.keys(value as object).length > 0);
    }
  }
}

const contents = fc.oneof(
  ...[...globalElements].map(([name, type]) => valuesOf(type).map(value => ({ [name]: value }))),
);

for (const [name, { read, write }] of Object.entries(serialisations))
  test(`${name}: what is written of an element of the table is read as it was (TS-0004 8.1)`, () => {
    fc.assert(
      fc.property(contents, content => {
        assert.deepEqual(read(write(content)), content);
      }),
      runs,
    );
  });

test('CBOR: any JSON is written and read as it was (TS-0004 8.5.1)', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), value => {
      const json: unknown = JSON.parse(JSON.stringify(value));
      assert.deepEqual(serialisations.cbor.read(serialisations.cbor.write(json)), json);
      assert.deepEqual(serialisations.json.read(serialisations.json.write(json)), json);
    }),
    runs,
  );
});

test('XML: whatever is read is written, and read as it was', () => {
  const name = fc.stringMatching(/^[a-z]{1,4}$/);
  const { tree } = fc.letrec(tie => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      text.filter(value => value !== ''),
      fc.dictionary(name, tie('tree'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(tree, value => {
      const content = { 'm2m:unknown': value };
      assert.deepEqual(serialisations.xml.read(serialisations.xml.write(content)), content);
    }),
    runs,
  );
});
