// The foreign TLS stacks that there are: whatever the files of peers/ export. Adding one is one file there.
import { readdirSync } from 'node:fs';
import type { ForeignPeer } from './foreign-peer.ts';

const files = readdirSync(new URL('peers/', import.meta.url)).filter(
  name => /\.[jt]s$/.test(name) && !name.endsWith('.d.ts'),
);

/** In the order of their files' names. */
export const peers: readonly ForeignPeer[] = (
  await Promise.all(
    files.toSorted().map(async name => Object.values((await import(`./peers/${name}`)) as object)),
  )
)
  .flat()
  .filter(isForeignPeer);

function isForeignPeer(exported: unknown): exported is ForeignPeer {
  return (
    typeof exported === 'object' && exported !== null && 'terminate' in exported && 'initiate' in exported
  );
}
