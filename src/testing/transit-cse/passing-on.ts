// What the transit CSE does to every request that it passes on, to another CSE or to an AE: the originator's form, and
// the deviations of CSEs that pass NOTIFYs on badly. Knows no destination.
import { toAbsolute } from '../../identifiers/entity.ts';
import { writeAddress } from '../../onem2m/address.ts';
import { type RequestPrimitive, type ResponsePrimitive, respond } from '../../onem2m/primitive.ts';
import { responseStatuses } from '../../onem2m/response-status-code.ts';
import { isObject } from '../../onem2m/serialisation/json.ts';
import type { Deviations } from './deviations.ts';
import { deny } from './refusing.ts';

export class PassingOn {
  readonly #deviations: Deviations;
  readonly #originator: (from: string) => string;

  /** @param originator how From is passed on; unless given, an AE-ID-Stem becomes SP-relative (TS-0004 7.3.2.6) */
  constructor(id: string, deviations: Deviations, originator: ((from: string) => string) | undefined) {
    this.#deviations = deviations;
    this.#originator =
      originator ??
      (from =>
        /^[CS]/.test(from) || deviations.has('originatorSpRelative')
          ? writeAddress(toAbsolute(from, id), 'sp-relative')
          : from);
  }

  rewritten(request: RequestPrimitive): RequestPrimitive {
    return request.from === undefined ? request : { ...request, from: this.#originator(request.from) };
  }

  /** @param forward brings the request to where it goes, or denies */
  async pass(
    request: RequestPrimitive,
    forward: (request: RequestPrimitive) => Promise<ResponsePrimitive>,
  ): Promise<ResponsePrimitive> {
    if (request.operation !== 'notify') return forward(request);
    const { content } = request;
    const isNotification = isObject(content) && ('m2m:sgn' in content || 'm2m:rsp' in content);
    if (this.#deviations.has('notifyOnlyNotifications') && !isNotification)
      deny('BAD_REQUEST', 'the content is neither m2m:sgn nor m2m:rsp');
    const success = respond(request, responseStatuses.OK.rsc);
    if (this.#deviations.has('notifySwallowed')) return success;
    if (!this.#deviations.has('responseContentDropped')) return forward(request);
    await forward(request).catch(() => undefined);
    return success;
  }
}
