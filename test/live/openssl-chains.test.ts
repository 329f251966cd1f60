import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openssl } from '../../src/interop/peers/openssl.ts';
import { createAuthority } from '../../src/pki/authority.ts';
import { writeAuthority, writeLeaf } from '../../src/pki/files.ts';
import { issueLeaf } from '../../src/pki/leaf.ts';
import { needed } from './needed.ts';

const options = await needed(openssl);

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

const validity = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2120-01-01T00:00:00Z') };
const ae = { flavour: 'ae-id', id: '//m2m.example.com/cse-a/Cae1' } as const;
const cse = { flavour: 'cse-id', id: 'cse-b.m2m.example.com' } as const;
const cases = [
  { uriConstraints: false, identity: ae, uriScheme: null, error: null },
  { uriConstraints: false, identity: ae, uriScheme: 'm2m', error: null },
  { uriConstraints: false, identity: cse, uriScheme: null, error: null },
  { uriConstraints: true, identity: ae, uriScheme: 'm2m', error: null },
  { uriConstraints: true, identity: cse, uriScheme: null, error: null },
  // What `pki issue` warns of: should OpenSSL begin to accept it, the warning has to go.
  { uriConstraints: true, identity: ae, uriScheme: null, error: /error 53 / },
];

for (const [index, { uriConstraints, identity, uriScheme, error }] of cases.entries()) {
  const chain = `${identity.flavour} under an authority ${uriConstraints ? 'with' : 'without'} URI constraints, scheme ${uriScheme}`;
  test(
    `openssl verify -x509_strict ${error === null ? 'accepts' : 'refuses'} ${chain}`,
    options,
    async () => {
      const authority = await createAuthority({
        name: 'lab',
        domains: ['m2m.example.com'],
        uriConstraints,
        validity,
      });
      const directory = join(folder, String(index));
      writeAuthority(directory, authority);
      writeLeaf(
        join(directory, 'leaf'),
        await issueLeaf(authority.intermediate, { ...identity, uriScheme, validity }),
      );
      for (const purpose of ['sslclient', 'sslserver']) {
        const files = ['-CAfile', join(directory, 'root.pem'), '-untrusted', join(directory, 'leaf.pem')];
        const verify = ['verify', '-x509_strict', '-purpose', purpose, ...files, join(directory, 'leaf.pem')];
        const { status, stdout, stderr } = spawnSync('openssl', verify, { encoding: 'utf8' });
        if (error === null) assert.equal(status, 0, stderr);
        else assert.match(stdout + stderr, error);
      }
    },
  );
}
