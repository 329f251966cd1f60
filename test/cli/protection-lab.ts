// Two end-points that share a key, each with a store of its own, as options of `protect` and `unprotect`. Knows no test.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { KeyRing } from '../../src/endpoint/key-ring.ts';
import { sqlite } from '../../src/endpoint/stores.ts';
import type { KeyState, PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { cae1, cseB, temporaryFolder } from '../service/lab.ts';
import { run, runRaw } from './run.ts';

export { cae1, cseB };

export const keyId = 'A79E043B119AD5175ABEF06C94A1FE4D';
const secret = Buffer.alloc(32, 0x5e);
const seal = '5a'.repeat(32);

export interface Lab {
  readonly folder: string;
  /** Options for Cae1's store, and for that of the CSE. */
  readonly ae: readonly string[];
  readonly cse: readonly string[];
  /** Writes a file into the folder, and gives its path. */
  file(name: string, content: string | Uint8Array): string;
}

export interface LabKey {
  readonly id?: string;
  readonly secret?: Uint8Array;
  readonly state?: KeyState;
  readonly expires?: Date;
}

/** Unless given, both have the same active key. */
export async function protectionLab(
  t: TestContext,
  keys: { readonly ae?: readonly LabKey[]; readonly cse?: readonly LabKey[] } = {},
): Promise<Lab> {
  const folder = temporaryFolder(t);
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const sealFile = file('seal.key', seal);
  const store = async (name: string, id: string, entity: string, held: readonly LabKey[]) => {
    await fill(join(folder, name), id, entity, held);
    return ['--store', `sqlite:${join(folder, name)}`, '--seal', sealFile, '--origin', id];
  };
  return {
    folder,
    file,
    ae: await store('cae1.db', cae1, cseB, keys.ae ?? [{}]),
    cse: await store('cse-b.db', cseB, cae1, keys.cse ?? [{}]),
  };
}

async function fill(file: string, id: string, entity: string, held: readonly LabKey[]): Promise<void> {
  const sealed = sqlite(file, { sealWith: createSecretKey(Buffer.from(seal, 'hex')) });
  const ring = new KeyRing(id, sealed);
  for (const key of held) {
    const row = ring.toRow(keyOf(entity, key));
    await sealed.store.putKey({ ...row, state: key.state === 'revoked' ? 'active' : row.state });
    if (key.state === 'revoked') assert.ok(await ring.revoke(row.id));
  }
  await sealed.store.close();
}

function keyOf(entity: string, key: LabKey): PairwiseE2EKey {
  const now = Date.now();
  return {
    id: key.id ?? keyId,
    secret: createSecretKey(key.secret ?? secret),
    entity,
    role: 'initiating',
    peer: { flavour: 'ae-id', id: entity, subject: null, fingerprint: '00', statusBy: null },
    path: [],
    by: 'certificate',
    forwardSecrecy: true,
    suite: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    group: 'secp256r1',
    exportIndicator: true,
    state: key.state ?? 'active',
    created: new Date(now - 1000),
    confirmBy: new Date(now + 600_000),
    expires: key.expires ?? new Date(now + 86_400_000),
  };
}

/** Exit code, and the document of --json. */
export async function json(...argv: readonly string[]): Promise<{ code: number; document: Document }> {
  const { code, stdout, stderr } = await run(...argv, '--json');
  assert.match(stdout, /^\{.*\}\n$/, stderr);
  return { code, document: JSON.parse(stdout) as Document };
}

export type Document = Record<string, unknown> & { readonly error?: { code: string; message: string } };

/** Protects, and gives the object. */
export async function protect(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('protect', ...argv);
  assert.equal(code, 0, stderr);
  return stdout.trimEnd();
}

/** Opens, and gives the bytes. */
export async function unprotect(...argv: readonly string[]): Promise<Buffer> {
  const { code, stdout, stderr } = await runRaw('unprotect', ...argv);
  assert.equal(code, 0, stderr);
  return stdout;
}
