// The refusal table over HTTP: plug-in, Endpoint and loopback are the real ones. Each refusal is told by its Response
// Status Code, its alert record in m2m:seci, and its name in m2m:dbg; afterwards an honest procedure still succeeds.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fastify from 'fastify';
import type { Endpoint } from '../../src/endpoint/endpoint.ts';
import { e2eKeyPlugin } from '../../src/onem2m/fastify.ts';
import { httpCarrier } from '../../src/onem2m/http-carrier.ts';
import type { AnsweringEndpoint } from '../../src/onem2m/notify-handler.ts';
import { refusalsByKind } from '../endpoint/key-refusals.ts';
import { beginWith, type Kind, x509 } from '../endpoint/kinds.ts';
import { cae1, cseB, initiatingEndpoint, type LabOptions, terminatingEndpoint } from '../endpoint/lab.ts';
import type { Refusal } from '../endpoint/refusals.ts';
import { alertRecord, withUnsolicitedExtension } from './bytes.ts';
import { type NotifyResponse, notify, post } from './notify.ts';

/** TS-0009 Table 6.3.2-1. */
const httpStatuses: Readonly<Record<number, number>> = {
  2000: 200,
  4000: 400,
  4008: 504,
  4102: 400,
  4103: 403,
  4105: 409,
  4106: 403,
  5000: 500,
  5001: 501,
  5207: 406,
};

/** What the HTTP binding refuses before the procedure sees it. */
const elsewhere: Readonly<Record<string, Pick<Refusal, 'code' | 'alert' | 'rsc'>>> = {
  'no byte at all': { code: 'REQUEST_INVALID', alert: null, rsc: 4000 },
};

/** These need a configuration of their own, or that nothing else is pending. */
const alone = ({ terminating, code }: Refusal) => terminating !== undefined || code === 'PENDING_UNKNOWN';

for (const [kind, refusals] of refusalsByKind) {
  const of = kind === x509 ? '' : `${kind.name}: `;

  test(`${of}one service refuses everything that a peer can do wrong, and then still makes a key`, async t => {
    const { url, endpoint } = await serve(t, { ...kind.terminating, limits: { perOriginator: 100 } });
    for (const refusal of refusals.filter(each => !alone(each)))
      await t.test(`${refusal.code}: ${refusal.name}`, async () =>
        assertRefused(refusal, await provoke(url, refusal, kind)),
      );
    assert.deepEqual(await endpoint.keys(), []);
    await honestProcedure(t, url, endpoint, kind);
  });

  for (const refusal of refusals.filter(alone))
    test(`${of}${refusal.code}: ${refusal.name}`, async t => {
      const { url, endpoint } = await serve(t, { ...kind.terminating, ...refusal.terminating?.() });
      assertRefused(refusal, await provoke(url, refusal, kind));
      assert.deepEqual(await endpoint.keys(), []);
    });
}

test('EXTENSION_UNSOLICITED: the terminating end-point is told in the place of message 3 (RFC 5246 §7.4.1.4)', async t => {
  const received: Uint8Array[] = [];
  const url = await listen(t, {
    async answer(_from, message) {
      received.push(message);
      return withUnsolicitedExtension(message);
    },
  });
  await assert.rejects(initiating(t).establish(cseB, httpCarrier(url)), { code: 'EXTENSION_UNSOLICITED' });
  assert.equal(received.length, 2);
  assert.deepEqual(received[1], alertRecord(110));
});

test('REQUEST_EXPIRED: a request whose time has passed is not answered (TS-0001 8.1.2)', async t => {
  const { url, endpoint } = await serve(t, {});
  const headers = { 'X-M2M-Origin': cae1, 'X-M2M-RET': '20200101T000000' };
  const response = await post(url, headers, JSON.stringify({ 'm2m:seci': { sit: 6, eckm: 'FgMB' } }));
  assert.deepEqual(response, { status: 504, rsc: 4008, message: null, code: 'REQUEST_EXPIRED' });
  await honestProcedure(t, url, endpoint);
});

test('MESSAGE_TOO_LARGE: a body of more than 96 KiB is not read', async t => {
  const { url, endpoint } = await serve(t, {});
  const response = await post(url, { 'X-M2M-Origin': cae1 }, ' '.repeat(96 * 1024 + 1));
  assert.deepEqual(response, { status: 400, rsc: 4102, message: null, code: 'MESSAGE_TOO_LARGE' });
  await honestProcedure(t, url, endpoint);
});

for (const [name, body] of Object.entries({
  'no JSON': '{"m2m:seci"',
  'no base64': '{"m2m:seci":{"sit":6,"eckm":"Fg MB"}}',
  base64url: '{"m2m:seci":{"sit":6,"eckm":"_-8="}}',
  'two messages': '{"m2m:seci":{"sit":6,"eckm":"FgMB","eckm":"FgMC"}}',
  'a thousand brackets': '['.repeat(1000) + ']'.repeat(1000),
  'no content': '',
}))
  test(`REQUEST_INVALID: ${name} (TS-0004 6.3.5.48, 8.4.2)`, async t => {
    const { url, endpoint } = await serve(t, {});
    const response = await post(url, { 'X-M2M-Origin': cae1 }, body);
    assert.deepEqual(response, { status: 400, rsc: 4000, message: null, code: 'REQUEST_INVALID' });
    await honestProcedure(t, url, endpoint);
  });

async function provoke(
  url: string,
  { from = cae1, procedure, first, second }: Refusal,
  kind: Kind,
): Promise<NotifyResponse> {
  const good = beginWith(kind, procedure?.());
  const response = await notify(url, from, first?.(good) ?? good.message1);
  if (second === undefined) return response;
  assert.equal(response.rsc, 2000, response.code ?? '');
  return notify(url, from, second(good, response.message ?? new Uint8Array()));
}

function assertRefused({ name, ...refusal }: Refusal, response: NotifyResponse): void {
  const { code, alert, rsc } = elsewhere[name] ?? refusal;
  // Whoever gives up is thanked, not refused.
  const expected = rsc ?? 2000;
  assert.deepEqual(response, {
    status: httpStatuses[expected],
    rsc: expected,
    message: alert === null ? null : alertRecord(alert),
    code: code === 'ALERT_RECEIVED' ? null : code,
  });
}

async function honestProcedure(t: TestContext, url: string, endpoint: Endpoint, kind = x509): Promise<void> {
  const key = await initiating(t, kind).establish(cseB, httpCarrier(url));
  assert.deepEqual(
    (await endpoint.keys()).map(({ id, entity }) => [id, entity]),
    [[key.id, cae1]],
  );
}

/** By the clock of the machine, as the carrier waits by it. */
function initiating(t: TestContext, kind = x509): Endpoint {
  return initiatingEndpoint(t, { ...kind.initiating, clock: () => new Date() });
}

async function serve(t: TestContext, options: LabOptions): Promise<{ url: string; endpoint: Endpoint }> {
  const endpoint = terminatingEndpoint(t, options);
  return { url: await listen(t, endpoint), endpoint };
}

async function listen(t: TestContext, endpoint: AnsweringEndpoint): Promise<string> {
  const host = fastify({ forceCloseConnections: true });
  await host.register(e2eKeyPlugin, { endpoint, targets: [cseB] });
  t.after(() => host.close());
  return host.listen({ host: '127.0.0.1', port: 0 });
}
