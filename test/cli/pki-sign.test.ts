import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { validatePath } from '../../src/certificates/index.ts';
import { pemBlocks } from '../../src/certificates/pem.ts';
import { basicConstraints, keyFor, keyUsage, otherKey } from '../../src/testing/certificate-maker.ts';
import { makeRequest, type RequestOptions } from '../pki/requests.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

const at = (...names: readonly string[]) => join(folder, ...names);
const lab = at('lab');
assert.equal((await run('pki', 'init', lab, '--domain', 'm2m.example.com')).code, 0);

const pemOf = (der: Uint8Array, label = 'CERTIFICATE REQUEST') =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`;

/** Writes a request in PEM, and gives its path. */
function request(name: string, options: RequestOptions = {}): string {
  const file = at(`${name}.csr`);
  writeFileSync(file, pemOf(makeRequest(options)));
  return file;
}
const cse = request('cse', { names: ['dns:cse-b.m2m.example.com'] });
const nameless = request('nameless');
const cae1 = ['--flavour', 'ae-id', '--id', '//m2m.example.com/cse-a/Cae1'];

test('pki sign gives the requester a chain that leads to the root, for the identity that it asks for', async () => {
  const out = at('signed');
  const { code, stdout, stderr } = await run('pki', 'sign', lab, '--csr', cse, '--out', out, '--json');
  assert.deepEqual([code, stderr], [0, '']);
  const leaf = new X509Certificate(readFileSync(`${out}.pem`));
  assert.deepEqual(JSON.parse(stdout), {
    status: 'issued',
    flavour: 'cse-id',
    id: 'cse-b.m2m.example.com',
    certificate: `${out}.pem`,
    serial: leaf.serialNumber.toLowerCase(),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: leaf.validFromDate.toISOString(),
    notAfter: leaf.validToDate.toISOString(),
    warnings: [],
  });
  assert.ok(leaf.publicKey.equals(createPublicKey(keyFor('requester'))));
  const ders = (file: string) => pemBlocks(readFileSync(file, 'utf8')).map(({ der }) => der ?? assert.fail());
  const options = { anchors: ders(join(lab, 'root.pem')), time: new Date(), expect: 'cse-b.m2m.example.com' };
  assert.equal(validatePath(ders(`${out}.pem`), options).valid, true);
  assert.ok(!existsSync(`${out}.key`));
});

test('a request is read in PEM under both labels, among other text, and in DER', async () => {
  const der = makeRequest({ names: ['dns:cse-b.m2m.example.com'] });
  const forms: readonly (string | Uint8Array)[] = [
    der,
    pemOf(der, 'NEW CERTIFICATE REQUEST'),
    `Certificate Request:\n    Data:\n${pemOf(der)}`,
    `${pemOf(der).replaceAll('\n', '\r\n')}-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n`,
  ];
  for (const [index, form] of forms.entries()) {
    const file = at(`form-${index}`);
    writeFileSync(file, form);
    const { code, stderr } = await run('pki', 'sign', lab, '--csr', file, '--out', at(`formed-${index}`));
    assert.deepEqual([code, stderr], [0, '']);
  }
});

test('--flavour and --id decide, as with pki issue; what the request asks for beside that is passed over with a warning', async () => {
  const file = request('other', { names: ['dns:cse-b.m2m.example.com'], more: [keyUsage('keyCertSign')] });
  const out = at('said');
  const argv = ['--out', out, ...cae1, '--uri-scheme', 'm2m', '--purpose', 'initiating'];
  const { code, stdout, stderr } = await run('pki', 'sign', lab, '--csr', file, ...argv);
  assert.equal(code, 0);
  assert.deepEqual(stderr.split('\n'), [
    'warning: the certificate is for //m2m.example.com/cse-a/Cae1; the names in the request are passed over',
    'warning: passed over in the request: keyUsage; a certificate has what its flavour has',
    '',
  ]);
  assert.match(
    stdout,
    /^ae-id certificate for \/\/m2m\.example\.com\/cse-a\/Cae1, valid until .*said\.pem\n$/,
  );
  const leaf = new X509Certificate(readFileSync(`${out}.pem`));
  assert.equal(leaf.subjectAltName, 'URI:m2m://m2m.example.com/cse-a/Cae1');
  const { keyUsage: usage, extKeyUsage, basicConstraints: basic } = parseCertificate(leaf.raw).extensions;
  assert.deepEqual(
    [[...(usage ?? [])], extKeyUsage, basic],
    [['digitalSignature'], ['1.3.6.1.5.5.7.3.2'], null],
  );
});

test('dates, locations and issuer are as with pki issue', async () => {
  const out = at('dated');
  const dates = ['--not-before', '2030-01-01', '--not-after', '2031-01-01'];
  const urls = ['--crl-url', 'http://crl.example.com/lab.crl', '--ocsp-url', 'http://ocsp.example.com'];
  const { code } = await run(
    'pki',
    'sign',
    lab,
    '--csr',
    cse,
    '--out',
    out,
    ...dates,
    ...urls,
    '--issuer',
    'root',
  );
  assert.equal(code, 0);
  const leaf = new X509Certificate(readFileSync(`${out}.pem`));
  assert.deepEqual(
    [leaf.issuer, leaf.validFromDate, leaf.validToDate, leaf.infoAccess],
    [
      'CN=e2ekey lab root',
      new Date('2030-01-01'),
      new Date('2031-01-01'),
      'OCSP - URI:http://ocsp.example.com',
    ],
  );
  assert.ok(leaf.raw.includes('http://crl.example.com/lab.crl'));
});

test('pki sign overwrites nothing', async () => {
  const out = at('kept');
  writeFileSync(`${out}.pem`, 'precious');
  const { code, stderr } = await run('pki', 'sign', lab, '--csr', cse, '--out', out);
  assert.equal(code, 2);
  assert.match(stderr, /kept\.pem: exists already and is not overwritten/);
  assert.equal(readFileSync(`${out}.pem`, 'utf8'), 'precious');
});

const forged = request('forged', { signingKey: keyFor('forger'), names: ['dns:cse-b.m2m.example.com'] });
const weak = request('weak', { key: otherKey(1024) });
const authority = request('authority', { more: [basicConstraints(true)] });
const outside = request('outside', { names: ['dns:cse.onem2m.org'] });
writeFileSync(at('two.csr'), pemOf(makeRequest()).repeat(2));
writeFileSync(
  at('broken.csr'),
  '-----BEGIN CERTIFICATE REQUEST-----\nMA!=\n-----END CERTIFICATE REQUEST-----\n',
);
writeFileSync(at('junk.csr'), 'junk');
writeFileSync(at('empty.csr'), '');
const never = at('never');
const sign = (file: string) => ['pki', 'sign', lab, '--out', never, '--csr', file];
const refusals: readonly [argv: string[], sentence: RegExp][] = [
  [['pki', 'sign', lab, '--out', never], /--csr is missing/],
  [['pki', 'sign', lab, '--csr', cse], /--out is missing/],
  [sign(at('none.csr')), /--csr .*none\.csr: no such file/],
  [
    sign(at('junk.csr')),
    /--csr .*junk\.csr: there is no certification request in it, neither in DER nor in PEM; e2ekey inspect FILE says what it is/,
  ],
  [
    sign(at('empty.csr')),
    /--csr .*empty\.csr: there is no certification request in it, .*; it is empty; e2ekey/,
  ],
  [sign(at('two.csr')), /--csr .*two\.csr: more than one CERTIFICATE REQUEST block in the file/],
  [sign(at('broken.csr')), /--csr .*broken\.csr: the block CERTIFICATE REQUEST is not base64/],
  [
    sign(join(lab, 'root.pem')),
    /--csr .*root\.pem: there is no certification request in it, .*; it is PEM of a certificate; e2ekey/,
  ],
  [sign(forged), /--csr .*forged\.csr: signature: not made with the key in the request/],
  [[...sign(weak), ...cae1], /--csr .*weak\.csr: .*an RSA modulus of 1024 bits; accepted: P-256/],
  [[...sign(authority), ...cae1], /the request asks for a certification authority/],
  [sign(outside), /"cse\.onem2m\.org", which is in no permitted subtree; permitted: m2m\.example\.com/],
  [
    sign(nameless),
    /is not that of exactly one identity of oneM2M .*; say which it is \(--flavour and --id\)/,
  ],
  [[...sign(nameless), '--flavour', 'ae-id'], /--flavour and --id say together what the certificate is for/],
  [[...sign(nameless), '--id', 'x'], /--flavour and --id say together what the certificate is for/],
  [[...sign(cse), '--uri-scheme', 'm2m'], /--uri-scheme belongs to --flavour and --id/],
  [[...sign(cse), '--indication-arcs', '4'], /--indication-arcs belongs to --flavour and --id/],
  [[...sign(cse), '--flavour', 'raw', '--id', 'x'], /--flavour must be ae-id or cse-id or node-id/],
  [[...sign(cse), '--crl-url', 'ldap://x'], /"ldap:\/\/x" is no location of a CRL/],
  [['pki', 'sign', folder, '--csr', cse, '--out', never], /intermediate\.pem: not a file of a lab authority/],
];
for (const [argv, sentence] of refusals)
  test(`exit 2 and nothing written: ${sentence.source}, ${argv.join(' ').replaceAll(folder, '')}`, async () => {
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await run(...argv);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, sentence);
    assert.deepEqual(readdirSync(folder), before);
  });
