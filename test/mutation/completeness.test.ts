// No security check is forgotten: whatever refuses something in the folders that a peer's bytes pass through is taken
// out by a mutation, or stands with a reason among the exemptions.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exemptions } from './exemptions.ts';
import { placeOf } from './mutation.ts';
import { mutations } from './mutations.ts';
import { makersIn, type Range, type Refusal, refusalsIn } from './refusals.ts';

const project = join(import.meta.dirname, '../..');
const folders = [
  'identifiers',
  'wire',
  'crypto',
  'certificates',
  'handshake',
  'keys',
  'endpoint',
  'protection',
];
const sources = new Map(
  ['src/errors.ts', ...globSync(`src/{${folders.join(',')}}/**/*.ts`, { cwd: project }).sort()].map(file => [
    file,
    readFileSync(join(project, file), 'utf8'),
  ]),
);
const makers = makersIn([...sources.values()]);

for (const folder of folders)
  test(`every refusal of src/${folder} is taken out by a mutation, or is exempt`, () => {
    const missing = [...sources].flatMap(([file, source]) =>
      file.startsWith(`src/${folder}/`)
        ? uncovered(file, source)
            .filter(refusal => !exemptPlaces(file, source).some(place => meet(place, refusal)))
            .map(({ line, text }) => `${file}:${line} ${text.slice(0, 100)}`)
        : [],
    );
    assert.ok(missing.length === 0, `neither a mutation nor an exemption:\n${missing.join('\n')}`);
  });

test('every exemption stands in its source, for a refusal that no mutation takes out', () => {
  const idle = exemptions.flatMap(({ file, places }) => {
    const source = sources.get(file) ?? '';
    const refusals = uncovered(file, source);
    return places
      .filter(find => !refusals.some(refusal => meet(exemptPlace(file, source, find), refusal)))
      .map(find => `${file}: ${find}`);
  });
  assert.deepEqual(idle, []);
});

function uncovered(file: string, source: string): readonly Refusal[] {
  const places = mutations
    .filter(mutation => mutation.file === file)
    .map(mutation => placeOf(source, mutation));
  return refusalsIn(source, makers).filter(
    ({ check }) => !check.some(range => places.some(place => meet(place, range))),
  );
}

function exemptPlaces(file: string, source: string): readonly Range[] {
  return exemptions
    .filter(exemption => exemption.file === file)
    .flatMap(({ places }) => places.map(find => exemptPlace(file, source, find)));
}

function exemptPlace(file: string, source: string, find: string): Range {
  return placeOf(source, { name: 'exemption', file, find });
}

function meet(one: Range, other: Range): boolean {
  return one.start < other.end && other.start < one.end;
}
