import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { FilePassword } from '../../src/endpoint/password-encryption.ts';
import { openPkcs12 } from '../../src/endpoint/pkcs12.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
const lab = join(folder, 'new', 'lab');
after(() => rmSync(folder, { recursive: true }));

const validity = ['--not-before', '2030-01-01', '--not-after', '2040-01-01'];
const cae1 = ['--flavour', 'ae-id', '--id', '//m2m.example.com/cse-a/Cae1'];

before(async () => {
  const { code, stderr } = await run('pki', 'init', lab, ...validity);
  assert.equal(code, 0, stderr);
});

test('pki init writes root and intermediate, keys for their owner only, in a folder that it makes', () => {
  const files = readdirSync(lab).sort();
  assert.deepEqual(files, ['intermediate.key', 'intermediate.pem', 'root.key', 'root.pem']);
  for (const name of ['intermediate.key', 'root.key'])
    assert.equal(statSync(join(lab, name)).mode & 0o777, 0o600);
});

test('pki init does not overwrite: exit 2, everything as it was', async () => {
  const read = () => readdirSync(lab).map(name => readFileSync(join(lab, name), 'utf8'));
  const before = read();
  const { code, stderr } = await run('pki', 'init', lab);
  assert.equal(code, 2);
  assert.match(stderr, /root\.pem: exists already and is not overwritten/);
  assert.deepEqual(read(), before);
});

test('pki init beside a leftover key leaves only that key', async () => {
  const directory = mkdtempSync(join(folder, 'leftover-'));
  writeFileSync(join(directory, 'intermediate.key'), 'precious');
  assert.equal((await run('pki', 'init', directory)).code, 2);
  assert.deepEqual(readdirSync(directory), ['intermediate.key']);
  assert.equal(readFileSync(join(directory, 'intermediate.key'), 'utf8'), 'precious');
});

test('pki init permits by default only the names reserved for examples and tests (RFC 2606, RFC 6761)', async () => {
  const { stdout } = await run('pki', 'init', join(folder, 'default'), '--json');
  const document = JSON.parse(stdout) as { domains: string[]; uriConstraints: boolean; status: string };
  assert.equal(document.status, 'created');
  assert.equal(document.uriConstraints, false);
  assert.deepEqual(document.domains, [
    'example.com',
    'example.net',
    'example.org',
    'example',
    'test',
    'localhost',
  ]);
});

test('pki init --json prints one document with the paths and the validity', async () => {
  const directory = join(folder, 'json');
  const { code, stdout, stderr } = await run(
    'pki',
    'init',
    directory,
    ...validity,
    '--domain',
    'M2M.example.com',
    '--json',
  );
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), {
    status: 'created',
    root: { certificate: join(directory, 'root.pem'), key: join(directory, 'root.key') },
    intermediate: {
      certificate: join(directory, 'intermediate.pem'),
      key: join(directory, 'intermediate.key'),
    },
    domains: ['m2m.example.com'],
    uriConstraints: false,
    devices: [],
    nodes: [],
    notBefore: '2030-01-01T00:00:00.000Z',
    notAfter: '2040-01-01T00:00:00.000Z',
  });
});

test('pki issue writes the chain without the root, and the key for its owner only', async () => {
  const out = join(folder, 'cae1');
  const { code, stdout, stderr } = await run('pki', 'issue', lab, ...cae1, '--out', out, ...validity);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  assert.match(stdout, /^ae-id certificate for \/\/m2m\.example\.com\/cse-a\/Cae1, valid until 2040-01-01/);
  const blocks =
    readFileSync(`${out}.pem`, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ??
    [];
  const [leaf, issuer, ...more] = blocks.map(block => new X509Certificate(block));
  assert.equal(more.length, 0);
  assert.equal(leaf?.subjectAltName, 'URI://m2m.example.com/cse-a/Cae1');
  assert.equal(issuer?.toString(), readFileSync(join(lab, 'intermediate.pem'), 'utf8'));
  assert.ok(leaf?.checkPrivateKey(createPrivateKey(readFileSync(`${out}.key`))));
  assert.match(readFileSync(`${out}.key`, 'utf8'), /^-----BEGIN PRIVATE KEY-----$/m);
  assert.equal(statSync(`${out}.key`).mode & 0o777, 0o600);
});

test('pki issue --json prints one document and never the private key', async () => {
  const out = join(folder, 'cse-b');
  const argv = [
    '--flavour',
    'cse-id',
    '--id',
    'CSE-B.m2m.example.com',
    '--out',
    out,
    '--key-type',
    'p256',
    '--json',
  ];
  const { code, stdout, stderr } = await run('pki', 'issue', lab, ...argv, ...validity);
  assert.equal(code, 0);
  const leaf = new X509Certificate(readFileSync(`${out}.pem`));
  assert.deepEqual(JSON.parse(stdout), {
    status: 'issued',
    flavour: 'cse-id',
    id: 'cse-b.m2m.example.com',
    certificate: `${out}.pem`,
    key: `${out}.key`,
    serial: leaf.serialNumber.toLowerCase(),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: '2030-01-01T00:00:00.000Z',
    notAfter: '2040-01-01T00:00:00.000Z',
    warnings: [],
  });
  const { d } = createPrivateKey(readFileSync(`${out}.key`)).export({ format: 'jwk' });
  for (const form of [Buffer.from(d ?? '', 'base64url'), ...[readFileSync(`${out}.key`)]])
    for (const encoding of ['hex', 'base64', 'utf8'] as const)
      assert.ok(!(stdout + stderr).includes(form.toString(encoding)));
});

test('pki issue is valid for one year from now unless it is told otherwise', async () => {
  const out = join(folder, 'year');
  await run('pki', 'issue', lab, ...cae1, '--out', out);
  const { validFromDate, validToDate } = new X509Certificate(readFileSync(`${out}.pem`));
  const expected = new Date(validFromDate);
  expected.setUTCFullYear(expected.getUTCFullYear() + 1);
  assert.deepEqual(validToDate, expected);
  assert.ok(Math.abs(validFromDate.getTime() - Date.now()) < 60_000);
});

test('pki issue does not overwrite, neither the certificate nor the key', async () => {
  for (const [kept, absent] of [
    ['.pem', '.key'],
    ['.key', '.pem'],
  ]) {
    const out = join(folder, `kept${kept}`);
    writeFileSync(`${out}${kept}`, 'precious');
    const { code, stderr } = await run('pki', 'issue', lab, ...cae1, '--out', out);
    assert.equal(code, 2);
    assert.match(stderr, /exists already and is not overwritten/);
    assert.equal(readFileSync(`${out}${kept}`, 'utf8'), 'precious');
    assert.ok(!existsSync(`${out}${absent}`));
  }
});

test('pki issue --uri-scheme writes the scheme form, which an authority with URI constraints needs', async () => {
  const strict = join(folder, 'strict');
  assert.equal((await run('pki', 'init', strict, '--uri-constraints')).code, 0);
  const scheme = await run(
    'pki',
    'issue',
    strict,
    ...cae1,
    '--out',
    join(folder, 'scheme'),
    '--uri-scheme',
    'm2m',
  );
  assert.equal(scheme.stderr, '');
  const leaf = new X509Certificate(readFileSync(join(folder, 'scheme.pem')));
  assert.equal(leaf.subjectAltName, 'URI:m2m://m2m.example.com/cse-a/Cae1');
  const verbatim = await run('pki', 'issue', strict, ...cae1, '--out', join(folder, 'verbatim'), '--json');
  assert.equal(verbatim.code, 0);
  assert.match(verbatim.stderr, /^warning: OpenSSL refuses this certificate/);
  const { warnings } = JSON.parse(verbatim.stdout) as { warnings: string[] };
  assert.equal(warnings.length, 1);
});

test('pki init constrains devices and nodes where that is wished (TS-0003 8.1.2.2, 10.1.1.4.2)', async () => {
  const directory = join(folder, 'identifiers');
  const subtrees = ['--device', '0.2.481.1.100', '--device', '0.2.481.1.200', '--node', '1.2.3'];
  const { stdout } = await run('pki', 'init', directory, ...subtrees, '--json');
  const { devices, nodes } = JSON.parse(stdout) as { devices: string[]; nodes: string[] };
  assert.deepEqual([devices, nodes], [['0.2.481.1.100', '0.2.481.1.200'], ['1.2.3']]);
  const base = ['pki', 'issue', directory, '--out', join(folder, 'identified'), '--flavour'];
  const outside = await run(...base, 'device', '--id', '0.2.481.1.300.1');
  assert.equal(outside.code, 2);
  assert.match(outside.stderr, /in no permitted subtree; permitted: 0\.2\.481\.1\.100, 0\.2\.481\.1\.200/);
  const within = await run(...base, 'device', '--id', '0.2.481.1.200.1');
  assert.deepEqual(
    [within.code, within.stderr.split(' ').slice(0, 3).join(' ')],
    [0, 'warning: OpenSSL refuses'],
  );
});

const identities: readonly [flavour: string, id: string, subjectAltName: string, warnings: number][] = [
  ['ae-id', '//m2m.example.com/cse-a/Cae9', 'URI://m2m.example.com/cse-a/Cae9', 0],
  ['cse-id', 'cse-9.m2m.example.com', 'DNS:cse-9.m2m.example.com', 0],
  ['node-id', 'urn:gsma:imei:90420156-025763-0', 'URI:urn:gsma:imei:90420156-025763-0', 1],
  ['node-id', '1.3.6.1.4.1.99999.7', 'Registered ID:1.3.6.1.4.1.99999.7', 1],
  ['device', '0.2.481.1.100.3030.10011', 'othername:<unsupported>', 1],
  ['device', '1.3.6.1.4.1.99999:0a0b', 'othername:<unsupported>', 1],
  ['fqdn', 'maf.example.com', 'URI:https://maf.example.com, DNS:maf.example.com', 0],
];

for (const [index, [flavour, id, subjectAltName, warnings]] of identities.entries())
  test(`pki issue --flavour ${flavour} --id ${id}, from a default authority (TS-0003 10.1.1)`, async () => {
    const out = join(folder, `identity-${index}`);
    const argv = ['--flavour', flavour, '--id', id, '--out', out, '--json'];
    const { code, stdout, stderr } = await run('pki', 'issue', lab, ...argv);
    assert.equal(code, 0, stderr);
    const document = JSON.parse(stdout) as { flavour: string; id: string; warnings: string[] };
    assert.deepEqual([document.flavour, document.id, document.warnings.length], [flavour, id, warnings]);
    assert.equal(new X509Certificate(readFileSync(`${out}.pem`)).subjectAltName, subjectAltName);
  });

test('pki issue --indication-arcs and --purpose stand in the certificate', async () => {
  const out = join(folder, 'purpose');
  const argv = ['--flavour', 'device', '--id', '1.2.3.4.5.6.7', '--indication-arcs', '6', '--out', out];
  assert.equal((await run('pki', 'issue', lab, ...argv, '--purpose', 'terminating')).code, 0);
  const { extensions } = parseCertificate(new X509Certificate(readFileSync(`${out}.pem`)).raw);
  assert.deepEqual(extensions.extKeyUsage, ['1.3.6.1.5.5.7.3.1']);
  const [name] = extensions.subjectAltName ?? [];
  assert.ok(name?.form === 'other');
  assert.deepEqual([name.typeId, name.objectIdentifier], ['1.2.3.4.5.6', '1.2.3.4.5.6.7']);
});

test('pki issue --issuer root puts no authority between', async () => {
  const out = join(folder, 'from-root');
  const { code, stderr } = await run('pki', 'issue', lab, ...cae1, '--out', out, '--issuer', 'root');
  assert.equal(code, 0);
  assert.match(stderr, /^warning: no name constraint above restricts/);
  assert.equal(readFileSync(`${out}.pem`, 'utf8').match(/BEGIN CERTIFICATE/g)?.length, 1);
});

test('pki issue --password-file writes chain and key in PKCS #12 as well (RFC 7292), and the password nowhere', async () => {
  const [out, passwordFile] = [join(folder, 'bundle'), join(folder, 'password')];
  writeFileSync(passwordFile, 'a password of the lab\r\nand more\n');
  const argv = [...cae1, '--out', out, '--password-file', passwordFile, '--json'];
  const { code, stdout, stderr } = await run('pki', 'issue', lab, ...argv);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal((JSON.parse(stdout) as { pkcs12: string }).pkcs12, `${out}.p12`);
  assert.equal(statSync(`${out}.p12`).mode & 0o777, 0o600);
  const password = new FilePassword('a password of the lab');
  const { keys, certificates } = openPkcs12(readFileSync(`${out}.p12`), password);
  assert.deepEqual([keys.length, keys[0]?.equals(createPrivateKey(readFileSync(`${out}.key`)))], [1, true]);
  assert.deepEqual(
    certificates.map(der => new X509Certificate(der).toString()).join(''),
    readFileSync(`${out}.pem`, 'utf8'),
  );
  for (const written of [stdout, readFileSync(`${out}.pem`, 'utf8'), readFileSync(`${out}.p12`, 'latin1')])
    assert.ok(!written.includes('a password of the lab'));
});

test('pki issue --password-file overwrites no PKCS #12 file, and then writes nothing', async () => {
  const [out, passwordFile] = [join(folder, 'kept-bundle'), join(folder, 'password-kept')];
  writeFileSync(passwordFile, 'secret');
  writeFileSync(`${out}.p12`, 'precious');
  const { code, stderr } = await run(
    'pki',
    'issue',
    lab,
    ...cae1,
    '--out',
    out,
    '--password-file',
    passwordFile,
  );
  assert.equal(code, 2);
  assert.match(stderr, /kept-bundle\.p12: exists already and is not overwritten/);
  assert.equal(readFileSync(`${out}.p12`, 'utf8'), 'precious');
  assert.ok(!existsSync(`${out}.pem`) && !existsSync(`${out}.key`));
});

test('pki issue --crl-url and --ocsp-url stand in the certificate (RFC 5280 4.2.1.13, 4.2.2.1)', async () => {
  const out = join(folder, 'located');
  const urls = ['--crl-url', 'http://crl.example.com/lab.crl', '--ocsp-url', 'http://ocsp.example.com/'];
  assert.equal((await run('pki', 'issue', lab, ...cae1, '--out', out, ...urls)).code, 0);
  const leaf = new X509Certificate(readFileSync(`${out}.pem`));
  assert.equal(leaf.infoAccess, 'OCSP - URI:http://ocsp.example.com/');
  assert.ok(leaf.raw.includes('http://crl.example.com/lab.crl'));
});

const rawCae1 = ['--flavour', 'raw', '--id', '//M2M.example.com/cse-a/Cae1'];

test('pki issue --flavour raw writes the public key alone, and prints the identifier to pin it by (TS-0003 10.1.2)', async () => {
  const out = join(folder, 'raw');
  // No authority takes part, so that any folder is right, also one that is not there.
  const { code, stdout, stderr } = await run('pki', 'issue', join(folder, 'none'), ...rawCae1, '--out', out);
  assert.deepEqual([code, stderr], [0, '']);
  const pem = readFileSync(`${out}.pem`, 'utf8');
  assert.match(pem, /^-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n$/);
  assert.ok(createPublicKey(readFileSync(`${out}.key`)).equals(createPublicKey(pem)));
  assert.equal(statSync(`${out}.key`).mode & 0o777, 0o600);
  const digest = createHash('sha256').update(createPublicKey(pem).export({ type: 'spki', format: 'der' }));
  assert.deepEqual(stdout.split('\n'), [
    `raw public key for //m2m.example.com/cse-a/Cae1: ${out}.pem, ${out}.key`,
    `ni:///sha-256;${digest.copy().digest('base64url')}`,
    `SHA-256 ${digest.digest('hex')}`,
    '',
  ]);
  assert.ok(!existsSync(join(folder, 'none')));
});

test('pki issue --flavour raw --json prints one document and never the private key', async () => {
  const out = join(folder, 'raw-json');
  const { code, stdout, stderr } = await run('pki', 'issue', lab, ...rawCae1, '--out', out, '--json');
  assert.deepEqual([code, stderr], [0, '']);
  const spki = createPublicKey(readFileSync(`${out}.pem`)).export({ type: 'spki', format: 'der' });
  assert.deepEqual(JSON.parse(stdout), {
    status: 'issued',
    flavour: 'raw',
    id: '//m2m.example.com/cse-a/Cae1',
    publicKey: `${out}.pem`,
    key: `${out}.key`,
    publicKeyIdentifier: `ni:///sha-256;${createHash('sha256').update(spki).digest('base64url')}`,
    fingerprint: createHash('sha256').update(spki).digest('hex'),
    warnings: [],
  });
  const { d } = createPrivateKey(readFileSync(`${out}.key`)).export({ format: 'jwk' });
  for (const encoding of ['hex', 'base64', 'base64url'] as const)
    assert.ok(!stdout.includes(Buffer.from(d ?? '', 'base64url').toString(encoding)));
});

test('pki issue --key-type makes other keys, with a warning where the oneM2M profile refuses them (TS-0003 10.1.1.1)', async () => {
  const kinds = { p384: 'ec', p521: 'ec', rsa2048: 'rsa', rsa3072: 'rsa', ed25519: 'ed25519' };
  for (const [keyType, kind] of Object.entries(kinds))
    for (const flavour of [cae1, rawCae1]) {
      const out = join(folder, `${keyType}-${flavour === cae1 ? 'certificate' : 'raw'}`);
      const argv = [...flavour, '--out', out, '--key-type', keyType, '--json'];
      const { code, stdout, stderr } = await run('pki', 'issue', lab, ...argv);
      assert.equal(code, 0);
      assert.match(
        stderr,
        /^warning: end-points refuse this key under the oneM2M certificate profile: a key of kind /,
      );
      const { warnings } = JSON.parse(stdout) as { warnings: string[] };
      assert.equal(stderr, `warning: ${warnings[0]}\n`);
      assert.equal(createPrivateKey(readFileSync(`${out}.key`)).asymmetricKeyType, kind);
    }
});

const issue = ['pki', 'issue', lab, '--out', join(folder, 'never')];
const [emptyFile, foreignFile] = [join(folder, 'empty'), join(folder, 'foreign')];
writeFileSync(emptyFile, '\nsecret');
writeFileSync(foreignFile, 'pässword');
const refusals: readonly [argv: string[], sentence: RegExp][] = [
  [
    [...issue, '--flavour', 'maf-id', '--id', 'x'],
    /--flavour must be ae-id or cse-id or node-id or device or fqdn or raw, not "maf-id"/,
  ],
  [[...issue, '--flavour', 'ae-id'], /--id is missing/],
  [[...issue, ...cae1, '--key-type', 'rsa'], /--key-type must be p256 or p384 or .* or ed25519, not "rsa"/],
  [[...issue, '--flavour', 'ae-id', '--id', 'Cae1'], /"Cae1" is no absolute AE-ID/],
  [[...issue, '--flavour', 'ae-id', '--id', '//m2m.example.com/cse-a'], /is a CSE-ID, not an AE-ID/],
  [[...issue, '--flavour', 'cse-id', '--id', '*.example.com'], /"\*\.example\.com" is no domain name/],
  [
    [...issue, '--flavour', 'cse-id', '--id', 'cse.oneM2M.org'],
    /"cse\.onem2m\.org", which is in no permitted subtree; permitted: example\.com, /,
  ],
  [[...issue, ...cae1, '--uri-scheme', 'M2M:'], /"M2M:" is no URI scheme/],
  [[...issue, ...cae1, '--not-before', 'yesterday'], /--not-before must be an ISO 8601 time/],
  [[...issue, ...cae1, '--not-before', '2031-01-01', '--not-after', '2030-01-01'], /notAfter must be later/],
  [[...issue, '--flavour', 'node-id', '--id', 'x'], /"x" is no Node-ID/],
  [[...issue, '--flavour', 'device', '--id', '0.2.481.1'], /no arc below the M2M Device Indication ID/],
  [[...issue, '--flavour', 'fqdn', '--id', 'https://maf.example.com'], /is no domain name/],
  [[...issue, ...cae1, '--indication-arcs', '4'], /Indication ID belong to a device certificate/],
  [[...issue, ...cae1, '--purpose', 'server'], /--purpose must be initiating or terminating or any/],
  [[...issue, '--flavour', 'raw', '--id', 'Cae1'], /"Cae1" is no absolute AE-ID or CSE-ID/],
  [[...issue, ...rawCae1, '--uri-scheme', 'm2m'], /--uri-scheme belongs to a certificate/],
  [[...issue, ...rawCae1, '--issuer', 'root'], /--issuer belongs to a certificate/],
  [[...issue, ...rawCae1, '--indication-arcs', '4'], /--indication-arcs belongs to a certificate/],
  [[...issue, ...rawCae1, '--purpose', 'any'], /--purpose belongs to a certificate/],
  [[...issue, ...rawCae1, '--password-file', 'x'], /--password-file belongs to a certificate/],
  [[...issue, ...rawCae1, '--crl-url', 'http://x'], /--crl-url belongs to a certificate/],
  [[...issue, ...rawCae1, '--ocsp-url', 'http://x'], /--ocsp-url belongs to a certificate/],
  [[...issue, ...cae1, '--crl-url', 'ldap://x'], /"ldap:\/\/x" is no location of a CRL/],
  [[...issue, ...cae1, '--ocsp-url', 'x'], /"x" is no location of a OCSP responder/],
  [[...issue, ...cae1, '--password-file', join(folder, 'none')], /--password-file .*none: no such file/],
  [[...issue, ...cae1, '--password-file', emptyFile], /--password-file .*empty: the first line is empty/],
  [[...issue, ...cae1, '--password-file', foreignFile], /password.* not 1 to 512 printable ASCII characters/],
  [[...issue, ...rawCae1, '--not-before', '2030-01-01'], /--not-before belongs to a certificate/],
  [[...issue, ...rawCae1, '--not-after', '2030-01-01'], /--not-after belongs to a certificate/],
  [
    ['pki', 'issue', folder, ...cae1, '--out', join(folder, 'never')],
    /intermediate\.pem: not a file of a lab authority/,
  ],
  [['pki', 'issue', lab, ...cae1, '--out', join(folder, 'no', 'folder')], /folder\.pem: cannot be written/],
  [['pki', 'init', join(lab, 'root.pem')], /root\.pem: the folder cannot be made/],
  [['pki', 'init', join(folder, 'never'), '--domain', 'not a domain'], /"not a domain" is no domain name/],
];

for (const [argv, sentence] of refusals) {
  test(`exit 2 and nothing written: ${sentence.source}`, async () => {
    const { code, stdout, stderr } = await run(...argv);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, sentence);
    assert.ok(!existsSync(join(folder, 'never')) && !existsSync(join(folder, 'never.pem')));
  });
}
