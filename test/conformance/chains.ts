// What the conformance tests have in common: one root, what is demanded of a verdict, and DER that the maker of
// certificates has no option for. Knows no rules: the tests say what is right and what is wrong.
import assert from 'node:assert/strict';
import { type KeyObject, sign } from 'node:crypto';
import {
  parseCertificate,
  type ValidateOptions,
  type Verdict,
  validatePath,
} from '../../src/certificates/index.ts';
import type { FaultCode, Finding } from '../../src/errors.ts';
import {
  algorithms,
  bitString,
  der,
  extension,
  type Issued,
  makeAuthority,
  objectIdentifier,
  sequence,
} from '../../src/testing/certificate-maker.ts';

export const time = new Date('2027-06-01T00:00:00Z');
export const root = makeAuthority();

type Chain = readonly { readonly der: Uint8Array }[];
type Accepted = Extract<Verdict, { valid: true }>;

/** The parts of a finding that a test demands; `problem` where the others would fit another rule too. */
export interface Demanded extends Pick<Finding, 'position' | 'field' | 'clause'> {
  readonly problem?: RegExp;
}

/** In profile rfc5280 and under `root`, unless the options say otherwise. */
export function accepted(chain: Chain, options: Partial<ValidateOptions> = {}): Accepted {
  const verdict = judge(chain, options);
  assert.ok(verdict.valid, verdict.reason ?? '');
  return verdict;
}

export function refused(
  chain: Chain,
  code: FaultCode,
  demanded: Demanded,
  options: Partial<ValidateOptions> = {},
): void {
  const verdict = judge(chain, options);
  assert.ok(!verdict.valid, `accepted, although ${demanded.clause} is broken`);
  demand(verdict.finding, code, demanded);
}

export function demand(finding: Finding, code: FaultCode, { problem, ...demanded }: Demanded): void {
  const { position, field, clause } = finding;
  assert.deepEqual({ code: finding.code, position, field, clause }, { code, ...demanded }, finding.problem);
  if (problem !== undefined) assert.match(finding.problem, problem);
}

function judge(chain: Chain, options: Partial<ValidateOptions>): Verdict {
  return validatePath(
    chain.map(certificate => certificate.der),
    { anchors: [root.der], time, profile: 'rfc5280', ...options },
  );
}

/** A Name of one attribute each: type, identifier octet of the value, text. */
export function distinguishedName(...attributes: readonly (readonly [string, number, string])[]): Uint8Array {
  const parts = attributes.map(([type, tag, text]) =>
    der(0x31, sequence(objectIdentifier(type), der(tag, Buffer.from(text, 'utf8')))),
  );
  return sequence(...parts);
}

/** Identifier octets of the string types that names are written in (RFC 5280 4.1.2.4). */
export const string = { utf8: 0x0c, printable: 0x13, ia5: 0x16 } as const;

/** extKeyUsage with these KeyPurposeIds. */
export function purposes(...ids: readonly string[]): Uint8Array {
  return extension('2.5.29.37', sequence(...ids.map(id => objectIdentifier(id))));
}

export const serverAuth = '1.3.6.1.5.5.7.3.1';
export const clientAuth = '1.3.6.1.5.5.7.3.2';

/** The certificate with one field of tbsCertificate in other bytes, signed anew. */
export function rewritten(issued: Issued, signer: KeyObject, field: Uint8Array, by: Uint8Array): Issued {
  const tbs = Buffer.from(parseCertificate(issued.der).tbsCertificate);
  const start = tbs.indexOf(field);
  assert.ok(start > 0);
  const header = (tbs[1] ?? 0) < 0x80 ? 2 : 2 + ((tbs[1] ?? 0) & 0x7f);
  const other = sequence(tbs.subarray(header, start), by, tbs.subarray(start + field.length));
  const signature = sign('sha256', other, signer);
  return { ...issued, der: sequence(other, algorithms.ecdsaWithSha256, bitString(signature)) };
}

/** Another last octet. */
export function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1);
}
