// ESPrim as TS-0003 8.4, TS-0001 11.4.2 and TS-0004 7.5.1.2.11, 7.5.1.2.13 and 7.6.2 have it, clause by clause. The table of
// the lines is docs/conformance.md; what is refused, and every way in which it can be wrong, is in test/protection/esprim.
import assert from 'node:assert/strict';
import { createDecipheriv, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { deriveEndToEndKeys } from '../../src/keys/end-to-end.ts';
import {
  codeOf,
  contentOf,
  debugIn,
  Hand,
  handWith,
  type Json,
  objectIn,
  randOf,
  securityInfoIn,
} from '../protection/esprim/hand.ts';
import { cae1, cseB, type Exchange, established, exchange, keysOf, kpsa } from '../protection/esprim/lab.ts';

const hour = 3_600_000;
const retrieve = { operation: 'retrieve', to: '/cse-b/-/temperature' } as const;
const names = ['esri', 'esrv', 'esrx'] as const;
const ncName = /^[A-Za-z_][A-Za-z0-9._-]*$/;

const headerOf = (object: string) =>
  JSON.parse(Buffer.from(object.split('.')[0] ?? '', 'base64url').toString()) as Json;

/** The objects of the exchange that a client begins a session with, and the receiver's random object. */
async function firstExchange(lab: Exchange = exchange()) {
  const response = await lab.client.send({ ...retrieve, requestIdentifier: 'inner-1' });
  const [asked, sent] = lab.seen;
  assert.ok(asked !== undefined && sent !== undefined);
  const ero = securityInfoIn(asked.response).ero as Json;
  const [request, answer] = [objectIn(sent.request), objectIn(sent.response)];
  return { lab, response, asked, sent, ero, request, answer, header: headerOf(request) };
}

/** What the receiver says to an object: the name before the sentence of its refusal, or nothing. */
async function refusalOf(lab: Exchange, object: string): Promise<[number, string | undefined]> {
  const response = await lab.notify(contentOf(object));
  return [response.responseStatusCode, debugIn(response).split(':')[0]];
}

test('TS-0003 8.4.2 A: pairwiseESPrimKey is provisioned, or established by ESCertKE', async t => {
  assert.equal((await exchange().client.send(retrieve)).responseStatusCode, 2000);
  const keys = keysOf(await established(t));
  assert.equal((await exchange({ keys }).client.send(retrieve)).responseStatusCode, 2000);
});

test('TS-0003 8.4.2 A: a key with a lifetime serves until its end, and one without it always', async t => {
  const clock = exchange().clock;
  const ends = await established(t, { clock });
  const lab = exchange({ keys: keysOf(ends) });
  await lab.client.send(retrieve);
  clock.advance(400 * 24 * hour);
  assert.equal(await codeOf(lab.client.send(retrieve)), 'KEY_EXPIRED');
  const provisioned = exchange();
  provisioned.clock.advance(4000 * 24 * hour);
  assert.equal((await provisioned.client.send(retrieve)).responseStatusCode, 2000);
});

test('TS-0003 8.4.2 B.1: the shared random object has a fresh value, an end, an ID that says so, and algorithms', () => {
  const { handler } = exchange();
  const first = handler.sharedReceiverESPrimRandObject;
  assert.match(first.esri, /^s\./);
  assert.match(first.esrv, /^x[0-9a-f]{32}$/);
  assert.equal(first.esrx, '20261122T130000');
  assert.deepEqual([first.esks, first.espa], [[1], [12, 11, 10]]);
  for (const name of ['esri', 'esrv'] as const) assert.match(first[name], ncName);
});

test('TS-0003 8.4.2 B.2: an unexpired shared random object is used, and otherwise the receiver is asked', async () => {
  const announcedAt = '/cse-c/-/cse-b';
  for (const [esi, kinds] of [
    [(lab: Exchange) => ({ esf: [13], esro: lab.handler.sharedReceiverESPrimRandObject }), ['retrieve', 5]],
    [() => ({ esf: [13] }), ['retrieve', 3, 5]],
    [() => ({ esf: [13], esro: expiredRand }), ['retrieve', 3, 5]],
    [() => ({ esf: [44] }), ['retrieve']],
  ] as const) {
    const lab = exchange({ client: { announcedAt } });
    const seen: unknown[] = [];
    lab.between = async (request, on) => {
      const { operation, content } = request;
      seen.push(operation === 'retrieve' ? operation : securityInfoIn({ content }).sit);
      if (operation !== 'retrieve') return on(request);
      assert.equal(request.to, announcedAt);
      return { responseStatusCode: 2000, content: { 'm2m:csr': { esi: esi(lab) } } };
    };
    await codeOf(lab.client.send(retrieve));
    assert.deepEqual(seen, kinds);
  }
});

const expiredRand = { esri: 's.r1', esrv: 'x0', esrx: '20261122T115959', esks: [1], espa: [12] };

test('TS-0003 8.4.2 B.2e: a random object on request is unshared, unique, with a fresh value, an end and algorithms', async () => {
  const lab = exchange();
  const rands = await Promise.all(Array.from({ length: 20 }, () => randOf(lab)));
  for (const each of names.slice(0, 2)) assert.equal(new Set(rands.map(rand => rand[each])).size, 20);
  for (const { esri, esrv, esrx, esks, espa } of rands) {
    assert.match(esri, /^u\./);
    assert.match(esrv, /^x[0-9a-f]{32}$/);
    assert.deepEqual([esrx, esks, espa], ['20261122T130000', [1], [12, 11, 10]]);
  }
});

test('TS-0003 8.4.2 B.2g: the originator’s random object is unique, ends no later, and has one derivation and one algorithm of the receiver’s', async () => {
  const { header, ero } = await firstExchange();
  const { esri, esrv, esrx, esk, espa } = header.oro as Json;
  assert.match(String(esri), /^u\.[0-9a-f]{32}$/);
  assert.match(String(esrv), /^x[0-9a-f]{32}$/);
  assert.deepEqual([esrx, esk, espa], [ero.esrx, 1, [12]]);
  const { header: other } = await firstExchange(
    exchange({ client: { random: size => Buffer.alloc(size, 1) } }),
  );
  assert.notEqual((other.oro as Json).esri, esri);
});

test('TS-0003 8.4.2 B.2h: sessionESPrimKey is of the key, both random objects and the label, and is the key of the object', async () => {
  const { header, ero, request } = await firstExchange();
  const { messageConfidentiality } = deriveEndToEndKeys(kpsa.master, kpsa.salt);
  const key = createHmac('sha256', messageConfidentiality)
    .update(JSON.stringify(ero))
    .update(JSON.stringify(header.oro))
    .update('oneM2M HMAC-SHA256 sessionESPrimKey derivation algorithm')
    .digest();
  const [aad = '', , iv = '', ciphertext = '', tag = ''] = request.split('.');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'));
  decipher.setAAD(Buffer.from(aad)).setAuthTag(Buffer.from(tag, 'base64url'));
  const plaintext = Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64url')), decipher.final()]);
  assert.deepEqual(JSON.parse(plaintext.toString()), {
    op: 2,
    to: '/cse-b/-/temperature',
    fr: cae1,
    rqi: 'inner-1',
    rvi: '3',
  });
});

test('TS-0003 8.4.2 C.3: the whole random object stands in every object that could be the first one, and its ID in the others', async () => {
  const lab = exchange();
  const dropped = lab.between;
  lab.between = async (request, on) => {
    await on(request);
    return securityInfoIn({ content: request.content }).sit === 3
      ? dropped(request, on)
      : { responseStatusCode: 5103 };
  };
  await codeOf(lab.client.send(retrieve));
  lab.between = dropped;
  for (let n = 0; n < 3; n++) await lab.client.send(retrieve);
  const objects = lab.seen.filter(({ request }) => securityInfoIn({ content: request.content }).sit === 5);
  const brought = objects.map(({ request }) => 'oro' in headerOf(objectIn(request)));
  assert.deepEqual(brought, [true, true, false, false]);
});

test('TS-0003 8.4.2 C.6a: the key is the one that kid names', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const unknown = hand.object({ header: { kid: '00'.repeat(16) } });
  assert.deepEqual(await refusalOf(lab, unknown), [4112, 'ESPRIM_UNKNOWN_KEY_ID']);
  assert.deepEqual(await refusalOf(lab, hand.object()), [2000, '']);
});

test('TS-0003 8.4.2 C.6b.1: a receiver’s random object that is unknown or has expired is refused', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const refused = [4114, 'ESPRIM_UNKNOWN_RECV_RAND_ID'];
  assert.deepEqual(await refusalOf(lab, hand.object({ header: { rri: 'u.other' } })), refused);
  lab.clock.advance(hour - 1);
  assert.deepEqual(await refusalOf(lab, hand.object()), [2000, '']);
  const late = await handWith(lab);
  lab.clock.advance(hour);
  assert.deepEqual(await refusalOf(lab, late.object()), refused);
});

test('TS-0003 8.4.2 C.6b.2: an originator’s random object is kept, and one that is not known and not brought is refused', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const later = { header: { oro: undefined } };
  assert.deepEqual(await refusalOf(lab, hand.object(later)), [4113, 'ESPRIM_UNKNOWN_ORIG_RAND_ID']);
  assert.deepEqual(await refusalOf(lab, hand.object()), [2000, '']);
  assert.deepEqual(await refusalOf(lab, hand.object(later)), [2000, '']);
});

test('TS-0003 8.4.2 C.6b.2.i: it has not expired, and ends no later than the receiver’s', async () => {
  for (const [esrx, refused] of [
    ['20261122T120000', true],
    ['20261122T120001', false],
    ['20261122T130000', false],
    ['20261122T130001', true],
  ] as const) {
    const lab = exchange();
    const hand = await handWith(lab, { originatorRand: { esrx } });
    const due = refused ? [4113, 'ESPRIM_UNKNOWN_ORIG_RAND_ID'] : [2000, ''];
    assert.deepEqual(await refusalOf(lab, hand.object()), due, esrx);
  }
});

test('TS-0003 8.4.2 C.6b.2.ii: its derivation is one of the receiver’s', async () => {
  const lab = exchange();
  const hand = await handWith(lab, { originatorRand: { esk: 2 } });
  assert.deepEqual(await refusalOf(lab, hand.object()), [4111, 'ESPRIM_UNSUPPORTED_OPTION']);
});

test('TS-0003 8.4.2 C.6c.1: its algorithms are among the receiver’s, and that of the object is among its own', async () => {
  for (const [espa, enc, refused] of [
    [[12], 'A256GCM', false],
    [[10, 12], 'A128GCM', false],
    [[12, 13], 'A256GCM', true],
    [[12], 'A128GCM', true],
  ] as const) {
    const lab = exchange();
    const hand = await handWith(lab, { originatorRand: { espa } });
    const due = refused ? [4111, 'ESPRIM_UNSUPPORTED_OPTION'] : [2000, ''];
    assert.deepEqual(await refusalOf(lab, hand.object({ header: { enc } })), due, `${espa} ${enc}`);
  }
});

test('TS-0003 8.4.2 C.6c.2: the inner primitive is the plaintext that was verified', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  assert.deepEqual(await refusalOf(lab, hand.object({ key: Buffer.alloc(32) })), [4115, 'ESPRIM_BAD_MAC']);
  assert.equal(lab.dispatched.length, 0);
  await lab.notify(contentOf(hand.object({ inner: { to: '/cse-b/-/verified' } })));
  assert.equal(lab.dispatched[0]?.request.to, '/cse-b/-/verified');
});

test('TS-0003 8.4.2 C.8: the response has the session of its request', async () => {
  const { request, answer } = await firstExchange();
  const of = (object: string) => {
    const { kid, ori, rri, enc, alg } = headerOf(object);
    return { kid, ori, rri, enc, alg };
  };
  assert.deepEqual(of(answer), of(request));
});

test('TS-0003 8.4.2 C.11a: a response of another session is discarded', async () => {
  const { lab, answer } = await firstExchange();
  lab.clock.advance(hour);
  const { between } = lab;
  lab.between = (request, on) =>
    securityInfoIn({ content: request.content }).sit === 5
      ? Promise.resolve({ responseStatusCode: 2000, content: contentOf(answer) })
      : between(request, on);
  assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_MISDIRECTED');
});

test('TS-0003 8.4.3.1: the random objects have the members of their tables, and no others', async () => {
  const { ero, header } = await firstExchange();
  assert.deepEqual(Object.keys(ero), ['esri', 'esrv', 'esrx', 'esks', 'espa']);
  assert.deepEqual(Object.keys(header.oro as Json), ['esri', 'esrv', 'esrx', 'esk', 'espa']);
});

test('TS-0003 8.4.3.2: an ESPrim Object is a compact JWE with an empty encrypted key and a header of the table', async () => {
  const { request, answer } = await firstExchange();
  const later = ['alg', 'enc', 'kid', 'cty', 'ori', 'rri'];
  assert.deepEqual(Object.keys(headerOf(request)), [...later, 'oro']);
  assert.deepEqual(Object.keys(headerOf(answer)), later);
  for (const [object, cty] of [
    [request, 'vnd.onem2m-preq+json'],
    [answer, 'vnd.onem2m-prsp+json'],
  ] as const) {
    const [, encryptedKey, iv = '', ciphertext = '', tag = '', ...more] = object.split('.');
    assert.deepEqual([encryptedKey, more], ['', []]);
    assert.deepEqual(
      [iv, tag].map(part => Buffer.from(part, 'base64url').length),
      [12, 16],
    );
    assert.ok(ciphertext.length > 0);
    const { alg, enc, cty: type, ori, rri } = headerOf(object);
    assert.deepEqual([alg, enc, type], ['dir', 'A256GCM', cty]);
    for (const id of [ori, rri]) assert.match(String(id), ncName);
  }
});

test('TS-0003 8.4.3.2: at the beginning of a session oro has the ID that ori names', async () => {
  const { header } = await firstExchange();
  assert.equal((header.oro as Json).esri, header.ori);
  const lab = exchange();
  const hand = await handWith(lab);
  const other = { ...hand.originatorRand, esri: 'u.other' };
  const refused = await refusalOf(lab, hand.object({ header: { oro: other } }));
  assert.deepEqual(refused, [4113, 'ESPRIM_UNKNOWN_ORIG_RAND_ID']);
});

test('TS-0003 8.4.3.2: a random object for the next session is brought in-band by the receiver (rro), and used', async () => {
  const { lab } = await firstExchange();
  lab.clock.advance(0.8 * hour);
  await lab.client.send(retrieve);
  await lab.client.send(retrieve);
  const [, , ending, next] = lab.seen;
  const { esri } = headerOf(objectIn(ending?.response ?? {})).rro as Json;
  assert.equal(headerOf(objectIn(next?.request ?? {})).rri, esri);
});

test('TS-0003 8.4.3.2: a random object for a later session that the originator brings in-band is recorded', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const next = new Hand(hand.receiverRand);
  const later = { header: { oro: undefined } };
  assert.deepEqual(await refusalOf(lab, next.object(later)), [4113, 'ESPRIM_UNKNOWN_ORIG_RAND_ID']);
  await lab.notify(contentOf(hand.object()));
  assert.deepEqual(await refusalOf(lab, hand.object({ header: { oro: next.originatorRand } })), [2000, '']);
  assert.deepEqual(await refusalOf(lab, next.object(later)), [2000, '']);
});

test('TS-0001 11.4.2 C.4: the outer request is a NOTIFY to the receiver, with the times of the inner one', async () => {
  const lab = exchange();
  const times = {
    requestExpirationTimestamp: '20991122T120500',
    resultExpirationTimestamp: '20991122T120600',
  };
  await lab.client.send({ ...retrieve, ...times });
  const { operation, to, from, requestExpirationTimestamp, resultExpirationTimestamp } = {
    ...lab.seen[1]?.request,
  };
  assert.deepEqual([operation, to, from], ['notify', cseB, cae1]);
  assert.deepEqual({ requestExpirationTimestamp, resultExpirationTimestamp }, times);
});

test('TS-0001 11.4.2 C.6a: an error is secured where the session is known to be the originator’s, and plain elsewhere', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const secured = await lab.notify(contentOf(hand.object({ inner: { fr: cseB } })));
  assert.equal(secured.responseStatusCode, 4116);
  assert.equal(hand.open(objectIn(secured)).inner.rsc, 4116);
  const plain = await lab.notify(contentOf(hand.object({ key: Buffer.alloc(32) })));
  assert.deepEqual([plain.responseStatusCode, Object.keys(plain.content as Json)], [4115, ['m2m:dbg']]);
});

test('TS-0001 11.4.2 C.9: the outer response has the Request Identifier of the outer request', async () => {
  const { sent, response } = await firstExchange();
  assert.equal(sent.response.requestIdentifier, sent.request.requestIdentifier);
  assert.notEqual(sent.request.requestIdentifier, 'inner-1');
  assert.equal(response.requestIdentifier, 'inner-1');
});

test('TS-0004 6.3.5.48: esprimRandObject is there for type 4, esprimObject for type 5, and neither for another', async () => {
  const { asked, sent } = await firstExchange();
  assert.deepEqual(securityInfoIn({ content: asked.request.content }), { sit: 3 });
  assert.deepEqual(Object.keys(securityInfoIn(asked.response)), ['sit', 'ero']);
  for (const { content } of [sent.request, sent.response])
    assert.deepEqual(Object.keys(securityInfoIn({ content })), ['sit', 'epo']);
  const lab = exchange();
  const epo = (await handWith(lab)).object();
  for (const seci of [
    { sit: 3, epo },
    { sit: 5, epo, ero: expiredRand },
    { sit: 5, epo, eckm: 'FgMB' },
    { sit: 5 },
  ])
    assert.equal((await lab.notify({ 'm2m:seci': seci })).responseStatusCode, 4000, JSON.stringify(seci));
});

test('TS-0004 6.3.5.50: IDs and values are xs:NCName, ends m2m:absRelTimestamp, algorithms lists of numbers', async () => {
  for (const [member, values] of Object.entries({
    esri: ['1', '-a', 'a b', '', 'a:b'],
    esrv: ['0', 'a/b', 'a=', 'a+b'],
    esrx: ['2026-11-22T13:00:00Z', '20261322T130000', ''],
    esk: ['1', [1], 1.5],
    espa: [12, '12', [], ['12']],
  }))
    for (const value of values) {
      const lab = exchange();
      const hand = await handWith(lab);
      const oro = { ...hand.originatorRand, [member]: value };
      const due = [4000, 'ESPRIM_MALFORMED'];
      assert.deepEqual(await refusalOf(lab, hand.object({ header: { oro } })), due, `${member} ${value}`);
    }
});

test('TS-0004 7.5.1.2.11: a random object is asked for with type 3 and given with type 4, which the originator verifies', async () => {
  const { asked } = await firstExchange();
  assert.deepEqual([asked.request.to, asked.request.from], [cseB, cae1]);
  assert.equal(asked.response.responseStatusCode, 2000);
  assert.equal(securityInfoIn(asked.response).sit, 4);
  for (const sit of [3, 5, 6]) {
    const lab = exchange();
    lab.between = async (request, on) => {
      const response = await on(request);
      return { ...response, content: { 'm2m:seci': { ...securityInfoIn(response), sit } } };
    };
    assert.equal(await codeOf(lab.client.send(retrieve)), 'ESPRIM_MALFORMED');
  }
});

test('TS-0004 7.5.1.2.13: objects travel in a NOTIFY and its response, both with type 5', async () => {
  const { sent } = await firstExchange();
  assert.equal(sent.response.responseStatusCode, 2000);
  for (const { content } of [sent.request, sent.response]) assert.equal(securityInfoIn({ content }).sit, 5);
});

test('TS-0004 7.6.2: delivery-related parameters of the inner request are ignored', async () => {
  const lab = exchange();
  const hand = await handWith(lab);
  const inner = { rt: { rtv: 2, nu: ['http://127.0.0.1/'] }, ec: 1, da: true };
  const response = await lab.notify(contentOf(hand.object({ inner })));
  assert.equal(hand.open(objectIn(response)).inner.rsc, 2000);
});

test('TS-0004 7.6.2: an unsuccessful inner response is protected as a successful one is', async () => {
  const lab = exchange({ handler: { dispatch: async () => ({ responseStatusCode: 4004 }) } });
  const hand = await handWith(lab);
  const response = await lab.notify(contentOf(hand.object()));
  assert.equal(response.responseStatusCode, 2000);
  assert.equal(hand.open(objectIn(response)).inner.rsc, 4004);
});

test('TS-0004 7.6.2: each error case of Table 7.6.2-1 has its Response Status Code', async () => {
  const unreadable = new Hand(await randOf(exchange()));
  const cases: [number, (hand: Hand) => string][] = [
    [4000, () => 'no object'],
    [4111, hand => hand.object({ header: { enc: 'A128CBC-HS256' } })],
    [4112, hand => hand.object({ header: { kid: 'unknown' } })],
    [4113, hand => hand.object({ header: { oro: undefined } })],
    [4114, () => unreadable.object({ header: { rri: 'u.other' } })],
    [4115, hand => hand.object({ key: Buffer.alloc(32) })],
    [4116, hand => hand.object({ inner: { fr: cseB } })],
    [5210, hand => hand.object({ plaintext: 'no primitive' })],
  ];
  for (const [rsc, make] of cases) {
    const lab = exchange();
    const object = make(await handWith(lab));
    assert.equal((await lab.notify(contentOf(object))).responseStatusCode, rsc);
    assert.equal(lab.dispatched.length, 0);
  }
  const long = exchange({
    handler: { dispatch: async () => ({ responseStatusCode: 2000, content: 'a'.repeat(90 * 1024) }) },
  });
  assert.equal((await long.notify(contentOf((await handWith(long)).object()))).responseStatusCode, 5211);
});
