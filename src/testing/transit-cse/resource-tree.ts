// The resources of the transit CSE: where each is in the tree, how it is found by its address within the CSE, when it
// ends. Knows no request, no originator's rights and no attribute but those that the tree itself gives.
import { writeTimestamp } from '../../onem2m/timestamp.ts';
import { deny } from './refusing.ts';
import { type Attributes, resourceTypes, type TypeName } from './resource-types.ts';

export interface Resource {
  readonly type: TypeName;
  /** Unstructured-CSE-relative-Resource-ID (TS-0001 7.2); the AE-ID-Stem for an `<AE>`. */
  readonly id: string;
  readonly name: string;
  readonly parent: Resource | null;
  /** By name, oldest first. */
  readonly children: Map<string, Resource>;
  /** Who created it, absolute: without accessControlPolicyIDs only he has access (TS-0001 9.6.1.3.2). */
  readonly creator: string;
  readonly created: number;
  modified: number;
  /** Milliseconds since 1970. */
  expires: number;
  /** Number of changes (stateTag), of those types that count them. */
  changes: number;
  /** What originators gave, under short names, without `rn` and `et`. */
  attributes: Attributes;
}

/** What an address leads to: a resource, or its virtual child `pcu`. */
export interface Target {
  readonly resource: Resource;
  readonly isPollingUri: boolean;
}

type NewResource = Pick<Resource, 'type' | 'id' | 'name' | 'creator' | 'expires' | 'attributes'>;

/** Resources at once, and bytes of all their attributes: enough for any test, and bounded for a demonstration. */
const [maxResources, maxBytes] = [20_000, 64 * 1024 * 1024];
/** Containers in containers: removal goes down to the last. */
const maxDepth = 16;

export class ResourceTree {
  readonly base: Resource;
  readonly #hasDash: boolean;
  readonly #byId = new Map<string, Resource>();
  #bytes = 0;
  #nextEnd = Infinity;
  #ids = 0;

  /** @param options the resource name of the `<CSEBase>`, its attributes, and whether `-` stands for it */
  constructor(options: { name: string; id: string; attributes: Attributes; now: number; hasDash: boolean }) {
    const { name, id, attributes, now, hasDash } = options;
    this.#hasDash = hasDash;
    this.base = {
      type: 'cb',
      id: 'cb',
      name,
      parent: null,
      children: new Map(),
      creator: id,
      created: now,
      modified: now,
      expires: Infinity,
      changes: 0,
      attributes,
    };
    this.#byId.set(this.base.id, this.base);
  }

  /**
   * What is at a CSE-relative address, structured or unstructured (TS-0001 7.2), null for nothing. `<latest>` and
   * `<oldest>` are the instances themselves.
   */
  find(address: string): Target | null {
    const [first = '', ...names] = address.split('/');
    const isStructured = first === this.base.name || (first === '-' && this.#hasDash);
    const start = isStructured ? this.base : this.#byId.get(first);
    if (start === undefined) return null;
    let target: Target = { resource: start, isPollingUri: false };
    for (const name of names) {
      // Behind an unstructured Resource-ID only the name of a virtual resource may follow (TS-0001 Table 7.2-1).
      const next = isStructured ? this.#below(target, name) : virtualChild(target, name);
      if (next === null) return null;
      target = next;
    }
    return target;
  }

  byId(id: string): Resource | null {
    return this.#byId.get(id) ?? null;
  }

  /** An identifier that no resource has. */
  newId(prefix: string): string {
    for (;;) {
      const id = `${prefix}${++this.#ids}`;
      if (!this.#byId.has(id)) return id;
    }
  }

  /** The name must be free: see `children`. */
  add(parent: Resource, given: NewResource, now: number): Resource {
    const size = sizeOf(given.attributes);
    if (this.#byId.size >= maxResources || this.#bytes + size > maxBytes)
      deny('NOT_ACCEPTABLE', 'this CSE holds no more resources');
    if (depthOf(parent) >= maxDepth) deny('NOT_ACCEPTABLE', `resources are nested ${maxDepth} levels deep`);
    const resource: Resource = {
      ...given,
      parent,
      children: new Map(),
      created: now,
      modified: now,
      changes: 0,
    };
    parent.children.set(resource.name, resource);
    this.#byId.set(resource.id, resource);
    this.#bytes += size;
    this.#nextEnd = Math.min(this.#nextEnd, resource.expires);
    return resource;
  }

  update(resource: Resource, attributes: Attributes, expires: number, now: number): void {
    const growth = sizeOf(attributes) - sizeOf(resource.attributes);
    if (this.#bytes + growth > maxBytes) deny('NOT_ACCEPTABLE', 'this CSE holds no more attributes');
    this.#bytes += growth;
    resource.attributes = attributes;
    resource.expires = expires;
    resource.modified = now;
    resource.changes++;
    this.#nextEnd = Math.min(this.#nextEnd, expires);
  }

  /** With all that is below it (TS-0004 7.3.3.8). */
  remove(resource: Resource): void {
    for (const child of resource.children.values()) this.remove(child);
    resource.parent?.children.delete(resource.name);
    this.#byId.delete(resource.id);
    this.#bytes -= sizeOf(resource.attributes);
  }

  has(resource: Resource): boolean {
    return this.#byId.get(resource.id) === resource;
  }

  /** Those whose expirationTime has passed, the upper ones first (TS-0001 9.6.1.3.2). */
  ended(now: number): readonly Resource[] {
    if (now < this.#nextEnd) return [];
    const all = [...this.#byId.values()];
    const ended = all.filter(({ expires }) => expires <= now);
    this.#nextEnd = all.reduce(
      (end, { expires }) => (expires > now ? Math.min(end, expires) : end),
      Infinity,
    );
    return ended;
  }

  /** Structured addresses of everything but the `<CSEBase>`. */
  addresses(): string[] {
    return [...this.#byId.values()].filter(({ parent }) => parent !== null).map(addressOf);
  }

  #below({ resource, isPollingUri }: Target, name: string): Target | null {
    const child = isPollingUri ? undefined : resource.children.get(name);
    return child === undefined
      ? virtualChild({ resource, isPollingUri }, name)
      : { resource: child, isPollingUri: false };
  }
}

/** Structured-CSE-relative-Resource-ID (TS-0001 7.2). */
export function addressOf(resource: Resource): string {
  return resource.parent === null ? resource.name : `${addressOf(resource.parent)}/${resource.name}`;
}

/** Oldest first. */
export function instancesIn(container: Resource): Resource[] {
  return [...container.children.values()].filter(({ type }) => type === 'cin');
}

/** contentSize (TS-0004 7.4.7.2.1): bytes of the content, as text. */
export function contentSize({ attributes: { con } }: Pick<Resource, 'attributes'>): number {
  return Buffer.byteLength(typeof con === 'string' ? con : (JSON.stringify(con) ?? ''));
}

/** All attributes, the CSE's own with them, as the value of the resource's member. */
export function attributesOf(resource: Resource): Attributes {
  const { type, id, name, parent, created, modified, expires, changes, attributes } = resource;
  return {
    rn: name,
    ty: resourceTypes[type].number,
    ri: id,
    ...(parent !== null && { pi: parent.id }),
    ct: writeTimestamp(new Date(created)),
    lt: writeTimestamp(new Date(modified)),
    ...(expires !== Infinity && { et: writeTimestamp(new Date(expires)) }),
    ...((type === 'cnt' || type === 'cin') && { st: changes }),
    ...attributes,
    ...(type === 'ae' && { aei: id }),
    ...(type === 'cin' && { cs: contentSize(resource) }),
    ...(type === 'cnt' && sizesOf(resource)),
  };
}

function sizesOf(container: Resource): Attributes {
  const instances = instancesIn(container);
  return { cni: instances.length, cbs: instances.reduce((sum, instance) => sum + contentSize(instance), 0) };
}

function virtualChild({ resource, isPollingUri }: Target, name: string): Target | null {
  if (isPollingUri) return null;
  if (resource.type === 'pch' && name === 'pcu') return { resource, isPollingUri: true };
  if (resource.type !== 'cnt' || (name !== 'la' && name !== 'ol')) return null;
  const instance = instancesIn(resource).at(name === 'la' ? -1 : 0);
  return instance === undefined ? null : { resource: instance, isPollingUri: false };
}

function depthOf(resource: Resource): number {
  return resource.parent === null ? 0 : 1 + depthOf(resource.parent);
}

function sizeOf(attributes: Attributes): number {
  return Buffer.byteLength(JSON.stringify(attributes));
}
