// The ways that messages take in the run, every hop of them over a bad network. Knows the carriers, and not what is
// judged.
import type { Carrier } from '../../src/endpoint/carrier.ts';
import { ContainerCarrier } from '../../src/onem2m/containers/carrier.ts';
import type { Receive } from '../../src/onem2m/containers/options.ts';
import { ContainerReceiver } from '../../src/onem2m/containers/receiver.ts';
import { e2eKeyCseCarrier } from '../../src/onem2m/e2ekeycse-carrier.ts';
import { notifyCarrier } from '../../src/onem2m/notify-carrier.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../src/onem2m/primitive.ts';
import { type RequestHandler, requestHandler } from '../../src/onem2m/request-handler.ts';
import type { Sender } from '../../src/onem2m/sender.ts';
import { directSender } from '../../src/testing/direct-sender.ts';
import type { TransitCse } from '../../src/testing/transit-cse/transit-cse.ts';
import { transitCse } from '../../src/testing/transit-cse/transit-cse.ts';

/** Carrier, and how requests or instances travel. */
export const ways = {
  notify: 'NOTIFY through a transit CSE',
  'e2ekeycse-notify': '`e2EKeyCSE` by NOTIFY, through a transit CSE',
  'e2ekeycse-create': '`e2EKeyCSE` by CREATE, through a transit CSE',
  'containers-polling': 'containers, polling',
  'containers-notification': 'containers, notifications',
  'containers-polling-channel': 'containers, polling channel',
} as const;

export type Way = keyof typeof ways;

export const wayNames = Object.keys(ways) as readonly Way[];

export interface Surroundings {
  readonly endpoint: Parameters<typeof requestHandler>[0]['endpoint'] & { readonly id: string };
  /** A hop. */
  readonly network: (sender: Sender) => Sender;
  readonly now: () => number;
}

/** A carrier of one initiating end-point. */
export interface OpenCarrier {
  readonly carrier: Carrier;
  close(): Promise<void>;
}

/** The CSE between the parties, and the terminating side of the way. */
export interface Meeting {
  readonly cse: TransitCse;
  open(): Promise<unknown>;
  carrier(): OpenCarrier;
  /** Of the terminating side. */
  close(): Promise<void>;
}

/** Nothing has happened yet when it resolves. */
export async function meetingOf(way: Way, surroundings: Surroundings): Promise<Meeting> {
  const { endpoint } = surroundings;
  const handler = requestHandler({ endpoint, targets: [endpoint.id] });
  switch (way) {
    case 'notify':
      return passedOn(surroundings, handler, notifyCarrier);
    case 'e2ekeycse-notify':
      return passedOn(surroundings, handler, sender => e2eKeyCseCarrier(sender));
    case 'e2ekeycse-create':
      return passedOn(surroundings, handler, sender => e2eKeyCseCarrier(sender, { operation: 'create' }));
    case 'containers-polling':
      return throughContainers(surroundings, handler, () => 'polling');
    case 'containers-notification':
      return throughContainers(surroundings, handler, pointOfAccess => ({ pointOfAccess }));
    case 'containers-polling-channel':
      return throughContainers(surroundings, handler, () => 'polling channel');
  }
}

const transit = '//m2m.example.com/cse-t';

/** Requests pass one transit CSE, so two hops. */
async function passedOn(
  { endpoint, network, now }: Surroundings,
  handler: RequestHandler,
  carrierOver: (sender: Sender) => Carrier,
): Promise<Meeting> {
  const onwards = network(directSender(request => handler.answer(request, { hop: transit })));
  const cse = await transitCse({
    id: transit,
    routes: { [endpoint.id]: 'http://terminating.example' },
    deliver: ({ request }, signal) => onwards.send(request, signal),
    now,
  });
  return {
    cse,
    open: async () => undefined,
    carrier: () => ({
      carrier: carrierOver(network(directSender((request, signal) => cse.request(request, signal)))),
      close: async () => undefined,
    }),
    close: async () => undefined,
  };
}

type Notified = (request: RequestPrimitive) => Promise<ResponsePrimitive>;

/** Both parties speak to one CSE, which speaks to their points of access. */
async function throughContainers(
  { endpoint, network, now }: Surroundings,
  handler: RequestHandler,
  receiveAt: (pointOfAccess: string) => Receive,
): Promise<Meeting> {
  const pointsOfAccess = new Map<string, Sender>();
  const cse = await transitCse({
    id: transit,
    deliver: async ({ request, origin }, signal) => {
      const sender = pointsOfAccess.get(origin);
      if (sender === undefined) throw new Error(`nobody is at ${origin}`);
      return sender.send(request, signal);
    },
    now,
  });
  const toCse = () => network(directSender((request, signal) => cse.request(request, signal)));
  const pointOfAccess = (notified: Notified) => {
    const origin = `http://point-${pointsOfAccess.size + 1}.example`;
    pointsOfAccess.set(origin, network(directSender(notified)));
    return origin;
  };
  const receiver: ContainerReceiver = new ContainerReceiver(toCse(), handler, {
    id: endpoint.id,
    receive: receiveAt(pointOfAccess(request => receiver.notified(request))),
  });
  return {
    cse,
    open: () => receiver.open(),
    carrier: () => {
      const carrier: ContainerCarrier = new ContainerCarrier(toCse(), {
        receive: receiveAt(pointOfAccess(request => carrier.notified(request))),
      });
      return { carrier, close: () => carrier.close() };
    },
    close: () => receiver.close(),
  };
}
