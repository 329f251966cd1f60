// What an end-point brings to a handshake: its credentials, whom it accepts, what it offers. Plain data, made
// once and used for many procedures; who asks for a procedure and when is endpoint's business.
import type { CertificateType, Peers } from '../certificates/trust.ts';
import { type Group, groups } from '../crypto/key-exchange.ts';
import { type Random, systemRandom } from '../crypto/random.ts';
import { signatureSchemes } from '../crypto/signatures.ts';
import { type Suite, suites, usesPresharedKey } from '../crypto/suites.ts';
import { E2EKeyError } from '../errors.ts';

/** Our own certificate or raw public key, without its private key: signing is an output of the handshake (`Turn` sign). */
export interface Credential {
  readonly type: CertificateType;
  /** DER certificates, our own first; of a raw public key, its SubjectPublicKeyInfo alone. */
  readonly chain: readonly Uint8Array[];
  /** SignatureScheme numbers that the signer can make with the certificate's key, best first. */
  readonly schemes: readonly number[];
  /** NamedCurve number (IANA) of an ECDSA key; null for other keys. */
  readonly curve: number | null;
  /** A DER OCSP response for the certificate, which is stapled where the other end-point asks (RFC 6066 §8). */
  readonly staple?: Uint8Array;
}

export interface Profile {
  /** Best first; none where all peers have pre-shared keys. */
  readonly credentials: readonly Credential[];
  readonly peers: Peers;
  /** Exactly one peer is meant: another identity is IDENTITY_MISMATCH, not PEER_NOT_ALLOWED. */
  readonly expected: boolean;
  /** Best first; the terminating end-point's order decides. Those that need what is not there are passed over. */
  readonly suites: readonly Suite[];
  /** Best first. */
  readonly groups: readonly Group[];
  /** SignatureScheme numbers, best first. */
  readonly signatureSchemes: readonly number[];
  readonly certificateProfile: 'onem2m' | 'rfc5280';
  readonly maxDepth?: number;
  /** Refuse a handshake without the export indicator, whatever the peer's entry says. */
  readonly requireExportIndicator: boolean;
  /** RFC 7627. A peer without it gets no key: `optional` is for the lab, which finishes the handshake all the same. */
  readonly extendedMasterSecret: 'required' | 'optional';
  /**
   * Whether the terminating end-point asks for the other's certificate. A peer that is not authenticated gets no key:
   * other values than `require` are for the lab.
   */
  readonly clientAuthentication: 'require' | 'request' | 'none';
  /** As initiating end-point: ask for a stapled OCSP response (RFC 6066 §8); if absent, where a peer's entry says so. */
  readonly requestStatus: boolean;
  /** As terminating end-point with pre-shared keys: what goes to everybody as `psk_identity_hint` (RFC 4279 §5.2). */
  readonly pskIdentityHint: string;
  /**
   * Answer an unknown identity as a wrong key would be answered (RFC 4279 §2), so that nobody can ask who has keys
   * here.
   */
  readonly hideUnknownPskIdentities: boolean;
  /** Host name for server_name (RFC 6066 §3); the initiating end-point's. */
  readonly serverName: string | null;
  readonly random: Random;
}

export type ProfileOptions = Pick<Profile, 'peers'> & Partial<Profile>;

/** Of chain and staple: 64 KiB less what else a flight holds; a deployed CSE passes 48 KiB at the most. */
const maxCredentialSize = 60 * 1024;
/** RFC 4279 §5.3 asks for 128 bytes; 64 KiB would leave no room for the rest of message 2. */
export const maxHintSize = 1024;

/** A profile with TS-0003 10.2's suites and 10.1's certificates where the options say nothing else. */
export function makeProfile(options: ProfileOptions): Profile {
  const profile: Profile = {
    credentials: [],
    expected: false,
    suites: suites.filter(({ profile: where }) => where === 'onem2m'),
    groups: groups.filter(({ profile: where }) => where === 'onem2m'),
    signatureSchemes: signatureSchemes.filter(({ profile: where }) => where === 'onem2m').map(({ id }) => id),
    certificateProfile: 'onem2m',
    requireExportIndicator: false,
    extendedMasterSecret: 'required',
    clientAuthentication: 'require',
    requestStatus: options.peers.asksForStatus,
    pskIdentityHint: '',
    hideUnknownPskIdentities: false,
    serverName: null,
    random: systemRandom,
    ...options,
  };
  for (const credential of profile.credentials) checkCredential(credential, profile.signatureSchemes);
  for (const name of ['suites', 'groups', 'signatureSchemes'] as const)
    if (profile[name].length === 0) optionInvalid(`the profile allows no ${name}`);
  for (const scheme of profile.signatureSchemes)
    if (!signatureSchemes.some(({ id }) => id === scheme))
      optionInvalid(`signatureSchemes: ${scheme} is not supported`);
  if (Buffer.byteLength(profile.pskIdentityHint) > maxHintSize)
    optionInvalid(`pskIdentityHint: at most ${maxHintSize} bytes are possible`);
  if (profile.credentials.length === 0 && profile.peers.pskIdentities.length === 0)
    optionInvalid('there is neither a credential nor a peer with a pre-shared key');
  return profile;
}

function checkCredential({ type, chain, schemes, staple }: Credential, allowed: readonly number[]): void {
  if (chain.length === 0) optionInvalid('the credential has no certificate');
  if (type === 'raw' && chain.length !== 1) optionInvalid('the credential has more than one raw public key');
  if (!schemes.some(id => allowed.includes(id)))
    optionInvalid('the credential has no signature scheme that the profile allows');
  if (staple?.length === 0) optionInvalid('the staple of the credential is empty');
  const size = chain.reduce((sum, { length }) => sum + length, staple?.length ?? 0);
  if (size > maxCredentialSize)
    optionInvalid(
      `the credential's chain and staple have ${size} bytes; ${maxCredentialSize} fit into an E2EKey Message`,
    );
}

/** Whether we have what a suite takes: pre-shared keys, or credentials on both sides. */
export function isUsable({ credentials, peers, clientAuthentication }: Profile, suite: Suite): boolean {
  if (usesPresharedKey(suite)) return peers.pskIdentities.length > 0;
  return credentials.length > 0 && (peers.certificateTypes.length > 0 || clientAuthentication !== 'require');
}

function optionInvalid(problem: string): never {
  throw new E2EKeyError('OPTION_INVALID', problem);
}
