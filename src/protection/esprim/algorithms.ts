// The algorithms of ESPrim (TS-0003 8.4.3.2, TS-0004 6.3.4.2.40, 6.3.4.2.41): which there are, under which numbers, and the
// size of their keys. All the profile there is; nothing is taken from a header that does not stand here.

/** sessionESPrimKey by HMAC-SHA-256, the only esprimKeyGenAlgID there is. */
export const hmacSha256 = 1;

/** Authenticated encryption of JWE, best first: esprimProtocolAndAlgID and bytes of the key. */
export const encryptions = {
  A256GCM: { id: 12, keySize: 32 },
  A192GCM: { id: 11, keySize: 24 },
  A128GCM: { id: 10, keySize: 16 },
} as const;

export type Encryption = keyof typeof encryptions;

export function isEncryption(name: unknown): name is Encryption {
  return typeof name === 'string' && Object.hasOwn(encryptions, name);
}

/**
 * What is done to a primitive: encrypted and authenticated, as the standard's ESPrim has it, or authenticated only
 * (S0 Table 8.4.1.3-2), with a key of its own.
 */
export type Protection = (typeof protections)[number];

export const protections = ['encryption', 'authentication'] as const;

/** Whatever is none of them would travel readable. */
export function isProtection(name: unknown): name is Protection {
  return protections.some(protection => protection === name);
}
