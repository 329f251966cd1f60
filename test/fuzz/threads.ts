// Targets shared between threads, which watch each other's inputs: one that does not end is a finding like any other.
// Knows how to run a target (fuzzer.ts), not what targets there are to run.
import { Worker } from 'node:worker_threads';
import type { Result, Tally } from './fuzzer.ts';
import { bytesAt, inHandSize, type Job } from './thread.ts';

/** Small machines have two cores. */
const threads = 2;
/** An input that takes this long, in milliseconds, is one that does not end: the costliest takes some tens. */
const deadline = 30_000;
const timeBetweenLines = 5_000;

/**
 * The results in the order of the jobs, whichever thread did them.
 *
 * @param folder where targets put their temporary files, since a thread that is ended removes none.
 */
export async function inThreads(
  jobs: readonly Job[],
  folder: string,
  tell: (line: string) => void,
): Promise<Result[]> {
  // The long ones first: else one thread would wait for the other at the end.
  const left = [...jobs.entries()].toSorted(([, one], [, other]) => other.inputs - one.inputs);
  const results: Result[] = [];
  const total = jobs.reduce((sum, { inputs }) => sum + inputs, 0);
  let [inputs, done] = [0, 0];
  const running = Array.from({ length: Math.min(threads, jobs.length) }, () => new Thread(folder));
  const progress = setInterval(() => {
    const soFar = running.reduce((sum, thread) => sum + thread.inputs, inputs);
    tell(`${soFar} of ${total} inputs, ${done} of ${jobs.length} targets done`);
  }, timeBetweenLines);
  try {
    await Promise.all(
      running.map(async thread => {
        try {
          for (let next = left.shift(); next !== undefined; next = left.shift()) {
            const [place, job] = next;
            const result = await thread.run(job);
            inputs += result.tally.inputs;
            done += 1;
            results[place] = result;
          }
        } finally {
          await thread.end();
        }
      }),
    );
  } finally {
    clearInterval(progress);
  }
  return results;
}

/** One thread, and a watch for the input that does not end. */
class Thread {
  readonly #inHand = new SharedArrayBuffer(inHandSize);
  readonly #numbers = new Int32Array(this.#inHand, 0, 2);
  readonly #folder: string;
  #worker: Worker;

  constructor(folder: string) {
    this.#folder = folder;
    this.#worker = this.#start();
  }

  /** Of the target that it has in hand; none between targets. */
  get inputs(): number {
    return this.#numbers[0] ?? 0;
  }

  async run(job: Job): Promise<Result> {
    const answer = await this.#answerTo(job);
    const size = this.#numbers[1] ?? 0;
    const result =
      answer ?? unended(job, this.inputs, Uint8Array.from(new Uint8Array(this.#inHand, bytesAt, size)));
    if (answer === null) {
      // It would not read the next job either.
      await this.end();
      this.#worker = this.#start();
    }
    this.#numbers.fill(0);
    return result;
  }

  /** Null when an input does not end. */
  #answerTo(job: Job): Promise<Result | null> {
    return new Promise((resolve, reject) => {
      let seen = -1;
      const watch = setInterval(() => {
        if (this.inputs === seen && seen > 0) settle(() => resolve(null));
        seen = this.inputs;
      }, deadline);
      const settle = (then: () => void): void => {
        clearInterval(watch);
        this.#worker.off('message', done).off('error', failed);
        then();
      };
      const done = (result: Result): void => settle(() => resolve(result));
      const failed = (error: Error): void => settle(() => reject(error));
      this.#worker.once('message', done).once('error', failed);
      this.#worker.postMessage(job);
    });
  }

  #start(): Worker {
    // What node:os calls the temporary folder.
    const env = { ...process.env, TMPDIR: this.#folder, TEMP: this.#folder };
    return new Worker(new URL('./thread.ts', import.meta.url), { workerData: this.#inHand, env });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function unended({ target, seed }: Job, input: number, bytes: Uint8Array): Result {
  const tally: Tally = { target, inputs: input, taken: 0, refused: new Map(), outcomes: new Set() };
  const error = new Error(`the input did not end within ${deadline / 1000} seconds`);
  return { tally, findings: [{ target, seed, input, error, bytes }] };
}
