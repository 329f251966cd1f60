// What OpenSSL and GnuTLS make of our CRLs and OCSP responses, and we of their certification requests.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gnutls } from '../../src/interop/peers/gnutls.ts';
import { openssl } from '../../src/interop/peers/openssl.ts';
import { run } from '../cli/run.ts';
import { needed } from './needed.ts';

const options = await needed(openssl);
const withGnutls = await needed(gnutls);

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const lab = at('lab');
const [cse, ae, responder, lists] = [at('cse'), at('ae'), at('ocsp'), at('lists.pem')];
const [root, intermediate] = ['root', 'intermediate'].map(name => join(lab, `${name}.pem`));
assert.ok(root !== undefined && intermediate !== undefined);

async function done(...argv: readonly string[]): Promise<void> {
  const { code, stderr } = await run('pki', ...argv);
  assert.equal(code, 0, stderr);
}

function spawned(program: string, ...argv: readonly string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(program, argv, { encoding: 'utf8', timeout: 8000 });
  return { status, text: stdout + stderr };
}

await done('init', lab);
await done('issue', lab, '--flavour', 'cse-id', '--id', 'cse.example.com', '--out', cse);
await done('issue', lab, '--flavour', 'ae-id', '--id', '//m2m.example.com/cse-a/Cae1', '--out', ae);
await done('responder', lab, '--out', responder);
await done('revoke', lab, `${ae}.pem`, '--reason', 'keyCompromise');
for (const issuer of ['root', 'intermediate'])
  await done('crl', lab, '--issuer', issuer, '--out', at(`${issuer}.crl`));
writeFileSync(lists, ['root', 'intermediate'].map(name => readFileSync(at(`${name}.crl`), 'utf8')).join(''));

test('openssl crl reads our list and finds it signed', options, () => {
  const argv = ['-in', at('intermediate.crl'), '-noout', '-text', '-CAfile', intermediate];
  const { status, text } = spawned('openssl', 'crl', ...argv);
  assert.equal(status, 0, text);
  assert.match(text, /verify OK/);
  assert.match(text, /X509v3 CRL Number: *\n? *1\b[\s\S]*Key Compromise/);
});

test('openssl verify -crl_check_all accepts who is not revoked, and refuses who is', options, () => {
  const argv = ['verify', '-x509_strict', '-crl_check_all', '-CAfile', root, '-CRLfile', lists];
  const good = spawned('openssl', ...argv, '-untrusted', `${cse}.pem`, `${cse}.pem`);
  assert.equal(good.status, 0, good.text);
  const revoked = spawned('openssl', ...argv, '-untrusted', `${ae}.pem`, `${ae}.pem`);
  assert.match(revoked.text, /error 23 at 0 depth lookup: certificate revoked/);
});

test('openssl verify refuses a list whose time has passed', options, async () => {
  const dates = ['--this-update', '2020-01-01', '--next-update', '2020-02-01'];
  await done('crl', lab, '--out', at('stale.crl'), ...dates);
  const argv = [
    'verify',
    '-crl_check',
    '-CAfile',
    root,
    '-CRLfile',
    at('stale.crl'),
    '-untrusted',
    `${cse}.pem`,
  ];
  assert.match(spawned('openssl', ...argv, `${cse}.pem`).text, /error 12 at 0 depth lookup: CRL has expired/);
});

for (const [signer, argv] of [
  ['the issuer', []],
  ['a delegated responder', ['--responder', responder]],
] as const)
  test(`openssl ocsp believes our responses, signed by ${signer}`, options, async () => {
    for (const [name, says] of [
      [cse, 'good'],
      [ae, 'revoked'],
    ] as const) {
      const out = at(`${says}.ocsp`);
      await done('ocsp', lab, `${name}.pem`, '--out', out, ...argv);
      const files = ['-respin', out, '-issuer', intermediate, '-cert', `${name}.pem`, '-CAfile', root];
      const { status, text } = spawned(
        'openssl',
        'ocsp',
        ...files,
        '-verify_other',
        intermediate,
        '-no_nonce',
      );
      assert.equal(status, 0, text);
      assert.match(text, /Response verify OK/);
      assert.ok(text.includes(`${name}.pem: ${says}`), text);
      assert.equal(text.includes('Reason: keyCompromise'), says === 'revoked');
    }
  });

test(
  'openssl verify accepts a responder with -purpose ocsphelper and the OCSP signing usage',
  options,
  () => {
    const argv = ['verify', '-x509_strict', '-CAfile', root, '-untrusted', `${responder}.pem`];
    const { status, text } = spawned('openssl', ...argv, '-purpose', 'ocsphelper', `${responder}.pem`);
    assert.equal(status, 0, text);
  },
);

const keys: readonly [name: string, argv: readonly string[]][] = [
  ['P-256', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
  ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
  ['RSA', ['-newkey', 'rsa:2048']],
  ['Ed25519', ['-newkey', 'ed25519']],
];
for (const [name, newKey] of keys)
  test(
    `a request of openssl req with ${name} is signed, and openssl accepts the chain`,
    options,
    async () => {
      const [csr, key, out] = [at(`${name}.csr`), at(`${name}.key`), at(`${name}-signed`)];
      const names = ['-subj', '/CN=anything', '-addext', 'subjectAltName=DNS:cse-c.example.com'];
      const made = spawned(
        'openssl',
        'req',
        '-new',
        ...newKey,
        '-nodes',
        '-keyout',
        key,
        '-out',
        csr,
        ...names,
      );
      assert.equal(made.status, 0, made.text);
      await done('sign', lab, '--csr', csr, '--out', out);
      const argv = ['verify', '-x509_strict', '-CAfile', root, '-untrusted', `${out}.pem`, `${out}.pem`];
      const { status, text } = spawned('openssl', ...argv);
      assert.equal(status, 0, text);
      const ofKey = spawned('openssl', 'pkey', '-in', key, '-pubout').text;
      assert.equal(spawned('openssl', 'x509', '-in', `${out}.pem`, '-noout', '-pubkey').text, ofKey);
    },
  );

test('GnuTLS reads our list, and its chain check knows who is revoked', withGnutls, () => {
  const info = spawned('certtool', '--crl-info', '--infile', at('intermediate.crl'));
  assert.equal(info.status, 0, info.text);
  assert.match(info.text, /CRL Number \(not critical\): 01[\s\S]*Revoked certificates \(1\)/);
  const verify = (name: string) =>
    spawned(
      'certtool',
      '--verify',
      '--load-ca-certificate',
      root,
      '--load-crl',
      lists,
      '--infile',
      `${name}.pem`,
    );
  assert.match(verify(cse).text, /Chain verification output: Verified/);
  assert.match(verify(ae).text, /revoked/);
});

for (const [signer, argv] of [
  ['the issuer', []],
  ['a delegated responder', ['--responder', responder]],
] as const)
  test(`GnuTLS believes our OCSP responses, signed by ${signer}`, withGnutls, async () => {
    const out = at('gnutls.ocsp');
    await done('ocsp', lab, `${ae}.pem`, '--out', out, ...argv);
    const trust = ['--load-trust', intermediate, '--load-issuer', intermediate];
    const { text } = spawned('ocsptool', '--verify-response', ...trust, '--infile', out);
    assert.match(text, /Verifying OCSP Response: Success/);
    assert.match(text, /Certificate Status: revoked/);
  });

test('a request of GnuTLS is signed', withGnutls, async () => {
  const [template, key, csr, out] = ['t.cfg', 'gnutls.key', 'gnutls.csr', 'gnutls-signed'].map(at);
  assert.ok(template !== undefined && key !== undefined && csr !== undefined && out !== undefined);
  writeFileSync(
    template,
    'cn = "anything"\ndns_name = "cse-d.example.com"\nsigning_key\nchallenge_password = x\n',
  );
  spawned('certtool', '--generate-privkey', '--key-type', 'ecdsa', '--curve', 'secp256r1', '--outfile', key);
  const argv = ['--generate-request', '--load-privkey', key, '--template', template, '--outfile', csr];
  const made = spawned('certtool', ...argv);
  assert.equal(made.status, 0, made.text);
  await done('sign', lab, '--csr', csr, '--out', out);
  const verify = ['--verify', '--load-ca-certificate', root, '--infile', `${out}.pem`];
  assert.match(spawned('certtool', ...verify).text, /Chain verification output: Verified/);
});
