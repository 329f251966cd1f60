// docs/keys.md: the names in it are exported, the vectors in it are right, and no derivation is missing.
import assert from 'node:assert/strict';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { hashedCredentialId } from '../../src/identifiers/credential-id.ts';
import { type Content, deriveContentKeys, deriveDataKeys } from '../../src/keys/data.ts';
import { deriveEndToEndKeys } from '../../src/keys/end-to-end.ts';
import { deriveKm, deriveKpsa, deriveUsageConstrainedKey } from '../../src/keys/enrolment.ts';
import { exporterKeys } from '../../src/keys/exporter.ts';
import { deriveGroupKey } from '../../src/keys/group.ts';
import * as exported from '../../src/keys/index.ts';
import { literalKey, separatedKeys } from '../../src/keys/protection-keys.ts';
import { keyFor } from '../../src/keys/purpose.ts';
import { protectionFor } from '../../src/keys/security-requirements.ts';
import { deriveSessionESPrimKey } from '../../src/keys/session-esprim-key.ts';
import { documentNamed } from '../docs/documents.ts';
import { hex } from './octets.ts';

const { text, spans } = documentNamed('docs/keys.md');
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map(section => [section.slice(0, section.indexOf('\n')), section] as const),
);

type Row = (name: string) => string;

interface Derivation {
  readonly inputs: readonly string[];
  readonly outputs: (row: Row, has: (name: string) => boolean) => object;
}

/** What is computed in each section, of rows of its vectors: the others have to be this. */
const derivations: Readonly<Record<string, Derivation>> = {
  'End-to-end keys': {
    inputs: ['material', 'salt', 'hash'],
    outputs: (row, has) =>
      deriveEndToEndKeys(octets(row('material')), octets(row('salt')), has('hash') ? { hash: 'sha512' } : {}),
  },
  'Keys from pairwiseE2EKey': {
    inputs: ['id', 'secret'],
    outputs: row => {
      const key = { id: row('id'), secret: createSecretKey(octets(row('secret'))) };
      const { master: _, ...separated } = separatedKeys(key);
      return { ...prefixed('separated', separated), ...prefixed('literal', literalKey(key)) };
    },
  },
  'Data keys': {
    inputs: ['material', 'salt'],
    outputs: row => deriveDataKeys(octets(row('material')), octets(row('salt'))),
  },
  'Content keys': {
    inputs: ['dataAuthenticity', 'dataConfidentiality', 'level', 'name', 'nonce', 'creationTime'],
    outputs: (row, has) =>
      deriveContentKeys(
        {
          dataAuthenticity: keyFor('data authenticity', octets(row('dataAuthenticity'))),
          dataConfidentiality: keyFor('data confidentiality', octets(row('dataConfidentiality'))),
        },
        {
          level: row('level') as Content['level'],
          name: row('name'),
          ...(has('nonce') ? { nonce: octets(row('nonce')) } : { creationTime: row('creationTime') }),
        },
      ),
  },
  Km: { inputs: ['ke', 'mafId'], outputs: row => ({ Km: deriveKm(octets(row('ke')), row('mafId')) }) },
  Kpsa: {
    inputs: ['ke', 'enroleeId'],
    outputs: row => ({ Kpsa: deriveKpsa(octets(row('ke')), row('enroleeId')) }),
  },
  'Usage-constrained keys': {
    inputs: ['ke', 'suid', 'targetId'],
    outputs: row => ({
      key: deriveUsageConstrainedKey(octets(row('ke')), Number(row('suid')) as 23, row('targetId')),
    }),
  },
  'Group key': {
    inputs: ['kpsa', 'enroleeId', 'rand'],
    outputs: row => ({ Ksx: deriveGroupKey(octets(row('kpsa')), row('enroleeId'), octets(row('rand'))) }),
  },
  sessionESPrimKey: {
    inputs: ['pairwiseKey', 'receiverRand', 'originatorRand'],
    outputs: row => ({
      sessionESPrimKey: deriveSessionESPrimKey(
        keyFor('ESPrim', octets(row('pairwiseKey'))),
        'ESPrim',
        Buffer.from(row('receiverRand')),
        Buffer.from(row('originatorRand')),
        32,
      ),
    }),
  },
  'TLS Key Export': {
    inputs: ['exported', 'use', 'issuer'],
    outputs: (row, has) =>
      exporterKeys(
        octets(row('exported')),
        has('issuer') ? { key: row('use') as 'Ke' | 'Kc', issuer: row('issuer') } : { key: 'pairwiseE2EKey' },
      ),
  },
};

for (const [heading, { inputs, outputs }] of Object.entries(derivations))
  test(`docs/keys.md, ${heading}: the vectors are right`, () => {
    const vectors = tablesIn(heading).filter(rows => !rows.has('function'));
    assert.ok(vectors.length > 0);
    for (const rows of vectors) {
      const given = new Map([...rows].map(([name, cell]) => [name, cell.slice(1, -1)]));
      const computed = outputs(
        name => given.get(name) ?? assert.fail(`there is no ${name}`),
        name => given.has(name),
      );
      assert.deepEqual(
        Object.fromEntries([...given].filter(([name]) => !inputs.includes(name))),
        Object.fromEntries(Object.entries(computed).map(([name, value]) => [name, shown(value)])),
      );
    }
  });

test('each derivation of docs/keys.md has its function, formula, input, output and clause', () => {
  for (const heading of Object.keys(derivations)) {
    const [first] = tablesIn(heading);
    const rows = [...(first?.keys() ?? [])].filter(name => name !== 'labels');
    assert.deepEqual(rows, ['function', 'formula', 'input', 'output', 'clause'], heading);
  }
});

test('the functions that docs/keys.md names are exported by e2ekey/keys, and none is left out', () => {
  const named = new Set(
    spans.flatMap(span => /^([a-z]\w*)\(/.exec(span)?.[1] ?? []).filter(name => name !== 'Hash'),
  );
  const functions = Object.entries(exported).filter(([, value]) => typeof value === 'function');
  assert.deepEqual([...named].sort(), functions.map(([name]) => name).sort());
  for (const name of ['exporterLabels', 'exportedSize']) assert.ok(name in exported && spans.includes(name));
});

test('the hashed Credential-ID of docs/keys.md is right', () => {
  assert.ok(spans.includes(hashedCredentialId('K_AE1_Container-x_data_conf-Id', 'tef.example.com')));
});

test('what meets each requirement alone is what docs/keys.md says', () => {
  const rows = [
    ...(sections.get('Security requirements') ?? '').matchAll(/^\| `(\w+)` \| (.+?), (.+) \| (.+) \|$/gm),
  ];
  assert.equal(rows.length, 8);
  for (const [, requirement = '', object, algorithms = '', key] of rows) {
    const isCapability = /replay|nonRepudiation/.test(requirement);
    for (const bits of isCapability ? [true] : [128, 192, 256]) {
      const [met, ...more] = protectionFor({ [requirement]: bits });
      const [operation] = met?.operations ?? [];
      assert.ok(met !== undefined && operation !== undefined && more.length === 0);
      const algorithm = 'enc' in operation ? operation.enc : operation.alg;
      assert.deepEqual([met.object, key?.replaceAll('`', '')], [object, operation.key], requirement);
      assert.ok(algorithms.split(/, | or /).includes(algorithm), `${requirement}: ${algorithm}`);
      if ('enc' in operation) assert.equal(operation.enc, `A${bits}GCM`);
    }
  }
});

/** The tables of a section that have no head: name and cell of each row. */
function tablesIn(heading: string): ReadonlyMap<string, string>[] {
  const section = sections.get(heading) ?? assert.fail(`docs/keys.md has no ${heading}`);
  return section
    .split('| | |\n|---|---|\n')
    .slice(1)
    .map(
      table =>
        new Map(
          [...(table.split('\n\n')[0] ?? '').matchAll(/^\| (.+?) \| (.+) \|$/gm)].map(
            ([, name = '', cell = '']) => [name, cell] as const,
          ),
        ),
    );
}

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix} ${name}`, value]));
}

function octets(digits: string): Uint8Array {
  return Buffer.from(digits, 'hex');
}

function shown(value: string | Uint8Array | KeyObject): string {
  return typeof value === 'string' ? value : hex(value);
}
