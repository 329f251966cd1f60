// What a command takes on its command line, declared as data: from one table come the parsing, the types of the
// values and the help text (help.ts). Knows no command and opens no file.
import { parseArgs } from 'node:util';
import { refuse } from '../errors.ts';
import { nearest } from './nearest.ts';

interface Described {
  /** One or two sentences for the help text; says the default where there is one. */
  readonly about: string;
}

interface Valued extends Described {
  /** What the value is called in the help text, in capitals. */
  readonly placeholder: string;
  readonly required?: true;
  /** May be given more than once; the values come as an array in the order given. */
  readonly repeatable?: true;
}

export type Option =
  /**
   * A word without `--`; operands stand in the order of the table. Only the last may repeat, and only one that
   * repeats may be optional.
   */
  | (Described & {
      readonly type: 'operand';
      readonly placeholder: string;
      readonly repeatable?: true;
      readonly optional?: true;
    })
  | (Described & { readonly type: 'flag' })
  | (Valued & { readonly type: 'text'; readonly oneOf?: readonly string[] })
  /** Names separated by commas. */
  | (Valued & { readonly type: 'list' })
  /** An ISO 8601 date (midnight UTC) or date and time with its offset. */
  | (Valued & { readonly type: 'time' })
  /** A decimal number; both bounds belong to the range. */
  | (Valued & { readonly type: 'integer'; readonly least: number; readonly most: number });

/** Options by their long names, without `--`; operands by the name under which the command gets them. */
export type OptionTable = Readonly<Record<string, Option>>;

/** What every command takes. */
export const universalOptions = {
  json: { type: 'flag', about: 'One JSON document on standard output.' },
  help: { type: 'flag', about: 'This text.' },
} as const satisfies OptionTable;

type Single<O extends Option> = O extends { type: 'flag' }
  ? boolean
  : O extends { oneOf: readonly (infer Choice)[] }
    ? Choice
    : O extends { type: 'list' }
      ? string[]
      : O extends { type: 'time' }
        ? Date
        : O extends { type: 'integer' }
          ? number
          : string;

type Value<O extends Option> = O extends { repeatable: true }
  ? Single<O>[]
  : O extends { type: 'flag' | 'operand' } | { required: true }
    ? Single<O>
    : Single<O> | undefined;

/** What a command gets: a flag as boolean, a repeatable option as array, any other as its value or undefined. */
export type Values<T extends OptionTable> = { readonly [Name in keyof T]: Value<T[Name]> };

/**
 * Reads the arguments of one command by its table.
 *
 * @throws E2EKeyError OPTION_INVALID naming the option or operand: unknown, without value, twice, missing, out of
 * range.
 */
export function parseOptions<T extends OptionTable>(table: T, argv: readonly string[]): Values<T> {
  const values = new Map<string, unknown[]>(Object.keys(table).map(name => [name, []]));
  const operands: string[] = [];
  for (const token of tokens(table, argv)) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (option === undefined || option.type === 'operand') return unknownOption(table, token.rawName);
    const given = values.get(token.name) ?? [];
    if (given.length > 0 && !isRepeatable(option))
      refuse('OPTION_INVALID', `${token.rawName} is given twice`);
    given.push(option.type === 'flag' ? flag(token) : convert(token.rawName, option, givenValue(token)));
  }
  takeOperands(table, operands, values);
  return Object.fromEntries(
    Object.entries(table).map(([name, option]) => [name, finish(name, option, values.get(name) ?? [])]),
  ) as Values<T>;
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function tokens(table: OptionTable, argv: readonly string[]) {
  const named = Object.entries(table).filter(([, option]) => option.type !== 'operand');
  const options = Object.fromEntries(
    named.map(([name, option]) => [
      name,
      { type: option.type === 'flag' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function isRepeatable(option: Option): boolean {
  return 'repeatable' in option && option.repeatable === true;
}

function unknownOption(table: OptionTable, rawName: string): never {
  const names = Object.entries(table).flatMap(([name, option]) =>
    option.type === 'operand' ? [] : [`--${name}`],
  );
  const meant = nearest(rawName, names);
  return refuse(
    'OPTION_INVALID',
    `unknown option ${rawName}${meant === null ? '' : `; did you mean ${meant}?`}`,
  );
}

function flag(token: OptionToken): true {
  if (token.value !== undefined) refuse('OPTION_INVALID', `${token.rawName} takes no value`);
  return true;
}

function givenValue(token: OptionToken): string {
  const { rawName, value, inlineValue } = token;
  if (value === undefined || value === '') return refuse('OPTION_INVALID', `${rawName} needs a value`);
  // `--out --json` is a forgotten value more often than a file of that name.
  if (inlineValue === false && value.startsWith('-') && value !== '-')
    refuse('OPTION_INVALID', `${rawName} needs a value (one that begins with - is written ${rawName}=VALUE)`);
  return value;
}

function convert(
  rawName: string,
  option: Exclude<Option, { type: 'operand' | 'flag' }>,
  text: string,
): unknown {
  switch (option.type) {
    case 'text':
      if (option.oneOf !== undefined && !option.oneOf.includes(text))
        refuse(
          'OPTION_INVALID',
          `${rawName} must be ${option.oneOf.join(' or ')}, not ${JSON.stringify(text)}`,
        );
      return text;
    case 'list': {
      const names = text.split(',').map(name => name.trim());
      if (names.includes('')) refuse('OPTION_INVALID', `${rawName} has an empty name in its list`);
      return names;
    }
    case 'time':
      return time(rawName, text);
    case 'integer': {
      const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      if (!(number >= option.least && number <= option.most))
        refuse('OPTION_INVALID', `${rawName} must be a whole number from ${option.least} to ${option.most}`);
      return number;
    }
  }
}

const isoTime = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Without an offset a time would mean something else on every machine, so only a bare date goes without. */
function time(rawName: string, text: string): Date {
  const day = isoTime.exec(text)?.[1];
  // Date takes 30 February for 2 March; a day that does not come back the same does not exist.
  const exists = day !== undefined && isoDay(new Date(`${day}T00:00:00Z`)) === day;
  const date = new Date(exists ? text : Number.NaN);
  if (Number.isNaN(date.getTime()))
    refuse(
      'OPTION_INVALID',
      `${rawName} must be an ISO 8601 time such as 2030-01-31T12:00:00Z, not ${JSON.stringify(text)}`,
    );
  return date;
}

function isoDay(date: Date): string | null {
  return Number.isNaN(date.getTime()) ? null : date.toISOString().slice(0, 10);
}

function takeOperands(table: OptionTable, given: readonly string[], values: Map<string, unknown[]>): void {
  let rest = given;
  for (const [name, option] of Object.entries(table)) {
    if (option.type !== 'operand') continue;
    const count = isRepeatable(option) ? rest.length : 1;
    values.get(name)?.push(...rest.slice(0, count));
    rest = rest.slice(count);
  }
  if (rest[0] !== undefined) refuse('OPTION_INVALID', `unexpected argument ${JSON.stringify(rest[0])}`);
}

function finish(name: string, option: Option, given: readonly unknown[]): unknown {
  if (option.type === 'flag') return given.length > 0;
  const label = option.type === 'operand' ? option.placeholder : `--${name}`;
  const required = option.type === 'operand' ? option.optional !== true : option.required === true;
  if (required && (given.length === 0 || given[0] === '')) refuse('OPTION_INVALID', `${label} is missing`);
  return isRepeatable(option) ? given : given[0];
}
