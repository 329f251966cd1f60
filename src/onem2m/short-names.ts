// A whole primitive as one object under its short names (TS-0004 8.2.2, 8.4.2): what travels where there are no
// headers, in a content instance, a polling channel, MQTT or WebSocket. Knows no content's shape.
import { refuse } from '../errors.ts';
import type { Operation, RequestPrimitive, ResponsePrimitive } from './primitive.ts';
import { isObject, type JsonObject } from './serialisation/json.ts';

/** TS-0004 6.3.4.2.5. */
const operations: readonly Operation[] = ['create', 'retrieve', 'update', 'delete', 'notify'];

/** Longest parameter that is read: that of an identifier. What is repeated in a response has a bound. */
const maxParameterLength = 512;
/** Notification targets of one request that are read; our carriers write one. */
const maxNotificationUris = 8;

/** Of TS-0004 Table 8.2.2-1, what our primitives have and is plain text. */
const textParameters = {
  rqi: 'requestIdentifier',
  rvi: 'releaseVersionIndicator',
  ot: 'originatingTimestamp',
  rqet: 'requestExpirationTimestamp',
  rset: 'resultExpirationTimestamp',
  oet: 'operationExecutionTime',
} as const;

/** Listed once: both ways are gone with every protected primitive. */
const textNames = Object.entries(textParameters);

/** The value of `m2m:rqp`, without undefined members. */
export function shortRequest(request: RequestPrimitive): JsonObject {
  const { operation, to, from, resourceType, responseType, resultContent, content, others } = request;
  return {
    ...others,
    op: operations.indexOf(operation) + 1,
    to,
    ...(from !== undefined && { fr: from }),
    ...shortTexts(request),
    ...(resourceType !== undefined && { ty: resourceType }),
    ...(responseType !== undefined && {
      rt: {
        rtv: responseType.responseTypeValue,
        ...(responseType.notificationUri !== undefined && { nu: responseType.notificationUri }),
      },
    }),
    ...(resultContent !== undefined && { rcn: resultContent }),
    ...(content !== undefined && { pc: content }),
  };
}

/** The value of `m2m:rsp`. */
export function shortResponse(response: ResponsePrimitive): JsonObject {
  const { responseStatusCode, content } = response;
  return {
    rsc: responseStatusCode,
    ...shortTexts(response),
    ...(content !== undefined && { pc: content }),
  };
}

/**
 * Reads `m2m:rqp`'s value, or the bare one that JSON has (TS-0004 8.4.2). Parameters that are not known are passed
 * over.
 *
 * @throws E2EKeyError REQUEST_INVALID naming the parameter that is missing or wrong.
 */
export function longRequest(value: unknown): RequestPrimitive {
  const { op, to, fr, ty, rt, rcn, pc, ...others } = members(value, 'm2m:rqp', 'request primitive');
  const operation = operations[numberOf(op, 'op') - 1];
  if (operation === undefined)
    return refuse('REQUEST_INVALID', 'op is no operation, 1 to 5 (TS-0004 6.3.4.2.5)');
  return {
    operation,
    to: textOf(to, 'to'),
    ...(fr !== undefined && { from: textOf(fr, 'fr') }),
    ...longTexts(others),
    ...(ty !== undefined && { resourceType: numberOf(ty, 'ty') }),
    ...(rt !== undefined && { responseType: responseTypeOf(rt) }),
    ...(rcn !== undefined && { resultContent: numberOf(rcn, 'rcn') }),
    ...(pc !== undefined && { content: pc }),
  };
}

/** The parameters that `longRequest` passes over, as they are; undefined for none. */
export function otherParameters(value: unknown): JsonObject | undefined {
  const { op, to, fr, ty, rt, rcn, pc, ...rest } = members(value, 'm2m:rqp', 'request primitive');
  const others = Object.entries(rest).filter(([name]) => !Object.hasOwn(textParameters, name));
  return others.length === 0 ? undefined : Object.fromEntries(others);
}

/** As `longRequest`, of `m2m:rsp`. */
export function longResponse(value: unknown): ResponsePrimitive {
  const { rsc, pc, ...others } = members(value, 'm2m:rsp', 'response primitive');
  const responseStatusCode = numberOf(rsc, 'rsc');
  if (responseStatusCode < 1000 || responseStatusCode > 6999)
    return refuse('REQUEST_INVALID', 'rsc is no response status code (TS-0004 6.6)');
  return { responseStatusCode, ...longTexts(others), ...(pc !== undefined && { content: pc }) };
}

type Texts = { -readonly [Long in (typeof textParameters)[keyof typeof textParameters]]?: string };

function shortTexts(primitive: Texts): JsonObject {
  const texts: Record<string, string> = {};
  for (const [short, long] of textNames) {
    const value = primitive[long];
    if (value !== undefined) texts[short] = value;
  }
  return texts;
}

function longTexts(members: JsonObject): Texts {
  const texts: Texts = {};
  for (const [short, long] of textNames) {
    const value = members[short];
    if (value !== undefined) texts[long] = textOf(value, short);
  }
  return texts;
}

function responseTypeOf(value: unknown): NonNullable<RequestPrimitive['responseType']> {
  const { rtv, nu } = members(value, 'm2m:rt', 'rt');
  if (nu === undefined) return { responseTypeValue: numberOf(rtv, 'rt.rtv') };
  if (!Array.isArray(nu) || nu.length > maxNotificationUris)
    return refuse('REQUEST_INVALID', `rt.nu is no list of at most ${maxNotificationUris} targets`);
  return {
    responseTypeValue: numberOf(rtv, 'rt.rtv'),
    notificationUri: nu.map(uri => textOf(uri, 'rt.nu')),
  };
}

function members(value: unknown, wrapper: string, what: string): JsonObject {
  const object = isObject(value) && isObject(value[wrapper]) ? value[wrapper] : value;
  return isObject(object) ? object : refuse('REQUEST_INVALID', `there is no ${what} (TS-0004 8.4.2)`);
}

/** A number that a CSE on the way has written as `6.0` is 6: JSON has one kind of number. */
function numberOf(value: unknown, name: string): number {
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : refuse('REQUEST_INVALID', `${name} is missing or no whole number (TS-0004 8.2.2)`);
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '')
    return refuse('REQUEST_INVALID', `${name} is missing or no text (TS-0004 8.2.2)`);
  return value.length <= maxParameterLength
    ? value
    : refuse('REQUEST_INVALID', `${name} has more than ${maxParameterLength} characters`);
}
