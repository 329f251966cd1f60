// Every place where bytes come in that somebody else may have written.
import type { Group, Target } from './target.ts';
import { certificateTargets } from './targets/certificates.ts';
import { engineTargets } from './targets/engine.ts';
import { fileTargets } from './targets/files.ts';
import { onem2mTargets } from './targets/onem2m.ts';
import { revocationTargets } from './targets/revocation.ts';
import { storedTargets } from './targets/states.ts';
import { wireTargets } from './targets/wire.ts';

export const targets: readonly Target[] = [
  ...wireTargets,
  ...engineTargets,
  ...onem2mTargets,
  ...fileTargets,
  ...storedTargets,
  ...certificateTargets,
  ...revocationTargets,
];

export function targetsOf(group: Group): readonly Target[] {
  return targets.filter(target => target.group === group);
}
