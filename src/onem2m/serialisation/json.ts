// JSON serialisation of a primitive's content (TS-0004 8.4.2): UTF-8, names unique, nested no deeper than any
// content needs. Knows nothing of what the content means, and takes whatever length its caller has bounded.
import { refuse } from '../../errors.ts';
import { maxDepth } from './bounds.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Neither a list nor null, which JavaScript takes for objects as well. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @throws E2EKeyError REQUEST_INVALID for what is no JSON in UTF-8, is nested deeper than 32 levels, or holds
 * one name twice or a number that no double is.
 */
export function readJson(bytes: Uint8Array): unknown {
  const text = utf8(bytes);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    return refuse('REQUEST_INVALID', 'the content is not JSON (TS-0004 8.4)', { cause });
  }
  boundStructure(text);
  return content;
}

export function writeJson(content: unknown): Buffer {
  return Buffer.from(JSON.stringify(content));
}

/** @throws E2EKeyError REQUEST_INVALID for what is not UTF-8, the only encoding of JSON and XML (TS-0004 8.3.1, 8.4.2). */
export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    return refuse('REQUEST_INVALID', 'the content is not UTF-8 (RFC 3629, TS-0004 8.3.1, 8.4.2)', { cause });
  }
}

/**
 * JSON.parse keeps the last of two members with one name. A transit CSE, or a log, may keep the first, and
 * then has seen another message than we answer. It also makes Infinity of 1e999, which is null to the next reader.
 * `json` is valid JSON, so that what begins a string, a level or a number is enough. By hand and not by one regular
 * expression, which takes four times as long, and more than the AES of a protected primitive.
 */
function boundStructure(json: string): void {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json.charAt(at);
    if (character === '"') {
      const end = endOfString(json, at);
      const next = endOf(space, json, end);
      if (json[next] === ':') takeName(open.at(-1), json.slice(at, end));
      at = next - 1;
    } else if (character === '}' || character === ']') open.pop();
    else if (character === '{' || character === '[') {
      open.push(new Set());
      if (open.length > maxDepth)
        refuse('REQUEST_INVALID', `the content is nested deeper than ${maxDepth} levels`);
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      const end = endOf(number, json, at);
      if (!Number.isFinite(Number(json.slice(at, end))))
        refuse('REQUEST_INVALID', 'the content holds a number beyond the range of a double (RFC 8259 §6)');
      at = end - 1;
    }
  }
}

function takeName(names: Set<string> | undefined, written: string): void {
  // However it is written: one name in two escapes is one name.
  const name = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
  if (names?.has(name))
    refuse(
      'REQUEST_INVALID',
      `the content holds the name ${JSON.stringify(name.slice(0, 40))} twice (TS-0004 8.4.2)`,
    );
  names?.add(name);
}

const space = ' \t\n\r';
const number = '-+.0123456789eE';

function endOf(characters: string, json: string, start: number): number {
  let end = start;
  while (end < json.length && characters.includes(json.charAt(end))) end++;
  return end;
}

/** Behind the quotation mark that no backslash takes away: one with an even number of them before it. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let first = end;
    while (json[first - 1] === '\\') first--;
    if ((end - first) % 2 === 0) return end + 1;
  }
}
