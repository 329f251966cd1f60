// JSON serialisation of a primitive's content (TS-0004 8.4.2): UTF-8, names unique, nested no deeper than any
// content needs. Knows nothing of what the content means, and takes whatever length its caller has bounded.
import { refuse } from '../errors.ts';

/** The deepest content of this edge, an m2m:seci, has two levels; the rest is for contents passed on. */
const maxDepth = 32;

/**
 * @throws E2EKeyError REQUEST_INVALID for what is no JSON in UTF-8, is nested deeper than 32 levels, or holds
 * one name twice.
 */
export function parseContent(bytes: Uint8Array): unknown {
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

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    return refuse('REQUEST_INVALID', 'the content is not UTF-8 (RFC 8259 §8.1)', { cause });
  }
}

/**
 * JSON.parse keeps the last of two members with one name. A transit CSE, or a log, may keep the first, and
 * then has seen another message than we answer. `json` is valid JSON, so strings and brackets are enough.
 */
function boundStructure(json: string): void {
  const open: Set<string>[] = [];
  for (const [token, colon] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
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
    }
  }
}
