// What the end-point in Python makes and opens of a case.
import assert from 'node:assert/strict';
import type { EsDataCase } from '../../protection/foreign/esdata-cases.ts';
import type { EsDataKeys } from '../../protection/foreign/esdata-keys.ts';
import type { Peer } from './jwcrypto.ts';

/** Once, before anything is made or opened. */
export async function useKeys(peer: Peer, { keys, pairwise }: EsDataKeys): Promise<void> {
  await peer.ask('use_keys', { keys, pairwise: { profile: 'separated', ...pairwise } });
}

export async function makeTheirs(peer: Peer, each: EsDataCase): Promise<string> {
  return String(await peer.ask('make', { case: each }));
}

/** Opens it as the recipient with this number, with every signature. */
export async function openTheirs(peer: Peer, each: EsDataCase, object: string, recipient = 0): Promise<void> {
  const opened = await peer.ask('open', { case: each, object, recipient });
  assert.deepEqual(opened, { payload: each.payload, aad: each.aad ?? null });
}
