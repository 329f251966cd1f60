// Tries every sequence of messages up to a length on our own end-points, in both roles, for every kind of credential and
// in several framings: exactly those that are legal may lead on. What is searched is in test/search/plan.ts.
//
// node scripts/search.ts [--json] [--write]
//
// --json prints the figures of each search and what was found as JSON. --write puts the tables into docs/search.md.
//
// Exit code 0 if exactly the legal sequences led on, 1 if not, 2 for wrong options.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { fullPlan } from '../test/search/plan.ts';
import { describe, report, type Searched, sumOf } from '../test/search/report.ts';
import { type Result, search } from '../test/search/search.ts';

/** Small machines have two cores. */
const searchesAtOnce = 2;

const file = join(import.meta.dirname, '..', 'docs', 'search.md');

if (isMainThread) process.exitCode = await main();
else searchForMain();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string') {
    console.error(options);
    return 2;
  }
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
  const searched: Searched[] = [];
  const results = new Map<number, Result>();
  await Promise.all(
    Array.from({ length: searchesAtOnce }, async () => {
      const worker = new Worker(new URL(import.meta.url));
      try {
        for (const [index, planned] of left) {
          const started = Date.now();
          const result = await answerOf(worker, index);
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
  for (const [index, planned] of fullPlan.entries()) {
    const result = results.get(index);
    if (result === undefined) throw new Error(`${describe(planned)} has no result`);
    searched.push({ ...planned, result });
  }
  return searched;
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
  parentPort?.on('message', (index: number) => {
    const planned = fullPlan[index];
    if (planned !== undefined) parentPort?.postMessage(search(planned));
  });
}

function readOptions(): { json: boolean; write: boolean } | string {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
