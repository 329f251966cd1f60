// ESData with an implementation in another language, live and in both directions: jwcrypto opens what we make, and we
// open what it makes, each time anew. Recorded ones are in test/protection/foreign.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { cases, falsified, oneWayCases, recipientsOf } from '../../protection/foreign/esdata-cases.ts';
import { makeOurs, openOurs } from '../../protection/foreign/esdata-ours.ts';
import { recordedEsData } from '../../protection/foreign/recordings.ts';
import { needed } from '../needed.ts';
import { makeTheirs, openTheirs, useKeys } from './esdata-theirs.ts';
import { jwcrypto, type Peer, Refusal, startPeer } from './jwcrypto.ts';

const options = await needed(jwcrypto);

let started: Peer | null = null;
after(() => started?.stop());

async function peer(): Promise<Peer> {
  if (started !== null) return started;
  started = startPeer();
  await useKeys(started, recordedEsData);
  return started;
}

for (const each of cases)
  test(`jwcrypto opens ours: ${each.name} (TS-0003 8.5.3)`, options, async () => {
    const object = await makeOurs(each, recordedEsData);
    for (const recipient of recipientsOf(each)) await openTheirs(await peer(), each, object, recipient);
  });

for (const each of [...cases, ...oneWayCases])
  test(`we open jwcrypto's: ${each.name} (TS-0003 8.5.3)`, options, async () => {
    const object = await makeTheirs(await peer(), each);
    for (const recipient of recipientsOf(each)) await openOurs(each, recordedEsData, object, recipient);
  });

for (const { name, oneWay } of oneWayCases)
  test(`jwcrypto opens ours: ${name} (TS-0003 8.5.3)`, { skip: oneWay });

test(
  'jwcrypto refuses ours where tag or signature is another, so that opening says something',
  options,
  async () => {
    for (const each of cases.filter(({ serialization }) => serialization === 'compact')) {
      const object = falsified(await makeOurs(each, recordedEsData));
      await assert.rejects(openTheirs(await peer(), each, object), Refusal, each.name);
    }
  },
);
