// From the options that `establish` and `listen` share to what the library takes: who we are, what we offer, how long
// we wait. Whom we believe is procedure-peers.ts. Opens the files; decides nothing about a handshake.
import { RevocationLists } from '../certificates/revocation-lists.ts';
import { type PeerEntry, Peers } from '../certificates/trust.ts';
import { groups } from '../crypto/key-exchange.ts';
import { signatureSchemes } from '../crypto/signatures.ts';
import { suites } from '../crypto/suites.ts';
import { checkOwn, credentials, type EndpointCredential } from '../endpoint/credentials.ts';
import type { PresharedKeys } from '../endpoint/supplying.ts';
import { refuse } from '../errors.ts';
import { isUsable, makeProfile, type ProfileOptions } from '../handshake/profile.ts';
import type { TlsEndpoint } from '../interop/connection.ts';
import { noteWarnings, readCredentials, readPresharedKey } from './credential-files.ts';
import type { Output } from './output.ts';
import { validityWarnings } from './own-validity.ts';
import type { ProcedureValues } from './procedure-options.ts';
import { readCrls } from './status-evidence.ts';

/** The credentials of a command; none where pre-shared keys do it. */
export function credentialsOf(values: ProcedureValues, output: Output): EndpointCredential[] {
  const read = readCredentials(values.credential, values.key, values['password-file']);
  if (read.length === 0 && values['psk-identity'].length === 0)
    refuse('OPTION_INVALID', '--credential is missing');
  const time = clockOf(values)();
  noteWarnings(
    read.map(({ file, chain, warnings }) => ({
      file,
      warnings: [...warnings, ...validityWarnings(chain ?? [], time)],
    })),
    output,
  );
  return read.map(({ chain, key }) =>
    chain === null ? credentials.fromRawKey(key) : credentials.fromKey(chain, key),
  );
}

/** The pre-shared keys of `--psk-identity` and `--psk-file`, which `peersOf` has seen to be pairs. */
export function presharedKeysOf(values: ProcedureValues): PresharedKeys {
  const { 'psk-identity': identities, 'psk-file': files } = values;
  const keys = new Map(identities.map((identity, index) => [identity, readPresharedKey(files[index] ?? '')]));
  return identity => keys.get(identity) ?? null;
}

/** Suites, groups and schemes of a command, and what else its `--profile` means. */
export function offerOf(values: ProcedureValues) {
  const { profile = 'onem2m' } = values;
  const offered = <T extends { readonly name: string; readonly profile: string }>(
    option: 'suites' | 'groups' | 'signature-schemes',
    all: readonly T[],
  ): readonly T[] => {
    const possible = all.filter(one => profile === 'interop' || one.profile === 'onem2m');
    const find = (wanted: string) => {
      if (profile === 'onem2m' && all.some(({ name, ...one }) => name === wanted && one.profile !== 'onem2m'))
        refuse('OPTION_INVALID', `--${option}: ${wanted} is not in --profile onem2m, only in interop`);
      return (
        possible.find(({ name }) => name === wanted) ??
        refuse(
          'OPTION_INVALID',
          `--${option}: ${wanted} is none of ${possible.map(({ name }) => name).join(', ')}`,
        )
      );
    };
    return values[option]?.map(find) ?? possible;
  };
  return {
    suites: offered('suites', suites),
    groups: offered('groups', groups),
    signatureSchemes: offered('signature-schemes', signatureSchemes).map(({ id }) => id),
    certificateProfile: values['certificate-profile'] ?? (profile === 'interop' ? 'rfc5280' : 'onem2m'),
    extendedMasterSecret: profile === 'interop' ? 'optional' : 'required',
  } as const;
}

/** The present, or what `--time` says it is. */
export function clockOf(values: ProcedureValues): () => Date {
  const { time } = values;
  return time === undefined ? () => new Date() : () => time;
}

/** The CRLs of `--crl`, maybe none; null where nobody asked to look at revocation, and no staple is asked for either. */
export function crlsOf({ crl, revocation }: ProcedureValues): RevocationLists | null {
  const lists = new RevocationLists(readCrls(crl));
  return revocation === 'off' || (revocation === undefined && crl.length === 0) ? null : lists;
}

/** For the whole procedure, in milliseconds. */
export function timeoutOf(values: ProcedureValues): number {
  return (values.timeout ?? 30) * 1000;
}

/** In milliseconds: what `serve` gives a key, also where nothing keeps it. */
export const keyLifetime = 30 * 86_400_000;

/** One end of the procedure with a TLS stack over TCP. */
export function tlsEndpointOf(
  values: ProcedureValues,
  own: readonly EndpointCredential[],
  {
    peers,
    ...options
  }: { readonly peers: readonly PeerEntry[] } & Omit<Partial<ProfileOptions>, 'peers' | 'credentials'>,
): TlsEndpoint {
  const presharedKey = presharedKeysOf(values);
  const known = new Peers(peers);
  const offer = offerOf(values);
  const crls = crlsOf(values);
  checkOwn(own, known, offer.certificateProfile);
  const profile = makeProfile({
    credentials: own,
    peers: known,
    ...offer,
    requireExportIndicator: values['require-export-indicator'],
    requestStatus: crls !== null,
    ...options,
  });
  // Otherwise every handshake would fail, and the peer would be blamed for it.
  if (!profile.suites.some(suite => isUsable(profile, suite)))
    refuse(
      'OPTION_INVALID',
      '--suites: none of them is for what --credential, --trust, --pin and --psk-identity give',
    );
  const supplies = { credentials: own, presharedKey };
  const [clock, timeout] = [clockOf(values), timeoutOf(values)];
  return { profile, supplies, crls: crls ?? RevocationLists.none, clock, timeout };
}
