// What is asked of procedures over a bad network, whatever becomes of their messages. Sees the terminating end-point
// from both sides: what it is asked and answers, and what it keeps.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Origin } from '../../src/endpoint/carrier.ts';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import { memory } from '../../src/endpoint/stores.ts';
import { E2EKeyError } from '../../src/errors.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import type { Parties } from './parties.ts';

export interface Finding {
  /** Ordinal of the procedure; null for what concerns them all. */
  readonly procedure: number | null;
  readonly problem: string;
}

/** A procedure that has ended, as its initiating end-point has it. */
export interface Ended {
  readonly ordinal: number;
  readonly initiating: string;
  /** `Delivery.procedure`. */
  readonly name: string;
  readonly key: PairwiseE2EKey | null;
}

export class Judge {
  readonly findings: Finding[] = [];
  /** The others, by the code of the error. */
  readonly failed = new Map<string, number>();
  readonly #store = memory();
  readonly #terminating: Endpoint;
  /** Name of the procedure that is being answered. */
  readonly #answering = new AsyncLocalStorage<string>();
  /** Keys that the terminating end-point made, by procedure. */
  readonly #made = new Map<string, PairwiseE2EKey[]>();
  readonly #ordinals = new Map<string, number>();
  /** Ordinals of those that have not ended. */
  readonly #running = new Map<string, number>();
  /** IDs of keys that both ends have; and of those that the initiating one has used. */
  readonly #shared = new Set<string>();
  readonly #used = new Set<string>();

  constructor({ terminating: { id, credential }, initiating }: Parties, clock: () => Date) {
    this.#terminating = new Endpoint({
      id,
      credential,
      peers: initiating.map(({ peer }) => peer),
      store: this.#store,
      clock,
      onKey: key => {
        const name = this.#answering.getStore() ?? '';
        this.#made.set(name, [...(this.#made.get(name) ?? []), key]);
      },
    });
  }

  get id(): string {
    return this.#terminating.id;
  }

  /** Keys that both ends have; that nobody used in time; and of these, that the initiating one never had. */
  get keys(): { readonly shared: number; readonly lapsed: number; readonly onOneSide: number } {
    const made = [...this.#made.values()].flat();
    return {
      shared: this.#shared.size,
      lapsed: made.filter(({ id }) => !this.#used.has(id)).length,
      onOneSide: made.filter(({ id }) => !this.#shared.has(id)).length,
    };
  }

  find(procedure: number | null, problem: string): void {
    this.findings.push({ procedure, problem });
  }

  /** As the terminating end-point does. */
  async answer(origin: Origin, message: Uint8Array): Promise<Uint8Array> {
    const { procedure = '' } = origin;
    try {
      return await this.#answering.run(procedure, () => this.#terminating.answer(origin, message));
    } catch (error) {
      const ordinal = this.#running.get(procedure);
      // One that was answered before gets its answer again, and none comes without its message 1. A message that lay
      // somewhere until long after the end of its procedure may.
      if (ordinal !== undefined && error instanceof E2EKeyError && error.code === 'PENDING_UNKNOWN')
        this.find(ordinal, 'a message 3 found no pending handshake');
      throw error;
    }
  }

  begun(ordinal: number, name: string): void {
    this.#ordinals.set(name, ordinal);
    this.#running.set(name, ordinal);
  }

  /** A network that lets nothing pass is a reason, and so are our limits on what is pending. */
  fail(ordinal: number, error: unknown): void {
    const code = error instanceof E2EKeyError ? error.code : 'no E2EKeyError';
    this.failed.set(code, (this.failed.get(code) ?? 0) + 1);
    if (!(error instanceof E2EKeyError) || (error.blame !== 'path' && code !== 'TOO_MANY_PENDING'))
      this.find(ordinal, `it failed with what is not the path's fault: ${error}`);
  }

  /** Where the initiating end-point has a key, the other one has the same, which waits to be used. */
  async end({ ordinal, initiating, name, key }: Ended): Promise<void> {
    this.#running.delete(name);
    for (const { id } of this.#made.get(name) ?? []) {
      const state = (await this.#terminating.key(id))?.state ?? 'lost';
      if (state !== 'unconfirmed')
        this.find(ordinal, `the key of the terminating end-point is ${state}, and nobody has used it`);
    }
    if (key === null) return;
    this.#shared.add(key.id);
    const other = await this.#terminating.key(key.id);
    if (other === null) this.find(ordinal, 'the terminating end-point has no key of this ID');
    else if (other.secret?.equals(key.secret) !== true)
      this.find(ordinal, 'the ends have different secrets under one ID');
    else if (other.entity !== initiating) this.find(ordinal, `its key is ${other.entity}'s`);
  }

  /** The initiating end-point used the key, so that the other one knows that both have it. */
  async use(ordinal: number, { id }: PairwiseE2EKey): Promise<void> {
    this.#used.add(id);
    if (!(await this.#terminating.confirm(id))) this.find(ordinal, 'its key cannot be confirmed');
  }

  /** To be called when every deadline has passed: what nobody used is gone, and what was used is there. */
  async judgeEnd(): Promise<void> {
    await this.#terminating.sweep();
    const active = new Map<string, number>();
    for (const [name, keys] of this.#made) {
      const ordinal = this.#ordinals.get(name) ?? null;
      if (keys.length > 1) this.find(ordinal, `the terminating end-point made ${keys.length} keys of it`);
      for (const { id, entity } of keys) {
        const state = (await this.#terminating.key(id))?.state ?? 'gone';
        if (state === 'active') active.set(entity, (active.get(entity) ?? 0) + 1);
        if (this.#used.has(id) ? state !== 'active' && state !== 'superseded' : state !== 'gone')
          this.find(
            ordinal,
            `the key is ${state} after its deadline, and ${this.#used.has(id) ? 'was' : 'was never'} used`,
          );
      }
    }
    for (const [entity, count] of active)
      if (count > 1) this.find(null, `${count} keys with ${entity} are active at once`);
    await this.#judgePending(new Set([...this.#made.values()].flat().map(({ entity }) => entity)));
  }

  async #judgePending(entities: ReadonlySet<string>): Promise<void> {
    for (const originator of entities) {
      const sought = { endpoint: this.id, originator, hop: '', procedure: '' };
      // At the beginning of time nothing has expired: this finds what is there.
      const pending = await this.#store.store.candidates(sought, 0, Number.MAX_SAFE_INTEGER);
      if (pending.length > 0)
        this.find(null, `${pending.length} pending handshakes of ${originator} are left`);
    }
  }
}
