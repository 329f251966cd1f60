// Protected contents and attributes with an implementation in another language, live and in both directions: it derives
// the keys of containers and instances itself. Recorded ones are in test/protection/foreign.
import { after, test } from 'node:test';
import { attributeCases, contentCases } from '../../protection/foreign/content-cases.ts';
import {
  makeAttribute,
  makeContent,
  openAttributeOf,
  openContent,
} from '../../protection/foreign/content-ours.ts';
import { needed } from '../needed.ts';
import { openTheirContent, protectTheirs } from './content-theirs.ts';
import { jwcrypto, type Peer, startPeer } from './jwcrypto.ts';

const options = await needed(jwcrypto);

let started: Peer | null = null;
after(() => started?.stop());
function peer(): Peer {
  started ??= startPeer();
  return started;
}

for (const each of contentCases)
  test(`a content instance in both directions: ${each.name} (TS-0003 8.5.1)`, options, async () => {
    await openContent(each, await protectTheirs(peer(), each));
    await openTheirContent(peer(), each, await makeContent(each));
  });

for (const each of attributeCases)
  test(`in both directions: ${each.name} (TS-0003 8.5.1, 10.3.6)`, options, async () => {
    await openAttributeOf(each, await protectTheirs(peer(), each));
    await openTheirContent(peer(), each, await makeAttribute(each));
  });
