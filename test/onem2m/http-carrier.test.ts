import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Delivery } from '../../src/endpoint/carrier.ts';
import { type HttpCarrierOptions, httpCarrier } from '../../src/onem2m/http-carrier.ts';
import { deliveryOf } from './fake-sender.ts';

const ok = { 'X-M2M-RSC': '2000', 'Content-Type': 'application/json' };

/** A server on loopback for one test; `respond` plays the other end-point. */
async function serve(t: TestContext, respond: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer(respond).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The request that a carrier makes of a delivery. */
async function requestOf(
  t: TestContext,
  options: HttpCarrierOptions = {},
  prefix = '',
  changed: Partial<Delivery> = {},
) {
  let seen:
    | {
        method: string | undefined;
        url: string | undefined;
        headers: IncomingMessage['headers'];
        body: string;
      }
    | undefined;
  const url = await serve(t, async (request, response) => {
    const body = (await request.toArray()).join('');
    seen = { method: request.method, url: request.url, headers: request.headers, body };
    response.writeHead(200, ok).end();
  });
  await httpCarrier(url + prefix, options).deliver(deliveryOf(changed));
  assert.ok(seen);
  return seen;
}

/** The answer that a carrier makes of a response. */
async function answerTo(
  t: TestContext,
  status: number,
  headers: Record<string, string>,
  body: string | Buffer = '',
) {
  const url = await serve(t, (_, response) => response.writeHead(status, headers).end(body));
  return httpCarrier(url).deliver(deliveryOf());
}

test('a message is a POST without resource type to the absolute target (TS-0009 6.2)', async t => {
  const { method, url, headers, body } = await requestOf(t);
  assert.equal(method, 'POST');
  assert.equal(url, '/_/m2m.example.com/cse-b');
  assert.equal(headers['x-m2m-origin'], '//m2m.example.com/cse-a/Cae1');
  assert.equal(headers['x-m2m-ri'], 'e2ekey-p1-1');
  assert.equal(headers['x-m2m-rvi'], '3');
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['content-length'], String(body.length));
  assert.equal(body, '{"m2m:seci":{"sit":6,"eckm":"FgMB"}}');
});

test('target, originator and release are written as the options say (TS-0001 7.2)', async t => {
  const options = { to: 'sp-relative', from: 'cse-relative', releaseVersion: '2a' } as const;
  const { url, headers } = await requestOf(t, options, '/root/', { ordinal: 3 });
  assert.equal(url, '/root/~/cse-b');
  assert.equal(headers['x-m2m-origin'], 'Cae1');
  assert.equal(headers['x-m2m-ri'], 'e2ekey-p1-3');
  assert.equal(headers['x-m2m-rvi'], '2a');
  assert.equal((await requestOf(t, { from: 'sp-relative' })).headers['x-m2m-origin'], '/cse-a/Cae1');
});

test('a CSE has no AE-ID-Stem to name itself by (TS-0001 7.2)', async () => {
  const carrier = httpCarrier('http://127.0.0.1:9', { from: 'cse-relative' });
  await assert.rejects(carrier.deliver(deliveryOf({ from: '//m2m.example.com/cse-a' })), {
    code: 'OPTION_INVALID',
  });
});

test('a base URL is http or https and has neither user name, query nor fragment', () => {
  for (const url of [
    '',
    'cse.example',
    'ftp://cse.example',
    'http://u@cse.example',
    'http://cse.example/?a',
    'http://cse.example/#a',
  ])
    assert.throws(() => httpCarrier(url), { code: 'OPTION_INVALID' }, url);
});

test('trust anchors for a hop without TLS are a mistake', () => {
  for (const options of [{ ca: 'x' }, { cert: 'x' }, { key: 'x' }])
    assert.throws(() => httpCarrier('http://127.0.0.1', options), { code: 'OPTION_INVALID' });
});

test('message, Response Status Code and m2m:dbg come back, of a success and of an error', async t => {
  assert.deepEqual(await answerTo(t, 200, ok, '{"m2m:seci":{"sit":6,"eckm":"FgMD"}}'), {
    message: Uint8Array.of(0x16, 3, 3),
    rsc: 2000,
    debug: null,
  });
  const body = '{"m2m:seci":{"sit":6,"eckm":"FQMDAAICKA=="},"m2m:dbg":"NOTHING_IN_COMMON: no suite"}';
  assert.deepEqual(await answerTo(t, 406, { ...ok, 'X-M2M-RSC': '5207' }, body), {
    message: Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40),
    rsc: 5207,
    debug: 'NOTHING_IN_COMMON: no suite',
  });
});

test('2000 without content is an answer without a message, and no success', async t => {
  assert.deepEqual(await answerTo(t, 200, { 'X-M2M-RSC': '2000' }), {
    message: null,
    rsc: 2000,
    debug: null,
  });
  assert.deepEqual(await answerTo(t, 200, ok, '{}'), { message: null, rsc: 2000, debug: null });
});

test('a m2m:dbg is shortened to 512 characters and loses its control characters', async t => {
  const body = JSON.stringify({ 'm2m:dbg': `\u001b]0;${'x'.repeat(600)}` });
  const { debug } = await answerTo(t, 400, { ...ok, 'X-M2M-RSC': '4000' }, body);
  assert.equal(debug, ` ]0;${'x'.repeat(508)}`);
  assert.equal((await answerTo(t, 400, { ...ok, 'X-M2M-RSC': '4000' }, '{"m2m:dbg":{"a":1}}')).debug, null);
});

test('a success with a wrong message is CARRIER_FAILED, an error response counts without it', async t => {
  const body = '{"m2m:seci":{"sit":6,"eckm":"Fg"},"m2m:dbg":"text"}';
  await assert.rejects(answerTo(t, 200, ok, body), { code: 'CARRIER_FAILED', message: /base64/ });
  assert.deepEqual(await answerTo(t, 400, { ...ok, 'X-M2M-RSC': '4000' }, body), {
    message: null,
    rsc: 4000,
    debug: 'text',
  });
});

test('what answers without X-M2M-RSC is not oneM2M (TS-0009 6.4.17)', async t => {
  await assert.rejects(
    answerTo(t, 200, { 'Content-Type': 'application/json' }, '{"m2m:seci":{"sit":6,"eckm":"FgMD"}}'),
    {
      code: 'CARRIER_FAILED',
      message: /X-M2M-RSC/,
    },
  );
  await assert.rejects(answerTo(t, 302, { Location: 'http://127.0.0.1:9/' }), { code: 'CARRIER_FAILED' });
});

test('96 KiB of response are read, more are not', async t => {
  const body = (length: number) => `{"m2m:dbg":"${'x'.repeat(length - 14)}"}`;
  assert.equal((await answerTo(t, 200, ok, body(98_304))).debug?.length, 512);
  await assert.rejects(answerTo(t, 200, ok, body(98_305)), {
    code: 'CARRIER_FAILED',
    message: /98304 bytes/,
  });
});

test('an endless response is given up', async t => {
  const url = await serve(t, (_, response) => {
    response.writeHead(200, ok);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    };
    response.on('drain', more);
    more();
  });
  await assert.rejects(httpCarrier(url).deliver(deliveryOf()), {
    code: 'CARRIER_FAILED',
    message: /98304 bytes/,
  });
});

test('nobody there, or a connection that ends before the answer, is CARRIER_FAILED', async t => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => closed.once('listening', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise(resolve => closed.close(resolve));
  await assert.rejects(httpCarrier(`http://127.0.0.1:${port}`).deliver(deliveryOf()), {
    code: 'CARRIER_FAILED',
    message: /ECONNREFUSED/,
  });

  const before = await serve(t, request => request.socket.destroy());
  await assert.rejects(httpCarrier(before).deliver(deliveryOf()), { code: 'CARRIER_FAILED' });
  const within = await serve(t, (request, response) => {
    response.writeHead(200, { ...ok, 'Content-Length': '100' });
    response.write('{', () => request.socket.destroy());
  });
  await assert.rejects(httpCarrier(within).deliver(deliveryOf()), { code: 'CARRIER_FAILED' });
});

test('an answer that does not come in time is REQUEST_EXPIRED', async t => {
  const silent = await serve(t, () => {});
  await assert.rejects(httpCarrier(silent).deliver(deliveryOf({ signal: AbortSignal.timeout(20) })), {
    code: 'REQUEST_EXPIRED',
  });
  const halting = await serve(t, (_, response) => void response.writeHead(200, ok).write('{'));
  await assert.rejects(httpCarrier(halting).deliver(deliveryOf({ signal: AbortSignal.timeout(20) })), {
    code: 'REQUEST_EXPIRED',
  });
});

test('a delivery that has expired is not sent', async t => {
  let asked = 0;
  const url = await serve(t, (_, response) => {
    asked++;
    response.writeHead(200, ok).end();
  });
  // Over a connection that exists already, whatever is sent arrives.
  const carrier = httpCarrier(url);
  await carrier.deliver(deliveryOf());
  await assert.rejects(carrier.deliver(deliveryOf({ signal: AbortSignal.abort() })), {
    code: 'REQUEST_EXPIRED',
  });
  await carrier.deliver(deliveryOf());
  assert.equal(asked, 2);
});

test('without any signal of the caller an answer is waited for ten minutes at most', async t => {
  const asked = Promise.withResolvers<void>();
  const url = await serve(t, () => asked.resolve());
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let ended = false;
  const rejected = assert
    .rejects(httpCarrier(url).deliver(deliveryOf()), { code: 'REQUEST_EXPIRED' })
    .finally(() => {
      ended = true;
    });
  await asked.promise;
  t.mock.timers.tick(599_999);
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(ended, false);
  t.mock.timers.tick(1);
  await rejected;
});

test('how long is waited goes by the signal, whatever the clocks say', async t => {
  const url = await serve(t, (_, response) => response.writeHead(200, ok).end());
  t.mock.timers.enable({ apis: ['Date'], now: 8e15 });
  assert.equal((await httpCarrier(url).deliver(deliveryOf())).rsc, 2000);
});

test('the signal ends the wait and closes the connection', async t => {
  const stop = new AbortController();
  const closed = Promise.withResolvers<void>();
  const url = await serve(t, request => {
    request.socket.once('close', () => closed.resolve());
    stop.abort();
  });
  await assert.rejects(httpCarrier(url).deliver(deliveryOf({ signal: stop.signal })), {
    code: 'REQUEST_EXPIRED',
  });
  await closed.promise;
});

test('one connection serves messages 1 and 3; if the server closed it meanwhile, the message is sent again', async t => {
  const sockets: unknown[] = [];
  let reset = 0;
  const url = await serve(t, (request, response) => {
    const again = sockets.includes(request.socket);
    sockets.push(request.socket);
    if (sockets.length === 3 && again) {
      reset++;
      request.socket.destroy();
    } else response.writeHead(200, ok).end();
  });
  const carrier = httpCarrier(url);
  for (const ordinal of [1, 3, 1] as const)
    assert.equal((await carrier.deliver(deliveryOf({ ordinal }))).rsc, 2000);
  assert.equal(reset, 1);
  assert.equal(sockets[0], sockets[1]);
  assert.notEqual(sockets[2], sockets[3]);
});
