// The OCSP responses for our own certificates: fetched, judged as a peer would judge them, stapled while they serve.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { parseOcspResponse } from '../../src/certificates/ocsp-response.ts';
import { credentials } from '../../src/endpoint/credentials.ts';
import { memory } from '../../src/endpoint/stores.ts';
import { keyUsage, makeAuthority } from '../../src/testing/certificate-maker.ts';
import { makeOcspResponse, ocspSigning } from '../../src/testing/status-maker.ts';
import {
  complete,
  credentialOf,
  cseB,
  fixedClock,
  initiatingEndpoint,
  keyOf,
  lineToEndpoint,
  peer,
  refusal,
  seeded,
  stores,
} from './lab.ts';
import {
  beginning,
  day,
  derOf,
  hour,
  intermediate,
  later,
  list,
  minute,
  names,
  type Refreshed,
  refreshedEndpoint,
  response,
  root,
  signerOf,
  statusServer,
  unclosed,
} from './revocation-lab.ts';

const url = 'http://ocsp.example/responder';
const ownStatus = { url };
const certificate = 'CN=cse-b.m2m.example.com';
const required = [{ ...peer.cseB, revocation: 'required' }] as const;

let asked = 0;

/** What an initiating end-point that demands a staple says: how it knows of the status, or its code. */
async function said(t: TestContext, { endpoint }: Refreshed, time = 0): Promise<unknown> {
  const initiating = initiatingEndpoint(t, {
    peers: required,
    clock: fixedClock(later(time).toISOString()),
    // The same message 1 would get the same answer.
    random: seeded(`initiating ${++asked}`),
  });
  const [key] = await Promise.allSettled([initiating.establish(cseB, lineToEndpoint(endpoint))]);
  return key.status === 'fulfilled' ? key.value.peer.statusBy : key.reason.code;
}

test('a good response is asked for as RFC 6960 has it, told of, and stapled from then on', async t => {
  const server = statusServer(response());
  const refreshed = refreshedEndpoint(t, { ownStatus, fetch: server.fetch });
  assert.equal(await said(t, refreshed), 'CERTIFICATE_STATUS_UNKNOWN');
  assert.deepEqual(await refreshed.endpoint.refreshRevocation(), [
    { event: 'staple refreshed', certificate, source: url, until: later(day), time: beginning },
  ]);
  assert.equal(await said(t, refreshed), 'ocsp');
  const [request, ...others] = server.asked;
  assert.deepEqual(
    [request?.url.href, request?.method, request?.headers, request?.most, others.length],
    [
      url,
      'POST',
      { 'Content-Type': 'application/ocsp-request', Accept: 'application/ocsp-response' },
      32 * 1024,
      0,
    ],
  );
  // OCSPRequest with one certID of the certificate.
  const serial = parseOcspResponse(response()).basic?.responses[0]?.certId.serialNumber ?? '';
  assert.ok(Buffer.from(request?.body ?? []).includes(Buffer.from(serial, 'hex')));
});

const stranger = makeAuthority({ subject: 'stranger' });
const unfit = signerOf('cae2');

for (const [name, der, code, sentence] of [
  ['junk', Buffer.from('no response'), 'STATUS_RESPONSE_BAD', /./],
  ['no answer', response({ responseStatus: 'tryLater' }), 'STATUS_RESPONSE_BAD', /no answer, tryLater/],
  [
    'another certificate',
    response({ certificate: signerOf('cae1') }),
    'STATUS_RESPONSE_BAD',
    /another certificate/,
  ],
  ['another responder', response({ responder: stranger }), 'STATUS_RESPONSE_BAD', /not issued by/],
  ['a responder that is none', response({ responder: unfit }), 'STATUS_RESPONSE_BAD', /not for OCSP/],
  ['a wrong signature', response({ key: keyOf('cae1') }), 'STATUS_RESPONSE_BAD', /not made with the key/],
  ['a stale one', response({ nextUpdate: later(-1000) }), 'STATUS_RESPONSE_BAD', /no longer current/],
  [
    'one of the future',
    response({ thisUpdate: later(6 * minute) }),
    'STATUS_RESPONSE_BAD',
    /not yet current/,
  ],
  ['an unknown certificate', response({ status: 'unknown' }), 'CERTIFICATE_STATUS_UNKNOWN', /does not know/],
] as const)
  test(`not stapled, and told of: ${name} (RFC 6960 3.2)`, async t => {
    const server = statusServer(der);
    const store = memory();
    const refreshed = refreshedEndpoint(t, { ownStatus, fetch: server.fetch }, { store });
    const [event, ...others] = await refreshed.endpoint.refreshRevocation();
    assert.ok(event?.event === 'refresh refused');
    const { message, ...rest } = event;
    assert.deepEqual(
      [rest, others],
      [
        { event: 'refresh refused', of: 'staple', subject: certificate, source: url, code, time: beginning },
        [],
      ],
    );
    assert.match(message, sentence);
    assert.equal(await said(t, refreshed), 'CERTIFICATE_STATUS_UNKNOWN');
    assert.deepEqual(await store.store.statuses(cseB, 0), []);
  });

test('a failure leaves the response that is there, until it is past its time: then none is sent', async t => {
  const clock = fixedClock();
  const server = statusServer(response());
  const refreshed = refreshedEndpoint(t, { ownStatus, fetch: server.fetch }, { clock });
  await refreshed.endpoint.refreshRevocation();
  server.put(new Error('away'));
  clock.advance(18 * hour);
  assert.deepEqual(names(await refreshed.endpoint.refreshRevocation()), ['refresh failed']);
  assert.equal(await said(t, refreshed, 18 * hour), 'ocsp');
  clock.advance(6 * hour + 1000);
  assert.equal(await said(t, refreshed, day + 1000), 'CERTIFICATE_STATUS_UNKNOWN');
  const events = await refreshed.endpoint.refreshRevocation();
  assert.deepEqual(events.at(-1), {
    event: 'staple expired',
    certificate,
    until: later(day),
    time: later(day + 1000),
  });
  clock.advance(hour);
  assert.deepEqual(names(await refreshed.endpoint.refreshRevocation()), ['refresh failed']);
  const fresh = { producedAt: later(day), thisUpdate: later(day), nextUpdate: later(3 * day) };
  server.put(response(fresh));
  clock.advance(2 * hour);
  assert.deepEqual(names(await refreshed.endpoint.refreshRevocation()), ['staple refreshed']);
  assert.equal(await said(t, refreshed, day + 3 * hour), 'ocsp');
});

test('a response without nextUpdate is stapled for 24 hours', async t => {
  const clock = fixedClock();
  const server = statusServer(response({ nextUpdate: null }));
  const refreshed = refreshedEndpoint(t, { ownStatus, fetch: server.fetch }, { clock });
  await refreshed.endpoint.refreshRevocation();
  clock.advance(day);
  assert.equal(await said(t, refreshed, day), 'ocsp');
  clock.advance(1000);
  assert.equal(await said(t, refreshed, day), 'CERTIFICATE_STATUS_UNKNOWN');
});

for (const [kind, openStore] of Object.entries(stores))
  test(`${kind}: when our certificate is revoked nothing is stapled any more, after a restart neither`, async t => {
    const clock = fixedClock();
    const open = openStore(t);
    const server = statusServer(response());
    const refreshed = refreshedEndpoint(t, { ownStatus, fetch: server.fetch }, { clock, store: open() });
    await refreshed.endpoint.refreshRevocation();
    const good = { producedAt: later(hour), thisUpdate: beginning, nextUpdate: later(3 * day) };
    server.put(response({ ...good, status: 'revoked' }));
    clock.advance(18 * hour);
    const [event] = await refreshed.endpoint.refreshRevocation();
    assert.ok(event?.event === 'refresh refused');
    assert.equal(event.code, 'CERTIFICATE_REVOKED');
    assert.equal(await said(t, refreshed, 18 * hour), 'CERTIFICATE_STATUS_UNKNOWN');
    // The older response that says otherwise does not come back.
    server.put(response({ nextUpdate: later(3 * day) }));
    clock.advance(2 * day);
    const [older] = await refreshed.endpoint.refreshRevocation();
    assert.ok(older?.event === 'refresh refused');
    assert.match(older.message, /older than the one that is held/);
    assert.equal(await said(t, refreshed, 2 * day + 18 * hour), 'CERTIFICATE_STATUS_UNKNOWN');
    const again = refreshedEndpoint(
      t,
      { ownStatus, fetch: statusServer(new Error('away')).fetch },
      { clock: fixedClock(later(19 * hour).toISOString()), store: open() },
    );
    assert.equal(await said(t, again, 19 * hour), 'CERTIFICATE_STATUS_UNKNOWN');
  });

test('when our certificate is revoked no sweep forgets that, as long as the certificate lasts', async t => {
  const { store, sealer } = memory();
  const shared = { store: unclosed(store), sealer };
  const clock = fixedClock();
  const revoked = response({ status: 'revoked', producedAt: later(minute), thisUpdate: later(minute) });
  const first = refreshedEndpoint(
    t,
    { ownStatus, fetch: statusServer(revoked).fetch },
    { clock, store: shared },
  );
  await first.endpoint.refreshRevocation();
  clock.advance(2 * day);
  await first.endpoint.sweep();
  const older = statusServer(response({ nextUpdate: later(7 * day) }));
  const again = refreshedEndpoint(t, { ownStatus, fetch: older.fetch }, { clock, store: shared });
  const [event] = await again.endpoint.refreshRevocation();
  assert.ok(event?.event === 'refresh refused');
  assert.match(event.message, /older than the one that is held/);
  assert.equal(await said(t, again, 2 * day), 'CERTIFICATE_STATUS_UNKNOWN');
  clock.advance(parseCertificate(derOf('cse-b')).notAfter.getTime() - clock().getTime());
  await again.endpoint.sweep();
  assert.deepEqual(await store.statuses(cseB, 0), []);
});

for (const [name, but, sentence] of [
  [
    'earlier and ends earlier',
    { producedAt: later(hour), thisUpdate: later(-1000), nextUpdate: later(day - 1000) },
    /^thisUpdate: the OCSP response is older/,
  ],
  [
    'made earlier',
    { producedAt: later(-1000), thisUpdate: later(-1000), nextUpdate: later(day - 1000) },
    /^producedAt: the OCSP response is older/,
  ],
  [
    'earlier, says revoked, and ends later',
    { status: 'revoked', producedAt: later(hour), thisUpdate: later(-1000), nextUpdate: later(2 * day) },
    /^thisUpdate: the OCSP response is older/,
  ],
] as const)
  test(`a response that is older does not replace the one that is held: ${name}`, async t => {
    const clock = fixedClock();
    const server = statusServer(response());
    const refreshed = refreshedEndpoint(t, { ownStatus, fetch: server.fetch }, { clock });
    await refreshed.endpoint.refreshRevocation();
    server.put(response(but));
    clock.advance(18 * hour);
    const [event] = await refreshed.endpoint.refreshRevocation();
    assert.ok(event?.event === 'refresh refused');
    assert.equal(event.code, 'STATUS_RESPONSE_BAD');
    assert.match(event.message, sentence);
    assert.equal(await said(t, refreshed, 18 * hour), 'ocsp');
  });

test('a good response that ends later replaces a good one, though its server is a second behind', async t => {
  const clock = fixedClock();
  const server = statusServer(response());
  const refreshed = refreshedEndpoint(t, { ownStatus, fetch: server.fetch }, { clock });
  await refreshed.endpoint.refreshRevocation();
  server.put(response({ producedAt: later(-1000), thisUpdate: later(-1000), nextUpdate: later(2 * day) }));
  clock.advance(18 * hour);
  assert.deepEqual(names(await refreshed.endpoint.refreshRevocation()), ['staple refreshed']);
  clock.advance(7 * hour);
  assert.equal(await said(t, refreshed, day + hour), 'ocsp');
});

for (const [kind, openStore] of Object.entries(stores))
  test(`${kind}: after a restart without network the response is there again, while it serves`, async t => {
    const open = openStore(t);
    const first = refreshedEndpoint(
      t,
      { ownStatus, fetch: statusServer(response()).fetch },
      { store: open() },
    );
    await first.endpoint.refreshRevocation();
    await first.endpoint.close();
    for (const [age, wanted] of [
      [hour, 'ocsp'],
      [day + 1000, 'CERTIFICATE_STATUS_UNKNOWN'],
    ] as const) {
      const away = statusServer(new Error('away'));
      const clock = fixedClock(later(age).toISOString());
      const again = refreshedEndpoint(t, { ownStatus, fetch: away.fetch }, { clock, store: open() });
      assert.equal(await said(t, again, age), wanted);
      assert.deepEqual([away.asked.length, again.events], [0, []]);
    }
  });

test('a response in the store is judged like one from a server', async t => {
  const store = memory();
  const first = refreshedEndpoint(t, { ownStatus, fetch: statusServer(response()).fetch }, { store });
  await first.endpoint.refreshRevocation();
  const [row] = await store.store.statuses(cseB, 0);
  assert.ok(row);
  const tampered = memory();
  await tampered.store.putStatus({ ...row, der: response({ responder: stranger }) });
  const again = refreshedEndpoint(t, { ownStatus }, { store: tampered });
  assert.equal(await said(t, again), 'CERTIFICATE_STATUS_UNKNOWN');
  const [event] = again.events;
  assert.ok(event?.event === 'refresh refused');
  assert.deepEqual([event.source, event.of, event.code], ['store', 'staple', 'STATUS_RESPONSE_BAD']);
});

test('a delegated responder that a list names may not speak (RFC 6960 4.2.2.2.1)', async t => {
  const lab = makeAuthority({ subject: 'lab' });
  const own = lab.issue({ subject: 'cse', names: ['dns:cse-b.m2m.example.com'] });
  const responder = lab.issue({
    subject: 'responder',
    extensions: [keyUsage('digitalSignature'), ocspSigning],
  });
  const der = makeOcspResponse({ issuer: lab, certificate: own, responder, thisUpdate: beginning });
  const endpointWith = (revoked: boolean) =>
    refreshedEndpoint(
      t,
      {
        ownStatus: { url, issuer: lab.der },
        issuers: [
          {
            certificate: lab.der,
            crls: [list(1, [], { issuer: lab, entries: revoked ? [{ serial: responder }] : [] })],
          },
        ],
        fetch: statusServer(der).fetch,
      },
      { credential: credentials.fromKey([own.der], own.key) },
    );
  assert.deepEqual(names(await endpointWith(false).endpoint.refreshRevocation()), ['staple refreshed']);
  const [event] = await endpointWith(true).endpoint.refreshRevocation();
  assert.ok(event?.event === 'refresh refused');
  assert.match(event.message, /the responder's certificate: revoked/);
});

test('a response that leaves no room for the chain in message 2 is not stapled', async t => {
  const { chain, signer } = credentialOf('cse-b');
  const size = chain.reduce((sum, { length }) => sum + length, 0);
  const nearlyFull = credentials.withSigner([...chain, Buffer.alloc(60 * 1024 - 100 - size)], signer);
  const { fetch } = statusServer(response());
  const { endpoint } = refreshedEndpoint(t, { ownStatus, fetch }, { credential: nearlyFull });
  const events = await endpoint.refreshRevocation();
  const [event] = events;
  assert.ok(event?.event === 'refresh refused');
  assert.deepEqual([event.code, names(events)], ['OPTION_INVALID', ['refresh refused']]);
  assert.match(event.message, /chain and staple have \d+ bytes/);
});

test('a staple that the credential came with is sent while it serves, and not after', async t => {
  const credential = { ...credentialOf('cse-b'), staple: response() };
  const clock = fixedClock();
  const refreshed = refreshedEndpoint(t, {}, { credential, clock });
  assert.equal(await said(t, refreshed), 'ocsp');
  clock.advance(day + 1000);
  assert.equal(await said(t, refreshed), 'CERTIFICATE_STATUS_UNKNOWN');
  assert.deepEqual(names(await refreshed.endpoint.refreshRevocation()), ['staple expired']);
});

test('a staple that the credential came with is judged by the peer: a wrong responder (RFC 6066 §8)', async t => {
  const staple = response({ responder: stranger });
  const refreshed = refreshedEndpoint(t, {}, { credential: { ...credentialOf('cse-b'), staple } });
  assert.equal(await said(t, refreshed), 'STATUS_RESPONSE_BAD');
});

for (const [name, staple, sentence] of [
  ['junk', Buffer.of(1), /^credential\.0\.staple: /],
  ['no answer', response({ responseStatus: 'unauthorized' }), /^credential\.0\.staple: no OCSP response for/],
  ['another certificate', response({ certificate: signerOf('cae1') }), /^credential\.0\.staple: no OCSP/],
] as const)
  test(`a staple that the credential came with is looked at: ${name}`, t => {
    const credential = { ...credentialOf('cse-b'), staple };
    assert.throws(() => refreshedEndpoint(t, {}, { credential }), refusal('OPTION_INVALID', sentence));
  });

test('a raw public key has no staple', t => {
  const credential = { ...credentials.fromRawKey(keyOf('cse-b')), staple: response() };
  assert.throws(
    () => refreshedEndpoint(t, {}, { credential }),
    refusal('OPTION_INVALID', /^credential\.0\.staple: a raw public key/),
  );
});

const leafAlone = credentials.fromKey([derOf('cse-b')], keyOf('cse-b'));

for (const [name, own, credential, sentence] of [
  ['a chain without issuer', { url }, leafAlone, /^revocation\.ownStatus\.issuer: neither it nor the chain/],
  ['the issuer of another', { url, issuer: root.der }, leafAlone, /^revocation\.ownStatus\.issuer: neither/],
  [
    'an issuer of the same name with another key',
    { url, issuer: makeAuthority({ subject: 'e2ekey test intermediate' }).der },
    leafAlone,
    /^revocation\.ownStatus\.issuer: neither/,
  ],
  [
    'an issuer with the same key and another name',
    { url, issuer: makeAuthority({ subject: 'another', key: intermediate.key }).der },
    leafAlone,
    /^revocation\.ownStatus\.issuer: neither/,
  ],
  ['an issuer that is none', { url, issuer: Buffer.of(1) }, leafAlone, /^revocation\.ownStatus\.issuer: /],
  ['no URL', { url: 'responder' }, credentialOf('cse-b'), /^revocation\.ownStatus\.url: no http/],
  [
    'a raw public key alone',
    { url },
    credentials.fromRawKey(keyOf('cse-b')),
    /^revocation\.ownStatus: there is no/,
  ],
] as const)
  test(`an option that is wrong is named: ${name}`, t => {
    assert.throws(
      () => refreshedEndpoint(t, { ownStatus: own }, { credential }),
      refusal('OPTION_INVALID', sentence),
    );
  });

test('the issuer may be given where the chain does not have it', async t => {
  const own = { url, issuer: intermediate.der };
  const refreshed = refreshedEndpoint(
    t,
    { ownStatus: own, fetch: statusServer(response()).fetch },
    { credential: leafAlone },
  );
  assert.deepEqual(names(await refreshed.endpoint.refreshRevocation()), ['staple refreshed']);
});

test('an end-point that nobody told of revocation has nothing to refresh', async t => {
  const endpoint = initiatingEndpoint(t);
  assert.deepEqual(await endpoint.refreshRevocation(), []);
  const { endpoint: other } = refreshedEndpoint(t, {});
  await complete(other);
  assert.deepEqual(await other.refreshRevocation(), []);
});
