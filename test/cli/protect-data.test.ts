// `protect` and `unprotect` of data: ESData Envelopes and content instances between two end-points with a key in common,
// or with certificates.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { certs } from '../service/lab.ts';
import { cae1, cseB, json, keyId, type Lab, protect, protectionLab, unprotect } from './protection-lab.ts';
import { run, runRaw } from './run.ts';

/** Every byte, no line end, and what is no UTF-8. */
const binary = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

function rawPublicKey(lab: Lab, name: string): string {
  const pem = createPublicKey(readFileSync(certs(`${name}.key`), 'utf8')).export({
    type: 'spki',
    format: 'pem',
  });
  return lab.file(`${name}.pub.pem`, pem.toString());
}

/** What these set up is of POSIX. */
const noShell = process.platform === 'win32';

const ownCae1 = ['--credential', certs('cae1.pem'), '--credential-key', certs('cae1.key')];

for (const [name, options, opening] of [
  ['encrypted directly', [], []],
  ['encrypted with a wrapped key', ['--alg', 'A256KW'], []],
  ['encrypted with A128GCM', ['--alg', 'A256KW', '--enc', 'A128GCM'], []],
  ['encrypted, in JSON', ['--serialisation', 'json'], []],
  ['with a MIC', ['--class', 'signature'], []],
  ['with a MIC, in JSON', ['--class', 'signature', '--serialisation', 'json', '--alg', 'HS256'], []],
  ['signed', ['--class', 'signature', ...ownCae1], ['--signer', certs('cae1.pem')]],
  [
    'signed and encrypted',
    ['--class', 'nested', ...ownCae1, '--alg', 'ES256'],
    ['--signer', certs('cae1.pem')],
  ],
  [
    'as a content instance',
    ['--content-instance', '--container', 'temperature', '--media-type', 'text/plain'],
    ['--container', 'temperature'],
  ],
  [
    'as a content instance with a MIC, in JSON',
    ['--content-instance', '--container', 't', '--class', 'signature', '--serialisation', 'json'],
    ['--container', 't'],
  ],
] as const)
  test(`bytes that were protected, ${name}, come out as they went in (TS-0003 8.5)`, async t => {
    const lab = await protectionLab(t);
    const plain = lab.file('plain', binary);
    const object = await protect(plain, ...lab.ae, '--entity', cseB, ...options);
    assert.deepEqual(await unprotect(lab.file('object', object), ...lab.cse, ...opening), binary);
    // From a file that ends with a line end or not, and named by either of its identifiers.
    const { kid } = await keyNames(lab, plain);
    for (const key of [keyId, kid.toLowerCase()]) {
      const back = await protect(plain, ...lab.cse, '--key', key);
      assert.deepEqual(await unprotect(lab.file('back', back), ...lab.ae), binary);
    }
  });

async function keyNames(lab: Lab, plain: string): Promise<{ kid: string }> {
  const { document } = await json('protect', plain, ...lab.ae, '--entity', cseB);
  const [key] = document.keys as { kid: string }[];
  assert.ok(key !== undefined);
  return key;
}

test('what opens says who, which key and which algorithm, and holds the content in base64', async t => {
  const lab = await protectionLab(t);
  const plain = lab.file('plain', binary);
  const made = await json('protect', plain, ...lab.ae, '--entity', cseB, '--media-type', 'image/x-test');
  assert.equal(made.code, 0);
  const { kid } = await keyNames(lab, plain);
  const { protected: object, ...about } = made.document;
  assert.deepEqual(about, {
    status: 'protected',
    object: 'esdata',
    class: 'encryption',
    serialisation: 'compact',
    enc: 'A256GCM',
    algorithms: ['dir'],
    keys: [{ keyId, kid, entity: cseB }],
    size: String(object).length,
  });
  const opened = await json('unprotect', lab.file('object', String(object)), ...lab.cse);
  assert.equal(opened.code, 0);
  assert.deepEqual(opened.document, {
    status: 'opened',
    object: 'esdata',
    class: 'encryption',
    serialisation: 'compact',
    enc: 'A256GCM',
    algorithms: ['dir'],
    decryptedWith: { credentialId: `14-${kid}`, keyId, kid, entity: cae1 },
    signedBy: [],
    contentType: 'image/x-test',
    size: 256,
    content: binary.toString('base64'),
  });
});

test('a content instance says its place and time', async t => {
  const lab = await protectionLab(t);
  const options = ['--content-instance', '--container', 'temperature', '--media-type', 'text/plain'];
  const object = await protect(lab.file('plain', '21.5'), ...lab.ae, '--entity', cseB, ...options);
  assert.deepEqual(Object.keys((JSON.parse(object) as { 'm2m:cin': object })['m2m:cin']), ['cnf', 'con']);
  // As it is notified, and alone.
  for (const found of [object, JSON.stringify({ rsc: 2000, pc: JSON.parse(object) })]) {
    const { code, document } = await json('unprotect', lab.file('object', found), ...lab.cse);
    assert.equal(code, 0);
    const { container, contentType, creationTime, content } = document;
    assert.deepEqual(
      { container, contentType, content },
      {
        container: 'temperature',
        contentType: 'text/plain',
        content: Buffer.from('21.5').toString('base64'),
      },
    );
    assert.ok(Math.abs(Date.parse(String(creationTime)) - Date.now()) < 60_000);
  }
});

test('a name with characters that a terminal would take for its own goes into the object as it is', async t => {
  const lab = await protectionLab(t);
  const container = 'green\u200dhouse\u202e';
  const options = ['--content-instance', '--class', 'signature', '--media-type', 'text/plain'];
  const protecting = [...lab.ae, '--entity', cseB, ...options, '--container', container];
  const object = await protect(lab.file('plain', '21.5'), ...protecting, '--serialisation', 'json');
  const file = lab.file('object', object);
  assert.equal((await unprotect(file, ...lab.cse, '--container', container)).toString(), '21.5');
});

test('several recipients: keys of the store and certificates in one Envelope, and each opens it', async t => {
  const other = { id: 'B'.repeat(32), secret: Buffer.alloc(32, 9), state: 'superseded' } as const;
  const lab = await protectionLab(t, { cse: [{}, other] });
  const raw = rawPublicKey(lab, 'cae2');
  const object = await protect(lab.file('plain', binary), ...lab.ae, '--entity', cseB, '--recipient', raw);
  const file = lab.file('object', object);
  assert.deepEqual(await unprotect(file, ...lab.cse), binary);
  const own = ['--credential', raw, '--credential-key', certs('cae2.key')];
  assert.deepEqual(await unprotect(file, ...own), binary);
  const { document } = await json('unprotect', file, ...own);
  assert.deepEqual(document.algorithms, ['A256KW', 'ECDH-ES+A256KW']);
  assert.equal((document.decryptedWith as { subject: unknown }).subject, null);
});

test('a master key that both end-points were given needs no store', async t => {
  const lab = await protectionLab(t);
  const master = ['--master-file', lab.file('master', `${'17'.repeat(32)}\n`)];
  const object = await protect(lab.file('plain', binary), ...master, '--salt', '00ff');
  const file = lab.file('object', object);
  assert.deepEqual(await unprotect(file, ...master, '--salt', '00ff'), binary);
  const { code, document } = await json('unprotect', file, ...master);
  assert.deepEqual([code, document.error?.code], [2, 'KEY_UNKNOWN']);
});

test('--out makes a file, of an opened one for its owner alone, and overwrites none', async t => {
  const lab = await protectionLab(t);
  const [object, opened] = [join(lab.folder, 'object'), join(lab.folder, 'opened')];
  const protecting = ['protect', lab.file('plain', binary), ...lab.ae, '--entity', cseB, '--out', object];
  const { stdout } = await run(...protecting);
  assert.match(stdout, /object: \d+ characters\n$/);
  const again = await json(...protecting);
  assert.deepEqual([again.code, again.document.error?.code], [2, 'OPTION_INVALID']);
  assert.match(again.document.error?.message ?? '', /exists already and is not overwritten/);
  const opening = await runRaw('unprotect', object, ...lab.cse, '--out', opened);
  assert.equal(opening.code, 0, opening.stderr);
  assert.deepEqual([opening.stdout.length, readFileSync(opened)], [0, binary]);
  assert.equal(statSync(opened).mode & 0o777, 0o600);
});

test('nothing is written of what does not open', async t => {
  const lab = await protectionLab(t);
  const object = await protect(lab.file('plain', binary), ...lab.ae, '--entity', cseB);
  const out = join(lab.folder, 'opened');
  const { code, stdout } = await runRaw(
    'unprotect',
    lab.file('object', changed(object)),
    ...lab.cse,
    '--out',
    out,
  );
  assert.deepEqual([code, stdout.length, existsSync(out)], [1, 0, false]);
});

test('the first object that opens makes an unconfirmed key active, and one that does not leaves it', async t => {
  const lab = await protectionLab(t, { cse: [{ state: 'unconfirmed' }] });
  const plain = lab.file('plain', binary);
  const object = await protect(plain, ...lab.ae, '--entity', cseB);
  const answer = ['protect', plain, ...lab.cse, '--entity', cae1] as const;
  assert.equal((await json(...answer)).document.error?.code, 'KEY_UNCONFIRMED');
  assert.equal((await run('unprotect', lab.file('changed', changed(object)), ...lab.cse)).code, 1);
  assert.equal((await json(...answer)).document.error?.code, 'KEY_UNCONFIRMED');
  await unprotect(lab.file('object', object), ...lab.cse);
  assert.equal((await json(...answer)).code, 0);
});

test('no output and no object holds a secret', async t => {
  const lab = await protectionLab(t);
  const object = await protect(lab.file('plain', binary), ...lab.ae, '--entity', cseB);
  const secret = Buffer.alloc(32, 0x5e);
  for (const argv of [
    ['protect', lab.file('plain', binary), ...lab.ae, '--entity', cseB, '--json'],
    ['unprotect', lab.file('object', object), ...lab.cse, '--json'],
    ['unprotect', lab.file('object', object), ...lab.cse],
  ]) {
    const { stdout, stderr } = await run(...argv);
    for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const)
      assert.ok(!(stdout + stderr).includes(secret.toString(form)), form);
  }
});

/** One bit of the last part but one. */
function changed(object: string): string {
  const parts = object.split('.');
  const part = Buffer.from(parts.at(-2) ?? '', 'base64url');
  part[0] = (part[0] ?? 0) ^ 1;
  return parts.with(-2, part.toString('base64url')).join('.');
}

interface Refusal {
  readonly name: string;
  readonly code: string;
  readonly exit: number;
  readonly says: RegExp;
  readonly argv: (lab: Lab, t: TestContext) => string[] | Promise<string[]>;
  readonly keys?: Parameters<typeof protectionLab>[1];
}

const plain = (lab: Lab) => lab.file('plain', '21.5');
const header = (members: object) => Buffer.from(JSON.stringify(members)).toString('base64url');
const opening =
  (change: (object: string, lab: Lab) => string, ...options: string[]): Refusal['argv'] =>
  async lab => {
    const object = await protect(plain(lab), ...lab.ae, '--entity', cseB);
    return ['unprotect', lab.file('object', change(object, lab)), ...lab.cse, ...options];
  };
const withHeader = (members: object): Refusal['argv'] =>
  opening(object => {
    const [first = '', ...rest] = object.split('.');
    const known = JSON.parse(Buffer.from(first, 'base64url').toString()) as object;
    return [header({ ...known, ...members }), ...rest].join('.');
  });

const refusals: readonly Refusal[] = [
  // Objects that are refused: exit 1.
  {
    name: 'a changed ciphertext',
    code: 'ESDATA_UNAUTHENTIC',
    exit: 1,
    says: /not authentic/,
    argv: opening(changed),
  },
  {
    name: 'a changed header',
    code: 'ESDATA_UNAUTHENTIC',
    exit: 1,
    says: /not authentic/,
    argv: withHeader({ cty: 'text/plain' }),
  },
  {
    name: 'an algorithm outside the profile',
    code: 'ESDATA_UNSUPPORTED',
    exit: 1,
    says: /enc is "A128CBC-HS256"/,
    argv: withHeader({ enc: 'A128CBC-HS256' }),
  },
  {
    name: 'crit',
    code: 'ESDATA_UNSUPPORTED',
    exit: 1,
    says: /"crit"/,
    argv: withHeader({ crit: ['exp'] }),
  },
  {
    name: 'no algorithm',
    code: 'ESDATA_UNSUPPORTED',
    exit: 1,
    says: /alg is "none"/,
    argv: opening(() => `${header({ alg: 'none' })}.eyJ9.`),
  },
  {
    name: 'a part that is missing',
    code: 'ESDATA_MALFORMED',
    exit: 1,
    says: /parts/,
    argv: opening(object => object.slice(0, object.lastIndexOf('.'))),
  },
  {
    name: 'a content instance from another container',
    code: 'ESDATA_UNAUTHENTIC',
    exit: 1,
    says: /another container/,
    argv: async lab => {
      const options = ['--entity', cseB, '--content-instance', '--container', 'a'];
      const file = lab.file('object', await protect(plain(lab), ...lab.ae, ...options));
      return ['unprotect', file, ...lab.cse, '--container', 'b'];
    },
  },
  {
    name: 'a content instance with a name that stands there twice',
    code: 'REQUEST_INVALID',
    exit: 1,
    says: /\/object: .*"con" twice/,
    argv: lab => [
      'unprotect',
      lab.file('object', '{"m2m:cin":{"cnf":"a/b:0:1","con":"x","con":"y"}}'),
      ...lab.cse,
    ],
  },
  {
    name: 'an Envelope in JSON that is cut off',
    code: 'ESDATA_MALFORMED',
    exit: 1,
    says: /\/object: the Envelope is not JSON; it may be cut off/,
    argv: async lab => {
      const options = ['--entity', cseB, '--serialisation', 'json'];
      const object = await protect(plain(lab), ...lab.ae, ...options);
      return ['unprotect', lab.file('object', object.slice(0, -1)), ...lab.cse];
    },
  },
  {
    name: 'what is only encrypted, where a signature is demanded',
    code: 'ESDATA_UNAUTHENTIC',
    exit: 1,
    says: /not signed by one of --signer/,
    argv: opening(object => object, '--signer', certs('cae1.pem')),
  },
  {
    name: 'a revoked key',
    code: 'KEY_REVOKED',
    exit: 1,
    says: new RegExp(`key ${keyId} was revoked`),
    argv: opening(object => object),
    keys: { cse: [{ state: 'revoked' }] },
  },
  {
    name: 'an expired key',
    code: 'KEY_EXPIRED',
    exit: 1,
    says: new RegExp(`key ${keyId} has expired`),
    argv: opening(object => object),
    keys: { cse: [{ expires: new Date(Date.now() - 1000) }] },
  },
  {
    name: 'an object after the end of the key',
    code: 'KEY_EXPIRED',
    exit: 1,
    says: /has expired/,
    argv: opening(object => object, '--time', '2200-01-01'),
  },
  // Keys that are not there, and options: exit 2.
  {
    name: 'a key that is not in the store',
    code: 'KEY_UNKNOWN',
    exit: 2,
    says: /to decrypt: 14-[0-9A-F]{32}$/,
    argv: opening(object => object),
    keys: { cse: [{ secret: Buffer.alloc(32, 1) }] },
  },
  {
    name: 'an object under another key than the one that is meant',
    code: 'KEY_UNKNOWN',
    exit: 2,
    says: /to decrypt.*; --key left out every other key of the store$/,
    argv: opening(object => object, '--key', 'B'.repeat(32)),
  },
  {
    name: 'an object of another entity than the one that is meant',
    code: 'KEY_UNKNOWN',
    exit: 2,
    says: /to decrypt.*; --entity left out every other key of the store$/,
    argv: opening(object => object, '--entity', '//m2m.example.com/cse-a/Cae2'),
  },
  {
    name: 'somebody to protect for without a key',
    code: 'KEY_UNKNOWN',
    exit: 2,
    says: /there is no key with/,
    argv: lab => ['protect', plain(lab), ...lab.ae, '--entity', '//m2m.example.com/cse-z'],
  },
  {
    name: 'a key to protect with that is not there',
    code: 'KEY_UNKNOWN',
    exit: 2,
    says: /there is no key C+ in the store/,
    argv: lab => ['protect', plain(lab), ...lab.ae, '--key', 'C'.repeat(32)],
  },
  {
    name: 'an unconfirmed key to protect with',
    code: 'KEY_UNCONFIRMED',
    exit: 2,
    says: /unconfirmed: only the first message/,
    argv: lab => ['protect', plain(lab), ...lab.ae, '--key', keyId],
    keys: { ae: [{ state: 'unconfirmed' }] },
  },
  {
    name: 'a revoked key to protect with',
    code: 'KEY_REVOKED',
    exit: 1,
    says: /was revoked/,
    argv: lab => ['protect', plain(lab), ...lab.ae, '--key', keyId],
    keys: { ae: [{ state: 'revoked' }] },
  },
  {
    name: 'a superseded key to protect with',
    code: 'KEY_EXPIRED',
    exit: 1,
    says: /superseded: it opens, and protects nothing more/,
    argv: lab => ['protect', plain(lab), ...lab.ae, '--key', keyId],
    keys: { ae: [{ state: 'superseded' }] },
  },
  ...(
    [
      ['no key at all', /there is nobody to encrypt for/, lab => ['protect', plain(lab)]],
      [
        'a key without its store',
        /--key names a key of a store/,
        lab => ['protect', plain(lab), '--key', keyId],
      ],
      [
        'a store without its seal',
        /--seal is missing/,
        lab => ['protect', plain(lab), ...without(lab.ae, '--seal')],
      ],
      [
        'a store without an identity',
        /--origin is missing/,
        lab => ['protect', plain(lab), ...without(lab.ae, '--origin')],
      ],
      [
        'a store that is not there',
        /no such file/,
        lab => ['protect', plain(lab), ...lab.ae.with(1, 'sqlite:/nowhere/x')],
      ],
      [
        'another kind of store',
        /--store must be sqlite:FILE/,
        lab => ['protect', plain(lab), ...lab.ae.with(1, 'memory:')],
      ],
      [
        'a store that is an empty file',
        /--store sqlite:\S+\/empty: the file is no store/,
        lab => ['protect', plain(lab), ...lab.ae.with(1, `sqlite:${lab.file('empty', '')}`)],
      ],
      [
        'a store that is a file of one byte, to open with',
        /--store sqlite:\S+\/byte: the file is no store/,
        async lab => {
          const object = await protect(plain(lab), ...lab.ae, '--entity', cseB);
          const store = `sqlite:${lab.file('byte', 'x')}`;
          return ['unprotect', lab.file('object', object), ...lab.cse.with(1, store)];
        },
      ],
      [
        'a seal that is none',
        /--seal .*neither 32 bytes nor 64/,
        lab => ['protect', plain(lab), ...lab.ae.with(3, plain(lab))],
      ],
      [
        'an identity that is none',
        /--origin Cae1: no absolute/,
        lab => ['protect', plain(lab), ...lab.ae.with(5, 'Cae1')],
      ],
      [
        'a master key beside a store',
        /does not go with --master-file/,
        lab => ['protect', plain(lab), ...lab.ae, '--master-file', plain(lab)],
      ],
      [
        'a master key that is too short',
        /16 bytes or more/,
        lab => ['protect', plain(lab), '--master-file', lab.file('m', '00112233')],
      ],
      [
        'a master key that is no hex',
        /--master-file .*: the first line is not/,
        lab => ['protect', plain(lab), '--master-file', lab.file('m', 'secret')],
      ],
      [
        'a salt that is no hex',
        /--salt is not at most 64 bytes in hex/,
        lab => ['protect', plain(lab), '--master-file', lab.file('m', '17'.repeat(16)), '--salt', 'x'],
      ],
      [
        'a salt alone',
        /--salt is for --master-file/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--salt', '00'],
      ],
      [
        'a MIC for somebody',
        /--recipient is not for --class signature/,
        lab => ['protect', plain(lab), ...lab.ae, '--class', 'signature', '--recipient', certs('cse-b.pem')],
      ],
      [
        'a signature that is not made',
        /--credential signs/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, ...ownCae1],
      ],
      [
        'nothing to sign with',
        /there is nothing to sign with/,
        lab => ['protect', plain(lab), '--class', 'signature'],
      ],
      [
        'nested without a certificate',
        /--credential is missing/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--class', 'nested'],
      ],
      [
        'an algorithm for nothing',
        /--alg: RS256 is no algorithm of ESData for/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--alg', 'RS256'],
      ],
      [
        'an algorithm that does not fit',
        /HS512 needs a key of 64 bytes/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--class', 'signature', '--alg', 'HS512'],
      ],
      [
        'no algorithm',
        /--alg: none is no algorithm/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--alg', 'none'],
      ],
      [
        'two algorithms for one key',
        /one of them can be used/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--alg', 'dir,A256KW'],
      ],
      [
        'an algorithm twice',
        /--alg: dir is given twice/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--alg', 'dir,dir'],
      ],
      [
        'an algorithm of another kind of key',
        /--alg A128KW fits no key that is given: shared keys have 32 bytes and take dir and A256KW/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--alg', 'A128KW'],
      ],
      [
        'an end-point twice',
        /--entity \/\/m2m\.example\.com\/cse-b is given twice/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--entity', cseB],
      ],
      [
        'a key twice',
        /--key A79E\S+ is given twice/,
        lab => ['protect', plain(lab), ...lab.ae, '--key', keyId, '--key', keyId.toLowerCase()],
      ],
      [
        'a key by two of its names',
        /--key and --entity: key A79E\S+ is given twice/,
        lab => ['protect', plain(lab), ...lab.ae, '--key', keyId, '--entity', cseB],
      ],
      [
        'a media type that is none',
        /--media-type: .*"text" is no media type/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--media-type', 'text'],
      ],
      [
        'a media type that is none, in a content instance',
        /--media-type: .*"text" is no media type/,
        lab => [
          ...['protect', plain(lab), ...lab.ae, '--entity', cseB, '--media-type', 'text'],
          ...['--content-instance', '--container', 'x'],
        ],
      ],
      ...(['JOSE', 'jose+json', 'application/jose'] as const).map(
        type =>
          [
            `the media type of an Envelope: ${type}`,
            /is that of an Envelope; --class nested/,
            (lab: Lab) => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--media-type', type],
          ] as const,
      ),
      [
        'standard output as a file',
        /--out -: without --out it goes to standard output/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--out', '-'],
      ],
      [
        'standard output as a file, to open into',
        /--out -: without --out/,
        opening(object => object, '--out', '-'),
      ],
      [
        'a master key from standard input',
        /--master-file -: a master key is in a file/,
        lab => ['protect', plain(lab), '--master-file', '-'],
      ],
      [
        'a configuration that is not there',
        /--config \/nowhere\/x: no such file/,
        lab => ['protect', plain(lab), '--config', '/nowhere/x'],
      ],
      [
        'a configuration that is a folder',
        /--config \S+: is a directory/,
        lab => ['protect', plain(lab), '--config', lab.folder],
      ],
      [
        'another enc than that of the key',
        /enc: the key encrypts with A256GCM/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--enc', 'A128GCM'],
      ],
      [
        'enc where nothing is encrypted',
        /--enc is not for --class signature/,
        lab => [
          'protect',
          plain(lab),
          ...lab.ae,
          '--entity',
          cseB,
          '--class',
          'signature',
          '--enc',
          'A128GCM',
        ],
      ],
      [
        'a content instance without its place',
        /--container is missing/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--content-instance'],
      ],
      [
        'a place without a content instance',
        /--container is for --content-instance/,
        lab => ['protect', plain(lab), ...lab.ae, '--entity', cseB, '--container', 'x'],
      ],
      ['a place of an Envelope alone', /bound to no place/, opening(object => object, '--container', 'x')],
      [
        'an option of ESPrim',
        /--receiver-rand is not for --object esdata/,
        lab => ['protect', plain(lab), '--receiver-rand', plain(lab)],
      ],
      [
        'an option of ESPrim to open with',
        /--request is not for ESData/,
        opening(object => object, '--request', '/x'),
      ],
      [
        'nothing to open it with',
        /there is nothing to open it with/,
        async lab => ['unprotect', lab.file('o', await protect(plain(lab), ...lab.ae, '--entity', cseB))],
      ],
      [
        'what is no object',
        /neither an ESPrim Object nor an ESData Envelope/,
        lab => ['unprotect', plain(lab), ...lab.cse],
      ],
      ['a file that is not there', /no such file/, lab => ['unprotect', '/nowhere/x', ...lab.cse]],
      [
        'too much to protect',
        /more than 524288 bytes/,
        lab => ['protect', lab.file('large', Buffer.alloc(524_289)), ...lab.ae, '--entity', cseB],
      ],
    ] as const satisfies readonly (readonly [string, RegExp, Refusal['argv']])[]
  ).map(([name, says, argv]) => ({ name, says, argv, code: 'OPTION_INVALID', exit: 2 })),
  {
    name: 'a certificate that is for signatures, to encrypt for',
    code: 'KEY_PURPOSE_WRONG',
    exit: 2,
    says: /keyUsage of the certificate has no keyAgreement.*pki issue --flavour raw makes/,
    argv: lab => ['protect', plain(lab), '--recipient', certs('cse-b.pem')],
  },
];

function without(options: readonly string[], name: string): string[] {
  const at = options.indexOf(name);
  return options.filter((_, index) => index !== at && index !== at + 1);
}

for (const { name, code, exit, says, argv, keys } of refusals)
  test(`refused with ${code}, exit ${exit}: ${name}`, async t => {
    const lab = await protectionLab(t, keys);
    const words = await argv(lab, t);
    const { code: exitCode, document } = await json(...words);
    assert.deepEqual([exitCode, document.error?.code], [exit, code], JSON.stringify(document));
    assert.match(document.error?.message ?? '', says);
    const { stdout } = await runRaw(...words);
    assert.equal(stdout.length, 0);
  });

test('a file that is no store is not made one', async t => {
  const lab = await protectionLab(t);
  const file = lab.file('byte', 'x');
  const { code } = await run('protect', plain(lab), ...lab.ae.with(1, `sqlite:${file}`), '--entity', cseB);
  assert.deepEqual([code, readFileSync(file, 'latin1')], [2, 'x']);
});

test('--out that cannot be written says why', async t => {
  const lab = await protectionLab(t);
  for (const [out, reason] of [
    [join(lab.folder, 'none', 'x'), /none\/x: no such folder/],
    [join(lab.file('file', ''), 'x'), /file\/x: no such folder/],
  ] as const) {
    const { document } = await json('protect', plain(lab), ...lab.ae, '--entity', cseB, '--out', out);
    assert.match(document.error?.message ?? '', reason);
  }
});

/** A command line in a process of its own, from a shell that has set something up; standard input is empty. */
function shell(setting: string, ...argv: readonly string[]) {
  const main = new URL('../../src/cli/main.ts', import.meta.url).href;
  const script = `const { main } = await import(${JSON.stringify(main)}); process.exitCode = await main(process.argv.slice(1));`;
  const node = [process.execPath, '--input-type=module', '-e', script, '--', ...argv];
  const { status, stderr } = spawnSync('sh', ['-c', `${setting} "$0" "$@"`, ...node], {
    input: '',
    encoding: 'utf8',
  });
  return { status, stderr };
}

test('--out leaves nothing behind where there is no room for all of it', { skip: noShell }, async t => {
  const lab = await protectionLab(t);
  const out = join(lab.folder, 'object');
  const words = [lab.file('plain', Buffer.alloc(8192)), '--master-file', lab.file('m', '17'.repeat(16))];
  const { status, stderr } = shell('ulimit -f 1;', 'protect', ...words, '--out', out);
  assert.match(stderr, /OPTION_INVALID: --out \S+: no file may be that long/);
  assert.deepEqual([status, existsSync(out)], [2, false]);
});

test('an empty standard input is not protected, and an empty file is', { skip: noShell }, async t => {
  const lab = await protectionLab(t);
  const master = ['--master-file', lab.file('m', '17'.repeat(16))];
  const { status, stderr } = shell('', 'protect', '-', ...master);
  assert.match(stderr, /OPTION_INVALID: -: standard input is empty or closed/);
  assert.equal(status, 2);
  const object = lab.file('object', await protect(lab.file('empty', ''), ...master));
  assert.equal((await unprotect(object, ...master)).length, 0);
});
