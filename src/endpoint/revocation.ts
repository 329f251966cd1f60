// What an end-point knows of revocation, and what it does about it: keeps the lists of configured issuers and the
// responses for its own certificates fresh, shares them with whoever has the same store, and revokes the stored keys
// that a list names. What is judged in a handshake is certificates/revocation.ts.
import { setImmediate as turn } from 'node:timers/promises';
import { parseCertificate } from '../certificates/certificate.ts';
import { parseCrl } from '../certificates/crl.ts';
import { isFresh } from '../certificates/freshness.ts';
import type { RevocationLists } from '../certificates/revocation-lists.ts';
import { type IssuerAndSerial, issuerId } from '../certificates/trust.ts';
import type { Random } from '../crypto/random.ts';
import { refuse } from '../errors.ts';
import { boundedFetch, type StatusFetch } from './bounded-fetch.ts';
import type { EndpointCredential } from './credentials.ts';
import { CrlSource, refreshed } from './crl-source.ts';
import { asE2EKeyError } from './failure.ts';
import { type CrlIssuer, type HeldList, HeldLists, type Hit, readListOf, rowOf } from './held-lists.ts';
import type { KeyRing } from './key-ring.ts';
import type { OwnStaples } from './own-staples.ts';
import { type OwnCertificate, ownCertificates } from './own-status.ts';
import { RefreshTimes } from './refresh-times.ts';
import type { RevocationEvent, Told } from './revocation-event.ts';
import { StapleSource } from './staple-source.ts';
import { refreshFrom, type StatusSource, sourceUrl } from './status-source.ts';
import type { Store, StoredStatus } from './store.ts';

/** What is known of revocation, and where more of it comes from. Peers' policies stand in their entries. */
export interface RevocationOptions {
  /** Whose CRLs are kept: those that name a certificate on a stored key's path revoke the key. */
  readonly issuers?: readonly RevocationIssuer[];
  /** Other CRLs in DER, for handshakes alone: of authorities whose certificate only peers bring along. */
  readonly crls?: readonly Uint8Array[];
  /** The OCSP responder of our own certificates, whose responses are stapled. */
  readonly ownStatus?: {
    /** `http:` or `https:`. */
    readonly url: string;
    /** Who issued our certificate, in DER, where the chain does not have it as its second. */
    readonly issuer?: Uint8Array;
  };
  /** In place of our own HTTP client. */
  readonly fetch?: StatusFetch;
  /** Refresh by itself, a look every minute; true if absent. Nothing keeps the process alive for that. */
  readonly background?: boolean;
  /** Told of everything that happens; holds no secret. What it throws is passed over. */
  readonly onEvent?: (event: RevocationEvent) => void;
}

/** A certification authority whose CRLs are kept. */
export interface RevocationIssuer {
  /** Its certificate in DER: it signs its lists with the key in it. */
  readonly certificate: Uint8Array;
  /** Its lists as they are at hand, in DER. */
  readonly crls?: readonly Uint8Array[];
  /** Where its newest list is to be had, `http:` or `https:`; several entries for one issuer have a URL each. */
  readonly url?: string;
}

/** The end-point that it is about. */
export interface Surroundings {
  readonly endpoint: string;
  readonly credentials: readonly EndpointCredential[];
  readonly staples: OwnStaples;
  readonly keys: KeyRing;
  readonly store: Store;
  readonly clock: () => Date;
  readonly random: Random;
  /** Those with whom revocation is not looked at. */
  readonly isExempt: (entity: string) => boolean;
}

/** Why a key that was made has no use. */
export const revokedMeanwhile = 'a certificate of the peer was revoked while the key was made';

/** How often the store is looked into, and whether something is due, in milliseconds. */
const lookInterval = 60_000;

export class Revocation {
  readonly #surroundings: Surroundings;
  readonly #onEvent: (event: RevocationEvent) => void;
  readonly #fetch: StatusFetch;
  readonly #issuers: ReadonlyMap<string, CrlIssuer>;
  readonly #lists: HeldLists;
  readonly #listSources: readonly CrlSource[];
  readonly #stapleSources: readonly StapleSource[];
  readonly #isInBackground: boolean;
  readonly #closing = new AbortController();
  /** Whose end was told. */
  readonly #ended = new WeakSet<object>();
  #timer: NodeJS.Timeout | null = null;
  #loading: Promise<void> | null = null;
  #refreshing: Promise<RevocationEvent[]> | null = null;
  /** What happened in the refresh that is under way. */
  #told: RevocationEvent[] | null = null;
  /** What the store has, or has a newer one of. */
  readonly #kept = new WeakSet<Uint8Array>();
  /** Of what the store has, all up to this was seen. */
  #seen = 0;
  /** The lists by which the stored keys were looked through. */
  #lookedThrough: RevocationLists | null = null;

  /** @throws E2EKeyError OPTION_INVALID naming the option. */
  constructor(options: RevocationOptions, surroundings: Surroundings) {
    const { issuers = [], crls = [], ownStatus, fetch = boundedFetch, onEvent = () => undefined } = options;
    const { random, credentials, staples } = surroundings;
    this.#surroundings = surroundings;
    this.#onEvent = onEvent;
    this.#fetch = fetch;
    this.#lists = new HeldLists(crls.map((der, index) => readGiven(`crls.${index}`, () => parseCrl(der))));
    const times = () => new RefreshTimes(random);
    const configured = issuers.map((entry, index) => this.#readIssuer(`issuers.${index}`, entry));
    this.#issuers = new Map(configured.map(({ issuer }) => [issuer.id, issuer]));
    const isOnlyOne = ({ id }: CrlIssuer) =>
      configured.filter(({ issuer, url }) => issuer.id === id && url !== null).length === 1;
    this.#listSources = configured.flatMap(({ issuer, url }) =>
      url === null ? [] : [new CrlSource(issuer, url, this.#lists, times(), isOnlyOne(issuer))],
    );
    const own: readonly OwnCertificate[] = ownStatus ? ownCertificates(credentials, ownStatus.issuer) : [];
    const responder = ownStatus && sourceUrl('revocation.ownStatus.url', ownStatus.url);
    this.#stapleSources =
      responder === undefined
        ? []
        : own.map(one => new StapleSource(one, responder, staples, () => this.#lists.atHand, times()));
    this.#isInBackground = options.background !== false;
  }

  /** Begins to refresh by itself, unless that is not wanted. */
  start(): void {
    if (this.#isInBackground) this.#wait(0);
  }

  #readIssuer(option: string, { certificate, crls = [], url }: RevocationIssuer): ReadIssuer {
    const read = readGiven(`${option}.certificate`, () => parseCertificate(certificate));
    const issuer = { certificate: read, id: issuerId(read) };
    for (const [index, der] of crls.entries()) {
      const crl = readGiven(`${option}.crls.${index}`, () => readListOf(issuer, der));
      this.#lists.take({ crl, issuer, fetched: crl.thisUpdate.getTime() });
    }
    return { issuer, url: url === undefined ? null : sourceUrl(`revocation.${option}.url`, url) };
  }

  /**
   * The lists at hand, those among them that the store has. When it is loaded the keys that they name are revoked.
   *
   * @throws E2EKeyError STORE_FAILED.
   */
  async lists(): Promise<RevocationLists> {
    await this.#catchUp();
    return this.#lists.atHand;
  }

  /** @throws E2EKeyError STORE_FAILED; what is asked next tries it again. */
  ready(): Promise<void> {
    this.#loading ??= this.#load().catch(error => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  /** Fetches what is due, and takes over what others have fetched; resolves with what happened. */
  refresh(): Promise<RevocationEvent[]> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /**
   * Does a list name a key that is about to be stored?
   *
   * @throws E2EKeyError STORE_FAILED.
   */
  async isNamed(key: NamedKey): Promise<boolean> {
    await this.#catchUp();
    return this.#hitOf(key) !== null;
  }

  /**
   * A key that was stored while a list came: true if it is revoked by it, whoever was the first to do so. Another
   * process may have looked through the keys before this one was among them: its list is in the store by then.
   *
   * @throws E2EKeyError STORE_FAILED.
   */
  async revokeIfNamed(key: NamedKey): Promise<boolean> {
    await this.#catchUp();
    return this.#revokeNamed(key);
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.allSettled([this.#loading, this.#refreshing]);
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(async () => {
      await this.refresh();
      if (!this.#closing.signal.aborted) this.#wait(lookInterval);
    }, milliseconds).unref();
  }

  async #catchUp(): Promise<void> {
    await this.ready();
    await this.#lookAgain();
  }

  #lookAgain(): Promise<void> {
    return this.#look(list => this.#tell(refreshed(list, 'store')));
  }

  async #revokeNamed(key: NamedKey): Promise<boolean> {
    const hit = this.#hitOf(key);
    if (hit !== null && (await this.#surroundings.keys.revoke(key.id)))
      this.#tell({ event: 'key revoked', keyId: key.id, entity: key.entity, reason: 'crl', ...hit });
    return hit !== null;
  }

  #hitOf({ entity, path }: NamedKey): Hit | null {
    return this.#surroundings.isExempt(entity) ? null : this.#lists.hit(path);
  }

  async #load(): Promise<void> {
    await this.#look(() => undefined);
    await this.#keep();
    await this.#lookThroughKeys();
  }

  async #refresh(): Promise<RevocationEvent[]> {
    const told: RevocationEvent[] = [];
    this.#told = told;
    // A store that fails is no reason to fetch nothing: what is at hand is judged by.
    await this.#orTell(() => this.ready());
    // Another process may have what is due here.
    await this.#orTell(() => this.#lookAgain());
    const sources = [...this.#listSources, ...this.#stapleSources];
    await Promise.all(sources.map(source => this.#refreshFrom(source)));
    await this.#orTell(() => this.#keep());
    await this.#orTell(() => this.#lookThroughKeys());
    this.#tellEnded();
    this.#told = null;
    return told;
  }

  async #refreshFrom(source: StatusSource): Promise<void> {
    const { clock } = this.#surroundings;
    const event = await refreshFrom(source, this.#fetch, clock, this.#closing.signal);
    if (event !== null) this.#tell(event);
  }

  /** Puts what is new into the store. Where another process was there with a newer one, the next look finds it. */
  async #keep(): Promise<void> {
    const { store, endpoint } = this.#surroundings;
    const responses = this.#stapleSources.flatMap(({ row }) => row ?? []);
    for (const row of [...this.#lists.all.map(rowOf), ...responses]) {
      if (this.#kept.has(row.der)) continue;
      await store.putStatus({ endpoint, ...row });
      this.#kept.add(row.der);
    }
  }

  async #orTell(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { code, message } = asE2EKeyError(error);
      this.#tell({ event: 'store failed', code, message });
    }
  }

  /** Takes over what the store has and was not seen here. */
  async #look(onTaken: (list: HeldList) => void): Promise<void> {
    const { store, endpoint } = this.#surroundings;
    for (const row of await store.statuses(endpoint, this.#seen)) {
      this.#seen = Math.max(this.#seen, row.revision);
      try {
        const list = this.#takeStored(row);
        if (list !== null) onTaken(list);
      } catch (error) {
        const { code, message } = asE2EKeyError(error);
        const of = row.kind === 'crl' ? 'list' : 'staple';
        this.#tell({ event: 'refresh refused', of, subject: row.id, source: 'store', code, message });
      }
    }
  }

  /** A row is believed as little as what a server says. One of an issuer that is not configured here is not ours. */
  #takeStored(row: StoredStatus): HeldList | null {
    if (row.kind === 'ocsp') {
      const source = this.#stapleSources.find(({ id }) => id === row.id);
      source?.load(row, this.#surroundings.clock());
      return null;
    }
    const [id = ''] = row.id.split('.');
    const issuer = this.#issuers.get(id);
    // What we wrote ourselves need not be read again.
    if (issuer === undefined || !this.#lists.isNews(row)) return null;
    const list = { crl: readListOf(issuer, row.der), issuer, fetched: row.fetched };
    return this.#lists.take(list) ? list : null;
  }

  /** Once for every set of lists; after a failure again. */
  async #lookThroughKeys(): Promise<void> {
    const { atHand, all } = this.#lists;
    if (all.length === 0 || this.#lookedThrough === atHand) return;
    for await (const key of this.#surroundings.keys.live()) {
      if (this.#closing.signal.aborted) return;
      // Each is a transaction, which other work waits for.
      if (await this.#revokeNamed(key)) await turn();
    }
    this.#lookedThrough = atHand;
  }

  #tellEnded(): void {
    const now = this.#surroundings.clock();
    for (const { crl, issuer } of this.#lists.all)
      if (!isFresh(crl, now) && now > crl.nextUpdate && this.#isFirst(crl))
        this.#tell({
          event: 'list expired',
          issuer: issuer.certificate.subject.text,
          crlNumber: crl.number ?? '',
          nextUpdate: new Date(crl.nextUpdate),
        });
    const { staples, credentials } = this.#surroundings;
    for (const [index, { chain }] of credentials.entries()) {
      const staple = staples.staple(index);
      const [own] = chain;
      if (staple === null || own === undefined || isFresh(staple.period, now) || !this.#isFirst(staple))
        continue;
      const certificate = parseCertificate(own).subject.text;
      this.#tell({ event: 'staple expired', certificate, until: new Date(staple.period.nextUpdate) });
    }
  }

  #isFirst(ended: object): boolean {
    const isKnown = this.#ended.has(ended);
    this.#ended.add(ended);
    return !isKnown;
  }

  #tell(told: Told): void {
    const event: RevocationEvent = { ...told, time: this.#surroundings.clock() };
    this.#told?.push(event);
    try {
      this.#onEvent(event);
    } catch {
      // Whoever listens must not keep keys from being revoked.
    }
  }
}

/** What of a key tells whether a list names it. */
interface NamedKey {
  readonly id: string;
  readonly entity: string;
  readonly path: readonly IssuerAndSerial[];
}

interface ReadIssuer {
  readonly issuer: CrlIssuer;
  readonly url: URL | null;
}

function readGiven<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    return refuse('OPTION_INVALID', `revocation.${option}: ${asE2EKeyError(cause).message}`, { cause });
  }
}
