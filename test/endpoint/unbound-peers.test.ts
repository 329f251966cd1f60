// Entries that the lab has and an Endpoint must not: keys bound to nobody in particular.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { credentials, Endpoint, type PeerEntry, trust } from '../../src/index.ts';

const pem = (file: string) => readFileSync(new URL(`../../certs/${file}`, import.meta.url), 'utf8');
const credential = credentials.fromPem(pem('cse-b.pem'), pem('cse-b.key'));
const anchors = trust.anchors(pem('root.pem'));
const make = (peer: PeerEntry) => () =>
  new Endpoint({ id: '//m2m.example.com/cse-b', credential, peers: [peer] });

test('a peer entry names the entity that keys are bound to, unless AE-ID certificates do (TS-0003 8.7.2.2 B)', () => {
  const refusal = { code: 'OPTION_INVALID', message: /peers\.0\.entity/ };
  assert.throws(make({ entity: null, flavour: 'any', trust: anchors }), refusal);
  assert.throws(
    make({ entity: null, flavour: 'cse-id', identifier: 'cse-a.m2m.example.com', trust: anchors }),
    refusal,
  );
  assert.throws(make({ entity: null, flavour: 'raw', pin: `ni:///sha-256-120;${'A'.repeat(20)}` }), refusal);
  assert.throws(make({ entity: null, flavour: 'psk', pskIdentity: 'Kpsa', roles: ['initiating'] }), refusal);
  assert.doesNotThrow(make({ entity: null, flavour: 'ae-id', trust: anchors }));
});
