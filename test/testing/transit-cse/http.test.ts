// The transit CSE over HTTP and HTTPS (TS-0009): the same as in one process, as far as the binding adds something.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { type HopOptions, httpSender } from '../../../src/onem2m/http-sender.ts';
import { type TransitCseOptions, transitCse } from '../../../src/testing/transit-cse/transit-cse.ts';
import { id, originator, policy, registered, registration, rsc } from './lab.ts';

const message = { 'm2m:seci': { sit: 6, eckm: 'FgMB' } };
// Test key, self-signed for 127.0.0.1 (CA, server and client in one).
const [pem, key] = ['hop.pem', 'hop.key'].map(name =>
  readFileSync(new URL(`../../onem2m/${name}`, import.meta.url), 'utf8'),
) as [string, string];

async function start(t: TestContext, options: Partial<TransitCseOptions> = {}) {
  const cse = await transitCse({ id, ...options });
  t.after(() => cse.close());
  return cse;
}

function over(url: string, hop: HopOptions = {}) {
  const sender = httpSender(url.replace('localhost', '127.0.0.1'), hop);
  const request = {
    request: (primitive: Parameters<typeof sender.send>[0]) =>
      sender.send(primitive, AbortSignal.timeout(10_000)),
  };
  return { as: (from?: string) => originator(request, from) };
}

/** An HTTP server that keeps what comes, as text, and answers as told. */
async function listener(
  t: TestContext,
  headers: Record<string, string> = { 'X-M2M-RSC': '2000' },
  body = '',
) {
  const requests: { target: string; headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer((request, reply) => {
    let text = '';
    request.setEncoding('utf8').on('data', chunk => {
      text += chunk;
    });
    request.on('end', () => {
      requests.push({ target: request.url ?? '', headers: request.headers, body: text });
      reply.writeHead(200, headers).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return { requests, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
}

test('resources are created, read, updated and deleted over HTTP (TS-0009 6.2.1)', async t => {
  const cse = await start(t);
  const ae = await registered(over(cse.url), 'Cae');
  rsc(await ae.create('-/cae', 'cnt', { rn: 'in' }), 2001);
  rsc(await ae.create('/cse-t/-/cae/in', 'cin', { con: 'a' }), 2001);
  rsc(await ae.update(`${id}/-/cae/in`, 'cnt', { mni: 5 }), 2004);
  assert.deepEqual((await ae.retrieve('-/cae', { resultContent: 6 })).content, {
    'm2m:rrl': { rrf: [{ nm: 'in', typ: 3, val: 'base/cae/in' }] },
  });
  assert.equal(rsc(await ae.retrieve('-/cae/in/la'), 2000).con, 'a');
  rsc(await ae.delete('-/cae'), 2002);
  assert.deepEqual(cse.resources, []);
  const unnamed = rsc(await over(cse.url).as().create('-', 'ae', registration), 2001);
  assert.match(String(unnamed.aei), /^C/);
});

test('a refusal has its code, its HTTP status and a sentence (TS-0009 Table 6.3.2-1)', async t => {
  const cse = await start(t);
  const response = await fetch(`${cse.url}/-`, { headers: { 'X-M2M-RI': 'r1', 'X-M2M-Origin': 'Cae' } });
  assert.deepEqual([response.status, response.headers.get('X-M2M-RSC')], [403, '4106']);
  assert.match(await response.text(), /"m2m:dbg":"ORIGINATOR_NOT_AUTHENTICATED: /);
});

test('a notification is a POST to the URL, with the headers of a NOTIFY (TS-0009 6.2.1, 6.4)', async t => {
  const { url, requests } = await listener(t);
  const cse = await start(t);
  const ae = await registered(over(cse.url), 'Cae');
  const subscription = { nu: [`${url}/inbox?q=1`], enc: { net: [3] } };
  rsc(await ae.create('-/cae', 'sub', subscription), 2001);
  const [verification] = requests;
  assert.equal(verification?.target, '/inbox?q=1');
  const {
    'x-m2m-origin': origin,
    'x-m2m-ri': ri,
    'x-m2m-rvi': rvi,
    'content-type': type,
  } = verification?.headers ?? {};
  assert.deepEqual([origin, ri, rvi, type], ['/cse-t', 'cse-t-n1', '3', 'application/json']);
  assert.equal(JSON.parse(verification?.body ?? '')['m2m:sgn'].vrq, true);
});

test('a point of access gets a NOTIFY at its own path, and its response comes back', async t => {
  const { url, requests } = await listener(
    t,
    { 'X-M2M-RSC': '2000', 'Content-Type': 'application/json' },
    JSON.stringify(message),
  );
  const cse = await start(t);
  const ae = await registered(over(cse.url), 'Cae', {
    rr: true,
    poa: ['mqtt://nobody.example', 'http://127.0.0.1:9', `${url}/poa`],
  });
  const open = policy([['all'], 63]);
  const { ri } = rsc(await ae.create('-/cae', 'acp', { pv: open, pvs: open }), 2001);
  rsc(await ae.update('-/cae', 'ae', { acpi: [ri] }), 2004);
  const other = over(cse.url).as('/cse-a/Cother');
  assert.deepEqual((await other.notify('/cse-t/Cae', message)).content, message);
  assert.deepEqual([requests[0]?.target, requests[0]?.headers['x-m2m-origin']], ['/poa', '/cse-a/Cother']);
});

test('what answers without a Response Status Code is no oneM2M response (TS-0009 6.4.17)', async t => {
  const { url } = await listener(t, {});
  const cse = await start(t, { routes: { '//m2m.example.com/cse-b': url } });
  const ae = await registered(over(cse.url), 'Cae');
  rsc(await ae.create('-/cae', 'sub', { nu: [url] }), 5204);
  rsc(await ae.notify('/cse-b', message), 5103);
});

test('a long poll waits over HTTP, and one whose connection ended takes nothing', async t => {
  const cse = await start(t);
  const ae = await registered(over(cse.url), 'Cae');
  const open = policy([['all'], 63]);
  const { ri } = rsc(await ae.create('-/cae', 'acp', { pv: open, pvs: open }), 2001);
  rsc(await ae.update('-/cae', 'ae', { acpi: [ri] }), 2004);
  rsc(await ae.create('-/cae', 'pch', { rn: 'pch' }), 2001);
  const arrived = () => cse.passages.filter(({ request }) => request.to === '-/cae/pch/pcu');
  const gone = new AbortController();
  const left = fetch(`${cse.url}/-/cae/pch/pcu`, {
    headers: { 'X-M2M-RI': 'r1', 'X-M2M-Origin': 'Cae' },
    signal: gone.signal,
  });
  while (arrived().length === 0) await new Promise(resolve => setImmediate(resolve));
  gone.abort();
  await assert.rejects(left);
  while (arrived()[0]?.responses.length === 0) await new Promise(resolve => setImmediate(resolve));

  const response = over(cse.url).as('/cse-a').notify('/cse-t/Cae', message, { requestIdentifier: 'n1' });
  assert.equal(rsc(await ae.retrieve('-/cae/pch/pcu'), 2000).rqi, 'n1');
  rsc(await ae.notify('-/cae/pch/pcu', { 'm2m:rsp': { rsc: 2000, rqi: 'n1', pc: message } }), 2000);
  assert.deepEqual((await response).content, message);
});

test('a response that cannot be written ends its connection, and the next request is answered', async t => {
  const cse = await start(t, {
    routes: { '//m2m.example.com/cse-b': 'http://127.0.0.1:9' },
    deliver: async () => ({ responseStatusCode: 2000, content: 1n }),
  });
  const ae = await registered(over(cse.url), 'Cae');
  await assert.rejects(ae.notify('/cse-b', message), { code: 'CARRIER_FAILED' });
  rsc(await ae.retrieve('-/cae'), 2000);
});

test('numbersWithFraction: 6 is written as 6.0, in what is passed on, told and answered', async t => {
  const { url, requests } = await listener(t);
  const cse = await start(t, {
    routes: { '//m2m.example.com/cse-b': url },
    deviations: ['numbersWithFraction'],
  });
  const ae = await registered(over(cse.url), 'Cae');
  rsc(
    await ae.notify('/cse-b', { 'm2m:seci': { sit: 6, eckm: 'FgMB' }, list: [1, 1.5, -2, true, null, '3'] }),
    2000,
  );
  rsc(await ae.create('-/cae', 'sub', { nu: [url], enc: { net: [3] } }), 2001);
  assert.equal(
    requests[0]?.body,
    '{"m2m:seci":{"sit":6.0,"eckm":"FgMB"},"list":[1.0,1.5,-2.0,true,null,"3"]}',
  );
  assert.match(requests[1]?.body ?? '', /"net":3\.0/);
  const response = await fetch(`${cse.url}/-`, { headers: { 'X-M2M-RI': 'r1', 'X-M2M-Origin': 'Cae' } });
  assert.match(await response.text(), /"ty":5\.0/);
});

test('two transit CSEs over HTTPS, each with its own trust', async t => {
  const { url, requests } = await listener(t);
  const target = '//m2m.example.com/cse-b';
  const second = await start(t, {
    id: '//m2m.example.com/cse-u',
    routes: { [target]: url },
    tls: { cert: pem, key },
  });
  assert.match(second.url, /^https:\/\/localhost:\d+$/);
  const next = second.url.replace('localhost', '127.0.0.1');
  const first = await start(t, { routes: { [target]: next }, tls: { cert: pem, key }, hop: { ca: pem } });
  rsc(await over(first.url, { ca: pem }).as('Cae').notify(target, message), 2000);
  assert.equal(requests[0]?.headers['x-m2m-origin'], '/cse-t/Cae');
  const distrusting = await start(t, { routes: { [target]: next } });
  rsc(await over(distrusting.url).as('Cae').notify(target, message), 5103);
});

test('a tap sees every message that is read or written, and says what it is instead', async t => {
  const { requests, url } = await listener(
    t,
    { 'X-M2M-RSC': '2000', 'X-M2M-RI': 'r1' },
    '{"m2m:dbg":"theirs"}',
  );
  const seen: [direction: string, start: string, body: string][] = [];
  const cse = await start(t, {
    routes: { '//m2m.example.com/cse-b': url },
    tap: ({ direction, start, headers, body }) => {
      const text = body.toString();
      seen.push([direction, start, text]);
      return {
        headers: { ...headers, ...(start.startsWith('POST') && { 'X-M2M-RI': 'r2' }) },
        body: Buffer.from(text.replace('"}', `, ${direction}"}`)),
      };
    },
  });
  const { content, responseStatusCode } = await over(cse.url)
    .as('/cse-a/Cae1')
    .notify('/cse-b', { 'm2m:dbg': 'ours' });
  assert.deepEqual([responseStatusCode, content], [2000, { 'm2m:dbg': 'theirs, in, out' }]);
  assert.deepEqual(seen, [
    ['in', 'POST /~/cse-b', '{"m2m:dbg":"ours"}'],
    ['out', 'POST /~/cse-b', '{"m2m:dbg":"ours, in"}'],
    ['in', '200', '{"m2m:dbg":"theirs"}'],
    ['out', '200', '{"m2m:dbg":"theirs, in"}'],
  ]);
  assert.deepEqual(
    requests.map(({ body, headers }) => [body, headers['x-m2m-ri']]),
    [['{"m2m:dbg":"ours, in, out"}', 'r2']],
  );
});
