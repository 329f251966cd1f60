// The plug-in for a CSE (or an AE) that has a fastify server of its own: routes the requests for configured targets
// to an end-point and leaves everything else to the host. Knows fastify, and no E2EKey procedure.
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { E2EKeyError } from '../errors.ts';
import { faultResponse } from './fault-response.ts';
import { hopOf } from './hop.ts';
import { operationOf, pathOfAddress, readRequest, writeResponse } from './http-binding.ts';
import { type Operation, type ResponsePrimitive, refusal } from './primitive.ts';
import { type RequestHandlerOptions, requestHandler } from './request-handler.ts';
import { maxBodyLength } from './security-info.ts';
import { targetsOf } from './targets.ts';

export type E2EKeyPluginOptions = RequestHandlerOptions;

/**
 * Adds the E2EKey end-point to a fastify server. It takes the NOTIFYs (POST without a resource type) to its targets,
 * in every form of address, and NOTIFYs and CREATEs to the virtual child e2EKeyCSE of a `<CSEBase>`, and answers each
 * with a oneM2M response. A host whose targets also get other NOTIFYs calls `requestHandler` in its own handler instead.
 *
 * A hop is the fingerprint of the client's certificate where the hop's TLS verified one, otherwise the
 * network address, as the host's `trustProxy` has it.
 *
 * @throws E2EKeyError OPTION_INVALID for targets that are no identifiers, or have a CSE-relative address in common.
 * @example
 * ```ts
 * import fastify from 'fastify';
 * import { e2eKeyPlugin } from 'e2ekey/fastify';
 * const cse = fastify();
 * await cse.register(e2eKeyPlugin, { endpoint, targets: ['//m2m.example.com/cse-b'] });
 * ```
 */
export const e2eKeyPlugin: FastifyPluginAsync<E2EKeyPluginOptions> = async (app, options) => {
  const handler = requestHandler(options);
  if (!app.hasConstraintStrategy(requestTarget.name)) app.addConstraintStrategy(requestTarget);
  // Within this plug-in only: the host's parsers stay as they are.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => body,
  );
  app.setErrorHandler((error, request, reply) => send(reply, requestFault(error, request)));

  for (const [address, { operations }] of targetsOf(options.targets, options.cseBase !== undefined))
    for (const operation of operations) {
      const path = pathOfAddress(address);
      for (const url of routesOf(path))
        app.route({
          method: operation === 'retrieve' ? 'GET' : 'POST',
          url,
          // What it would answer to HEAD has no operation (TS-0009 6.2.1).
          exposeHeadRoute: false,
          bodyLimit: maxBodyLength,
          constraints: { [requestTarget.name]: constraintOf(operation, app.prefix + path) },
          handler: async (request, reply) => {
            const read = readAt(path, request);
            if (!('operation' in read)) return send(reply, read);
            const hop = hopOf(request.raw.socket, request.ip);
            // What the peer is not told: the embedder has to find it somewhere.
            return send(reply, await handler.answer(read, { hop }, error => request.log.error(error)));
          },
        });
    }
};

/**
 * As fastify's router has them; what else they would match is kept out by `requestTarget`. The service provider's name
 * is compared without regard to case (RFC 4343), hence the parameter; one above `maxParamLength` is no parameter, and
 * the wildcard takes it. A `/` at the end is no part of the address (TS-0009 Table 6.2.2.1-1).
 */
function routesOf(path: string): string[] {
  const route = path.replace(/^\/_\/[^/]+/, '/_/:serviceProvider');
  return route === path ? [route, `${route}/`] : [route, `${route}/`, '/_/*'];
}

/**
 * Tells requests by operation and path from everything else. Without it our routes would also take the CREATEs under
 * the same `<CSEBase>`, and NOTIFYs to the CSE of that name in another service provider's domain.
 */
const requestTarget = {
  name: 'e2ekeyRequestTarget',
  storage<Handler>() {
    const handlers = new Map<unknown, Handler>();
    return {
      get: (target: unknown) => handlers.get(target) ?? null,
      set: (target: unknown, handler: Handler) => void handlers.set(target, handler),
    };
  },
  deriveConstraint(request: IncomingMessage): string | undefined {
    const operation = operationOf(request.method ?? '', request.headers['content-type']);
    // RFC 9112 3.2.2: a server takes the absolute form of the request-target as well.
    const path = request.url?.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') ?? '';
    // An encoded slash is none (RFC 3986 2.2): whoever filters by path before us would have seen another one.
    if (operation === null || /%2f/i.test(path)) return undefined;
    try {
      return constraintOf(operation, decodeURIComponent(path));
    } catch {
      return undefined;
    }
  },
  mustMatchWhenDerived: false,
};

/** One text for all ways to write a target; the prefix of a plug-in stands before `/_/`. */
function constraintOf(operation: Operation, path: string): string {
  const address = path.replace(/(?<=.)\/$/s, '');
  return `${operation} ${address.replace(/\/_\/[^/]+/, provider => provider.toLowerCase())}`;
}

/** The request as one to the address that it was routed to, whatever the prefix and the encoding of its path. */
function readAt(
  path: string,
  { method, url, headers, body }: FastifyRequest,
): ReturnType<typeof readRequest> {
  return readRequest({
    method,
    path: path + (/\?[^#]*/.exec(url)?.[0] ?? ''),
    headers,
    body: body instanceof Uint8Array ? body : new Uint8Array(),
  });
}

function send(reply: FastifyReply, response: ResponsePrimitive): FastifyReply {
  const { status, headers, body } = writeResponse(response, reply.request.headers);
  return reply
    .code(status)
    .headers(headers)
    .send(body ?? undefined);
}

/** What fastify refuses before the handler runs; anything else, such as the host's own hooks, is the host's. */
function requestFault(error: unknown, { method, headers }: FastifyRequest): ResponsePrimitive {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  // Of its parameters the response repeats those that can be read.
  const request = readRequest({ method, path: '/', headers, body: new Uint8Array() });
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return faultResponse(
      request,
      new E2EKeyError('MESSAGE_TOO_LARGE', `the body has more than ${maxBodyLength} bytes`),
    );
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return refusal(request, 'UNSUPPORTED_MEDIA_TYPE', 'Content-Type is no media type (TS-0009 6.4.3)');
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH')
    return refusal(request, 'BAD_REQUEST', 'Content-Length is not the length of the body (TS-0009 6.4.5)');
  throw error;
}
