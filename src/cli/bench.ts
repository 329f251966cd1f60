// e2ekey bench
import { benchmarks } from '../bench/benchmarks.ts';
import { refuse } from '../errors.ts';
import type { Command } from './command.ts';

const options = {
  name: {
    type: 'operand',
    placeholder: 'NAME',
    repeatable: true,
    optional: true,
    about: `Which benchmarks; default all: ${benchmarks.map(({ name }) => name).join(', ')}.`,
  },
  rounds: {
    type: 'integer',
    least: 1,
    most: 1000,
    placeholder: 'N',
    about: 'Rounds in which the contenders take turns; default 100.',
  },
  runs: {
    type: 'integer',
    least: 1,
    most: 100_000,
    placeholder: 'N',
    about: 'Runs of each contender in a round; default 12.',
  },
} as const;

export const command: Command<typeof options> = {
  description:
    'Measures in CPU time, contenders taking turns in one run, each judged by its least disturbed round. Only the ratios mean something: how often each does the work per CPU second, compared with the first.',
  options,
  role: null,
  async run(values, output) {
    for (const name of values.name)
      if (!benchmarks.some(benchmark => benchmark.name === name))
        refuse(
          'OPTION_INVALID',
          `NAME ${name} is none of ${benchmarks.map(benchmark => benchmark.name).join(', ')}`,
        );
    const chosen = benchmarks.filter(({ name }) => values.name.length === 0 || values.name.includes(name));
    const runsPerRound = values.runs ?? 12;
    const results = [];
    for (const { name, about, run } of chosen) {
      output.note(`${name}: ${about} …`);
      const measurements = await run({ warmUp: 300, rounds: values.rounds ?? 100, runsPerRound });
      results.push({ name, about, measurements });
    }
    const text = results
      .map(({ name, measurements }) => [name, ...measurements.map(row)].join('\n'))
      .join('\n');
    output.result({ status: 'measured', node: process.version, benchmarks: results }, text);
    return 0;
  },
};

function row({
  name,
  ratio,
  cpuMicroseconds,
}: {
  name: string;
  ratio: number;
  cpuMicroseconds: number;
}): string {
  return `  ${ratio.toFixed(2).padStart(6)} ×  ${String(cpuMicroseconds).padStart(6)} µs CPU  ${name}`;
}
