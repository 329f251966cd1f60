// The catalogue of wrong certificates: one row for each way in which a chain can be wrong that a validator has to
// notice, made for any identity. That each is refused as its row says is tested; whether other stacks notice it can
// be found out with `e2ekey pki defects`.
import { authorityDefects } from './defects/authority.ts';
import type { Defect } from './defects/defect.ts';
import { encodingDefects } from './defects/encoding.ts';
import { endPointDefects } from './defects/end-point.ts';
import { identityDefects } from './defects/identity.ts';
import { issuerDefects } from './defects/issuer.ts';
import { nameDefects } from './defects/names.ts';

export type { Defect } from './defects/defect.ts';

/** Every kind, each under a name of its own. */
export const defects: readonly Defect[] = [
  ...endPointDefects,
  ...identityDefects,
  ...authorityDefects,
  ...nameDefects,
  ...issuerDefects,
  ...encodingDefects,
];
