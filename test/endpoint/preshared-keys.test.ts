// Pre-shared keys at an Endpoint: how they are looked up, what is told of those that are unknown, and that nobody is
// made to shake hands with himself.
import assert from 'node:assert/strict';
import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { Peers } from '../../src/certificates/trust.ts';
import { suiteByName } from '../../src/crypto/suites.ts';
import type { Endpoint } from '../../src/endpoint/endpoint.ts';
import { presharedKeyFromHex } from '../../src/endpoint/preshared-key.ts';
import type { PresharedKeys } from '../../src/endpoint/supplying.ts';
import { E2EKeyError } from '../../src/errors.ts';
import { Session } from '../../src/handshake/session.ts';
import { fatalAlertRecord } from '../../src/wire/alerts.ts';
import { beginWith, presharedKeys, presharedKinds, pskIdentity, pskPeer } from './kinds.ts';
import {
  cae1,
  complete,
  cseB,
  initiatingEndpoint,
  type LabOptions,
  lineToEndpoint,
  type Procedure,
  type ProcedureOptions,
  refusal,
  stores,
  terminatingEndpoint,
} from './lab.ts';
import { withFlippedEnd, withWrongFinished } from './refusals.ts';

const kind = presharedKinds[0] ?? assert.fail();
const terminatingWith = (t: Parameters<typeof terminatingEndpoint>[0], options: LabOptions) =>
  terminatingEndpoint(t, { ...kind.terminating, ...options });
const thirdOf = async (endpoint: Endpoint, procedure: Procedure) =>
  procedure.message3(await endpoint.answer(cae1, procedure.message1));

test('a pre-shared key may come later, at both ends', async t => {
  const later: PresharedKeys = async identity => {
    await new Promise(resolve => setImmediate(resolve));
    return presharedKeys(identity);
  };
  const terminating = terminatingWith(t, { presharedKey: later });
  const initiating = initiatingEndpoint(t, { ...kind.initiating, presharedKey: later });
  const key = await initiating.establish(cseB, lineToEndpoint(terminating));
  assert.equal((await terminating.key(key.id))?.entity, cae1);
});

const unusable: Readonly<Record<string, PresharedKeys>> = {
  'fails at once': () => {
    throw new Error('the PIN of the token is 4711');
  },
  'fails later': () => Promise.reject(new Error('the PIN of the token is 4711')),
  "fails with a peer's fault": () => {
    throw new E2EKeyError('PSK_UNKNOWN', 'the token said 4711');
  },
  ...Object.fromEntries(
    Object.entries({
      'a string': '4711',
      bytes: new Uint8Array(16),
      'nothing at all': undefined,
      'an empty key': createSecretKey(new Uint8Array()),
      'a key of 513 bytes': createSecretKey(new Uint8Array(513)),
      'a private key': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    }).flatMap(([what, answer]) => [
      [`gives ${what} at once`, () => answer as KeyObject],
      [`gives ${what} later`, async () => answer as KeyObject],
    ]),
  ),
};

for (const [how, find] of Object.entries(unusable)) {
  test(`a store of pre-shared keys that ${how} is STORE_FAILED, and the same message 3 succeeds later`, async t => {
    let works = false;
    const terminating = terminatingWith(t, {
      presharedKey: identity => (works ? presharedKeys(identity) : find(identity)),
    });
    const procedure = beginWith(kind);
    const message3 = await thirdOf(terminating, procedure);
    await assert.rejects(terminating.answer(cae1, message3), error => {
      assert.ok(error instanceof E2EKeyError && refusal('STORE_FAILED')(error));
      assert.deepEqual([error.rsc, error.blame], [5000, 'own']);
      assert.deepEqual(error.notice.record, fatalAlertRecord(80));
      assert.doesNotMatch(String(error), /4711/);
      return true;
    });
    assert.deepEqual(await terminating.keys(), []);
    works = true;
    procedure.finish(await terminating.answer(cae1, message3));
  });

  test(`a store of pre-shared keys that ${how} ends establish with STORE_FAILED`, async t => {
    const initiating = initiatingEndpoint(t, { ...kind.initiating, presharedKey: find });
    const line = lineToEndpoint(terminatingWith(t, {}));
    await assert.rejects(initiating.establish(cseB, line), refusal('STORE_FAILED'));
    assert.deepEqual(await initiating.keys(), []);
  });
}

test('a pre-shared key has 1 to 512 bytes (RFC 4279 §5.3 asks for 64)', async t => {
  for (const size of [1, 64, 512]) {
    const key = createSecretKey(new Uint8Array(size).fill(7));
    const terminating = terminatingWith(t, { presharedKey: () => key });
    await complete(terminating, beginWith(kind, { presharedKey: key }));
  }
});

test('a pre-shared key in a file is 1 to 512 bytes in hex, and of any other text nothing is repeated', () => {
  for (const size of [1, 64, 512])
    assert.equal(presharedKeyFromHex(`${'aB'.repeat(size)}\r\nrest`).symmetricKeySize, size);
  for (const text of ['', '4', '47g1', '4711 ', 'aB'.repeat(513)])
    assert.throws(
      () => presharedKeyFromHex(text),
      refusal('OPTION_INVALID', /^the first line is not 1 to 512 bytes in hex$/),
    );
});

test('a store of pre-shared keys that never answers is SIGNER_FAILED when the lease is over', async t => {
  let never = true;
  const terminating = terminatingWith(t, {
    times: { lease: 20 },
    presharedKey: identity => (never ? new Promise(() => undefined) : presharedKeys(identity)),
  });
  const procedure = beginWith(kind);
  const message3 = await thirdOf(terminating, procedure);
  await assert.rejects(
    terminating.answer(cae1, message3),
    refusal('SIGNER_FAILED', /store of pre-shared keys did not answer/),
  );
  never = false;
  procedure.finish(await terminating.answer(cae1, message3));
});

test('the deadline of establish holds for a store of pre-shared keys that never answers', async t => {
  const initiating = initiatingEndpoint(t, {
    ...kind.initiating,
    presharedKey: () => new Promise(() => undefined),
    times: { procedure: 100 },
  });
  const line = lineToEndpoint(terminatingWith(t, {}));
  await assert.rejects(initiating.establish(cseB, line), refusal('REQUEST_EXPIRED'));
});

test('without a pre-shared key of the peer establish says so, and sends no message 3', async t => {
  const initiating = initiatingEndpoint(t, { ...kind.initiating, presharedKey: () => null });
  const line = lineToEndpoint(terminatingWith(t, {}));
  await assert.rejects(
    initiating.establish(cseB, line),
    refusal('OPTION_INVALID', new RegExp(`no pre-shared key of the identity "${pskIdentity}"`)),
  );
  assert.deepEqual(
    line.deliveries.map(({ ordinal }) => ordinal),
    [1],
  );
});

const otherIdentity: ProcedureOptions = {
  peers: new Peers([{ ...pskPeer.cseB, pskIdentity: 'KpsaId-Cae9' }]),
};
const otherKey: ProcedureOptions = { presharedKey: createSecretKey(new Uint8Array(32)) };

for (const { name, terminating: options } of presharedKinds) {
  const suites = options.suites ?? [];
  /** What somebody with these options is told, and which identities were looked up for it. */
  const told = async (
    t: Parameters<typeof terminatingEndpoint>[0],
    forger: ProcedureOptions,
    hide: boolean,
  ) => {
    const asked: string[] = [];
    const terminating = terminatingEndpoint(t, {
      ...options,
      hideUnknownPskIdentities: hide,
      presharedKey: identity => {
        asked.push(identity);
        return presharedKeys(identity);
      },
    });
    const procedure = beginWith(kind, { ...forger, suites });
    const message3 = await thirdOf(terminating, procedure);
    try {
      await terminating.answer(cae1, message3);
    } catch (error) {
      assert.ok(error instanceof E2EKeyError);
      const { code, message, alert, rsc, notice } = error;
      return { told: { code, message, alert, rsc, notice }, asked };
    }
    return assert.fail('answered');
  };

  test(`${name}: an unknown identity is PSK_UNKNOWN with unknown_psk_identity (RFC 4279 §2)`, async t => {
    const { told: unknown } = await told(t, otherIdentity, false);
    assert.deepEqual([unknown.code, unknown.alert, unknown.rsc], ['PSK_UNKNOWN', 115, 4106]);
    assert.deepEqual(unknown.notice.record, fatalAlertRecord(115));
    const { told: wrong } = await told(t, otherKey, false);
    assert.deepEqual([wrong.code, wrong.alert], ['RECORD_UNAUTHENTIC', 20]);
  });

  test(`${name}: where unknown identities are hidden they are not told from a wrong key (RFC 4279 §2)`, async t => {
    const unknown = await told(t, otherIdentity, true);
    const wrong = await told(t, otherKey, true);
    assert.deepEqual(unknown.told, wrong.told);
    assert.deepEqual([wrong.told.code, wrong.told.alert, wrong.told.rsc], ['PSK_UNKNOWN', 51, 4106]);
    assert.deepEqual(wrong.told.notice.record, fatalAlertRecord(51));
    // Both were looked up: whoever measures the time learns no more.
    assert.deepEqual([unknown.asked, wrong.asked], [['KpsaId-Cae9'], [pskIdentity]]);
  });
}

test('whoever knows the key that stands for one that nobody has gets no key by it', async t => {
  const suites = [suiteByName('TLS_PSK_WITH_AES_128_GCM_SHA256') ?? assert.fail()];
  const terminating = terminatingEndpoint(t, {
    ...kind.terminating,
    suites,
    hideUnknownPskIdentities: true,
    random: size => new Uint8Array(size),
  });
  const procedure = beginWith(kind, { ...otherIdentity, ...otherKey, suites });
  const message3 = await thirdOf(terminating, procedure);
  await assert.rejects(
    terminating.answer(cae1, message3),
    refusal('INTERNAL', /message 3 did not lead to message 4/),
  );
  assert.deepEqual(await terminating.keys(), []);
});

test('establish learns from the alert alone that its identity or its key is not taken', async t => {
  const presharedKey = (identity: string) => presharedKeys(pskIdentity) ?? assert.fail(identity);
  for (const [hide, alert] of [
    [false, 115],
    [true, 51],
  ] as const) {
    const peers = [{ ...pskPeer.cseB, pskIdentity: 'KpsaId-Cae9' }];
    const initiating = initiatingEndpoint(t, { ...kind.initiating, peers, presharedKey });
    const line = lineToEndpoint(terminatingWith(t, { hideUnknownPskIdentities: hide }));
    await assert.rejects(initiating.establish(cseB, line), error => {
      assert.ok(error instanceof E2EKeyError && refusal('ALERT_RECEIVED')(error));
      assert.deepEqual([error.notice.alertReceived, error.notice.rscReceived], [alert, 4106]);
      return true;
    });
    assert.deepEqual(await initiating.keys(), []);
  }
});

test('a known identity whose key is not there is PSK_UNKNOWN, hidden or not', async t => {
  for (const [hide, alert] of [
    [false, 115],
    [true, 51],
  ] as const) {
    const terminating = terminatingWith(t, { presharedKey: () => null, hideUnknownPskIdentities: hide });
    const message3 = await thirdOf(terminating, beginWith(kind));
    await assert.rejects(terminating.answer(cae1, message3), { code: 'PSK_UNKNOWN', alert });
  }
});

for (const { name, terminating: options } of presharedKinds)
  for (const [storeName, makeStore] of Object.entries(stores))
    test(`${name}, ${storeName}: a message 3 that fails uses nothing up, and the honest one then succeeds`, async t => {
      const terminating = terminatingEndpoint(t, { ...options, store: makeStore(t)() });
      const procedure = beginWith(kind, { suites: options.suites ?? [] });
      const message2 = await terminating.answer(cae1, procedure.message1);
      const forged = [
        withFlippedEnd(procedure.message3(message2)),
        withWrongFinished(procedure, message2),
        procedure.message3(message2).subarray(0, -1),
      ];
      for (const bytes of forged) await assert.rejects(terminating.answer(cae1, bytes));
      assert.deepEqual(await terminating.keys(), []);
      const message3 = procedure.message3(message2);
      const message4 = await terminating.answer(cae1, message3);
      procedure.finish(message4);
      assert.deepEqual(await terminating.answer(cae1, message3), message4);
      // It was used up by that: another message 3 finds nothing. Without ephemeral key it may be the same one.
      const second = procedure.message3(message2);
      if (Buffer.compare(second, message3) !== 0)
        await assert.rejects(terminating.answer(cae1, second), refusal('PENDING_UNKNOWN'));
    });

test('of two processes that finish one handshake, the one that is not needed forgets its master secret', async t => {
  const open = (stores.memory ?? assert.fail())(t);
  const [one, other] = [terminatingWith(t, { store: open() }), terminatingWith(t, { store: open() })];
  const procedure = beginWith(kind);
  const message3 = await thirdOf(one, procedure);
  const closed = new Set<Session>();
  const { close } = Session.prototype;
  t.mock.method(Session.prototype, 'close', function (this: Session) {
    closed.add(this);
    close.call(this);
  });
  await Promise.all([one.answer(cae1, message3), other.answer(cae1, message3)]);
  assert.equal(closed.size, 2);
});

test('our own messages sent back to us are those of nobody (RFC 9257 §4.1)', async t => {
  // Cae1 holds a key with cse-b, in which cse-b is the terminating end-point.
  const endpoint = initiatingEndpoint(t, kind.initiating);
  for (const claimed of [cseB, undefined]) {
    const origin = { hop: 'mirror', ...(claimed && { claimed }) };
    const mirror = {
      deliver: async ({ message }: { message: Uint8Array }) => ({
        message: await endpoint.answer(origin, message),
        rsc: 2000,
        debug: null,
      }),
    };
    await assert.rejects(
      endpoint.establish(cseB, mirror),
      refusal('PEER_NOT_ALLOWED', /initiating end-point/),
    );
  }
  assert.deepEqual(await endpoint.keys(), []);
});
