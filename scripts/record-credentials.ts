// Records test/vectors/credentials/ anew: credential files as OpenSSL, Java, GnuTLS, node-forge and we ourselves write
// them. Salts are new each time; the keys are those of the lab PKI.
import { fileURLToPath } from 'node:url';
import { makers, materialOf } from '../test/endpoint/credential-makers.ts';
import { runScript } from './options.ts';

const directory = fileURLToPath(new URL('../test/vectors/credentials/', import.meta.url));

await runScript(
  {
    file: 'record-credentials.ts',
    about: 'Records test/vectors/credentials/ anew, with openssl, keytool and certtool. Half a minute.',
    options: {},
    choose: options => options,
    exitCodes: { 0: 'they are recorded', 1: 'a program is missing, or failed' },
    example: '',
  },
  record,
);

async function record(): Promise<number> {
  for (const [name, { subject, make }] of Object.entries(makers)) {
    try {
      await make(`${directory}${name}`, materialOf(subject));
    } catch (error) {
      console.error(`${name}: ${error instanceof Error ? error.message : 'unknown reason'}`);
      return 1;
    }
  }
  return 0;
}
