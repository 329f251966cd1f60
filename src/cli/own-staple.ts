// Would another end-point take what `listen --staple` is to staple? Looked at once, when we start; otherwise only an
// alert would tell, and only that something is wrong with it.
import { isSignedBy } from '../certificates/algorithms.ts';
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import type { StatusRequirements } from '../certificates/crl-status.ts';
import { tag } from '../certificates/der.ts';
import { sameName } from '../certificates/names.ts';
import { judgeStatus } from '../certificates/revocation.ts';
import { RevocationLists } from '../certificates/revocation-lists.ts';
import type { EndpointCredential } from '../endpoint/credentials.ts';
import { E2EKeyError } from '../errors.ts';

/**
 * Why it is of no use, in a sentence; null if it is good.
 *
 * @param others certificates in DER that the issuer of the credential may be among, beside those of its own chain.
 */
export function stapleObjection(
  { type, chain, staple = new Uint8Array() }: EndpointCredential,
  others: readonly Uint8Array[],
  requirements: StatusRequirements,
): string | null {
  if (staple[0] !== tag.sequence)
    return 'it is no OCSP response; accepted: one in DER or PEM (RFC 6960 4.2.1)';
  if (type === 'raw') return 'the credential is a raw public key, of which no status is told';
  const [own, ...further] = [...chain, ...others].flatMap(readable);
  const issuer = further.find(
    candidate => own && sameName(own.issuer, candidate.subject) && isSignedBy(own, candidate),
  );
  if (own === undefined || issuer === undefined)
    return 'it cannot be checked: the issuer of the credential is neither in its file nor in --trust';
  const evidence = { crls: RevocationLists.none, stapled: staple, responses: [] };
  const verdict = judgeStatus([own, issuer], evidence, 'required', requirements);
  if (!verdict.refused) return null;
  const { problem, accepted, clause } = verdict.objection;
  return `${problem}; accepted: ${accepted} (${clause})`;
}

/** One that cannot be read is not the issuer. */
function readable(der: Uint8Array): Certificate[] {
  try {
    return [parseCertificate(der)];
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
    return [];
  }
}
