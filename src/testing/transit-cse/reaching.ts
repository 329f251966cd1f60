// How a request gets to an AE that is registered here: its points of access in turn, or its polling channel (TS-0004
// 7.3.3.9.1, TS-0001 10.2.5.17). Knows nothing of what the request says.
import type { RequestPrimitive, ResponsePrimitive } from '../../onem2m/primitive.ts';
import { responseStatuses } from '../../onem2m/response-status-code.ts';
import type { Deviations } from './deviations.ts';
import type { Outbox } from './outgoing.ts';
import { PollingChannel } from './polling-channel.ts';
import { deny } from './refusing.ts';
import type { Resource } from './resource-tree.ts';

export class Reaching {
  readonly #outbox: Outbox;
  readonly #deviations: Deviations;
  /** One for each `<pollingChannel>`, for as long as that is there. */
  readonly #channels = new WeakMap<Resource, PollingChannel>();

  constructor(outbox: Outbox, deviations: Deviations) {
    this.#outbox = outbox;
    this.#deviations = deviations;
  }

  channelOf(resource: Resource): PollingChannel {
    const channel = this.#channels.get(resource) ?? new PollingChannel();
    this.#channels.set(resource, channel);
    return channel;
  }

  /** Denies with TARGET_NOT_REACHABLE what could be brought nowhere. */
  async reach(
    ae: Resource,
    request: RequestPrimitive,
    signal: AbortSignal | null,
  ): Promise<ResponsePrimitive> {
    const { rr, poa } = ae.attributes;
    const urls = Array.isArray(poa) ? poa.map(String) : [];
    const pollingChannel = [...ae.children.values()].find(({ type }) => type === 'pch');
    if (pollingChannel !== undefined && (rr !== true || urls.length === 0))
      return this.#ask(this.channelOf(pollingChannel), request, signal);
    for (const url of urls) {
      const response = await this.#outbox
        .toUrl(url, request, signal, target => this.#targetAt(target, request.to))
        .catch(() => null);
      if (response !== null && response.responseStatusCode !== responseStatuses.TARGET_NOT_REACHABLE.rsc)
        return response;
    }
    return deny('TARGET_NOT_REACHABLE', 'no point of access of the AE gave a oneM2M response');
  }

  async #ask(
    channel: PollingChannel,
    request: RequestPrimitive,
    signal: AbortSignal | null,
  ): Promise<ResponsePrimitive> {
    try {
      return await this.#outbox.limited(signal, limit => channel.send(request, limit));
    } catch (error) {
      return deny('TARGET_NOT_REACHABLE', error instanceof Error ? error.message : 'the AE did not answer');
    }
  }

  #targetAt(target: string, to: string): string {
    return this.#deviations.has('targetAppendedToPointOfAccess')
      ? `${target.replace(/\/$/, '')}/${encodeURI(to)}`
      : target;
  }
}
