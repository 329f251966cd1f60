// Subscriptions at work: which events are told to whom, and the question to a notification target whether it wants to
// be told (TS-0004 7.5.1.2.2, 7.5.1.2.3). Knows nothing of how a `<subscription>` is created or who may do that.
import type { RequestPrimitive, ResponsePrimitive } from '../../onem2m/primitive.ts';
import { responseStatuses } from '../../onem2m/response-status-code.ts';
import { isObject } from '../../onem2m/serialisation/json.ts';
import type { Deviations } from './deviations.ts';
import type { Outbox } from './outgoing.ts';
import type { Reaching } from './reaching.ts';
import { deny } from './refusing.ts';
import { attributesOf, type Resource } from './resource-tree.ts';
import type { Attributes } from './resource-types.ts';

/** notificationEventType (TS-0004 6.3.4.2.19). */
export const event = { update: 1, delete: 2, createChild: 3, deleteChild: 4 } as const;

export interface SubscriptionOptions {
  /** SP-relative-CSE-ID. */
  readonly cse: string;
  readonly outbox: Outbox;
  readonly reaching: Reaching;
  readonly deviations: Deviations;
  /** The `<AE>` here that a Resource-ID names, null for none. */
  readonly aeAt: (address: string) => Resource | null;
}

export class Subscriptions {
  readonly #options: SubscriptionOptions;
  #notifications = 0;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  /** Tells whoever subscribed to `resource` what happened to it, or to its child `subject`. Waits for nobody. */
  tell(resource: Resource, type: (typeof event)[keyof typeof event], subject: Resource): void {
    for (const subscription of resource.children.values()) {
      if (subscription.type !== 'sub' || subscription === subject) continue;
      const { enc } = subscription.attributes;
      const types = isObject(enc) && Array.isArray(enc.net) ? enc.net : [event.update];
      if (!types.includes(type)) continue;
      const notification = {
        nev: { rep: representation(subject), net: type },
        sur: this.#referenceOf(subscription),
      };
      // Nobody is told that a notification was lost: the standard's originator has no such answer either.
      for (const target of targetsOf(subscription)) this.#notify(target, notification).catch(() => undefined);
    }
  }

  /** Denies with SUBSCRIPTION_VERIFICATION_INITIATION_FAILED unless every target but the originator himself agrees. */
  async verify(subscription: Resource, originator: string, signal: AbortSignal | null): Promise<void> {
    const { deviations, aeAt } = this.#options;
    const notification = {
      ...(!deviations.has('verificationWithoutRepresentation') && {
        nev: { rep: representation(subscription), net: event.createChild },
      }),
      vrq: true,
      sur: this.#referenceOf(subscription),
      cr: originator,
    };
    for (const target of targetsOf(subscription)) {
      if (!isUrl(target) && aeAt(target)?.creator === subscription.creator) continue;
      const response = await this.#notify(target, notification, signal, path =>
        deviations.has('verificationTargetWithoutSlash') ? path.replace(/^\//, '') : path,
      ).catch(() => null);
      if (response?.responseStatusCode !== responseStatuses.OK.rsc)
        deny(
          'SUBSCRIPTION_VERIFICATION_INITIATION_FAILED',
          `nu: ${target.slice(0, 200)} did not agree${response === null ? '' : `, it answered ${response.responseStatusCode}`}`,
        );
    }
  }

  async #notify(
    target: string,
    notification: Attributes,
    signal: AbortSignal | null = null,
    rewrite?: (path: string) => string,
  ): Promise<ResponsePrimitive> {
    const { cse, outbox, reaching, deviations, aeAt } = this.#options;
    const request: RequestPrimitive = {
      operation: 'notify',
      to: target,
      from: cse,
      requestIdentifier: deviations.has('sameNotificationIdentifier')
        ? 'notify'
        : `${cse.slice(1)}-n${++this.#notifications}`,
      ...(!deviations.has('notificationWithoutReleaseVersion') && { releaseVersionIndicator: '3' }),
      content: { 'm2m:sgn': notification },
    };
    // TS-0004 Table 7.4.8.1-3: `ct` asks for a serialisation and is no part of the target.
    if (isUrl(target)) return outbox.toUrl(target.replace(/[?&]ct=\w+$/, ''), request, signal, rewrite);
    const ae = aeAt(target);
    if (ae === null) return deny('TARGET_NOT_REACHABLE', `nu: there is no <AE> at ${target.slice(0, 200)}`);
    return reaching.reach(ae, request, signal);
  }

  #referenceOf(subscription: Resource): string {
    return `${this.#options.cse}/${subscription.id}`;
  }
}

function representation(resource: Resource): Attributes {
  return { [`m2m:${resource.type}`]: attributesOf(resource) };
}

function targetsOf({ attributes: { nu } }: Resource): readonly string[] {
  return Array.isArray(nu) ? nu.map(String) : [];
}

function isUrl(target: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(target);
}
