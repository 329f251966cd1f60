// The initiating end-point's side: runs the procedure with one peer over one carrier, within a deadline.
import { setTimeout as delay } from 'node:timers/promises';
import { E2EKeyError, refuse } from '../errors.ts';
import { advance, initiate } from '../handshake/handshake.ts';
import { wipeState } from '../handshake/state.ts';
import { toAbsolute } from '../identifiers/entity.ts';
import { exportPairwiseE2EKey, type PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { fatalAlertRecord } from '../wire/alerts.ts';
import type { Answer, Carrier, Delivery } from './carrier.ts';
import { asFailure, blaming } from './failure.ts';
import type { KeyRing } from './key-ring.ts';
import type { Settings } from './settings.ts';
import { signTurn } from './signing.ts';

/** Deliveries of one message: the terminating end-point answers a repeat with the same answer. */
const maxDeliveries = 3;
/** First pause between two deliveries, in milliseconds; doubles. */
const firstPause = 250;

export class Establishing {
  readonly #settings: Settings;
  readonly #keys: KeyRing;

  constructor(settings: Settings, keys: KeyRing) {
    this.#settings = settings;
    this.#keys = keys;
  }

  /** One whole procedure; a second one if the terminating end-point has lost the first (PENDING_UNKNOWN). */
  async establish(entity: string, carrier: Carrier, signal?: AbortSignal): Promise<PairwiseE2EKey> {
    const { clock, times } = this.#settings;
    const deadline = AbortSignal.timeout(times.procedure);
    const within = { expires: new Date(clock().getTime() + times.procedure), signal: signal ? AbortSignal.any([signal, deadline]) : deadline };
    try {
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

  async #run(target: string, carrier: Carrier, within: Pick<Delivery, 'expires' | 'signal'>): Promise<PairwiseE2EKey> {
    const { id, peers, clock, random, credential, times, onKey, profileFor, serverNameOf } = this.#settings;
    const entity = toAbsolute(target, id);
    const entries = peers.forEntity(entity);
    if (entries.isEmpty) throw new E2EKeyError('OPTION_INVALID', `there is no peer entry for ${entity}`);
    const profile = profileFor(entries, true, serverNameOf(entity));
    const route = { from: id, to: entity, procedure: Buffer.from(random(12)).toString('hex'), ...within };

    const first = initiate(profile);
    if (first.kind !== 'send') throw new E2EKeyError('INTERNAL', 'the procedure did not begin with message 1');
    const message2 = await deliver(carrier, { ...route, ordinal: 1, message: first.message });
    const third = await this.#orTell(carrier, { ...route, ordinal: 3 }, message2, async () =>
      signTurn(advance(profile, first.state, { message: message2.message, time: clock() }), profile, credential.signer),
    );
    if (third.kind !== 'send') throw new E2EKeyError('INTERNAL', 'message 2 did not lead to message 3');
    try {
      const message4 = await deliver(carrier, { ...route, ordinal: 3, message: third.message });
      const now = clock();
      const last = receive(message4, () => advance(profile, third.state, { message: message4.message, time: now }));
      if (last.kind !== 'done') throw new E2EKeyError('INTERNAL', 'message 4 did not end the procedure');
      const key = exportPairwiseE2EKey(last.session, { now, lifetime: times.keyLifetime, confirmation: times.confirmation });
      await blaming('STORE_FAILED', 'the new key could not be stored', () => this.#keys.addActive(key, now));
      await onKey(key);
      return key;
    } finally {
      wipeState(third.state);
    }
  }

  /** When message 2 is refused, the terminating end-point is told so in the place of message 3. */
  async #orTell<T>(carrier: Carrier, route: Omit<Delivery, 'message'>, answer: Received, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      const failure = asFailure(error);
      failure.notice = { ...failure.notice, rscReceived: answer.rsc };
      // Best effort: nobody waits for it, and what the peer says to it changes nothing.
      if (failure.code !== 'ALERT_RECEIVED' && failure.alert !== null)
        await carrier.deliver({ ...route, message: fatalAlertRecord(failure.alert) }).catch(() => undefined);
      throw failure;
    }
  }
}

/** An answer with an E2EKey Message in it. */
type Received = Answer & { readonly message: Uint8Array };

async function deliver(carrier: Carrier, delivery: Delivery): Promise<Received> {
  for (let attempt = 1, pause = firstPause; ; attempt++, pause *= 2) {
    try {
      return requireMessage(await carrier.deliver(delivery));
    } catch (error) {
      const lost = error instanceof E2EKeyError && error.code === 'CARRIER_FAILED' && error.notice.rscReceived === null;
      if (!lost || attempt === maxDeliveries) throw error;
      await delay(pause, undefined, { signal: delivery.signal }).catch(() => refuse('REQUEST_EXPIRED', 'no answer before the deadline'));
    }
  }
}

/**
 * Success without content is no success: deployed CSEs answer 2000 and drop what the other end-point said. An
 * error response that names PENDING_UNKNOWN in its text means that the procedure may be started once more.
 */
function requireMessage(answer: Answer): Received {
  const { message, rsc, debug } = answer;
  const said = `${rsc === null ? 'the carrier' : `response status code ${rsc}`}${debug === null ? '' : ` (${debug})`}`;
  if (debug?.startsWith('PENDING_UNKNOWN')) throw withRsc(new E2EKeyError('PENDING_UNKNOWN', `the peer answered ${said}`), rsc);
  if (message === null) throw withRsc(new E2EKeyError('CARRIER_FAILED', `no E2EKey Message came back: ${said}`), rsc);
  return { ...answer, message };
}

function receive<T>({ rsc }: Received, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof E2EKeyError ? withRsc(error, rsc) : error;
  }
}

function withRsc(error: E2EKeyError, rscReceived: number | null): E2EKeyError {
  error.notice = { ...error.notice, rscReceived };
  return error;
}
