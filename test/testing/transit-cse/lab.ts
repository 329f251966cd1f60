// A transit CSE in the same process, and those who speak to it: without sockets, what leaves it kept or answered here.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { httpSender } from '../../../src/onem2m/http-sender.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import type { Deliver, Outgoing } from '../../../src/testing/transit-cse/outgoing.ts';
import {
  type TransitCse,
  type TransitCseOptions,
  transitCse,
} from '../../../src/testing/transit-cse/transit-cse.ts';

export const id = '//m2m.example.com/cse-t';

export interface Originator {
  create(
    to: string,
    resource: string,
    attributes?: object,
    more?: Partial<RequestPrimitive>,
  ): Promise<ResponsePrimitive>;
  retrieve(to: string, more?: Partial<RequestPrimitive>): Promise<ResponsePrimitive>;
  update(to: string, resource: string, attributes: object): Promise<ResponsePrimitive>;
  delete(to: string, more?: Partial<RequestPrimitive>): Promise<ResponsePrimitive>;
  notify(to: string, content: unknown, more?: Partial<RequestPrimitive>): Promise<ResponsePrimitive>;
}

const numbers: Readonly<Record<string, number>> = {
  acp: 1,
  ae: 2,
  cnt: 3,
  cin: 4,
  cb: 5,
  pch: 15,
  sub: 23,
  grp: 9,
};

export const registration = { api: 'Ntest', rr: false, srv: ['3'] };

/** Who is at the other end of what leaves the CSE. */
export type Answering = (
  outgoing: Outgoing,
  signal: AbortSignal,
) => ResponsePrimitive | Promise<ResponsePrimitive>;

/** A transit CSE whose clock stands; everything that leaves it is in `sent`. */
export async function start(
  t: TestContext,
  options: Partial<TransitCseOptions> = {},
  answer: Answering = () => ({
    responseStatusCode: 2000,
  }),
  binding: Binding = 'in process',
) {
  const clock = { now: Date.UTC(2030, 0, 1) };
  const sent: Outgoing[] = [];
  const deliver: Deliver = async (outgoing, signal) => {
    sent.push(outgoing);
    return answer(outgoing, signal);
  };
  const cse = await transitCse({ id, deliver, now: () => clock.now, ...options });
  t.after(() => cse.close());
  return { cse, clock, sent, as: (from?: string) => originator(cseOver(binding, cse), from) };
}

/** How requests get to the CSE. */
export type Binding = 'in process' | 'over HTTP';

function cseOver(binding: Binding, cse: TransitCse): Pick<TransitCse, 'request'> {
  if (binding === 'in process') return cse;
  const sender = httpSender(cse.url);
  return { request: request => sender.send(request, AbortSignal.timeout(10_000)) };
}

export function originator(cse: Pick<TransitCse, 'request'>, from?: string): Originator {
  const send = (request: Partial<RequestPrimitive> & Pick<RequestPrimitive, 'operation' | 'to'>) =>
    cse.request({
      requestIdentifier: 'r1',
      releaseVersionIndicator: '3',
      ...(from !== undefined && { from }),
      ...request,
    });
  return {
    create: (to, resource, attributes = {}, more = {}) =>
      send({
        operation: 'create',
        to,
        resourceType: numbers[resource] ?? 0,
        content: { [`m2m:${resource}`]: attributes },
        ...more,
      }),
    retrieve: (to, more = {}) => send({ operation: 'retrieve', to, ...more }),
    update: (to, resource, attributes) =>
      send({ operation: 'update', to, content: { [`m2m:${resource}`]: attributes } }),
    delete: (to, more = {}) => send({ operation: 'delete', to, ...more }),
    notify: (to, content, more = {}) => send({ operation: 'notify', to, content, ...more }),
  };
}

/** Registers an AE with a given AE-ID-Stem and name, and gives back what speaks for it. */
export async function registered(
  { as }: { as: (from?: string) => Originator },
  stem: string,
  attributes: object = {},
): Promise<Originator> {
  const ae = as(stem);
  rsc(await ae.create('-', 'ae', { ...registration, rn: stem.toLowerCase(), ...attributes }), 2001);
  return ae;
}

/** Asserts the code and gives the attributes of the one resource in the content. */
export function rsc(response: ResponsePrimitive, expected: number): Readonly<Record<string, unknown>> {
  assert.equal(response.responseStatusCode, expected, JSON.stringify(response.content)?.slice(0, 500));
  const { content } = response;
  return typeof content === 'object' && content !== null
    ? (Object.values(content)[0] as Readonly<Record<string, unknown>>)
    : {};
}

/** An access control policy: entries of originators and operations. */
export function policy(...rules: [acor: string[], acop: number][]) {
  return { acr: rules.map(([acor, acop]) => ({ acor, acop })) };
}
