// Two end-points in processes of their own that have made a key over containers of a CSE; and that CSE, here, which
// records all that it handles and changes it when it is told to. Knows what reached whom, and not what has to come of it.
import type { Deviation } from '../../../src/testing/transit-cse/deviations.ts';
import type { HttpMessage } from '../../../src/testing/transit-cse/http.ts';
import { type TransitCse, transitCse } from '../../../src/testing/transit-cse/transit-cse.ts';
import { Draw } from '../../fuzz/draw.ts';
import type { Changing } from './changing.ts';
import type { Keeping, OriginatorCommands, Outcome, Sending } from './originator.ts';
import { exchangeOf, secretOfContent } from './plaintexts.ts';
import { Program } from './processes.ts';
import type { ReceiverCommands } from './receiver.ts';
import { Recording } from './recording.ts';
import type { Plan } from './run.ts';
import { type DataWay, readings, type Way } from './ways.ts';

const transit = '//m2m.example.com/cse-t';

/** Of deployed CSEs, those that a request, an instance or a notification meets on its way. */
const deviations: readonly Deviation[] = [
  'numbersWithFraction',
  'targetAppendedToPointOfAccess',
  'sameNotificationIdentifier',
  'notificationWithoutReleaseVersion',
  'policyRequired',
  'aeIdAssigned',
];

/** Milliseconds that an answer is waited for where it will come. */
export const longPatience = 20_000;

/** What was sent, how each ended, and the milliseconds for all of them. */
export interface Sent {
  readonly ordinals: readonly number[];
  readonly outcomes: readonly Outcome[];
  readonly time: number;
}

export class Meeting {
  readonly plan: Plan;
  /** The receiving end-point, absolute form. */
  readonly receiver: string;
  readonly draw: Draw;
  readonly originating = new Program<OriginatorCommands>('./originator.ts');
  readonly receiving: Program<ReceiverCommands>;
  readonly findings: string[] = [];
  recording = new Recording();
  /** What the CSE changes now. */
  changing: Changing | null = null;
  readonly #cse: TransitCse;
  readonly #deviating: TransitCse;
  #pairwiseE2EKey: Uint8Array = new Uint8Array();
  #ordinal = 1;

  private constructor(plan: Plan, receiver: string, cse: TransitCse, deviating: TransitCse, taps: Taps) {
    this.plan = plan;
    this.receiver = receiver;
    this.draw = new Draw(`${plan.seed} ${receiver}`);
    this.receiving = new Program('./receiver.ts', receiver, plan.seed);
    this.#cse = cse;
    this.#deviating = deviating;
    taps.cse = message => this.#record(message, this.changing?.pass(message) ?? message);
    taps.deviating = message => {
      const { headers, body, direction } = message;
      return this.#record(message, { headers, body: direction === 'in' ? reordered(body) : body });
    };
  }

  /** The key is made, over containers, when it resolves. */
  static async begin(plan: Plan, receiver: string): Promise<Meeting> {
    const taps: Taps = { cse: message => message, deviating: message => message };
    const routes: Record<string, string> = {};
    const common = { id: transit, routes };
    const cse = await transitCse({ ...common, tap: message => taps.cse(message) });
    const deviating = await transitCse({
      ...common,
      deviations,
      originator: () => '/cse-t',
      tap: message => taps.deviating(message),
    });
    const meeting = new Meeting(plan, receiver, cse, deviating, taps);
    try {
      routes[receiver] = await meeting.receiving.tell('listen');
      await meeting.#establish();
      return meeting;
    } catch (error) {
      await meeting.end();
      throw error;
    }
  }

  async end(): Promise<void> {
    this.originating.end();
    this.receiving.end();
    await this.#cse.close();
    await this.#deviating.close();
  }

  async open(name: Way, through: 'a CSE' | 'a deviating CSE'): Promise<void> {
    const { url: cse } = through === 'a CSE' ? this.#cse : this.#deviating;
    await this.receiving.tell('open', { name, cse });
    await this.originating.tell('open', { name, cse, to: this.receiver });
  }

  async close(): Promise<void> {
    await this.originating.tell('close');
    await this.receiving.tell('close');
  }

  /** What is said in them is looked for in what is recorded. */
  async send(
    sending: Pick<Sending, 'count' | 'session'> & Partial<Pick<Sending, 'patience' | 'atOnce'>>,
  ): Promise<Sent> {
    const { seed, atOnce } = this.plan;
    const ordinals = this.#ordinals(sending.count);
    const [first = 0] = ordinals;
    for (const ordinal of ordinals)
      for (const secret of exchangeOf(seed, ordinal).secrets)
        this.recording.lookFor(`exchange ${ordinal}`, Buffer.from(secret));
    const order = { seed, first, atOnce, patience: longPatience, ...sending };
    return { ordinals, ...(await this.originating.tell('send', order)) };
  }

  /** Creates contents at one end, and waits until the other has read them; as `send`. */
  async keepAndRead(
    name: DataWay,
    { count, level }: Pick<Keeping, 'count' | 'level'>,
  ): Promise<{ readonly reached: readonly number[]; readonly time: number }> {
    const { seed, atOnce } = this.plan;
    const { url: cse } = this.#cse;
    const ordinals = this.#ordinals(count);
    const [first = 0] = ordinals;
    for (const ordinal of ordinals)
      this.recording.lookFor(`content ${ordinal}`, Buffer.from(secretOfContent(seed, ordinal)));
    await this.originating.tell('keep', { cse });
    await this.receiving.tell('watch', { name, cse, container: `base/ckeeper/${readings}` });
    const began = performance.now();
    await this.originating.tell('create', { seed, first, count, atOnce, level });
    const reached: number[] = [];
    while (reached.length < count && performance.now() - began < longPatience + count * longestReading) {
      reached.push(...(await this.reached(`${name}, key: ${level}`, ordinals)));
      await new Promise(resolve => setTimeout(resolve, 1));
    }
    const time = performance.now() - began;
    await this.receiving.tell('unwatch');
    await this.originating.tell('remove');
    return { reached, time };
  }

  /** What reached the application was made by the other one, and came once; gives those among these. */
  async reached(where: string, among: readonly number[]): Promise<readonly number[]> {
    const { ordinals, strange } = await this.receiving.tell('reached');
    for (const each of strange) this.find(`${where}: something else reached the application: ${each}`);
    if (new Set(ordinals).size < ordinals.length)
      this.find(`${where}: something reached the application twice`);
    // Others may have been under way for longer than anybody waited for them.
    return ordinals.filter(ordinal => among.includes(ordinal));
  }

  /** Begins a recording, in which the key is looked for. */
  recordAnew(): void {
    this.recording = new Recording();
    this.recording.lookFor('pairwiseE2EKey', this.#pairwiseE2EKey);
  }

  /** Nothing that is looked for is in what was recorded since the last search. */
  search(where: string): void {
    for (const { secret, form } of this.recording.search())
      this.find(`${where}: the CSE has seen ${secret} (${form})`);
  }

  find(problem: string): void {
    this.findings.push(problem);
  }

  /** Another character that a text can have, at one place. */
  withOneByteChanged(text: string, at = this.draw.below(text.length)): string {
    for (;;) {
      const other = String.fromCharCode(0x20 + this.draw.below(0x5f));
      if (other !== text[at]) return text.slice(0, at) + other + text.slice(at + 1);
    }
  }

  async #establish(): Promise<void> {
    const { url: cse } = this.#cse;
    await this.receiving.tell('open', { name: 'containers-polling', cse });
    const { secret } = await this.originating.tell('establish', { cse, to: this.receiver });
    await this.receiving.tell('close');
    this.#pairwiseE2EKey = secret;
    this.recording.lookFor('pairwiseE2EKey', secret);
    this.search('the E2EKey procedure');
  }

  #record(message: HttpMessage, passed: Passed): Passed {
    this.recording.record({ ...message, ...passed });
    return passed;
  }

  #ordinals(count: number): readonly number[] {
    return Array.from({ length: count }, () => this.#ordinal++);
  }
}

type Passed = Pick<HttpMessage, 'headers' | 'body'>;

/** Of the two CSEs, which are there before the meeting. */
interface Taps {
  cse: (message: HttpMessage) => Passed;
  deviating: (message: HttpMessage) => Passed;
}

/** Milliseconds for one content. */
const longestReading = 50;

/** The same JSON with the members of every object the other way round. */
function reordered(body: Buffer): Buffer {
  const reverse = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reverse);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([name, member]) => [name, reverse(member)]),
    );
  };
  return body.length === 0 ? body : Buffer.from(JSON.stringify(reverse(JSON.parse(body.toString()))));
}
