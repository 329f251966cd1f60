import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { openAttribute, protectAttribute } from '../../../src/protection/esdata/attributes.ts';
import { protectContentInstance } from '../../../src/protection/esdata/content-instance.ts';
import { decrypt, encrypt, encryptBound } from '../../../src/protection/esdata/encryption.ts';
import { verify } from '../../../src/protection/esdata/signature.ts';
import {
  direct,
  headerOf,
  mic,
  ownEncryption,
  ownSignature,
  payload,
  publicOf,
  refused,
  time,
  wrapping,
} from './lab.ts';

const place = { resource: '/cse-b/Cae1/lamp', attribute: 'brightness' };
const encrypted = { encryptFor: [direct()] };
const signed = { signWith: [mic()] };
const open = { decryptWith: [direct()], verifyWith: [mic()], time };

test('the value of an attribute is replaced by an Envelope, and comes back as it was (TS-0003 8.5.1)', async () => {
  for (const value of [40, '40', true, null, [], ['a', 'b'], { level: 40 }])
    for (const protection of [encrypted, signed]) {
      const made = await protectAttribute(value, place, protection, { time });
      assert.deepEqual(headerOf(made).atr, { ...place, creationTime: '20270601T120000' });
      const opened = await openAttribute(made, place, open);
      assert.deepEqual(opened.value, value);
      assert.deepEqual(opened.creationTime, time);
    }
});

test('two attributes that are exchanged are refused, and those of two resources (our own)', async () => {
  const made = await protectAttribute(40, place, encrypted, { time });
  for (const other of [
    { ...place, attribute: 'colour' },
    { ...place, resource: '/cse-b/Cae1/door' },
  ])
    await refused('ESDATA_UNAUTHENTIC', () => openAttribute(made, other, open), 'another attribute');
});

test('an old value that is shown for a new one is noticed by whoever says how old it may be (our own)', async () => {
  const made = await protectAttribute(40, place, signed, { time });
  const later = new Date(time.getTime() + 1000);
  await openAttribute(made, place, { ...open, notBefore: time });
  await refused(
    'ESDATA_UNAUTHENTIC',
    () => openAttribute(made, place, { ...open, notBefore: later }),
    'older',
  );
});

test('an attribute may be signed and encrypted, for several (TS-0003 8.5.2.4)', async () => {
  const signer = ownSignature('P-256');
  const made = await protectAttribute(
    40,
    place,
    { encryptFor: [wrapping(), wrapping(16)], signWith: [signer] },
    { time },
  );
  const opened = await openAttribute(made, place, {
    decryptWith: [wrapping(16)],
    verifyWith: [publicOf(signer)],
    time,
  });
  assert.equal(opened.value, 40);
  assert.equal(opened.signedBy.length, 1);
});

test('an attribute is no content and no payload, under the same key (our own)', async () => {
  const attribute = await protectAttribute(40, place, encrypted, { time });
  await refused('ESDATA_UNSUPPORTED', () => decrypt(attribute, [direct()], { time }), 'atr');
  const mark = await protectAttribute(40, place, signed, { time });
  await refused('ESDATA_UNSUPPORTED', () => verify(mark, [mic()], { time }), 'atr');
  const content = await protectContentInstance(
    { mediaType: 'application/json', content: '40' },
    { container: 'lamp', creationTime: time },
    encrypted,
  );
  await refused('ESDATA_UNSUPPORTED', () => openAttribute(content.con, place, open), 'cpa');
  const whole = await encrypt(payload, [direct()], { time });
  await refused('ESDATA_MALFORMED', () => openAttribute(whole, place, open), 'atr');
});

test('a place that is none is refused, the caller’s and the peer’s (our own)', async () => {
  for (const wrong of [
    { ...place, resource: '' },
    { ...place, attribute: 'a'.repeat(513) },
    { ...place, attribute: 1 as never },
  ])
    await refused(
      'OPTION_INVALID',
      () => protectAttribute(40, wrong, encrypted, { time }),
      'resource or attribute',
    );
  const good = { ...place, creationTime: '20270601T120000' };
  for (const atr of [
    { ...good, resource: '' },
    { ...good, attribute: 1 },
    { ...good, more: 1 },
    { ...good, creationTime: '' },
  ]) {
    const made = await encryptBound(Buffer.from('40'), [direct()], { time }, { atr });
    await refused('ESDATA_MALFORMED', () => openAttribute(made, place, open), 'atr');
  }
});

test('a value that JSON has no form for is not protected, and what is no JSON is not released', async () => {
  for (const value of [undefined, () => 40, Symbol('40')])
    await refused('OPTION_INVALID', () => protectAttribute(value, place, encrypted, { time }), 'value');
  const atr = { ...place, creationTime: '20270601T120000' };
  for (const text of ['', '{"a":1,"a":2}']) {
    const made = await encryptBound(Buffer.from(text), [direct()], { time }, { atr });
    await refused('ESDATA_MALFORMED', () => openAttribute(made, place, open), 'the value');
  }
});

test('what anybody can encrypt with our certificate is not taken where there is somebody to have signed it (TS-0003 8.5.2.1)', async () => {
  const own = ownEncryption('P-256');
  const signer = ownSignature('P-256');
  const forged = await protectAttribute(40, place, { encryptFor: [publicOf(own)] }, { time });
  await openAttribute(forged, place, { decryptWith: [own], time });
  await refused('ESDATA_UNAUTHENTIC', () =>
    openAttribute(forged, place, { decryptWith: [own], verifyWith: [publicOf(signer)], time }),
  );
  const signedToo = { encryptFor: [publicOf(own)], signWith: [signer] };
  const made = await protectAttribute(40, place, signedToo, { time });
  await openAttribute(made, place, { decryptWith: [own], verifyWith: [publicOf(signer)], time });
});

test('an error says nothing of a value that was encrypted and cannot be read', async () => {
  const atr = { ...place, creationTime: '20270601T120000' };
  for (const text of ['PIN-4711', '{"PIN-4711":1,"PIN-4711":2}']) {
    const made = await encryptBound(Buffer.from(text), [direct()], { time }, { atr });
    const error = await refused('ESDATA_MALFORMED', () => openAttribute(made, place, open));
    assert.ok(!inspect(error).includes('4711'));
  }
});
