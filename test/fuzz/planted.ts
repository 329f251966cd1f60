// The fuzzer in a process with a mistake in its sources: node planted.ts PLANT. Prints as JSON what the first finding
// says and how many inputs there were until then; null for none. The sources stay as they are; what is loaded is changed.
import { loadChanged } from '../changed-source.ts';
import { plants } from './plants.ts';

const [, , name] = process.argv;
const chosen = plants.find(known => known.name === name);
if (chosen === undefined) throw new RangeError(`there is no plant ${name}`);
loadChanged(chosen);
// Not before: what they import is loaded with them.
const { fuzz, sharesOf } = await import('./fuzzer.ts');
const targets = await {
  engine: async () => (await import('./targets/engine.ts')).engineTargets,
  certificates: async () => (await import('./targets/certificates.ts')).certificateTargets,
  revocation: async () => (await import('./targets/revocation.ts')).revocationTargets,
}[chosen.targets]();
const ofPlant = targets.filter(target => target.name.startsWith(chosen.names));
console.log(JSON.stringify(await firstFinding()));

async function firstFinding(): Promise<{ error: string; inputs: number } | null> {
  let before = 0;
  for (const [target, inputs] of sharesOf(ofPlant, chosen?.inputs ?? 0)) {
    const { tally, findings } = await fuzz(target, { seed: 'planted', inputs });
    const [first] = findings;
    if (first !== undefined) return { error: String(first.error), inputs: before + first.input };
    before += tally.inputs;
  }
  return null;
}
