// The cipher suites as data: adding one is one row. Which profile offers which is handshake/profile.ts.

/** The hash of PRF, transcript and exporter (RFC 5246 §5). */
export type PrfHash = 'sha256' | 'sha384';

export interface Aead {
  readonly kind: 'aead';
  readonly cipher: 'aes-128-gcm' | 'aes-128-ccm';
  readonly keySize: number;
  readonly tagSize: number;
}

export interface Cbc {
  readonly kind: 'cbc';
  readonly cipher: 'aes-128-cbc';
  readonly keySize: number;
  readonly mac: 'sha256';
  readonly macSize: number;
}

export interface Suite {
  readonly id: number;
  /** IANA's name. */
  readonly name: string;
  readonly hash: PrfHash;
  readonly protection: Aead | Cbc;
}

// TS-0003 10.2.3 makes 0xC023 and 0xC0AE mandatory; 0xC02B is what every TLS stack has. Best first.
export const suites = [
  {
    id: 0xc02b,
    name: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', // RFC 5289
    hash: 'sha256',
    protection: { kind: 'aead', cipher: 'aes-128-gcm', keySize: 16, tagSize: 16 },
  },
  {
    id: 0xc0ae,
    name: 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8', // RFC 7251
    hash: 'sha256',
    protection: { kind: 'aead', cipher: 'aes-128-ccm', keySize: 16, tagSize: 8 },
  },
  {
    id: 0xc023,
    name: 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', // RFC 5289
    hash: 'sha256',
    protection: { kind: 'cbc', cipher: 'aes-128-cbc', keySize: 16, mac: 'sha256', macSize: 32 },
  },
] as const satisfies readonly Suite[];

const byId = new Map<number, Suite>(suites.map(suite => [suite.id, suite]));
const byName = new Map<string, Suite>(suites.map(suite => [suite.name, suite]));

export function suiteById(id: number): Suite | undefined {
  return byId.get(id);
}

export function suiteByName(name: string): Suite | undefined {
  return byName.get(name);
}
