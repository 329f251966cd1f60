// One message in a `<contentInstance>`: the primitive, as the text of its JSON serialisation (TS-0004 8.4). As text,
// because CSEs write objects anew, 6 as 6.0, and some refuse them.
import { E2EKeyError } from '../../errors.ts';
import { debugText, type RequestPrimitive, type ResponsePrimitive } from '../primitive.ts';
import { maxBodyLength } from '../security-info.ts';
import { isObject, type JsonObject, readJson } from '../serialisation/json.ts';
import { longRequest, longResponse, shortRequest, shortResponse } from '../short-names.ts';

/** What came in. */
export interface Instance {
  /** Who created it, as the CSE has it; empty where it does not say. */
  readonly creator: string;
  readonly primitive: RequestPrimitive | ResponsePrimitive;
}

/** Content of the CREATE that puts a primitive into a container. */
export function instanceOf(primitive: RequestPrimitive | ResponsePrimitive): object {
  const isRequest = 'operation' in primitive;
  return {
    'm2m:cin': {
      cnf: `application/vnd.onem2m-${isRequest ? 'preq' : 'prsp'}+json:0`,
      con: JSON.stringify(isRequest ? shortRequest(primitive) : shortResponse(primitive)),
    },
  };
}

/** @throws E2EKeyError REQUEST_INVALID naming what is wrong, MESSAGE_TOO_LARGE above 96 KiB. */
export function readInstance({ cr, con }: JsonObject): Instance {
  const value = contentOf(con);
  const isResponse = isObject(value) && ('rsc' in value || 'm2m:rsp' in value);
  return {
    creator: typeof cr === 'string' ? debugText(cr) : '',
    primitive: isResponse ? longResponse(value) : longRequest(value),
  };
}

function contentOf(con: unknown): unknown {
  // A CSE may have read the text and hand on what it says.
  const text = typeof con === 'string' ? con : (JSON.stringify(con) ?? '');
  if (text.length > maxBodyLength)
    throw new E2EKeyError('MESSAGE_TOO_LARGE', `m2m:cin.con has more than ${maxBodyLength} characters`);
  return readJson(Buffer.from(text));
}
