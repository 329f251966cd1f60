// Some procedures over one way and a bad network, many at a time: one terminating end-point, one CSE, one course of
// time. What they have to come to is in judge.ts.
import { getEventListeners } from 'node:events';
import type { Carrier, Delivery } from '../../src/endpoint/carrier.ts';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import {
  type NetworkTally,
  type Unreliability,
  type UnreliableSender,
  unreliableSender,
} from '../../src/testing/unreliable-sender.ts';
import { Draw } from '../fuzz/draw.ts';
import { type Finding, Judge } from './judge.ts';
import { type Parties, start } from './parties.ts';
import { VirtualTime } from './virtual-time.ts';
import { type Meeting, meetingOf, type Way } from './ways.ts';

export interface RoundPlan {
  readonly way: Way;
  readonly procedures: number;
  /** Ordinal of the first one. */
  readonly first: number;
  readonly seed: string;
  readonly unreliability: Omit<Unreliability, 'random'>;
}

export interface RoundResult {
  readonly procedures: number;
  /** Procedures that gave the initiating end-point a key. */
  readonly keys: number;
  /** The others, by the code of the error. */
  readonly failed: ReadonlyMap<string, number>;
  /** Keys of the terminating end-point that nobody used before their deadline. */
  readonly lapsed: number;
  /** Of these, those that the initiating end-point never had. */
  readonly onOneSide: number;
  /** Deliveries of a message beyond its first. */
  readonly sentAgain: number;
  /** Longest procedure, as a part of the time that a procedure has. */
  readonly longest: number;
  readonly requests: number;
  /** Requests and responses. */
  readonly lost: number;
  /** Resources, timers, waiting requests and listeners at the end. */
  readonly leftovers: number;
  readonly findings: readonly Finding[];
}

/** The product's own, in milliseconds (src/endpoint/settings.ts). */
const [procedureTime, confirmationTime] = [30_000, 600_000];
/** How much longer a procedure may take, in milliseconds: the clock goes by whole ones. */
const margin = 2;
/** Milliseconds until whatever was still under way has arrived. */
const underWay = 60_000;
/** Attempts to open or close one side, and the milliseconds that each may take. */
const [attempts, sideTime] = [20, 120_000];
/** Procedures of one initiating end-point at a time. */
const mostAtOnce = 3;
/** Longest pause before a procedure, and before its key is used, in milliseconds. */
const longestPause = 40_000;

export async function runRound(plan: RoundPlan, parties: Parties): Promise<RoundResult> {
  using time = new VirtualTime(start);
  // Awaited here: the time ends with this function.
  return await new Round(plan, parties, time).run();
}

class Round {
  readonly #plan: RoundPlan;
  readonly #time: VirtualTime;
  readonly #draw: Draw;
  readonly #judge: Judge;
  readonly #endpoints: readonly Endpoint[];
  readonly #senders: UnreliableSender[] = [];
  /** How often each message was delivered. */
  readonly #deliveries = new Map<string, number>();
  /** All that procedures and carriers were given. */
  readonly #signals: AbortSignal[] = [];
  #begun = 0;
  #longest = 0;
  #leftovers = 0;

  constructor(plan: RoundPlan, { terminating, initiating }: Parties, time: VirtualTime) {
    const clock = () => new Date(time.now);
    this.#plan = plan;
    this.#time = time;
    this.#draw = new Draw(plan.seed);
    this.#judge = new Judge({ terminating, initiating }, clock);
    this.#endpoints = initiating.map(
      ({ id, credential }) => new Endpoint({ id, credential, peers: [terminating.peer], clock }),
    );
  }

  async run(): Promise<RoundResult> {
    const meeting = await meetingOf(this.#plan.way, {
      endpoint: this.#judge,
      network: sender => {
        const random = () => this.#draw.below(2 ** 32) / 2 ** 32;
        const unreliable = unreliableSender(sender, { ...this.#plan.unreliability, random });
        this.#senders.push(unreliable);
        return unreliable;
      },
      now: () => this.#time.now,
    });
    await this.#time.settle(this.#meet(meeting));
    await this.#end(meeting);
    const { shared: keys, ...others } = this.#judge.keys;
    const { failed, findings } = this.#judge;
    return {
      procedures: this.#plan.procedures,
      keys,
      ...others,
      failed,
      sentAgain: [...this.#deliveries.values()].reduce((sum, times) => sum + times - 1, 0),
      longest: this.#longest / procedureTime,
      requests: this.#sum('requests'),
      lost: this.#sum('lostRequests') + this.#sum('lostResponses'),
      leftovers: this.#leftovers,
      findings,
    };
  }

  async #meet(meeting: Meeting): Promise<void> {
    await this.#untilDone('the terminating side cannot be opened', () => meeting.open());
    await Promise.all(this.#endpoints.map(endpoint => this.#initiate(endpoint, meeting)));
    await this.#untilDone('the terminating side cannot be closed', () => meeting.close());
  }

  /** One end-point's procedures, over carriers that each serve a few. */
  async #initiate(endpoint: Endpoint, meeting: Meeting): Promise<void> {
    while (this.#begun < this.#plan.procedures) {
      const { carrier, close } = meeting.carrier();
      for (let waves = 1 + this.#draw.below(3); waves > 0; waves--) {
        const left = this.#plan.procedures - this.#begun;
        const together = Math.min(left, 1 + this.#draw.below(mostAtOnce));
        await Promise.all(Array.from({ length: together }, () => this.#procedure(endpoint, carrier)));
      }
      await this.#untilDone('a carrier cannot be closed', close);
    }
  }

  async #procedure(endpoint: Endpoint, carrier: Carrier): Promise<void> {
    const ordinal = this.#plan.first + this.#begun++;
    await this.#wait(longestPause);
    const begun = this.#time.now;
    const { signal } = new AbortController();
    let name = '';
    const counted: Carrier = {
      deliver: delivery => {
        name = delivery.procedure;
        this.#judge.begun(ordinal, name);
        this.#count(delivery);
        return carrier.deliver(delivery);
      },
    };
    this.#signals.push(signal);
    let key: PairwiseE2EKey | null = null;
    try {
      const establishing = endpoint.establish(this.#judge.id, counted, { signal });
      key = await this.#within(procedureTime + margin, establishing, () =>
        this.#judge.find(ordinal, 'it goes on behind the end of its time'),
      );
    } catch (error) {
      this.#judge.fail(ordinal, error);
    }
    this.#longest = Math.max(this.#longest, this.#time.now - begun);
    await this.#judge.end({ ordinal, initiating: endpoint.id, name, key });
    if (key === null || this.#draw.oneIn(2)) return;
    await this.#wait(longestPause);
    await this.#judge.use(ordinal, key);
  }

  #wait(most: number): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, this.#draw.below(most)));
  }

  #count({ procedure, ordinal, signal }: Delivery): void {
    const message = `${procedure} ${ordinal}`;
    this.#deliveries.set(message, (this.#deliveries.get(message) ?? 0) + 1);
    this.#signals.push(signal);
  }

  /** Null, behind `isLate`, for what goes on after so many milliseconds. */
  async #within<T>(milliseconds: number, work: Promise<T>, isLate: () => void): Promise<T | null> {
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => {
      isLate();
      late.resolve(null);
    }, milliseconds);
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #untilDone(problem: string, work: () => Promise<unknown>): Promise<void> {
    for (let attempt = 1; attempt <= attempts; attempt++)
      try {
        await this.#within(sideTime, work(), () => this.#judge.find(null, `${problem}: it goes on and on`));
        return;
      } catch (error) {
        if (attempt === attempts) this.#judge.find(null, `${problem}: ${error}`);
      }
  }

  async #end(meeting: Meeting): Promise<void> {
    this.#leave('timers would keep the process alive', this.#time.timersThatKeepAlive);
    await this.#time.pass(confirmationTime + underWay);
    await this.#judge.judgeEnd();
    this.#leave('timers are left', this.#time.timers);
    this.#leave('requests wait for ever', this.#sum('waiting'));
    this.#leave(
      'listeners are left on signals',
      this.#signals.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0),
    );
    this.#leave(`resources are left: ${meeting.cse.resources.join(', ')}`, meeting.cse.resources.length);
    await meeting.cse.close();
  }

  #leave(what: string, count: number): void {
    this.#leftovers += count;
    if (count > 0) this.#judge.find(null, `${count} ${what}`);
  }

  #sum(of: keyof NetworkTally): number {
    return this.#senders.reduce((sum, { tally }) => sum + tally[of], 0);
  }
}
