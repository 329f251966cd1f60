// The inner primitive (TS-0001 11.4.2): a whole primitive in its JSON serialisation, as bytes. What it says is said by
// nobody but its sender; what cannot be read is not quoted, since it was encrypted.
import { refuse } from '../../errors.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../onem2m/primitive.ts';
import { readJson, writeJson } from '../../onem2m/serialisation/json.ts';
import {
  longRequest,
  longResponse,
  otherParameters,
  shortRequest,
  shortResponse,
} from '../../onem2m/short-names.ts';
import { readTimestamp, writeTimestamp } from '../../onem2m/timestamp.ts';

/** @throws E2EKeyError OPTION_INVALID for a content that JSON has no form for. */
export function writeInner(primitive: RequestPrimitive | ResponsePrimitive): Buffer {
  try {
    return writeJson('operation' in primitive ? shortRequest(primitive) : shortResponse(primitive));
  } catch {
    return refuse('OPTION_INVALID', 'the primitive has a content that JSON has no form for (TS-0004 8.4)');
  }
}

/**
 * A request with all its parameters.
 *
 * @throws E2EKeyError ESPRIM_MISDIRECTED for anything but a request: a response sent back to whom it came from.
 */
export function readInnerRequest(bytes: Uint8Array): RequestPrimitive {
  return read(bytes, 'request', value => {
    const others = otherParameters(value);
    return { ...longRequest(value), ...(others !== undefined && { others }) };
  });
}

/** @throws E2EKeyError ESPRIM_MISDIRECTED for anything but a response: a request sent back to whom it came from. */
export function readInnerResponse(bytes: Uint8Array): ResponsePrimitive {
  return read(bytes, 'response', longResponse);
}

const times = ['requestExpirationTimestamp', 'resultExpirationTimestamp', 'operationExecutionTime'] as const;

/**
 * The request with its times as points in time. One that counts from the arrival of the request (m2m:absRelTimestamp,
 * TS-0004 6.3.3) would be put off by whoever holds the request back; from its Originating Timestamp it is not.
 *
 * @throws E2EKeyError REQUEST_INVALID for a relative time without an Originating Timestamp.
 */
export function withPointsInTime(request: RequestPrimitive): RequestPrimitive {
  const origin = readTimestamp(request.originatingTimestamp ?? '');
  const absolute = { ...request };
  for (const name of times) {
    const time = request[name];
    if (time === undefined || !/^[+-]?\d{1,15}$/.test(time)) continue;
    if (origin === null)
      return refuse(
        'REQUEST_INVALID',
        `${name} is relative, and there is no Originating Timestamp to count from`,
      );
    absolute[name] = writeTimestamp(new Date(origin.getTime() + Number(time)));
  }
  return absolute;
}

function read<Primitive>(bytes: Uint8Array, due: string, long: (value: unknown) => Primitive): Primitive {
  try {
    return long(readJson(bytes));
  } catch {
    return refuse('ESPRIM_MISDIRECTED', `the ESPrim Object holds no ${due} primitive, which is due here`);
  }
}
