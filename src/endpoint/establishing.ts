// The initiating end-point's side: runs the procedure with one peer over one carrier, within a deadline. Knows
// when a message is sent again, and trusts no carrier to come back in time.
import { setTimeout as delay } from 'node:timers/promises';
import { E2EKeyError, type FaultCode, faultTable, refuse } from '../errors.ts';
import { advance, initiate } from '../handshake/handshake.ts';
import { wipeState } from '../handshake/state.ts';
import { toAbsolute } from '../identifiers/entity.ts';
import { exportPairwiseE2EKey, type PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { fatalAlertRecord } from '../wire/alerts.ts';
import { contentType } from '../wire/numbers.ts';
import { recordHeaderSize } from '../wire/records.ts';
import type { Answer, Carrier, Delivery } from './carrier.ts';
import { inTime, startDeadline } from './deadline.ts';
import { asE2EKeyError } from './failure.ts';
import { revokedMeanwhile } from './revocation.ts';
import type { Settings, Times } from './settings.ts';
import { supply } from './supplying.ts';

/** Deliveries of one message: the terminating end-point answers a repeat with the same answer. */
const maxDeliveries = 3;

/**
 * Response status codes by which a CSE on the way says that it got no answer (TS-0004 6.6.3): REQUEST_TIMEOUT
 * and TARGET_NOT_REACHABLE. The terminating end-point may have answered all the same.
 */
const lostOnTheWay: readonly (number | null)[] = [4008, 5103];

export class Establishing {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** One whole procedure; a second one if the terminating end-point has lost the first (PENDING_UNKNOWN). */
  async establish(target: string, carrier: Carrier, signal?: AbortSignal): Promise<PairwiseE2EKey> {
    const { times } = this.#settings;
    const deadline = startDeadline(times.procedure, signal);
    try {
      const entity = this.#entityOf(target);
      try {
        return await this.#run(entity, carrier, deadline.signal);
      } catch (error) {
        if (!(error instanceof E2EKeyError) || error.code !== 'PENDING_UNKNOWN') throw error;
        return await this.#run(entity, carrier, deadline.signal);
      }
    } catch (error) {
      throw asE2EKeyError(error);
    } finally {
      deadline.clear();
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

  async #run(entity: string, carrier: Carrier, signal: AbortSignal): Promise<PairwiseE2EKey> {
    const { id, peers, clock, random, supplies, times, onKey, profileFor, serverNameOf } = this.#settings;
    const { keys, revocation } = this.#settings;
    const entries = peers.forEntity(entity, 'terminating');
    if (entries.isEmpty)
      refuse(
        'OPTION_INVALID',
        `entity: there is no peer entry that lets ${entity} be the terminating end-point`,
      );
    const profile = profileFor(entries, true, serverNameOf(entity));
    const route = { from: id, to: entity, procedure: Buffer.from(random(12)).toString('hex'), signal };

    const first = initiate(profile);
    if (first.kind !== 'send')
      throw new E2EKeyError('INTERNAL', 'the procedure did not begin with message 1');
    const message2 = await deliver(carrier, { ...route, ordinal: 1, message: first.message }, times);
    const third = await this.#orTell(carrier, { ...route, ordinal: 3 }, message2, async () => {
      const crls = await revocation?.lists();
      const input = { message: message2.message, time: clock(), ...(crls !== undefined && { crls }) };
      const turn = advance(profile, first.state, input);
      return supply(turn, profile, supplies, { signal: route.signal, late });
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
      await keys.addActive(key, now);
      if (await revocation?.revokeIfNamed(key)) refuse('CERTIFICATE_REVOKED', revokedMeanwhile);
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
      const failure = withRsc(asE2EKeyError(error), answer.rsc);
      if (failure.alert === null) throw failure;
      // Best effort: once, and whatever the peer says to it changes nothing. His own alert is not answered.
      const record = fatalAlertRecord(failure.alert);
      const told = await deliverOnce(carrier, { ...route, message: record }, this.#settings.times).then(
        () => record,
        () => null,
      );
      failure.notice = { ...failure.notice, record: told };
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
      await delay(pause, undefined, { signal: delivery.signal }).catch(() => {
        throw late();
      });
    }
  }
}

/** One attempt, which leaves time for another: whoever drops a message does not say so. */
async function deliverOnce(carrier: Carrier, delivery: Delivery, times: Times): Promise<Answer> {
  if (delivery.signal.aborted) throw late();
  const { signal, clear } = startDeadline(times.delivery, delivery.signal);
  try {
    return await inTime(signal, carrier.deliver({ ...delivery, signal }), late);
  } finally {
    clear();
  }
}

function late(): E2EKeyError {
  return new E2EKeyError('REQUEST_EXPIRED', 'no answer before the deadline');
}

function isLost(error: unknown): boolean {
  if (!(error instanceof E2EKeyError)) return false;
  const { code, notice } = error;
  if (code !== 'CARRIER_FAILED' && code !== 'REQUEST_EXPIRED') return false;
  return notice.rscReceived === null || lostOnTheWay.includes(notice.rscReceived);
}

/**
 * Success without content is no success: deployed CSEs answer 2000 and drop what the other end-point said. A
 * refusal without an alert is known by the code in its text; PENDING_UNKNOWN, which shares its alert with others,
 * is too, since it means that the procedure may be started once more.
 */
function requireMessage(answer: Answer): Received {
  const { message, rsc, debug } = answer;
  const alert = message === null ? null : alertIn(message);
  const code = peersFault(debug) ?? (isPendingUnknown(rsc, alert) ? 'PENDING_UNKNOWN' : null);
  if (message !== null && code !== 'PENDING_UNKNOWN') return { ...answer, message };
  const said = `${rsc === null ? 'the carrier' : `response status code ${rsc}`}${debug === null ? '' : ` (${debug})`}`;
  const error = code
    ? new E2EKeyError(code, `the peer answered ${said}`)
    : new E2EKeyError('CARRIER_FAILED', `no E2EKey Message came back: ${said}`);
  error.notice = { ...error.notice, alertReceived: alert };
  throw withRsc(error, rsc);
}

/** The one row of the fault table with this pair: XML has no room for the text beside the alert (TS-0004 8.3). */
function isPendingUnknown(rsc: number | null, alert: number | null): boolean {
  const { PENDING_UNKNOWN } = faultTable;
  return rsc === PENDING_UNKNOWN.rsc && alert === PENDING_UNKNOWN.alert;
}

/** The code of our fault table with which a text begins, if it is one that blames the one who is answered. */
function peersFault(debug: string | null): FaultCode | null {
  const name = debug?.match(/^[A-Z_]+(?=:|$)/)?.[0] ?? '';
  return Object.hasOwn(faultTable, name) && faultTable[name as FaultCode].blame === 'peer'
    ? (name as FaultCode)
    : null;
}

function alertIn(message: Uint8Array): number | null {
  const isAlert = message[0] === contentType.alert && message.length === recordHeaderSize + 2;
  return isAlert ? (message.at(-1) ?? null) : null;
}

function receive<T>({ rsc }: Received, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw withRsc(asE2EKeyError(error), rsc);
  }
}

function withRsc(error: E2EKeyError, rscReceived: number | null): E2EKeyError {
  error.notice = { ...error.notice, rscReceived };
  return error;
}
