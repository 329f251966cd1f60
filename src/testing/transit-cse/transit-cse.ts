// A stand-in for the CSEs between two end-points: keeps resources, passes requests on to the next hop, and can be told
// to do both badly. No CSE for production, and not to be made one: it authenticates nobody and believes every From,
// has no security associations, forgets everything with the process, and listens on the loopback interface alone.
import { parseAbsolute, toAbsolute } from '../../identifiers/entity.ts';
import type { HopOptions } from '../../onem2m/http-sender.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal } from '../../onem2m/primitive.ts';
import { releaseVersions } from '../../onem2m/release-version.ts';
import { serialisations } from '../../onem2m/serialisation/serialisation.ts';
import { AccessControl } from './access-control.ts';
import type { Deviation } from './deviations.ts';
import { Hosting } from './hosting.ts';
import { httpDelivery, listen, type Tap } from './http.ts';
import { type Passage, Passages, type Script } from './mischief.ts';
import { type Deliver, Outbox } from './outgoing.ts';
import { PassingOn } from './passing-on.ts';
import { Reaching } from './reaching.ts';
import { deny, refusalOf } from './refusing.ts';
import { Registration } from './registration.ts';
import { ResourceTree } from './resource-tree.ts';
import { resourceTypes } from './resource-types.ts';
import { Subscriptions } from './subscriptions.ts';

export interface TransitCseOptions {
  /** Our own identity, Absolute-CSE-ID. */
  readonly id: string;
  /** The next hop for each target and what lies below it: absolute identifier → base URL. */
  readonly routes?: Readonly<Record<string, string>>;
  /** Asked once for each request. Without it, or with null, everything passes. */
  readonly mischief?: Script;
  /** How From is passed on. Unless given, an AE-ID-Stem becomes SP-relative (TS-0004 7.3.2.6), the rest stays. */
  readonly originator?: (from: string) => string;
  /** In what to depart from the standard, as CSEs that are deployed do; in nothing unless given. */
  readonly deviations?: readonly Deviation[];
  /** Resource name of the `<CSEBase>`, `base` unless given. */
  readonly cseBaseName?: string;
  /** Whether notification targets are asked when a `<subscription>` is created (TS-0004 7.5.1.2.3); true unless given. */
  readonly verifySubscriptions?: boolean;
  /**
   * Sees every HTTP message that comes in or goes out, headers and body as they stand, and gives what is read or
   * written instead: a recording of all that the CSE handles, or a CSE that changes it. Nothing without sockets.
   */
  readonly tap?: Tap;
  /** Takes requests to next hops, points of access and notification targets; over HTTP unless given. */
  readonly deliver?: Deliver;
  /** Certificate chain and private key of our own server, PEM, to be reached over HTTPS; plain HTTP without. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The TLS of our requests to `https:` URLs. */
  readonly hop?: HopOptions;
  /** Milliseconds since 1970, for the ends of resources and requests. */
  readonly now?: () => number;
}

export interface TransitCse {
  /** Base URL for a carrier or for another transit CSE: of 127.0.0.1, over HTTPS of localhost. */
  readonly url: string;
  /** What came by, oldest first; only the newest 1000 are kept. */
  readonly passages: readonly Passage[];
  /** CSE-relative addresses of all resources that are there now, except the `<CSEBase>`. */
  readonly resources: readonly string[];
  /** The whole CSE without sockets: answers a request as if it had come over HTTP. Never rejects. */
  request(request: RequestPrimitive, signal?: AbortSignal): Promise<ResponsePrimitive>;
  close(): Promise<void>;
}

/** Of contents, where a deployed CSE stops. */
const largeContent = 64 * 1024;

/**
 * Starts a transit CSE on 127.0.0.1 and a free port. It does not keep the process alive.
 *
 * @throws E2EKeyError REQUEST_INVALID for an `id` that is no absolute identifier.
 * @example
 * ```ts
 * import { transitCse } from 'e2ekey/testing';
 * const cse = await transitCse({
 *   id: '//m2m.example.com/cse-t',
 *   routes: { '//m2m.example.com/cse-b': 'http://127.0.0.1:8080' },
 *   deviations: ['numbersWithFraction', 'responseContentDropped'],
 * });
 * ```
 */
export async function transitCse(options: TransitCseOptions): Promise<TransitCse> {
  const id = toAbsolute(options.id, options.id);
  const { serviceProvider } = parseAbsolute(id);
  const cse = id.slice(`//${serviceProvider}`.length);
  const { now = Date.now, routes = {}, verifySubscriptions = true } = options;
  const deviations = new Set(options.deviations);
  const closing = new AbortController();
  const httpParts = { deviations, tap: options.tap ?? (message => message) };
  const http = httpDelivery(options.hop ?? {}, httpParts);
  const outbox = new Outbox(options.deliver ?? http.deliver, closing.signal);
  const reaching = new Reaching(outbox, deviations);
  const passages = new Passages(options.mischief ?? (() => null));
  const passingOn = new PassingOn(id, deviations, options.originator);

  const server = await listen(options.tls, httpParts, request);
  const tree = new ResourceTree({
    id,
    name: options.cseBaseName ?? 'base',
    now: now(),
    hasDash: !deviations.has('noDash'),
    attributes: {
      csi: cse,
      cst: infrastructureNode,
      poa: [server.url],
      rr: true,
      csz: Object.keys(serialisations),
      srv: releaseVersions,
      srt: Object.entries(resourceTypes).flatMap(([name, { number }]) =>
        name === 'pch' && deviations.has('noPollingChannel') ? [] : [number],
      ),
    },
  });
  const subscriptions = new Subscriptions({
    cse,
    outbox,
    reaching,
    deviations,
    aeAt: address => {
      const here = hosted(address);
      const resource = here === null ? undefined : tree.find(here)?.resource;
      return resource?.type === 'ae' ? resource : null;
    },
  });
  const hosting = new Hosting({
    tree,
    access: new AccessControl(tree, id, deviations),
    registration: new Registration(tree, id, deviations),
    reaching,
    subscriptions,
    deviations,
    verifySubscriptions,
    now,
    passOn: (arriving, forward) => passingOn.pass(passingOn.rewritten(arriving), forward),
  });

  async function request(arriving: RequestPrimitive, signal?: AbortSignal): Promise<ResponsePrimitive> {
    try {
      const limits = [closing.signal, ...(signal === undefined ? [] : [signal])];
      return await answer(arriving, AbortSignal.any(limits));
    } catch (error) {
      return refusalOf(arriving, error);
    }
  }

  async function answer(arriving: RequestPrimitive, signal: AbortSignal): Promise<ResponsePrimitive> {
    const base = nextHop(absoluteTarget(arriving.to));
    const here = base === undefined ? hosted(arriving.to) : null;
    const passing = base === undefined ? arriving : passingOn.rewritten(arriving);
    return passages.pass(passing, signal, async outgoing => {
      try {
        if (deviations.has('largeContentRefused') && sizeOf(outgoing.content) > largeContent)
          deny('BAD_REQUEST', `the content has more than ${largeContent} bytes`);
        if (here !== null) return await hosting.answer(outgoing, here, signal);
        if (base === undefined)
          return refusal(outgoing, 'NOT_FOUND', 'this transit CSE has no route to the target');
        // TS-0004 7.3.2.8: nobody registers through a transit CSE.
        if (outgoing.operation === 'create' && outgoing.resourceType === resourceTypes.ae.number)
          deny('BAD_REQUEST', 'an AE registers with the CSE that it speaks to');
        return await passingOn.pass(outgoing, passed => outbox.toBase(base, passed, signal));
      } catch (error) {
        return refusalOf(outgoing, error);
      }
    });
  }

  function nextHop(target: string): string | undefined {
    const targets = Object.keys(routes).filter(known => `${target}/`.startsWith(`${known}/`));
    return routes[targets.toSorted((a, b) => b.length - a.length)[0] ?? ''];
  }

  function absoluteTarget(to: string): string {
    if (to.startsWith('//')) return to;
    return to.startsWith('/') ? `//${serviceProvider}${to}` : `${id}/${to}`;
  }

  /** The CSE-relative address of a target here; null for one that another CSE hosts (TS-0004 7.3.2.8). */
  function hosted(to: string): string | null {
    const absolute = absoluteTarget(to).replace(/^\/\/[^/]+/, host => host.toLowerCase());
    if (absolute === id) return tree.base.name;
    if (absolute.startsWith(`${id}/`)) return absolute.slice(id.length + 1);
    // An AE-ID whose stem the service provider assigned has no CSE-ID in it (TS-0001 7.2).
    const stem = absolute.slice(`//${serviceProvider}/`.length);
    return absolute.startsWith(`//${serviceProvider}/S`) && tree.byId(stem)?.type === 'ae' ? stem : null;
  }

  return {
    url: server.url,
    passages: passages.list,
    get resources() {
      return tree.addresses();
    },
    request,
    async close() {
      closing.abort();
      await server.close();
      http.close();
    },
  };
}

/** cseTypeID IN_CSE (TS-0004 6.3.4.2.2): the CSE that routes without a registrar of its own. */
const infrastructureNode = 1;

function sizeOf(content: unknown): number {
  return content === undefined ? 0 : Buffer.byteLength(JSON.stringify(content));
}
