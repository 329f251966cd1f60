// What of a resource a response holds: the parameter Result Content (TS-0004 6.3.4.2.7, TS-0001 Table 8.1.2-1).
import type { Operation } from '../../onem2m/primitive.ts';
import { deny } from './refusing.ts';
import { addressOf, attributesOf, type Resource } from './resource-tree.ts';
import { type Attributes, resourceTypes } from './resource-types.ts';

/** By value: what the content is, and for which operations. */
const forms: Readonly<
  Record<
    number,
    { readonly for: readonly Operation[]; readonly of: (resource: Resource, given: Attributes) => unknown }
  >
> = {
  0: { for: ['create', 'update', 'delete'], of: () => undefined },
  1: { for: ['create', 'retrieve', 'update', 'delete'], of: whole },
  2: { for: ['create'], of: resource => ({ 'm2m:uri': addressOf(resource) }) },
  3: { for: ['create'], of: resource => ({ 'm2m:rce': { uri: addressOf(resource), ...whole(resource) } }) },
  4: {
    for: ['retrieve'],
    of: resource => named(resource, { ...attributesOf(resource), ...childrenOf(resource) }),
  },
  5: {
    for: ['retrieve'],
    of: resource => named(resource, { ...attributesOf(resource), ch: referencesIn(resource) }),
  },
  6: { for: ['retrieve'], of: resource => ({ 'm2m:rrl': { rrf: referencesIn(resource) } }) },
  8: { for: ['retrieve'], of: resource => named(resource, childrenOf(resource)) },
  9: {
    for: ['create', 'update'],
    of: (resource, given) =>
      named(
        resource,
        Object.fromEntries(
          Object.entries(attributesOf(resource)).filter(([name, value]) => !Object.is(given[name], value)),
        ),
      ),
  },
};

/** Denies with BAD_REQUEST what the operation has not; asked before anything is done. */
export function resultForm(operation: Operation, resultContent: number | undefined) {
  const value = resultContent ?? (operation === 'delete' ? 0 : 1);
  const form = forms[value];
  return form?.for.includes(operation)
    ? form.of
    : deny('BAD_REQUEST', `rcn ${value} is none that this CSE has for ${operation} (TS-0001 Table 8.1.2-1)`);
}

function whole(resource: Resource): Attributes {
  return named(resource, attributesOf(resource));
}

function named({ type }: Resource, attributes: Attributes): Attributes {
  return { [`m2m:${type}`]: attributes };
}

function referencesIn({ children }: Resource): unknown[] {
  return [...children.values()].map(child => ({
    nm: child.name,
    typ: resourceTypes[child.type].number,
    val: addressOf(child),
  }));
}

/** All descendants, lists of one type each (TS-0004 8.4.2). */
function childrenOf({ children }: Resource): Attributes {
  const lists = Object.groupBy(children.values(), ({ type }) => `m2m:${type}`);
  return Object.fromEntries(
    Object.entries(lists).map(([member, list = []]) => [
      member,
      list.map(child => ({ ...attributesOf(child), ...childrenOf(child) })),
    ]),
  );
}
