// Who sends a request, and under what AE-ID an AE is registered (TS-0004 7.3.2.1, TS-0001 10.2.2.2). There are no
// security associations here: an AE that is registered is believed, and so is what came from another CSE.
import { toAbsolute } from '../../identifiers/entity.ts';
import type { Deviations } from './deviations.ts';
import { deny } from './refusing.ts';
import type { ResourceTree } from './resource-tree.ts';

export class Registration {
  readonly #tree: ResourceTree;
  /** Absolute-CSE-ID. */
  readonly #id: string;
  readonly #deviations: Deviations;

  constructor(tree: ResourceTree, id: string, deviations: Deviations) {
    this.#tree = tree;
    this.#id = id;
    this.#deviations = deviations;
  }

  /** The originator of a request to a resource here, absolute. */
  originator(from: string | undefined): string {
    if (from === undefined) return deny('BAD_REQUEST', 'From is missing (TS-0004 7.3.2.1)');
    const absolute = toAbsolute(from, this.#id);
    const stem = absolute.slice(absolute.lastIndexOf('/') + 1);
    const known = this.#tree.byId(stem);
    const isRegistered = known?.type === 'ae' && known.creator === absolute;
    const isOurs = !from.startsWith('/') || absolute === `${this.#id}/${stem}`;
    if (isOurs && !isRegistered)
      deny('ORIGINATOR_NOT_AUTHENTICATED', `From is ${stem}, and no such AE is registered (TS-0004 7.3.2.1)`);
    if (isRegistered && from !== stem)
      deny('BAD_REQUEST', 'From of an AE that is registered here is its AE-ID-Stem (TS-0004 7.3.2.1)');
    return absolute;
  }

  /** The AE-ID-Stem for an AE that registers with this From (TS-0001 10.2.2.2, step 002). */
  stemFor(from: string | undefined): string {
    const wanted = from ?? 'C';
    if (!/^[CS][A-Za-z0-9._~-]{0,200}$/.test(wanted))
      return deny('BAD_REQUEST', 'From of an AE that registers is an AE-ID-Stem, C or S (TS-0001 10.2.2.2)');
    if (wanted.length === 1) return this.#tree.newId(wanted);
    if (this.#tree.byId(wanted) !== null)
      return deny('ORIGINATOR_HAS_ALREADY_REGISTERED', `${wanted} is registered (TS-0004 7.4.5.2.1)`);
    return this.#deviations.has('aeIdAssigned') ? this.#tree.newId('C') : wanted;
  }

  absolute(stem: string): string {
    return toAbsolute(stem, this.#id);
  }
}
