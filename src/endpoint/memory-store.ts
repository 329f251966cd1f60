// The store of one process that forgets everything when it ends: for tests, for the demo, and for end-points
// whose keys need not outlive them. Each method is one synchronous piece, and that makes it atomic.
// Knows nothing of what is sealed in the rows.
import { refuse } from '../errors.ts';
import {
  type AnswerRow,
  type Completion,
  isNewerStatus,
  type KeyPage,
  type KeyRow,
  keyKeptAfterExpiry,
  type PendingLimits,
  type PendingRow,
  type Place,
  type RequestClaim,
  type Sought,
  type StatusRow,
  type Store,
  type StoredStatus,
  tooManyPending,
} from './store.ts';

/** Makes a store that lives as long as this process, bounded as `PendingLimits` says. */
export function memoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  #contents: Contents | null = emptyContents();

  #open(): Contents {
    return this.#contents ?? refuse('STORE_FAILED', 'the memory store is closed');
  }

  async look(digest: string, now: number): Promise<Exclude<RequestClaim, { claim: 'ours' }> | null> {
    return seenOf(this.#open(), digest, now);
  }

  async claim(digest: string, now: number, lease: number): Promise<RequestClaim> {
    const contents = this.#open();
    const seen = seenOf(contents, digest, now);
    if (seen !== null) return seen;
    contents.claims.set(digest, now + lease);
    return { claim: 'ours' };
  }

  async abandon(digest: string): Promise<void> {
    this.#open().claims.delete(digest);
  }

  async requireRoom(place: Place, limits: PendingLimits, now: number): Promise<void> {
    refuseAboveLimits(this.#open().pending, place, limits, now);
  }

  async complete(
    { answer, pending, key }: Completion,
    limits: PendingLimits,
    now: number,
  ): Promise<AnswerRow> {
    const contents = this.#open();
    const { claims, answers, keys } = contents;
    const earlier = standingAnswer(contents, answer.digest, now);
    if (earlier !== null) return earlier;
    if (pending !== undefined) contents.pending.refuseKnown(pending);
    if (key !== undefined) keys.refuseKnown(key);

    claims.delete(answer.digest);
    if (pending !== undefined) {
      contents.pending.forgetExpiredInTime(now);
      refuseAboveLimits(contents.pending, pending, limits, now);
      contents.pending.put(copy(pending));
    }
    if (key !== undefined) keys.put(copy(key));
    answers.forgetExpiredInTime(now);
    answers.delete(answer.digest);
    answers.put(copy(answer));
    return answer;
  }

  async candidates(sought: Sought, now: number, most: number): Promise<PendingRow[]> {
    return this.#open()
      .pending.group(groupName(sought.endpoint, null, sought.originator))
      .filter(row => row.expires > now)
      .reverse()
      .sort((a, b) => likeness(b, sought) - likeness(a, sought))
      .slice(0, most)
      .map(copy);
  }

  async consume(id: string, now: number): Promise<boolean> {
    const { pending } = this.#open();
    const row = pending.get(id);
    pending.delete(id);
    return row !== undefined && row.expires > now;
  }

  async putKey(key: KeyRow): Promise<void> {
    const { keys } = this.#open();
    keys.refuseKnown(key);
    keys.put(copy(key));
  }

  async key(endpoint: string, id: string): Promise<KeyRow | null> {
    const row = this.#open().keys.get(keyName({ endpoint, id }));
    return row === undefined ? null : copy(row);
  }

  async keyBySeparatedId(endpoint: string, separatedId: string): Promise<KeyRow | null> {
    const [row] = this.#open().keys.group(groupName(endpoint, null, separatedId));
    return row === undefined ? null : copy(row);
  }

  async keys(endpoint: string, page: KeyPage): Promise<KeyRow[]> {
    const { after = '', limit, entity, state } = page;
    return this.#open()
      .keys.group(entity === undefined ? groupName(endpoint) : groupName(endpoint, entity))
      .filter(row => row.id > after && (state === undefined || row.state === state))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit)
      .map(copy);
  }

  async moveKey(...[endpoint, id, from, to]: Parameters<Store['moveKey']>): Promise<boolean> {
    const { keys } = this.#open();
    const row = keys.get(keyName({ endpoint, id }));
    if (row?.state !== from) return false;
    keys.put(to === 'superseded' ? { ...row, state: to } : { ...row, state: to, sealed: nothing });
    return true;
  }

  async activateKey(endpoint: string, id: string, now: number): Promise<boolean> {
    const { keys } = this.#open();
    const row = keys.get(keyName({ endpoint, id }));
    if (row?.state !== 'unconfirmed' || row.confirmBy <= now || row.expires <= now) return false;
    for (const other of keys.group(groupName(endpoint, row.entity)))
      if (other.state === 'active' && (row.exportIndicator || !other.exportIndicator))
        keys.put({ ...other, state: 'superseded' });
    keys.put({ ...row, state: 'active' });
    return true;
  }

  async putStatus(status: StatusRow): Promise<boolean> {
    const contents = this.#open();
    const { statuses } = contents;
    const name = groupName(status.endpoint, status.kind, status.id);
    const held = statuses.get(name);
    if (held !== undefined && !isNewerStatus(status, held)) return false;
    contents.revision += 1;
    // Behind the others, since it is the newest.
    statuses.delete(name);
    statuses.set(name, { ...statusCopy(status), revision: contents.revision });
    return true;
  }

  async statuses(endpoint: string, after: number): Promise<StoredStatus[]> {
    return [...this.#open().statuses.values()]
      .filter(status => status.endpoint === endpoint && status.revision > after)
      .map(statusCopy);
  }

  async sweep(now: number): Promise<void> {
    const { claims, answers, pending, keys, statuses } = this.#open();
    for (const [name, { kind, nextUpdate }] of statuses)
      if (kind === 'ocsp' && nextUpdate <= now) statuses.delete(name);
    for (const [digest, until] of claims) if (until <= now) claims.delete(digest);
    answers.forgetExpired(now);
    pending.forgetExpired(now);
    for (const row of keys.all()) {
      const unused = row.state === 'unconfirmed' && row.confirmBy <= now;
      if (unused || row.expires <= now - keyKeptAfterExpiry) keys.delete(keyName(row));
      else if (row.expires <= now && row.state !== 'revoked')
        keys.put({ ...row, state: 'expired', sealed: nothing });
    }
  }

  async close(): Promise<void> {
    this.#contents = null;
  }
}

const nothing = new Uint8Array(0);

interface Contents {
  /** When the lease of each request in hand runs out. */
  readonly claims: Map<string, number>;
  readonly answers: Table<AnswerRow>;
  readonly pending: Table<PendingRow>;
  readonly keys: Table<KeyRow>;
  /** The oldest first. */
  readonly statuses: Map<string, StoredStatus>;
  /** That of the newest of them. */
  revision: number;
}

function emptyContents(): Contents {
  return {
    claims: new Map(),
    answers: new Table(
      answer => answer.digest,
      () => [],
    ),
    pending: new Table(
      pending => pending.id,
      ({ endpoint, hop, originator }) => [
        groupName(endpoint),
        groupName(endpoint, hop),
        groupName(endpoint, hop, originator),
        groupName(endpoint, null, originator),
      ],
    ),
    keys: new Table<KeyRow>(keyName, ({ endpoint, entity, separatedId }) => [
      groupName(endpoint),
      groupName(endpoint, entity),
      groupName(endpoint, null, separatedId),
    ]),
    statuses: new Map(),
    revision: 0,
  };
}

/** Fewer rows than this are not worth a look for expired ones. */
const firstLook = 64;

/** Rows by name, and groups of rows that are searched or counted without looking at the others; oldest first. */
class Table<Row extends { readonly expires: number }> {
  readonly #rows = new Map<string, Row>();
  readonly #groups = new Map<string, Map<string, Row>>();
  #nextLook = firstLook;
  readonly #nameOf: (row: Row) => string;
  readonly #groupsOf: (row: Row) => string[];

  constructor(nameOf: (row: Row) => string, groupsOf: (row: Row) => string[]) {
    this.#nameOf = nameOf;
    this.#groupsOf = groupsOf;
  }

  get(name: string): Row | undefined {
    return this.#rows.get(name);
  }

  all(): Row[] {
    return [...this.#rows.values()];
  }

  group(wanted: string): Row[] {
    return [...(this.#groups.get(wanted)?.values() ?? [])];
  }

  sizeOf(wanted: string): number {
    return this.#groups.get(wanted)?.size ?? 0;
  }

  refuseKnown(row: Row): void {
    if (this.#rows.has(this.#nameOf(row)))
      refuse('STORE_FAILED', 'the memory store has a row with this id already');
  }

  /** Adds a row, or replaces the one of the same name, which keeps its place. */
  put(row: Row): void {
    const name = this.#nameOf(row);
    this.#rows.set(name, row);
    for (const each of this.#groupsOf(row)) {
      const members = this.#groups.get(each) ?? new Map<string, Row>();
      this.#groups.set(each, members.set(name, row));
    }
  }

  delete(name: string): void {
    const row = this.#rows.get(name);
    if (row === undefined) return;
    this.#rows.delete(name);
    for (const each of this.#groupsOf(row)) {
      const members = this.#groups.get(each);
      members?.delete(name);
      if (members?.size === 0) this.#groups.delete(each);
    }
  }

  forgetExpired(now: number, rows: Iterable<Row> = this.#rows.values()): void {
    for (const row of rows) if (row.expires <= now) this.delete(this.#nameOf(row));
  }

  /**
   * Forgets expired rows whenever there are twice as many rows as after the last time: so there are never many
   * more than live ones, and the cost per added row is constant.
   */
  forgetExpiredInTime(now: number): void {
    if (this.#rows.size < this.#nextLook) return;
    this.forgetExpired(now);
    this.#nextLook = Math.max(firstLook, 2 * this.#rows.size);
  }
}

function seenOf(
  contents: Contents,
  digest: string,
  now: number,
): Exclude<RequestClaim, { claim: 'ours' }> | null {
  const answer = standingAnswer(contents, digest, now);
  if (answer !== null) return { claim: 'answered', answer };
  return (contents.claims.get(digest) ?? now) > now ? { claim: 'in hand' } : null;
}

function standingAnswer({ answers }: Contents, digest: string, now: number): AnswerRow | null {
  const answer = answers.get(digest);
  return answer !== undefined && answer.expires > now ? copy(answer) : null;
}

function refuseAboveLimits(table: Table<PendingRow>, place: Place, limits: PendingLimits, now: number): void {
  const { endpoint, hop, originator } = place;
  const counted = [
    ['perHop', groupName(endpoint, hop)],
    ['perOriginator', groupName(endpoint, hop, originator)],
    ['perEndpoint', groupName(endpoint)],
  ] as const;
  for (const [limit, group] of counted) {
    if (table.sizeOf(group) >= limits[limit]) table.forgetExpired(now, table.group(group));
    if (table.sizeOf(group) >= limits[limit]) tooManyPending(limits, limit);
  }
}

/** How well a pending handshake fits what is sought: the procedure outweighs the hop. */
function likeness(row: PendingRow, sought: Sought): number {
  const sameProcedure = sought.procedure !== '' && row.procedure === sought.procedure;
  return (sameProcedure ? 2 : 0) + (row.hop === sought.hop ? 1 : 0);
}

function keyName({ endpoint, id }: Pick<KeyRow, 'endpoint' | 'id'>): string {
  return groupName(endpoint, id);
}

// As JSON, since hops and originators come from outside and could hold any separator.
function groupName(...parts: (string | null)[]): string {
  return JSON.stringify(parts);
}

function copy<Row extends { readonly sealed: Uint8Array }>(row: Row): Row {
  return { ...row, sealed: Uint8Array.from(row.sealed) };
}

function statusCopy<Row extends StatusRow>(row: Row): Row {
  return { ...row, der: Uint8Array.from(row.der) };
}
