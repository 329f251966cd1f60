// Records test/vectors/jose/ anew: objects and exchanges with jwcrypto in both directions, each opened by the other side
// before it is written. Keys and randomness are new each time.
import { writeFileSync } from 'node:fs';
import { openTheirContent, protectTheirs } from '../test/live/jose/content-theirs.ts';
import { makeTheirs, openTheirs, useKeys } from '../test/live/jose/esdata-theirs.ts';
import { theirRequests, theirResponses } from '../test/live/jose/esprim-theirs.ts';
import { type Peer, startPeer } from '../test/live/jose/jwcrypto.ts';
import { attributeCases, contentCases } from '../test/protection/foreign/content-cases.ts';
import {
  makeAttribute,
  makeContent,
  openAttributeOf,
  openContent,
} from '../test/protection/foreign/content-ours.ts';
import { cases, oneWayCases, recipientsOf } from '../test/protection/foreign/esdata-cases.ts';
import type { EsDataKeys } from '../test/protection/foreign/esdata-keys.ts';
import { makeOurs, openOurs } from '../test/protection/foreign/esdata-ours.ts';
import { esprimCases } from '../test/protection/foreign/esprim-cases.ts';
import { ourReceiver } from '../test/protection/foreign/esprim-ours.ts';
import type {
  ContentRecording,
  EsDataRecording,
  EsPrimRecording,
  Exchanged,
  Versions,
} from '../test/protection/foreign/recordings.ts';
import { runScript } from './options.ts';

await runScript(
  {
    file: 'record-jose-vectors.ts',
    about: 'Records test/vectors/jose/ anew, with python3-jwcrypto. Some seconds.',
    options: {},
    choose: () => null,
    exitCodes: { 0: 'they are recorded', 1: 'a side refused what the other made, or there is no jwcrypto' },
    example: '',
  },
  async () => {
    const peer = startPeer();
    try {
      write('esdata.json', await recordEsData(peer));
      write('contents.json', await recordContents(peer));
      write('esprim.json', await recordEsPrim(peer));
    } finally {
      peer.stop();
    }
    return 0;
  },
);

async function recordEsData(peer: Peer): Promise<EsDataRecording> {
  const keys: EsDataKeys = {
    keys: (await peer.ask('make_keys')) as EsDataKeys['keys'],
    pairwise: { id: '101112131415161718191A1B1C1D1E1F', secret: 'a55a'.repeat(16) },
  };
  await useKeys(peer, keys);
  const theirs: Record<string, string> = {};
  const ours: Record<string, string> = {};
  for (const each of [...cases, ...oneWayCases]) {
    const object = await makeTheirs(peer, each);
    for (const recipient of recipientsOf(each)) await openOurs(each, keys, object, recipient);
    theirs[each.name] = object;
  }
  for (const each of cases) {
    const object = await makeOurs(each, keys);
    for (const recipient of recipientsOf(each)) await openTheirs(peer, each, object, recipient);
    ours[each.name] = object;
  }
  return { versions: await versionsOf(peer), ...keys, theirs, ours };
}

async function recordContents(peer: Peer): Promise<ContentRecording> {
  const theirs: Record<string, string> = {};
  const ours: Record<string, string> = {};
  for (const each of [...contentCases, ...attributeCases]) {
    const { name } = each;
    const isContent = 'container' in each;
    const object = await protectTheirs(peer, each);
    await (isContent ? openContent(each, object) : openAttributeOf(each, object));
    theirs[name] = object;
    const own = await (isContent ? makeContent(each) : makeAttribute(each));
    await openTheirContent(peer, each, own);
    ours[name] = own;
  }
  return { versions: await versionsOf(peer), theirs, ours };
}

async function recordEsPrim(peer: Peer): Promise<EsPrimRecording> {
  const theirs: Record<string, Exchanged> = {};
  const ours: Record<string, Exchanged> = {};
  for (const each of esprimCases) {
    theirs[each.name] = await theirRequests(peer, each, ourReceiver(each));
    ours[each.name] = await theirResponses(peer, each);
  }
  return { versions: await versionsOf(peer), theirs, ours };
}

async function versionsOf(peer: Peer): Promise<Versions> {
  return (await peer.ask('versions')) as Versions;
}

function write(file: string, recording: object): void {
  writeFileSync(
    new URL(`../test/vectors/jose/${file}`, import.meta.url),
    `${JSON.stringify(recording, null, 1)}\n`,
  );
}
