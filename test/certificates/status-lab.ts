// What tests of CRLs and OCSP responses have in common: one time, and what a refusal has to say.
import assert from 'node:assert/strict';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import {
  type CertificateStatus,
  crlStatus,
  type StatusRequirements,
} from '../../src/certificates/crl-status.ts';
import { parseOcspResponse } from '../../src/certificates/ocsp-response.ts';
import { ocspStatus } from '../../src/certificates/ocsp-status.ts';
import { RevocationLists } from '../../src/certificates/revocation-lists.ts';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';

export const time = new Date('2027-06-01T00:00:00Z');

/** Refused for this, with a finding on the field, and a sentence that says where and by which clause. */
export function refusesToRead(read: () => unknown, code: FaultCode, field: RegExp, clause: RegExp): void {
  assert.throws(read, (error: unknown) => {
    assert.ok(error instanceof E2EKeyError, String(error));
    assert.equal(error.code, code, error.message);
    const { finding } = error;
    assert.ok(finding !== null, error.message);
    assert.match(finding.field, field, error.message);
    assert.match(finding.clause, clause, error.message);
    assert.ok(error.message.includes(finding.accepted) && error.message.includes(finding.clause));
    return true;
  });
}

interface Read {
  readonly der: Uint8Array;
}

export const good = 'good';
export const untold = 'untold';

/** What is said of the certificate: `good`, `untold`, or the code, the field and the clause of the objection. */
export function wordsOf(told: CertificateStatus): string {
  if (told.status !== 'refused') return told.status;
  const { code, field, clause } = told.objection;
  return `${code} ${field} ${clause}`;
}

/** What these CRLs say of the certificate of this issuer. */
export function crlsSay(
  certificate: Read,
  issuer: Read,
  crls: readonly Uint8Array[],
  requirements: Partial<StatusRequirements> = {},
  formerIssuers: readonly Read[] = [],
): string {
  return wordsOf(
    crlStatus(
      parseCertificate(certificate.der),
      parseCertificate(issuer.der),
      RevocationLists.fromDer(crls),
      { time, profile: 'onem2m', ...requirements },
      formerIssuers.map(({ der }) => parseCertificate(der)),
    ),
  );
}

/** What this OCSP response says of the certificate of this issuer; the CRLs are for its responder. */
export function ocspSays(
  certificate: Read,
  issuer: Read,
  response: Uint8Array,
  requirements: Partial<StatusRequirements> = {},
  crls: readonly Uint8Array[] = [],
): string {
  return wordsOf(
    ocspStatus(
      parseOcspResponse(response),
      parseCertificate(certificate.der),
      parseCertificate(issuer.der),
      RevocationLists.fromDer(crls),
      { time, profile: 'onem2m', ...requirements },
    ),
  );
}

export const minutes = 60_000;
/** A time that is so many milliseconds from another one. */
export const later = (than: Date, by: number): Date => new Date(than.getTime() + by);
