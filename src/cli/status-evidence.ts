// The FILEs of --crl and --ocsp: CRLs and OCSP responses in PEM or DER; and what is said to people of a
// certificate's status. Whether a CRL or a response may be believed is certificates/revocation.ts.
import { type Crl, parseCrl } from '../certificates/crl.ts';
import { parseOcspResponse } from '../certificates/ocsp-response.ts';
import type { RevocationPolicy, StatusSource } from '../certificates/revocation.ts';
import { crlsFrom } from '../endpoint/crl-bytes.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { documentIn, isPem, requireSort, sortsIn } from './file-content.ts';
import { readBytes } from './input-file.ts';

/**
 * All CRLs of the files of --crl, in order.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file, and which CRL in it.
 */
export function readCrls(files: readonly string[]): Crl[] {
  return files.flatMap(file => {
    const bytes = readBytes('--crl', file);
    const ders = about(`--crl ${file}`, () => {
      requireSort(bytes, 'crl');
      return crlsFrom(bytes);
    });
    return ders.map((der, index) => about(`--crl ${file}: CRL ${index + 1}`, () => parseCrl(der)));
  });
}

/**
 * The OCSP responses of --ocsp, one in each file, in DER.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readOcspResponses(files: readonly string[]): Uint8Array[] {
  return files.map(file => {
    const bytes = readBytes('--ocsp', file);
    return about(`--ocsp ${file}`, () => parseOcspResponse(documentIn(bytes, 'ocsp-response')).der);
  });
}

/**
 * What `listen` staples, in DER. Bytes that are nothing known are stapled as they are, for a lab; a file that is
 * something else was mistaken.
 *
 * @throws E2EKeyError OPTION_INVALID naming the file.
 */
export function readStaple(file: string): Uint8Array {
  const bytes = readBytes('--staple', file);
  const isMistaken = bytes.length === 0 || isPem(bytes) || sortsIn(bytes).length > 0;
  return isMistaken ? about(`--staple ${file}`, () => documentIn(bytes, 'ocsp-response')) : bytes;
}

/** What is known of a certificate that was not refused. */
export function statusText(statusBy: StatusSource, policy: RevocationPolicy): string {
  if (statusBy !== null) return `not revoked, says ${statusBy === 'crl' ? 'a CRL' : 'an OCSP response'}`;
  return policy === 'off' ? 'not looked at' : 'unknown: no CRL and no OCSP response for it is at hand';
}

/** What is wrong with a file of ours is no fault of a peer, whatever code it would have there. */
function about<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    return refuse('OPTION_INVALID', `${what}: ${cause.message}`, { cause });
  }
}
