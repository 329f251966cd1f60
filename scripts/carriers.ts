// Runs procedures over every carrier and a bad network, and judges what they come to.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { universalOptions } from '../src/cli/options.ts';
import { refuse } from '../src/errors.ts';
import { describeFinding, document, resultDocument, withFigures } from '../test/carriers/report.ts';
import { type Result, run } from '../test/carriers/run.ts';
import { type Way, wayNames } from '../test/carriers/ways.ts';
import { runScript } from './options.ts';

const defaultProcedures = 10_000;

const timeBetweenLines = 5_000;

await runScript(
  {
    file: 'carriers.ts',
    about: `Runs E2EKey procedures over every carrier and a bad network, which loses, repeats, reorders and delays, and judges what
they come to at both ends. Their waiting takes no time; ${defaultProcedures} of each of the ${wayNames.length} ways take about twelve minutes.`,
    options: {
      procedures: {
        type: 'integer',
        least: 1,
        most: 1_000_000,
        placeholder: 'N',
        about: `Of each way; default ${defaultProcedures}.`,
      },
      seed: {
        type: 'text',
        placeholder: 'S',
        about: 'The same course of events for the same seed; default 1.',
      },
      only: {
        type: 'text',
        placeholder: 'NAME',
        repeatable: true,
        about: `The ways whose name begins so: ${wayNames.join(', ')}.`,
      },
      write: {
        type: 'flag',
        about: `Puts the figures of all ways into ${document} if nothing was found.`,
      },
      json: universalOptions.json,
    },
    choose: ({ procedures, seed, only, write, json }) => {
      if (write && only.length > 0) refuse('OPTION_INVALID', '--write: the figures are of every way');
      for (const start of only)
        if (start === '' || !wayNames.some(name => name.startsWith(start)))
          refuse(
            'OPTION_INVALID',
            `--only: no way begins with ${JSON.stringify(start)}; there are ${wayNames.join(', ')}`,
          );
      const chosen = wayNames.filter(name => only.length === 0 || only.some(start => name.startsWith(start)));
      return {
        ways: chosen,
        procedures: procedures ?? defaultProcedures,
        seed: seed ?? '1',
        write,
        json,
      };
    },
    exitCodes: { 0: 'nothing was found', 1: 'there are findings' },
    example: '--only containers --procedures 500 --seed 2',
  },
  main,
);

interface Chosen {
  readonly ways: readonly Way[];
  readonly procedures: number;
  readonly seed: string;
  readonly write: boolean;
  readonly json: boolean;
}

async function main({ ways, procedures, seed, write, json }: Chosen): Promise<number> {
  const results: Result[] = [];
  for (const way of ways) results.push(await runWay(way, procedures, seed));
  const findings = results.flatMap(({ way, findings }) =>
    findings.map(finding => describeFinding(way, seed, finding)),
  );
  if (json) console.log(JSON.stringify(resultDocument(seed, results)));
  else {
    for (const finding of findings) console.log(finding);
    console.log(`${procedures * ways.length} procedures, ${findings.length} findings`);
  }
  if (findings.length > 0) return 1;
  if (write) {
    const file = join(import.meta.dirname, '..', document);
    writeFileSync(file, withFigures(readFileSync(file, 'utf8'), seed, results));
  }
  return 0;
}

async function runWay(way: Way, procedures: number, seed: string): Promise<Result> {
  const started = performance.now();
  let lastLine = started;
  const result = await run({ way, procedures, seed }, done => {
    if (performance.now() - lastLine < timeBetweenLines) return;
    lastLine = performance.now();
    console.error(`${way}: ${done} of ${procedures} procedures`);
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  console.error(
    `${way}: ${result.keys} keys of ${procedures} procedures, ${result.findings.length} findings (${seconds} s)`,
  );
  return result;
}
