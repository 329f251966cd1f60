// What a receiver refuses (TS-0003 8.4.2 C.6, TS-0004 Table 7.6.2-1), each with its Response Status Code. The objects are
// made by hand; every one of them differs from one that opens in what its row says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultCode, faultTable } from '../../../src/errors.ts';
import { deriveEndToEndKeys } from '../../../src/keys/end-to-end.ts';
import type { ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import type { EsPrimHandlerOptions } from '../../../src/protection/esprim/handler.ts';
import { base64url, type Changes, contentOf, debugIn, Hand, type HandOptions, randOf } from './hand.ts';
import { type Exchange, exchange, kpsa, provisioned } from './lab.ts';

const hour = 3_600_000;
const { messageAuthentication } = deriveEndToEndKeys(kpsa.master, kpsa.salt);

interface Watched extends Exchange {
  /** Keys of which the receiver was told that their object had opened. */
  readonly opened: unknown[];
}

function watched(handler: Partial<EsPrimHandlerOptions> = {}): Watched {
  const opened: unknown[] = [];
  const { originator, receiver } = provisioned();
  const keys = {
    originator,
    receiver: { ...receiver, opened: async (key: unknown) => void opened.push(key) },
  };
  return Object.assign(exchange({ keys, handler }), { opened });
}

/** The request is refused with this code, nobody has acted on it, and the answer holds nothing of it. */
function demandRefusal(lab: Watched, response: ResponsePrimitive, code: FaultCode, words: RegExp): void {
  assert.equal(debugIn(response).split(':')[0], code, debugIn(response));
  assert.match(debugIn(response), words);
  assert.equal(response.responseStatusCode, faultTable[code].rsc);
  assert.deepEqual(Object.keys(response.content as object), ['m2m:dbg']);
  assert.ok(!JSON.stringify(response).includes('secret'));
  assert.deepEqual([lab.dispatched, lab.opened, lab.faults], [[], [], []]);
}

interface Row {
  readonly what: string;
  readonly code: FaultCode;
  readonly words: RegExp;
  readonly changes?: Changes;
  readonly hand?: HandOptions;
  readonly handler?: Partial<EsPrimHandlerOptions>;
  /** In the place of an object with changes. */
  readonly make?: (hand: Hand) => string;
  /** Milliseconds that pass before it comes. */
  readonly later?: number;
}

type Unnamed = Omit<Row, 'code'>;

async function demand({ code, words, changes, hand: options, handler, make, later }: Row): Promise<void> {
  const lab = watched(handler);
  const hand = new Hand(await randOf(lab), options);
  const object = make === undefined ? hand.object(changes) : make(hand);
  lab.clock.advance(later ?? 0);
  demandRefusal(lab, await lab.notify(contentOf(object)), code, words);
}

test('an object made by hand is taken, so that the refusals below are those of what is changed in it', async () => {
  for (const enc of ['A128GCM', 'A192GCM', 'A256GCM']) {
    const lab = watched();
    const espa = [{ A128GCM: 10, A192GCM: 11, A256GCM: 12 }[enc] ?? 0];
    const hand = new Hand(await randOf(lab), { originatorRand: { espa } });
    const response = await lab.notify(contentOf(hand.object({ header: { enc } })));
    assert.equal(response.responseStatusCode, 2000, debugIn(response));
    assert.deepEqual([lab.dispatched.length, lab.opened.length], [1, 1]);
  }
});

test('the order of checks is that of TS-0003 8.4.2 C.6: kid, rri, oro, algorithms, MIC', async () => {
  // All wrong at once; each row puts one more right.
  const wrong = { kid: '00'.repeat(16), rri: 'u.unknown', ori: 'u.other', enc: 'A128GCM' };
  const lab = watched();
  const hand = new Hand(await randOf(lab));
  const order: [keyof typeof wrong, FaultCode][] = [
    ['kid', 'ESPRIM_UNKNOWN_KEY_ID'],
    ['rri', 'ESPRIM_UNKNOWN_RECV_RAND_ID'],
    ['ori', 'ESPRIM_UNKNOWN_ORIG_RAND_ID'],
    ['enc', 'ESPRIM_UNSUPPORTED_OPTION'],
  ];
  const header: Record<string, unknown> = { ...wrong };
  const key = Buffer.alloc(16);
  for (const [member, code] of order) {
    demandRefusal(lab, await lab.notify(contentOf(hand.object({ header, key }))), code, /./);
    delete header[member];
  }
  const last = await lab.notify(contentOf(hand.object({ header, key: Buffer.alloc(32) })));
  demandRefusal(lab, last, 'ESPRIM_BAD_MAC', /./);
});

const unknownKey: Unnamed[] = ['00'.repeat(16), 'x', 'A'.repeat(256), '__proto__', '%00'].map(kid => ({
  what: `kid ${kid.slice(0, 12)}`,
  words: /kid/,
  changes: { header: { kid } },
}));

test('ESPRIM_UNKNOWN_KEY_ID, 4112: a kid that is not known (TS-0003 8.4.2 C.6a)', async () => {
  for (const row of unknownKey) await demand({ ...row, code: 'ESPRIM_UNKNOWN_KEY_ID' });
});

test('ESPRIM_UNKNOWN_RECV_RAND_ID, 4114: a random object that we have not issued, each part of its ID changed', async () => {
  const lab = watched();
  const hand = new Hand(await randOf(lab));
  const { esri } = hand.receiverRand;
  const [kind, expiry = '', random = '', tag = ''] = esri.split('.');
  const flipped = (hex: string) => `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}`;
  const forged = [
    ['s', expiry, random, tag],
    [kind, '20991231T235959', random, tag],
    [kind, expiry, flipped(random), tag],
    [kind, expiry, random, flipped(tag)],
    [kind, expiry, random, '0'.repeat(32)],
    [kind, expiry, random, tag.slice(2)],
    [kind, expiry, random],
    [kind, expiry, random, tag.toUpperCase()],
    [kind, expiry, random, tag, ''],
    ['u', 'r1'],
    [`${kind}`, `${expiry}.${random}`, '', tag],
  ].map(parts => parts.join('.'));
  for (const rri of forged) {
    if (rri === esri) continue;
    const response = await lab.notify(contentOf(hand.object({ header: { rri } })));
    demandRefusal(lab, response, 'ESPRIM_UNKNOWN_RECV_RAND_ID', /rri/);
  }
});

test('ESPRIM_UNKNOWN_RECV_RAND_ID, 4114: our random object of another process, or past its time', async () => {
  const lab = watched();
  const elsewhere = await randOf(watched({ random: size => Buffer.alloc(size, 7) }));
  const foreign = await lab.notify(contentOf(new Hand(elsewhere).object()));
  demandRefusal(lab, foreign, 'ESPRIM_UNKNOWN_RECV_RAND_ID', /rri/);
  const row = { what: '', code: 'ESPRIM_UNKNOWN_RECV_RAND_ID', words: /rri/ } as const;
  await demand({ ...row, later: hour });
  await demand({ ...row, later: 1000, handler: { lifetimes: { unique: 1000 } } });
});

const wrongOriginatorRand: Unnamed[] = [
  { what: 'oro is missing', words: /does not bring it/, changes: { header: { oro: undefined } } },
  { what: 'oro is another', words: /does not bring it/, changes: { header: { ori: 'u.another' } } },
  {
    what: 'oro has expired',
    words: /\(oro\) has expired/,
    hand: { originatorRand: { esrx: '20261122T115959' } },
  },
  {
    what: 'oro ends now',
    words: /\(oro\) has expired/,
    hand: { originatorRand: { esrx: '20261122T120000' } },
  },
  {
    what: 'oro has expired by its own clock',
    words: /\(oro\) has expired/,
    hand: { originatorRand: { esrx: '-1' } },
  },
  { what: 'oro ends later', words: /later/, hand: { originatorRand: { esrx: '20261122T130001' } } },
  { what: 'oro ends never', words: /later/, hand: { originatorRand: { esrx: '99991231T235959' } } },
  { what: 'oro ends later from now', words: /later/, hand: { originatorRand: { esrx: '3600001' } } },
];

test('ESPRIM_UNKNOWN_ORIG_RAND_ID, 4113: ori is unknown, expired, or later than ours (TS-0003 8.4.2 C.6b.2)', async () => {
  for (const row of wrongOriginatorRand) await demand({ ...row, code: 'ESPRIM_UNKNOWN_ORIG_RAND_ID' });
});

const unsupported: Unnamed[] = [
  { what: 'esk unknown', words: /esk is 2/, hand: { originatorRand: { esk: 2 } } },
  { what: 'espa with one of ours', words: /espa/, hand: { originatorRand: { espa: [12, 13] } } },
  { what: 'espa with none of ours', words: /espa/, hand: { originatorRand: { espa: [13] } } },
  {
    what: 'espa with one that we do not take',
    words: /espa/,
    hand: { originatorRand: { espa: [10, 12] } },
    handler: { encryptions: ['A256GCM'] },
  },
  {
    what: 'enc that oro does not name',
    words: /enc is A128GCM, which oro does not name/,
    changes: { header: { enc: 'A128GCM' } },
  },
  ...[
    'none',
    'A128KW',
    'A256KW',
    'A256GCMKW',
    'RSA-OAEP',
    'RSA1_5',
    'ECDH-ES',
    'PBES2-HS256+A128KW',
    'HS256',
    'Dir',
    '',
    1,
    null,
    ['dir'],
  ].map(alg => ({ what: `alg ${alg}`, words: /alg is/, changes: { header: { alg } } })),
  { what: 'no alg', words: /alg is missing/, changes: { header: { alg: undefined } } },
  ...[
    'A128CBC-HS256',
    'A256CBC-HS512',
    'none',
    'a256gcm',
    '__proto__',
    'constructor',
    12,
    null,
    ['A256GCM'],
  ].map(enc => ({
    what: `enc ${enc}`,
    words: /enc is/,
    changes: { header: { enc } },
  })),
  { what: 'no enc', words: /enc is missing/, changes: { header: { enc: undefined } } },
  ...[
    { crit: ['exp'] },
    { crit: [] },
    { zip: 'DEF' },
    { jwk: { kty: 'oct', k: 'AA' } },
    { jku: 'http://127.0.0.1/' },
    { x5u: 'http://127.0.0.1/' },
    { x5c: [] },
    { b64: false },
    { p2c: 1e9 },
    { epk: {} },
    { typ: 'JOSE' },
    { seq: 0 },
    { unknown: null },
    { '': 1 },
  ].map(header => ({
    what: `header parameter ${Object.keys(header)}`,
    words: /header parameter .* is not supported/,
    changes: { header },
  })),
  ...['vnd.onem2m-preq+xml', 'application/vnd.onem2m-preq+json', 'json', '', 1, null].map(cty => ({
    what: `cty ${cty}`,
    words: /cty is/,
    changes: { header: { cty } },
  })),
  {
    what: 'authentication where encryption is taken only',
    words: /authentication alone is not taken here/,
    make: (hand: Hand) => hand.signed(messageAuthentication),
  },
];

for (const row of unsupported)
  test(`ESPRIM_UNSUPPORTED_OPTION, 4111: ${row.what} (TS-0003 8.4.3.2)`, () =>
    demand({ ...row, code: 'ESPRIM_UNSUPPORTED_OPTION' }));

test('cty may be left out (TS-0003 Table 8.4.3.2-2)', async () => {
  const lab = watched();
  const hand = new Hand(await randOf(lab));
  const taken = await lab.notify(contentOf(hand.object({ header: { cty: undefined } })));
  assert.equal(taken.responseStatusCode, 2000, debugIn(taken));
});

const edited = (at: number, edit: (part: string) => string) => (parts: string[]) =>
  parts.with(at, edit(parts[at] ?? ''));
const malformed: Unnamed[] = [
  { what: 'encrypted key', words: /encrypted key is not empty/, changes: { parts: edited(1, () => 'AA') } },
  { what: 'IV of 11 bytes', words: /vector has not 12/, changes: { iv: Buffer.alloc(11) } },
  { what: 'IV of 13 bytes', words: /vector has not 12/, changes: { iv: Buffer.alloc(13) } },
  { what: 'no IV', words: /vector has not 12/, changes: { parts: edited(2, () => '') } },
  {
    what: 'tag of 12 bytes',
    words: /tag has not 16/,
    changes: { parts: edited(4, tag => tag.slice(0, 16)) },
  },
  {
    what: 'tag of 15 bytes',
    words: /tag has not 16/,
    changes: { parts: edited(4, tag => tag.slice(0, 20)) },
  },
  {
    what: 'tag of 17 bytes',
    words: /tag has not 16/,
    changes: { parts: edited(4, () => base64url(Buffer.alloc(17))) },
  },
  { what: 'no tag', words: /tag has not 16/, changes: { parts: edited(4, () => '') } },
  { what: 'four parts', words: /has not the 3 parts/, changes: { parts: parts => parts.slice(0, 4) } },
  { what: 'six parts', words: /has not the 5 parts/, changes: { parts: parts => [...parts, ''] } },
  { what: 'three parts', words: /seq is missing/, changes: { parts: parts => parts.slice(0, 3) } },
  { what: 'one part', words: /has not the 3 parts/, changes: { parts: parts => parts.slice(0, 1) } },
  { what: 'nothing', words: /has not the 3 parts/, changes: { parts: () => [] } },
  ...[0, 2, 3, 4].flatMap(at =>
    (
      [
        ['padding', (part: string) => `${part}=`],
        ['a line break', (part: string) => `${part}\n`],
        ['a space', (part: string) => ` ${part}`],
        ['the alphabet of base64', (part: string) => `+${part.slice(1)}`],
        ['a character of none', (part: string) => `${part.slice(0, -1)}~`],
        ['one character too many', (part: string) => `${part}${part.length % 4 === 0 ? 'A' : 'AAA'}`],
      ] as const
    ).map(([how, edit]) => ({
      what: `part ${at} with ${how}`,
      words: /is not base64url without padding|has not 1[26] bytes/,
      changes: { parts: edited(at, edit) },
    })),
  ),
  {
    what: 'stray bits at the end of the tag',
    words: /the tag is not base64url/,
    changes: { parts: edited(4, tag => tag.slice(0, -1) + String.fromCharCode(tag.charCodeAt(21) + 1)) },
  },
  { what: 'a header that is no JSON', words: /protected header/, changes: { headerText: '{"alg":"dir"' } },
  { what: 'a header that is a list', words: /no JSON object/, changes: { headerText: '[]' } },
  { what: 'a header that is null', words: /no JSON object/, changes: { headerText: 'null' } },
  { what: 'an empty header', words: /protected header/, changes: { headerText: '' } },
  {
    what: 'a name that stands twice',
    words: /the name "alg" twice/,
    changes: { headerText: '{"alg":"dir","alg":"none"}' },
  },
  {
    what: 'a name that stands twice, once escaped',
    words: /the name "alg" twice/,
    changes: { headerText: '{"alg":"dir","\\u0061lg":"dir"}' },
  },
  {
    what: 'a name that stands twice in oro',
    words: /the name "esri" twice/,
    changes: { headerText: '{"alg":"dir","oro":{"esri":"a","esri":"b"}}' },
  },
  {
    what: 'a header that is too long',
    words: /more than 8192 characters/,
    changes: { header: { kid: 'A'.repeat(8000) } },
  },
  ...(['kid', 'ori', 'rri'] as const).flatMap(member =>
    [undefined, null, '', 7, ['x'], 'x'.repeat(257)].map(value => ({
      what: `${member} ${JSON.stringify(value)?.slice(0, 12)}`,
      words: new RegExp(`${member} is missing or no identifier`),
      changes: { header: { [member]: value } },
    })),
  ),
  ...[null, [], 'x', 1].flatMap(value =>
    ['oro', 'rro'].map(member => ({
      what: `${member} ${JSON.stringify(value)}`,
      words: /random object|RandObject/i,
      changes: { header: { [member]: value } },
    })),
  ),
];

for (const row of malformed)
  test(`ESPRIM_MALFORMED, 4000: ${row.what} (TS-0004 Table 7.6.2-1)`, () =>
    demand({ ...row, code: 'ESPRIM_MALFORMED' }));

test('ESPRIM_MALFORMED, 4000: m2m:seci with what is of another type, or no object (TS-0004 6.3.5.48)', async () => {
  const lab = watched();
  const epo = new Hand(await randOf(lab)).object();
  const wrong: [object, RegExp][] = [
    [{ sit: 3, epo }, /"epo", which does not belong to sit 3/],
    [{ sit: 3, ero: {} }, /"ero"/],
    [{ sit: 5, epo, ero: {} }, /"ero"/],
    [{ sit: 5, epo, eckm: 'FgMB' }, /"eckm"/],
    [{ sit: 5 }, /epo is missing or no string/],
    [{ sit: 5, epo: 5 }, /epo is missing or no string/],
    [{ sit: 5, epo: [epo] }, /epo is missing or no string/],
    [{ sit: 5, epo: 'A'.repeat(90 * 1024 + 1) }, /has 92161 characters/],
  ];
  for (const [seci, words] of wrong)
    demandRefusal(lab, await lab.notify({ 'm2m:seci': seci }), 'ESPRIM_MALFORMED', words);
});

test('an object of the longest length that is taken is read', async () => {
  const lab = watched();
  const response = await lab.notify(contentOf('A'.repeat(90 * 1024)));
  demandRefusal(lab, response, 'ESPRIM_MALFORMED', /has not the 3 parts/);
});

test('a random object is given on request only: sit 4 is no request (TS-0004 6.3.4.2.35)', async () => {
  const lab = watched();
  const ero = await randOf(lab);
  const response = await lab.notify({ 'm2m:seci': { sit: 4, ero } });
  assert.equal(response.responseStatusCode, 5001);
  const request = { operation: 'notify', to: '-', content: { 'm2m:seci': { sit: 4, ero } } } as const;
  demandRefusal(lab, await lab.handler.answer(request), 'ESPRIM_MALFORMED', /sit is not 5/);
});

test('ESPRIM_BAD_MAC, 4115: one code and one sentence for whatever does not open', async () => {
  const rows: Pick<Row, 'changes' | 'hand'>[] = [
    { changes: { key: Buffer.alloc(32) } },
    { changes: { parts: edited(3, () => '') } },
    { changes: { parts: edited(4, () => base64url(Buffer.alloc(16))) } },
    { changes: { parts: edited(2, () => base64url(Buffer.alloc(12, 0xff))) } },
    { changes: { parts: edited(0, header => base64url(` ${Buffer.from(header, 'base64url')}`)) } },
    { hand: { secret: deriveEndToEndKeys(kpsa.master, new Uint8Array(32)).messageConfidentiality } },
  ];
  const said = new Set<string>();
  for (const row of rows) {
    const lab = watched();
    const hand = new Hand(await randOf(lab), row.hand);
    const response = await lab.notify(contentOf(hand.object(row.changes)));
    demandRefusal(lab, response, 'ESPRIM_BAD_MAC', /./);
    said.add(debugIn(response));
  }
  assert.equal(said.size, 1);
});

test('ESPRIM_MISDIRECTED, 5210: what opens and is no request', async () => {
  const plaintexts = [
    JSON.stringify({ rsc: 2000, rqi: 'inner-1' }),
    JSON.stringify({ op: 9, to: 'x' }),
    '[]',
    'secret',
    '{"op":2,"op":3,"to":"secret"}',
    '',
  ];
  for (const plaintext of plaintexts) {
    const lab = watched();
    const hand = new Hand(await randOf(lab));
    for (const cty of [undefined, 'vnd.onem2m-preq+json']) {
      const response = await lab.notify(contentOf(hand.object({ header: { cty }, plaintext })));
      demandRefusal(lab, response, 'ESPRIM_MISDIRECTED', /no request primitive/);
    }
  }
});

test('ESPRIM_MISDIRECTED, 5210: an object that says it is a response (cty) is not opened for a request', async () => {
  await demand({
    what: '',
    code: 'ESPRIM_MISDIRECTED',
    words: /a response came where a request is due/,
    changes: { header: { cty: 'vnd.onem2m-prsp+json' } },
  });
});

test('a session has the algorithm and the random objects that it began with, whatever a later header says', async () => {
  const lab = watched({ protections: ['encryption', 'authentication'] });
  const hand = new Hand(await randOf(lab), { originatorRand: { espa: [10, 12] } });
  const first = await lab.notify(contentOf(hand.object()));
  assert.equal(first.responseStatusCode, 2000, debugIn(first));
  lab.dispatched.length = 0;
  lab.opened.length = 0;
  const later = (object: string) => lab.notify(contentOf(object));
  demandRefusal(
    lab,
    await later(hand.object({ header: { enc: 'A128GCM' } })),
    'ESPRIM_UNSUPPORTED_OPTION',
    /the session began with another algorithm/,
  );
  demandRefusal(
    lab,
    await later(hand.signed(messageAuthentication)),
    'ESPRIM_UNSUPPORTED_OPTION',
    /the session began with another algorithm/,
  );
  const oro = { ...hand.originatorRand, esrv: 'x0' };
  demandRefusal(
    lab,
    await later(hand.object({ header: { oro } })),
    'ESPRIM_UNKNOWN_ORIG_RAND_ID',
    /another originatorESPrimRandObject under an identifier in use/,
  );
  const second = await later(hand.object({ header: { oro: undefined } }));
  assert.equal(second.responseStatusCode, 2000, debugIn(second));
});

test('a session ends with its random objects', async () => {
  const lab = watched();
  const hand = new Hand(await randOf(lab), { originatorRand: { esrx: '20261122T120030' } });
  await lab.notify(contentOf(hand.object()));
  lab.clock.advance(29_999);
  const last = await lab.notify(contentOf(hand.object({ header: { oro: undefined } })));
  assert.equal(last.responseStatusCode, 2000, debugIn(last));
  lab.dispatched.length = 0;
  lab.opened.length = 0;
  lab.clock.advance(1);
  demandRefusal(
    lab,
    await lab.notify(contentOf(hand.object({ header: { oro: undefined } }))),
    'ESPRIM_UNKNOWN_ORIG_RAND_ID',
    /expired/,
  );
});
