// What our side makes and opens of a content or an attribute.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { deriveDataKeys } from '../../../src/keys/data.ts';
import { separatedKeys } from '../../../src/keys/protection-keys.ts';
import { readTimestamp } from '../../../src/onem2m/timestamp.ts';
import { openAttribute, protectAttribute } from '../../../src/protection/esdata/attributes.ts';
import {
  openContentInstance,
  type ProtectedContent,
  protectContentInstance,
} from '../../../src/protection/esdata/content-instance.ts';
import { contentCredentials, type DataCredential } from '../../../src/protection/esdata/content-keys.ts';
import { pairwiseCredentials } from '../../../src/protection/esdata/pairwise-credentials.ts';
import type { AttributeCase, ContentCase } from './content-cases.ts';

export async function makeContent(each: ContentCase): Promise<string> {
  const { level, container, nonce, protection } = each;
  const credentials = contentCredentials(sourceOf(each), { level, container, nonce: bytes(nonce) });
  const protectedContent = await protectContentInstance(
    { mediaType: 'text/plain', content: Buffer.from(each.content, 'base64url') },
    { container, creationTime: timeOf(each) },
    { contentCredentials: credentials, integrityOnly: protection === 'mic' },
  );
  assert.equal(protectedContent.cnf, cnf);
  return protectedContent.con;
}

export async function openContent(each: ContentCase, con: string): Promise<void> {
  const { container } = each;
  const instance: ProtectedContent = { cnf, con };
  const opened = await openContentInstance(instance, {
    dataKeys: [sourceOf(each)],
    container,
    time: timeOf(each),
  });
  assert.equal(Buffer.from(opened.content).toString('base64url'), each.content);
  assert.deepEqual([opened.mediaType, opened.creationTime], ['text/plain', timeOf(each)]);
}

export async function makeAttribute(each: AttributeCase): Promise<string> {
  const { encryption, mic } = credentialsOf(each);
  return protectAttribute(
    attributeValue(each),
    each,
    each.protection === 'mic' ? { signWith: [mic] } : { encryptFor: [encryption] },
    { time: timeOf(each) },
  );
}

export async function openAttributeOf(each: AttributeCase, envelope: string): Promise<void> {
  const { encryption, mic } = credentialsOf(each);
  const { value, creationTime } = await openAttribute(envelope, each, {
    decryptWith: [encryption],
    verifyWith: [mic],
    time: timeOf(each),
  });
  assert.deepEqual([value, creationTime], [attributeValue(each), timeOf(each)]);
}

/** Plain text in the compact serialisation (TS-0004 6.3.3). */
const cnf = 'text/plain:0:1';

function sourceOf({ source, single = false }: ContentCase): DataCredential {
  const keys = deriveDataKeys(bytes(source.ke), bytes(source.salt));
  return {
    id: source.id,
    dataAuthenticity: keys.dataAuthenticity,
    dataConfidentiality: single ? keys.dataAuthenticityAndConfidentiality : keys.dataConfidentiality,
  };
}

function credentialsOf({ pairwise: { id, secret } }: AttributeCase) {
  return pairwiseCredentials(separatedKeys({ id, secret: createSecretKey(bytes(secret)) }));
}

function attributeValue({ content }: AttributeCase): unknown {
  return JSON.parse(Buffer.from(content, 'base64url').toString());
}

function timeOf({ creationTime }: ContentCase | AttributeCase): Date {
  return readTimestamp(creationTime) ?? assert.fail(`${creationTime} is no time`);
}

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}
