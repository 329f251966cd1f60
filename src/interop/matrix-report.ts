// The interop matrix as tables for people: for each stack and kind of key exchange, suites down, credentials and groups
// across, both of our roles in each place.
import type { Role } from '../certificates/trust.ts';
import { type KeyExchange, suites } from '../crypto/suites.ts';
import type { Cell, Result } from './matrix.ts';

export interface Run {
  readonly stack: string;
  readonly version: string;
  /** Ours. */
  readonly role: Role;
  readonly cell: Cell;
  readonly result: Result;
}

/** Markdown: how many came out how, the tables, and what the marks mean. */
export function matrixReport(runs: readonly Run[]): string {
  const stacks = [...new Set(runs.map(({ stack, version }) => `${stack} ${version}`))];
  const notes = new Notes();
  const parts = stacks.flatMap(stack => {
    const ofStack = runs.filter(run => `${run.stack} ${run.version}` === stack);
    return [`## ${stack}`, ...families(ofStack).map(family => table(family, notes))];
  });
  return [summary(stacks, runs), ...parts, notes.toString()].join('\n\n');
}

const results: readonly Result['result'][] = ['agreed', 'refused', 'not supported by the peer', 'failed'];

function summary(stacks: readonly string[], runs: readonly Run[]): string {
  const rows = stacks.flatMap(stack =>
    (['initiating', 'terminating'] as const).map(role => {
      const counted = runs.filter(run => `${run.stack} ${run.version}` === stack && run.role === role);
      const counts = results.map(name => counted.filter(({ result }) => result.result === name).length);
      return `| ${stack} | ${role} | ${counts.join(' | ')} |`;
    }),
  );
  return [`| stack | our role | ${results.join(' | ')} |`, '|---|---|---|---|---|---|', ...rows].join('\n');
}

/** One table for each kind of key exchange, since they take other credentials. */
function families(runs: readonly Run[]): Run[][] {
  const kinds = [...new Set(suites.map(({ keyExchange }) => keyExchange))] satisfies KeyExchange[];
  return kinds
    .map(kind => runs.filter(({ cell }) => cell.suite.keyExchange === kind))
    .filter(family => family.length > 0);
}

function table(runs: readonly Run[], notes: Notes): string {
  const columns = [...new Set(runs.map(columnOf))];
  const rows = [...new Set(runs.map(rowOf))].map(name => {
    const places = columns.map(column => {
      const here = runs.filter(run => rowOf(run) === name && columnOf(run) === column);
      return (['initiating', 'terminating'] as const)
        .map(role => {
          const run = here.find(one => one.role === role);
          return run === undefined ? '·' : notes.mark(run.result);
        })
        .join(' ');
    });
    return `| ${name} | ${places.join(' | ')} |`;
  });
  return [`| suite | ${columns.join(' | ')} |`, `|---|${'---|'.repeat(columns.length)}`, ...rows].join('\n');
}

function columnOf({ cell: { credential, group } }: Run): string {
  return group === null ? credential : `${credential}<br>${group.name}`;
}

function rowOf({ cell: { suite, encryptThenMac } }: Run): string {
  const order = suite.protection.kind === 'cbc' ? (encryptThenMac ? ', EtM' : ', MtE') : '';
  return `${suite.name.replace('TLS_', '')}${order}`;
}

/** Marks with their reasons, each reason told once. */
class Notes {
  readonly #numbers = new Map<string, number>();

  mark(result: Result): string {
    if (result.result === 'agreed') return '✓';
    const [sign, reason] =
      result.result === 'refused'
        ? ['✗', `refused by ${result.by}: ${result.alert}`]
        : result.result === 'failed'
          ? ['!', `failed: ${result.why}`]
          : ['–', `not supported by the peer: ${result.why}`];
    const number = this.#numbers.get(reason) ?? this.#numbers.size + 1;
    this.#numbers.set(reason, number);
    return `${sign}${number}`;
  }

  toString(): string {
    const reasons = [...this.#numbers].map(([reason, number]) => `- ${number}: ${reason}`);
    return [
      '## Marks',
      'In each place our initiating role comes first and our terminating role second. ✓ agreed: both ends exported the same 48 bytes, with the suite and the group that were meant. ✗ refused, with the alert. – not supported by the peer. ! failed. · not drawn.',
      ...(reasons.length === 0 ? [] : [reasons.join('\n')]),
    ].join('\n\n');
  }
}
