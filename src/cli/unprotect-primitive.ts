// `unprotect` of an ESPrim Object: the key that it names, the random objects, and out comes the primitive.
import { E2EKeyError, refuse } from '../errors.ts';
import { isObject, readJson } from '../onem2m/serialisation/json.ts';
import { openRequest, openResponse } from '../protection/esprim/single.ts';
import { readEsPrimObject, writeOut } from './object-files.ts';
import type { Output } from './output.ts';
import { singleOptions } from './protect-primitive.ts';
import type { SharedKeys } from './protection-keys.ts';
import type { UnprotectValues } from './unprotect.ts';

export async function unprotectPrimitive(
  object: string,
  values: UnprotectValues,
  keys: SharedKeys | null,
  output: Output,
  time: Date,
): Promise<void> {
  const options = await singleOptions(values, keys, time.getTime());
  const { request, out } = values;
  const { plaintext, header, key } = await narrowed(
    keys,
    request === undefined
      ? openRequest(object, options)
      : openResponse(object, await readEsPrimObject('--request', request), options),
  );
  if (out !== undefined) writeOut(out, plaintext, 0o600);
  const primitive = readJson(plaintext);
  const { protection, encryption } = header;
  const document = {
    status: 'opened',
    object: 'esprim',
    direction: isObject(primitive) && 'rsc' in primitive ? 'response' : 'request',
    protection,
    enc: encryption,
    key: { kid: key.id, entity: key.entity },
    size: plaintext.length,
    ...(out === undefined ? { primitive } : { out }),
  };
  if (output.json) output.result(document, '');
  else if (out === undefined) output.bytes(plaintext);
  output.note(`opened: ESPrim, ${encryption ?? 'authenticated only'}, key ${key.id} of ${key.entity}`);
}

/** A key that is there may have been left out by what the caller asked for. */
async function narrowed<T>(keys: SharedKeys | null, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof E2EKeyError) || cause.code !== 'KEY_UNKNOWN') throw cause;
    return refuse('KEY_UNKNOWN', `${cause.message}${keys?.narrowing ?? ''}`, { cause });
  }
}
