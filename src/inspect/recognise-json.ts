// What JSON is, by its members: a primitive or its content, an ESData Envelope, a protected content instance, a random
// object of ESPrim, a key (RFC 7517), a file of e2ekey itself. Without judging whether it is right.
import { isObject, type JsonObject } from '../onem2m/serialisation/json.ts';
import { type Finding, notRecognised } from './findings.ts';
import { type OwnFile, ownJson } from './own-file.ts';
import { objectInJson, type ProtectedObject } from './protected-object.ts';
import { isRandomObject } from './random-object.ts';
import { parametersOf, type RecognisedPrimitive, recognisePrimitive } from './recognise-primitive.ts';

export type RecognisedJson =
  | RecognisedPrimitive
  | ({ readonly findings: readonly Finding[] } & (
      | { readonly kind: 'random-object'; readonly value: unknown }
      | { readonly kind: 'jwk'; readonly keys: readonly JsonObject[]; readonly isSet: boolean }
      | ProtectedObject
      | OwnFile
    ));

export function recogniseJson(bytes: Uint8Array, text: string): RecognisedJson {
  if (text.includes('"m2m:seci"')) return recognisePrimitive(bytes, 'json');
  if (bytes.length > maxSize)
    return unknown(`${bytes.length} bytes that begin as JSON; nothing that is known here is that long`);
  const json = parsed(text);
  const object = objectInJson(json, text);
  if (object?.kind === 'content-instance' && isObject(json) && isObject(json.pc)) {
    const parameters = parametersOf(json);
    return { kind: 'primitive', serialisation: 'json', parameters, content: object, findings: [] };
  }
  if (object !== null) return { ...object, findings: [] };
  if (isRandomObject(json)) return { kind: 'random-object', value: json, findings: [] };
  const own = ownJson(json, bytes.length);
  if (own !== null) return { ...own, findings: [] };
  const keys = keysIn(json);
  if (keys.length > 0) return { kind: 'jwk', keys, isSet: keys[0] !== json, findings: [] };
  return unknown(
    text.includes('-----BEGIN ')
      ? 'JSON with PEM within a string, where programs that read PEM do not find it: write that string to a file of its own, with a line feed for each \\n (jq -r)'
      : json === null
        ? 'begins as JSON, but is none: something is missing or too much'
        : 'JSON, but there is neither m2m:seci nor a key nor anything else that is known in it',
  );
}

/** An ESData Envelope of 1 MiB, the longest of all, in whatever escapes. */
const maxSize = 2 * 1024 * 1024;

function unknown(reason: string): RecognisedJson {
  return { kind: 'not-recognised', findings: [notRecognised(reason)] };
}

/** A JWK, or those of a JWK Set (RFC 7517 §4, §5). */
function keysIn(json: unknown): JsonObject[] {
  if (!isObject(json)) return [];
  const list = Array.isArray(json.keys) ? (json.keys as unknown[]) : [json];
  return list.filter(isObject).filter(({ kty }) => typeof kty === 'string');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
