// An originator and a receiver of ESPrim with a key of the lab, and what is between them. Knows no test.
import { createSecretKey } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Endpoint } from '../../../src/endpoint/endpoint.ts';
import { notifyCarrier } from '../../../src/onem2m/notify-carrier.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import { requestHandler } from '../../../src/onem2m/request-handler.ts';
import type { Sender } from '../../../src/onem2m/sender.ts';
import { EsPrimClient, type EsPrimClientOptions } from '../../../src/protection/esprim/client.ts';
import {
  EsPrimHandler,
  type EsPrimHandlerOptions,
  type EsPrimOriginator,
} from '../../../src/protection/esprim/handler.ts';
import { type EsPrimKeys, endpointKeys, provisionedKeys } from '../../../src/protection/esprim/keys.ts';
import { directSender } from '../../../src/testing/direct-sender.ts';
import {
  type Clock,
  cae1,
  cseB,
  fixedClock,
  initiatingEndpoint,
  type LabOptions,
  seeded,
  terminatingEndpoint,
} from '../../endpoint/lab.ts';

export { cae1, cseB };

export interface Exchange {
  readonly client: EsPrimClient;
  readonly handler: EsPrimHandler;
  readonly clock: Clock;
  /** Every outer request and its response, as a CSE between them has them. */
  readonly seen: { readonly request: RequestPrimitive; readonly response: ResponsePrimitive }[];
  /** Every inner request that was dispatched. */
  readonly dispatched: { readonly request: RequestPrimitive; readonly originator: EsPrimOriginator }[];
  readonly faults: unknown[];
  /** Hands the receiver a NOTIFY with any content, as anybody on the way can. */
  notify(content: unknown, from?: string): Promise<ResponsePrimitive>;
  /** Hands the receiver a request as it is, whatever stands between. */
  pass(request: RequestPrimitive): Promise<ResponsePrimitive>;
  /** What a CSE between them does: passes on, unless replaced. */
  between: (
    request: RequestPrimitive,
    on: (request: RequestPrimitive) => Promise<ResponsePrimitive>,
  ) => Promise<ResponsePrimitive>;
}

export interface ExchangeOptions {
  readonly client?: Partial<EsPrimClientOptions>;
  readonly handler?: Partial<EsPrimHandlerOptions>;
  /** Both ends have the same provisioned key unless given. */
  readonly keys?: { readonly originator: EsPrimKeys; readonly receiver: EsPrimKeys };
}

/** Known to both ends, unless a test gives them others. */
export const kpsa = {
  master: Uint8Array.from({ length: 32 }, (_, index) => index),
  salt: Uint8Array.from({ length: 32 }, (_, index) => 32 + index),
};

/** The same Kpsa at both ends. */
export function provisioned(): { readonly originator: EsPrimKeys; readonly receiver: EsPrimKeys } {
  const { master, salt } = kpsa;
  return {
    originator: provisionedKeys([{ entity: cseB, master: createSecretKey(master), salt }]),
    receiver: provisionedKeys([{ entity: cae1, master, salt }]),
  };
}

export function exchange(options: ExchangeOptions = {}): Exchange {
  const clock = fixedClock();
  const now = () => clock().getTime();
  const keys = options.keys ?? provisioned();
  const made: Exchange = {
    clock,
    seen: [],
    dispatched: [],
    faults: [],
    notify: (content, from = cae1) =>
      answer({ operation: 'notify', to: cseB, from, requestIdentifier: 'outer', content }),
    pass: request => answer(request),
    between: (request, on) => on(request),
    handler: new EsPrimHandler({
      id: cseB,
      keys: keys.receiver,
      clock: now,
      random: seeded('receiver'),
      dispatch: async (request, originator) => {
        made.dispatched.push({ request, originator });
        return { responseStatusCode: 2000, content: { 'm2m:cin': { con: 'answer' } } };
      },
      ...options.handler,
    }),
    client: new EsPrimClient({
      from: cae1,
      to: cseB,
      keys: keys.originator,
      clock: now,
      random: seeded('originator'),
      sender: directSender(request => made.between(request, answer)),
      ...options.client,
    }),
  };
  const handler = requestHandler({
    endpoint: { answer: async () => Promise.reject(new Error('no E2EKey procedure here')) },
    targets: [cseB],
    esprim: made.handler,
  });
  const answer = async (request: RequestPrimitive) => {
    const response = await handler.answer(request, { hop: 'test' }, error => made.faults.push(error));
    made.seen.push({ request, response });
    return response;
  };
  return made;
}

/** Two Endpoints of the lab PKI that have made a key with each other. */
export async function established(
  t: TestContext,
  options: LabOptions = {},
): Promise<{ readonly initiating: Endpoint; readonly terminating: Endpoint }> {
  const initiating = initiatingEndpoint(t, options);
  const terminating = terminatingEndpoint(t, options);
  const handler = requestHandler({ endpoint: terminating, targets: [terminating.id] });
  const sender: Sender = directSender(request => handler.answer(request, { hop: 'test' }));
  await initiating.establish(terminating.id, notifyCarrier(sender));
  return { initiating, terminating };
}

export function keysOf({ initiating, terminating }: { initiating: Endpoint; terminating: Endpoint }) {
  return { originator: endpointKeys(initiating), receiver: endpointKeys(terminating) };
}
