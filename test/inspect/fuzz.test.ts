// Whatever a file holds, there is a report and a text of it. The seed is fixed; E2EKEY_RUNS for longer runs.
import { test } from 'node:test';
import fc from 'fast-check';
import { formatReport } from '../../src/inspect/text.ts';
import { fileOf, message, report } from './material.ts';
import { contentInstance, encoded, envelopes, esprimContents } from './protected-material.ts';

const runs = { numRuns: Number(process.env.E2EKEY_RUNS ?? 100), seed: 7468 };

const esprim = await esprimContents();
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
  ...esprim.contents.map(content => Buffer.from(JSON.stringify(content))),
  Buffer.from(esprim.request),
  Buffer.from(JSON.stringify(esprim.rand)),
  ...Object.values(envelopes).map(envelope => Buffer.from(envelope)),
  Buffer.from(JSON.stringify(await contentInstance(1))),
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

test('random headers and members of protected objects are reported on, and never throw', () => {
  const header = fc.record(
    {
      alg: fc.oneof(fc.constantFrom('dir', 'A256KW', 'HS256', 'ECDH-ES+A256KW'), fc.jsonValue()),
      enc: fc.oneof(fc.constantFrom('A256GCM'), fc.jsonValue()),
      kid: fc.oneof(fc.constantFrom('14-K', '16-K'), fc.jsonValue()),
      epk: fc.jsonValue(),
      oro: fc.jsonValue(),
      cpa: fc.jsonValue(),
      cty: fc.jsonValue(),
    },
    { requiredKeys: ['alg'] },
  );
  const compact = fc
    .tuple(header, fc.array(fc.base64String({ maxLength: 40 }), { minLength: 1, maxLength: 5 }))
    .map(([members, parts]) => [encoded(members), ...parts].join('.'));
  const json = fc
    .record({
      protected: fc.oneof(
        header.map(members => encoded(members)),
        fc.jsonValue(),
      ),
      ciphertext: fc.jsonValue(),
      recipients: fc.oneof(fc.array(fc.record({ header })), fc.jsonValue()),
      payload: fc.jsonValue(),
      signatures: fc.oneof(fc.array(fc.record({ protected: header })), fc.jsonValue()),
    })
    .map(members => JSON.stringify(members));
  const random = fc
    .record({ esri: fc.jsonValue(), esrv: fc.jsonValue(), esrx: fc.jsonValue(), espa: fc.jsonValue() })
    .map(members => JSON.stringify(members));
  fc.assert(fc.property(fc.oneof(compact, json, random), shows), runs);
});
