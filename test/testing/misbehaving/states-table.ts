// The misbehaviours as tables of docs/protocol.md: what each state accepts, and how it answers all else.
import { type FaultCode, faultTable } from '../../../src/errors.ts';
import type { Misbehaviour } from '../../../src/testing/misbehaving/misbehaviour.ts';
import { alertName } from '../../../src/wire/alerts.ts';

export const protocol = 'docs/protocol.md';

const begin = '<!-- begin: written by E2EKEY_UPDATE_STATES=1 node --test test/docs/protocol.test.ts -->';
const end = '<!-- end -->';

/** A state is named by the message that it waits for. */
type State = Misbehaviour['message'];

/** The one thing that is legal, and who waits for it. */
const legal: Readonly<Record<State, string>> = {
  1: 'The **terminating end-point without a state** takes message 1: one ClientHello and nothing else, in the clear.',
  2: 'The **initiating end-point that waits for message 2** takes, in this order and in the clear: ServerHello, Certificate, CertificateStatus or not if ServerHello announced it, ServerKeyExchange, CertificateRequest, ServerHelloDone; with ECDHE_PSK: ServerHello, ServerKeyExchange, ServerHelloDone; with PSK: ServerHello, ServerKeyExchange or not, ServerHelloDone.',
  3: 'The **terminating end-point that waits for message 3** takes, in this order: Certificate, ClientKeyExchange, CertificateVerify; ChangeCipherSpec; Finished under the new keys. With a pre-shared key: ClientKeyExchange, ChangeCipherSpec, Finished.',
  4: 'The **initiating end-point that waits for message 4** takes ChangeCipherSpec and then Finished under the new keys.',
};

interface Section {
  readonly title: string;
  readonly states: readonly State[];
  /** Which rules stand here, by the states in which they are answered in one way. */
  readonly has: (states: readonly State[]) => boolean;
}

const sections: readonly Section[] = [
  { title: 'In every state', states: [], has: ({ length }) => length >= 3 },
  {
    title: 'From ChangeCipherSpec on: messages 3 and 4',
    states: [],
    has: ([first, second]) => first === 3 && second === 4,
  },
  ...([1, 2, 3, 4] as const).map(state => ({
    title: `Waiting for message ${state}`,
    states: [state],
    has: (states: readonly State[]) =>
      states.length <= 2 && states.join() !== '3,4' && states.includes(state),
  })),
];

/**
 * The document with the tables between their two marks.
 *
 * @throws Error when the marks are not there, once each.
 */
export function withStatesTable(document: string, misbehaviours: readonly Misbehaviour[]): string {
  const [before, inside, ...others] = document.split(begin);
  const [, after, ...rest] = inside?.split(end) ?? [];
  if (before === undefined || after === undefined || others.length + rest.length > 0)
    throw new Error(`${protocol} needs the lines ${begin} and ${end}, once each`);
  return `${before}${begin}\n${statesTable(misbehaviours)}${end}${after}`;
}

function statesTable(misbehaviours: readonly Misbehaviour[]): string {
  const lines = [
    ...Map.groupBy(misbehaviours, ({ rule, code, onStream, onem2m }) =>
      [rule, code, onStream, onem2m].join('|'),
    ).values(),
  ];
  const written = sections.flatMap(({ title, states, has }) => [
    `### ${title}`,
    '',
    ...states.flatMap(state => [legal[state], '']),
    '| what arrives | message | answer | alert | clause | tried in |',
    '|---|---|---|---|---|---|',
    ...lines.filter(those => has(statesOf(those))).map(those => line(those, states)),
    '',
  ]);
  return `\n${written.join('\n')}\n`;
}

/** Of those that are meant, if there is one. */
function line(all: readonly Misbehaviour[], [state]: readonly State[]): string {
  const those = all.filter(({ message }) => state === undefined || message === state);
  const [misbehaviour = raise()] = those;
  const { rule } = misbehaviour;
  const kinds = new Set(those.map(({ by = 'certificate' }) => by));
  const cells = [
    kinds.has('certificate') || rule.includes('pre-shared key') ? rule : `${rule}, with a pre-shared key`,
    statesOf(those).join(', '),
    answer(misbehaviour),
    alert(misbehaviour),
    [...new Set(those.flatMap(({ clause }) => clause.split('; ')))].join('; '),
    `[${those.length} ${those.length === 1 ? 'way' : 'ways'}](../test/testing/misbehaving/misbehaviours.test.ts)`,
  ];
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function answer({ code, onStream, onem2m }: Misbehaviour): string {
  const named = (of: FaultCode | null) => (of === null ? 'taken' : `\`${of}\``);
  return [
    named(code),
    ...(onStream === undefined
      ? []
      : [`[over TCP](#over-tcp) ${onStream === 'waits' ? 'more is waited for' : named(onStream)}`]),
    ...(onem2m === undefined
      ? []
      : [onem2m === 'lacks' ? 'not spoken under `onem2m`' : `under \`onem2m\` ${named(onem2m)}`]),
  ].join('; ');
}

function alert({ code, onStream, onem2m }: Misbehaviour): string {
  const named = (of: FaultCode | null) => {
    const number = of && faultTable[of].alert;
    return number === null ? '–' : `${alertName(number)} (${number})`;
  };
  const here = named(code);
  const there = onStream === undefined || onStream === 'waits' ? here : named(onStream);
  const under = onem2m === undefined || onem2m === 'lacks' ? here : named(onem2m);
  return [
    here,
    ...(there === here ? [] : [`over TCP ${there}`]),
    ...(under === here ? [] : [`under \`onem2m\` ${under}`]),
  ].join('; ');
}

function statesOf(those: readonly Misbehaviour[]): readonly State[] {
  return [...new Set(those.map(({ message }) => message))].sort();
}

function raise(): never {
  throw new Error('a line of no misbehaviour');
}
