// The foreign stacks among themselves: what the files of src/interop/peers read is what a stack says, proven without
// our own handshake.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { suites } from '../../src/crypto/suites.ts';
import type { ForeignCredential, ForeignOptions, ForeignPeer } from '../../src/interop/foreign-peer.ts';
import { type KeyKind, makeMatrixLab } from '../../src/interop/matrix-lab.ts';
import { gnutls } from '../../src/interop/peers/gnutls.ts';
import { nodeTls } from '../../src/interop/peers/node-tls.ts';
import { openssl } from '../../src/interop/peers/openssl.ts';
import { longestOutput, start } from '../../src/interop/program.ts';
import { opensslSuiteName } from '../../src/testing/openssl-suite-name.ts';
import { within } from '../within.ts';
import { needed } from './needed.ts';

const peers = [openssl, gnutls, nodeTls];
const installed = new Map<ForeignPeer, Awaited<ReturnType<typeof needed>>>();
for (const peer of peers) installed.set(peer, await needed(peer));

const lab = await makeMatrixLab();
after(lab.close);
const root = { anchors: lab.anchors };
const otherRoot = { anchors: fileURLToPath(new URL('../../certs/other-root.pem', import.meta.url)) };

/** An OCSPResponse of the status tryLater (RFC 6960 §4.2.1), in DER. */
const staple = join(dirname(lab.anchors), 'staple.der');
writeFileSync(staple, Buffer.from('30030a0103', 'hex'));

const gcm = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256';
const ccm8 = 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8';
const cbc = 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256';
const rsaGcm = 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384';
const pskGcm = 'TLS_PSK_WITH_AES_128_GCM_SHA256';
const ecdhePskCbc = 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256';

function x509(kind: KeyKind, suite: string): ForeignOptions {
  const { certificate, key } = lab.credential(kind).files;
  return { credential: { kind: 'x509', certificate, key }, trust: root, suites: [suite] };
}

function raw(kind: KeyKind): ForeignCredential {
  const { publicKey, key } = lab.credential(kind).files;
  return { kind: 'raw', publicKey, key };
}

const { identity, secret } = lab.presharedKey;
const psk = (suite: string, as = identity, key = secret): ForeignOptions => ({
  credential: { kind: 'psk', identity: as, secret: key },
  trust: null,
  suites: [suite],
});

/** What each says of a certificate that it does not trust; null where it is silent. */
const distrust = new Map([
  [openssl, { initiating: 'unknown_ca', terminating: 'unknown_ca' }],
  [gnutls, { initiating: null, terminating: 'access_denied' }],
  [nodeTls, { initiating: null, terminating: null }],
]);

const ecdsa = x509('ECDSA P-256', gcm);

/** A test that needs all of these stacks. */
function live(name: string, stacks: readonly ForeignPeer[], fn: (t: TestContext) => Promise<void>): void {
  const options = stacks.map(peer => installed.get(peer) ?? assert.fail(peer.name));
  test(name, options.find(({ skip }) => skip !== false) ?? options[0], fn);
}

/** One handshake of two stacks. */
async function handshake(
  initiating: ForeignPeer,
  initiatingOptions: ForeignOptions,
  terminating: ForeignPeer,
  terminatingOptions: ForeignOptions,
  request?: string,
) {
  assert.equal(await initiating.lacks('initiating', initiatingOptions), null);
  assert.equal(await terminating.lacks('terminating', terminatingOptions), null);
  const server = await terminating.terminate(terminatingOptions);
  try {
    const client = await within(
      initiating.initiate(server.port, initiatingOptions, request),
      initiating.name,
    );
    return { client, server: await within(server.handshake, terminating.name) };
  } finally {
    await server.stop();
  }
}

async function agrees(
  initiating: ForeignPeer,
  initiatingOptions: ForeignOptions,
  terminating: ForeignPeer,
  terminatingOptions: ForeignOptions = initiatingOptions,
): Promise<void> {
  const { client, server } = await handshake(initiating, initiatingOptions, terminating, terminatingOptions);
  const outputs = `${client.output}\n${server.output}`;
  assert.match(client.exported ?? 'nothing', /^[0-9a-f]{96}$/, outputs);
  const told = {
    exported: client.exported,
    suite: initiatingOptions.suites[0],
    alertSent: null,
    alertReceived: null,
  };
  assert.deepEqual({ ...client, output: '' }, { ...told, output: '' }, outputs);
  assert.deepEqual({ ...server, output: '' }, { ...told, output: '' }, outputs);
}

const both: Readonly<Record<string, ForeignOptions>> = {
  'AES-GCM': ecdsa,
  'AES-CCM with 8 bytes of tag': x509('ECDSA P-256', ccm8),
  'AES-CBC, encrypt-then-MAC': x509('ECDSA P-256', cbc),
  'AES-CBC, MAC-then-encrypt': { ...x509('ECDSA P-256', cbc), encryptThenMac: false },
  'no extended master secret': { ...ecdsa, extendedMasterSecret: false },
  'no indicator to export': { ...ecdsa, exportIndicator: false },
  X25519: { ...ecdsa, groups: ['x25519', 'secp256r1'] },
  'ECDSA on P-384': { ...x509('ECDSA P-384', gcm), groups: ['secp384r1'] },
  Ed25519: { ...x509('Ed25519', gcm), signatureSchemes: ['ed25519', 'ecdsa_secp256r1_sha256'] },
  'RSASSA-PSS': {
    ...x509('RSA 2048', rsaGcm),
    signatureSchemes: ['rsa_pss_rsae_sha384', 'ecdsa_secp256r1_sha256'],
  },
  'RSASSA-PKCS1-v1_5': {
    ...x509('RSA 2048', rsaGcm),
    signatureSchemes: ['rsa_pkcs1_sha512', 'ecdsa_secp256r1_sha256'],
  },
  'a pre-shared key': psk(pskGcm),
  // A colon ends an identity in the file of gnutls-serv, and # begins one in hex.
  'a pre-shared key with an identity of any form': psk(pskGcm, '#//m2m.example.com/a:é'),
};

for (const initiating of peers)
  for (const terminating of peers) {
    const stacks = [initiating, terminating];
    const pair = `${initiating.name} and ${terminating.name}`;

    for (const [name, options] of Object.entries(both))
      live(`${pair} export the same 48 bytes: ${name} (RFC 5705 §4)`, stacks, () =>
        agrees(initiating, options, terminating),
      );

    live(`${pair} export the same 48 bytes without client authentication`, stacks, () =>
      agrees(initiating, { ...ecdsa, credential: null }, terminating, {
        ...ecdsa,
        clientAuthentication: false,
      }),
    );

    if (initiating !== gnutls)
      live(`${pair} export the same 48 bytes: ECDHE with a pre-shared key (RFC 5489)`, stacks, () =>
        agrees(initiating, psk(ecdhePskCbc), terminating),
      );

    live(`${pair} without a common suite: handshake_failure`, stacks, async () => {
      const { client, server } = await handshake(initiating, ecdsa, terminating, x509('ECDSA P-256', cbc));
      assert.deepEqual(
        [client.exported, client.suite, client.alertSent, client.alertReceived],
        [null, null, null, 'handshake_failure'],
        client.output,
      );
      assert.deepEqual(
        [server.exported, server.suite, server.alertSent, server.alertReceived],
        [null, null, 'handshake_failure', null],
        server.output,
      );
    });

    live(`${pair} with different pre-shared keys: bad_record_mac`, stacks, async () => {
      const wrong = psk(pskGcm, identity, 'ff'.repeat(16));
      const { client, server } = await handshake(initiating, psk(pskGcm), terminating, wrong);
      assert.deepEqual([client.exported, client.alertReceived], [null, 'bad_record_mac'], client.output);
      assert.deepEqual([server.exported, server.alertSent], [null, 'bad_record_mac'], server.output);
    });

    live(`${initiating.name} offers ${terminating.name} an unknown identity: no key`, stacks, async () => {
      const { server } = await handshake(initiating, psk(pskGcm, 'nobody'), terminating, psk(pskGcm));
      assert.equal(server.exported, null, server.output);
    });

    live(
      `initiating, ${initiating.name} gives no key to ${terminating.name} of another root`,
      stacks,
      async () => {
        const wary = { ...ecdsa, trust: otherRoot };
        const { client, server } = await handshake(initiating, wary, terminating, ecdsa);
        const told = distrust.get(initiating)?.initiating ?? null;
        assert.deepEqual([client.exported, client.alertSent], [null, told], client.output);
        if (told !== null)
          assert.deepEqual([server.exported, server.alertReceived], [null, told], server.output);
      },
    );

    live(
      `terminating, ${terminating.name} gives no key to ${initiating.name} of another root`,
      stacks,
      async () => {
        const wary = { ...ecdsa, trust: otherRoot };
        const { client, server } = await handshake(initiating, ecdsa, terminating, wary);
        const told = distrust.get(terminating)?.terminating ?? null;
        assert.deepEqual([server.exported, server.alertSent], [null, told], server.output);
        if (told !== null)
          assert.deepEqual([client.exported, client.alertReceived], [null, told], client.output);
      },
    );
  }

const rawBoth = { credential: raw('ECDSA P-256'), trust: 'raw', suites: [gcm] } as const;

for (const [name, initiating, terminating] of [
  ['raw public keys', rawBoth, rawBoth],
  ['a raw public key and a certificate', { ...rawBoth, trust: root }, { ...ecdsa, trust: 'raw' }],
  ['a certificate and a raw public key', { ...ecdsa, trust: 'raw' }, { ...rawBoth, trust: root }],
] as const)
  live(`GnuTLS and GnuTLS export the same 48 bytes: ${name} (RFC 7250)`, [gnutls], () =>
    agrees(gnutls, initiating, gnutls, terminating),
  );

// GnuTLS tells what was negotiated, whoever is asked to go without.
for (const [name, pattern, off] of [
  ['encrypt-then-MAC', /^- Options: .*EtM/m, { encryptThenMac: false }],
  ['extended master secret', /^- Options: .*extended master secret/m, { extendedMasterSecret: false }],
  ['the indicator to export', /^- Application protocol: onem2m-e2ekey$/m, { exportIndicator: false }],
] as const)
  for (const peer of peers) {
    const options = x509('ECDSA P-256', cbc);

    live(`as ${peer.name} is told, it offers ${name}`, [peer, gnutls], async () => {
      const { server: withIt } = await handshake(peer, options, gnutls, options);
      assert.match(withIt.output, pattern);
      const { server: without } = await handshake(peer, { ...options, ...off }, gnutls, options);
      assert.doesNotMatch(without.output, pattern);
    });

    live(`as ${peer.name} is told, it answers ${name}`, [peer, gnutls], async () => {
      const { client: withIt } = await handshake(gnutls, options, peer, options);
      assert.match(withIt.output, pattern);
      const { client: without } = await handshake(gnutls, options, peer, { ...options, ...off });
      assert.doesNotMatch(without.output, pattern);
    });
  }

for (const peer of peers) {
  live(`${peer.name} sends a request, and reads to the end of the connection`, [peer, gnutls], async () => {
    const { client } = await handshake(peer, ecdsa, gnutls, ecdsa, 'GET / HTTP/1.0\r\n\r\n');
    assert.match(client.output, /<HTML>/i);
  });

  live(`${peer.name} staples what it is given (RFC 6066 §8)`, [peer, openssl], async () => {
    const { client } = await handshake(openssl, { ...ecdsa, staple }, peer, { ...ecdsa, staple });
    assert.match(client.output, /OCSP Response Status: trylater/, client.output);
  });

  live(`${peer.name} is stopped before anybody comes, and has nothing to tell`, [peer], async () => {
    const server = await peer.terminate(ecdsa);
    await within(server.stop(), 'the end');
    const { output, ...told } = await within(server.handshake, 'the outcome');
    assert.deepEqual(told, { exported: null, suite: null, alertSent: null, alertReceived: null }, output);
  });

  live(`what ${peer.name} has not is told before`, [peer], async () => {
    const unknown = 'TLS_ECDHE_ECDSA_WITH_NOTHING_128_CBC_SHA256';
    for (const role of ['initiating', 'terminating'] as const) {
      const lacks = (options: Partial<ForeignOptions>) => peer.lacks(role, { ...ecdsa, ...options });
      assert.match((await lacks({ suites: [gcm, unknown] })) ?? 'nothing', /^no .*NOTHING/);
      assert.match((await lacks({ groups: ['secp256r1', 'nogroup'] })) ?? 'nothing', /^no .*nogroup/i);
      assert.match((await lacks({ signatureSchemes: ['noscheme'] })) ?? 'nothing', /^no .*noscheme/i);
      if (peer === gnutls) continue;
      assert.match((await lacks({ credential: raw('ECDSA P-256') })) ?? 'nothing', /^no raw public keys/);
      assert.match((await lacks({ trust: 'raw' })) ?? 'nothing', /^no raw public keys/);
    }
  });
}

live('what is sent to Node.js tls without end is kept up to a bound', [nodeTls], async t => {
  const server = await nodeTls.terminate({ ...ecdsa, clientAuthentication: false });
  t.after(server.stop);
  const flood = connect({ port: server.port, rejectUnauthorized: false }).on('error', () => undefined);
  t.after(() => flood.destroy());
  flood.resume().end('x'.repeat(longestOutput + 1));
  const { output } = await within(server.handshake, 'the end');
  assert.equal(output.length, longestOutput);
});

live('GnuTLS combines what it is told, and says when that makes other suites', [gnutls], async () => {
  assert.equal(
    await gnutls.lacks('initiating', { ...ecdsa, suites: [gcm, rsaGcm] }),
    'offers ECDHE_ECDSA_AES_128_GCM_SHA256, ECDHE_ECDSA_AES_256_GCM_SHA384, ECDHE_RSA_AES_128_GCM_SHA256, ' +
      'ECDHE_RSA_AES_256_GCM_SHA384 instead',
  );
});

live('the rule for the names of OpenSSL gives its own name for each suite', [openssl], async () => {
  const output = await start('openssl', ['ciphers', '-stdname', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0']).output;
  const names = new Map([...output.matchAll(/^(\S+)\s+- (\S+)/gm)].map(([, iana, own]) => [iana, own]));
  assert.ok(names.size > 0);
  for (const { name } of suites) assert.equal(opensslSuiteName(name), names.get(name));
});
