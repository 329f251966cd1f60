// The configurations in the documents: the README's is taken as it is, and docs/operations.md lists every setting
// that there is and no other.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { readConfig, type ServiceConfig } from '../../src/service/config.ts';
import { documentNamed } from './documents.ts';

test("the README's configuration is valid", t => {
  const block = documentNamed('README.md').blocks.find(({ language }) => language === 'json');
  const { id, listen, peers } = read(t, JSON.parse(block?.code ?? ''));
  assert.deepEqual([id, listen.port, peers.length], ['//m2m.example.com/cse-b', 8080, 1]);
});

/** Every setting, none with its default. */
const whole = {
  id: '//m2m.example.com/cse-b',
  listen: { host: '127.0.0.2', port: 1, tls: { certificate: 'hop.pem', key: 'hop.key', trust: 'hops.pem' } },
  credential: { certificate: 'a.pem', key: 'a.key', passwordFile: 'a.txt', staple: 'a.ocsp' },
  peers: [
    {
      entity: null,
      flavour: 'ae-id',
      identifier: '//m2m.example.com/cse-a/Cae1',
      trust: 'root.pem',
      roles: ['initiating'],
      exportIndicator: 'required',
      requireNameConstraints: true,
      revocation: 'required',
    },
    { entity: '//m2m.example.com/cse-c', flavour: 'raw', pin: 'ni:///x' },
    {
      entity: '//m2m.example.com/cse-d',
      flavour: 'psk',
      pskIdentity: 'identity',
      pskFile: 'psk.hex',
      roles: ['terminating'],
    },
  ],
  revocation: {
    issuers: [{ certificate: 'ca.pem', crl: 'ca.crl', url: 'http://ca.example/ca.crl' }],
    crls: ['b.crl'],
    ownStatus: { url: 'http://ca.example/ocsp', issuer: 'ca.pem' },
  },
  hideUnknownPskIdentities: true,
  store: 'sqlite:a.db',
  seal: 'seal.key',
  requireExportIndicator: true,
  limits: { perEndpoint: 1, perHop: 1, perOriginator: 1, connections: 1 },
  times: { pending: 1, confirmation: 1, keyLifetime: 1, request: 1 },
  carriers: {
    containers: [
      {
        cse: 'https://cse.example',
        trust: 'cse.pem',
        certificate: 'hop.pem',
        key: 'hop.key',
        cseBase: 'base',
        originator: 'Cx',
        receive: 'notification',
        pointOfAccess: 'http://127.0.0.1:1',
        pollInterval: 1,
        writers: ['Cy'],
      },
    ],
  },
};

test('docs/operations.md lists the settings that there are, and those are all', t => {
  read(t, whole);
  const { peers, ...others } = whole;
  const listed = [...documentNamed('docs/operations.md').text.matchAll(/^\| `([\w.]+)` \|/gm)].map(
    match => match[1],
  );
  assert.deepEqual(
    new Set(listed),
    new Set([
      ...settingsIn(others, ''),
      'credential',
      'peers',
      ...[...peers, ...whole.carriers.containers, ...whole.revocation.issuers].flatMap(Object.keys),
    ]),
  );
});

/** A list is one setting; what its entries have is listed without it. */
function settingsIn(group: object, path: string): string[] {
  return Object.entries(group).flatMap(([name, value]) =>
    typeof value === 'object' && !Array.isArray(value)
      ? settingsIn(value, `${path}${name}.`)
      : [`${path}${name}`],
  );
}

test('the settings of the environment that docs/operations.md names override the file', t => {
  const named = documentNamed('docs/operations.md').spans.filter(span => /^E2EKEY_[A-Z_]*[A-Z]$/.test(span));
  assert.ok(named.length > 4);
  const plain = JSON.stringify(read(t, whole));
  for (const name of named) {
    let overridden: string;
    try {
      overridden = JSON.stringify(read(t, whole, { [name]: '7' }));
    } catch (error) {
      overridden = error instanceof E2EKeyError ? error.message : '';
    }
    assert.notEqual(overridden, plain, name);
  }
});

function read(t: TestContext, config: object, environment: Record<string, string> = {}): ServiceConfig {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-docs-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const read = readConfig(join(folder, 'config.json'), environment);
  // The folder is another one each time.
  return JSON.parse(JSON.stringify(read).replaceAll(folder, ''));
}
