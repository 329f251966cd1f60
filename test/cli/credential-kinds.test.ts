// Raw public keys and pre-shared keys on the command line: `establish` against `listen`, and against `serve`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suites, usesEphemeralKey, usesPresharedKey } from '../../src/crypto/suites.ts';
import { cae1, certs, configFile, cseB } from '../service/lab.ts';
import { both, chainOf, fileOf, listen, pins, presharedKey, rawKeyOf, trustRoot } from './material.ts';
import { run } from './run.ts';
import { start } from './started.ts';

test('raw public keys both ways: without --expect the pin is the identity (TS-0003 8.7.2.2 B)', async t => {
  const { ours, theirs } = await both(
    t,
    [...rawKeyOf(t, 'cse-b'), '--pin', pins.cae1],
    [...rawKeyOf(t, 'cae1'), '--pin', pins.cseB],
  );
  assert.equal(ours.exported, theirs.exported);
  assert.deepEqual([ours.by, ours.forwardSecrecy, theirs.by], ['certificate', true, 'certificate']);
  assert.match(String(theirs.peer?.fingerprint), /^[0-9a-f]{64}$/);
  assert.deepEqual(
    { ...theirs.peer, fingerprint: '' },
    { flavour: 'raw', id: pins.cae1, subject: null, fingerprint: '' },
  );
  assert.equal(ours.peer?.id, pins.cseB);
});

test('--expect names the identity to associate with a pin, the one at the same place or the only one', async t => {
  const other = 'ni:///sha-256-120;AAAAAAAAAAAAAAAAAAAA';
  const { ours, theirs } = await both(
    t,
    [
      ...[...rawKeyOf(t, 'cse-b'), '--pin', other, '--pin', pins.cae1],
      ...['--expect', '//m2m.example.com/cse-x', '--expect', cae1],
    ],
    [...rawKeyOf(t, 'cae1'), '--pin', pins.cseB, '--expect', cseB],
  );
  assert.deepEqual([ours.peer?.id, theirs.peer?.id], [cseB, cae1]);
});

test('X.509 one way and a raw public key the other (RFC 7250 §4)', async t => {
  const { ours, theirs } = await both(
    t,
    [...rawKeyOf(t, 'cse-b'), ...trustRoot],
    [...chainOf('cae1'), '--pin', pins.cseB],
  );
  assert.deepEqual([ours.peer?.flavour, theirs.peer?.flavour], ['raw', 'ae-id']);
});

test('of a chain and a raw public key the one is used that the other end-point takes (RFC 7250 §4.2)', async t => {
  const credentials = [...rawKeyOf(t, 'cse-b'), ...chainOf('cse-b')];
  for (const [known, flavour] of [
    [['--pin', pins.cseB], 'raw'],
    [['--trust', certs('root.pem')], 'cse-id'],
  ] as const) {
    const { ours } = await both(t, [...credentials, ...trustRoot], [...chainOf('cae1'), ...known]);
    assert.equal(ours.peer?.flavour, flavour);
  }
});

test('another raw public key than the pinned one is refused, on either side', async t => {
  const { listener, target } = await listen(t, ...rawKeyOf(t, 'cse-b'), '--pin', pins.cae1);
  const stranger = await run('establish', target, ...rawKeyOf(t, 'cae2'), '--pin', pins.cseB, '--json');
  assert.equal(stranger.code, 1);
  assert.equal(((await listener.line()).error as { code: string }).code, 'IDENTITY_MISMATCH');
  const deceived = await run('establish', target, ...rawKeyOf(t, 'cae1'), '--pin', pins.cae2, '--json');
  assert.equal(deceived.code, 1);
  assert.equal(JSON.parse(deceived.stdout).error.code, 'IDENTITY_MISMATCH');
});

test('our own raw public key among the pins is refused, in either role: it could be reflected', async t => {
  for (const command of [
    ['listen', '--port', '0'],
    ['establish', 'tls://127.0.0.1:1'],
  ]) {
    const { code, stderr } = await run(...command, ...rawKeyOf(t, 'cse-b'), '--pin', pins.cseB);
    assert.equal(code, 2);
    assert.match(stderr, /one of the pins is that of our own raw public key/);
  }
});

for (const suite of suites.filter(usesPresharedKey))
  test(`a pre-shared key with ${suite.name}: by psk, with forward secrecy or not, and the group (TS-0003 10.2.2)`, async t => {
    const preshared = presharedKey(t, 'KpsaId-1');
    const { ours, theirs } = await both(t, preshared, [...preshared, '--suites', suite.name]);
    assert.equal(ours.exported, theirs.exported);
    const ephemeral = usesEphemeralKey(suite);
    for (const { by, forwardSecrecy, group, peer } of [ours, theirs]) {
      assert.deepEqual([by, forwardSecrecy, group], ['psk', ephemeral, ephemeral ? 'secp256r1' : null]);
      assert.deepEqual(peer, {
        flavour: 'psk',
        id: 'KpsaId-1',
        subject: null,
        fingerprint: null,
      });
    }
  });

test('of several pre-shared keys each goes with the identity at the same place, and --expect with both', async t => {
  const { theirs } = await both(
    t,
    [
      ...[...presharedKey(t, 'one', '01'.repeat(16)), ...presharedKey(t, 'two', '02'.repeat(16))],
      ...['--expect', cae1, '--expect', '//m2m.example.com/cse-a/Cae2'],
    ],
    presharedKey(t, 'two', '02'.repeat(16)),
  );
  assert.equal(theirs.peer?.id, '//m2m.example.com/cse-a/Cae2');
});

test('certificates and pre-shared keys at one listener: whoever comes with either is served', async t => {
  const { listener, target } = await listen(
    t,
    ...[...chainOf('cse-b'), ...trustRoot, ...presharedKey(t, 'KpsaId-1')],
  );
  for (const [words, by] of [
    [[...chainOf('cae1'), ...trustRoot], 'certificate'],
    [presharedKey(t, 'KpsaId-1'), 'psk'],
  ] as const) {
    assert.equal((await run('establish', target, ...words)).code, 0);
    assert.equal((await listener.line()).by, by);
  }
});

test('without --psk-identity no suite with a pre-shared key is offered or taken', async t => {
  const { listener, target } = await listen(t, ...chainOf('cse-b'), ...trustRoot);
  const { code, stdout } = await run('establish', target, ...presharedKey(t, 'KpsaId-1'), '--json');
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(stdout).error.alert, { sent: null, received: 'handshake_failure' });
  assert.equal(((await listener.line()).error as { code: string }).code, 'NOTHING_IN_COMMON');
});

test('a wrong pre-shared key, and an unknown identity, are refused (RFC 4279 §2)', async t => {
  const { listener, target } = await listen(t, ...presharedKey(t, 'KpsaId-1'));
  for (const [words, received] of [
    [presharedKey(t, 'KpsaId-1', '00'), 'bad_record_mac'],
    [presharedKey(t, 'KpsaId-2'), 'unknown_psk_identity'],
  ] as const) {
    const { code, stdout } = await run('establish', target, ...words, '--json');
    assert.equal(code, 1);
    assert.equal(JSON.parse(stdout).error.alert.received, received);
    assert.ok((await listener.line()).error);
  }
});

test('for people: no forward secrecy is said as what it is, and what is not there is left out', async t => {
  const { target } = await listen(t, ...presharedKey(t, 'KpsaId-1'));
  const words = [...presharedKey(t, 'KpsaId-1'), '--suites', 'TLS_PSK_WITH_AES_128_CCM_8', '--expect', cseB];
  const { stdout } = await run('establish', target, ...words);
  assert.match(stdout, /^peer {14}\/\/m2m\.example\.com\/cse-b \(psk\)$/m);
  assert.match(stdout, /^suite {13}TLS_PSK_WITH_AES_128_CCM_8$/m);
  assert.match(stdout, /^forward secrecy {3}no: whoever learns the pre-shared key has this key too$/m);
});

const hex = '5a'.repeat(32);

test('establish and serve with raw public keys over HTTP, beside a chain (TS-0003 8.7.2.2)', async t => {
  const { file } = configFile(t, {
    credential: [{ certificate: certs('cse-b.pem'), key: certs('cse-b.key') }, { key: certs('cse-b.key') }],
    peers: [{ entity: cae1, flavour: 'raw', pin: pins.cae1 }],
  });
  const service = start(t, 'serve', '--config', file, '--json');
  const { host, port } = await service.line();
  const words = [...rawKeyOf(t, 'cae1'), '--pin', pins.cseB, '--expect', cseB, '--origin', cae1];
  const { code, stdout, stderr } = await run('establish', `http://${host}:${port}`, ...words, '--json');
  assert.equal(code, 0, stderr);
  const theirs = await service.line();
  assert.equal(JSON.parse(stdout).keyId, theirs.keyId);
  assert.equal(JSON.parse(stdout).peer.flavour, 'raw');
  assert.deepEqual((theirs.peer as Record<string, unknown>).id, cae1);
});

test('establish and serve with a pre-shared key over HTTP, and no credential at all (TS-0003 10.2.2)', async t => {
  const { file } = configFile(t, {
    credential: undefined,
    peers: [
      {
        entity: cae1,
        flavour: 'psk',
        pskIdentity: 'KpsaId-1',
        pskFile: fileOf(t, 'k', hex),
        roles: ['initiating'],
      },
    ],
  });
  const service = start(t, 'serve', '--config', file, '--json');
  const { host, port } = await service.line();
  const words = [...presharedKey(t, 'KpsaId-1', hex), '--expect', cseB, '--origin', cae1];
  const { code, stdout, stderr } = await run('establish', `http://${host}:${port}`, ...words, '--json');
  assert.equal(code, 0, stderr);
  const { keyId, by, suite } = JSON.parse(stdout);
  assert.deepEqual([by, suite], ['psk', 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256']);
  assert.equal((await service.line()).keyId, keyId);
});

for (const [hide, ofUnknown, ofWrong] of [
  [false, 'unknown_psk_identity', 'bad_record_mac'],
  [true, 'decrypt_error', 'decrypt_error'],
] as const)
  test(`hideUnknownPskIdentities ${hide}: an unknown identity gets ${ofUnknown}, a wrong key ${ofWrong} (RFC 4279 §2)`, async t => {
    const psk = { entity: cae1, flavour: 'psk', pskIdentity: 'KpsaId-1', roles: ['initiating'] };
    const { file } = configFile(t, {
      peers: [{ ...psk, pskFile: fileOf(t, 'k', hex) }],
      hideUnknownPskIdentities: hide,
    });
    const service = start(t, 'serve', '--config', file, '--json');
    const { host, port } = await service.line();
    const received = async (...preshared: readonly string[]) => {
      const words = [...preshared, '--expect', cseB, '--origin', cae1, '--json'];
      const { stdout } = await run('establish', `http://${host}:${port}`, ...words);
      return JSON.parse(stdout).error.alert.received;
    };
    assert.equal(await received(...presharedKey(t, 'KpsaId-2', hex)), ofUnknown);
    assert.equal(await received(...presharedKey(t, 'KpsaId-1', '00')), ofWrong);
  });

for (const [sentence, content] of [
  [/peers\.pskFile \(.*k\): the first line is not 1 to 512 bytes in hex/, { pskText: 'not hex' }],
  [/peers\.pskFile \(.*\): file: .*none.hex cannot be read/, { pskFile: 'none.hex' }],
  [/peers\.0\.pin: "ni:\/\/\/md5;x" is no public key identifier/, { pin: 'ni:///md5;x' }],
  [/peers: one of the pins is that of our own raw public key/, { pin: pins.cseB }],
  [/peers\.0\.entity: is missing; only ae-id certificates name the entity/, { pin: pins.cae1, entity: null }],
  [/credential \(.*cse-b\.pem\): .*private key/, { pin: pins.cae1, key: certs('cse-b.pem') }],
] as readonly [RegExp, Record<string, string | null>][])
  test(`serve --check names the setting: ${sentence.source}`, async t => {
    const { pskText, pskFile = fileOf(t, 'k', pskText ?? hex), pin, key = certs('cse-b.key') } = content;
    const entity = content.entity === undefined ? cae1 : content.entity;
    const peer = pin
      ? { entity, flavour: 'raw', pin }
      : { entity, flavour: 'psk', pskIdentity: 'x', pskFile, roles: ['initiating'] };
    const { file } = configFile(t, { credential: { key }, peers: [peer] });
    const { code, stderr } = await run('serve', '--config', file, '--check');
    assert.equal(code, 2);
    assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /not hex/);
  });

const tls = 'tls://127.0.0.1:1';
const http = 'http://127.0.0.1:1';
const chain = chainOf('cae1');
const wrong: readonly [RegExp, 'establish' | 'listen', string[], hex?: string][] = [
  [/--psk-identity is given 1 times and --psk-file 0 times/, 'establish', [tls, '--psk-identity', 'x']],
  [
    /--psk-identity is given 0 times and --psk-file 1 times/,
    'establish',
    [tls, ...chain, ...trustRoot, 'PSK-FILE'],
  ],
  [/--psk-identity does not go with --trust and --pin/, 'establish', [tls, 'PSK', ...trustRoot]],
  [
    /--psk-identity does not go with --trust and --pin/,
    'establish',
    [tls, 'PSK', ...chain, '--pin', pins.cseB],
  ],
  [/--psk-identity is given twice/, 'establish', [tls, 'PSK', 'PSK']],
  [/--psk-identity: the same identity is given twice/, 'listen', ['--port', '0', 'PSK', 'PSK']],
  [/pskIdentity: 1 to 1024 bytes/, 'establish', [tls, '--psk-identity', 'x'.repeat(1025), 'PSK-FILE']],
  [/--psk-file .*psk\.hex: the first line is not 1 to 512 bytes in hex/, 'establish', [tls, 'PSK'], 'xyz'],
  [
    /--expect cse-b\.example: with --pin and --psk-identity the absolute/,
    'establish',
    [tls, 'PSK', '--expect', 'cse-b.example'],
  ],
  [
    /--expect is given 2 times for 3 of --pin and --psk-identity/,
    'listen',
    [
      '--port',
      '0',
      'PSK',
      '--psk-identity',
      'y',
      'PSK-FILE',
      '--psk-identity',
      'z',
      'PSK-FILE',
      '--expect',
      cae1,
      '--expect',
      cseB,
    ],
  ],
  [/--pin ni:x: "ni:x" is no public key identifier/, 'establish', [tls, ...chain, '--pin', 'ni:x']],
  [
    /--suites: none of them is for what/,
    'listen',
    ['--port', '0', ...chain, ...trustRoot, '--suites', 'TLS_PSK_WITH_AES_128_CCM_8'],
  ],
  [
    /--suites: none of them is for what/,
    'establish',
    [tls, 'PSK', '--suites', 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8'],
  ],
  [/--expect is missing: an http target needs it/, 'establish', [http, 'PSK', '--origin', cae1]],
  [/--credential is missing/, 'establish', [tls, '--pin', pins.cseB]],
];

for (const [sentence, command, words, content] of wrong)
  test(`${command}: exit 2 and a sentence: ${sentence.source}`, async t => {
    const preshared = presharedKey(t, 'x', content);
    const argv = words.flatMap(word =>
      word === 'PSK' ? preshared : word === 'PSK-FILE' ? preshared.slice(2) : [word],
    );
    const { code, stdout, stderr } = await run(command, ...argv, '--json');
    assert.equal(code, 2, stdout);
    assert.match(stderr, sentence);
    assert.equal(JSON.parse(stdout).error.code, 'OPTION_INVALID');
    assert.doesNotMatch(stdout + stderr, /xyz/);
  });
