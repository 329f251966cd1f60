// From the options that `establish` and `listen` share to what the library takes. Opens the files; decides
// nothing about a handshake.
import { type PeerEntry, Peers, TrustAnchors } from '../certificates/trust.ts';
import { type Suite, suiteByName, suites } from '../crypto/suites.ts';
import { credentials, type EndpointCredential } from '../endpoint/credentials.ts';
import { establishedReport } from '../endpoint/report.ts';
import { refuse } from '../errors.ts';
import { makeProfile, type Profile } from '../handshake/profile.ts';
import { isDomainName, parseAbsolute } from '../identifiers/entity.ts';
import type { TlsEndpoint } from '../interop/connection.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { readCertificates, readCredentials } from './credential-files.ts';
import type { Values } from './options.ts';
import type { procedureOptions } from './procedure-options.ts';

type ProcedureValues = Values<typeof procedureOptions>;

/** The one credential of a command. */
export function credentialOf(values: ProcedureValues): EndpointCredential {
  const [first, second] = readCredentials(values.credential, values.key, values['password-file']);
  if (first === undefined) return refuse('OPTION_INVALID', '--credential is missing');
  if (second !== undefined)
    return refuse('OPTION_INVALID', '--credential is given twice; one end-point has one certificate');
  return credentials.fromKey(first.chain, first.key);
}

/**
 * Peer entries from `--trust` and `--expect ID[=NAME]`. Without `--expect` there is one entry for everybody whom
 * the trust anchors vouch for: the lab's explicit choice.
 */
export function peersOf(values: ProcedureValues): PeerEntry[] {
  if (values.trust.length === 0) refuse('OPTION_INVALID', '--trust is missing: nobody would be believed');
  const trust = TrustAnchors.fromCertificates(readCertificates('--trust', values.trust));
  const policy = {
    trust,
    requireNameConstraints: values['require-name-constraints'],
    exportIndicator: values['require-export-indicator'] ? 'required' : 'optional',
  } as const;
  if (values.expect.length === 0) return [{ entity: null, flavour: 'any', ...policy }];
  return values.expect.map(text => ({ ...expected(text), ...policy }));
}

function expected(text: string): Pick<PeerEntry, 'entity' | 'flavour' | 'identifier'> {
  const separator = text.indexOf('=');
  const id = separator === -1 ? text : text.slice(0, separator);
  const name = separator === -1 ? null : text.slice(separator + 1);
  if (!id.startsWith('//')) {
    if (name !== null || !isDomainName(id))
      refuse('OPTION_INVALID', `--expect ${text}: neither an absolute identifier nor a domain name`);
    return { entity: null, flavour: 'cse-id', identifier: id };
  }
  if (parseAbsolute(id).ae !== null) {
    if (name !== null)
      refuse(
        'OPTION_INVALID',
        `--expect ${text}: an AE-ID certificate holds the AE-ID itself; leave out =${name}`,
      );
    return { entity: id, flavour: 'ae-id', identifier: id };
  }
  if (name === null)
    refuse('OPTION_INVALID', `--expect ${text}: give the domain name in its certificate after =`);
  return { entity: id, flavour: 'cse-id', identifier: name };
}

export function suitesOf(values: ProcedureValues): readonly Suite[] {
  return values.suites?.map(name => suiteByName(name) ?? unknownSuite(name)) ?? suites;
}

function unknownSuite(name: string): never {
  return refuse(
    'OPTION_INVALID',
    `--suites: ${name} is none of ${suites.map(suite => suite.name).join(', ')}`,
  );
}

/** The present, or what `--time` says it is. */
export function clockOf(values: ProcedureValues): () => Date {
  const { time } = values;
  return time === undefined ? () => new Date() : () => time;
}

/** For the whole procedure, in milliseconds. */
export function timeoutOf(values: ProcedureValues): number {
  return (values.timeout ?? 30) * 1000;
}

/** Nothing keeps the key here; what is shown is the lifetime, in milliseconds, that `serve` would give it. */
export const keyLifetime = 30 * 86_400_000;

/** One end of the procedure with a TLS stack over TCP. */
export function tlsEndpointOf(
  values: ProcedureValues,
  { expected, serverName }: Pick<Profile, 'expected' | 'serverName'>,
): TlsEndpoint {
  const credential = credentialOf(values);
  const profile = makeProfile({
    credential,
    peers: new Peers(peersOf(values)),
    expected,
    suites: suitesOf(values),
    certificateProfile: values['certificate-profile'] ?? 'onem2m',
    requireExportIndicator: values['require-export-indicator'],
    serverName,
  });
  return { profile, signer: credential.signer, clock: clockOf(values), timeout: timeoutOf(values) };
}

/** Refuses to show a key that somebody else could be shown as well. */
export function checkRevealing(values: ProcedureValues, host: string): void {
  const loopback = host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
  if (values['reveal-key'] && !values.lab && !loopback)
    refuse(
      'OPTION_INVALID',
      `--reveal-key shows the key: ${host} is not loopback; --lab allows it all the same`,
    );
}

/** The success document, with the 48 exported bytes where they are to be shown. */
export function keyDocument(key: PairwiseE2EKey, values: ProcedureValues): object {
  const report = establishedReport(key);
  return values['reveal-key']
    ? { ...report, exported: `${key.id.toLowerCase()}${key.secret.export().toString('hex')}` }
    : report;
}

/** The same for people. */
export function keyText(key: PairwiseE2EKey, values: ProcedureValues): string {
  const { peer, id, suite, exportIndicator, expires, role } = key;
  const lines = [
    `pairwiseE2EKeyID  ${id}`,
    `peer              ${key.entity} (${peer.flavour}; ${peer.subject})`,
    `our role          ${role} end-point`,
    `suite             ${suite}`,
    `export indicator  ${exportIndicator ? 'yes' : 'no'}`,
    `expires           ${expires.toISOString()}`,
  ];
  if (values['reveal-key'])
    lines.push(`exported          ${id.toLowerCase()}${key.secret.export().toString('hex')}`);
  return lines.join('\n');
}
