// The terminating end-point's side: message 1 is answered with message 2, message 3 with message 4. Which of
// several pending handshakes a message 3 belongs to, what is a repeat, and what is written together.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Peers } from '../certificates/trust.ts';
import { wipe } from '../crypto/secrets.ts';
import { usesPresharedKey } from '../crypto/suites.ts';
import { E2EKeyError, type FaultCode, faultTable, refuse } from '../errors.ts';
import { accept, advance } from '../handshake/handshake.ts';
import type { Profile } from '../handshake/profile.ts';
import {
  decodeState,
  encodeState,
  type State,
  type WaitingForMessage3,
  wipeState,
} from '../handshake/state.ts';
import { authenticateMessage3 } from '../handshake/terminating.ts';
import type { AuthenticatedMessage3, MessageInput, Turn } from '../handshake/turn.ts';
import { toAbsolute } from '../identifiers/entity.ts';
import { exportPairwiseE2EKey, type PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { Alert, alertLevel, alertName, closeNotify } from '../wire/alerts.ts';
import { decode } from '../wire/codec.ts';
import { contentType, handshakeType } from '../wire/numbers.ts';
import { readRecords } from '../wire/records.ts';
import type { Origin } from './carrier.ts';
import { startDeadline } from './deadline.ts';
import { asFailure } from './failure.ts';
import { PlacesInHand } from './places-in-hand.ts';
import { revokedMeanwhile } from './revocation.ts';
import type { SealedRow } from './sealing.ts';
import type { Settings } from './settings.ts';
import type { AnswerRow, Completion, PendingRow } from './store.ts';
import { type PresharedKeys, type Supplies, supply } from './supplying.ts';

/** How often we look whether another process has answered the same request. */
const pollInterval = 50;

/** A request whose sender is admitted: From in absolute form, or the hop where the carrier has no From. */
interface Admitted {
  readonly origin: Origin;
  readonly originator: string;
  /** Those among whom the sender has to be. */
  readonly allowed: Peers;
  /** Asks for a pre-shared key once, however many candidates there are. */
  readonly supplies: Supplies;
  readonly message: Uint8Array;
  readonly ordinal: 1 | 3;
  /**
   * SHA-256 of end-point, originator, for message 1 its hop, and message: by it a repeat is recognised, never by a
   * request identifier.
   */
  readonly digest: string;
}

/** The same with the profile of the moment: what is stapled changes. */
interface Request extends Admitted {
  readonly profile: Profile;
}

/** What one request leads to; written to the store as a whole. */
interface Outcome {
  readonly reply: Reply;
  readonly until: number;
  readonly rest?: Omit<Completion, 'answer'>;
  /** The new key, for whoever waits for it, once everything is written. */
  readonly made?: PairwiseE2EKey;
}

/** What a message is judged by, beside itself. */
type Known = Pick<MessageInput, 'time' | 'crls'>;

/** A remembered answer: the message, or the failure of a handshake that was used up by it. */
type Reply = { readonly message: Uint8Array } | { readonly fault: FaultCode; readonly text: string };

export class Answering {
  readonly #settings: Settings;
  /** Requests that this process is answering now, by digest: a repeat waits for the same answer. */
  readonly #inHand = new Map<string, Promise<Uint8Array>>();
  /** Of messages 1 and of messages 3: neither kind takes the places of the other. */
  readonly #placesInHand = { 1: new PlacesInHand(), 3: new PlacesInHand() };

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The requests in hand, for an orderly end. */
  get inHand(): readonly Promise<Uint8Array>[] {
    return [...this.#inHand.values()];
  }

  async answer(origin: Origin, message: Uint8Array): Promise<Uint8Array> {
    try {
      const request = this.#admit(origin, message);
      const earlier = this.#inHand.get(request.digest);
      if (earlier) return await earlier;
      const answering = this.#answerOnce(request).finally(() => this.#inHand.delete(request.digest));
      this.#inHand.set(request.digest, answering);
      return await answering;
    } catch (error) {
      throw asFailure(error);
    }
  }

  /** Sender, then size and records: what fails here was neither hashed nor written. */
  #admit(origin: Origin, received: Uint8Array): Admitted {
    const { id, peers, anybody, supplies } = this.#settings;
    const claimed = origin.claimed === undefined ? undefined : toAbsolute(origin.claimed, id);
    if (claimed === id) refuse('PEER_NOT_ALLOWED', 'From is this end-point itself');
    const allowed: Peers = claimed === undefined ? anybody : peers.forEntity(claimed, 'initiating');
    if (allowed.isEmpty)
      refuse(
        'PEER_NOT_ALLOWED',
        `there is no peer entry that lets ${claimed ?? 'anybody'} be the initiating end-point`,
      );
    const originator = claimed ?? `hop ${origin.hop}`;
    const ordinal = ordinalOf(received);
    // The caller may use his buffer again while a signer takes its time.
    const message = Uint8Array.from(received);
    return {
      origin,
      originator,
      allowed,
      message,
      ordinal,
      // Whoever copies message 1 and is faster must not take the honest one's place in the order of candidates:
      // by its hop, each of the two has a pending handshake of its own.
      digest: createHash('sha256')
        .update(JSON.stringify(ordinal === 1 ? [id, originator, origin.hop] : [id, originator]))
        .update(message)
        .digest('hex'),
      supplies: { ...supplies, presharedKey: supplies.presharedKey && onceEach(supplies.presharedKey) },
    };
  }

  /** Reads and public operations first: what is refused by them has cost no transaction. */
  async #answerOnce(request: Admitted): Promise<Uint8Array> {
    const { profileFor, revocation } = this.#settings;
    const remembered = await this.#remembered(request.digest);
    if (remembered) return deliver(remembered);
    const { hop, claimed } = request.origin;
    const leave = this.#placesInHand[request.ordinal].enter(hop, request.originator, this.#settings.limits);
    try {
      // The staple of the store, if there is one, belongs to the profile.
      await revocation?.ready();
      const profile = profileFor(request.allowed, claimed !== undefined, null);
      return await (request.ordinal === 1
        ? this.#begin({ ...request, profile })
        : this.#end({ ...request, profile }));
    } finally {
      leave();
    }
  }

  async #begin(request: Request): Promise<Uint8Array> {
    const { id, sealed, limits, clock } = this.#settings;
    const place = { endpoint: id, hop: request.origin.hop, originator: request.originator };
    await sealed.store.requireRoom(place, limits, clock().getTime());
    return this.#claimed(request, () => this.#answerMessage1(request));
  }

  async #end(request: Request): Promise<Uint8Array> {
    const known = await this.#whatIsKnown();
    let found: Found;
    try {
      found = await this.#findPending(request, known);
    } catch (error) {
      // Another process may have used it up a moment ago, for the same bytes: then its answer is ours too.
      const answered = await this.#remembered(request.digest);
      if (answered) return deliver(answered);
      throw error;
    }
    try {
      return await this.#claimed(request, () => this.#answerMessage3(request, found, known));
    } finally {
      wipeState(found.state);
      if ('finished' in found) found.finished.session.close();
    }
  }

  /** Does the work if no other process does or did, and writes what comes of it as a whole. */
  async #claimed(request: Request, work: () => Promise<Outcome>): Promise<Uint8Array> {
    const { sealed, clock, limits, times, revocation, onKey } = this.#settings;
    while ((await sealed.store.claim(request.digest, clock().getTime(), times.lease)).claim !== 'ours') {
      const remembered = await this.#remembered(request.digest);
      if (remembered) return deliver(remembered);
    }
    try {
      const outcome = await work();
      const answer = this.#toAnswer(request.digest, outcome);
      const standing = await sealed.store.complete({ answer, ...outcome.rest }, limits, clock().getTime());
      // Another process was faster because our lease had run out: its answer, and its key, are the ones that count.
      if (!equal(standing.sealed, answer.sealed)) return deliver(this.#fromAnswer(standing));
      if (outcome.made) {
        if (await revocation?.revokeIfNamed(outcome.made)) refuse('CERTIFICATE_REVOKED', revokedMeanwhile);
        await onKey(outcome.made);
      }
      return deliver(outcome.reply);
    } catch (error) {
      await sealed.store.abandon(request.digest).catch(() => undefined);
      throw error;
    }
  }

  /** The answer that was given before, once whoever is giving it has done so; undefined if nobody is or did. */
  async #remembered(digest: string): Promise<Reply | undefined> {
    const { sealed, clock } = this.#settings;
    for (;;) {
      const seen = await sealed.store.look(digest, clock().getTime());
      if (seen === null) return undefined;
      if (seen.claim === 'answered') return this.#fromAnswer(seen.answer);
      await delay(pollInterval);
    }
  }

  async #answerMessage1({ origin, originator, profile, supplies, message }: Request): Promise<Outcome> {
    const { id, times, clock, random } = this.#settings;
    const now = clock().getTime();
    const deadline = startDeadline(times.lease);
    let turn: Turn;
    try {
      turn = await supply(accept(profile, message), profile, supplies, {
        signal: deadline.signal,
        late,
      });
    } finally {
      deadline.clear();
    }
    if (turn.kind !== 'send') throw new E2EKeyError('INTERNAL', 'message 1 did not lead to message 2');
    const row = {
      id: Buffer.from(random(16)).toString('hex'),
      endpoint: id,
      originator,
      hop: origin.hop,
      procedure: origin.procedure ?? '',
      expires: now + times.pending,
    };
    const pending: PendingRow = { ...row, sealed: this.#seal(row, turn.state) };
    return { reply: { message: turn.message }, until: row.expires, rest: { pending } };
  }

  async #answerMessage3({ profile, message }: Request, found: Found, known: Known): Promise<Outcome> {
    const { time } = known;
    const { id, sealed, keys, times, revocation } = this.#settings;
    const until = time.getTime() + times.confirmation;
    const { row, state } = found;
    // Our own certificate could only have come back to us through a carrier that knows no From.
    if (peerOf(found) === id) refuse('PEER_NOT_ALLOWED', 'the certificate is our own');
    if (!(await sealed.store.consume(row.id, time.getTime()))) pendingUnknown();
    let turn: Turn;
    try {
      turn =
        'finished' in found
          ? found.finished
          : advance(profile, state, { message, ...known, authenticated: found.authenticated });
    } catch (error) {
      // The handshake is used up: the same bytes get the same answer, not PENDING_UNKNOWN.
      if (!(error instanceof E2EKeyError) || error.blame !== 'peer') throw error;
      return { reply: { fault: error.code, text: error.message }, until };
    }
    if (turn.kind !== 'done' || turn.message === undefined)
      throw new E2EKeyError('INTERNAL', 'message 3 did not lead to message 4');
    const key = exportPairwiseE2EKey(turn.session, {
      now: time,
      lifetime: times.keyLifetime,
      confirmation: times.confirmation,
    });
    // Before anything is remembered: the same bytes must not get message 4 when they come again.
    if (await revocation?.isNamed(key))
      return { reply: { fault: 'CERTIFICATE_REVOKED', text: revokedMeanwhile }, until };
    return { reply: { message: turn.message }, until, rest: { key: keys.toRow(key) }, made: key };
  }

  /**
   * From may be forged or used twice, so it only finds candidates; the one whose randoms and ephemeral key the
   * sender signed, or which Finished was made for with the pre-shared key, is the one. A forged message 3 uses
   * nothing up.
   */
  async #findPending(request: Request, known: Known): Promise<Found> {
    const { origin, originator } = request;
    const { id, sealed, limits } = this.#settings;
    const sought = { endpoint: id, originator, hop: origin.hop, procedure: origin.procedure ?? '' };
    // As many tries as may be pending there: what took the way of its message 1 is found whatever else was forged.
    const rows = await sealed.store.candidates(sought, known.time.getTime(), limits.perOriginator);
    let failure: E2EKeyError | undefined;
    for (const row of rows) {
      const state = this.#open(row);
      try {
        return { row, state, ...(await this.#authenticate(request, state, known)) };
      } catch (error) {
        wipeState(state);
        if (!(error instanceof E2EKeyError) || error.blame !== 'peer' || sameForAll(error)) throw error;
        failure ??= error;
      }
    }
    throw failure ?? pendingUnknown();
  }

  /**
   * With certificates, public operations only. With a pre-shared key only Finished tells, so the handshake is run to
   * its end; the ephemeral key may then serve several tries, of which only one who holds the pre-shared key learns
   * anything.
   */
  async #authenticate(
    { profile, supplies, message }: Request,
    state: WaitingForMessage3,
    known: Known,
  ): Promise<{ authenticated: AuthenticatedMessage3 } | { finished: Finished }> {
    const { times } = this.#settings;
    if (!usesPresharedKey(state.negotiated.suite))
      return { authenticated: authenticateMessage3(profile, state, { message, ...known }) };
    const deadline = startDeadline(times.lease);
    try {
      const turn = advance(profile, state, { message, ...known });
      const finished = await supply(turn, profile, supplies, { signal: deadline.signal, late });
      if (finished.kind !== 'done') throw new E2EKeyError('INTERNAL', 'message 3 did not lead to message 4');
      return { finished };
    } finally {
      deadline.clear();
    }
  }

  async #whatIsKnown(): Promise<Known> {
    const { revocation, clock } = this.#settings;
    const crls = await revocation?.lists();
    return { time: clock(), ...(crls !== undefined && { crls }) };
  }

  #seal(row: Omit<PendingRow, 'sealed'>, state: State): Uint8Array {
    const secretState = encodeState(state);
    try {
      return this.#settings.sealed.sealer.seal(sealedPending(row), secretState);
    } finally {
      wipe(secretState);
      wipeState(state);
    }
  }

  #open(row: PendingRow): WaitingForMessage3 {
    const secretState = this.#settings.sealed.sealer.open(sealedPending(row), row.sealed);
    try {
      const state = decodeState(secretState);
      return state.waitingFor === 'message 3'
        ? state
        : refuse('STORE_FAILED', `pending handshake ${row.id} waits for ${state.waitingFor}`);
    } finally {
      wipe(secretState);
    }
  }

  #toAnswer(digest: string, { reply, until }: Outcome): AnswerRow {
    const { id, sealed } = this.#settings;
    const row = { digest, endpoint: id, expires: until };
    const content =
      'message' in reply
        ? Buffer.concat([Uint8Array.of(0), reply.message])
        : Buffer.from(`\u0001${JSON.stringify(reply)}`);
    return { ...row, sealed: sealed.sealer.seal(sealedAnswer(row), content) };
  }

  #fromAnswer(row: AnswerRow): Reply {
    const content = this.#settings.sealed.sealer.open(sealedAnswer(row), row.sealed);
    const rest = content.subarray(1);
    return content[0] === 0 ? { message: rest } : (JSON.parse(Buffer.from(rest).toString()) as Reply);
  }
}

function late(): E2EKeyError {
  return new E2EKeyError(
    'SIGNER_FAILED',
    'the signer or the store of pre-shared keys did not answer in time',
  );
}

type Finished = Extract<Turn, { kind: 'done' }>;

type Found = { readonly row: PendingRow; readonly state: WaitingForMessage3 } & (
  | { readonly authenticated: AuthenticatedMessage3 }
  | { readonly finished: Finished }
);

function peerOf(found: Found): string | undefined {
  const evidence = 'finished' in found ? found.finished.session : found.authenticated.authentication;
  return evidence?.peer.entity;
}

/**
 * Of a message 3 that fails for such a reason, no other candidate thinks better: it is not judged again. An unknown
 * identity is not among them where it may as well be a wrong key.
 */
function sameForAll({ code, alert }: E2EKeyError): boolean {
  return code === 'PSK_UNKNOWN' ? alert === faultTable.PSK_UNKNOWN.alert : onceAndForAll.includes(code);
}

const onceAndForAll: readonly FaultCode[] = [
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_REVOKED',
  'CERTIFICATE_UNTRUSTED',
  'CERTIFICATE_UNSUPPORTED',
  'CERTIFICATE_STATUS_UNKNOWN',
  'IDENTITY_MISMATCH',
  'PEER_NOT_ALLOWED',
  'PEER_CERTIFICATE_MISSING',
];

function onceEach(find: PresharedKeys): PresharedKeys {
  const answers = new Map<string, { readonly key: ReturnType<PresharedKeys> }>();
  return identity => {
    const answer = answers.get(identity) ?? { key: find(identity) };
    answers.set(identity, answer);
    return answer.key;
  };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function deliver(reply: Reply): Uint8Array {
  return 'message' in reply ? reply.message : refuse(reply.fault, reply.text);
}

/** Message 1 is known by its ClientHello; whatever else consists of records is read as message 3. */
function ordinalOf(message: Uint8Array): 1 | 3 {
  const first = readRecords(message).find(({ type, fragment }) => !isWarning(type, fragment));
  if (first?.type === contentType.alert) return refuseAlert(first.fragment);
  return first?.type === contentType.handshake && first.fragment[0] === handshakeType.clientHello ? 1 : 3;
}

/** A warning other than close_notify ends nothing (RFC 5246 §7.2.2); the handshake passes over some. */
function isWarning(type: number, [level, description]: Uint8Array): boolean {
  return type === contentType.alert && level === alertLevel.warning && description !== closeNotify;
}

/**
 * An alert in the place of message 3. It is not authenticated, so it frees nothing: whoever can forge From
 * could otherwise end an honest procedure with seven bytes. The pending handshake goes when its time is over.
 */
function refuseAlert(fragment: Uint8Array): never {
  const { description } = decode(Alert, fragment);
  const error = new E2EKeyError(
    'ALERT_RECEIVED',
    `the initiating end-point gave up: ${alertName(description)}`,
  );
  error.notice = { ...error.notice, alertReceived: description };
  throw error;
}

function pendingUnknown(): never {
  return refuse(
    'PENDING_UNKNOWN',
    'no pending handshake for this message 3: no message 1 came before it, or it expired or was used',
  );
}

function sealedPending({ id, endpoint, originator, expires }: Omit<PendingRow, 'sealed'>): SealedRow {
  return { table: 'pending', id, endpoint, entity: originator, waitingFor: 'message 3', expires };
}

function sealedAnswer({ digest, endpoint, expires }: Omit<AnswerRow, 'sealed'>): SealedRow {
  return { table: 'answer', id: digest, endpoint, entity: '', waitingFor: '', expires };
}
