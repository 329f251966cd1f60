// What takes a request primitive to a CSE, or to an end-point, and brings its response back. Carriers are written
// on top of it and know no binding; bindings implement it and know no E2EKey procedure.
import type { RequestPrimitive, ResponsePrimitive } from './primitive.ts';

export interface Sender {
  /**
   * Sends one request and resolves with its response, an error response included.
   *
   * @param signal aborted when the response is of no use any more
   * @throws E2EKeyError CARRIER_FAILED when there was no oneM2M response, REQUEST_EXPIRED when it did not come
   * in time.
   */
  send(request: RequestPrimitive, signal: AbortSignal): Promise<ResponsePrimitive>;
}
