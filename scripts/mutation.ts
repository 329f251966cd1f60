// Takes each security check out of the sources in turn and demands that the test that holds it fails. Works on
// copies; the project itself is only read, and with --write its docs/threat-model.md is written.
//
// node scripts/mutation.ts [--only NAME…] [--sample N [--seed S]] [--write]
//
// Runs all of them, those named, or N that the seed draws. --write renews the table if what was run holds.
//
// Exit code 0 if every check was caught missing by its test, 1 if not, 2 for wrong options.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { parseArgs } from 'node:util';
import { type Mutation, mutate, sample } from '../test/mutation/mutation.ts';
import { mutations } from '../test/mutation/mutations.ts';
import { emptyThreatModel, threatModel, withThreatTable } from '../test/mutation/threat-table.ts';

/** Two runs at a time: each is a process of its own, and small machines have two cores. */
const runsAtOnce = 2;
/** The slowest test file takes some seconds; a mutated one that takes this long does not end. */
const deadline = 60_000;

/** Tests that were run alone, without any mutation: do they pass? */
const alone = new Map<string, Promise<boolean>>();

const project = join(import.meta.dirname, '..');
const copied = ['src', 'test', 'certs', 'bin', 'scripts', 'package.json', 'tsconfig.json'];

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string') {
    console.error(options);
    return 2;
  }
  const { chosen, write } = options;
  const trees = Array.from({ length: runsAtOnce }, makeTree);
  try {
    if (!(await hold(chosen, trees))) return 1;
  } finally {
    for (const tree of trees) rmSync(tree, { recursive: true, force: true });
  }
  if (write) writeTable();
  return 0;
}

function writeTable(): void {
  const file = join(project, threatModel);
  const document = existsSync(file) ? readFileSync(file, 'utf8') : emptyThreatModel;
  writeFileSync(file, withThreatTable(document, mutations));
}

/** What is to be run, or what is wrong with the options. */
function readOptions(): { chosen: readonly Mutation[]; write: boolean } | string {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { only = [], sample: count, seed, write } = parsed.values;
  const names = [...only, ...parsed.positionals];
  const unknown = names.find(wanted => !mutations.some(({ name }) => name === wanted));
  if (unknown !== undefined) return `--only ${unknown}: there is no such mutation`;
  if (count !== undefined && !/^[1-9]\d*$/.test(count)) return `--sample ${count}: no positive whole number`;
  const among = names.length === 0 ? mutations : mutations.filter(({ name }) => names.includes(name));
  return { chosen: count === undefined ? among : sample(among, Number(count), seed), write };
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
    },
  });
}

function makeTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'e2ekey-mutation-'));
  for (const part of copied) cpSync(join(project, part), join(tree, part), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

async function hold(chosen: readonly Mutation[], trees: readonly string[]): Promise<boolean> {
  const started = Date.now();
  const files = [...new Set(chosen.map(({ test }) => test))];
  const results = await inTurns(files, trees, async (tree, file) => {
    console.error(`unmutated ${file}`);
    return [file, await runTests(tree, file)] as const;
  });
  const unmutated = new Map(results);
  let done = 0;
  const verdicts = await inTurns(chosen, trees, async (tree, mutation) => {
    const problem =
      problemUnmutated(mutation, unmutated.get(mutation.test)) ?? (await problemMutated(tree, mutation));
    const verdict = `${mutation.name} (${mutation.file}): ${problem ?? 'caught'}`;
    console.error(`${++done}/${chosen.length} ${verdict}`);
    return problem === null ? [] : [verdict];
  });
  const problems = verdicts.flat();
  for (const problem of problems) console.log(problem);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(
    `${chosen.length} security checks removed in turn, ${chosen.length - problems.length} caught by the test that holds them, ${problems.length} not (${seconds} s)`,
  );
  return problems.length === 0;
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
    const { failed, ended } = await runTests(tree, test, caughtBy);
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
  const known = alone.get(key) ?? runTests(tree, test, name).then(({ passed }) => passed.includes(name));
  alone.set(key, known);
  return known;
}

interface Results {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** False when the run was killed at its deadline. */
  readonly ended: boolean;
}

/** Runs a test file in its own process, or one test of it. */
async function runTests(tree: string, file: string, only?: string): Promise<Results> {
  const signal = AbortSignal.timeout(deadline);
  const passed: string[] = [];
  const failed: string[] = [];
  const events = run({
    files: [join(tree, file)],
    cwd: tree,
    signal,
    ...(only !== undefined && { testNamePatterns: [exactly(only)] }),
  });
  events.on(
    'test:pass',
    ({ name, nesting, skip }) => nesting === 0 && skip === undefined && passed.push(name),
  );
  events.on('test:fail', ({ name, nesting }) => nesting === 0 && failed.push(name));
  for await (const _ of events);
  return { passed, failed, ended: !signal.aborted };
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
