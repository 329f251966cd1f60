// A bad network in front of a Sender: loses, repeats, reorders and delays what it is given, and responses on their way
// back. Looks at no content. For tests of whoever has to live with such a network.
import { inTime } from '../endpoint/deadline.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../onem2m/primitive.ts';
import type { Sender } from '../onem2m/sender.ts';

/** How bad. Shares are numbers from 0 to 1, of requests and of responses alike, 0 unless given. */
export interface Unreliability {
  /** Lost without a word: whoever sent waits until his signal is aborted. */
  readonly loss?: number;
  /** Share of the losses that show at once, as CARRIER_FAILED: a connection that breaks off. */
  readonly broken?: number;
  /** Of requests alone: both reach the other side, and the first answer is the one that comes back. */
  readonly duplication?: number;
  /** Held back until another one has passed in the same direction, or for a second if none comes. */
  readonly reordering?: number;
  /** Milliseconds on the way, least and most; none unless given. */
  readonly delay?: readonly [least: number, most: number];
  /** From 0 up to, but not, 1; what is the same each time makes the same network. Math.random unless given. */
  readonly random?: () => number;
}

/** What became of everything up to now. */
export interface NetworkTally {
  /** Requests that were given to it. */
  readonly requests: number;
  readonly lostRequests: number;
  readonly lostResponses: number;
  readonly duplicated: number;
  /** Requests and responses. */
  readonly heldBack: number;
  /** Requests that somebody waits for at this moment. */
  readonly waiting: number;
}

export interface UnreliableSender extends Sender {
  readonly tally: NetworkTally;
}

/** Milliseconds that the last one of all waits for another to pass before it. */
const longestHold = 1_000;
/** Milliseconds that the other side has for a request that arrives when nobody waits for its answer any more. */
const lateTime = 10_000;

/**
 * Its timers do not keep the process alive, and a request that was sent arrives whether or not somebody still waits
 * for its answer.
 *
 * @throws E2EKeyError OPTION_INVALID naming the option that is out of its range.
 * @example
 * ```ts
 * import { httpSender, notifyCarrier } from 'e2ekey/onem2m';
 * import { unreliableSender } from 'e2ekey/testing';
 * const network = unreliableSender(httpSender('http://127.0.0.1:8080'), { loss: 0.1, delay: [5, 100] });
 * const carrier = notifyCarrier(network);
 * ```
 */
export function unreliableSender(sender: Sender, options: Unreliability = {}): UnreliableSender {
  return new Network(sender, options);
}

class Network implements UnreliableSender {
  readonly tally = {
    requests: 0,
    lostRequests: 0,
    lostResponses: 0,
    duplicated: 0,
    heldBack: 0,
    waiting: 0,
  };
  readonly #sender: Sender;
  readonly #options: Required<Unreliability>;
  /** What lets those go on that are held back, by direction. */
  readonly #held = { request: new Set<() => void>(), response: new Set<() => void>() };

  constructor(sender: Sender, options: Unreliability) {
    const { loss = 0, broken = 0, duplication = 0, reordering = 0, delay = [0, 0], random } = options;
    for (const [name, share] of Object.entries({ loss, broken, duplication, reordering }))
      if (!(share >= 0 && share <= 1)) refuse('OPTION_INVALID', `${name} is no share from 0 to 1`);
    if (!(delay[0] >= 0 && delay[0] <= delay[1]))
      refuse('OPTION_INVALID', 'delay is no range of milliseconds');
    this.#sender = sender;
    this.#options = { loss, broken, duplication, reordering, delay, random: random ?? Math.random };
  }

  async send(request: RequestPrimitive, signal: AbortSignal): Promise<ResponsePrimitive> {
    if (signal.aborted) throw late();
    const over = new AbortController();
    const answer = Promise.withResolvers<ResponsePrimitive>();
    this.tally.requests++;
    const isTwice = this.#happens('duplication');
    if (isTwice) this.tally.duplicated++;
    for (let copies = isTwice ? 2 : 1; copies > 0; copies--)
      this.#bring(request, over.signal).then(
        response => response !== null && answer.resolve(response),
        answer.reject,
      );
    this.tally.waiting++;
    try {
      return await inTime(signal, answer.promise, late);
    } finally {
      this.tally.waiting--;
      over.abort();
    }
  }

  /** One copy there and its response back; null if either is lost. */
  async #bring(request: RequestPrimitive, over: AbortSignal): Promise<ResponsePrimitive | null> {
    if (!(await this.#passes('request'))) return null;
    const response = await this.#sender.send(request, over.aborted ? AbortSignal.timeout(lateTime) : over);
    return (await this.#passes('response')) ? response : null;
  }

  async #passes(direction: 'request' | 'response'): Promise<boolean> {
    const { delay, random } = this.#options;
    const [isLost, isHeld] = [this.#happens('loss'), this.#happens('reordering')];
    const [least, most] = delay;
    if (most > 0) await pause(least + random() * (most - least));
    if (isLost) {
      this.tally[direction === 'request' ? 'lostRequests' : 'lostResponses']++;
      if (this.#happens('broken')) refuse('CARRIER_FAILED', `the connection broke off with the ${direction}`);
      return false;
    }
    if (isHeld) await this.#hold(direction);
    for (const goOn of this.#held[direction]) goOn();
    return true;
  }

  #hold(direction: 'request' | 'response'): Promise<void> {
    this.tally.heldBack++;
    const held = this.#held[direction];
    return new Promise(resolve => {
      const goOn = () => {
        clearTimeout(timer);
        held.delete(goOn);
        // After whoever passes now.
        setTimeout(resolve, 0).unref();
      };
      const timer = setTimeout(goOn, longestHold);
      timer.unref();
      held.add(goOn);
    });
  }

  #happens(what: 'loss' | 'broken' | 'duplication' | 'reordering'): boolean {
    return this.#options.random() < this.#options[what];
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, milliseconds).unref();
  });
}

function late(): E2EKeyError {
  return new E2EKeyError('REQUEST_EXPIRED', 'the network brought no answer in time');
}
