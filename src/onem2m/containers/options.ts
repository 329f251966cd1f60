// What the two ends of the container carrier have in common: how they register at the CSE and how they hear of new
// instances.
import { refuse } from '../../errors.ts';
import type { ReleaseVersion } from '../release-version.ts';

export interface ContainerOptions {
  /**
   * Address of the `<CSEBase>` at the CSE, below which we register. `-` (the default) is the standard's name for
   * it (TS-0004 6.2.4); a CSE that does not know it takes the resource name of its `<CSEBase>`.
   */
  readonly cseBase?: string;
  /**
   * AE-ID-Stem under which we register. Unless given it is made of the name of our `<AE>`; `C` or `S` alone lets
   * the CSE assign one (TS-0004 7.3.2.1). It is the CSE's name for us, and no identity of the procedure.
   */
  readonly originator?: string;
  /** Release Version Indicator; `3` unless given. */
  readonly releaseVersion?: ReleaseVersion;
  /**
   * How new instances come in: by looking at the container's `<latest>` now and then (the default), through a
   * `<pollingChannel>`, or as notifications to a point of access of ours, whose NOTIFYs are handed to `notified`.
   */
  readonly receive?: Receive;
  /** Milliseconds between two looks at the container, 1 to 60000; 250 unless given. */
  readonly pollInterval?: number;
  /** Whom the CSE lets create instances in our inbox (accessControlOriginators); everybody unless given. */
  readonly writers?: readonly string[];
}

export type Receive = 'polling' | 'polling channel' | { readonly pointOfAccess: string };

/** The options, checked and complete. */
export type ContainerSettings = Required<ContainerOptions>;

/** `name` is that of our `<AE>`. */
export function containerSettings(options: ContainerOptions, name: string): ContainerSettings {
  const settings: ContainerSettings = {
    cseBase: options.cseBase ?? '-',
    originator: options.originator ?? `C${name}`,
    releaseVersion: options.releaseVersion ?? '3',
    receive: options.receive ?? 'polling',
    pollInterval: options.pollInterval ?? 250,
    writers: options.writers ?? ['all'],
  };
  const { cseBase, originator, receive, pollInterval, writers } = settings;
  if (cseBase === '' || cseBase.endsWith('/'))
    refuse('OPTION_INVALID', 'cseBase is no address of a <CSEBase>: it is empty or ends with /');
  if (!/^[CS][A-Za-z0-9._~-]*$/.test(originator))
    refuse('OPTION_INVALID', 'originator is no AE-ID-Stem, C… or S… (TS-0001 7.2)');
  if (!Number.isInteger(pollInterval) || pollInterval < 1 || pollInterval > 60_000)
    refuse('OPTION_INVALID', 'pollInterval is no number of milliseconds from 1 to 60000');
  if (writers.length === 0) refuse('OPTION_INVALID', 'writers is empty: nobody could reach us');
  if (typeof receive === 'object' && !/^https?:$/.test(URL.parse(receive.pointOfAccess)?.protocol ?? ''))
    refuse('OPTION_INVALID', 'receive.pointOfAccess is no http: or https: URL');
  return settings;
}
