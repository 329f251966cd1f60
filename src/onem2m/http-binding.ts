// HTTP ⇄ primitives (TS-0009 V3.9.1): request-target, X-M2M headers, media types, status. Knows no sockets
// and no framework; bodies come in whole, with their length already bounded.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { E2EKeyError, refuse } from '../errors.ts';
import { faultResponse } from './fault-response.ts';
import { type Operation, type RequestPrimitive, type ResponsePrimitive, refusal } from './primitive.ts';
import { httpStatus } from './response-status-code.ts';
import { acceptedMediaType, mediaTypeOf, serialisationOf } from './serialisation/media-types.ts';
import { type Serialisation, serialisations } from './serialisation/serialisation.ts';

interface HttpRequest {
  readonly method: string;
  /** Request-target in origin-form or absolute-form, its query with it (TS-0009 6.2.2). */
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
  operationExecutionTime: 'X-M2M-OET',
} as const;

type Parameters = Pick<RequestPrimitive, keyof typeof parameterHeaders>;

/** Longest value of an X-M2M header: that of an identifier. What is repeated in a response has a bound. */
const maxParameterLength = 512;
/** Notification targets of one request that are read; our carriers write one. */
const maxNotificationUris = 8;

/** The request primitive of an HTTP request, or the response that refuses it. Never throws. */
export function readRequest(message: HttpRequest): RequestPrimitive | ResponsePrimitive {
  const { method, path, headers, body } = message;
  const parameters = readParameters(headers);
  const wrong = wrongParameter(parameters);
  if (wrong !== null) return refusal({}, 'BAD_REQUEST', wrong);
  const contentType = headers['content-type'];
  const operation = operationOf(method, contentType);
  if (operation === null)
    return refusal(
      parameters,
      'OPERATION_NOT_ALLOWED',
      'the HTTP method stands for no oneM2M operation (TS-0009 6.2.1)',
    );
  if (parameters.requestIdentifier === undefined)
    return refusal(parameters, 'BAD_REQUEST', 'X-M2M-RI is missing (TS-0009 6.4.8)');
  const { to, query } = readTarget(path);
  if (to === null)
    return refusal(
      parameters,
      'BAD_REQUEST',
      'the path of the request-target is wrongly encoded (RFC 3986 2.1)',
    );
  const options = readOptions(operation, query, headers);
  if (typeof options === 'string') return refusal(parameters, 'BAD_REQUEST', options);
  // Before anything is done: a procedure whose answer cannot be written would be lost with it.
  if (responseMediaType(headers) === null)
    return refusal(
      parameters,
      'NOT_ACCEPTABLE',
      'Accept names none of the media types that a response can have (TS-0004 6.7, 7.3.2.1)',
    );
  const request = { operation, to, ...parameters, ...options };
  if (body.length === 0) return request;
  const serialisation = serialisationOf(contentType);
  if (serialisation === null)
    return refusal(
      parameters,
      'UNSUPPORTED_MEDIA_TYPE',
      'Content-Type is none of application/json, application/xml and application/cbor in UTF-8 (TS-0004 6.7)',
    );
  if (!/^(?:identity)?$/i.test(headers['content-encoding'] ?? ''))
    return refusal(parameters, 'UNSUPPORTED_MEDIA_TYPE', 'Content-Encoding is not identity (RFC 9110 8.4)');
  try {
    return { ...request, content: serialisations[serialisation].read(body) };
  } catch (error) {
    return faultResponse(parameters, error);
  }
}

/**
 * The HTTP request of a primitive; `target` is its request-target (TS-0009 6.2).
 *
 * @throws E2EKeyError OPTION_INVALID for a content that the serialisation cannot hold.
 */
export function writeRequest(
  request: RequestPrimitive,
  serialisation: Serialisation = 'json',
): {
  method: string;
  target: string;
  headers: OutgoingHttpHeaders;
  body: Buffer;
} {
  const { content, resourceType, responseType } = request;
  const body = content === undefined ? Buffer.alloc(0) : serialisations[serialisation].write(content);
  const mediaType = mediaTypeOf(serialisation);
  return {
    method: methods[request.operation],
    target: pathOfAddress(request.to) + queryOf(request),
    headers: {
      ...writeParameters(request),
      Accept: mediaType,
      ...(content !== undefined && {
        'Content-Type': resourceType === undefined ? mediaType : `${mediaType};ty=${resourceType}`,
      }),
      ...(responseType?.notificationUri !== undefined && {
        'X-M2M-RTU': responseType.notificationUri.join('&'),
      }),
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
  const content = readContent(message, Number(rsc));
  return {
    responseStatusCode: Number(rsc),
    ...(requestIdentifier !== undefined && { requestIdentifier }),
    ...(releaseVersionIndicator !== undefined && { releaseVersionIndicator }),
    ...(content !== undefined && { content }),
  };
}

/**
 * In the serialisation that the request asks for (TS-0009 6.4.3). A content that has none in it is written in JSON, as
 * is what answers a request that accepts nothing (RFC 9110 §12.4.1): the Content-Type says so.
 *
 * @param requestHeaders of the request that is answered
 */
export function writeResponse(
  response: ResponsePrimitive,
  requestHeaders: IncomingHttpHeaders,
): {
  status: number;
  headers: Record<string, string>;
  body: Buffer | null;
} {
  const { content, responseStatusCode } = response;
  const written =
    content === undefined
      ? null
      : writeContent(content, responseMediaType(requestHeaders) ?? 'application/json');
  return {
    status: httpStatus(responseStatusCode),
    headers: {
      'X-M2M-RSC': String(responseStatusCode),
      ...writeParameters(response),
      ...(written !== null && { 'Content-Type': written.mediaType }),
    },
    body: written?.body ?? null,
  };
}

/** TS-0009 6.2.1. A CREATE is told from a NOTIFY by the resource type in its Content-Type. */
const methods: Readonly<Record<Operation, string>> = {
  create: 'POST',
  retrieve: 'GET',
  update: 'PUT',
  delete: 'DELETE',
  notify: 'POST',
};

/** Parameters that have no header (TS-0009 6.2.2.2). */
function queryOf({ responseType, resultContent }: RequestPrimitive): string {
  const query = new URLSearchParams();
  if (responseType !== undefined) query.set('rt', String(responseType.responseTypeValue));
  if (resultContent !== undefined) query.set('rcn', String(resultContent));
  return query.size === 0 ? '' : `?${query}`;
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

/** The address (null for a wrong encoding) and the query of a request-target (TS-0009 6.2.2.1, 6.2.2.2). */
function readTarget(target: string): { to: string | null; query: URLSearchParams } {
  // RFC 9112 3.2.2: a server takes the absolute form as well.
  const [path = '', query = ''] = target
    .replace(/^https?:\/\/[^/?#]*/i, '')
    .replace(/#.*$/s, '')
    .split(/\?(.*)$/s);
  return { to: addressOfPath(path), query: new URLSearchParams(query) };
}

function addressOfPath(path: string): string | null {
  // One path for one address: whoever filters by path before us must not see another one.
  if (/%2f/i.test(path) || path.startsWith('//')) return null;
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return null;
  }
  // A `/` at the end is no part of the address (TS-0009 Table 6.2.2.1-1).
  const address = decoded.replace(/(?<=.)\/$/s, '');
  if (address.startsWith('/_/')) return `//${address.slice(3)}`;
  return address.startsWith('/~/') ? address.slice(2) : address.slice(1);
}

/** What stands in no header of its own; a sentence where it is wrong (TS-0004 7.3.2.1). */
function readOptions(
  operation: Operation,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): Pick<RequestPrimitive, 'resourceType' | 'responseType' | 'resultContent'> | string {
  const resourceTypes = resourceTypesIn(headers['content-type']);
  if (operation === 'create' && !/^\d{1,5}$/.test(resourceTypes))
    return 'ty in Content-Type is no resource type (TS-0009 6.4.3)';
  // What may occur once and occurs twice is a list, and no number (TS-0009 Table 6.2.2.2-1).
  const [resultContent, responseTypeValue] = [query.getAll('rcn').join(), query.getAll('rt').join()];
  if (!/^\d{0,2}$/.test(resultContent)) return 'rcn in the query is no result content (TS-0004 6.3.4.2.7)';
  if (!/^[1-5]?$/.test(responseTypeValue)) return 'rt in the query is no response type (TS-0004 6.3.4.2.6)';
  const uris = String(headers['x-m2m-rtu'] ?? '').split('&');
  if (uris.length > maxNotificationUris || uris.some(uri => uri.length > maxParameterLength))
    return `X-M2M-RTU has more than ${maxNotificationUris} targets, or one of more than ${maxParameterLength} characters`;
  return {
    ...(operation === 'create' && { resourceType: Number(resourceTypes) }),
    ...(resultContent !== '' && { resultContent: Number(resultContent) }),
    // Without rt the response is waited for, and goes nowhere else (TS-0004 Table 6.4.1-1).
    ...(responseTypeValue !== '' && {
      responseType: {
        responseTypeValue: Number(responseTypeValue),
        ...(uris[0] !== '' && { notificationUri: uris }),
      },
    }),
  };
}

function resourceTypesIn(contentType = ''): string {
  return [...contentType.matchAll(/;\s*ty\s*=([^;]*)/gi)].map(([, type = '']) => type.trim()).join();
}

/** A sentence about what no parameter may be. */
function wrongParameter(parameters: Parameters): string | null {
  for (const [name, header] of Object.entries(parameterHeaders)) {
    const value = parameters[name as keyof Parameters] ?? '';
    if (value.length > maxParameterLength) return `${header} has more than ${maxParameterLength} characters`;
    // Node joins them. Another program takes the first or the last, and sees another originator than we.
    if (value.includes(', ')) return `${header} is given more than once (RFC 9110 5.3)`;
  }
  return null;
}

function readParameters(headers: IncomingHttpHeaders): Parameters {
  return Object.fromEntries(
    Object.entries(parameterHeaders).flatMap(([parameter, header]) => {
      const value = headers[header.toLowerCase()];
      // An empty header says nothing.
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

/** What the request accepts; null if that is nothing which we write. */
function responseMediaType(requestHeaders: IncomingHttpHeaders): string | null {
  return acceptedMediaType(requestHeaders.accept, serialisationOf(requestHeaders['content-type']) ?? 'json');
}

function writeContent(content: unknown, mediaType: string): { mediaType: string; body: Buffer } {
  try {
    return { mediaType, body: serialisations[serialisationOf(mediaType) ?? 'json'].write(content) };
  } catch {
    return { mediaType: mediaTypeOf('json'), body: serialisations.json.write(content) };
  }
}

/** JSON unless Content-Type names another serialisation: a CSE on the way may have lost it. */
function readContent({ headers, body }: HttpResponse, rsc: number): unknown {
  if (body.length === 0) return undefined;
  try {
    return serialisations[serialisationOf(headers['content-type']) ?? 'json'].read(body);
  } catch (error) {
    if (rsc >= 4000) return undefined;
    const reason = error instanceof E2EKeyError ? error.message : 'it cannot be read';
    return refuse('CARRIER_FAILED', `the response has a wrong content: ${reason}`, { cause: error });
  }
}
