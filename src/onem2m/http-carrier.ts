// The Carrier that sends NOTIFYs over HTTP (TS-0009), to the terminating end-point itself or to the CSE that
// passes them on. Knows no TLS handshake of the procedure; its own TLS is that of the hop.
import * as http from 'node:http';
import * as https from 'node:https';
import type { Answer, Carrier, Delivery } from '../endpoint/carrier.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { type AddressForm, writeAddress } from './address.ts';
import { type HttpResponse, readResponse, writeNotify } from './http-binding.ts';
import { exchange } from './http-exchange.ts';
import { debugText, type ResponsePrimitive } from './primitive.ts';
import { requestIdentifier } from './request-identifier.ts';
import { securityInfo } from './security-info.ts';

export interface HttpCarrierOptions {
  /**
   * How the target is addressed. Absolute (the default) names it in every service provider's domain; a CSE
   * that knows only its own domain takes `sp-relative`.
   */
  readonly to?: Exclude<AddressForm, 'cse-relative'>;
  /**
   * How the originator names itself. Absolute (the default) suits the terminating end-point and a transit
   * CSE; a registrar CSE refuses its own AE under anything but the AE-ID-Stem, `cse-relative` (TS-0004 7.3.2.1).
   */
  readonly from?: AddressForm;
  /** X-M2M-RVI; `3` unless given. */
  readonly releaseVersion?: '2a' | '3' | '4' | '5';
  /** Trust anchors of the hop's TLS, PEM; Node's own unless given. */
  readonly ca?: string | readonly string[];
  /** Certificate chain and private key that authenticate us to the hop, PEM. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Longest wait for one answer whatever the signal says, in milliseconds: beyond any request that a CSE keeps
 * open, so that a caller who never aborts does not keep a connection for ever.
 */
const maxWait = 600_000;

/**
 * A carrier for targets behind one HTTP server. Its connections are kept alive between messages 1 and 3 and
 * do not keep the process alive.
 *
 * Sends no Request Expiration Timestamp: the clock of a device is often wrong, and whoever waits no longer
 * closes the connection.
 *
 * @param baseUrl `http:` or `https:`, with the path below which the CSE's addresses lie, if it is not the root.
 * @throws E2EKeyError OPTION_INVALID for any other URL.
 * @example
 * ```ts
 * import { httpCarrier } from 'e2ekey/onem2m';
 * const carrier = httpCarrier('https://cse.example', { from: 'cse-relative' }); // through our registrar CSE
 * ```
 */
export function httpCarrier(baseUrl: string, options: HttpCarrierOptions = {}): Carrier {
  const base = parseBase(baseUrl);
  const agent = makeAgent(base, options);
  return {
    async deliver(delivery: Delivery): Promise<Answer> {
      const { path, headers, body } = writeNotify({
        operation: 'notify',
        to: writeAddress(delivery.to, options.to ?? 'absolute'),
        from: writeAddress(delivery.from, options.from ?? 'absolute'),
        requestIdentifier: requestIdentifier(delivery),
        releaseVersionIndicator: options.releaseVersion ?? '3',
        content: securityInfo.wrap(delivery.message),
      });
      const ownLimit = new AbortController();
      const timer = setTimeout(() => ownLimit.abort(), maxWait);
      const signal = AbortSignal.any([delivery.signal, ownLimit.signal]);
      let response: HttpResponse;
      try {
        response = await exchange(new URL(base.href + path), { agent, headers, body, signal });
      } catch (error) {
        return failed(base, error, signal.aborted);
      } finally {
        clearTimeout(timer);
      }
      return answerOf(readResponse(response));
    },
  };
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

function makeAgent(base: { href: string }, { ca, cert, key }: HttpCarrierOptions): http.Agent {
  if (!base.href.startsWith('https:')) {
    if (ca !== undefined || cert !== undefined || key !== undefined)
      return refuse('OPTION_INVALID', 'ca, cert and key are for an https: baseUrl');
    return new http.Agent({ keepAlive: true });
  }
  return new https.Agent({
    keepAlive: true,
    ...(ca !== undefined && { ca: [ca].flat() }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
}

function failed(base: { origin: string }, error: unknown, late: boolean): never {
  if (late) return refuse('REQUEST_EXPIRED', `no answer from ${base.origin} in time`, { cause: error });
  if (error instanceof E2EKeyError) throw error;
  const reason = error instanceof Error ? ('code' in error ? error.code : error.message) : error;
  return refuse('CARRIER_FAILED', `no answer from ${base.origin}: ${reason}`, { cause: error });
}

function answerOf({ responseStatusCode: rsc, content }: ResponsePrimitive): Answer {
  const members = new Map(typeof content === 'object' && content !== null ? Object.entries(content) : []);
  const debug = members.get('m2m:dbg');
  return {
    message: members.has('m2m:seci') ? messageIn(content, rsc) : null,
    rsc,
    debug: typeof debug === 'string' ? debugText(debug) : null,
  };
}

function messageIn(content: unknown, rsc: number): Uint8Array | null {
  try {
    return securityInfo.unwrap(content);
  } catch (error) {
    if (rsc >= 4000) return null;
    const reason = error instanceof Error ? error.message : 'it cannot be read';
    return refuse('CARRIER_FAILED', `the response has a wrong content: ${reason}`, { cause: error });
  }
}
