// The `<CSEBase>` of a CSE that is an E2EKey end-point and nothing else, as `e2ekey serve` is one: what a RETRIEVE
// shows (TS-0001 9.6.3). A CSE with resources of its own has its own, and puts `e2eSecInfo` into that.
import { refuse } from '../errors.ts';
import { parseAbsolute } from '../identifiers/entity.ts';
import { writeAddress } from './address.ts';
import { type CertificateHolder, type E2eSecInfo, e2eSecInfo } from './e2e-sec-info.ts';
import { releaseVersions } from './release-version.ts';
import { serialisations } from './serialisation/serialisation.ts';
import { writeTimestamp } from './timestamp.ts';

export interface CseBase {
  readonly 'm2m:cb': {
    readonly ty: 5;
    readonly ri: string;
    readonly rn: string;
    readonly pi: '';
    readonly ct: string;
    readonly lt: string;
    readonly csi: string;
    readonly srt: readonly number[];
    readonly poa: readonly string[];
    readonly csz: readonly string[];
    readonly srv: readonly string[];
    readonly esi?: E2eSecInfo;
  };
}

export interface CseBaseOptions {
  /** URLs at which we are reached. */
  readonly pointOfAccess: readonly string[];
  /** Since when the CSE is there. */
  readonly created: Date;
}

/** TS-0004 6.3.4.2.1. */
const cseBaseType = 5;

/**
 * Everything that TS-0001 Table 9.6.3-2 demands. cseType is left out: whether we are an IN-CSE is the service
 * provider's knowledge.
 *
 * @throws E2EKeyError OPTION_INVALID for an AE, which has no `<CSEBase>`.
 */
export function cseBase(
  endpoint: CertificateHolder & { readonly id: string },
  { pointOfAccess, created }: CseBaseOptions,
): CseBase {
  if (parseAbsolute(endpoint.id).ae !== null)
    return refuse('OPTION_INVALID', `${endpoint.id} is an AE and has no <CSEBase> (TS-0001 9.6.3)`);
  const name = cseBaseName(endpoint.id);
  const esi = e2eSecInfo(endpoint);
  return {
    'm2m:cb': {
      ty: cseBaseType,
      ri: name,
      rn: name,
      pi: '',
      ct: writeTimestamp(created),
      lt: writeTimestamp(created),
      csi: writeAddress(endpoint.id, 'sp-relative'),
      srt: [cseBaseType],
      poa: pointOfAccess,
      csz: Object.keys(serialisations),
      srv: releaseVersions,
      ...(esi !== undefined && { esi }),
    },
  };
}

/** Resource name and resource ID of the `<CSEBase>` of such a CSE: its CSE-ID without the slash. */
export function cseBaseName(cse: string): string {
  return writeAddress(cse, 'sp-relative').slice(1);
}
