// The sessions of a receiver, what came under them, and the memory that this takes. A session is not forgotten before its
// random objects expire, since with it would go the knowledge of what was taken, and everything that was recorded could
// be sent once more. So memory is bounded by refusing what is new, for each entity by itself.
import { hash } from 'node:crypto';
import { refuse } from '../../errors.ts';
import type { ObjectHeader } from './object.ts';
import type { Session } from './session.ts';

/** What a session costs, counted in remembered objects; each of those takes some 150 bytes. */
const sessionCost = 32;
/** Remembered objects at a time, sessions included. */
export const sessionBounds = {
  /** 40 MB, or 36 requests a second for an hour: each is remembered as an object and by its Request Identifier. */
  perEntity: 262_144,
  /** 320 MB. */
  inAll: 8 * 262_144,
};
/** Longer Request Identifiers are remembered by their hash. */
const maxIdentifierLength = 64;

interface Entity {
  readonly sessions: Map<string, Session>;
  /** By inner Request Identifier, until when it is remembered. */
  readonly requests: Map<string, number>;
  remembered: number;
  /** When the first of the sessions can be forgotten: before, nobody looks. */
  firstEnd: number;
}

export class Sessions {
  readonly #entities = new Map<string, Entity>();
  readonly #clock: () => number;
  readonly #bounds: typeof sessionBounds;
  #remembered = 0;

  constructor(clock: () => number, bounds = sessionBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  find({ id, entity }: KeyName, header: ObjectHeader): Session | null {
    return this.#entities.get(entity)?.sessions.get(nameOf(id, header)) ?? null;
  }

  /**
   * Takes note of an object that opened, and keeps its session if it began it.
   *
   * @returns the session that stands, which is an earlier one if two objects began it at the same time: what was taken
   * is remembered in one place
   * @throws E2EKeyError TOO_MANY_SESSIONS when there is no room; ESPRIM_REPLAYED, ESPRIM_UNKNOWN_ORIG_RAND_ID as
   * `Session.take`.
   */
  take(header: ObjectHeader, opened: Session, unique: string): Session {
    const { key } = opened.terms;
    const isNew = this.find(key, header) === null;
    // What an entity has left behind goes when it begins something new, and not only when there is no room.
    if (isNew) this.#forgetExpired(key.entity);
    const cost = isNew ? sessionCost + 1 : 1;
    this.#requireRoom(key.entity, cost);
    const session = this.find(key, header) ?? opened;
    session.take(unique);
    this.#keep(header, session, cost);
    return session;
  }

  /**
   * Takes note of an inner request, once. Whoever keeps a response back and answers in its place that the session is not
   * known makes the originator send the request once more; it must not be carried out a second time.
   *
   * @param until when no object can open any more that was made because of such an answer; never earlier than before
   * @throws E2EKeyError ESPRIM_REPLAYED for a Request Identifier of this entity that came before, TOO_MANY_SESSIONS.
   */
  takeRequest(entity: string, requestIdentifier: string, until: number): void {
    const name =
      requestIdentifier.length <= maxIdentifierLength
        ? requestIdentifier
        : hash('sha256', requestIdentifier, 'base64url');
    if (this.#entities.get(entity)?.requests.has(name) === true)
      refuse('ESPRIM_REPLAYED', 'the Request Identifier of the inner request was received before');
    this.#requireRoom(entity, 1);
    const known = this.#entityOf(entity);
    known.requests.set(name, until);
    known.firstEnd = Math.min(known.firstEnd, until);
    this.#count(known, 1);
  }

  /** Keeps a session that the other side has proposed under the key of another (TS-0003 8.4.2 C.6b.2). */
  begin(header: ObjectHeader, session: Session): void {
    const { key } = session.terms;
    if (this.find(key, header) !== null) return;
    this.#requireRoom(key.entity, sessionCost);
    this.#keep(header, session, sessionCost);
  }

  #keep(header: ObjectHeader, session: Session, cost: number): void {
    const entity = this.#entityOf(session.terms.key.entity);
    entity.sessions.set(nameOf(session.terms.key.id, header), session);
    entity.firstEnd = Math.min(entity.firstEnd, endOf(session));
    this.#count(entity, cost);
  }

  #entityOf(name: string): Entity {
    const known = this.#entities.get(name);
    if (known !== undefined) return known;
    const entity: Entity = { sessions: new Map(), requests: new Map(), remembered: 0, firstEnd: Infinity };
    this.#entities.set(name, entity);
    return entity;
  }

  #count(entity: Entity, cost: number): void {
    entity.remembered += cost;
    this.#remembered += cost;
  }

  #requireRoom(entity: string, cost: number): void {
    if (this.#isRoom(entity, cost)) return;
    for (const each of this.#entities.keys()) this.#forgetExpired(each);
    if (!this.#isRoom(entity, cost))
      refuse(
        'TOO_MANY_SESSIONS',
        'there is no room for another ESPrim Object until some session has expired',
      );
  }

  #isRoom(entity: string, cost: number): boolean {
    const ofEntity = this.#entities.get(entity)?.remembered ?? 0;
    return ofEntity + cost <= this.#bounds.perEntity && this.#remembered + cost <= this.#bounds.inAll;
  }

  #forgetExpired(name: string): void {
    const entity = this.#entities.get(name);
    const now = this.#clock();
    if (entity === undefined || now < entity.firstEnd) return;
    for (const [each, session] of entity.sessions) if (endOf(session) <= now) entity.sessions.delete(each);
    entity.firstEnd = Infinity;
    // Oldest first, so those behind the first that is still to be remembered are not looked at.
    for (const [each, until] of entity.requests) {
      if (until > now) {
        entity.firstEnd = until;
        break;
      }
      entity.requests.delete(each);
    }
    let remembered = entity.requests.size;
    for (const session of entity.sessions.values()) {
      remembered += sessionCost + session.taken;
      entity.firstEnd = Math.min(entity.firstEnd, endOf(session));
    }
    this.#remembered += remembered - entity.remembered;
    entity.remembered = remembered;
    if (remembered === 0) this.#entities.delete(name);
  }
}

/**
 * When nothing can begin the session again: when our own random object has ended. The originator's may end some
 * milliseconds after whenever it is read, as m2m:absRelTimestamp allows.
 */
function endOf({ terms }: Session): number {
  return terms.receiverRand.expires;
}

type KeyName = { readonly id: string; readonly entity: string };

function nameOf(keyId: string, { ori, rri }: ObjectHeader): string {
  return JSON.stringify([keyId, ori, rri]);
}
