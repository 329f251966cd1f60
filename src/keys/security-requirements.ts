// From what an entity requires of its security to the objects and keys that meet it: the table of the contribution on
// end-to-end message authentication (its 8.4.1.3-1), of which TS-0003 9.2.3 has the parameters. Knows names of keys, no keys,
// and makes no object.
import { refuse } from '../errors.ts';
import { requireObject } from '../identifiers/given.ts';
import type { EndToEndKeys } from './end-to-end.ts';
import type { KeyPurpose } from './purpose.ts';

/** Size of a key, as TS-0003 Table 9.2.3.3-1 gives the strength of an algorithm. */
export type Bits = 128 | 192 | 256;

/** The rows of the table. What is not required is left out. */
export interface SecurityRequirements {
  /** Message Originator Authenticity / Integrity. */
  readonly messageAuthenticity?: Bits;
  /** Message Re-play protection. */
  readonly replayProtection?: boolean;
  /** Non-repudiation capability. */
  readonly nonRepudiation?: boolean;
  /** Message Confidentiality. */
  readonly messageConfidentiality?: Bits;
  /** Confidentiality of Data in Transit. */
  readonly confidentialityOfDataInTransit?: Bits;
  /** Confidentiality of Data at Rest. */
  readonly confidentialityOfDataAtRest?: Bits;
  /** Integrity of Data in Transit. */
  readonly integrityOfDataInTransit?: Bits;
  /** Integrity of Data at Rest. */
  readonly integrityOfDataAtRest?: Bits;
}

type ContentEncryption = 'A128GCM' | 'A192GCM' | 'A256GCM';

/** What an object is made with. `key` is a member of EndToEndKeys. */
export type Operation =
  | {
      readonly alg: 'dir';
      readonly enc: ContentEncryption;
      readonly key: keyof EndToEndKeys;
      readonly purpose: KeyPurpose;
    }
  | { readonly alg: 'HS256'; readonly key: keyof EndToEndKeys; readonly purpose: KeyPurpose }
  | { readonly alg: 'ES256'; readonly key: 'certificate of the source' };

/** A kind of object that meets requirements; of ESData, its security class (TS-0003 8.5.1). */
export interface ProtectingObject {
  readonly object:
    | 'ESPrim'
    | 'message authentication'
    | 'ESData Encryption-only'
    | 'ESData Signature-only'
    | 'ESData Nested-Sign-then-Encrypt';
  /** From the outermost to the innermost. */
  readonly operations: readonly Operation[];
  /** A repeated object is refused: data may be read as often as one likes. */
  readonly replayProtected: boolean;
}

/**
 * The objects that meet all requirements together: at most one for messages and one for data, none where nothing is
 * required. Requirements for data in transit are met by the message that carries it, those for data at rest by ESData.
 * Adding a requirement never makes less of what is there.
 *
 * Wherever a MIC is required, of whatever size, the key has 256 bits: HMAC-SHA-256 is the smallest of the standard's, and an
 * AEAD in its place is to be no weaker. The MIC itself is then as long as the algorithm makes it: 256 bits with HS256, 128
 * bits with AES-GCM.
 *
 * @throws E2EKeyError OPTION_INVALID for what is no object, for a requirement that is none of these, for another size than 128, 192 or 256 bits,
 * and for a capability that is neither true nor false.
 * @example
 * ```ts
 * import { protectionFor } from 'e2ekey/keys';
 * const [message] = protectionFor({ messageAuthenticity: 256, messageConfidentiality: 256 });
 * // { object: 'ESPrim', operations: [{ alg: 'dir', enc: 'A256GCM', key: 'messageConfidentiality', purpose: 'ESPrim' }], … }
 * ```
 */
export function protectionFor(requirements: SecurityRequirements): readonly ProtectingObject[] {
  check(requirements);
  return [...messageProtection(requirements), ...dataProtection(requirements)];
}

const rows: { readonly [R in keyof Required<SecurityRequirements>]: 'bits' | 'capability' } = {
  messageAuthenticity: 'bits',
  replayProtection: 'capability',
  nonRepudiation: 'capability',
  messageConfidentiality: 'bits',
  confidentialityOfDataInTransit: 'bits',
  confidentialityOfDataAtRest: 'bits',
  integrityOfDataInTransit: 'bits',
  integrityOfDataAtRest: 'bits',
};

/** A requirement that was misspelt would be one that nobody meets. */
function check(requirements: SecurityRequirements): void {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(
    requireObject(requirements, 'requirements'),
  );
  for (const [name, value] of entries) {
    if (!isRow(name))
      refuse('OPTION_INVALID', `${JSON.stringify(name.slice(0, 80))} is no security requirement`);
    if (rows[name] === 'bits' && value !== 128 && value !== 192 && value !== 256)
      refuse('OPTION_INVALID', `${name} cannot be met: keys have 128, 192 or 256 bits, not what is required`);
    if (rows[name] === 'capability' && typeof value !== 'boolean')
      refuse('OPTION_INVALID', `${name} is neither true nor false`);
  }
}

function isRow(name: string): name is keyof SecurityRequirements {
  return Object.hasOwn(rows, name);
}

function messageProtection(required: SecurityRequirements): readonly ProtectingObject[] {
  const mic =
    required.messageAuthenticity !== undefined ||
    required.integrityOfDataInTransit !== undefined ||
    // Whoever can change a message can make it another than the one before.
    required.replayProtection === true;
  const enc = gcm(mic, required.messageConfidentiality, required.confidentialityOfDataInTransit);
  if (enc !== null) {
    const encryption: Operation = { alg: 'dir', enc, key: 'messageConfidentiality', purpose: 'ESPrim' };
    return [{ object: 'ESPrim', operations: [encryption], replayProtected: true }];
  }
  if (!mic) return [];
  const hmac: Operation = { alg: 'HS256', key: 'messageAuthentication', purpose: 'message authentication' };
  return [{ object: 'message authentication', operations: [hmac], replayProtected: true }];
}

/** Non-repudiation is met here, be it of messages alone: keys that two share prove nothing to a third. */
function dataProtection(required: SecurityRequirements): readonly ProtectingObject[] {
  const mic = required.integrityOfDataAtRest !== undefined;
  const enc = gcm(mic, required.confidentialityOfDataAtRest);
  const signature: readonly Operation[] =
    required.nonRepudiation === true ? [{ alg: 'ES256', key: 'certificate of the source' }] : [];
  if (enc !== null) {
    const object = signature.length > 0 ? 'ESData Nested-Sign-then-Encrypt' : 'ESData Encryption-only';
    const encryption: Operation = {
      alg: 'dir',
      enc,
      key: 'attributeConfidentiality',
      purpose: 'ESData encryption',
    };
    return [{ object, operations: [encryption, ...signature], replayProtected: false }];
  }
  const hmac: Operation = { alg: 'HS256', key: 'attributeAuthenticity', purpose: 'ESData MIC' };
  const operations = signature.length > 0 ? signature : mic ? [hmac] : [];
  return operations.length > 0
    ? [{ object: 'ESData Signature-only', operations, replayProtected: false }]
    : [];
}

/** Null where no confidentiality is required. */
function gcm(mic: boolean, ...confidentiality: readonly (Bits | undefined)[]): ContentEncryption | null {
  const bits = Math.max(0, ...confidentiality.map(each => each ?? 0));
  return bits === 0 ? null : mic || bits === 256 ? 'A256GCM' : bits === 192 ? 'A192GCM' : 'A128GCM';
}
