// A newer list revokes the keys that were made with what it names, at both ends, and tells of each.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { PeerEntry } from '../../src/certificates/trust.ts';
import { KeyRing } from '../../src/endpoint/key-ring.ts';
import type { RevocationEvent } from '../../src/endpoint/revocation-event.ts';
import type { KeyRow } from '../../src/endpoint/store.ts';
import { memory } from '../../src/endpoint/stores.ts';
import { makeCrl } from '../../src/testing/status-maker.ts';
import {
  begin,
  cae1,
  complete,
  cseB,
  fixedClock,
  initiatingEndpoint,
  lineToEndpoint,
  onlyKey,
  peer,
  refusal,
  stores,
} from './lab.ts';
import {
  beginning,
  day,
  hour,
  intermediate,
  issuers,
  later,
  list,
  names,
  refreshedEndpoint,
  root,
  serialOf,
  statusServer,
  unclosed,
} from './revocation-lab.ts';

const nextList = (revoked: readonly string[], but = {}) =>
  list(8, revoked, { thisUpdate: later(hour), nextUpdate: later(3 * day), ...but });
const nothing = new Uint8Array(0);

for (const [kind, openStore] of Object.entries(stores))
  test(`${kind}: a list that names a peer's certificate revokes the keys with it, at both ends`, async t => {
    const clock = fixedClock();
    const stored = [openStore(t)(), openStore(t)()] as const;
    const servers = [statusServer(list(7)), statusServer(list(7))] as const;
    const told: RevocationEvent[] = [];
    const initiating = initiatingEndpoint(t, {
      clock,
      store: stored[0],
      revocation: {
        background: false,
        issuers,
        fetch: servers[0].fetch,
        onEvent: event => void told.push(event),
      },
    });
    const { endpoint: terminating, events } = refreshedEndpoint(
      t,
      { issuers, fetch: servers[1].fetch },
      { clock, store: stored[1] },
    );
    await Promise.all([initiating.refreshRevocation(), terminating.refreshRevocation()]);
    const { id } = await initiating.establish(cseB, lineToEndpoint(terminating));
    assert.deepEqual([told, events].map(names), [['list refreshed'], ['list refreshed']]);

    // Each learns of the other one's certificate.
    servers[0].put(nextList(['cse-b']));
    servers[1].put(nextList(['cae1']));
    clock.advance(18 * hour);
    await Promise.all([initiating.refreshRevocation(), terminating.refreshRevocation()]);
    for (const [entity, name, heard] of [
      [cseB, 'cse-b', told],
      [cae1, 'cae1', events],
    ] as const)
      assert.deepEqual(heard.at(-1), {
        event: 'key revoked',
        keyId: id,
        entity,
        reason: 'crl',
        issuer: 'CN=e2ekey test intermediate',
        serial: serialOf(name),
        crlNumber: '08',
        time: later(18 * hour),
      });
    for (const [endpoint, at, { store }] of [
      [initiating, initiating.id, stored[0]],
      [terminating, cseB, stored[1]],
    ] as const) {
      const key = await endpoint.key(id);
      assert.deepEqual([key?.state, key?.secret], ['revoked', null]);
      assert.deepEqual((await store.key(at, id))?.sealed, nothing);
      assert.equal((await endpoint.keyStatus({ id }))?.state, 'revoked');
    }
    assert.equal(await initiating.activeKey(cseB), null);
    assert.equal(await terminating.confirm(id), false);
    // Once, and a new handshake is refused.
    const [before] = [events.length];
    await terminating.refreshRevocation();
    assert.equal(events.length, before);
    await assert.rejects(complete(terminating), refusal('CERTIFICATE_REVOKED'));
  });

test('keys in every live state are revoked, page after page, and no others', async t => {
  const clock = fixedClock();
  const sealed = memory();
  const server = statusServer(list(7));
  const { endpoint, events } = refreshedEndpoint(
    t,
    { issuers, fetch: server.fetch },
    { clock, store: sealed },
  );
  await endpoint.refreshRevocation();
  await complete(endpoint);
  const { id } = await onlyKey(endpoint);
  const row = await rowOf(sealed.store.key(cseB, id));
  const states = ['unconfirmed', 'active', 'superseded', 'revoked', 'expired'] as const;
  for (let n = 0; n < 1000; n++) {
    const state = states[n % states.length] ?? 'active';
    await sealed.store.putKey({ ...row, id: n.toString(16).toUpperCase().padStart(32, '0'), state });
  }
  server.put(nextList(['cae1']));
  clock.advance(18 * hour);
  await endpoint.refreshRevocation();
  assert.equal(names(events).filter(name => name === 'key revoked').length, 601);
  for (const state of ['unconfirmed', 'active', 'superseded'] as const)
    assert.deepEqual(await sealed.store.keys(cseB, { limit: 9, state }), []);
  assert.equal((await sealed.store.keys(cseB, { limit: 2000, state: 'expired' })).length, 200);
});

test('a list that names an authority above the peer revokes the keys, too', async t => {
  const clock = fixedClock();
  const above = { issuer: root, number: 3, thisUpdate: beginning, nextUpdate: later(day) };
  const server = statusServer(makeCrl(above));
  const { endpoint } = refreshedEndpoint(
    t,
    { issuers: [{ certificate: root.der, url: 'http://ca.example/root.crl' }], fetch: server.fetch },
    { clock },
  );
  await endpoint.refreshRevocation();
  await complete(endpoint);
  server.put(makeCrl({ ...above, number: 4, thisUpdate: later(hour), entries: [{ serial: intermediate }] }));
  clock.advance(18 * hour);
  const [, revoked] = await endpoint.refreshRevocation();
  assert.ok(revoked?.event === 'key revoked');
  assert.deepEqual([revoked.issuer, revoked.serial], ['CN=e2ekey test root', serialOf('intermediate')]);
});

test('a certificate on hold revokes its keys, and none comes back when it is released', async t => {
  const clock = fixedClock();
  const server = statusServer(list(7));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock });
  await endpoint.refreshRevocation();
  await complete(endpoint);
  const { id } = await onlyKey(endpoint);
  server.put(nextList([], { entries: [{ serial: serialOf('cae1'), reason: 'certificateHold' }] }));
  clock.advance(18 * hour);
  await endpoint.refreshRevocation();
  assert.equal((await endpoint.key(id))?.state, 'revoked');
  server.put(list(9, [], { thisUpdate: later(18 * hour), nextUpdate: later(4 * day) }));
  clock.advance(18 * hour);
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
  assert.equal((await endpoint.key(id))?.state, 'revoked');
});

test('the same serial number of another issuer revokes nothing', async t => {
  const clock = fixedClock();
  const { endpoint, events } = refreshedEndpoint(
    t,
    {
      issuers: [
        {
          certificate: root.der,
          crls: [makeCrl({ issuer: root, nextUpdate: later(day), entries: [{ serial: serialOf('cae1') }] })],
        },
      ],
    },
    { clock },
  );
  await complete(endpoint);
  await endpoint.refreshRevocation();
  assert.equal((await onlyKey(endpoint)).state, 'unconfirmed');
  assert.deepEqual(events, []);
});

for (const [name, peers, isRevoked] of [
  ['whose entry looks at nothing stay', [{ ...peer.cae1, revocation: 'off' }], false],
  ['whose entry is for everybody and looks at nothing stay', [{ ...peer.everyAe, revocation: 'off' }], false],
  [
    'whose own entry looks go, whatever that for everybody says',
    [peer.cae1, { ...peer.everyAe, revocation: 'off' }],
    true,
  ],
  ['who have no entry any more go', [{ ...peer.cae2, revocation: 'off' }], true],
] as const satisfies readonly (readonly [string, readonly PeerEntry[], boolean])[])
  test(`keys with peers ${name}`, async t => {
    const sealed = memory();
    const store = { ...sealed, store: unclosed(sealed.store) };
    const first = refreshedEndpoint(t, {}, { store });
    await complete(first.endpoint);
    const { id } = await onlyKey(first.endpoint);
    const { endpoint } = refreshedEndpoint(
      t,
      { issuers: [{ certificate: intermediate.der, crls: [list(8, ['cae1'])] }] },
      { peers, store },
    );
    assert.equal((await endpoint.keyStatus({ id }))?.state, isRevoked ? 'revoked' : 'unconfirmed');
  });

test('a key is not found at the start before those are revoked that a list names', async t => {
  const sealed = memory();
  const first = refreshedEndpoint(t, {}, { store: { ...sealed, store: unclosed(sealed.store) } });
  const { id } = await complete(first.endpoint);
  for (const look of ['key', 'activeKey', 'keyStatus', 'keyBySeparatedId', 'keys', 'confirm'] as const) {
    const { endpoint, events } = refreshedEndpoint(
      t,
      { issuers: [{ certificate: intermediate.der, crls: [list(8, ['cae1'])] }] },
      { store: await copyOf(sealed.store.key(cseB, id), sealed.sealer) },
    );
    switch (look) {
      case 'key':
        assert.equal((await endpoint.key(id))?.secret, null);
        break;
      case 'activeKey':
        assert.equal(await endpoint.activeKey(cae1), null);
        break;
      case 'keyStatus':
        assert.equal((await endpoint.keyStatus({ id }))?.state, 'revoked');
        break;
      case 'keyBySeparatedId': {
        const { separatedId } = await rowOf(sealed.store.key(cseB, id));
        assert.equal((await endpoint.keyBySeparatedId(separatedId))?.secret, null);
        break;
      }
      case 'keys':
        assert.deepEqual(
          (await endpoint.keys()).map(({ secret }) => secret),
          [null],
        );
        break;
      case 'confirm':
        assert.equal(await endpoint.confirm(id), false);
        break;
    }
    assert.deepEqual(names(events), ['key revoked']);
  }
});

test('a key that was stored before there were paths is left alone', async t => {
  const sealed = memory();
  const first = refreshedEndpoint(t, {}, { store: { ...sealed, store: unclosed(sealed.store) } });
  const { id } = await complete(first.endpoint);
  const row = await rowOf(sealed.store.key(cseB, id));
  const { path: _, ...details } = JSON.parse(row.details) as { path: unknown };
  const older = memory();
  await older.store.putKey({ ...row, details: JSON.stringify(details) });
  for await (const key of new KeyRing(cseB, older).live())
    assert.deepEqual(key, { id, entity: cae1, path: [] });
  const { endpoint } = refreshedEndpoint(
    t,
    { issuers: [{ certificate: intermediate.der, crls: [list(8, ['cae1'])] }] },
    { store: { store: older.store, sealer: sealed.sealer } },
  );
  assert.equal((await endpoint.keyStatus({ id }))?.state, 'unconfirmed');
});

for (const [role, write, moment] of [
  ['terminating', 'complete', 'while'],
  ['initiating', 'putKey', 'while'],
  ['terminating', 'complete', 'just before'],
  ['initiating', 'activateKey', 'just before'],
] as const)
  test(`${role}: a key that was made ${moment} the list came is revoked, and nobody is told that there is one`, async t => {
    const clock = fixedClock();
    const keys: string[] = [];
    const onKey = ({ id }: { id: string }) => void keys.push(id);
    const servers = { initiating: statusServer(list(7)), terminating: statusServer(list(7)) };
    // What a slow store does: the list comes between the judgement and the writing of the key, or between that and the
    // last look, and has revoked the key by then.
    const sealed = memory();
    const late = { store: sealed.store, sealer: sealed.sealer };
    const revocation = (fetch: typeof servers.initiating.fetch) => ({ background: false, issuers, fetch });
    const initiating = initiatingEndpoint(t, {
      clock,
      revocation: revocation(servers.initiating.fetch),
      ...(role === 'initiating' && { onKey, store: late }),
    });
    const { endpoint: terminating } = refreshedEndpoint(
      t,
      revocation(servers.terminating.fetch),
      role === 'terminating' ? { clock, onKey, store: late } : { clock },
    );
    const endpoint = { initiating, terminating }[role];
    await Promise.all([initiating.refreshRevocation(), terminating.refreshRevocation()]);
    servers[role].put(nextList([role === 'initiating' ? 'cse-b' : 'cae1']));
    const original = sealed.store[write].bind(sealed.store) as (...given: unknown[]) => Promise<never>;
    let isFirst = role === 'terminating';
    sealed.store[write] = async (...given: unknown[]) => {
      const isLate = !isFirst;
      isFirst = false;
      const listComes = async () => {
        clock.advance(18 * hour);
        await endpoint.refreshRevocation();
      };
      if (isLate && moment === 'while') await listComes();
      const written = await original(...given);
      if (isLate && moment === 'just before') await listComes();
      return written;
    };
    const line = lineToEndpoint(terminating);
    await assert.rejects(
      initiating.establish(cseB, line),
      refusal(role === 'initiating' ? 'CERTIFICATE_REVOKED' : 'ALERT_RECEIVED'),
    );
    const [key] = await endpoint.keys();
    assert.deepEqual([key?.state, key?.secret, keys], ['revoked', null, []]);
  });

/** Two processes with one store, of which the first alone fetches; what is done by the second waits for `before`. */
function twoProcesses(t: TestContext, call: 'consume' | 'complete') {
  const clock = fixedClock();
  const sealed = memory();
  const server = statusServer(list(7));
  const first = refreshedEndpoint(
    t,
    { issuers, fetch: server.fetch },
    { clock, store: { ...sealed, store: unclosed(sealed.store) } },
  );
  let before = async (): Promise<unknown> => undefined;
  const waiting = new Proxy(sealed.store, {
    get(target, name) {
      const original = (Reflect.get(target, name) as (...given: unknown[]) => unknown).bind(target);
      if (name !== call) return original;
      return async (...given: unknown[]) => {
        await before();
        return original(...given);
      };
    },
  });
  const second = refreshedEndpoint(
    t,
    { issuers: [{ certificate: intermediate.der }] },
    { clock, store: { ...sealed, store: waiting } },
  );
  const listComes = async () => {
    server.put(nextList(['cae1']));
    clock.advance(18 * hour);
    await first.endpoint.refreshRevocation();
    // Pending handshakes do not last so long.
    clock.advance(-18 * hour);
  };
  return {
    first,
    second,
    listComes,
    set before(work: () => Promise<unknown>) {
      before = work;
    },
  };
}

test('a list that another process has put into the store is judged by in the next handshake', async t => {
  const { first, second, listComes } = twoProcesses(t, 'complete');
  for (const statusBy of [null, 'crl']) {
    const { id } = await complete(second.endpoint);
    assert.equal((await second.endpoint.key(id))?.peer.statusBy, statusBy);
    await first.endpoint.refreshRevocation();
  }
  await listComes();
  await assert.rejects(complete(second.endpoint), refusal('CERTIFICATE_REVOKED'));
  assert.deepEqual(names(second.events), ['list refreshed', 'list refreshed']);
});

test('a key is revoked that another process, which has the list, could not see yet', async t => {
  const both = twoProcesses(t, 'complete');
  const { first, second, listComes } = both;
  await first.endpoint.refreshRevocation();
  const procedure = begin();
  const message3 = procedure.message3(await second.endpoint.answer(cae1, procedure.message1));
  both.before = listComes;
  await assert.rejects(second.endpoint.answer(cae1, message3), refusal('CERTIFICATE_REVOKED'));
  assert.deepEqual(names(first.events), ['list refreshed', 'list refreshed']);
  assert.deepEqual(names(second.events), ['list refreshed', 'key revoked']);
  assert.deepEqual(
    (await first.endpoint.keys()).map(({ state }) => state),
    ['revoked'],
  );
});

test('a message 3 that the list overtakes makes no key, and gets no message 4 when it comes again', async t => {
  const both = twoProcesses(t, 'consume');
  const { first, second, listComes } = both;
  await first.endpoint.refreshRevocation();
  const procedure = begin();
  const message3 = procedure.message3(await second.endpoint.answer(cae1, procedure.message1));
  both.before = listComes;
  for (const _ of ['once', 'again'])
    await assert.rejects(second.endpoint.answer(cae1, message3), refusal('CERTIFICATE_REVOKED'));
  assert.deepEqual(await second.endpoint.keys(), []);
});

test('a list for attribute certificates revokes no key (RFC 5280 5.2.5)', async t => {
  const clock = fixedClock();
  const server = statusServer(list(7, ['cae1'], { distributionPoint: { onlyContainsAttributeCerts: true } }));
  const { endpoint, events } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock });
  await endpoint.refreshRevocation();
  await complete(endpoint);
  await endpoint.refreshRevocation();
  assert.equal((await onlyKey(endpoint)).state, 'unconfirmed');
  assert.deepEqual(names(events), ['list refreshed']);
});

async function rowOf(found: Promise<KeyRow | null>): Promise<KeyRow> {
  return (await found) ?? assert.fail('no key');
}

/** A store that has this key alone. */
async function copyOf(found: Promise<KeyRow | null>, sealer: ReturnType<typeof memory>['sealer']) {
  const { store } = memory();
  await store.putKey({ ...(await rowOf(found)) });
  return { store, sealer };
}
