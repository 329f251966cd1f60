// Targets shared between threads, which watch each other's inputs: one that does not end is a finding like any other.
// Knows how to run a target (fuzzer.ts), not what targets there are to run.
import { Worker } from 'node:worker_threads';
import type { Result, Tally } from './fuzzer.ts';
import { bytesAt, inHandSize, type Job } from './thread.ts';

/** Small machines have two cores. */
const threads = 2;
/** An input that takes this long, in milliseconds, is one that does not end: the costliest takes some tens. */
const deadline = 30_000;
const timeBetweenLines = 20_000;

/** The results in the order of the jobs, whichever thread did them. */
export async function inThreads(jobs: readonly Job[], tell: (line: string) => void): Promise<Result[]> {
  // The long ones first: else one thread would wait for the other at the end.
  const left = [...jobs.entries()].toSorted(([, one], [, other]) => other.inputs - one.inputs);
  const results: Result[] = [];
  let inputs = 0;
  const progress = setInterval(() => {
    tell(`${inputs} inputs, ${left.length} of ${jobs.length} targets to do`);
  }, timeBetweenLines);
  try {
    await Promise.all(
      Array.from({ length: threads }, async () => {
        const thread = new Thread();
        try {
          for (let next = left.shift(); next !== undefined; next = left.shift()) {
            const [place, job] = next;
            const result = await thread.run(job);
            inputs += result.tally.inputs;
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
  readonly #worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: this.#inHand });

  run(job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      const numbers = new Int32Array(this.#inHand, 0, 2);
      let seen = -1;
      const watch = setInterval(() => {
        const [inputs = 0, size = 0] = numbers;
        if (inputs === seen && inputs > 0)
          settle(() =>
            resolve(unended(job, inputs, Uint8Array.from(new Uint8Array(this.#inHand, bytesAt, size)))),
          );
        seen = inputs;
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

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function unended({ target, seed }: Job, input: number, bytes: Uint8Array): Result {
  const tally: Tally = { target, inputs: input, taken: 0, refused: new Map(), outcomes: new Set() };
  const error = new Error(`the input did not end within ${deadline / 1000} seconds`);
  return { tally, findings: [{ target, seed, input, error, bytes }] };
}
