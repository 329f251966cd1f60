// Checks whose removal no other test notices.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { Peers } from '../../src/certificates/trust.ts';
import { suites } from '../../src/crypto/suites.ts';
import type { Sealer } from '../../src/endpoint/sealing.ts';
import type { Store } from '../../src/endpoint/store.ts';
import { memory } from '../../src/endpoint/stores.ts';
import { refuse } from '../../src/errors.ts';
import { makeProfile } from '../../src/handshake/profile.ts';
import { initiateOver, type TlsEndpoint } from '../../src/interop/connection.ts';
import { FlightStream } from '../../src/interop/flight-stream.ts';
import { listen } from '../../src/interop/listener.ts';
import { exportPairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import {
  begin,
  cae1,
  complete,
  credentialOf,
  initiatingEndpoint,
  lineToEndpoint,
  peer,
  refusal,
  seeded,
  stores,
  terminatingEndpoint,
} from '../endpoint/lab.ts';
import { begin as beginHandshake, goOn, initiatingEnd, runProcedure, variants } from '../handshake/lab.ts';
import { refused } from '../handshake/refused.ts';
import { scriptedTerminating } from '../handshake/scripted-terminating.ts';
import { within } from '../within.ts';

const [firstVariant] = variants;
assert.ok(firstVariant);

test('ServerKeyExchange under a scheme that was not offered is refused (RFC 5246 §7.4.3)', () => {
  for (const scheme of [0x0203, 0x0503, 0x0401]) {
    const end = initiatingEnd();
    const { message, state } = beginHandshake(end, { encryptThenMac: true });
    const { message2 } = scriptedTerminating(message, { signed: signed => ({ ...signed, scheme }) });
    refused(() => goOn(end, state, message2), 'PARAMETER_ILLEGAL', /was not offered/);
  }
});

for (const [storeName, makeStore] of Object.entries(stores))
  test(`${storeName}: the same bytes to two end-points in one store are two requests`, async t => {
    const open = makeStore(t);
    const one = terminatingEndpoint(t, { store: open() });
    const id = '//m2m.example.com/cse-c';
    const other = terminatingEndpoint(t, { id, store: open(), random: seeded('another end-point') });
    const { message1 } = begin();
    const [message2, its] = [await one.answer(cae1, message1), await other.answer(cae1, message1)];
    assert.notDeepEqual(its, message2);
  });

test('a peer under the From of another peer is refused (TS-0003 8.7.2.2)', async t => {
  const terminating = terminatingEndpoint(t, { peers: [peer.cae1, peer.cae2] });
  const procedure = begin({ credential: credentialOf('cae2') });
  const message3 = procedure.message3(await terminating.answer(cae1, procedure.message1));
  await assert.rejects(terminating.answer(cae1, message3), refusal('IDENTITY_MISMATCH'));
  assert.deepEqual(await terminating.keys(), []);
});

test('the terminating end-point is the one that is meant, and no other peer that we know', async t => {
  const entity = '//m2m.example.com/cse-c';
  const cseC = { ...peer.cseB, entity, identifier: 'cse-c.m2m.example.com' };
  const initiating = initiatingEndpoint(t, { peers: [peer.cseB, cseC] });
  const line = lineToEndpoint(terminatingEndpoint(t));
  await assert.rejects(initiating.establish(entity, line), refusal('IDENTITY_MISMATCH'));
  assert.deepEqual(await initiating.keys(), []);
});

test('a request that failed for a reason of ours is given up at once', async t => {
  const { store, sealer } = memory();
  const failing: Pick<Store, 'complete'> = {
    complete: async () => refuse('STORE_FAILED', 'the disk is full'),
  };
  const abandoned: string[] = [];
  const observed = new Proxy(store, {
    get(target, name) {
      if (name in failing) return Reflect.get(failing, name);
      if (name === 'abandon') return async (digest: string) => void abandoned.push(digest);
      return (Reflect.get(target, name) as () => unknown).bind(target);
    },
  });
  const terminating = terminatingEndpoint(t, { store: { store: observed, sealer } });
  await assert.rejects(terminating.answer(cae1, begin().message1), refusal('STORE_FAILED'));
  assert.equal(abandoned.length, 1);
});

test('a failure of ours behind a used-up handshake is not remembered as the answer', async t => {
  const cbc = suites.filter(
    ({ profile, keyExchange, protection }) =>
      profile === 'onem2m' && keyExchange === 'ECDHE_ECDSA' && protection.kind === 'cbc',
  );
  const healthy = seeded(t.name);
  let broken = false;
  const terminating = terminatingEndpoint(t, {
    suites: cbc,
    random: size => (broken ? refuse('INTERNAL', 'no randomness') : healthy(size)),
  });
  const procedure = begin({ suites: cbc });
  const message3 = procedure.message3(await terminating.answer(cae1, procedure.message1));
  broken = true;
  await assert.rejects(terminating.answer(cae1, message3), refusal('INTERNAL'));
  broken = false;
  await assert.rejects(terminating.answer(cae1, message3), refusal('PENDING_UNKNOWN'));
  await complete(terminating);
});

test('what is sealed and opened is wiped where it came from', async t => {
  const { store, sealer } = memory();
  const secrets: Uint8Array[] = [];
  const watching: Sealer = {
    seal(row, secret) {
      if (row.table !== 'answer') secrets.push(secret);
      return sealer.seal(row, secret);
    },
    open(row, sealed) {
      const secret = sealer.open(row, sealed);
      if (row.table !== 'answer') secrets.push(secret);
      return secret;
    },
  };
  const terminating = terminatingEndpoint(t, { store: { store, sealer: watching } });
  const { id } = await complete(terminating);
  assert.equal((await terminating.key(id))?.secret?.symmetricKeySize, 32);
  // Message 1 seals a state, message 3 opens it and seals a key, which is read.
  assert.equal(secrets.length, 4);
  for (const secret of secrets) assert.ok(secret.length > 0 && secret.every(byte => byte === 0));
});

test('the exported bytes are wiped once they are a key', () => {
  const { session } = runProcedure(firstVariant).end;
  const take = session.export.bind(session);
  const taken: Uint8Array[] = [];
  session.export = (label, size) => {
    const secret = take(label, size);
    taken.push(secret);
    return secret;
  };
  exportPairwiseE2EKey(session, { now: new Date(), lifetime: 1, confirmation: 1 });
  assert.deepEqual(taken, [new Uint8Array(48)]);
});

test('a flight of whole messages is gathered up to 64 KiB and no further', async () => {
  // A Certificate message in a full record, again and again.
  const record = Buffer.concat([Buffer.of(22, 3, 3, 0x40, 0, 11, 0, 0x3f, 0xfc), Buffer.alloc(0x3ffc)]);
  const socket = Readable.from(Array(100).fill(record)) as Socket;
  await assert.rejects(new FlightStream(socket).flight(3), refusal('MESSAGE_TOO_LARGE'));
});

test('of 300 connections that say nothing a listener closes 44 long before their time is over', async t => {
  const port = await listeningPort(t);
  const dropped = Promise.withResolvers<void>();
  let closed = 0;
  const sockets = Array.from({ length: 300 }, () => connect({ host: '127.0.0.1', port }));
  for (const socket of sockets)
    socket
      .on('error', () => undefined)
      .once('close', () => {
        if (++closed === 44) dropped.resolve();
      });
  await within(dropped.promise, '44 connections to be closed').finally(() => {
    for (const socket of sockets) socket.destroy();
  });
});

test('a request of more than 8 KiB ends the connection long before its time is over', async t => {
  const socket = connect({ host: '127.0.0.1', port: await listeningPort(t) });
  t.after(() => socket.destroy());
  await within(once(socket, 'connect'), 'a connection');
  const { data } = await within(initiateOver(socket, tlsEnd('cae1', 'cseB')), 'the handshake');
  data.write(Buffer.from(`GET /${'x'.repeat(8192)}`));
  assert.equal(await within(data.read(), 'close_notify'), null);
});

/** The listener of cse-b, patient beyond the end of any test. */
async function listeningPort(t: TestContext): Promise<number> {
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    endpoint: tlsEnd('cse-b', 'cae1'),
    keyLifetime: 3_600_000,
    onOutcome: () => undefined,
  });
  t.after(() => within(listener.close(), 'the listener to close'));
  return listener.port;
}

function tlsEnd(name: string, known: 'cae1' | 'cseB'): TlsEndpoint {
  const credential = credentialOf(name);
  const profile = makeProfile({ credentials: [credential], peers: new Peers([peer[known]]), expected: true });
  const supplies = { credentials: [credential], presharedKey: null };
  return { profile, supplies, clock: () => new Date(), timeout: 60_000 };
}
