// Lists and OCSP responses of the authorities in certs/, and servers that have them, in this process and with a count of
// what they were asked. Knows no test.
import type { TestContext } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import type { StatusRequest } from '../../src/endpoint/bounded-fetch.ts';
import type { Endpoint } from '../../src/endpoint/endpoint.ts';
import type { RevocationOptions } from '../../src/endpoint/revocation.ts';
import type { RevocationEvent } from '../../src/endpoint/revocation-event.ts';
import type { Store } from '../../src/endpoint/store.ts';
import {
  type CrlOptions,
  makeCrl,
  makeOcspResponse,
  type OcspResponseOptions,
  type Signer,
} from '../../src/testing/status-maker.ts';
import { certs, credentialOf, keyOf, type LabOptions, peer, seeded, terminatingEndpoint } from './lab.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** The time of the lab's clock when it begins. */
export const beginning = new Date('2026-11-22T12:00:00Z');
export const later = (time: number): Date => new Date(beginning.getTime() + time);

export function signerOf(name: string): Signer {
  return { der: derOf(name), key: keyOf(name) };
}

/** The first certificate of certs/NAME.pem. */
export function derOf(name: string): Uint8Array {
  const [, base64 = ''] = /-----BEGIN CERTIFICATE-----([^-]+)-/.exec(certs(`${name}.pem`)) ?? [];
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}

export const serialOf = (name: string): string => parseCertificate(derOf(name)).serialNumber;

export const intermediate: Signer = signerOf('intermediate');
export const root: Signer = signerOf('root');

/** A list of the lab's intermediate: from the beginning, for a day. */
export function list(
  number: number,
  revoked: readonly string[] = [],
  but: Partial<CrlOptions> = {},
): Uint8Array {
  return makeCrl({
    issuer: intermediate,
    number,
    thisUpdate: beginning,
    nextUpdate: later(day),
    entries: revoked.map(name => ({ serial: serialOf(name) })),
    ...but,
  });
}

/** A response of the lab's intermediate for cse-b: from the beginning, for a day. */
export function response(but: Partial<OcspResponseOptions> = {}): Uint8Array {
  return makeOcspResponse({
    issuer: intermediate,
    certificate: signerOf('cse-b'),
    producedAt: beginning,
    thisUpdate: beginning,
    nextUpdate: later(day),
    ...but,
  });
}

/** A server of status information: what is put at a URL is what comes from there; an Error does not come. */
export interface StatusServer {
  readonly fetch: NonNullable<RevocationOptions['fetch']>;
  readonly asked: readonly StatusRequest[];
  put(content: Uint8Array | Error | Promise<Uint8Array>): void;
}

export function statusServer(first: Uint8Array | Error | Promise<Uint8Array>): StatusServer {
  let content = first;
  const asked: StatusRequest[] = [];
  return {
    asked,
    put(next) {
      content = next;
    },
    async fetch(request) {
      asked.push(request);
      if (content instanceof Error) throw content;
      return content;
    },
  };
}

export const listUrl = 'http://ca.example/intermediate.crl?key=hidden';
export const issuers = [{ certificate: intermediate.der, url: listUrl }] as const;

export interface Refreshed {
  readonly endpoint: Endpoint;
  /** All that was told, in its order. */
  readonly events: RevocationEvent[];
}

let endpoints = 0;

/** cse-b of the lab, with revocation that refreshes when it is told to. */
export function refreshedEndpoint(
  t: TestContext,
  revocation: RevocationOptions,
  options: LabOptions = {},
): Refreshed {
  const events: RevocationEvent[] = [];
  const endpoint = terminatingEndpoint(t, {
    credential: credentialOf('cse-b'),
    peers: [peer.cae1],
    // Those of one test may share a store.
    random: seeded(`revocation ${++endpoints}`),
    ...options,
    revocation: { background: false, onEvent: event => void events.push(event), ...revocation },
  });
  return { endpoint, events };
}

/** What of events says that it was them. */
export function names(events: readonly RevocationEvent[]): string[] {
  return events.map(event => event.event);
}

/** A store whose end closes nothing, so that another end-point may have it. */
export function unclosed(store: Store): Store {
  return new Proxy(store, {
    get: (target, name) =>
      name === 'close' ? async () => undefined : (Reflect.get(target, name) as () => unknown).bind(target),
  });
}
