// Where a source refuses something: it throws, calls what makes an error or an objection, writes an objection out, or
// returns nothing to a caller who refuses; and the condition that stands before each. Whether a mutation takes it out
// is asked in completeness.test.ts. A comparison that lets something through, or null behind a colon, is no such place:
// only a reader finds it.
import { codeOf } from './source-code.ts';

export interface Refusal extends Range {
  /** From 1. */
  readonly line: number;
  /** What stands there, in one line. */
  readonly text: string;
  /** A mutation inside one of them takes the check out: the refusal with what leads to it, and the head of its block. */
  readonly check: readonly Range[];
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Names of functions that never return, or return an error or an objection: a call of one of them is a refusal. */
export function makersIn(sources: readonly string[]): ReadonlySet<string> {
  const names = sources.map(codeOf).flatMap(code =>
    [...code.matchAll(makerType)].map(({ index }) => {
      const before = code.slice(0, opening(code, index));
      return /(\w+)(?:<[^<>]*>)?(?:\??: | = )?$/.exec(before)?.[1] ?? '';
    }),
  );
  return new Set(names.filter(name => name !== ''));
}

/** Behind the parameters of a maker, declared or taken as an argument. */
const makerType = /\)(?:: | => )(?:never|E2EKeyError|Objection|Refused)\b(?! \||\[)/g;

/** @param makers see `makersIn`; they may stand in other sources. */
export function refusalsIn(source: string, makers: ReadonlySet<string>): readonly Refusal[] {
  const code = codeOf(source);
  const statements = statementsIn(code);
  const sites = [...code.matchAll(refusal)]
    .flatMap(match => siteOf(match, source, code, makers) ?? [])
    .filter(({ start }, index, all) => !all.slice(0, index).some(({ end }) => start < end))
    .flatMap(site => {
      const own = statements.findLast(({ start, end }) => start <= site.start && site.start < end);
      const before = code.slice(own?.start, site.start);
      const head = own?.head?.text ?? '';
      const isAcceptance = /^return null/.test(textOf(site, code)) && /\w+Objection\(/.test(head);
      const isSaidByCaller = isMaker(before) || isMaker(`${head}{${before}`);
      return own === undefined || isAcceptance || isSaidByCaller ? [] : { ...site, own, before };
    });
  return sites.map(({ own, before, start, end }, index) => {
    const previous = sites[index - 1]?.end ?? 0;
    // What is refused without a condition is what is left by those that went another way before.
    const exits = statements.filter(
      one =>
        one.head === own.head &&
        previous <= one.start &&
        one.end <= own.start &&
        isExit.test(textOf(one, code)),
    );
    const leading = isConditional.test(before) ? [] : [...exits, ...(own.head === null ? [] : [own.head])];
    return {
      start,
      end,
      line: source.slice(0, start).split('\n').length,
      text: source.slice(start, end).replace(/\s+/g, ' '),
      check: [{ start: Math.max(own.start, previous), end }, ...leading],
    };
  });
}

const refusal = /\bthrow\b|\breturn (?:undefined|null|false);|\bcode: "|\bnew E2EKeyError(?=\()|\w+(?=\()/g;
const isConditional = /\b(?:if|for|while|case|default)\b|\?(?![.?=])|\?\?(?!=)|&&|\|\|/;
const isExit = /^\s*(?:if|for|while|switch)\b[\s\S]*\b(?:return|continue)\b/;

function siteOf(
  match: RegExpExecArray,
  source: string,
  code: string,
  makers: ReadonlySet<string>,
): Range | null {
  const { 0: text, index: start } = match;
  const end = start + text.length;
  if (text === 'throw') return { start, end: code.indexOf(';', start) + 1 };
  if (text.startsWith('return')) return { start, end };
  if (text.startsWith('code')) return /^[A-Z0-9_]+'/.test(source.slice(end)) ? { start, end } : null;
  if (text !== 'new E2EKeyError' && !makers.has(text)) return null;
  const closed = closing(code, end);
  const isDeclared = /\bfunction\s*$/.test(code.slice(0, start)) || /^: [\w |]+ \{/.test(code.slice(closed));
  return isDeclared ? null : { start, end: closed };
}

/** What is said in a maker is refused where it is called. */
function isMaker(before: string): boolean {
  return (
    new RegExp(`${makerType.source} *(?:=>|\\{)[\\s({]*(?:return)?[\\s({]*$`).test(before) ||
    /\w: Objection = $/.test(before)
  );
}

interface Statement extends Range {
  /** What stands before the block around it; null at the top. */
  readonly head: (Range & { readonly text: string }) | null;
}

/** All statements of all blocks, those around others first. A statement ends at its semicolon or its closing brace. */
function statementsIn(code: string): readonly Statement[] {
  const statements: Statement[] = [];
  interface Open {
    readonly isBlock: boolean;
    readonly head: Statement['head'];
    start: number;
  }
  let open: Open = { isBlock: true, head: null, start: 0 };
  const around: Open[] = [];
  const end = (at: number) => {
    if (code.slice(open.start, at).trim() !== '')
      statements.push({ start: open.start, end: at, head: open.head });
    open.start = at;
  };
  for (let at = 0; at < code.length; at++) {
    const char = code[at] ?? '';
    if ('([{'.includes(char)) {
      const isBlock =
        char === '{' && !/(?:[(,=:?[|&]|\b(?:return|throw))\s*$/.test(code.slice(open.start, at));
      const head = { start: open.start, end: at, text: code.slice(open.start, at) };
      around.push(open);
      open = { isBlock, head: isBlock ? head : open.head, start: isBlock ? at + 1 : open.start };
    } else if (')]}'.includes(char)) {
      const closed = open;
      if (closed.isBlock) end(at);
      open = around.pop() ?? open;
      if (closed.isBlock && open.isBlock && !/^\s*[,;)]/.test(code.slice(at + 1))) end(at + 1);
    } else if (char === ';' && open.isBlock) end(at + 1);
  }
  end(code.length);
  return statements.sort((one, other) => one.start - other.start || other.end - one.end);
}

function textOf({ start, end }: Range, code: string): string {
  return code.slice(start, end);
}

/** Behind the bracket that closes the one at `start`. */
function closing(code: string, start: number): number {
  let depth = 0;
  for (let at = start; at < code.length; at++) {
    if ('([{'.includes(code[at] ?? '')) depth++;
    if (')]}'.includes(code[at] ?? '') && --depth === 0) return at + 1;
  }
  return code.length;
}

/** The bracket that the one at `end` closes. */
function opening(code: string, end: number): number {
  let depth = 0;
  for (let at = end; at >= 0; at--) {
    if (')]}'.includes(code[at] ?? '')) depth++;
    if ('([{'.includes(code[at] ?? '') && --depth === 0) return at;
  }
  return 0;
}
