// From the premaster secret to everything that is derived from it: master secret, key block, verify_data and
// exported keys. Functions on bytes; who may call them when is handshake's business.
import { hash as digest } from 'node:crypto';
import { hashBlockSize, hashBlocks, spendHashBlocks } from './hash-blocks.ts';
import { maxPresharedKeySize } from './key-exchange.ts';
import { prf } from './prf.ts';
import { equalInConstantTime, Secret, wipe } from './secrets.ts';
import type { PrfHash, Suite } from './suites.ts';

export interface Randoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** The keys of one direction of the record layer. */
export interface DirectionKeys {
  /** MAC key (CBC suites), empty for AEAD. */
  readonly mac: Uint8Array;
  readonly key: Uint8Array;
  /** The implicit nonce bytes of AEAD suites (RFC 5288 §3, RFC 7905 §2), empty for CBC. */
  readonly salt: Uint8Array;
}

export function hashTranscript(hash: PrfHash, transcript: Uint8Array): Uint8Array {
  return digest(hash, transcript, 'buffer');
}

/** RFC 7627 §4: the master secret bound to the whole handshake so far, ClientHello to ClientKeyExchange. */
export function extendedMasterSecret(
  hash: PrfHash,
  premaster: Uint8Array,
  transcriptToKeyExchange: Uint8Array,
): Secret {
  return masterSecret(
    hash,
    premaster,
    'extended master secret',
    hashTranscript(hash, transcriptToKeyExchange),
  );
}

/**
 * RFC 5246 §8.1: the master secret of a peer without that extension. It may be shared with somebody else (triple
 * handshake, RFC 7627 §1), so nothing may be exported from it: it serves to finish a handshake of the lab.
 */
export function plainMasterSecret(hash: PrfHash, premaster: Uint8Array, { client, server }: Randoms): Secret {
  return masterSecret(hash, premaster, 'master secret', Buffer.concat([client, server]));
}

function masterSecret(hash: PrfHash, premaster: Uint8Array, label: string, seed: Uint8Array): Secret {
  const key = hmacKeyOf(hash, premaster);
  try {
    return new Secret(prf(hash, key, label, seed, 48));
  } finally {
    wipe(key);
  }
}

/** That of a pre-shared key alone (RFC 4279 §2), the longest that an end-point takes. */
const longestPremaster = 2 * (2 + maxPresharedKeySize);

/**
 * The key that HMAC makes of a premaster secret (RFC 2104 §2), after the same number of hash calls and blocks whatever
 * its length: a pre-shared key is to cost what the one costs that stands for a key of an unknown identity.
 */
function hmacKeyOf(hash: PrfHash, premaster: Uint8Array): Uint8Array {
  const key = new Uint8Array(hashBlockSize(hash));
  const hashed = digest(hash, premaster, 'buffer');
  spendHashBlocks(hash, Math.max(0, hashBlocks(hash, longestPremaster) - hashBlocks(hash, premaster.length)));
  key.set(premaster.length > key.length ? hashed : premaster);
  wipe(hashed);
  return key;
}

/** RFC 5246 §6.3: the keys that protect what the initiating (client) and the terminating end-point (server) write. */
export function trafficKeys(
  suite: Suite,
  masterSecret: Secret,
  { client, server }: Randoms,
): { client: DirectionKeys; server: DirectionKeys } {
  const { protection } = suite;
  const macSize = protection.kind === 'cbc' ? protection.macSize : 0;
  const saltSize = protection.kind === 'aead' ? protection.saltSize : 0;
  const size = 2 * (macSize + protection.keySize + saltSize);
  const block = prf(suite.hash, masterSecret.key, 'key expansion', Buffer.concat([server, client]), size);
  let offset = 0;
  const next = (length: number) => {
    offset += length;
    return block.slice(offset - length, offset);
  };
  const [clientMac, serverMac] = [next(macSize), next(macSize)];
  const [clientKey, serverKey] = [next(protection.keySize), next(protection.keySize)];
  const [clientSalt, serverSalt] = [next(saltSize), next(saltSize)];
  wipe(block);
  return {
    client: { mac: clientMac, key: clientKey, salt: clientSalt },
    server: { mac: serverMac, key: serverKey, salt: serverSalt },
  };
}

/** Derives the traffic keys, hands them to `use`, and wipes them whatever happens there. */
export function withTrafficKeys<T>(
  suite: Suite,
  masterSecret: Secret,
  randoms: Randoms,
  use: (keys: { client: DirectionKeys; server: DirectionKeys }) => T,
): T {
  const { client, server } = trafficKeys(suite, masterSecret, randoms);
  try {
    return use({ client, server });
  } finally {
    for (const { mac, key, salt } of [client, server]) wipe(mac, key, salt);
  }
}

/** RFC 5246 §7.4.9: 12 bytes over the transcript up to this Finished, exclusive. */
export function verifyData(
  hash: PrfHash,
  masterSecret: Secret,
  sender: 'client' | 'server',
  transcript: Uint8Array,
): Uint8Array {
  return prf(hash, masterSecret.key, `${sender} finished`, hashTranscript(hash, transcript), 12);
}

declare const finishedBrand: unique symbol;
/** Proof that the peer's Finished was computed with our master secret over our transcript. */
export interface VerifiedFinished {
  readonly [finishedBrand]: true;
}

/** The only maker of a VerifiedFinished; undefined where the peer's verify_data is not the one due. */
export function verifyFinished(received: Uint8Array, due: Uint8Array): VerifiedFinished | undefined {
  return equalInConstantTime(received, due) ? (Object.freeze({}) as VerifiedFinished) : undefined;
}

/** Labels that the handshake itself uses: exporting under one would hand out handshake secrets (RFC 5705 §4). */
const reservedLabels = [
  'client finished',
  'server finished',
  'master secret',
  'extended master secret',
  'key expansion',
];

/**
 * RFC 5705 §4. An absent context and an empty one are different: only the latter adds its (zero) length.
 *
 * @param context at most 65,535 bytes; undefined for "no context", as oneM2M uses it (TS-0003 10.3.1)
 */
export function exportKeyingMaterial(
  hash: PrfHash,
  masterSecret: Secret,
  { client, server }: Randoms,
  label: string,
  size: number,
  context?: Uint8Array,
): Uint8Array {
  if (reservedLabels.includes(label)) throw new RangeError(`the label "${label}" is the handshake's own`);
  const seed = [client, server];
  if (context !== undefined) {
    if (context.length > 0xffff) throw new RangeError('an exporter context has at most 65535 bytes');
    seed.push(Uint8Array.of(context.length >> 8, context.length & 0xff), context);
  }
  return prf(hash, masterSecret.key, label, Buffer.concat(seed), size);
}
