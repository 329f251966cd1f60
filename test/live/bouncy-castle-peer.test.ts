// BouncyCastle with itself, with OpenSSL and with Node's tls: what src/interop/peers/bouncy-castle.ts reads is what
// the stack says, and what the Java program insists on it does insist on, proven without our own handshake.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import {
  applicationProtocol,
  type ForeignCredential,
  type ForeignOptions,
  type ForeignPeer,
} from '../../src/interop/foreign-peer.ts';
import { bouncyCastle } from '../../src/interop/peers/bouncy-castle.ts';
import { openssl } from '../../src/interop/peers/openssl.ts';
import {
  type Authority,
  certificatePem,
  type Issued,
  keyUsage,
  makeAuthority,
} from '../../src/testing/certificate-maker.ts';
import { within } from '../within.ts';
import { needed } from './needed.ts';

// The first one compiles, and each starts a virtual machine or two.
const alone = { ...(await needed(bouncyCastle)), timeout: 30_000 };
const { skip: without } = await needed(openssl);
const withOpenssl = without === false ? alone : { ...alone, skip: without };

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Buffer) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const gcm = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256';
const ccm8 = 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8';
const cbc = 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256';
const rsaGcm = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256';
const pskGcm = 'TLS_PSK_WITH_AES_128_GCM_SHA256';
const ecdhePskCbc = 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256';

const certs = (name: string) => fileURLToPath(new URL(`../../certs/${name}`, import.meta.url));
const x509 = (name: string): ForeignCredential => ({
  kind: 'x509',
  certificate: certs(`${name}.pem`),
  key: certs(`${name}.key`),
});
const root = { anchors: certs('root.pem') };

/** A raw public key, and the private key of `signer` if it is not its own. */
function raw(name: string, signer = name): ForeignCredential {
  return { kind: 'raw', publicKey: join(folder, `${name}.pub`), key: join(folder, `${signer}.key`) };
}
for (const [name, { publicKey, privateKey }] of [
  ['initiating', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['terminating', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['rsa', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ed25519', generateKeyPairSync('ed25519')],
] as const) {
  file(`${name}.pub`, publicKey.export({ type: 'spki', format: 'pem' }));
  file(`${name}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

/** What an end-point is and insists on: a certificate under the root, unless it is said. */
const ae = (options: Partial<ForeignOptions> = {}): ForeignOptions => ({
  credential: x509('cae1'),
  trust: root,
  suites: [gcm],
  ...options,
});
const cse = (options: Partial<ForeignOptions> = {}) => ae({ credential: x509('cse-b'), ...options });
const psk = (suite: string, identity = '//m2m.example.com/é=1', secret = '0123456789abcdef'.repeat(2)) =>
  ae({ credential: { kind: 'psk', identity, secret }, trust: null, suites: [suite] });

async function handshake(
  initiating: ForeignPeer,
  initiatingOptions: ForeignOptions,
  terminating: ForeignPeer,
  terminatingOptions: ForeignOptions,
) {
  assert.equal(await initiating.lacks('initiating', initiatingOptions), null);
  assert.equal(await terminating.lacks('terminating', terminatingOptions), null);
  const server = await terminating.terminate(terminatingOptions);
  try {
    const client = await within(initiating.initiate(server.port, initiatingOptions), initiating.name);
    return { client, server: await within(server.handshake, terminating.name) };
  } finally {
    await server.stop();
  }
}

/** Also says what both have exported. */
async function agree(...parties: Parameters<typeof handshake>): Promise<string> {
  const { client, server } = await handshake(...parties);
  const { exported } = client;
  const outputs = `${client.output}\n${server.output}`;
  assert.match(exported ?? 'nothing', /^[0-9a-f]{96}$/, outputs);
  const agreed = { exported, suite: parties[1].suites[0], alertSent: null, alertReceived: null, output: '' };
  assert.deepEqual({ ...client, output: '' }, agreed, outputs);
  assert.deepEqual({ ...server, output: '' }, agreed, outputs);
  return outputs;
}

/** BouncyCastle at both ends; one of them refuses the other by an alert. */
async function refuses(
  who: 'initiating' | 'terminating',
  alert: string,
  initiating: ForeignOptions,
  terminating: ForeignOptions,
): Promise<void> {
  const { client, server } = await handshake(bouncyCastle, initiating, bouncyCastle, terminating);
  const [refusing, refused] = who === 'initiating' ? [client, server] : [server, client];
  assert.deepEqual(
    [refusing.exported, refusing.alertSent, refusing.alertReceived],
    [null, alert, null],
    refusing.output,
  );
  assert.deepEqual(
    [refused.exported, refused.alertSent, refused.alertReceived],
    [null, null, alert],
    refused.output,
  );
}

for (const [name, initiating, terminating] of [
  ['AES-GCM', ae(), cse()],
  ['AES-CCM with 8 bytes of tag', ae({ suites: [ccm8] }), cse({ suites: [ccm8] })],
  ['AES-CBC', ae({ suites: [cbc] }), cse({ suites: [cbc] })],
  ['X25519', ae({ groups: ['x25519'] }), cse({ groups: ['secp256r1', 'x25519'] })],
  ['no indicator to export', ae({ exportIndicator: false }), cse()],
  ['no client authentication', ae({ credential: null }), cse({ clientAuthentication: false })],
  ['a pre-shared key (RFC 4279 §2)', psk(pskGcm), psk(pskGcm)],
  ['ECDHE with a pre-shared key (RFC 5489 §2)', psk(ecdhePskCbc), psk(ecdhePskCbc)],
] as const) {
  test(`BouncyCastle and BouncyCastle export the same 48 bytes: ${name}`, alone, async () => {
    await agree(bouncyCastle, initiating, bouncyCastle, terminating);
  });
  test(`BouncyCastle and OpenSSL export the same 48 bytes: ${name}`, withOpenssl, async () => {
    // OpenSSL wants the group of an ECDSA certificate among those that it is told and offered (RFC 8422 §5.1).
    const groups = [...(initiating.groups ?? []), 'secp256r1'];
    await agree(bouncyCastle, { ...initiating, groups }, openssl, { ...terminating, groups });
    await agree(openssl, { ...initiating, groups }, bouncyCastle, { ...terminating, groups });
  });
}

const rawBoth = { trust: 'raw' } as const;
for (const [name, initiating, terminating] of [
  [
    'raw public keys',
    ae({ ...rawBoth, credential: raw('initiating') }),
    cse({ ...rawBoth, credential: raw('terminating') }),
  ],
  ['a raw public key and a certificate', ae({ credential: raw('initiating') }), cse(rawBoth)],
  ['a certificate and a raw public key', ae(rawBoth), cse({ credential: raw('terminating') })],
  [
    'raw public keys with RSA',
    ae({ ...rawBoth, credential: raw('rsa'), suites: [rsaGcm] }),
    cse({ ...rawBoth, credential: raw('rsa'), suites: [rsaGcm] }),
  ],
  [
    'raw public keys with Ed25519',
    ae({ ...rawBoth, credential: raw('ed25519') }),
    cse({ ...rawBoth, credential: raw('ed25519'), signatureSchemes: ['ed25519'] }),
  ],
] as const)
  test(`BouncyCastle and BouncyCastle export the same 48 bytes: ${name} (RFC 7250 §4)`, alone, async () => {
    await agree(bouncyCastle, initiating, bouncyCastle, terminating);
  });

test('without extended master secret the handshake ends well, and nothing is exported', alone, async () => {
  const off = { extendedMasterSecret: false };
  for (const [initiating, terminating] of [
    [ae(off), cse()],
    [ae(), cse(off)],
  ] as const) {
    const { client, server } = await handshake(bouncyCastle, initiating, bouncyCastle, terminating);
    const told = { exported: null, suite: gcm, alertSent: null, alertReceived: null, output: '' };
    assert.deepEqual({ ...client, output: '' }, told, client.output);
    assert.deepEqual({ ...server, output: '' }, told, server.output);
  }
});

test('as it is told, it offers and answers encrypt-then-MAC (RFC 7366 §2)', withOpenssl, async () => {
  // OpenSSL shows the bytes of the ServerHello.
  const negotiated = (output: string) => {
    const [, dump = ''] = /ServerHello\r?\n((?: {4}[0-9a-f ]+\r?\n)+)/.exec(output) ?? [];
    return dump.replace(/\s+/g, ' ').includes(' 00 16 00 00');
  };
  for (const encryptThenMac of [true, false]) {
    const initiating = ae({ suites: [cbc] });
    const terminating = cse({ suites: [cbc] });
    const offered = await agree(bouncyCastle, { ...initiating, encryptThenMac }, openssl, terminating);
    assert.equal(negotiated(offered), encryptThenMac, offered);
    const answered = await agree(openssl, initiating, bouncyCastle, { ...terminating, encryptThenMac });
    assert.equal(negotiated(answered), encryptThenMac, answered);
  }
});

test('of several suites it takes its own best as terminating end-point', alone, async () => {
  const { client } = await handshake(
    bouncyCastle,
    ae({ suites: [gcm, ccm8] }),
    bouncyCastle,
    // What its key cannot sign for, it passes over.
    cse({ suites: [rsaGcm, ccm8, gcm] }),
  );
  assert.equal(client.suite, ccm8, client.output);
});

test(
  'it takes no group that it is not told, nor signs by another scheme: handshake_failure',
  alone,
  async () => {
    const p384 = { groups: ['secp384r1'] };
    await refuses('terminating', 'handshake_failure', ae({ groups: ['x25519'] }), cse(p384));
    const sha256 = { signatureSchemes: ['ecdsa_secp256r1_sha256'] };
    const sha512 = { signatureSchemes: ['ecdsa_secp521r1_sha512'] };
    await refuses('terminating', 'handshake_failure', ae(sha256), cse(sha512));
  },
);

test('without a common suite: handshake_failure', alone, async () => {
  await refuses('terminating', 'handshake_failure', ae(), cse({ suites: [ccm8] }));
});

test('without a common application protocol: no_application_protocol (RFC 7301 §3.2)', alone, async t => {
  const server = await bouncyCastle.terminate(cse());
  t.after(server.stop);
  const socket = connect({ port: server.port, host: '127.0.0.1', ca: [], ALPNProtocols: ['http/1.1'] });
  await assert.rejects(once(socket, 'secureConnect'), {
    code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
  });
  const { alertSent, output } = await within(server.handshake, 'BouncyCastle');
  assert.equal(alertSent, 'no_application_protocol', output);
});

test('as it is told, it offers the indicator to export and answers it', withOpenssl, async () => {
  for (const exportIndicator of [true, false]) {
    const answered = await agree(openssl, ae(), bouncyCastle, cse({ exportIndicator }));
    assert.equal(answered.includes(`ALPN protocol: ${applicationProtocol}`), exportIndicator, answered);
    const offered = await agree(bouncyCastle, ae({ exportIndicator }), openssl, cse());
    assert.equal(
      offered.includes(`ALPN protocols advertised by the client: ${applicationProtocol}`),
      exportIndicator,
      offered,
    );
  }
});

test('a pre-shared key is the same or nothing, and belongs to its identity', alone, async () => {
  const other = psk(pskGcm, undefined, 'ff'.repeat(16));
  await refuses('terminating', 'bad_record_mac', psk(pskGcm), other);
  await refuses('terminating', 'unknown_psk_identity', psk(pskGcm, 'nobody'), psk(pskGcm));
});

test(
  'a terminating end-point that asks for a certificate insists on it: handshake_failure',
  alone,
  async () => {
    await refuses('terminating', 'handshake_failure', ae({ credential: null }), cse());
  },
);

test('a raw public key without its private key: decrypt_error', alone, async () => {
  const stolen = ae({ credential: raw('initiating', 'terminating') });
  await refuses('terminating', 'decrypt_error', stolen, cse(rawBoth));
  const posed = cse({ credential: raw('terminating', 'initiating') });
  await refuses('initiating', 'decrypt_error', ae(rawBoth), posed);
});

test('a raw public key where X.509 is expected, and the other way round (RFC 7250 §4.2)', alone, async () => {
  const rawCse = cse({ credential: raw('terminating') });
  const rawAe = ae({ credential: raw('initiating') });
  for (const [initiating, terminating] of [
    [ae(), rawCse],
    [ae(rawBoth), cse()],
    [rawAe, cse()],
    [ae(), cse(rawBoth)],
  ] as const)
    await refuses('terminating', 'unsupported_certificate', initiating, terminating);
});

test(
  'to OpenSSL, which has no certificate types, it neither shows nor believes a raw key',
  withOpenssl,
  async () => {
    const believing = await handshake(bouncyCastle, ae(rawBoth), openssl, cse());
    assert.deepEqual(
      [believing.client.exported, believing.client.alertSent],
      [null, 'unsupported_certificate'],
      believing.client.output,
    );
    const shown = await handshake(bouncyCastle, ae({ credential: raw('initiating') }), openssl, cse());
    assert.deepEqual(
      [shown.client.exported, shown.client.alertReceived],
      [null, 'handshake_failure'],
      shown.client.output,
    );
  },
);

const authority = makeAuthority();
const stranger = makeAuthority({ subject: 'stranger' });
const impostor = makeAuthority({ key: stranger.key });
const intermediate = authority.authority();
const expired = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-01-02T00:00:00Z') };
const future = { notBefore: new Date('2125-01-01T00:00:00Z'), notAfter: new Date('2126-01-01T00:00:00Z') };
const leaf = intermediate.issue();
const selfSigned = makeAuthority({ subject: 'self-signed', extensions: [keyUsage('digitalSignature')] });
const signed = (by: Authority, key = by.key) => by.issue({ subject: 'signed', key });

interface Chain {
  readonly name: string;
  readonly leaf: Issued;
  readonly above: readonly Issued[];
  /** Null if it is accepted. */
  readonly alert: string | null;
}

const notAnAuthority = intermediate.issue({ subject: 'not an authority' });
const tight = authority.authority({ subject: 'tight', pathLen: 0 });
const below = tight.authority({ subject: 'below' });
const constrained = authority.authority({
  subject: 'constrained',
  nameConstraints: { permitted: ['dns:example.com'] },
});

const chains: readonly Chain[] = [
  { name: 'ends below the anchor', leaf, above: [intermediate], alert: null },
  { name: 'ends in the anchor', leaf, above: [intermediate, authority], alert: null },
  { name: 'comes twice and in disorder', leaf, above: [authority, leaf, intermediate], alert: null },
  { name: 'is the anchor itself', leaf: selfSigned, above: [], alert: null },
  { name: 'is of a stranger', leaf: signed(stranger), above: [], alert: 'unknown_ca' },
  { name: 'is of a namesake of the anchor', leaf: signed(impostor), above: [impostor], alert: 'unknown_ca' },
  { name: 'lacks a link', leaf, above: [], alert: 'unknown_ca' },
  {
    name: 'has an end-point for an issuer',
    leaf: makeForged(notAnAuthority),
    above: [notAnAuthority, intermediate],
    alert: 'bad_certificate',
  },
  {
    name: 'is longer than its pathLenConstraint',
    leaf: below.issue(),
    above: [below, tight],
    alert: 'bad_certificate',
  },
  {
    name: 'leaves its name constraints',
    leaf: constrained.issue({ names: ['dns:other.example'] }),
    above: [constrained],
    alert: 'bad_certificate',
  },
  {
    name: 'has another signature',
    leaf: intermediate.issue({
      editSignature: signature =>
        signature.map((byte, at) => (at === signature.length - 1 ? byte ^ 1 : byte)),
    }),
    above: [intermediate],
    alert: 'bad_certificate',
  },
  {
    name: 'has expired',
    leaf: intermediate.issue(expired),
    above: [intermediate],
    alert: 'certificate_expired',
  },
  {
    name: 'is not yet valid',
    leaf: intermediate.issue(future),
    above: [intermediate],
    alert: 'certificate_expired',
  },
];

/** Issued by a certificate that may issue nothing. */
function makeForged(issuer: Issued): Issued {
  return makeAuthority({ subject: 'not an authority', key: issuer.key }).issue({ subject: 'forged' });
}

mkdirSync(join(folder, 'chains'));
const anchors = file('chains/anchors.pem', certificatePem(authority.der, selfSigned.der));

for (const [index, { name, leaf: end, above, alert }] of chains.entries())
  test(`a chain that ${name}: ${alert ?? 'accepted'} (RFC 5280 §6.1)`, alone, async () => {
    const certificate = file(`chains/${index}.pem`, certificatePem(end.der, ...above.map(({ der }) => der)));
    const key = file(`chains/${index}.key`, end.keyPem);
    const judged = ae({ credential: { kind: 'x509', certificate, key } });
    const judging = cse({ trust: { anchors } });
    if (alert === null) await agree(bouncyCastle, judged, bouncyCastle, judging);
    else await refuses('terminating', alert, judged, judging);
  });

test('without trust anchors an initiating end-point believes nobody: unknown_ca', alone, () =>
  refuses('initiating', 'unknown_ca', ae({ trust: null }), cse()),
);

test('it staples what it is given, and says what was stapled (RFC 6066 §8)', alone, async () => {
  // An OCSPResponse with the status tryLater (RFC 6960 §4.2.1).
  const staple = file('staple.der', Buffer.from('30030a0103', 'hex'));
  const asked = await agree(bouncyCastle, ae({ staple }), bouncyCastle, cse({ staple }));
  assert.match(asked, /^STAPLED 30030a0103$/m);
  const unasked = await agree(bouncyCastle, ae(), bouncyCastle, cse({ staple }));
  assert.doesNotMatch(unasked, /STAPLED/);
});

test('it sends a request and shows what comes back, which is not taken for its own words', alone, async t => {
  const answer = 'HTTP/1.0 200 OK\r\n\r\nALERT_SENT 40\nALERT_RECEIVED 40\n';
  const settings = {
    cert: readFileSync(certs('cse-b.pem')),
    key: readFileSync(certs('cse-b.key')),
    ca: readFileSync(certs('root.pem')),
    requestCert: true,
    maxVersion: 'TLSv1.2',
    ALPNProtocols: [applicationProtocol],
  } as const;
  let request = '';
  const server = createServer(settings, socket => {
    socket.once('data', data => {
      request = data.toString();
      socket.end(answer);
    });
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sent = 'GET /?a=b HTTP/1.0\r\n\r\n';
  const { output, ...told } = await within(bouncyCastle.initiate(port, ae(), sent), 'BouncyCastle');
  assert.equal(request, sent);
  assert.deepEqual([told.suite, told.alertSent, told.alertReceived], [gcm, null, null], output);
  assert.ok(output.endsWith(`RECEIVED\n${answer}`), output);
});

test('it is stopped before anybody comes, and has nothing to tell', alone, async () => {
  const server = await bouncyCastle.terminate(cse());
  await within(server.stop(), 'the end');
  const { output, ...told } = await within(server.handshake, 'the outcome');
  assert.deepEqual(told, { exported: null, suite: null, alertSent: null, alertReceived: null }, output);
});

test('a file that is not there is CARRIER_FAILED, with the reason', alone, async () => {
  const absent = { kind: 'x509', certificate: join(folder, 'absent.pem'), key: certs('cae1.key') } as const;
  await assert.rejects(bouncyCastle.terminate(ae({ credential: absent })), {
    code: 'CARRIER_FAILED',
    message: /^REASON .*NoSuchFileException: .*absent\.pem$/m,
  });
});

test('what it has not is told before', alone, async () => {
  assert.match((await bouncyCastle.version()) ?? 'nothing', /^\d+\.\d+$/);
  for (const role of ['initiating', 'terminating'] as const) {
    const lacks = (options: Partial<ForeignOptions>) => bouncyCastle.lacks(role, ae(options));
    assert.equal(await lacks({ suites: [gcm, 'TLS_NONE'] }), 'no TLS_NONE');
    assert.equal(await lacks({ suites: ['TLS_AES_128_GCM_SHA256'] }), 'no TLS_AES_128_GCM_SHA256');
    assert.equal(await lacks({ groups: ['secp256r1', 'none'] }), 'no none');
    assert.equal(await lacks({ signatureSchemes: ['ed25519', 'none'] }), 'no none');
    assert.equal(await lacks({ version: 'TLS 1.3' }), 'no TLS 1.3 here');
    assert.equal(await lacks({ credential: raw('initiating'), trust: 'raw' }), null);
  }
  await assert.rejects(bouncyCastle.terminate(cse({ groups: ['none'] })), {
    code: 'OPTION_INVALID',
    message: 'none has no number here',
  });
});

/** Runs a script that knows `bouncyCastle` in a process of its own. */
function apart(script: string, environment: Readonly<Record<string, string>>): string {
  const peer = new URL('../../src/interop/peers/bouncy-castle.ts', import.meta.url);
  const module = `import { bouncyCastle } from ${JSON.stringify(peer.href)};\n${script}`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', module], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    timeout: 20_000,
  });
  return stdout;
}

test('without java on the PATH there is none', () => {
  assert.equal(apart('console.log(await bouncyCastle.version())', { PATH: '' }), 'null\n');
});

test('an identity is UTF-8 whatever the locale is (RFC 4279 §5.1)', withOpenssl, () => {
  const { href } = new URL('../../src/interop/peers/openssl.ts', import.meta.url);
  const options = JSON.stringify(psk(pskGcm, 'é'));
  const script = `
    import { openssl } from ${JSON.stringify(href)};
    const server = await bouncyCastle.terminate(${options});
    await openssl.initiate(server.port, ${options});
    console.log((await server.handshake).output);`;
  assert.match(apart(script, { LC_ALL: 'C' }), /^EXPORTED /m);
});

test('what was compiled goes with the process', alone, () => {
  const TMPDIR = join(folder, 'tmp');
  mkdirSync(TMPDIR);
  const script = `
    import { readdirSync } from 'node:fs';
    console.log(await bouncyCastle.lacks('initiating', { credential: null, trust: null, suites: [] }));
    console.log(readdirSync(${JSON.stringify(TMPDIR)}).join().replace(/-[^-]*$/, ''));`;
  assert.equal(apart(script, { TMPDIR }), 'null\ne2ekey-bouncy-castle\n');
  assert.deepEqual(readdirSync(TMPDIR), []);
});
