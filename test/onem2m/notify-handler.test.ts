import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError, type FaultCode, faultTable } from '../../src/errors.ts';
import { answerNotify } from '../../src/onem2m/notify-handler.ts';
import type { RequestPrimitive } from '../../src/onem2m/primitive.ts';
import { fakeEndpoint, refusingEndpoint } from './fake-endpoint.ts';

const request: RequestPrimitive = {
  operation: 'notify',
  to: '/cse-b',
  from: '/cse-a/Cae1',
  requestIdentifier: 'e2ekey-p1-3',
  releaseVersionIndicator: '3',
  content: { 'm2m:seci': { sit: 6, eckm: 'FgMB' } },
};
const now = Date.UTC(2026, 10, 22, 21, 0, 0);
const ask = async (changed: Partial<RequestPrimitive>, endpoint = fakeEndpoint()) => {
  const { from, ...others } = { ...request, ...changed };
  const asked = from === undefined ? others : { ...others, from };
  const response = await answerNotify(endpoint, asked, { hop: 'h' }, { clock: () => now });
  return {
    ...response,
    debug: (response.content as Record<string, string> | undefined)?.['m2m:dbg'] ?? '',
    asked: endpoint.asked,
  };
};
const alert = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40);

test('a message is answered with rsc 2000 and sit 6 (TS-0004 7.5.1.2.12, TS-0001 11.4.3)', async () => {
  assert.deepEqual(await answerNotify(fakeEndpoint(), request, { hop: 'h' }), {
    responseStatusCode: 2000,
    requestIdentifier: 'e2ekey-p1-3',
    releaseVersionIndicator: '3',
    content: { 'm2m:seci': { sit: 6, eckm: 'AQMW' } },
  });
});

test('the end-point is given hop, From and the name of the procedure (TS-0001 11.4.3)', async () => {
  const { asked } = await ask({});
  assert.deepEqual(asked, [
    { from: { hop: 'h', claimed: '/cse-a/Cae1', procedure: 'p1' }, message: Uint8Array.of(0x16, 3, 1) },
  ]);
});

test('a Request Identifier of any other form names no procedure', async () => {
  for (const requestIdentifier of [
    'notify',
    'e2ekey-p1-2',
    'e2ekey--1',
    'xe2ekey-p1-1',
    'e2ekey-p1-1x',
    `e2ekey-${'p'.repeat(65)}-1`,
    'e2ekey-p 1-1',
  ]) {
    const { asked } = await ask({ requestIdentifier });
    assert.deepEqual(asked[0]?.from, { hop: 'h', claimed: '/cse-a/Cae1' }, requestIdentifier);
  }
});

test('a missing identifier or release version is tolerated and not made up', async () => {
  const { requestIdentifier: _, releaseVersionIndicator: __, ...bare } = request;
  const response = await answerNotify(fakeEndpoint(), bare, { hop: 'h' });
  assert.deepEqual(Object.keys(response), ['responseStatusCode', 'content']);
});

test('a CREATE at e2EKeyCSE is answered with 2001 CREATED, and names a resource type (TS-0004 7.3.2.1, 6.6.3.3)', async () => {
  const created = await ask({ operation: 'create', resourceType: 4 });
  assert.equal(created.responseStatusCode, 2001);
  assert.deepEqual(created.content, { 'm2m:seci': { sit: 6, eckm: 'AQMW' } });
  const untyped = await ask({ operation: 'create' });
  assert.equal(untyped.responseStatusCode, 4000);
  assert.match(untyped.debug, /^BAD_REQUEST: Resource Type \(ty\)/);
  assert.deepEqual(untyped.asked, []);
});

test('releases 2a to 5 are taken, any other is 4001 (TS-0004 6.4.1)', async () => {
  for (const releaseVersionIndicator of ['2a', '3', '4', '5'])
    assert.equal((await ask({ releaseVersionIndicator })).responseStatusCode, 2000);
  for (const releaseVersionIndicator of ['1', '6', '3, 3', 'x']) {
    const response = await ask({ releaseVersionIndicator });
    assert.equal(response.responseStatusCode, 4001);
    assert.match(response.debug, /^RELEASE_VERSION_NOT_SUPPORTED: /);
  }
});

test('a missing From is 4000: message 3 could not find its pending handshake (TS-0004 7.3.2.1, TS-0001 11.4.3)', async () => {
  const { from: _, ...anonymous } = request;
  const endpoint = fakeEndpoint();
  const response = await answerNotify(endpoint, anonymous, { hop: 'h' });
  assert.equal(response.responseStatusCode, 4000);
  assert.deepEqual(response.content, {
    'm2m:dbg': 'BAD_REQUEST: From (X-M2M-Origin) is missing (TS-0004 7.3.2.1)',
  });
  assert.deepEqual(endpoint.asked, []);
});

const expirations = ['requestExpirationTimestamp', 'resultExpirationTimestamp'] as const;

for (const expiration of expirations) {
  test(`a ${expiration} that has passed is 4008, in every form of m2m:absRelTimestamp (TS-0001 8.1.2)`, async () => {
    for (const past of ['20261122T205959', '20261122T210000', '20261122T205959,999999', '0', '-1', '-5000']) {
      const response = await ask({ [expiration]: past });
      assert.equal(response.responseStatusCode, 4008, past);
      assert.match(
        response.debug,
        new RegExp(`^REQUEST_EXPIRED: ${expiration} \\(X-M2M-R[SE]T\\) has passed`),
      );
      assert.deepEqual(response.asked, []);
    }
    for (const future of ['20261122T210001', '20261122T210000,001', '1', '+5000'])
      assert.equal((await ask({ [expiration]: future })).responseStatusCode, 2000, future);
  });

  test(`a ${expiration} that is no m2m:absRelTimestamp is 4000 (TS-0004 6.3.3)`, async () => {
    for (const wrong of ['soon', '2026-11-22T21:00:01Z', '20261399T000000', '1e9', '', '9'.repeat(16)]) {
      const response = await ask({ [expiration]: wrong });
      assert.equal(response.responseStatusCode, 4000, wrong);
      assert.match(response.debug, new RegExp(`^REQUEST_INVALID: ${expiration} `));
      assert.deepEqual(response.asked, []);
    }
  });
}

test('an answer that comes when its result has expired is 4008, without the answer (TS-0001 8.1.2)', async () => {
  for (const [taken, rsc] of [
    [4999, 2000],
    [5000, 4008],
  ] as const) {
    let time = now;
    const slow = fakeEndpoint(message => {
      time += taken;
      return message;
    });
    const response = await answerNotify(
      slow,
      { ...request, resultExpirationTimestamp: '5000', requestExpirationTimestamp: '1' },
      { hop: 'h' },
      { clock: () => time },
    );
    assert.equal(response.responseStatusCode, rsc);
    assert.equal(JSON.stringify(response.content).includes('m2m:seci'), rsc === 2000);
    if (rsc === 4008)
      assert.match(JSON.stringify(response.content), /REQUEST_EXPIRED: resultExpirationTimestamp/);
  }
});

test('an answer goes into the response: blocking and flexible are taken, any other Response Type is refused (TS-0004 7.3.2)', async () => {
  for (const responseTypeValue of [3, 4])
    assert.equal((await ask({ responseType: { responseTypeValue } })).responseStatusCode, 2000);
  for (const [responseTypeValue, rsc] of [
    [1, 5206],
    [2, 5001],
    [5, 5001],
    [0, 4000],
    [6, 4000],
  ] as const) {
    const notificationUri = ['/cse-a/Cae1'];
    const response = await ask({ responseType: { responseTypeValue, notificationUri } });
    assert.equal(response.responseStatusCode, rsc);
    assert.match(response.debug, new RegExp(`^[A-Z_]+: Response Type \\(rt\\) is ${responseTypeValue}`));
    assert.deepEqual(response.asked, []);
  }
});

test('a missing or wrong content is 4000 (TS-0004 6.3.5.48)', async () => {
  for (const content of [
    undefined,
    null,
    {},
    { 'm2m:sgn': {} },
    { 'm2m:seci': { sit: 6 } },
    { 'm2m:seci': { eckm: 'FgMB' } },
    { 'm2m:seci': { sit: 9 } },
    { 'm2m:seci': { sit: 6, eckm: 'Fg' } },
    { 'm2m:seci': { sit: 6, eckm: 'FgMB', epo: 'x' } },
  ]) {
    const response = await ask({ content });
    assert.equal(response.responseStatusCode, 4000);
    assert.match(response.debug, /^REQUEST_INVALID: /);
    assert.deepEqual(response.asked, []);
  }
});

test('the other security information types are 5001 (TS-0004 6.3.4.2.35)', async () => {
  for (const sit of [1, 2, 3, 4, 5, 7, 8]) {
    const response = await ask({ content: { 'm2m:seci': { sit, epo: 'x' } } });
    assert.equal(response.responseStatusCode, 5001);
    assert.match(response.debug, /^NOT_IMPLEMENTED: m2m:seci.sit is /);
    assert.deepEqual(response.asked, []);
  }
});

test('a message above 64 KiB is 4102 and never reaches the end-point', async () => {
  const response = await ask({
    content: { 'm2m:seci': { sit: 6, eckm: Buffer.alloc(65537).toString('base64') } },
  });
  assert.equal(response.responseStatusCode, 4102);
  assert.match(response.debug, /^MESSAGE_TOO_LARGE: /);
  assert.deepEqual(response.asked, []);
});

test('every fault that blames the peer or the path gets its row of the fault table, code and sentence', async () => {
  for (const [code, { blame, rsc }] of Object.entries(faultTable)) {
    if (blame === 'own' || blame === 'caller' || rsc === null) continue;
    const response = await ask({}, refusingEndpoint(code as FaultCode, 'the field is wrong'));
    assert.equal(response.responseStatusCode, rsc, code);
    assert.deepEqual(response.content, { 'm2m:dbg': `${code}: the field is wrong` });
  }
});

test('the alert record stands beside the reason (RFC 5246 §7.2, TS-0003 8.7)', async () => {
  const response = await ask({}, refusingEndpoint('NOTHING_IN_COMMON', 'no suite in common', alert));
  assert.equal(response.responseStatusCode, 5207);
  assert.deepEqual(response.content, {
    'm2m:seci': { sit: 6, eckm: 'FQMDAAICKA==' },
    'm2m:dbg': 'NOTHING_IN_COMMON: no suite in common',
  });
});

test("the peer's own alert is acknowledged with 2000 and no content", async () => {
  const response = await answerNotify(refusingEndpoint('ALERT_RECEIVED', 'x'), request, { hop: 'h' });
  assert.deepEqual(response, {
    responseStatusCode: 2000,
    requestIdentifier: 'e2ekey-p1-3',
    releaseVersionIndicator: '3',
  });
});

test('our own failures are 5000, with alert and code but without their text', async () => {
  for (const code of ['SIGNER_FAILED', 'STORE_FAILED', 'INTERNAL'] as const) {
    const response = await ask({}, refusingEndpoint(code, 'SECRET path', alert));
    assert.equal(response.responseStatusCode, 5000);
    assert.deepEqual(response.content, {
      'm2m:seci': { sit: 6, eckm: 'FQMDAAICKA==' },
      'm2m:dbg': `${code}: this end-point could not process the request`,
    });
  }
});

test('whatever else is thrown is 5000 INTERNAL and says nothing of it', async () => {
  const failures = [
    new TypeError('SECRET'),
    'SECRET',
    null,
    undefined,
    { code: 'ALERT_RECEIVED', message: 'SECRET' },
  ];
  for (const failure of failures) {
    const response = await ask(
      {},
      fakeEndpoint(() => Promise.reject(failure)),
    );
    assert.equal(response.responseStatusCode, 5000);
    assert.deepEqual(response.content, {
      'm2m:dbg': 'INTERNAL: this end-point could not process the request',
    });
  }
  const misconfigured = await ask({}, refusingEndpoint('OPTION_INVALID', 'SECRET'));
  assert.equal(misconfigured.responseStatusCode, 5000);
  assert.equal(misconfigured.debug, 'INTERNAL: this end-point could not process the request');
});

test('onFault is told of our own failures, and of no fault of the peer or the path', async () => {
  const told: unknown[] = [];
  const failure = new TypeError('inside');
  for (const endpoint of [
    refusingEndpoint('FINISHED_INVALID', 'x'),
    refusingEndpoint('REQUEST_EXPIRED', 'x'),
    refusingEndpoint('STORE_FAILED', 'x'),
    fakeEndpoint(() => Promise.reject(failure)),
    fakeEndpoint(() => new Uint8Array(0)),
  ])
    await answerNotify(endpoint, request, { hop: 'h' }, { onFault: error => void told.push(error) });
  assert.deepEqual(
    told.map(error => (error instanceof E2EKeyError ? error.code : error)),
    ['STORE_FAILED', failure, 'OPTION_INVALID'],
  );
});

test('an answer that cannot be sent is 5000 and does not blame the originator', async () => {
  for (const length of [0, 65537])
    assert.equal(
      (
        await ask(
          {},
          fakeEndpoint(() => new Uint8Array(length)),
        )
      ).responseStatusCode,
      5000,
    );
});

test('m2m:dbg is at most 512 characters and has no control characters', async () => {
  const { debug } = await ask({}, refusingEndpoint('IDENTITY_MISMATCH', `\u001b[31m\r\n${'x'.repeat(5000)}`));
  assert.equal(debug.length, 512);
  assert.match(debug, /^IDENTITY_MISMATCH: {2}\[31m {2}x+$/);
});
