import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultCode, faultTable } from '../../src/errors.ts';
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
  const response = await answerNotify(endpoint, asked, { hop: 'h' }, now);
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

test('any operation but NOTIFY is 4005 (TS-0004 7.5.1.2.12)', async () => {
  for (const operation of ['create', 'retrieve', 'update', 'delete'] as const) {
    const response = await ask({ operation });
    assert.equal(response.responseStatusCode, 4005);
    assert.match(response.debug, /^OPERATION_NOT_ALLOWED: /);
    assert.deepEqual(response.asked, []);
  }
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

test('a missing From is 4000: message 3 could not find its pending handshake (TS-0001 11.4.3)', async () => {
  const { from: _, ...anonymous } = request;
  const endpoint = fakeEndpoint();
  const response = await answerNotify(endpoint, anonymous, { hop: 'h' });
  assert.equal(response.responseStatusCode, 4000);
  assert.deepEqual(response.content, { 'm2m:dbg': 'BAD_REQUEST: from is missing (TS-0001 11.4.3)' });
  assert.deepEqual(endpoint.asked, []);
});

test('a request whose expiration has passed is 4008, in every form of m2m:absRelTimestamp (TS-0001 8.1.2)', async () => {
  for (const requestExpirationTimestamp of [
    '20261122T205959',
    '20261122T210000',
    '20261122T205959,999999',
    '0',
    '-1',
    '-5000',
  ]) {
    const response = await ask({ requestExpirationTimestamp });
    assert.equal(response.responseStatusCode, 4008, requestExpirationTimestamp);
    assert.match(response.debug, /^REQUEST_EXPIRED: requestExpirationTimestamp/);
    assert.deepEqual(response.asked, []);
  }
  for (const requestExpirationTimestamp of ['20261122T210001', '20261122T210000,001', '1', '+5000'])
    assert.equal(
      (await ask({ requestExpirationTimestamp })).responseStatusCode,
      2000,
      requestExpirationTimestamp,
    );
});

test('an expiration that is no m2m:absRelTimestamp is 4000 (TS-0004 6.3.3)', async () => {
  for (const requestExpirationTimestamp of [
    'soon',
    '2026-11-22T21:00:01Z',
    '20261399T000000',
    '1e9',
    '',
    '9'.repeat(16),
  ]) {
    const response = await ask({ requestExpirationTimestamp });
    assert.equal(response.responseStatusCode, 4000, requestExpirationTimestamp);
    assert.match(response.debug, /requestExpirationTimestamp/);
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
