// The blocks of a PEM file (RFC 7468) with the lines on which they stand, and what is amiss with each, as far as one can
// say it without showing what stands there. Takes and refuses the same blocks as certificates/pem.ts; of private keys it
// gives the bytes too, so that their public half can be told.
import { fromBase64 } from '../certificates/pem.ts';
import type { KeyText } from './document-set.ts';

export interface FileBlock {
  readonly label: string;
  /** Null for a broken block, and for one that is encrypted as a whole. */
  readonly der: Uint8Array | null;
  /** What is wrong with it, with the line in the file; null where nothing is. */
  readonly problem: string | null;
  /** What keeps OpenSSL from reading it, and nobody else, with the line; null where nothing does. */
  readonly layout: string | null;
  readonly encrypted: KeyText['encrypted'];
}

/** @param most stops after so many blocks. */
export function fileBlocks(text: string, most: number): FileBlock[] {
  const blocks: FileBlock[] = [];
  let open: OpenBlock | null = null;
  for (const [index, line] of text.split(/\r\n|[\r\n]/).entries()) {
    if (blocks.length === most) return blocks;
    const [, edge, label = ''] = boundary.exec(line) ?? [];
    if (edge === undefined) open?.lines.push(line);
    else {
      const isIndented = /^[ \t]/.test(line);
      if (open !== null) {
        const isEnd = edge === 'END' && label === open.label;
        blocks.push(isEnd ? closed({ ...open, isIndented: open.isIndented || isIndented }) : unended(open));
      }
      open = edge === 'BEGIN' ? { label, line: index + 1, isIndented, lines: [] } : null;
    }
  }
  return open === null ? blocks : [...blocks, unended(open)];
}

interface OpenBlock {
  readonly label: string;
  /** On which its BEGIN stands, counted from 1. */
  readonly line: number;
  /** BEGIN or END stands behind white space. */
  readonly isIndented: boolean;
  readonly lines: string[];
}

/** As in certificates/pem.ts: RFC 7468 §3, with white space and a byte order mark before it. */
const boundary = /^[\uFEFF \t]*-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ]{0,39})-----[ \t]*$/;

function unended({ label, line }: OpenBlock): FileBlock {
  return broken(label, `the block ${label} that begins on line ${line} has no END line: its end is cut off`);
}

function closed(block: OpenBlock): FileBlock {
  const { label, lines } = block;
  const algorithm = label.endsWith('PRIVATE KEY') ? encryptionOf(lines) : null;
  if (algorithm !== null) {
    const pem = [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
    return { label, der: null, problem: null, layout: null, encrypted: { algorithm, pem } };
  }
  const der = fromBase64(lines.join(''));
  if (der !== null) return { label, der, problem: null, layout: layoutProblem(block), encrypted: null };
  return broken(label, `the block ${label} is not base64: ${base64Problem(lines, block.line)}`);
}

function layoutProblem({ label, line, lines, isIndented }: OpenBlock): string | null {
  if (isIndented) return `the block ${label} of line ${line} is indented`;
  const empty = lines.findIndex(each => each.trim() === '');
  return empty === -1 ? null : `line ${line + 1 + empty} in the block ${label} is empty`;
}

function broken(label: string, problem: string): FileBlock {
  return { label, der: null, problem, layout: null, encrypted: null };
}

/** RFC 1421 4.6.1: header lines before the base64. */
function encryptionOf(lines: readonly string[]): string | null {
  if (!lines.some(line => /^Proc-Type:\s*4,\s*ENCRYPTED/.test(line))) return null;
  const [, algorithm = 'an algorithm that is not named'] =
    /^DEK-Info:\s*([A-Za-z0-9-]{1,40}),/m.exec(lines.join('\n')) ?? [];
  return algorithm;
}

function base64Problem(lines: readonly string[], begin: number): string {
  if (lines.every(line => line.trim() === '')) return 'there is nothing in it';
  const wrong = lines.findIndex(line => /[^A-Za-z0-9+/=\s]/.test(line));
  if (wrong !== -1) return `line ${begin + 1 + wrong} has a character that base64 does not have`;
  const last = lines.findLastIndex(line => line.trim() !== '');
  const padded = lines.findIndex((line, index) =>
    /=/.test(index === last ? line.trim().replace(/={1,2}$/, '') : line),
  );
  if (padded !== -1) return `line ${begin + 1 + padded} has padding, and more follows`;
  return 'characters are missing, or bits that are to be zero are not';
}
