// The peers with whom keys may be made, default deny (TS-0003 8.1.2.4), and which of them a certificate, a raw public
// key or the identity of a pre-shared key names. Whether a certificate may be believed is path.ts.
import { refuse } from '../errors.ts';
import { isDomainName, toAbsolute } from '../identifiers/entity.ts';
import { type PublicKeyIdentifier, parsePublicKeyIdentifier } from '../identifiers/public-key-identifier.ts';
import type { Certificate } from './certificate.ts';
import {
  certificateFlavours,
  type Flavour,
  type Identity,
  identitiesOf,
  isAbsoluteAeId,
  isDeviceId,
  isObjectIdentifier,
  isUrn,
  otherIdentityOf,
} from './flavours.ts';
import type { RawPublicKey } from './raw-public-key.ts';
import { type RevocationPolicy, revocationPolicies } from './revocation.ts';
import { TrustAnchors } from './trust-anchors.ts';

/** The two ends of the E2EKey procedure (TS-0003 8.7). */
export type Role = 'initiating' | 'terminating';

/** What stands in a Certificate message (RFC 7250 §3): a chain, or a SubjectPublicKeyInfo alone. */
export type CertificateType = 'x509' | 'raw';

/** One peer; or, of certificates and by an explicit choice, all those whom the anchors vouch for. */
export type PeerEntry = CertificatePeer | RawPublicKeyPeer | PresharedKeyPeer;

interface AnyPeer {
  /** The absolute identifier that keys are bound to. */
  readonly entity: string | null;
  /** The roles that the peer may take; both if absent. */
  readonly roles?: readonly Role[];
  readonly exportIndicator?: 'required' | 'optional';
}

/** A peer with a certificate. */
export interface CertificatePeer extends AnyPeer {
  /**
   * Null takes the identity in the certificate: every AE (`ae-id`), or for the lab the identifier (other flavours) or
   * anything (`any`).
   */
  readonly entity: string | null;
  /** What kind of certificate the peer has. `any` is for the lab and has neither entity nor identifier. */
  readonly flavour: (typeof certificateFlavours)[number] | 'any';
  /**
   * What stands in the certificate; mandatory but for `ae-id`. `ae-id`: the Absolute-AE-ID, `entity` if absent.
   * `cse-id`: the public domain name of the CSE-ID. `fqdn`: that of an M2M Authentication or Enrolment Function.
   * `node-id`: a URN as it is written, or an object identifier, dotted. `device`: an object identifier, dotted; or the
   * type of a hardware module, a colon and its serial number in lower-case hex (RFC 4108 5).
   */
  readonly identifier?: string | null;
  readonly trust: TrustAnchors;
  /** Refuse a peer whose name no authority above is restricted to (TS-0003 8.1.2.2: "shall include"). */
  readonly requireNameConstraints?: boolean;
  /**
   * What has to be known of its certificate's revocation; `when-available` if absent. Another than `off`, in so many
   * words, asks a terminating peer for a stapled OCSP response (RFC 6066 §8).
   */
  readonly revocation?: RevocationPolicy;
}

/** A peer with a raw public key, which holds no identity: the entry associates one with it (TS-0003 8.7.2.2 B). */
export interface RawPublicKeyPeer extends AnyPeer {
  /** Null takes the identifier of the key, for the lab. */
  readonly entity: string | null;
  readonly flavour: 'raw';
  /** Public key identifier (TS-0003 10.1.2): `ni:///sha-256;…` of the SubjectPublicKeyInfo, or its 128 or 120 bits. */
  readonly pin: string;
}

/** A peer with whom a pre-shared key is held (TS-0003 10.2.2). */
export interface PresharedKeyPeer extends AnyPeer {
  /** Null takes the identity of the pre-shared key, for the lab. */
  readonly entity: string | null;
  readonly flavour: 'psk';
  /** `psk_identity` (RFC 4279 §5.1), such as a KpsaId: 1 to 1024 bytes of UTF-8. */
  readonly pskIdentity: string;
  /**
   * Exactly one: both end-points hold the same key, so one that took it in either role could be made to shake hands
   * with itself by whoever sends its messages back (RFC 9257 §4.1).
   */
  readonly roles: readonly [Role];
}

/** A peer entry with its defaults filled in. */
type Peer = CertificateEntry | RawPublicKeyEntry | PresharedKeyEntry;
type Defaults = Pick<Required<AnyPeer>, 'roles' | 'exportIndicator'>;
interface CertificateEntry extends Omit<Required<CertificatePeer>, keyof Defaults | 'revocation'>, Defaults {
  /** As a certificate of this flavour has to hold it; null for everybody. */
  readonly identifier: string | null;
  readonly revocation?: RevocationPolicy;
}
type RawPublicKeyEntry = RawPublicKeyPeer & Defaults;
type PresharedKeyEntry = PresharedKeyPeer & Defaults;

/** A peer, and by what it was found. */
export interface Match<P extends Peer = Peer> {
  readonly peer: P;
  /** What keys are bound to. */
  readonly entity: string;
}

/** A peer and the identity in a certificate that fits it. */
export interface CertificateMatch extends Match<CertificateEntry> {
  readonly identity: Identity;
}

/** Far more than any identifier of TS-0001 7.2 takes; bounds what a peer makes us look for. */
export const maxPskIdentitySize = 1024;

/**
 * Finds peers by identity in constant time.
 *
 * An entry that names an entity decides about that entity alone: an entry for everybody never lets in, under
 * other anchors or in another role, somebody who has an entry.
 */
export class Peers {
  readonly #named = new Map<string, CertificateEntry>();
  readonly #byDigest = new Map<string, RawPublicKeyEntry>();
  readonly #byPskIdentity = new Map<string, PresharedKeyEntry>();
  readonly #byEntity = new Map<string, Peer[]>();
  readonly #forEverybody = new Map<CertificatePeer['flavour'], CertificateEntry>();
  readonly #trusts = new Set<TrustAnchors>();
  readonly #types = new Set<CertificateType>();

  /** @throws E2EKeyError OPTION_INVALID naming the entry and the field. */
  constructor(entries: readonly PeerEntry[]) {
    for (const [index, entry] of entries.entries()) {
      const fail = (field: string, problem: string): never =>
        refuse('OPTION_INVALID', `peers.${index}.${field}: ${problem}`);
      if (typeof entry !== 'object' || entry === null)
        refuse('OPTION_INVALID', `peers.${index}: an entry is an object`);
      switch (entry.flavour) {
        case 'raw':
          this.#addRawPublicKey(entry, fail);
          break;
        case 'psk':
          this.#addPresharedKey(entry, fail);
          break;
        default:
          this.#addCertificate(entry, fail);
      }
    }
  }

  #addCertificate(entry: CertificatePeer, fail: Fail): void {
    const peer = certificateEntry(entry, fail);
    this.#trusts.add(peer.trust);
    this.#types.add('x509');
    if (peer.identifier === null) {
      if (this.#forEverybody.has(peer.flavour))
        fail(
          'flavour',
          `a second entry for everybody of flavour ${peer.flavour}; one takes all the trust anchors`,
        );
      this.#forEverybody.set(peer.flavour, peer);
      return;
    }
    const key = `${peer.flavour} ${peer.identifier}`;
    if (this.#named.has(key)) fail('identifier', `${peer.identifier} is in another entry already`);
    this.#named.set(key, peer);
    this.#addToEntity(peer.entity ?? peer.identifier, peer, fail);
  }

  #addRawPublicKey(entry: RawPublicKeyPeer, fail: Fail): void {
    const peer = {
      ...entry,
      ...defaults(entry, fail),
      entity: entityOrNull(entry, fail),
    };
    const key = Buffer.from(readPin(entry.pin, fail).digest).toString('hex');
    if (this.#byDigest.has(key)) fail('pin', `${entry.pin} is in another entry already`);
    this.#byDigest.set(key, peer);
    this.#types.add('raw');
    this.#addToEntity(peer.entity ?? entry.pin, peer, fail);
  }

  #addPresharedKey(entry: PresharedKeyPeer, fail: Fail): void {
    const { pskIdentity } = entry;
    const size = typeof pskIdentity === 'string' ? Buffer.byteLength(pskIdentity) : 0;
    // Lone surrogates would travel as another character than the one that is compared here.
    if (size < 1 || size > maxPskIdentitySize || !pskIdentity.isWellFormed())
      fail('pskIdentity', `1 to ${maxPskIdentitySize} bytes of UTF-8 are possible (RFC 4279 §5.1)`);
    const common = defaults(entry, fail);
    const [role, other] = common.roles;
    if (role === undefined || other !== undefined)
      fail('roles', 'a pre-shared key is for one role of the peer, or it could be reflected (RFC 9257 §4.1)');
    const peer = { ...entry, exportIndicator: common.exportIndicator, entity: entityOrNull(entry, fail) };
    const entity = entityOrNull(entry, fail) ?? pskIdentity;
    // Which of two to send would be a guess; as terminating end-point we can know several, when one is replaced.
    if (
      role === 'terminating' &&
      this.#byEntity.get(entity)?.some(({ roles: [taken] }) => taken === 'terminating')
    )
      fail('pskIdentity', `${entity} is the terminating end-point in another entry with a pre-shared key`);
    if (this.#byPskIdentity.has(pskIdentity))
      fail('pskIdentity', `${JSON.stringify(pskIdentity)} is in another entry already`);
    this.#byPskIdentity.set(pskIdentity, peer);
    this.#addToEntity(peer.entity ?? pskIdentity, peer, fail);
  }

  /** Who has a pre-shared key has no certificate: the weaker of two ways would be the one that counts. */
  #addToEntity(entity: string, peer: Peer, fail: Fail): void {
    const others = this.#byEntity.get(entity);
    if (others === undefined) this.#byEntity.set(entity, [peer]);
    else if (others.some(({ flavour }) => (flavour === 'psk') !== (peer.flavour === 'psk')))
      fail('flavour', `${entity} has a pre-shared key in one entry and another credential in another`);
    else others.push(peer);
  }

  /** Those that may take a role. */
  inRole(role: Role): Peers {
    const all = [...this.#forEverybody.values(), ...[...this.#byEntity.values()].flat()];
    return new Peers(all.filter(({ roles }) => roles.includes(role)));
  }

  /** Does an entry say in so many words that a terminating peer's status is to be looked at? */
  get asksForStatus(): boolean {
    const entries = [...this.#forEverybody.values(), ...this.#named.values()];
    return entries.some(
      ({ roles, revocation }) =>
        roles.includes('terminating') && revocation !== undefined && revocation !== 'off',
    );
  }

  get isEmpty(): boolean {
    return this.#forEverybody.size === 0 && this.#byEntity.size === 0;
  }

  /** What the certificates of the peers hold, without those of entries for everybody. */
  get identifiers(): readonly string[] {
    return [...new Set([...this.#named.values()].flatMap(({ identifier }) => identifier ?? []))];
  }

  /** The trust settings in use. */
  get trusts(): ReadonlySet<TrustAnchors> {
    return this.#trusts;
  }

  /** What the peers authenticate themselves with, other than pre-shared keys; in the order of the entries. */
  get certificateTypes(): readonly CertificateType[] {
    return [...this.#types];
  }

  /** The identities of pre-shared keys, in the order of the entries. */
  get pskIdentities(): readonly string[] {
    return [...this.#byPskIdentity.keys()];
  }

  /**
   * The entries for one entity, in absolute form (`toAbsolute`) or as what stands for an entry without entity, that
   * let it take this role; empty if there are none. An entry for every AE counts for an AE that has no entry of its
   * own.
   */
  forEntity(entity: string, role: Role): Peers {
    const own = this.#byEntity.get(entity);
    if (own !== undefined) return new Peers(own.filter(({ roles }) => roles.includes(role)));
    const everyAe = this.#forEverybody.get('ae-id');
    if (everyAe === undefined || !everyAe.roles.includes(role) || !isAbsoluteAeId(entity))
      return new Peers([]);
    return new Peers([{ ...everyAe, entity, identifier: entity }]);
  }

  /** Is there an entry for this identity in a certificate? An entry for everybody is none. */
  isNamed(flavour: Flavour, id: string): boolean {
    return this.#named.has(`${flavour} ${id}`);
  }

  /**
   * The entries that a certificate fits, best first: empty if none does, and all of one entity.
   *
   * @throws E2EKeyError IDENTITY_MISMATCH for a certificate that names several of our peers: which of them a
   * key would belong to must not be the peer's choice.
   */
  match(certificate: Certificate): readonly CertificateMatch[] {
    const identities = identitiesOf(certificate);
    const named = identities.flatMap(identity => {
      const peer = this.#named.get(`${identity.flavour} ${identity.id}`);
      return peer === undefined ? [] : [{ peer, identity, entity: peer.entity ?? identity.id }];
    });
    const matches =
      named.length > 0
        ? named
        : [...this.#forEverybody.values()].flatMap(peer => this.#matchOpen(peer, certificate, identities));
    const ofOne = ofOneEntity(matches, 'subjectAltName: the certificate names');
    // A name that stands there a thousand times must not make us judge the chain a thousand times.
    return ofOne.filter(
      ({ peer, identity }, index) =>
        index === ofOne.findIndex(other => other.peer === peer && other.identity.form === identity.form),
    );
  }

  /**
   * The entries whose pin is that of a raw public key, the longest pin first.
   *
   * @throws E2EKeyError IDENTITY_MISMATCH as above, for pins of several lengths.
   */
  matchRawPublicKey({ digest }: RawPublicKey): readonly Match<RawPublicKeyEntry>[] {
    // TS-0003 10.1.2: all of SHA-256, or its leftmost 128 or 120 bits.
    const matches = [32, 16, 15].flatMap(size => {
      const peer = this.#byDigest.get(Buffer.from(digest.subarray(0, size)).toString('hex'));
      return peer === undefined ? [] : [{ peer, entity: peer.entity ?? peer.pin }];
    });
    return ofOneEntity(matches, 'subjectPublicKeyInfo: the key is pinned for');
  }

  /** The entry for the identity of a pre-shared key, as its bytes stand in ClientKeyExchange; null if there is none. */
  matchPsk(identity: string): Match<PresharedKeyEntry> | null {
    const peer = this.#byPskIdentity.get(identity);
    return peer === undefined ? null : { peer, entity: peer.entity ?? identity };
  }

  #matchOpen(
    peer: CertificateEntry,
    certificate: Certificate,
    identities: readonly Identity[],
  ): CertificateMatch[] {
    const fitting =
      peer.flavour === 'any'
        ? [identities[0] ?? otherIdentityOf(certificate)].filter(identity => identity !== null)
        : identities.filter(({ flavour }) => flavour === peer.flavour);
    return fitting
      .map(identity => ({ peer, identity, entity: entityOf(identity) }))
      .filter(({ entity }) => !this.#byEntity.has(entity));
  }
}

function ofOneEntity<M extends Match>(matches: readonly M[], what: string): readonly M[] {
  const [first, ...rest] = matches;
  const other = rest.find(({ entity }) => entity !== first?.entity);
  if (first !== undefined && other !== undefined)
    refuse('IDENTITY_MISMATCH', `${what} several peers, ${first.entity} and ${other.entity} among them`);
  return matches;
}

type Fail = (field: string, problem: string) => never;

function certificateEntry(entry: CertificatePeer, fail: Fail): CertificateEntry {
  if (!(entry.trust instanceof TrustAnchors)) fail('trust', 'TrustAnchors are needed');
  const { requireNameConstraints = false, revocation } = entry;
  if (revocation !== undefined && !revocationPolicies.includes(revocation))
    fail('revocation', `${revocationPolicies.join(', ')} are possible`);
  if (typeof requireNameConstraints !== 'boolean')
    fail('requireNameConstraints', 'true and false are possible');
  const known = identification(entry, fail);
  // URNs and hardware modules: they have a colon, and no name that constraints are defined for.
  if (requireNameConstraints && known.identifier?.includes(':'))
    fail(
      'requireNameConstraints',
      `name constraints cannot restrict ${known.identifier} (RFC 5280 4.2.1.10)`,
    );
  return { ...entry, ...known, ...defaults(entry, fail), requireNameConstraints };
}

function defaults({ roles = bothRoles, exportIndicator = 'optional' }: AnyPeer, fail: Fail): Defaults {
  if (roles.length === 0 || !roles.every(role => bothRoles.includes(role)))
    fail('roles', 'initiating, terminating or both are possible');
  if (exportIndicator !== 'required' && exportIndicator !== 'optional')
    fail('exportIndicator', 'required and optional are possible');
  return { roles, exportIndicator };
}

function identification(entry: CertificatePeer, fail: Fail): Pick<CertificateEntry, 'entity' | 'identifier'> {
  const identifier = entry.identifier ?? null;
  if (identifier !== null && typeof identifier !== 'string') fail('identifier', 'a text is needed');
  const entity = entityOrNull(entry, fail);
  switch (entry.flavour) {
    case 'ae-id': {
      // As it is written, since the certificate has to say the same (TS-0003 8.1.2.5).
      const id = identifier ?? entry.entity;
      if (id === null) return { entity, identifier: null };
      if (!isAbsoluteAeId(id))
        return fail('identifier', `${JSON.stringify(id)} is no Absolute-AE-ID (TS-0001 7.2)`);
      const named = toAbsolute(id, id);
      if (entity !== null && entity !== named)
        fail('identifier', `an AE-ID certificate for ${id} names another entity`);
      return { entity: named, identifier: id };
    }
    case 'cse-id':
      if (identifier === null || !isDomainName(identifier))
        return fail('identifier', 'the public domain name of the CSE-ID is needed (TS-0001 6.5.1.1)');
      if (isAe(entity)) fail('flavour', 'an AE has no CSE-ID certificate (TS-0003 10.1.3)');
      return { entity, identifier: identifier.toLowerCase() };
    case 'fqdn':
      if (identifier === null || !isDomainName(identifier))
        return fail('identifier', 'the FQDN of the enrolment or authentication function is needed');
      if (isAe(entity)) fail('flavour', 'an AE has no FQDN certificate (TS-0003 10.1.3)');
      return { entity, identifier: identifier.toLowerCase() };
    case 'node-id':
      if (identifier === null || !(isUrn(identifier) || isObjectIdentifier(identifier)))
        return fail('identifier', 'the Node-ID is needed, a URN or an object identifier (TS-0001 7.1.5)');
      return { entity, identifier };
    case 'device':
      if (identifier === null || !isDeviceId(identifier))
        return fail('identifier', 'the object identifier of the device is needed (TS-0001 annex H)');
      return { entity, identifier };
    case 'any':
      if (entity !== null || identifier !== null)
        fail('flavour', 'any identity, and yet one entity or identifier');
      return { entity, identifier };
    default:
      return fail('flavour', `${certificateFlavours.join(', ')}, raw, psk and any are possible`);
  }
}

/** TS-0003 table 10.1.3-1 says who may have which certificate; AEs are known by the form of their identifier. */
function isAe(entity: string | null): boolean {
  return entity !== null && isAbsoluteAeId(entity);
}

function entityOrNull({ entity }: AnyPeer, fail: Fail): string | null {
  if (entity === null) return null;
  try {
    // Only an absolute form may do without a home to be read in.
    return toAbsolute(entity.startsWith('//') ? entity : '', entity);
  } catch {
    return fail('entity', `${JSON.stringify(entity)} is no absolute CSE-ID or AE-ID (TS-0001 7.2)`);
  }
}

function readPin(pin: string, fail: Fail): PublicKeyIdentifier {
  try {
    return parsePublicKeyIdentifier(pin);
  } catch (error) {
    return fail('pin', error instanceof Error ? error.message : 'no public key identifier');
  }
}

function entityOf({ flavour, id }: Identity): string {
  return flavour === 'ae-id' ? toAbsolute(id, id) : id;
}

const bothRoles: readonly Role[] = ['initiating', 'terminating'];
