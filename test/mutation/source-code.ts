// TypeScript source as code alone: comments, strings and regular expressions are blanked, so that a search finds only
// what is executed. Knows just enough of the language for that; it is no parser.

/**
 * The source, of the same length and with the same lines: comments and what stands inside of quotation marks and
 * regular expressions are spaces. The expressions of a template stay, in parentheses.
 */
export function codeOf(source: string): string {
  let code = '';
  /** For each template that is open, how many braces are open in the expression that is being read. */
  const templates: number[] = [];
  while (code.length < source.length) {
    const rest = source.slice(code.length);
    const braces = templates.at(-1);
    const plain =
      /^\/\/.*/.exec(rest)?.[0] ??
      /^\/\*[\s\S]*?\*\//.exec(rest)?.[0] ??
      /^'(?:\\.|[^'\\])*'/.exec(rest)?.[0] ??
      /^"(?:\\.|[^"\\])*"/.exec(rest)?.[0] ??
      (mayBeginExpression(code) ? /^\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+\//.exec(rest)?.[0] : undefined);
    if (plain !== undefined) code += plain.startsWith('/') ? blank(plain) : quoted(plain);
    else if (rest[0] === '`' || (braces === 0 && rest[0] === '}')) {
      const [text = ''] = /^.(?:\\[\s\S]|(?!\$\{)[^`\\])*(?:`|\$\{|$)/.exec(rest) ?? [];
      const [ends, goesOn] = [rest[0] !== '`', text.endsWith('${')];
      code += `${ends ? ')' : '"'}${blank(text.slice(1, goesOn ? -2 : -1))}${goesOn ? ' (' : '"'}`;
      if (goesOn && !ends) templates.push(0);
      if (!goesOn && ends) templates.pop();
    } else {
      if (braces !== undefined)
        templates[templates.length - 1] = braces + (rest[0] === '{' ? 1 : rest[0] === '}' ? -1 : 0);
      code += rest[0];
    }
  }
  return code;
}

/** A slash behind an operator or an opening bracket begins a regular expression; behind a value it divides. */
function mayBeginExpression(code: string): boolean {
  return /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|of|in))\s*$/.test(code.slice(-200));
}

function quoted(text: string): string {
  return `"${blank(text.slice(1, -1))}"`;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
