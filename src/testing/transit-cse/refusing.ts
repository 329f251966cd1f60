// A refusal while a request is looked at, thrown, and its response: a Response Status Code by name and a sentence.
import { faultResponse } from '../../onem2m/fault-response.ts';
import { type Answerable, debugText, type ResponsePrimitive, respond } from '../../onem2m/primitive.ts';
import { type ResponseStatusName, responseStatuses } from '../../onem2m/response-status-code.ts';

class Refused extends Error {
  readonly rsc: number;
  constructor(name: ResponseStatusName, sentence: string) {
    super(`${name}: ${sentence}`);
    this.rsc = responseStatuses[name].rsc;
  }
}

/** Ends the handling of a request, as an expression. */
export function deny(name: ResponseStatusName, sentence: string): never {
  throw new Refused(name, sentence);
}

/** The response that says what was thrown. */
export function refusalOf(request: Answerable, error: unknown): ResponsePrimitive {
  return error instanceof Refused
    ? respond(request, error.rsc, { 'm2m:dbg': debugText(error.message) })
    : faultResponse(request, error);
}
