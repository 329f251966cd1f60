// How instances come out of an inbox: by looking at `<latest>`, through a `<pollingChannel>`, by notifications. Takes
// each once and deletes it. Knows where the inbox is, and not what the messages mean.
import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { E2EKeyError } from '../../errors.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal, respond } from '../primitive.ts';
import { responseStatuses } from '../response-status-code.ts';
import { isObject, type JsonObject } from '../serialisation/json.ts';
import { longRequest, shortResponse } from '../short-names.ts';
import { type Instance, readInstance } from './instance.ts';
import type { ContainerSettings } from './options.ts';
import { attributesOf, type Registrar, refusedBy, succeeded } from './registrar.ts';
import type { Resources } from './resources.ts';

/** Taken instances that are remembered: a notification comes twice, a DELETE may be lost. */
const maxTaken = 4096;
/** Instances in hand at once; what is above stays in the inbox. */
const maxInHand = 256;
/** Where new instances are told of, the inbox is still looked at, this many times less often: a notification may be lost. */
const catchUpFactor = 20;
/**
 * Milliseconds that a `<pollingChannel>` may hold its response back before we ask again: of a request that was lost, the
 * silence is the same.
 */
const channelTime = 3_000;
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
    // Each may be about to take another instance.
    await Promise.allSettled(this.#loops);
    await Promise.allSettled(this.#inHand);
  }

  /** Answers a NOTIFY about our inbox (TS-0004 7.5.1.2.2), however it came to us. Never rejects. */
  async notified(request: RequestPrimitive): Promise<ResponsePrimitive> {
    if (request.operation !== 'notify')
      return refusal(request, 'OPERATION_NOT_ALLOWED', `this is a point of access for NOTIFY`);
    const notification = isObject(request.content) ? request.content['m2m:sgn'] : undefined;
    if (!isObject(notification))
      return refusal(request, 'BAD_REQUEST', 'the content is no m2m:sgn (TS-0004 7.5.1.1)');
    const { nev } = notification;
    const rep = isObject(nev) ? nev.rep : undefined;
    // Without one it asks for our consent (vrq), or tells that the subscription has gone (sud).
    if (isObject(rep)) {
      // Who created it is the notifier's word here: anybody may reach a point of access.
      const cin = { ...(isObject(rep['m2m:cin']) ? rep['m2m:cin'] : rep), cr: 'notified' };
      const address = this.#addressOf(cin);
      if (!this.#stopped.signal.aborted && this.#begin(cin) && address !== null)
        this.#track(this.#delete(address, null));
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
    const { signal } = this.#stopped;
    const latest = `${this.#resources.inbox}/la`;
    const response = await this.#registrar.request({ operation: 'retrieve', to: latest }, signal);
    if (!succeeded(response) || this.#isFull) return false;
    const cin = attributesOf('m2m:cin', response);
    const isNew = this.#begin(cin);
    // By its name, since a newer one may have come; one with a name that we do not delete would hide those before it.
    await this.#delete(this.#addressOf(cin) ?? latest, signal);
    return isNew;
  }

  /** The response to a RETRIEVE of `<pollingChannelURI>` holds a request to us (TS-0004 7.4.22.2). */
  async #askChannel(): Promise<boolean> {
    const { signal } = this.#stopped;
    const to = `${this.#resources.channel}/pcu`;
    const response = await this.#registrar
      .request({ operation: 'retrieve', to }, signal, channelTime, channelTime)
      .catch(nothingInTime);
    if (response === null || !succeeded(response)) return false;
    const request = longRequest(response.content);
    const content = { 'm2m:rsp': shortResponse(await this.notified(request)) };
    // Nobody waits for what the CSE says to it: the next request is asked for.
    this.#track(this.#registrar.request({ operation: 'notify', to, content }, null).then(() => undefined));
    return true;
  }

  /** False for an instance that was taken before, or for which there is no room. */
  #begin(cin: JsonObject): boolean {
    const mark = markOf(cin);
    if (this.#isFull || mark === null || this.#taken.has(mark)) return false;
    this.#taken.add(mark);
    for (const oldest of this.#taken) {
      if (this.#taken.size <= maxTaken) break;
      this.#taken.delete(oldest);
    }
    this.#track((async () => this.#options.take(readInstance(cin)))());
    return true;
  }

  get #isFull(): boolean {
    return this.#inHand.size >= maxInHand;
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch(error => this.#options.onFault(error))
      .finally(() => this.#inHand.delete(tracked));
    this.#inHand.add(tracked);
  }

  async #delete(to: string, signal: AbortSignal | null): Promise<void> {
    const request = { operation: 'delete', to } as const;
    const response = await this.#registrar.request(request, signal);
    // Nobody sees what is behind an instance that stays.
    if (!succeeded(response) && response.responseStatusCode !== responseStatuses.NOT_FOUND.rsc)
      refusedBy(request, response);
  }

  /** By its name below our container, and by nothing else: who notifies us must not choose what we delete. */
  #addressOf({ rn }: JsonObject): string | null {
    return isPlainName(rn) ? `${this.#resources.inbox}/${rn}` : null;
  }
}

/**
 * By which an instance is known again: its resource ID, with its content. Else who notifies us keeps away an instance
 * that is to come by guessing its ID, and so does a CSE that was started anew and counts from 1. Null for what is no
 * instance, or holds what JSON has not.
 */
function markOf({ ri, con }: JsonObject): string | null {
  if (typeof ri !== 'string') return null;
  try {
    return hash('sha256', JSON.stringify([ri, con]));
  } catch {
    return null;
  }
}

/** A `<pollingChannel>` through which nothing came. */
function nothingInTime(error: unknown): null {
  if (error instanceof E2EKeyError && error.code === 'REQUEST_EXPIRED') return null;
  throw error;
}

/** A name of a `<contentInstance>`, and of nothing else below our container. */
function isPlainName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    /^[A-Za-z0-9._~-]{1,128}$/.test(name) &&
    !['.', '..', 'la', 'ol', 'sub'].includes(name)
  );
}
