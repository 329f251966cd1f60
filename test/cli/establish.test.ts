// `establish` against `serve` over HTTP, directly and through transit CSEs, and all that it refuses by itself.
// Against TLS stacks: test/live.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { transitCse } from '../../src/testing/transit-cse/transit-cse.ts';
import { asCae1, cae1, certs, configFile, cseB } from '../service/lab.ts';
import { run } from './run.ts';
import { type Started, start } from './started.ts';

const fingerprint = (name: string) =>
  createHash('sha256')
    .update(new X509Certificate(readFileSync(certs(`${name}.pem`))).raw)
    .digest('hex');

/** The keyId differs each time; everything else is known. */
const success = (role: 'initiating' | 'terminating', keyId: unknown, expires: unknown) => ({
  status: 'established',
  role,
  keyId,
  keyWithheld: null,
  by: 'certificate',
  forwardSecrecy: true,
  suite: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  group: 'secp256r1',
  extendedMasterSecret: true,
  exportIndicator: true,
  peer:
    role === 'initiating'
      ? {
          flavour: 'cse-id',
          id: '//m2m.example.com/cse-b',
          subject: 'CN=cse-b.m2m.example.com',
          fingerprint: fingerprint('cse-b'),
        }
      : {
          flavour: 'ae-id',
          id: cae1,
          subject: `CN=${cae1}`,
          fingerprint: fingerprint('cae1'),
        },
  statusBy: null,
  expires,
});

for (const hops of [0, 1, 2])
  test(`establish and serve report the same key through ${hops} transit CSEs (TS-0003 8.7.2.2)`, async t => {
    const { service, url } = await serve(t);
    const { code, stdout, stderr } = await run('establish', await transit(t, hops, url), ...asCae1, '--json');
    assert.equal(code, 0, stderr);
    const [ours, theirs] = [JSON.parse(stdout), await service.line()];
    assert.match(ours.keyId, /^[0-9A-F]{32}$/);
    assert.ok(Date.parse(ours.expires) > Date.now());
    assert.deepEqual(ours, success('initiating', ours.keyId, ours.expires));
    assert.deepEqual(theirs, success('terminating', ours.keyId, theirs.expires));
  });

test('for people, the key is named and never shown', async t => {
  const { service, url } = await serve(t);
  const { code, stdout, stderr } = await run('establish', url, ...asCae1);
  assert.equal(code, 0, stderr);
  const { keyId } = await service.line();
  assert.deepEqual(
    stdout.split('\n').map(line => line.replace(/ {2,}.*/, '')),
    [
      'pairwiseE2EKeyID',
      'peer',
      'revocation',
      'our role',
      'suite',
      'forward secrecy',
      'export indicator',
      'expires',
      '',
    ],
  );
  assert.ok(stdout.includes(`pairwiseE2EKeyID  ${keyId}\n`));
});

test('--reveal-key shows the ID and the key behind it, towards loopback', async t => {
  const { url } = await serve(t);
  const { stdout } = await run('establish', url, ...asCae1, '--reveal-key', '--json');
  const { exported, keyId } = JSON.parse(stdout);
  assert.match(exported, /^[0-9a-f]{96}$/);
  assert.equal(exported.slice(0, 32).toUpperCase(), keyId);
  const text = await run('establish', url, ...asCae1, '--reveal-key');
  assert.match(text.stdout, /^exported {10}[0-9a-f]{96}$/m);
});

for (const target of [
  'tls://192.0.2.1:4433',
  'http://192.0.2.1',
  'tls://localhost.example.com:1',
  'tls://[2001:db8::1]:1',
])
  test(`--reveal-key towards ${target} is refused before a byte is sent`, async () => {
    const { code, stderr } = await run('establish', target, ...asCae1, '--reveal-key');
    assert.equal(code, 2);
    assert.match(stderr, /--reveal-key shows the key: .* is not loopback/);
  });

test('--time is the clock for certificates, and not for the waiting', async t => {
  const { url } = await serve(t);
  for (const time of ['2026-06-01', '2100-01-01T00:00:00Z']) {
    const { code, stderr } = await run('establish', url, ...asCae1, '--time', time);
    assert.equal(code, 0, stderr);
  }
  const { code, stdout } = await run('establish', url, ...asCae1, '--time', '2025-12-31', '--json');
  assert.equal(code, 1);
  assert.deepEqual(withoutMessage(stdout), {
    code: 'CERTIFICATE_EXPIRED',
    alert: { sent: 'certificate_expired', received: null },
    rsc: 4106,
    role: 'initiating',
    peer: null,
    finding: 'validity',
  });
});

test('a domain name alone is the identity in the certificate; --to says which entity it is', async t => {
  const { url } = await serve(t);
  const words = [
    '--credential',
    certs('cae1.pem'),
    '--key',
    certs('cae1.key'),
    '--trust',
    certs('root.pem'),
    '--origin',
    cae1,
  ];
  const name = ['--expect', 'cse-b.m2m.example.com'];
  assert.equal((await run('establish', url, ...words, ...name, '--to', cseB)).code, 0);
  const { code, stderr } = await run('establish', url, ...words, ...name);
  assert.equal(code, 2);
  assert.match(stderr, /--to is missing/);
});

test('another identity than expected is IDENTITY_MISMATCH, and the other end-point is told', async t => {
  const { service, url } = await serve(t);
  const words = asCae1.map(word => word.replace('=cse-b.', '=cse-c.'));
  const { code, stdout } = await run('establish', url, ...words, '--json');
  assert.equal(code, 1);
  assert.deepEqual(withoutMessage(stdout), {
    code: 'IDENTITY_MISMATCH',
    alert: { sent: 'bad_certificate', received: null },
    rsc: 4106,
    role: 'initiating',
    peer: null,
    finding: 'subjectAltName',
  });
  const { error } = await service.line();
  assert.deepEqual(withoutMessage(JSON.stringify({ error })), {
    code: 'ALERT_RECEIVED',
    alert: { sent: null, received: 'bad_certificate' },
    rsc: null,
    role: 'terminating',
    peer: null,
    finding: null,
  });
});

test('a refusal of the terminating end-point is exit 1, with its alert and its Response Status Code', async t => {
  const { service, url } = await serve(t);
  const words = asCae1.map(word => word.replace('cae1', 'cae2').replace('Cae1', 'Cae2'));
  const { code, stdout } = await run('establish', url, ...words, '--json');
  assert.equal(code, 1);
  assert.deepEqual(withoutMessage(stdout), {
    code: 'ALERT_RECEIVED',
    alert: { sent: null, received: 'access_denied' },
    rsc: 4103,
    role: 'initiating',
    peer: null,
    finding: null,
  });
  const { error } = await service.line();
  assert.deepEqual(withoutMessage(JSON.stringify({ error })), {
    code: 'PEER_NOT_ALLOWED',
    alert: { sent: 'access_denied', received: null },
    rsc: 4103,
    role: 'terminating',
    peer: null,
    finding: null,
  });
});

for (const scheme of ['tls', 'http'])
  test(`an unreachable ${scheme} target is exit 3, CARRIER_FAILED`, async () => {
    const { code, stdout } = await run(
      'establish',
      `${scheme}://127.0.0.1:${await freePort()}`,
      ...asCae1,
      '--json',
    );
    assert.equal(code, 3);
    assert.deepEqual(withoutMessage(stdout), {
      code: 'CARRIER_FAILED',
      alert: { sent: null, received: null },
      rsc: 5103,
      role: 'initiating',
      peer: null,
      finding: null,
    });
  });

for (const scheme of ['tls', 'http'])
  test(`a silent ${scheme} target is exit 3 after --timeout, REQUEST_EXPIRED`, async t => {
    const server = createServer(socket => void t.after(() => socket.destroy()));
    t.after(() => server.close());
    const port = await portOf(server);
    const { code, stdout } = await run(
      'establish',
      `${scheme}://127.0.0.1:${port}`,
      ...asCae1,
      '--timeout',
      '1',
      '--json',
    );
    assert.equal(code, 3);
    assert.deepEqual(withoutMessage(stdout), {
      code: 'REQUEST_EXPIRED',
      alert: { sent: null, received: null },
      rsc: 4008,
      role: 'initiating',
      peer: null,
      finding: null,
    });
  });

const http = 'http://127.0.0.1:1';
const tls = 'tls://127.0.0.1:1';
const https = 'https://localhost:1';
const notified = [...asCae1, '--carrier', 'containers', '--receive', 'notification'];
const credential = asCae1.slice(0, 4);
const trust = asCae1.slice(4, 6);
const wrong: readonly [name: RegExp, ...argv: string[]][] = [
  [/TARGET is missing/],
  [/TARGET must begin with tls:\/\/, http:\/\/ or https:\/\//, 'coap://127.0.0.1', ...asCae1],
  [/TARGET "cse-b" is no URL/, 'cse-b', ...asCae1],
  [/TARGET "tls:\/\/127\.0\.0\.1:99999" is no URL/, 'tls://127.0.0.1:99999', ...asCae1],
  [/a host and a port and nothing else/, 'tls://127.0.0.1:1/path', ...asCae1],
  [/a host and a port and nothing else/, 'tls://user:secret@127.0.0.1:1', ...asCae1],
  [/needs a port from 1/, 'tls://127.0.0.1:0', ...asCae1],
  [/--server-name "1\.2\.3\.4" is no host name/, tls, ...asCae1, '--server-name', '1.2.3.4'],
  [/TARGET tls:\/\/HOST:PORT needs a port/, 'tls://127.0.0.1', ...asCae1],
  [/--credential is missing/, tls, ...trust],
  [/--trust is missing/, tls, ...credential],
  [/--expect is missing/, http, ...credential, ...trust, '--origin', cae1],
  [/--expect is given twice/, http, ...asCae1, '--expect', 'cse-c.m2m.example.com'],
  [/--origin is missing/, http, ...credential, ...trust, ...asCae1.slice(-2)],
  [/id: "Cae1" is no absolute/, http, ...credential, ...trust, ...asCae1.slice(-2), '--origin', 'Cae1'],
  [
    /--expect \/\/m2m\.example\.com\/cse-b: give the domain name in its certificate/,
    http,
    ...credential,
    ...trust,
    '--expect',
    cseB,
  ],
  [
    /Cae1 is an AE and has no certificate with a domain name/,
    http,
    ...credential,
    ...trust,
    '--expect',
    `${cae1}=x.example.com`,
  ],
  [
    /neither an absolute identifier nor a name that a certificate holds/,
    http,
    ...credential,
    ...trust,
    '--expect',
    'cse b',
  ],
  [
    /neither an absolute identifier nor a name that a certificate holds/,
    http,
    ...credential,
    ...trust,
    '--expect',
    'a.example=b.example',
  ],
  [/--suites: TLS_RSA is none of/, tls, ...asCae1, '--suites', 'TLS_RSA'],
  [/--to is for http targets/, tls, ...asCae1, '--to', cseB],
  [/--server-name is for tls targets/, http, ...asCae1, '--server-name', 'cse-b.example.com'],
  [/--certificate-profile rfc5280 is for tls targets/, http, ...asCae1, '--certificate-profile', 'rfc5280'],
  [/--profile interop is for tls targets/, http, ...asCae1, '--profile', 'interop'],
  [/--groups is for tls targets/, http, ...asCae1, '--groups', 'secp256r1'],
  [
    /--signature-schemes is for tls targets/,
    http,
    ...asCae1,
    '--signature-schemes',
    'ecdsa_secp256r1_sha256',
  ],
  [/--timeout must be a whole number/, tls, ...asCae1, '--timeout', '0'],
  [/--time must be an ISO 8601 time/, tls, ...asCae1, '--time', 'tomorrow'],
  [
    /there is no peer entry .*\/\/m2m\.example\.com\/cse-c/,
    http,
    ...asCae1,
    '--to',
    '//m2m.example.com/cse-c',
  ],
  [/baseUrl is no http/, 'http://user@127.0.0.1:1', ...asCae1],
  [/--carrier must be notify or e2ekeycse or containers/, http, ...asCae1, '--carrier', 'mqtt'],
  [/--carrier is for http targets/, tls, ...asCae1, '--carrier', 'notify'],
  [/--hop-trust is for http targets/, tls, ...asCae1, '--hop-trust', certs('root.pem')],
  [/--receive is for http targets/, tls, ...asCae1, '--receive', 'polling'],
  [/--hop-trust is for https targets/, http, ...asCae1, '--hop-trust', certs('root.pem')],
  [/--hop-trust .*none\.pem: no such file/, https, ...asCae1, '--hop-trust', 'none.pem'],
  [
    /--hop-trust .*cae1\.key: there is no certificate in it/,
    https,
    ...asCae1,
    '--hop-trust',
    certs('cae1.key'),
  ],
  [/--cse-base is for --carrier containers/, http, ...asCae1, '--cse-base', 'base'],
  [/--receive is for --carrier containers/, http, ...asCae1, '--carrier', 'notify', '--receive', 'polling'],
  [
    /--point-of-access is for --carrier containers/,
    http,
    ...[...asCae1, '--carrier', 'e2ekeycse', '--point-of-access', 'http://127.0.0.1:0'],
  ],
  [
    /--point-of-access is for --receive notification/,
    http,
    ...[...asCae1, '--carrier', 'containers', '--point-of-access', 'http://127.0.0.1:0'],
  ],
  [
    /--point-of-access https:\/\/x is no http: URL; there is no certificate for an https: one/,
    http,
    ...[...notified, '--point-of-access', 'https://x'],
  ],
  [
    /--point-of-access: cannot listen on 192\.0\.2\.1 port 80/,
    http,
    ...[...notified, '--point-of-access', 'http://192.0.2.1'],
  ],
  [/--cse-base: cseBase is no address of a <CSEBase>/, http, ...[...notified, '--cse-base', 'base/']],
];

for (const [sentence, ...argv] of wrong)
  test(`exit 2 and a sentence: ${sentence.source}`, async () => {
    const { code, stdout, stderr } = await run('establish', ...argv, '--json');
    assert.equal(code, 2, stdout);
    assert.match(stderr, sentence);
    const { error } = JSON.parse(stdout);
    assert.equal(error.code, 'OPTION_INVALID');
    assert.equal(error.role, 'initiating');
  });

/** The error document without its sentence, which is for people; of the finding, the field. */
function withoutMessage(stdout: string): object {
  const { error } = JSON.parse(stdout);
  const { message, finding, ...rest } = error;
  assert.equal(typeof message, 'string');
  return { ...rest, finding: finding?.field ?? null };
}

async function serve(t: TestContext): Promise<{ service: Started; url: string }> {
  const service = start(t, 'serve', '--config', configFile(t).file, '--json');
  const { status, host, port } = await service.line();
  assert.equal(status, 'listening');
  return { service, url: `http://${host}:${port}` };
}

async function transit(t: TestContext, hops: number, url: string): Promise<string> {
  if (hops === 0) return url;
  const next = await transit(t, hops - 1, url);
  const cse = await transitCse({ id: `//m2m.example.com/transit-${hops}`, routes: { [cseB]: next } });
  t.after(() => cse.close());
  return cse.url;
}

async function portOf(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}
