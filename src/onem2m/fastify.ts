// The plug-in for a CSE (or an AE) that has a fastify server of its own: routes the NOTIFYs for configured
// targets to an end-point and leaves everything else to the host. Knows fastify, and no E2EKey procedure.
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { E2EKeyError, refuse } from '../errors.ts';
import { addressesOf } from './address.ts';
import { faultResponse } from './fault-response.ts';
import { operationOf, pathOfAddress, readRequest, writeResponse } from './http-binding.ts';
import { type AnsweringEndpoint, answerNotify } from './notify-handler.ts';
import { type ResponsePrimitive, refusal } from './primitive.ts';
import { maxBodyLength } from './security-info.ts';

export interface E2EKeyPluginOptions {
  readonly endpoint: AnsweringEndpoint;
  /** Absolute identifiers of the `<CSEBase>` and `<AE>` that the end-point answers for. */
  readonly targets: readonly string[];
}

/**
 * Adds the E2EKey end-point to a fastify server. It takes the NOTIFYs (POST without a resource type) to its
 * targets, in every form of address, and answers each with a oneM2M response; a host whose targets also get
 * other NOTIFYs calls `answerNotify` in its own handler instead.
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
export const e2eKeyPlugin: FastifyPluginAsync<E2EKeyPluginOptions> = async (app, { endpoint, targets }) => {
  if (!app.hasConstraintStrategy(notifyPath.name)) app.addConstraintStrategy(notifyPath);
  // Within this plug-in only: the host's parsers stay as they are.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => body,
  );
  app.setErrorHandler((error, _request, reply) => send(reply, requestFault(error)));

  for (const address of addresses(targets)) {
    const path = pathOfAddress(address);
    app.post(
      // The service provider's name is compared without regard to case (RFC 4343), hence by `notifyPath`.
      path.replace(/^\/_\/[^/]+/, '/_/:serviceProvider'),
      { bodyLimit: maxBodyLength, constraints: { [notifyPath.name]: (app.prefix + path).toLowerCase() } },
      async (request, reply) => {
        const { method, headers, body } = request;
        const read = readRequest({
          method,
          path,
          headers,
          body: body instanceof Uint8Array ? body : new Uint8Array(),
        });
        return send(reply, 'operation' in read ? await answer(endpoint, read, request) : read);
      },
    );
  }
};

/**
 * Tells NOTIFYs by their path, lower-case, from everything else. Without it our routes would also take the
 * CREATEs under the same `<CSEBase>`, and NOTIFYs to the CSE of that name in another service provider's domain.
 */
const notifyPath = {
  name: 'e2ekeyNotifyPath',
  storage<Handler>() {
    const handlers = new Map<unknown, Handler>();
    return {
      get: (path: unknown) => handlers.get(path) ?? null,
      set: (path: unknown, handler: Handler) => void handlers.set(path, handler),
    };
  },
  deriveConstraint(request: IncomingMessage): string | undefined {
    if (operationOf(request.method ?? '', request.headers['content-type']) !== 'notify') return undefined;
    // RFC 9112 3.2.2: a server takes the absolute form of the request-target as well.
    const path = request.url?.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') ?? '';
    try {
      return decodeURIComponent(path).toLowerCase();
    } catch {
      return undefined;
    }
  },
  mustMatchWhenDerived: false,
};

function addresses(targets: readonly string[]): string[] {
  try {
    const all = targets.flatMap(addressesOf);
    const twice = all.find((address, index) => all.indexOf(address) !== index);
    if (all.length === 0)
      return refuse('OPTION_INVALID', 'targets is empty; it names what the end-point answers for');
    if (twice !== undefined)
      return refuse('OPTION_INVALID', `targets has two entries with the address ${twice}`);
    return all;
  } catch (error) {
    if (error instanceof E2EKeyError && error.code === 'REQUEST_INVALID')
      return refuse('OPTION_INVALID', `targets: ${error.message}`, { cause: error });
    throw error;
  }
}

async function answer(
  endpoint: AnsweringEndpoint,
  primitive: Parameters<typeof answerNotify>[1],
  request: FastifyRequest,
): Promise<ResponsePrimitive> {
  const logged: AnsweringEndpoint = {
    async answer(from, message) {
      try {
        return await endpoint.answer(from, message);
      } catch (error) {
        // What the peer is not told: the embedder has to find it somewhere.
        if (!(error instanceof E2EKeyError) || error.blame === 'own') request.log.error(error);
        throw error;
      }
    },
  };
  return answerNotify(logged, primitive, { hop: hopOf(request) });
}

function send(reply: FastifyReply, response: ResponsePrimitive): FastifyReply {
  const { status, headers, body } = writeResponse(response);
  return reply
    .code(status)
    .headers(headers)
    .send(body ?? undefined);
}

/** What fastify refuses before the handler runs; anything else, such as the host's own hooks, is the host's. */
function requestFault(error: unknown): ResponsePrimitive {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return faultResponse(
      {},
      new E2EKeyError('MESSAGE_TOO_LARGE', `the body has more than ${maxBodyLength} bytes`),
    );
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return refusal({}, 'UNSUPPORTED_MEDIA_TYPE', 'Content-Type is no media type (TS-0009 6.4.3)');
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH')
    return refusal({}, 'BAD_REQUEST', 'Content-Length is not the length of the body (TS-0009 6.4.5)');
  throw error;
}

function hopOf(request: FastifyRequest): string {
  const { socket } = request.raw;
  const fingerprint =
    socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().fingerprint256 : undefined;
  return fingerprint === undefined ? networkOf(request.ip) : `tls:${fingerprint}`;
}

/** One subscriber commonly has a whole IPv6 /64 (RFC 6177), and must not have 2^64 limits with it. */
function networkOf(address: string): string {
  const ipv4 = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(ipv4)) return ipv4;
  const [head = '', tail] = ipv4.split('::');
  const groups = head === '' ? [] : head.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...(tail ?? '').split(':')];
  return `${all
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
