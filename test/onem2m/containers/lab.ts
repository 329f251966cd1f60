// Two end-points of the lab PKI that meet through containers of a transit CSE, in process or over HTTP.
import type { TestContext } from 'node:test';
import type { Endpoint } from '../../../src/endpoint/endpoint.ts';
import { ContainerCarrier, type ContainerCarrierOptions } from '../../../src/onem2m/containers/carrier.ts';
import { notificationListener } from '../../../src/onem2m/containers/listener.ts';
import { ContainerReceiver } from '../../../src/onem2m/containers/receiver.ts';
import { httpSender } from '../../../src/onem2m/http-sender.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import { requestHandler } from '../../../src/onem2m/request-handler.ts';
import type { Sender } from '../../../src/onem2m/sender.ts';
import {
  type TransitCse,
  type TransitCseOptions,
  transitCse,
} from '../../../src/testing/transit-cse/transit-cse.ts';
import { initiatingEndpoint, terminatingEndpoint } from '../../endpoint/lab.ts';

export const meetingCse = '//m2m.example.com/cse-m';

export const ways = ['polling', 'polling channel', 'notification'] as const;
export type Way = (typeof ways)[number];

/** A transit CSE that is closed with the test. */
export async function startCse(
  t: TestContext,
  options: Partial<TransitCseOptions> = {},
): Promise<TransitCse> {
  const cse = await transitCse({ id: meetingCse, ...options });
  t.after(async () => {
    for (const end of endings.get(cse) ?? []) await end();
    await cse.close();
  });
  return cse;
}

/** What ends before the CSE does: what it has made there could not be removed otherwise, and tries for a while. */
const endings = new WeakMap<TransitCse, (() => Promise<void>)[]>();

/** Over HTTP, as two processes would. */
export const overHttp = (cse: TransitCse): Sender => httpSender(cse.url);

/** The sender and every request that it sent. */
export function recording(sender: Sender): Sender & { readonly sent: RequestPrimitive[] } {
  const sent: RequestPrimitive[] = [];
  return {
    sent,
    send(request, signal) {
      sent.push(request);
      return sender.send(request, signal);
    },
  };
}

/** The sender, without what the test answers itself. */
export function interrupted(
  sender: Sender,
  answer: (request: RequestPrimitive) => Promise<ResponsePrimitive> | ResponsePrimitive | null,
): Sender {
  return { send: async (request, signal) => answer(request) ?? sender.send(request, signal) };
}

export interface Meeting {
  readonly initiating: Endpoint;
  readonly terminating: Endpoint;
  readonly carrier: ContainerCarrier;
  readonly receiver: ContainerReceiver;
  readonly faults: readonly unknown[];
}

export interface MeetingOptions {
  readonly way: Way;
  readonly carrier?: ContainerCarrierOptions;
  readonly receiver?: ContainerCarrierOptions;
  readonly initiatingSender?: Sender;
  readonly terminatingSender?: Sender;
  readonly terminating?: Endpoint;
}

/** Both ends, of which nothing is at the CSE yet; they are closed with the test. */
export async function meet(t: TestContext, cse: TransitCse, options: MeetingOptions): Promise<Meeting> {
  const initiating = initiatingEndpoint(t);
  const terminating = options.terminating ?? terminatingEndpoint(t);
  const faults: unknown[] = [];
  const handler = requestHandler({ endpoint: terminating, targets: [terminating.id] });
  const common = { pollInterval: 5 };
  const receiver: ContainerReceiver = new ContainerReceiver(
    options.terminatingSender ?? overHttp(cse),
    handler,
    {
      ...common,
      ...(await receiveBy(t, options.way, request => receiver.notified(request))),
      ...options.receiver,
      id: terminating.id,
      onFault: fault => faults.push(fault),
    },
  );
  const carrier: ContainerCarrier = new ContainerCarrier(options.initiatingSender ?? overHttp(cse), {
    ...common,
    ...(await receiveBy(t, options.way, request => carrier.notified(request))),
    ...options.carrier,
  });
  const end = async () => {
    await carrier.close().catch(() => undefined);
    await receiver.close().catch(() => undefined);
  };
  endings.set(cse, [...(endings.get(cse) ?? []), end]);
  return { initiating, terminating, carrier, receiver, faults };
}

async function receiveBy(
  t: TestContext,
  way: Way,
  notified: (request: RequestPrimitive) => Promise<ResponsePrimitive>,
): Promise<Pick<ContainerCarrierOptions, 'receive'>> {
  if (way !== 'notification') return { receive: way };
  const listener = await notificationListener({ host: '127.0.0.1', port: 0 }, notified);
  t.after(() => listener.close());
  return { receive: { pointOfAccess: listener.url } };
}
