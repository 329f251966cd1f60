// The service's own HTTP server: what a connection and a request may cost, their time and their size, and the TLS of the
// hop. Knows HTTP, and leaves what is asked to a request handler.
import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { E2EKeyError } from '../errors.ts';
import { faultResponse } from '../onem2m/fault-response.ts';
import { hopOf } from '../onem2m/hop.ts';
import { readRequest, writeResponse } from '../onem2m/http-binding.ts';
import { readBody } from '../onem2m/http-body.ts';
import { type ResponsePrimitive, refusal } from '../onem2m/primitive.ts';
import type { RequestHandler } from '../onem2m/request-handler.ts';
import { maxBodyLength } from '../onem2m/security-info.ts';
import type { ServiceConfig } from './config.ts';
import type { serverTls } from './hop-tls.ts';

export interface HttpEdge {
  readonly port: number;
  /** Takes no new requests, answers those in hand, and cuts off what is left when the signal says so. */
  close(cutOff: AbortSignal): Promise<void>;
}

export interface HttpEdgeOptions extends Pick<ServiceConfig, 'listen' | 'limits' | 'times'> {
  /** HTTPS with it; where it has trust anchors, a hop has to authenticate itself. */
  readonly tls: ReturnType<typeof serverTls> | null;
  /** Told of what is refused before the handler has it. */
  readonly onRefused: (response: ResponsePrimitive) => void;
}

/** @throws E2EKeyError OPTION_INVALID when the address cannot be listened on. */
export async function listenHttp(
  { listen, limits, times, tls, onRefused }: HttpEdgeOptions,
  handler: RequestHandler,
): Promise<HttpEdge> {
  const time = times.request * 1000;
  const options = {
    requestTimeout: time,
    // Of the two Node takes the longer one for the whole request, and its own for the head is a minute.
    headersTimeout: time,
    // Node looks for late requests only so often.
    connectionsCheckingInterval: 1000,
  };
  const server =
    tls === null
      ? http.createServer(options)
      : https.createServer({
          ...options,
          ...tls,
          handshakeTimeout: time,
          requestCert: tls.ca !== undefined,
          rejectUnauthorized: true,
        });
  server.maxConnections = limits.connections;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  let closing = false;
  server.on('request', (request, reply) => {
    answerRequest(request, handler, onRefused)
      .then(response => {
        const { status, headers, body } = writeResponse(response, request.headers);
        // What is left of a body that was refused is not read as the next request; and whoever is kept connected would
        // keep us from closing.
        if (closing || !request.complete) reply.setHeader('Connection', 'close');
        reply.writeHead(status, { ...headers, 'Content-Length': body?.length ?? 0 }).end(body ?? undefined);
      })
      // The connection broke off while the request came in: there is nobody to answer.
      .catch(() => reply.destroy());
  });
  server.on('clientError', (error, socket) => refuseBroken(error, socket, times.request, onRefused));

  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject).listen(listen.port, listen.host, listening.resolve);
  try {
    await listening.promise;
  } catch (cause) {
    throw new E2EKeyError('OPTION_INVALID', `listen: cannot listen on ${listen.host} port ${listen.port}`, {
      cause,
    });
  }
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : listen.port,
    async close(cutOff) {
      closing = true;
      // Not only those that http knows of: a TLS handshake may be under way.
      const cut = () => {
        for (const socket of sockets) socket.destroy();
      };
      cutOff.addEventListener('abort', cut);
      await new Promise(resolve => server.close(resolve));
      cutOff.removeEventListener('abort', cut);
    },
  };
}

async function answerRequest(
  request: http.IncomingMessage,
  handler: RequestHandler,
  onRefused: (response: ResponsePrimitive) => void,
): Promise<ResponsePrimitive> {
  const refused = (response: ResponsePrimitive) => {
    onRefused(response);
    return response;
  };
  const { method = '', url: path = '', headers, socket } = request;
  const origin = { hop: hopOf(socket, socket.remoteAddress ?? '') };
  const head = readRequest({ method, path, headers, body: new Uint8Array() });
  if (!('operation' in head)) return refused(head);
  // Before the body is read: what is refused anyway is not worth a byte of it.
  if (!handler.takes(head)) return handler.answer(head, origin);
  const body = await readBody(request);
  if (body === null)
    return refused(
      faultResponse(
        head,
        new E2EKeyError('MESSAGE_TOO_LARGE', `the body has more than ${maxBodyLength} bytes`),
      ),
    );
  const whole = readRequest({ method, path, headers, body });
  return 'operation' in whole ? handler.answer(whole, origin) : refused(whole);
}

/** Milliseconds that whoever is cut off has for reading why. */
const lastWords = 1000;

/** What is no HTTP request, or none in time, or no TLS. HTTP has statuses of its own for these, and oneM2M codes. */
function refuseBroken(
  { code = '' }: Error & { readonly code?: string },
  socket: Duplex,
  seconds: number,
  onRefused: (response: ResponsePrimitive) => void,
): void {
  const isLate = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  if (!isLate && !code.startsWith('HPE_')) {
    // Node drops whoever nobody vouches for as if he had gone. Who has just gone was refused nothing.
    const reason = (socket instanceof TLSSocket && socket.authorizationError) || code;
    if (reason !== 'ECONNRESET')
      onRefused(refusal({}, 'SECURITY_ASSOCIATION_REQUIRED', `the TLS of the hop failed: ${reason}`));
    socket.destroy();
    return;
  }
  const [status, response] = isLate
    ? [408, refusal({}, 'REQUEST_TIMEOUT', `the request did not arrive within ${seconds} s`)]
    : code === 'HPE_HEADER_OVERFLOW'
      ? [431, refusal({}, 'BAD_REQUEST', 'the head of the request is too long')]
      : [400, refusal({}, 'BAD_REQUEST', 'this is no HTTP request (RFC 9112)')];
  onRefused(response);
  const { headers, body } = writeResponse(response, {});
  const fields = { ...headers, 'Content-Length': body?.length ?? 0, Connection: 'close' };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`, () =>
    socket.destroy(),
  );
  setTimeout(() => socket.destroy(), lastWords).unref();
}
