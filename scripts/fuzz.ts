// Fuzzes every place where bytes of somebody else come in, at full size and on two threads.
//
// node scripts/fuzz.ts [--inputs N] [--seed S] [--only NAME…] [--write]
// node scripts/fuzz.ts --grow
//
// N inputs for messages, as many for stored states and as many for certificates; a million each if absent. --only takes
// the targets whose name begins so. --write puts the figures into docs/fuzzing.md if nothing was found. --grow runs
// handshakes with the TLS stacks that are on this machine and keeps what they send in a form that the corpus lacks.
//
// Exit code 0 if nothing was found, 1 for findings, 2 for wrong options.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Finding, type Result, sharesOf } from '../test/fuzz/fuzzer.ts';
import { grow } from '../test/fuzz/grow.ts';
import { describeFinding, document, withFigures } from '../test/fuzz/report.ts';
import type { Group } from '../test/fuzz/target.ts';
import { targetsOf } from '../test/fuzz/targets.ts';
import { inThreads } from '../test/fuzz/threads.ts';

const groups: readonly Group[] = ['messages', 'states', 'certificates'];

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string') {
    console.error(options);
    return 2;
  }
  if (options.grow) {
    await grow(line => console.error(line));
    return 0;
  }
  const { seed, inputs, only, write } = options;
  const jobs = groups.flatMap(group =>
    [...sharesOf(targetsOf(group), inputs)]
      .filter(([{ name }]) => only.length === 0 || only.some(start => name.startsWith(start)))
      .map(([target, share]) => ({ target: target.name, seed, inputs: share })),
  );
  if (jobs.length === 0) {
    console.error(`--only ${only.join(' ')}: there is no such target`);
    return 2;
  }
  const started = Date.now();
  const results = await inThreads(jobs, line => console.error(line));
  const findings = results.flatMap(result => result.findings);
  for (const finding of findings) console.log(`${describeFinding(finding)}\n`);
  const total = results.reduce((sum, { tally }) => sum + tally.inputs, 0);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`${total} inputs of ${results.length} targets, ${findings.length} findings (${seconds} s)`);
  if (findings.length > 0) return 1;
  if (write) writeFigures(seed, results);
  return 0;
}

function writeFigures(seed: string, results: readonly Result[]): void {
  const file = join(import.meta.dirname, '..', document);
  const byTarget = new Map(results.map(({ tally }) => [tally.target, tally]));
  const byGroup = new Map(
    groups.map(group => [group, targetsOf(group).flatMap(({ name }) => byTarget.get(name) ?? [])] as const),
  );
  const findings: readonly Finding[] = results.flatMap(result => result.findings);
  writeFileSync(file, withFigures(readFileSync(file, 'utf8'), { seed, groups: byGroup, findings }));
}

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        inputs: { type: 'string', default: '1000000' },
        seed: { type: 'string', default: '1' },
        only: { type: 'string', multiple: true, default: [] },
        write: { type: 'boolean', default: false },
        grow: { type: 'boolean', default: false },
      },
    });
    if (!/^[1-9]\d*$/.test(values.inputs)) return `--inputs ${values.inputs}: no positive whole number`;
    return { ...values, inputs: Number(values.inputs), only: [...values.only, ...positionals] };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
