// PEM that no program finds, since BEGIN does not stand alone on its line: what was done to it, and what makes PEM of it
// again. Shows nothing of what stands in it, which may be a private key. PEM with its lines is pem-file.ts.

/** A sentence with the line; null where nothing begins as PEM. */
export function brokenPem(text: string): string | null {
  for (const [index, line] of text.split(/\r\n|[\r\n]/).entries()) {
    const problem = problemOf(line.slice(0, looked));
    if (problem !== null) return `line ${index + 1} ${problem}`;
  }
  return null;
}

/** Where PEM has lost its line ends, a line is as long as all of it. */
const looked = 200;

function problemOf(line: string): string | null {
  const [whole, before = '', behind = ''] =
    /^(.*?)-----BEGIN [A-Z0-9][A-Z0-9 ]{0,39}-----(.*)$/.exec(line) ?? [];
  if (whole !== undefined) {
    if (/^\\[rn]/.test(behind))
      return 'has PEM whose lines are broken by \\n in two characters, as within JSON: write a line feed for each';
    if (/^\s*[A-Za-z0-9+/]{16}/.test(behind))
      return 'has PEM without its line ends: -----BEGIN and -----END have to stand on lines of their own, and base64 between them in lines of 64 characters';
    if (/^\s*>[>\s]*$/.test(before))
      return 'has PEM quoted with >, as in an answer to a mail: take that away from every line';
    return before === '' && behind.trim() === ''
      ? null
      : 'has the beginning of PEM, which has to stand alone on its line';
  }
  if (/\p{Pd} ?BEGIN [A-Z0-9][A-Z0-9 ]{0,39}\p{Pd}/u.test(line) && /[^\P{Pd}-]/u.test(line))
    return 'has PEM with the dashes of a word processor, where five hyphens (-----) are to be before and behind BEGIN LABEL and END LABEL';
  return /--+ ?BEGIN\b/i.test(line)
    ? 'looks like the beginning of PEM, and is not -----BEGIN LABEL----- with five hyphens on either side'
    : null;
}
