// The data keys that both AEs have of their pairwiseE2EKey. Knows no content.
import { deriveDataKeys } from '../../../src/keys/data.ts';
import type { PairwiseE2EKey } from '../../../src/keys/pairwise-e2e-key.ts';
import { separatedKeys } from '../../../src/keys/protection-keys.ts';
import type { DataCredential } from '../../../src/protection/esdata/content-keys.ts';

export function dataKeysOf({ id, secret }: Pick<PairwiseE2EKey, 'id' | 'secret'>): DataCredential {
  return { id, ...deriveDataKeys(separatedKeys({ id, secret }).master, Buffer.from(id, 'hex')) };
}
