// Who is meant when a command knows several ways to know a peer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOnePeer } from '../../src/cli/procedure-peers.ts';
import { pskPeer, rawPeer } from '../endpoint/kinds.ts';
import { peer } from '../endpoint/lab.ts';

const { trust } = peer.cseB;
const host = 'cse-b.m2m.example.com';
const named = { entity: null, identifier: host, trust } as const;

for (const [name, peers, expected] of [
  ['one entity', [peer.cseB], true],
  ['one entity with a certificate and a raw public key', [peer.cseB, rawPeer.cseB], true],
  [
    'one name that two flavours can hold',
    [
      { ...named, flavour: 'cse-id' },
      { ...named, flavour: 'fqdn' },
    ],
    true,
  ],
  ['one pin', [{ ...rawPeer.cseB, entity: null }], true],
  ['one pre-shared key', [{ ...pskPeer.cseB, entity: null }], true],
  ['two entities', [peer.cae1, peer.cae2], false],
  [
    'two names',
    [
      { ...named, flavour: 'cse-id' },
      { ...named, flavour: 'cse-id', identifier: 'cse-c.m2m.example.com' },
    ],
    false,
  ],
  [
    'two pins',
    [
      { ...rawPeer.cseB, entity: null },
      { ...rawPeer.cae1, entity: null },
    ],
    false,
  ],
  ['everybody', [{ entity: null, flavour: 'any', trust }], false],
  ['everybody and one entity', [{ entity: null, flavour: 'any', trust }, rawPeer.cseB], false],
  ['nobody', [], false],
] as const)
  test(`${name} ${expected ? 'is' : 'is not'} exactly one peer`, () => {
    assert.equal(isOnePeer(peers), expected);
  });
