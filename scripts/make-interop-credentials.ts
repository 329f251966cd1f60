// Makes test/handshake/credentials/: end-points of the lab PKI in certs/ with the keys that only foreign TLS stacks
// have (profile interop). Existing files are not overwritten, and every run makes new keys.
import { fileURLToPath } from 'node:url';
import { readIntermediate, writeLeaf } from '../src/pki/files.ts';
import { issueLeaf } from '../src/pki/leaf.ts';
import { runScript } from './options.ts';

const directory = fileURLToPath(new URL('../test/handshake/credentials/', import.meta.url));
const intermediate = readIntermediate(fileURLToPath(new URL('../certs/', import.meta.url)));
const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2126-01-01T00:00:00Z') };

await runScript(
  {
    file: 'make-interop-credentials.ts',
    about:
      'Makes the end-points in test/handshake/credentials/, which has to have none of them: what is there is not overwritten,\nand every run makes new keys. A second.',
    options: {},
    choose: options => options,
    exitCodes: { 0: 'the end-points are made' },
    example: '',
  },
  make,
);

async function make(): Promise<number> {
  for (const keyType of ['rsa2048', 'ed25519', 'p384', 'p521'] as const) {
    const rest = { uriScheme: null, keyType, validity };
    writeLeaf(
      `${directory}cae1-${keyType}`,
      await issueLeaf(intermediate, { flavour: 'ae-id', id: '//m2m.example.com/cse-a/Cae1', ...rest }),
    );
    writeLeaf(
      `${directory}cse-b-${keyType}`,
      await issueLeaf(intermediate, { flavour: 'cse-id', id: 'cse-b.m2m.example.com', ...rest }),
    );
  }
  return 0;
}
