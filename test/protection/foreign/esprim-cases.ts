// Exchanges of ESPrim between two implementations: with which keys and algorithms, and what is asked in them. Knows
// neither implementation.
import { createSecretKey } from 'node:crypto';
import type { EndToEndKeys } from '../../../src/keys/end-to-end.ts';
import { separatedKeys } from '../../../src/keys/protection-keys.ts';
import type { RequestPrimitive } from '../../../src/onem2m/primitive.ts';
import { shortRequest } from '../../../src/onem2m/short-names.ts';
import type { Encryption, Protection } from '../../../src/protection/esprim/algorithms.ts';
import { type EsPrimKeys, provisionedKeys } from '../../../src/protection/esprim/keys.ts';
import { cae1, cseB } from '../../endpoint/lab.ts';

export { cae1, cseB };

/** Hex. Either implementation derives the keys from it by itself. */
export type ForeignKey =
  | { readonly profile: 'separated' | 'literal'; readonly id: string; readonly secret: string }
  | { readonly kpsa: string; readonly salt: string };

export interface EsPrimCase {
  readonly name: string;
  readonly key: ForeignKey;
  readonly protection: Protection;
  readonly enc: Encryption;
  /** m2m:absRelTimestamp in the other implementation's random objects; the end of ours if absent. */
  readonly expiry?: string;
  /** The first response, or the one after `refreshAfter`, brings a random object, with which the next session begins. */
  readonly refresh?: boolean;
}

const pairwise = {
  id: '000102030405060708090A0B0C0D0E0F',
  secret: '202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f',
} as const;
const separated = { profile: 'separated', ...pairwise } as const;
const kpsa = { kpsa: pairwise.secret, salt: '404142434445464748494a4b4c4d4e4f50' } as const;
const encrypted = { protection: 'encryption', enc: 'A256GCM' } as const;

export const esprimCases: readonly EsPrimCase[] = [
  ...(['A128GCM', 'A192GCM', 'A256GCM'] as const).flatMap((enc): EsPrimCase[] => [
    { name: `separated keys, ${enc}`, key: separated, protection: 'encryption', enc },
    { name: `literal key, ${enc}`, key: { profile: 'literal', ...pairwise }, protection: 'encryption', enc },
  ]),
  { name: 'Kpsa and a salt', key: kpsa, ...encrypted },
  { name: 'authenticated only', key: separated, protection: 'authentication', enc: 'A256GCM' },
  { name: 'random objects with a relative expiry', key: separated, ...encrypted, expiry: '600000' },
  { name: 'a session after the first', key: separated, ...encrypted, refresh: true },
];

export const start = '2026-11-22T12:00:00Z';
/** Milliseconds behind the first response: in the last quarter of the hour that a random object of ours serves. */
export const refreshAfter = 50 * 60_000;

export const innerRequests: readonly RequestPrimitive[] = [
  { operation: 'retrieve', to: '/cse-b/-/temperature', from: cae1, requestIdentifier: 'inner-1' },
  {
    operation: 'create',
    to: '/cse-b/-/temperature',
    from: cae1,
    requestIdentifier: 'inner-2',
    resourceType: 4,
    content: { 'm2m:cin': { con: 'Außen 21,5 °C', cnf: 'text/plain:0' } },
  },
  { operation: 'delete', to: '/cse-b/-/temperature/la', from: cae1, requestIdentifier: 'inner-3' },
].map((request): RequestPrimitive => ({ ...(request as RequestPrimitive), releaseVersionIndicator: '3' }));

/** What the receiving side says that it was asked, whichever that is. */
export function asked(request: RequestPrimitive): object {
  const { op, to, fr, pc = null } = shortRequest(request);
  return { op, to, fr, pc };
}

/** The case's keys at our end, which protects towards `entity`. */
export function keysOf(key: ForeignKey, entity: string): EsPrimKeys {
  if ('kpsa' in key) return provisionedKeys([{ entity, master: bytes(key.kpsa), salt: bytes(key.salt) }]);
  const { profile, id, secret } = key;
  if (profile === 'literal') return provisionedKeys([{ entity, id, pairwiseESPrimKey: bytes(secret) }]);
  return derivedKeys(separatedKeys({ id, secret: createSecretKey(bytes(secret)) }), entity);
}

function derivedKeys({ id, ...keys }: EndToEndKeys, entity: string): EsPrimKeys {
  const key = { id, entity, secret: keys.messageConfidentiality, authentication: keys.messageAuthentication };
  return {
    current: async () => key,
    find: async kid => (kid === id ? key : null),
    opened: async () => undefined,
  };
}

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}
