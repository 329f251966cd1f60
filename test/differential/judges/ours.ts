// Our own verdict, in profile rfc5280.
import { type Finding, validatePath } from '../../../src/certificates/index.ts';
import type { Question } from '../cases.ts';

/** Null where the chain is accepted. */
export function ourFinding(question: Question): Finding | null {
  const { leaf, intermediates, anchor, time, purpose, presented } = question;
  const verdict = validatePath(presented ? [leaf, ...intermediates] : [leaf], {
    anchors: [anchor],
    intermediates: presented ? [] : intermediates,
    time,
    purpose,
    profile: 'rfc5280',
  });
  return verdict.valid ? null : verdict.finding;
}
