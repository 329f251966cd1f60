// Runs the interop matrix against the TLS stacks on this machine, in both roles.
//
// node scripts/interop.ts [--peers NAME,…] [--sample N [--seed S]] [--write]
//
// Runs every cell, or for each stack and role N that the seed draws. --write puts the tables into docs/interop.md.
// A stack that is not there is reported; it is an error where it was named.
//
// Exit code 0 if every cell agreed, was refused with an alert, or is not supported by the peer; 1 if one failed; 2 for
// wrong options.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Role } from '../src/certificates/trust.ts';
import { peers as allPeers } from '../src/interop/foreign-peers.ts';
import { type Cell, cellName, cells, drawCells, runCell } from '../src/interop/matrix.ts';
import { makeMatrixLab } from '../src/interop/matrix-lab.ts';
import { matrixReport, type Run } from '../src/interop/matrix-report.ts';

/** Two at a time: a foreign stack is a process of its own, and small machines have two cores. */
const runsAtOnce = 2;
const roles: readonly Role[] = ['initiating', 'terminating'];
const file = join(import.meta.dirname, '..', 'docs', 'interop.md');
const [begin, end] = ['<!-- begin: scripts/evidence interop -->', '<!-- end -->'];

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string') {
    console.error(options);
    return 2;
  }
  const lab = await makeMatrixLab();
  const runs: Run[] = [];
  try {
    for (const peer of allPeers) {
      const version = await peer.version();
      const wanted = options.peers?.includes(peer.name);
      if (wanted === false) continue;
      if (version === null) {
        console.error(`${peer.name}: not on this machine`);
        if (wanted === true) return 2;
        continue;
      }
      const jobs = roles.flatMap(role => options.chosen.map(cell => ({ role, cell })));
      const work = async () => {
        for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
          const { role, cell } = job;
          const result = await runCell(peer, role, cell, lab);
          runs.push({ stack: peer.name, version, role, cell, result });
          if (result.result === 'failed' || result.result === 'refused')
            console.error(`${peer.name} ${role} ${cellName(cell)}: ${JSON.stringify(result).slice(0, 600)}`);
        }
      };
      const total = jobs.length;
      await Promise.all(Array.from({ length: runsAtOnce }, work));
      const agreed = runs.filter(({ stack, result }) => stack === peer.name && result.result === 'agreed');
      console.error(`${peer.name} ${version}: ${agreed.length} of ${total} agreed`);
    }
  } finally {
    lab.close();
  }
  const order = cells().map(cellName);
  const placeOf = ({ cell }: Run) => order.indexOf(cellName(cell));
  const report = matrixReport(runs.toSorted((a, b) => placeOf(a) - placeOf(b)));
  if (options.write) write(report);
  else console.log(report);
  return runs.some(({ result }) => result.result === 'failed') ? 1 : 0;
}

function write(report: string): void {
  const document = readFileSync(file, 'utf8');
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${file} has no place for the tables`);
  writeFileSync(file, `${document.slice(0, from)}${begin}\n\n${report}\n\n${document.slice(to)}`);
}

function readOptions():
  | { peers: readonly string[] | null; chosen: readonly Cell[]; write: boolean }
  | string {
  try {
    const { values } = parseArgs({
      options: {
        peers: { type: 'string' },
        sample: { type: 'string' },
        seed: { type: 'string', default: '1' },
        write: { type: 'boolean', default: false },
      },
    });
    const peers = values.peers?.split(',') ?? null;
    const unknown = peers?.find(name => !allPeers.some(peer => peer.name === name));
    if (unknown !== undefined)
      return `--peers: ${unknown} is none of ${allPeers.map(({ name }) => name).join(', ')}`;
    const { sample, seed, write: toFile } = values;
    if (sample !== undefined && !/^[1-9]\d{0,5}$/.test(sample))
      return `--sample: ${sample} is no number of cells`;
    return { peers, chosen: sample === undefined ? cells() : drawCells(Number(sample), seed), write: toFile };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
