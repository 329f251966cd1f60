// Takes each security check out of the sources in turn and demands that the test that holds it fails. Works on
// copies; the project itself is only read, and with --write its docs/threat-model.md is written.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { nearest } from '../src/cli/nearest.ts';
import { universalOptions } from '../src/cli/options.ts';
import { refuse } from '../src/errors.ts';
import { type Mutation, mutate, sample } from '../test/mutation/mutation.ts';
import { mutations } from '../test/mutation/mutations.ts';
import { emptyThreatModel, threatModel, withThreatTable } from '../test/mutation/threat-table.ts';
import { runScript } from './options.ts';

/** Two runs at a time: each is a process of its own, and small machines have two cores. */
const runsAtOnce = 2;
/** The slowest test file takes some seconds; a mutated one that takes this long does not end. */
const deadline = 60_000;

/** Tests that were run alone, without any mutation: do they pass? */
const alone = new Map<string, Promise<boolean>>();

const project = join(import.meta.dirname, '..');
const copied = ['src', 'test', 'certs', 'bin', 'scripts', 'package.json', 'tsconfig.json'];

/** Aborted when we go: the processes of the tests go then too, also one that does not end by itself. */
const gone = new AbortController();
process.once('exit', () => gone.abort());

await runScript(
  {
    file: 'mutation.ts',
    about: `Takes each security check out of the sources in turn and demands that the test that holds it fails. Works on
copies; the project itself is only read. All ${mutations.length} checks take about half an hour.`,
    options: {
      only: { type: 'text', placeholder: 'NAME', repeatable: true, about: 'The checks of these names.' },
      names: {
        type: 'operand',
        placeholder: 'NAME',
        repeatable: true,
        optional: true,
        about: 'As behind --only.',
      },
      sample: {
        type: 'integer',
        least: 1,
        most: 999_999,
        placeholder: 'N',
        about: 'So many of them, drawn; default all.',
      },
      seed: { type: 'text', placeholder: 'S', about: 'Which ones --sample draws; default 1.' },
      write: { type: 'flag', about: `Renews the table in ${threatModel} if what was run holds.` },
      json: universalOptions.json,
    },
    choose: ({ only, names: more, sample: count, seed, write, json }) => {
      const names = [...only, ...more];
      for (const name of names) refuseUnknown(name);
      if (seed !== undefined && count === undefined)
        refuse('OPTION_INVALID', '--seed is for --sample, which is absent');
      const among = names.length === 0 ? mutations : mutations.filter(({ name }) => names.includes(name));
      return { chosen: count === undefined ? among : sample(among, count, seed ?? '1'), write, json };
    },
    exitCodes: { 0: 'every check was caught missing by its test', 1: 'one was not' },
    example: '--sample 24 --seed 2',
  },
  main,
);

interface Chosen {
  readonly chosen: readonly Mutation[];
  readonly write: boolean;
  readonly json: boolean;
}

async function main({ chosen, write, json }: Chosen): Promise<number> {
  const started = Date.now();
  const verdicts = await hold(chosen, Array.from({ length: runsAtOnce }, makeTree));
  const missed = verdicts.filter(({ problem }) => problem !== null);
  const seconds = Math.round((Date.now() - started) / 1000);
  if (json) console.log(JSON.stringify({ checks: chosen.length, missed: missed.length, verdicts }));
  else {
    for (const { name, file, problem } of missed) console.log(`${name} (${file}): ${problem}`);
    console.log(
      `${chosen.length} security checks removed in turn, ${chosen.length - missed.length} caught by the test that holds them, ${missed.length} not (${seconds} s)`,
    );
  }
  if (missed.length > 0) return 1;
  if (write) writeTable();
  return 0;
}

function refuseUnknown(wanted: string): void {
  const names = mutations.map(({ name }) => name);
  if (names.includes(wanted)) return;
  const meant = nearest(wanted, names);
  refuse(
    'OPTION_INVALID',
    `--only: there is no mutation ${JSON.stringify(wanted)}${meant === null ? `; ${threatModel} has them all` : `; did you mean ${meant}?`}`,
  );
}

function writeTable(): void {
  const file = join(project, threatModel);
  const document = existsSync(file) ? readFileSync(file, 'utf8') : emptyThreatModel;
  writeFileSync(file, withThreatTable(document, mutations));
}

/** A copy of the project, gone when the process is. */
function makeTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'e2ekey-mutation-'));
  // A test that is being ended may still write.
  process.once('exit', () => rmSync(tree, { recursive: true, force: true, maxRetries: 5 }));
  for (const part of copied) cpSync(join(project, part), join(tree, part), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

interface Verdict {
  readonly name: string;
  readonly file: string;
  /** Null when its test caught it. */
  readonly problem: string | null;
}

async function hold(chosen: readonly Mutation[], trees: readonly string[]): Promise<readonly Verdict[]> {
  const files = [...new Set(chosen.map(({ test }) => test))];
  const results = await inTurns(files, trees, async (tree, file) => {
    console.error(`unmutated ${file}`);
    return [file, await runTests(tree, file)] as const;
  });
  const unmutated = new Map(results);
  let done = 0;
  return inTurns(chosen, trees, async (tree, mutation) => {
    const { name, file } = mutation;
    const problem =
      problemUnmutated(mutation, unmutated.get(mutation.test)) ?? (await problemMutated(tree, mutation));
    console.error(`${++done}/${chosen.length} ${name} (${file}): ${problem ?? 'caught'}`);
    return { name, file, problem };
  });
}

/** A test that fails anyway, or is not there, proves nothing. */
function problemUnmutated({ test, caughtBy }: Mutation, results: Results | undefined): string | null {
  if (results?.failed.includes(caughtBy)) return `"${caughtBy}" of ${test} fails without any mutation`;
  return results?.passed.includes(caughtBy) ? null : `"${caughtBy}" is no test of ${test}, or was skipped`;
}

/** Null when the named test fails without the check. */
async function problemMutated(tree: string, mutation: Mutation): Promise<string | null> {
  const { file, test, caughtBy, mayHang = false } = mutation;
  const path = join(tree, file);
  const source = readFileSync(path, 'utf8');
  // Alone, since that is how it runs below: a test that needs those before it would fail, and look like a catch.
  if (!(await passesAlone(tree, test, caughtBy)))
    return `"${caughtBy}" of ${test} fails when it is run alone`;
  try {
    writeFileSync(path, mutate(source, mutation));
    const { failed, ended } = await runToItsEnd(tree, test, caughtBy, mayHang ? 1 : 2);
    if (failed.includes(caughtBy) || (mayHang && !ended)) return null;
    if (!ended) return `the run did not end within ${deadline / 1000} seconds`;
    const others = await runTests(tree, test);
    const [first, ...more] = others.failed;
    return first === undefined
      ? `survives ${test}`
      : `fails not in "${caughtBy}" but first in "${first}" and ${more.length} more`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    writeFileSync(path, source);
  }
}

function passesAlone(tree: string, test: string, name: string): Promise<boolean> {
  const key = `${test} ${name}`;
  const known =
    alone.get(key) ?? runToItsEnd(tree, test, name, 2).then(({ passed }) => passed.includes(name));
  alone.set(key, known);
  return known;
}

/** A machine that stands still for a while says nothing of a test: what did not end is tried so often. */
async function runToItsEnd(tree: string, test: string, name: string, times: number): Promise<Results> {
  const results = await runTests(tree, test, name);
  return results.ended || times === 1 ? results : runToItsEnd(tree, test, name, times - 1);
}

interface Results {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** False when the run was killed at its deadline. */
  readonly ended: boolean;
}

/** Runs a test file in its own process, or one test of it. */
async function runTests(tree: string, file: string, only?: string): Promise<Results> {
  const timeout = AbortSignal.timeout(deadline);
  const passed: string[] = [];
  const failed: string[] = [];
  const events = run({
    files: [join(tree, file)],
    cwd: tree,
    signal: AbortSignal.any([timeout, gone.signal]),
    ...(only !== undefined && { testNamePatterns: [exactly(only)] }),
  });
  events.on(
    'test:pass',
    ({ name, nesting, skip }) => nesting === 0 && skip === undefined && passed.push(name),
  );
  events.on('test:fail', ({ name, nesting }) => nesting === 0 && failed.push(name));
  for await (const _ of events);
  return { passed, failed, ended: !timeout.aborted };
}

/** One piece of work after the other for each tree, until there is none. */
async function inTurns<T, R>(
  work: readonly T[],
  trees: readonly string[],
  each: (tree: string, item: T) => Promise<R>,
): Promise<R[]> {
  const left = work.values();
  const results: R[] = [];
  await Promise.all(
    trees.map(async tree => {
      for (const item of left) results.push(await each(tree, item));
    }),
  );
  return results;
}

function exactly(name: string): RegExp {
  return new RegExp(`^${name.replace(/[^\w\s]/g, '\\$&')}$`);
}
