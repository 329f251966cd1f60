// Makes certs/: the fixed lab PKI of tests, demo and examples, described in certs/README.md. Run it in an empty
// certs/ (the README may stay): existing files are not overwritten, and every run makes new keys.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createAuthority } from '../src/pki/authority.ts';
import { writeAuthority, writeLeaf } from '../src/pki/files.ts';
import { issueLeaf } from '../src/pki/leaf.ts';
import { runScript } from './options.ts';

const directory = fileURLToPath(new URL('../certs/', import.meta.url));
const notBefore = new Date('2026-01-01T00:00:00Z');
const validity = { notBefore, notAfter: new Date('2126-01-01T00:00:00Z') };
const expired = { notBefore, notAfter: new Date('2026-01-02T00:00:00Z') };
const lab = { name: 'e2ekey test', domains: ['m2m.example.com'], uriConstraints: false, validity };
const cae1 = { flavour: 'ae-id', id: '//m2m.example.com/cse-a/Cae1', uriScheme: null, validity } as const;

await runScript(
  {
    file: 'make-certs.ts',
    about:
      'Makes the fixed lab PKI in certs/, which has to be empty but for its README: what is there is not overwritten, and\nevery run makes new keys. A second.',
    options: {},
    choose: options => options,
    exitCodes: { 0: 'the certificates are made' },
    example: '',
  },
  make,
);

async function make(): Promise<number> {
  const authority = await createAuthority(lab);
  writeAuthority(directory, authority);
  writeLeaf(`${directory}cae1`, await issueLeaf(authority.intermediate, cae1));
  writeLeaf(
    `${directory}cae1-expired`,
    await issueLeaf(authority.intermediate, { ...cae1, validity: expired }),
  );
  writeLeaf(
    `${directory}cae2`,
    await issueLeaf(authority.intermediate, { ...cae1, id: '//m2m.example.com/cse-a/Cae2' }),
  );
  writeLeaf(
    `${directory}cse-b`,
    await issueLeaf(authority.intermediate, { ...cae1, flavour: 'cse-id', id: 'cse-b.m2m.example.com' }),
  );

  const other = await createAuthority(lab);
  writeFileSync(`${directory}other-root.pem`, other.root.certificate.toString(), { flag: 'wx' });
  writeLeaf(`${directory}other-cae1`, await issueLeaf(other.intermediate, cae1));
  return 0;
}
