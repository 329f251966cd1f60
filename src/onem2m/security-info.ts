// m2m:securityInfo (TS-0004 6.3.5.48) for an E2EKey Message: the JSON object that a NOTIFY and its response
// carry. Knows nothing of the bytes inside; strict about what it writes and about what it reads.
import { refuse } from '../errors.ts';
import { isObject, type JsonObject } from './serialisation/json.ts';

/** securityInfoType of an ESCertKE Message (TS-0004 6.3.4.2.35). */
const escertkeMessage = 6;

/** A longer message is refused before it is decoded: a full flight with a chain of certificates has a few KiB. */
const maxMessageLength = 64 * 1024;

/** 64 KiB are 85.4 KiB in base64; the rest is room for the JSON around it. */
export const maxBodyLength = 96 * 1024;

export interface SecurityInfo {
  readonly 'm2m:seci': { readonly sit: typeof escertkeMessage; readonly eckm: string };
}

export const securityInfo = {
  /**
   * The content of a NOTIFY, or of its response, that carries one E2EKey Message of 1 to 65536 bytes.
   *
   * @throws E2EKeyError OPTION_INVALID for any other length: whoever made the message has too long a chain.
   */
  wrap(message: Uint8Array): SecurityInfo {
    if (message.length === 0 || message.length > maxMessageLength)
      return refuse(
        'OPTION_INVALID',
        `the E2EKey Message has ${message.length} bytes; 1 to ${maxMessageLength} can be sent`,
      );
    return { 'm2m:seci': { sit: escertkeMessage, eckm: Buffer.from(message).toString('base64') } };
  },

  /**
   * The E2EKey Message in a content, which may also hold `m2m:dbg`.
   *
   * @throws E2EKeyError REQUEST_INVALID for anything but a securityInfo with `sit` 6 and nothing but `eckm`
   * beside it, in base64 of RFC 4648 §4; MESSAGE_TOO_LARGE above 65536 bytes, without decoding it.
   */
  unwrap(content: unknown): Uint8Array {
    const { sit, eckm, ...others } = securityInfoOf(content);
    if (sit !== escertkeMessage)
      return refuse(
        'REQUEST_INVALID',
        `m2m:seci.sit is ${shown(sit)}; an E2EKey Message has 6 (TS-0004 6.3.4.2.35)`,
      );
    // TS-0004 Table 6.3.5.48-1: an optional element is present only for its own securityInfoType.
    const [other] = Object.keys(others);
    if (other !== undefined)
      return refuse(
        'REQUEST_INVALID',
        `m2m:seci holds ${shown(other)}, which does not belong to sit 6 (TS-0004 6.3.5.48)`,
      );
    if (typeof eckm !== 'string')
      return refuse('REQUEST_INVALID', 'm2m:seci.eckm is missing or no string (TS-0004 6.3.5.48)');
    const length = Math.floor(eckm.length / 4) * 3 - (eckm.endsWith('==') ? 2 : eckm.endsWith('=') ? 1 : 0);
    if (length > maxMessageLength)
      return refuse(
        'MESSAGE_TOO_LARGE',
        `m2m:seci.eckm has ${length} bytes; at most ${maxMessageLength} are taken`,
      );
    if (eckm === '') return refuse('REQUEST_INVALID', 'm2m:seci.eckm is empty (TS-0004 7.5.1.2.12)');
    const message = Buffer.from(eckm, 'base64');
    // One text for one message: whitespace, base64url, missing padding and stray trailing bits all re-encode
    // to something else, and a repeated request is recognised by its bytes.
    if (message.toString('base64') !== eckm)
      return refuse(
        'REQUEST_INVALID',
        'm2m:seci.eckm is not base64 with padding (RFC 4648 §4, TS-0004 6.3.5.48)',
      );
    return new Uint8Array(message);
  },
};

/**
 * securityInfoType of a content, 1 to 8 (TS-0004 6.3.4.2.35).
 *
 * @throws E2EKeyError REQUEST_INVALID for a content that is no securityInfo.
 */
export function securityInfoType(content: unknown): number {
  const { sit } = securityInfoOf(content);
  if (typeof sit !== 'number' || !Number.isInteger(sit) || sit < 1 || sit > 8)
    return refuse(
      'REQUEST_INVALID',
      `m2m:seci.sit is ${shown(sit)}, no securityInfoType (TS-0004 6.3.4.2.35)`,
    );
  return sit;
}

export function securityInfoOf(content: unknown): JsonObject {
  if (!isObject(content))
    return refuse('REQUEST_INVALID', 'the content is missing or no JSON object (TS-0004 8.4.2)');
  const { 'm2m:seci': seci, 'm2m:dbg': _, ...others } = content;
  if (!isObject(seci))
    return refuse('REQUEST_INVALID', 'the content holds no m2m:seci object (TS-0004 6.3.5.48)');
  const [other] = Object.keys(others);
  if (other !== undefined)
    return refuse('REQUEST_INVALID', `the content holds ${shown(other)} beside m2m:seci (TS-0004 8.4.2)`);
  return seci;
}

/** A peer's value in a message of ours: only its beginning. */
function shown(value: unknown): string {
  return typeof value === 'object' ? 'an object' : (JSON.stringify(value)?.slice(0, 40) ?? 'missing');
}
