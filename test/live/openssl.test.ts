// OpenSSL as the other end-point, live and in both roles, through the real command line: its exporter is the judge
// of ours, and its alerts are what we say they are.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ForeignHandshake, ForeignOptions } from '../../src/interop/foreign-peer.ts';
import { openssl } from '../../src/interop/peers/openssl.ts';
import { run } from '../cli/run.ts';
import { start } from '../cli/started.ts';
import { within } from '../within.ts';
import { needed } from './needed.ts';

const certs = (name: string) => fileURLToPath(new URL(`../../certs/${name}`, import.meta.url));
const pair = (name: string) => ({
  kind: 'x509' as const,
  certificate: certs(`${name}.pem`),
  key: certs(`${name}.key`),
});

const ccm8 = 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8';
const gcm = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256';
const cbc = 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256';

const initiating: ForeignOptions = {
  credential: pair('cae1'),
  trust: { anchors: certs('root.pem') },
  suites: [ccm8],
};
const terminating: ForeignOptions = { ...initiating, credential: pair('cse-b') };

/** The options of a command line with the credential certs/NAME. */
const own = (name: string) => [
  '--credential',
  certs(`${name}.pem`),
  '--key',
  certs(`${name}.key`),
  '--trust',
  certs('root.pem'),
];

const options = await needed(openssl);
const live = (name: string, fn: (t: TestContext) => Promise<void>) => test(name, options, fn);

for (const [suite, encryptThenMac] of [
  [ccm8, true],
  [gcm, true],
  [cbc, true],
  [cbc, false],
] as const) {
  const named = suite === cbc ? `${suite} ${encryptThenMac ? 'with' : 'without'} encrypt-then-MAC` : suite;

  live(`s_server exports the same 48 bytes as establish: ${named} (TS-0003 10.3.1)`, async t => {
    const server = await serve(t, { ...terminating, suites: [suite], encryptThenMac });
    const expect = ['--expect', '//m2m.example.com/cse-b=cse-b.m2m.example.com'];
    const { code, stdout, stderr } = await run(
      ...['establish', `tls://127.0.0.1:${server.port}`, ...own('cae1'), ...expect, '--reveal-key', '--json'],
    );
    assert.equal(code, 0, stderr);
    const { output, ...foreign } = await within(server.handshake, 's_server');
    const document = JSON.parse(stdout);
    assert.deepEqual(
      foreign,
      { exported: document.exported, suite, alertSent: null, alertReceived: null },
      output,
    );
    assert.match(document.exported, /^[0-9a-f]{96}$/);
    assert.equal(document.keyId, document.exported.slice(0, 32).toUpperCase());
    const { fingerprint, ...peer } = document.peer;
    assert.deepEqual(peer, {
      flavour: 'cse-id',
      id: '//m2m.example.com/cse-b',
      subject: 'CN=cse-b.m2m.example.com',
    });
    assert.deepEqual([document.role, document.suite, document.exportIndicator], ['initiating', suite, true]);
    assert.equal(negotiatesEncryptThenMac(output), suite === cbc && encryptThenMac);
  });

  live(
    `s_client exports the same 48 bytes as listen, and GET returns the report: ${named} (TS-0003 10.3.1)`,
    async t => {
      const { port, listener } = await listen(t, '--count', '1', '--reveal-key');
      const offer = { ...initiating, suites: [suite], encryptThenMac };
      const { output, ...foreign } = await openssl.initiate(port, offer, 'GET / HTTP/1.0\r\n\r\n');
      const { exported, ...report } = await listener.line();
      assert.equal(await listener.code, 0);
      assert.deepEqual(foreign, { exported, suite, alertSent: null, alertReceived: null }, output);
      assert.deepEqual([report.role, report.suite, report.exportIndicator], ['terminating', suite, true]);
      // Without `exported`: the key is for whoever reads our output alone.
      assert.deepEqual(JSON.parse(/^\{.*"status".*\}$/m.exec(output)?.[0] ?? 'null'), report);
      assert.equal(negotiatesEncryptThenMac(output), suite === cbc && encryptThenMac);
    },
  );
}

live('listen takes one handshake after the other, and --count ends it; without a GET as well', async t => {
  const { port, listener } = await listen(t, '--count', '3', '--reveal-key');
  for (const suite of [ccm8, gcm, cbc]) {
    const { exported } = await openssl.initiate(port, { ...initiating, suites: [suite] });
    const line = await listener.line();
    assert.deepEqual([line.suite, line.exported], [suite, exported]);
  }
  assert.equal(await listener.code, 0);
  assert.deepEqual(listener.rest(), []);
});

live('without the indicator to export there is a key, and the report says so (TS-0003 8.7.2.2)', async t => {
  const { port, listener } = await listen(t, '--count', '1', '--reveal-key');
  const { exported } = await openssl.initiate(port, { ...initiating, exportIndicator: false });
  const line = await listener.line();
  assert.deepEqual([line.exportIndicator, line.exported], [false, exported]);
});

interface Refused {
  readonly name: string;
  readonly foreign?: Partial<ForeignOptions>;
  /** Our credential, if not the usual one. */
  readonly own?: string;
  readonly also?: readonly string[];
  readonly code: string;
  /** The alert of the one who refuses. */
  readonly alert: string;
  /** It is OpenSSL that refuses. */
  readonly theirs?: boolean;
}

const wrong: readonly Refused[] = [
  {
    name: 'a certificate of another root',
    foreign: { credential: pair('other-cae1') },
    code: 'CERTIFICATE_UNTRUSTED',
    alert: 'unknown_ca',
  },
  {
    name: 'an expired certificate',
    foreign: { credential: pair('cae1-expired') },
    code: 'CERTIFICATE_EXPIRED',
    alert: 'certificate_expired',
  },
  {
    name: 'the certificate of somebody else',
    also: ['--expect', '//m2m.example.com/cse-a/Cae2'],
    code: 'IDENTITY_MISMATCH',
    alert: 'bad_certificate',
  },
  {
    name: 'no extended master secret',
    foreign: { extendedMasterSecret: false },
    code: 'EXTENDED_MASTER_SECRET_MISSING',
    alert: 'handshake_failure',
  },
  {
    name: 'no indicator to export where it is required',
    foreign: { exportIndicator: false },
    also: ['--require-export-indicator'],
    code: 'EXPORT_INDICATOR_MISSING',
    alert: 'no_application_protocol',
  },
];

const wrongInitiating: readonly Refused[] = [
  ...wrong,
  {
    name: 'no certificate',
    foreign: { credential: null },
    code: 'PEER_CERTIFICATE_MISSING',
    alert: 'handshake_failure',
  },
  {
    name: 'another suite',
    foreign: { suites: ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'] },
    code: 'NOTHING_IN_COMMON',
    alert: 'handshake_failure',
  },
  {
    name: 'another curve',
    foreign: { groups: ['secp384r1'] },
    code: 'NOTHING_IN_COMMON',
    alert: 'handshake_failure',
  },
  {
    name: 'TLS 1.1 alone',
    foreign: { version: 'TLS 1.1', suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'] },
    code: 'VERSION_UNSUPPORTED',
    alert: 'protocol_version',
  },
  {
    name: 'TLS 1.3 alone',
    foreign: { version: 'TLS 1.3' },
    code: 'NOTHING_IN_COMMON',
    alert: 'handshake_failure',
  },
  {
    name: 'our certificate, of another root',
    own: 'other-cae1',
    code: 'ALERT_RECEIVED',
    alert: 'unknown_ca',
    theirs: true,
  },
  {
    name: 'our certificate, expired',
    own: 'cae1-expired',
    code: 'ALERT_RECEIVED',
    alert: 'certificate_expired',
    theirs: true,
  },
];

const wrongTerminating: readonly Refused[] = [
  ...wrong,
  {
    name: 'our suites',
    foreign: { suites: ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'] },
    code: 'ALERT_RECEIVED',
    alert: 'handshake_failure',
    theirs: true,
  },
  {
    name: 'our curve',
    foreign: { groups: ['secp384r1'] },
    code: 'ALERT_RECEIVED',
    alert: 'handshake_failure',
    theirs: true,
  },
  {
    // It would go down to its version, for which no suite is offered.
    name: 'our suites, since it speaks TLS 1.1 alone',
    foreign: { version: 'TLS 1.1', suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'] },
    code: 'ALERT_RECEIVED',
    alert: 'handshake_failure',
    theirs: true,
  },
  {
    name: 'our certificate, of another root',
    own: 'other-cae1',
    code: 'ALERT_RECEIVED',
    alert: 'unknown_ca',
    theirs: true,
  },
  {
    name: 'our certificate, expired',
    own: 'cae1-expired',
    code: 'ALERT_RECEIVED',
    alert: 'certificate_expired',
    theirs: true,
  },
];

for (const refused of wrongInitiating)
  live(
    `${refused.theirs ? 's_client refuses' : 'listen refuses'} ${refused.name}: ${refused.code}, ${refused.alert}`,
    async t => {
      const { port, listener } = await listen(
        t,
        '--count',
        '1',
        ...(refused.own ? own(refused.own) : own('cse-b')),
        ...(refused.also ?? []),
      );
      const foreign = await openssl.initiate(port, { ...initiating, ...refused.foreign });
      assertRefused(refused, 'terminating', await listener.line(), foreign);
      assert.equal(await listener.code, 1);
    },
  );

for (const refused of wrongTerminating)
  live(
    `${refused.theirs ? 's_server refuses' : 'establish refuses'} ${refused.name}: ${refused.code}, ${refused.alert}`,
    async t => {
      const server = await serve(t, { ...terminating, ...refused.foreign });
      const words = [...own(refused.own ?? 'cae1'), ...(refused.also ?? [])];
      const { code, stdout } = await run('establish', `tls://127.0.0.1:${server.port}`, ...words, '--json');
      assertRefused(refused, 'initiating', JSON.parse(stdout), await within(server.handshake, 's_server'));
      assert.equal(code, 1);
    },
  );

function assertRefused(
  { code, alert, theirs = false }: Refused,
  role: string,
  document: Record<string, unknown>,
  { exported, alertSent, alertReceived, output }: ForeignHandshake,
): void {
  const { message, rsc, finding, ...error } = document.error as Record<string, unknown>;
  const told = theirs ? { sent: null, received: alert } : { sent: alert, received: null };
  assert.deepEqual(error, { code, alert: told, role, peer: null }, `${message} ${output}`);
  assert.deepEqual([alertSent, alertReceived], [told.received, told.sent], output);
  // Where a certificate is at fault, and nowhere else.
  const isCertificate = /^CERTIFICATE_|^IDENTITY_/.test(code);
  assert.equal(finding !== undefined, isCertificate, `${message}`);
  assert.equal(exported, null, output);
}

async function serve(t: TestContext, offered: ForeignOptions) {
  const server = await openssl.terminate(offered);
  t.after(server.stop);
  return server;
}

async function listen(t: TestContext, ...words: readonly string[]) {
  const credential = words.includes('--credential') ? [] : own('cse-b');
  const listener = start(t, 'listen', '--port', '0', '--json', ...credential, ...words);
  const { port } = await listener.line();
  return { port: Number(port), listener };
}

/** encrypt_then_mac (22) stands empty in ServerHello; `-msg` shows its bytes. */
function negotiatesEncryptThenMac(output: string): boolean {
  const [, dump = ''] = /ServerHello\r?\n((?: {4}[0-9a-f ]+\r?\n)+)/.exec(output) ?? [];
  return dump.replace(/\s+/g, ' ').includes(' 00 16 00 00');
}
