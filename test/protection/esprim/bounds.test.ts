// What a receiver remembers, and how much of it (TS-0003 8.4.2 C.6b; the numbers are our own).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveEndToEndKeys } from '../../../src/keys/end-to-end.ts';
import type { ObjectHeader } from '../../../src/protection/esprim/object.ts';
import { readOriginatorRand, readReceiverRand } from '../../../src/protection/esprim/rand-object.ts';
import { maxObjects, Session } from '../../../src/protection/esprim/session.ts';
import { Sessions, sessionBounds } from '../../../src/protection/esprim/sessions.ts';
import { codeOf, contentOf, debugIn, handWith, objectIn } from './hand.ts';
import { exchange, kpsa } from './lab.ts';

const { id, messageConfidentiality, messageAuthentication } = deriveEndToEndKeys(kpsa.master, kpsa.salt);
const rand = { esri: 'u.r1', esrv: 'x0', espa: [12] };
const hour = 3_600_000;

/** A session that ends at this time, of an entity. */
function sessionOf(entity: string, expires = hour): Session {
  const key = { id, entity, secret: messageConfidentiality, authentication: messageAuthentication };
  const esrx = String(expires);
  return new Session({
    key,
    protection: 'encryption',
    encryption: 'A256GCM',
    receiverRand: readReceiverRand({ ...rand, esrx, esks: [1] }, 0),
    originatorRand: readOriginatorRand({ ...rand, esrx, esk: 1 }, 0),
  });
}

const anyHeader = sessionOf('x').header('request', {});
const header = (ori: string): ObjectHeader => ({ ...anyHeader, ori });

/** What one entity's objects may cost at a time; a session costs 32 besides. */
const perEntity = 2048;
const bounds = { perEntity, inAll: 8 * perEntity };
const objects = Array.from({ length: 480 }, (_, n) => `i${n}`);

/** A session that has taken so much that four of them are all that an entity may have. */
function quarter(sessions: Sessions, entity: string, name: string, expires = hour): void {
  const session = sessionOf(entity, expires);
  for (const each of objects) sessions.take(header(name), session, each);
}

function fill(sessions: Sessions, entity: string): void {
  for (const name of ['a', 'b', 'c', 'd']) quarter(sessions, entity, name);
  requireFull(sessions, entity);
}

function requireFull(sessions: Sessions, entity: string): void {
  assert.throws(() => sessions.take(header('new'), sessionOf(entity, 9 * hour), 'i'), {
    code: 'TOO_MANY_SESSIONS',
  });
}

test('TOO_MANY_SESSIONS: of one entity 262144 objects are remembered at a time, a session counting as 32', () => {
  assert.deepEqual(sessionBounds, { perEntity: 262_144, inAll: 8 * 262_144 });
  const sessions = new Sessions(() => 0, bounds);
  for (const name of ['a', 'b', 'c']) quarter(sessions, 'one', name);
  const fourth = sessionOf('one');
  let taken = 0;
  assert.throws(
    () => {
      for (;;) {
        sessions.take(header('d'), fourth, `i${taken}`);
        taken++;
      }
    },
    { code: 'TOO_MANY_SESSIONS' },
  );
  assert.equal(4 * 32 + 3 * objects.length + taken, perEntity);
  assert.equal(fourth.taken, taken);
});

test('an entity that is at its bound does no harm to another', () => {
  const sessions = new Sessions(() => 0, bounds);
  fill(sessions, 'one');
  const other = sessionOf('other');
  for (let n = 0; n < 1000; n++) sessions.take(header('o'), other, `i${n}`);
  requireFull(sessions, 'one');
});

test('TOO_MANY_SESSIONS: all entities together have eight times as much as one, and what expires makes room', () => {
  let now = 0;
  const sessions = new Sessions(() => now, bounds);
  for (let n = 0; n < 8; n++) fill(sessions, `entity ${n}`);
  requireFull(sessions, 'a ninth');
  now = hour;
  sessions.take(header('new'), sessionOf('a ninth', 9 * hour), 'i');
});

test('what has expired makes room for the entity, and what has not stays known', () => {
  let now = 0;
  const sessions = new Sessions(() => now, bounds);
  for (const name of ['a', 'b', 'c']) quarter(sessions, 'one', name);
  quarter(sessions, 'one', 'long', 2 * hour);
  requireFull(sessions, 'one');
  now = hour;
  for (const name of ['e', 'f', 'g']) quarter(sessions, 'one', name, 9 * hour);
  requireFull(sessions, 'one');
  now = 2 * hour - 1;
  requireFull(sessions, 'one');
});

test('an object of a session that has not expired is known, also when room was made beside it', () => {
  let now = 0;
  const sessions = new Sessions(() => now, bounds);
  sessions.take(header('short'), sessionOf('one'), 'i');
  sessions.take(header('long'), sessionOf('one', 2 * hour), 'i');
  now = hour;
  sessions.take(header('new'), sessionOf('one', 2 * hour), 'i');
  assert.equal(sessions.find({ id, entity: 'one' }, header('short')), null);
  assert.throws(() => sessions.take(header('long'), sessionOf('one', 2 * hour), 'i'), {
    code: 'ESPRIM_REPLAYED',
  });
});

test('a session that expired while its object was opened does not make the count wrong', () => {
  let now = 0;
  const sessions = new Sessions(() => now, bounds);
  const session = sessionOf('one');
  for (const each of objects) sessions.take(header('o'), session, each);
  now = hour;
  for (let n = 0; n < 9; n++) {
    sessions.take(header('o'), session, `late ${n}`);
    sessions.take(header(`new ${n}`), sessionOf('one', 2 * hour), 'i');
  }
  now = 2 * hour;
  for (const name of ['a', 'b', 'c', 'd']) quarter(sessions, 'one', name, 9 * hour);
  requireFull(sessions, 'one');
});

test('a Request Identifier is known for as long as is said, to its entity, whatever its length', () => {
  let now = 0;
  const sessions = new Sessions(() => now);
  for (const identifier of ['r', 'r'.repeat(64), 'r'.repeat(65), 'r'.repeat(512)]) {
    sessions.takeRequest('one', identifier, hour);
    assert.throws(() => sessions.takeRequest('one', identifier, hour), { code: 'ESPRIM_REPLAYED' });
    sessions.takeRequest('other', identifier, hour);
  }
  now = hour - 1;
  sessions.take(header('next'), sessionOf('one', 2 * hour), 'i');
  assert.throws(() => sessions.takeRequest('one', 'r', 2 * hour), { code: 'ESPRIM_REPLAYED' });
  now = hour;
  sessions.take(header('last'), sessionOf('one', 2 * hour), 'i');
  sessions.takeRequest('one', 'r', 2 * hour);
});

test('TOO_MANY_SESSIONS: Request Identifiers, and sessions that were proposed in-band, are counted as well', () => {
  let now = 0;
  const sessions = new Sessions(() => now, { perEntity: 100, inAll: 200 });
  for (let n = 0; n < 36; n++) sessions.takeRequest('one', `r${n}`, hour);
  for (const ori of ['a', 'b']) sessions.begin(header(ori), sessionOf('one'));
  assert.throws(() => sessions.takeRequest('one', 'r', hour), { code: 'TOO_MANY_SESSIONS' });
  assert.throws(() => sessions.begin(header('c'), sessionOf('one')), { code: 'TOO_MANY_SESSIONS' });
  sessions.begin(header('a'), sessionOf('one'));
  now = hour;
  sessions.begin(header('c'), sessionOf('one', 2 * hour));
});

test('a session takes 65536 objects; an originator then begins a new one', () => {
  const session = sessionOf('one');
  for (let n = 0; n < maxObjects; n++) session.take(`i${n}`);
  assert.throws(() => session.take('one more'), { code: 'ESPRIM_UNKNOWN_ORIG_RAND_ID' });
  assert.throws(() => session.take('i0'), { code: 'ESPRIM_REPLAYED' });
});

test('KEY_EXHAUSTED: a session makes 65536 objects, each with a number of its own', () => {
  const session = sessionOf('one');
  assert.equal(maxObjects, 65_536);
  for (let n = 0; n < maxObjects; n++) {
    assert.equal(session.isUsedUp, false);
    assert.equal(session.next(), n);
  }
  assert.equal(session.isUsedUp, true);
  assert.throws(() => session.next(), { code: 'KEY_EXHAUSTED' });
});

test('ESPRIM_ENCRYPTION_ERROR, 5211: a response that is too long for an object (TS-0004 Table 7.6.2-1)', async () => {
  for (const [length, rsc] of [
    [66_000, 2000],
    [70_000, 5211],
  ] as const) {
    const lab = exchange({
      handler: { dispatch: async () => ({ responseStatusCode: 2000, content: 'a'.repeat(length) }) },
    });
    const response = await lab.notify(contentOf((await handWith(lab)).object()));
    assert.equal(response.responseStatusCode, rsc);
    if (rsc === 2000) {
      assert.ok(objectIn(response).length <= 90 * 1024);
      continue;
    }
    assert.equal(debugIn(response), 'ESPRIM_ENCRYPTION_ERROR: this end-point could not process the request');
    assert.deepEqual(
      lab.faults.map(fault => (fault as { code?: unknown }).code),
      ['ESPRIM_ENCRYPTION_ERROR'],
    );
    assert.equal(
      await codeOf(lab.client.send({ operation: 'retrieve', to: '-' })),
      'ESPRIM_ENCRYPTION_ERROR',
    );
  }
});

test('OPTION_INVALID: a request that is too long for an object is not sent', async () => {
  const lab = exchange();
  const request = { operation: 'create', to: '-' } as const;
  assert.equal((await lab.client.send({ ...request, content: 'a'.repeat(66_000) })).responseStatusCode, 2000);
  const sent = lab.seen.length;
  assert.equal(await codeOf(lab.client.send({ ...request, content: 'a'.repeat(70_000) })), 'OPTION_INVALID');
  assert.equal(lab.seen.length, sent);
});
