// Random objects and how long they serve (TS-0003 8.4.2 B.1, B.2, 8.4.3.2): a session that the receiver has forgotten, one
// that ends, the object that all originators share, and clocks that are wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestPrimitive, ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import { EsPrimHandler } from '../../../src/protection/esprim/handler.ts';
import { answerByHand, codeOf, contentOf, Hand, handWith, type Json, securityInfoIn } from './hand.ts';
import { cseB, type Exchange, exchange, provisioned } from './lab.ts';

const retrieve = { operation: 'retrieve', to: '/cse-b/-/secret' } as const;
const hour = 3_600_000;
const day = 24 * hour;
const announcedAt = '/cse-c/-/cse-b';

/** What was sent: 3 or 5 for a securityInfo, R for a RETRIEVE. */
const sent = ({ seen }: Pick<Exchange, 'seen'>) => seen.map(({ request }) => kindOf(request)).join('');

function kindOf({ operation, content }: RequestPrimitive): string {
  return operation === 'retrieve' ? 'R' : String(securityInfoIn({ content }).sit);
}

/** Refuses what is of this kind, and passes on everything else; counts everything. */
function refusing(lab: Exchange, kind: string, response: ResponsePrimitive): { kinds: string } {
  const counted = { kinds: '' };
  lab.between = async (request, on) => {
    counted.kinds += kindOf(request);
    return kindOf(request) === kind ? response : on(request);
  };
  return counted;
}

test('a receiver that was started anew is met with a new session, and nobody has to know', async () => {
  const lab = exchange();
  assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  const restarted = exchange({ handler: { random: size => Buffer.alloc(size, 9) } });
  lab.between = request => restarted.pass(request);
  for (let n = 0; n < 2; n++) assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  assert.deepEqual([sent(lab), sent(restarted)], ['35', '5355']);
  assert.equal(restarted.dispatched.length, 2);
});

test('of several requests at a time that meet a receiver started anew, one asks for a random object', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  const restarted = exchange({ handler: { random: size => Buffer.alloc(size, 9) } });
  lab.between = request => restarted.pass(request);
  const responses = await Promise.all([1, 2, 3, 4].map(() => lab.client.send(retrieve)));
  assert.deepEqual(
    responses.map(({ responseStatusCode }) => responseStatusCode),
    [2000, 2000, 2000, 2000],
  );
  assert.deepEqual([...sent(restarted)].filter(kind => kind === '3').length, 1);
  assert.equal(restarted.dispatched.length, 4);
});

test('whoever forges that the session is unknown, every time, gains one request and no loop', async () => {
  for (const [responseStatusCode, code] of [
    [4113, 'ESPRIM_UNKNOWN_ORIG_RAND_ID'],
    [4114, 'ESPRIM_UNKNOWN_RECV_RAND_ID'],
  ] as const) {
    const lab = exchange();
    const counted = refusing(lab, '5', { responseStatusCode });
    assert.equal(await codeOf(lab.client.send(retrieve)), code);
    assert.equal(counted.kinds, '3535');
  }
});

test('any other refusal is the answer, and nothing is sent a second time', async () => {
  for (const responseStatusCode of [4000, 4105, 4111, 4112, 4115, 4116, 5103, 5210, 5211, 5000]) {
    const lab = exchange();
    const counted = refusing(lab, '5', { responseStatusCode });
    assert.notEqual(await codeOf(lab.client.send(retrieve)), null);
    assert.equal(counted.kinds, '35');
  }
});

test('a session that ends brings the next one: rro in its last quarter, without a request for it (TS-0003 8.4.3.2)', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  lab.clock.advance(0.74 * hour);
  await lab.client.send(retrieve);
  lab.clock.advance(0.02 * hour);
  await lab.client.send(retrieve);
  await lab.client.send(retrieve);
  assert.equal(sent(lab), '35555');
  const [, before, ending, next] = lab.seen.slice(1);
  assert.equal(headerOf(before?.response).rro, undefined);
  const { esri } = headerOf(ending?.response).rro as Json;
  const { rri, oro } = headerOf(next?.request);
  assert.deepEqual([rri, (oro as Json).esrx], [esri, '20261122T134536']);
});

test('random objects for the next session serve receivers with short lifetimes as well', async () => {
  const lab = exchange({ handler: { lifetimes: { unique: 60_000 } } });
  for (let n = 0; n < 20; n++) {
    assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
    lab.clock.advance(10_000);
  }
  assert.equal(sent(lab), `3${'5'.repeat(20)}`);
});

test('a random object for the next session that its receiver has forgotten does not stand in the way', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  lab.clock.advance(0.9 * hour);
  await lab.client.send(retrieve);
  const restarted = exchange({ handler: { random: size => Buffer.alloc(size, 9) } });
  restarted.clock.advance(0.9 * hour);
  lab.between = request => restarted.pass(request);
  assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  assert.equal(sent(restarted), '535');
});

test('nor does one that a response brings while the receiver is started anew', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  lab.clock.advance(0.9 * hour);
  const restarted = exchange({ handler: { random: size => Buffer.alloc(size, 9) } });
  restarted.clock.advance(0.9 * hour);
  let isFirst = true;
  lab.between = async (request, on) => {
    if (isFirst) {
      isFirst = false;
      return on(request);
    }
    // The second of two requests of one session arrives after the response to the first has brought rro.
    await first;
    return restarted.pass(request);
  };
  const first = lab.client.send(retrieve);
  const second = lab.client.send(retrieve);
  for (const each of [first, second]) assert.equal((await each).responseStatusCode, 2000);
  assert.equal(sent(restarted), '535');
});

test('a clock that is set back makes nothing due again', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  const object = lab.seen[1]?.request.content;
  // What was taken is forgotten, since nothing of it can open any more.
  lab.clock.advance(2 * hour);
  await lab.client.send(retrieve);
  lab.clock.advance(-2 * hour);
  const again = await lab.notify(object);
  assert.ok(again.responseStatusCode >= 4000);
  assert.equal(lab.dispatched.length, 2);
});

test('a session that begins with a random object that was changed on the way is begun anew by the next request', async () => {
  const lab = exchange();
  lab.between = async (request, on) => {
    const response = await on(request);
    if (kindOf(request) === '5') return response;
    const seci = securityInfoIn(response);
    return { ...response, content: { 'm2m:seci': { ...seci, ero: { ...(seci.ero as Json), esrv: 'x0' } } } };
  };
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_BAD_MAC');
  lab.between = (request, on) => on(request);
  assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  assert.equal(sent(lab), '3535');
});

test('once a session works, whoever forges ESPRIM_BAD_MAC does not end it', async () => {
  const lab = exchange();
  await lab.client.send(retrieve);
  lab.between = async () => ({ responseStatusCode: 4115 });
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_BAD_MAC');
  lab.between = (request, on) => on(request);
  await lab.client.send(retrieve);
  assert.equal(sent(lab), '355');
});

test('a request is not sent again when the receiver may have forgotten that it carried it out', async () => {
  for (const [time, kinds] of [
    [60_000, '535'],
    [60_001, '5'],
  ] as const) {
    const lab = exchange();
    await lab.client.send(retrieve);
    let seen = '';
    lab.between = async (request, on) => {
      seen += kindOf(request);
      if (seen !== '5') return on(request);
      lab.clock.advance(time);
      return { responseStatusCode: 4114 };
    };
    const code = await codeOf(lab.client.send(retrieve));
    assert.deepEqual([code, seen], [time === 60_000 ? null : 'ESPRIM_UNKNOWN_RECV_RAND_ID', kinds]);
  }
});

test('a Request Identifier is remembered longer than any object can come that was made to send it again', async () => {
  const lab = exchange();
  await lab.client.send({ ...retrieve, requestIdentifier: 'once' });
  for (let waited = 0; waited < hour + 60_000; waited += 60_000) {
    lab.clock.advance(60_000);
    const hand = await handWith(lab);
    const response = await lab.notify(contentOf(hand.object({ inner: { rqi: 'once' } })));
    assert.equal(response.responseStatusCode, 4105);
  }
  assert.equal(lab.dispatched.length, 1);
});

test('the originator may bring the next random object in-band (oro), and its session needs it no more', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const next = new Hand(hand.receiverRand);
  const without = { header: { oro: undefined } };
  const unknown = await lab.notify(contentOf(next.object(without)));
  assert.equal(unknown.responseStatusCode, 4113);
  const statuses: unknown[] = [];
  for (const object of [
    hand.object(),
    hand.object({ header: { oro: next.originatorRand } }),
    next.object(without),
  ])
    statuses.push((await lab.notify(contentOf(object))).responseStatusCode);
  assert.deepEqual(statuses, [2000, 2000, 2000]);
});

test('what the originator brings in-band is judged as at the beginning of a session', async () => {
  for (const [but, code] of [
    [{ esrx: '20261122T115959' }, 4113],
    [{ esrx: '20261122T130001' }, 4113],
    [{ esk: 2 }, 4111],
    [{ espa: [13] }, 4111],
  ] as const) {
    const lab = exchange();
    const hand = await handWith(lab);
    await lab.notify(contentOf(hand.object()));
    const next = new Hand(hand.receiverRand, { originatorRand: but });
    const response = await lab.notify(contentOf(hand.object({ header: { oro: next.originatorRand } })));
    assert.equal(response.responseStatusCode, code);
    assert.equal(lab.dispatched.length, 1);
  }
});

test('a session that is not used until its random objects have expired is begun anew', async () => {
  // The receiver says so, however long the originator would go on.
  const lab = exchange({ client: { sessionLifetime: 9 * day } });
  await lab.client.send(retrieve);
  lab.clock.advance(hour);
  assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  assert.equal(sent(lab), '35535');
});

test('an originator uses a session for sessionLifetime and no longer', async () => {
  const lab = exchange({ client: { sessionLifetime: 1000 } });
  await lab.client.send(retrieve);
  lab.clock.advance(999);
  await lab.client.send(retrieve);
  lab.clock.advance(1);
  await lab.client.send(retrieve);
  assert.equal(sent(lab), '35535');
});

test('the clock of an originator may be wrong by a day, either way', async () => {
  for (const wrong of [-day, day]) {
    const lab = exchange();
    const { client } = exchange({
      client: {
        clock: () => lab.clock().getTime() + wrong,
        sender: { send: request => lab.pass(request) },
      },
    });
    for (let n = 0; n < 6; n++) {
      assert.equal((await client.send(retrieve)).responseStatusCode, 2000);
      lab.clock.advance(0.3 * hour);
    }
    assert.equal(lab.dispatched.length, 6);
  }
});

test('a random object may end a time from now, counted from when it came (m2m:absRelTimestamp)', async () => {
  const lab = exchange();
  let oro: unknown;
  answerByHand(lab, (hand, request) => {
    oro ??= request.header.oro;
    return hand.response(request);
  });
  const { between } = lab;
  lab.between = (request, on) =>
    between(request, async asked => {
      const response = await on(asked);
      const seci = securityInfoIn(response);
      const ero = { ...(seci.ero as Json), esrx: '60000' };
      return { ...response, content: { 'm2m:seci': { ...seci, ero } } };
    });
  assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  assert.equal((oro as Json).esrx, '20261122T120100');
});

/** The receiver's resource, as a CSE shows it: R is answered, everything else goes to the receiver. */
function announcing(lab: Exchange, resource: () => unknown, responseStatusCode = 2000): { kinds: string } {
  const counted = { kinds: '' };
  lab.between = async (request, on) => {
    counted.kinds += kindOf(request);
    return request.operation === 'retrieve' ? { responseStatusCode, content: resource() } : on(request);
  };
  return counted;
}

const shared = ({ handler }: Exchange) => handler.sharedReceiverESPrimRandObject;
const remoteCse = (esi: unknown) => ({ 'm2m:csr': { rn: 'cse-b', esi } });

test('a shared random object is taken from e2eSecInfo, without a message to the receiver (TS-0003 8.4.2 B.2a)', async () => {
  const lab = exchange({ client: { announcedAt } });
  const counted = announcing(lab, () => remoteCse({ esf: [13], esro: shared(lab) }));
  for (let n = 0; n < 2; n++) assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  assert.equal(counted.kinds, 'R55');
  assert.match(shared(lab).esri, /^s\./);
});

test('a CSE may write e2eSecInfo anew, its members in any order and 12 as 12.0', async () => {
  const lab = exchange({ client: { announcedAt } });
  const counted = announcing(lab, () => {
    const reordered = Object.fromEntries(Object.entries(shared(lab)).reverse());
    const json = JSON.stringify(reordered).replace(/\d+(?=[,\]])/g, number => `${number}.0`);
    assert.match(json, /12\.0/);
    return JSON.parse(`{"m2m:ae":{"esi":{"esro":${json},"esf":[43.0]}}}`);
  });
  assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  assert.equal(counted.kinds, 'R5');
});

test('one that has expired, or is not there, leads to a request (TS-0003 8.4.2 B.2c)', async () => {
  for (const esro of ['expired', undefined]) {
    const lab = exchange({ client: { announcedAt }, handler: { lifetimes: { shared: 60_000 } } });
    const announced = shared(lab);
    if (esro === 'expired') lab.clock.advance(60_000);
    const esi = { esf: [23], ...(esro === 'expired' && { esro: announced }) };
    const counted = announcing(lab, () => remoteCse(esi));
    assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
    assert.equal(counted.kinds, 'R35');
  }
});

test('one that the receiver has forgotten, and a CSE still shows, leads to a request', async () => {
  const lab = exchange({ client: { announcedAt } });
  const former = shared(exchange({ handler: { random: size => Buffer.alloc(size, 9) } }));
  const counted = announcing(lab, () => remoteCse({ esf: [13], esro: former }));
  assert.equal((await lab.client.send(retrieve)).responseStatusCode, 2000);
  assert.equal(counted.kinds, 'R5R35');
});

test('a receiver that does not announce ESPrim is not sent anything (TS-0003 8.4.2 B.2c.1)', async () => {
  const without: [unknown, string][] = [
    [remoteCse({ esf: [44, 45] }), 'ESPRIM_UNSUPPORTED_OPTION'],
    [remoteCse({ esf: [] }), 'ESPRIM_UNSUPPORTED_OPTION'],
    [remoteCse({ esf: 13 }), 'ESPRIM_UNSUPPORTED_OPTION'],
    [remoteCse({}), 'ESPRIM_UNSUPPORTED_OPTION'],
    [remoteCse(undefined), 'ESPRIM_UNSUPPORTED_OPTION'],
    [remoteCse(null), 'ESPRIM_UNSUPPORTED_OPTION'],
    [{}, 'ESPRIM_UNSUPPORTED_OPTION'],
    [undefined, 'ESPRIM_UNSUPPORTED_OPTION'],
    [null, 'ESPRIM_UNSUPPORTED_OPTION'],
    [remoteCse({ esf: [13], esro: {} }), 'ESPRIM_MALFORMED'],
    [remoteCse({ esf: [13], esro: 'x' }), 'ESPRIM_MALFORMED'],
  ];
  for (const [content, code] of without) {
    const lab = exchange({ client: { announcedAt } });
    const counted = announcing(lab, () => content);
    assert.equal(await codeOf(lab.client.send(retrieve)), code, JSON.stringify(content));
    assert.equal(counted.kinds, 'R');
  }
});

test('a resource that cannot be read is the fault of the way', async () => {
  const lab = exchange({ client: { announcedAt } });
  announcing(lab, () => ({ 'm2m:dbg': 'no such thing' }), 4004);
  await assert.rejects(lab.client.send(retrieve), { code: 'CARRIER_FAILED', message: /no such thing/ });
});

test('whoever changes a random object on the way, to weaker algorithms say, makes a session that fails', async () => {
  const changes: ((ero: Json) => Json)[] = [
    ero => ({ ...ero, espa: [10] }),
    ero => ({ ...ero, espa: [12] }),
    ero => ({ ...ero, esrv: 'x0' }),
    ero => ({ ...ero, esrx: '20261122T125959' }),
    ero => ({ ...ero, esks: [1, 2] }),
  ];
  for (const change of changes) {
    const encryption =
      change({}).espa === undefined || (change({}).espa as number[])[0] === 12 ? 'A256GCM' : 'A128GCM';
    const lab = exchange({ client: { encryption } });
    lab.between = async (request, on) => {
      const response = await on(request);
      if (kindOf(request) === '5') return response;
      const seci = securityInfoIn(response);
      return { ...response, content: { 'm2m:seci': { ...seci, ero: change(seci.ero as Json) } } };
    };
    assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_BAD_MAC');
    assert.equal(lab.dispatched.length, 0);
  }
});

test('a receiver that does not take our algorithm is told so by us, before anything is sent to it', async () => {
  const lab = exchange({ handler: { encryptions: ['A128GCM'] } });
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_UNSUPPORTED_OPTION');
  assert.equal(sent(lab), '3');
  const fitting = exchange({ client: { encryption: 'A128GCM' }, handler: { encryptions: ['A128GCM'] } });
  assert.equal((await fitting.client.send(retrieve)).responseStatusCode, 2000);
});

test('the shared random object is another when half of its time is over, and the one before still serves', async () => {
  const lab = exchange({ handler: { lifetimes: { shared: day } } });
  const first = shared(lab);
  assert.equal(first.esrx, '20261123T120000');
  lab.clock.advance(12 * hour);
  assert.deepEqual(shared(lab), first);
  lab.clock.advance(1);
  const second = shared(lab);
  assert.notEqual(second.esri, first.esri);
  for (const esro of [first, second]) {
    const { client } = exchange({
      client: {
        announcedAt,
        clock: () => lab.clock().getTime(),
        sender: {
          send: async request =>
            request.operation === 'retrieve'
              ? { responseStatusCode: 2000, content: remoteCse({ esf: [13], esro }) }
              : lab.pass(request),
        },
      },
    });
    assert.equal((await client.send(retrieve)).responseStatusCode, 2000);
  }
});

test('a request for a random object is not refused to anybody, and costs no memory: each is another', async () => {
  const lab = exchange();
  const ids = new Set<unknown>();
  for (let n = 0; n < 100; n++) {
    const response = await lab.notify({ 'm2m:seci': { sit: 3 } }, '//stranger.example.com/cse');
    assert.equal(response.responseStatusCode, 2000);
    ids.add((securityInfoIn(response).ero as Json).esri);
  }
  assert.equal(ids.size, 100);
});

test('lifetimes are a second to a year', () => {
  const make = (lifetimes: { unique?: number; shared?: number }) =>
    new EsPrimHandler({
      id: cseB,
      keys: provisioned().receiver,
      dispatch: async () => ({ responseStatusCode: 2000 }),
      lifetimes,
    });
  for (const wrong of [0, 999, -1, Number.NaN, Infinity, 366 * day])
    for (const name of ['unique', 'shared'])
      assert.throws(() => make({ [name]: wrong }), {
        code: 'OPTION_INVALID',
        message: new RegExp(`lifetimes\\.${name}`),
      });
  for (const right of [1000, 365 * day]) make({ unique: right, shared: right });
});

function headerOf(primitive: { readonly content?: unknown } | undefined): Json {
  const { epo } = securityInfoIn({ content: primitive?.content });
  return JSON.parse(Buffer.from(String(epo).split('.')[0] ?? '', 'base64url').toString()) as Json;
}
