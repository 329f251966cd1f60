// Files of raw public keys and pre-shared keys from the keys in certs/, and what `listen` and `establish` make of
// each other. Knows no test.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pinOf } from '../endpoint/kinds.ts';
import { certs } from '../service/lab.ts';
import { run } from './run.ts';
import { type Started, start } from './started.ts';

export const pins = { cae1: pinOf('cae1'), cae2: pinOf('cae2'), cseB: pinOf('cse-b') };
export const trustRoot = ['--trust', certs('root.pem')];

/** A chain of certs/ and its key. */
export function chainOf(name: string): string[] {
  return ['--credential', certs(`${name}.pem`), '--key', certs(`${name}.key`)];
}

/** A chain of cae1 or cse-b with a key that TS-0003 does not have. */
export function interopChainOf(name: string): string[] {
  const file = (end: string) =>
    fileURLToPath(new URL(`../handshake/credentials/${name}.${end}`, import.meta.url));
  return ['--credential', file('pem'), '--key', file('key')];
}

/** The same key as a raw public key, in a file that goes with the test. */
export function rawKeyOf(t: TestContext, name: string): string[] {
  const key = readFileSync(certs(`${name}.key`), 'utf8');
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  return ['--credential', fileOf(t, `${name}.pub.pem`, publicKey), '--key', certs(`${name}.key`)];
}

/** A pre-shared key and its identity. */
export function presharedKey(t: TestContext, identity: string, hex = '5a'.repeat(32)): string[] {
  return ['--psk-identity', identity, '--psk-file', fileOf(t, 'psk.hex', hex)];
}

export function fileOf(t: TestContext, name: string, text: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

export interface Listening {
  readonly listener: Started;
  readonly port: number;
  readonly target: string;
}

export async function listen(t: TestContext, ...words: readonly string[]): Promise<Listening> {
  const listener = start(t, 'listen', '--port', '0', '--json', ...words);
  const { port, ...first } = await listener.line();
  assert.deepEqual(first, { status: 'listening', host: '127.0.0.1' }, JSON.stringify(first));
  return { listener, port: Number(port), target: `tls://127.0.0.1:${port}` };
}

export type Document = Record<string, unknown> & { readonly peer: Record<string, unknown> | null };

/** What both report of one procedure, which has to end well. */
export async function both(
  t: TestContext,
  listening: readonly string[],
  establishing: readonly string[],
): Promise<{ ours: Document; theirs: Document }> {
  const { listener, target } = await listen(t, ...listening, '--reveal-key');
  const { code, stdout, stderr } = await run('establish', target, ...establishing, '--json', '--reveal-key');
  const theirs = (await listener.line()) as Document;
  assert.equal(code, 0, `${stderr}${JSON.stringify(theirs)}`);
  return { ours: JSON.parse(stdout), theirs };
}
