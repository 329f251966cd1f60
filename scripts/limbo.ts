// Puts the cases of x509-limbo (a limbo.json, schema version 1, which is not part of this repository) to validatePath
// in profile rfc5280, and says where the two differ and why.
import { readFileSync } from 'node:fs';
import { validatePath } from '../src/certificates/index.ts';
import { pemBlocks } from '../src/certificates/pem.ts';
import { refuse } from '../src/errors.ts';
import { runScript } from './options.ts';

interface Case {
  readonly id: string;
  readonly validation_kind: 'SERVER' | 'CLIENT';
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time?: string | null;
  readonly expected_result: 'SUCCESS' | 'FAILURE';
  readonly expected_peer_name?: { readonly kind: string; readonly value: string } | null;
  readonly max_chain_depth?: number | null;
  readonly crls?: readonly string[];
}

/** Where we mean to differ, by the beginning of the case's name. */
const decided: readonly (readonly [why: string, cases: readonly string[]])[] = [
  [
    "the end-point signs in the handshake, so that a keyUsage without digitalSignature is none of an end-point's (RFC 8422 5.3)",
    ['pathlen::validation-ignores-pathlen-in-leaf', 'rfc5280::ca-as-leaf'],
  ],
  [
    'key identifiers help to find an issuer and decide nothing: where they are absent RFC 5280 6.1 has no objection (4.2.1.1, 4.2.1.2 bind issuers)',
    [
      'rfc5280::aki::cross-signed-root-missing-aki',
      'rfc5280::aki::intermediate-missing-aki',
      'rfc5280::aki::leaf-missing-aki',
      'rfc5280::ski::intermediate-missing-ski',
      'rfc5280::ski::root-missing-ski',
    ],
  ],
  [
    'basicConstraints and nameConstraints are processed whether they are critical or not (RFC 5280 6.1.4 (g), (k); 4.2.1.9, 4.2.1.10 bind issuers)',
    ['rfc5280::root-non-critical-basic-constraints', 'rfc5280::nc::permitted-dns-match-noncritical'],
  ],
  [
    'rules of the CA/Browser Forum for the public web, which RFC 5280 does not have',
    [
      'webpki::aki::',
      'webpki::cn::',
      'webpki::ee-basicconstraints-ca',
      'webpki::eku::',
      'webpki::forbidden-rsa-',
      'webpki::malformed-aia',
      'webpki::san::public-suffix-',
      'webpki::san::san-critical-with-nonempty-subject',
    ],
  ],
];

await runScript(
  {
    file: 'limbo.ts',
    about:
      'Puts the cases of x509-limbo to validatePath in profile rfc5280, and says of each difference whether it is meant and\nwhy. Some seconds.',
    options: {
      file: { type: 'operand', placeholder: 'FILE', about: 'A limbo.json of schema version 1.' },
    },
    choose: ({ file }) => readCases(file),
    exitCodes: {
      0: 'every difference is one that is meant',
      1: 'there is another one',
      2: 'a wrong option, or a file that is none',
    },
    example: 'limbo.json',
  },
  main,
);

function main(cases: readonly Case[]): number {
  const different = cases.filter(one => verdictOf(one).valid !== (one.expected_result === 'SUCCESS'));
  const whyOf = ({ id }: Case) =>
    decided.find(([, begins]) => begins.some(begin => id.startsWith(begin)))?.[0] ?? null;
  for (const [why, ones] of Map.groupBy(different, whyOf)) {
    console.log(`\n${why ?? 'NOT EXPLAINED'}`);
    for (const one of ones)
      console.log(
        `  ${one.id}: ${one.expected_result} expected, ${verdictOf(one).reason ?? 'found to be valid'}`,
      );
  }
  const open = different.filter(one => whyOf(one) === null);
  console.log(
    `\n${cases.length} cases, ${cases.filter(({ crls = [] }) => crls.length > 0).length} of them with CRLs; ${cases.length - different.length} agree, ${different.length - open.length} differ as decided, ${open.length} differ otherwise`,
  );
  return open.length === 0 ? 0 : 1;
}

function readCases(file: string): readonly Case[] {
  try {
    const { version, testcases } = JSON.parse(readFileSync(file, 'utf8'));
    if (version === 1 && Array.isArray(testcases)) return testcases;
  } catch (error) {
    return refuse('OPTION_INVALID', `FILE ${file}: ${error instanceof Error ? error.message : error}`);
  }
  return refuse('OPTION_INVALID', `FILE ${file} is no limbo.json of schema version 1`);
}

function verdictOf(one: Case) {
  const name = one.expected_peer_name;
  return validatePath([derOf(one.peer_certificate)], {
    anchors: one.trusted_certs.map(derOf),
    intermediates: one.untrusted_intermediates.map(derOf),
    crls: (one.crls ?? []).map(derOf),
    time: new Date(one.validation_time ?? Date.now()),
    purpose: one.validation_kind === 'SERVER' ? 'terminating' : 'initiating',
    profile: 'rfc5280',
    ...(name && { expect: name.value }),
    ...(typeof one.max_chain_depth === 'number' && { maxDepth: one.max_chain_depth }),
  });
}

function derOf(pem: string): Uint8Array {
  return pemBlocks(pem)[0]?.der ?? new Uint8Array();
}
