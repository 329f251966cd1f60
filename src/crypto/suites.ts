// The cipher suites as data: adding one is one row. Which of them an end-point may use is handshake/profile.ts.
import { cipherSuiteNames } from '../wire/numbers.ts';

/** The hash of PRF, transcript and exporter (RFC 5246 §5). */
export type PrfHash = 'sha256' | 'sha384';

/**
 * How the premaster secret comes about and by what the end-points authenticate themselves: ECDHE with signatures
 * (RFC 8422 §2), a pre-shared key alone (RFC 4279 §2, no forward secrecy), or ECDHE with a pre-shared key (RFC 5489).
 */
export type KeyExchange = 'ECDHE_ECDSA' | 'ECDHE_RSA' | 'PSK' | 'ECDHE_PSK';

export interface Aead {
  readonly kind: 'aead';
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm' | 'aes-128-ccm' | 'aes-256-ccm' | 'chacha20-poly1305';
  readonly keySize: 16 | 32;
  readonly tagSize: 8 | 16;
  /** Bytes of the nonce that come from the key block. */
  readonly saltSize: 4 | 12;
  /** Bytes of the nonce that travel in the record; 0 where the sequence number stands for them (RFC 7905 §2). */
  readonly explicitNonceSize: 0 | 8;
}

export interface Cbc {
  readonly kind: 'cbc';
  readonly cipher: 'aes-128-cbc' | 'aes-256-cbc';
  readonly keySize: 16 | 32;
  readonly mac: 'sha256' | 'sha384';
  readonly macSize: 32 | 48;
}

export interface Suite {
  readonly id: number;
  /** IANA's name. */
  readonly name: string;
  readonly keyExchange: KeyExchange;
  readonly hash: PrfHash;
  readonly protection: Aead | Cbc;
  /** `onem2m`: TS-0003 10.2.2 and 10.2.3 and what is as good; `interop`: for foreign TLS stacks in the lab. */
  readonly profile: 'onem2m' | 'interop';
}

/** RFC 5288 §3, RFC 6655 §3: four bytes of salt and eight that travel. */
const inRecord = { saltSize: 4, explicitNonceSize: 8 } as const;
const gcm128 = { kind: 'aead', cipher: 'aes-128-gcm', keySize: 16, tagSize: 16, ...inRecord } as const;
const gcm256 = { kind: 'aead', cipher: 'aes-256-gcm', keySize: 32, tagSize: 16, ...inRecord } as const;
const ccm128 = { kind: 'aead', cipher: 'aes-128-ccm', keySize: 16, tagSize: 16, ...inRecord } as const;
const ccm256 = { kind: 'aead', cipher: 'aes-256-ccm', keySize: 32, tagSize: 16, ...inRecord } as const;
const ccm8with128 = { ...ccm128, tagSize: 8 } as const;
const ccm8with256 = { ...ccm256, tagSize: 8 } as const;
const chacha20 = {
  kind: 'aead',
  cipher: 'chacha20-poly1305',
  keySize: 32,
  tagSize: 16,
  saltSize: 12,
  explicitNonceSize: 0,
} as const;
const cbc128 = { kind: 'cbc', cipher: 'aes-128-cbc', keySize: 16, mac: 'sha256', macSize: 32 } as const;
const cbc256 = { kind: 'cbc', cipher: 'aes-256-cbc', keySize: 32, mac: 'sha384', macSize: 48 } as const;

const row = (
  id: number,
  keyExchange: KeyExchange,
  hash: PrfHash,
  protection: Aead | Cbc,
  profile: Suite['profile'] = 'onem2m',
): Suite => ({ id, name: cipherSuiteNames[id] ?? '', keyExchange, hash, protection, profile });

/**
 * Best first. TS-0003 makes 0xC023 and 0xC0AE mandatory (10.2.3), and with a pre-shared key 0x00AE and 0xC0A8
 * (10.2.2); 0xC037 goes before those for its forward secrecy.
 */
export const suites: readonly Suite[] = [
  row(0xc02b, 'ECDHE_ECDSA', 'sha256', gcm128), // RFC 5289
  row(0xc02c, 'ECDHE_ECDSA', 'sha384', gcm256), // RFC 5289
  row(0xc0ac, 'ECDHE_ECDSA', 'sha256', ccm128), // RFC 7251
  row(0xc0ad, 'ECDHE_ECDSA', 'sha256', ccm256), // RFC 7251
  row(0xc0ae, 'ECDHE_ECDSA', 'sha256', ccm8with128), // RFC 7251
  row(0xc0af, 'ECDHE_ECDSA', 'sha256', ccm8with256), // RFC 7251
  row(0xcca9, 'ECDHE_ECDSA', 'sha256', chacha20, 'interop'), // RFC 7905
  row(0xc023, 'ECDHE_ECDSA', 'sha256', cbc128), // RFC 5289
  row(0xc024, 'ECDHE_ECDSA', 'sha384', cbc256), // RFC 5289
  row(0xc02f, 'ECDHE_RSA', 'sha256', gcm128, 'interop'), // RFC 5289
  row(0xc030, 'ECDHE_RSA', 'sha384', gcm256, 'interop'), // RFC 5289
  row(0xcca8, 'ECDHE_RSA', 'sha256', chacha20, 'interop'), // RFC 7905
  row(0xc027, 'ECDHE_RSA', 'sha256', cbc128, 'interop'), // RFC 5289
  row(0xc028, 'ECDHE_RSA', 'sha384', cbc256, 'interop'), // RFC 5289
  row(0xc037, 'ECDHE_PSK', 'sha256', cbc128), // RFC 5489
  row(0x00a8, 'PSK', 'sha256', gcm128), // RFC 5487
  row(0x00ae, 'PSK', 'sha256', cbc128), // RFC 5487
  row(0xc0a8, 'PSK', 'sha256', ccm8with128), // RFC 6655
];

const byId = new Map(suites.map(suite => [suite.id, suite]));
const byName = new Map(suites.map(suite => [suite.name, suite]));

export function suiteById(id: number): Suite | undefined {
  return byId.get(id);
}

export function suiteByName(name: string): Suite | undefined {
  return byName.get(name);
}

/** A pre-shared key authenticates both end-points: there are no certificates. */
export function usesPresharedKey({ keyExchange }: Suite): boolean {
  return keyExchange === 'PSK' || keyExchange === 'ECDHE_PSK';
}

/** Both sides have an ephemeral key, so that what was agreed on stays closed when a long-lived key is lost later. */
export function usesEphemeralKey({ keyExchange }: Suite): boolean {
  return keyExchange !== 'PSK';
}
