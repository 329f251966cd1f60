// Is the peer one of those we know, and is there a reason to believe it: trust anchors that vouch for its certificate,
// a pin of its raw public key, or a pre-shared key? The only maker of a VerifiedPeer: the evidence that a handshake
// needs before it may end in a key. Pure: the time and what is known of revocation are given, nothing is fetched.
import { hash, type KeyObject } from 'node:crypto';
import { E2EKeyError, type FaultCode, refuse } from '../errors.ts';
import { acceptedKeys, type CertificateProfile, keyObjection } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { errorOf, findingAt, shorten } from './finding.ts';
import { certificateFlavours, type Flavour, identitiesOf } from './flavours.ts';
import { nameKey } from './names.ts';
import type { WorkBudget } from './path.ts';
import type { CertificateMatch, Match, Peers, Role } from './peers.ts';
import { parseRawPublicKey } from './raw-public-key.ts';
import { judgeStatus, type StatusSource } from './revocation.ts';
import { RevocationLists } from './revocation-lists.ts';
import { PresentedChain } from './trust-anchors.ts';

export { type CertificateType, type PeerEntry, Peers, type Role } from './peers.ts';
export { TrustAnchors } from './trust-anchors.ts';

/** Not exported: whoever has no such property was not verified here. */
const verified = Symbol('verified');

interface AnyVerifiedPeer {
  readonly [verified]: true;
  /** What keys are bound to: absolute form, or `id` where the entry left it open. */
  readonly entity: string;
  readonly flavour: Flavour | 'raw' | 'psk';
  /**
   * What the certificate says, as flavours.ts writes it. The `ni:` URI of a raw public key as it was configured; the
   * identity of a pre-shared key.
   */
  readonly id: string;
  /** The leaf's subject, in the manner of RFC 4514; null without a certificate. */
  readonly subject: string | null;
  /** SHA-256 of the leaf or of the SubjectPublicKeyInfo, 64 lower-case hex digits; null with a pre-shared key. */
  readonly fingerprint: string | null;
  /** The earliest notAfter of the path; null where nothing ends by itself. */
  readonly validUntil: Date | null;
  /** Leaf and intermediates, so that a later CRL can revoke what was made with them. */
  readonly path: readonly IssuerAndSerial[];
  /** What said that the certificate is not revoked; null where nothing did, or where there is no certificate. */
  readonly statusBy: StatusSource;
  readonly exportIndicatorRequired: boolean;
}

/** With a certificate or a raw public key: a signature proves that it holds the private key. */
export type CertifiedPeer = AnyVerifiedPeer & { readonly flavour: Flavour | 'raw' };
/** With a pre-shared key: Finished proves that it holds that. */
export type PresharedPeer = AnyVerifiedPeer & { readonly flavour: 'psk' };
/**
 * A peer whose identity was matched, and whose chain was validated if it has one. That it holds the private key or the
 * pre-shared key is another proof.
 */
export type VerifiedPeer = CertifiedPeer | PresharedPeer;

/** Names a certificate as a CRL does (RFC 5280 5.1.2.6). */
export interface IssuerAndSerial {
  /** `issuerId` of its issuer. */
  readonly issuer: string;
  /** Lower-case hex. */
  readonly serial: string;
}

/**
 * Names an issuer by name and key, since another may have the same name: SHA-256 over both, 64 lower-case hex digits.
 */
export function issuerId({ subject, subjectPublicKeyInfo }: Certificate): string {
  return hash(
    'sha256',
    Buffer.concat([hash('sha256', nameKey(subject), 'buffer'), subjectPublicKeyInfo.der]),
  );
}

export interface VerifyOptions {
  readonly peers: Peers;
  /** The peer's role. */
  readonly role: Role;
  readonly time: Date;
  /** Exactly one peer is meant: another one is IDENTITY_MISMATCH and not PEER_NOT_ALLOWED. */
  readonly expected: boolean;
  readonly certificateProfile: CertificateProfile;
  /** Most intermediates in a path, self-issued ones not counted; 6 if absent. */
  readonly maxDepth?: number;
  /** CRLs at hand; none if absent. */
  readonly crls?: RevocationLists;
  /** The OCSP response that the peer stapled, in DER (RFC 6066 §8); null for none. */
  readonly stapled?: Uint8Array | null;
  /** Counts down; 32 signatures and 25,000 comparisons of names if absent. */
  readonly budget?: WorkBudget;
}

/**
 * An honest path takes a signature per certificate, and few comparisons; this leaves room for cross-certificates and
 * costs a stranger's chain some milliseconds.
 */
const handshakeWork: Readonly<WorkBudget> = { signatures: 32, comparisons: 25_000 };
export const defaultMaxDepth = 6;

/**
 * Decides about the chain in a peer's Certificate message (TS-0003 8.1.2.5): first the identity, exactly; then
 * the path. `publicKey` is the leaf's.
 *
 * @param chain certificates in DER, the peer's own first.
 * @throws E2EKeyError PEER_CERTIFICATE_MISSING, CERTIFICATE_MALFORMED, CERTIFICATE_EXPIRED (not yet valid as
 * well), CERTIFICATE_UNTRUSTED, CERTIFICATE_UNSUPPORTED, IDENTITY_MISMATCH, PEER_NOT_ALLOWED (also for a role
 * that the peer may not take); by the entry's policy CERTIFICATE_REVOKED, CERTIFICATE_STATUS_UNKNOWN and
 * STATUS_RESPONSE_BAD; OPTION_INVALID.
 */
export function verifyPeer(
  chain: readonly Uint8Array[],
  options: VerifyOptions,
): { peer: CertifiedPeer; publicKey: KeyObject } {
  const { peers, role, time, certificateProfile, maxDepth = defaultMaxDepth } = options;
  checkTimeAndDepth(time, maxDepth);
  const presented = new PresentedChain(chain);
  const leaf = knownLeaf(peers, presented) ?? presented.leaf();
  const matches = allowed(peers.match(leaf), options, code =>
    errorOf(
      findingAt([leaf], 0, {
        code,
        field: 'subjectAltName',
        problem: describe(leaf),
        accepted: options.expected
          ? shorten(peers.identifiers.join(', ')) || 'the identity of the expected peer'
          : 'the identity in a peer entry',
        clause: 'TS-0003 8.1.2.5',
      }),
    ),
  );

  const budget = options.budget ?? { ...handshakeWork };
  const { crls = RevocationLists.none, stapled = null } = options;
  const evidence = { crls, stapled, responses: [] };
  let refusal: E2EKeyError | null = null;
  for (const match of matches) {
    const { trust, requireNameConstraints, revocation = 'when-available' } = match.peer;
    const restricted = requireNameConstraints ? match.identity.form : null;
    const verdict = trust.judge(
      presented,
      leaf,
      { time, purpose: role, profile: certificateProfile, maxDepth, restricted },
      budget,
    );
    if (!verdict.valid) {
      refusal ??= errorOf(verdict.finding);
      continue;
    }
    const status = judgeStatus(verdict.path, evidence, revocation, { time, profile: certificateProfile });
    if (!status.refused)
      return { peer: makePeer(match, verdict.path, leaf, status.statusBy), publicKey: leaf.publicKey };
    refusal ??= errorOf(findingAt(verdict.path, status.position, status.objection));
  }
  throw refusal ?? new E2EKeyError('INTERNAL', 'a peer was matched by no entry');
}

/**
 * Decides about the raw public key in a peer's Certificate message (TS-0003 8.1.2.5): it is pinned, or it is nobody's.
 *
 * @param der SubjectPublicKeyInfo.
 * @throws E2EKeyError PEER_CERTIFICATE_MISSING for no bytes, CERTIFICATE_MALFORMED, CERTIFICATE_UNSUPPORTED,
 * IDENTITY_MISMATCH, PEER_NOT_ALLOWED.
 */
export function verifyRawPublicKey(
  der: Uint8Array,
  options: Pick<VerifyOptions, 'peers' | 'role' | 'expected' | 'certificateProfile'>,
): { peer: CertifiedPeer; publicKey: KeyObject } {
  const { peers, certificateProfile } = options;
  if (der.length === 0) refuse('PEER_CERTIFICATE_MISSING', 'Certificate: the peer sent no raw public key');
  const key = parseRawPublicKey(der);
  const [match] = allowed(peers.matchRawPublicKey(key), options, code => {
    const fits = options.expected ? 'is not that of the expected peer' : 'fits no peer entry';
    return new E2EKeyError(
      code,
      `subjectPublicKeyInfo: the key ${key.fingerprint} ${fits} (TS-0003 8.1.2.5)`,
    );
  });
  const objection = keyObjection(key, certificateProfile);
  if (objection !== null)
    refuse(
      'CERTIFICATE_UNSUPPORTED',
      `subjectPublicKeyInfo: the profile ${certificateProfile} does not accept ${objection}; it has ${acceptedKeys(certificateProfile)} (TS-0003 10.1.1.1)`,
    );
  const { peer, entity } = match;
  return {
    publicKey: key.publicKey,
    peer: {
      [verified]: true,
      entity,
      flavour: 'raw',
      id: peer.pin,
      subject: null,
      fingerprint: key.fingerprint,
      validUntil: null,
      path: [],
      statusBy: null,
      exportIndicatorRequired: peer.exportIndicator === 'required',
    },
  };
}

/**
 * The peer with whom the pre-shared key of this identity is held; that the key is the right one is shown by Finished.
 *
 * @throws E2EKeyError PSK_UNKNOWN for an identity that is in no entry; PEER_NOT_ALLOWED for another role.
 */
export function peerOfPresharedKey(
  identity: string,
  { peers, role }: Pick<VerifyOptions, 'peers' | 'role'>,
): PresharedPeer {
  const match = peers.matchPsk(identity);
  if (match === null)
    return refuse('PSK_UNKNOWN', 'psk_identity: no peer has a pre-shared key of this identity');
  const { peer, entity } = match;
  if (!peer.roles.includes(role))
    refuse('PEER_NOT_ALLOWED', `peer ${entity}: may not be the ${role} end-point`);
  return {
    [verified]: true,
    entity,
    flavour: 'psk',
    id: identity,
    subject: null,
    fingerprint: null,
    validUntil: null,
    path: [],
    statusBy: null,
    exportIndicatorRequired: peer.exportIndicator === 'required',
  };
}

/** @throws E2EKeyError OPTION_INVALID. A time that is none would compare as neither before nor after. */
export function checkTimeAndDepth(time: Date, maxDepth: number): void {
  if (Number.isNaN(time.getTime())) refuse('OPTION_INVALID', 'time: not a date');
  if (!Number.isInteger(maxDepth) || maxDepth < 0)
    refuse('OPTION_INVALID', `maxDepth: ${maxDepth} is no whole number from 0`);
}

/** With one trust setting per peer, asking each would cost more than parsing the leaf. */
const maxTrustsAsked = 8;

function knownLeaf(peers: Peers, presented: PresentedChain): Certificate | undefined {
  if (peers.trusts.size > maxTrustsAsked) return undefined;
  for (const trust of peers.trusts) {
    const leaf = trust.knownLeaf(presented);
    if (leaf !== undefined) return leaf;
  }
  return undefined;
}

/** The matches whose entry allows the role; at least one. */
function allowed<M extends Match>(
  matches: readonly M[],
  { expected, role }: Pick<VerifyOptions, 'expected' | 'role'>,
  nobody: (code: FaultCode) => E2EKeyError,
): [M, ...M[]] {
  if (matches.length === 0) throw nobody(expected ? 'IDENTITY_MISMATCH' : 'PEER_NOT_ALLOWED');
  const [first, ...rest] = matches.filter(({ peer }) => peer.roles.includes(role));
  return first === undefined
    ? refuse('PEER_NOT_ALLOWED', `peer ${matches[0]?.entity}: may not be the ${role} end-point`)
    : [first, ...rest];
}

function makePeer(
  { peer, entity, identity }: CertificateMatch,
  path: readonly Certificate[],
  leaf: Certificate,
  statusBy: StatusSource,
): CertifiedPeer {
  const summary = summaryOf(path);
  return {
    [verified]: true,
    entity,
    flavour: identity.flavour,
    id: identity.id,
    subject: leaf.subject.text,
    fingerprint: leaf.fingerprint,
    // Copies: who is handed them must not change what is remembered.
    validUntil: new Date(summary.validUntil),
    path: summary.path.map(step => ({ ...step })),
    statusBy,
    exportIndicatorRequired: peer.exportIndicator === 'required',
  };
}

type Summary = { readonly validUntil: Date } & Pick<VerifiedPeer, 'path'>;

/** By path: one that was proven before comes back as the same array. */
const summaries = new WeakMap<readonly Certificate[], Summary>();

function summaryOf(path: readonly Certificate[]): Summary {
  const known = summaries.get(path);
  if (known) return known;
  const summary = {
    validUntil: new Date(Math.min(...path.map(({ notAfter }) => notAfter.getTime()))),
    path: path.slice(1).map((issuer, index) => ({
      issuer: issuerId(issuer),
      serial: path[index]?.serialNumber ?? '',
    })),
  };
  summaries.set(path, summary);
  return summary;
}

/** What the certificate says, short enough for a log line. */
function describe(leaf: Certificate): string {
  const names = new Set(identitiesOf(leaf).map(({ id }) => id));
  return names.size === 0
    ? 'no oneM2M identity in it'
    : `it holds ${shorten([...names].slice(0, 3).join(', '))}`;
}

/** A VerifiedPeer for our own sealed state. */
export function encodePeer(peer: VerifiedPeer): Uint8Array {
  const { entity, flavour, id, subject, fingerprint, validUntil, path, statusBy, exportIndicatorRequired } =
    peer;
  const fields = {
    entity,
    flavour,
    id,
    subject,
    fingerprint,
    validUntil: validUntil?.getTime() ?? null,
    path,
    statusBy,
    exportIndicatorRequired,
  };
  return Buffer.from(JSON.stringify(fields), 'utf8');
}

/**
 * The opposite of `encodePeer`, only for bytes out of our own sealed state: whoever can choose these bytes
 * can choose the peer.
 *
 * @throws E2EKeyError STORE_FAILED for anything that `encodePeer` does not make.
 */
export function decodePeer(bytes: Uint8Array): VerifiedPeer {
  const damaged = (): never => refuse('STORE_FAILED', 'the peer in a stored handshake is damaged');
  let stored: unknown;
  try {
    stored = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return damaged();
  }
  if (!isStoredPeer(stored)) return damaged();
  const validUntil = stored.validUntil === null ? null : new Date(stored.validUntil);
  const peer: VerifiedPeer = { ...stored, [verified]: true, validUntil };
  // Nothing is left out, doubled, or written in another way.
  return Buffer.compare(encodePeer(peer), bytes) === 0 ? peer : damaged();
}

type StoredPeer = Omit<VerifiedPeer, typeof verified | 'validUntil'> & { readonly validUntil: number | null };

function isStoredPeer(value: unknown): value is StoredPeer {
  if (value === null) return false;
  const stored = value as Stored;
  return (
    [stored.entity, stored.id].every(text => typeof text === 'string') &&
    typeof stored.exportIndicatorRequired === 'boolean' &&
    Array.isArray(stored.path) &&
    stored.path.every(step => isHex(step?.issuer, 64, 64) && isHex(step?.serial, 2, 40)) &&
    (isCertificatePeer(stored) || isKeyPeer(stored))
  );
}

type Stored = Partial<Record<keyof StoredPeer, unknown>>;

function isCertificatePeer({ flavour, subject, fingerprint, validUntil, path, statusBy }: Stored): boolean {
  return (
    ['ocsp', 'crl', null].some(source => source === statusBy) &&
    [...certificateFlavours, 'x509'].some(known => known === flavour) &&
    typeof subject === 'string' &&
    isHex(fingerprint, 64, 64) &&
    Number.isSafeInteger(validUntil) &&
    Array.isArray(path) &&
    path.length > 0
  );
}

function isKeyPeer({ flavour, subject, fingerprint, validUntil, path, statusBy }: Stored): boolean {
  return (
    statusBy === null &&
    (flavour === 'raw' ? isHex(fingerprint, 64, 64) : flavour === 'psk' && fingerprint === null) &&
    subject === null &&
    validUntil === null &&
    Array.isArray(path) &&
    path.length === 0
  );
}

function isHex(value: unknown, least: number, most: number): boolean {
  return (
    typeof value === 'string' && /^[0-9a-f]*$/.test(value) && value.length >= least && value.length <= most
  );
}
