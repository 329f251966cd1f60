// e2ekey verify
import { hash } from 'node:crypto';
import { parseCertificate } from '../certificates/certificate.ts';
import { shorten } from '../certificates/finding.ts';
import { isAbsoluteAeId } from '../certificates/flavours.ts';
import { type Verdict, validatePath } from '../certificates/index.ts';
import { type RevocationPolicy, revocationPolicies } from '../certificates/revocation.ts';
import { type PathStep, refuse } from '../errors.ts';
import { chainFindings } from '../inspect/chain-findings.ts';
import type { Command } from './command.ts';
import { readCertificates } from './credential-files.ts';
import { readExpectedPeer } from './expected-peer.ts';
import type { Output } from './output.ts';
import { readCrls, readOcspResponses, statusText } from './status-evidence.ts';

const options = {
  leaf: {
    type: 'operand',
    placeholder: 'LEAF',
    about: "The end-point's certificate, DER or PEM; in PEM its intermediates may follow.",
  },
  trust: {
    type: 'text',
    placeholder: 'FILE',
    required: true,
    repeatable: true,
    about: 'Trust anchors, DER or PEM; a file may hold several.',
  },
  intermediates: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about: 'Further certificates between LEAF and the trust anchors; a file may hold several.',
  },
  crl: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about:
      'CRLs, PEM or DER, each from the issuer of the certificates that it is for; a file may hold several.',
  },
  ocsp: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about: 'An OCSP response, DER or PEM, for a certificate of the path.',
  },
  revocation: {
    type: 'text',
    placeholder: 'POLICY',
    oneOf: revocationPolicies,
    about:
      'Default required where --crl or --ocsp is given: one of them has to say that LEAF is not revoked; certificates above it are looked up where a CRL of their issuer, or a response for them, is given. when-available passes over what is not given, and off, the default without --crl and --ocsp, looks at nothing.',
  },
  time: {
    type: 'time',
    placeholder: 'ISO',
    about: 'When the certificates have to be valid, and what is said of their status fresh; default now.',
  },
  expect: {
    type: 'text',
    placeholder: 'ID[=NAME]',
    about:
      'The identity that LEAF has to hold: an Absolute AE-ID, a domain name (of a CSE-ID, or an FQDN), the URN or object identifier of a node, the object identifier of a device; after an absolute identifier and =, what stands in its certificate. With rfc5280 also the name or address of a host.',
  },
  purpose: {
    type: 'text',
    placeholder: 'ROLE',
    oneOf: ['initiating', 'terminating', 'any'],
    about: 'The end-point that LEAF is for; default any.',
  },
  'certificate-profile': {
    type: 'text',
    placeholder: 'PROFILE',
    oneOf: ['onem2m', 'rfc5280'],
    about: 'Which certificates are accepted; default onem2m (TS-0003 10.1).',
  },
  'max-depth': {
    type: 'integer',
    least: 0,
    // A path has at most 16 certificates, leaf and trust anchor among them.
    most: 14,
    placeholder: 'N',
    about: 'Most intermediates, self-issued ones not counted; default 6.',
  },
} as const;

export const command: Command<typeof options> = {
  description:
    'Validates a certificate chain (RFC 5280 §6.1, TS-0003 8.1.2.5) and shows the path, the trust anchor on top. Where it is refused, the path that came closest is shown, and a sentence says which certificate is at fault, in which field, by which clause, and what would be accepted. Ends with 1 if it is refused. Revocation is looked at with --crl, --ocsp or --revocation, and nothing is fetched.',
  options,
  role: null,
  async run(values, output) {
    const chain = readCertificates('LEAF', [values.leaf]);
    const anchors = readable('--trust', values.trust, output);
    const intermediates = readable('--intermediates', values.intermediates, output);
    const { time = new Date(), expect, purpose = 'any', 'max-depth': maxDepth } = values;
    const { 'certificate-profile': profile = 'onem2m' } = values;
    const crls = readCrls(values.crl).map(({ der }) => der);
    const ocsp = readOcspResponses(values.ocsp);
    const { revocation = crls.length + ocsp.length > 0 ? 'required' : 'off' } = values;
    const verdict = validatePath(chain, {
      anchors,
      intermediates,
      crls,
      ocsp,
      revocation,
      time,
      purpose,
      profile,
      ...(expect !== undefined && { expect: nameIn(expect) }),
      ...(maxDepth !== undefined && { maxDepth }),
    });
    if (verdict.code === 'OPTION_INVALID') {
      const { problem, accepted } = verdict.finding;
      refuse('OPTION_INVALID', `--expect: ${problem}; accepted: ${accepted}`);
    }
    const asked = `${purposeTexts[purpose]}, at ${time.toISOString()}, profile ${profile}`;
    const trusted = new Set(anchors.map(der => hash('sha256', der)));
    output.result(document(verdict), text(verdict, { asked, revocation, trusted }));
    if (!verdict.valid) return 1;
    for (const { message, clause } of warnings(verdict.path, [...chain, ...intermediates, ...anchors]))
      output.note(`warning: ${message} (${clause})`);
    return 0;
  },
};

/** A bundle may have one that cannot be read; a file that has no other is the caller's fault. */
function readable(option: string, files: readonly string[], output: Output): Uint8Array[] {
  return files.flatMap(file => {
    const ders = readCertificates(option, [file]);
    const problems = ders.map(der => {
      try {
        parseCertificate(der);
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : 'cannot be read';
      }
    });
    const named = problems.flatMap((problem, index) =>
      problem === null ? [] : [`${option} ${file}: certificate ${index + 1}: ${problem}`],
    );
    if (named.length === ders.length) refuse('OPTION_INVALID', named[0] ?? `${option} ${file}`);
    for (const problem of named) output.note(`warning: ${problem}; it is passed over`);
    return ders.filter((_, index) => problems[index] === null);
  });
}

const purposeTexts = {
  initiating: 'for the initiating end-point',
  terminating: 'for the terminating end-point',
  any: 'for an end-point of any role',
} as const;

/** What has to stand in the certificate. */
function nameIn(text: string): string {
  if (!text.startsWith('//') || !text.includes('=')) return text;
  const { entity, identities } = readExpectedPeer(text);
  const [identity] = identities;
  if (entity !== null && isAbsoluteAeId(entity) && identity?.flavour === 'cse-id')
    refuse(
      'OPTION_INVALID',
      `--expect ${text}: an AE has no certificate with a domain name (TS-0003 10.1.3)`,
    );
  return identity?.identifier ?? text;
}

function document(verdict: Verdict): object {
  if (verdict.valid) return { ...verdict, code: null, reason: null, finding: null };
  // The path stands beside it.
  const { path: _, ...finding } = verdict.finding;
  return { ...verdict, finding, statusBy: null };
}

interface Asked {
  readonly asked: string;
  readonly revocation: RevocationPolicy;
  /** Fingerprints of the trust anchors. */
  readonly trusted: ReadonlySet<string>;
}

function text(verdict: Verdict, { asked, revocation, trusted }: Asked): string {
  const { valid, path, code, reason } = verdict;
  const fault = verdict.finding?.position ?? null;
  const steps = path.map((step, position) => ({
    mark: position === fault ? '✗' : ' ',
    place: position > 0 && trusted.has(step.fingerprint) ? 'trust anchor' : placeOf(position),
    about: stepText(step),
  }));
  // One that cannot be read is in no path.
  if (fault !== null && fault >= path.length)
    steps.push({ mark: '✗', place: `certificate ${fault}`, about: 'not readable' });
  return [
    `${valid ? 'valid' : 'refused'} ${asked}`,
    ...steps.toReversed().map(({ mark, place, about }) => `${mark} ${place.padEnd(12)}  ${about}`),
    valid
      ? `  ${'revocation'.padEnd(12)}  ${statusText(verdict.statusBy, revocation)}`
      : `${code}: ${reason}`,
  ].join('\n');
}

function placeOf(position: number): string {
  return position === 0 ? 'end-point' : 'intermediate';
}

function stepText({ subject, notBefore, notAfter, fingerprint }: PathStep): string {
  const [from, to] = [notBefore, notAfter].map(date => date.toISOString().slice(0, 10));
  return `${shorten(subject) || 'without subject'}, ${from} to ${to}, SHA-256 ${fingerprint.slice(0, 16)}…`;
}

/** What other programs are known to refuse all the same. */
function warnings(path: readonly PathStep[], ders: readonly Uint8Array[]) {
  const byFingerprint = new Map(ders.map(der => [hash('sha256', der), der]));
  return chainFindings(
    path.flatMap(({ fingerprint }) => {
      const der = byFingerprint.get(fingerprint);
      return der === undefined ? [] : [parseCertificate(der)];
    }),
  );
}
