// Runs every misbehaviour of the misbehaving peer against the TLS stacks on this machine.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { universalOptions } from '../src/cli/options.ts';
import { refuse } from '../src/errors.ts';
import type { ForeignPeer } from '../src/interop/foreign-peer.ts';
import { makeMatrixLab } from '../src/interop/matrix-lab.ts';
import { gnutls } from '../src/interop/peers/gnutls.ts';
import { openssl } from '../src/interop/peers/openssl.ts';
import type { Misbehaviour } from '../src/testing/misbehaving/misbehaviour.ts';
import { misbehaviours } from '../src/testing/misbehaving/misbehaviours.ts';
import { explanations, ourAnswer } from '../test/misbehaviours/explanations.ts';
import { type Row, report, unexplained, unused } from '../test/misbehaviours/report.ts';
import { type Answer, run } from '../test/misbehaviours/run.ts';
import { runScript } from './options.ts';

const allStacks = [openssl, gnutls];
/** Two at a time: a foreign stack is a process of its own, and small machines have two cores. */
const runsAtOnce = 2;
const rowsBetweenLines = 20;
const stackNames = allStacks.map(({ name }) => name).join(' and ');
const file = join(import.meta.dirname, '..', 'docs', 'interop.md');
const [begin, end] = ['<!-- begin: scripts/evidence misbehaviours -->', '<!-- end -->'];

await runScript(
  {
    file: 'misbehaviours.ts',
    about: `Runs every misbehaviour of the misbehaving peer against the TLS stacks on this machine. Some minutes for all
${misbehaviours.length} and both stacks.`,
    options: {
      stacks: {
        type: 'list',
        placeholder: 'NAME,…',
        about: `These stacks alone: ${stackNames}; default all.`,
      },
      only: {
        type: 'text',
        placeholder: 'TEXT',
        about: 'Those with the text in their name or rule, and shows what the stacks wrote.',
      },
      write: { type: 'flag', about: 'Puts the tables into docs/interop.md.' },
      json: universalOptions.json,
    },
    choose: ({ stacks: names, only, ...rest }) => {
      const unknown = names?.find(wanted => !allStacks.some(({ name }) => name === wanted));
      if (unknown !== undefined)
        refuse(
          'OPTION_INVALID',
          `--stacks: there is no stack ${JSON.stringify(unknown)}, only ${stackNames}`,
        );
      const stacks = allStacks.filter(({ name }) => names?.includes(name) ?? true);
      const chosen = misbehaviours.filter(({ name, rule }) => `${name}\n${rule}`.includes(only ?? ''));
      if (chosen.length === 0)
        refuse(
          'OPTION_INVALID',
          `--only: no misbehaviour has ${JSON.stringify(only)} in its name or rule; docs/interop.md shows what there is`,
        );
      const all = chosen.length === misbehaviours.length && stacks.length === allStacks.length;
      if (rest.write && !all)
        refuse('OPTION_INVALID', '--write: the tables are of every misbehaviour and every stack');
      return { stacks, chosen, all, shows: only !== undefined, ...rest };
    },
    exitCodes: {
      0: 'every difference from our own answer is explained, and every explanation needed',
      1: 'not so',
      2: 'wrong options, or a stack that is not there',
    },
    example: "--stacks OpenSSL --only 'Finished twice'",
  },
  main,
);

interface Chosen {
  readonly stacks: readonly ForeignPeer[];
  readonly chosen: readonly Misbehaviour[];
  /** Every misbehaviour and every stack. */
  readonly all: boolean;
  /** What the stacks wrote. */
  readonly shows: boolean;
  readonly write: boolean;
  readonly json: boolean;
}

async function main({ stacks, chosen, all, shows, write, json }: Chosen): Promise<number> {
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
  process.once('exit', () => lab.close());
  const rows: Row[] = [];
  const left = [...chosen];
  const work = async () => {
    for (let misbehaviour = left.shift(); misbehaviour !== undefined; misbehaviour = left.shift()) {
      const answers = new Map<string, Answer>();
      for (const stack of stacks) answers.set(stack.name, await run(stack, misbehaviour, lab));
      rows.push({ misbehaviour, answers });
      if (shows) console.error(misbehaviour.name, answers);
      if (rows.length % rowsBetweenLines === 0)
        console.error(`${rows.length} of ${chosen.length} misbehaviours`);
    }
  };
  await Promise.all(Array.from({ length: runsAtOnce }, work));
  rows.sort((a, b) => chosen.indexOf(a.misbehaviour) - chosen.indexOf(b.misbehaviour));
  const problems = [
    ...unexplained(rows),
    ...(all
      ? unused(explanations, rows).map(({ stacks, of, says }) => `explains nothing: ${stacks} ${of} ${says}`)
      : []),
  ];
  for (const problem of problems) console.error(problem);
  console.error(`${rows.length} misbehaviours: ${problems.length} problems`);
  if (json) console.log(JSON.stringify(documentOf(rows, versions, problems)));
  const text = report(rows, versions);
  if (write && problems.length === 0) put(text);
  else if (!json) console.log(text);
  return problems.length === 0 ? 0 : 1;
}

function documentOf(
  rows: readonly Row[],
  versions: ReadonlyMap<string, string>,
  problems: readonly string[],
): object {
  return {
    stacks: Object.fromEntries(versions),
    misbehaviours: rows.map(({ misbehaviour, answers }) => ({
      name: misbehaviour.name,
      rule: misbehaviour.rule,
      message: misbehaviour.message,
      ours: ourAnswer(misbehaviour),
      answers: Object.fromEntries([...answers].map(([stack, { says }]) => [stack, says])),
    })),
    problems,
  };
}

function put(text: string): void {
  const document = readFileSync(file, 'utf8');
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`${file} has no place for the tables`);
  writeFileSync(file, `${document.slice(0, from)}${begin}\n\n${text}\n\n${document.slice(to)}`);
}
