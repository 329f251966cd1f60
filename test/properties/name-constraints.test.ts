// What holds for name constraints of every form that is compared, whatever the names (RFC 5280 4.2.1.10, 6.1.3).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import type { GeneralSubtree } from '../../src/certificates/extensions.ts';
import { constraintsObjection, nameObjection } from '../../src/certificates/name-constraints.ts';
import {
  der,
  extension,
  generalName,
  makeAuthority,
  objectIdentifier,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { runs } from './arbitrary.ts';

type GeneralNameText = string | Uint8Array;

/** A name, a subtree of its form, and one that covers at least what that covers. */
interface Trial {
  readonly name: GeneralNameText;
  readonly base: GeneralNameText;
  readonly wider: GeneralNameText;
}

const root = makeAuthority();

/** Few labels and arcs, so that names are often within; one begins like another. */
const someLabels = ['a', 'ab', 'b', 'example'];
const label = fc.constantFrom(...someLabels);
const arc = fc.constantFrom(0, 1, 3, 30, 300);
const labels = (minLength: number) => fc.array(label, { minLength, maxLength: 3 });

/** Something in front of what there is, or something of its own. */
const below = <T>(item: fc.Arbitrary<T>, base: readonly T[], minLength: number): fc.Arbitrary<T[]> =>
  fc.oneof(
    fc
      .array(item, { minLength: base.length === 0 ? minLength : 0, maxLength: 2 })
      .map(more => [...more, ...base]),
    fc.array(item, { minLength, maxLength: 4 }),
  );

/** The items of name, base and wider; the base's last ones are the wider's. */
const nested = <T>(item: fc.Arbitrary<T>, least: number) =>
  fc.array(item, { minLength: least, maxLength: 3 }).chain(base =>
    fc.record({
      name: below(item, base, 1),
      base: fc.constant(base),
      wider: fc.nat({ max: base.length - least }).map(dropped => base.slice(dropped)),
    }),
  );

const dotted = (items: readonly unknown[]): string => items.join('.');
/** The highest arc comes first. */
const arcs = (items: readonly number[]): string => dotted(items.toReversed());

const dns = fc.tuple(nested(label, 0), fc.boolean()).map(([{ name, base, wider }, isWildcard]) => ({
  name: `dns:${isWildcard ? '*.' : ''}${dotted(name)}`,
  base: `dns:${dotted(base)}`,
  wider: `dns:${dotted(wider)}`,
}));

const uri = nested(label, 1).map(({ name, base, wider }) => ({
  name: `uri://${dotted(name)}/cse/Cae`,
  base: `uri:.${dotted(base)}`,
  wider: `uri:.${dotted(wider)}`,
}));

const email = fc.oneof(
  nested(label, 1).map(({ name, base, wider }) => ({
    name: `email:a@${dotted(name)}`,
    base: `email:.${dotted(base)}`,
    wider: `email:.${dotted(wider)}`,
  })),
  fc.tuple(fc.constantFrom('a', 'A', 'b'), labels(1), labels(1)).map(([local, host, other]) => ({
    name: `email:a@${dotted(host)}`,
    base: `email:${local}@${dotted(other)}`,
    wider: `email:${dotted(other)}`,
  })),
);

/** Addresses that differ in one bit, under masks on both sides of it. */
const ip = fc
  .constantFrom(32, 128)
  .chain(bits =>
    fc.record({
      bits: fc.constant(bits),
      address: fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }),
      flipped: fc.nat({ max: bits }),
      ones: fc.nat({ max: bits }),
      fewer: fc.nat({ max: bits }),
    }),
  )
  .map(({ bits, address, flipped, ones, fewer }) => {
    const hex = (value: bigint) => value.toString(16).padStart(bits / 4, '0');
    const all = 2n ** BigInt(bits) - 1n;
    const mask = (count: number) => hex(all ^ (all >> BigInt(count)));
    const name = flipped === bits ? address : address ^ (1n << BigInt(flipped));
    return {
      name: `ip:${hex(name)}`,
      base: `ip:${hex(address)}${mask(ones)}`,
      wider: `ip:${hex(address)}${mask(Math.min(ones, fewer))}`,
    };
  });

const directory = nested(label, 0).map(({ name, base, wider }) => ({
  name: directoryName(name),
  base: directoryName(base),
  wider: directoryName(wider),
}));

const registeredId = nested(arc, 1).map(({ name, base, wider }) => ({
  name: `rid:1.2.${arcs(name)}`,
  base: `rid:1.2.${arcs(base)}`,
  wider: `rid:1.2.${arcs(wider)}`,
}));

const device = nested(arc, 1).map(({ name, base, wider }) => ({
  name: `device:0.2.481.1:${arcs(name)}`,
  base: `device:0.2.481.1:${arcs(base)}`,
  wider: `device:0.2.481.1:${arcs(wider)}`,
}));

const forms: Readonly<Record<string, fc.Arbitrary<Trial>>> = {
  dns,
  uri,
  email,
  ip,
  directory,
  registeredId,
  device,
};

for (const [form, trials] of Object.entries(forms)) {
  test(`${form}: what a subtree covers, permitted or excluded, a wider one covers as well (4.2.1.10)`, () => {
    let covered = 0;
    fc.assert(
      fc.property(trials, ({ name, base, wider }) => {
        if (isWithin([name], { permitted: [base] })) {
          covered++;
          assert.ok(isWithin([name], { permitted: [wider] }));
        }
        if (!isWithin([name], { excluded: [base] })) assert.ok(!isWithin([name], { excluded: [wider] }));
      }),
      runs,
    );
    assert.ok(covered > 0, 'no name was within');
  });

  test(`${form}: what is permitted is also excluded by the same subtree (4.2.1.10)`, () => {
    fc.assert(
      fc.property(trials, ({ name, base }) => {
        assert.ok(!(isWithin([name], { permitted: [base] }) && isWithin([name], { excluded: [base] })));
      }),
      runs,
    );
  });
}

test('exclusion wins: names are within both lists together exactly when within each (6.1.3 (b), (c))', () => {
  const trial = fc.oneof(...Object.values(forms));
  fc.assert(
    fc.property(
      fc.array(trial, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat({ max: 2 })),
      (some, places) => {
        const names = some.map(({ name }) => name);
        const bases = some.map(({ base }) => base);
        const permitted = bases.filter((_, index) => places[index] !== 0);
        const excluded = bases.filter((_, index) => places[index] !== 1);
        const each = isWithin(names, { permitted }) && isWithin(names, { excluded });
        assert.equal(isWithin(names, { permitted, excluded }), each);
        assert.equal(isWithin(names.toReversed(), { permitted: permitted.toReversed(), excluded }), each);
      },
    ),
    runs,
  );
});

test('a wildcard is permitted only if all names that it stands for are, and excluded if any is (4.2.1.10)', () => {
  const trial = labels(1).chain(host => {
    const near = fc.oneof(
      label.map(first => [first, ...host]),
      fc.nat({ max: host.length }).map(dropped => host.slice(dropped)),
    );
    return fc.record({ host: fc.constant(host), bases: fc.array(near, { minLength: 1, maxLength: 2 }) });
  });
  fc.assert(
    fc.property(trial, ({ host, bases }) => {
      const nameOf = (leftmost: string) => `dns:${dotted([leftmost, ...host])}`;
      for (const list of ['permitted', 'excluded']) {
        const constraints = { [list]: bases.map(base => `dns:${dotted(base)}`) };
        if (!isWithin([nameOf('*')], constraints)) continue;
        for (const one of someLabels) assert.ok(isWithin([nameOf(one)], constraints));
      }
    }),
    runs,
  );
});

test('upper and lower case of hosts never matter (4.2.1.10)', () => {
  const inCase = (text: GeneralNameText, isUpper: readonly boolean[]): string =>
    String(text).replace(/(?<=^(?:dns|uri|email):(?:[^@]*@)?)[^@]*$/, host =>
      [...host].map((letter, at) => (isUpper[at % isUpper.length] ? letter.toUpperCase() : letter)).join(''),
    );
  const cases = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.oneof(dns, uri, email), cases, cases, ({ name, base }, first, second) => {
      for (const list of ['permitted', 'excluded'])
        assert.equal(
          isWithin([inCase(name, first)], { [list]: [inCase(base, second)] }),
          isWithin([name], { [list]: [base] }),
        );
    }),
    runs,
  );
});

function isWithin(
  names: readonly GeneralNameText[],
  { permitted = [], excluded = [] }: { permitted?: GeneralNameText[]; excluded?: GeneralNameText[] },
): boolean {
  const certificate = parseCertificate(root.issue({ subject: '', names, key: root.key }).der);
  const constraints = { permitted: subtrees(permitted), excluded: subtrees(excluded) };
  assert.equal(constraintsObjection(constraints), null);
  return nameObjection(certificate, constraints, { comparisons: 100 }) === null;
}

function subtrees(bases: readonly GeneralNameText[]): readonly GeneralSubtree[] {
  if (bases.length === 0) return [];
  const list = bases.map(base => sequence(typeof base === 'string' ? generalName(base) : base));
  const more = [extension('2.5.29.30', sequence(der(0xa0, ...list)))];
  return (
    parseCertificate(root.issue({ subject: '', more, key: root.key }).der).extensions.nameConstraints
      ?.permitted ?? []
  );
}

/** The outermost organizational unit comes first; the arbitraries have it last. */
function directoryName(units: readonly string[]): Uint8Array {
  const names = units
    .toReversed()
    .map(unit => der(0x31, sequence(objectIdentifier('2.5.4.11'), der(0x0c, Buffer.from(unit)))));
  return der(0xa4, sequence(...names));
}
