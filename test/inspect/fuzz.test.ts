// Whatever a file holds, there is a report and a text of it. The seed is fixed; E2EKEY_RUNS for longer runs.
import { test } from 'node:test';
import fc from 'fast-check';
import { formatReport } from '../../src/inspect/text.ts';
import { fileOf, message, report } from './material.ts';

const runs = { numRuns: Number(process.env.E2EKEY_RUNS ?? 100), seed: 7468 };

const good: readonly Uint8Array[] = [
  fileOf('certs/cae1.pem'),
  fileOf('test/vectors/init.pub.pem'),
  Buffer.from(
    Buffer.from(fileOf('certs/root.pem')).toString('utf8').split('\n').slice(1, -2).join(''),
    'base64',
  ),
  message(1),
  message(2),
  message(3),
  message(4),
  Buffer.from(JSON.stringify({ op: 5, pc: { 'm2m:seci': { sit: 6, eckm: 'FQMDAAICKA==' } } })),
];

/** A good file with some of its bytes replaced, and cut off. */
const damaged = fc
  .record({
    file: fc.constantFrom(...good),
    changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    end: fc.nat(),
  })
  .map(({ file, changes, end }) => {
    const bytes = Buffer.from(file);
    for (const [place, octet] of changes) bytes[place % bytes.length] = octet;
    return bytes.subarray(0, end % 4 === 0 ? end % bytes.length : bytes.length);
  });

const shows = (content: Uint8Array | string): void => {
  JSON.stringify(report(content));
  formatReport(report(content));
};

test('random bytes are reported on, and never throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), shows), runs);
});

test('random text, JSON and base64 are reported on, and never throw', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.json().map(json => `{"m2m:seci":${json}}`),
    fc.json().map(json => `{"pc":${json},"m2m:seci":0}`),
    fc.base64String({ maxLength: 300 }).map(base64 => `FgMD${base64}`),
    fc
      .string({ maxLength: 300 })
      .map(body => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`),
  );
  fc.assert(fc.property(text, shows), runs);
});

test('damaged files are reported on, and never throw', () => {
  fc.assert(fc.property(damaged, shows), { ...runs, numRuns: runs.numRuns * 3 });
});

test('random records and DER headers are reported on, and never throw', () => {
  const record = fc
    .uint8Array({ maxLength: 300 })
    .map(bytes => Buffer.concat([Buffer.of(0x16, 3, 3), bytes]));
  const certificate = fc
    .uint8Array({ maxLength: 300 })
    .map(bytes => Buffer.concat([Buffer.from('308201003081f0a0', 'hex'), bytes]));
  fc.assert(fc.property(fc.oneof(record, certificate), shows), runs);
});
