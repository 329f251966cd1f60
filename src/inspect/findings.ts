// What inspecting finds amiss: its form, and what the severities mean. Finds nothing itself.
import type { E2EKeyError, FaultCode } from '../errors.ts';

/**
 * `error`: cannot be read as what it is, or would be refused under the oneM2M profile. `warning`: departs from a
 * clause, or other programs refuse it, but it is accepted here. `note`: worth knowing, and in order.
 */
export type Severity = 'error' | 'warning' | 'note';

export interface Finding {
  readonly severity: Severity;
  /** The row of the fault table under which an end-point would refuse it, where it would. */
  readonly code?: FaultCode;
  /** Where in the file: `certificates.0.keyUsage`. */
  readonly field: string;
  readonly message: string;
  readonly clause: string;
}

/** @param code null where no end-point would come so far as to refuse it. */
export function error(code: FaultCode | null, field: string, message: string, clause: string): Finding {
  return { severity: 'error', ...(code !== null && { code }), field, message, clause };
}

/**
 * A refusal of the library as a finding. One about a certificate says its parts itself; of another sentence, what it
 * begins with is the path of the field below `field`, and what it ends with is its clause, where it has them; `clause`
 * is for those without.
 */
export function refused({ code, message, finding }: E2EKeyError, field: string, clause: string): Finding {
  const below = (path: string) => (path === '' ? field : `${field}.${path}`);
  if (finding !== null)
    return error(
      code,
      below(finding.field),
      `${finding.problem}; accepted: ${finding.accepted}`,
      finding.clause,
    );
  const [, path = '', what = message, own = clause] =
    /^(?:([\w.]*): )?(.*?)(?: \(((?:RFC|TS-)[^()]*)\))?$/s.exec(message) ?? [];
  return error(code, below(path), what, own);
}

export function warning(field: string, message: string, clause: string): Finding {
  return { severity: 'warning', field, message, clause };
}

export function note(field: string, message: string, clause: string): Finding {
  return { severity: 'note', field, message, clause };
}

export function notRecognised(reason: string): Finding {
  return error(null, 'file', `not recognised: ${reason}`, 'TS-0003 8.4, 8.5, 8.7, 10.1');
}
