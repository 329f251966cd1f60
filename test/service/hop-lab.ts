// Certificates for the TLS of hops, made for one test: a server on localhost, a client, and one that nobody vouches for.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createAuthority } from '../../src/pki/authority.ts';
import { validityFrom } from '../../src/pki/certificate.ts';
import { pairPaths, writeLeaf } from '../../src/pki/files.ts';
import { issueLeaf } from '../../src/pki/leaf.ts';
import { temporaryFolder } from './lab.ts';

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export interface HopLab {
  readonly folder: string;
  /** File with the trust anchor. */
  readonly trust: string;
  readonly server: Pair;
  /** Two clients that the anchor vouches for, and one of another authority. */
  readonly clients: readonly [Pair, Pair];
  readonly stranger: Pair;
}

export async function hopLab(t: TestContext): Promise<HopLab> {
  const folder = temporaryFolder(t);
  const validity = validityFrom(undefined, undefined, 1);
  const domains = ['localhost', 'example.com'];
  const authority = await createAuthority({ name: 'Hops', domains, validity });
  const stranger = await createAuthority({ name: 'Strangers', domains, validity });
  const issue = async ({ intermediate }: typeof authority, name: string, id: string) => {
    const leaf = await issueLeaf(intermediate, { flavour: 'fqdn', id, uriScheme: null, validity });
    const { certificate, key } = pairPaths(join(folder, name));
    writeLeaf(join(folder, name), leaf);
    return { certificate, key };
  };
  const trust = join(folder, 'hops.pem');
  writeFileSync(trust, String(authority.root.certificate));
  return {
    folder,
    trust,
    server: await issue(authority, 'server', 'localhost'),
    clients: [
      await issue(authority, 'one', 'one.example.com'),
      await issue(authority, 'two', 'two.example.com'),
    ],
    stranger: await issue(stranger, 'stranger', 'localhost'),
  };
}
