// What only the lab has: --profile interop with its groups, schemes and suites, several credentials, and finished
// handshakes that give no key. The second peer is Node's own tls.
import assert from 'node:assert/strict';
import { constants, hash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { signatureSchemes } from '../../src/crypto/signatures.ts';
import { suites, usesPresharedKey } from '../../src/crypto/suites.ts';
import { asCae1, cae1, certs, cseB } from '../service/lab.ts';
import { within } from '../within.ts';
import {
  both,
  chainOf,
  type Document,
  fileOf,
  interopChainOf,
  listen,
  presharedKey,
  trustRoot,
} from './material.ts';
import { run } from './run.ts';

const interop = ['--profile', 'interop'];
const asCseB = [...chainOf('cse-b'), ...trustRoot];
const asCseBWithRsa = [...interopChainOf('cse-b-rsa2048'), ...trustRoot];

for (const group of ['secp256r1', 'x25519', 'secp384r1', 'secp521r1'])
  test(`--profile interop: --groups of either side chooses ${group}`, async t => {
    const listening = [...asCseBWithRsa, ...interop];
    // An ECDSA key would have to be on a curve that the initiating end-point lists (RFC 8422 §5.1).
    const establishing = [...interopChainOf('cae1-rsa2048'), ...trustRoot, ...interop];
    for (const [one, other] of [
      [['--groups', group], []],
      [[], ['--groups', group]],
    ] as const) {
      const { ours, theirs } = await both(t, [...listening, ...one], [...establishing, ...other]);
      assert.deepEqual([ours.group, theirs.group], [group, group]);
      assert.equal(ours.exported, theirs.exported);
    }
  });

for (const { name, keyType } of signatureSchemes)
  test(`--profile interop: --signature-schemes chooses ${name}, with a credential that can make it`, async t => {
    const credential = { ec: 'p384', rsa: 'rsa2048', ed25519: 'ed25519' }[keyType];
    const { ours, theirs } = await both(
      t,
      [...interopChainOf(`cse-b-${credential}`), ...trustRoot, ...interop],
      [...interopChainOf(`cae1-${credential}`), ...trustRoot, ...interop, '--signature-schemes', name],
    );
    assert.equal(ours.exported, theirs.exported);
    assert.equal(theirs.by, 'certificate');
  });

for (const { name, keyExchange } of suites.filter(suite => !usesPresharedKey(suite)))
  test(`--profile interop: of an ECDSA and an RSA credential the one is used that goes with ${name}`, async t => {
    const { ours, theirs } = await both(
      t,
      [...chainOf('cse-b'), ...asCseBWithRsa, ...interop],
      [...asCae1.slice(0, 6), ...interop, '--suites', name],
    );
    assert.deepEqual([ours.suite, theirs.suite], [name, name]);
    const [, file = ''] = keyExchange === 'ECDHE_RSA' ? asCseBWithRsa : chainOf('cse-b');
    const { raw } = new X509Certificate(readFileSync(file));
    assert.equal(ours.peer?.fingerprint, hash('sha256', raw));
  });

test('an ECDSA and an RSA credential at once serve node:tls of either kind, and its GET (RFC 8422 §2)', async t => {
  const { listener, port } = await listen(
    t,
    ...[...chainOf('cse-b'), ...asCseBWithRsa, ...interop, '--client-auth', 'none'],
  );
  for (const kind of ['RSA', 'ECDSA']) {
    const { socket, report } = await get(t, port, { ciphers: `ECDHE-${kind}-AES128-GCM-SHA256` });
    assert.equal(socket.getPeerCertificate().subject.CN, 'cse-b.m2m.example.com');
    assert.match(String(report.suite), new RegExp(`_${kind}_`));
    assert.deepEqual(report, await listener.line());
  }
});

const withheld = {
  status: 'established',
  role: 'terminating',
  keyId: null,
  suite: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  group: 'secp256r1',
  forwardSecrecy: true,
  exportIndicator: false,
  statusBy: null,
  expires: null,
};

for (const mode of ['none', 'request'])
  test(`--client-auth ${mode}: whoever does not authenticate himself gets no key, exit 0 and a report`, async t => {
    const { listener, port } = await listen(t, ...asCseB, '--client-auth', mode, '--count', '1');
    const { report } = await get(t, port);
    assert.deepEqual(report, {
      ...withheld,
      keyWithheld: 'peer not authenticated',
      by: null,
      extendedMasterSecret: true,
      peer: null,
    });
    assert.deepEqual(await listener.line(), report);
    assert.equal(await listener.code, 0);
  });

test('--client-auth none needs no --trust, and request takes who authenticates himself, with a key', async t => {
  const none = await listen(t, ...chainOf('cse-b'), '--client-auth', 'none');
  assert.equal((await get(t, none.port)).report.keyId, null);
  const { ours, theirs } = await both(t, [...asCseB, '--client-auth', 'request'], asCae1.slice(0, 6));
  assert.equal(ours.exported, theirs.exported);
  assert.equal(theirs.peer?.id, cae1);
});

test('--client-auth request does not take who authenticates himself wrongly', async t => {
  const { listener, target } = await listen(t, ...asCseB, '--client-auth', 'request');
  const expired = [...chainOf('cae1-expired'), ...trustRoot];
  assert.equal((await run('establish', target, ...expired)).code, 1);
  assert.equal(((await listener.line()).error as { code: string }).code, 'CERTIFICATE_EXPIRED');
});

test('--client-auth require, the default, refuses who does not authenticate himself (RFC 5246 §7.4.6)', async t => {
  const { listener, port } = await listen(t, ...asCseB);
  await assert.rejects(get(t, port), /handshake failure/);
  assert.equal(((await listener.line()).error as { code: string }).code, 'PEER_CERTIFICATE_MISSING');
});

test('--client-auth none: a pre-shared key authenticates all the same, and gives a key', async t => {
  const preshared = presharedKey(t, 'KpsaId-1');
  const { theirs } = await both(
    t,
    [...chainOf('cse-b'), ...preshared, '--client-auth', 'none', '--expect', cae1],
    preshared,
  );
  assert.deepEqual([theirs.by, theirs.peer?.id], ['psk', cae1]);
});

/** OpenSSL's SSL_OP_NO_EXTENDED_MASTER_SECRET, which node:crypto does not name. */
const noExtendedMasterSecret = 1;
const asCae1OverTls = {
  cert: readFileSync(certs('cae1.pem')),
  key: readFileSync(certs('cae1.key')),
  secureOptions: noExtendedMasterSecret,
};

test('--profile interop: without extended master secret no key, but the peer is reported (RFC 7627 §5.4)', async t => {
  const { listener, port } = await listen(t, ...asCseB, ...interop, '--count', '1');
  const { report } = await get(t, port, asCae1OverTls);
  const { peer, suite: _, ...others } = report;
  const { suite: __, ...expected } = withheld;
  assert.deepEqual(others, {
    ...expected,
    keyWithheld: 'no extended master secret',
    by: 'certificate',
    extendedMasterSecret: false,
  });
  assert.deepEqual([peer?.flavour, peer?.id], ['ae-id', cae1]);
  assert.deepEqual(await listener.line(), report);
  assert.equal(await listener.code, 0);
});

test('--profile onem2m refuses who does not use extended master secret (RFC 7627 §5.2)', async t => {
  const { listener, port } = await listen(t, ...asCseB);
  await assert.rejects(get(t, port, asCae1OverTls));
  assert.equal(((await listener.line()).error as { code: string }).code, 'EXTENDED_MASTER_SECRET_MISSING');
});

test('--profile onem2m refuses a key that TS-0003 10.1.1.1 does not have, unless --certificate-profile takes it', async t => {
  const p384 = [...interopChainOf('cae1-p384'), ...trustRoot, '--certificate-profile', 'rfc5280'];
  const { listener, target } = await listen(t, ...asCseB);
  assert.equal((await run('establish', target, ...p384)).code, 1);
  assert.equal(((await listener.line()).error as { code: string }).code, 'CERTIFICATE_UNSUPPORTED');
  const { theirs } = await both(t, [...asCseB, '--certificate-profile', 'rfc5280'], p384);
  assert.equal(theirs.peer?.id, cae1);
});

test('for people: that there is no key, why, and who is there', async t => {
  const lines: string[] = [];
  const { main } = await import('../../src/cli/main.ts');
  const listening = Promise.withResolvers<number>();
  const stdout = {
    write(text: string) {
      lines.push(text);
      const [, port] = /listening on .* port (\d+)/.exec(text) ?? [];
      if (port !== undefined) listening.resolve(Number(port));
    },
  };
  const words = [...asCseB, '--port', '0', '--client-auth', 'none', '--count', '1', '--reveal-key'];
  const code = main(['listen', ...words], { stdout, stderr: { write: () => undefined } });
  await get(t, await within(listening.promise, 'the listener'));
  assert.equal(await within(code, 'listen to end'), 0);
  const text = lines.join('');
  assert.match(text, /^no key {12}peer not authenticated$/m);
  assert.match(text, /^peer {14}nobody was authenticated$/m);
  assert.doesNotMatch(text, /^(expires|exported|pairwiseE2EKeyID)/m);
});

test('--staple goes to whoever asks for it, with the credential at the same place (RFC 6066 §8)', async t => {
  const response = Buffer.from('an OCSP response');
  const words = [...chainOf('cse-b'), '--client-auth', 'none', '--staple', fileOf(t, 'ocsp.der', response)];
  const { port } = await listen(t, ...words);
  const { socket, stapled } = await get(t, port, { requestOCSP: true });
  assert.deepEqual(await within(stapled, 'the stapled response'), response);
  socket.destroy();
});

const tls = ['tls://127.0.0.1:1', ...asCae1.slice(0, 6)];
const port = ['--port', '0', ...asCseB];
const wrong: readonly [RegExp, 'establish' | 'listen', readonly string[]][] = [
  [/--profile must be onem2m or interop/, 'establish', [...tls, '--profile', 'rfc5280']],
  [
    /--groups: x25519 is not in --profile onem2m, only in interop/,
    'establish',
    [...tls, '--groups', 'x25519'],
  ],
  [/--groups: P-256 is none of secp256r1 \(see/, 'establish', [...tls, '--groups', 'P-256']],
  [/--groups: P-256 is none of secp256r1, x25519, /, 'listen', [...port, ...interop, '--groups', 'P-256']],
  [
    /--signature-schemes: ed25519 is not in --profile onem2m/,
    'listen',
    [...port, '--signature-schemes', 'ed25519'],
  ],
  [
    /--suites: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is not in --profile onem2m/,
    'establish',
    [...tls, '--suites', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
  ],
  [
    /credential: its key is not on P-256/,
    'establish',
    ['tls://127.0.0.1:1', ...interopChainOf('cae1-rsa2048'), ...trustRoot],
  ],
  [/--client-auth must be require or request or none/, 'listen', [...port, '--client-auth', 'maybe']],
  [/--trust is missing/, 'listen', ['--port', '0', ...chainOf('cse-b'), '--client-auth', 'request']],
  [
    /--expect expects somebody, and --client-auth none asks nobody/,
    'listen',
    [...port, '--client-auth', 'none', '--expect', cseB],
  ],
  [/--staple is given 1 times for 0 of --credential/, 'listen', ['--port', '0', '--staple', 'x', 'PSK']],
  [/--staple .*none: no such file/, 'listen', [...port, '--staple', '/none']],
  [
    /--staple \S*empty: there is no OCSP response in it, .*; it is empty; /,
    'listen',
    [...port, '--staple', 'EMPTY'],
  ],
  [/--key is given 2 times for 1 of --credential/, 'listen', [...port, '--key', certs('cse-b.key')]],
];

for (const [sentence, command, words] of wrong)
  test(`${command}: exit 2 and a sentence: ${sentence.source}`, async t => {
    const argv = words.flatMap(word => {
      if (word === 'PSK') return presharedKey(t, 'x');
      return word === 'EMPTY' ? [fileOf(t, 'empty', '')] : [word];
    });
    const { code, stdout, stderr } = await run(command, ...argv, '--json');
    assert.equal(code, 2, stdout);
    assert.match(stderr, sentence);
    assert.equal(JSON.parse(stdout).error.code, 'OPTION_INVALID');
  });

interface Got {
  readonly socket: TLSSocket;
  readonly stapled: Promise<Buffer>;
  /** The answer to GET. */
  readonly report: Document;
}

/** What node:tls gets, whom no certificate convinces or deters. */
async function get(t: TestContext, port: number, options: ConnectionOptions = {}): Promise<Got> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
    ...options,
    secureOptions: (options.secureOptions ?? 0) | constants.SSL_OP_NO_TICKET,
  });
  t.after(() => socket.destroy());
  const stapled = new Promise<Buffer>(resolve => socket.once('OCSPResponse', resolve));
  const answered = new Promise<string>((resolve, reject) => {
    let text = '';
    socket.on('data', chunk => {
      text += chunk;
    });
    socket.once('end', () => resolve(text)).once('error', reject);
  });
  socket.write('GET / HTTP/1.1\r\nHost: cse-b\r\n\r\n');
  const [, body = ''] = (await within(answered, 'the answer to GET')).split('\r\n\r\n');
  return { socket, stapled, report: JSON.parse(body) };
}
