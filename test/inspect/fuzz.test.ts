// Whatever a file holds, there is a report and a text of it. The seed is fixed; E2EKEY_RUNS for longer runs.
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { FilePassword } from '../../src/endpoint/password-encryption.ts';
import { plain } from '../../src/inspect/emphasis.ts';
import { inspectFile } from '../../src/inspect/inspect.ts';
import { formatOverview } from '../../src/inspect/overview-text.ts';
import { formatReport } from '../../src/inspect/text.ts';
import { inspectTogether } from '../../src/inspect/together.ts';
import { der, integer, objectIdentifier } from '../../src/testing/certificate-maker.ts';
import { fileOf, folder, message, report, time } from './material.ts';
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
  // Of every sort: keys, requests, lists, responses, PKCS#12 files, primitives in XML and CBOR.
  ...readdirSync(folder).map(name => readFileSync(new URL(name, folder))),
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

/** Several side by side, with a password that opens what is not damaged. */
const showsTogether = (contents: readonly (Uint8Array | string)[]): void => {
  const inspected = contents.map((content, index) => {
    const bytes = Buffer.from(content);
    const file = { name: `${index}.pem`, bytes, size: bytes.length };
    return inspectFile(file, { time, password: new FilePassword('the password of the lab') });
  });
  const overview = { folder: null, passedOver: [], ...inspectTogether(inspected, time) };
  JSON.stringify(overview);
  formatOverview(overview, plain);
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

test('damaged files side by side are compared, opened where they can be, and never throw', () => {
  const few = { ...runs, numRuns: Math.ceil(runs.numRuns / 4) };
  fc.assert(fc.property(fc.array(damaged, { minLength: 2, maxLength: 6 }), showsTogether), few);
});

test('random elements of ASN.1 are reported on, and never throw', () => {
  const { element } = fc.letrec<{ element: Uint8Array }>(tie => ({
    element: fc.oneof(
      { maxDepth: 6 },
      fc
        .tuple(
          fc.constantFrom(0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x17, 0x18, 0x80, 0x82),
          fc.uint8Array({ maxLength: 12 }),
        )
        .map(([tag, content]) => der(tag, content)),
      fc
        .tuple(
          fc.constantFrom(0x30, 0x30, 0x30, 0x31, 0xa0, 0xa1, 0x24),
          fc.array(tie('element'), { maxLength: 5 }),
        )
        .map(([tag, parts]) => der(tag, ...parts)),
      fc.constantFrom(
        objectIdentifier('1.2.840.113549.1.7.1'),
        objectIdentifier('1.2.840.113549.1.5.13'),
        objectIdentifier('1.2.840.10045.2.1'),
        integer(0),
        integer(1),
        integer(3),
      ),
    ),
  }));
  fc.assert(fc.property(element, shows), { ...runs, numRuns: runs.numRuns * 3 });
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
