// The Sender over HTTP (TS-0009): connections, the TLS of the hop, time. Knows no content.
import * as http from 'node:http';
import * as https from 'node:https';
import { E2EKeyError, refuse } from '../errors.ts';
import { type HttpResponse, readResponse, writeRequest } from './http-binding.ts';
import { exchange } from './http-exchange.ts';
import type { RequestPrimitive, ResponsePrimitive } from './primitive.ts';
import type { Sender } from './sender.ts';
import type { Serialisation } from './serialisation/serialisation.ts';

/** The hop: which server is believed, who we are to it, how contents are written. Nothing of the E2EKey procedure. */
export interface HopOptions {
  /** Trust anchors, PEM; Node's own unless given. */
  readonly ca?: string | readonly string[];
  /** Certificate chain and private key that authenticate us, PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** Of the contents that are sent, and asked for in responses; JSON unless given. */
  readonly serialisation?: Serialisation;
}

/**
 * Longest wait for one response whatever the signal says, in milliseconds: beyond any request that a CSE keeps
 * open, so that a caller who never aborts does not keep a connection for ever.
 */
const maxWait = 600_000;

/**
 * Sends primitives to one HTTP server. Its connections are kept alive between requests and do not keep the
 * process alive.
 *
 * @param baseUrl `http:` or `https:`, with the path below which the CSE's addresses lie, if it is not the root.
 * @throws E2EKeyError OPTION_INVALID for any other URL, or hop options that are no PEM.
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { httpSender, notifyCarrier } from 'e2ekey/onem2m';
 * const carrier = notifyCarrier(httpSender('https://cse.example', { ca: readFileSync('hop-ca.pem', 'utf8') }));
 * ```
 */
export function httpSender(baseUrl: string, hop: HopOptions = {}): Sender {
  const base = parseBase(baseUrl);
  const agent = makeAgent(base, hop);
  return {
    async send(request: RequestPrimitive, outer: AbortSignal): Promise<ResponsePrimitive> {
      const { method, target, headers, body } = writeRequest(request, hop.serialisation);
      const ownLimit = new AbortController();
      const timer = setTimeout(() => ownLimit.abort(), maxWait);
      const signal = AbortSignal.any([outer, ownLimit.signal]);
      let response: HttpResponse;
      try {
        response = await exchange(new URL(base.href + target), { method, agent, headers, body, signal });
      } catch (error) {
        return failed(base, error, signal.aborted);
      } finally {
        clearTimeout(timer);
      }
      return readResponse(response);
    },
  };
}

/** Connections to `https:` servers, kept alive between requests. */
export function tlsAgent({ ca, cert, key }: HopOptions): https.Agent {
  return new https.Agent({
    keepAlive: true,
    ...(ca !== undefined && { ca: [ca].flat() }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
}

function parseBase(baseUrl: string): { origin: string; href: string } {
  const url = URL.parse(baseUrl);
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  )
    return refuse(
      'OPTION_INVALID',
      'baseUrl is no http: or https: URL without user name, query and fragment',
    );
  return { origin: url.origin, href: url.href.replace(/\/+$/, '') };
}

function makeAgent(base: { href: string }, hop: HopOptions): http.Agent {
  if (base.href.startsWith('https:')) return tlsAgent(hop);
  const { ca, cert, key } = hop;
  if (ca !== undefined || cert !== undefined || key !== undefined)
    return refuse('OPTION_INVALID', 'ca, cert and key are for an https: baseUrl');
  return new http.Agent({ keepAlive: true });
}

function failed(base: { origin: string }, error: unknown, late: boolean): never {
  if (late) return refuse('REQUEST_EXPIRED', `no answer from ${base.origin} in time`, { cause: error });
  if (error instanceof E2EKeyError) throw error;
  const reason = error instanceof Error ? ('code' in error ? error.code : error.message) : error;
  return refuse('CARRIER_FAILED', `no answer from ${base.origin}: ${reason}`, { cause: error });
}
