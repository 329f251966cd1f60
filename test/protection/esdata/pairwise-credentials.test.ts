import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveEndToEndKeys } from '../../../src/keys/end-to-end.ts';
import {
  openContentInstance,
  protectContentInstance,
} from '../../../src/protection/esdata/content-instance.ts';
import { decrypt, encrypt } from '../../../src/protection/esdata/encryption.ts';
import {
  endpointCredentials,
  pairwiseCredentials,
} from '../../../src/protection/esdata/pairwise-credentials.ts';
import { sign, verify } from '../../../src/protection/esdata/signature.ts';
import { cae1, cseB, established } from '../esprim/lab.ts';
import { payload, refused } from './lab.ts';

const content = { mediaType: 'text/plain', content: '21.5' };
const place = { container: 'temperature' };

test('two who were given Kpsa have one key for each use (TS-0003 10.3.6, 8.5.2.2.2)', async () => {
  const keys = deriveEndToEndKeys(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2));
  const { encryption, keyWrap, mic } = pairwiseCredentials(keys);
  assert.deepEqual(
    [encryption, keyWrap, mic].map(({ id }) => id),
    [`14-${keys.id}`, `15-${keys.id}`, `16-${keys.id}`],
  );
  await decrypt(await encrypt(payload, [encryption]), [encryption]);
  await decrypt(await encrypt(payload, [keyWrap]), [keyWrap]);
  await verify(await sign(payload, [mic]), [mic]);
  const ended = pairwiseCredentials(keys, new Date(0));
  await refused('KEY_EXPIRED', () => encrypt(payload, [ended.encryption]));
  await refused('KEY_EXPIRED', () => encrypt(payload, [ended.keyWrap]));
  await refused('KEY_EXPIRED', () => sign(payload, [ended.mic]));
});

test('a key of the E2EKey procedure protects data towards its entity, and the other side opens it (TS-0003 8.7.1)', async t => {
  const { initiating, terminating } = await established(t);
  const ours = endpointCredentials(initiating, cseB);
  const theirs = endpointCredentials(terminating, cae1);
  const time = new Date((await initiating.keys())[0]?.created ?? 0);
  const { encryption, keyWrap, mic } = await ours.current();
  for (const recipient of [encryption, keyWrap]) {
    const instance = await protectContentInstance(
      content,
      { ...place, creationTime: time },
      { encryptFor: [recipient] },
    );
    const opened = await openContentInstance(instance, { ...theirs, ...place, time });
    assert.equal(Buffer.from(opened.content).toString(), '21.5');
  }
  const signed = await sign(payload, [mic], { time });
  assert.deepEqual((await verify(signed, theirs.verifyWith, { time })).payload, payload);
  assert.equal((await ours.current()).encryption.uses, encryption.uses);
  assert.equal(encryption.uses?.count, 1);
});

test('what was opened shows that the other side has the key: an unconfirmed one becomes active (TS-0003 8.7.2.2)', async t => {
  const { initiating, terminating } = await established(t);
  const theirs = endpointCredentials(terminating, cae1);
  await refused('KEY_UNCONFIRMED', () => theirs.current());
  const time = new Date((await initiating.keys())[0]?.created ?? 0);
  const { encryption } = await endpointCredentials(initiating, cseB).current();
  const envelope = await encrypt(payload, [encryption], { time });
  const { credential } = await decrypt(envelope, theirs.decryptWith, { time });
  assert.equal((await terminating.keys())[0]?.state, 'unconfirmed');
  await theirs.opened(credential);
  assert.equal((await terminating.keys())[0]?.state, 'active');
  assert.equal((await theirs.current()).encryption.id, encryption.id);
  await theirs.opened({ id: '14-somebody' });
});

test('the key of one entity opens nothing where another is expected (TS-0003 8.5.2.2.2)', async t => {
  const { initiating, terminating } = await established(t);
  const { encryption, mic } = await endpointCredentials(initiating, cseB).current();
  const time = new Date((await initiating.keys())[0]?.created ?? 0);
  const other = endpointCredentials(terminating, `${cae1}x`);
  const envelope = await encrypt(payload, [encryption], { time });
  await refused('KEY_UNKNOWN', () => decrypt(envelope, other.decryptWith, { time }));
  const signed = await sign(payload, [mic], { time });
  await refused('KEY_UNKNOWN', () => verify(signed, other.verifyWith, { time }));
  await refused('KEY_UNKNOWN', () => other.current());
});

test('a key that was revoked opens nothing more, also where it was used before (TS-0003 8.4.2)', async t => {
  const { initiating, terminating } = await established(t);
  const { encryption } = await endpointCredentials(initiating, cseB).current();
  const time = new Date((await initiating.keys())[0]?.created ?? 0);
  const theirs = endpointCredentials(terminating, cae1);
  const envelope = await encrypt(payload, [encryption], { time });
  await decrypt(envelope, theirs.decryptWith, { time });
  await terminating.revoke((await terminating.keys())[0]?.id ?? '');
  await refused('KEY_REVOKED', () => decrypt(envelope, theirs.decryptWith, { time }));
  await refused('KEY_REVOKED', () => theirs.current());
});

test('a key of another entity is unknown, dead as well as alive (TS-0003 8.5.2.2.2)', async t => {
  const { initiating } = await established(t);
  const [key] = await initiating.keys();
  const { encryption } = await endpointCredentials(initiating, cseB).current();
  await initiating.revoke(key?.id ?? '');
  const name = { kid: encryption.id, x5tS256: null };
  assert.equal(await endpointCredentials(initiating, cae1).decryptWith(name), null);
  await refused('KEY_REVOKED', () => endpointCredentials(initiating, cseB).decryptWith(name));
});

test('the uses of a key are counted on, however many other keys are asked for (TS-0003 8.5.2.2.1)', async t => {
  const { initiating } = await established(t);
  const [key] = await initiating.keys();
  if (key === undefined) throw new Error('no key');
  const others = Array.from({ length: 200 }, (_, n) => `${n}`.padStart(32, '0'));
  const holder = {
    key: (id: string) => initiating.key(id),
    activeKey: (entity: string) => initiating.activeKey(entity),
    keys: () => initiating.keys(),
    confirm: (id: string) => initiating.confirm(id),
    keyBySeparatedId: async (id: string) =>
      others.includes(id) ? { ...key, id } : initiating.keyBySeparatedId(id),
  };
  const { current, decryptWith } = endpointCredentials(holder, cseB);
  const { encryption } = await current();
  await encrypt(payload, [encryption]);
  for (const [n, other] of others.entries()) {
    await decryptWith({ kid: `14-${other}`, x5tS256: null });
    if (n % 50 === 0) assert.equal((await current()).encryption.uses?.count, 1);
  }
});

test('a name that is none of these credentials is unknown (TS-0003 10.4)', async t => {
  const { initiating } = await established(t);
  const { decryptWith, verifyWith, current } = endpointCredentials(initiating, cseB);
  const { encryption, mic } = await current();
  const id = encryption.id.slice(3);
  for (const kid of [
    null,
    id,
    `16-${id}`,
    `13-${id}`,
    `14-${id.toLowerCase()}`,
    '14-',
    `14-${'0'.repeat(32)}`,
  ])
    assert.equal(await decryptWith({ kid, x5tS256: null }), null, String(kid));
  for (const kid of [`14-${id}`, `15-${id}`])
    assert.equal(await verifyWith({ kid, x5tS256: null }), null, kid);
  assert.equal((await verifyWith({ kid: mic.id, x5tS256: null }))?.id, mic.id);
});
