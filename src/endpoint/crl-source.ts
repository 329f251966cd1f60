// Where the newest list of an issuer is to be had, and what makes it acceptable: signed by the issuer, current, and not
// older than what is held.
import { maxCrlSize } from '../certificates/crl.ts';
import { freshnessObjection } from '../certificates/crl-status.ts';
import { errorAbout } from '../certificates/finding.ts';
import { statusUnknown } from '../certificates/freshness.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { crlsFrom } from './crl-bytes.ts';
import {
  type CrlIssuer,
  type HeldList,
  type HeldLists,
  listId,
  readListOf,
  versionOf,
} from './held-lists.ts';
import type { RefreshTimes } from './refresh-times.ts';
import type { Told } from './revocation-event.ts';
import { type Held, type StatusSource, sourceName } from './status-source.ts';

export class CrlSource implements StatusSource {
  readonly of = 'list';
  readonly subject: string;
  readonly request: StatusSource['request'];
  readonly times: RefreshTimes;
  readonly #issuer: CrlIssuer;
  readonly #lists: HeldLists;
  readonly #isOnly: boolean;
  /** `listId` of what came from here; one, unless somebody on the way put another list of the issuer in its place. */
  #parts: ReadonlySet<string> = new Set();

  /** @param isOnly no other URL has lists of this issuer. */
  constructor(issuer: CrlIssuer, url: URL, lists: HeldLists, times: RefreshTimes, isOnly: boolean) {
    this.subject = issuer.certificate.subject.text;
    this.request = {
      url,
      method: 'GET',
      headers: { Accept: 'application/pkix-crl' },
      body: new Uint8Array(0),
      most: maxCrlSize,
    };
    this.times = times;
    this.#issuer = issuer;
    this.#lists = lists;
    this.#isOnly = isOnly;
  }

  /** The one that ends first: a list of another part, in the place of the one that is due, puts nothing off. */
  held(): Held | null {
    const [list] = this.#fromHere.toSorted(
      (one, other) => one.crl.nextUpdate.getTime() - other.crl.nextUpdate.getTime(),
    );
    if (list === undefined) return null;
    return { content: list.crl, fetched: list.fetched, until: list.crl.nextUpdate.getTime() };
  }

  take(bytes: Uint8Array, time: Date): Told | null {
    const list = {
      crl: readListOf(this.#issuer, onlyList(bytes)),
      issuer: this.#issuer,
      fetched: time.getTime(),
    };
    const stale = freshnessObjection(list.crl, { time });
    if (stale !== null) throw errorAbout(stale);
    const isTaken = this.#lists.take(list);
    if (!isTaken) this.#refuseOlder(list);
    // A part that ended is one that the issuer makes no lists of any more.
    const current = this.#fromHere.filter(({ crl }) => crl.nextUpdate >= time);
    this.#parts = new Set([...current, list].map(listId));
    return isTaken ? refreshed(list, sourceName(this.request.url)) : null;
  }

  /** Until something came, it is known of a list whether it is from here only where there is no other place. */
  get #fromHere(): readonly HeldList[] {
    const lists = this.#lists.of(this.#issuer);
    if (this.#parts.size > 0) return lists.filter(one => this.#parts.has(listId(one)));
    return this.#isOnly ? lists : [];
  }

  /** Nothing to be refused is the one that is held. */
  #refuseOlder(list: HeldList): void {
    const held = this.#lists.of(this.#issuer).find(one => listId(one) === listId(list));
    const [got, due] = [versionOf(list.crl), held && versionOf(held.crl)];
    if (held === undefined || (got.number === due?.number && got.thisUpdate === due.thisUpdate)) return;
    throw errorAbout(
      statusUnknown(
        'CertificateList',
        `the CRL is number ${list.crl.number} of ${list.crl.thisUpdate.toISOString()}`,
        `none that is older than number ${held.crl.number} of ${held.crl.thisUpdate.toISOString()}, which is held`,
        'RFC 5280 5.2.3',
      ),
    );
  }
}

export function refreshed({ crl, issuer }: HeldList, source: string): Told {
  return {
    event: 'list refreshed',
    issuer: issuer.certificate.subject.text,
    source,
    crlNumber: crl.number ?? '',
    thisUpdate: new Date(crl.thisUpdate),
    nextUpdate: new Date(crl.nextUpdate),
    entries: crl.entries.size,
  };
}

/** A file of PEM may hold several; which of them is meant would be a guess. */
function onlyList(bytes: Uint8Array): Uint8Array {
  try {
    const [der, second] = crlsFrom(bytes);
    return der !== undefined && second === undefined
      ? der
      : refuse('CERTIFICATE_STATUS_UNKNOWN', 'the body has several CRLs, where one is due');
  } catch (error) {
    if (!(error instanceof E2EKeyError) || error.code !== 'OPTION_INVALID') throw error;
    return refuse('CERTIFICATE_STATUS_UNKNOWN', `the body is no CRL: ${error.message}`, { cause: error });
  }
}
