// The checks of those who live with a bad network: what of ours at a CSE is taken for ours (src/onem2m/containers).
import type { Mutation } from '../mutation.ts';

const silence = { test: 'test/onem2m/containers/silence.test.ts' };

export const networkChecks: readonly Mutation[] = [
  {
    ...silence,
    file: 'src/onem2m/containers/resources.ts',
    name: 'container-resources-of-others',
    find: 'return «Array.isArray(lbl) && lbl.includes(this.#mark)»;',
    replace: 'true',
    attack: 'resources that lie ready under our name, with a policy that is not ours',
    clause: 'TS-0001 9.6.2',
    caughtBy: 'what an earlier process has left under our name is not taken for ours: its policy is not ours',
  },
  {
    ...silence,
    file: 'src/onem2m/containers/registrar.ts',
    name: 'container-request-time',
    find: 'const limits = [answered.signal, «AbortSignal.timeout(time)»',
    replace: 'new AbortController().signal',
    attack: 'a CSE that never answers, and a request that is sent again for ever',
    clause: 'our own',
    caughtBy: 'silence ends with the time of the request, or with the signal',
  },
];
