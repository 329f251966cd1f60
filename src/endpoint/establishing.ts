// The initiating end-point's side: runs the procedure with one peer over one carrier, within a deadline. Knows
// when a message is sent again, and trusts no carrier to come back in time.
import { setTimeout as delay } from 'node:timers/promises';
import { E2EKeyError, refuse } from '../errors.ts';
import { advance, initiate } from '../handshake/handshake.ts';
import { wipeState } from '../handshake/state.ts';
import { toAbsolute } from '../identifiers/entity.ts';
import { exportPairwiseE2EKey, type PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { fatalAlertRecord } from '../wire/alerts.ts';
import type { Answer, Carrier, Delivery } from './carrier.ts';
import { asFailure } from './failure.ts';
import type { KeyRing } from './key-ring.ts';
import type { Settings, Times } from './settings.ts';
import { signTurn } from './signing.ts';

/** Deliveries of one message: the terminating end-point answers a repeat with the same answer. */
const maxDeliveries = 3;

/**
 * Response status codes by which a CSE on the way says that it got no answer (TS-0004 6.6.3): REQUEST_TIMEOUT
 * and TARGET_NOT_REACHABLE. The terminating end-point may have answered all the same.
 */
const lostOnTheWay: readonly (number | null)[] = [4008, 5103];

export class Establishing {
  readonly #settings: Settings;
  readonly #keys: KeyRing;

  constructor(settings: Settings, keys: KeyRing) {
    this.#settings = settings;
    this.#keys = keys;
  }

  /** One whole procedure; a second one if the terminating end-point has lost the first (PENDING_UNKNOWN). */
  async establish(target: string, carrier: Carrier, signal?: AbortSignal): Promise<PairwiseE2EKey> {
    const { clock, times } = this.#settings;
    try {
      const entity = this.#entityOf(target);
      const deadline = AbortSignal.timeout(times.procedure);
      const within = {
        expires: new Date(clock().getTime() + times.procedure),
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      };
      try {
        return await this.#run(entity, carrier, within);
      } catch (error) {
        if (!(error instanceof E2EKeyError) || error.code !== 'PENDING_UNKNOWN') throw error;
        return await this.#run(entity, carrier, within);
      }
    } catch (error) {
      throw asFailure(error);
    }
  }

  #entityOf(target: string): string {
    const { id } = this.#settings;
    let entity: string;
    try {
      entity = toAbsolute(target, id);
    } catch (cause) {
      return refuse('OPTION_INVALID', 'entity: no CSE-ID or AE-ID (TS-0001 7.2)', { cause });
    }
    // An entry for every AE would let us in as well.
    return entity === id ? refuse('OPTION_INVALID', 'entity: that is this end-point itself') : entity;
  }

  async #run(
    entity: string,
    carrier: Carrier,
    within: Pick<Delivery, 'expires' | 'signal'>,
  ): Promise<PairwiseE2EKey> {
    const { id, peers, clock, random, credential, times, onKey, profileFor, serverNameOf } = this.#settings;
    const entries = peers.forEntity(entity, 'terminating');
    if (entries.isEmpty) refuse('OPTION_INVALID', `entity: there is no peer entry that lets ${entity} be the terminating end-point`);
    const profile = profileFor(entries, true, serverNameOf(entity));
    const route = { from: id, to: entity, procedure: Buffer.from(random(12)).toString('hex'), ...within };

    const first = initiate(profile);
    if (first.kind !== 'send')
      throw new E2EKeyError('INTERNAL', 'the procedure did not begin with message 1');
    const message2 = await deliver(carrier, { ...route, ordinal: 1, message: first.message }, times);
    const third = await this.#orTell(carrier, { ...route, ordinal: 3 }, message2, () => {
      const turn = advance(profile, first.state, { message: message2.message, time: clock() });
      return inTime(route.signal, signTurn(turn, profile, credential.signer));
    });
    if (third.kind !== 'send') throw new E2EKeyError('INTERNAL', 'message 2 did not lead to message 3');
    try {
      const message4 = await deliver(carrier, { ...route, ordinal: 3, message: third.message }, times);
      const now = clock();
      const last = receive(message4, () =>
        advance(profile, third.state, { message: message4.message, time: now }),
      );
      if (last.kind !== 'done') throw new E2EKeyError('INTERNAL', 'message 4 did not end the procedure');
      const { keyLifetime: lifetime, confirmation } = times;
      const key = exportPairwiseE2EKey(last.session, { now, lifetime, confirmation });
      await this.#keys.addActive(key, now);
      await onKey(key);
      return key;
    } finally {
      wipeState(third.state);
    }
  }

  /** When message 2 is refused, the terminating end-point is told so in the place of message 3. */
  async #orTell<T>(
    carrier: Carrier,
    route: Omit<Delivery, 'message'>,
    answer: Received,
    step: () => Promise<T>,
  ): Promise<T> {
    try {
      return await step();
    } catch (error) {
      const failure = withRsc(asFailure(error), answer.rsc);
      // Best effort: once, and whatever the peer says to it changes nothing. His own alert is not answered.
      if (failure.alert !== null)
        await deliverOnce(
          carrier,
          { ...route, message: fatalAlertRecord(failure.alert) },
          this.#settings.times,
        ).catch(() => undefined);
      throw failure;
    }
  }
}

/** An answer with an E2EKey Message in it. */
type Received = Answer & { readonly message: Uint8Array };

async function deliver(carrier: Carrier, delivery: Delivery, times: Times): Promise<Received> {
  for (let attempt = 1, pause = times.retransmission; ; attempt++, pause *= 2) {
    try {
      return requireMessage(await deliverOnce(carrier, delivery, times));
    } catch (error) {
      if (!isLost(error) || attempt === maxDeliveries) throw error;
      await delay(pause, undefined, { signal: delivery.signal }).catch(late);
    }
  }
}

/** One attempt, which leaves time for another: whoever drops a message does not say so. */
async function deliverOnce(carrier: Carrier, delivery: Delivery, times: Times): Promise<Answer> {
  const signal = AbortSignal.any([delivery.signal, AbortSignal.timeout(times.delivery)]);
  if (signal.aborted) return late();
  return inTime(signal, carrier.deliver({ ...delivery, signal }));
}

/** Whoever was asked may not heed the signal, or never answer. */
async function inTime<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const end = () => ended.reject(new E2EKeyError('REQUEST_EXPIRED', noAnswer));
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const noAnswer = 'no answer before the deadline';

function late(): never {
  return refuse('REQUEST_EXPIRED', noAnswer);
}

function isLost(error: unknown): boolean {
  if (!(error instanceof E2EKeyError)) return false;
  const { code, notice } = error;
  if (code !== 'CARRIER_FAILED' && code !== 'REQUEST_EXPIRED') return false;
  return notice.rscReceived === null || lostOnTheWay.includes(notice.rscReceived);
}

/**
 * Success without content is no success: deployed CSEs answer 2000 and drop what the other end-point said. An
 * error response that names PENDING_UNKNOWN in its text means that the procedure may be started once more.
 */
function requireMessage(answer: Answer): Received {
  const { message, rsc, debug } = answer;
  const said = `${rsc === null ? 'the carrier' : `response status code ${rsc}`}${debug === null ? '' : ` (${debug})`}`;
  if (debug?.startsWith('PENDING_UNKNOWN'))
    throw withRsc(new E2EKeyError('PENDING_UNKNOWN', `the peer answered ${said}`), rsc);
  if (message === null)
    throw withRsc(new E2EKeyError('CARRIER_FAILED', `no E2EKey Message came back: ${said}`), rsc);
  return { ...answer, message };
}

function receive<T>({ rsc }: Received, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw withRsc(asFailure(error), rsc);
  }
}

function withRsc(error: E2EKeyError, rscReceived: number | null): E2EKeyError {
  error.notice = { ...error.notice, rscReceived };
  return error;
}
