// CRLs in files and HTTP bodies, PEM or DER. Knows no more of them than where one begins.
import { pemBlocks } from '../certificates/pem.ts';
import { refuse } from '../errors.ts';

/** Lists of one file: an authority has few parts. */
const maxLists = 64;

/**
 * The lists of a file, each in DER: one in DER, or PEM blocks `X509 CRL` (RFC 7468 §6) in their order; other blocks
 * are passed over.
 *
 * @throws E2EKeyError OPTION_INVALID when there is none, a broken one, or more than 64.
 */
export function crlsFrom(bytes: Uint8Array): Uint8Array[] {
  // SEQUENCE of 128 octets or more, as every list is; text before PEM may begin with the digit 0, but not so.
  const [tag = 0, length = 0] = bytes;
  if (tag === 0x30 && length > 0x80 && length < 0x85) return [bytes];
  const text = Buffer.from(bytes).toString('latin1');
  // What a server sends in the place of a list is not split into its lines.
  const isPem = text.includes('-----BEGIN');
  const blocks = isPem ? pemBlocks(text).filter(({ label }) => label === 'X509 CRL') : [];
  if (blocks.length === 0) refuse('OPTION_INVALID', 'there is no CRL in it, neither in DER nor in PEM');
  if (blocks.length > maxLists) refuse('OPTION_INVALID', `more than ${maxLists} CRLs`);
  return blocks.map(
    ({ der, problem }, index) => der ?? refuse('OPTION_INVALID', `CRL ${index + 1}: ${problem}`),
  );
}
