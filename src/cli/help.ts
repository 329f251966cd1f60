// Help texts, made from the command table and the option tables.
import type { Command } from './command.ts';
import { type Option, type OptionTable, universalOptions } from './options.ts';

/** Columns of a help text; the width that every terminal has. */
const width = 80;

interface Row {
  readonly about: string;
}

/** The list of the commands; of those that begin with `group` where that is not empty. */
export function commandList(table: ReadonlyMap<string, Row>, group: string): string {
  const listed = [...table].filter(([name]) => group === '' || name.startsWith(`${group} `));
  const usage = `Usage: ${['e2ekey', group, 'COMMAND [OPTIONS]'].filter(Boolean).join(' ')}`;
  const rows = listed.map(([name, { about }]) => [name, about] as const);
  const options = [...argumentRows(universalOptions), ['--version', 'The version of e2ekey.'] as const];
  return `${usage}\n\nCommands:\n${columns(rows)}\n\nOptions:\n${columns(options)}`;
}

export function commandHelp(name: string, command: Command): string {
  const options = Object.entries(command.options);
  const operands = options.flatMap(([, option]) =>
    option.type === 'operand' ? [operand(option.placeholder, option)] : [],
  );
  const required = options.flatMap(([long, option]) =>
    'required' in option && option.required === true ? [signature(long, option)] : [],
  );
  const usage = `Usage: ${['e2ekey', name, ...operands, ...required, '[OPTIONS]'].join(' ')}`;
  const rows = argumentRows({ ...command.options, ...universalOptions });
  return `${usage}\n\n${wrap(command.description, width).join('\n')}\n\nArguments:\n${columns(rows)}`;
}

function argumentRows(table: OptionTable): (readonly [signature: string, about: string])[] {
  return Object.entries(table).map(
    ([long, option]) => [signature(long, option), description(option)] as const,
  );
}

function signature(long: string, option: Option): string {
  if (option.type === 'flag') return `--${long}`;
  return option.type === 'operand' ? option.placeholder : `--${long} ${option.placeholder}`;
}

function description(option: Option): string {
  const choices = option.type === 'text' && option.oneOf !== undefined ? `${option.oneOf.join(' | ')}. ` : '';
  return `${choices}${option.about}${'repeatable' in option && option.repeatable === true ? ' May be repeated.' : ''}`;
}

/** Two columns; a first cell that is too wide stands on a line of its own. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const indent = 2 + Math.min(28, Math.max(...rows.map(([first]) => first.length)) + 2);
  return rows
    .map(([first, second]) => {
      const lines = wrap(second, width - indent);
      const head = `  ${first}`;
      const fits = head.length + 2 <= indent;
      const [line, ...rest] = fits ? lines : ['', ...lines];
      return [
        `${fits ? head.padEnd(indent) : head}${line}`,
        ...rest.map(text => ' '.repeat(indent) + text),
      ].join('\n');
    })
    .join('\n');
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

function operand(
  placeholder: string,
  { repeatable, optional }: { repeatable?: true; optional?: true },
): string {
  const word = repeatable === true ? `${placeholder}…` : placeholder;
  return optional === true ? `[${word}]` : word;
}
