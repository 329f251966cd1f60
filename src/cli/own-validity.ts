// Are the certificates of our own credential valid when they are to be used? Every peer refuses another one, in words of
// its own or in none; here it is only said.
import { parseCertificate } from '../certificates/certificate.ts';
import { shorten } from '../certificates/finding.ts';
import { E2EKeyError } from '../errors.ts';

/**
 * A sentence for each certificate that is not valid at `time` (RFC 5280 4.1.2.5).
 *
 * @param chain in DER; one that cannot be read is somebody else's to refuse.
 */
export function validityWarnings(chain: readonly Uint8Array[], time: Date): string[] {
  return chain.flatMap((der, index) => {
    const certificate = readable(der);
    if (certificate === null) return [];
    const { subject, notBefore, notAfter } = certificate;
    const name = `certificate ${index + 1} (${shorten(subject.text) || 'without subject'})`;
    if (time > notAfter)
      return [`${name} has expired, and peers refuse it: valid until ${notAfter.toISOString()}`];
    if (time < notBefore)
      return [`${name} is not yet valid, and peers refuse it: valid from ${notBefore.toISOString()}`];
    return [];
  });
}

function readable(der: Uint8Array) {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
    return null;
  }
}
