// The command line of a script: one table gives the reading, the usage and the sentence about what is wrong. Options
// are those of the product's own commands (src/cli/options.ts). Knows no script.

import { type OptionTable, parseOptions, universalOptions, type Values } from '../src/cli/options.ts';
import { E2EKeyError } from '../src/errors.ts';

export interface Script<T extends OptionTable, Chosen> {
  /** In this folder. */
  readonly file: string;
  /** What it does and about how long that takes, in lines of 120 characters at most. */
  readonly about: string;
  readonly options: T;
  /**
   * What the options mean together.
   *
   * @throws E2EKeyError OPTION_INVALID naming the option.
   */
  readonly choose: (values: Values<T>) => Chosen;
  /** What exit codes say; 2 stands for a wrong command line in every script. */
  readonly exitCodes: Readonly<Record<0, string> & Partial<Record<1 | 2, string>>>;
  /** Words behind `node scripts/FILE`. */
  readonly example: string;
}

/**
 * Runs a script with what is on its command line, and sets the exit code: that of `main`, 0 behind `--help`, 2 behind
 * a wrong option or word. SIGINT and SIGTERM end the process by `exit`, for whoever has something to tidy up then.
 */
export async function runScript<const T extends OptionTable, Chosen>(
  script: Script<T, Chosen>,
  main: (chosen: Chosen) => number | Promise<number>,
): Promise<void> {
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.once(signal, () => process.exit(128 + number));
  const read = readCommandLine(script, process.argv.slice(2));
  if ('chosen' in read) process.exitCode = await main(read.chosen);
  else if ('help' in read) console.log(read.help);
  else {
    console.error(read.wrong);
    process.exitCode = 2;
  }
}

/** What is to be done, the usage where that was asked for, or what is wrong and what there is. */
export function readCommandLine<const T extends OptionTable, Chosen>(
  script: Script<T, Chosen>,
  argv: readonly string[],
): { readonly chosen: Chosen } | { readonly help: string } | { readonly wrong: string } {
  if (argv.includes('--help') || argv.includes('-h')) return { help: usage(script) };
  try {
    return { chosen: script.choose(parseOptions(script.options, argv)) };
  } catch (error) {
    if (!(error instanceof E2EKeyError) || error.code !== 'OPTION_INVALID') throw error;
    return { wrong: `${error.message}\nusage: ${synopsis(script)}` };
  }
}

function usage<T extends OptionTable, Chosen>(script: Script<T, Chosen>): string {
  const { file, about, options, exitCodes, example } = script;
  const rows = Object.entries({ ...options, help: universalOptions.help }).map(
    ([name, option]) => [signature(name, option), option.about] as const,
  );
  const width = Math.max(...rows.map(([first]) => first.length));
  const codes = Object.entries({ 2: 'wrong options', ...exitCodes });
  return [
    `usage: ${synopsis(script)}`,
    '',
    about,
    '',
    'options:',
    ...rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`),
    '',
    'exit codes:',
    ...codes.map(([code, says]) => `  ${code}  ${says}`),
    '',
    `example: ${`node scripts/${file} ${example}`.trimEnd()}`,
  ].join('\n');
}

function synopsis<T extends OptionTable, Chosen>({ file, options }: Script<T, Chosen>): string {
  const words = Object.entries({ ...options, help: universalOptions.help }).map(([name, option]) => {
    const optional = option.type === 'operand' ? 'optional' in option : !('required' in option);
    const word = `${signature(name, option)}${'repeatable' in option ? '…' : ''}`;
    return optional ? `[${word}]` : word;
  });
  return [`node scripts/${file}`, ...words].join(' ');
}

function signature(name: string, option: OptionTable[string]): string {
  if (option.type === 'operand') return option.placeholder;
  return option.type === 'flag' ? `--${name}` : `--${name} ${option.placeholder}`;
}
