// A small run in a process with a mistake in its sources: node planted.ts PLANT. Prints the findings as JSON. The sources
// stay as they are; what is loaded is changed.
import { loadChanged } from '../changed-source.ts';
import { plants } from './plants.ts';

const [, , name] = process.argv;
const chosen = plants.find(known => known.name === name);
if (chosen === undefined) throw new RangeError(`there is no plant ${name}`);
loadChanged(chosen);
// Not before: what they import is loaded with them.
const { badNetwork, run } = await import('./run.ts');
const unreliability = { ...badNetwork, loss: 0.2 };
const { findings } = await run({ way: chosen.way, procedures: 30, seed: 'planted', unreliability });
console.log(JSON.stringify(findings.map(({ problem }) => problem)));
