// A finished procedure as `establish` and `listen` show it, for programs and for people.
import type { StatusSource } from '../certificates/revocation.ts';
import type { Role } from '../certificates/trust.ts';
import { establishedReport, withheldReport } from '../endpoint/report.ts';
import { refuse } from '../errors.ts';
import { Connection } from '../handshake/session.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import type { ProcedureValues } from './procedure-options.ts';
import { statusText } from './status-evidence.ts';

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
export function keyDocument(finished: PairwiseE2EKey | Connection, values: ProcedureValues): object {
  if (finished instanceof Connection) return withheldReport(finished);
  const report = establishedReport(finished);
  return values['reveal-key'] ? { ...report, exported: exportedHex(finished) } : report;
}

/** The same for people. */
export function keyText(finished: PairwiseE2EKey | Connection, values: ProcedureValues): string {
  const report = finished instanceof Connection ? withheldReport(finished) : establishedReport(finished);
  const { keyId, keyWithheld, peer, statusBy, role, suite, group, forwardSecrecy, exportIndicator, expires } =
    report;
  const who =
    peer === null
      ? 'nobody was authenticated'
      : `${peer.id} (${[peer.flavour, peer.subject ?? []].flat().join('; ')})`;
  const lines = [
    keyId === null ? `no key            ${keyWithheld}` : `pairwiseE2EKeyID  ${keyId}`,
    `peer              ${who}`,
    ...(peer === null || peer.flavour === 'raw' || peer.flavour === 'psk'
      ? []
      : [`revocation        ${knownStatus(statusBy, role, values)}`]),
    `our role          ${role} end-point`,
    `suite             ${suite}${group === null ? '' : `, ${group}`}`,
    `forward secrecy   ${forwardSecrecy ? 'yes' : 'no: whoever learns the pre-shared key has this key too'}`,
    `export indicator  ${exportIndicator ? 'yes' : 'no'}`,
  ];
  if (expires !== null) lines.push(`expires           ${expires}`);
  if (values['reveal-key'] && !(finished instanceof Connection))
    lines.push(`exported          ${exportedHex(finished)}`);
  return lines.join('\n');
}

/** Nobody has to take a peer for one who has nothing to show, when he was not asked. */
function knownStatus(statusBy: StatusSource, role: Role, { crl, revocation }: ProcedureValues): string {
  return role === 'initiating' && revocation === undefined && crl.length === 0
    ? 'unknown: no OCSP response was asked for, which --revocation does, and no --crl is given'
    : statusText(statusBy, revocation ?? 'when-available');
}

function exportedHex({ id, secret }: PairwiseE2EKey): string {
  return `${id.toLowerCase()}${secret.export().toString('hex')}`;
}
