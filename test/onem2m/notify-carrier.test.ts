import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { notifyCarrier } from '../../src/onem2m/notify-carrier.ts';
import { deliveryOf, fakeSender } from './fake-sender.ts';

test('a message is a NOTIFY to the CSEBase or AE itself, its content an m2m:securityInfo (TS-0004 7.5.1.2.12)', async () => {
  for (const [ordinal, to] of [
    [1, '//m2m.example.com/cse-b'],
    [3, '//m2m.example.com/cse-b/Cae17'],
  ] as const) {
    const sender = fakeSender();
    const delivery = deliveryOf({ ordinal, to });
    assert.deepEqual(await notifyCarrier(sender).deliver(delivery), {
      message: Uint8Array.of(0x16),
      rsc: 2000,
      debug: null,
    });
    assert.deepEqual(sender.sent, [
      {
        request: {
          operation: 'notify',
          to,
          from: '//m2m.example.com/cse-a/Cae1',
          requestIdentifier: `e2ekey-p1-${ordinal}`,
          releaseVersionIndicator: '3',
          content: { 'm2m:seci': { sit: 6, eckm: 'FgMB' } },
        },
        signal: delivery.signal,
      },
    ]);
    assert.equal(sender.sent[0]?.signal, delivery.signal);
  }
});

test('the request has no Response Type and no expiration: blocking is what is meant without (TS-0004 Table 6.4.1-1)', async () => {
  const sender = fakeSender();
  await notifyCarrier(sender).deliver(deliveryOf());
  for (const parameter of ['responseType', 'requestExpirationTimestamp', 'resultExpirationTimestamp'])
    assert.ok(!(parameter in (sender.sent[0]?.request ?? {})), parameter);
});

test('target, originator and release are written as the options say (TS-0001 7.2)', async () => {
  const sender = fakeSender();
  const options = { to: 'sp-relative', from: 'cse-relative', releaseVersion: '2a' } as const;
  await notifyCarrier(sender, options).deliver(deliveryOf());
  const { to, from, releaseVersionIndicator } = sender.sent[0]?.request ?? {};
  assert.deepEqual([to, from, releaseVersionIndicator], ['/cse-b', 'Cae1', '2a']);
});

test('an error response is an answer, what the sender throws is thrown', async () => {
  const content = { 'm2m:dbg': 'PEER_NOT_ALLOWED: no entry' };
  const refused = notifyCarrier(fakeSender({ responseStatusCode: 4103, content }));
  assert.deepEqual(await refused.deliver(deliveryOf()), {
    message: null,
    rsc: 4103,
    debug: 'PEER_NOT_ALLOWED: no entry',
  });
  const failing = { send: () => Promise.reject(new E2EKeyError('CARRIER_FAILED', 'no answer')) };
  await assert.rejects(notifyCarrier(failing).deliver(deliveryOf()), { code: 'CARRIER_FAILED' });
});
