// A stand-in for the CSEs between two end-points: passes NOTIFYs on to the next hop, and can be told to do it
// badly. For tests and demonstrations only. It is no CSE: it registers nobody, checks no access rights, keeps
// no resources and no security associations, and listens on the loopback interface alone.
import { Agent } from 'node:http';
import fastify from 'fastify';
import { E2EKeyError } from '../errors.ts';
import { parseAbsolute, toAbsolute } from '../identifiers/entity.ts';
import { writeAddress } from '../onem2m/address.ts';
import { faultResponse } from '../onem2m/fault-response.ts';
import { readRequest, readResponse, writeNotify, writeResponse } from '../onem2m/http-binding.ts';
import { exchange } from '../onem2m/http-exchange.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal, respond } from '../onem2m/primitive.ts';
import { maxBodyLength, securityInfo } from '../onem2m/security-info.ts';

/** What the transit CSE does to one NOTIFY instead of passing it on and its response back. */
export type Mischief =
  /** The next hop never gets the request; the originator is told 5103 TARGET_NOT_REACHABLE. */
  | { readonly kind: 'drop request' }
  /** The next hop answers, but the originator is told 4008 REQUEST_TIMEOUT. */
  | { readonly kind: 'drop response' }
  /** The next hop answers, but the originator gets the Response Status Code alone, as some CSEs do. */
  | { readonly kind: 'drop content' }
  /** The next hop gets the request twice at the same time; the originator gets the first of the answers. */
  | { readonly kind: 'repeat' }
  /** The request waits until another one has passed. */
  | { readonly kind: 'hold' }
  /** The request waits for the promise. */
  | { readonly kind: 'delay'; readonly until: Promise<unknown> }
  /** One bit of the E2EKey Message is flipped, counted from the first bit of its first byte, modulo its length. */
  | { readonly kind: 'corrupt request' | 'corrupt response'; readonly bit: number };

/** A NOTIFY that came by. */
export interface Passage {
  /** 1 for the first NOTIFY since the start, in the order of arrival. */
  readonly ordinal: number;
  /** As it arrived, with the originator as it was passed on. */
  readonly request: RequestPrimitive;
  /** The E2EKey Message in the request, if it had one. */
  readonly message: Uint8Array | null;
  /** What the next hop answered, once for each time that it was asked. */
  readonly responses: readonly ResponsePrimitive[];
}

export interface TransitCseOptions {
  /** Our own identity, Absolute-CSE-ID. */
  readonly id: string;
  /** The next hop for each target and what lies below it: absolute identifier → base URL. */
  readonly routes: Readonly<Record<string, string>>;
  /** The script, asked once for each NOTIFY. Without it, or with null, everything passes. */
  readonly mischief?: (passage: Pick<Passage, 'ordinal' | 'request' | 'message'>) => Mischief | null;
  /** How From is passed on. Unless given, an AE-ID-Stem becomes SP-relative (TS-0004 7.3.2.1), the rest stays. */
  readonly originator?: (from: string) => string;
}

export interface TransitCse {
  /** Base URL for a carrier or for another transit CSE. */
  readonly url: string;
  /** What came by, oldest first; only the newest 1000 are kept. */
  readonly passages: readonly Passage[];
  close(): Promise<void>;
}

/** Enough for any test, and bounded for a demonstration that is left running. */
const maxPassages = 1000;

/**
 * Starts a transit CSE on 127.0.0.1 and a free port. It does not keep the process alive.
 *
 * @throws E2EKeyError REQUEST_INVALID for an `id` that is no absolute identifier.
 */
export async function transitCse(options: TransitCseOptions): Promise<TransitCse> {
  const { serviceProvider } = parseAbsolute(options.id);
  const script = options.mischief ?? (() => null);
  const originator =
    options.originator ?? (from => (/^[CS]/.test(from) ? spRelative(from, options.id) : from));
  const passages: Passage[] = [];
  const agent = new Agent({ keepAlive: true });
  const closing = new AbortController();
  let arrived = 0;
  let next = Promise.withResolvers<void>();

  async function pass(arriving: RequestPrimitive): Promise<ResponsePrimitive> {
    const base = nextHop(absoluteTarget(arriving.to));
    if (arriving.operation !== 'notify')
      return refusal(arriving, 'OPERATION_NOT_ALLOWED', 'this transit CSE passes on NOTIFYs only');
    if (base === undefined)
      return refusal(arriving, 'NOT_FOUND', 'this transit CSE has no route to the target');
    const request = arriving.from === undefined ? arriving : { ...arriving, from: originator(arriving.from) };
    const responses: ResponsePrimitive[] = [];
    const passage = { ordinal: ++arrived, request, message: messageIn(request.content), responses };
    passages.push(passage);
    if (passages.length > maxPassages) passages.shift();

    const forward = async (outgoing: RequestPrimitive) => {
      const response = await post(base, outgoing);
      responses.push(response);
      return response;
    };
    const mischief = script(passage);
    if (mischief?.kind === 'hold') await next.promise;
    if (mischief?.kind === 'delay') await mischief.until;
    try {
      switch (mischief?.kind) {
        case 'drop request':
          return refusal(request, 'TARGET_NOT_REACHABLE', 'the request was lost');
        case 'drop response':
          await forward(request);
          return refusal(request, 'REQUEST_TIMEOUT', 'the response was lost');
        case 'drop content':
          return respond(request, (await forward(request)).responseStatusCode);
        case 'repeat':
          return await Promise.race([forward(request), forward(request)]);
        case 'corrupt request':
          return await forward({ ...request, content: corrupted(request.content, mischief.bit) });
        case 'corrupt response': {
          const response = await forward(request);
          return { ...response, content: corrupted(response.content, mischief.bit) };
        }
        default:
          return await forward(request);
      }
    } finally {
      next.resolve();
      next = Promise.withResolvers();
    }
  }

  async function post(base: string, request: RequestPrimitive): Promise<ResponsePrimitive> {
    const { path, headers, body } = writeNotify(request);
    try {
      return readResponse(
        await exchange(new URL(base + path), { agent, headers, body, signal: closing.signal }),
      );
    } catch (error) {
      // TS-0004 7.3.3.9.1: no point of access could be reached.
      return faultResponse(
        request,
        new E2EKeyError('CARRIER_FAILED', 'the next hop gave no oneM2M response', { cause: error }),
      );
    }
  }

  function nextHop(target: string): string | undefined {
    const targets = Object.keys(options.routes).filter(known => `${target}/`.startsWith(`${known}/`));
    return options.routes[targets.toSorted((a, b) => b.length - a.length)[0] ?? '']?.replace(/\/+$/, '');
  }

  function absoluteTarget(to: string): string {
    if (to.startsWith('//')) return to;
    return to.startsWith('/') ? `//${serviceProvider}${to}` : `${options.id}/${to}`;
  }

  const app = fastify({ bodyLimit: maxBodyLength, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body);
  app.post('/*', async ({ method, url: path, headers, body }, reply) => {
    const read = readRequest({
      method,
      path,
      headers,
      body: body instanceof Uint8Array ? body : new Uint8Array(),
    });
    const answer = writeResponse('operation' in read ? await pass(read) : read);
    return reply
      .code(answer.status)
      .headers(answer.headers)
      .send(answer.body ?? undefined);
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  app.server.unref();
  return {
    url,
    passages,
    async close() {
      closing.abort();
      await app.close();
      agent.destroy();
    },
  };
}

function spRelative(stem: string, id: string): string {
  return writeAddress(toAbsolute(stem, id), 'sp-relative');
}

function messageIn(content: unknown): Uint8Array | null {
  try {
    return securityInfo.unwrap(content);
  } catch {
    return null;
  }
}

/** Content without an E2EKey Message stays as it is. */
function corrupted(content: unknown, bit: number): unknown {
  const message = messageIn(content);
  if (message === null) return content;
  const index = (bit >> 3) % message.length;
  return securityInfo.wrap(message.map((byte, at) => (at === index ? byte ^ (0x80 >> (bit & 7)) : byte)));
}
