// ESPrim Objects put together by hand, with node:crypto alone: whatever may be wrong with one is made here, and what is
// right is a second opinion on what the library makes. Knows no test.
import { createCipheriv, createDecipheriv, createHmac, type KeyObject } from 'node:crypto';
import { E2EKeyError } from '../../../src/errors.ts';
import { deriveEndToEndKeys } from '../../../src/keys/end-to-end.ts';
import type { ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import type { OriginatorRandJson, ReceiverRandJson } from '../../../src/protection/esprim/rand-object.ts';
import { cae1, type Exchange, kpsa } from './lab.ts';

export type Json = Record<string, unknown>;

/** What stands in an object; everything has its right value unless it is changed. */
export interface Changes {
  /** Members of the header that are added or replaced; undefined leaves one out. */
  readonly header?: Json;
  /** The whole header, as text. */
  readonly headerText?: string;
  /** Members of the inner primitive. */
  readonly inner?: Json;
  readonly plaintext?: string;
  readonly iv?: Uint8Array;
  /** Sealed with another key than that of the session. */
  readonly key?: Uint8Array;
  /** One or more of the five parts, as they stand in the object. */
  readonly parts?: (parts: string[]) => string[];
}

export interface HandOptions {
  readonly originatorRand?: Partial<OriginatorRandJson>;
  readonly kid?: string;
  readonly secret?: KeyObject;
}

/** Bits of the AES key, by `enc`. */
const keySizes: Readonly<Record<string, 16 | 24 | 32>> = { A128GCM: 16, A192GCM: 24, A256GCM: 32 };
const label = 'oneM2M HMAC-SHA256 sessionESPrimKey derivation algorithm';

export const base64url = (value: string | Uint8Array) => Buffer.from(value).toString('base64url');
export const contentOf = (object: string) => ({ 'm2m:seci': { sit: 5, epo: object } });

let hands = 0;

/** One session of an originator with the key of the lab. */
export class Hand {
  readonly receiverRand: ReceiverRandJson;
  readonly originatorRand: OriginatorRandJson;
  readonly kid: string;
  readonly #secret: KeyObject;
  #objects = 0;

  constructor(receiverRand: ReceiverRandJson, options: HandOptions = {}) {
    const { id, messageConfidentiality } = deriveEndToEndKeys(kpsa.master, kpsa.salt);
    this.receiverRand = receiverRand;
    this.originatorRand = {
      esri: `u.hand${++hands}`,
      esrv: 'x000102030405060708090a0b0c0d0e0f',
      esrx: receiverRand.esrx,
      esk: 1,
      espa: [12],
      ...options.originatorRand,
    };
    this.kid = options.kid ?? id;
    this.#secret = options.secret ?? messageConfidentiality;
  }

  sessionKey(size: 16 | 24 | 32 = 32): Buffer {
    return createHmac('sha256', this.#secret)
      .update(JSON.stringify(this.receiverRand))
      .update(JSON.stringify(this.originatorRand))
      .update(label)
      .digest()
      .subarray(0, size);
  }

  /** An inner request, each with a Request Identifier of its own. */
  #request(): Json {
    const rqi = `${this.originatorRand.esri} ${++this.#objects}`;
    return { op: 2, to: '/cse-b/-/secret', fr: cae1, rqi, rvi: '3' };
  }

  /** A request of Cae1, with its originator's random object. */
  object(changes: Changes = {}): string {
    const header = {
      alg: 'dir',
      enc: 'A256GCM',
      kid: this.kid,
      cty: 'vnd.onem2m-preq+json',
      ori: this.originatorRand.esri,
      rri: this.receiverRand.esri,
      oro: this.originatorRand,
      ...changes.header,
    };
    const inner = { ...this.#request(), ...changes.inner };
    const enc = typeof header.enc === 'string' ? header.enc : '';
    const size = Object.hasOwn(keySizes, enc) ? keySizes[enc] : 32;
    const key = changes.key ?? this.sessionKey(size);
    const protectedHeader = base64url(changes.headerText ?? JSON.stringify(header));
    const iv = changes.iv ?? Buffer.alloc(12, this.#objects);
    const cipher = createCipheriv(`aes-${key.length * 8}-gcm` as 'aes-256-gcm', key, iv);
    cipher.setAAD(Buffer.from(protectedHeader));
    const ciphertext = Buffer.concat([
      cipher.update(changes.plaintext ?? JSON.stringify(inner)),
      cipher.final(),
    ]);
    const parts = [protectedHeader, '', ...[iv, ciphertext, cipher.getAuthTag()].map(base64url)];
    return (changes.parts?.(parts) ?? parts).join('.');
  }

  /** A JWS in the place of the JWE, authenticated with any key. */
  signed(key: KeyObject | Uint8Array, changes: Pick<Changes, 'header' | 'inner' | 'parts'> = {}): string {
    const header = {
      alg: 'HS256',
      kid: this.kid,
      cty: 'vnd.onem2m-preq+json',
      ori: this.originatorRand.esri,
      rri: this.receiverRand.esri,
      oro: this.originatorRand,
      seq: 0,
      ...changes.header,
    };
    const inner = { ...this.#request(), ...changes.inner };
    const signed = [header, inner].map(each => base64url(JSON.stringify(each)));
    const mac = createHmac('sha256', key).update(signed.join('.')).digest();
    const parts = [...signed, base64url(mac)];
    return (changes.parts?.(parts) ?? parts).join('.');
  }

  /** A response to a request of this session. */
  response({ inner }: { readonly inner: Json }, changes: Changes = {}): string {
    const header = { cty: 'vnd.onem2m-prsp+json', oro: undefined, ...changes.header };
    const plaintext = JSON.stringify({ rsc: 2000, rqi: inner.rqi, ...changes.inner });
    return this.object({ plaintext, ...changes, header });
  }

  /** The header and the plaintext of an object of this session. */
  open(object: string): { readonly header: Json; readonly inner: Json } {
    const [protectedHeader = '', , iv = '', ciphertext = '', tag = ''] = object.split('.');
    const header = JSON.parse(Buffer.from(protectedHeader, 'base64url').toString()) as Json;
    const key = this.sessionKey(keySizes[String(header.enc)]);
    const decipher = createDecipheriv(
      `aes-${key.length * 8}-gcm` as 'aes-256-gcm',
      key,
      Buffer.from(iv, 'base64url'),
    );
    decipher.setAAD(Buffer.from(protectedHeader)).setAuthTag(Buffer.from(tag, 'base64url'));
    const plaintext = decipher.update(Buffer.from(ciphertext, 'base64url'));
    return { header, inner: JSON.parse(Buffer.concat([plaintext, decipher.final()]).toString()) as Json };
  }
}

/**
 * In the place of the receiver, somebody who has the key answers by hand.
 *
 * @param answer makes the response's object; the hand has the session of the request
 */
export function answerByHand(
  exchange: Exchange,
  answer: (hand: Hand, request: { readonly header: Json; readonly inner: Json }) => string,
): void {
  let rand: ReceiverRandJson | null = null;
  let hand: Hand | null = null;
  exchange.between = async (request, on) => {
    if (securityInfoIn({ content: request.content }).sit === 3) {
      const response = await on(request);
      rand = securityInfoIn(response).ero as ReceiverRandJson;
      return response;
    }
    const object = objectIn(request);
    const header = JSON.parse(Buffer.from(object.split('.')[0] ?? '', 'base64url').toString()) as Json;
    if (header.oro !== undefined && rand !== null)
      hand = new Hand(rand, { originatorRand: header.oro as OriginatorRandJson });
    if (hand === null) throw new TypeError('the first object of a session brings oro');
    return { responseStatusCode: 2000, content: contentOf(answer(hand, hand.open(object))) };
  };
}

/** A session with a receiver's random object that it has given on request. */
export async function handWith(exchange: Exchange, options?: HandOptions): Promise<Hand> {
  return new Hand(await randOf(exchange), options);
}

/** What the receiver gives on request (TS-0004 7.5.1.2.11). */
export async function randOf({ notify }: Exchange): Promise<ReceiverRandJson> {
  const { content } = await notify({ 'm2m:seci': { sit: 3 } });
  return securityInfoIn({ content }).ero as ReceiverRandJson;
}

export function securityInfoIn({ content }: Pick<ResponsePrimitive, 'content'>): Json {
  return (content as { 'm2m:seci': Json })['m2m:seci'];
}

/** The object of a NOTIFY request or response. */
export function objectIn(primitive: { readonly content?: unknown }): string {
  const { epo } = securityInfoIn({ content: primitive.content });
  if (typeof epo !== 'string') throw new TypeError('there is no ESPrim Object');
  return epo;
}

/** What an error response says, without the object that it may hold. */
export function debugIn({ content }: Pick<ResponsePrimitive, 'content'>): string {
  const debug = (content as Json | undefined)?.['m2m:dbg'];
  return typeof debug === 'string' ? debug : '';
}

/** The code of an E2EKeyError that a promise rejects with; null if it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<string | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    if (error instanceof E2EKeyError) return error.code;
    throw error;
  }
}
