// Who takes part in the demonstration, and the lab PKI that they have in a temporary folder.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../pki/authority.ts';
import { validityFrom } from '../pki/certificate.ts';
import { writeLeaf } from '../pki/files.ts';
import { issueLeaf } from '../pki/leaf.ts';

export const initiatingEntity = '//m2m.example.com/cse-a/Cae1';
export const transitEntity = '//m2m.example.com/cse-t';
export const terminatingEntity = '//m2m.example.com/cse-b';
export const terminatingName = 'cse-b.m2m.example.com';

/** The files of the terminating CSE and of the trust anchor, in the folder of the lab. */
export const labFiles = {
  root: 'root.pem',
  certificate: 'cse-b.pem',
  key: 'cse-b.key',
  store: 'cse-b.db',
  seal: 'seal.key',
} as const;

export interface Lab {
  readonly folder: string;
  readonly rootPem: string;
  readonly aePem: string;
  readonly aeKeyPem: string;
}

export async function makeLab(folder: string): Promise<Lab> {
  const validity = validityFrom(undefined, undefined, 1);
  const { root, intermediate } = await createAuthority({
    name: 'Demo',
    domains: ['m2m.example.com'],
    uriConstraints: false,
    validity,
  });
  const ae = await issueLeaf(intermediate, {
    flavour: 'ae-id',
    id: initiatingEntity,
    uriScheme: null,
    validity,
  });
  writeLeaf(
    join(folder, 'cse-b'),
    await issueLeaf(intermediate, { flavour: 'cse-id', id: terminatingName, uriScheme: null, validity }),
  );
  const rootPem = String(root.certificate);
  writeFileSync(join(folder, labFiles.root), rootPem);
  writeFileSync(join(folder, labFiles.seal), randomBytes(32), { mode: 0o600 });
  return {
    folder,
    rootPem,
    aePem: ae.chain.map(String).join(''),
    aeKeyPem: ae.key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
