// HTTP requests for a request handler, on node:http or anything that gives out its requests: for those who have no
// fastify. Knows no target and no content; a host with routes of its own asks its handler first.
import type { IncomingMessage, RequestListener } from 'node:http';
import { E2EKeyError } from '../errors.ts';
import { faultResponse } from './fault-response.ts';
import { hopOf } from './hop.ts';
import { readRequest, writeResponse } from './http-binding.ts';
import { readBody } from './http-body.ts';
import type { ResponsePrimitive } from './primitive.ts';
import type { RequestHandler } from './request-handler.ts';
import { maxBodyLength } from './security-info.ts';

/**
 * Answers every HTTP request (TS-0009) with what the handler says, its body at most 96 KiB.
 *
 * @param onFault told what the peer is not: failures of our own
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { httpListener, requestHandler } from 'e2ekey/onem2m';
 * const handler = requestHandler({ endpoint, targets: [endpoint.id] });
 * createServer({ requestTimeout: 20_000 }, httpListener(handler, console.error)).listen(8080);
 * ```
 */
export function httpListener(
  handler: Pick<RequestHandler, 'answer'>,
  onFault?: (error: unknown) => void,
): RequestListener {
  return (request, reply) => {
    answerRequest(handler, request, onFault)
      .then(response => {
        const { status, headers, body } = writeResponse(response, request.headers);
        // What is left of a body that was refused is not read as the next request.
        if (!request.complete) reply.setHeader('Connection', 'close');
        reply.setHeader('Content-Length', body?.length ?? 0);
        reply.writeHead(status, headers).end(body ?? undefined);
      })
      // The connection broke off while the request came in, or what a host answers cannot be written.
      .catch(() => reply.destroy());
  };
}

async function answerRequest(
  handler: Pick<RequestHandler, 'answer'>,
  request: IncomingMessage,
  onFault: ((error: unknown) => void) | undefined,
): Promise<ResponsePrimitive> {
  const { method = '', url: path = '', headers, socket } = request;
  const body = await readBody(request);
  const read = readRequest({ method, path, headers, body: body ?? new Uint8Array() });
  if (body === null)
    return faultResponse(
      read,
      new E2EKeyError('MESSAGE_TOO_LARGE', `the body has more than ${maxBodyLength} bytes`),
    );
  if (!('operation' in read)) return read;
  return handler.answer(read, { hop: hopOf(socket, socket.remoteAddress ?? '') }, onFault);
}
