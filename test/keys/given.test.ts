// What a caller in JavaScript may give to the derivations and to the identifiers of keys in place of what they take: each
// is refused by its name. Without the check most would give a key or an identifier all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hashedCredentialId,
  parseCredentialId,
  parseKeyIdentifier,
  writeCredentialId,
  writeKeyIdentifier,
} from '../../src/identifiers/credential-id.ts';
import { deriveContentKeys, deriveContentMicKey, deriveDataKeys } from '../../src/keys/data.ts';
import { deriveEndToEndKeys } from '../../src/keys/end-to-end.ts';
import { deriveKm, deriveKpsa, deriveUsageConstrainedKey } from '../../src/keys/enrolment.ts';
import { exporterKeys } from '../../src/keys/exporter.ts';
import { deriveGroupKey } from '../../src/keys/group.ts';
import { literalKey, separatedKeys } from '../../src/keys/protection-keys.ts';
import { keyFor } from '../../src/keys/purpose.ts';
import { protectionFor } from '../../src/keys/security-requirements.ts';
import { range } from './octets.ts';

const material = range(1, 32);
const dataKeys = deriveDataKeys(material, range(0, 16));
const micKey = (content: object) => deriveContentMicKey(dataKeys.dataAuthenticity, content as never);
const nonce = range(1, 16);
const level = 'container';
const id = 'A79E043B119AD5175ABEF06C94A1FE4D';

/** What no type would let through. */
type Wrong = readonly unknown[];
type Row = readonly [call: string, refusal: string, act: (wrong: never) => unknown, wrong: Wrong];

const noText: Wrong = [undefined, null, 0, {}];
const noBytes: Wrong = [undefined, null, 16, '0'.repeat(16), Array(16).fill(1)];
const noObject: Wrong = [undefined, null, 0, 'text', []];

const rows: readonly Row[] = [
  ['parseCredentialId', 'Credential-ID is no text', w => parseCredentialId(w), [...noText, ['13-a']]],
  ['writeCredentialId', 'value of the Credential-ID is no text', w => writeCredentialId(14, w), noText],
  [
    'parseKeyIdentifier',
    'key identifier is no text',
    w => parseKeyIdentifier(w),
    [...noText, ['a@b.example.com']],
  ],
  ['writeKeyIdentifier', 'key identifier is missing', w => writeKeyIdentifier(w), noObject],
  [
    'writeKeyIdentifier',
    'relative is no text',
    w => writeKeyIdentifier({ relative: w, issuer: 'a.example.com' }),
    noText,
  ],
  ['writeKeyIdentifier', 'issuer is no text', w => writeKeyIdentifier({ relative: 'a', issuer: w }), noText],
  [
    'hashedCredentialId',
    'name of the key is no text',
    w => hashedCredentialId(w, 'a.example.com'),
    [...noText, material],
  ],
  ['hashedCredentialId', 'issuer is no text', w => hashedCredentialId('a', w), noText],
  [
    'deriveEndToEndKeys',
    'hash: sha256 and sha512',
    hash => deriveEndToEndKeys(material, nonce, { hash }),
    ['md5', 'sha1', 'SHA256', null, ['sha256']],
  ],
  ['deriveEndToEndKeys', 'salt is no Uint8Array', w => deriveEndToEndKeys(material, w), noBytes],
  ['deriveDataKeys', 'salt is no Uint8Array', w => deriveDataKeys(material, w), noBytes],
  [
    'deriveContentKeys',
    'data keys is missing',
    w => deriveContentKeys(w, { level, name: 'a', nonce }),
    noObject,
  ],
  ['deriveContentKeys', 'content is missing', w => deriveContentKeys(dataKeys, w), noObject],
  ['deriveContentMicKey', 'name of the content is no text', name => micKey({ level, name, nonce }), noText],
  [
    'deriveContentMicKey',
    'nonce of the content is no',
    w => micKey({ level, name: 'a', nonce: w }),
    noBytes.slice(1),
  ],
  [
    'deriveContentMicKey',
    'creationTime of the content is no text',
    creationTime => micKey({ level, name: 'a', creationTime }),
    [...noText, ['20270601T120000'], new Date(0)],
  ],
  ['deriveKm', 'MAF-ID is no text', w => deriveKm(material, w), noText],
  ['deriveKpsa', 'Enrolee-B-ID is no text', w => deriveKpsa(material, w), [...noText, ['a']]],
  [
    'deriveUsageConstrainedKey',
    'Enrolment-Target-ID is no text',
    w => deriveUsageConstrainedKey(material, 13, w),
    noText,
  ],
  ['deriveGroupKey', 'Enrolee-Ax-ID is no text', w => deriveGroupKey(material, w, nonce), noText],
  ['deriveGroupKey', 'Rand is no Uint8Array', w => deriveGroupKey(material, 'a', w), noBytes],
  [
    'exporterKeys',
    'neither a Uint8Array nor a secret',
    w => exporterKeys(w, { key: 'pairwiseE2EKey' }),
    [undefined, null, 'x'.repeat(48), Array(48).fill(1)],
  ],
  ['exporterKeys', 'use is missing', w => exporterKeys(new Uint8Array(48), w), noObject],
  [
    'exporterKeys',
    'use.key is none of',
    key => exporterKeys(new Uint8Array(48), { key, issuer: 'a.example.com' }),
    [undefined, null, 'ke', 'toString'],
  ],
  ['separatedKeys', 'the key is missing', w => separatedKeys(w), noObject],
  ['literalKey', 'the key is missing', w => literalKey(w), noObject],
  [
    'separatedKeys',
    'id of the key is no text',
    w => separatedKeys({ id: w, secret: dataKeys.master }),
    [...noText, [id]],
  ],
  [
    'separatedKeys',
    'neither a Uint8Array nor a secret',
    secret => separatedKeys({ id, secret }),
    [undefined, null, id],
  ],
  [
    'keyFor',
    'purpose of the key is none of',
    w => keyFor(w, material),
    ['bogus', undefined, null, ['ESPrim']],
  ],
  ['protectionFor', 'requirements is missing', w => protectionFor(w), noObject],
];

for (const [call, refusal, act, wrong] of rows)
  test(`${call} refuses what it does not take: ${refusal}`, () => {
    for (const value of wrong)
      assert.throws(() => act(value as never), { code: 'OPTION_INVALID', message: new RegExp(refusal) });
  });
