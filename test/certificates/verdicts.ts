// Verdicts of validatePath on chains that the tests make: one root, one time, and what a refusal has to say.
import assert from 'node:assert/strict';
import { type ValidateOptions, type Verdict, validatePath } from '../../src/certificates/index.ts';
import type { FaultCode } from '../../src/errors.ts';
import { extension, makeAuthority, objectIdentifier, sequence } from '../../src/testing/certificate-maker.ts';

export const time = new Date('2027-06-01T00:00:00Z');
export const root = makeAuthority();

export const serverAuth = '1.3.6.1.5.5.7.3.1';
export const clientAuth = '1.3.6.1.5.5.7.3.2';
export const anyPurpose = '2.5.29.37.0';

/** An extKeyUsage extension. */
export const purposes = (...ids: string[]): Uint8Array =>
  extension('2.5.29.37', sequence(...ids.map(id => objectIdentifier(id))));

/** Under the root above, unless the options have other anchors. */
export function validate(
  chain: readonly { readonly der: Uint8Array }[],
  options: Partial<ValidateOptions> = {},
): Verdict {
  return validatePath(
    chain.map(({ der }) => der),
    { anchors: [root.der], time, ...options },
  );
}

/** Refused for this, with a sentence that says what would have been accepted and by which clause. */
export function refused(
  verdict: Verdict,
  code: FaultCode,
  field: string,
  position: number | null,
  clause?: RegExp,
): void {
  assert.ok(!verdict.valid, 'accepted');
  const { finding, reason } = verdict;
  assert.deepEqual([verdict.code, finding.field, finding.position], [code, field, position], reason);
  assert.equal(finding.code, code);
  if (clause !== undefined) assert.match(finding.clause, clause);
  assert.ok(reason.includes(finding.accepted) && reason.includes(finding.clause), reason);
  assert.deepEqual(verdict.path, finding.path);
}

export function accepted(verdict: Verdict): void {
  assert.ok(verdict.valid, verdict.reason ?? '');
}

/** The subjects of the path, leaf first. */
export const subjects = (verdict: Verdict): string[] => verdict.path.map(({ subject }) => subject);
