// An error as the command line reports it: the exit code and the JSON document.
import { shorten } from '../certificates/finding.ts';
import { type Blame, E2EKeyError, type Finding } from '../errors.ts';
import { alertName } from '../wire/alerts.ts';
import type { Command, ExitCode } from './command.ts';

export const exitCodes: Readonly<Record<Blame, ExitCode>> = { peer: 1, caller: 2, path: 3, own: 4 };

/**
 * The error document of `--json`. `alert.sent` is what we told the peer, so it is null where no alert record was
 * made; `rsc` is the response status code under which the refusal came, or else the one that we answer with.
 *
 * `finding` says where a certificate is at fault, and is there only then.
 *
 * @param peer what is known of the other end-point, as in the document of a success; null before it is
 * authenticated.
 */
export function failureDocument(error: E2EKeyError, role: Command['role'], peer: object | null): object {
  const { record, alertReceived, rscReceived } = error.notice;
  return {
    error: {
      code: error.code,
      message: error.message,
      alert: {
        sent: record === null || error.alert === null ? null : alertName(error.alert),
        received: alertReceived === null ? null : alertName(alertReceived),
      },
      // A refusal of ours of what came under a success has its own row's code.
      rsc: rscReceived !== null && rscReceived >= 4000 ? rscReceived : error.rsc,
      role,
      peer,
      ...(error.finding !== null && { finding: findingDocument(error.finding) }),
    },
  };
}

/** A peer chooses the names, up to 16 kB each, and nobody has authenticated it yet. */
function findingDocument({ path, ...finding }: Finding): object {
  return {
    ...finding,
    path: path.map(step => ({ ...step, subject: shorten(step.subject), issuer: shorten(step.issuer) })),
  };
}

/**
 * An error that nobody foresaw becomes INTERNAL. Its own message stays out of the report: nobody can say what is
 * in it.
 */
export function foreseen(error: unknown): E2EKeyError {
  if (error instanceof E2EKeyError) return error;
  return new E2EKeyError(
    'INTERNAL',
    'an unexpected error ended the command; E2EKEY_DEBUG=1 in the environment shows it',
    {
      cause: error,
    },
  );
}
