// Revocation at the service, over HTTP: what it refuses whom for, with which alert and Response Status Code, what it
// staples, what it fetches, and the lines that say so.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import type { RevocationEvent } from '../../src/endpoint/revocation-event.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { httpCarrier } from '../../src/onem2m/http-carrier.ts';
import { readConfig } from '../../src/service/config.ts';
import { type Service, startService } from '../../src/service/service.ts';
import { makeAuthority } from '../../src/testing/certificate-maker.ts';
import { makeCrl, makeOcspResponse, type OcspResponseOptions } from '../../src/testing/status-maker.ts';
import { run } from '../cli/run.ts';
import { start as startCommand } from '../cli/started.ts';
import { begin, credentialOf, type LabOptions, peer } from '../endpoint/lab.ts';
import { intermediate, serialOf, signerOf } from '../endpoint/revocation-lab.ts';
import { notify } from '../refusals/notify.ts';
import { within } from '../within.ts';
import { asCae1, cae1, certs, configFile, cseB, goodConfig, sqliteStore } from './lab.ts';

const hour = 60 * 60_000;
const [past, soon] = [new Date(Date.now() - hour), new Date(Date.now() + hour)];
const crl = (revoked: readonly string[], but = {}) =>
  makeCrl({ issuer: intermediate, entries: revoked.map(name => ({ serial: serialOf(name) })), ...but });
const response = (but: Partial<OcspResponseOptions> = {}) =>
  makeOcspResponse({ issuer: intermediate, certificate: signerOf('cse-b'), ...but });
const issuer = { certificate: certs('intermediate.pem') };
const required = { peers: [{ ...goodConfig.peers[0], revocation: 'required' }] };

for (const [name, der, settings, code, alert] of [
  ['a revoked certificate', crl(['cae1']), {}, 'CERTIFICATE_REVOKED', 44],
  ['a list that is out of date', crl([], { nextUpdate: past }), {}, 'CERTIFICATE_STATUS_UNKNOWN', 46],
  [
    'no list of its issuer, which is required',
    makeCrl({ issuer: signerOf('root') }),
    { ...required, revocation: { crls: ['list.crl'] } },
    'CERTIFICATE_STATUS_UNKNOWN',
    46,
  ],
] as const)
  test(`message 3 is refused with ${code}, alert ${alert} and 4106: ${name}`, async t => {
    const { service, refusals } = await serve(t, {
      files: { 'list.crl': der },
      settings: { revocation: { issuers: [{ ...issuer, crl: 'list.crl' }] }, ...settings },
    });
    const procedure = begin();
    const second = await notify(service.url, cae1, procedure.message1);
    const fourth = await notify(service.url, cae1, procedure.message3(second.message ?? new Uint8Array()));
    assert.deepEqual(
      [fourth.rsc, fourth.code, fourth.message],
      [4106, code, Uint8Array.of(21, 3, 3, 0, 2, 2, alert)],
    );
    assert.deepEqual(
      refusals.map(({ code: told }) => told),
      [code],
    );
  });

test('whoever a list at hand does not name makes a key, and it is said by what that is known', async t => {
  const { service } = await serve(t, {
    files: { 'list.crl': crl(['cae2']) },
    settings: { ...required, revocation: { issuers: [{ ...issuer, crl: 'list.crl' }] } },
  });
  const { code, stderr } = await run('establish', service.url, ...asCae1);
  assert.equal(code, 0, stderr);
});

const stranger = makeAuthority({ subject: 'stranger' });

for (const [name, staple, now, code, alert] of [
  ['good', response(), 0, null, null],
  ['revoked', response({ status: 'revoked' }), 0, 'CERTIFICATE_REVOKED', 44],
  [
    'stale by the clock of the other one',
    response({ nextUpdate: soon }),
    2 * hour,
    'STATUS_RESPONSE_BAD',
    113,
  ],
  ['by a wrong responder', response({ responder: stranger }), 0, 'STATUS_RESPONSE_BAD', 113],
  ['unknown', response({ status: 'unknown' }), 0, 'CERTIFICATE_STATUS_UNKNOWN', 46],
  [
    'stale by our own clock, and left out',
    response({ nextUpdate: past }),
    0,
    'CERTIFICATE_STATUS_UNKNOWN',
    46,
  ],
] as const)
  test(`credential.staple, ${name}: ${code ?? 'a key'} at the initiating end-point, alert ${alert}`, async t => {
    const { service, refusals } = await serve(t, {
      files: { 'own.ocsp': staple },
      settings: { credential: { ...goodConfig.credential, staple: 'own.ocsp' } },
    });
    const outcome = await establish(t, service, { clock: () => new Date(Date.now() + now) });
    if (!(outcome instanceof E2EKeyError)) {
      assert.deepEqual([outcome, code], ['ocsp', null]);
      return;
    }
    assert.equal(outcome.code, code);
    assert.deepEqual(Buffer.from(outcome.notice.record ?? []), Buffer.of(21, 3, 3, 0, 2, 2, alert ?? 0));
    const [told, ...others] = refusals;
    assert.deepEqual([told?.code, told?.notice.alertReceived, others], ['ALERT_RECEIVED', alert, []]);
  });

test('lists and our own response are fetched from where the configuration says, by a real server', async t => {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    asked.push(`${request.method} ${request.url}`);
    answer.end(request.method === 'POST' ? response() : crl(['cae1']));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const told = Promise.withResolvers<void>();
  const events: RevocationEvent[] = [];
  const { service } = await serve(t, {
    settings: {
      revocation: { issuers: [{ ...issuer, url: `${url}/list.crl` }], ownStatus: { url: `${url}/ocsp` } },
    },
    onRevocation(event) {
      events.push(event);
      if (events.length === 2) told.resolve();
    },
  });
  await within(told.promise, 'two events');
  assert.deepEqual(asked.toSorted(), ['GET /list.crl', 'POST /ocsp']);
  assert.deepEqual(events.map(({ event }) => event).toSorted(), ['list refreshed', 'staple refreshed']);
  const refused = await establish(t, service);
  assert.ok(refused instanceof E2EKeyError);
  // He has believed our staple, and is refused by our list.
  assert.deepEqual([refused.code, refused.notice.alertReceived], ['ALERT_RECEIVED', 44]);
});

test('a list that names a peer revokes the keys of the store at the next start, and a line says so', async t => {
  const { file, folder } = configFile(t, sqliteStore);
  const first = startCommand(t, 'serve', '--config', file, '--json');
  const { port } = await first.line();
  const made = await run('establish', `http://127.0.0.1:${port}`, ...asCae1, '--json');
  const { keyId } = JSON.parse(made.stdout) as { keyId: string };
  process.emit('SIGTERM');
  assert.equal(await within(first.code, 'serve to end'), 0);

  writeFileSync(join(folder, 'list.crl'), crl(['cae1'], { number: 5 }));
  const revocation = { issuers: [{ ...issuer, crl: 'list.crl' }] };
  writeFileSync(file, JSON.stringify({ ...goodConfig, ...sqliteStore, revocation }));
  const second = startCommand(t, 'serve', '--config', file, '--json');
  const lines = [await second.line(), await second.line()];
  const { time, ...revoked } = lines.find(({ event }) => event === 'key revoked') ?? {};
  assert.deepEqual(revoked, {
    event: 'key revoked',
    keyId,
    entity: cae1,
    reason: 'crl',
    issuer: 'CN=e2ekey test intermediate',
    serial: serialOf('cae1'),
    crlNumber: '05',
  });
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
});

test('--check opens the files of revocation and of credentials, and asks nobody', async t => {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    asked.push(request.url ?? '');
    answer.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { file, folder } = configFile(t, {
    credential: { ...goodConfig.credential, staple: 'own.ocsp' },
    revocation: { issuers: [{ ...issuer, crl: 'list.crl', url }], crls: ['list.crl'], ownStatus: { url } },
  });
  writeFileSync(join(folder, 'list.crl'), crl([]));
  writeFileSync(join(folder, 'own.ocsp'), response());
  const { code, stderr } = await run('serve', '--config', file, '--check');
  assert.deepEqual([code, stderr, asked], [0, '', []]);
});

for (const [sentence, settings] of [
  [
    /credential \(.*\): credential\.staple: .*none\.ocsp cannot be read/,
    { credential: { ...goodConfig.credential, staple: 'none.ocsp' } },
  ],
  [/credential\.0\.staple: /, { credential: { ...goodConfig.credential, staple: 'list.crl' } }],
  [
    /credential \(.*\): credential\.passwordFile: .*none\.txt cannot be read/,
    { credential: { ...goodConfig.credential, passwordFile: 'none.txt' } },
  ],
  [
    /credential\.passwordFile: the first line of .*empty\.txt is empty/,
    { credential: { ...goodConfig.credential, passwordFile: 'empty.txt' } },
  ],
  [
    /revocation\.issuers\.0\.certificate \(.*none\.pem\): file: .* cannot be read/,
    { revocation: { issuers: [{ certificate: 'none.pem' }] } },
  ],
  [
    /revocation\.issuers\.0\.certificate \(.*cse-b\.pem\): several certificates, where one is due/,
    { revocation: { issuers: [{ certificate: certs('cse-b.pem') }] } },
  ],
  [
    /revocation\.issuers\.0\.crl \(.*none\.crl\): file: .* cannot be read/,
    { revocation: { issuers: [{ ...issuer, crl: 'none.crl' }] } },
  ],
  [
    /revocation\.issuers\.0\.crl \(.*root\.pem\): there is no CRL in it/,
    { revocation: { issuers: [{ ...issuer, crl: certs('root.pem') }] } },
  ],
  [
    /revocation\.issuers\.0\.crls\.0: .*one of CN=e2ekey test intermediate/,
    { revocation: { issuers: [{ certificate: certs('root.pem'), crl: 'list.crl' }] } },
  ],
  [/revocation\.crls\.0 \(.*empty\.txt\): there is no CRL in it/, { revocation: { crls: ['empty.txt'] } }],
  [
    /revocation\.ownStatus\.issuer \(.*none\.pem\): file: .* cannot be read/,
    { revocation: { ownStatus: { url: 'http://x', issuer: 'none.pem' } } },
  ],
] as const)
  test(`serve --check ends with 2 and a sentence: ${sentence.source}`, async t => {
    const { file, folder } = configFile(t, settings);
    writeFileSync(join(folder, 'list.crl'), crl([]));
    writeFileSync(join(folder, 'empty.txt'), '\n');
    const { code, stderr } = await run('serve', '--config', file, '--check');
    assert.equal(code, 2, stderr);
    assert.match(stderr, sentence);
  });

test('what other stacks may stumble over in our own chain is a warning, with the file', async t => {
  const { file } = configFile(t, { credential: { certificate: 'leaf.pem', key: certs('cse-b.key') } });
  const [leaf = ''] =
    /-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/.exec(readFileSync(certs('cse-b.pem'), 'utf8')) ?? [];
  writeFileSync(file.replace(/e2ekey\.json$/, 'leaf.pem'), leaf);
  const { code, stderr } = await run('serve', '--config', file, '--check');
  assert.equal(code, 0);
  assert.match(stderr, /^warning: credential \(.*leaf\.pem, .*cse-b\.key\): .*e2ekey test intermediate/);
});

interface Served {
  readonly service: Service;
  readonly refusals: readonly E2EKeyError[];
}

interface Serving {
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly settings: object;
  readonly onRevocation?: (event: RevocationEvent) => void;
}

async function serve(t: TestContext, { files = {}, settings, onRevocation }: Serving): Promise<Served> {
  const { file, folder } = configFile(t, settings);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const refusals: E2EKeyError[] = [];
  const service = await startService(readConfig(file, {}), {
    onKey: () => undefined,
    onRefusal: error => void refusals.push(error),
    onReceiving: () => undefined,
    onCseFault: () => undefined,
    onRevocation: onRevocation ?? (() => undefined),
    onWarning: () => undefined,
  });
  t.after(() => service.close());
  return { service, refusals };
}

/** As Cae1, which demands to know that cse-b is not revoked: by what it is known, or why there is no key. */
async function establish(t: TestContext, service: Service, options: LabOptions = {}): Promise<unknown> {
  const endpoint = new Endpoint({
    id: cae1,
    credential: credentialOf('cae1'),
    peers: [{ ...peer.cseB, revocation: 'required' }],
    ...options,
  });
  t.after(() => endpoint.close());
  const [key] = await Promise.allSettled([endpoint.establish(cseB, httpCarrier(service.url))]);
  return key.status === 'fulfilled' ? key.value.peer.statusBy : key.reason;
}
