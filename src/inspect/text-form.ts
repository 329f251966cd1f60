// Bytes as text, whatever editor or system wrote them, and what of its form keeps other programs from reading it.
import { error, type Finding, note, warning } from './findings.ts';

export interface TextForm {
  readonly text: string;
  /** What is said of the form where the text is PEM, base64 or hex, which other programs read by their lines. */
  readonly findings: readonly Finding[];
}

export function textOf(bytes: Uint8Array): TextForm {
  const wide = wideEncoding(bytes);
  const text = new TextDecoder(wide ?? 'utf-8').decode(bytes);
  return { text, findings: [...encodingFindings(bytes, wide), ...lineFindings(text)] };
}

type WideEncoding = 'utf-16le' | 'utf-16be';

/** By its mark, or by the first two characters, of which every second octet is zero. */
function wideEncoding([first, second, third, fourth]: Uint8Array): WideEncoding | null {
  if (
    (first === 0xff && second === 0xfe) ||
    (isVisible(first) && second === 0 && isVisible(third) && fourth === 0)
  )
    return 'utf-16le';
  if (
    (first === 0xfe && second === 0xff) ||
    (first === 0 && isVisible(second) && third === 0 && isVisible(fourth))
  )
    return 'utf-16be';
  return null;
}

function isVisible(octet: number | undefined): boolean {
  return octet !== undefined && octet > 0x20 && octet < 0x7f;
}

function* encodingFindings(bytes: Uint8Array, wide: WideEncoding | null): Generator<Finding> {
  if (wide !== null)
    yield error(
      null,
      'file',
      `is text in ${wide.toUpperCase()}, which nothing reads as a key or a certificate: iconv -f UTF-16 -t UTF-8 makes ASCII of it`,
      'RFC 7468 §2',
    );
  else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    yield warning(
      'file',
      'begins with a byte order mark, behind which OpenSSL does not find the first block',
      'RFC 7468 §2',
    );
}

function* lineFindings(text: string): Generator<Finding> {
  if (text.includes('\r\n'))
    yield note('file', 'its lines end as on Windows (CR LF), which is in order', 'RFC 7468 §2');
  else if (text.includes('\r'))
    yield warning('file', 'its lines end in CR alone, which OpenSSL does not take', 'RFC 7468 §2');
}
