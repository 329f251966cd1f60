// The inbox of one end-point: its resources at the CSE, made when first needed, made anew when they are gone, and
// what comes in. Both sides of the container carrier are written on it.
import { refuse } from '../../errors.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../primitive.ts';
import type { Sender } from '../sender.ts';
import { Incoming, type IncomingOptions } from './incoming.ts';
import type { ContainerSettings } from './options.ts';
import { Registrar } from './registrar.ts';
import { Resources, renewal } from './resources.ts';

/** `<contentInstance>` (TS-0004 6.3.4.2.1). */
const contentInstance = 4;

export class Inbox {
  readonly #registrar: Registrar;
  readonly #resources: Resources;
  readonly #incoming: Incoming;
  #address: Promise<string> | null = null;
  #renewing: NodeJS.Timeout | null = null;
  readonly #ending = new AbortController();

  constructor(sender: Sender, name: string, settings: ContainerSettings, options: IncomingOptions) {
    this.#registrar = new Registrar(sender, settings.originator, settings.releaseVersion);
    this.#resources = new Resources(this.#registrar, name, settings);
    this.#incoming = new Incoming(this.#registrar, this.#resources, settings, options);
  }

  /**
   * The address at which others reach the inbox, once it is there.
   *
   * @param check look whether it is still there, and make it anew if not
   */
  async ready(signal: AbortSignal | null, check: boolean): Promise<string> {
    const known = this.#address;
    if (known !== null && check) {
      await known;
      const isThere = await this.#resources.isThere(signal);
      // Whoever has looked at the same time may have seen to it.
      if (!isThere && this.#address === known) this.#address = null;
    }
    // Nothing is made anew that `close` has removed, and what it will remove is no address to be told to others.
    this.#refuseClosed();
    this.#address ??= this.#open(signal);
    const opening = this.#address;
    try {
      const address = await opening;
      this.#refuseClosed();
      return address;
    } catch (error) {
      if (this.#address === opening) this.#address = null;
      throw error;
    }
  }

  wake(): void {
    this.#incoming.wake();
  }

  /** Puts a content instance into a container of somebody else. */
  put(container: string, content: object, signal: AbortSignal | null): Promise<ResponsePrimitive> {
    return this.#registrar.request(
      { operation: 'create', to: container, resourceType: contentInstance, content },
      signal,
    );
  }

  /** Answers a NOTIFY about the inbox. Never rejects. */
  notified(request: RequestPrimitive): Promise<ResponsePrimitive> {
    return this.#incoming.notified(request);
  }

  /** Ends what is being made, waits for what is in hand and removes the resources; nothing else works afterwards. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#address?.catch(() => undefined);
    if (this.#renewing !== null) clearInterval(this.#renewing);
    await this.#incoming.stop();
    await this.#resources.remove();
  }

  #refuseClosed(): void {
    if (this.#ending.signal.aborted) refuse('OPTION_INVALID', 'this inbox was closed');
  }

  async #open(signal: AbortSignal | null): Promise<string> {
    const ending = this.#ending.signal;
    const limit = signal === null ? ending : AbortSignal.any([signal, ending]);
    await this.#resources.make(limit);
    const address = await this.#resources.publicAddress(limit);
    if (this.#renewing === null) this.#incoming.start();
    this.#renewing ??= setInterval(() => this.#renew(), renewal).unref();
    return address;
  }

  /** Puts off the end of the resources; what fails is seen when the inbox is next needed. */
  #renew(): void {
    this.#resources.renew(null).catch(() => undefined);
  }
}
