// From --trust, --pin, --psk-identity and --expect to the peer entries of a procedure: whom a command believes, and
// under which identity. Knows nothing of what we are ourselves.
import { isAbsoluteAeId } from '../certificates/flavours.ts';
import type { CertificatePeer } from '../certificates/peers.ts';
import { type PeerEntry, type Role, TrustAnchors } from '../certificates/trust.ts';
import { refuse } from '../errors.ts';
import { parsePublicKeyIdentifier } from '../identifiers/public-key-identifier.ts';
import { readCertificates } from './credential-files.ts';
import { type ExpectedPeer, readExpectedPeer } from './expected-peer.ts';
import type { ProcedureValues } from './procedure-options.ts';

/**
 * Without --expect, --trust makes one entry for everybody whom the trust anchors vouch for, the lab's explicit choice;
 * a raw public key is then known by its identifier and a pre-shared key by its identity.
 *
 * @param role the peer's.
 * @param anybody a peer may do without authentication.
 * @param named the peer's identity, absolute, where --expect says only what stands in its certificate.
 * @throws E2EKeyError OPTION_INVALID naming the option.
 */
export function peersOf(
  values: ProcedureValues,
  role: Role,
  { anybody = false, named = null }: { readonly anybody?: boolean; readonly named?: string | null } = {},
): PeerEntry[] {
  const { trust, pin, 'psk-identity': identities, revocation } = values;
  const expect = values.expect.map(readExpectedPeer);
  if (identities.length !== values['psk-file'].length)
    refuse(
      'OPTION_INVALID',
      `--psk-identity is given ${identities.length} times and --psk-file ${values['psk-file'].length} times; they belong together`,
    );
  if (new Set(identities).size < identities.length)
    refuse('OPTION_INVALID', '--psk-identity: the same identity is given twice');
  for (const text of pin) checkPin(text);
  const keyPeers = [
    ...pin.map(text => ({ flavour: 'raw', pin: text }) as const),
    ...identities.map(pskIdentity => ({ flavour: 'psk', pskIdentity, roles: [role] }) as const),
  ];
  if (trust.length === 0 && keyPeers.length === 0 && !anybody)
    refuse('OPTION_INVALID', '--trust is missing: nobody would be believed');
  if (keyPeers.length > 0 && expect.length > 1 && expect.length !== keyPeers.length)
    refuse(
      'OPTION_INVALID',
      `--expect is given ${expect.length} times for ${keyPeers.length} of --pin and --psk-identity`,
    );
  const exportIndicator = values['require-export-indicator'] ? 'required' : 'optional';
  const associated = keyPeers.map((peer, index) => {
    const associate = expect.length === 1 ? expect[0] : expect[index];
    return {
      ...peer,
      entity: associate === undefined ? null : entityOf(associate),
      exportIndicator,
    } as const;
  });
  if (trust.length === 0) {
    // Whoever asks for it believes that somebody is looked up.
    for (const [option, isGiven] of [
      ['--crl', values.crl.length > 0],
      ['--revocation', revocation !== undefined && revocation !== 'off'],
    ] as const)
      if (isGiven)
        refuse('OPTION_INVALID', `${option} is for certificates, and without --trust nobody is known by one`);
    return associated;
  }
  const policy = {
    trust: TrustAnchors.fromCertificates(readCertificates('--trust', trust)),
    requireNameConstraints: values['require-name-constraints'],
    exportIndicator,
    ...(revocation !== undefined && { revocation }),
  } as const;
  checkTwice(expect);
  const everybody = { entity: null, flavour: 'any' } as const;
  const vouchedFor = expect.length === 0 ? [everybody] : expect.flatMap(one => inCertificate(one, named));
  return [...vouchedFor.map(peer => ({ ...peer, ...policy })), ...associated];
}

function checkPin(text: string): void {
  try {
    parsePublicKeyIdentifier(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'no public key identifier';
    refuse('OPTION_INVALID', `--pin ${text}: ${reason}`, { cause });
  }
}

/**
 * Is exactly one peer meant? Then another identity is IDENTITY_MISMATCH, and not PEER_NOT_ALLOWED. Whoever may be known
 * in several ways, or by a name that several flavours can hold, is one all the same.
 */
export function isOnePeer(peers: readonly PeerEntry[]): boolean {
  const names = peers.map(peer => peer.entity ?? nameOf(peer));
  return new Set(names).size === 1 && peers.every(({ flavour }) => flavour !== 'any');
}

function nameOf(peer: PeerEntry): string | null {
  if (peer.flavour === 'raw') return peer.pin;
  return peer.flavour === 'psk' ? peer.pskIdentity : (peer.identifier ?? null);
}

/** Which of two entities a certificate belongs to would be a guess. */
function checkTwice(expect: readonly ExpectedPeer[]): void {
  const taken = new Set<string>();
  for (const { text, identities } of expect) {
    const [identity] = identities;
    if (identity === undefined) continue;
    const name = `${identity.flavour} ${identity.identifier}`;
    if (taken.has(name))
      refuse('OPTION_INVALID', `--expect ${text}: ${identity.identifier} is expected already`);
    taken.add(name);
  }
}

/** One entry for each flavour that may hold the name. */
function inCertificate(
  { text, entity, identities }: ExpectedPeer,
  named: string | null,
): Pick<CertificatePeer, 'entity' | 'flavour' | 'identifier'>[] {
  if (identities.length === 0)
    refuse(
      'OPTION_INVALID',
      `--expect ${text}: give the domain name in its certificate, ${text}=NAME, or the URN or object identifier if it has the certificate of its node or device`,
    );
  const owner = entity ?? named;
  // A domain name is that of a CSE or of an enrolment or authentication function.
  if (owner !== null && isAbsoluteAeId(owner) && identities.some(({ flavour }) => flavour === 'cse-id'))
    refuse(
      'OPTION_INVALID',
      `--expect ${text}: ${owner} is an AE and has no certificate with a domain name (TS-0003 10.1.3); --expect ${owner} is the one with its AE-ID`,
    );
  return identities.map(identity => ({ entity: owner, ...identity }));
}

/** What is associated with a pin or a pre-shared key; neither holds a name that could be compared. */
function entityOf({ text, entity }: ExpectedPeer): string {
  return (
    entity ??
    refuse(
      'OPTION_INVALID',
      `--expect ${text}: with --pin and --psk-identity the absolute identifier is needed`,
    )
  );
}
