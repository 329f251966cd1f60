// May this originator do this to this resource? The evaluation of `<accessControlPolicy>` (TS-0004 7.3.3.15), and the
// default where a resource has none (TS-0001 9.6.1.3.2). Originators are absolute and believed: nobody is authenticated.
import type { Operation } from '../../onem2m/primitive.ts';
import { isObject } from '../../onem2m/serialisation/json.ts';
import type { Deviations } from './deviations.ts';
import type { Resource, ResourceTree } from './resource-tree.ts';
import type { Attributes } from './resource-types.ts';

/** TS-0004 6.3.4.2.29; 32, DISCOVERY, is for what this CSE has not. */
const bits: Readonly<Record<Operation, number>> = {
  create: 1,
  retrieve: 2,
  update: 4,
  delete: 8,
  notify: 16,
};

export class AccessControl {
  readonly #tree: ResourceTree;
  /** Our own identity, Absolute-CSE-ID: in its scope relative originators are read. */
  readonly #id: string;
  readonly #deviations: Deviations;

  constructor(tree: ResourceTree, id: string, deviations: Deviations) {
    this.#tree = tree;
    this.#id = id;
    this.#deviations = deviations;
  }

  allows(originator: string, operation: Operation, resource: Resource): boolean {
    const { type, parent, attributes } = resource;
    // TS-0001 9.6.7: a `<contentInstance>` has the policies of its container.
    if (type === 'cin' && parent !== null) return this.allows(originator, operation, parent);
    // TS-0004 7.4.21.2: nobody but the AE whose channel it is.
    if (type === 'pch') return parent?.creator === originator;
    if (type === 'acp') return this.#permits(attributes.pvs, originator, operation);
    // The policy of the system for its root, which nobody can change or delete: everybody looks, and makes his own
    // resources there.
    if (type === 'cb') return true;
    const policies = this.#policiesOf(resource);
    if (policies === null)
      return resource.creator === originator && (type === 'ae' || !this.#deviations.has('policyRequired'));
    return policies.some(policy => this.#permits(policy.attributes.pv, originator, operation));
  }

  /** May he change which policies apply? The present policies say so themselves (TS-0001 9.6.1.3.2). */
  allowsPolicyChange(originator: string, resource: Resource): boolean {
    const policies = this.#policiesOf(resource);
    if (policies === null) return this.allows(originator, 'update', resource);
    return policies.some(policy => this.#permits(policy.attributes.pvs, originator, 'update'));
  }

  /** The `<accessControlPolicy>` at an address of this CSE, null if there is none. */
  policyAt(address: unknown): Resource | null {
    if (typeof address !== 'string') return null;
    const own = [`${this.#id}/`, `${this.#id.replace(/^\/\/[^/]+/, '')}/`].find(prefix =>
      address.startsWith(prefix),
    );
    const resource = this.#tree.find(address.slice(own?.length ?? 0))?.resource;
    return resource?.type === 'acp' ? resource : null;
  }

  /** Null where the resource names no policies; a policy that has gone permits nothing. */
  #policiesOf({ attributes: { acpi } }: Resource): readonly Resource[] | null {
    return Array.isArray(acpi) ? acpi.flatMap(address => this.policyAt(address) ?? []) : null;
  }

  #permits(rules: unknown, originator: string, operation: Operation): boolean {
    const { acr } = isObject(rules) ? rules : {};
    return (
      Array.isArray(acr) &&
      acr.some(
        ({ acor, acop }: Attributes) =>
          (Number(acop) & bits[operation]) !== 0 &&
          Array.isArray(acor) &&
          acor.some(entry => this.#means(entry, originator)),
      )
    );
  }

  /** TS-0004 Table 7.3.3.15-1: everybody, a domain, a CSE-ID or AE-ID in any form, with wildcards. */
  #means(entry: unknown, originator: string): boolean {
    if (typeof entry !== 'string') return false;
    if (entry === 'all' || entry === '*') return true;
    const domain = this.#id.replace(/(?<=^\/\/[^/]+)\/.*$/, '');
    const absolute = entry.startsWith('//')
      ? entry.replace(/^\/\/[^/]+/, host => host.toLowerCase())
      : entry.startsWith('/')
        ? domain + entry
        : `${entry.startsWith('S') ? domain : this.#id}/${entry}`;
    return /^\/\/[^/]+$/.test(absolute)
      ? matches(absolute, originator.replace(/(?<=^\/\/[^/]+)\/.*$/, ''))
      : matches(absolute, originator);
  }
}

/** `*` stands for any text. Without a regular expression: the pattern is an originator's, and its time would be too. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
