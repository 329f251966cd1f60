// CRLs of configured issuers: fetched, judged, kept in the store, shared, and never replaced by older ones.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { parseCrl } from '../../src/certificates/crl.ts';
import { issuerId } from '../../src/certificates/trust.ts';
import { rowOf } from '../../src/endpoint/held-lists.ts';
import type { RevocationEvent } from '../../src/endpoint/revocation-event.ts';
import type { Store } from '../../src/endpoint/store.ts';
import { memory } from '../../src/endpoint/stores.ts';
import { refuse } from '../../src/errors.ts';
import {
  der,
  keyFor,
  makeAuthority,
  objectIdentifier,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { within } from '../within.ts';
import {
  begin,
  cae1,
  complete,
  cseB,
  fixedClock,
  initiatingEndpoint,
  lineToEndpoint,
  peer,
  refusal,
  stores,
} from './lab.ts';
import {
  beginning,
  day,
  derOf,
  hour,
  intermediate,
  issuers,
  later,
  list,
  listUrl,
  minute,
  names,
  refreshedEndpoint,
  root,
  signerOf,
  statusServer,
  unclosed,
} from './revocation-lab.ts';

const issuerName = 'CN=e2ekey test intermediate';
const source = 'http://ca.example/intermediate.crl';

test('a list that is fetched is told of, judged by in the next handshake, and kept in the store', async t => {
  const der = list(7, ['cae2']);
  const { fetch, asked } = statusServer(der);
  const store = memory();
  const { endpoint, events } = refreshedEndpoint(t, { issuers, fetch }, { store });
  assert.deepEqual(await endpoint.refreshRevocation(), [
    {
      event: 'list refreshed',
      issuer: issuerName,
      source,
      crlNumber: '07',
      thisUpdate: beginning,
      nextUpdate: later(day),
      entries: 1,
      time: beginning,
    },
  ]);
  assert.deepEqual(names(events), ['list refreshed']);
  await complete(endpoint);
  const [key] = await endpoint.keys();
  assert.equal(key?.peer.statusBy, 'crl');
  const [request, ...others] = asked;
  assert.deepEqual(
    [request?.url.href, request?.method, request?.body.length, request?.most, others.length],
    [listUrl, 'GET', 0, 4 * 1024 * 1024, 0],
  );
  const [row, ...rows] = await store.store.statuses(cseB, 0);
  assert.deepEqual(rows, []);
  assert.deepEqual(
    [row?.kind, row?.number, row?.fetched],
    ['crl', '7'.padStart(40, '0'), beginning.getTime()],
  );
  assert.deepEqual(Buffer.from(row?.der ?? []), Buffer.from(der));
});

test('a list in PEM is taken as well', async t => {
  const base64 = Buffer.from(list(1)).toString('base64');
  const { fetch } = statusServer(
    Buffer.from(`-----BEGIN X509 CRL-----\n${base64}\n-----END X509 CRL-----\n`),
  );
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch });
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
});

test('what is not due is not fetched; what is due is fetched once', async t => {
  const clock = fixedClock();
  const server = statusServer(list(1));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock });
  await Promise.all([endpoint.refreshRevocation(), endpoint.refreshRevocation()]);
  await endpoint.refreshRevocation();
  assert.equal(server.asked.length, 1);
  clock.advance(12 * hour - 1);
  assert.deepEqual(await endpoint.refreshRevocation(), []);
  assert.equal(server.asked.length, 1);
  clock.advance(6 * hour + 1);
  // The same once more is no event.
  assert.deepEqual(await endpoint.refreshRevocation(), []);
  assert.equal(server.asked.length, 2);
  clock.advance(minute);
  await endpoint.refreshRevocation();
  assert.equal(server.asked.length, 2);
});

const stranger = makeAuthority({ subject: 'e2ekey test intermediate', key: keyFor('another key') });

for (const [name, content, code, sentence] of [
  ['no CRL', Buffer.from('<html>404</html>'), 'CERTIFICATE_STATUS_UNKNOWN', /the body is no CRL/],
  ['junk in DER', Buffer.from('3082000102', 'hex'), 'CERTIFICATE_STATUS_UNKNOWN', /X\.690 10\.1/],
  ['a certificate', derOf('cae1'), 'CERTIFICATE_STATUS_UNKNOWN', /./],
  [
    'two lists',
    Buffer.from(
      [list(1), list(2)]
        .map(
          der => `-----BEGIN X509 CRL-----\n${Buffer.from(der).toString('base64')}\n-----END X509 CRL-----\n`,
        )
        .join(''),
    ),
    'CERTIFICATE_STATUS_UNKNOWN',
    /several CRLs, where one is due/,
  ],
  [
    'the list of another issuer',
    list(9, [], { issuer: root }),
    'CERTIFICATE_STATUS_UNKNOWN',
    /issuer: the CRL is one of CN=e2ekey test root/,
  ],
  [
    'a list of the same name by another key',
    list(9, [], { issuer: stranger, keyIdentifier: null }),
    'CERTIFICATE_STATUS_UNKNOWN',
    /not signed with the key/,
  ],
  [
    'the list of another name by the same key',
    list(9, [], { issuerName: 'another' }),
    'CERTIFICATE_STATUS_UNKNOWN',
    /issuer: the CRL is one of CN=another/,
  ],
  ['a delta CRL', list(9, [], { baseNumber: 1 }), 'CERTIFICATE_STATUS_UNKNOWN', /delta/],
  [
    'an indirect CRL',
    list(9, [], { distributionPoint: { indirectCRL: true } }),
    'CERTIFICATE_STATUS_UNKNOWN',
    /indirect/,
  ],
  ['a list without number', list(9, [], { number: null }), 'CERTIFICATE_STATUS_UNKNOWN', /cRLNumber: absent/],
  [
    'a list that is out of date',
    list(9, [], { thisUpdate: later(-day), nextUpdate: later(-1000) }),
    'CERTIFICATE_STATUS_UNKNOWN',
    /no longer current/,
  ],
  [
    'a list of the future',
    list(9, [], { thisUpdate: later(6 * minute) }),
    'CERTIFICATE_STATUS_UNKNOWN',
    /not yet current/,
  ],
] as const)
  test(`refused, and nothing changes: ${name} (RFC 5280 6.3.3)`, async t => {
    const server = statusServer(content);
    const store = memory();
    const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { store });
    const [event, ...others] = await endpoint.refreshRevocation();
    assert.deepEqual(others, []);
    assert.ok(event?.event === 'refresh refused');
    const { message, ...rest } = event;
    assert.deepEqual(rest, {
      event: 'refresh refused',
      of: 'list',
      subject: issuerName,
      source,
      code,
      time: beginning,
    });
    assert.match(message, sentence);
    assert.deepEqual(await store.store.statuses(cseB, 0), []);
    assert.equal((await complete(endpoint)).peer.statusBy, null);
  });

for (const [name, number, thisUpdate] of [
  ['a lower number', 6, later(hour)],
  ['an earlier time', 8, later(-hour)],
] as const)
  test(`an older list does not come back: ${name} (RFC 5280 5.2.3)`, async t => {
    const clock = fixedClock();
    const server = statusServer(list(7, ['cae1']));
    const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock });
    await endpoint.refreshRevocation();
    server.put(list(number, [], { thisUpdate, nextUpdate: later(3 * day) }));
    clock.advance(18 * hour);
    const [event] = await endpoint.refreshRevocation();
    assert.ok(event?.event === 'refresh refused');
    assert.equal(event.code, 'CERTIFICATE_STATUS_UNKNOWN');
    assert.match(
      event.message,
      /the CRL is number 0[68] of .*; accepted: none that is older than number 07 of /,
    );
    await assert.rejects(complete(endpoint), refusal('CERTIFICATE_REVOKED'));
  });

test('a failure is told with what was asked but for the query; the next attempt comes after a pause', async t => {
  const clock = fixedClock();
  const server = statusServer(new Error('connect ECONNREFUSED'));
  const { endpoint, events } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock });
  const failed = {
    event: 'refresh failed',
    of: 'list',
    subject: issuerName,
    source,
    code: 'CARRIER_FAILED',
    message: 'nothing came: connect ECONNREFUSED',
  };
  assert.deepEqual(await endpoint.refreshRevocation(), [{ ...failed, time: beginning }]);
  clock.advance(minute - 1);
  assert.deepEqual(await endpoint.refreshRevocation(), []);
  server.put(list(1));
  clock.advance(minute / 2 + 1);
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
  assert.doesNotMatch(JSON.stringify(events), /hidden/);
});

test('more than was asked for is refused, whoever brought the fetch', async t => {
  const { fetch } = statusServer(new Uint8Array(4 * 1024 * 1024 + 1));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch });
  const [event] = await endpoint.refreshRevocation();
  assert.ok(event?.event === 'refresh failed');
  assert.match(event.message, /more than 4194304 octets/);
});

test('an exchange ends after 10 seconds, whoever brought the fetch', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const begun = Promise.withResolvers<void>();
  const { endpoint } = refreshedEndpoint(t, {
    issuers,
    fetch: () => {
      begun.resolve();
      return new Promise(() => undefined);
    },
  });
  const refreshing = endpoint.refreshRevocation();
  await begun.promise;
  t.mock.timers.tick(9_999);
  let isOver = false;
  void refreshing.then(() => {
    isOver = true;
  });
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(isOver, false);
  t.mock.timers.tick(1);
  const [event] = await refreshing;
  assert.ok(event?.event === 'refresh failed');
  assert.deepEqual([event.code, event.message], ['CARRIER_FAILED', 'no answer within 10 s']);
});

test('what the issuers say at the start is in use before the first answer', async t => {
  const { endpoint } = refreshedEndpoint(t, {
    issuers: [{ certificate: intermediate.der, crls: [list(7, ['cae1'])] }],
  });
  await assert.rejects(complete(endpoint), refusal('CERTIFICATE_REVOKED'));
});

test('other lists are judged by in handshakes, too', async t => {
  const { endpoint } = refreshedEndpoint(t, { crls: [list(7, ['cae1'])] });
  await assert.rejects(complete(endpoint), refusal('CERTIFICATE_REVOKED'));
});

for (const [kind, openStore] of Object.entries(stores)) {
  test(`${kind}: after a restart without network the list is there again, before the first answer`, async t => {
    const open = openStore(t);
    const first = refreshedEndpoint(
      t,
      { issuers, fetch: statusServer(list(7, ['cae1'])).fetch },
      { store: open() },
    );
    await first.endpoint.refreshRevocation();
    await first.endpoint.close();
    const away = statusServer(new Error('unreachable'));
    const { endpoint, events } = refreshedEndpoint(t, { issuers, fetch: away.fetch }, { store: open() });
    await assert.rejects(complete(endpoint), refusal('CERTIFICATE_REVOKED'));
    // It is planned for as if it had never been away.
    assert.deepEqual(await endpoint.refreshRevocation(), []);
    assert.deepEqual([away.asked.length, events], [0, []]);
  });

  test(`${kind}: of two processes with one store, one fetches, and the other takes it over`, async t => {
    const open = openStore(t);
    const clock = fixedClock();
    const server = statusServer(list(7));
    const [one, two] = [1, 2].map(() =>
      refreshedEndpoint(t, { issuers, fetch: server.fetch }, { store: open(), clock }),
    );
    assert.ok(one && two);
    assert.deepEqual(names(await one.endpoint.refreshRevocation()), ['list refreshed']);
    assert.deepEqual(await two.endpoint.refreshRevocation(), []);
    server.put(list(8, ['cae1'], { thisUpdate: later(hour), nextUpdate: later(2 * day) }));
    clock.advance(18 * hour);
    assert.deepEqual(names(await one.endpoint.refreshRevocation()), ['list refreshed']);
    const [taken, ...others] = await two.endpoint.refreshRevocation();
    assert.ok(taken?.event === 'list refreshed');
    assert.deepEqual([taken.source, taken.crlNumber, others, server.asked.length], ['store', '08', [], 2]);
    await assert.rejects(complete(two.endpoint), refusal('CERTIFICATE_REVOKED'));
  });

  test(`${kind}: an older list in a file does not replace a newer one of the store; a newer one does`, async t => {
    const open = openStore(t);
    const started = (number: number, revoked: readonly string[]) =>
      refreshedEndpoint(
        t,
        { issuers: [{ certificate: intermediate.der, crls: [list(number, revoked)] }] },
        { store: open() },
      ).endpoint;
    await assert.rejects(complete(started(7, ['cae1'])), refusal('CERTIFICATE_REVOKED'));
    await assert.rejects(complete(started(6, [])), refusal('CERTIFICATE_REVOKED'));
    await complete(started(8, []));
    await complete(started(7, ['cae1']));
  });
}

test('what the store has is believed as little as what a server says', async t => {
  const forged = parseCrl(list(99, [], { issuer: stranger, keyIdentifier: null }));
  const store = memory();
  const issuer = {
    certificate: parseCertificate(intermediate.der),
    id: issuerId(parseCertificate(intermediate.der)),
  };
  await store.store.putStatus({
    endpoint: cseB,
    ...rowOf({ crl: forged, issuer, fetched: beginning.getTime() }),
  });
  const { endpoint, events } = refreshedEndpoint(
    t,
    { issuers, fetch: statusServer(list(7, ['cae1'])).fetch },
    { store },
  );
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['refresh refused', 'list refreshed']);
  const [refused] = events;
  assert.ok(refused?.event === 'refresh refused');
  assert.deepEqual([refused.source, refused.code], ['store', 'CERTIFICATE_STATUS_UNKNOWN']);
  await assert.rejects(complete(endpoint), refusal('CERTIFICATE_REVOKED'));
});

test('a list of an issuer that is not configured is nothing to us', async t => {
  const store = memory();
  const { der } = root;
  const issuer = { certificate: parseCertificate(der), id: issuerId(parseCertificate(der)) };
  const crl = parseCrl(list(1, ['intermediate'], { issuer: root }));
  await store.store.putStatus({ endpoint: cseB, ...rowOf({ crl, issuer, fetched: beginning.getTime() }) });
  const { endpoint, events } = refreshedEndpoint(
    t,
    { issuers, fetch: statusServer(list(1)).fetch },
    { store },
  );
  await endpoint.refreshRevocation();
  assert.equal((await complete(endpoint)).peer.statusBy, null);
  assert.deepEqual(names(events), ['list refreshed']);
});

test('lists of parts of the certificates stand beside each other (RFC 5280 5.2.5)', async t => {
  const users = { distributionPoint: { onlyContainsUserCerts: true } };
  const authorities = { distributionPoint: { onlyContainsCACerts: true } };
  const servers = [statusServer(list(9, [], authorities)), statusServer(list(3, ['cae1'], users))] as const;
  const urls = ['http://ca.example/a', 'http://ca.example/u'];
  const store = memory();
  const { endpoint } = refreshedEndpoint(
    t,
    {
      issuers: urls.map(url => ({ certificate: intermediate.der, url })),
      fetch: request => servers[request.url.pathname === '/a' ? 0 : 1].fetch(request),
    },
    { store },
  );
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed', 'list refreshed']);
  assert.equal((await store.store.statuses(cseB, 0)).length, 2);
  await assert.rejects(complete(endpoint), refusal('CERTIFICATE_REVOKED'));
});

const partOf = (url: string) => ({ distributionPoint: { fullName: [`uri:${url}`] } });

test('a URL that was away once is asked again after a minute, whatever another one of the issuer gives', async t => {
  const clock = fixedClock();
  const urls = ['http://ca.example/1', 'http://ca.example/2'] as const;
  const servers = [statusServer(list(7, [], partOf(urls[0]))), statusServer(new Error('away'))] as const;
  const { endpoint } = refreshedEndpoint(
    t,
    {
      issuers: urls.map(url => ({ certificate: intermediate.der, url })),
      fetch: request => servers[request.url.pathname === '/1' ? 0 : 1].fetch(request),
    },
    { clock },
  );
  assert.deepEqual(names(await endpoint.refreshRevocation()).toSorted(), [
    'list refreshed',
    'refresh failed',
  ]);
  servers[1].put(list(3, ['cae1'], partOf(urls[1])));
  clock.advance(90_000);
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
  assert.deepEqual(
    servers.map(({ asked }) => asked.length),
    [1, 2],
  );
});

const forAuthorities = { distributionPoint: { onlyContainsCACerts: true }, nextUpdate: later(100 * day) };

test('a list of another part, in the place of the one that is due, puts off no request for that', async t => {
  const clock = fixedClock();
  const server = statusServer(list(7));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock });
  await endpoint.refreshRevocation();
  server.put(list(3, [], forAuthorities));
  clock.advance(18 * hour);
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
  server.put(list(8, ['cae1'], { thisUpdate: later(hour), nextUpdate: later(3 * day) }));
  // Three quarters of the six hours that the first list has left.
  clock.advance(4.5 * hour);
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
  await assert.rejects(complete(endpoint), refusal('CERTIFICATE_REVOKED'));
});

test('a list of another part that came first keeps none from being taken, or from being renewed', async t => {
  const clock = fixedClock();
  const server = statusServer(list(3, [], forAuthorities));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock });
  await endpoint.refreshRevocation();
  for (const number of [7, 8, 9]) {
    clock.advance(18 * hour);
    server.put(list(number, [], { thisUpdate: clock(), nextUpdate: new Date(clock().getTime() + day) }));
    assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
  }
});

test('a part that an issuer makes no lists of any more is not asked for again and again', async t => {
  const clock = fixedClock();
  const server = statusServer(list(7));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock });
  await endpoint.refreshRevocation();
  clock.advance(day + 1000);
  server.put(list(8, [], { ...forAuthorities, thisUpdate: later(day) }));
  await endpoint.refreshRevocation();
  const before = server.asked.length;
  clock.advance(hour);
  await endpoint.refreshRevocation();
  assert.equal(server.asked.length, before);
});

test('a name of many kilobytes is no line of a log', async t => {
  const commonName = sequence(objectIdentifier('2.5.4.3'), der(0x0c, Buffer.from('x'.repeat(300))));
  const issuerName = sequence(...Array.from({ length: 20 }, () => der(0x31, commonName)));
  const server = statusServer(list(7, [], { issuerName }));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch });
  const [event] = await endpoint.refreshRevocation();
  assert.ok(event?.event === 'refresh refused');
  assert.match(event.message, /^CertificateList\.issuer: the CRL is one of CN=x{117}…; accepted: /);
});

test('a clock that was ahead for a moment puts nothing off', async t => {
  const clock = fixedClock();
  const server = statusServer(list(7));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock });
  clock.advance(3650 * day);
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['refresh refused']);
  clock.advance(-3650 * day);
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
});

test('a list that the store has from the future is fetched anew in its time', async t => {
  const clock = fixedClock();
  const store = memory();
  const certificate = parseCertificate(intermediate.der);
  const issuer = { certificate, id: issuerId(certificate) };
  const fetched = beginning.getTime() + 20 * hour;
  await store.store.putStatus({ endpoint: cseB, ...rowOf({ crl: parseCrl(list(7)), issuer, fetched }) });
  const server = statusServer(list(8, [], { thisUpdate: later(hour), nextUpdate: later(2 * day) }));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock, store });
  assert.deepEqual(await endpoint.refreshRevocation(), []);
  clock.advance(18 * hour);
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
});

test('messages that wait while the store is loaded have their places, and no more', async t => {
  const loaded = Promise.withResolvers<void>();
  const { store, sealer } = memory();
  const statuses: Store['statuses'] = async (...asked) => {
    await loaded.promise;
    return store.statuses(...asked);
  };
  const slow = new Proxy(store, {
    get: (target, name) =>
      name === 'statuses' ? statuses : (Reflect.get(target, name) as () => unknown).bind(target),
  });
  const limits = { perHop: 9, perOriginator: 3, perEndpoint: 9 };
  const { endpoint } = refreshedEndpoint(t, { issuers }, { store: { store: slow, sealer }, limits });
  const answers = [1, 2, 3].map(() => endpoint.answer(cae1, begin().message1));
  await assert.rejects(endpoint.answer(cae1, begin().message1), refusal('TOO_MANY_PENDING'));
  loaded.resolve();
  await Promise.all(answers);
});

test('a list past its time is told of once, and its peers are refused until there is a newer one', async t => {
  const clock = fixedClock();
  const server = statusServer(list(7));
  const { endpoint, events } = refreshedEndpoint(t, { issuers, fetch: server.fetch }, { clock });
  await endpoint.refreshRevocation();
  server.put(new Error('away'));
  clock.advance(day + 1000);
  await endpoint.refreshRevocation();
  clock.advance(hour);
  await endpoint.refreshRevocation();
  const expired = events.filter(({ event }) => event === 'list expired');
  assert.deepEqual(expired, [
    {
      event: 'list expired',
      issuer: issuerName,
      crlNumber: '07',
      nextUpdate: later(day),
      time: later(day + 1000),
    },
  ]);
  await assert.rejects(complete(endpoint), refusal('CERTIFICATE_STATUS_UNKNOWN', /no longer current/));
  const fresh = { thisUpdate: later(day), nextUpdate: later(3 * day) };
  server.put(list(8, [], fresh));
  clock.advance(90 * minute);
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
  await complete(endpoint);
});

test('close ends a fetch that is under way, waits for it, and tells nothing of it', async t => {
  const signals: AbortSignal[] = [];
  const { endpoint, events } = refreshedEndpoint(t, {
    issuers,
    fetch: ({ signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
  });
  const refreshing = endpoint.refreshRevocation();
  while (signals.length === 0) await new Promise(resolve => setImmediate(resolve));
  const closing = endpoint.close();
  // Not at the deadline of the exchange.
  assert.equal(signals[0]?.aborted, true);
  await within(closing, 'the endpoint to close');
  assert.deepEqual([await within(refreshing, 'the refresh to end'), events], [[], []]);
});

test('in the background it looks at once and then every minute, until it is closed', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const clock = fixedClock();
  const server = statusServer(new Error('away'));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch: server.fetch, background: true }, { clock });
  const pass = async (time: number) => {
    clock.advance(time);
    t.mock.timers.tick(time);
    for (let n = 0; n < 50; n++) await new Promise(resolve => setImmediate(resolve));
  };
  assert.equal(server.asked.length, 0);
  await pass(0);
  assert.equal(server.asked.length, 1);
  await pass(minute - 1);
  assert.equal(server.asked.length, 1);
  await pass(minute + 1);
  assert.equal(server.asked.length, 2);
  await endpoint.close();
  await pass(day);
  assert.equal(server.asked.length, 2);
});

test('what is fetched in the background keeps no process alive; whoever waits for it does', async t => {
  // Takes connections, and never says anything.
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const sockets: Socket[] = [];
  const connected = Promise.withResolvers<void>();
  silent.on('connection', socket => {
    sockets.push(socket);
    connected.resolve();
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const lab = new URL('./revocation-lab.ts', import.meta.url).href;
  const script = `
    const { refreshedEndpoint, intermediate } = await import(${JSON.stringify(lab)});
    const test = { name: 'x', after() {} };
    const issuers = [{ certificate: intermediate.der, url: 'http://127.0.0.1:${port}/' }];
    const { endpoint, events } = refreshedEndpoint(test, { issuers, background: process.argv[1] === 'background' });
    if (process.argv[1] === 'background') setTimeout(() => console.log('gone'), 300);
    else {
      setTimeout(() => void endpoint.close(), 300).unref();
      console.log((await endpoint.refreshRevocation()).length);
    }`;
  for (const [how, said] of [
    ['background', 'gone\n'],
    ['waiting', '0\n'],
  ] as const) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, how], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const [text, [code]] = await within(
      Promise.all([textOf(child.stdout), once(child, 'exit')]),
      `the process of ${how} to end`,
    );
    assert.deepEqual([how, code, text], [how, 0, said]);
    await within(connected.promise, 'a connection');
  }
});

test('a listener that throws keeps nothing from being done', async t => {
  const { endpoint } = refreshedEndpoint(t, {
    issuers,
    fetch: statusServer(list(7, ['cae1'])).fetch,
    onEvent: () => {
      throw new Error('the log is full');
    },
  });
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed']);
  await assert.rejects(complete(endpoint), refusal('CERTIFICATE_REVOKED'));
});

test('a store that fails is told of, and lists are judged by all the same', async t => {
  const { store, sealer } = memory();
  let fails = false;
  const failing = new Proxy(store, {
    get: (target, name) =>
      name === 'putStatus' && fails
        ? async () => Promise.reject(new Error('disk full'))
        : (Reflect.get(target, name) as () => unknown).bind(target),
  });
  const { endpoint } = refreshedEndpoint(
    t,
    { issuers, fetch: statusServer(list(7, ['cae1'])).fetch },
    { store: { store: failing, sealer } },
  );
  await endpoint.keys();
  fails = true;
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['list refreshed', 'store failed']);
  await assert.rejects(complete(endpoint), refusal('CERTIFICATE_REVOKED'));
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['store failed']);
  // What was not kept is kept as soon as that is possible.
  fails = false;
  assert.deepEqual(await endpoint.refreshRevocation(), []);
  assert.equal((await store.statuses(cseB, 0)).length, 1);
});

test('what is in the store already is not written again', async t => {
  const { store, sealer } = memory();
  let writes = 0;
  const counted = new Proxy(store, {
    get: (target, name) => {
      if (name === 'putStatus') writes += 1;
      return (Reflect.get(target, name) as () => unknown).bind(target);
    },
  });
  const { endpoint } = refreshedEndpoint(
    t,
    { issuers, fetch: statusServer(list(7)).fetch },
    { store: { store: counted, sealer } },
  );
  for (let n = 0; n < 3; n++) await endpoint.refreshRevocation();
  assert.equal(writes, 1);
});

test('while the store cannot be read nobody is answered; then it goes on', async t => {
  const { store, sealer } = memory();
  let fails = true;
  const failing = new Proxy(store, {
    get: (target, name) =>
      name === 'statuses' && fails
        ? async () => refuse('STORE_FAILED', 'busy')
        : (Reflect.get(target, name) as () => unknown).bind(target),
  });
  const { endpoint, events } = refreshedEndpoint(
    t,
    { issuers: [{ certificate: intermediate.der, crls: [list(7, ['cae1'])] }] },
    { store: { store: failing, sealer } },
  );
  await assert.rejects(complete(endpoint), refusal('STORE_FAILED'));
  assert.deepEqual(names(await endpoint.refreshRevocation()), ['store failed', 'store failed']);
  fails = false;
  await assert.rejects(complete(endpoint), refusal('CERTIFICATE_REVOKED'));
  assert.deepEqual(names(events), ['store failed', 'store failed']);
});

test('as initiating end-point it asks for a staple and judges message 2 by the lists', async t => {
  const events: RevocationEvent[] = [];
  const endpoint = initiatingEndpoint(t, {
    revocation: {
      background: false,
      issuers,
      fetch: statusServer(list(7, ['cse-b'])).fetch,
      onEvent: event => void events.push(event),
    },
  });
  await endpoint.refreshRevocation();
  const { endpoint: terminating } = refreshedEndpoint(t, {});
  const line = lineToEndpoint(terminating);
  await assert.rejects(endpoint.establish(cseB, line), refusal('CERTIFICATE_REVOKED'));
  // He is told so, certificate_revoked, and gets no message 3.
  assert.deepEqual(Buffer.from(line.deliveries[1]?.message ?? []), Buffer.of(21, 3, 3, 0, 2, 2, 44));
  // ExtensionType status_request, 5, with CertificateStatusType ocsp (RFC 6066 §8).
  assert.ok(
    Buffer.from(line.deliveries[0]?.message ?? []).includes(Buffer.from('000500050100000000', 'hex')),
  );
});

test('as initiating end-point it has the lists of the store before message 2 is judged', async t => {
  const { store, sealer } = memory();
  const shared = { store: unclosed(store), sealer };
  const revocation = { background: false, issuers, fetch: statusServer(list(7, ['cse-b'])).fetch };
  const first = initiatingEndpoint(t, { store: shared, revocation });
  await first.refreshRevocation();
  const told: RevocationEvent[] = [];
  const onEvent = (event: RevocationEvent) => void told.push(event);
  const away = { ...revocation, onEvent, fetch: statusServer(new Error('away')).fetch };
  const again = initiatingEndpoint(t, { store: shared, revocation: away });
  const line = lineToEndpoint(refreshedEndpoint(t, {}).endpoint);
  await assert.rejects(again.establish(cseB, line), refusal('CERTIFICATE_REVOKED'));
  assert.deepEqual(Buffer.from(line.deliveries[1]?.message ?? []), Buffer.of(21, 3, 3, 0, 2, 2, 44));
  // Nothing of it is news.
  assert.deepEqual(told, []);
});

for (const [name, revocation, sentence] of [
  ['no certificate', { issuers: [{ certificate: Buffer.of(1) }] }, /^revocation\.issuers\.0\.certificate: /],
  ['no list', { issuers: [{ ...issuers[0], crls: [Buffer.of(1)] }] }, /^revocation\.issuers\.0\.crls\.0: /],
  [
    'the list of another',
    { issuers: [{ ...issuers[0], crls: [list(1, [], { issuer: root })] }] },
    /^revocation\.issuers\.0\.crls\.0: .*one of CN=e2ekey test root/,
  ],
  [
    'a list by another key',
    {
      issuers: [
        issuers[0],
        { ...issuers[0], crls: [list(1, [], { issuer: stranger, keyIdentifier: null })] },
      ],
    },
    /^revocation\.issuers\.1\.crls\.0: .*not signed with the key/,
  ],
  ['another list that cannot be read', { crls: [list(1), Buffer.of(1)] }, /^revocation\.crls\.1: /],
  [
    'a URL of FTP',
    { issuers: [{ ...issuers[0], url: 'ftp://ca.example/x' }] },
    /^revocation\.issuers\.0\.url: no http: or https: URL/,
  ],
  [
    'no URL',
    { issuers: [{ ...issuers[0], url: 'ca.example/x' }] },
    /^revocation\.issuers\.0\.url: no http: or https: URL/,
  ],
  [
    'a URL with a password',
    { issuers: [{ ...issuers[0], url: 'http://user:secret@ca.example/x' }] },
    /^revocation\.issuers\.0\.url: a URL with a user name or a password$/,
  ],
  [
    'a URL with a password alone',
    { issuers: [{ ...issuers[0], url: 'http://:secret@ca.example/x' }] },
    /^revocation\.issuers\.0\.url: a URL with a user name or a password$/,
  ],
  [
    'a URL with a user name',
    { issuers: [{ ...issuers[0], url: 'http://user@ca.example/x' }] },
    /^revocation\.issuers\.0\.url: a URL with a user name/,
  ],
] as const)
  test(`an option that is wrong is named: ${name}`, t => {
    assert.throws(() => refreshedEndpoint(t, revocation), refusal('OPTION_INVALID', sentence));
  });

test('an issuer whose certificate may sign no CRLs has none (RFC 5280 6.3.3 (f))', t => {
  const crl = list(1, [], { issuer: signerOf('cae2') });
  assert.throws(
    () => refreshedEndpoint(t, { issuers: [{ certificate: derOf('cae2'), crls: [crl] }] }),
    refusal('OPTION_INVALID', /cRLSign/),
  );
});

test('nothing is fetched because a peer or its certificate names a place', async t => {
  const server = statusServer(list(7));
  const { endpoint } = refreshedEndpoint(
    t,
    { issuers: [{ certificate: intermediate.der }], crls: [list(1)], fetch: server.fetch },
    { peers: [peer.cae1] },
  );
  await endpoint.refreshRevocation();
  await complete(endpoint);
  assert.equal(server.asked.length, 0);
});

test('a list of 50,000 entries is taken', async t => {
  const entries = Array.from({ length: 50_000 }, (_, n) => ({
    serial: hash('sha256', String(n)).slice(0, 32),
  }));
  const { fetch } = statusServer(list(1, [], { entries }));
  const { endpoint } = refreshedEndpoint(t, { issuers, fetch });
  const [event] = await endpoint.refreshRevocation();
  assert.ok(event?.event === 'list refreshed');
  assert.equal(event.entries, 50_000);
});
