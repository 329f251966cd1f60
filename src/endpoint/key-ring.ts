// The keys of one endpoint in its store: sealed, paged, and moved along their life.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { wipe } from '../crypto/secrets.ts';
import { refuse } from '../errors.ts';
import type { KeyState, PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { separatedKeysId } from '../keys/protection-keys.ts';
import type { SealedRow } from './sealing.ts';
import type { KeyPage, KeyRow } from './store.ts';
import type { SealedStore } from './stores.ts';

/**
 * A key as the store has it. `secret` is null once the key is revoked or expired, whether or not the store has
 * wiped it yet: what is dead is neither used nor opened with.
 */
export type StoredKey = Omit<PairwiseE2EKey, 'secret'> & { readonly secret: KeyObject | null };

/** By its ID, by the kid of its separated keys, or as the active key with an entity. */
export type KeyName =
  | { readonly id: string }
  | { readonly separatedId: string }
  | { readonly activeWith: string };

export type KeyStatus = Pick<StoredKey, 'id' | 'entity' | 'state'>;

/** What of a key is neither a search column nor secret. */
type Details = Pick<PairwiseE2EKey, 'role' | 'peer' | 'path' | 'by' | 'forwardSecrecy' | 'suite' | 'group'>;

export class KeyRing {
  readonly #endpoint: string;
  readonly #sealed: SealedStore;

  constructor(endpoint: string, sealed: SealedStore) {
    this.#endpoint = endpoint;
    this.#sealed = sealed;
  }

  /** A key as a row, its secret sealed. */
  toRow(key: PairwiseE2EKey): KeyRow {
    const { role, peer, path, by, forwardSecrecy, suite, group } = key;
    const details: Details = { role, peer, path, by, forwardSecrecy, suite, group };
    const row = {
      id: key.id,
      separatedId: separatedKeysId(key),
      endpoint: this.#endpoint,
      entity: key.entity,
      state: key.state,
      exportIndicator: key.exportIndicator,
      created: key.created.getTime(),
      confirmBy: key.confirmBy.getTime(),
      expires: key.expires.getTime(),
      details: JSON.stringify(details),
    };
    const secret = key.secret.export();
    const sealed = this.#sealed.sealer.seal(sealedRow(row), secret);
    wipe(secret);
    return { ...row, sealed };
  }

  /**
   * Stores a key that the initiating end-point may use at once.
   *
   * @throws E2EKeyError REQUEST_EXPIRED when the key is past its time already.
   */
  async addActive(key: PairwiseE2EKey, now: Date): Promise<void> {
    const { store } = this.#sealed;
    // Unconfirmed first: should the second step fail, the key before it stays the one in use.
    await store.putKey({ ...this.toRow(key), state: 'unconfirmed' });
    if (!(await store.activateKey(this.#endpoint, key.id, now.getTime())))
      refuse('REQUEST_EXPIRED', `key ${key.id} expired before the procedure was over`);
  }

  async find(id: string, now: Date): Promise<StoredKey | null> {
    const row = await this.#sealed.store.key(this.#endpoint, id.toUpperCase());
    return row && this.#fromRow(row, now);
  }

  async findBySeparatedId(id: string, now: Date): Promise<StoredKey | null> {
    // The column of a key that was stored before there was one.
    if (id === '') return null;
    const row = await this.#sealed.store.keyBySeparatedId(this.#endpoint, id.toUpperCase());
    return row && this.#fromRow(row, now);
  }

  async findActive(entity: string, now: Date): Promise<StoredKey | null> {
    const row = await this.#activeRow(entity, now);
    return row && this.#fromRow(row, now);
  }

  /** What the row of a key says, for whoever has its secret already: to open it costs more than to use it. */
  async status(name: KeyName, now: Date): Promise<KeyStatus | null> {
    const { store } = this.#sealed;
    const row = await ('activeWith' in name
      ? this.#activeRow(name.activeWith, now)
      : 'id' in name
        ? store.key(this.#endpoint, name.id.toUpperCase())
        : store.keyBySeparatedId(this.#endpoint, name.separatedId.toUpperCase()));
    return row && { id: row.id, entity: row.entity, state: stateAt(row, now.getTime()) };
  }

  /** Made with the export indicator before one without, and then the newest: what others may not replace goes first. */
  async #activeRow(entity: string, now: Date): Promise<KeyRow | null> {
    const page = { entity, state: 'active', limit: maxActive } as const;
    const rows = await this.#sealed.store.keys(this.#endpoint, page);
    const [best] = rows
      .filter(row => stateAt(row, now.getTime()) === 'active')
      .sort((a, b) => Number(b.exportIndicator) - Number(a.exportIndicator) || b.created - a.created);
    return best ?? null;
  }

  async list(page: KeyPage, now: Date): Promise<StoredKey[]> {
    const rows = await this.#sealed.store.keys(this.#endpoint, page);
    return rows.map(row => this.#fromRow(row, now));
  }

  /** An unconfirmed key was used with success: it becomes active and supersedes the one before. */
  confirm(id: string, now: Date): Promise<boolean> {
    return this.#sealed.store.activateKey(this.#endpoint, id.toUpperCase(), now.getTime());
  }

  async revoke(id: string): Promise<boolean> {
    const { store } = this.#sealed;
    // In the order of a key's life: one that moves on meanwhile is met in its next state.
    for (const from of ['unconfirmed', 'active', 'superseded'] as const)
      if (await store.moveKey(this.#endpoint, id.toUpperCase(), from, 'revoked')) return true;
    return false;
  }

  /**
   * Every key that could still be used, whatever the time, without its secret. The path of one that was stored before
   * paths were is empty.
   */
  async *live(): AsyncGenerator<Pick<StoredKey, 'id' | 'entity' | 'path'>> {
    let after = '';
    for (;;) {
      const rows = await this.#sealed.store.keys(this.#endpoint, { after, limit: livePage });
      for (const row of rows)
        if (row.state !== 'revoked' && row.state !== 'expired')
          yield { id: row.id, entity: row.entity, path: readDetails(row).path ?? [] };
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
      // Whoever waits for an answer comes in between.
      await turn();
    }
  }

  #fromRow(row: KeyRow, now: Date): StoredKey {
    const state = stateAt(row, now.getTime());
    const dead = state === 'revoked' || state === 'expired';
    return {
      id: row.id,
      secret: dead ? null : this.#open(row),
      entity: row.entity,
      ...readDetails(row),
      exportIndicator: row.exportIndicator,
      state,
      created: new Date(row.created),
      confirmBy: new Date(row.confirmBy),
      expires: new Date(row.expires),
    };
  }

  #open(row: KeyRow): KeyObject {
    const secret = this.#sealed.sealer.open(sealedRow(row), row.sealed);
    const key = createSecretKey(secret);
    wipe(secret);
    return key;
  }
}

/** A key past its time is expired whether or not a sweep has come by. */
function stateAt({ state, confirmBy, expires }: KeyRow, now: number): KeyState {
  if (state === 'revoked') return state;
  const lapsed = expires <= now || (state === 'unconfirmed' && confirmBy <= now);
  return lapsed ? 'expired' : state;
}

/** Keys that are read at once where all are looked through: a millisecond's work or two. */
const livePage = 200;

/** Active keys of one entity that are looked at: one made with the export indicator, one without, and expired ones. */
const maxActive = 100;

function readDetails(row: KeyRow): Details {
  try {
    return JSON.parse(row.details) as Details;
  } catch (cause) {
    return refuse('STORE_FAILED', `the details of key ${row.id} are not JSON`, { cause });
  }
}

function sealedRow({ id, endpoint, entity, expires }: Omit<KeyRow, 'sealed'>): SealedRow {
  return { table: 'key', id, endpoint, entity, waitingFor: '', expires };
}
