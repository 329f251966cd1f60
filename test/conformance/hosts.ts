// One terminating end-point behind the two servers that there are for it, fastify with the plug-in and node:http with
// the listener, and requests to them that are written by hand. Knows no clause.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import fastify from 'fastify';
import { memory } from '../../src/endpoint/stores.ts';
import { e2eKeyPlugin } from '../../src/onem2m/fastify.ts';
import { httpListener } from '../../src/onem2m/http-listener.ts';
import type { AnsweringEndpoint } from '../../src/onem2m/notify-handler.ts';
import { requestHandler } from '../../src/onem2m/request-handler.ts';
import { cseB, terminatingEndpoint } from '../endpoint/lab.ts';

export interface Host {
  readonly name: 'fastify' | 'node:http';
  /** Base URL. */
  readonly url: string;
}

/** cse-b, and what became of it. */
export interface Hosted {
  readonly hosts: readonly Host[];
  /** Every call of the end-point and of its store, by name. */
  readonly touched: readonly string[];
}

/** Both servers in front of the cse-b of the lab, which end with the test. */
export async function hostCseB(t: TestContext): Promise<Hosted> {
  const touched: string[] = [];
  const { store, sealer } = memory();
  const watchedStore = new Proxy(store, {
    get(target, name) {
      if (name !== 'close') touched.push(`store.${String(name)}`);
      return (Reflect.get(target, name) as () => unknown).bind(target);
    },
  });
  const endpoint = terminatingEndpoint(t, { store: { store: watchedStore, sealer } });
  const watched: AnsweringEndpoint = {
    answer(from, message) {
      touched.push('answer');
      return endpoint.answer(from, message);
    },
  };
  const targets = [cseB];
  const host = fastify({ forceCloseConnections: true });
  await host.register(e2eKeyPlugin, { endpoint: watched, targets });
  const plain = createServer(httpListener(requestHandler({ endpoint: watched, targets })));
  await once(plain.listen(0, '127.0.0.1'), 'listening');
  t.after(async () => {
    await host.close();
    plain.close();
    plain.closeAllConnections();
  });
  return {
    hosts: [
      { name: 'fastify', url: await host.listen({ host: '127.0.0.1', port: 0 }) },
      { name: 'node:http', url: `http://127.0.0.1:${(plain.address() as AddressInfo).port}` },
    ],
    touched,
  };
}

export interface HttpRequest {
  readonly method?: string;
  readonly path?: string;
  /** Instead of `goodHeaders`; one that is undefined is left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
}

export interface HttpAnswer {
  readonly httpVersion: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export const goodHeaders = {
  'Content-Type': 'application/json',
  'X-M2M-Origin': '/cse-a/Cae1',
  'X-M2M-RI': 'r1',
  'X-M2M-RVI': '3',
};

/** A POST to the CSE-ID of cse-b with `goodHeaders`, except for what the test changes. */
export async function ask(url: string, changed: HttpRequest = {}): Promise<HttpAnswer> {
  const { method = 'POST', path = '/~/cse-b', headers = {}, body = '' } = changed;
  const all = Object.entries({ ...goodHeaders, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const request = send(`${url}/`, {
    method,
    path,
    agent: false,
    headers: { ...Object.fromEntries(all), 'Content-Length': Buffer.byteLength(body) },
    signal: AbortSignal.timeout(10_000),
  });
  request.end(body);
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const { httpVersion, statusCode: status, headers: received } = response;
  return { httpVersion, status, headers: received, body: Buffer.concat(chunks) };
}
