// Fuzzes every place where bytes of somebody else come in, at full size and on two threads.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { universalOptions } from '../src/cli/options.ts';
import { refuse } from '../src/errors.ts';
import { type Finding, type Result, sharesOf } from '../test/fuzz/fuzzer.ts';
import { grow } from '../test/fuzz/grow.ts';
import { describeFinding, document, resultDocument, withFigures } from '../test/fuzz/report.ts';
import type { Group } from '../test/fuzz/target.ts';
import { targets, targetsOf } from '../test/fuzz/targets.ts';
import type { Job } from '../test/fuzz/thread.ts';
import { inThreads } from '../test/fuzz/threads.ts';
import { runScript } from './options.ts';

const groups: readonly Group[] = ['messages', 'states', 'certificates', 'revocation'];

const defaultInputs = 1_000_000;

await runScript(
  {
    file: 'fuzz.ts',
    about:
      'Fuzzes every place where bytes of somebody else come in, on two threads: messages, stored states, certificates\nand what is said of their revocation, a million inputs each, which takes about a quarter of an hour.',
    options: {
      inputs: {
        type: 'integer',
        least: 1,
        most: 999_999_999,
        placeholder: 'N',
        about: `For messages, as many for stored states, for certificates and for their revocation, shared by the targets chosen; default ${defaultInputs}.`,
      },
      seed: { type: 'text', placeholder: 'S', about: 'The same inputs for the same seed; default 1.' },
      only: {
        type: 'text',
        placeholder: 'NAME',
        repeatable: true,
        about: 'The targets whose name begins so.',
      },
      names: {
        type: 'operand',
        placeholder: 'NAME',
        repeatable: true,
        optional: true,
        about: 'As behind --only.',
      },
      write: {
        type: 'flag',
        about: `Puts the figures of all targets into ${document} if nothing was found.`,
      },
      grow: {
        type: 'flag',
        about:
          'By itself: runs handshakes with the TLS stacks that are here and keeps what they send in a form that the corpus lacks.',
      },
      json: universalOptions.json,
    },
    choose: ({ inputs, seed, only, names, grow: grows, write, json }) => {
      const starts = [...only, ...names];
      if (grows && (inputs !== undefined || seed !== undefined || starts.length > 0 || write || json))
        refuse('OPTION_INVALID', '--grow goes with no other option');
      if (write && starts.length > 0) refuse('OPTION_INVALID', '--write: the figures are of every target');
      for (const start of starts)
        if (start === '' || !targets.some(({ name }) => name.startsWith(start)))
          refuse(
            'OPTION_INVALID',
            `--only: no target begins with ${JSON.stringify(start)}; there are ${areas().join('; ')}`,
          );
      const chosen = { inputs: inputs ?? defaultInputs, seed: seed ?? '1' };
      return { ...chosen, jobs: jobsOf(starts, chosen), grows, write, json };
    },
    exitCodes: { 0: 'nothing was found', 1: 'there are findings' },
    example: "--only 'engine, message 3' --inputs 10000 --seed 2",
  },
  main,
);

interface Chosen {
  readonly seed: string;
  readonly jobs: readonly Job[];
  readonly grows: boolean;
  readonly write: boolean;
  readonly json: boolean;
}

async function main({ seed, jobs, grows, write, json }: Chosen): Promise<number> {
  if (grows) {
    await grow(line => console.error(line));
    return 0;
  }
  const started = Date.now();
  const results = await inThreads(jobs, makeFolder(), line => console.error(line));
  const findings = results.flatMap(result => result.findings);
  const total = results.reduce((sum, { tally }) => sum + tally.inputs, 0);
  const seconds = Math.round((Date.now() - started) / 1000);
  if (json) console.log(JSON.stringify(resultDocument(seed, results)));
  else {
    for (const finding of findings) console.log(`${describeFinding(finding)}\n`);
    console.log(`${total} inputs of ${results.length} targets, ${findings.length} findings (${seconds} s)`);
  }
  if (findings.length > 0) return 1;
  if (write) writeFigures(seed, results);
  return 0;
}

/** The targets whose name begins with one of these, or all of them, and how many inputs each of them gets. */
function jobsOf(
  starts: readonly string[],
  { inputs, seed }: { readonly inputs: number; readonly seed: string },
): readonly Job[] {
  return groups.flatMap(group => {
    const chosen = targetsOf(group).filter(
      ({ name }) => starts.length === 0 || starts.some(start => name.startsWith(start)),
    );
    return [...sharesOf(chosen, inputs)].map(([{ name }, share]) => ({ target: name, seed, inputs: share }));
  });
}

/** What the names of targets begin with, up to their colon. */
function areas(): readonly string[] {
  return [...new Set(targets.map(({ name }) => name.split(':')[0] ?? name))];
}

/** For files that targets read by name; gone when the process is. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-fuzz-'));
  // A thread may still be writing.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
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
