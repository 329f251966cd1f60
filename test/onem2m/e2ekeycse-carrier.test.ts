import assert from 'node:assert/strict';
import { test } from 'node:test';
import { e2eKeyCseCarrier } from '../../src/onem2m/e2ekeycse-carrier.ts';
import { requestHandler } from '../../src/onem2m/request-handler.ts';
import { fakeEndpoint } from './fake-endpoint.ts';
import { deliveryOf, fakeSender } from './fake-sender.ts';

const child = '//m2m.example.com/cse-b/-/e2EKeyCSE';

test('a message is a NOTIFY to e2EKeyCSE of the CSEBase, or a CREATE with a resource type (TS-0003 8.7.2.2, TS-0004 7.3.2.1)', async () => {
  for (const [options, operation] of [
    [{}, 'notify'],
    [{ operation: 'notify' }, 'notify'],
    [{ operation: 'create' }, 'create'],
  ] as const) {
    const sender = fakeSender();
    const answer = await e2eKeyCseCarrier(sender, options).deliver(deliveryOf());
    assert.deepEqual(answer, { message: Uint8Array.of(0x16), rsc: 2000, debug: null });
    assert.deepEqual(
      sender.sent.map(({ request }) => request),
      [
        {
          operation,
          to: child,
          from: '//m2m.example.com/cse-a/Cae1',
          requestIdentifier: 'e2ekey-p1-1',
          releaseVersionIndicator: '3',
          ...(operation === 'create' && { resourceType: 4 }),
          content: { 'm2m:seci': { sit: 6, eckm: 'FgMB' } },
        },
      ],
    );
  }
});

test('target, originator and release are written as the options say (TS-0001 7.2)', async () => {
  const sender = fakeSender();
  const options = { to: 'sp-relative', from: 'sp-relative', releaseVersion: '5' } as const;
  await e2eKeyCseCarrier(sender, options).deliver(deliveryOf());
  const { to, from, releaseVersionIndicator } = sender.sent[0]?.request ?? {};
  assert.deepEqual([to, from, releaseVersionIndicator], ['/cse-b/-/e2EKeyCSE', '/cse-a/Cae1', '5']);
});

test('an AE has no e2EKeyCSE, and nothing is sent to one (TS-0003 8.7.2.2)', async () => {
  for (const to of ['//m2m.example.com/cse-b/Cae17', '//m2m.example.com/Sae1']) {
    const sender = fakeSender();
    await assert.rejects(e2eKeyCseCarrier(sender).deliver(deliveryOf({ to })), {
      code: 'OPTION_INVALID',
      message: /is an AE/,
    });
    assert.deepEqual(sender.sent, []);
  }
});

test('a request handler answers it, with either operation and in either form', async () => {
  const handler = requestHandler({ endpoint: fakeEndpoint(), targets: ['//m2m.example.com/cse-b'] });
  const sender = {
    send: (request: Parameters<typeof handler.answer>[0]) => handler.answer(request, { hop: 'h' }),
  };
  for (const [operation, rsc] of [
    ['notify', 2000],
    ['create', 2001],
  ] as const)
    for (const to of ['absolute', 'sp-relative'] as const)
      assert.deepEqual(await e2eKeyCseCarrier(sender, { operation, to }).deliver(deliveryOf()), {
        message: Uint8Array.of(1, 3, 0x16),
        rsc,
        debug: null,
      });
});
