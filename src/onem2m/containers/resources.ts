// The resources that an end-point of the container carrier makes for itself at a CSE: an `<AE>` and below it an
// `<accessControlPolicy>`, the `<container>` that is its inbox, and what tells it of new instances. All of them go
// with the `<AE>` (TS-0001 10.1.5), and end by themselves if we do not come back.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { refuse } from '../../errors.ts';
import { debugOf } from '../primitive.ts';
import { responseStatuses } from '../response-status-code.ts';
import type { JsonObject } from '../serialisation/json.ts';
import { writeTimestamp } from '../timestamp.ts';
import { inboxAddress } from './names.ts';
import type { ContainerSettings } from './options.ts';
import { attributesOf, type Registrar, refusedBy, succeeded } from './registrar.ts';

/** Resource types (TS-0004 6.3.4.2.1) and the members that hold them (TS-0004 Table 8.2.4-1). */
const types = {
  'm2m:acp': 1,
  'm2m:ae': 2,
  'm2m:cnt': 3,
  'm2m:pch': 15,
  'm2m:sub': 23,
} as const;

type Member = keyof typeof types;

/** accessControlOperations (TS-0004 6.3.4.2.29): everything; CREATE alone. */
const [allOperations, createOnly] = [63, 1];

/** A CSE drops older instances beyond this number: what a flood can leave there, far above what is in hand. */
const maxInstances = 256;

/** Milliseconds that the resources last without us, far longer than clocks are wrong; renewed well before. */
const lifetime = 24 * 3_600_000;
export const renewal = lifetime / 4;

/** Response Status Codes by which a CSE says that the name, or the AE-ID, is there already. */
const taken: readonly number[] = [
  responseStatuses.CONFLICT.rsc,
  responseStatuses.ORIGINATOR_HAS_ALREADY_REGISTERED.rsc,
  responseStatuses.ALREADY_EXISTS.rsc,
];

/** By which a CSE says that there is no such `<AE>`: not there, or nobody who is registered asks for it. */
const gone: readonly number[] = [
  responseStatuses.NOT_FOUND.rsc,
  responseStatuses.ORIGINATOR_NOT_AUTHENTICATED.rsc,
];

/** Resources of one name that are removed before the name is given up. */
const maxRemovals = 4;

/** Attempts to remove the `<AE>`, the milliseconds that each may take, and those between the first two. */
const [removals, removalTime, removalPause] = [4, 1_500, 100];

export class Resources {
  /** Addresses of the `<AE>`, of the inbox and of the `<pollingChannel>` at the CSE. */
  readonly ae: string;
  readonly inbox: string;
  readonly channel: string;
  readonly #registrar: Registrar;
  readonly #settings: ContainerSettings;
  readonly #name: string;
  readonly #clock: () => number;
  /** Label of what this object made. */
  readonly #mark = `e2ekey-${randomBytes(8).toString('hex')}`;
  /** Whether a CREATE of the `<AE>` was ever sent: only then is there something to remove. */
  #begun = false;
  /** Whether the CSE has answered it. */
  #made = false;

  constructor(
    registrar: Registrar,
    name: string,
    settings: ContainerSettings,
    clock: () => number = Date.now,
  ) {
    this.#registrar = registrar;
    this.#settings = settings;
    this.#name = name;
    this.#clock = clock;
    this.ae = `${settings.cseBase}/${name}`;
    this.inbox = inboxAddress(settings.cseBase, name);
    this.channel = `${this.ae}/pch`;
  }

  /**
   * Makes what is not there yet. What an earlier process of ours has left under our name, when it ended without
   * removing it, is removed first.
   *
   * @throws E2EKeyError CARRIER_FAILED with what the CSE refused.
   */
  async make(signal: AbortSignal | null): Promise<void> {
    const { cseBase, receive, writers } = this.#settings;
    this.#begun = true;
    const ae = await this.#create(cseBase, 'm2m:ae', this.#name, this.#registration(), signal);
    const { aei, ri: aeId } = ae;
    this.#made = true;
    if (typeof aei === 'string' && aei !== '') this.#registrar.originator = aei;

    const own = { acor: [this.#registrar.originator], acop: allOperations };
    const policy = {
      pv: { acr: [own, { acor: writers, acop: createOnly }] },
      pvs: { acr: [own] },
    };
    const { ri: policyId } = await this.#create(this.ae, 'm2m:acp', 'acp', policy, signal);
    const container = { acpi: [policyId], mni: maxInstances };
    await this.#create(this.ae, 'm2m:cnt', 'in', container, signal);
    if (receive === 'polling') return;
    if (receive === 'polling channel') await this.#create(this.ae, 'm2m:pch', 'pch', {}, signal);
    // Our `<AE>` as notification target, and not the URL: a CSE asks no originator for his consent who names himself
    // (TS-0004 7.4.8.2.1), and deployed ones ask wrongly.
    const subscription = { nu: [aeId], enc: { net: [3] }, nct: 1 };
    await this.#create(this.inbox, 'm2m:sub', 'sub', subscription, signal);
  }

  /** Puts off the end of all of them. */
  async renew(signal: AbortSignal | null): Promise<void> {
    const { receive } = this.#settings;
    const all: [string, Member][] = [
      [this.ae, 'm2m:ae'],
      [`${this.ae}/acp`, 'm2m:acp'],
      [this.inbox, 'm2m:cnt'],
      ...(receive === 'polling channel' ? [[this.channel, 'm2m:pch'] as [string, Member]] : []),
      ...(receive === 'polling' ? [] : [[`${this.inbox}/sub`, 'm2m:sub'] as [string, Member]]),
    ];
    for (const [to, member] of all) {
      const content = { [member]: { et: this.#expiration() } };
      await this.#registrar.request({ operation: 'update', to, content }, signal);
    }
  }

  /** False if the CSE has lost our inbox: it was started anew, or somebody deleted it. */
  async isThere(signal: AbortSignal | null): Promise<boolean> {
    const response = await this.#registrar.request({ operation: 'retrieve', to: this.inbox }, signal);
    return succeeded(response);
  }

  /** Address of the inbox for whoever is registered with another CSE; as we know it, where the CSE has no ID for us. */
  async publicAddress(signal: AbortSignal | null): Promise<string> {
    const { cseBase } = this.#settings;
    if (cseBase.startsWith('/')) return this.inbox;
    const response = await this.#registrar.request({ operation: 'retrieve', to: cseBase }, signal);
    if (!succeeded(response)) return this.inbox;
    const { csi } = attributesOf('m2m:cb', response);
    return typeof csi === 'string' && /^\/{1,2}[A-Za-z0-9._~/-]+$/.test(csi)
      ? `${csi}/${this.inbox}`
      : this.inbox;
  }

  /**
   * Removes the `<AE>` and what is below it; several attempts, since nobody comes back for what is left. What another
   * process has made under the same name meanwhile is not ours to remove.
   *
   * @throws E2EKeyError CARRIER_FAILED if the CSE does not let us, or cannot be reached.
   */
  async remove(): Promise<void> {
    for (let attempt = 1, pause = removalPause; this.#begun; attempt++, pause *= 2) {
      try {
        // A CREATE that nobody answered may still be under way.
        if ((await this.#isRemoved()) && (this.#made || attempt === removals)) this.#begun = false;
      } catch (error) {
        if (attempt === removals) throw error;
      }
      if (this.#begun) await delay(pause);
    }
  }

  /** True if nothing of ours is there any more. */
  async #isRemoved(): Promise<boolean> {
    const to = this.ae;
    const there = await this.#registrar.request({ operation: 'retrieve', to }, null, removalTime);
    if (gone.includes(there.responseStatusCode)) return true;
    if (succeeded(there) && !this.#isOurs(attributesOf('m2m:ae', there))) return true;
    const request = { operation: 'delete', to } as const;
    const response = await this.#registrar.request(request, null, removalTime);
    if (!succeeded(response) && !gone.includes(response.responseStatusCode)) refusedBy(request, response);
    this.#made = true;
    return true;
  }

  #registration(): object {
    const { receive } = this.#settings;
    return {
      api: 'Ne2ekey',
      srv: ['2a', '3', '4', '5'],
      // A `<pollingChannel>` is for those who cannot be reached (TS-0001 9.6.5).
      rr: typeof receive === 'object',
      ...(typeof receive === 'object' && { poa: [receive.pointOfAccess] }),
    };
  }

  async #create(
    parent: string,
    member: Member,
    rn: string,
    attributes: object,
    signal: AbortSignal | null,
  ): Promise<{ readonly ri: string; readonly aei: unknown }> {
    const content = { [member]: { rn, et: this.#expiration(), lbl: [this.#mark], ...attributes } };
    const request = { operation: 'create', to: parent, resourceType: types[member], content } as const;
    const address = `${parent}/${rn}`;
    let response = await this.#registrar.request(request, signal);
    for (
      let removals = 1;
      taken.includes(response.responseStatusCode) && removals <= maxRemovals;
      removals++
    ) {
      const there = await this.#registrar.request({ operation: 'retrieve', to: address }, signal);
      if (succeeded(there) && this.#isOurs(attributesOf(member, there))) {
        response = there;
        break;
      }
      const removed = await this.#registrar.request({ operation: 'delete', to: address }, signal);
      if (!succeeded(removed) && removed.responseStatusCode !== responseStatuses.NOT_FOUND.rsc)
        refuse(
          'CARRIER_FAILED',
          `${address} is there already, and the CSE does not let us remove it: ${debugOf(removed) ?? removed.responseStatusCode}`,
        );
      response = await this.#registrar.request(request, signal);
    }
    const { ri, aei } = attributesOf(member, succeeded(response) ? response : refusedBy(request, response));
    // Of nothing it would make a container without policy, which some CSEs leave open to everybody.
    if (typeof ri !== 'string' || ri === '')
      return refuse('CARRIER_FAILED', `the CSE's answer holds no ri of ${address}`);
    return { ri, aei };
  }

  /**
   * Made by an earlier CREATE of this object whose answer was lost, or by one that came twice. To remove it would be no
   * cure: the DELETE may come twice as well, and take away what was made after it.
   */
  #isOurs({ lbl }: JsonObject): boolean {
    return Array.isArray(lbl) && lbl.includes(this.#mark);
  }

  #expiration(): string {
    return writeTimestamp(new Date(this.#clock() + lifetime));
  }
}
