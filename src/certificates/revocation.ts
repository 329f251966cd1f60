// Is a certificate of the path revoked, and does anybody say so in a way that can be believed? Puts together what CRLs
// (crl-status.ts) and OCSP responses (ocsp-status.ts) say; fetches nothing.
import { E2EKeyError, type FaultCode } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { type CertificateStatus, crlStatus, type StatusRequirements } from './crl-status.ts';
import { errorOf, findingIn, type Objection } from './finding.ts';
import { statusUnknown } from './freshness.ts';
import { sameName } from './names.ts';
import { isMeant } from './ocsp-request.ts';
import { type OcspResponse, parseOcspResponse } from './ocsp-response.ts';
import { ocspStatus } from './ocsp-status.ts';
import type { Path } from './path-rules.ts';
import type { RevocationLists } from './revocation-lists.ts';

/**
 * `off` looks at nothing. `when-available`: what is at hand is judged as strictly as under `required`, and only its
 * absence is passed over. `required`: something has to say that the end-point's own certificate is not revoked; those
 * above it are judged where a CRL of their issuer is at hand.
 */
export const revocationPolicies = ['off', 'when-available', 'required'] as const;
export type RevocationPolicy = (typeof revocationPolicies)[number];

/** What is at hand. */
export interface StatusEvidence {
  readonly crls: RevocationLists;
  /** The response that the end-point stapled, in DER (RFC 6066 §8): it has to speak of its own certificate. */
  readonly stapled: Uint8Array | null;
  /** Responses from elsewhere, in DER: each has to speak of some certificate of the path. */
  readonly responses: readonly Uint8Array[];
}

/** What said that the end-point's certificate is not revoked; null where nothing did. */
export type StatusSource = 'ocsp' | 'crl' | null;

export type StatusVerdict =
  | { readonly refused: false; readonly statusBy: StatusSource }
  | { readonly refused: true; readonly position: number; readonly objection: Objection };

/** The verdict on a valid path, trust anchor last: an anchor is trusted because it is configured, and not judged. */
export function judgeStatus(
  path: Path,
  evidence: StatusEvidence,
  policy: RevocationPolicy,
  requirements: StatusRequirements,
): StatusVerdict {
  if (policy === 'off') return { refused: false, statusBy: null };
  try {
    const stapled = evidence.stapled && parseOcspResponse(evidence.stapled);
    const responses = evidence.responses.map(readResponse);
    return judge(path, { crls: evidence.crls, stapled, responses }, policy, requirements);
  } catch (error) {
    if (!(error instanceof E2EKeyError) || error.finding === null) throw error;
    return refusedAt(0, error.finding);
  }
}

function readResponse(der: Uint8Array, index: number): OcspResponse {
  try {
    return parseOcspResponse(der);
  } catch (error) {
    if (!(error instanceof E2EKeyError) || error.finding === null) throw error;
    throw errorOf(findingIn(`ocsp.${index}`, error.finding), error);
  }
}

interface ReadEvidence {
  readonly crls: RevocationLists;
  readonly stapled: OcspResponse | null;
  readonly responses: readonly OcspResponse[];
}

/** @throws E2EKeyError with a finding, where something in the path has to be read and cannot be. */
function judge(
  path: Path,
  evidence: ReadEvidence,
  policy: RevocationPolicy,
  requirements: StatusRequirements,
): StatusVerdict {
  const steps = stepsOf(path);
  const refusals = new Map<number, Objection>();
  let statusBy: StatusSource = null;
  for (const { certificate, issuer, formerIssuers, position } of steps) {
    const stapled = position === 0 ? evidence.stapled : null;
    const responses = evidence.responses.filter(response => speaksOf(response, certificate, issuer));
    const byOcsp = [...(stapled === null ? [] : [stapled]), ...responses].map(response =>
      ocspStatus(response, certificate, issuer, evidence.crls, requirements),
    );
    const byCrl = crlStatus(certificate, issuer, evidence.crls, requirements, formerIssuers);
    const objection = objectionOf(byOcsp, byCrl);
    if (objection !== null) refusals.set(position, objection);
    else if (position === 0) statusBy = byOcsp.some(isGood) ? 'ocsp' : isGood(byCrl) ? 'crl' : null;
  }
  const [first] = [...refusals].toSorted(([, one], [, other]) => weight(other) - weight(one));
  if (first !== undefined) return refusedAt(...first);
  const idle = evidence.responses.find(response =>
    steps.every(({ certificate, issuer }) => !speaksOf(response, certificate, issuer)),
  );
  if (idle !== undefined) return refusedAt(0, speaksOfNobody(idle));
  return policy === 'required' && statusBy === null
    ? refusedAt(0, untold(path[0], evidence))
    : { refused: false, statusBy };
}

interface Step {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly formerIssuers: readonly Certificate[];
  readonly position: number;
}

function stepsOf(path: Path): readonly Step[] {
  return path.flatMap((certificate, position) => {
    const issuer = path[position + 1];
    if (issuer === undefined) return [];
    const formerIssuers = path.slice(position + 2).filter(({ subject }) => sameName(subject, issuer.subject));
    return [{ certificate, issuer, formerIssuers, position }];
  });
}

/**
 * Revoked is revoked, whoever says it. A bad OCSP response is refused whatever else is at hand (RFC 6066 §8), and so is
 * a CRL whose words would be lost; a stale or wrongly signed CRL where nothing else makes it superfluous.
 */
function objectionOf(byOcsp: readonly CertificateStatus[], byCrl: CertificateStatus): Objection | null {
  const all = [...byOcsp, byCrl];
  const refusals = all.filter(told => told.status === 'refused');
  const final = refusals.filter(({ isFinal }) => isFinal);
  const revoked = final.find(({ objection }) => objection.code === 'CERTIFICATE_REVOKED');
  const [first] = final.length > 0 || all.some(isGood) ? final : refusals;
  return (revoked ?? first)?.objection ?? null;
}

function isGood({ status }: CertificateStatus): boolean {
  return status === 'good';
}

const weights: Partial<Record<FaultCode, number>> = { CERTIFICATE_REVOKED: 2, STATUS_RESPONSE_BAD: 1 };
const weight = ({ code }: Objection): number => weights[code] ?? 0;

function speaksOf({ basic }: OcspResponse, certificate: Certificate, issuer: Certificate): boolean {
  return basic?.responses.some(({ certId }) => isMeant(certId, certificate, issuer)) ?? false;
}

/** What was handed over to be used and speaks of nobody here was meant otherwise. */
function speaksOfNobody({ status, basic }: OcspResponse): Objection {
  return {
    code: 'STATUS_RESPONSE_BAD',
    field: 'status',
    problem:
      basic === null
        ? `an OCSP response without answer, ${status}`
        : 'an OCSP response about other certificates',
    accepted: 'one about a certificate of the path, and its issuer',
    clause: 'RFC 6960 3.2 (1)',
  };
}

/** A list of the issuer's name that is another key's, or for other certificates, is not one of the issuer's. */
function untold({ issuer }: Certificate, { crls }: ReadEvidence): Objection {
  const namesakes = crls.of(issuer).length > 0;
  return statusUnknown(
    'status',
    `nothing at hand says that it is not revoked${namesakes ? '; the CRL under the name of its issuer is of another key, or for other certificates' : ''}`,
    `an OCSP response for it, or a CRL of ${issuer.text}`,
    'RFC 5280 6.1.3 (a)(3)',
  );
}

function refusedAt(position: number, objection: Objection): StatusVerdict {
  return { refused: true, position, objection };
}
