// Where the OCSP response for one of our certificates is to be had, and which of them is the newest.
import { maxResponseSize } from '../certificates/ocsp-response.ts';
import type { RevocationLists } from '../certificates/revocation-lists.ts';
import { refuse } from '../errors.ts';
import type { OwnStaples } from './own-staples.ts';
import { type OwnCertificate, type OwnStatus, readOwnStatus, requestFor } from './own-status.ts';
import type { RefreshTimes } from './refresh-times.ts';
import type { Told } from './revocation-event.ts';
import { type Held, type StatusSource, sourceName } from './status-source.ts';
import { isNewerStatus, type StatusRow } from './store.ts';

export class StapleSource implements StatusSource {
  readonly of = 'staple';
  readonly subject: string;
  readonly request: StatusSource['request'];
  readonly times: RefreshTimes;
  readonly #own: OwnCertificate;
  readonly #staples: OwnStaples;
  readonly #lists: () => RevocationLists;
  #held: { readonly status: OwnStatus; readonly fetched: number } | null = null;

  constructor(
    own: OwnCertificate,
    url: URL,
    staples: OwnStaples,
    /** Those at hand, for the responder's own certificate. */
    lists: () => RevocationLists,
    times: RefreshTimes,
  ) {
    this.subject = own.certificate.subject.text;
    this.request = {
      url,
      method: 'POST',
      headers: { 'Content-Type': 'application/ocsp-request', Accept: 'application/ocsp-response' },
      body: requestFor(own),
      most: maxResponseSize,
    };
    this.times = times;
    this.#own = own;
    this.#staples = staples;
    this.#lists = lists;
  }

  /** In the store: the certificate's fingerprint. */
  get id(): string {
    return this.#own.certificate.fingerprint;
  }

  held(): Held | null {
    if (this.#held === null) return null;
    const { status, fetched } = this.#held;
    return { content: status, fetched, until: status.version.nextUpdate };
  }

  /**
   * For the store; null where there is nothing. One by which our certificate is revoked stays there as long as the
   * certificate lasts: were it gone, an older one would be the newest again.
   */
  get row(): Omit<StatusRow, 'endpoint'> | null {
    if (this.#held === null) return null;
    const { status, fetched } = this.#held;
    const { number, thisUpdate, nextUpdate } = status.version;
    const until = status.refusal === null ? nextUpdate : this.#own.certificate.notAfter.getTime();
    const der = status.response.der;
    return { kind: 'ocsp', id: this.id, number, thisUpdate, nextUpdate: until, fetched, der };
  }

  /** A response by which our certificate is revoked is kept as well: no older one that says otherwise comes back. */
  take(bytes: Uint8Array, time: Date): Told | null {
    const status = this.#read(bytes, time);
    const { version, refusal } = status;
    const earlier = this.#held?.status;
    if (earlier !== undefined && !replaces(status, earlier)) {
      const { version: held } = earlier;
      if (version.number === held.number && version.thisUpdate === held.thisUpdate) return null;
      const field = version.number < held.number ? 'producedAt' : 'thisUpdate';
      refuse('STATUS_RESPONSE_BAD', `${field}: the OCSP response is older than the one that is held`);
    }
    this.#use(status, time.getTime());
    const { subject, of } = this;
    const source = sourceName(this.request.url);
    if (refusal !== null) {
      const { code, message } = refusal;
      return { event: 'refresh refused', of, subject, source, code, message };
    }
    return { event: 'staple refreshed', certificate: subject, source, until: new Date(version.nextUpdate) };
  }

  /**
   * The same for what the store has; what is past its time is passed over.
   *
   * @throws E2EKeyError for what no peer would take.
   */
  load(
    row: { readonly der: Uint8Array; readonly fetched: number; readonly nextUpdate: number },
    time: Date,
  ): void {
    if (row.nextUpdate <= time.getTime()) return;
    const status = this.#read(row.der, time);
    if (this.#held === null || replaces(status, this.#held.status)) this.#use(status, row.fetched);
  }

  #read(der: Uint8Array, time: Date): OwnStatus {
    return readOwnStatus(this.#own, der, this.#lists(), time);
  }

  #use(status: OwnStatus, fetched: number): void {
    this.#held = { status, fetched };
    this.#staples.replace(this.#own.index, status.staple);
  }
}

/**
 * The servers of one responder are not of one time: of two good responses the one that ends later is as good as a newer
 * one. In the place of one that says revoked comes a newer one alone.
 */
function replaces(status: OwnStatus, held: OwnStatus): boolean {
  if (isNewerStatus(status.version, held.version)) return true;
  const areGood = status.refusal === null && held.refusal === null;
  return areGood && status.version.nextUpdate > held.version.nextUpdate;
}
