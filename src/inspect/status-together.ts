// What revocation lists and OCSP responses say of certificates in other files: by the same judges as an end-point's
// (certificates/crl-status.ts, ocsp-status.ts), for each certificate whose issuer is there.
import type { Crl } from '../certificates/crl.ts';
import {
  type CertificateStatus,
  crlObjections,
  crlStatus,
  type StatusRequirements,
} from '../certificates/crl-status.ts';
import { type Objection, shorten } from '../certificates/finding.ts';
import { isAhead, isFresh } from '../certificates/freshness.ts';
import { sameName } from '../certificates/names.ts';
import { isMeant } from '../certificates/ocsp-request.ts';
import type { CertId, OcspResponse } from '../certificates/ocsp-response.ts';
import { ocspStatus } from '../certificates/ocsp-status.ts';
import { RevocationLists } from '../certificates/revocation-lists.ts';
import { type CertificatePool, calledPooled, filesOf, type Pooled } from './certificate-pool.ts';
import { type Compared, listed, type PlacedFile } from './compared.ts';
import { error, type Finding, note } from './findings.ts';
import type { Holdings } from './holdings.ts';

/** A certificate, and who issued it. */
interface Issued {
  readonly pooled: Pooled;
  readonly issuer: Pooled;
}

/** What lists and responses are compared with. */
interface Around {
  readonly pool: CertificatePool;
  readonly issued: readonly Issued[];
  readonly lists: RevocationLists;
  readonly requirements: StatusRequirements;
}

/** What stands in one of the files. */
interface Placed<T> {
  readonly name: string;
  readonly at: number;
  /** The field of findings, with its place in the file. */
  readonly field: string;
  readonly value: T;
}

export function statusTogether(files: readonly PlacedFile[], pool: CertificatePool, time: Date): Compared {
  const issued = pool.all.flatMap(pooled => {
    const [issuer] = pool.issuersOf(pooled);
    return issuer === undefined ? [] : [{ pooled, issuer }];
  });
  const placed = <T>(valuesOf: (holdings: Holdings) => readonly T[], field: string): Placed<T>[] =>
    files.flatMap(({ name, holdings }, at) =>
      valuesOf(holdings).map((value, index) => ({
        name,
        at,
        field: `${field}${field.endsWith('s') ? `.${index}` : ''}`,
        value,
      })),
    );
  const crls = placed(holdings => holdings.crls, 'crls');
  const around: Around = {
    pool,
    issued,
    lists: new RevocationLists(crls.map(({ value }) => value)),
    requirements: { time, profile: 'onem2m' },
  };
  const told = new Set<string>();
  const parts = [
    ...crls.map(crl => aboutList(crl, around, told)),
    ...placed(holdings => holdings.ocspResponses, 'response').map(response =>
      aboutResponse(response, around),
    ),
    ...placed(holdings => holdings.ocspRequests, 'request').map(request => aboutRequest(request, around)),
  ];
  return {
    relations: parts.flatMap(({ relations }) => relations),
    findings: parts.flatMap(({ findings }) => findings),
  };
}

/**
 * Lists that are no longer current, of whose issuer there is one that is: an end-point takes the newest
 * (certificates/crl-status.ts), and nobody has to get another.
 */
export interface Superseded {
  readonly at: number;
  /** The field of its finding. */
  readonly field: string;
  /** The file of the newer list. */
  readonly by: string;
}

export function supersededLists(files: readonly PlacedFile[], time: Date): Superseded[] {
  const lists = files.flatMap(({ name, holdings }, at) =>
    holdings.crls.map((crl, index) => ({ at, name, field: `crls.${index}.nextUpdate`, crl })),
  );
  const current = lists.filter(({ crl }) => crlObjections(crl).length === 0 && isFresh(crl, time));
  return lists.flatMap(({ at, field, crl }) => {
    if (isAhead(crl.thisUpdate, time) || isFresh(crl, time)) return [];
    const newer = current.find(
      other => isSameIssuer(crl, other.crl) && other.crl.thisUpdate > crl.thisUpdate,
    );
    return newer === undefined ? [] : [{ at, field, by: newer.name }];
  });
}

/** By name, and by key where the lists say it. */
function isSameIssuer(one: Crl, other: Crl): boolean {
  const [own, others] = [one.authorityKeyIdentifier, other.authorityKeyIdentifier];
  const isSameKey = own === null || others === null || Buffer.compare(own, others) === 0;
  return isSameKey && sameName(one.issuer, other.issuer);
}

/** @param told fingerprints of the lists that were looked at: what the same list says twice is found once. */
function aboutList(
  { name, at, field, value: crl }: Placed<Crl>,
  around: Around,
  told: Set<string>,
): Compared {
  const { pool, issued, requirements } = around;
  const named = pool.authoritiesNamed(crl.issuer);
  const signers = pool.signersOf(crl.tbsCertList, crl, named);
  const [first] = signers;
  if (first === undefined) return withoutSigner({ at, field, crl }, named);
  const only = new RevocationLists([crl]);
  const own = issued.filter(({ issuer }) => signers.includes(issuer));
  const refused = own
    .map(({ pooled, issuer }) => ({
      pooled,
      status: crlStatus(pooled.certificate, issuer.certificate, only, requirements),
    }))
    .filter(({ status }) => isRevoked(status));
  const revoked = refused.map(({ pooled }) => pooled);
  const text = `${name} is the revocation list of ${calledPooled(first)}; ${whatListDoes(crl, revoked, own.length)}`;
  const isNew = !told.has(crl.fingerprint);
  told.add(crl.fingerprint);
  return {
    relations: [{ relation: 'crl', files: [name, ...filesOf([first, ...revoked])], text }],
    findings: [
      ...(isNew ? refused.flatMap(({ pooled, status }) => refusals(pooled, status, name)) : []),
      ...(signers.every(mayNotSign) ? [{ at, finding: withoutCrlSign(field, first) }] : []),
    ],
  };
}

function whatListDoes(crl: Crl, revoked: readonly Pooled[], issued: number): string {
  if (crlObjections(crl).length > 0) return 'no end-point uses it';
  return revoked.length > 0
    ? `it revokes ${listed(revoked.map(calledPooled))}`
    : `it revokes nothing that is here, of ${issued} from this issuer`;
}

function mayNotSign({ certificate }: Pooled): boolean {
  return certificate.extensions.keyUsage?.has('cRLSign') === false;
}

function withoutCrlSign(field: string, signer: Pooled): Finding {
  return error(
    'CERTIFICATE_STATUS_UNKNOWN',
    `${field}.issuer`,
    `${calledPooled(signer)} may not sign revocation lists: its keyUsage is without cRLSign`,
    'RFC 5280 6.3.3 (f)',
  );
}

function withoutSigner(
  { at, field, crl }: { readonly at: number; readonly field: string; readonly crl: Crl },
  [first]: readonly Pooled[],
): Compared {
  const finding =
    first === undefined
      ? note(`${field}.issuer`, `${shorten(crl.issuer.text)} is in none of the files`, 'RFC 5280 6.3.3 (f)')
      : error(
          'CERTIFICATE_STATUS_UNKNOWN',
          `${field}.signatureValue`,
          `not made with the key of ${calledPooled(first)}, who has the name of its issuer`,
          'RFC 5280 6.3.3 (g)',
        );
  return { relations: [], findings: [{ at, finding }] };
}

function aboutResponse({ name, at, field, value: response }: Placed<OcspResponse>, around: Around): Compared {
  const { issued, lists, requirements } = around;
  const { basic } = response;
  if (basic === null) return { relations: [], findings: [] };
  const told = issued
    .filter(({ pooled, issuer }) =>
      basic.responses.some(({ certId }) => isMeant(certId, pooled.certificate, issuer.certificate)),
    )
    .map(({ pooled, issuer }) => ({
      pooled,
      status: ocspStatus(response, pooled.certificate, issuer.certificate, lists, requirements),
    }));
  const ofNobody = note(
    field,
    'no certificate that it speaks of is in these files with its issuer',
    'RFC 6960 3.2 (1)',
  );
  return {
    relations: told.map(({ pooled, status }) => ({
      relation: 'ocsp',
      files: [name, ...filesOf([pooled])],
      text: `${name} speaks of ${calledPooled(pooled)}: ${statusText(status)}`,
    })),
    findings: [
      ...(told.length === 0 ? [{ at, finding: ofNobody }] : []),
      ...told.flatMap(({ pooled, status }) => (isRevoked(status) ? refusals(pooled, status, name) : [])),
      ...told.flatMap(({ status }) => responderFindings(status, field).map(finding => ({ at, finding }))),
    ],
  };
}

/** What only the issuer's certificate shows; the rest is found in the response alone (ocsp-report.ts). */
function responderFindings(status: CertificateStatus, place: string): Finding[] {
  if (status.status !== 'refused') return [];
  const { code, problem, accepted, clause } = status.objection;
  const field = status.objection.field.replace(/^OCSPResponse\./, '');
  const isOfResponder = field === 'signature' || field.endsWith('responderID') || field.startsWith('certs');
  return code === 'STATUS_RESPONSE_BAD' && isOfResponder
    ? [error(code, `${place}.${field}`, `${problem}; accepted: ${accepted}`, clause)]
    : [];
}

function aboutRequest({ name, value: certId }: Placed<CertId>, { issued }: Around): Compared {
  const meant = issued.filter(({ pooled, issuer }) =>
    isMeant(certId, pooled.certificate, issuer.certificate),
  );
  return {
    relations: meant.map(({ pooled }) => ({
      relation: 'ocsp',
      files: [name, ...filesOf([pooled])],
      text: `${name} asks for the status of ${calledPooled(pooled)}`,
    })),
    findings: [],
  };
}

function isRevoked(status: CertificateStatus): boolean {
  return status.status === 'refused' && status.objection.code === 'CERTIFICATE_REVOKED';
}

/** In every file in which the certificate stands. */
function refusals(pooled: Pooled, status: CertificateStatus, by: string): Compared['findings'] {
  if (status.status !== 'refused') return [];
  const { code, problem, clause }: Objection = status.objection;
  return pooled.places.map(({ file, index }) => ({
    at: file,
    finding: error(code, `certificates.${index}.status`, `${problem} (${by})`, clause),
  }));
}

function statusText(status: CertificateStatus): string {
  switch (status.status) {
    case 'good':
      return 'good';
    case 'untold':
      return 'says nothing';
    case 'refused':
      return status.objection.problem;
  }
}
