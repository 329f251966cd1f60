// Compares our path validation with OpenSSL's, with what node:crypto has and with pkijs, over generated chains.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../src/errors.ts';
import { openssl } from '../src/interop/peers/openssl.ts';
import type { Comparison } from '../test/differential/comparison.ts';
import { nodeJudge } from '../test/differential/judges/node-crypto.ts';
import { opensslJudge } from '../test/differential/judges/openssl.ts';
import { pkijsJudge } from '../test/differential/judges/pkijs.ts';
import { report } from '../test/differential/report.ts';
import { compare } from '../test/differential/run.ts';
import { runScript } from './options.ts';

const file = join(import.meta.dirname, '..', 'docs', 'path-validation-differential.md');
/** The rules take turns, so that this is enough for `leastBroken` of each. */
const defaultChains = 12_000;
const leastChains = 10_000;
const leastBroken = 50;
const chainsBetweenLines = 500;

await runScript(
  {
    file: 'differential.ts',
    about: `Compares our path validation with OpenSSL's, with what node:crypto has and with pkijs, over generated chains;
E2EKEY_SEED in the environment draws others. Needs OpenSSL; some minutes for ${defaultChains} chains.`,
    options: {
      chains: {
        type: 'integer',
        least: 1,
        most: 1_000_000,
        placeholder: 'N',
        about: `How many chains; default ${defaultChains}.`,
      },
      write: {
        type: 'flag',
        about: `Puts the tables into docs/path-validation-differential.md, of ${leastChains} chains at least.`,
      },
    },
    choose: ({ chains = defaultChains, write }) => {
      const { E2EKEY_SEED: seed = '5280' } = process.env;
      if (!/^\d{1,9}$/.test(seed))
        refuse('OPTION_INVALID', `E2EKEY_SEED must be a whole number of at most nine digits, not ${seed}`);
      return { chains, write, seed: Number(seed) };
    },
    exitCodes: {
      0: 'our verdict was the truth each time, and every disagreement of another judge is explained',
      1: 'not so',
      2: 'wrong options, or no OpenSSL',
    },
    example: '--chains 200',
  },
  main,
);

interface Chosen {
  readonly chains: number;
  readonly seed: number;
  readonly write: boolean;
}

async function main(options: Chosen): Promise<number> {
  const version = await openssl.version();
  if (version === null) {
    console.error('OpenSSL: not on this machine');
    return 2;
  }
  const judges = [opensslJudge(version), nodeJudge, pkijsJudge()];
  const comparison = await compare(judges, options.seed, options.chains, showProgress);
  const problems = [...comparison.problems, ...(options.write ? shortcomings(comparison) : [])];
  for (const problem of problems) console.log(problem);
  for (const { name, broken } of comparison.rules.values()) console.log(`${broken} ${name}`);
  const { total, right, wrong } = comparison;
  console.log(`${total} chains, ${right} right and ${wrong} wrong: ${problems.length} problems`);
  if (problems.length > 0) return 1;
  if (options.write) writeFileSync(file, report(comparison, judges, options.seed));
  return 0;
}

/** What a written report may not lack. */
function shortcomings({ total, rules }: Comparison): string[] {
  return [
    ...(total < leastChains ? [`${total} chains are fewer than ${leastChains}`] : []),
    ...[...rules.values()]
      .filter(({ broken }) => broken < leastBroken)
      .map(({ name, broken }) => `“${name}” was broken ${broken} times, which is fewer than ${leastBroken}`),
  ];
}

function showProgress({ total, problems }: Comparison): void {
  if (total % chainsBetweenLines === 0) console.error(`${total} chains, ${problems.length} problems`);
}
