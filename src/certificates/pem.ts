// The blocks of a PEM file (RFC 7468), read line by line: time grows with the file, whatever stands in it. Text
// outside of blocks is passed over, as RFC 7468 §2 allows. A private key is decoded by those alone who are to have it.

export type PemBlock =
  | { readonly label: string; readonly der: Uint8Array; readonly problem: null }
  /** A broken block, or a private key, which has no problem that could be told without looking into it. */
  | { readonly label: string; readonly der: null; readonly problem: string | null };

/** @param most stops after so many blocks. */
export function pemBlocks(text: string, most = Number.POSITIVE_INFINITY): PemBlock[] {
  return pemSections(text, most).map(({ label, lines }) =>
    lines === null ? unended(label) : block(label, lines),
  );
}

/** A block as it stands in the text: what is between its two boundaries is not looked at. */
export interface PemSection {
  readonly label: string;
  /** Null without an END line. */
  readonly lines: readonly string[] | null;
}

/** @param most stops after so many blocks. */
export function pemSections(text: string, most = Number.POSITIVE_INFINITY): PemSection[] {
  const sections: PemSection[] = [];
  let open: { readonly label: string; readonly lines: string[] } | null = null;
  for (const line of text.split(/\r\n|[\r\n]/)) {
    if (sections.length === most) return sections;
    const [, edge, label = ''] = boundary.exec(line) ?? [];
    if (edge === undefined) open?.lines.push(line);
    else {
      if (open !== null)
        sections.push(edge === 'BEGIN' || label !== open.label ? { label: open.label, lines: null } : open);
      open = edge === 'BEGIN' ? { label, lines: [] } : null;
    }
  }
  return open === null ? sections : [...sections, { label: open.label, lines: null }];
}

export function isPrivateKey(label: string): boolean {
  return label.endsWith('PRIVATE KEY');
}

/**
 * RFC 7468 §3; no label in use is longer than 40 characters. White space and a byte order mark before it are passed
 * over: a first certificate that is dropped without a word would make the second one the end-point's.
 */
const boundary = /^[\uFEFF \t]*-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ]{0,39})-----[ \t]*$/;

function unended(label: string): PemBlock {
  return { label, der: null, problem: `the block ${label} has no END line` };
}

function block(label: string, lines: readonly string[]): PemBlock {
  if (isPrivateKey(label)) return { label, der: null, problem: null };
  const der = fromBase64(lines.join(''));
  return der === null
    ? { label, der: null, problem: `the block ${label} is not base64` }
    : { label, der, problem: null };
}

/** Bytes of base64 with padding (RFC 4648 §4) and any white space; null for other text, and for no bytes. */
export function fromBase64(text: string): Uint8Array | null {
  const base64 = text.replace(/\s/g, '');
  const bytes = Buffer.from(base64, 'base64');
  // Buffer passes over what is not base64; only the text itself comes back the same.
  return base64 !== '' && bytes.toString('base64') === base64 ? bytes : null;
}
