// Compares our path validation with OpenSSL's, with what node:crypto has and with pkijs, over generated chains.
//
// node scripts/differential.ts [--chains N] [--write]
//
// E2EKEY_SEED draws other chains. --write puts the tables into docs/path-validation-differential.md; it wants 10,000
// chains at least, and every rule broken 50 times.
//
// Exit code 0 if our verdict was the truth each time and every disagreement of another judge is explained; 1 if not; 2
// for wrong options, and without OpenSSL.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openssl } from '../src/interop/peers/openssl.ts';
import type { Comparison } from '../test/differential/comparison.ts';
import { nodeJudge } from '../test/differential/judges/node-crypto.ts';
import { opensslJudge } from '../test/differential/judges/openssl.ts';
import { pkijsJudge } from '../test/differential/judges/pkijs.ts';
import { report } from '../test/differential/report.ts';
import { compare } from '../test/differential/run.ts';

const file = join(import.meta.dirname, '..', 'docs', 'path-validation-differential.md');
/** The rules take turns, so that this is enough for `leastBroken` of each. */
const defaultChains = 12_000;
const leastChains = 10_000;
const leastBroken = 50;
const chainsBetweenLines = 500;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string') {
    console.error(options);
    return 2;
  }
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

function readOptions(): { chains: number; seed: number; write: boolean } | string {
  try {
    const { values } = parseArgs({
      options: {
        chains: { type: 'string', default: String(defaultChains) },
        write: { type: 'boolean', default: false },
      },
    });
    const { E2EKEY_SEED: seed = '5280' } = process.env;
    if (!/^[1-9]\d*$/.test(values.chains)) return `--chains ${values.chains}: no positive whole number`;
    if (!/^\d+$/.test(seed)) return `E2EKEY_SEED ${seed}: no whole number`;
    return { chains: Number(values.chains), seed: Number(seed), write: values.write };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
