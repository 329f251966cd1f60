// What --expect says, by its form alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExpectedIdentity, readExpectedPeer } from '../../src/cli/expected-peer.ts';
import { refusal } from '../endpoint/lab.ts';

const ae = '//m2m.example.com/cse-a/Cae1';
const cse = '//m2m.example.com/cse-b';
const urn = 'urn:gsma:imei:90420156-025763-0;svn=42';

const domain = (identifier: string): ExpectedIdentity[] => [
  { flavour: 'cse-id', identifier },
  { flavour: 'fqdn', identifier },
];
const oid = (identifier: string): ExpectedIdentity[] => [
  { flavour: 'node-id', identifier },
  { flavour: 'device', identifier },
];
const node = (identifier: string): ExpectedIdentity[] => [{ flavour: 'node-id', identifier }];
const device = (identifier: string): ExpectedIdentity[] => [{ flavour: 'device', identifier }];

const read: readonly [name: string, text: string, entity: string | null, ExpectedIdentity[]][] = [
  [
    'an Absolute-AE-ID stands in its certificate itself (TS-0003 10.1.1.5)',
    ae,
    ae,
    [{ flavour: 'ae-id', identifier: ae }],
  ],
  [
    'an AE-ID without CSE as well (TS-0001 7.2)',
    '//sp.example/Sae',
    '//sp.example/Sae',
    [{ flavour: 'ae-id', identifier: '//sp.example/Sae' }],
  ],
  ['a CSE-ID stands in no certificate (TS-0001 6.5.1.1)', cse, cse, []],
  ['a CSE with its domain name, in lower case', `${cse}=CSE-b.example`, cse, domain('cse-b.example')],
  ['a CSE with the URN of its node, which may hold an equals sign', `${cse}=${urn}`, cse, node(urn)],
  ['an AE with the URN of its node', `${ae}=${urn}`, ae, node(urn)],
  ['an AE with an object identifier', `${ae}=0.2.481.1.100`, ae, oid('0.2.481.1.100')],
  ['a CSE with a hardware module (RFC 4108 5)', `${cse}=2.999.2:0aff`, cse, device('2.999.2:0aff')],
  ['a domain name alone', 'cse-b.example', null, domain('cse-b.example')],
  ['a URN alone, which may hold an equals sign', urn, null, node(urn)],
  ['an object identifier alone, which is no domain name of numbers', '2.999.1', null, oid('2.999.1')],
  ['a hardware module alone', '2.999.2:0aff', null, device('2.999.2:0aff')],
];

for (const [name, text, entity, identities] of read)
  test(`--expect: ${name}`, () => {
    assert.deepEqual(readExpectedPeer(text), { text, entity, identities });
  });

for (const [text, words] of [
  ['cse b', /^--expect cse b: neither an absolute identifier nor a name that a certificate holds/],
  ['', /neither an absolute identifier nor/],
  ['/cse-b', /neither an absolute identifier nor/],
  ['a.example=b.example', /neither an absolute identifier nor/],
  ['2.999.2:0AFF', /in lower-case hex/],
  ['//m2m.example.com', /no absolute CSE-ID or AE-ID/],
  ['//m2m.example.com=cse-b.example', /no absolute CSE-ID or AE-ID/],
  [`${cse}=`, /what follows the equals sign is not a name that a certificate holds/],
  [`${cse}=${ae}`, /what follows the equals sign is not/],
  [`${ae}=${ae}`, /what follows the equals sign is not/],
  [`${cse}=*.example`, /what follows the equals sign is not/],
] as const)
  test(`--expect ${JSON.stringify(text)} is OPTION_INVALID and named`, () => {
    assert.throws(() => readExpectedPeer(text), refusal('OPTION_INVALID', words));
    assert.throws(() => readExpectedPeer(text), refusal('OPTION_INVALID', /^--expect /));
  });
