// What a caller in JavaScript, or a CSE, may give in place of what ESData takes: each is refused by its name. Without the
// check some of it would protect less than was meant, and some make what nobody can open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultCode } from '../../../src/errors.ts';
import { deriveDataKeys } from '../../../src/keys/data.ts';
import { openAttribute, protectAttribute } from '../../../src/protection/esdata/attributes.ts';
import { readContentInfo, writeContentInfo } from '../../../src/protection/esdata/content-info.ts';
import {
  cryptoParametersOf,
  openContentInstance,
  protectContentInstance,
} from '../../../src/protection/esdata/content-instance.ts';
import { contentCredentials } from '../../../src/protection/esdata/content-keys.ts';
import { decrypt, encrypt } from '../../../src/protection/esdata/encryption.ts';
import { decryptThenVerify, signThenEncrypt } from '../../../src/protection/esdata/nested.ts';
import { pairwiseCredentials } from '../../../src/protection/esdata/pairwise-credentials.ts';
import { sign, verify } from '../../../src/protection/esdata/signature.ts';
import { direct, mic, ownSignature, payload, publicOf, refused, time, wrapping } from './lab.ts';

const secretBytes = new Uint8Array(32).fill(7);
const source = { id: 'K-AE1@tef.example.com', ...deriveDataKeys(secretBytes, new Uint8Array()) };
const derivation = { level: 'container', container: 'temperature' } as const;
const content = { mediaType: 'text/plain', content: '21.5' };
const container = { container: 'temperature', creationTime: time };
const place = { resource: '/cse-b/Cae1/lamp', attribute: 'brightness' };
const own = ownSignature('P-256');
const encrypted = { encryptFor: [direct()] };
const opening = { decryptWith: [direct()], verifyWith: [mic()], dataKeys: [source], time };

const jwe = await encrypt(payload, [direct()], { time });
const jws = await sign(payload, [mic()], { time });
const nested = await signThenEncrypt(payload, [own], [direct()], { time });
const attribute = await protectAttribute(40, place, encrypted, { time });
const signedAttribute = await protectAttribute(40, place, { signWith: [mic()] }, { time });
const instance = await protectContentInstance(content, container, encrypted);
const derived = await protectContentInstance(content, container, {
  contentCredentials: contentCredentials(source, derivation),
});

type Row = readonly [
  call: string,
  refusal: string,
  act: (wrong: never) => unknown,
  wrong: readonly unknown[],
];

const noText = [undefined, null, 0, {}, Buffer.from(jwe)];
const noObject = [undefined, null, 0, 'text', []];
const noBytes = [undefined, null, 21.5, {}, [1]];
const noDate = [null, 0, '', [], {}, '2027-06-01T12:00:00Z', new Date(Number.NaN)];
const noCredentials = [
  undefined,
  null,
  {},
  'text',
  direct(),
  [null],
  ['text'],
  [{}],
  [{ certificate: 'PEM' }],
];
const noCredential = [0, 'text', {}, { certificate: null }, { certificate: { publicKey: 'PEM' } }];
const noProtection = [
  ...noObject,
  {},
  { encryptfor: [direct()] },
  { encryptFor: [direct()], signwith: [own] },
  { encryptFor: undefined, signWith: [own] },
  { encryptFor: [direct()], signWith: undefined },
];

const fromTheCse: readonly Row[] = [
  ['decrypt', 'Envelope is no text', w => decrypt(w, [direct()]), noText],
  ['verify', 'Envelope is no text', w => verify(w, [mic()]), noText],
  ['decryptThenVerify', 'Envelope is no text', w => decryptThenVerify(w, [direct()], [mic()]), noText],
  ['openAttribute', 'Envelope is no text', w => openAttribute(w, place, opening), noText],
  ['readContentInfo', 'cnf is no text', w => readContentInfo(w), noText],
  ['openContentInstance', 'instance is no object', w => openContentInstance(w, opening), noObject],
  ['cryptoParametersOf', 'instance is no object', w => cryptoParametersOf(w), noObject],
  [
    'openContentInstance',
    'cnf is no text',
    cnf => openContentInstance({ ...instance, cnf }, opening),
    noText,
  ],
  [
    'openContentInstance',
    'con is no text',
    con => openContentInstance({ ...instance, con }, opening),
    noText,
  ],
  ['cryptoParametersOf', 'con is no text', con => cryptoParametersOf({ ...instance, con }), noText],
];

const fromTheCaller: readonly Row[] = [
  ['encrypt', 'time is no valid Date', w => encrypt(payload, [direct()], { time: w }), noDate],
  ['sign', 'time is no valid Date', w => sign(payload, [mic()], { time: w }), noDate],
  ['decrypt', 'time is no valid Date', w => decrypt(jwe, [direct()], { time: w }), noDate],
  ['verify', 'time is no valid Date', w => verify(jws, [mic()], { time: w }), noDate],
  [
    'decryptThenVerify',
    'time is no valid Date',
    w => decryptThenVerify(nested, [direct()], [publicOf(own)], { time: w }),
    noDate,
  ],
  [
    'openAttribute',
    'time is no valid Date',
    w => openAttribute(attribute, place, { ...opening, time: w }),
    noDate,
  ],
  [
    'protectAttribute',
    'time is no valid Date',
    w => protectAttribute(40, place, encrypted, { time: w }),
    noDate,
  ],
  [
    'protectContentInstance',
    'creationTime is no valid Date',
    creationTime => protectContentInstance(content, { ...container, creationTime }, encrypted),
    noDate,
  ],
  [
    'encrypt',
    'expires is no valid Date',
    w => encrypt(payload, [{ ...direct(), expires: w }], { time }),
    noDate,
  ],
  ['decrypt', 'expires is no valid Date', w => decrypt(jwe, [{ ...direct(), expires: w }], { time }), noDate],
  [
    'openAttribute',
    'notBefore is no valid Date',
    notBefore => openAttribute(signedAttribute, place, { ...opening, notBefore }),
    noDate,
  ],
  [
    'openContentInstance',
    'notAfter is no valid Date',
    notAfter => openContentInstance(instance, { ...opening, notAfter }),
    noDate,
  ],

  ['encrypt', 'payload is no Uint8Array', w => encrypt(w, [direct()], { time }), [...noBytes, '21.5']],
  ['sign', 'payload is no Uint8Array', w => sign(w, [mic()], { time }), [...noBytes, '21.5']],
  [
    'protectContentInstance',
    'content is no Uint8Array',
    w => protectContentInstance({ ...content, content: w }, container, encrypted),
    noBytes,
  ],
  [
    'encrypt',
    'aad is no Uint8Array',
    aad => encrypt(payload, [direct()], { time, aad, serialization: 'JSON' }),
    noBytes.slice(1),
  ],
  [
    'encrypt',
    'enc: A128GCM',
    enc => encrypt(payload, [wrapping()], { time, enc }),
    [null, 'A128CBC-HS256', 'toString'],
  ],
  [
    'encrypt',
    'what signThenEncrypt writes',
    contentType => encrypt(payload, [direct()], { time, contentType }),
    ['JOSE', 'JOSE+JSON', 'jose', 'application/jose', 'application/JOSE+json'],
  ],
  [
    'encrypt',
    'contentType: a text',
    contentType => encrypt(payload, [direct()], { time, contentType }),
    [null, 0, ['text/plain'], ''],
  ],
  [
    'sign',
    'contentType: a text',
    contentType => sign(payload, [mic()], { time, contentType }),
    [null, ['json']],
  ],

  ['encrypt', 'recipients|credential', w => encrypt(payload, w, { time }), noCredentials],
  ['sign', 'signers|credential', w => sign(payload, w, { time }), noCredentials],
  ['signThenEncrypt', 'signers|credential', w => signThenEncrypt(payload, w, [direct()]), noCredentials],
  ['decrypt', 'credentials|credential', w => decrypt(jwe, w, { time }), noCredentials],
  ['verify', 'credentials|credential', w => verify(jws, w, { time }), noCredentials],
  ['decrypt', 'the credential', w => decrypt(jwe, () => w, { time }), noCredential],
  ['verify', 'the credential', w => verify(jws, () => w, { time }), noCredential],
  [
    'openContentInstance',
    'dataKeys',
    dataKeys => openContentInstance(derived, { ...opening, dataKeys }),
    [null, {}, source, [null], ['text']],
  ],
  [
    'verify',
    'demanded is no list',
    demanded => verify(jws, [mic()], { time, demanded }),
    [null, mic().id, {}],
  ],

  ['protectAttribute', 'protection', w => protectAttribute(40, place, w, { time }), noProtection],
  ['protectContentInstance', 'protection', w => protectContentInstance(content, container, w), noProtection],
  [
    'protectContentInstance',
    'protection: "',
    more =>
      protectContentInstance(content, container, {
        contentCredentials: contentCredentials(source, derivation),
        ...(more as object),
      }),
    [{ integrityonly: true }, { encryptFor: [direct()] }, { signWith: undefined }],
  ],
  [
    'protectContentInstance',
    'contentCredentials is missing',
    w => protectContentInstance(content, container, { contentCredentials: w }),
    noObject,
  ],
  [
    'protectContentInstance',
    'content is missing',
    w => protectContentInstance(w, container, encrypted),
    noObject,
  ],
  [
    'protectContentInstance',
    'place is missing',
    w => protectContentInstance(content, w, encrypted),
    noObject,
  ],
  [
    'protectContentInstance',
    'mediaType is no text',
    mediaType => protectContentInstance({ ...content, mediaType }, container, encrypted),
    [undefined, null, 0, ['text/plain']],
  ],
  ['writeContentInfo', 'contentInfo is missing', w => writeContentInfo(w), noObject],
  [
    'writeContentInfo',
    'encodingType: 0 to 2',
    encodingType => writeContentInfo({ mediaType: 'text/plain', encodingType, contentSecurity: 1 }),
    [undefined, 3, '0'],
  ],
  [
    'writeContentInfo',
    'contentSecurity: 0 to 3',
    contentSecurity => writeContentInfo({ mediaType: 'text/plain', encodingType: 0, contentSecurity }),
    [undefined, 4, '1'],
  ],
  ['openContentInstance', 'options is missing', w => openContentInstance(instance, w), noObject],
  ['openAttribute', 'options is missing', w => openAttribute(attribute, place, w), noObject],
  ['openAttribute', 'resource or attribute', w => openAttribute(attribute, w, opening), noObject],
  ['contentCredentials', 'data credential is missing', w => contentCredentials(w, derivation), noObject],
  ['contentCredentials', 'content is missing', w => contentCredentials(source, w), noObject],
  ['pairwiseCredentials', 'keys is missing', w => pairwiseCredentials(w), noObject],
];

function refusesAll(code: FaultCode, rows: readonly Row[]): void {
  for (const [call, refusal, act, wrong] of rows)
    test(`${call} refuses what it does not take: ${refusal}`, async () => {
      for (const value of wrong) await refused(code, () => act(value as never), new RegExp(refusal));
    });
}

refusesAll('ESDATA_MALFORMED', fromTheCse);
refusesAll('OPTION_INVALID', fromTheCaller);

const itself: unknown[] = [];
itself.push(itself);
const levels = (count: number): unknown => (count === 0 ? 40 : [levels(count - 1)]);

test('of an attribute nothing is protected that JSON does not bring back as it was', async () => {
  for (const value of [
    Number.NaN,
    Infinity,
    40n,
    new Date(0),
    new Map([['level', 40]]),
    new Set([40]),
    Buffer.from('40'),
    { level: undefined },
    { level: Number.NaN },
    // biome-ignore lint/suspicious/noSparseArray: a hole becomes null.
    [40, , 41],
    [() => 40],
    { toJSON: () => 40 },
    itself,
    levels(33),
  ])
    await refused('OPTION_INVALID', () => protectAttribute(value, place, encrypted, { time }), 'value: JSON');
  for (const value of [-0, Object.assign(Object.create(null), { level: 40 }), levels(32)]) {
    const made = await protectAttribute(value, place, encrypted, { time });
    const opened = await openAttribute(made, place, opening);
    assert.equal(JSON.stringify(opened.value), JSON.stringify(value));
  }
});

test('a search that finds undefined, as a Map does, has found nothing', async () => {
  const none = (() => undefined) as unknown as () => null;
  await refused('KEY_UNKNOWN', () => decrypt(jwe, none, { time }));
  await refused('KEY_UNKNOWN', () => verify(jws, none, { time }));
  await refused('KEY_UNKNOWN', () => openContentInstance(derived, { ...opening, dataKeys: none }));
});
