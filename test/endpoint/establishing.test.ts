// The initiating end-point: what it makes of the answers that it gets, of those that it does not get, and when
// it gives up.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Answer, Carrier } from '../../src/endpoint/carrier.ts';
import { credentials } from '../../src/endpoint/credentials.ts';
import { E2EKeyError, type FaultCode, refuse } from '../../src/errors.ts';
import { fatalAlertRecord } from '../../src/wire/alerts.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { encodeMessage, handshakeHeaderSize, message, ServerHello } from '../../src/wire/messages.ts';
import { readRecords, TlsRecord } from '../../src/wire/records.ts';
import {
  cae1,
  credentialOf,
  cseB,
  fixedClock,
  type Interference,
  initiatingEndpoint,
  lineToEndpoint,
  onlyKey,
  peer,
  refusal,
  seeded,
  terminatingEndpoint,
  watched,
} from './lab.ts';
import { failingSigner, withFlippedEnd } from './refusals.ts';

const lost: Answer = { message: null, rsc: null, debug: null };
const unreachable = () => refuse('CARRIER_FAILED', 'nobody is there');
/** Interferes with the first `times` deliveries of message 1 or message 3. */
const atFirst = (ordinal: 1 | 3, times: number, interfere: Interference): Interference => {
  let left = times;
  return (delivery, pass) =>
    delivery.ordinal === ordinal && left-- > 0 ? interfere(delivery, pass) : pass();
};
/** Every answer to message 1 or message 3 is this one. */
const always =
  (ordinal: 1 | 3, answer: Partial<Answer>): Interference =>
  async (delivery, pass) =>
    delivery.ordinal === ordinal ? { message: null, rsc: null, debug: null, ...answer } : pass();

test('a delivery says who, to whom, which message, and names both messages of a procedure alike', async t => {
  const line = lineToEndpoint(terminatingEndpoint(t));
  const initiating = initiatingEndpoint(t);
  await initiating.establish(cseB, line);
  await initiating.establish('/cse-b', line);
  const [one, three, ...second] = line.deliveries;
  assert.deepEqual([one?.ordinal, three?.ordinal, ...second.map(({ ordinal }) => ordinal)], [1, 3, 1, 3]);
  for (const { from, to } of line.deliveries) assert.deepEqual([from, to], [cae1, cseB]);
  assert.match(one?.procedure ?? '', /^[0-9a-f]{24}$/);
  assert.equal(three?.procedure, one?.procedure);
  assert.notEqual(second[0]?.procedure, one?.procedure);
});

test('server_name is the host in the name of the certificate, however the entry writes the entity (RFC 6066 §3)', async t => {
  for (const entity of [cseB, '//M2M.example.com/cse-b']) {
    const line = lineToEndpoint(terminatingEndpoint(t));
    await initiatingEndpoint(t, { peers: [{ ...peer.cseB, entity }] }).establish(entity, line);
    assert.ok(Buffer.from(line.deliveries[0]?.message ?? []).includes('cse-b.m2m.example.com'));
  }
});

for (const [target, words] of [
  ['//m2m.example.com/cse-c', /peer entry that lets \/\/m2m\.example\.com\/cse-c/],
  ['not an entity', /^entity: no CSE-ID/],
  [cae1, /itself/],
  ['Cae1', /itself/],
] as const)
  test(`establish with ${target} is the caller's mistake, and nothing is sent`, async t => {
    const line = lineToEndpoint(terminatingEndpoint(t));
    const initiating = initiatingEndpoint(t, {
      peers: [peer.cseB, ...(target === cae1 ? [peer.everyAe] : [])],
    });
    await assert.rejects(initiating.establish(target, line), refusal('OPTION_INVALID', words));
    assert.equal(line.deliveries.length, 0);
  });

for (const [name, ordinal, answer] of [
  ['2000 without content to message 1', 1, { rsc: 2000 }],
  ['2000 without content to message 3', 3, { rsc: 2000 }],
  ['4103 from a CSE on the way', 1, { rsc: 4103, debug: 'no privilege' }],
  ['no content from a carrier without response status codes', 3, {}],
] as const)
  test(`${name} is no success (TS-0004 7.5.1.2.12)`, async t => {
    const line = lineToEndpoint(terminatingEndpoint(t), always(ordinal, answer));
    const initiating = initiatingEndpoint(t);
    await assert.rejects(initiating.establish(cseB, line), error => {
      assert.ok(refusal('CARRIER_FAILED', /no E2EKey Message came back/)(error));
      assert.ok(error instanceof E2EKeyError);
      assert.equal(error.notice.rscReceived, 'rsc' in answer ? answer.rsc : null);
      if ('debug' in answer) assert.match(error.message, /4103 \(no privilege\)/);
      return true;
    });
    // Whoever answered is not asked again; only without any answer the message may have been lost.
    const sent = line.deliveries.filter(delivery => delivery.ordinal === ordinal);
    assert.equal(sent.length, 'rsc' in answer ? 1 : 3);
    assert.deepEqual(await initiating.keys(), []);
  });

for (const ordinal of [1, 3] as const)
  for (const rsc of [2000, 4106])
    test(`an alert in the answer to message ${ordinal} ends the procedure, also under rsc ${rsc}`, async t => {
      const line = lineToEndpoint(
        terminatingEndpoint(t),
        always(ordinal, { message: fatalAlertRecord(48), rsc }),
      );
      await assert.rejects(initiatingEndpoint(t).establish(cseB, line), error => {
        assert.ok(refusal('ALERT_RECEIVED', /unknown_ca/)(error));
        assert.deepEqual(error instanceof E2EKeyError && error.notice, {
          record: null,
          alertReceived: 48,
          rscReceived: rsc,
        });
        return true;
      });
      // Who has given up is not told that we give up.
      assert.deepEqual(
        line.deliveries.map(delivery => delivery.ordinal),
        ordinal === 1 ? [1] : [1, 3],
      );
    });

/** Message 2 with its ServerHello changed; the records after it stay. */
function withServerHello(message2: Uint8Array | null, edit: (hello: ServerHello) => ServerHello): Uint8Array {
  const [first, ...rest] = readRecords(message2 ?? assert.fail());
  const hello = decode(ServerHello, (first ?? assert.fail()).fragment.subarray(handshakeHeaderSize));
  const fragment = encodeMessage(message.serverHello, edit(hello));
  return Buffer.concat(
    [{ ...(first ?? assert.fail()), fragment }, ...rest].map(each => encode(TlsRecord, each)),
  );
}

const refusedMessages2: readonly [string, FaultCode, number | null, (message2: Uint8Array) => Uint8Array][] =
  [
    ['garbage', 'MESSAGE_MALFORMED', 50, () => Buffer.from('<html>')],
    ['100 kB', 'MESSAGE_TOO_LARGE', null, () => new Uint8Array(100_000)],
    [
      'message 2 with a byte too many',
      'MESSAGE_MALFORMED',
      50,
      message2 => Buffer.concat([message2, Buffer.of(22)]),
    ],
    [
      'an extension that was not offered (RFC 5246 §7.4.1.4)',
      'EXTENSION_UNSOLICITED',
      110,
      message2 =>
        withServerHello(message2, hello => ({
          ...hello,
          extensions: [...hello.extensions, { type: 0xfabc, data: new Uint8Array() }],
        })),
    ],
    [
      'ServerKeyExchange signed for another ServerHello (RFC 8422 §5.4)',
      'SIGNATURE_INVALID',
      51,
      message2 => withServerHello(message2, hello => ({ ...hello, random: seeded('replayed')(32) })),
    ],
  ];
for (const [name, code, alert, spoil] of refusedMessages2)
  test(`message 2 is refused: ${name}; the peer is told in the place of message 3`, async t => {
    const line = lineToEndpoint(terminatingEndpoint(t), async ({ ordinal }, pass) => {
      const answer = await pass();
      return ordinal === 1 ? { ...answer, message: spoil(answer.message ?? assert.fail()) } : answer;
    });
    const initiating = initiatingEndpoint(t);
    await assert.rejects(initiating.establish(cseB, line), error => {
      assert.ok(refusal(code)(error));
      assert.deepEqual(error instanceof E2EKeyError && error.notice, {
        record: alert === null ? null : fatalAlertRecord(alert),
        alertReceived: null,
        rscReceived: 2000,
      });
      return true;
    });
    const [, told, ...more] = line.deliveries;
    assert.deepEqual(more, []);
    assert.equal(told?.ordinal, alert === null ? undefined : 3);
    if (alert !== null) assert.deepEqual(told?.message, fatalAlertRecord(alert));
    assert.deepEqual(await initiating.keys(), []);
  });

const wrongPeers = [
  ['the certificate of another entity', 'IDENTITY_MISMATCH', { credential: credentialOf('cae2') }],
  [
    'a stolen certificate',
    'SIGNATURE_INVALID',
    { credential: credentials.withSigner(credentialOf('cse-b').chain, credentialOf('cae2').signer) },
  ],
] as const;
for (const [name, code, options] of wrongPeers)
  test(`a terminating end-point with ${name} gets no message 3`, async t => {
    const line = lineToEndpoint(terminatingEndpoint(t, options));
    const initiating = initiatingEndpoint(t);
    await assert.rejects(initiating.establish(cseB, line), refusal(code));
    assert.deepEqual(line.deliveries.at(-1)?.message.length, 7);
    assert.deepEqual(await initiating.keys(), []);
  });

test('a peer that may only be the initiating end-point is no target: nothing is sent', async t => {
  const line = lineToEndpoint(terminatingEndpoint(t));
  const initiating = initiatingEndpoint(t, { peers: [{ ...peer.cseB, roles: ['initiating'] }] });
  await assert.rejects(initiating.establish(cseB, line), refusal('OPTION_INVALID', /terminating/));
  assert.equal(line.deliveries.length, 0);
});

test('what comes of telling the peer changes nothing', async t => {
  const line = lineToEndpoint(terminatingEndpoint(t), async ({ ordinal }) =>
    ordinal === 1 ? { message: Buffer.from('<html>'), rsc: 2000, debug: null } : unreachable(),
  );
  await assert.rejects(initiatingEndpoint(t).establish(cseB, line), refusal('MESSAGE_MALFORMED'));
  assert.equal(line.deliveries.length, 2);
});

test('a signer that fails is SIGNER_FAILED, and the peer is told internal_error', async t => {
  const line = lineToEndpoint(terminatingEndpoint(t));
  const { signer } = failingSigner();
  const credential = credentials.withSigner(credentialOf('cae1').chain, signer);
  await assert.rejects(initiatingEndpoint(t, { credential }).establish(cseB, line), refusal('SIGNER_FAILED'));
  assert.deepEqual(line.deliveries.at(-1)?.message, fatalAlertRecord(80));
});

for (const [name, spoil, code] of [
  ['that does not open', withFlippedEnd, 'RECORD_UNAUTHENTIC'],
  ['with something after it', (bytes: Uint8Array) => Buffer.concat([bytes, bytes]), 'MESSAGE_UNEXPECTED'],
  ['that is garbage', () => Buffer.from('<html>'), 'MESSAGE_MALFORMED'],
] as const)
  test(`message 4 ${name} makes no key at the initiating end-point`, async t => {
    const terminating = terminatingEndpoint(t);
    const line = lineToEndpoint(terminating, async ({ ordinal }, pass) => {
      const answer = await pass();
      return ordinal === 3 ? { ...answer, message: spoil(answer.message ?? assert.fail()) } : answer;
    });
    const initiating = initiatingEndpoint(t);
    await assert.rejects(initiating.establish(cseB, line), refusal(code));
    assert.deepEqual(await initiating.keys(), []);
    assert.equal((await onlyKey(terminating)).state, 'unconfirmed');
  });

/** `setTimeout` in the test's hand: no time passes, and `runOut` ends the timers of so many milliseconds. */
function timers(t: TestContext): { runOut(time: number): void } {
  const running = new Map<object, { time: number; end: () => void }>();
  t.mock.method(globalThis, 'setTimeout', (end: () => void, time: number) => {
    const timer = {};
    running.set(timer, { time, end });
    return timer;
  });
  t.mock.method(globalThis, 'clearTimeout', (timer: object) => running.delete(timer));
  return {
    runOut(ended) {
      for (const { time, end } of [...running.values()]) if (time === ended) end();
    },
  };
}

const times = { procedure: 30_000, delivery: 8_000, retransmission: 1 };

const losses: Readonly<Record<string, (runOut: () => void) => Interference>> = {
  'the request': () => async () => unreachable(),
  'the answer': () => async (_, pass) => pass().then(unreachable),
  'the answer, as a CSE on the way says with 4008,': () => async (_, pass) => ({
    ...(await pass()),
    ...lost,
    rsc: 4008,
  }),
  'the request, as a CSE on the way says with 5103,': () => async () => ({ ...lost, rsc: 5103 }),
  'the answer through a carrier that says nothing more': runOut => async (_, pass) => {
    await pass();
    setImmediate(runOut);
    return new Promise(() => {});
  },
  'the answer through a carrier that gives up in time':
    runOut =>
    async ({ signal }, pass) => {
      await pass();
      runOut();
      return signal.aborted ? refuse('REQUEST_EXPIRED', 'the carrier gave up') : assert.fail();
    },
};
for (const ordinal of [1, 3] as const)
  for (const [what, lose] of Object.entries(losses))
    test(`${what} of message ${ordinal} is lost twice: the same bytes are sent again, and there is one key`, async t => {
      const { runOut } = timers(t);
      const terminating = terminatingEndpoint(t);
      const line = lineToEndpoint(
        terminating,
        atFirst(
          ordinal,
          2,
          lose(() => runOut(times.delivery)),
        ),
      );
      const key = await initiatingEndpoint(t, { times }).establish(cseB, line);
      assert.equal((await onlyKey(terminating)).id, key.id);
      const sent = line.deliveries.filter(delivery => delivery.ordinal === ordinal);
      assert.equal(sent.length, 3);
      for (const { message, procedure } of sent)
        assert.deepEqual([message, procedure], [sent[0]?.message, sent[0]?.procedure]);
    });

test('a message is sent three times at most', async t => {
  const line = lineToEndpoint(terminatingEndpoint(t), async () => unreachable());
  await assert.rejects(
    initiatingEndpoint(t).establish(cseB, line),
    refusal('CARRIER_FAILED', /nobody is there/),
  );
  assert.equal(line.deliveries.length, 3);
});

test('a refusal is not sent again', async t => {
  const line = lineToEndpoint(terminatingEndpoint(t, { peers: [] }));
  await assert.rejects(
    initiatingEndpoint(t).establish(cseB, line),
    refusal('ALERT_RECEIVED', /access_denied/),
  );
  assert.equal(line.deliveries.length, 1);
});

test('what is not lost on the way is not sent again, although no response status code says so', async t => {
  for (const [thrown, code] of [
    [new E2EKeyError('OPTION_INVALID', 'a carrier for somebody else'), 'OPTION_INVALID'],
    [new TypeError('a carrier that is broken'), 'INTERNAL'],
  ] as const) {
    const line = lineToEndpoint(terminatingEndpoint(t), () => Promise.reject(thrown));
    await assert.rejects(initiatingEndpoint(t).establish(cseB, line), refusal(code));
    assert.equal(line.deliveries.length, 1);
  }
});

const silent: Carrier = { deliver: () => new Promise(() => {}) };

test('the deadline holds for a carrier that never comes back', async t => {
  const { runOut } = timers(t);
  const establishing = initiatingEndpoint(t, { times }).establish(cseB, silent);
  runOut(times.procedure);
  await assert.rejects(establishing, refusal('REQUEST_EXPIRED'));
});

test('the deadline holds for a signer that never comes back', async t => {
  const { runOut } = timers(t);
  const stuck = watched('cae1', () => {
    runOut(times.procedure);
    return new Promise(() => {});
  });
  const initiating = initiatingEndpoint(t, { credential: stuck.credential, times });
  await assert.rejects(
    initiating.establish(cseB, lineToEndpoint(terminatingEndpoint(t))),
    refusal('REQUEST_EXPIRED'),
  );
  assert.equal(stuck.asked(), 1);
});

test('the deadline ends the pause before the next delivery', async t => {
  const { runOut } = timers(t);
  const line = lineToEndpoint(terminatingEndpoint(t), async () => {
    setImmediate(() => runOut(times.procedure));
    return unreachable();
  });
  const initiating = initiatingEndpoint(t, { times: { ...times, retransmission: 600_000 } });
  await assert.rejects(initiating.establish(cseB, line), refusal('REQUEST_EXPIRED'));
  assert.equal(line.deliveries.length, 1);
});

test("the caller's signal ends the procedure at once, and before it has begun", async t => {
  // No other deadline ends it.
  timers(t);
  const initiating = initiatingEndpoint(t);
  const caller = new AbortController();
  const establishing = initiating.establish(cseB, silent, { signal: caller.signal });
  caller.abort();
  await assert.rejects(establishing, refusal('REQUEST_EXPIRED'));
  const line = lineToEndpoint(terminatingEndpoint(t));
  await assert.rejects(
    initiating.establish(cseB, line, { signal: caller.signal }),
    refusal('REQUEST_EXPIRED'),
  );
  assert.equal(line.deliveries.length, 0);
});

for (const losses of [1, 2])
  test(`a terminating end-point that has lost the handshake, ${losses} times: the procedure is started once more, only once`, async t => {
    const terminatingClock = fixedClock();
    const terminating = terminatingEndpoint(t, { clock: terminatingClock });
    const line = lineToEndpoint(
      terminating,
      atFirst(3, losses, async (_, pass) => {
        terminatingClock.advance(60_000);
        return pass();
      }),
    );
    const establishing = initiatingEndpoint(t).establish(cseB, line);
    if (losses === 1) assert.equal((await establishing).state, 'active');
    else
      await assert.rejects(establishing, error => {
        assert.ok(refusal('PENDING_UNKNOWN')(error));
        assert.equal(error instanceof E2EKeyError && error.notice.rscReceived, 4000);
        return true;
      });
    assert.deepEqual(
      line.deliveries.map(({ ordinal }) => ordinal),
      [1, 3, 1, 3],
    );
    const [first, , second] = line.deliveries;
    assert.notDeepEqual(second?.message, first?.message);
    assert.notEqual(second?.procedure, first?.procedure);
  });

test('a key whose certificate expires before message 4 has come is not handed out', async t => {
  const clock = fixedClock();
  const end = Date.parse('2126-01-01T00:00:00Z');
  const initiating = initiatingEndpoint(t, { clock });
  const line = lineToEndpoint(terminatingEndpoint(t), async ({ ordinal }, pass) => {
    const answer = await pass();
    if (ordinal === 3) clock.advance(end - clock().getTime() + 86_400_000);
    return answer;
  });
  await assert.rejects(initiating.establish(cseB, line), refusal('REQUEST_EXPIRED', /expired before/));
  const [key] = await initiating.keys();
  assert.equal(key?.state, 'expired');
});

for (const thrown of [new TypeError('secret text'), 'a string'])
  test(`a carrier that throws ${typeof thrown} is INTERNAL, without its text`, async t => {
    const carrier: Carrier = { deliver: () => Promise.reject(thrown) };
    await assert.rejects(initiatingEndpoint(t).establish(cseB, carrier), error => {
      assert.ok(refusal('INTERNAL')(error));
      assert.ok(error instanceof E2EKeyError);
      assert.doesNotMatch(error.message, /secret text|a string/);
      assert.equal(error.cause, thrown);
      // Nobody was told: the carrier is what failed.
      assert.equal(error.notice.record, null);
      return true;
    });
  });

for (const [what, rsc, ordinals] of [
  ['4000', 4000, [1, 3, 1, 3]],
  ['4102', 4102, [1, 3]],
] as const)
  test(`unexpected_message under ${what}, without text, ${ordinals.length > 2 ? 'starts the procedure once more' : 'ends it'}: XML has no room for PENDING_UNKNOWN beside the alert (TS-0004 8.3)`, async t => {
    const line = lineToEndpoint(
      terminatingEndpoint(t),
      atFirst(3, 1, async () => ({ message: fatalAlertRecord(10), rsc, debug: null })),
    );
    const establishing = initiatingEndpoint(t).establish(cseB, line);
    if (rsc === 4000) assert.equal((await establishing).state, 'active');
    else await assert.rejects(establishing, refusal('ALERT_RECEIVED', /unexpected_message/));
    assert.deepEqual(
      line.deliveries.map(({ ordinal }) => ordinal),
      ordinals,
    );
  });

test('another alert under 4000, without text, ends the procedure', async t => {
  const line = lineToEndpoint(
    terminatingEndpoint(t),
    always(3, { message: fatalAlertRecord(50), rsc: 4000 }),
  );
  await assert.rejects(
    initiatingEndpoint(t).establish(cseB, line),
    refusal('ALERT_RECEIVED', /decode_error/),
  );
  assert.equal(line.deliveries.length, 2);
});
