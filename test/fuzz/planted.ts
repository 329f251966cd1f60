// The fuzzer in a process with a mistake in its sources: node planted.ts PLANT. Prints as JSON what the first finding
// says and how many inputs there were until then; null for none. The sources stay as they are; what is loaded is changed.
import { registerHooks } from 'node:module';
import { type Plant, plants } from './plants.ts';

const [, , name] = process.argv;
const chosen = plants.find(known => known.name === name);
if (chosen === undefined) throw new RangeError(`there is no plant ${name}`);
plant(chosen);
// Not before: what they import is loaded with them.
const { fuzz, sharesOf } = await import('./fuzzer.ts');
const targets =
  chosen.targets === 'engine'
    ? (await import('./targets/engine.ts')).engineTargets
    : (await import('./targets/certificates.ts')).certificateTargets;
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

function plant({ file, find, replace }: Plant): void {
  const source = new URL(`../../${file}`, import.meta.url).href;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== source) return loaded;
      const [before, after, ...more] = String(loaded.source).split(find);
      if (before === undefined || after === undefined || more.length > 0)
        throw new Error(`what is to be replaced is not in ${file}, once`);
      return { ...loaded, source: `${before}${replace}${after}` };
    },
  });
}
