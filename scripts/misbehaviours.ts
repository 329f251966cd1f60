// Runs every misbehaviour of the misbehaving peer against the TLS stacks on this machine.
//
// node scripts/misbehaviours.ts [--stacks NAME,…] [--only TEXT] [--write]
//
// --only runs those whose name or rule has the text in it, and shows what the stacks wrote. --write puts the tables into
// docs/interop.md.
//
// Exit code 0 if every difference from our own answer is explained, and every explanation needed; 1 if not; 2 for wrong
// options, and for a stack that is not there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeMatrixLab } from '../src/interop/matrix-lab.ts';
import { gnutls } from '../src/interop/peers/gnutls.ts';
import { openssl } from '../src/interop/peers/openssl.ts';
import { misbehaviours } from '../src/testing/misbehaving/misbehaviours.ts';
import { explanations } from '../test/misbehaviours/explanations.ts';
import { type Row, report, unexplained, unused } from '../test/misbehaviours/report.ts';
import { type Answer, run } from '../test/misbehaviours/run.ts';

const allStacks = [openssl, gnutls];
/** Two at a time: a foreign stack is a process of its own, and small machines have two cores. */
const runsAtOnce = 2;
const file = join(import.meta.dirname, '..', 'docs', 'interop.md');
const [begin, end] = ['<!-- begin: scripts/evidence misbehaviours -->', '<!-- end -->'];

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string') {
    console.error(options);
    return 2;
  }
  const { stacks, only, write } = options;
  const versions = new Map<string, string>();
  for (const stack of stacks) {
    const version = await stack.version();
    if (version === null) {
      console.error(`${stack.name}: not on this machine`);
      return 2;
    }
    versions.set(stack.name, version);
  }
  const lab = await makeMatrixLab();
  const chosen = misbehaviours.filter(({ name, rule }) => `${name}\n${rule}`.includes(only ?? ''));
  const rows: Row[] = [];
  const left = [...chosen];
  const work = async () => {
    for (let misbehaviour = left.shift(); misbehaviour !== undefined; misbehaviour = left.shift()) {
      const answers = new Map<string, Answer>();
      for (const stack of stacks) answers.set(stack.name, await run(stack, misbehaviour, lab));
      rows.push({ misbehaviour, answers });
      if (only !== null) console.error(misbehaviour.name, answers);
    }
  };
  try {
    await Promise.all(Array.from({ length: runsAtOnce }, work));
  } finally {
    lab.close();
  }
  rows.sort((a, b) => chosen.indexOf(a.misbehaviour) - chosen.indexOf(b.misbehaviour));
  const problems = [
    ...unexplained(rows),
    ...(only === null && stacks.length === allStacks.length
      ? unused(explanations, rows).map(({ stacks, of, says }) => `explains nothing: ${stacks} ${of} ${says}`)
      : []),
  ];
  for (const problem of problems) console.error(problem);
  console.error(`${rows.length} misbehaviours: ${problems.length} problems`);
  const text = report(rows, versions);
  if (write && problems.length === 0) put(text);
  else console.log(text);
  return problems.length === 0 ? 0 : 1;
}

function put(text: string): void {
  const document = readFileSync(file, 'utf8');
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`${file} has no place for the tables`);
  writeFileSync(file, `${document.slice(0, from)}${begin}\n\n${text}\n\n${document.slice(to)}`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        stacks: { type: 'string' },
        only: { type: 'string' },
        write: { type: 'boolean', default: false },
      },
    });
    const names = values.stacks?.split(',') ?? allStacks.map(({ name }) => name);
    const stacks = allStacks.filter(({ name }) => names.includes(name));
    if (stacks.length !== names.length)
      return `--stacks: ${names} is not of ${allStacks.map(({ name }) => name)}`;
    const only = values.only ?? null;
    if (values.write && (only !== null || stacks.length !== allStacks.length))
      return '--write: the tables are of every misbehaviour and every stack';
    return { stacks, only, write: values.write };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
