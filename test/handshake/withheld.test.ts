// Handshakes of the lab that end without a key: no extended master secret (RFC 7627 §5.4), or a peer that was not
// authenticated. Application data can be exchanged, and nothing can be exported.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mock, test } from 'node:test';
import { protect, type RecordProtection, unprotect } from '../../src/crypto/record-protection.ts';
import { Secret } from '../../src/crypto/secrets.ts';
import { usesPresharedKey } from '../../src/crypto/suites.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { type Connection, Session, type Withheld } from '../../src/handshake/session.ts';
import { decodeState, encodeState, type State, wipeState } from '../../src/handshake/state.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import { encode } from '../../src/wire/codec.ts';
import { clientExtension } from '../../src/wire/extensions.ts';
import type { ClientHello } from '../../src/wire/messages.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { readRecords, TlsRecord } from '../../src/wire/records.ts';
import { allVariants, type KindVariant, kinds } from './kinds.ts';
import {
  answer,
  begin,
  beginWith,
  cae1,
  cseB,
  done,
  type EndOptions,
  goOn,
  initiatingEnd,
  repeatable,
  sent,
  terminatingEnd,
} from './lab.ts';
import {
  callingNode,
  contextFor,
  type NodePeer,
  noExtendedMasterSecret,
  servingNode,
} from './node-stream.ts';
import { refused } from './refused.ts';

const [x509 = assert.fail()] = allVariants;
const optional: EndOptions = { extendedMasterSecret: 'optional' };

for (const variant of allVariants)
  test(`without extended master secret both ends have the same keys for records, and none to export: ${variant.name}`, () => {
    const { initiating, terminating } = withoutExtendedMasterSecret(variant);
    for (const connection of [initiating, terminating]) {
      withholds(connection, 'no extended master secret');
      assert.equal(connection.extendedMasterSecret, false);
      assert.deepEqual(
        [connection.suite, connection.group, connection.forwardSecrecy],
        [variant.suite.name, variant.group?.name ?? null, variant.group !== null],
      );
    }
    assert.equal(initiating.peer?.entity, '//m2m.example.com/cse-b');
    assert.equal(terminating.peer?.entity, '//m2m.example.com/cse-a/Cae1');
    const [near, far] = [initiating.recordProtection(), terminating.recordProtection()];
    assert.deepEqual([near.write, near.read], [far.read, far.write]);
    const hello = Buffer.from('hello');
    const record = protect(near.write, 1, applicationData(hello), repeatable('iv'));
    assert.deepEqual(Buffer.from(unprotect(far.read, 1, record)), hello);
  });

for (const variant of kinds)
  test(`a stored handshake without extended master secret does not come back with one: ${variant.kind}`, () => {
    const restarted = (state: State) => decodeState(encodeState(state));
    const { initiating, terminating } = withoutExtendedMasterSecret(variant, restarted);
    for (const connection of [initiating, terminating]) withholds(connection, 'no extended master secret');
  });

test('a closed connection has no keys any more, and its master secret is wiped', () => {
  const { initiating } = withoutExtendedMasterSecret(x509);
  const wipe = mock.method(Secret.prototype, 'wipe');
  initiating.close();
  wipe.mock.restore();
  assert.equal(wipe.mock.callCount(), 1);
  const [{ this: secret } = assert.fail()] = wipe.mock.calls;
  assert.ok(secret instanceof Secret && secret.bytes.every(byte => byte === 0));
  assert.throws(
    () => initiating.recordProtection(),
    (error: unknown) => error instanceof E2EKeyError && error.code === 'INTERNAL',
  );
});

test('a connection has its own master secret: wiping the state that led to it takes nothing from it', () => {
  const [a, b] = [
    initiatingEnd({ ...x509.initiating, ...optional }),
    terminatingEnd({ ...x509.terminating, ...optional }),
  ];
  const turn1 = beginWith(begin(a, x509), withoutTheExtension);
  const turn2 = answer(b, turn1.message);
  const turn3 = sent(goOn(a, turn1.state, turn2.message));
  const turn4 = goOn(b, turn2.state, turn3.message);
  assert.ok(turn4.kind === 'withheld' && turn4.message);
  const connection = connectionOf(goOn(a, turn3.state, turn4.message));
  wipeState(turn3.state);
  assert.deepEqual(connection.recordProtection().write, turn4.connection.recordProtection().read);
});

const withCertificates = kinds.filter(({ kind, suite }) => !kind.includes('raw') && !usesPresharedKey(suite));

for (const variant of withCertificates) {
  test(`node:tls initiates without extended master secret, and data goes both ways (RFC 5246 §8.1): ${variant.kind}`, async t => {
    const { own = cae1 } = variant.initiating;
    const node = callingNode(t, contextFor(variant, own, noExtendedMasterSecret), {});
    const connection = await terminate(node, { ...variant.terminating, ...optional });
    withholds(connection, 'no extended master secret');
    assert.equal(connection.peer?.entity, '//m2m.example.com/cse-a/Cae1');
    await exchange(node, connection);
  });

  test(`node:tls terminates without extended master secret, and data goes both ways (RFC 5246 §8.1): ${variant.kind}`, async t => {
    const { own = cseB } = variant.terminating;
    const node = servingNode(t, contextFor(variant, own, noExtendedMasterSecret), {
      requestCert: true,
      rejectUnauthorized: true,
    });
    const end = initiatingEnd({ ...variant.initiating, ...optional });
    const turn1 = begin(end, { encryptThenMac: true });
    node.write(turn1.message);
    const turn3 = sent(goOn(end, turn1.state, await node.flights.next('ServerHelloDone')));
    node.write(turn3.message);
    const turn = goOn(end, turn3.state, await node.flights.next('Finished (protected)'));
    await node.secured;
    const connection = connectionOf(turn);
    withholds(connection, 'no extended master secret');
    assert.equal(connection.peer?.entity, '//m2m.example.com/cse-b');
    await exchange(node, connection);
  });
}

for (const clientAuthentication of ['none', 'request'] as const) {
  test(`a peer without certificate gets no key where the profile says ${clientAuthentication} (RFC 5246 §7.4.6)`, async t => {
    const node = callingNode(t, contextFor(x509, null), {});
    const connection = await terminate(node, { ...x509.terminating, clientAuthentication });
    withholds(connection, 'peer not authenticated');
    assert.equal(connection.peer, null);
    assert.equal(connection.extendedMasterSecret, true);
    await exchange(node, connection);
  });

  test(`without extended master secret either, it is the missing peer that is told: ${clientAuthentication}`, async t => {
    const node = callingNode(t, contextFor(x509, null, noExtendedMasterSecret), {});
    const connection = await terminate(node, { ...x509.terminating, ...optional, clientAuthentication });
    withholds(connection, 'peer not authenticated');
    assert.equal(connection.extendedMasterSecret, false);
    await exchange(node, connection);
  });
}

test('a peer that has a certificate gets its key also where the profile only requests one', async t => {
  const node = callingNode(t, contextFor(x509, cae1), {});
  const end = terminatingEnd({ ...x509.terminating, clientAuthentication: 'request' });
  const turn2 = answer(end, await node.flights.next('ClientHello'));
  node.write(turn2.message);
  const { session } = done(goOn(end, turn2.state, await node.flights.next('Finished (protected)')));
  assert.equal(session.peer.entity, '//m2m.example.com/cse-a/Cae1');
});

test('a peer whose certificate is another one is refused also where the profile only requests one', async t => {
  const node = callingNode(t, contextFor(x509, cseB), {});
  const end = terminatingEnd({ ...x509.terminating, clientAuthentication: 'request' });
  const turn2 = answer(end, await node.flights.next('ClientHello'));
  node.write(turn2.message);
  const message3 = await node.flights.next('Finished (protected)');
  refused(() => goOn(end, turn2.state, message3), 'IDENTITY_MISMATCH', /8\.1\.2\.5/);
});

test('an initiating end-point that is not asked for its certificate ends: a key has both ends authenticated', () => {
  const end = initiatingEnd(x509.initiating);
  const turn1 = begin(end, x509);
  const turn2 = answer(terminatingEnd({ ...x509.terminating, clientAuthentication: 'none' }), turn1.message);
  refused(() => goOn(end, turn1.state, turn2.message), 'MESSAGE_UNEXPECTED', /CertificateRequest/);
});

/** Nothing that a key could come from can be reached. */
function withholds(connection: Connection, reason: Withheld): void {
  assert.equal(connection.withheld, reason);
  assert.ok(!(connection instanceof Session));
  assert.ok(!('export' in connection));
}

/** Both ends of a procedure in which ClientHello lacks the extension; `restarted` stands for what happens to states. */
function withoutExtendedMasterSecret(
  variant: KindVariant,
  restarted: (state: State) => State = state => state,
): { initiating: Connection; terminating: Connection } {
  const a = initiatingEnd({ ...variant.initiating, ...optional });
  const b = terminatingEnd({ ...variant.terminating, ...optional });
  const turn1 = beginWith(begin(a, variant), withoutTheExtension);
  const turn2 = answer(b, turn1.message);
  const turn3 = sent(goOn(a, restarted(turn1.state), turn2.message));
  const turn4 = goOn(b, restarted(turn2.state), turn3.message);
  assert.ok(turn4.kind === 'withheld' && turn4.message);
  const end = goOn(a, restarted(turn3.state), turn4.message);
  return { initiating: connectionOf(end), terminating: connectionOf(turn4) };
}

function withoutTheExtension(hello: ClientHello): ClientHello {
  const { type: absent } = clientExtension.extendedMasterSecret;
  return { ...hello, extensions: hello.extensions.filter(({ type }) => type !== absent) };
}

function connectionOf(turn: Turn): Connection {
  assert.ok(turn.kind === 'withheld', `the turn is ${turn.kind}`);
  return turn.connection;
}

async function terminate(node: NodePeer, options: EndOptions): Promise<Connection> {
  const end = terminatingEnd(options);
  const turn2 = answer(end, await node.flights.next('ClientHello'));
  node.write(turn2.message);
  const turn = goOn(end, turn2.state, await node.flights.next('Finished (protected)'));
  assert.ok(turn.kind === 'withheld' && turn.message);
  node.write(turn.message);
  await node.secured;
  return turn.connection;
}

/** Application data to node and from it, in record 1 of either direction. */
async function exchange({ socket, flights, write }: NodePeer, connection: Connection): Promise<void> {
  const { write: ours, read: theirs } = connection.recordProtection();
  const [question, answered] = [Buffer.from('GET /'), Buffer.from('200')];
  write(protectedRecord(ours, question));
  assert.deepEqual(await once(socket, 'data'), [question]);
  socket.write(answered);
  const [record = assert.fail()] = readRecords(await flights.next('protected record'));
  assert.deepEqual(Buffer.from(unprotect(theirs, 1, record)), answered);
}

function protectedRecord(protection: RecordProtection, fragment: Uint8Array): Uint8Array {
  return encode(TlsRecord, protect(protection, 1, applicationData(fragment), repeatable('record 1')));
}

function applicationData(fragment: Uint8Array): TlsRecord {
  return { type: contentType.applicationData, version: tls12, fragment };
}
