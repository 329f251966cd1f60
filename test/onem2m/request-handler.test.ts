import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cseBase } from '../../src/onem2m/cse-base.ts';
import type { Operation, RequestPrimitive } from '../../src/onem2m/primitive.ts';
import { type RequestHandlerOptions, requestHandler } from '../../src/onem2m/request-handler.ts';
import { fakeEndpoint, refusingEndpoint } from './fake-endpoint.ts';

const cse = '//m2m.example.com/cse-b';
const ae = `${cse}/Cae17`;
const operations: readonly Operation[] = ['create', 'retrieve', 'update', 'delete', 'notify'];
const childAddresses = [
  `${cse}/-/e2EKeyCSE`,
  '/cse-b/-/e2EKeyCSE',
  '-/e2EKeyCSE',
  `${cse}/e2EKeyCSE`,
  '/cse-b/e2EKeyCSE',
  'e2EKeyCSE',
];
const seci = { 'm2m:seci': { sit: 6, eckm: 'FgMB' } };
const shown = cseBase(
  { id: cse, certificates: [Uint8Array.of(1)] },
  { pointOfAccess: ['http://127.0.0.1:8080'], created: new Date(0) },
);

const handlerFor = (changed: Partial<RequestHandlerOptions> = {}) =>
  requestHandler({ endpoint: fakeEndpoint(), targets: [cse, ae], ...changed });

const ask = async (changed: Partial<RequestPrimitive>, handler = handlerFor()) => {
  const request: RequestPrimitive = {
    operation: 'notify',
    to: cse,
    from: '/cse-a/Cae1',
    requestIdentifier: 'r1',
    releaseVersionIndicator: '3',
    content: seci,
    ...changed,
  };
  const response = await handler.answer(request, { hop: 'h' });
  assert.equal(response.requestIdentifier, 'r1');
  return { ...response, debug: (response.content as Record<string, string>)['m2m:dbg'] ?? '' };
};

test('NOTIFYs to a CSEBase and an AE are taken and answered, in every form of address (TS-0001 7.2, TS-0004 7.5.1.2.12)', async () => {
  for (const to of [cse, `${cse}/-`, '/cse-b', '/cse-b/-', '-', '//M2M.Example.Com/cse-b']) {
    assert.ok(handlerFor().takes({ operation: 'notify', to }), to);
    const { responseStatusCode, content } = await ask({ to });
    assert.deepEqual([responseStatusCode, content], [2000, { 'm2m:seci': { sit: 6, eckm: 'AQMW' } }], to);
  }
  for (const to of [ae, '/cse-b/Cae17', 'Cae17'])
    assert.equal((await ask({ to })).responseStatusCode, 2000, to);
});

test('NOTIFY and CREATE to e2EKeyCSE are taken and answered, a CREATE with 2001 (TS-0003 8.7.2.2)', async () => {
  for (const to of childAddresses)
    for (const [operation, rsc] of [
      ['notify', 2000],
      ['create', 2001],
    ] as const) {
      assert.ok(handlerFor().takes({ operation, to }), to);
      const { responseStatusCode, content } = await ask({ operation, to, resourceType: 4 });
      assert.deepEqual([responseStatusCode, content], [rsc, { 'm2m:seci': { sit: 6, eckm: 'AQMW' } }], to);
    }
});

test('an AE has no e2EKeyCSE (TS-0003 8.7.2.2)', async () => {
  const ofAe = handlerFor({ targets: [ae] });
  for (const to of [`${ae}/e2EKeyCSE`, 'Cae17/e2EKeyCSE', ...childAddresses]) {
    assert.ok(!ofAe.takes({ operation: 'notify', to }), to);
    assert.equal((await ask({ to }, ofAe)).responseStatusCode, 4004, to);
  }
});

test('any other operation at a target is 4005, and never reaches the end-point (TS-0004 7.5.1.2.12)', async () => {
  for (const to of [cse, ae, '-', ...childAddresses])
    for (const operation of operations) {
      if (operation === 'notify' || (operation === 'create' && childAddresses.includes(to))) continue;
      const endpoint = fakeEndpoint();
      const handler = handlerFor({ endpoint });
      assert.ok(!handler.takes({ operation, to }));
      const response = await ask({ operation, to, resourceType: 4 }, handler);
      assert.equal(response.responseStatusCode, 4005, `${operation} ${to}`);
      assert.match(response.debug, new RegExp(`^OPERATION_NOT_ALLOWED: ${operation} is not for this target`));
      assert.deepEqual(endpoint.asked, []);
    }
});

test('any other target is 4004, named as it was written, but not at any length (TS-0004 7.3.3.1)', async () => {
  for (const to of [
    '',
    '/',
    'cse-b',
    '/cse-c',
    '/CSE-B',
    '/cse-b/Cae1',
    '//other.example.com/cse-b',
    '-/-',
    'e2ekeycse',
    `${cse}/-/e2EKeyCSE/x`,
  ])
    for (const operation of operations) {
      const endpoint = fakeEndpoint();
      const handler = handlerFor({ endpoint });
      assert.ok(!handler.takes({ operation, to }), to);
      const response = await ask({ operation, to }, handler);
      assert.equal(response.responseStatusCode, 4004, to);
      assert.ok(
        response.debug.startsWith(`NOT_FOUND: there is no ${JSON.stringify(to)} here`),
        response.debug,
      );
      assert.ok(response.debug.includes(cse));
      assert.deepEqual(endpoint.asked, []);
    }
  const { debug } = await ask({ to: `\u001b${'x'.repeat(10_000)}` });
  assert.ok(debug.includes(`${'x'.repeat(79)}"`) && !debug.includes('x'.repeat(80)));
});

test('without a CSEBase to show, its RETRIEVE is not taken, and 4005', async () => {
  assert.ok(!handlerFor().takes({ operation: 'retrieve', to: cse }));
  assert.equal((await ask({ operation: 'retrieve' })).responseStatusCode, 4005);
});

test('with one, a RETRIEVE shows it, and its name is an address (TS-0001 9.6.3, 7.2)', async () => {
  const handler = handlerFor({ cseBase: () => shown });
  for (const to of [cse, '/cse-b', '-', 'cse-b', '/cse-b/cse-b', `${cse}/cse-b`])
    for (const resultContent of [undefined, 1, 4, 5]) {
      assert.ok(handler.takes({ operation: 'retrieve', to }), to);
      const { responseStatusCode, content } = await ask(
        { operation: 'retrieve', to, ...(resultContent !== undefined && { resultContent }) },
        handler,
      );
      assert.deepEqual([responseStatusCode, content], [2000, shown], to);
    }
  assert.equal((await ask({ to: 'cse-b' }, handler)).responseStatusCode, 2000);
  assert.equal((await ask({ operation: 'retrieve', to: ae }, handler)).responseStatusCode, 4005);
  assert.equal((await ask({ operation: 'retrieve', to: '-/e2EKeyCSE' }, handler)).responseStatusCode, 4005);
});

test('a RETRIEVE is checked as every request is (TS-0004 7.3.2.1)', async () => {
  const handler = handlerFor({ cseBase: () => shown });
  const { from: _, ...anonymous } = {
    operation: 'retrieve',
    to: cse,
    requestIdentifier: 'r1',
    from: '',
  } as const;
  assert.equal((await handler.answer(anonymous, { hop: 'h' })).responseStatusCode, 4000);
  for (const [changed, rsc] of [
    [{ releaseVersionIndicator: '1' }, 4001],
    [{ requestExpirationTimestamp: '-1' }, 4008],
    [{ responseType: { responseTypeValue: 1 } }, 5206],
    [{ resultContent: 6 }, 5001],
    [{ resultContent: 0 }, 4000],
  ] as const)
    assert.equal((await ask({ operation: 'retrieve', ...changed }, handler)).responseStatusCode, rsc);
});

test('a CSEBase that cannot be made is 5000, and onFault is told', async () => {
  const failure = new TypeError('SECRET');
  const told: unknown[] = [];
  const handler = handlerFor({
    cseBase: () => {
      throw failure;
    },
  });
  const request = { operation: 'retrieve', to: cse, from: 'Cae1' } as const;
  const response = await handler.answer(request, { hop: 'h' }, error => void told.push(error));
  assert.equal(response.responseStatusCode, 5000);
  assert.doesNotMatch(JSON.stringify(response), /SECRET/);
  assert.deepEqual(told, [failure]);
});

test('onFault is told what the peer is not', async () => {
  const told: unknown[] = [];
  const handler = handlerFor({ endpoint: refusingEndpoint('STORE_FAILED', 'disk full') });
  const request = { operation: 'notify', to: cse, from: 'Cae1', content: seci } as const;
  await handler.answer(request, { hop: 'h' }, error => void told.push(error));
  assert.match(String(told[0]), /disk full/);
});

test('targets are absolute identifiers, at least one, and without an address in common', () => {
  for (const targets of [
    [],
    ['cse-b'],
    ['/cse-b'],
    [''],
    [cse, cse],
    [cse, '//M2M.example.com/cse-b'],
    [cse, '//other.example.com/cse-b'],
    [ae, '//m2m.example.com/cse-c/Cae17'],
  ])
    assert.throws(
      () => handlerFor({ targets }),
      { code: 'OPTION_INVALID', message: /targets/ },
      String(targets),
    );
});
