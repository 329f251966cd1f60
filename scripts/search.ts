// Tries every sequence of messages up to a length on our own end-points, in both roles, for every kind of credential and
// in several framings: exactly those that are legal may lead on. What is searched is in test/search/plan.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { universalOptions } from '../src/cli/options.ts';
import { fullPlan } from '../test/search/plan.ts';
import { describe, report, type Searched, sumOf } from '../test/search/report.ts';
import { type Result, type Search, search, sizeOf } from '../test/search/search.ts';
import { runScript } from './options.ts';

/** Small machines have two cores. */
const searchesAtOnce = 2;

const file = join(import.meta.dirname, '..', 'docs', 'search.md');

const timeBetweenLines = 5_000;

if (isMainThread)
  await runScript(
    {
      file: 'search.ts',
      about: `Tries every sequence of messages up to a length on our own end-points, in both roles, for every kind of credential and
in several framings: exactly those that are legal may lead on. All ${fullPlan.length} searches take about ten minutes.`,
      options: {
        write: {
          type: 'flag',
          about: 'Puts the tables into docs/search.md if exactly the legal ones led on.',
        },
        json: universalOptions.json,
      },
      choose: options => options,
      exitCodes: { 0: 'exactly the legal sequences led on', 1: 'not so' },
      example: '--json',
    },
    main,
  );
else searchForMain();

interface Chosen {
  readonly write: boolean;
  readonly json: boolean;
}

async function main(options: Chosen): Promise<number> {
  const searched = await searchAll();
  const sum = sumOf(searched);
  if (options.json)
    console.log(
      JSON.stringify({
        ...sum,
        searches: searched.map(({ result, ...planned }) => ({ search: describe(planned), ...result })),
      }),
    );
  else {
    for (const { sequence, problem } of sum.findings) console.log(`${sequence}: ${problem}`);
    const { answer, Session, Connection } = sum.ended;
    console.log(
      `${sum.sequences} sequences: ${answer} led to an answer, ${Session} to a Session and ${Connection} to a Connection; ${sum.findings.length} findings`,
    );
  }
  if (sum.findings.length > 0) return 1;
  if (options.write) writeFileSync(file, report(searched));
  return 0;
}

async function searchAll(): Promise<readonly Searched[]> {
  const left = fullPlan.entries();
  const results = new Map<number, Result>();
  /** What each thread has in hand. */
  const inHand = new Map<Int32Array, Search>();
  const progress = setInterval(() => {
    const done = [...results].flatMap(([index, { sequences }]) => {
      const planned = fullPlan[index];
      return planned === undefined ? [] : [{ planned, sequences }];
    });
    const doing = [...inHand].map(([[sequences = 0], planned]) => ({ planned, sequences }));
    console.error(`${results.size}/${fullPlan.length} ${progressOf([...done, ...doing])}`);
  }, timeBetweenLines);
  try {
    await Promise.all(
      Array.from({ length: searchesAtOnce }, async () => {
        const sequences = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
        const worker = new Worker(new URL(import.meta.url), { workerData: sequences });
        try {
          for (const [index, planned] of left) {
            sequences[0] = 0;
            inHand.set(sequences, planned);
            const started = Date.now();
            const result = await answerOf(worker, index);
            inHand.delete(sequences);
            results.set(index, result);
            const seconds = Math.round((Date.now() - started) / 1000);
            console.error(
              `${results.size}/${fullPlan.length} ${describe(planned)}: ${result.sequences} sequences, ${result.findings.length} findings (${seconds} s)`,
            );
          }
        } finally {
          await worker.terminate();
        }
      }),
    );
  } finally {
    clearInterval(progress);
  }
  return fullPlan.map((planned, index) => {
    const result = results.get(index);
    if (result === undefined) throw new Error(`${describe(planned)} has no result`);
    return { ...planned, result };
  });
}

/** How many there are over the whole handshake is known only behind them. */
function progressOf(tried: readonly { readonly planned: Search; readonly sequences: number }[]): string {
  const of = (extent: Search['extent']) =>
    tried.reduce((sum, { planned, sequences }) => sum + (planned.extent === extent ? sequences : 0), 0);
  const total = fullPlan.reduce(
    (sum, planned) => sum + (planned.extent === 'flight' ? sizeOf(planned) : 0),
    0,
  );
  return `searches; ${of('flight')} of ${total} sequences in one flight, ${of('handshake')} over the whole handshake`;
}

function answerOf(worker: Worker, index: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (result: Result) => {
      worker.off('error', reject);
      resolve(result);
    });
    worker.postMessage(index);
  });
}

function searchForMain(): void {
  // A refusal is what nearly every sequence ends with, and nobody reads where in the code.
  Error.stackTraceLimit = 0;
  const inHand: Int32Array = workerData;
  parentPort?.on('message', (index: number) => {
    const planned = fullPlan[index];
    if (planned === undefined) return;
    const tried = (sequences: number): void => {
      inHand[0] = sequences;
    };
    parentPort?.postMessage(search(planned, tried));
  });
}
