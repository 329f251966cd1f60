// Time that passes only when nothing else is left to do: what takes minutes of waiting takes none, and the same seed has
// the same course. Takes the place of this process's timers and of Date.now. Knows nothing of what waits.
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';

interface Timer {
  readonly fire: () => void;
  /** Between two firings; null for a timer that fires once. */
  readonly interval: number | null;
  at: number;
  keepsAlive: boolean;
}

export class VirtualTime implements Disposable {
  /** Milliseconds since 1970. */
  now: number;
  /** By the millisecond at which they fire. */
  readonly #timers = new Map<number, Set<Timer>>();
  /** By what setTimeout and setInterval gave. */
  readonly #handles = new WeakMap<object, Timer>();
  #count = 0;
  readonly #undo: () => void;

  constructor(start: number) {
    this.now = start;
    this.#undo = this.#install();
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#count;
  }

  /** Those of them that would keep the process alive. */
  get timersThatKeepAlive(): number {
    return [...this.#timers.values()].flatMap(those => [...those]).filter(({ keepsAlive }) => keepsAlive)
      .length;
  }

  /**
   * Lets time pass until the promise is settled, and gives what it resolves with.
   *
   * @throws Error when nothing is left that could settle it, or whatever it rejects with.
   */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    for (await quiet(); !isSettled; await this.#step(Number.POSITIVE_INFINITY))
      if (this.#count === 0) throw new Error('nothing is left that could settle it');
    return promise;
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    for (await quiet(); this.#count > 0 && this.now < end; ) await this.#step(end);
    this.now = end;
  }

  [Symbol.dispose](): void {
    this.#undo();
  }

  /** On to the next millisecond at which something fires, `end` at most. */
  async #step(end: number): Promise<void> {
    let due = this.#timers.get(this.now);
    while (due === undefined && this.now < end) due = this.#timers.get(++this.now);
    // One after the other, each with what follows from it.
    for (const timer of due ?? []) {
      this.#clear(timer);
      if (timer.interval !== null) this.#set(timer, timer.interval);
      timer.fire();
      await quiet();
    }
  }

  #set(timer: Timer, milliseconds: number): void {
    // Node's timers take whole milliseconds, one at least.
    timer.at = this.now + Math.max(1, Math.ceil(milliseconds));
    const those = this.#timers.get(timer.at) ?? new Set();
    this.#timers.set(timer.at, those.add(timer));
    this.#count++;
  }

  #clear(timer: Timer): void {
    const those = this.#timers.get(timer.at);
    if (those?.delete(timer) !== true) return;
    if (those.size === 0) this.#timers.delete(timer.at);
    this.#count--;
  }

  #add(fire: () => void, milliseconds: number, interval: number | null, keepsAlive: boolean): Timer {
    const timer = { fire, interval, at: 0, keepsAlive };
    this.#set(timer, milliseconds);
    return timer;
  }

  #handle(timer: Timer): object {
    const handle = {
      ref() {
        timer.keepsAlive = true;
        return handle;
      },
      unref() {
        timer.keepsAlive = false;
        return handle;
      },
      hasRef: () => timer.keepsAlive,
      [Symbol.dispose]: () => this.#clear(timer),
    };
    this.#handles.set(handle, timer);
    return handle;
  }

  #install(): () => void {
    const clear = (handle: unknown) => {
      const timer = typeof handle === 'object' && handle !== null ? this.#handles.get(handle) : undefined;
      if (timer !== undefined) this.#clear(timer);
    };
    const replaced = [
      replace(globalThis, {
        setTimeout: (fire: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) =>
          this.#handle(this.#add(() => fire(...args), milliseconds, null, true)),
        setInterval: (fire: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) =>
          this.#handle(this.#add(() => fire(...args), milliseconds, milliseconds, true)),
        clearTimeout: clear,
        clearInterval: clear,
      }),
      replace(Date, { now: () => this.now }),
      replace(AbortSignal, {
        timeout: (milliseconds: number) => {
          const controller = new AbortController();
          this.#add(() => controller.abort(new DOMException('', 'TimeoutError')), milliseconds, null, false);
          return controller.signal;
        },
      }),
      replace(timersPromises, {
        setTimeout: <T>(milliseconds: number, value?: T, options: WaitOptions = {}) =>
          this.#wait(milliseconds, value, options),
      }),
    ];
    syncBuiltinESMExports();
    return () => {
      for (const undo of replaced) undo();
      syncBuiltinESMExports();
    };
  }

  #wait<T>(milliseconds: number, value: T, { signal, ref = true }: WaitOptions): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#clear(timer);
        reject(new DOMException('', 'AbortError'));
      };
      const fire = () => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      };
      const timer = this.#add(fire, milliseconds, null, ref);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

interface WaitOptions {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

const { setImmediate } = globalThis;

/** Everything that follows without waiting has happened. */
function quiet(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

function replace<T extends object>(owner: T, members: { readonly [Name in keyof T]?: unknown }): () => void {
  const before = Object.getOwnPropertyDescriptors(owner);
  for (const [name, value] of Object.entries(members))
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  return () => {
    for (const name of Object.keys(members))
      Object.defineProperty(owner, name, before[name as keyof typeof before]);
  };
}
