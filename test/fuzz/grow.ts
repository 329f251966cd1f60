// The corpus grows by what other TLS stacks send: handshakes with each of them in both roles, and of what they send
// every flight whose structure none before had. Knows the interop matrix; what is in a flight is structure.ts.
import { hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { peers } from '../../src/interop/foreign-peers.ts';
import { cellName, drawCells, runCell } from '../../src/interop/matrix.ts';
import { makeMatrixLab } from '../../src/interop/matrix-lab.ts';
import { flights } from './corpus.ts';
import { recording } from './recording-peer.ts';
import { structureOf } from './structure.ts';

const folder = new URL('./corpus/', import.meta.url);
/** In bytes: it is in every clone, and each target parses all of it. */
const maxCorpus = 200_000;
const cellsPerPeer = 60;

/** @param tell is told of each stack and each flight that is kept. */
export async function grow(tell: (line: string) => void): Promise<void> {
  const known = new Set(flights.flatMap(flight => structureOf(flight) ?? []));
  let size = readdirSync(folder).reduce((sum, name) => sum + statSync(new URL(name, folder)).size, 0);
  const keep = (peer: string, flight: Uint8Array): void => {
    const structure = structureOf(flight);
    if (structure === null || known.has(structure) || size + flight.length > maxCorpus) return;
    known.add(structure);
    size += flight.length;
    const name = `${peer.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${hash('sha256', flight).slice(0, 12)}.bin`;
    writeFileSync(new URL(name, folder), flight);
    tell(`${name}: ${structure}`);
  };
  const lab = await makeMatrixLab();
  try {
    for (const peer of peers) {
      if ((await peer.version()) === null) {
        tell(`${peer.name}: not on this machine`);
        continue;
      }
      const recorded = recording(peer, flight => keep(peer.name, flight));
      for (const cell of drawCells(cellsPerPeer, peer.name))
        for (const role of ['initiating', 'terminating'] as const) {
          const { result } = await runCell(recorded, role, cell, lab);
          if (result === 'failed') tell(`${peer.name}, ${cellName(cell)}: ${result}`);
        }
      tell(`${peer.name}: done`);
    }
  } finally {
    lab.close();
  }
}

/** Every file of the corpus, for the test that looks at its size. */
export function corpusFiles(): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  return readdirSync(folder).map(name => ({ name, bytes: readFileSync(new URL(name, folder)) }));
}
