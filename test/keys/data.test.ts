// The keys of the data security chain, down to those of single containers and instances. The vectors were made by another
// program.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Content,
  deriveContentEncryptionKey,
  deriveContentKeys,
  deriveContentMicKey,
  deriveDataKeys,
} from '../../src/keys/data.ts';
import { type KeyFor, type KeyPurpose, purposeOf } from '../../src/keys/purpose.ts';
import { runs } from '../properties/arbitrary.ts';
import { hex, isWiped, range, secretsMadeIn } from './octets.ts';

const ke = range(0, 32);
const salt = range(0x20, 32);
const nonce = range(0x40, 16);
const creationTime = '20261123T130000';
const dataKeys = deriveDataKeys(ke, salt);

test('master, data authenticity, data confidentiality and the single key for AEAD are one chain', () => {
  assert.deepEqual(
    Object.entries(dataKeys).map(([name, key]) => [name, purposeOf(key), hex(key)]),
    [
      ['master', 'derivation', 'a27b86e7a70a029cba778d6f738d952696d6d8361b95103dd84ae9df6af063af'],
      [
        'dataAuthenticity',
        'data authenticity',
        '634bb39104ccdd4fd1b94d3d0bc0c3c5c5002fd7c17377c8b0101adfe4e486ce',
      ],
      [
        'dataConfidentiality',
        'data confidentiality',
        '4b4a040ae4972302376374611744961bc8db4b36d58896a48700ff9aa7225ebe',
      ],
      [
        'dataAuthenticityAndConfidentiality',
        'data confidentiality',
        '4a02c1309d266470f8274444193e510137db5e168f01f9ec751bfee07af6cc45',
      ],
    ],
  );
});

const contents = [
  {
    content: { level: 'container', name: 'temperature', nonce },
    mic: '89c926bff382ce14a437f5c939072a6e9138c7ea35e1f660340e86530ba4d0a8',
    encryption: 'dffd72e02e9db7ac91ed55e372e82018e4894fb073d566df8b10d7bf3b695178',
    single: 'ff09f79831432e5d4ddd0ddaad926bbcecbd6932161f31d7c6cd4c6d982ec51d',
  },
  {
    content: { level: 'container', name: 'temperature', creationTime },
    mic: 'f2b4deefacd2d38c4ec5607939cc839b56be4355874c3163fd59903883efe7c0',
    encryption: '610977b91ba2fc081562e62fefc3bdcc950fe61f34a7421b02f6cd58185aa537',
    single: 'c7fdbdb10ea104485235fc291f49e3b2e200298ba1a948cce0a5f98c5e23f44e',
  },
  {
    content: { level: 'contentInstance', name: 'temperature', nonce },
    mic: '00d08004599c10bf30cace259b08f6a605769f6a8e4c7d28536a6369885592cf',
    encryption: '75bc4abd761924b5a660f8e7c4d4d1197f411cdb6e2cf468c260fc5b4f781648',
    single: '35883c7a8faf08f2c75df8118905d0f06f402a05ab5b2ca695bfc90e05353e90',
  },
  {
    content: { level: 'contentInstance', name: 'temperature', creationTime },
    mic: 'd0777e061740c30ac0b0130474e122099be7bd48cb6c58e1a62c9caa1bda3d6f',
    encryption: '9339c707baea158888a11a58f3b70a8348af2e77a6126a19307d35e9858e99c6',
    single: 'f4693a6071ddbbec709d3d726a9fd8fbab7bbbbe9eb1cbac1b117c65f37df41b',
  },
] as const;
for (const { content, mic, encryption, single } of contents)
  test(`keys of one ${content.level}, made with a ${'nonce' in content ? 'nonce' : 'creationTime'}`, () => {
    const keys = deriveContentKeys(dataKeys, content);
    assert.deepEqual([hex(keys.mic), purposeOf(keys.mic)], [mic, 'ESData MIC']);
    assert.deepEqual([hex(keys.encryption), purposeOf(keys.encryption)], [encryption, 'ESData encryption']);
    const forAead = deriveContentEncryptionKey(dataKeys.dataAuthenticityAndConfidentiality, content);
    assert.deepEqual([hex(forAead), purposeOf(forAead)], [single, 'ESData encryption']);
  });

test('whoever was given one data key derives the content key of its use from it, and no other', () => {
  const content: Content = { level: 'container', name: 'temperature', nonce };
  const { dataAuthenticity, dataConfidentiality, master } = dataKeys;
  const keys = deriveContentKeys(dataKeys, content);
  assert.equal(hex(deriveContentMicKey(dataAuthenticity, content)), hex(keys.mic));
  assert.equal(hex(deriveContentEncryptionKey(dataConfidentiality, content)), hex(keys.encryption));
  const wrong = (key: KeyFor<KeyPurpose>) =>
    key as KeyFor<'data authenticity'> & KeyFor<'data confidentiality'>;
  for (const key of [dataConfidentiality, master, keys.mic])
    assert.throws(() => deriveContentMicKey(wrong(key), content), { code: 'KEY_PURPOSE_WRONG' });
  for (const key of [dataAuthenticity, master, keys.encryption])
    assert.throws(() => deriveContentEncryptionKey(wrong(key), content), { code: 'KEY_PURPOSE_WRONG' });
});

test('data keys are derived from what protects nothing itself', () => {
  const { mic } = deriveContentKeys(dataKeys, { level: 'container', name: 'a', nonce });
  for (const key of [mic, dataKeys.dataAuthenticity])
    assert.throws(() => deriveDataKeys(key, salt), { code: 'KEY_PURPOSE_WRONG' });
});

test('a name is 1 to 512 of the unreserved characters of RFC 3986 and the slash', () => {
  const named = (name: string) => deriveContentKeys(dataKeys, { level: 'container', name, nonce });
  for (const name of ['a', '0', '-._~', '/cse-b/-/Cae1/temperature', 'x'.repeat(512)]) named(name);
  for (const name of ['', 'x'.repeat(513), 'a b', 'a\n', 'é', 'a%20', 'a\0', 'a:b', 'ﬁ'])
    assert.throws(() => named(name), { code: 'OPTION_INVALID', message: /name of the content/ });
});

test('a level is one of the two, whatever an object says', () => {
  for (const level of ['Container', '', 'toString'])
    assert.throws(() => deriveContentKeys(dataKeys, { level: level as 'container', name: 'a', nonce }), {
      code: 'OPTION_INVALID',
      message: /level of the content/,
    });
});

test('a nonce has 16 bytes', () => {
  for (const size of [0, 15, 17, 32])
    assert.throws(
      () => deriveContentKeys(dataKeys, { level: 'container', name: 'a', nonce: range(0, size) }),
      { code: 'OPTION_INVALID', message: /nonce of the content/ },
    );
});

test('a creationTime has 15 characters, YYYYMMDDTHHMMSS', () => {
  for (const time of [
    '',
    '20261123T13000',
    '20261123T1300000',
    '20261123T130000,5',
    '20261123t130000',
    `2026-11-23T13:0`,
    `${creationTime}\n`,
  ])
    assert.throws(() => deriveContentKeys(dataKeys, { level: 'container', name: 'a', creationTime: time }), {
      code: 'OPTION_INVALID',
      message: /creationTime of the content/,
    });
});

test('a nonce that ends in a time is refused: with its first byte at the end of the name it would be another content', () => {
  const ambiguous = Buffer.from(`b${creationTime}`);
  assert.throws(() => deriveContentKeys(dataKeys, { level: 'container', name: 'a', nonce: ambiguous }), {
    code: 'OPTION_INVALID',
    message: /ends in what would be a creationTime/,
  });
});

test('two contents have one key only if they are the same, however name, nonce and time lie beside each other', () => {
  // Few characters, and nonces made of them: what one has at its end, the other has at its beginning.
  const characters = fc.constantFrom('a', 'C', 'T', '0', '2', '-', '/');
  const text = (minLength: number, maxLength: number) =>
    fc.array(characters, { minLength, maxLength }).map(parts => parts.join(''));
  const time = fc.constantFrom(creationTime, '00000000T000000', '22222222T222222');
  const levels = fc.constantFrom('container' as const, 'contentInstance' as const);
  const name = fc.oneof(
    text(1, 3),
    fc.tuple(text(1, 2), time, text(0, 1)).map(parts => parts.join('')),
  );
  const content: fc.Arbitrary<Content> = fc.oneof(
    fc.record({
      level: levels,
      name,
      nonce: fc.oneof(
        text(16, 16).map(all => Buffer.from(all)),
        fc.tuple(characters, time).map(parts => Buffer.from(parts.join(''))),
        fc.tuple(time, characters).map(parts => Buffer.from(parts.join(''))),
      ),
    }),
    fc.record({ level: levels, name, creationTime: time }),
  );
  // The same octets divided in another way: what the length of the last field has to tell apart.
  const shifted = content.map((one): [Content, Content] => {
    const { level, name: own, nonce: ofNonce, creationTime: ofTime } = one;
    return ofNonce !== undefined
      ? [
          one,
          {
            level,
            name: `${own}${String.fromCharCode(ofNonce[0] ?? 0)}`,
            creationTime: Buffer.from(ofNonce.subarray(1)).toString('latin1'),
          },
        ]
      : [one, { level, name: own.slice(0, -1), nonce: Buffer.from(`${own.slice(-1)}${ofTime}`) }];
  });
  const otherLevel = content.map((one): [Content, Content] => [
    one,
    { ...one, level: one.level === 'container' ? 'contentInstance' : 'container' },
  ]);
  let compared = 0;
  fc.assert(
    fc.property(fc.oneof(fc.tuple(content, content), shifted, otherLevel), ([one, other]) => {
      const keys = [one, other].map(each => keyOrNull(each));
      if (keys[0] === null || keys[1] === null) return;
      compared++;
      assert.equal(keys[0] === keys[1], same(one, other), JSON.stringify([one, other]));
    }),
    { ...runs, numRuns: 20 * (runs.numRuns ?? 0) },
  );
  assert.ok(compared > 100, `only ${compared} pairs were compared`);
});

test('what is secret on the way is wiped', t => {
  const content: Content = { level: 'container', name: 'temperature', nonce };
  const made = secretsMadeIn(t, () => {
    deriveContentKeys(deriveDataKeys(ke, salt), content);
  });
  // The material, the master key and three blocks; two keys of the content.
  assert.equal(made.length, 5 + 2);
  assert.ok(made.every(isWiped));
});

function keyOrNull(content: Content): string | null {
  try {
    return hex(deriveContentMicKey(dataKeys.dataAuthenticity, content));
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'OPTION_INVALID');
    return null;
  }
}

function same(one: Content, other: Content): boolean {
  const plain = ({ level, name, nonce: ofNonce, creationTime: ofTime }: Content) =>
    JSON.stringify([level, name, ofNonce === undefined ? null : hex(ofNonce), ofTime ?? null]);
  return plain(one) === plain(other);
}
