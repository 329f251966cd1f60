// What an Endpoint is made with: every wrong option is refused at once, by its name.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { type Suite, suiteByName, suites, usesPresharedKey } from '../../src/crypto/suites.ts';
import { credentials } from '../../src/endpoint/credentials.ts';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import type { EndpointOptions } from '../../src/endpoint/settings.ts';
import { makeSettings } from '../../src/endpoint/settings.ts';
import { secp384r1 } from '../../src/wire/numbers.ts';
import { pinOf, presharedKeys, pskPeer, rawCredentialOf, rawPeer } from './kinds.ts';
import { cae1, cae2, credentialOf, cseB, peer, refusal } from './lab.ts';

const right: EndpointOptions = { id: cae1, credential: credentialOf('cae1'), peers: [peer.cseB] };
const suite = suites[0] ?? assert.fail();

const wrong: readonly [string, Partial<EndpointOptions>, RegExp][] = [
  [
    'a chain of which a peer looks at a part only',
    {
      credential: {
        ...credentialOf('cae1'),
        chain: Array.from({ length: 17 }, () => credentialOf('cae1').chain[0] ?? Buffer.of()),
      },
    },
    /^credential: 17 certificates, of which a peer looks at 16 at most/,
  ],
  ['an id that is relative', { id: 'Cae1' }, /^id: "Cae1"/],
  ['an id in SP-relative form', { id: '/cse-a/Cae1' }, /^id:/],
  ['an empty id', { id: '' }, /^id:/],
  ['an id of many characters', { id: `//m2m.example.com/${'a'.repeat(1000)}` }, /^id:/],
  ['ourselves as peer', { peers: [{ ...peer.cae1 }] }, /^peers:.*itself/],
  [
    'ourselves as peer with another spelling',
    { peers: [{ ...peer.cae1, entity: '//M2M.example.com/cse-a/Cae1' }] },
    /^peers:.*itself/,
  ],
  [
    'ourselves as peer by the identifier alone',
    { peers: [{ ...peer.cae1, entity: null, identifier: cae1 }] },
    /^peers:.*itself/,
  ],
  ['a peer with a relative entity', { peers: [{ ...peer.cseB, entity: '/cse-b' }] }, /^peers\.0\.entity:/],
  ['a peer twice', { peers: [peer.cseB, peer.cseB] }, /^peers\.1\.identifier:/],
  ['a peer without role', { peers: [{ ...peer.cseB, roles: [] }] }, /^peers\.0\.roles:/],
  ['a credential without certificate', { credential: { ...credentialOf('cae1'), chain: [] } }, /credential/],
  ['no suite', { suites: [] }, /suites/],
  [
    'a suite that is not known',
    { suites: [{ ...suite, id: 0xc0ff, name: 'TLS_ELSE' }] },
    /^suites: TLS_ELSE/,
  ],
  ['a suite under the number of another', { suites: [{ ...suite, name: 'TLS_ELSE' }] }, /^suites: TLS_ELSE/],
];
const wrongKinds: readonly [string, Partial<EndpointOptions>, RegExp][] = [
  [
    'a pin that is that of our own raw public key (reflection)',
    {
      credential: [credentialOf('cae1'), rawCredentialOf('cae1')],
      peers: [{ ...rawPeer.cseB, pin: pinOf('cae1') }],
    },
    /^peers:.*pins.*our own/,
  ],
  [
    'a shortened pin that is that of our own raw public key (reflection)',
    { credential: rawCredentialOf('cae1'), peers: [{ ...rawPeer.cseB, pin: pinOf('cae1', 'sha-256-120') }] },
    /^peers:.*pins.*our own/,
  ],
  [
    'a suite of the lab',
    { suites: [suiteByName('TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256') ?? assert.fail()] },
    /^suites: TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 is not in the profile onem2m/,
  ],
  [
    'a peer with a pskIdentity and no pre-shared keys',
    { peers: [peer.cseB, { ...pskPeer.cae1, entity: cae2 }] },
    /^presharedKey: is missing/,
  ],
  [
    'peers with certificates and no credential of ours',
    { credential: [], peers: [peer.cseB, { ...pskPeer.cae1, entity: cae2 }], presharedKey: presharedKeys },
    /^credential: is missing/,
  ],
  [
    'peers with raw public keys and no credential of ours',
    { credential: [], peers: [rawPeer.cseB] },
    /^credential: is missing/,
  ],
  ['neither a credential nor a peer', { credential: [], peers: [] }, /neither a credential nor a peer/],
  [
    'an own entity with a pre-shared key (reflection)',
    { peers: [{ ...pskPeer.cae1 }], presharedKey: presharedKeys },
    /^peers:.*itself/,
  ],
  [
    'an own entity with a raw public key (reflection)',
    { peers: [{ ...rawPeer.cae1, pin: pinOf('cae2') }] },
    /^peers:.*itself/,
  ],
  [
    'a second credential without certificate',
    { credential: [credentialOf('cae1'), { ...credentialOf('cae1'), chain: [] }] },
    /credential/,
  ],
];

const otherKeys = {
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  Ed25519: generateKeyPairSync('ed25519'),
};

for (const [name, { privateKey }] of Object.entries(otherKeys))
  test(`a credential with a key of ${name} is OPTION_INVALID, alone and behind another: no peer takes it (TS-0003 10.1.1.1)`, () => {
    const other = credentials.fromRawKey(privateKey);
    for (const credential of [other, [credentialOf('cae1'), other]])
      assert.throws(() => new Endpoint({ ...right, credential }), refusal('OPTION_INVALID', /credential/));
  });

for (const curve of [secp384r1, null])
  test(`a credential whose curve is ${curve} is OPTION_INVALID, whatever it says to sign with (TS-0003 10.1.1.1)`, () => {
    const credential = { ...credentialOf('cae1'), curve };
    assert.throws(() => new Endpoint({ ...right, credential }), refusal('OPTION_INVALID', /P-256/));
  });

test('suites that are none for one of the kinds of peers are OPTION_INVALID (TS-0003 10.2)', () => {
  const [certificates, presharedKeySuite] = [false, true].map(
    preshared =>
      suites.find(other => other.profile === 'onem2m' && usesPresharedKey(other) === preshared) ??
      assert.fail(),
  );
  assert.ok(certificates && presharedKeySuite);
  const preshared = { ...pskPeer.cae1, entity: cae2 };
  const made = (peers: EndpointOptions['peers'], ...own: readonly Suite[]) =>
    new Endpoint({ ...right, presharedKey: presharedKeys, peers, suites: own });
  for (const peers of [[preshared], [peer.cseB, preshared]])
    assert.throws(
      () => made(peers, certificates),
      refusal('OPTION_INVALID', /^suites: none of them is for a pre-shared key/),
    );
  for (const peers of [[peer.cseB], [peer.cseB, preshared], [rawPeer.cseB]])
    assert.throws(
      () => made(peers, presharedKeySuite),
      refusal('OPTION_INVALID', /^suites: none of them is for certificates/),
    );
  made([peer.cseB], certificates);
  made([preshared], presharedKeySuite);
  made([peer.cseB, preshared], certificates, presharedKeySuite);
});

test('all peers may have pre-shared keys: then there is no credential', () => {
  const { credential: _, ...rest } = right;
  const options = { ...rest, peers: [pskPeer.cseB], presharedKey: presharedKeys };
  assert.deepEqual(makeSettings(options).supplies, { credentials: [], presharedKey: presharedKeys });
});

test('one credential is a list of one', () => {
  const { credential } = right;
  assert.deepEqual(makeSettings(right).supplies.credentials, [credential]);
});

for (const [name, options, words] of [...wrong, ...wrongKinds])
  test(`${name} is OPTION_INVALID`, () => {
    assert.throws(() => new Endpoint({ ...right, ...options }), refusal('OPTION_INVALID', words));
  });

for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '5' as unknown as number]) {
  for (const time of [
    'pending',
    'confirmation',
    'keyLifetime',
    'procedure',
    'delivery',
    'retransmission',
    'lease',
  ])
    test(`times.${time} of ${JSON.stringify(value)} (${value}) is OPTION_INVALID`, () => {
      const options = { ...right, times: { [time]: value } };
      assert.throws(
        () => new Endpoint(options),
        refusal('OPTION_INVALID', new RegExp(`^times\\.${time}: ${value}`)),
      );
    });
  for (const limit of ['perEndpoint', 'perHop', 'perOriginator'])
    test(`limits.${limit} of ${JSON.stringify(value)} (${value}) is OPTION_INVALID`, () => {
      const options = { ...right, limits: { [limit]: value } };
      assert.throws(
        () => new Endpoint(options),
        refusal('OPTION_INVALID', new RegExp(`^limits\\.${limit}: ${value}`)),
      );
    });
}

test('times that no timer or Date can hold are OPTION_INVALID', () => {
  const century = 100 * 365 * 86_400_000;
  for (const [time, longest] of [
    ['procedure', 2 ** 31 - 1],
    ['delivery', 2 ** 31 - 1],
    ['retransmission', 2 ** 31 - 1],
    ['lease', 2 ** 31 - 1],
    ['pending', century],
    ['confirmation', century],
    ['keyLifetime', century],
  ] as const) {
    new Endpoint({ ...right, times: { [time]: longest } });
    assert.throws(
      () => new Endpoint({ ...right, times: { [time]: longest + 1 } }),
      refusal('OPTION_INVALID', new RegExp(`^times\\.${time}: ${longest + 1}`)),
    );
  }
});

test('our own identity is kept in absolute form, its host in lower case (TS-0001 7.2)', () => {
  assert.equal(new Endpoint({ ...right, id: '//M2M.Example.com/cse-a/Cae1' }).id, cae1);
});

test('server_name is a host name and no address (RFC 6066 §3)', () => {
  const { serverNameOf } = makeSettings(right);
  assert.equal(serverNameOf(cseB), 'cse-b.m2m.example.com');
  assert.equal(serverNameOf('//sp.example.org/cse'), 'sp.example.org');
  assert.equal(serverNameOf('//localhost/cse'), null);
  assert.equal(serverNameOf('//192.0.2.1/cse'), null);
});

const { trust } = peer.cseB;
const cseC = '//sp.example.org/cse-c';
const entryOf = (flavour: 'cse-id' | 'node-id' | 'device' | 'fqdn', identifier: string) =>
  ({ entity: cseC, flavour, identifier, trust }) as const;
const initiatingOnly = { ...entryOf('cse-id', 'client.example.net'), roles: ['initiating'] } as const;

for (const [name, entries, expected] of [
  ['the FQDN in the certificate', [entryOf('fqdn', 'MAF.example.net')], 'maf.example.net'],
  ['of a URN the host of the entity', [entryOf('node-id', 'urn:imei:1.example.com')], 'sp.example.org'],
  ['of an object identifier the host of the entity', [entryOf('node-id', '2.999.1')], 'sp.example.org'],
  ['of a device the host of the entity', [entryOf('device', '0.2.481.1')], 'sp.example.org'],
  ['of a hardware module the host of the entity', [entryOf('device', '2.999.2:0a')], 'sp.example.org'],
  ['of a pin the host of the entity', [{ ...rawPeer.cseB, entity: cseC }], 'sp.example.org'],
  [
    'the name in a certificate, whatever else the peer is known by',
    [
      entryOf('device', '0.2.481.1'),
      entryOf('cse-id', 'cse-c.example.net'),
      { ...rawPeer.cseB, entity: cseC },
    ],
    'cse-c.example.net',
  ],
  [
    'of two names the first',
    [entryOf('fqdn', 'first.example.net'), entryOf('cse-id', 'second.example.net')],
    'first.example.net',
  ],
  [
    'not the name that the peer has as the initiating end-point',
    [initiatingOnly, entryOf('device', '0.2.481.1')],
    'sp.example.org',
  ],
] as const)
  test(`server_name is ${name} (RFC 6066 §3)`, () => {
    const { serverNameOf } = makeSettings({ ...right, peers: entries });
    assert.equal(serverNameOf(cseC)?.toLowerCase(), expected);
  });

test('for somebody who is known as one of every AE, server_name is the host of its identifier', () => {
  const { serverNameOf } = makeSettings({
    id: cseB,
    credential: credentialOf('cse-b'),
    peers: [peer.everyAe],
  });
  assert.equal(serverNameOf(cae2), 'm2m.example.com');
});

for (const [name, own, entry, words] of [
  [
    'a domain name in our own certificate',
    'cse-b',
    entryOf('cse-id', 'CSE-b.m2m.example.com'),
    /^peers: cse-b\.m2m\.example\.com is in our own certificate as well \(cse-id\)$/,
  ],
  [
    'a domain name in our own certificate as another flavour',
    'cse-b',
    entryOf('fqdn', 'cse-b.m2m.example.com'),
    /is in our own certificate as well \(fqdn\)$/,
  ],
  [
    'the AE-ID in our own certificate, which is not our entity',
    'cae1',
    peer.cae1,
    /Cae1 is in our own certificate as well \(ae-id\)$/,
  ],
] as const)
  test(`${name} is no peer's: our own messages could come back to us (reflection)`, () => {
    for (const credential of [credentialOf(own), [rawCredentialOf('cae2'), credentialOf(own)]])
      assert.throws(
        () => new Endpoint({ id: '//m2m.example.com/cse-own', credential, peers: [entry] }),
        refusal('OPTION_INVALID', words),
      );
  });

test('that every AE may be a peer does not make one of our own certificate', () => {
  assert.doesNotThrow(() => new Endpoint({ ...right, peers: [peer.everyAe] }));
});

test('what is not said has its default', () => {
  const { times, limits } = makeSettings({ ...right, times: { pending: 5 }, limits: { perHop: 5 } });
  assert.deepEqual(times, {
    pending: 5,
    confirmation: 600_000,
    keyLifetime: 30 * 86_400_000,
    procedure: 30_000,
    delivery: 8_000,
    retransmission: 250,
    lease: 10_000,
  });
  assert.deepEqual(limits, { perEndpoint: 10_000, perHop: 5, perOriginator: 8 });
  assert.deepEqual(makeSettings(right).limits, { perEndpoint: 10_000, perHop: 1_000, perOriginator: 8 });
});
