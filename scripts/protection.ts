// Two end-points in processes of their own protect what they say through a CSE that records and changes it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { universalOptions } from '../src/cli/options.ts';
import { refuse } from '../src/errors.ts';
import { document, withFigures } from '../test/protection/far/report.ts';
import { type Plan, run } from '../test/protection/far/run.ts';
import { dataWayNames, wayNames } from '../test/protection/far/ways.ts';
import { runScript } from './options.ts';

const defaultExchanges = 1000;

await runScript(
  {
    file: 'protection.ts',
    about: `Lets two end-points, each in a process of its own, make a key over containers of a CSE, and send ESPrim requests and
protected contents over every way. What the CSE handled is searched for what was said, and every byte of it changed in
turn. ${defaultExchanges} of each take about ten minutes.`,
    options: {
      exchanges: {
        type: 'integer',
        least: 1,
        most: 100_000,
        placeholder: 'N',
        about: `Exchanges, and contents, of each way; default ${defaultExchanges}.`,
      },
      changes: {
        type: 'integer',
        least: 1,
        most: 1000,
        placeholder: 'N',
        about: 'Changed bytes of each kind, drawn; every byte in turn without.',
      },
      seed: { type: 'text', placeholder: 'S', about: 'Of what is said and changed; default 1.' },
      only: {
        type: 'text',
        placeholder: 'NAME',
        repeatable: true,
        about: `The ways whose name begins so: ${[...wayNames, ...dataWayNames].join(', ')}.`,
      },
      write: { type: 'flag', about: `Puts the figures of all ways into ${document} if nothing was found.` },
      json: universalOptions.json,
    },
    choose: ({ exchanges, changes, seed, only, write, json }) => {
      if (write && only.length > 0) refuse('OPTION_INVALID', '--write: the figures are of every way');
      const isMeant = (name: string) => only.length === 0 || only.some(start => name.startsWith(start));
      for (const start of only)
        if (start === '' || ![...wayNames, ...dataWayNames].some(name => name.startsWith(start)))
          refuse(
            'OPTION_INVALID',
            `--only: no way begins with ${JSON.stringify(start)}; there are ${[...wayNames, ...dataWayNames].join(', ')}`,
          );
      const plan: Plan = {
        seed: seed ?? '1',
        ways: wayNames.filter(isMeant),
        dataWays: dataWayNames.filter(isMeant),
        exchanges: exchanges ?? defaultExchanges,
        atOnce: 20,
        changes: changes ?? 'every',
        patience: 1_500,
      };
      return { plan, write, json };
    },
    exitCodes: { 0: 'nothing was found', 1: 'there are findings' },
    example: '--only containers --exchanges 50 --changes 20',
  },
  main,
);

interface Chosen {
  readonly plan: Plan;
  readonly write: boolean;
  readonly json: boolean;
}

async function main({ plan, write, json }: Chosen): Promise<number> {
  const result = await run(plan, line => console.error(line));
  if (json) console.log(JSON.stringify({ seed: plan.seed, ...result }));
  else {
    for (const finding of result.findings) console.log(finding);
    console.log(`${result.findings.length} findings`);
  }
  if (result.findings.length > 0) return 1;
  if (write) {
    const file = join(import.meta.dirname, '..', document);
    writeFileSync(file, withFigures(readFileSync(file, 'utf8'), plan, result));
  }
  return 0;
}
