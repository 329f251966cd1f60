import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError, type FaultCode } from '../../../src/errors.ts';
import type { JsonObject } from '../../../src/onem2m/serialisation/json.ts';
import type { Encryption, Protection } from '../../../src/protection/esprim/algorithms.ts';
import type { EsPrimKeys } from '../../../src/protection/esprim/keys.ts';
import { makeObject, readObject } from '../../../src/protection/esprim/object.ts';
import { readReceiverRand } from '../../../src/protection/esprim/rand-object.ts';
import { ReceiverRands } from '../../../src/protection/esprim/receiver-rands.ts';
import { Session } from '../../../src/protection/esprim/session.ts';
import { proposedTerms } from '../../../src/protection/esprim/session-terms.ts';
import {
  openRequest,
  openResponse,
  protectRequest,
  protectResponse,
} from '../../../src/protection/esprim/single.ts';
import { seeded } from '../../endpoint/lab.ts';
import { cae1, cseB, exchange, provisioned } from './lab.ts';

const start = Date.parse('2026-11-22T12:00:00Z');
const hour = 3_600_000;
const receiverRand = new ReceiverRands({
  encryptions: ['A256GCM', 'A128GCM'],
  lifetimes: { unique: hour, shared: hour },
  clock: () => start,
  random: seeded('single'),
}).unique();

const keys = provisioned();
const asOriginator = { id: cae1, keys: keys.originator, receiverRand, now: start };
const asReceiver = { id: cseB, keys: keys.receiver, receiverRand, now: start };
const request = { op: 2, to: '/cse-b/x', fr: cae1, rqi: 'r1', fc: { lbl: ['kept'] } };

async function asked(
  primitive: JsonObject = request,
  {
    protection = 'encryption',
    encryption = 'A256GCM',
    now = start,
    seed = 'originator',
  }: {
    protection?: Protection;
    encryption?: Encryption;
    now?: number;
    seed?: string;
  } = {},
): Promise<string> {
  const key = await keys.originator.current(cseB);
  return protectRequest(primitive, { key, protection, encryption, receiverRand, now, random: seeded(seed) });
}

async function refusedWith(code: FaultCode, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof E2EKeyError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

test('a request and its response open at the other end, byte for byte (TS-0003 8.4.2)', async () => {
  for (const protection of ['encryption', 'authentication'] as const) {
    const object = await asked(request, { protection });
    const opened = await openRequest(object, asReceiver);
    assert.equal(Buffer.from(opened.plaintext).toString(), JSON.stringify(request));
    assert.equal(opened.key.entity, cae1);
    const { object: answer } = await protectResponse({ rsc: 2000, rqi: 'r1', x: 1 }, object, asReceiver);
    const { plaintext } = await openResponse(answer, object, asOriginator);
    assert.deepEqual(JSON.parse(Buffer.from(plaintext).toString()), { rsc: 2000, rqi: 'r1', x: 1 });
  }
});

test('a handler of ESPrim takes what was protected singly', async () => {
  const { handler } = exchange({ keys });
  const rand = (await handler.answer({ operation: 'notify', to: cseB, content: { 'm2m:seci': { sit: 3 } } }))
    .content as { 'm2m:seci': { ero: unknown } };
  const object = await protectRequest(request, {
    key: await keys.originator.current(cseB),
    protection: 'encryption',
    encryption: 'A256GCM',
    receiverRand: readReceiverRand(rand['m2m:seci'].ero, start),
    now: start,
  });
  const answer = await handler.answer({
    operation: 'notify',
    to: cseB,
    content: { 'm2m:seci': { sit: 5, epo: object } },
  });
  assert.equal(answer.responseStatusCode, 2000);
});

test('a response has the Request Identifier of its request, and none of another', async () => {
  const object = await asked();
  const { object: answer } = await protectResponse({ rsc: 2000 }, object, asReceiver);
  const { plaintext } = await openResponse(answer, object, asOriginator);
  assert.deepEqual(JSON.parse(Buffer.from(plaintext).toString()), { rsc: 2000, rqi: 'r1' });
  await refusedWith('OPTION_INVALID', protectResponse({ rsc: 2000, rqi: 'r2' }, object, asReceiver));
});

test('a response to another request of the same session is refused (TS-0003 8.4.2 C.12)', async () => {
  const object = await asked();
  const { header } = readObject(object, start);
  const key = await keys.receiver.find(header.kid);
  assert.ok(key !== null);
  const session = new Session(proposedTerms(header, key, receiverRand, start));
  const answer = await makeObject(
    session.header('response', {}),
    session.cryptoKey,
    Buffer.from('{"rsc":2000,"rqi":"r2"}'),
    0,
  );
  await refusedWith('ESPRIM_MISDIRECTED', openResponse(answer, object, asOriginator));
});

test('a response of another session is refused', async () => {
  const object = await asked();
  const { object: answer } = await protectResponse({ rsc: 2000 }, object, asReceiver);
  const other = await asked(request, { seed: 'other' });
  await refusedWith('ESPRIM_MISDIRECTED', openResponse(answer, other, asOriginator));
  await refusedWith('ESPRIM_MISDIRECTED', openResponse(object, object, asOriginator));
});

test('From has to be the identity that the key is bound to (TS-0003 8.4.2 C.7)', async () => {
  for (const fr of [cseB, '//m2m.example.com/cse-a/Cae2', 'nonsense'])
    await refusedWith('ESPRIM_IMPERSONATION_ERROR', openRequest(await asked({ ...request, fr }), asReceiver));
  const { fr: _, ...nobody } = request;
  await refusedWith('ESPRIM_IMPERSONATION_ERROR', openRequest(await asked(nobody), asReceiver));
  // Sent back to whom it came from.
  await refusedWith('ESPRIM_IMPERSONATION_ERROR', openRequest(await asked(), asOriginator));
  await refusedWith(
    'ESPRIM_IMPERSONATION_ERROR',
    protectResponse({ rsc: 2000 }, await asked({ ...request, fr: cseB }), asReceiver),
  );
  // In a form that its receiver reads where it is at home.
  await openRequest(await asked({ ...request, fr: '/cse-a/Cae1' }), asReceiver);
});

test('random objects serve until they end, and only under their own identifier (TS-0003 8.4.2 C.6b)', async () => {
  const object = await asked();
  await openRequest(object, { ...asReceiver, now: start + hour - 1 });
  await refusedWith('ESPRIM_UNKNOWN_RECV_RAND_ID', openRequest(object, { ...asReceiver, now: start + hour }));
  await refusedWith('ESPRIM_UNKNOWN_RECV_RAND_ID', asked(request, { now: start + hour }));
  const other = { ...receiverRand, id: 'u.other' };
  await refusedWith(
    'ESPRIM_UNKNOWN_RECV_RAND_ID',
    openRequest(object, { ...asReceiver, receiverRand: other }),
  );
});

test('only what opens confirms a key', async () => {
  const confirmed: string[] = [];
  const watched: EsPrimKeys = { ...keys.receiver, opened: async ({ id }) => void confirmed.push(id) };
  const object = await asked();
  await refusedWith(
    'ESPRIM_IMPERSONATION_ERROR',
    openRequest(await asked({ ...request, fr: cseB }), { ...asReceiver, keys: watched }),
  );
  const parts = object.split('.');
  const broken = parts.with(4, Buffer.alloc(16).toString('base64url')).join('.');
  await refusedWith('ESPRIM_BAD_MAC', openRequest(broken, { ...asReceiver, keys: watched }));
  assert.deepEqual(confirmed, []);
  const { key } = await openRequest(object, { ...asReceiver, keys: watched });
  assert.deepEqual(confirmed, [key.id]);
});

test('what is no request, an algorithm that is not taken and an unknown key have their codes', async () => {
  await refusedWith('REQUEST_INVALID', asked({ rsc: 2000 }));
  await refusedWith('REQUEST_INVALID', protectResponse({ op: 2, to: '/x' }, await asked(), asReceiver));
  await refusedWith('ESPRIM_UNSUPPORTED_OPTION', asked(request, { encryption: 'A192GCM' }));
  const none: EsPrimKeys = { ...keys.receiver, find: async () => null };
  await refusedWith('KEY_UNKNOWN', openRequest(await asked(), { ...asReceiver, keys: none }));
});

test('what an end-point has answered itself does not open as the answer of the other', async () => {
  const object = await asked();
  const { object: answer } = await protectResponse({ rsc: 2000 }, object, asReceiver);
  await refusedWith('ESPRIM_MISDIRECTED', openResponse(answer, object, asReceiver));
});
