// What people see, against test/inspect/golden. After a wanted change: E2EKEY_UPDATE_GOLDEN=1 node --test
// test/inspect/golden.test.ts, and read the difference.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspect, maxFileSize } from '../../src/inspect/inspect.ts';
import { formatReport } from '../../src/inspect/text.ts';
import { fileOf, handshakes, message, time } from './material.ts';
import { contentInstance, envelopes, esprimContents, madeAt, withHeader } from './protected-material.ts';

function golden(
  name: string,
  files: readonly (readonly [file: string, bytes: Uint8Array | string])[],
  at = time,
): void {
  test(`what is shown of ${name} is what was agreed`, () => {
    const shown = files
      .map(([file, content]) => formatReport(inspect(file, Buffer.from(content), at)))
      .join('\n\n');
    const snapshot = new URL(`./golden/${name}.txt`, import.meta.url);
    if (process.env.E2EKEY_UPDATE_GOLDEN === '1') writeFileSync(snapshot, `${shown}\n`);
    assert.ok(existsSync(snapshot), 'there is no snapshot; make it as the first comment of this file says');
    assert.equal(`${shown}\n`, readFileSync(snapshot, 'utf8'));
  });
}

const labFiles = ['cae1.pem', 'cae1-expired.pem', 'cse-b.pem', 'root.pem', 'cae1.key'];
golden(
  'certificates',
  labFiles.map(name => [name, fileOf(`certs/${name}`)]),
);
golden(
  'certificates-of-openssl',
  ['ca.pem', 'init.pem', 'term.pem'].map(name => [name, fileOf(`test/vectors/${name}`)]),
);
const pub = Buffer.from(fileOf('test/vectors/init.pub.pem')).toString('utf8');
const p384 =
  'MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEAQ3eAJEQyG685LFrWC7J0Q+VcMQ4QUZITHrap0zQcNC+dOX1wyP9lBjj9ieThpGZT9CbxCa9kwfjZBWxz+UWjdwlgZMDQNJ2DWlVbLOc4lejrjRzfJLglp/BhnkOPR2W';
golden('raw-public-keys', [
  ['init.pub.pem', pub],
  ['init.pub.pem and init.key', Buffer.concat([Buffer.from(pub), fileOf('test/vectors/init.key')])],
  ['P-384', p384],
  ['DER', Buffer.from(p384, 'base64')],
  ['cut off', Buffer.from(p384, 'base64').subarray(0, 60)],
  ['another octet', Buffer.concat([Buffer.from(p384, 'base64'), Buffer.of(0)])],
  ['two, one broken', pub.replace('M', '?') + fileOf('test/vectors/term.pub.pem')],
  ['beside a certificate', pub + fileOf('certs/root.pem')],
]);
for (const [suite, flights] of handshakes)
  golden(
    suite,
    flights.map((bytes, index) => [`message ${index + 1}`, bytes]),
  );

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const seci = (eckm: string) => ({ 'm2m:seci': { sit: 6, eckm } });
golden('primitives', [
  [
    'request',
    JSON.stringify({
      op: 5,
      to: '//m2m.example.com/cse-b/-',
      fr: '/cse-a/Cae1',
      rqi: 'r1',
      rvi: '3',
      pc: seci(base64(message(1))),
    }),
  ],
  ['response', JSON.stringify({ rsc: 4102, rqi: 'r1', pc: seci('FQMDAAICMg==') })],
  ['content', JSON.stringify(seci('FQMDAAICKA=='))],
]);

const lines = Buffer.from(fileOf('certs/cae1.pem')).toString('utf8').split('\n');
golden('broken', [
  ['empty', ''],
  ['white space', ' \n\t\n'],
  ['junk', Buffer.from('00ff10fe7f80', 'hex')],
  ['certificate cut off', Buffer.from(lines.slice(1, 4).join(''), 'base64')],
  ['PEM cut off', lines.slice(0, 4).join('\n')],
  ['PEM with a wrong character', [...lines.slice(0, 3), '?', ...lines.slice(3)].join('\n')],
  ['PEM of something else', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'],
  ['message cut off', message(1).subarray(0, 60)],
  ['message 2 after message 3', Buffer.concat([message(3), message(2)])],
  ['application data', Buffer.from('17030300020000', 'hex')],
  ['base64 cut off', `${base64(message(1))}A`],
  ['base64 of something else', base64(Buffer.from('something else'))],
  ['no primitive', '{"name":"e2ekey"}'],
  ['sit of ESPrim', '{"m2m:seci":{"sit":5,"epo":"x"}}'],
  ['no base64', '{"m2m:seci":{"sit":6,"eckm":"FgM"}}'],
  ['no JSON', '{"m2m:seci":'],
  ['too large message', Buffer.concat([Buffer.from('160303', 'hex'), Buffer.alloc(65_534)])],
  ['too large file', Buffer.alloc(maxFileSize + 1, 'A')],
]);

const esprim = await esprimContents();
const protectedObjects = [
  ...esprim.contents.map((pc, index) => [`primitive ${index + 1}`, { op: 5, to: '/cse-b', pc }] as const),
  ['ESPrim Object', esprim.response],
  ['readable ESPrim Object', (await esprimContents('authentication')).request],
  ['random object', esprim.rand],
  ...Object.entries(envelopes),
  ['content instance', await contentInstance(1)],
  ['alg none', withHeader(envelopes.direct, { alg: 'none' })],
  ['critical', withHeader(envelopes.direct, { crit: ['exp'], exp: 1 })],
  ['key of another use', withHeader(envelopes.mic, { kid: '14-K1' })],
  ['cut off', envelopes.direct.slice(0, 120)],
] as const;
golden(
  'protected-objects',
  protectedObjects.map(([name, content]) => [
    name,
    typeof content === 'string' ? content : JSON.stringify(content),
  ]),
  madeAt,
);
