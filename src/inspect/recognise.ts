// Which document in ASN.1 bytes are, by their first headers: never by the name of a file, and without judging whether it
// is right. Something that begins as a certificate is one, broken or not, so that its report can say where it breaks.
import { tag } from '../certificates/der.ts';
import type { Sort } from './der-documents.ts';
import { elementsIn, type Header, headerAt } from './der-headers.ts';

/** Null for what is none of them. */
export function sortOfDer(bytes: Uint8Array): Sort | null {
  const outer = headerAt(bytes, 0, tag.sequence);
  if (outer === null) return null;
  const elements = elementsIn(bytes, outer);
  const [first, second, third] = elements;
  switch (first?.tag) {
    case tag.sequence:
      return sortOfSequence(bytes, first);
    case tag.integer: {
      const number = first.end - first.content === 1 ? bytes[first.content] : null;
      if (number === 3 && second?.tag === tag.sequence) return 'pkcs12';
      // PKCS#8 (RFC 5958 §2), SEC 1 (RFC 5915 §3), PKCS#1 (RFC 8017 A.1.2).
      const isPkcs8 = second?.tag === tag.sequence && (third === undefined || third.tag === tag.octetString);
      const isSec1 = number === 1 && second?.tag === tag.octetString;
      const isPkcs1 = number === 0 && second?.tag === tag.integer;
      return isPkcs8 || isSec1 || isPkcs1 ? 'private-key' : null;
    }
    case tag.objectIdentifier:
      return isPkcs7(bytes.subarray(first.content, first.end)) ? 'pkcs7' : null;
    case tag.enumerated:
      return second === undefined || second.tag === 0xa0 ? 'ocsp-response' : null;
    default:
      return null;
  }
}

/** Certificates one after the other. What follows the last one stays with it, and is refused there. */
export function concatenated(bytes: Uint8Array, most: number): Uint8Array[] {
  const ders: Uint8Array[] = [];
  let start = 0;
  while (ders.length < most) {
    const end = headerAt(bytes, start, tag.sequence)?.end ?? bytes.length;
    if (sortOfDer(bytes.subarray(end)) !== 'certificate') break;
    ders.push(bytes.subarray(start, end));
    start = end;
  }
  return [...ders, bytes.subarray(start)];
}

/** What begins with a SEQUENCE in a SEQUENCE: something signed, or an algorithm and what it is for. */
function sortOfSequence(bytes: Uint8Array, first: Header): Sort | null {
  const [one, two, three, four] = elementsIn(bytes, first);
  if (one?.tag === 0xa0) return 'certificate';
  if (one?.tag === tag.objectIdentifier) {
    if (beginsAsPublicKey(bytes)) return 'public-key';
    return isPasswordEncryption(bytes.subarray(one.content, one.end)) ? 'private-key' : null;
  }
  if (one?.tag === tag.integer) {
    if (two?.tag !== tag.sequence || three?.tag !== tag.sequence) return null;
    // RFC 5280 4.1 has a validity, a SEQUENCE of two times; 5.1 one time; RFC 2986 §4 attributes, or nothing.
    if (four?.tag === tag.sequence) return isTime(headerAt(bytes, four.content)) ? 'certificate' : null;
    if (isTime(four ?? null)) return 'crl';
    return holdsPublicKey(bytes, three) ? 'certificate-request' : null;
  }
  return one?.tag === tag.sequence && holdsCertId(bytes, one) ? 'ocsp-request' : null;
}

/**
 * RFC 5280 4.1.2.7: an AlgorithmIdentifier and then a BIT STRING, where an encrypted private key (RFC 5958 §3) has an
 * OCTET STRING.
 */
function beginsAsPublicKey(bytes: Uint8Array): boolean {
  const outer = headerAt(bytes, 0, tag.sequence);
  const algorithm = outer && headerAt(bytes, outer.content, tag.sequence);
  if (!algorithm || headerAt(bytes, algorithm.content, tag.objectIdentifier) === null) return false;
  return headerAt(bytes, algorithm.end, 0x03) !== null;
}

function holdsPublicKey(bytes: Uint8Array, header: Header): boolean {
  const [algorithm, key] = elementsIn(bytes, header);
  return algorithm?.tag === tag.sequence && (key === undefined || key.tag === tag.bitString);
}

/** RFC 6960 4.1.1: the requests, the first of them, its CertID, in which hashes follow their algorithm. */
function holdsCertId(bytes: Uint8Array, requests: Header): boolean {
  const [request] = elementsIn(bytes, requests);
  const [certId] = request?.tag === tag.sequence ? elementsIn(bytes, request) : [];
  const [algorithm, hash] = certId?.tag === tag.sequence ? elementsIn(bytes, certId) : [];
  return algorithm?.tag === tag.sequence && hash?.tag === tag.octetString;
}

function isTime(header: Header | null): boolean {
  return header?.tag === tag.utcTime || header?.tag === tag.generalizedTime;
}

/** Arcs of PKCS#5 and PKCS#12 with password-based encryption: 1.2.840.113549.1.5 and 1.2.840.113549.1.12.1. */
function isPasswordEncryption(identifier: Uint8Array): boolean {
  return startsWith(identifier, '2a864886f70d0105') || startsWith(identifier, '2a864886f70d010c01');
}

/** 1.2.840.113549.1.7. */
function isPkcs7(identifier: Uint8Array): boolean {
  return startsWith(identifier, '2a864886f70d0107');
}

function startsWith(bytes: Uint8Array, hex: string): boolean {
  return Buffer.from(bytes.subarray(0, hex.length / 2)).toString('hex') === hex;
}
