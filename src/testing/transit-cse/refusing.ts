// A refusal while a request is looked at, thrown, and its response: a Response Status Code by name and a sentence.
import { faultResponse } from '../../onem2m/fault-response.ts';
import { type Answerable, debugText, type ResponsePrimitive, respond } from '../../onem2m/primitive.ts';
import { type ResponseStatusName, responseStatuses } from '../../onem2m/response-status-code.ts';

/** TS-0004 6.6.3, those that only a CSE with resources gives. */
const hostingStatuses = {
  INVALID_CHILD_RESOURCE_TYPE: 4108,
  SUBSCRIPTION_VERIFICATION_INITIATION_FAILED: 5204,
} as const;

type Name = ResponseStatusName | keyof typeof hostingStatuses;

class Refused extends Error {
  readonly rsc: number;
  constructor(name: Name, sentence: string) {
    super(`${name}: ${sentence}`);
    this.rsc =
      name in responseStatuses
        ? responseStatuses[name as ResponseStatusName].rsc
        : hostingStatuses[name as keyof typeof hostingStatuses];
  }
}

/** Ends the handling of a request, as an expression. */
export function deny(name: Name, sentence: string): never {
  throw new Refused(name, sentence);
}

/** The response that says what was thrown. */
export function refusalOf(request: Answerable, error: unknown): ResponsePrimitive {
  return error instanceof Refused
    ? respond(request, error.rsc, { 'm2m:dbg': debugText(error.message) })
    : faultResponse(request, error);
}
