// `protect` and `unprotect` of primitives: ESPrim Objects between two end-points with a key in common, and a random object
// of the receiver's.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { systemRandom } from '../../src/crypto/random.ts';
import { ReceiverRands } from '../../src/protection/esprim/receiver-rands.ts';
import { cae1, cseB, json, keyId, type Lab, protect, protectionLab, unprotect } from './protection-lab.ts';

/** What the receiver gives to an originator. */
function receiverRand(lab: Lab, { lifetime = 3_600_000, ...members } = {}): string {
  const rands = new ReceiverRands({
    encryptions: ['A256GCM', 'A128GCM'],
    lifetimes: { unique: lifetime, shared: lifetime },
    clock: Date.now,
    random: systemRandom,
  });
  return lab.file('rand.json', JSON.stringify({ ...rands.unique().json, ...members }));
}

const request = { op: 2, to: '/cse-b/-/temperature', rqi: 'r1', rvi: '3', fc: { lbl: ['window'] } };
const response = { rsc: 2000, rqi: 'r1', pc: { 'm2m:cin': { con: '21.5' } } };

async function asked(lab: Lab, ...options: string[]): Promise<{ object: string; rand: string[] }> {
  const rand = ['--receiver-rand', receiverRand(lab)];
  const file = lab.file('request.json', JSON.stringify(request));
  const object = await protect(file, '--object', 'esprim', ...lab.ae, '--entity', cseB, ...rand, ...options);
  return { object, rand };
}

for (const [name, options] of [
  ['encrypted', []],
  ['encrypted with A128GCM', ['--enc', 'A128GCM']],
  ['authenticated only', ['--authenticate-only']],
  ['under pairwiseE2EKey itself', ['--key-profile', 'literal']],
] as const)
  test(`a request and its response, ${name}, come out as they went in (TS-0003 8.4)`, async t => {
    const lab = await protectionLab(t);
    const { object, rand } = await asked(lab, ...options);
    const profile = options.includes('literal' as never) ? options : [];
    const file = lab.file('request.jose', object);
    // From is ours, and parameters that are not known here stay.
    const sent = { ...request, fr: cae1 };
    assert.deepEqual(JSON.parse((await unprotect(file, ...lab.cse, ...rand, ...profile)).toString()), sent);
    const answer = await protect(
      lab.file('response.json', JSON.stringify(response)),
      ...['--object', 'esprim', ...lab.cse, ...rand, '--request', file, ...profile],
    );
    const answerFile = lab.file('response.jose', answer);
    const opened = await unprotect(answerFile, ...lab.ae, ...rand, '--request', file, ...profile);
    assert.deepEqual(JSON.parse(opened.toString()), response);
  });

test('what opens says who, which key and which algorithm, and holds the primitive', async t => {
  const lab = await protectionLab(t);
  const { rand } = await asked(lab);
  const file = lab.file('request.json', JSON.stringify({ ...request, fr: cae1 }));
  const made = await json('protect', file, '--object', 'esprim', ...lab.ae, '--key', keyId, ...rand);
  const { protected: object, key, ...about } = made.document;
  const { kid } = key as { kid: string };
  assert.deepEqual(key, { keyId, kid, entity: cseB });
  assert.deepEqual(about, {
    status: 'protected',
    object: 'esprim',
    direction: 'request',
    protection: 'encryption',
    enc: 'A256GCM',
    size: String(object).length,
  });
  const { code, document } = await json('unprotect', lab.file('object', String(object)), ...lab.cse, ...rand);
  assert.equal(code, 0);
  const { size, ...opened } = document;
  assert.deepEqual(opened, {
    status: 'opened',
    object: 'esprim',
    direction: 'request',
    protection: 'encryption',
    enc: 'A256GCM',
    key: { kid, entity: cae1 },
    primitive: { ...request, fr: cae1 },
  });
  assert.equal(size, JSON.stringify({ ...request, fr: cae1 }).length);
});

test('objects and random objects are found in the primitives that carried them (TS-0004 7.5.1.2.11)', async t => {
  const lab = await protectionLab(t);
  const { object } = await asked(lab);
  const ero = JSON.parse(readFileSync(`${lab.folder}/rand.json`, 'utf8')) as object;
  const carried = { op: 5, to: cseB, fr: cae1, rqi: 'o1', pc: { 'm2m:seci': { sit: 5, epo: object } } };
  const rand = lab.file(
    'sit4.json',
    JSON.stringify({ rsc: 2000, rqi: 'o0', pc: { 'm2m:seci': { sit: 4, ero } } }),
  );
  const file = lab.file('sit5.json', JSON.stringify(carried));
  const opened = await unprotect(file, ...lab.cse, '--receiver-rand', rand);
  assert.deepEqual(JSON.parse(opened.toString()), { ...request, fr: cae1 });
});

test('what a request lacks is filled in, and what wraps it is taken off', async t => {
  const lab = await protectionLab(t);
  const rand = ['--receiver-rand', receiverRand(lab)];
  const wrapped = lab.file('request.json', JSON.stringify({ 'm2m:rqp': { op: 2, to: '/cse-b/x' } }));
  const object = await protect(wrapped, '--object', 'esprim', ...lab.ae, '--entity', cseB, ...rand);
  const file = lab.file('object', object);
  const opened = JSON.parse((await unprotect(file, ...lab.cse, ...rand)).toString()) as { rqi: string };
  assert.match(opened.rqi, /^[0-9a-f-]{36}$/);
  assert.deepEqual(opened, { op: 2, to: '/cse-b/x', fr: cae1, rvi: '3', rqi: opened.rqi });
  const answer = lab.file('response.json', JSON.stringify({ 'm2m:rsp': { rsc: 2000 } }));
  const answering = ['--object', 'esprim', ...lab.cse, ...rand, '--request', file];
  const back = lab.file('back', await protect(answer, ...answering));
  assert.deepEqual(JSON.parse((await unprotect(back, ...lab.ae, ...rand, '--request', file)).toString()), {
    rsc: 2000,
    rqi: opened.rqi,
  });
});

test('--out makes a file for its owner alone of a primitive that was opened', async t => {
  const lab = await protectionLab(t);
  const { object, rand } = await asked(lab);
  const out = `${lab.folder}/opened`;
  const opened = await unprotect(lab.file('object', object), ...lab.cse, ...rand, '--out', out);
  assert.equal(opened.length, 0);
  assert.deepEqual(JSON.parse(readFileSync(out, 'utf8')), { ...request, fr: cae1 });
  assert.equal(statSync(out).mode & 0o777, 0o600);
});

test('a provisioned key protects primitives between the two that it was given to', async t => {
  const lab = await protectionLab(t);
  const rand = ['--receiver-rand', receiverRand(lab)];
  const master = ['--master-file', lab.file('master', '17'.repeat(32)), '--salt', '00'];
  const file = lab.file('request.json', JSON.stringify(request));
  const object = await protect(
    file,
    ...['--object', 'esprim', ...master, '--origin', cae1, '--entity', cseB, ...rand],
  );
  const opened = await unprotect(
    lab.file('object', object),
    ...[...master, '--origin', cseB, '--entity', cae1, ...rand],
  );
  assert.deepEqual(JSON.parse(opened.toString()), { ...request, fr: cae1 });
});

test('the first object that opens makes an unconfirmed key active', async t => {
  const lab = await protectionLab(t, { cse: [{ state: 'unconfirmed' }] });
  const { object, rand } = await asked(lab);
  const answer = ['protect', lab.file('x', 'x'), ...lab.cse, '--entity', cae1] as const;
  assert.equal((await json(...answer)).document.error?.code, 'KEY_UNCONFIRMED');
  await unprotect(lab.file('object', object), ...lab.cse, ...rand);
  assert.equal((await json(...answer)).code, 0);
});

interface Refusal {
  readonly name: string;
  readonly code: string;
  readonly exit: number;
  readonly says: RegExp;
  readonly argv: (lab: Lab) => Promise<string[]>;
  readonly keys?: Parameters<typeof protectionLab>[1];
}

const opening =
  (
    change: (object: string, lab: Lab) => string = object => object,
    ...options: readonly string[]
  ): Refusal['argv'] =>
  async lab => {
    const { object, rand } = await asked(lab);
    return ['unprotect', lab.file('object', change(object, lab)), ...lab.cse, ...rand, ...options];
  };

const protecting =
  (primitive: object, ...options: readonly string[]): Refusal['argv'] =>
  async lab => [
    ...['protect', lab.file('primitive', JSON.stringify(primitive)), '--object', 'esprim', ...lab.ae],
    ...['--entity', cseB, '--receiver-rand', receiverRand(lab), ...options],
  ];

const withHeader = (members: object) =>
  opening(object => {
    const [first = '', ...rest] = object.split('.');
    const known = JSON.parse(Buffer.from(first, 'base64url').toString()) as object;
    return [Buffer.from(JSON.stringify({ ...known, ...members })).toString('base64url'), ...rest].join('.');
  });

const refusals: readonly Refusal[] = [
  {
    name: 'a changed object',
    code: 'ESPRIM_BAD_MAC',
    exit: 1,
    says: /does not open with the key of its session/,
    argv: withHeader({ cty: 'vnd.onem2m-prsp+json' }),
  },
  {
    name: 'alg none',
    code: 'ESPRIM_UNSUPPORTED_OPTION',
    exit: 1,
    says: /alg is "none"/,
    argv: withHeader({ alg: 'none' }),
  },
  {
    name: 'crit',
    code: 'ESPRIM_UNSUPPORTED_OPTION',
    exit: 1,
    says: /"crit"/,
    argv: withHeader({ crit: ['x'] }),
  },
  {
    name: 'an object that was sent back to whom it came from',
    code: 'ESPRIM_IMPERSONATION_ERROR',
    exit: 1,
    says: /From of the inner primitive is not/,
    argv: async lab => {
      const { object, rand } = await asked(lab);
      return ['unprotect', lab.file('object', object), ...lab.ae, ...rand];
    },
  },
  {
    name: 'a request where the response to one is due',
    code: 'ESPRIM_MISDIRECTED',
    exit: 1,
    says: /no response primitive/,
    argv: async lab => {
      const { object, rand } = await asked(lab);
      const file = lab.file('object', object);
      return ['unprotect', file, ...lab.ae, ...rand, '--request', file];
    },
  },
  {
    name: 'a response of another session',
    code: 'ESPRIM_MISDIRECTED',
    exit: 1,
    says: /of another session/,
    argv: async lab => {
      const { object, rand } = await asked(lab);
      const other = await protect(
        lab.file('request.json', JSON.stringify(request)),
        ...['--object', 'esprim', ...lab.ae, '--entity', cseB, ...rand],
      );
      return ['unprotect', lab.file('a', object), ...lab.ae, ...rand, '--request', lab.file('b', other)];
    },
  },
  {
    name: 'another random object',
    code: 'ESPRIM_UNKNOWN_RECV_RAND_ID',
    exit: 1,
    says: /rri is not that of/,
    argv: async lab => {
      const { object } = await asked(lab);
      return ['unprotect', lab.file('object', object), ...lab.cse, '--receiver-rand', receiverRand(lab)];
    },
  },
  {
    name: 'a random object past its time',
    code: 'ESPRIM_UNKNOWN_RECV_RAND_ID',
    exit: 1,
    says: /has expired/,
    argv: opening(undefined, '--time', new Date(Date.now() + 7_200_000).toISOString()),
  },
  {
    name: 'a random object past its time to protect with',
    code: 'ESPRIM_UNKNOWN_RECV_RAND_ID',
    exit: 1,
    says: /has expired/,
    argv: async lab => [
      ...['protect', lab.file('p', JSON.stringify(request)), '--object', 'esprim', ...lab.ae],
      ...['--entity', cseB, '--receiver-rand', receiverRand(lab, { lifetime: -2000 })],
    ],
  },
  {
    name: 'an algorithm that the receiver does not take',
    code: 'ESPRIM_UNSUPPORTED_OPTION',
    exit: 1,
    says: /A192GCM is not among them/,
    argv: protecting(request, '--enc', 'A192GCM'),
  },
  {
    name: 'what is no random object',
    code: 'ESPRIM_MALFORMED',
    exit: 1,
    says: /^--receiver-rand \S+\/rand: .*receiverESPrimRandObject/,
    argv: async lab => [
      ...(await protecting(request)(lab)).slice(0, -1),
      lab.file('rand', '{"esri":1,"x":2}'),
    ],
  },
  ...['', 'x', '{"esri":'].map(
    (content): Refusal => ({
      name: `a random object that is no JSON: ${JSON.stringify(content)}`,
      code: 'REQUEST_INVALID',
      exit: 1,
      says: /^--receiver-rand \S+\/rand: the content is not JSON/,
      argv: async lab => [...(await protecting(request)(lab)).slice(0, -1), lab.file('rand', content)],
    }),
  ),
  {
    name: 'a revoked key',
    code: 'KEY_REVOKED',
    exit: 1,
    says: /was revoked/,
    argv: opening(),
    keys: { cse: [{ state: 'revoked' }] },
  },
  {
    name: 'a key that is not in the store',
    code: 'KEY_UNKNOWN',
    exit: 2,
    says: /the key [0-9A-F]{32} \(kid\) of the ESPrim Object is not there$/,
    argv: opening(),
    keys: { cse: [{ secret: Buffer.alloc(32, 1) }] },
  },
  {
    name: 'an object of another entity than the one that is meant',
    code: 'KEY_UNKNOWN',
    exit: 2,
    says: /\(kid\).*; --entity left out every other key of the store$/,
    argv: opening(undefined, '--entity', '//m2m.example.com/cse-a/Cae2'),
  },
  {
    name: 'the other profile',
    code: 'KEY_UNKNOWN',
    exit: 2,
    says: /\(kid\)/,
    argv: opening(undefined, '--key-profile', 'literal'),
  },
  ...(
    [
      ['somebody else as From', /fr of the primitive is not/, protecting({ ...request, fr: cseB })],
      ['a response without its request', /--request is missing/, protecting(response)],
      ['a request to a request', /--request is for a response/, protecting(request, '--request', '/x')],
      [
        'enc where nothing is encrypted',
        /--enc is not for/,
        protecting(request, '--authenticate-only', '--enc', 'A256GCM'),
      ],
      ['an option of ESData', /--class is not for --object esprim/, protecting(request, '--class', 'nested')],
      [
        'an option of ESData to open with',
        /--container is not for an ESPrim Object/,
        opening(undefined, '--container', 'x'),
      ],
      [
        'more than can be sent',
        /at most 92160 can be sent/,
        protecting({ ...request, pc: { 'm2m:cin': { con: 'x'.repeat(70_000) } } }),
      ],
      ['what is no primitive', /^\S+\/primitive: op is/, protecting({ to: '/x' })],
      ['what is no JSON object', /^\S+\/primitive: op is/, protecting(['x'])],
      ['one key twice', /key A79E\S+ is given twice/, protecting(request, '--key', keyId)],
      [
        'a random object that is not there',
        /^--receiver-rand \/nowhere\/x: no such file/,
        async lab => [...(await protecting(request)(lab)).slice(0, -1), '/nowhere/x'],
      ],
      [
        'a request that is not there',
        /^--request \/nowhere\/x: no such file/,
        opening(undefined, '--request', '/nowhere/x'),
      ],
      [
        'standard input twice',
        /^--receiver-rand -: standard input is FILE already/,
        async () => ['protect', '-', '--object', 'esprim', '--receiver-rand', '-'],
      ],
      ['no random object', /--receiver-rand is missing/, async lab => (await opening()(lab)).slice(0, -2)],
      ['no key', /there is no key/, async lab => ['protect', lab.file('p', '{}'), '--object', 'esprim']],
      [
        'a master key without an identity',
        /--origin is missing/,
        async lab => [
          'protect',
          lab.file('p', '{}'),
          '--object',
          'esprim',
          '--master-file',
          lab.file('m', '17'.repeat(16)),
        ],
      ],
      [
        'a master key without the other',
        /--entity is missing/,
        async lab => [
          'protect',
          lab.file('p', '{}'),
          '--object',
          'esprim',
          '--origin',
          cae1,
          '--master-file',
          lab.file('m', '17'.repeat(16)),
        ],
      ],
      [
        'the response to another request',
        /to another request/,
        async lab => {
          const { object, rand } = await asked(lab);
          const file = lab.file('response', JSON.stringify({ ...response, rqi: 'r2' }));
          return [
            'protect',
            file,
            '--object',
            'esprim',
            ...lab.cse,
            ...rand,
            '--request',
            lab.file('o', object),
          ];
        },
      ],
    ] as const satisfies readonly (readonly [string, RegExp, Refusal['argv']])[]
  ).map(([name, says, argv]) => ({ name, says, argv, code: 'OPTION_INVALID', exit: 2 })),
  {
    name: 'two keys',
    code: 'OPTION_INVALID',
    exit: 2,
    says: /an ESPrim Object has one key/,
    argv: protecting(request, '--key', 'B'.repeat(32)),
    keys: { ae: [{ state: 'superseded' }, { id: 'B'.repeat(32) }, { id: 'C'.repeat(32) }] },
  },
];

for (const { name, code, exit, says, argv, keys } of refusals)
  test(`refused with ${code}, exit ${exit}: ${name}`, async t => {
    const lab = await protectionLab(t, keys);
    const { code: exitCode, document } = await json(...(await argv(lab)));
    assert.deepEqual([exitCode, document.error?.code], [exit, code], JSON.stringify(document));
    assert.match(document.error?.message ?? '', says);
  });
