// The random objects as they are read and written (TS-0003 8.4.3.1, TS-0004 6.3.5.50, 6.3.5.51): one byte form, whatever
// the form in which they come, since sessionESPrimKey is derived from it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readOriginatorRand, readReceiverRand } from '../../../src/protection/esprim/rand-object.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const common = { esri: 'u.r1', esrv: 'x000102030405060708090a0b0c0d0e0f', esrx: '20300101T000000' };
const receiver = { ...common, esks: [1], espa: [12] };
const originator = { ...common, esk: 1, espa: [12] };

const kinds = {
  receiver: { read: readReceiverRand, right: receiver as Record<string, unknown> },
  originator: { read: readOriginatorRand, right: originator as Record<string, unknown> },
} as const;

for (const [kind, { read, right }] of Object.entries(kinds)) {
  test(`${kind}: read as it is, in the order of the standard's table (TS-0004 6.3.5.50, 6.3.5.51)`, () => {
    const rand = read(Object.fromEntries(Object.entries(right).reverse()), now);
    assert.equal(Buffer.from(rand.bytes).toString(), JSON.stringify(right));
    assert.deepEqual(
      [rand.id, rand.expires, rand.algorithms],
      ['u.r1', Date.parse('2030-01-01T00:00:00Z'), [12]],
    );
    assert.deepEqual(rand.json, right);
  });

  test(`${kind}: a member that is missing, wrong, or of another kind is ESPRIM_MALFORMED, and named`, () => {
    const names = [null, undefined, '', 7, {}, ['x'], '1x', '-x', 'a b', 'a:b', 'é', 'x\n', 'x'.repeat(129)];
    const lists = [null, undefined, 'x', {}, [], ['1'], [1.5], [null], [[1]], [2 ** 53], Array(17).fill(1)];
    const times = [
      null,
      undefined,
      '',
      'soon',
      7,
      '2030-01',
      '2030-01-01T00:00:00Z',
      '20300231T000000',
      '1e9',
    ];
    const wrong: [string, readonly unknown[]][] = [
      ['esri', names],
      ['esrv', names],
      ['esrx', [...times, '9'.repeat(129)]],
      ['espa', lists],
      kind === 'receiver' ? ['esks', lists] : ['esk', [null, undefined, '1', 1.5, [1], {}]],
    ];
    for (const [member, values] of wrong)
      for (const value of values)
        assert.throws(
          () => read({ ...right, [member]: value }, now),
          { code: 'ESPRIM_MALFORMED', message: new RegExp(`^${member} `) },
          `${member} ${JSON.stringify(value)}`,
        );
  });

  test(`${kind}: an unknown member would be in one end's bytes and not in the other's, and is refused`, () => {
    const other = kind === 'receiver' ? 'esk' : 'esks';
    for (const member of [other, 'x', 'esri2', 'constructor'])
      assert.throws(() => read({ ...right, [member]: 1 }, now), {
        code: 'ESPRIM_MALFORMED',
        message: /unknown member/,
      });
    assert.throws(() => read(JSON.parse(`{"__proto__":1,${JSON.stringify(right).slice(1)}`), now), {
      code: 'ESPRIM_MALFORMED',
    });
    for (const value of [null, undefined, 'x', 7, [], [right]])
      assert.throws(() => read(value, now), { code: 'ESPRIM_MALFORMED' });
  });

  test(`${kind}: a time may be relative, and keeps its text`, () => {
    for (const [esrx, expires] of [
      ['60000', now + 60_000],
      ['+60000', now + 60_000],
      ['-1', now - 1],
      ['20261122T120000,5', now + 500],
    ] as const) {
      const rand = read({ ...right, esrx }, now);
      assert.deepEqual([rand.expires, rand.json.esrx], [expires, esrx]);
    }
  });

  test(`${kind}: the bytes are those of the values, whatever the order of the members and the form of the numbers`, () => {
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9._-]{0,40}$/);
    const numbers = fc.array(fc.nat(1000), { minLength: 1, maxLength: 16 });
    const generations: fc.Arbitrary<object> =
      kind === 'receiver' ? fc.record({ esks: numbers }) : fc.record({ esk: fc.nat(1000) });
    const forms = fc.array(fc.constantFrom('', '.0', '.00', 'e0', 'E+0'), { minLength: 1 });
    fc.assert(
      fc.property(name, name, generations, numbers, forms, fc.nat(4), (esri, esrv, esk, espa, form, turn) => {
        const canonical = { esri, esrv, esrx: '20300101T000000', ...esk, espa };
        let at = 0;
        const written = (value: unknown): string => {
          if (Array.isArray(value)) return `[ ${value.map(written).join(' , ')} ]`;
          return typeof value === 'number' ? `${value}${form[at++ % form.length]}` : JSON.stringify(value);
        };
        const members = Object.entries(canonical).map(([member, value]) => `"${member}" : ${written(value)}`);
        const json = `{ ${[...members.slice(turn), ...members.slice(0, turn)].join(' , ')} }`;
        assert.equal(
          Buffer.from(read(JSON.parse(json), now).bytes).toString(),
          JSON.stringify(canonical),
          json,
        );
      }),
      { numRuns: 200, seed: 84 },
    );
  });
}

test('-0, which JSON writes as 0, is 0 in the bytes', () => {
  const rand = readReceiverRand({ ...receiver, espa: [-0] }, now);
  assert.match(Buffer.from(rand.bytes).toString(), /"espa":\[0\]/);
});
