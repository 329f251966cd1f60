// One thread of a run: takes a target's name, fuzzes it and answers with what came of it. What it has in hand lies in
// shared memory, since a thread whose input does not end can tell nobody.
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz, maxSize } from './fuzzer.ts';
import { targets } from './targets.ts';

export interface Job {
  readonly target: string;
  readonly seed: string;
  readonly inputs: number;
}

/** Inputs so far and the size of this one, four bytes each; then its bytes. */
export const bytesAt = 8;
export const inHandSize: number = bytesAt + maxSize;

if (workerData instanceof SharedArrayBuffer) takeJobs(workerData);

function takeJobs(inHand: SharedArrayBuffer): void {
  const numbers = new Int32Array(inHand, 0, 2);
  const place = new Uint8Array(inHand, bytesAt);
  parentPort?.on('message', async ({ target: name, seed, inputs }: Job) => {
    const target = targets.find(each => each.name === name);
    if (target === undefined) throw new Error(`there is no target ${name}`);
    numbers.fill(0);
    const before = (bytes: Uint8Array): void => {
      place.set(bytes);
      numbers[1] = bytes.length;
      numbers[0] = (numbers[0] ?? 0) + 1;
    };
    const { tally, findings } = await fuzz(target, { seed, inputs, before });
    // An error may hold what cannot be passed between threads.
    const plain = findings.map(finding => ({ ...finding, error: plainError(finding.error) }));
    parentPort?.postMessage({ tally, findings: plain });
  });
}

function plainError(error: unknown): Error {
  const stack = error instanceof Error ? error.stack : undefined;
  return Object.assign(new Error(String(error)), stack !== undefined && { stack });
}
