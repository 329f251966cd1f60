// The public key identifier of TS-0003 10.1.2: an `ni:` URI (RFC 6920 §3) that names a raw public key by its
// SHA-256, whole or truncated: parse and write. Hashes nothing and knows no key: digests come in as bytes.
import { refuse } from '../errors.ts';

/** Octets of the digest, by the algorithms that TS-0003 10.1.2 names (RFC 6920 §9.4). */
const digestLengths = { 'sha-256': 32, 'sha-256-128': 16, 'sha-256-120': 15 } as const;

export type DigestAlgorithm = keyof typeof digestLengths;

export interface PublicKeyIdentifier {
  readonly algorithm: DigestAlgorithm;
  /** The leftmost 32, 16 or 15 octets of SHA-256 over SubjectPublicKeyInfo in DER. */
  readonly digest: Uint8Array;
}

/** Longest identifier that is looked at: an authority has at most 255 characters, the rest 57. */
const maxIdentifierLength = 320;

/** RFC 6920 §3 without its query; §2 leaves the authority out of every comparison. */
const niUriForm = /^ni:\/\/[A-Za-z0-9._~%!$&'()*+,;=:@[\]-]*\/([a-z0-9-]+);([A-Za-z0-9_-]+)$/;

/**
 * Parses `ni:///sha-256;…`, `ni:///sha-256-128;…` or `ni:///sha-256-120;…`. An authority (`ni://host/…`) is passed
 * over, a query is refused: nothing would be done with it.
 *
 * @throws E2EKeyError OPTION_INVALID for anything else: other and shorter digests, padding, other base64url than
 * the one that encoding gives.
 */
export function parsePublicKeyIdentifier(text: string): PublicKeyIdentifier {
  const fail = (problem: string): never =>
    refuse(
      'OPTION_INVALID',
      `${JSON.stringify(text.slice(0, 80))} is no public key identifier: ${problem} (TS-0003 10.1.2)`,
    );
  if (text.length > maxIdentifierLength) return fail(`more than ${maxIdentifierLength} characters`);
  const [, algorithm, value] = niUriForm.exec(text) ?? [];
  if (algorithm === undefined || value === undefined)
    return fail('the form is ni:///sha-256; and the digest in base64url, without padding and without query');
  if (!isDigestAlgorithm(algorithm))
    return fail(`${algorithm} is none of ${Object.keys(digestLengths).join(', ')}; any shorter is too short`);
  const digest = Buffer.from(value, 'base64url');
  const length = digestLengths[algorithm];
  // Only the one canonical text comes back the same: the last character has bits that decoding drops.
  if (digest.length !== length || digest.toString('base64url') !== value)
    return fail(`the digest of ${algorithm} is not ${length} octets in base64url`);
  return { algorithm, digest };
}

/**
 * The `ni:` URI of a digest.
 *
 * @param digest a whole SHA-256, 32 octets, of which as many are taken as the algorithm has, or just these.
 * @throws E2EKeyError OPTION_INVALID for a digest of another length.
 */
export function niUri(digest: Uint8Array, algorithm: DigestAlgorithm = 'sha-256'): string {
  const length = digestLengths[algorithm];
  if (digest.length !== length && digest.length !== digestLengths['sha-256'])
    refuse(
      'OPTION_INVALID',
      `a digest of ${digest.length} octets is neither a SHA-256 nor one of ${algorithm}`,
    );
  return `ni:///${algorithm};${Buffer.from(digest.subarray(0, length)).toString('base64url')}`;
}

function isDigestAlgorithm(name: string): name is DigestAlgorithm {
  return Object.hasOwn(digestLengths, name);
}
