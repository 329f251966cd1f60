// Where a public key, raw or in a certificate, departs from the oneM2M profile (TS-0003 10.1.1). Decides nothing
// about trust, and asks of nobody whether it is pinned.
import { acceptedKeys, keyObjection } from '../certificates/algorithms.ts';
import type { PublicKeyHolder } from '../certificates/subject-public-key-info.ts';
import { error, type Finding } from './findings.ts';

export function* publicKeyFindings(holder: PublicKeyHolder): Generator<Finding> {
  const objection = keyObjection(holder, 'onem2m');
  if (objection !== null)
    yield error(
      'CERTIFICATE_UNSUPPORTED',
      'subjectPublicKeyInfo',
      `${objection}; accepted: ${acceptedKeys('onem2m')}`,
      'TS-0003 10.1.1.1',
    );
}
