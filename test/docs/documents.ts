// Reads the documents: which there are, their headings, links, code blocks and code spans. Knows Markdown as far
// as they use it: ATX headings, fenced code, inline links; what stands between `<!-- begin` and `<!-- end` is
// written by a program and no prose.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** With what a comment before it calls the block, its language and its code. */
const fence = /^(?:<!-- example: (.+) -->\n)?```(\w*)\n([\s\S]*?)^```$/gm;

/** A fenced code block. */
export interface Block {
  readonly language: string;
  readonly code: string;
  /** What a comment `<!-- example: NAME -->` in the line before calls it. */
  readonly example: string | null;
}

export interface Document {
  /** Relative to the project. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Without code blocks and without what a program wrote. */
  readonly prose: string;
  readonly anchors: ReadonlySet<string>;
  /** Targets of the links, as they are written. */
  readonly links: readonly string[];
  /** What stands in backquotes in the prose. */
  readonly spans: readonly string[];
}

export const documents: readonly Document[] = [
  ...readdirSync(root).filter(name => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name.replaceAll('\\', '/')}`),
  'certs/README.md',
].map(file => readDocument(file, readFileSync(join(root, file), 'utf8')));

export function documentNamed(file: string): Document {
  const found = documents.find(document => document.file === file);
  if (found === undefined) throw new Error(`there is no document ${file}`);
  return found;
}

export function readDocument(file: string, text: string): Document {
  const blocks = [...text.matchAll(fence)].map(([, example = null, language = '', code = '']) => ({
    language,
    code,
    example,
  }));
  const prose = text.replace(/<!-- begin[\s\S]*?<!-- end/g, '').replace(fence, '');
  const headings = [...prose.matchAll(/^#{1,6} +(.+)$/gm)].map(match => slug(match[1] ?? ''));
  const unspanned = prose.replace(/`[^`\n]+`/g, '');
  return {
    file,
    text,
    blocks,
    prose,
    anchors: new Set(headings),
    links: [...unspanned.matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1] ?? ''),
    spans: [...prose.matchAll(/`([^`\n]+)`/g)].map(match => match[1] ?? ''),
  };
}

/** The anchor of a heading, as the usual forges make it. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
