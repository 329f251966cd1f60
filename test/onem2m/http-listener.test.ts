import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { Agent, createServer as createTlsServer, request as tlsRequest } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { httpListener } from '../../src/onem2m/http-listener.ts';
import { requestHandler } from '../../src/onem2m/request-handler.ts';
import { within } from '../within.ts';
import { type FakeEndpoint, fakeEndpoint, refusingEndpoint } from './fake-endpoint.ts';

const cse = '//m2m.example.com/cse-b';
const headers = {
  'Content-Type': 'application/json',
  'X-M2M-Origin': '/cse-a/Cae1',
  'X-M2M-RI': 'r1',
  'X-M2M-RVI': '3',
};
const body = '{"m2m:seci":{"sit":6,"eckm":"FgMB"}}';

async function start(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

async function serve(
  t: TestContext,
  endpoint: FakeEndpoint = fakeEndpoint(),
  onFault?: (error: unknown) => void,
): Promise<string> {
  const handler = requestHandler({ endpoint, targets: [cse] });
  return `http://127.0.0.1:${await start(t, createServer(httpListener(handler, onFault)))}`;
}

test('an HTTP request is answered with what the handler says (TS-0009 6.3, 6.4)', async t => {
  const endpoint = fakeEndpoint();
  const url = await serve(t, endpoint);
  const response = await fetch(`${url}/~/cse-b`, { method: 'POST', headers, body });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('X-M2M-RSC'), '2000');
  assert.equal(response.headers.get('X-M2M-RI'), 'r1');
  assert.equal(await response.text(), '{"m2m:seci":{"sit":6,"eckm":"AQMW"}}');
  assert.deepEqual(endpoint.asked[0]?.from, { hop: '127.0.0.1', claimed: '/cse-a/Cae1' });
});

test('what is not for the end-point, or no oneM2M request, has its Response Status Code', async t => {
  const url = await serve(t);
  for (const [path, method, rsc] of [
    ['/~/cse-c', 'POST', '4004'],
    ['/~/cse-b', 'DELETE', '4005'],
    ['/~/cse-b', 'PATCH', '4005'],
    ['/~/%', 'POST', '4000'],
  ] as const) {
    const response = await fetch(url + path, { method, headers });
    assert.equal(response.headers.get('X-M2M-RSC'), rsc, `${method} ${path}`);
  }
});

test('96 KiB of body are read; more are 4102, and the connection ends with the response', async t => {
  const endpoint = fakeEndpoint();
  const url = await serve(t, endpoint);
  const whole = await fetch(`${url}/~/cse-b`, { method: 'POST', headers, body: body.padEnd(98_304) });
  assert.equal(whole.headers.get('X-M2M-RSC'), '2000');
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
  t.after(() => socket.destroy());
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  // One chunk more than is taken, and an end that never comes.
  socket.write(
    ['POST /~/cse-b HTTP/1.1', 'Host: x', ...head, 'Transfer-Encoding: chunked', '', ''].join('\r\n'),
  );
  socket.write(`18001\r\n${' '.repeat(98_305)}\r\n`);
  let received = '';
  socket.on('data', chunk => {
    received += chunk;
  });
  await within(once(socket, 'end'), 'the end of the response');
  assert.match(received, /^HTTP\/1\.1 400 /);
  assert.match(received, /^X-M2M-RSC: 4102\r$/m);
  assert.match(received, /^X-M2M-RI: r1\r$/m);
  assert.match(received, /^Connection: close\r$/m);
  assert.match(received, /MESSAGE_TOO_LARGE/);
  assert.equal(endpoint.asked.length, 1);
});

test('a connection that breaks off within a request does no harm to the next', async t => {
  const url = await serve(t);
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  const sent = 'POST /~/cse-b HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{';
  await new Promise(resolve => socket.write(sent, resolve));
  socket.resetAndDestroy();
  const response = await fetch(`${url}/~/cse-b`, { method: 'POST', headers, body });
  assert.equal(response.headers.get('X-M2M-RSC'), '2000');
});

test('onFault is told what the peer is not', async t => {
  const told: unknown[] = [];
  const url = await serve(t, refusingEndpoint('STORE_FAILED', 'disk full'), error => void told.push(error));
  const response = await fetch(`${url}/~/cse-b`, { method: 'POST', headers, body });
  assert.equal(response.headers.get('X-M2M-RSC'), '5000');
  assert.doesNotMatch(await response.text(), /disk full/);
  assert.match(String(told[0]), /disk full/);
});

test('over TLS a hop is the certificate that was verified', async t => {
  const [pem, key] = ['hop.pem', 'hop.key'].map(name =>
    readFileSync(new URL(name, import.meta.url), 'utf8'),
  ) as [string, string];
  const endpoint = fakeEndpoint();
  const handler = requestHandler({ endpoint, targets: [cse] });
  const tls = { cert: pem, key, ca: pem, requestCert: true, rejectUnauthorized: true };
  const port = await start(t, createTlsServer(tls, httpListener(handler)));
  const agent = new Agent({ cert: pem, key, ca: pem });
  t.after(() => agent.destroy());
  const sent = tlsRequest({ host: '127.0.0.1', port, path: '/~/cse-b', method: 'POST', headers, agent });
  sent.end(body);
  const [response] = await once(sent, 'response');
  response.resume();
  assert.equal(response.headers['x-m2m-rsc'], '2000');
  assert.equal(endpoint.asked[0]?.from.hop, `tls:${new X509Certificate(pem).fingerprint256}`);
});
