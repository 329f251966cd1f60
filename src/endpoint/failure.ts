// From an error to what is delivered because of it. The endpoint is the only one that catches: whatever a step,
// a signer or a store threw leaves it as an E2EKeyError with the alert record that the peer is due.
import { E2EKeyError } from '../errors.ts';
import { fatalAlertRecord } from '../wire/alerts.ts';

/** The error as the endpoint hands it on: an unforeseen one becomes INTERNAL, without its text. */
export function asE2EKeyError(error: unknown): E2EKeyError {
  return error instanceof E2EKeyError
    ? error
    : new E2EKeyError('INTERNAL', 'an unforeseen error', { cause: error });
}

/** The same with the alert record of its row, for whoever delivers it to the peer. */
export function asFailure(error: unknown): E2EKeyError {
  const failure = asE2EKeyError(error);
  const record = failure.alert === null ? null : fatalAlertRecord(failure.alert);
  failure.notice = { ...failure.notice, record };
  return failure;
}
