// An end-point without a procedure behind it: remembers what it was asked, and answers as the test says.
import type { Origin } from '../../src/endpoint/carrier.ts';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';
import type { AnsweringEndpoint } from '../../src/onem2m/notify-handler.ts';

export interface FakeEndpoint extends AnsweringEndpoint {
  readonly asked: { from: Origin; message: Uint8Array }[];
}

/** Answers with what `reply` makes of the message; unless given, with its bytes reversed. */
export function fakeEndpoint(
  reply: (message: Uint8Array) => Uint8Array | Promise<Uint8Array> = message => message.toReversed(),
): FakeEndpoint {
  const asked: FakeEndpoint['asked'] = [];
  return {
    asked,
    async answer(from, message) {
      asked.push({ from, message });
      return reply(message);
    },
  };
}

export function refusingEndpoint(
  code: FaultCode,
  message: string,
  record: Uint8Array | null = null,
): FakeEndpoint {
  return fakeEndpoint(() => {
    const error = new E2EKeyError(code, message);
    error.notice = { record, alertReceived: null, rscReceived: null };
    throw error;
  });
}
