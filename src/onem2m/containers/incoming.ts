// How instances come out of an inbox: by looking at `<latest>`, through a `<pollingChannel>`, by notifications. Takes
// each once and deletes it. Knows where the inbox is, and not what the messages mean.
import { setTimeout as delay } from 'node:timers/promises';
import { type RequestPrimitive, type ResponsePrimitive, refusal, respond } from '../primitive.ts';
import { responseStatuses } from '../response-status-code.ts';
import { longRequest, shortResponse } from '../short-names.ts';
import { type Instance, readInstance } from './instance.ts';
import type { ContainerSettings } from './options.ts';
import { type Attributes, attributesOf, isAttributes, type Registrar, succeeded } from './registrar.ts';
import type { Resources } from './resources.ts';

/** Resource IDs of taken instances that are remembered: a notification comes twice, a DELETE may be lost. */
const maxTaken = 4096;
/** Instances in hand at once; what is above stays in the inbox. */
const maxInHand = 256;
/** Where new instances are told of, the inbox is still looked at, this many times less often: a notification may be lost. */
const catchUpFactor = 20;
/** Milliseconds that a `<pollingChannel>` may hold its response back before we ask again. */
const channelTime = 60_000;
/** Longest pause after failures, in milliseconds. */
const longestPause = 10_000;

export interface IncomingOptions {
  /** Called once for each instance; what it rejects with goes to `onFault`. */
  readonly take: (instance: Instance) => Promise<void>;
  readonly onFault: (error: unknown) => void;
  /** Is anything expected? While not, nothing is asked of the CSE. */
  readonly wanted: () => boolean;
}

export class Incoming {
  readonly #registrar: Registrar;
  readonly #resources: Resources;
  readonly #settings: ContainerSettings;
  readonly #options: IncomingOptions;
  readonly #taken = new Set<string>();
  readonly #inHand = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #woken = Promise.withResolvers<void>();
  #loops: Promise<void>[] = [];

  constructor(
    registrar: Registrar,
    resources: Resources,
    settings: ContainerSettings,
    options: IncomingOptions,
  ) {
    this.#registrar = registrar;
    this.#resources = resources;
    this.#settings = settings;
    this.#options = options;
  }

  start(): void {
    const { receive, pollInterval } = this.#settings;
    const interval = receive === 'polling' ? pollInterval : pollInterval * catchUpFactor;
    this.#loops = [
      this.#repeat(interval, receive === 'polling', () => this.#takeLatest()),
      ...(receive === 'polling channel' ? [this.#repeat(pollInterval, true, () => this.#askChannel())] : []),
    ];
  }

  /** Something is expected from now on. */
  wake(): void {
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  }

  /** Ends asking, and waits for what is in hand. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.allSettled([...this.#loops, ...this.#inHand]);
  }

  /** Answers a NOTIFY about our inbox (TS-0004 7.5.1.2.2), however it came to us. Never rejects. */
  async notified(request: RequestPrimitive): Promise<ResponsePrimitive> {
    if (request.operation !== 'notify')
      return refusal(request, 'OPERATION_NOT_ALLOWED', `this is a point of access for NOTIFY`);
    const notification = isAttributes(request.content) ? request.content['m2m:sgn'] : undefined;
    if (!isAttributes(notification))
      return refusal(request, 'BAD_REQUEST', 'the content is no m2m:sgn (TS-0004 7.5.1.1)');
    const { nev } = notification;
    const rep = isAttributes(nev) ? nev.rep : undefined;
    // Without one it asks for our consent (vrq), or tells that the subscription has gone (sud).
    if (isAttributes(rep)) {
      const cin = isAttributes(rep['m2m:cin']) ? rep['m2m:cin'] : rep;
      if (!this.#stopped.signal.aborted && this.#begin(cin)) this.#track(this.#delete(cin, null));
    }
    return respond(request, responseStatuses.OK.rsc);
  }

  /** Runs `step` again and again: at once while it found something, otherwise after a pause; `eager` begins without. */
  async #repeat(interval: number, eager: boolean, step: () => Promise<boolean>): Promise<void> {
    const { signal } = this.#stopped;
    const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
    for (let pause = interval, found = eager; !signal.aborted; ) {
      if (!this.#options.wanted()) {
        await Promise.race([this.#woken.promise, aborted]);
        found = eager;
        continue;
      }
      if (!found) await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      found = false;
      try {
        found = await step();
        pause = interval;
      } catch (error) {
        if (!signal.aborted) this.#options.onFault(error);
        pause = Math.min(pause * 2, Math.max(longestPause, interval));
      }
    }
  }

  /** Takes the newest instance away, so that the one before it is the newest. False if there is none. */
  async #takeLatest(): Promise<boolean> {
    if (this.#inHand.size >= maxInHand) return false;
    const { signal } = this.#stopped;
    const response = await this.#registrar.request(
      { operation: 'retrieve', to: `${this.#resources.inbox}/la` },
      signal,
    );
    if (!succeeded(response)) return false;
    const cin = attributesOf('m2m:cin', response);
    const isNew = this.#begin(cin);
    await this.#delete(cin, signal);
    return isNew;
  }

  /** The response to a RETRIEVE of `<pollingChannelURI>` holds a request to us (TS-0004 7.4.22.2). */
  async #askChannel(): Promise<boolean> {
    const { signal } = this.#stopped;
    const to = `${this.#resources.channel}/pcu`;
    const response = await this.#registrar.request({ operation: 'retrieve', to }, signal, channelTime);
    if (!succeeded(response)) return false;
    const request = longRequest(response.content);
    const answer = await this.notified(request);
    await this.#registrar.request(
      { operation: 'notify', to, content: { 'm2m:rsp': shortResponse(answer) } },
      signal,
    );
    return true;
  }

  /** False for an instance that was taken before, or for which there is no room. */
  #begin(cin: Attributes): boolean {
    const { ri } = cin;
    if (this.#inHand.size >= maxInHand || typeof ri !== 'string' || this.#taken.has(ri)) return false;
    this.#taken.add(ri);
    for (const oldest of this.#taken) {
      if (this.#taken.size <= maxTaken) break;
      this.#taken.delete(oldest);
    }
    this.#track((async () => this.#options.take(readInstance(cin)))());
    return true;
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch(error => this.#options.onFault(error))
      .finally(() => this.#inHand.delete(tracked));
    this.#inHand.add(tracked);
  }

  async #delete(cin: Attributes, signal: AbortSignal | null): Promise<void> {
    const address = this.#addressOf(cin);
    if (address !== null) await this.#registrar.request({ operation: 'delete', to: address }, signal);
  }

  /** By its name below our container, and by nothing else: who notifies us must not choose what we delete. */
  #addressOf({ rn }: Attributes): string | null {
    return isPlainName(rn) ? `${this.#resources.inbox}/${rn}` : null;
  }
}

/** A name of a `<contentInstance>`, and of nothing else below our container. */
function isPlainName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    /^[A-Za-z0-9._~-]{1,128}$/.test(name) &&
    !['.', '..', 'la', 'ol', 'sub'].includes(name)
  );
}
