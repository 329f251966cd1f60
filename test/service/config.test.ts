import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { E2EKeyError } from '../../src/errors.ts';
import { readConfig } from '../../src/service/config.ts';
import { certs, configFile, goodConfig, sqliteStore } from './lab.ts';

test('what is not given has its default; files are relative to the configuration', t => {
  const { file, folder } = configFile(t, {
    ...sqliteStore,
    credential: { certificate: 'a.pem', key: '/b.key' },
  });
  assert.deepEqual(readConfig(file, {}), {
    id: '//m2m.example.com/cse-b',
    listen: { host: '127.0.0.1', port: 0 },
    credential: [{ certificate: join(folder, 'a.pem'), key: '/b.key' }],
    revocation: { issuers: [], crls: [] },
    hideUnknownPskIdentities: false,
    peers: [{ entity: '//m2m.example.com/cse-a/Cae1', flavour: 'ae-id', trust: certs('root.pem') }],
    store: `sqlite:${join(folder, 'e2ekey.db')}`,
    seal: join(folder, 'seal.key'),
    requireExportIndicator: false,
    limits: { connections: 1024 },
    times: { request: 20 },
    carriers: { containers: [] },
  });
});

test('the files of hops are relative to the configuration, too; a CSE is polled unless said otherwise', t => {
  const { file, folder } = configFile(t, {
    listen: { port: 0, tls: { certificate: 'hop.pem', key: 'hop.key', trust: '/hops.pem' } },
    carriers: {
      containers: [
        { cse: 'http://cse.example' },
        {
          cse: 'https://cse.example:8443/base/',
          trust: 'cse.pem',
          certificate: 'hop.pem',
          key: '/hop.key',
          cseBase: 'base',
          originator: 'Cx',
          receive: 'notification',
          pointOfAccess: 'https://b.example:8444',
          pollInterval: 60_000,
          writers: ['Cy'],
        },
      ],
    },
  });
  const { listen, carriers } = readConfig(file, {});
  assert.deepEqual(listen, {
    host: '127.0.0.1',
    port: 0,
    tls: { certificate: join(folder, 'hop.pem'), key: join(folder, 'hop.key'), trust: '/hops.pem' },
  });
  assert.deepEqual(carriers.containers, [
    { cse: 'http://cse.example', receive: 'polling' },
    {
      cse: 'https://cse.example:8443/base/',
      trust: join(folder, 'cse.pem'),
      certificate: join(folder, 'hop.pem'),
      key: '/hop.key',
      cseBase: 'base',
      originator: 'Cx',
      receive: 'notification',
      pointOfAccess: 'https://b.example:8444',
      pollInterval: 60_000,
      writers: ['Cy'],
    },
  ]);
});

test('the environment overrides the file, group by group and in words', t => {
  const { file } = configFile(t, { listen: { host: '127.0.0.1', port: 8080 }, limits: { perHop: 5 } });
  const config = readConfig(file, {
    E2EKEY_LISTEN_PORT: '0',
    E2EKEY_REQUIRE_EXPORT_INDICATOR: 'true',
    E2EKEY_LIMITS_PER_ORIGINATOR: '3',
    E2EKEY_TIMES_KEY_LIFETIME: '60',
    E2EKEY_CREDENTIAL_KEY: '/run/secrets/key',
    E2EKEY_LISTEN_TLS_CERTIFICATE: '/run/hop.pem',
    E2EKEY_LISTEN_TLS_KEY: '/run/secrets/hop.key',
    E2EKEY_CARRIERS_CONTAINERS: 'http://cse.example',
    E2EKEY_DEBUG: '1',
  });
  assert.deepEqual(config.listen, {
    host: '127.0.0.1',
    port: 0,
    tls: { certificate: '/run/hop.pem', key: '/run/secrets/hop.key' },
  });
  assert.deepEqual(config.carriers, { containers: [] });
  assert.equal(config.requireExportIndicator, true);
  assert.deepEqual(config.limits, { perHop: 5, perOriginator: 3, connections: 1024 });
  assert.deepEqual(config.times, { keyLifetime: 60, request: 20 });
  assert.deepEqual(config.credential, [{ certificate: certs('cse-b.pem'), key: '/run/secrets/key' }]);
});

test('credentials may be a list, with raw public keys, which the environment leaves alone', t => {
  const credential = [{ key: 'raw.key' }, { certificate: 'a.pem', key: '/b.key' }];
  const { file, folder } = configFile(t, { credential });
  assert.deepEqual(readConfig(file, { E2EKEY_CREDENTIAL_KEY: '/c.key' }).credential, [
    { key: join(folder, 'raw.key') },
    { certificate: join(folder, 'a.pem'), key: '/b.key' },
  ]);
});

test('files of revocation, and of credentials, are relative to the configuration; a URL may have a query', t => {
  const { file, folder } = configFile(t, {
    credential: { certificate: 'a.p12', passwordFile: 'a.txt', staple: 'a.ocsp' },
    peers: [{ ...goodConfig.peers[0], revocation: 'required' }],
    revocation: {
      issuers: [
        { certificate: 'ca.pem', crl: 'ca.crl', url: 'http://ca.example/ca.crl?part=1' },
        { certificate: '/ca2.pem' },
      ],
      crls: ['b.crl', '/c.crl'],
      ownStatus: { url: 'https://ca.example', issuer: 'ca.pem' },
    },
  });
  const { credential, revocation, peers } = readConfig(file, {
    E2EKEY_REVOCATION_OWN_STATUS_URL: 'http://other.example/ocsp',
  });
  const at = (name: string) => join(folder, name);
  assert.deepEqual(credential, [
    { certificate: at('a.p12'), passwordFile: at('a.txt'), staple: at('a.ocsp') },
  ]);
  assert.deepEqual(revocation, {
    issuers: [
      { certificate: at('ca.pem'), crl: at('ca.crl'), url: 'http://ca.example/ca.crl?part=1' },
      { certificate: '/ca2.pem' },
    ],
    crls: [at('b.crl'), '/c.crl'],
    ownStatus: { url: 'http://other.example/ocsp', issuer: at('ca.pem') },
  });
  assert.deepEqual(peers, [{ ...goodConfig.peers[0], revocation: 'required' }]);
});

test('a peer may have a certificate of any flavour (TS-0003 10.1.1)', t => {
  const [aeId] = goodConfig.peers;
  const wanted = [
    aeId,
    ...['cse-id', 'node-id', 'device', 'fqdn'].map(flavour => ({ ...aeId, flavour, identifier: 'as it is' })),
  ];
  assert.deepEqual(readConfig(configFile(t, { peers: wanted }).file, {}).peers, wanted);
});

test('peers may have raw public keys and pre-shared keys; with those alone there is no credential', t => {
  const { file, folder } = configFile(t, { peers: [raw, psk] });
  assert.deepEqual(readConfig(file, {}).peers, [raw, { ...psk, pskFile: join(folder, 'psk.hex') }]);
  const without = configFile(t, { credential: undefined, peers: [psk], hideUnknownPskIdentities: true });
  const { credential, hideUnknownPskIdentities } = readConfig(without.file, {});
  assert.deepEqual([credential, hideUnknownPskIdentities], [[], true]);
});

test('a flag of the environment can also be taken back', t => {
  const { file } = configFile(t, { requireExportIndicator: true });
  assert.equal(readConfig(file, { E2EKEY_REQUIRE_EXPORT_INDICATOR: 'false' }).requireExportIndicator, false);
});

for (const [name, environment, sentence] of [
  ['a port in words', { E2EKEY_LISTEN_PORT: 'http' }, /listen\.port must be integer/],
  ['an empty port', { E2EKEY_LISTEN_PORT: '' }, /listen\.port must be integer/],
  ['a port in hexadecimal', { E2EKEY_LISTEN_PORT: '0x50' }, /listen\.port must be integer/],
  [
    'a flag that is neither true nor false',
    { E2EKEY_REQUIRE_EXPORT_INDICATOR: '1' },
    /requireExportIndicator must be boolean/,
  ],
  [
    'an empty file name',
    { E2EKEY_CREDENTIAL_KEY: '' },
    /credential\.key must NOT have fewer than 1 characters/,
  ],
] as const)
  test(`a wrong environment is named by its setting: ${name}`, t => {
    const { file } = configFile(t);
    assert.throws(() => readConfig(file, environment), optionInvalid(sentence));
  });

const { peers } = goodConfig;
const raw = { entity: '//m2m.example.com/cse-c', flavour: 'raw', pin: 'ni:///x' };
const psk = {
  entity: '//m2m.example.com/cse-d',
  flavour: 'psk',
  pskIdentity: 'identity',
  pskFile: 'psk.hex',
  roles: ['initiating'],
};

const issuer = (settings: object) => ({
  revocation: { issuers: [{ certificate: 'a.pem', ...settings }] },
});
const containers = (settings: object) => ({
  carriers: { containers: [{ cse: 'http://cse.example', ...settings }] },
});

for (const [content, sentence] of [
  ['{', /not JSON/],
  ['[]', /the configuration must be object/],
  ['null', /the configuration must be object/],
  [{ admin: {} }, /: admin is no setting/],
  [{ listen: { port: 1, tls: true } }, /: listen\.tls must be object/],
  [{ listen: { port: 1, tls: { certificate: 'a' } } }, /: listen\.tls\.key is missing/],
  [{ listen: { port: 1, tls: { key: 'a' } } }, /: listen\.tls\.certificate is missing/],
  [{ carriers: { mqtt: [] } }, /: carriers\.mqtt is no setting/],
  [{ carriers: { containers: {} } }, /: carriers\.containers must be array/],
  [containers({ cse: undefined }), /: carriers\.containers\.0\.cse is missing/],
  [containers({ cse: 'ftp://cse.example' }), /: carriers\.containers\.0\.cse must match pattern/],
  [containers({ cse: 'http://user@cse.example' }), /: carriers\.containers\.0\.cse must match pattern/],
  [containers({ polling: true }), /: carriers\.containers\.0\.polling is no setting/],
  [containers({ trust: 'a.pem' }), /: carriers\.containers\.0\.trust is for an https: cse/],
  [containers({ certificate: 'a.pem', key: 'a' }), /: carriers\.containers\.0\.certificate is for an https/],
  [
    containers({ cse: 'https://x', key: 'a.key' }),
    /: carriers\.containers\.0\.certificate is missing: key stands alone/,
  ],
  [
    containers({ cse: 'https://x', certificate: 'a.pem' }),
    /: carriers\.containers\.0\.key is missing: certificate stands alone/,
  ],
  [
    containers({ receive: 'push' }),
    /: carriers\.containers\.0\.receive must be equal to one of the allowed values: polling, notification, polling-channel/,
  ],
  [
    containers({ receive: 'notification' }),
    /: carriers\.containers\.0\.pointOfAccess is missing: receive: notification needs it/,
  ],
  [
    containers({ pointOfAccess: 'http://x' }),
    /: carriers\.containers\.0\.pointOfAccess is for receive: notification/,
  ],
  [
    containers({ receive: 'notification', pointOfAccess: 'https://x' }),
    /: carriers\.containers\.0\.pointOfAccess is https:, and there is no listen\.tls/,
  ],
  [containers({ pollInterval: 60_001 }), /: carriers\.containers\.0\.pollInterval must be <= 60000/],
  [containers({ writers: [] }), /: carriers\.containers\.0\.writers must NOT have fewer than 1 items/],
  [{ listen: {} }, /: listen\.port is missing/],
  [{ listen: { port: 65_536 } }, /: listen\.port must be <= 65535/],
  [{ listen: { port: '8080' } }, /: listen\.port must be integer/],
  [
    { peers: [{ ...peers[0], flavour: 'x509' }] },
    /: peers\.0\.flavour must be one of ae-id, cse-id, node-id, device, fqdn, raw, psk/,
  ],
  ...(['cse-id', 'node-id', 'device', 'fqdn'] as const).map(
    flavour => [{ peers: [{ ...peers[0], flavour }] }, /: peers\.0\.identifier is missing/] as const,
  ),
  [
    { peers: [{ ...peers[0], flavour: 'device', identifier: '' }] },
    /: peers\.0\.identifier must NOT have fewer than 1/,
  ],
  [
    { peers: [{ ...peers[0], flavour: 'device', identifier: '2.999', pin: 'ni:///x' }] },
    /: peers\.0\.pin is no setting/,
  ],
  [{ peers: [{ ...peers[0], flavour: 'any' }] }, /: peers\.0\.flavour must be one of/],
  [{ peers: [{ entity: null, flavour: 'ae-id' }] }, /: peers\.0\.trust is missing/],
  [{ peers: [{ ...peers[0], pin: 'ni:///x' }] }, /: peers\.0\.pin is no setting/],
  [{ peers: [{ entity: null, trust: 'root.pem' }] }, /: peers\.0\.flavour is missing/],
  [{ peers: [{ ...raw, trust: 'root.pem' }] }, /: peers\.0\.trust is no setting/],
  [{ peers: [{ ...raw, pin: '' }] }, /: peers\.0\.pin must NOT have fewer than 1 characters/],
  [{ peers: [{ entity: raw.entity, flavour: 'raw' }] }, /: peers\.0\.pin is missing/],
  [{ peers: [{ ...psk, pskIdentity: '' }] }, /: peers\.0\.pskIdentity must NOT have fewer than 1/],
  [{ peers: [{ ...psk, pskFile: undefined }] }, /: peers\.0\.pskFile is missing/],
  [{ peers: [{ ...psk, roles: undefined }] }, /: peers\.0\.roles is missing/],
  [
    { peers: [{ ...psk, roles: ['initiating', 'terminating'] }] },
    /: peers\.0\.roles must NOT have more than 1 items/,
  ],
  [{ credential: { passwordFile: 'a.txt' } }, /: credential\.key is missing/],
  [{ credential: [{ key: 'a.key' }, { staple: 'b.der' }] }, /: credential\.1\.key is missing/],
  [{ credential: [{ key: 'a.key' }, { chain: 'b.pem' }] }, /: credential\.1\.chain is no setting/],
  [{ credential: [{ key: 'a.key', password: 'x' }] }, /: credential\.0\.password is no setting/],
  [{ credential: 'a.pem' }, /: credential must be object,array/],
  [{ credential: undefined }, /: credential is missing: only a pre-shared key does without/],
  [{ credential: [], peers: [psk, raw] }, /: credential is missing: only a pre-shared key does without/],
  [{ peers: [{ ...peers[0], revocation: 'soft-fail' }] }, /: peers\.0\.revocation must be equal to one of/],
  [{ peers: [{ ...raw, revocation: 'off' }] }, /: peers\.0\.revocation is no setting/],
  [
    { peers: [peers[0], { ...peers[0], entity: '//m2m.example.com/cse-a/Cx', revocation: 'required' }] },
    /: peers\.1\.revocation is required, and revocation names no CRL: nobody would be let in/,
  ],
  [{ revocation: [] }, /: revocation must be object/],
  [{ revocation: { issuers: [{ url: 'http://x' }] } }, /: revocation\.issuers\.0\.certificate is missing/],
  [issuer({ url: 'ftp://x' }), /: revocation\.issuers\.0\.url must match pattern/],
  [issuer({ url: 'http://user:pw@x' }), /: revocation\.issuers\.0\.url must match pattern/],
  [issuer({ crls: [] }), /: revocation\.issuers\.0\.crls is no setting/],
  [{ revocation: { crls: 'a.crl' } }, /: revocation\.crls must be array/],
  [{ revocation: { ownStatus: { issuer: 'a.pem' } } }, /: revocation\.ownStatus\.url is missing/],
  [{ revocation: { refresh: 1 } }, /: revocation\.refresh is no setting/],
  [{ hideUnknownPskIdentities: 'yes' }, /: hideUnknownPskIdentities must be boolean/],
  [{ profile: 'interop' }, /: profile is no setting/],
  [{ peers: [{ ...peers[0], roles: [] }] }, /: peers\.0\.roles must NOT have fewer than 1 items/],
  [{ store: 'postgres://x' }, /: store must match pattern/],
  [{ store: 'sqlite:x.db' }, /: seal is missing: a database store holds keys only sealed/],
  [{ limits: { perHop: 0 } }, /: limits\.perHop must be >= 1/],
  [{ times: { pending: 1.5 } }, /: times\.pending must be integer/],
  [{ times: { request: 3601 } }, /: times\.request must be <= 3600/],
] as const)
  test(`a wrong setting is named: ${sentence.source}`, t => {
    const { file } = configFile(t, content);
    assert.throws(() => readConfig(file, {}), optionInvalid(sentence, file));
  });

for (const [name, content, place] of [
  ['a sealing key', 'b5a6'.repeat(16), ''],
  ['a sealing key that begins like a number', '5a6b'.repeat(16), ': line 1, column 2'],
  ['a text that ends like a place', 'x (line 5 column 6)', ''],
  ['a private key', '-----BEGIN PRIVATE KEY-----\n5a6b5a6b\n', ': line 1, column 2'],
  ['a text in a document', '{"seal": 5a6b5a6b}', ': line 1, column 11'],
] as const)
  test(`nothing of a file that is no JSON is repeated, not even in a cause: ${name}`, t => {
    const { file } = configFile(t, content);
    assert.throws(
      () => readConfig(file, {}),
      (error: unknown) => {
        assert.ok(error instanceof E2EKeyError);
        assert.equal(error.message, `${file}: not JSON${place}`);
        assert.doesNotMatch(inspect(error, { depth: null, showHidden: true }), /a6b|BEGIN/);
        return true;
      },
    );
  });

test('a configuration that is not there is named', () => {
  assert.throws(
    () => readConfig('/nowhere/e2ekey.json', {}),
    optionInvalid(/cannot be read/, '/nowhere/e2ekey.json'),
  );
});

function optionInvalid(sentence: RegExp, file = ''): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof E2EKeyError);
    assert.equal(error.code, 'OPTION_INVALID');
    assert.match(error.message, sentence);
    return error.message.startsWith(file);
  };
}
