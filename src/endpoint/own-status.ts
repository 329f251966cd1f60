// Our own certificates as their OCSP responder sees them: what it is asked, and whether its answer is one that a peer
// would take. Sends nothing.
import { isSignedBy } from '../certificates/algorithms.ts';
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { errorAbout } from '../certificates/finding.ts';
import { sameName } from '../certificates/names.ts';
import { isMeant, writeOcspRequest } from '../certificates/ocsp-request.ts';
import { type OcspResponse, parseOcspResponse } from '../certificates/ocsp-response.ts';
import { ocspStatus } from '../certificates/ocsp-status.ts';
import { Peers } from '../certificates/peers.ts';
import type { RevocationLists } from '../certificates/revocation-lists.ts';
import { type E2EKeyError, refuse } from '../errors.ts';
import { makeProfile } from '../handshake/profile.ts';
import type { EndpointCredential } from './credentials.ts';
import { type Staple, stapleFrom } from './own-staples.ts';
import type { StatusRow } from './store.ts';

/** One of our X.509 certificates, and who issued it. */
export interface OwnCertificate {
  /** Place of its credential. */
  readonly index: number;
  readonly credential: EndpointCredential;
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** What the responder said, signed by whom it may be signed. */
export interface OwnStatus {
  readonly response: OcspResponse;
  readonly version: Pick<StatusRow, 'number' | 'thisUpdate' | 'nextUpdate'>;
  /** What is to be stapled; null where the certificate is revoked. */
  readonly staple: Staple | null;
  /** Why not. */
  readonly refusal: E2EKeyError | null;
}

/**
 * Our X.509 certificates with their issuers.
 *
 * @param issuerDer of those that no other issuer is known for; the second certificate of the chain issued the others.
 * @throws E2EKeyError OPTION_INVALID where there is none, or one whose issuer is not known.
 */
export function ownCertificates(
  credentials: readonly EndpointCredential[],
  issuerDer: Uint8Array | undefined,
): readonly OwnCertificate[] {
  const own = credentials.flatMap((credential, index) => {
    const [leaf, second] = credential.chain;
    if (credential.type !== 'x509' || leaf === undefined) return [];
    const certificate = parseCertificate(leaf);
    const issuer = [issuerDer, second]
      .flatMap(der => (der === undefined ? [] : [readIssuer(der)]))
      .find(one => sameName(one.subject, certificate.issuer) && isSignedBy(certificate, one));
    if (issuer === undefined)
      return refuse(
        'OPTION_INVALID',
        `revocation.ownStatus.issuer: neither it nor the chain has the issuer of ${certificate.subject.text}`,
      );
    return [{ index, credential, certificate, issuer }];
  });
  return own.length > 0
    ? own
    : refuse('OPTION_INVALID', 'revocation.ownStatus: there is no credential with a certificate');
}

/** The body of a request to the responder. */
export function requestFor({ certificate, issuer }: OwnCertificate): Uint8Array {
  return writeOcspRequest(certificate, issuer);
}

/**
 * Reads and judges what the responder answered.
 *
 * @param lists for the responder's own certificate.
 * @throws E2EKeyError STATUS_RESPONSE_BAD or CERTIFICATE_STATUS_UNKNOWN for what no peer would take, OPTION_INVALID for
 * a response that has no room in message 2.
 */
export function readOwnStatus(
  { certificate, issuer, credential }: OwnCertificate,
  der: Uint8Array,
  lists: RevocationLists,
  time: Date,
): OwnStatus {
  const response = parseOcspResponse(der);
  const told = ocspStatus(response, certificate, issuer, lists, { time, profile: 'onem2m' });
  const refusal = told.status === 'refused' ? errorAbout(told.objection) : null;
  if (refusal !== null && refusal.code !== 'CERTIFICATE_REVOKED') throw refusal;
  const staple = stapleFrom(response, ({ certId }) => isMeant(certId, certificate, issuer));
  if (response.basic === null || staple === null)
    return refuse('INTERNAL', 'a response that speaks of our certificate does not hold it');
  // Refuses what does not fit beside the chain.
  makeProfile({ peers: new Peers([]), credentials: [{ ...credential, staple: der }] });
  const { thisUpdate, nextUpdate } = staple.period;
  return {
    response,
    version: {
      number: response.basic.producedAt.getTime().toString(16).padStart(40, '0'),
      thisUpdate: thisUpdate.getTime(),
      nextUpdate: nextUpdate.getTime(),
    },
    staple: refusal === null ? staple : null,
    refusal,
  };
}

function readIssuer(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'cannot be read';
    return refuse('OPTION_INVALID', `revocation.ownStatus.issuer: ${reason}`, { cause });
  }
}
