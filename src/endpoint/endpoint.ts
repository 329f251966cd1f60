// An E2EKey end-point as an AE or CSE has it: answers in the terminating role, establishes in the initiating
// one, and keeps the keys. Knows no TLS and no transport.
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { Answering } from './answering.ts';
import type { Carrier, Origin } from './carrier.ts';
import { Establishing } from './establishing.ts';
import type { KeyName, KeyRing, KeyStatus, StoredKey } from './key-ring.ts';
import type { RevocationEvent } from './revocation-event.ts';
import { type EndpointOptions, makeSettings, type Settings } from './settings.ts';

/**
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { credentials, Endpoint, trust } from 'e2ekey';
 * import { httpCarrier } from 'e2ekey/onem2m';
 * const read = (file: string) => readFileSync(file, 'utf8');
 * const endpoint = new Endpoint({
 *   id: '//m2m.example.com/cse-a/Cae1',
 *   credential: credentials.fromPem(read('ae1.pem'), read('ae1.key')),
 *   peers: [{ entity: '//m2m.example.com/cse-b', flavour: 'cse-id', identifier: 'cse-b.m2m.example.com', trust: trust.anchors(read('root.pem')) }],
 * });
 * const key = await endpoint.establish('//m2m.example.com/cse-b', httpCarrier('http://127.0.0.1:8080'));
 * console.log(key.id, key.entity, key.expires);
 * ```
 */
export class Endpoint {
  readonly #settings: Settings;
  readonly #answering: Answering;
  readonly #establishing: Establishing;

  /** @throws E2EKeyError OPTION_INVALID naming the option that is wrong. */
  constructor(options: EndpointOptions) {
    this.#settings = makeSettings(options);
    this.#answering = new Answering(this.#settings);
    this.#establishing = new Establishing(this.#settings);
    this.#settings.revocation?.start();
  }

  /** Our own identity in absolute form. */
  get id(): string {
    return this.#settings.id;
  }

  /** Our own certificates and raw public keys in DER, best first; their chains are not among them. */
  get certificates(): Uint8Array[] {
    // Copies: what we present to peers is nobody's to change.
    return this.#settings.supplies.credentials.flatMap(({ chain }) =>
      chain.slice(0, 1).map(der => Uint8Array.from(der)),
    );
  }

  /**
   * Answers message 1 with message 2 and message 3 with message 4 (TS-0003 8.7.2.2 C.1).
   *
   * @param from From of the request, in any form of TS-0001 7.2, or all that the carrier knows of its origin
   * @param message one E2EKey Message, at most 64 KiB
   * @throws E2EKeyError with its row of the fault table: `rsc` answers the request, and `notice.record`, if
   * there is one, is the alert record to send as its content.
   */
  answer(from: string | Origin, message: Uint8Array): Promise<Uint8Array> {
    const origin = typeof from === 'string' ? { hop: '', claimed: from } : from;
    return this.#answering.answer(origin, message);
  }

  /**
   * Runs the procedure as initiating end-point and resolves with the active key.
   *
   * @param entity the terminating end-point, for which there must be a peer entry
   * @throws E2EKeyError; `notice` says which alert or response status code the peer gave.
   */
  establish(
    entity: string,
    carrier: Carrier,
    options: { signal?: AbortSignal } = {},
  ): Promise<PairwiseE2EKey> {
    return this.#establishing.establish(entity, carrier, options.signal);
  }

  /** A key by its ID, in whatever state; null if there is none (any more). Without secret if revoked or expired. */
  async key(id: string): Promise<StoredKey | null> {
    return (await this.#keys()).find(id, this.#settings.clock());
  }

  /** As `key`, by the kid of the keys that are derived from it in the separated profile. */
  async keyBySeparatedId(id: string): Promise<StoredKey | null> {
    return (await this.#keys()).findBySeparatedId(id, this.#settings.clock());
  }

  /** In which state a key is, without its secret being opened; null if there is none (any more). */
  async keyStatus(name: KeyName): Promise<KeyStatus | null> {
    return (await this.#keys()).status(name, this.#settings.clock());
  }

  /** The key to protect with towards an entity, in absolute form; null without an active one. */
  async activeKey(entity: string): Promise<StoredKey | null> {
    return (await this.#keys()).findActive(entity, this.#settings.clock());
  }

  /** Keys ordered by ID: at most `limit` (1 to 1000) after `after`, of one entity if named. */
  async keys(page: { after?: string; limit?: number; entity?: string } = {}): Promise<StoredKey[]> {
    return (await this.#keys()).list(
      { ...page, limit: Math.min(Math.max(page.limit ?? 100, 1), 1000) },
      this.#settings.clock(),
    );
  }

  /** The first use of an unconfirmed key succeeded: it becomes active. False if it was not unconfirmed any more. */
  async confirm(id: string): Promise<boolean> {
    return (await this.#keys()).confirm(id, this.#settings.clock());
  }

  /** The key is not used any more; false if there is none that could be. */
  revoke(id: string): Promise<boolean> {
    return this.#settings.keys.revoke(id);
  }

  /**
   * Fetches at once what is due of CRLs and of OCSP responses for our own certificates, takes over what another process
   * with the same store has, and revokes the keys that a new list names; resolves with what happened, also where
   * something failed. Without `revocation` there is nothing to do.
   */
  async refreshRevocation(): Promise<RevocationEvent[]> {
    // What is fetched keeps no process alive; whoever waits for it does.
    const waiting = setInterval(() => undefined, 60_000);
    try {
      return (await this.#settings.revocation?.refresh()) ?? [];
    } finally {
      clearInterval(waiting);
    }
  }

  /** Forgets what has expired; to be called now and then by whoever runs the endpoint. */
  sweep(): Promise<void> {
    return this.#settings.sealed.store.sweep(this.#settings.clock().getTime());
  }

  /** Ends what is being fetched, lets the requests in hand finish and closes the store. */
  async close(): Promise<void> {
    await this.#settings.revocation?.close();
    await Promise.allSettled(this.#answering.inHand);
    await this.#settings.sealed.store.close();
  }

  /** No key is handed out before those are revoked that a list names which came while we were not there. */
  async #keys(): Promise<KeyRing> {
    await this.#settings.revocation?.ready();
    return this.#settings.keys;
  }
}
