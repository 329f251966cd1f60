// What happens to status information and to keys because of it, as operators and their logs are told. Holds no secret.
import type { FaultCode } from '../errors.ts';

export type RevocationEvent = { readonly time: Date } & (
  | {
      readonly event: 'list refreshed';
      /** The issuer's name, in the manner of RFC 4514. */
      readonly issuer: string;
      /** URL without its query, or `store` where another process had fetched it. */
      readonly source: string;
      /** cRLNumber, lower-case hex. */
      readonly crlNumber: string;
      readonly thisUpdate: Date;
      readonly nextUpdate: Date;
      /** How many certificates are revoked by it. */
      readonly entries: number;
    }
  /** A peer of this issuer is refused until there is a newer one, unless an OCSP response speaks for it. */
  | {
      readonly event: 'list expired';
      readonly issuer: string;
      readonly crlNumber: string;
      readonly nextUpdate: Date;
    }
  | {
      readonly event: 'staple refreshed';
      /** Subject of our certificate. */
      readonly certificate: string;
      readonly source: string;
      /** Until when it is stapled. */
      readonly until: Date;
    }
  /** Nothing is stapled until there is a newer one. */
  | { readonly event: 'staple expired'; readonly certificate: string; readonly until: Date }
  /** Something came, and is not used: it stays with what was there before. */
  | Failure<'refresh refused'>
  /** Nothing came. */
  | Failure<'refresh failed'>
  | { readonly event: 'store failed'; readonly code: FaultCode; readonly message: string }
  | {
      readonly event: 'key revoked';
      readonly keyId: string;
      /** The other end-point, absolute form. */
      readonly entity: string;
      readonly reason: 'crl';
      /** Of the revoked certificate: the peer's own, or that of an authority above it. */
      readonly issuer: string;
      /** Lower-case hex. */
      readonly serial: string;
      readonly crlNumber: string;
    }
);

interface Failure<Event extends string> {
  readonly event: Event;
  readonly of: 'list' | 'staple';
  /** The issuer of the list, or our certificate. */
  readonly subject: string;
  readonly source: string;
  readonly code: FaultCode;
  readonly message: string;
}

/** As it is handed over; the time is added. */
export type Told = RevocationEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'time'>
    : never
  : never;
