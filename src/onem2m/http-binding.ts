// HTTP ⇄ primitives (TS-0009 V3.9.1): request-target, X-M2M headers, media types, status. Knows no sockets
// and no framework; bodies come in whole, with their length already bounded.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { E2EKeyError, refuse } from '../errors.ts';
import { faultResponse } from './fault-response.ts';
import { parseContent } from './json-content.ts';
import { type Operation, type RequestPrimitive, type ResponsePrimitive, refusal } from './primitive.ts';
import { httpStatus } from './response-status-code.ts';

interface HttpRequest {
  readonly method: string;
  /** Path of the request-target (TS-0009 6.2.2.1); a query is ignored. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** Primitive parameters that travel as a header of their own (TS-0009 6.4). */
const parameterHeaders = {
  from: 'X-M2M-Origin',
  requestIdentifier: 'X-M2M-RI',
  releaseVersionIndicator: 'X-M2M-RVI',
  originatingTimestamp: 'X-M2M-OT',
  requestExpirationTimestamp: 'X-M2M-RET',
  resultExpirationTimestamp: 'X-M2M-RST',
} as const;

type Parameters = Pick<RequestPrimitive, keyof typeof parameterHeaders>;

/** Longest value of an X-M2M header: that of an identifier. What is repeated in a response has a bound. */
const maxParameterLength = 512;

/** TS-0004 6.7; vnd.onem2m-ntfy is not defined for securityInfo, yet senders use it for every NOTIFY. */
const jsonMediaTypes = [
  'application/json',
  'application/vnd.onem2m-ntfy+json',
  'application/vnd.onem2m-res+json',
];

/** The request primitive of an HTTP request, or the response that refuses it. Never throws. */
export function readRequest(message: HttpRequest): RequestPrimitive | ResponsePrimitive {
  const parameters = readParameters(message.headers);
  const tooLong = Object.entries(parameters).find(([, value]) => value.length > maxParameterLength);
  if (tooLong)
    return refusal({}, 'BAD_REQUEST', `${tooLong[0]} has more than ${maxParameterLength} characters`);
  const contentType = message.headers['content-type'];
  const operation = operationOf(message.method, contentType);
  if (operation === null)
    return refusal(
      parameters,
      'OPERATION_NOT_ALLOWED',
      'the HTTP method stands for no oneM2M operation (TS-0009 6.2.1)',
    );
  const to = addressOfPath(message.path);
  if (to === null)
    return refusal(
      parameters,
      'BAD_REQUEST',
      'the path of the request-target is wrongly encoded (RFC 3986 2.1)',
    );
  if (message.body.length === 0) return { operation, to, ...parameters };
  if (!isJson(contentType))
    return refusal(
      parameters,
      'UNSUPPORTED_MEDIA_TYPE',
      `Content-Type is none of ${jsonMediaTypes.join(', ')}`,
    );
  try {
    return { operation, to, ...parameters, content: parseContent(message.body) };
  } catch (error) {
    return faultResponse(parameters, error);
  }
}

/** The HTTP request of a NOTIFY: POST, without the resource type that would make it a CREATE (TS-0009 6.2.1). */
export function writeNotify(request: RequestPrimitive): {
  path: string;
  headers: OutgoingHttpHeaders;
  body: Buffer;
} {
  const body = request.content === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(request.content));
  return {
    path: pathOfAddress(request.to),
    headers: {
      ...writeParameters(request),
      Accept: 'application/json',
      ...(request.content !== undefined && { 'Content-Type': 'application/json' }),
      'Content-Length': body.length,
    },
    body,
  };
}

/**
 * @throws E2EKeyError CARRIER_FAILED for what is no oneM2M response, or a successful one whose content cannot
 * be read. Of an error response, the Response Status Code is enough.
 */
export function readResponse(message: HttpResponse): ResponsePrimitive {
  const rsc = message.headers['x-m2m-rsc'];
  if (typeof rsc !== 'string' || !/^[1-6]\d{3}$/.test(rsc))
    return refuse(
      'CARRIER_FAILED',
      `HTTP status ${message.status} came without an X-M2M-RSC: no oneM2M response (TS-0009 6.4.17)`,
    );
  const { requestIdentifier, releaseVersionIndicator } = readParameters(message.headers);
  const content = readContent(message.body, Number(rsc));
  return {
    responseStatusCode: Number(rsc),
    ...(requestIdentifier !== undefined && { requestIdentifier }),
    ...(releaseVersionIndicator !== undefined && { releaseVersionIndicator }),
    ...(content !== undefined && { content }),
  };
}

export function writeResponse(response: ResponsePrimitive): {
  status: number;
  headers: Record<string, string>;
  body: Buffer | null;
} {
  return {
    status: httpStatus(response.responseStatusCode),
    headers: {
      'X-M2M-RSC': String(response.responseStatusCode),
      ...writeParameters(response),
      ...(response.content !== undefined && { 'Content-Type': 'application/json' }),
    },
    body: response.content === undefined ? null : Buffer.from(JSON.stringify(response.content)),
  };
}

/** TS-0009 6.2.1: POST is CREATE if its Content-Type has a resource type (`ty=`), otherwise NOTIFY. */
export function operationOf(method: string, contentType: string | undefined): Operation | null {
  if (method === 'POST') return /;\s*ty\s*=/i.test(contentType ?? '') ? 'create' : 'notify';
  return ({ GET: 'retrieve', PUT: 'update', DELETE: 'delete' }[method] as Operation | undefined) ?? null;
}

/** TS-0009 6.2.2.1: `/~/cse/x` is SP-relative, `/_/sp/cse/x` absolute, any other path CSE-relative. */
export function pathOfAddress(address: string): string {
  const path = address.startsWith('//')
    ? `/_/${address.slice(2)}`
    : address.startsWith('/')
      ? `/~${address}`
      : `/${address}`;
  return path.split('/').map(encodeURIComponent).join('/');
}

function addressOfPath(path: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path.replace(/[?#].*$/s, ''));
  } catch {
    return null;
  }
  if (decoded.startsWith('/_/')) return `//${decoded.slice(3)}`;
  return decoded.startsWith('/~/') ? decoded.slice(2) : decoded.slice(1);
}

function readParameters(headers: IncomingHttpHeaders): Parameters {
  return Object.fromEntries(
    Object.entries(parameterHeaders).flatMap(([parameter, header]) => {
      const value = headers[header.toLowerCase()];
      // An empty header says nothing; node joins repeated ones, and a list is no identifier.
      return typeof value === 'string' && value !== '' ? [[parameter, value]] : [];
    }),
  );
}

function writeParameters(primitive: Parameters): Record<string, string> {
  const names = Object.keys(parameterHeaders) as (keyof typeof parameterHeaders)[];
  return Object.fromEntries(
    names.flatMap(name => {
      const value = primitive[name];
      return value === undefined ? [] : [[parameterHeaders[name], value]];
    }),
  );
}

/** JSON whatever Content-Type says: a CSE on the way may have lost it. */
function readContent(body: Uint8Array, rsc: number): unknown {
  if (body.length === 0) return undefined;
  try {
    return parseContent(body);
  } catch (error) {
    if (rsc >= 4000) return undefined;
    const reason = error instanceof E2EKeyError ? error.message : 'it cannot be read';
    return refuse('CARRIER_FAILED', `the response has a wrong content: ${reason}`, { cause: error });
  }
}

function isJson(contentType: string | undefined): boolean {
  return jsonMediaTypes.includes(contentType?.split(';')[0]?.trim().toLowerCase() ?? '');
}
