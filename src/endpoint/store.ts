// What an endpoint remembers, and the promises a store makes about it. Rows hold secrets only sealed
// (sealing.ts); a store sees bytes and the columns it has to search by. All times are milliseconds since 1970;
// what expires at a moment is gone from that moment on.
import { refuse } from '../errors.ts';
import type { KeyState } from '../keys/pairwise-e2e-key.ts';

/** A terminating end-point's handshake between message 2 and message 3. */
export interface PendingRow {
  /** 32 lower-case hex digits, random. */
  readonly id: string;
  /** Our own identity, absolute form. */
  readonly endpoint: string;
  /** From in absolute form, or the hop where a carrier has no From. */
  readonly originator: string;
  readonly hop: string;
  /** `Origin.procedure`, or ''. */
  readonly procedure: string;
  readonly expires: number;
  readonly sealed: Uint8Array;
}

/**
 * Upper bounds on the pending handshakes of one endpoint. They bound the answers too, as long as an answer is
 * remembered only for a message 1 that led to a pending handshake, and for a message 3 that used one up.
 */
export interface PendingLimits {
  readonly perEndpoint: number;
  /** So that a flood through one hop costs only that hop. */
  readonly perHop: number;
  /**
   * Per (hop, originator). Where it is no more than the candidates that are tried, message 3 finds its pending
   * handshake whenever it takes the way that message 1 took, whatever was forged under its From elsewhere.
   */
  readonly perOriginator: number;
}

/** A request that was answered: the same bytes get the same answer (MQTT QoS 1, HTTP retries). */
export interface AnswerRow {
  /** SHA-256 of end-point, originator and message, lower-case hex. */
  readonly digest: string;
  readonly endpoint: string;
  /** Sealed as well: the answer to message 3 tells who has a key with whom. */
  readonly sealed: Uint8Array;
  readonly expires: number;
}

/** A pairwiseE2EKey at rest. */
export interface KeyRow {
  /** pairwiseE2EKeyID, 32 upper-case hex digits. */
  readonly id: string;
  /** The kid of the keys that are derived from it in the separated profile; '' for a key of before there were any. */
  readonly separatedId: string;
  readonly endpoint: string;
  /** The other end-point, absolute form. */
  readonly entity: string;
  /** As it was last moved: a key past its time keeps its state until the next sweep. */
  readonly state: KeyState;
  readonly exportIndicator: boolean;
  readonly created: number;
  /** An unconfirmed key that is not used by then is never used any more. */
  readonly confirmBy: number;
  readonly expires: number;
  /** Everything that is no search column and no secret, as JSON (suite, group, peer, role). */
  readonly details: string;
  /** Empty once the key is revoked or expired: nobody needs the secret of a dead key but a thief. */
  readonly sealed: Uint8Array;
}

/**
 * A CRL, or the OCSP response for our own certificate, that was fetched. Others have signed it, and whoever reads it
 * checks that anew.
 */
export interface StatusRow {
  /** Whose it is: each end-point has its own issuers. */
  readonly endpoint: string;
  readonly kind: 'crl' | 'ocsp';
  /** Of what it is the newest, by its kind. */
  readonly id: string;
  /** cRLNumber, or the time when a response was made: 40 lower-case hex digits, so that they compare as texts. */
  readonly number: string;
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly fetched: number;
  readonly der: Uint8Array;
}

/** As it was read, with a number that is higher than that of every row written before. */
export interface StoredStatus extends StatusRow {
  readonly revision: number;
}

/** Neither number nor time goes back: an older list that is replayed would take a revocation back. */
export function isNewerStatus(
  one: Pick<StatusRow, 'number' | 'thisUpdate'>,
  held: Pick<StatusRow, 'number' | 'thisUpdate'>,
): boolean {
  return (
    one.number >= held.number &&
    one.thisUpdate >= held.thisUpdate &&
    (one.number !== held.number || one.thisUpdate !== held.thisUpdate)
  );
}

/**
 * How long the row of a key outlives `expires`, in milliseconds. So long can it be said of a message that came
 * late, or of an entry in a log, which key it was and that it had been revoked or had expired; kept for ever,
 * dead rows would fill the store, since a peer may make a new key whenever it likes.
 */
export const keyKeptAfterExpiry = 30 * 24 * 60 * 60 * 1000;

/** Which keys are listed. */
export interface KeyPage {
  readonly after?: string;
  readonly limit: number;
  readonly entity?: string;
  /** As the row has it, whatever the time. */
  readonly state?: KeyState;
}

export type RequestClaim =
  /** The caller is the one to answer it, until its lease runs out. */
  | { readonly claim: 'ours' }
  /** Somebody else is answering it at this moment. */
  | { readonly claim: 'in hand' }
  | { readonly claim: 'answered'; readonly answer: AnswerRow };

/** What is written together when a request has been answered: all of it or nothing. */
export interface Completion {
  readonly answer: AnswerRow;
  readonly pending?: PendingRow;
  readonly key?: KeyRow;
}

/** Where a message 1 came from, by which its pending handshake is counted. */
export type Place = Pick<PendingRow, 'endpoint' | 'hop' | 'originator'>;

/** Where a message 3 came from, by which its pending handshake is sought. */
export type Sought = Place & Pick<PendingRow, 'procedure'>;

/**
 * Every method is atomic, across all processes that share the store, and a store keeps its own copy of the
 * rows. A store that fails or is closed rejects with E2EKeyError STORE_FAILED and has written nothing; so it
 * does for a row whose id is there already, since what was revoked must not come back under its old id.
 */
export interface Store {
  /**
   * What a claim would find, without making one: the remembered answer, or that somebody is giving it now; null
   * for neither. Writes nothing and waits for nobody who writes, so that a repeated or forged message costs no
   * more than a look.
   */
  look(digest: string, now: number): Promise<Exclude<RequestClaim, { claim: 'ours' }> | null>;
  /** Claims the answering of a request for `lease` milliseconds. A claim whose lease ran out goes to the next caller. */
  claim(digest: string, now: number, lease: number): Promise<RequestClaim>;
  /** Ends a claim without an answer, so that the same bytes may be tried again. */
  abandon(digest: string): Promise<void>;
  /**
   * Looks whether there is room for a pending handshake, before work is spent on it. Only `complete` decides.
   *
   * @throws E2EKeyError TOO_MANY_PENDING when a limit is reached.
   */
  requireRoom(place: Place, limits: PendingLimits, now: number): Promise<void>;
  /**
   * Writes answer, pending handshake and key in one transaction, ends the claim, and resolves with the answer
   * that stands. That is the one given, unless somebody else was faster when a lease had run out: then nothing
   * is written and the caller has to send the earlier one, because the same bytes get the same answer.
   *
   * @throws E2EKeyError TOO_MANY_PENDING when a limit is reached; nothing is written, and the claim ends.
   */
  complete(completion: Completion, limits: PendingLimits, now: number): Promise<AnswerRow>;

  /**
   * Unexpired pending handshakes of this originator, at most `most`: those of the named procedure first ('' names
   * none), then those through the same hop, then the newest.
   */
  candidates(sought: Sought, now: number, most: number): Promise<PendingRow[]>;
  /** Removes an unexpired pending handshake; true for exactly one caller. */
  consume(id: string, now: number): Promise<boolean>;

  putKey(key: KeyRow): Promise<void>;
  key(endpoint: string, id: string): Promise<KeyRow | null>;
  keyBySeparatedId(endpoint: string, separatedId: string): Promise<KeyRow | null>;
  /** Keys of one endpoint ordered by id, those after `after`, at most `limit`. */
  keys(endpoint: string, page: KeyPage): Promise<KeyRow[]>;
  /**
   * Moves a key from one state to another; false if it is not (any more) in `from`. Only `activateKey` makes a
   * key active. A key that is moved to `revoked` or `expired` loses what is sealed in the same step; a superseded
   * one keeps it, since what it protected may still have to be opened.
   */
  moveKey(
    endpoint: string,
    id: string,
    from: KeyState,
    to: Exclude<KeyState, 'unconfirmed' | 'active'>,
  ): Promise<boolean>;
  /**
   * Makes a key active and, in the same transaction, every other active key with the same entity superseded,
   * except that a key made without the export indicator leaves those made with it: else whoever strips the
   * indicator could replace a key that cannot have been relayed.
   * False if the key is not unconfirmed or its `confirmBy` or `expires` has passed.
   */
  activateKey(endpoint: string, id: string, now: number): Promise<boolean>;

  /** Takes the place of an older row (`isNewerStatus`); false, and nothing is written, where it is not newer. */
  putStatus(status: StatusRow): Promise<boolean>;
  /** Status information of one endpoint with a revision above `after`, in their order; 0 for all. */
  statuses(endpoint: string, after: number): Promise<StoredStatus[]>;

  /**
   * Forgets expired pending handshakes, answers and claims, unconfirmed keys past `confirmBy`, and all keys
   * `keyKeptAfterExpiry` past `expires`. Other keys past `expires` become `expired` and lose what is sealed,
   * except that a revoked key stays revoked. Forgets OCSP responses past `nextUpdate`, and no CRL: an older one
   * could come in its place.
   */
  sweep(now: number): Promise<void>;
  /** Closes the store; closing it again does nothing. */
  close(): Promise<void>;
}

/** Says which of the limits on pending handshakes is reached, in the same words for every store. */
export function tooManyPending(limits: PendingLimits, reached: keyof PendingLimits): never {
  return refuse(
    'TOO_MANY_PENDING',
    `the limit ${reached} (${limits[reached]} pending handshakes) is reached`,
  );
}
