// Procedures over one way and a bad network, many at a time, and what is judged of each and at the end. Figures as text
// are in report.ts.
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import type { Carrier, Delivery, Origin } from '../../src/endpoint/carrier.ts';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import { memory } from '../../src/endpoint/stores.ts';
import { E2EKeyError } from '../../src/errors.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import {
  type NetworkTally,
  type Unreliability,
  type UnreliableSender,
  unreliableSender,
} from '../../src/testing/unreliable-sender.ts';
import { Draw } from '../fuzz/draw.ts';
import { makeParties, type Parties, type Party, start } from './parties.ts';
import { VirtualTime } from './virtual-time.ts';
import { type Meeting, meetingOf, type Way } from './ways.ts';

/** Of every hop. */
export const network = {
  loss: 0.1,
  broken: 0.2,
  duplication: 0.1,
  reordering: 0.1,
  delay: [2, 100],
} as const satisfies Unreliability;

export interface Plan {
  readonly way: Way;
  readonly procedures: number;
  readonly seed: string;
  /** Instead of `network`. */
  readonly unreliability?: Omit<Unreliability, 'random'>;
}

export interface Finding {
  /** Ordinal of the procedure; null for what concerns them all. */
  readonly procedure: number | null;
  readonly problem: string;
}

export interface Result {
  readonly way: Way;
  readonly procedures: number;
  /** Procedures that gave the initiating end-point a key. */
  readonly keys: number;
  /** The others, by the code of the error. */
  readonly failed: Readonly<Record<string, number>>;
  /** Keys of the terminating end-point that nobody confirmed, and that were gone after their deadline. */
  readonly lapsed: number;
  /** Of these, those that the initiating end-point never had. */
  readonly onOneSide: number;
  /** Deliveries of a message beyond its first. */
  readonly sentAgain: number;
  /** Longest procedure, as a part of the time that a procedure has. */
  readonly longest: number;
  readonly network: Readonly<Record<Exclude<keyof NetworkTally, 'waiting'>, number>>;
  readonly findings: readonly Finding[];
}

/** The product's own, in milliseconds (src/endpoint/settings.ts). */
const [procedureTime, confirmationTime] = [30_000, 600_000];
/** What a procedure may take longer than its time: one step of the clock, and one more. */
const margin = 2;
/** Milliseconds that opening and closing one side may take, attempt after attempt. */
const sideTime = 600_000;
/** Procedures that have one store, one CSE and one course of time: a flaw that adds up shows, and memory stays small. */
const roundSize = 200;
const initiatingParties = 6;
/** Procedures of one carrier at a time. */
const mostAtOnce = 3;

/** Runs all of them; `progress` is called with the number of those that are done. */
export async function run(plan: Plan, progress: (done: number) => void = () => {}): Promise<Result> {
  const parties = await makeParties(initiatingParties);
  const rounds: Result[] = [];
  for (let done = 0; done < plan.procedures; done += roundSize) {
    const procedures = Math.min(roundSize, plan.procedures - done);
    using round = new Round({ ...plan, procedures, seed: `${plan.seed} ${plan.way} ${done}` }, parties, done);
    rounds.push(await round.run());
    progress(done + procedures);
  }
  return sumOf(plan.way, rounds);
}

/** Results of one way as one. */
function sumOf(way: Way, results: readonly Result[]): Result {
  const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
  const codes = new Set(results.flatMap(({ failed }) => Object.keys(failed)));
  return {
    way,
    procedures: sum(({ procedures }) => procedures),
    keys: sum(({ keys }) => keys),
    failed: Object.fromEntries([...codes].map(code => [code, sum(({ failed }) => failed[code] ?? 0)])),
    lapsed: sum(({ lapsed }) => lapsed),
    onOneSide: sum(({ onOneSide }) => onOneSide),
    sentAgain: sum(({ sentAgain }) => sentAgain),
    longest: Math.max(...results.map(({ longest }) => longest)),
    network: {
      requests: sum(result => result.network.requests),
      lostRequests: sum(result => result.network.lostRequests),
      lostResponses: sum(result => result.network.lostResponses),
      duplicated: sum(result => result.network.duplicated),
      heldBack: sum(result => result.network.heldBack),
    },
    findings: results.flatMap(({ findings }) => findings),
  };
}

class Round implements Disposable {
  readonly #plan: Plan;
  readonly #before: number;
  readonly #parties: Parties;
  readonly #draw: Draw;
  readonly #time = new VirtualTime(start);
  readonly #senders: UnreliableSender[] = [];
  readonly #findings: Finding[] = [];
  readonly #failed: Record<string, number> = {};
  readonly #store = memory();
  readonly #terminating: Endpoint;
  readonly #endpoints: readonly Endpoint[];
  /** The procedure that the terminating end-point is answering. */
  readonly #answered = new AsyncLocalStorage<string | undefined>();
  /** Keys of the terminating end-point by procedure, in the order in which they were made. */
  readonly #made = new Map<string | undefined, string[]>();
  /** IDs of keys that both sides have. */
  readonly #shared = new Set<string>();
  readonly #confirmed = new Set<string>();
  /** How often each message was delivered. */
  readonly #deliveries = new Map<string, number>();
  readonly #signals: AbortSignal[] = [];
  #begun = 0;
  #longest = 0;

  constructor(plan: Plan, parties: Parties, before: number) {
    this.#plan = plan;
    this.#before = before;
    this.#parties = parties;
    this.#draw = new Draw(plan.seed);
    const { terminating, initiating } = parties;
    const clock = () => new Date(this.#time.now);
    this.#terminating = new Endpoint({
      id: terminating.id,
      credential: terminating.credential,
      peers: initiating.map(({ peer }) => peer),
      store: this.#store,
      clock,
      onKey: ({ id }) => {
        const procedure = this.#answered.getStore();
        this.#made.set(procedure, [...(this.#made.get(procedure) ?? []), id]);
      },
    });
    this.#endpoints = initiating.map(
      ({ id, credential }) => new Endpoint({ id, credential, peers: [terminating.peer], clock }),
    );
  }

  [Symbol.dispose](): void {
    this.#time[Symbol.dispose]();
  }

  async run(): Promise<Result> {
    const { way, procedures } = this.#plan;
    const meeting = await meetingOf(way, {
      endpoint: {
        id: this.#terminating.id,
        answer: (origin, message) => this.#answer(origin, message),
      },
      network: sender => {
        const random = () => this.#draw.below(2 ** 32) / 2 ** 32;
        const unreliable = unreliableSender(sender, { ...(this.#plan.unreliability ?? network), random });
        this.#senders.push(unreliable);
        return unreliable;
      },
      now: () => this.#time.now,
    });
    await this.#time.settle(this.#meet(meeting));
    await this.#judgeEnd(meeting);
    await meeting.cse.close();
    const sum = (of: keyof NetworkTally) => this.#senders.reduce((total, { tally }) => total + tally[of], 0);
    const made = [...this.#made.values()].flat();
    return {
      way,
      procedures,
      keys: this.#shared.size,
      failed: this.#failed,
      lapsed: made.filter(id => !this.#confirmed.has(id)).length,
      onOneSide: made.filter(id => !this.#shared.has(id)).length,
      sentAgain: [...this.#deliveries.values()].reduce((total, times) => total + times - 1, 0),
      longest: this.#longest / procedureTime,
      network: {
        requests: sum('requests'),
        lostRequests: sum('lostRequests'),
        lostResponses: sum('lostResponses'),
        duplicated: sum('duplicated'),
        heldBack: sum('heldBack'),
      },
      findings: this.#findings,
    };
  }

  async #meet(meeting: Meeting): Promise<void> {
    await this.#untilDone('the terminating side cannot be opened', () => meeting.open());
    await Promise.all(this.#endpoints.map(endpoint => this.#runOne(endpoint, meeting)));
    await this.#untilDone('the terminating side cannot be closed', () => meeting.close());
  }

  /** One initiating end-point, whose carriers serve a few procedures each. */
  async #runOne(endpoint: Endpoint, meeting: Meeting): Promise<void> {
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
    const ordinal = this.#before + ++this.#begun;
    const begun = this.#time.now;
    const names = new Set<string>();
    const ended = new AbortController();
    const watched: Carrier = {
      deliver: delivery => {
        names.add(delivery.procedure);
        this.#count(delivery);
        return carrier.deliver(delivery);
      },
    };
    const establishing = endpoint.establish(this.#terminating.id, watched, { signal: ended.signal });
    this.#signals.push(ended.signal);
    let key: PairwiseE2EKey | null = null;
    try {
      key = await this.#within(procedureTime + margin, establishing);
      if (key === null) this.#find(ordinal, 'it has not ended within its time');
    } catch (error) {
      this.#judgeFailure(ordinal, error);
    }
    this.#longest = Math.max(this.#longest, this.#time.now - begun);
    await this.#judge(ordinal, key, [...names].flatMap(name => this.#made.get(name) ?? []));
    if (key !== null && this.#draw.oneIn(2)) await this.#use(ordinal, key);
  }

  /** Where there is a key, the terminating end-point has the same; where there is none, it has none to be used. */
  async #judge(ordinal: number, key: PairwiseE2EKey | null, made: readonly string[]): Promise<void> {
    if (made.length > 1) this.#find(ordinal, `it made ${made.length} keys at the terminating end-point`);
    for (const id of made) {
      const stored = await this.#terminating.key(id);
      if (stored === null) this.#find(ordinal, 'the terminating end-point has lost its key');
      else if (stored.state !== 'unconfirmed')
        this.#find(ordinal, `its key is ${stored.state} at the terminating end-point, and nobody has used it`);
    }
    if (key === null) return;
    this.#shared.add(key.id);
    const other = await this.#terminating.key(key.id);
    if (!made.includes(key.id) || other === null)
      this.#find(ordinal, 'the terminating end-point has no key of this ID');
    else if (other.secret?.equals(key.secret) !== true)
      this.#find(ordinal, 'the two ends have different secrets under one ID');
    else if (other.entity !== endpointOf(key, this.#endpoints, await this.#ownerOf(key.id)))
      this.#find(ordinal, 'the key belongs to another entity at the terminating end-point');
  }

  #judgeFailure(ordinal: number, error: unknown): void {
    const code = error instanceof E2EKeyError ? error.code : 'no E2EKeyError';
    this.#failed[code] = (this.#failed[code] ?? 0) + 1;
    if (!(error instanceof E2EKeyError) || (error.blame !== 'path' && code !== 'TOO_MANY_PENDING'))
      this.#find(ordinal, `it failed with what is not the path's fault: ${error}`);
  }
}
