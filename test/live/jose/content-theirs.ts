// What the end-point in Python makes and opens of a content or an attribute.
import assert from 'node:assert/strict';
import type { AttributeCase, ContentCase } from '../../protection/foreign/content-cases.ts';
import type { Peer } from './jwcrypto.ts';

export async function protectTheirs(peer: Peer, each: ContentCase | AttributeCase): Promise<string> {
  return String(await peer.ask('protect_content', { case: each }));
}

export async function openTheirContent(
  peer: Peer,
  each: ContentCase | AttributeCase,
  object: string,
): Promise<void> {
  assert.equal(await peer.ask('open_content', { case: each, object }), each.content);
}
