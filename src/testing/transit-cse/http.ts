// The transit CSE on HTTP (TS-0009): its server on the loopback interface, and its requests to others. Knows no
// resources.
import * as http from 'node:http';
import * as https from 'node:https';
import { refuse } from '../../errors.ts';
import { readRequest, readResponse, writeRequest, writeResponse } from '../../onem2m/http-binding.ts';
import { readBody } from '../../onem2m/http-body.ts';
import { exchange } from '../../onem2m/http-exchange.ts';
import { type HopOptions, tlsAgent } from '../../onem2m/http-sender.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal } from '../../onem2m/primitive.ts';
import { maxBodyLength } from '../../onem2m/security-info.ts';
import type { Deviations } from './deviations.ts';
import type { Deliver } from './outgoing.ts';

export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

/** An HTTP message, as the CSE has read it or is about to write it. */
export interface HttpMessage {
  readonly direction: 'in' | 'out';
  /** Method and request-target, or status: `POST /~/cse-b`, `200`. */
  readonly start: string;
  readonly headers: http.IncomingHttpHeaders | http.OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** Sees every HTTP message, and says what is read or written instead. */
export type Tap = (message: HttpMessage) => Pick<HttpMessage, 'headers' | 'body'>;

/** What the server and the requests to others have in common. */
export interface HttpParts {
  readonly deviations: Deviations;
  readonly tap: Tap;
}

/** Listens on 127.0.0.1 and a free port, and does not keep the process alive. */
export async function listen(
  tls: { readonly cert: string; readonly key: string } | undefined,
  { deviations, tap }: HttpParts,
  answer: (request: RequestPrimitive, signal: AbortSignal) => Promise<ResponsePrimitive>,
): Promise<Server> {
  const listener: http.RequestListener = (request, reply) => {
    const gone = new AbortController();
    reply.once('close', () => gone.abort());
    answerRequest(request, gone.signal)
      .then(response => {
        const { status, headers: own, body: whole } = writeResponse(response, request.headers);
        const bytes = whole === null ? Buffer.alloc(0) : written(whole, own['Content-Type'], deviations);
        const { headers, body } = tap({
          direction: 'out',
          start: String(status),
          headers: own,
          body: bytes,
        });
        // What is left of a body that was refused is not read as the next request.
        if (!request.complete) reply.setHeader('Connection', 'close');
        reply.writeHead(status, headers).end(body);
      })
      // The connection broke off while the request came in, or what a next hop answered cannot be written.
      .catch(() => reply.destroy());
  };
  async function answerRequest(
    request: http.IncomingMessage,
    signal: AbortSignal,
  ): Promise<ResponsePrimitive> {
    const { method = '', url: path = '' } = request;
    const whole = await readBody(request);
    const { headers, body } = tap({
      direction: 'in',
      start: `${method} ${path}`,
      headers: request.headers,
      body: Buffer.from(whole ?? []),
    });
    const read = readRequest({ method, path, headers: headers as http.IncomingHttpHeaders, body });
    if (whole === null)
      return refusal(read, 'CONTENTS_UNACCEPTABLE', `the body has more than ${maxBodyLength} bytes`);
    return 'operation' in read ? answer(read, signal) : read;
  }

  const server = tls === undefined ? http.createServer(listener) : https.createServer({ ...tls }, listener);
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject).listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  server.unref();
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

/** Requests over HTTP and HTTPS; `hop` is the TLS of the latter. */
export function httpDelivery(
  hop: HopOptions,
  { deviations, tap }: HttpParts,
): { deliver: Deliver; close(): void } {
  const agents: Readonly<Record<string, http.Agent>> = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': tlsAgent(hop),
  };
  return {
    async deliver({ request, origin, target }, signal) {
      const url = URL.parse(origin);
      const agent = agents[url?.protocol ?? ''];
      if (url === null || agent === undefined)
        return refuse('CARRIER_FAILED', 'this CSE sends requests to http: and https: URLs only');
      const { method, headers: own, body: whole } = writeRequest(request);
      const { headers, body } = tap({
        direction: 'out',
        start: `${method} ${target}`,
        headers: own,
        body: written(whole, 'application/json', deviations),
      });
      const options = {
        method,
        agent,
        headers: { ...headers, 'Content-Length': body.length },
        body,
        signal,
        // As it stands: node takes it before the URL's, which could not be without a slash.
        path: target,
      };
      const { status, headers: theirs, body: answer } = await exchange(url, options);
      const response = tap({
        direction: 'in',
        start: String(status),
        headers: theirs,
        body: Buffer.from(answer),
      });
      return readResponse({
        status,
        headers: response.headers as http.IncomingHttpHeaders,
        body: response.body,
      });
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function written(body: Buffer, mediaType: string | undefined, deviations: Deviations): Buffer {
  const isJson = mediaType?.includes('json') === true && body.length > 0;
  return isJson && deviations.has('numbersWithFraction')
    ? Buffer.from(withFractions(JSON.parse(body.toString())))
    : body;
}

/** JSON with `6.0` for 6. */
function withFractions(value: unknown): string {
  if (typeof value === 'number' && Number.isInteger(value)) return `${value}.0`;
  if (Array.isArray(value)) return `[${value.map(withFractions).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${withFractions(member)}`)
    .join()}}`;
}
