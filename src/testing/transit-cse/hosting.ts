// The resources of the transit CSE under the five operations (TS-0004 7.2.2.2, 7.3.3): what is checked in which order,
// and what each operation does. Knows no sockets and no other CSE.
import { type RequestPrimitive, type ResponsePrimitive, respond } from '../../onem2m/primitive.ts';
import { releaseVersions } from '../../onem2m/release-version.ts';
import { responseStatuses } from '../../onem2m/response-status-code.ts';
import { isObject } from '../../onem2m/serialisation/json.ts';
import { longResponse, shortRequest } from '../../onem2m/short-names.ts';
import { readAbsRelTimestamp, readTimestamp } from '../../onem2m/timestamp.ts';
import type { AccessControl } from './access-control.ts';
import type { Deviations } from './deviations.ts';
import type { Reaching } from './reaching.ts';
import { deny } from './refusing.ts';
import type { Registration } from './registration.ts';
import { createdAttributes, updatedAttributes } from './representation.ts';
import { contentSize, instancesIn, type Resource, type ResourceTree, type Target } from './resource-tree.ts';
import { type Attributes, resourceTypes, type TypeName, typeNames } from './resource-types.ts';
import { resultForm } from './result-content.ts';
import { event, type Subscriptions } from './subscriptions.ts';

export interface HostingParts {
  readonly tree: ResourceTree;
  readonly access: AccessControl;
  readonly registration: Registration;
  readonly reaching: Reaching;
  readonly subscriptions: Subscriptions;
  readonly deviations: Deviations;
  readonly verifySubscriptions: boolean;
  readonly now: () => number;
  /** What is done to a request that leaves the CSE, around bringing it there. */
  readonly passOn: (
    request: RequestPrimitive,
    forward: (request: RequestPrimitive) => Promise<ResponsePrimitive>,
  ) => Promise<ResponsePrimitive>;
}

/** Life of a resource whose originator does not limit it, in milliseconds: a year. */
const defaultLifetime = 365 * 24 * 3_600_000;
/** Milliseconds that a long poll waits without a deadline of its own, and with one at most. */
const [pollTime, maxPollTime] = [20_000, 60_000];

const { OK, CREATED, UPDATED, DELETED } = responseStatuses;

export class Hosting {
  readonly #parts: HostingParts;

  constructor(parts: HostingParts) {
    this.#parts = parts;
  }

  /** @param address CSE-relative. Throws what `refusalOf` makes a response of. */
  async answer(
    request: RequestPrimitive,
    address: string,
    signal: AbortSignal | null,
  ): Promise<ResponsePrimitive> {
    const { tree, registration, now } = this.#parts;
    this.#removeEnded();
    checkParameters(request, now());
    // TS-0004 7.4.5.2.1: whoever registers is nobody yet.
    if (request.operation === 'create' && request.resourceType === resourceTypes.ae.number)
      return this.#create(request, found(tree, address).resource, null, signal);
    const originator = registration.originator(request.from);
    const { resource, isPollingUri } = found(tree, address);
    if (isPollingUri) return this.#poll(request, resource, originator, signal);
    switch (request.operation) {
      case 'create':
        return this.#create(request, resource, originator, signal);
      case 'notify':
        return this.#notify(request, resource, originator, signal);
      case 'retrieve':
        return this.#retrieve(request, resource, originator);
      case 'update':
        return this.#update(request, resource, originator);
      case 'delete':
        return this.#delete(request, resource, originator);
    }
  }

  /** Takes away those whose time is over (TS-0001 9.6.1.3.2). */
  #removeEnded(): void {
    const { tree, now } = this.#parts;
    for (const resource of tree.ended(now())) if (tree.has(resource)) this.#remove(resource);
  }

  async #create(
    request: RequestPrimitive,
    parent: Resource,
    registered: string | null,
    signal: AbortSignal | null,
  ): Promise<ResponsePrimitive> {
    const { tree, access, registration, subscriptions, verifySubscriptions, now } = this.#parts;
    const type = this.#typeToCreate(request);
    if (registered !== null) {
      const isAllowed =
        access.allows(registered, 'create', parent) &&
        (type !== 'sub' || access.allows(registered, 'retrieve', parent)) &&
        (type !== 'pch' || parent.type !== 'ae' || parent.creator === registered);
      if (!isAllowed) denyAccess('create', parent);
    }
    if (!resourceTypes[parent.type].children.includes(type))
      return type === 'sub'
        ? deny('TARGET_NOT_SUBSCRIBABLE', `a <${parent.type}> has no subscriptions (TS-0004 7.4.8.2.1)`)
        : deny('INVALID_CHILD_RESOURCE_TYPE', `a <${parent.type}> has no child <${type}> (TS-0004 7.3.3.3)`);
    const resultOf = resultForm('create', request.resultContent);
    const given = createdAttributes(type, request.content);
    const { rn, et, cr, ...attributes } = given;
    this.#checkPolicies(attributes);
    const expires = this.#expiration(et, parent, type);
    if (type === 'pch' && [...parent.children.values()].some(child => child.type === 'pch'))
      deny('CONFLICT', 'the AE has a <pollingChannel>, and can have one (TS-0001 Table 9.6.5-1)');
    const id = type === 'ae' ? registration.stemFor(request.from) : tree.newId(`${type}-`);
    const name = typeof rn === 'string' ? rn : id;
    if (parent.children.has(name))
      deny('CONFLICT', `rn: there is a resource ${name} already (TS-0004 7.3.3.5)`);
    if (type === 'cin') this.#makeRoom(parent, attributes);
    const resource = tree.add(
      parent,
      {
        type,
        id,
        name,
        expires,
        creator: registered ?? registration.absolute(id),
        // TS-0004 7.3.3.5: only if it was asked for, and as From has it.
        attributes: cr === null ? { ...attributes, cr: request.from } : attributes,
      },
      now(),
    );
    if (type === 'cin') resource.changes = ++parent.changes;
    if (type === 'sub' && verifySubscriptions)
      try {
        await subscriptions.verify(resource, request.from ?? '', signal);
      } catch (error) {
        if (tree.has(resource)) tree.remove(resource);
        throw error;
      }
    subscriptions.tell(parent, event.createChild, resource);
    return respond(request, CREATED.rsc, resultOf(resource, given));
  }

  #typeToCreate({ resourceType }: RequestPrimitive): TypeName {
    if (resourceType === undefined) return deny('BAD_REQUEST', 'Resource Type is missing (TS-0004 7.3.2.1)');
    const type = typeNames.find(name => resourceTypes[name].number === resourceType);
    if (type === undefined || (type === 'pch' && this.#parts.deviations.has('noPollingChannel')))
      return deny('NOT_IMPLEMENTED', `this CSE has no resource type ${resourceType} (TS-0004 7.3.3.3)`);
    return type;
  }

  #checkPolicies({ acpi }: Attributes): void {
    if (Array.isArray(acpi) && acpi.some(address => this.#parts.access.policyAt(address) === null))
      deny('BAD_REQUEST', 'acpi names something else than an <accessControlPolicy> of this CSE');
  }

  /** No later than that of the parent (TS-0004 7.3.3.3). */
  #expiration(et: unknown, parent: Resource, type: TypeName): number {
    const now = this.#parts.now();
    const given = typeof et === 'string' ? readTimestamp(et)?.getTime() : now + defaultLifetime;
    if (given === undefined || given <= now)
      return deny('BAD_REQUEST', `m2m:${type}.et is no time in the future (TS-0004 7.3.3.3)`);
    const { mia } = parent.attributes;
    const oldest = type === 'cin' && typeof mia === 'number' ? now + mia * 1000 : Infinity;
    return Math.min(given, parent.expires, oldest);
  }

  /** TS-0004 7.4.7.2.1: the oldest instances go, and nobody is told. */
  #makeRoom(container: Resource, attributes: Attributes): void {
    const { mni = Infinity, mbs = Infinity } = container.attributes as { mni?: number; mbs?: number };
    const size = contentSize({ attributes });
    if (size > mbs || mni < 1)
      deny('NOT_ACCEPTABLE', 'the content is larger than mbs of the container, or mni is 0');
    const instances = instancesIn(container);
    let bytes = mbs === Infinity ? 0 : instances.reduce((sum, instance) => sum + contentSize(instance), 0);
    for (let count = instances.length; count >= mni || bytes + size > mbs; count--) {
      const oldest = instances.shift();
      if (oldest === undefined) return;
      bytes -= contentSize(oldest);
      this.#parts.tree.remove(oldest);
    }
  }

  #retrieve(request: RequestPrimitive, resource: Resource, originator: string): ResponsePrimitive {
    if (!this.#parts.access.allows(originator, 'retrieve', resource)) denyAccess('retrieve', resource);
    return respond(request, OK.rsc, resultForm('retrieve', request.resultContent)(resource, {}));
  }

  #update(request: RequestPrimitive, resource: Resource, originator: string): ResponsePrimitive {
    const { tree, access, subscriptions, now } = this.#parts;
    const { type, parent } = resource;
    // TS-0004 7.4.7.2.3, 7.4.3.2.3.
    if (type === 'cin' || parent === null)
      return deny('OPERATION_NOT_ALLOWED', `a <${type}> cannot be updated`);
    const content = isObject(request.content) ? request.content[`m2m:${type}`] : undefined;
    const isAllowed =
      isObject(content) && 'acpi' in content
        ? access.allowsPolicyChange(originator, resource)
        : access.allows(originator, 'update', resource);
    if (!isAllowed) denyAccess('update', resource);
    const resultOf = resultForm('update', request.resultContent);
    const given = updatedAttributes(type, request.content);
    const { et, ...changed } = given;
    this.#checkPolicies(changed);
    const expires = et === undefined ? resource.expires : this.#expiration(et, parent, type);
    if ([...resource.children.values()].some(child => child.expires > expires))
      deny('BAD_REQUEST', `m2m:${type}.et is before that of a child (TS-0004 7.3.3.4)`);
    const attributes = Object.entries({ ...resource.attributes, ...changed }).filter(
      ([, value]) => value !== null,
    );
    tree.update(resource, Object.fromEntries(attributes), expires, now());
    subscriptions.tell(resource, event.update, resource);
    return respond(request, UPDATED.rsc, resultOf(resource, given));
  }

  #delete(request: RequestPrimitive, resource: Resource, originator: string): ResponsePrimitive {
    if (resource.parent === null) return deny('OPERATION_NOT_ALLOWED', 'a <CSEBase> cannot be deleted');
    if (!this.#parts.access.allows(originator, 'delete', resource)) denyAccess('delete', resource);
    const content = resultForm('delete', request.resultContent)(resource, {});
    this.#remove(resource);
    return respond(request, DELETED.rsc, content);
  }

  #remove(resource: Resource): void {
    const { tree, reaching, subscriptions } = this.#parts;
    subscriptions.tell(resource, event.delete, resource);
    for (const channel of [resource, ...resource.children.values()].filter(({ type }) => type === 'pch'))
      reaching.channelOf(channel).close();
    tree.remove(resource);
    if (resource.parent !== null) subscriptions.tell(resource.parent, event.deleteChild, resource);
  }

  /** TS-0004 7.3.3.9. */
  async #notify(
    request: RequestPrimitive,
    resource: Resource,
    originator: string,
    signal: AbortSignal | null,
  ): Promise<ResponsePrimitive> {
    const { access, reaching, passOn } = this.#parts;
    if (resource.type === 'cb')
      return deny('NOT_IMPLEMENTED', 'this CSE does nothing with a NOTIFY for itself (TS-0004 7.3.3.9.2)');
    if (resource.type !== 'ae') return deny('OPERATION_NOT_ALLOWED', `a <${resource.type}> takes no NOTIFY`);
    if (!access.allows(originator, 'notify', resource)) denyAccess('notify', resource);
    return passOn(request, outgoing => reaching.reach(resource, outgoing, signal));
  }

  /** `<pollingChannelURI>` (TS-0004 7.4.22): RETRIEVE brings a request, NOTIFY takes its response back. */
  async #poll(
    request: RequestPrimitive,
    resource: Resource,
    originator: string,
    signal: AbortSignal | null,
  ): Promise<ResponsePrimitive> {
    const { operation, content } = request;
    if (operation !== 'retrieve' && operation !== 'notify')
      return deny('OPERATION_NOT_ALLOWED', `a <pollingChannelURI> takes no ${operation} (TS-0004 7.4.22.2)`);
    if (resource.creator !== originator) denyAccess(operation, resource);
    const channel = this.#parts.reaching.channelOf(resource);
    if (operation === 'notify') {
      if (!isObject(content) || content['m2m:rsp'] === undefined)
        return deny('BAD_REQUEST', 'the content is no m2m:rsp (TS-0004 7.5.1.2.7)');
      return channel.answer(longResponse(content))
        ? respond(request, OK.rsc)
        : deny('BAD_REQUEST', 'm2m:rsp.rqi is that of no request which waits for its response');
    }
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.#pollTime(request));
    try {
      const waiting = await channel.poll(
        signal === null ? late.signal : AbortSignal.any([late.signal, signal]),
      );
      return waiting === null
        ? deny('REQUEST_TIMEOUT', 'no request came through the polling channel in time (TS-0004 7.4.22.2.2)')
        : respond(request, OK.rsc, { 'm2m:rqp': shortRequest(waiting) });
    } finally {
      clearTimeout(timer);
    }
  }

  #pollTime({ requestExpirationTimestamp: expiration }: RequestPrimitive): number {
    const now = this.#parts.now();
    const until = expiration === undefined ? null : readAbsRelTimestamp(expiration, now);
    return until === null ? pollTime : Math.min(until - now, maxPollTime);
  }
}

function found(tree: ResourceTree, address: string): Target {
  return tree.find(address) ?? deny('NOT_FOUND', `${address.slice(0, 200)} leads to no resource of this CSE`);
}

/** TS-0004 7.3.2.1. */
function checkParameters(request: RequestPrimitive, now: number): void {
  const { responseType, releaseVersionIndicator: release, requestExpirationTimestamp: expiration } = request;
  if (release !== undefined && !releaseVersions.some(known => known === release))
    deny(
      'RELEASE_VERSION_NOT_SUPPORTED',
      `Release Version Indicator is none of ${releaseVersions.join(', ')}`,
    );
  if (expiration !== undefined) {
    const expires = readAbsRelTimestamp(expiration, now);
    if (expires === null) deny('BAD_REQUEST', 'Request Expiration Timestamp is no time (TS-0004 6.3.3)');
    else if (expires <= now) deny('REQUEST_TIMEOUT', 'Request Expiration Timestamp has passed');
  }
  const { responseTypeValue = 3 } = responseType ?? {};
  if (responseTypeValue === 1)
    deny('NON_BLOCKING_SYNCH_REQUEST_NOT_SUPPORTED', 'this CSE has no <request> resources (TS-0004 7.3.2.2)');
  if (responseTypeValue !== 3 && responseTypeValue !== 4)
    deny('NOT_IMPLEMENTED', 'Response Type is neither blocking nor flexible; this CSE has nothing else');
}

function denyAccess(operation: string, { name }: Resource): never {
  return deny('ORIGINATOR_HAS_NO_PRIVILEGE', `no policy lets From ${operation} ${name} (TS-0004 7.3.3.15)`);
}
