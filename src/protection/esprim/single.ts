// One protected primitive by itself, for whoever has it in a file: protected and opened by the rules of ESPrim (TS-0003
// 8.4.2), with the receiver's random object at hand. It remembers nothing, so that a replay is not noticed here; what
// travels is the client's and the handler's.
import { type Random, systemRandom } from '../../crypto/random.ts';
import { refuse } from '../../errors.ts';
import { namesEntity } from '../../identifiers/entity.ts';
import { type JsonObject, writeJson } from '../../onem2m/serialisation/json.ts';
import { longRequest, longResponse } from '../../onem2m/short-names.ts';
import type { Encryption, Protection } from './algorithms.ts';
import { readInnerRequest, readInnerResponse } from './inner.ts';
import type { EsPrimKeys, PairwiseESPrimKey } from './keys.ts';
import { makeObject, type ObjectHeader, openObject, type ReadObject, readObject } from './object.ts';
import type { ReceiverRandObject } from './rand-object.ts';
import { Session } from './session.ts';
import { newOriginatorRand, proposedTerms } from './session-terms.ts';

/** What a primitive is opened with. */
export interface SingleOptions {
  /** Our own identity, absolute form. */
  readonly id: string;
  readonly keys: EsPrimKeys;
  /** The one that the header names by `rri`. */
  readonly receiverRand: ReceiverRandObject;
  /** At which random objects are judged, milliseconds since 1970. */
  readonly now: number;
}

export interface OpenedPrimitive {
  /** The primitive's JSON, under short names, byte for byte. */
  readonly plaintext: Uint8Array;
  readonly header: ObjectHeader;
  readonly key: PairwiseESPrimKey;
}

export interface ProtectedResponse extends Omit<OpenedPrimitive, 'plaintext'> {
  readonly object: string;
}

/**
 * Protects a request as the first of a session of its own: the object brings the originator's random object.
 *
 * @param request under its short names, with From; parameters that are not known here stay in it
 * @throws E2EKeyError REQUEST_INVALID for what is no request, ESPRIM_UNSUPPORTED_OPTION for an algorithm that the
 * receiver does not take, ESPRIM_UNKNOWN_RECV_RAND_ID for a random object past its time.
 */
export async function protectRequest(
  request: JsonObject,
  terms: {
    readonly key: PairwiseESPrimKey;
    readonly protection: Protection;
    readonly encryption: Encryption;
    readonly receiverRand: ReceiverRandObject;
    /** Milliseconds since 1970. */
    readonly now: number;
    readonly random?: Random;
  },
): Promise<string> {
  const { key, protection, encryption, receiverRand, now, random = systemRandom } = terms;
  longRequest(request);
  if (receiverRand.expires <= now)
    return refuse('ESPRIM_UNKNOWN_RECV_RAND_ID', 'the receiverESPrimRandObject has expired');
  const originatorRand = newOriginatorRand(receiverRand, encryption, random);
  const session = new Session({ key, protection, encryption, receiverRand, originatorRand });
  return make(session, session.header('request', { oro: originatorRand }), request);
}

/**
 * Opens a request that was sent to us. The first one makes an unconfirmed key active.
 *
 * @throws E2EKeyError KEY_UNKNOWN for a kid that is not among the keys, and what a receiver refuses.
 */
export async function openRequest(object: string, options: SingleOptions): Promise<OpenedPrimitive> {
  const { plaintext, header, key } = await openReceived(object, options);
  return { plaintext, header, key };
}

/**
 * Protects the response to a request that opens.
 *
 * @param response under its short names; the Request Identifier may be left out
 * @param object the ESPrim Object of the request
 * @throws E2EKeyError as `openRequest`; REQUEST_INVALID for what is no response, OPTION_INVALID for one to another request.
 */
export async function protectResponse(
  response: JsonObject,
  object: string,
  options: SingleOptions,
): Promise<ProtectedResponse> {
  const { requestIdentifier: named } = longResponse(response);
  const { plaintext, session, key } = await openReceived(object, options);
  const { requestIdentifier } = readInnerRequest(plaintext);
  if (named !== undefined && named !== requestIdentifier)
    refuse('OPTION_INVALID', 'the response is to another request than the ESPrim Object holds (rqi)');
  const header = session.header('response', {});
  const answer = { ...response, ...(requestIdentifier !== undefined && { rqi: requestIdentifier }) };
  return { object: await make(session, header, answer), header, key };
}

/**
 * Opens the response to a request that we have sent.
 *
 * @param request the ESPrim Object of the request, with its originator's random object
 * @throws E2EKeyError as `openRequest`; ESPRIM_MISDIRECTED for what is no response to this request.
 */
export async function openResponse(
  object: string,
  request: string,
  options: SingleOptions,
): Promise<OpenedPrimitive> {
  const sent = await open(request, options);
  const { from, requestIdentifier: due } = readInnerRequest(sent.plaintext);
  // Both ends have the session's key: what we have answered ourselves would open as the answer of the other.
  if (from === undefined || !namesEntity(from, options.id, options.id))
    return refuse(
      'ESPRIM_MISDIRECTED',
      `the request is not from ${options.id}, so its response is not for us`,
    );
  const read = readObject(object, options.now);
  if (!sent.session.isOf(read.header))
    return refuse('ESPRIM_MISDIRECTED', 'the ESPrim Object is of another session than the request');
  const plaintext = await openObject(read, sent.session.cryptoKey);
  const { requestIdentifier } = readInnerResponse(plaintext);
  if (requestIdentifier !== due)
    return refuse('ESPRIM_MISDIRECTED', 'the inner response is to another request (Request Identifier)');
  await options.keys.opened(sent.key);
  return { plaintext, header: read.header, key: sent.key };
}

async function openReceived(object: string, options: SingleOptions) {
  const opened = await open(object, options);
  const { from } = readInnerRequest(opened.plaintext);
  const { entity } = opened.key;
  if (from === undefined || !namesEntity(from, entity, options.id))
    return refuse(
      'ESPRIM_IMPERSONATION_ERROR',
      `From of the inner primitive is not ${entity}, the identity that the key is bound to`,
    );
  await options.keys.opened(opened.key);
  return opened;
}

async function open(object: string, { keys, receiverRand, now }: SingleOptions) {
  const read: ReadObject = readObject(object, now);
  const { header } = read;
  const key =
    (await keys.find(header.kid)) ??
    refuse('KEY_UNKNOWN', `the key ${header.kid} (kid) of the ESPrim Object is not there`);
  const session = sessionOf(header, key, { receiverRand, now });
  return { plaintext: await openObject(read, session.cryptoKey), header, key, session };
}

/** TS-0003 8.4.2 C.6b, C.6c. */
function sessionOf(
  header: ObjectHeader,
  key: PairwiseESPrimKey,
  { receiverRand, now }: Pick<SingleOptions, 'receiverRand' | 'now'>,
): Session {
  if (header.rri !== receiverRand.id)
    return refuse('ESPRIM_UNKNOWN_RECV_RAND_ID', 'rri is not that of the receiverESPrimRandObject at hand');
  if (receiverRand.expires <= now)
    return refuse('ESPRIM_UNKNOWN_RECV_RAND_ID', 'the receiverESPrimRandObject has expired');
  return new Session(proposedTerms(header, key, receiverRand, now));
}

function make(session: Session, header: ObjectHeader, primitive: JsonObject): Promise<string> {
  return makeObject(header, session.cryptoKey, writeJson(primitive), session.next());
}
