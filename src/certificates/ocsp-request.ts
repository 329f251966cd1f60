// Asks an OCSP responder for the status of one certificate (RFC 6960 4.1), and names a certificate as it does. Sends
// nothing.
import { hash } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { tag } from './der.ts';
import type { CertId } from './ocsp-response.ts';

/** Names a certificate by hashes; RFC 5019 2.1.1 has SHA-1, RFC 9654 others beside it. It is a name and no proof. */
const hashes: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** AlgorithmIdentifier of SHA-1 with NULL. */
const sha1 = Buffer.from('300906052b0e03021a0500', 'hex');

/**
 * OCSPRequest in DER for one certificate, without nonce and signature, some 70 octets: certID with SHA-1, which every
 * responder knows (RFC 5019 2.1.1).
 */
export function writeOcspRequest(certificate: Certificate, issuer: Certificate): Uint8Array {
  const certId = element(
    tag.sequence,
    sha1,
    element(tag.octetString, issuerNameHash(certificate, 'sha1')),
    element(tag.octetString, keyHash(issuer, 'sha1')),
    element(tag.integer, serialOctets(certificate.serialNumber)),
  );
  // OCSPRequest { tbsRequest { requestList { Request { reqCert } } } }
  return [0, 1, 2, 3].reduce<Uint8Array>(inner => element(tag.sequence, inner), certId);
}

/** Does the response speak of this certificate of this issuer? A hash that nobody here knows names nobody. */
export function isMeant(certId: CertId, certificate: Certificate, issuer: Certificate): boolean {
  const algorithm = hashes[certId.hashAlgorithm];
  return (
    algorithm !== undefined &&
    certId.serialNumber === certificate.serialNumber &&
    Buffer.compare(certId.issuerNameHash, issuerNameHash(certificate, algorithm)) === 0 &&
    Buffer.compare(certId.issuerKeyHash, keyHash(issuer, algorithm)) === 0
  );
}

/** Of a public key without its algorithm; with SHA-1, responders name themselves by it (RFC 6960 4.1.1, 4.2.1). */
export function keyHash({ subjectPublicKeyInfo }: Certificate, algorithm: string): Buffer {
  return hash(algorithm, subjectPublicKeyInfo.subjectPublicKey, 'buffer');
}

/** Of the name as the certificate in question has it (RFC 6960 4.1.1). */
function issuerNameHash({ issuer }: Certificate, algorithm: string): Buffer {
  return hash(algorithm, issuer.der, 'buffer');
}

function serialOctets(hex: string): Buffer {
  const octets = Buffer.from(hex, 'hex');
  return (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), octets]) : octets;
}

/** An element of less than 128 octets of content, which these all are: the longest serial number has 20. */
function element(identifier: number, ...content: readonly Uint8Array[]): Uint8Array {
  const octets = Buffer.concat(content);
  return Buffer.concat([Buffer.of(identifier, octets.length), octets]);
}
