// The quick searches in a process whose flight reader is broken: node broken.ts [BREAKAGE]. Prints what they report as
// JSON, as far as what is waited for. The sources stay as they are; what is loaded is changed.
import { registerHooks } from 'node:module';
import { type Breakage, breakages } from './breakages.ts';
import type { Finding } from './search.ts';

const [, , name] = process.argv;
const breakage = name === undefined ? null : (breakages.find(known => known.name === name) ?? missing(name));
if (breakage !== null) breakReader(breakage);
// Not before: what they import is loaded with them.
const [{ quickPlan }, { search }] = [await import('./plan.ts'), await import('./search.ts')];
const findings: Finding[] = [];
for (const planned of quickPlan) {
  findings.push(...search(planned).findings);
  if (findings.some(({ sequence }) => sequence === breakage?.found)) break;
}
console.log(JSON.stringify(findings));

function breakReader({ file, find, replace }: Breakage): void {
  const broken = new URL(`../../${file}`, import.meta.url).href;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== broken) return loaded;
      const [before, after, ...more] = String(loaded.source).split(find);
      if (before === undefined || after === undefined || more.length > 0)
        throw new Error(`what is to be broken is not in ${file}, once`);
      return { ...loaded, source: `${before}${replace}${after}` };
    },
  });
}

function missing(what: string): never {
  throw new RangeError(`there is no breakage ${what}`);
}
