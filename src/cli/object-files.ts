// The FILEs of `protect` and `unprotect`: what is protected, the objects, the random objects that go with them. Bytes in,
// bytes out; opens nothing.
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { E2EKeyError, refuse } from '../errors.ts';
import { readBeginning } from '../inspect/input.ts';
import { compactObject, objectInJson, type ProtectedObject } from '../inspect/protected-object.ts';
import { isObject, type JsonObject, readJson } from '../onem2m/serialisation/json.ts';
import { longRequest, longResponse } from '../onem2m/short-names.ts';
import { type ReceiverRandObject, readReceiverRand } from '../protection/esprim/rand-object.ts';
import { unwrapObject, unwrapRand } from '../protection/esprim/security-info.ts';
import { naming } from '../service/files.ts';
import { codeOf, unwritable } from './standard-output.ts';

/**
 * Longest plaintext: an Envelope of at most 1 MiB is read anywhere, and one that is signed and then encrypted is in
 * base64 twice.
 */
const maxPlaintextSize = 512 * 1024;
/** An Envelope of 1 MiB, and the JSON around it. */
const maxObjectSize = 2 * 1024 * 1024;

/**
 * `-` is standard input for one of those that are read from there; anywhere else it would be a file of that name.
 *
 * @throws E2EKeyError OPTION_INVALID naming the option.
 */
export function checkDashes(
  values: Readonly<{
    [O in 'file' | 'receiver-rand' | 'request' | 'master-file' | 'out']?: string | undefined;
  }>,
): void {
  if (values.out === '-')
    refuse('OPTION_INVALID', '--out -: without --out it goes to standard output, which the shell redirects');
  if (values['master-file'] === '-')
    refuse('OPTION_INVALID', '--master-file -: a master key is in a file, and not read from standard input');
  const [first, second] = (['file', 'receiver-rand', 'request'] as const).filter(
    name => values[name] === '-',
  );
  if (second !== undefined)
    refuse(
      'OPTION_INVALID',
      `--${second} -: standard input is ${first === 'file' ? 'FILE' : `--${first}`} already`,
    );
}

/**
 * An empty file is data; where nothing comes in by standard input, it is closed, or who should have written has failed.
 *
 * @throws E2EKeyError OPTION_INVALID for a file that cannot be read, or is too long to be protected.
 */
export async function readPlaintext(file: string): Promise<Uint8Array> {
  const bytes = await readBounded(file, maxPlaintextSize);
  if (file === '-' && bytes.length === 0)
    refuse('OPTION_INVALID', '-: standard input is empty or closed; an empty FILE can be protected');
  return bytes;
}

/**
 * The protected object in a file: compact, in JSON, or in the content of a primitive.
 *
 * @throws E2EKeyError OPTION_INVALID for a file without one; ESDATA_MALFORMED, ESPRIM_MALFORMED, REQUEST_INVALID for broken
 * JSON. The sentence begins with the file.
 */
export async function readProtectedObject(file: string): Promise<ProtectedObject> {
  const bytes = await readBounded(file, maxObjectSize);
  const text = Buffer.from(bytes).toString('utf8');
  const none = () => refuse('OPTION_INVALID', `${file}: neither an ESPrim Object nor an ESData Envelope`);
  if (!text.trimStart().startsWith('{')) return compactObject(text) ?? none();
  if (isEnvelope(text)) return { kind: 'esdata-envelope', text: text.trim() };
  if (beginsAsEnvelope.test(text) && !isJson(text))
    return refuse(
      'ESDATA_MALFORMED',
      `${file}: the Envelope is not JSON; it may be cut off (RFC 7515, RFC 7516)`,
    );
  const object = await placed<ProtectedObject | null>(`${file}: `, () => {
    // Strictly from here on: of two members with one name somebody on the way may have looked at the other.
    const json = readJson(bytes);
    const content = contentOf(json);
    if (isObject(content) && 'm2m:seci' in content)
      return { kind: 'esprim-object', text: unwrapObject(content) };
    return objectInJson(json, text);
  });
  return object ?? none();
}

/** As `readProtectedObject`, of an ESPrim Object. */
export async function readEsPrimObject(option: string, file: string): Promise<string> {
  const object = await placed(`${option} `, () => readProtectedObject(file));
  return object.kind === 'esprim-object'
    ? object.text
    : refuse('OPTION_INVALID', `${option} ${file}: no ESPrim Object`);
}

/**
 * The receiverESPrimRandObject in the file of --receiver-rand: by itself, or in the m2m:seci or primitive in which it came.
 *
 * @throws E2EKeyError OPTION_INVALID for a file that cannot be read; REQUEST_INVALID, ESPRIM_MALFORMED for other content.
 */
export async function readReceiverRandFile(file: string, now: number): Promise<ReceiverRandObject> {
  const bytes = await placed('--receiver-rand ', () => readBounded(file, maxRandSize));
  return placed(`--receiver-rand ${file}: `, () => {
    const content = contentOf(readJson(bytes));
    const value = isObject(content) && 'm2m:seci' in content ? unwrapRand(content) : content;
    return readReceiverRand(value, now);
  });
}

/** A random object has some 300 bytes; the rest is room for the primitive around it. */
const maxRandSize = 64 * 1024;

/**
 * A primitive, under its short names; what wraps it in other serialisations is taken off (TS-0004 8.4.2).
 *
 * @throws E2EKeyError OPTION_INVALID for anything else: it is the caller's own.
 */
export function readPrimitive(file: string, bytes: Uint8Array): JsonObject {
  return naming(file, () => {
    const json = readJson(bytes);
    const bare = isObject(json) ? (json['m2m:rqp'] ?? json['m2m:rsp'] ?? json) : json;
    const primitive = isObject(bare) ? bare : {};
    if ('rsc' in primitive) longResponse(primitive);
    else longRequest(primitive);
    return primitive;
  });
}

/**
 * Writes a file that is not there yet. What was opened is for its owner alone.
 *
 * @throws E2EKeyError OPTION_INVALID for a file that exists or cannot be written; what was begun is removed.
 */
export function writeOut(file: string, content: string | Uint8Array, mode: 0o600 | 0o644): void {
  let made = false;
  try {
    // "wx" makes the file or fails, in one step: a link put there in between is not followed.
    const descriptor = openSync(file, 'wx', mode);
    made = true;
    try {
      writeFileSync(descriptor, content);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    // Half an object would be taken for a whole one, and stand in the way of the next try.
    if (made) rmSync(file, { force: true });
    const code = codeOf(cause);
    const exists = code === 'EEXIST' ? 'exists already and is not overwritten' : null;
    const problem = exists ?? unwritable.get(code) ?? 'cannot be written';
    refuse('OPTION_INVALID', `--out ${file}: ${problem}`, { cause });
  }
}

/** The first member of an Envelope in a JSON serialisation (RFC 7515 §7.2, RFC 7516 §7.2), whatever comes after it. */
const beginsAsEnvelope =
  /^\s*\{\s*"(?:protected|unprotected|header|recipients|encrypted_key|aad|iv|ciphertext|tag|payload|signatures?)"\s*:/;

/** Its reader is strict by itself, and says what is wrong in its own words. */
function isEnvelope(text: string): boolean {
  return isJson(text) && objectInJson(JSON.parse(text), text)?.kind === 'esdata-envelope';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What is refused keeps its code, and says where it stands. */
async function placed<T>(place: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    return refuse(cause.code, `${place}${cause.message}`, { cause });
  }
}

function contentOf(json: unknown): unknown {
  return isObject(json) && isObject(json.pc) ? json.pc : json;
}

async function readBounded(file: string, most: number): Promise<Uint8Array> {
  const bytes = await readBeginning(file, most + 1);
  return bytes.length <= most ? bytes : refuse('OPTION_INVALID', `${file}: more than ${most} bytes`);
}
