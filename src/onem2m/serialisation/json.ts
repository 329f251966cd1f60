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
 * `json` is valid JSON, so strings, brackets and the beginnings of numbers are enough.
 */
function boundStructure(json: string): void {
  const open: Set<string>[] = [];
  for (const [token, colon] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]|[-\d][^\s,}\]]*/g)) {
    if (token === '}' || token === ']') open.pop();
    else if (token === '{' || token === '[') {
      open.push(new Set());
      if (open.length > maxDepth)
        refuse('REQUEST_INVALID', `the content is nested deeper than ${maxDepth} levels`);
    } else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      const names = open.at(-1);
      if (names?.has(name))
        refuse(
          'REQUEST_INVALID',
          `the content holds the name ${JSON.stringify(name.slice(0, 40))} twice (TS-0004 8.4.2)`,
        );
      names?.add(name);
    } else if (!token.startsWith('"') && !Number.isFinite(Number(token)))
      refuse('REQUEST_INVALID', 'the content holds a number beyond the range of a double (RFC 8259 §6)');
  }
}
