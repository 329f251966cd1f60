// Configuration files of a service that is cse-b of certs/ and knows Cae1, in a folder that goes with the test.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export const certs = (name: string): string => fileURLToPath(new URL(`../../certs/${name}`, import.meta.url));

export const cae1 = '//m2m.example.com/cse-a/Cae1';
export const cseB = '//m2m.example.com/cse-b';

export const goodConfig = {
  id: cseB,
  listen: { port: 0 },
  credential: { certificate: certs('cse-b.pem'), key: certs('cse-b.key') },
  peers: [{ entity: cae1, flavour: 'ae-id', trust: certs('root.pem') }],
};

export interface ConfigFile {
  readonly folder: string;
  readonly file: string;
}

/** Writes what is to stand in the file: settings on top of the good ones, or any text. */
export function configFile(t: TestContext, content: object | string = {}): ConfigFile {
  const folder = temporaryFolder(t);
  const file = join(folder, 'e2ekey.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify({ ...goodConfig, ...content }));
  writeFileSync(join(folder, 'seal.key'), '5a'.repeat(32), { mode: 0o600 });
  return { folder, file };
}

/** A folder that goes with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-service-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in the folder of the configuration, and its sealing key. */
export const sqliteStore = { store: 'sqlite:e2ekey.db', seal: 'seal.key' } as const;

/** The options of `establish` for Cae1. */
export const asCae1: readonly string[] = [
  ...['--credential', certs('cae1.pem'), '--key', certs('cae1.key'), '--trust', certs('root.pem')],
  ...['--origin', cae1, '--expect', `${cseB}=cse-b.m2m.example.com`],
];

/** Events that a test does not look at. */
export const unheard = { onRevocation: () => undefined, onWarning: () => undefined } as const;
