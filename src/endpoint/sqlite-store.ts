// The embedded store: one SQLite file that several processes of one machine may share, through node:sqlite,
// which is loaded when a store is opened and not before. Knows nothing of what is sealed in the rows; `sealed`
// is the only column that holds a secret.
import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { E2EKeyError, refuse } from '../errors.ts';
import {
  type AnswerRow,
  type Completion,
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

/**
 * How long to wait, in milliseconds, while another process writes; this process stands still meanwhile. A
 * transaction takes a few milliseconds at most, so whoever waits this long waits for a process that hangs.
 */
const busyTimeout = 5_000;

/** Marks the file as ours in its header: 'E2EK'. */
const applicationId = 0x4532454b;

/** `migrations[n]` takes a file from schema version n to n + 1. Those that were released never change. */
const migrations = [
  `
  CREATE TABLE claim (
    digest TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE answer (
    digest TEXT PRIMARY KEY,
    endpoint TEXT NOT NULL,
    sealed BLOB NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX answerExpiry ON answer (expires);

  CREATE TABLE pending (
    arrival INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    endpoint TEXT NOT NULL,
    originator TEXT NOT NULL,
    hop TEXT NOT NULL,
    procedure TEXT NOT NULL,
    expires INTEGER NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX pendingOfOriginator ON pending (endpoint, originator, hop, procedure, expires);
  CREATE INDEX pendingOfHop ON pending (endpoint, hop, originator, expires);
  CREATE INDEX pendingExpiry ON pending (expires);

  CREATE TABLE pairwiseKey (
    endpoint TEXT NOT NULL,
    id TEXT NOT NULL,
    entity TEXT NOT NULL,
    state TEXT NOT NULL,
    exportIndicator INTEGER NOT NULL,
    created INTEGER NOT NULL,
    confirmBy INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    details TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (endpoint, id)
  ) STRICT;
  CREATE INDEX keyOfEntity ON pairwiseKey (endpoint, entity, id);
  CREATE INDEX keyExpiry ON pairwiseKey (state, expires);
  `,
  `
  ALTER TABLE pairwiseKey ADD COLUMN separatedId TEXT NOT NULL DEFAULT '';
  CREATE INDEX keyBySeparatedId ON pairwiseKey (endpoint, separatedId);
  `,
  // AUTOINCREMENT: a revision is never used again, or whoever reads what is new would miss it.
  `
  CREATE TABLE status (
    revision INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    thisUpdate INTEGER NOT NULL,
    nextUpdate INTEGER NOT NULL,
    fetched INTEGER NOT NULL,
    der BLOB NOT NULL,
    UNIQUE (endpoint, kind, id)
  ) STRICT;
  `,
];

/**
 * Opens the store in `file`, and makes the file, with mode 0600, if it is not there. Several processes may
 * have it open; it has to be on a local disk (SQLite's write-ahead log needs shared memory).
 *
 * @throws E2EKeyError STORE_FAILED if the file cannot be opened, is not a store of ours, or was written by a
 * later version with another schema.
 */
export function sqliteStore(file: string): SqliteStore {
  // Absolute, so that neither ':memory:' nor a file: URI has a meaning of its own.
  const path = resolve(file);
  try {
    return openStore(path);
  } catch (cause) {
    if (cause instanceof E2EKeyError) throw cause;
    const reason = cause instanceof Error ? cause.message : 'unknown reason';
    return refuse('STORE_FAILED', `the store file ${path} cannot be opened: ${reason}`, { cause });
  }
}

function openStore(path: string): SqliteStore {
  createPrivately(path);
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const db = new DatabaseSync(path, { timeout: busyTimeout });
  try {
    atomically(db, () => migrate(db, path));
    tighten(path);
    // A crash of this process loses nothing with less; FULL also keeps what was committed through a loss of
    // power. A revocation or a used-up ephemeral key must not be undone after the peer was told.
    db.exec('PRAGMA synchronous = FULL');
    // Forward secrecy: the sealed ephemeral key of a finished handshake, and the secret of a dead key, are
    // overwritten, not merely unlinked. (The write-ahead log holds them until the next checkpoint has come round.)
    db.exec('PRAGMA secure_delete = ON');
    useWriteAheadLog(db);
    return new SqliteStore(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Here SQLite does not wait: while another process opens the same new file, the mode cannot be changed. */
function useWriteAheadLog(db: DatabaseSync): void {
  const deadline = Date.now() + busyTimeout;
  for (;;)
    try {
      db.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (Date.now() >= deadline || !isBusy(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
}

/** SQLITE_BUSY. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

/**
 * SQLite would make the file with the mode of the umask. An existing file is not opened here: closing a second
 * descriptor drops the POSIX locks of a connection that this process may have on it.
 */
function createPrivately(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}

/** Takes the access of others from a file that was restored or moved with another mode. */
function tighten(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found !== undefined && (found.mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

function migrate(db: DatabaseSync, path: string): void {
  const { owner, version, objects } = db
    .prepare(
      `SELECT (SELECT application_id FROM pragma_application_id) AS owner,
              (SELECT user_version FROM pragma_user_version) AS version,
              (SELECT count(*) FROM sqlite_schema) AS objects`,
    )
    .get() as { owner: number; version: number; objects: number };
  const unused = owner === 0 && version === 0 && objects === 0;
  if (!unused && owner !== applicationId)
    refuse('STORE_FAILED', `the file ${path} is a database of something else`);
  if (version > migrations.length)
    refuse(
      'STORE_FAILED',
      `the store file ${path} has schema version ${version} and this version of e2ekey knows ${migrations.length} at most`,
    );
  for (const step of migrations.slice(version)) db.exec(step);
  db.exec(`PRAGMA application_id = ${applicationId}`);
  db.exec(`PRAGMA user_version = ${migrations.length}`);
}

/**
 * One transaction that takes the write lock at once: a transaction that reads first and locks later fails when
 * another process wrote in between, and no waiting would help it.
 */
function atomically<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

export class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = prepare(db);
  }

  async look(digest: string, now: number): Promise<Exclude<RequestClaim, { claim: 'ours' }> | null> {
    const { answer, claimed } = this.#statements;
    return this.#attempt('look for an answer', () => {
      // In this order: what is answered between the two looks is found by the second.
      const inHand = claimed.get({ digest, now }) !== undefined;
      const row = answer.get({ digest, now });
      if (row !== undefined) return { claim: 'answered', answer: answerRow(row) };
      return inHand ? { claim: 'in hand' } : null;
    });
  }

  async claim(digest: string, now: number, lease: number): Promise<RequestClaim> {
    const { answer, takeClaim } = this.#statements;
    return this.#write('claim a request', () => {
      const earlier = answer.get({ digest, now });
      if (earlier !== undefined) return { claim: 'answered', answer: answerRow(earlier) };
      const taken = takeClaim.run({ digest, now, until: now + lease }).changes === 1;
      return { claim: taken ? 'ours' : 'in hand' };
    });
  }

  async abandon(digest: string): Promise<void> {
    this.#write('end a claim', () => this.#statements.endClaim.run({ digest }));
  }

  async requireRoom(place: Place, limits: PendingLimits, now: number): Promise<void> {
    const reached = this.#attempt('count pending handshakes', () => this.#limitReached(place, limits, now));
    if (reached !== null) tooManyPending(limits, reached);
  }

  async complete(completion: Completion, limits: PendingLimits, now: number): Promise<AnswerRow> {
    const outcome = this.#write('write an answer', () => this.#complete(completion, limits, now));
    return typeof outcome === 'string' ? tooManyPending(limits, outcome) : outcome;
  }

  /** Returns the limit that is reached instead of throwing, since the end of the claim is to be committed. */
  #complete(
    { answer, pending, key }: Completion,
    limits: PendingLimits,
    now: number,
  ): AnswerRow | keyof PendingLimits {
    const sql = this.#statements;
    const { digest } = answer;
    sql.endClaim.run({ digest });
    const earlier = sql.answer.get({ digest, now });
    if (earlier !== undefined) return answerRow(earlier);

    if (pending !== undefined) {
      sql.forgetPending.run({ now });
      const reached = this.#limitReached(pending, limits, now);
      if (reached !== null) return reached;
      sql.addPending.run({ ...pending });
    }
    if (key !== undefined) sql.addKey.run({ ...key, exportIndicator: Number(key.exportIndicator) });
    sql.forgetAnswers.run({ now });
    sql.addAnswer.run({ ...answer });
    return answer;
  }

  #limitReached(place: Place, limits: PendingLimits, now: number): keyof PendingLimits | null {
    const sql = this.#statements;
    const { endpoint, hop, originator } = place;
    if (count(sql.pendingOfHop, { endpoint, hop, now }) >= limits.perHop) return 'perHop';
    if (count(sql.pendingOfOriginator, { endpoint, hop, originator, now }) >= limits.perOriginator)
      return 'perOriginator';
    if (count(sql.pendingOfEndpoint, { endpoint, now }) >= limits.perEndpoint) return 'perEndpoint';
    return null;
  }

  async candidates(sought: Sought, now: number, most: number): Promise<PendingRow[]> {
    const { endpoint, originator, hop, procedure } = sought;
    return this.#attempt('read pending handshakes', () =>
      this.#statements.candidates.all({ endpoint, originator, hop, procedure, now, most }).map(pendingRow),
    );
  }

  async consume(id: string, now: number): Promise<boolean> {
    return this.#write(
      'use up a pending handshake',
      () => this.#statements.consume.run({ id, now }).changes === 1,
    );
  }

  async putKey(key: KeyRow): Promise<void> {
    const row = { ...key, exportIndicator: Number(key.exportIndicator) };
    this.#write('write a key', () => this.#statements.addKey.run(row));
  }

  async key(endpoint: string, id: string): Promise<KeyRow | null> {
    const row = this.#attempt('read a key', () => this.#statements.key.get({ endpoint, id }));
    return row === undefined ? null : keyRow(row);
  }

  /** What the newest key that is not dead has sealed; null where there is none. */
  newestSealed(): Uint8Array | null {
    const row = this.#attempt('read a key', () => this.#statements.newestSealed.get());
    return (row?.sealed as Uint8Array | undefined) ?? null;
  }

  async keyBySeparatedId(endpoint: string, separatedId: string): Promise<KeyRow | null> {
    const row = this.#attempt('read a key', () =>
      this.#statements.keyBySeparatedId.get({ endpoint, separatedId }),
    );
    return row === undefined ? null : keyRow(row);
  }

  async keys(endpoint: string, page: KeyPage): Promise<KeyRow[]> {
    const { after = '', limit, entity, state = null } = page;
    const { keysOfEndpoint, keysOfEntity } = this.#statements;
    return this.#attempt('read keys', () =>
      entity === undefined
        ? keysOfEndpoint.all({ endpoint, after, limit, state }).map(keyRow)
        : keysOfEntity.all({ endpoint, entity, after, limit, state }).map(keyRow),
    );
  }

  async moveKey(...[endpoint, id, from, to]: Parameters<Store['moveKey']>): Promise<boolean> {
    return this.#write(
      'move a key',
      () => this.#statements.moveKey.run({ endpoint, id, from, to }).changes === 1,
    );
  }

  async activateKey(endpoint: string, id: string, now: number): Promise<boolean> {
    return this.#write('activate a key', () => {
      if (this.#statements.activate.run({ endpoint, id, now }).changes !== 1) return false;
      this.#statements.supersedeOthers.run({ endpoint, id });
      return true;
    });
  }

  async putStatus(status: StatusRow): Promise<boolean> {
    const { forgetOlderStatus, addStatus } = this.#statements;
    const { endpoint, kind, id, number, thisUpdate } = status;
    return this.#write('write status information', () => {
      forgetOlderStatus.run({ endpoint, kind, id, number, thisUpdate });
      return addStatus.run({ ...status }).changes === 1;
    });
  }

  async statuses(endpoint: string, after: number): Promise<StoredStatus[]> {
    return this.#attempt('read status information', () =>
      this.#statements.statuses.all({ endpoint, after }).map(statusRow),
    );
  }

  async sweep(now: number): Promise<void> {
    const { forgetClaims, forgetAnswers, forgetPending, forgetResponses } = this.#statements;
    const { forgetUnused, expireKeys, forgetKeys } = this.#statements;
    const ofHandshakes = [forgetClaims, forgetAnswers, forgetPending, forgetResponses];
    const inThisOrder = [...ofHandshakes, forgetUnused, expireKeys, forgetKeys];
    this.#write('sweep', () => {
      for (const statement of inThisOrder) statement.run({ now });
    });
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#attempt('close', () => this.#db.close());
  }

  #write<Result>(what: string, work: () => Result): Result {
    return this.#attempt(what, () => atomically(this.#db, work));
  }

  #attempt<Result>(what: string, work: () => Result): Result {
    try {
      return work();
    } catch (cause) {
      return refuse('STORE_FAILED', `the SQLite store could not ${what}`, { cause });
    }
  }
}

type Statements = ReturnType<typeof prepare>;

const answerColumns = 'digest, endpoint, sealed, expires';
const pendingColumns = 'id, endpoint, originator, hop, procedure, expires, sealed';
const keyColumns =
  'id, separatedId, endpoint, entity, state, exportIndicator, created, confirmBy, expires, details, sealed';
const statusColumns = 'endpoint, kind, id, number, thisUpdate, nextUpdate, fetched, der';

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const bestFirst = `ORDER BY (procedure = :procedure AND procedure <> '') DESC, hop = :hop DESC, arrival DESC`;
  return {
    takeClaim: sql(`INSERT INTO claim (digest, until) VALUES (:digest, :until)
      ON CONFLICT (digest) DO UPDATE SET until = excluded.until WHERE until <= :now`),
    claimed: sql('SELECT 1 FROM claim WHERE digest = :digest AND until > :now'),
    endClaim: sql('DELETE FROM claim WHERE digest = :digest'),
    forgetClaims: sql('DELETE FROM claim WHERE until <= :now'),

    answer: sql(`SELECT ${answerColumns} FROM answer WHERE digest = :digest AND expires > :now`),
    addAnswer: sql(`INSERT INTO answer (${answerColumns}) VALUES (:digest, :endpoint, :sealed, :expires)`),
    forgetAnswers: sql('DELETE FROM answer WHERE expires <= :now'),

    addPending: sql(`INSERT INTO pending (${pendingColumns})
      VALUES (:id, :endpoint, :originator, :hop, :procedure, :expires, :sealed)`),
    pendingOfEndpoint: sql(
      'SELECT count(*) AS rows FROM pending WHERE endpoint = :endpoint AND expires > :now',
    ),
    pendingOfHop: sql(`SELECT count(*) AS rows FROM pending
      WHERE endpoint = :endpoint AND hop = :hop AND expires > :now`),
    pendingOfOriginator: sql(`SELECT count(*) AS rows FROM pending
      WHERE endpoint = :endpoint AND hop = :hop AND originator = :originator AND expires > :now`),
    // The inner query needs the index only; the rows themselves are read for the few that it chose.
    candidates: sql(`SELECT ${pendingColumns} FROM pending WHERE arrival IN
      (SELECT arrival FROM pending WHERE endpoint = :endpoint AND originator = :originator AND expires > :now
       ${bestFirst} LIMIT :most) ${bestFirst}`),
    consume: sql('DELETE FROM pending WHERE id = :id AND expires > :now'),
    forgetPending: sql('DELETE FROM pending WHERE expires <= :now'),

    addKey:
      sql(`INSERT INTO pairwiseKey (${keyColumns}) VALUES (:id, :separatedId, :endpoint, :entity, :state,
      :exportIndicator, :created, :confirmBy, :expires, :details, :sealed)`),
    key: sql(`SELECT ${keyColumns} FROM pairwiseKey WHERE endpoint = :endpoint AND id = :id`),
    newestSealed: sql(
      `SELECT sealed FROM pairwiseKey WHERE length(sealed) > 0 ORDER BY created DESC LIMIT 1`,
    ),
    keyBySeparatedId: sql(`SELECT ${keyColumns} FROM pairwiseKey
      WHERE endpoint = :endpoint AND separatedId = :separatedId`),
    keysOfEndpoint: sql(`SELECT ${keyColumns} FROM pairwiseKey
      WHERE endpoint = :endpoint AND id > :after AND (:state IS NULL OR state = :state) ORDER BY id LIMIT :limit`),
    keysOfEntity: sql(`SELECT ${keyColumns} FROM pairwiseKey
      WHERE endpoint = :endpoint AND entity = :entity AND id > :after AND (:state IS NULL OR state = :state)
      ORDER BY id LIMIT :limit`),
    moveKey: sql(`UPDATE pairwiseKey
      SET state = :to, sealed = CASE :to WHEN 'superseded' THEN sealed ELSE x'' END
      WHERE endpoint = :endpoint AND id = :id AND state = :from`),
    activate: sql(`UPDATE pairwiseKey SET state = 'active' WHERE endpoint = :endpoint AND id = :id
      AND state = 'unconfirmed' AND confirmBy > :now AND expires > :now`),
    supersedeOthers: sql(`UPDATE pairwiseKey SET state = 'superseded' FROM
      (SELECT endpoint, id, entity, exportIndicator FROM pairwiseKey WHERE endpoint = :endpoint AND id = :id) AS made
      WHERE pairwiseKey.endpoint = made.endpoint AND pairwiseKey.entity = made.entity AND pairwiseKey.id <> made.id
      AND pairwiseKey.state = 'active' AND pairwiseKey.exportIndicator <= made.exportIndicator`),
    // As `isNewerStatus` has it.
    forgetOlderStatus: sql(`DELETE FROM status WHERE endpoint = :endpoint AND kind = :kind AND id = :id
      AND number <= :number AND thisUpdate <= :thisUpdate AND (number < :number OR thisUpdate < :thisUpdate)`),
    addStatus: sql(`INSERT INTO status (${statusColumns})
      VALUES (:endpoint, :kind, :id, :number, :thisUpdate, :nextUpdate, :fetched, :der)
      ON CONFLICT (endpoint, kind, id) DO NOTHING`),
    statuses: sql(`SELECT revision, ${statusColumns} FROM status
      WHERE endpoint = :endpoint AND revision > :after ORDER BY revision`),
    forgetResponses: sql(`DELETE FROM status WHERE kind = 'ocsp' AND nextUpdate <= :now`),

    forgetUnused: sql(`DELETE FROM pairwiseKey WHERE state = 'unconfirmed' AND confirmBy <= :now`),
    expireKeys: sql(`UPDATE pairwiseKey SET state = 'expired', sealed = x''
      WHERE state IN ('unconfirmed', 'active', 'superseded') AND expires <= :now`),
    // So long after their time, keys in every other state are expired by the statement before this one.
    forgetKeys: sql(`DELETE FROM pairwiseKey
      WHERE state IN ('revoked', 'expired') AND expires <= :now - ${keyKeptAfterExpiry}`),
  };
}

// What a STRICT table yields has the types of its columns; only the rows' prototype and booleans differ.
function count(statement: StatementSync, named: Record<string, string | number>): number {
  return Number(statement.get(named)?.rows);
}

function answerRow(row: object): AnswerRow {
  return { ...row } as AnswerRow;
}

function pendingRow(row: object): PendingRow {
  return { ...row } as PendingRow;
}

function keyRow(row: object): KeyRow {
  const stored = row as Omit<KeyRow, 'exportIndicator'> & { exportIndicator: number };
  return { ...stored, exportIndicator: stored.exportIndicator === 1 };
}

function statusRow(row: object): StoredStatus {
  return { ...row } as StoredStatus;
}
