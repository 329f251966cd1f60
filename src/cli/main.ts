// The command line: finds the command, parses by its table, runs it, and turns what it throws into the report and
// the exit code. Knows no command; the table is in commands.ts.
import { readFileSync } from 'node:fs';
import { refuse } from '../errors.ts';
import type { Command, ExitCode } from './command.ts';
import { commands } from './commands.ts';
import { exitCodes, failureDocument, foreseen } from './failure.ts';
import { commandHelp, commandList } from './help.ts';
import { nearest } from './nearest.ts';
import { parseOptions, universalOptions } from './options.ts';
import { createOutput, type Output, type Streams } from './output.ts';
import { lossOf, processStreams } from './standard-output.ts';

/** Runs one command line (without `node` and the script) and resolves with the exit code; never rejects. */
export async function main(argv: readonly string[], streams: Streams = processStreams()): Promise<ExitCode> {
  const output = createOutput(streams, optionsOf(argv).includes('--json'));
  const { name, rest } = calledCommand(argv);
  let command: Command | null = null;
  let code: ExitCode;
  try {
    command = (await commands.get(name)?.load())?.command ?? null;
    code = await run(name, command, rest, output);
  } catch (thrown) {
    code = report(thrown, name, command, output);
  }
  // What a service has answered matters more than its lines.
  if (command?.serves === true && !asksForHelp(rest)) return code;
  const loss = lossOf((await streams.stdout.failure?.()) ?? null);
  if (loss === null) return code;
  output.note(`e2ekey: ${loss}`);
  return 4;
}

async function run(
  name: string,
  command: Command | null,
  rest: readonly string[],
  output: Output,
): Promise<ExitCode> {
  if (command === null) return withoutCommand(name, rest, output);
  if (asksForHelp(rest)) return help(commandHelp(name, command), output);
  return command.run(parseOptions({ ...command.options, ...universalOptions }, rest), output);
}

function report(thrown: unknown, name: string, command: Command | null, output: Output): ExitCode {
  const error = foreseen(thrown);
  if (output.json) output.result(failureDocument(error, command?.role ?? null, null), '');
  const pointer =
    error.blame === 'caller' ? ` (see ${['e2ekey', name, '--help'].filter(Boolean).join(' ')})` : '';
  output.note(`e2ekey: ${error.code}: ${error.message}${pointer}`);
  if (process.env.E2EKEY_DEBUG === '1') output.note(stackOf(error));
  return exitCodes[error.blame];
}

/** What stands before `--`: after it, everything is an operand. */
function optionsOf(argv: readonly string[]): readonly string[] {
  const separator = argv.indexOf('--');
  return separator === -1 ? argv : argv.slice(0, separator);
}

/** The name is that of a command, of a group whose command is not known, or empty. */
function calledCommand(argv: readonly string[]): { name: string; rest: readonly string[] } {
  const words = argv[0] === '--json' ? argv.slice(1) : argv;
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(' ');
    if (commands.has(name) || groups.has(name)) return { name, rest: words.slice(count) };
  }
  return { name: '', rest: words };
}

const groups: ReadonlySet<string> = new Set(
  [...commands.keys()].flatMap(name => (name.includes(' ') ? name.split(' ', 1) : [])),
);

function withoutCommand(group: string, rest: readonly string[], output: Output): ExitCode {
  const [word] = rest;
  if (word !== undefined && !word.startsWith('-')) unknownCommand([group, word].filter(Boolean).join(' '));
  if (asksForHelp(rest)) return help(commandList(commands, group), output);
  const { version } = parseOptions({ ...universalOptions, version: { type: 'flag', about: '' } }, rest);
  if (!version) refuse('OPTION_INVALID', 'no command is given');
  const number = packageVersion();
  output.result({ version: number }, number);
  return 0;
}

function unknownCommand(name: string): never {
  const meant = nearest(name, [...commands.keys(), ...groups]);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  return refuse('OPTION_INVALID', `unknown command ${JSON.stringify(name)}${hint}`);
}

function asksForHelp(rest: readonly string[]): boolean {
  return optionsOf(rest).some(word => word === '--help' || word === '-h');
}

function help(text: string, output: Output): ExitCode {
  output.result({ help: text }, text);
  return 0;
}

/** package.json stands two folders up, from src/cli as well as from dist/cli. */
function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function stackOf(error: Error): string {
  const origin = error.cause instanceof Error ? error.cause : error;
  return origin.stack ?? origin.message;
}
