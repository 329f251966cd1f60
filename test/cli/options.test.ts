import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OptionTable, parseOptions } from '../../src/cli/options.ts';
import { E2EKeyError } from '../../src/errors.ts';

const table = {
  first: { type: 'operand', placeholder: 'FIRST', about: '' },
  rest: { type: 'operand', placeholder: 'REST', repeatable: true, about: '' },
  lab: { type: 'flag', about: '' },
  name: { type: 'text', placeholder: 'NAME', about: '' },
  trust: { type: 'text', placeholder: 'FILE', repeatable: true, about: '' },
  profile: { type: 'text', placeholder: 'PROFILE', oneOf: ['onem2m', 'interop'], about: '' },
  suites: { type: 'list', placeholder: 'LIST', about: '' },
  time: { type: 'time', placeholder: 'ISO', about: '' },
  port: { type: 'integer', placeholder: 'N', least: 0, most: 65_535, about: '' },
} as const satisfies OptionTable;

test('every kind of value comes in its type, in any order, operands by place', () => {
  const argv = ['--trust', 'a', 'one', '--lab', '--name=-x', 'two', '--trust=b', '--profile', 'interop'];
  const more = ['--suites', 'A, B', '--time', '2030-01-31T12:00:00+01:00', '--port', '0', '--', '--three'];
  assert.deepEqual(parseOptions(table, [...argv, ...more]), {
    first: 'one',
    rest: ['two', '--three'],
    lab: true,
    name: '-x',
    trust: ['a', 'b'],
    profile: 'interop',
    suites: ['A', 'B'],
    time: new Date('2030-01-31T11:00:00Z'),
    port: 0,
  });
});

test('what is not given is false, undefined or an empty array', () => {
  assert.deepEqual(parseOptions(table, ['one', 'two']), {
    first: 'one',
    rest: ['two'],
    lab: false,
    name: undefined,
    trust: [],
    profile: undefined,
    suites: undefined,
    time: undefined,
    port: undefined,
  });
});

const refusals: readonly [argv: string[], sentence: string][] = [
  [['--unknown', 'x'], 'unknown option --unknown'],
  [['-x'], 'unknown option -x'],
  [['--first', 'x'], 'unknown option --first'],
  [['--constructor'], 'unknown option --constructor'],
  [['--__proto__=x'], 'unknown option --__proto__'],
  [['--no-lab'], 'unknown option --no-lab'],
  [['--profil', 'x'], 'unknown option --profil; did you mean --profile?'],
  [['--lab=yes'], '--lab takes no value'],
  [['--name'], '--name needs a value'],
  [['--name='], '--name needs a value'],
  [['--name', '--lab'], '--name needs a value (one that begins with - is written --name=VALUE)'],
  [['--name', 'a', '--name', 'b'], '--name is given twice'],
  [['--lab', '--lab'], '--lab is given twice'],
  [['--profile', 'other'], '--profile must be onem2m or interop, not "other"'],
  [['--suites', 'A,,B'], '--suites has an empty name in its list'],
  [['--port', '65536'], '--port must be a whole number from 0 to 65535'],
  [['--port', '1e3'], '--port must be a whole number from 0 to 65535'],
  [['--port=-1'], '--port must be a whole number from 0 to 65535'],
  [[], 'REST is missing'],
  [[''], 'FIRST is missing'],
];

for (const [argv, sentence] of refusals) {
  test(`"${argv.join(' ')}" is refused: ${sentence}`, () => {
    const operands = argv[0] === undefined || argv[0] === '' ? ['one'] : ['one', 'two'];
    assert.throws(
      () => parseOptions(table, argv[0] === '' ? argv : [...operands, ...argv]),
      refusal(sentence),
    );
  });
}

test('an operand too many is refused', () => {
  const { first } = table;
  assert.throws(() => parseOptions({ first }, ['one', 'two']), refusal('unexpected argument "two"'));
});

test('a required option that is not given is refused', () => {
  const options = { id: { type: 'text', placeholder: 'ID', required: true, about: '' } } as const;
  assert.throws(() => parseOptions(options, []), refusal('--id is missing'));
});

for (const [text, time] of [
  ['2030-01-31', '2030-01-31T00:00:00.000Z'],
  ['2030-01-31T12:30Z', '2030-01-31T12:30:00.000Z'],
  ['2028-02-29T23:59:59.5Z', '2028-02-29T23:59:59.500Z'],
  ['2030-01-01T00:30:00+01:00', '2029-12-31T23:30:00.000Z'],
] as const) {
  test(`a time may be written ${text}`, () => {
    assert.equal(parseOptions(table, ['one', 'two', '--time', text]).time?.toISOString(), time);
  });
}

for (const text of [
  '2030',
  '2030-1-1',
  '1 Jan 2030',
  '2030-02-30',
  '2030-02-29',
  '2030-13-01',
  '2030-01-31T25:00:00Z',
  '2030-01-31T12:00:00',
  '2030-01-31 12:00:00Z',
  '+12030-01-31',
  'now',
]) {
  test(`"${text}" is no time: it does not exist, or would depend on the machine`, () => {
    const sentence = `--time must be an ISO 8601 time such as 2030-01-31T12:00:00Z, not ${JSON.stringify(text)}`;
    assert.throws(() => parseOptions(table, ['one', 'two', `--time=${text}`]), refusal(sentence));
  });
}

function refusal(message: string) {
  return (error: unknown) => {
    assert.ok(error instanceof E2EKeyError);
    assert.equal(error.code, 'OPTION_INVALID');
    assert.equal(error.message, message);
    return true;
  };
}
