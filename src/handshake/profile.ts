// What an end-point brings to a handshake: its credential, whom it accepts, what it offers. Plain data, made
// once and used for many procedures; who asks for a procedure and when is endpoint's business.
import type { Peers } from '../certificates/trust.ts';
import { type Random, systemRandom } from '../crypto/random.ts';
import { signatureSchemes } from '../crypto/signatures.ts';
import { type Suite, suites } from '../crypto/suites.ts';
import { E2EKeyError } from '../errors.ts';
import { secp256r1 } from '../wire/numbers.ts';

/** Our own certificate, without its private key: signing is an output of the handshake (`Turn` sign). */
export interface Credential {
  /** DER certificates, our own first; what stands in the Certificate message. */
  readonly chain: readonly Uint8Array[];
  /** SignatureScheme numbers that the signer can make with the certificate's key, best first. */
  readonly schemes: readonly number[];
}

export interface Profile {
  readonly credential: Credential;
  readonly peers: Peers;
  /** Exactly one peer is meant: another identity is IDENTITY_MISMATCH, not PEER_NOT_ALLOWED. */
  readonly expected: boolean;
  /** Best first; the terminating end-point's order decides. */
  readonly suites: readonly Suite[];
  readonly groups: readonly number[];
  readonly signatureSchemes: readonly number[];
  readonly certificateProfile: 'onem2m' | 'rfc5280';
  readonly maxDepth?: number;
  /** Refuse a handshake without the export indicator, whatever the peer's entry says. */
  readonly requireExportIndicator: boolean;
  /** Host name for server_name (RFC 6066 §3); the initiating end-point's. */
  readonly serverName: string | null;
  readonly random: Random;
}

export type ProfileOptions = Pick<Profile, 'credential' | 'peers'> & Partial<Profile>;

/** 64 KiB less what else a flight holds; a deployed CSE passes 48 KiB at the most. */
const maxChainSize = 60 * 1024;

/** A profile with TS-0003 10.2.3's suites and 10.1's certificates where the options say nothing else. */
export function makeProfile(options: ProfileOptions): Profile {
  const profile: Profile = {
    expected: false,
    suites,
    groups: [secp256r1],
    signatureSchemes: signatureSchemes.map(({ id }) => id),
    certificateProfile: 'onem2m',
    requireExportIndicator: false,
    serverName: null,
    random: systemRandom,
    ...options,
  };
  if (profile.credential.chain.length === 0)
    throw new E2EKeyError('OPTION_INVALID', 'the credential has no certificate');
  const chainSize = profile.credential.chain.reduce((size, { length }) => size + length, 0);
  if (chainSize > maxChainSize)
    throw new E2EKeyError(
      'OPTION_INVALID',
      `the credential's chain has ${chainSize} bytes; ${maxChainSize} fit into an E2EKey Message`,
    );
  for (const name of ['suites', 'groups', 'signatureSchemes'] as const)
    if (profile[name].length === 0) throw new E2EKeyError('OPTION_INVALID', `the profile allows no ${name}`);
  for (const group of profile.groups)
    if (group !== secp256r1) throw new E2EKeyError('OPTION_INVALID', `groups: ${group} is not supported`);
  for (const scheme of profile.signatureSchemes)
    if (!signatureSchemes.some(({ id }) => id === scheme))
      throw new E2EKeyError('OPTION_INVALID', `signatureSchemes: ${scheme} is not supported`);
  return profile;
}
