// Request and response primitives (TS-0001 8.1, TS-0004 7.2) under their long names, as far as our carriers need
// them. Knows no binding: headers and paths are in http-binding.ts, the short names of a serialised primitive in
// short-names.ts, the content's shape in security-info.ts.
import { type ResponseStatusName, responseStatuses } from './response-status-code.ts';
import { isObject } from './serialisation/json.ts';

export type Operation = 'create' | 'retrieve' | 'update' | 'delete' | 'notify';

/** How, and where to, the originator wants his response (TS-0004 6.3.5.30). */
export interface ResponseType {
  /** 1 non-blocking synchronous, 2 non-blocking asynchronous, 3 blocking, 4 flexible, 5 no response (TS-0004 6.3.4.2.6). */
  readonly responseTypeValue: number;
  /** Where a response that is not waited for goes. */
  readonly notificationUri?: readonly string[];
}

export interface RequestPrimitive {
  readonly operation: Operation;
  /** Address of the target resource, in any form of TS-0001 7.2. */
  readonly to: string;
  /** The originator, in any form of TS-0001 7.2. Claimed, never believed. */
  readonly from?: string;
  readonly requestIdentifier?: string;
  readonly releaseVersionIndicator?: string;
  readonly originatingTimestamp?: string;
  readonly requestExpirationTimestamp?: string;
  readonly resultExpirationTimestamp?: string;
  readonly operationExecutionTime?: string;
  readonly responseType?: ResponseType;
  /** Of the resource that a CREATE makes (TS-0004 6.3.4.2.1). */
  readonly resourceType?: number;
  /** What of the resource the response holds (TS-0004 6.3.4.2.7). */
  readonly resultContent?: number;
  /** In the JSON serialisation's form (TS-0004 8.4), whatever the serialisation that it came in. */
  readonly content?: unknown;
  /**
   * Parameters that have no member here, under their short names (TS-0004 8.2.2): Filter Criteria (`fc`), tokens… Our
   * carriers have none; a primitive that is protected as a whole keeps all that it has.
   */
  readonly others?: Readonly<Record<string, unknown>>;
}

export interface ResponsePrimitive {
  readonly responseStatusCode: number;
  readonly requestIdentifier?: string;
  readonly releaseVersionIndicator?: string;
  /** As the request had it (TS-0001 8.1.3). */
  readonly resultExpirationTimestamp?: string;
  readonly content?: unknown;
}

/** What a response repeats of its request (TS-0004 7.2.1.2). */
export type Answerable = Pick<
  RequestPrimitive,
  'requestIdentifier' | 'releaseVersionIndicator' | 'resultExpirationTimestamp'
>;

/** The response to a request, with what it repeats of it. */
export function respond(request: Answerable, rsc: number, content?: unknown): ResponsePrimitive {
  const { requestIdentifier, releaseVersionIndicator, resultExpirationTimestamp } = request;
  return {
    responseStatusCode: rsc,
    ...(requestIdentifier !== undefined && { requestIdentifier }),
    ...(releaseVersionIndicator !== undefined && { releaseVersionIndicator }),
    ...(resultExpirationTimestamp !== undefined && { resultExpirationTimestamp }),
    ...(content !== undefined && { content }),
  };
}

/** A refusal that is oneM2M's own and no fault of the E2EKey procedure: named by its Response Status Code. */
export function refusal(request: Answerable, name: ResponseStatusName, sentence: string): ResponsePrimitive {
  return respond(request, responseStatuses[name].rsc, { 'm2m:dbg': debugText(`${name}: ${sentence}`) });
}

/** The `m2m:dbg` of a response, as `debugText` makes it; null without one. */
export function debugOf({ content }: Pick<ResponsePrimitive, 'content'>): string | null {
  const debug = isObject(content) ? content['m2m:dbg'] : undefined;
  return typeof debug === 'string' ? debugText(debug) : null;
}

/** Longest `m2m:dbg` that is written or passed to a caller: a sentence, and no place to store data in. */
const maxDebugLength = 512;

/** Bounded, and without control characters: it may quote a peer, and it ends up in logs and on terminals. */
export function debugText(text: string): string {
  return text.slice(0, maxDebugLength).replace(/\p{Cc}/gu, ' ');
}
