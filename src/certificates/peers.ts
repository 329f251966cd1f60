// The peers with whom keys may be made, default deny (TS-0003 8.1.2.4), and which of them a certificate names.
// Knows identities as text; whether a certificate may carry them is path.ts.
import { refuse } from '../errors.ts';
import { isDomainName, toAbsolute } from '../identifiers/entity.ts';
import type { Certificate } from './certificate.ts';
import { type Identity, identitiesOf, isAbsoluteAeId, otherIdentityOf } from './flavours.ts';
import { TrustAnchors } from './trust-anchors.ts';

/** The two ends of the E2EKey procedure (TS-0003 8.7). */
export type Role = 'initiating' | 'terminating';

/** One peer, or by an explicit choice all those whom the anchors vouch for. */
export interface PeerEntry {
  /**
   * The absolute identifier that keys are bound to. Null takes the identity in the certificate: every AE
   * (`ae-id`), or for the lab the domain name (`cse-id` with an identifier) or anything (`any`).
   */
  readonly entity: string | null;
  /** What kind of certificate the peer has. `any` is for the lab and has neither entity nor identifier. */
  readonly flavour: 'ae-id' | 'cse-id' | 'any';
  /** `ae-id`: the Absolute-AE-ID, `entity` if absent. `cse-id`: the public domain name of the CSE-ID, mandatory. */
  readonly identifier?: string | null;
  readonly trust: TrustAnchors;
  /** The roles that the peer may take; both if absent. */
  readonly roles?: readonly Role[];
  readonly exportIndicator?: 'required' | 'optional';
  /** Refuse a peer whose name no authority above is restricted to (TS-0003 8.1.2.2: "shall include"). */
  readonly requireNameConstraints?: boolean;
}

/** A peer entry with its defaults filled in. */
interface Peer extends Required<PeerEntry> {
  /** As a certificate of this flavour has to hold it; null for everybody. */
  readonly identifier: string | null;
}

/** A peer and the identity in a certificate that fits it. */
export interface Match {
  readonly peer: Peer;
  readonly identity: Identity;
  /** What keys are bound to. */
  readonly entity: string;
}

/**
 * Finds peers by identity in constant time.
 *
 * An entry that names an entity decides about that entity alone: an entry for everybody never lets in, under
 * other anchors or in another role, somebody who has an entry.
 */
export class Peers {
  readonly #named = new Map<string, Peer>();
  readonly #byEntity = new Map<string, Peer[]>();
  readonly #forEverybody = new Map<PeerEntry['flavour'], Peer>();
  readonly #trusts = new Set<TrustAnchors>();

  /** @throws E2EKeyError OPTION_INVALID naming the entry and the field. */
  constructor(entries: readonly PeerEntry[]) {
    for (const [index, entry] of entries.entries()) {
      const fail = (field: string, problem: string): never =>
        refuse('OPTION_INVALID', `peers.${index}.${field}: ${problem}`);
      const peer = normalise(entry, fail);
      this.#trusts.add(peer.trust);
      if (peer.identifier === null) {
        if (this.#forEverybody.has(peer.flavour))
          fail(
            'flavour',
            `a second entry for everybody of flavour ${peer.flavour}; one takes all the trust anchors`,
          );
        this.#forEverybody.set(peer.flavour, peer);
        continue;
      }
      const key = `${peer.flavour} ${peer.identifier}`;
      if (this.#named.has(key)) fail('identifier', `${peer.identifier} is in another entry already`);
      this.#named.set(key, peer);
      const entity = peer.entity ?? peer.identifier;
      const others = this.#byEntity.get(entity);
      if (others === undefined) this.#byEntity.set(entity, [peer]);
      else others.push(peer);
    }
  }

  get isEmpty(): boolean {
    return this.#trusts.size === 0;
  }

  /** The trust settings in use. */
  get trusts(): ReadonlySet<TrustAnchors> {
    return this.#trusts;
  }

  /**
   * The entries for one entity, in absolute form (`toAbsolute`) or as the domain name of an entry without
   * entity, that let it take this role; empty if there are none. An entry for every AE counts for an AE that has
   * no entry of its own.
   */
  forEntity(entity: string, role: Role): Peers {
    const own = this.#byEntity.get(entity);
    if (own !== undefined) return new Peers(own.filter(({ roles }) => roles.includes(role)));
    const everyAe = this.#forEverybody.get('ae-id');
    if (everyAe === undefined || !everyAe.roles.includes(role) || !isAbsoluteAeId(entity))
      return new Peers([]);
    return new Peers([{ ...everyAe, entity, identifier: entity }]);
  }

  /**
   * The entries that a certificate fits, best first: empty if none does, and all of one entity.
   *
   * @throws E2EKeyError IDENTITY_MISMATCH for a certificate that names several of our peers: which of them a
   * key would belong to must not be the peer's choice.
   */
  match(certificate: Certificate): readonly Match[] {
    const identities = identitiesOf(certificate);
    const named = identities.flatMap(identity => {
      const peer = this.#named.get(`${identity.flavour} ${identity.id}`);
      return peer === undefined ? [] : [{ peer, identity, entity: peer.entity ?? identity.id }];
    });
    const matches =
      named.length > 0
        ? named
        : [...this.#forEverybody.values()].flatMap(peer => this.#matchOpen(peer, certificate, identities));
    const [first, ...rest] = matches;
    const other = rest.find(({ entity }) => entity !== first?.entity);
    if (first !== undefined && other !== undefined)
      refuse(
        'IDENTITY_MISMATCH',
        `subjectAltName: the certificate names several peers, ${first.entity} and ${other.entity} among them`,
      );
    return matches;
  }

  #matchOpen(peer: Peer, certificate: Certificate, identities: readonly Identity[]): Match[] {
    const fitting =
      peer.flavour === 'any'
        ? [identities[0] ?? otherIdentityOf(certificate)].filter(identity => identity !== null)
        : identities.filter(({ flavour }) => flavour === peer.flavour);
    return fitting
      .map(identity => ({ peer, identity, entity: entityOf(identity) }))
      .filter(({ entity }) => !this.#byEntity.has(entity));
  }
}

type Fail = (field: string, problem: string) => never;

function normalise(entry: PeerEntry, fail: Fail): Peer {
  if (!(entry.trust instanceof TrustAnchors)) fail('trust', 'TrustAnchors are needed');
  const roles = entry.roles ?? bothRoles;
  if (roles.length === 0 || !roles.every(role => bothRoles.includes(role)))
    fail('roles', 'initiating, terminating or both are possible');
  const { exportIndicator = 'optional', requireNameConstraints = false } = entry;
  if (exportIndicator !== 'required' && exportIndicator !== 'optional')
    fail('exportIndicator', 'required and optional are possible');
  if (typeof requireNameConstraints !== 'boolean')
    fail('requireNameConstraints', 'true and false are possible');
  return { ...entry, ...identification(entry, fail), roles, exportIndicator, requireNameConstraints };
}

function identification(entry: PeerEntry, fail: Fail): Pick<Peer, 'entity' | 'identifier'> {
  const identifier = entry.identifier ?? null;
  const entity = entry.entity === null ? null : absolute(entry.entity, fail);
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
      return { entity, identifier: identifier.toLowerCase() };
    case 'any':
      if (entity !== null || identifier !== null)
        fail('flavour', 'any identity, and yet one entity or identifier');
      return { entity, identifier };
    default:
      return fail('flavour', 'ae-id, cse-id and any are possible');
  }
}

function absolute(entity: string, fail: Fail): string {
  try {
    // Only an absolute form may do without a home to be read in.
    return toAbsolute(entity.startsWith('//') ? entity : '', entity);
  } catch {
    return fail('entity', `${JSON.stringify(entity)} is no absolute CSE-ID or AE-ID (TS-0001 7.2)`);
  }
}

function entityOf({ flavour, id }: Identity): string {
  return flavour === 'ae-id' ? toAbsolute(id, id) : id;
}

const bothRoles: readonly Role[] = ['initiating', 'terminating'];
