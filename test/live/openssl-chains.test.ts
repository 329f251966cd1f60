import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openssl } from '../../src/interop/peers/openssl.ts';
import { issuedChains } from '../pki/shapes.ts';
import { needed } from './needed.ts';

const options = await needed(openssl);

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

const purposes = { initiating: 'sslclient', terminating: 'sslserver' } as const;

for (const [index, { name, root, leaf, purpose, refusedByOpenssl }] of (await issuedChains()).entries()) {
  // What `pki issue` warns of: should OpenSSL begin to accept it, the warning has to go.
  test(
    `openssl verify -x509_strict ${refusedByOpenssl === null ? 'accepts' : 'refuses'} ${name}`,
    options,
    () => {
      const anchor = join(folder, `${index}-root.pem`);
      const chain = join(folder, `${index}-leaf.pem`);
      writeFileSync(anchor, root.toString());
      writeFileSync(chain, leaf.chain.map(String).join(''));
      for (const role of ['initiating', 'terminating'] as const) {
        const files = ['-CAfile', anchor, '-untrusted', chain, chain];
        const verify = ['verify', '-x509_strict', '-purpose', purposes[role], ...files];
        const { status, stdout, stderr } = spawnSync('openssl', verify, { encoding: 'utf8' });
        const isFor = purpose === null || purpose === 'any' || purpose === role;
        // X509_V_ERR_INVALID_PURPOSE
        const error = refusedByOpenssl ?? (isFor ? null : 26);
        if (error === null) assert.equal(status, 0, stderr);
        else assert.match(stdout + stderr, new RegExp(`error ${error} `));
      }
    },
  );
}
