// The OCSP responses for our own certificates, as long as they serve: what a credential came with, and what was fetched
// since. Knows no responder, and asks nobody.
import { parseCertificate } from '../certificates/certificate.ts';
import { isFresh, type Period } from '../certificates/freshness.ts';
import { type OcspResponse, parseOcspResponse, type SingleResponse } from '../certificates/ocsp-response.ts';
import { periodOf } from '../certificates/ocsp-status.ts';
import { refuse } from '../errors.ts';
import type { EndpointCredential } from './credentials.ts';

export interface Staple {
  readonly der: Uint8Array;
  readonly period: Period;
}

export class OwnStaples {
  readonly #credentials: readonly EndpointCredential[];
  readonly #staples: (Staple | null)[];

  /** @throws E2EKeyError OPTION_INVALID for a staple that cannot be read, or speaks of another certificate. */
  constructor(credentials: readonly EndpointCredential[]) {
    this.#credentials = credentials;
    this.#staples = credentials.map(givenStaple);
  }

  /**
   * Our credentials with the responses that serve at this time. One that is past its time is left out: whoever gets it
   * refuses us, and whoever gets none may pass over that.
   */
  current(now: Date): readonly EndpointCredential[] {
    return this.#credentials.map(({ staple: _, ...credential }, index) => {
      const held = this.#staples[index] ?? null;
      return held !== null && isFresh(held.period, now) ? { ...credential, staple: held.der } : credential;
    });
  }

  /** Null where there is none that could be sent. */
  staple(index: number): Staple | null {
    return this.#staples[index] ?? null;
  }

  /** Null withdraws the one that is there. */
  replace(index: number, staple: Staple | null): void {
    this.#staples[index] = staple;
  }
}

/** A response, and how long what it says of our certificate serves; null where it says nothing of it. */
export function stapleFrom(
  { der, basic }: OcspResponse,
  isOurs: (single: SingleResponse) => boolean,
): Staple | null {
  const single = basic?.responses.find(isOurs);
  return single === undefined ? null : { der, period: periodOf(single) };
}

function givenStaple({ type, chain: [own], staple }: EndpointCredential, index: number): Staple | null {
  if (staple === undefined) return null;
  if (type === 'raw' || own === undefined)
    return refuse('OPTION_INVALID', `credential.${index}.staple: a raw public key has no OCSP response`);
  let response: OcspResponse;
  try {
    response = parseOcspResponse(staple);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'cannot be read';
    return refuse('OPTION_INVALID', `credential.${index}.staple: ${reason}`, { cause });
  }
  const { serialNumber } = parseCertificate(own);
  return (
    // Whose serial number it is, only the peer can tell who has the issuer's certificate.
    stapleFrom(response, ({ certId }) => certId.serialNumber === serialNumber) ??
    refuse('OPTION_INVALID', `credential.${index}.staple: no OCSP response for certificate ${serialNumber}`)
  );
}
