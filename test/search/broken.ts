// The quick searches in a process whose flight reader is broken: node broken.ts [BREAKAGE]. Prints what they report as
// JSON, as far as what is waited for. The sources stay as they are; what is loaded is changed.
import { loadChanged } from '../changed-source.ts';
import { breakages } from './breakages.ts';
import type { Finding } from './search.ts';

const [, , name] = process.argv;
const breakage = name === undefined ? null : (breakages.find(known => known.name === name) ?? missing(name));
if (breakage !== null) loadChanged(breakage);
// Not before: what they import is loaded with them.
const [{ quickPlan }, { search }] = [await import('./plan.ts'), await import('./search.ts')];
const findings: Finding[] = [];
for (const planned of quickPlan) {
  findings.push(...search(planned).findings);
  if (findings.some(({ sequence }) => sequence === breakage?.found)) break;
}
console.log(JSON.stringify(findings));

function missing(what: string): never {
  throw new RangeError(`there is no breakage ${what}`);
}
