// The keys that can be made for an end-point, and what the oneM2M certificate profile says of each. Which keys are
// accepted is decided in certificates/algorithms.ts.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { acceptedKeys, keyObjection } from '../certificates/algorithms.ts';
import type { PublicKeyHolder } from '../certificates/subject-public-key-info.ts';

export const keyTypes = ['p256', 'p384', 'p521', 'rsa2048', 'rsa3072', 'ed25519'] as const;
export type KeyType = (typeof keyTypes)[number];

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function generateKeys(type: KeyType): KeyPair {
  switch (type) {
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' });
    case 'p521':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' });
    case 'rsa2048':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'rsa3072':
      return generateKeyPairSync('rsa', { modulusLength: 3072 });
    case 'ed25519':
      return generateKeyPairSync('ed25519');
  }
}

/** A sentence if end-points that keep to the oneM2M certificate profile refuse the key, none if they take it. */
export function keyWarnings(holder: PublicKeyHolder, whose = 'this key'): string[] {
  const objection = keyObjection(holder, 'onem2m');
  return objection === null
    ? []
    : [
        `end-points refuse ${whose} under the oneM2M certificate profile: ${objection}; accepted: ${acceptedKeys('onem2m')} (TS-0003 10.1.1.1)`,
      ];
}
