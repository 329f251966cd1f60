// Carrier and plug-in against each other over loopback: directly, through transit CSEs, and over TLS.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import type { ServerOptions } from 'node:https';
import { type TestContext, test } from 'node:test';
import fastify from 'fastify';
import type { Answer, Delivery } from '../../src/endpoint/carrier.ts';
import { e2eKeyPlugin } from '../../src/onem2m/fastify.ts';
import { type HttpCarrierOptions, httpCarrier } from '../../src/onem2m/http-carrier.ts';
import type { AnsweringEndpoint } from '../../src/onem2m/notify-handler.ts';
import { type TransitCseOptions, transitCse } from '../../src/testing/transit-cse/transit-cse.ts';
import { fakeEndpoint, refusingEndpoint } from './fake-endpoint.ts';

const target = '//m2m.example.com/cse-b';
// Test key, self-signed for 127.0.0.1 (CA, server and client in one).
const [pem, key] = ['hop.pem', 'hop.key'].map(name =>
  readFileSync(new URL(name, import.meta.url), 'utf8'),
) as [string, string];

async function terminating(t: TestContext, endpoint: AnsweringEndpoint): Promise<string> {
  const host = fastify({ forceCloseConnections: true });
  await host.register(e2eKeyPlugin, { endpoint, targets: [target] });
  t.after(() => host.close());
  return host.listen({ host: '127.0.0.1', port: 0 });
}

async function terminatingOverTls(
  t: TestContext,
  endpoint: AnsweringEndpoint,
  https: ServerOptions,
): Promise<string> {
  const host = fastify({ forceCloseConnections: true, https: { cert: pem, key, ...https } });
  await host.register(e2eKeyPlugin, { endpoint, targets: [target] });
  t.after(() => host.close());
  return host.listen({ host: '127.0.0.1', port: 0 });
}

/** A chain of `hops` transit CSEs before `url`; the first in the chain gets `options`. */
async function transit(
  t: TestContext,
  hops: number,
  url: string,
  options: Partial<TransitCseOptions> = {},
): Promise<string> {
  if (hops === 0) return url;
  const next = await transit(t, hops - 1, url);
  const cse = await transitCse({
    id: `//m2m.example.com/transit-${hops}`,
    routes: { [target]: next },
    ...options,
  });
  t.after(() => cse.close());
  return cse.url;
}

function deliver(
  url: string,
  message: Uint8Array,
  options: HttpCarrierOptions = {},
  from = '//m2m.example.com/transit-1/Cae1',
): Promise<Answer> {
  const delivery: Delivery = {
    from,
    to: target,
    message,
    ordinal: 1,
    procedure: 'p1',
    signal: new AbortController().signal,
  };
  return httpCarrier(url, options).deliver(delivery);
}

for (const hops of [0, 1, 2]) {
  test(`a message and its answer pass ${hops} transit CSEs unchanged (TS-0001 11.4.3)`, async t => {
    const endpoint = fakeEndpoint();
    const url = await transit(t, hops, await terminating(t, endpoint));
    for (const length of [1, 3000, 65536]) {
      const message = Uint8Array.from({ length }, (_, at) => (at * 7) & 255);
      assert.deepEqual(await deliver(url, message), {
        message: message.toReversed(),
        rsc: 2000,
        debug: null,
      });
      assert.deepEqual(endpoint.asked.at(-1)?.message, message);
    }
    assert.deepEqual(endpoint.asked[0]?.from, {
      hop: '127.0.0.1',
      claimed: '//m2m.example.com/transit-1/Cae1',
      procedure: 'p1',
    });
  });

  test(`alert, code and reason of a refusal pass ${hops} transit CSEs (TS-0004 7.2.1.2)`, async t => {
    const alert = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 48);
    const url = await transit(
      t,
      hops,
      await terminating(t, refusingEndpoint('CERTIFICATE_UNTRUSTED', 'no path', alert)),
    );
    assert.deepEqual(await deliver(url, Uint8Array.of(1)), {
      message: alert,
      rsc: 4106,
      debug: 'CERTIFICATE_UNTRUSTED: no path',
    });
  });
}

test('a registrar CSE turns the AE-ID-Stem of its AE into the SP-relative form (TS-0004 7.3.2.1)', async t => {
  const endpoint = fakeEndpoint();
  const url = await transit(t, 2, await terminating(t, endpoint));
  await deliver(url, Uint8Array.of(1), { from: 'cse-relative', to: 'sp-relative' });
  assert.equal(endpoint.asked[0]?.from.claimed, '/transit-2/Cae1');
});

test('the absolute form of the request-target is taken as well (RFC 9112 3.2.2, TS-0009 6.2.2)', async t => {
  const url = new URL(await terminating(t, fakeEndpoint()));
  const headers = {
    'X-M2M-Origin': '/cse-a/Cae1',
    'X-M2M-RI': 'r1',
    'Content-Type': 'application/json',
  };
  const post = request(url, { method: 'POST', path: 'http://cse.example/~/cse-b?x', headers });
  post.end('{"m2m:seci":{"sit":6,"eckm":"FgMB"}}');
  const [response] = (await once(post, 'response')) as [IncomingMessage];
  response.resume();
  assert.equal(response.headers['x-m2m-rsc'], '2000');
});

for (const serialisation of ['json', 'xml', 'cbor'] as const)
  test(`in ${serialisation} a message, its answer and its refusal are the same (TS-0004 8.1)`, async t => {
    const endpoint = fakeEndpoint();
    const url = await terminating(t, endpoint);
    for (const length of [1, 65536]) {
      const message = Uint8Array.from({ length }, (_, at) => (at * 7) & 255);
      const answer = await deliver(url, message, { serialisation });
      assert.deepEqual(answer, { message: message.toReversed(), rsc: 2000, debug: null });
    }
    const alert = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 48);
    const refusing = await terminating(t, refusingEndpoint('CERTIFICATE_UNTRUSTED', 'no path', alert));
    const refused = await deliver(refusing, Uint8Array.of(1), { serialisation });
    // Of the two an XML document holds one, the alert.
    const debug = serialisation === 'xml' ? null : 'CERTIFICATE_UNTRUSTED: no path';
    assert.deepEqual(refused, { message: alert, rsc: 4106, debug });
    const silent = await terminating(t, refusingEndpoint('TOO_MANY_PENDING', 'wait'));
    const { debug: reason } = await deliver(silent, Uint8Array.of(1), { serialisation });
    assert.equal(reason, 'TOO_MANY_PENDING: wait');
  });

test('a message above 64 KiB is not sent', async t => {
  const endpoint = fakeEndpoint();
  const url = await terminating(t, endpoint);
  await assert.rejects(deliver(url, new Uint8Array(65537)), { code: 'OPTION_INVALID' });
  assert.deepEqual(endpoint.asked, []);
});

test("over TLS the hop is the fingerprint of the client's certificate, once it was verified", async t => {
  const endpoint = fakeEndpoint();
  const server = { ca: pem, requestCert: true, rejectUnauthorized: false };
  const url = await terminatingOverTls(t, endpoint, server);
  await deliver(url, Uint8Array.of(1), { ca: pem, cert: pem, key });
  await deliver(url, Uint8Array.of(1), { ca: pem });
  assert.deepEqual(
    endpoint.asked.map(({ from }) => from.hop),
    [`tls:${new X509Certificate(pem).fingerprint256}`, '127.0.0.1'],
  );
});

test("a client's certificate that the host did not verify names no hop", async t => {
  const endpoint = fakeEndpoint();
  const url = await terminatingOverTls(t, endpoint, {
    cert: pem,
    key,
    requestCert: true,
    rejectUnauthorized: false,
  });
  await deliver(url, Uint8Array.of(1), { ca: [pem], cert: pem, key });
  assert.equal(endpoint.asked[0]?.from.hop, '127.0.0.1');
});

test('a hop whose certificate the trust anchors do not vouch for is CARRIER_FAILED', async t => {
  const endpoint = fakeEndpoint();
  const url = await terminatingOverTls(t, endpoint, {});
  await assert.rejects(deliver(url, Uint8Array.of(1)), {
    code: 'CARRIER_FAILED',
    message: /DEPTH_ZERO_SELF_SIGNED_CERT/,
  });
  assert.deepEqual(endpoint.asked, []);
});
