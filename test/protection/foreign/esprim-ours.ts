// Our two ends of an exchange, as the cases have them: everything but the initialisation vectors is the same each time.
import type { RequestPrimitive, ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import { requestHandler } from '../../../src/onem2m/request-handler.ts';
import { longRequest, longResponse, shortRequest, shortResponse } from '../../../src/onem2m/short-names.ts';
import { EsPrimClient } from '../../../src/protection/esprim/client.ts';
import { EsPrimHandler } from '../../../src/protection/esprim/handler.ts';
import type { EsPrimKeys } from '../../../src/protection/esprim/keys.ts';
import { directSender } from '../../../src/testing/direct-sender.ts';
import { fixedClock, seeded } from '../../endpoint/lab.ts';
import { asked, cae1, cseB, type EsPrimCase, innerRequests, keysOf, start } from './esprim-cases.ts';

/** A primitive under its short names, as it travels. */
export type Short = Readonly<Record<string, unknown>>;

/** An outer request and what came back. */
export interface Step {
  readonly request: Short;
  readonly response: Short;
}

export interface Receiver {
  answer(request: Short): Promise<Short>;
  /** Every inner request that was opened. */
  readonly opened: RequestPrimitive[];
  advance(milliseconds: number): void;
}

/** Our receiver, which says what it was asked. */
export function ourReceiver({ key, protection }: EsPrimCase, keys: EsPrimKeys = keysOf(key, cae1)): Receiver {
  const clock = fixedClock(start);
  const opened: RequestPrimitive[] = [];
  const esprim = new EsPrimHandler({
    id: cseB,
    keys,
    protections: [protection],
    clock: () => clock().getTime(),
    random: seeded('receiver'),
    dispatch: async request => {
      opened.push(request);
      return { responseStatusCode: 2000, content: { 'm2m:cin': { con: asked(request) } } };
    },
  });
  const procedures = { answer: async () => Promise.reject(new Error('no E2EKey procedure here')) };
  const handler = requestHandler({ endpoint: procedures, targets: [cseB], esprim });
  return {
    opened,
    advance: milliseconds => clock.advance(milliseconds),
    answer: async request =>
      shortResponse(
        await handler.answer(longRequest(request), { hop: 'test' }, error => {
          throw error;
        }),
      ),
  };
}

/** Our originator asks everything that a case asks; gives back the inner responses. */
export async function ourRequests(
  { key, protection, enc }: EsPrimCase,
  answer: (request: Short) => Promise<Short>,
  keys: EsPrimKeys = keysOf(key, cseB),
): Promise<ResponsePrimitive[]> {
  const clock = fixedClock(start);
  const client = new EsPrimClient({
    from: cae1,
    to: cseB,
    keys,
    protection,
    encryption: enc,
    clock: () => clock().getTime(),
    random: seeded('originator'),
    sender: directSender(async request => longResponse(await answer(shortRequest(request)))),
  });
  const responses: ResponsePrimitive[] = [];
  for (const request of innerRequests) responses.push(await client.send(request));
  return responses;
}

/** What a receiver of these exchanges answers to an inner request. */
export function expectedContent(request: RequestPrimitive): unknown {
  return { 'm2m:cin': { con: asked(request) } };
}
