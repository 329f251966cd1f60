// The misbehaving peer itself: untold it is right, in either role and with every kind of credential; and each step and
// each edit does what it says, as its records show. Without this, a refusal might have another reason than the one meant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suites } from '../../../src/crypto/suites.ts';
import type { MisbehavingPeerOptions } from '../../../src/testing/misbehaving/knowledge.ts';
import { MisbehavingPeer } from '../../../src/testing/misbehaving/peer.ts';
import {
  after,
  alert,
  altered,
  before,
  changeCipherSpec,
  changed,
  type Edit,
  followedBy,
  handshakeMessage,
  inOneRecord,
  inRecordsOf,
  instead,
  inTheClear,
  interrupted,
  otherKeys,
  record,
  recordOf,
  rewritten,
  type Step,
  sealed,
  splitAt,
  swapped,
  twice,
  undivided,
  unsaid,
  unsent,
  without,
  withVersion,
} from '../../../src/testing/misbehaving/steps.ts';
import { fatalAlertRecord } from '../../../src/wire/alerts.ts';
import { decode } from '../../../src/wire/codec.ts';
import { handshakeHeaderSize, message, messageName } from '../../../src/wire/messages.ts';
import { contentType } from '../../../src/wire/numbers.ts';
import { recordHeaderSize } from '../../../src/wire/records.ts';
import { allVariants, interopEnds, type KindVariant, kinds, pskIdentity } from '../../handshake/kinds.ts';
import {
  answer,
  begin,
  cae1,
  cseB,
  done,
  exported,
  goOn,
  initiatingEnd,
  labPresharedKey,
  message4Of,
  repeatable,
  sent,
  terminatingEnd,
} from '../../handshake/lab.ts';

const label = 'EXPORTER-oneM2M-ESCertKE';

/** The variants that have an order of the MAC of their own, beside one of each kind. */
const tried = [...new Set([...kinds, ...allVariants.filter(({ suite }) => suite.protection.kind === 'cbc')])];

for (const variant of tried) {
  test(`an untold initiating peer ends in the same key: ${variant.name}`, () => {
    const end = terminatingEnd({ suites: [variant.suite], ...variant.terminating });
    const peer = peerLike(variant, 'initiating');
    const turn2 = answer(end, peer.send());
    peer.receive(turn2.message);
    const turn4 = done(goOn(end, turn2.state, peer.send()));
    peer.receive(message4Of(turn4));
    assert.equal(peer.finished, 'right');
    assert.deepEqual(Buffer.from(peer.export(label, 48)), exported(turn4.session));
  });

  test(`an untold terminating peer ends in the same key: ${variant.name}`, () => {
    const end = initiatingEnd({ suites: [variant.suite], ...variant.initiating });
    const peer = peerLike(variant, 'terminating');
    const turn1 = begin(end, variant);
    peer.receive(turn1.message);
    const turn3 = sent(goOn(end, turn1.state, peer.send()));
    peer.receive(turn3.message);
    assert.equal(peer.finished, 'right');
    const { session } = done(goOn(end, turn3.state, peer.send()));
    assert.deepEqual(Buffer.from(peer.export(label, 48)), exported(session));
  });
}

test('what it says is the flight of RFC 5246 §7.3, a message a record', () => {
  const { peer } = beforeMessage3();
  assert.deepEqual(peer.honest, ['Certificate', 'ClientKeyExchange', 'CertificateVerify', ...finish]);
  assert.deepEqual(shown(peer.send()), [
    'Certificate',
    'ClientKeyExchange',
    'CertificateVerify',
    'ChangeCipherSpec',
    'protected handshake',
  ]);
});

test('what comes is told by name, in pieces of any size, and nothing of it is judged', () => {
  const end = terminatingEnd();
  const peer = new MisbehavingPeer({ role: 'initiating', credential: cae1 });
  const { message: message2 } = answer(end, peer.send());
  for (const byte of message2) peer.receive(Uint8Array.of(byte));
  peer.receive(shownRecord(24, 1));
  peer.receive(shownRecord(contentType.applicationData, 1));
  peer.receive(shownRecord(contentType.alert, 1, 112));
  assert.deepEqual(peer.alert, { level: 'warning', name: 'unrecognized_name' });
  peer.receive(fatalAlertRecord(40));
  peer.receive(fatalAlertRecord(50));
  assert.deepEqual(peer.alert, { level: 'fatal', name: 'handshake_failure' });
  assert.deepEqual(peer.received, [
    'ServerHello',
    'Certificate',
    'ServerKeyExchange',
    'CertificateRequest',
    'ServerHelloDone',
    'a record of type 24',
    'application data',
    'alert',
    'alert',
    'alert',
  ]);
  assert.equal(peer.finished, null);
});

test('a Finished that is wrong for what was said is told, and so is a record that does not open', () => {
  for (const [damage, finished, last] of [
    [instead('ClientKeyExchange', 'ClientKeyExchange', unsent('ServerHelloDone')), null, 'alert'],
    [(steps: readonly Step[]) => steps, 'right', 'Finished'],
  ] as const) {
    const { peer, end, state } = beforeMessage3();
    const flight = peer.send(damage);
    let reply: Uint8Array;
    try {
      reply = message4Of(done(goOn(end, state, flight)));
    } catch {
      reply = fatalAlertRecord(51);
    }
    peer.receive(reply);
    assert.equal(peer.finished, finished);
    assert.equal(peer.received.at(-1), last);
  }
  const { peer, end, state } = beforeMessage3();
  const message4 = Uint8Array.from(message4Of(done(goOn(end, state, peer.send()))));
  peer.receive(message4.with(-1, (message4.at(-1) ?? 0) ^ 1));
  assert.equal(peer.received.at(-1), 'a record that does not open');
  assert.equal(peer.finished, null);
});

const finish = ['ChangeCipherSpec', 'Finished'] as const;

const edits: readonly { does: string; edit: Edit; shows: readonly string[] }[] = [
  {
    does: 'without leaves out',
    edit: without('Certificate', ...finish),
    shows: ['ClientKeyExchange', 'CertificateVerify'],
  },
  {
    does: 'instead puts others in the place of one',
    edit: only(
      ['Certificate', 'ClientKeyExchange'],
      instead('Certificate', 'HelloRequest', 'ServerHelloDone'),
    ),
    shows: ['HelloRequest', 'ServerHelloDone', 'ClientKeyExchange'],
  },
  {
    does: 'twice repeats',
    edit: only(['Certificate'], twice('Certificate')),
    shows: ['Certificate', 'Certificate'],
  },
  {
    does: 'before and after put next to it',
    edit: only(['Certificate'], steps =>
      after('Certificate', 'ServerHelloDone')(before('Certificate', 'HelloRequest')(steps)),
    ),
    shows: ['HelloRequest', 'Certificate', 'ServerHelloDone'],
  },
  {
    does: 'swapped exchanges',
    edit: only(['Certificate', 'ClientKeyExchange'], swapped('Certificate', 'ClientKeyExchange')),
    shows: ['ClientKeyExchange', 'Certificate'],
  },
  {
    does: 'followedBy stands behind the flight, under its keys',
    edit: followedBy(alert(1, 0)),
    shows: [
      'Certificate',
      'ClientKeyExchange',
      'CertificateVerify',
      'ChangeCipherSpec',
      'protected handshake',
      'protected alert',
    ],
  },
  { does: 'unsent sends nothing', edit: only([unsent('Certificate')]), shows: [] },
  { does: 'unsaid sends', edit: only([unsaid('Certificate')]), shows: ['Certificate'] },
  {
    does: 'a key change protects what follows, if it changes the keys',
    edit: only([
      changeCipherSpec({ changesKeys: false }),
      'HelloRequest',
      'ChangeCipherSpec',
      'HelloRequest',
      inTheClear('HelloRequest'),
    ]),
    shows: ['ChangeCipherSpec', 'HelloRequest', 'ChangeCipherSpec', 'protected handshake', 'HelloRequest'],
  },
  {
    does: 'sealed protects before the keys change',
    edit: only([sealed('HelloRequest'), 'HelloRequest']),
    shows: ['protected handshake', 'HelloRequest'],
  },
  { does: 'otherKeys sends nothing', edit: only([otherKeys()]), shows: [] },
];

for (const { does, edit, shows } of edits)
  test(`an edit of a flight: ${does}`, () => {
    assert.deepEqual(shown(beforeMessage3().peer.send(edit)), shows);
  });

const helloRequest = '00000000';

/** What a step is on the wire, records apart by spaces. */
const onTheWire: readonly { does: string; step: Step; hex: string }[] = [
  { does: 'a message is named', step: 'HelloRequest', hex: `1603030004${helloRequest}` },
  { does: 'ChangeCipherSpec is named', step: 'ChangeCipherSpec', hex: '140303000101' },
  {
    does: 'changeCipherSpec has another body',
    step: changeCipherSpec({ body: Uint8Array.of(2, 3) }),
    hex: '14030300020203',
  },
  { does: 'alert has level and description', step: alert(2, 40), hex: '15030300020228' },
  { does: 'record has any type', step: record(24, Uint8Array.of(7)), hex: '180303000107' },
  {
    does: 'handshakeMessage has type and body',
    step: handshakeMessage(99, Uint8Array.of(7)),
    hex: '16030300056300000107',
  },
  { does: 'withVersion', step: withVersion(0x0301, 'HelloRequest'), hex: `1603010004${helloRequest}` },
  {
    does: 'altered changes header and all',
    step: altered('HelloRequest', bytes => bytes.subarray(0, 3)),
    hex: '160303',
  },
  {
    does: 'recordOf changes the content',
    step: recordOf('HelloRequest', bytes => bytes.subarray(1)),
    hex: '1603030003000000',
  },
  { does: 'splitAt', step: splitAt(1, 'HelloRequest'), hex: '160303000100 1603030003000000' },
  { does: 'inRecordsOf', step: inRecordsOf(3, 'HelloRequest'), hex: '1603030003000000 160303000100' },
  {
    does: 'inOneRecord',
    step: inOneRecord('HelloRequest', 'ServerHelloDone'),
    hex: `1603030008${helloRequest}0e000000`,
  },
  {
    does: 'splitAt the end, behind which there is nothing',
    step: splitAt(4, 'HelloRequest'),
    hex: `1603030004${helloRequest} 1603030000`,
  },
  {
    does: 'splitAt beyond the end, which is one record',
    step: splitAt(5, 'HelloRequest'),
    hex: `1603030004${helloRequest}`,
  },
  {
    does: 'interrupted',
    step: interrupted('HelloRequest', 1, alert(1, 0)),
    hex: '160303000100 15030300020100 1603030003000000',
  },
  {
    does: 'changed is encoded again',
    step: changed(message.certificate, () => ({ certificates: [Uint8Array.of(7)] })),
    hex: '160303000b0b00000700000400000107',
  },
  {
    does: 'rewritten is bytes',
    step: rewritten('HelloRequest', bytes => Buffer.concat([bytes, Buffer.of(7)])),
    hex: `1603030005${helloRequest}07`,
  },
];

for (const { does, step, hex } of onTheWire)
  test(`a step on the wire: ${does}`, () => {
    const peer = new MisbehavingPeer({ role: 'initiating' });
    assert.equal(Buffer.from(peer.say(step)).toString('hex'), hex.replaceAll(' ', ''));
  });

test('a message of more than 2^14 bytes travels in several records, unless it is not to be divided', () => {
  const long = handshakeMessage(99, new Uint8Array(2 ** 14));
  const sizes = (step: Step) =>
    recordsOf(new MisbehavingPeer({ role: 'initiating' }).say(step)).map(
      ({ length }) => length - recordHeaderSize,
    );
  assert.deepEqual(sizes(long), [2 ** 14, 4]);
  assert.deepEqual(sizes(undivided(long)), [2 ** 14 + 4]);
});

test('an edit of a step that the flight has not is a RangeError that names it: the flight would be honest', () => {
  const { peer } = beforeMessage3();
  const sentence =
    /^RangeError: ServerHelloDone is no step of this flight, which is Certificate, ClientKeyExchange, CertificateVerify, ChangeCipherSpec, Finished$/;
  for (const edit of [
    without('ServerHelloDone'),
    without('Finished', 'ServerHelloDone'),
    twice('ServerHelloDone'),
    instead('ServerHelloDone', 'Finished'),
    before('ServerHelloDone', 'Finished'),
    after('ServerHelloDone', 'Finished'),
    swapped('ServerHelloDone', 'Finished'),
    swapped('Finished', 'ServerHelloDone'),
  ])
    assert.throws(() => peer.copy().send(edit), sentence);
  assert.throws(
    () => peer.copy().send(without(alert(1, 0))),
    /^RangeError: a step made by a function is no step/,
  );
});

test('an argument that has no room in its field is a RangeError that names it', () => {
  const wrong: readonly [() => unknown, RegExp][] = [
    [() => record(256, Uint8Array.of(0)), /^RangeError: type: 256 is no whole number from 0 to 255$/],
    [() => record(-1, Uint8Array.of(0)), /^RangeError: type: -1/],
    [() => record(22, new Uint8Array(65_536)), /^RangeError: fragment\.length: 65536/],
    [() => alert(256, 0), /^RangeError: level: 256/],
    [() => alert(1, 1.5), /^RangeError: description: 1\.5/],
    [() => withVersion(0x10000, 'Finished'), /^RangeError: version: 65536/],
    [() => handshakeMessage(256, new Uint8Array()), /^RangeError: type: 256/],
    [() => handshakeMessage(1, new Uint8Array(2 ** 24)), /^RangeError: body\.length: 16777216/],
    [() => inRecordsOf(0, 'Finished'), /^RangeError: size: 0 is no whole number from 1 to 65535$/],
    [() => splitAt(-1, 'Finished'), /^RangeError: size: -1/],
    [() => interrupted('Finished', -1, 'Finished'), /^RangeError: size: -1/],
  ];
  for (const [make, sentence] of wrong) assert.throws(make, sentence);
});

test('a step that cannot be said is a RangeError that tells why', () => {
  const wrong: readonly [Step, RegExp][] = [
    [
      'Nope' as Step,
      /^RangeError: Nope is no step: there are HelloRequest, .*Finished and ChangeCipherSpec$/,
    ],
    ['toString' as Step, /^RangeError: toString is no step/],
    [rewritten('Nope' as 'Finished', same), /^RangeError: Nope is no step/],
    [
      inOneRecord('HelloRequest', 'ChangeCipherSpec'),
      /^RangeError: inOneRecord: ChangeCipherSpec has a record/,
    ],
    [inOneRecord(alert(1, 0)), /^RangeError: inOneRecord: a step made by a function has a record of type 21/],
    [
      interrupted('HelloRequest', 5, 'HelloRequest'),
      /^RangeError: interrupted: HelloRequest has not 5 bytes$/,
    ],
    [undivided(handshakeMessage(99, new Uint8Array(65_532))), /^RangeError: a record of 65536 bytes/],
    [
      changeCipherSpec({ body: new Uint8Array(65_536) }),
      /^RangeError: a record of 65536 bytes: its length has room for 65535$/,
    ],
  ];
  for (const [step, sentence] of wrong)
    assert.throws(() => new MisbehavingPeer({ role: 'initiating' }).say(step), sentence);
  const { peer } = beforeMessage3();
  peer.send();
  assert.throws(
    () => peer.say(record(23, new Uint8Array(2 ** 14 + 1))),
    /^RangeError: a fragment of 16385 bytes/,
  );
});

test('what is said and what is sent count apart: Finished is over what was said (RFC 5246 §7.4.9)', () => {
  const flightOf = (edit: Edit) => {
    const { peer, end, state } = beforeMessage3();
    return () => goOn(end, state, peer.send(edit));
  };
  // In no transcript, so it may be said unsent.
  assert.equal(flightOf(before('Finished', unsent('HelloRequest')))().kind, 'done');
  assert.throws(flightOf(before('Finished', unsent('ServerHelloDone'))), /Finished does not match/);
  assert.throws(
    flightOf(instead('CertificateVerify', unsaid('CertificateVerify'))),
    /Finished does not match/,
  );
});

test('other keys open nothing, and those of the other side do not either', () => {
  for (const edit of [
    before('ChangeCipherSpec', otherKeys()),
    instead('Finished', sealed('Finished', { by: 'them' })),
    instead('Finished', sealed('Finished', { sequence: 1 })),
  ]) {
    const { peer, end, state } = beforeMessage3();
    assert.throws(() => goOn(end, state, peer.send(edit)), /does not open/);
  }
  const { peer, end, state } = beforeMessage3();
  assert.equal(goOn(end, state, peer.send(instead('Finished', sealed('Finished')))).kind, 'done');
});

test('what is received is bytes', () => {
  const peer = new MisbehavingPeer({ role: 'initiating' });
  assert.throws(() => peer.receive('abc' as unknown as Uint8Array), /^TypeError: receive takes bytes/);
});

test('behind a handshake message of more than 64 KiB by its length no other is read, and alerts are', () => {
  const peer = new MisbehavingPeer({ role: 'initiating' });
  peer.receive(shownRecord(contentType.handshake, 0, 0, 0xff, 0xfc));
  peer.receive(recordOfZeros(0xfffc));
  assert.deepEqual(peer.received, ['HelloRequest']);
  peer.receive(shownRecord(contentType.handshake, 0, 0, 0xff, 0xfd));
  peer.receive(shownRecord(contentType.handshake, 0, 0, 0, 0));
  peer.receive(fatalAlertRecord(40));
  assert.deepEqual(peer.received, ['HelloRequest', 'a handshake message of more than 64 KiB', 'alert']);
  assert.equal(peer.alert?.name, 'handshake_failure');
});

test('of what comes 4096 names are kept, and an alert behind them is read', () => {
  const peer = new MisbehavingPeer({ role: 'initiating' });
  const messages = Buffer.from('00000000'.repeat(4095), 'hex');
  peer.receive(Buffer.concat([Buffer.of(22, 3, 3, messages.length >> 8, messages.length & 0xff), messages]));
  for (const type of [24, 25]) peer.receive(shownRecord(type, 0));
  peer.receive(shownRecord(contentType.handshake, 0, 0, 0, 0));
  assert.deepEqual([peer.received.length, peer.received.at(-1)], [4096, 'a record of type 24']);
  peer.receive(fatalAlertRecord(40));
  assert.deepEqual([peer.received.length, peer.alert?.name], [4096, 'handshake_failure']);
});

test('a copy has what came in part, and does not share it', () => {
  const peer = new MisbehavingPeer({ role: 'initiating' });
  peer.receive(shownRecord(contentType.handshake, 0, 0));
  peer.receive(Uint8Array.of(contentType.handshake, 3));
  const copy = peer.copy();
  copy.receive(Uint8Array.of(3, 0, 2, 0, 0));
  assert.deepEqual([peer.received, copy.received], [[], ['HelloRequest']]);
  peer.receive(Uint8Array.of(3, 0, 2, 0, 1));
  peer.receive(shownRecord(contentType.handshake, 7));
  assert.deepEqual([peer.received, copy.received], [['HelloRequest'], ['HelloRequest']]);
});

test('a terminating peer has the suites that the key of its credential authenticates (RFC 8422 §2)', () => {
  const { own: rsa } = interopEnds('rsa2048', 'rsa_pss_rsae_sha256').terminating;
  assert.ok(rsa);
  const { message: offer } = begin(initiatingEnd({ suites }), { encryptThenMac: false });
  for (const [credential, first] of [
    [rsa, 0xc02f],
    [cseB, 0xc02b],
  ] as const) {
    const peer = new MisbehavingPeer({ role: 'terminating', credential: { type: 'x509', ...credential } });
    peer.receive(offer);
    const hello = Buffer.from(peer.say('ServerHello')).subarray(recordHeaderSize + handshakeHeaderSize);
    assert.equal(decode(message.serverHello.body, hello).cipherSuite, first);
  }
  const ecdsa = ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'];
  assert.throws(
    () => new MisbehavingPeer({ role: 'terminating', credential: { type: 'x509', ...rsa }, suites: ecdsa }),
    /^RangeError: suites: none of them/,
  );
  // Who initiates signs CertificateVerify, which no suite is about; who has nothing signs nothing.
  assert.ok(new MisbehavingPeer({ role: 'initiating', credential: { type: 'x509', ...rsa }, suites: ecdsa }));
  assert.ok(new MisbehavingPeer({ role: 'terminating', suites: ecdsa }));
});

test('a copy knows the same and goes its own way', () => {
  const { peer, end, state } = beforeMessage3();
  const copy = peer.copy();
  copy.say('Certificate', 'ChangeCipherSpec');
  copy.receive(fatalAlertRecord(40));
  assert.deepEqual([peer.alert, copy.alert?.name], [null, 'handshake_failure']);
  assert.deepEqual(copy.received.slice(0, -1), peer.received);
  const again = peer.copy();
  for (const each of [peer, again]) {
    const turn4 = done(goOn(end, state, each.send()));
    each.receive(message4Of(turn4));
    assert.equal(each.finished, 'right');
    assert.deepEqual(Buffer.from(each.export(label, 48)), exported(turn4.session));
  }
});

test('options that do not fit are a RangeError that names the option', () => {
  const wrong: readonly [Partial<MisbehavingPeerOptions>, RegExp][] = [
    [{ role: 'x' as 'initiating' }, /^RangeError: role: x is neither initiating nor terminating$/],
    [{ suites: ['TLS_NOT_THERE'] }, /^RangeError: suites: has no TLS_NOT_THERE$/],
    [{ suites: ['TLS_PSK_WITH_AES_128_GCM_SHA256'] }, /^RangeError: suites: none of them/],
    [{ suites: [] }, /^RangeError: suites: none of them/],
    [{ credential: { ...cae1, chain: [] } }, /^RangeError: credential\.chain: holds no certificate/],
    [{ credential: { ...cae1, chain: 'no PEM' } }, /^RangeError: credential\.chain: holds no certificate/],
    [{ credential: { ...cae1, key: 'no PEM' } }, /^RangeError: credential\.key: is no private key in PEM$/],
    [{ group: 'sect163k1' }, /^RangeError: group: is not known$/],
    [
      { presharedKey: { identity: 'a', key: labPresharedKey }, suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM'] },
      /^RangeError: suites: none of them/,
    ],
  ];
  for (const [options, sentence] of wrong)
    assert.throws(() => new MisbehavingPeer({ role: 'initiating', ...options }), sentence);
  assert.throws(
    () => new MisbehavingPeer({ role: 'initiating' }).say(changed({ ...message.finished, type: 99 }, same)),
    /^RangeError: handshake message 99/,
  );
  assert.throws(
    () => new MisbehavingPeer({ role: 'initiating' }).export('master secret', 48),
    /^RangeError: the label "master secret"/,
  );
});

/** What the variant's end-point of this role is, as a misbehaving peer. */
function peerLike(
  { suite, group, encryptThenMac, initiating, terminating }: KindVariant,
  role: 'initiating' | 'terminating',
): MisbehavingPeer {
  const [ours, theirs] = role === 'initiating' ? [initiating, terminating] : [terminating, initiating];
  const { own = role === 'initiating' ? cae1 : cseB } = ours;
  return new MisbehavingPeer({
    role,
    ...(own === null
      ? { presharedKey: { identity: pskIdentity, key: labPresharedKey } }
      : { credential: { type: 'x509', ...own } }),
    peerType: theirs.own?.type ?? 'x509',
    suites: [suite.name],
    ...(group && { group: group.name }),
    encryptThenMac,
    random: repeatable(`misbehaving ${role}`),
  });
}

/** An initiating peer that has got message 2, and the end-point that waits for its message 3. */
function beforeMessage3() {
  const end = terminatingEnd();
  const peer = new MisbehavingPeer({
    role: 'initiating',
    credential: cae1,
    random: repeatable('misbehaving initiating'),
  });
  const { message: message2, state } = answer(end, peer.send());
  peer.receive(message2);
  return { peer, end, state };
}

/** These steps in the place of the flight, edited. */
function only(steps: readonly Step[], edit: Edit = same): Edit {
  return () => edit(steps);
}

function recordsOf(flight: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let rest = Buffer.from(flight); rest.length > 0; ) {
    const size = recordHeaderSize + rest.readUInt16BE(3);
    records.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return records;
}

/** A handshake record whose length is not that of its message holds another thing: it is protected. */
function shown(flight: Uint8Array): string[] {
  return recordsOf(flight).map(([type, , , , , first = 0, high = 0, middle = 0, low = 0, ...rest]) => {
    if (type === contentType.changeCipherSpec) return 'ChangeCipherSpec';
    if (type === contentType.alert) return rest.length === 0 ? 'alert' : 'protected alert';
    return high * 65536 + middle * 256 + low === rest.length ? messageName(first) : 'protected handshake';
  });
}

function shownRecord(type: number, ...content: number[]): Uint8Array {
  return Buffer.of(type, 3, 3, 0, content.length, ...content);
}

/** One record in the clear, of so many bytes. */
function recordOfZeros(size: number): Uint8Array {
  return Buffer.concat([
    Buffer.of(contentType.handshake, 3, 3, size >> 8, size & 0xff),
    new Uint8Array(size),
  ]);
}

function same<T>(value: T): T {
  return value;
}
