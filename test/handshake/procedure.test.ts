// The four messages between two honest end-points (TS-0003 8.7.2.2): what both ends have when they are over.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { accept, advance } from '../../src/handshake/handshake.ts';
import { annotate } from '../../src/wire/annotate.ts';
import {
  answer,
  begin,
  done,
  exported,
  goOn,
  initiatingEnd,
  message4Of,
  runProcedure,
  sent,
  signed,
  terminatingEnd,
  time,
  variants,
} from './lab.ts';

for (const variant of variants) {
  test(`both ends export the same 48 bytes (TS-0003 10.3.1): ${variant.name}`, () => {
    const { turn4, end } = runProcedure(variant);
    const bytes = exported(end.session);
    assert.equal(bytes.length, 48);
    assert.ok(bytes.some(byte => byte !== 0));
    assert.deepEqual(bytes, exported(turn4.session));
  });

  test(`both sessions say what was negotiated, and with whom: ${variant.name}`, () => {
    const { turn2, turn3, turn4, end } = runProcedure(variant);
    for (const { state } of [turn2, turn3])
      assert.equal('negotiated' in state && state.negotiated.encryptThenMac, variant.encryptThenMac);
    for (const { session } of [turn4, end]) {
      assert.equal(session.suite, variant.suite.name);
      assert.equal(session.group, 'secp256r1');
      assert.equal(session.exportIndicator, true);
    }
    assert.deepEqual([end.session.role, end.session.peer.entity], ['initiating', '//m2m.example.com/cse-b']);
    assert.equal(end.session.peer.id, 'cse-b.m2m.example.com');
    assert.deepEqual(
      [turn4.session.role, turn4.session.peer.entity],
      ['terminating', '//m2m.example.com/cse-a/Cae1'],
    );
  });

  test(`each end writes with the keys that the other reads with (RFC 5246 §6.3): ${variant.name}`, () => {
    const { turn4, end } = runProcedure(variant);
    const [near, far] = [end.session.recordProtection(), turn4.session.recordProtection()];
    assert.deepEqual(near.write, far.read);
    assert.deepEqual(near.read, far.write);
    assert.notDeepEqual(near.write.keys, near.read.keys);
  });
}

const [variant] = variants;
assert.ok(variant);

test('the messages hold the TLS messages of RFC 5246 §7.3 figure 1 with both ends authenticated', () => {
  const { turn1, turn2, turn3, turn4 } = runProcedure(variant);
  const flights = [turn1.message, turn2.message, turn3.message, message4Of(turn4)];
  assert.deepEqual(
    flights.map(flight => annotate(flight).messages),
    [
      ['ClientHello'],
      ['ServerHello', 'Certificate', 'ServerKeyExchange', 'CertificateRequest', 'ServerHelloDone'],
      ['Certificate', 'ClientKeyExchange', 'CertificateVerify', '[ChangeCipherSpec]', 'Finished (protected)'],
      ['[ChangeCipherSpec]', 'Finished (protected)'],
    ],
  );
});

test('each end says what it waits for at each pause', () => {
  const { turn1, turn2, turn3 } = runProcedure(variant);
  assert.deepEqual(
    [turn1, turn2, turn3].map(({ state }) => state.waitingFor),
    ['message 2', 'message 3', 'message 4'],
  );
});

test('two procedures share no secret: ephemeral keys and randoms are fresh each time (RFC 8422 §2)', () => {
  const [a, b] = [initiatingEnd(), terminatingEnd()];
  const ids = [1, 2].map(() => {
    const turn1 = begin(a, variant);
    const turn2 = answer(b, turn1.message);
    const turn3 = sent(goOn(a, turn1.state, turn2.message));
    return exported(done(goOn(b, turn2.state, turn3.message)).session).toString('hex');
  });
  assert.notEqual(ids[0], ids[1]);
});

test('the same state and message lead to the same turn, up to the bytes of fresh randomness', () => {
  const { terminating, turn2, turn3, turn4 } = runProcedure(variant);
  const again = advance(terminating.profile, turn2.state, { message: turn3.message, time });
  assert.ok(again.kind === 'done');
  assert.deepEqual(again.message, turn4.message);
  assert.deepEqual(exported(again.session), exported(turn4.session));
});

test('a terminating end-point takes the first of its own suites that is offered (RFC 5246 §7.4.1.3)', () => {
  const backwards = variants.map(({ suite }) => suite).reverse();
  const [ccm8] = backwards.filter(({ protection }) => 'tagSize' in protection && protection.tagSize === 8);
  assert.ok(ccm8);
  const first = begin(initiatingEnd({ suites: backwards }), variant);
  for (const suites of [[ccm8], backwards, [...backwards].reverse()]) {
    const { state } = answer(terminatingEnd({ suites }), first.message);
    assert.equal('negotiated' in state && state.negotiated.suite, suites[0]);
  }
});

test('server_name is sent when the profile has a host name, and may be ignored (RFC 6066 §3)', () => {
  const serverName = 'cse-b.m2m.example.com';
  const { turn1, turn4, end } = runProcedure(variant, { initiating: { serverName } });
  assert.ok(Buffer.from(turn1.message).includes(serverName));
  assert.deepEqual(exported(end.session), exported(turn4.session));
});

test('a step keeps nothing of the buffers that it was given: they may be used again', () => {
  const [a, b] = [initiatingEnd(), terminatingEnd()];
  const overwritten = <T>(received: Uint8Array, step: (copy: Uint8Array) => T): T => {
    const copy = Uint8Array.from(received);
    const turn = step(copy);
    copy.fill(0xaa);
    return turn;
  };
  const turn1 = begin(a, variant);
  const asked2 = overwritten(turn1.message, copy => accept(b.profile, copy));
  const turn2 = sent(signed(b, asked2));
  const asked3 = overwritten(turn2.message, copy => advance(a.profile, turn1.state, { message: copy, time }));
  const turn3 = sent(signed(a, asked3));
  const turn4 = done(overwritten(turn3.message, copy => goOn(b, turn2.state, copy)));
  const end = done(overwritten(message4Of(turn4), copy => goOn(a, turn3.state, copy)));
  assert.deepEqual(exported(end.session), exported(turn4.session));
});

test('an input that the state does not wait for is our own mistake, and leads nowhere', () => {
  const { initiating, terminating, turn1, turn2, turn3 } = runProcedure(variant);
  const asked = advance(initiating.profile, turn1.state, { message: turn2.message, time });
  const begun = accept(terminating.profile, turn1.message);
  assert.ok(asked.kind === 'sign' && begun.kind === 'sign');
  for (const { state } of [turn1, turn2, turn3])
    assert.throws(() => advance(initiating.profile, state, { signature: new Uint8Array(70) }), internal);
  for (const { state } of [asked, begun])
    assert.throws(() => advance(initiating.profile, state, { message: turn2.message, time }), internal);
});

test('a closed session exports nothing and protects nothing', () => {
  const { end } = runProcedure(variant);
  end.session.close();
  assert.throws(() => exported(end.session), internal);
  assert.throws(() => end.session.recordProtection(), internal);
  end.session.close();
});

test("the session's master secret is its own: wiping the state that it came from leaves it whole", () => {
  const { turn3, turn4, end } = runProcedure(variant);
  assert.ok(turn3.state.waitingFor === 'message 4');
  turn3.state.masterSecret.wipe();
  assert.deepEqual(exported(end.session), exported(turn4.session));
});

test('labels of the handshake itself are not exported under (RFC 5705 §4)', () => {
  const { end } = runProcedure(variant);
  assert.throws(() => end.session.export('key expansion', 48), RangeError);
});

function internal(error: unknown): boolean {
  return error instanceof E2EKeyError && error.code === 'INTERNAL';
}
