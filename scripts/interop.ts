// Runs the interop matrix against the TLS stacks on this machine, in both roles.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '../src/certificates/trust.ts';
import { refuse } from '../src/errors.ts';
import { peers as allPeers } from '../src/interop/foreign-peers.ts';
import { type Cell, cellName, cells, drawCells, runCell } from '../src/interop/matrix.ts';
import { makeMatrixLab } from '../src/interop/matrix-lab.ts';
import { matrixReport, type Run } from '../src/interop/matrix-report.ts';
import { runScript } from './options.ts';

/** Two at a time: a foreign stack is a process of its own, and small machines have two cores. */
const runsAtOnce = 2;
const cellsBetweenLines = 20;
const peerNames = allPeers.map(({ name }) => name).join(', ');
const roles: readonly Role[] = ['initiating', 'terminating'];
const file = join(import.meta.dirname, '..', 'docs', 'interop.md');
const [begin, end] = ['<!-- begin: scripts/evidence interop -->', '<!-- end -->'];

await runScript(
  {
    file: 'interop.ts',
    about: `Runs the interop matrix against the TLS stacks on this machine, in both roles. A stack that is not there is
reported. All ${cells().length} cells take some minutes for each stack.`,
    options: {
      peers: {
        type: 'list',
        placeholder: 'NAME,…',
        about: `These stacks alone, which have to be there: ${peerNames}.`,
      },
      sample: {
        type: 'integer',
        least: 1,
        most: 999_999,
        placeholder: 'N',
        about: 'So many cells for each stack and role, drawn; default all.',
      },
      seed: { type: 'text', placeholder: 'S', about: 'Which cells --sample draws; default 1.' },
      write: { type: 'flag', about: 'Puts the tables into docs/interop.md.' },
    },
    choose: ({ peers, sample, seed, write: toFile }) => {
      const unknown = peers?.find(name => !allPeers.some(peer => peer.name === name));
      if (unknown !== undefined)
        refuse('OPTION_INVALID', `--peers: there is no stack ${JSON.stringify(unknown)}, only ${peerNames}`);
      if (seed !== undefined && sample === undefined)
        refuse('OPTION_INVALID', '--seed is for --sample, which is absent');
      return {
        peers,
        chosen: sample === undefined ? cells() : drawCells(sample, seed ?? '1'),
        write: toFile,
      };
    },
    exitCodes: {
      0: 'every cell agreed, was refused with an alert, or is not supported by the stack',
      1: 'a cell failed',
      2: 'wrong options, or a stack of --peers that is not there',
    },
    example: '--peers OpenSSL --sample 20 --seed 2',
  },
  main,
);

interface Chosen {
  readonly peers: readonly string[] | undefined;
  readonly chosen: readonly Cell[];
  readonly write: boolean;
}

async function main(options: Chosen): Promise<number> {
  const lab = await makeMatrixLab();
  const runs: Run[] = [];
  process.once('exit', () => lab.close());
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
    const total = jobs.length;
    const work = async () => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        const { role, cell } = job;
        const result = await runCell(peer, role, cell, lab);
        runs.push({ stack: peer.name, version, role, cell, result });
        const done = total - jobs.length;
        if (done % cellsBetweenLines === 0) console.error(`${peer.name}: ${done} of ${total} cells begun`);
        if (result.result === 'failed' || result.result === 'refused')
          console.error(`${peer.name} ${role} ${cellName(cell)}: ${JSON.stringify(result).slice(0, 600)}`);
      }
    };
    await Promise.all(Array.from({ length: runsAtOnce }, work));
    const agreed = runs.filter(({ stack, result }) => stack === peer.name && result.result === 'agreed');
    console.error(`${peer.name} ${version}: ${agreed.length} of ${total} agreed`);
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
