import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  certificatePem,
  keyFor,
  makeAuthority,
  nameConstraints,
} from '../../src/testing/certificate-maker.ts';
import { DefectLab, type Presentation } from '../../src/testing/defect-lab.ts';
import { defects } from '../../src/testing/defects.ts';
import { makeCrl } from '../../src/testing/status-maker.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));
const at = ['--time', '2026-12-01'];

const lab = new DefectLab({ keyOf: keyFor });
const [leaf, intermediate] = [lab.leaf(), lab.intermediate];
const trust = ['--trust', file('root.pem', certificatePem(lab.root.der))];
const right = file('right.pem', certificatePem(leaf.der, intermediate.der));

test('a sentence names the certificate, the field and the clause for each of 40 kinds of defect and more', async () => {
  assert.ok(defects.length >= 40);
  for (const { name, code, position, field, clause, make } of defects) {
    const {
      code: exit,
      stdout,
      stderr,
    } = await verify(make(lab), '--expect', lab.id, '--purpose', lab.purpose);
    assert.equal(exit, 1, name);
    assert.equal(stderr, '', name);
    const sentence = stdout.trimEnd().split('\n').at(-1) ?? '';
    const which = field.startsWith('certificate_list')
      ? 'certificate_list'
      : position === 0
        ? "the end-point's certificate ("
        : `certificate ${position} above the end-point's (`;
    assert.ok(sentence.startsWith(`${code}: ${which}`), `${name}: ${sentence}`);
    assert.ok(sentence.includes(`${field}: `), `${name}: ${sentence}`);
    assert.ok(sentence.includes('; accepted: ') && sentence.endsWith(` (${clause})`), `${name}: ${sentence}`);
  }
});

test('the path is shown, the trust anchor on top, and the one at fault is marked', async () => {
  const refused = await verify(defect('intermediate-expired'));
  assert.match(
    refused.stdout,
    /^refused for an end-point of any role, at 2026-12-01T00:00:00\.000Z, profile onem2m\n {2}trust anchor {2}CN=defect lab root, 2026-01-01 to 2126-01-01, SHA-256 [0-9a-f]{16}…\n✗ intermediate {2}CN=defect lab intermediate, 2025-01-01 to 2025-12-31, .*\n {2}end-point {5}UID=\/\/m2m\.example\.com\/cse-a\/Cae1, .*\nCERTIFICATE_EXPIRED: certificate 1 above .*\n$/,
  );
  const valid = await run('verify', right, ...trust, ...at, '--purpose', 'initiating');
  assert.equal(valid.code, 0);
  assert.match(
    valid.stdout,
    /^valid for the initiating end-point, at .*\n {2}trust anchor .*\n {2}intermediate .*\n {2}end-point .*\n {2}revocation {4}not looked at\n$/,
  );
});

test('a LEAF or a trust anchor that is no certificate file at all is the caller’s fault, and what it is is said', async () => {
  const pkcs12 = fileURLToPath(new URL('../vectors/credentials/ours-p256.p12', import.meta.url));
  const key = fileURLToPath(new URL('../../certs/cae1.key', import.meta.url));
  for (const [other, what] of [
    [pkcs12, 'it is a PKCS#12 file'],
    [key, 'it is PEM of a private key'],
    [file('list.crl', makeCrl({ issuer: lab.intermediate })), 'it is a certificate revocation list'],
  ] as const)
    for (const [words, option] of [
      [[other, ...trust], 'LEAF'],
      [[right, '--trust', other], '--trust'],
      [[right, ...trust, '--intermediates', other], '--intermediates'],
    ] as const) {
      const { code, stdout, stderr } = await run('verify', ...words);
      assert.deepEqual([code, stdout], [2, '']);
      assert.ok(stderr.includes(`${option} ${other}: there is no certificate in it`), stderr);
      assert.ok(stderr.includes(`; ${what}; e2ekey inspect FILE says what it is`), stderr);
    }
});

test('a certificate in DER that breaks somewhere is refused with a verdict', async () => {
  const { code, stdout } = await run('verify', file('cut.der', leaf.der.subarray(0, 200)), ...trust, ...at);
  assert.equal(code, 1);
  assert.match(stdout, /^CERTIFICATE_MALFORMED: /m);
});

test('one that cannot be read is in no path, and is shown all the same', async () => {
  const above = await verify(defect('intermediate-authority-not-true'));
  assert.match(above.stdout, /^✗ certificate 1 {2}not readable\n {2}end-point /m);
  const own = await verify(defect('version-1'));
  assert.match(own.stdout, /^✗ certificate 0 {2}not readable\nCERTIFICATE_UNSUPPORTED/m);
});

test('a path that leads to no trust anchor shows none', async () => {
  const { stdout } = await verify(defect('unknown-root-presented'));
  assert.match(stdout, /^✗ intermediate {2}CN=defect lab other root/m);
  assert.doesNotMatch(stdout, /trust anchor {2}/);
});

test('names are shown in one line and shortened, whatever is in them', async () => {
  const subject = `\u001b[2J\n${'x'.repeat(10_000)}`;
  const { stdout } = await verify(lab.presenting(lab.leaf({ subject, serial: 0 })));
  assert.doesNotMatch(stdout, /[^\P{C}\n]/u);
  for (const line of stdout.split('\n')) assert.ok(line.length < 500, line);
});

test('--json prints the verdict: the path once, and code, reason and finding null where it is valid', async () => {
  const valid = document(await run('verify', right, ...trust, ...at, '--json'));
  assert.deepEqual([valid.valid, valid.code, valid.reason, valid.finding], [true, null, null, null]);
  assert.equal(valid.valid, true);
  assert.equal(valid.signatureChecks, 2);
  assert.deepEqual(
    valid.path.map(({ subject }) => subject),
    ['UID=//m2m.example.com/cse-a/Cae1', 'CN=defect lab intermediate', 'CN=defect lab root'],
  );
  const refused = await verify(defect('root-expired'), '--json');
  assert.equal(refused.code, 1);
  assert.equal(refused.stderr, '');
  const { reason, finding, path, signatureChecks, ...verdict } = document(refused);
  assert.ok(signatureChecks > 0);
  assert.equal(path.length, 3);
  assert.equal(path[2]?.notAfter, '2025-12-31T23:59:59.000Z');
  assert.match(reason ?? '', /^certificate 2 above the end-point's \(CN=defect lab root\), validity: /);
  assert.deepEqual(verdict, { valid: false, code: 'CERTIFICATE_EXPIRED', statusBy: null });
  assert.deepEqual(finding, {
    code: 'CERTIFICATE_EXPIRED',
    position: 2,
    subject: 'CN=defect lab root',
    field: 'validity',
    problem: 'no longer valid at 2026-12-01T00:00:00.000Z',
    accepted: '2025-01-01T00:00:00.000Z to 2025-12-31T23:59:59.000Z, both included',
    clause: 'RFC 5280 6.1.3 (a)(2)',
  });
});

test('all files may be in DER, and --trust and --intermediates may be repeated', async () => {
  const other = makeAuthority({ subject: 'other' });
  const argv = [
    file('leaf.der', leaf.der),
    '--intermediates',
    file('other.der', other.der),
    '--intermediates',
    file('intermediate.der', intermediate.der),
    '--trust',
    file('two.pem', certificatePem(other.der, makeAuthority({ subject: 'another' }).der)),
    '--trust',
    file('root.der', lab.root.der),
  ];
  const { code, stderr } = await run('verify', ...argv, ...at);
  assert.equal(code, 0, stderr);
  const alone = await run('verify', file('leaf.pem', certificatePem(leaf.der)), ...trust, ...at);
  assert.match(alone.stdout, /issuer: nobody else is known by the name CN=defect lab intermediate/);
});

test('a file that is not there, or holds no certificate, is an error with exit 2, naming the option', async () => {
  const junk = file('junk.pem', 'junk');
  for (const [argv, message] of [
    [[join(folder, 'missing'), ...trust], /^LEAF .*missing: no such file$/],
    [[junk, ...trust], /^LEAF .*junk\.pem: there is no certificate in it/],
    [[right, '--trust', junk], /^--trust .*junk\.pem: there is no certificate in it/],
    [[right, ...trust, '--intermediates', folder], /^--intermediates .*: is a directory/],
    [[right], /^--trust is missing$/],
    [[...trust], /^LEAF is missing$/],
    [[right, ...trust, '--max-depth', '15'], /^--max-depth must be a whole number from 0 to 14$/],
  ] as const) {
    const { code, stdout } = await run('verify', ...argv, '--json');
    assert.equal(code, 2);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; finding: unknown } };
    assert.equal(error.code, 'OPTION_INVALID');
    assert.match(error.message, message);
    assert.equal(error.finding, undefined);
  }
});

test('--expect is what the certificate has to hold (TS-0003 8.1.2.5)', async () => {
  const expecting = (id: string) => run('verify', right, ...trust, ...at, '--expect', id);
  assert.equal((await expecting('//m2m.example.com/cse-a/Cae1')).code, 0);
  const other = await expecting('//m2m.example.com/cse-a/Cae2');
  assert.equal(other.code, 1);
  assert.match(
    other.stdout,
    /^IDENTITY_MISMATCH: .*it holds \/\/m2m\.example\.com\/cse-a\/Cae1; accepted: /m,
  );
  for (const [id, message] of [
    ['//m2m.example.com/cse-a', /--expect: .*a CSE-ID stands in no certificate/],
    ['two words', /--expect: "two words" is no identity/],
    [
      '//m2m.example.com/cse-a/Cae1=cse-b.m2m.example.com',
      /--expect .*: an AE has no certificate with a domain/,
    ],
    ['//m2m.example.com/cse-a=two words', /--expect .*: what follows the equals sign is not a name/],
  ] as const) {
    const { code, stdout, stderr } = await expecting(id);
    assert.equal(code, 2, id);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  }
});

test('what follows = in --expect stands in the certificate, and an equals sign in a URN is its own', async () => {
  const holding = (name: string, id: string) =>
    verify(lab.below({ replaced: { nameConstraints: null } }, { names: [name] }), '--expect', id);
  for (const [name, id] of [
    ['dns:cse-b.m2m.example.com', '//m2m.example.com/cse-b=CSE-B.m2m.example.com'],
    ['rid:2.999.1', '//m2m.example.com/cse-a/Cae1=2.999.1'],
    ['uri:urn:example:node=1', 'urn:example:node=1'],
    ['uri:urn:example:node=1', '//m2m.example.com/cse-b=urn:example:node=1'],
    ['device:0.2.481.1:100.3030.10011', '0.2.481.1.100.3030.10011'],
  ] as const) {
    assert.equal((await holding(name, id)).code, 0, id);
    assert.equal((await holding('dns:elsewhere.example', id)).code, 1, id);
  }
});

test('--certificate-profile rfc5280 accepts other keys, and hosts by their addresses', async () => {
  const presentation = lab.presenting(lab.leaf({ names: ['ip:c0000201'], key: lab.otherKey('P-384') }));
  const host = ['--expect', '192.0.2.1'];
  assert.equal((await verify(presentation, ...host, '--certificate-profile', 'rfc5280')).code, 0);
  assert.equal((await verify(presentation)).code, 1);
});

test('--purpose is the role that the certificate has to allow; without it, any', async () => {
  const presentation = defect('key-purpose-of-the-other-role');
  assert.equal((await verify(presentation)).code, 0);
  assert.equal((await verify(presentation, '--purpose', 'terminating')).code, 0);
  assert.equal((await verify(presentation, '--purpose', 'initiating')).code, 1);
});

test('--max-depth bounds the intermediates', async () => {
  assert.equal((await run('verify', right, ...trust, ...at, '--max-depth', '1')).code, 0);
  const { code, stdout } = await run('verify', right, ...trust, ...at, '--max-depth', '0');
  assert.equal(code, 1);
  assert.match(stdout, /issuer: a longer path; accepted: at most 0 intermediate certificates/);
});

test('an AE-ID without scheme under URI constraints is valid, with a warning that OpenSSL refuses it', async () => {
  const constraints = { permitted: ['dns:m2m.example.com', 'uri:m2m.example.com'] };
  const replaced = { nameConstraints: nameConstraints(constraints) };
  const bare = await verify(lab.below({ replaced }));
  assert.equal(bare.code, 0);
  assert.match(
    bare.stderr,
    /^warning: a URI without scheme .*OpenSSL refuses.* \(RFC 5280 4\.2\.1\.6, 4\.2\.1\.10\)$/m,
  );
  const withScheme = await verify(lab.below({ replaced }, { names: [`uri:m2m:${lab.id}`] }));
  assert.deepEqual([withScheme.code, withScheme.stderr], [0, '']);
});

test('a certificate of a bundle that cannot be read is named and passed over; a file of such only is refused', async () => {
  const broken = lab.root.der.subarray(0, 100);
  const bundle = file('bundle.pem', certificatePem(broken, lab.root.der));
  const passed = await run('verify', right, '--trust', bundle, ...at, '--json');
  assert.equal(passed.code, 0);
  assert.match(passed.stderr, /^warning: --trust \S+bundle\.pem: certificate 1: .*; it is passed over$/m);
  for (const option of ['--trust', '--intermediates']) {
    const refused = await run(
      'verify',
      right,
      ...trust,
      option,
      file('broken.pem', certificatePem(broken)),
      ...at,
    );
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, new RegExp(`${option} \\S+broken\\.pem: certificate 1: `));
  }
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function verify({ chain, anchors }: Presentation, ...argv: readonly string[]) {
  const presented = file('presented.pem', certificatePem(...chain));
  return run('verify', presented, '--trust', file('anchors.pem', certificatePem(...anchors)), ...at, ...argv);
}

function defect(name: string): Presentation {
  const found = defects.find(one => one.name === name);
  assert.ok(found !== undefined, name);
  return found.make(lab);
}

interface Document {
  readonly valid: boolean;
  readonly code?: string;
  readonly reason?: string;
  readonly finding?: object;
  readonly path: readonly { readonly subject: string; readonly notAfter: string }[];
  readonly signatureChecks: number;
}

function document({ stdout }: { readonly stdout: string }): Document {
  return JSON.parse(stdout) as Document;
}
