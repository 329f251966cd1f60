// A Sender without a binding behind it: remembers what it was given, and answers as the test says.
import type { Delivery } from '../../src/endpoint/carrier.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../src/onem2m/primitive.ts';
import type { Sender } from '../../src/onem2m/sender.ts';

export interface FakeSender extends Sender {
  readonly sent: { request: RequestPrimitive; signal: AbortSignal }[];
}

/** Unless given, the response is 2000 with a message of one byte. */
export function fakeSender(
  response: ResponsePrimitive = {
    responseStatusCode: 2000,
    content: { 'm2m:seci': { sit: 6, eckm: 'Fg==' } },
  },
): FakeSender {
  const sent: FakeSender['sent'] = [];
  return {
    sent,
    async send(request, signal) {
      sent.push({ request, signal });
      return response;
    },
  };
}

/** Message 1 of an AE to a CSE, unless the test says something else. */
export const deliveryOf = (changed: Partial<Delivery> = {}): Delivery => ({
  from: '//m2m.example.com/cse-a/Cae1',
  to: '//m2m.example.com/cse-b',
  message: Uint8Array.of(0x16, 3, 1),
  ordinal: 1,
  procedure: 'p1',
  signal: new AbortController().signal,
  ...changed,
});
