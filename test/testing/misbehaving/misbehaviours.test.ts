// Each misbehaviour against our own end-points: through the functions of the handshake, and over TCP, where it is told
// which alert goes over the wire. Against other TLS stacks: test/live.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { E2EKeyError, type FaultCode, faultTable } from '../../../src/errors.ts';
import { Session } from '../../../src/handshake/session.ts';
import { initiateOver, type TlsEndpoint, terminateOver } from '../../../src/interop/connection.ts';
import { type Misbehaviour, roleOf } from '../../../src/testing/misbehaving/misbehaviour.ts';
import { misbehaviours } from '../../../src/testing/misbehaving/misbehaviours.ts';
import type { MisbehavingPeer } from '../../../src/testing/misbehaving/peer.ts';
import { alertName } from '../../../src/wire/alerts.ts';
import { type End, exported, time } from '../../handshake/lab.ts';
import { within } from '../../within.ts';
import { ourEnd, peerOf } from './ends.ts';
import { type Ending, throughFunctions } from './functions.ts';

for (const [rule, those] of Map.groupBy(misbehaviours, ({ message, rule }) => `message ${message}: ${rule}`))
  test(rule, async t => {
    for (const misbehaviour of those)
      await t.test(misbehaviour.name, async () => {
        const { code, onStream = code } = misbehaviour;
        const peer = peerOf(misbehaviour);
        expect(throughFunctions(misbehaviour, ourEnd(misbehaviour), peer), code, peer);

        const overTcp = peerOf(misbehaviour);
        const ending = await within(throughTcp(misbehaviour, overTcp), misbehaviour.name);
        // The connection ended where more was due: in a record, between two, or inside of what is judged then.
        if (onStream === 'waits') {
          assert.ok(ending instanceof E2EKeyError, 'a key was made');
          assert.ok(['CARRIER_FAILED', code].includes(ending.code), `${ending.code}: ${ending.message}`);
        } else expect(ending, onStream, overTcp);
        // Whoever has ended his side may hear of it or not: up to Node.js 24 our side is still open then.
        const heard = overTcp.alert?.level === 'fatal' ? overTcp.alert.name : null;
        if (onStream !== 'waits' || heard !== null)
          assert.equal(heard, alertOf(onStream === 'waits' ? code : onStream));
      });
  });

test('each misbehaviour has a name of its own, a rule and a clause', () => {
  const names = misbehaviours.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  for (const { rule, clause } of misbehaviours) {
    assert.match(rule, /^(?!.*[.|]$)./);
    assert.match(clause, /^(?:RFC \d+ |TS-0003 |ours$)/);
  }
});

function expect(ending: Ending, code: FaultCode | null, peer: MisbehavingPeer): void {
  if (code === null) {
    if (ending instanceof E2EKeyError) throw ending;
    assert.deepEqual(ending, Buffer.from(peer.export('EXPORTER-oneM2M-ESCertKE', 48)));
    assert.equal(peer.finished, 'right');
    return;
  }
  assert.ok(ending instanceof E2EKeyError, 'a key was made');
  assert.equal(ending.code, code, ending.message);
  assert.equal(ending.blame, faultTable[code].blame);
}

/** The alert that its sender hears of, by name; whoever has said all and less than is due hears of none. */
function alertOf(answer: FaultCode | null | 'waits'): string | null {
  const number = answer === null || answer === 'waits' ? null : faultTable[answer].alert;
  return number === null ? null : alertName(number);
}

let server: Server;

// Half open: who has said all may still be told what was wrong with it.
before(async () => {
  server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());

async function throughTcp(misbehaviour: Misbehaviour, peer: MisbehavingPeer): Promise<Ending> {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const theirs = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
  const [ours] = await accepted;
  for (const socket of [ours, theirs]) socket.on('error', () => undefined);
  try {
    const [ending] = await Promise.all([
      endingOver(ours, misbehaviour),
      misbehave(theirs, peer, misbehaviour),
    ]);
    return ending;
  } finally {
    ours.destroy();
    theirs.destroy();
  }
}

async function endingOver(socket: Socket, misbehaviour: Misbehaviour): Promise<Ending> {
  const endpoint = endpointOf(ourEnd(misbehaviour));
  try {
    const connection =
      roleOf(misbehaviour) === 'initiating'
        ? await terminateOver(socket, endpoint)
        : await initiateOver(socket, endpoint);
    assert.ok(connection?.finished instanceof Session);
    connection.data.close();
    return exported(connection.finished);
  } catch (error) {
    if (error instanceof E2EKeyError) return error;
    throw error;
  }
}

function endpointOf({ profile, sign, presharedKey }: End): TlsEndpoint {
  return {
    profile,
    supplies: {
      credentials: profile.credentials.map(credential => ({
        ...credential,
        signer: { schemes: credential.schemes, sign },
      })),
      presharedKey: () => presharedKey,
    },
    clock: () => time,
    timeout: 5000,
  };
}

/**
 * Sends its flights when they are due, and hears the other side out. It stays there, also behind what is to be refused:
 * who refuses must not need its end for that.
 */
async function misbehave(
  socket: Socket,
  peer: MisbehavingPeer,
  { message, edit, code, onStream = code }: Misbehaviour,
): Promise<void> {
  const ordinals = message % 2 === 1 ? [1, 3] : [2, 4];
  const due = { 1: null, 2: 'ClientHello', 3: 'ServerHelloDone', 4: 'Finished' };
  const send = () => {
    const [ordinal] = ordinals;
    const awaited = due[ordinal as keyof typeof due];
    if (ordinal === undefined || (awaited && !peer.received.includes(awaited))) return;
    ordinals.shift();
    socket.write(peer.send(ordinal === message ? edit : undefined));
    if (ordinal === message && onStream === 'waits') socket.end();
    // Nothing more is to be said to whoever is about to refuse.
    if (ordinal === message && onStream !== null) ordinals.length = 0;
  };
  send();
  for await (const bytes of socket) {
    peer.receive(bytes as Uint8Array);
    if (!socket.writableEnded) send();
  }
}
