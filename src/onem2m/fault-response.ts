// How an error becomes a response primitive: its Response Status Code, the alert record for the peer's TLS
// engine, and a sentence for whoever reads the log on the other side.
import { E2EKeyError } from '../errors.ts';
import { type Answerable, debugText, type ResponsePrimitive, respond } from './primitive.ts';
import { responseStatuses } from './response-status-code.ts';
import { securityInfo } from './security-info.ts';

export function faultResponse(request: Answerable, error: unknown): ResponsePrimitive {
  const fault = error instanceof E2EKeyError ? error : null;
  // The peer told us that it gave up; there is nothing to refuse and nothing to answer.
  if (fault?.code === 'ALERT_RECEIVED') return respond(request, responseStatuses.OK.rsc);
  // Our own failures, and those of whoever configured us, are named but not described to a peer.
  const debug =
    fault?.blame === 'peer' || fault?.blame === 'path'
      ? `${fault.code}: ${fault.message}`
      : `${fault?.blame === 'own' ? fault.code : 'INTERNAL'}: this end-point could not process the request`;
  // Both members side by side: the alert is what the peer's TLS engine must see (RFC 5246 §7.2), and only the
  // code tells apart what shares an alert number, such as PENDING_UNKNOWN and MESSAGE_UNEXPECTED.
  return respond(request, fault?.rsc ?? responseStatuses.INTERNAL_SERVER_ERROR.rsc, {
    ...(fault?.notice.record != null && securityInfo.wrap(fault.notice.record)),
    'm2m:dbg': debugText(debug),
  });
}
