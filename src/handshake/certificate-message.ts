// The Certificate message in the form that was negotiated: a chain (RFC 5246 §7.4.2) or a raw public key alone
// (RFC 7250 §3). Whom it names is decided in certificates/trust.ts.
import type { KeyObject } from 'node:crypto';
import type { RevocationLists } from '../certificates/revocation-lists.ts';
import {
  type CertificateType,
  type CertifiedPeer,
  type Role,
  verifyPeer,
  verifyRawPublicKey,
} from '../certificates/trust.ts';
import { E2EKeyError } from '../errors.ts';
import { message } from '../wire/messages.ts';
import type { FlightReader, FlightWriter } from './flight.ts';
import type { Profile } from './profile.ts';

/** What a peer presents; nothing of it is verified yet. */
export interface Presented {
  /** The peer has nothing to present. */
  readonly isEmpty: boolean;
  /** @throws E2EKeyError as `verifyPeer` and `verifyRawPublicKey` do. */
  verify(profile: Profile, role: Role, known: Known): { peer: CertifiedPeer; publicKey: KeyObject };
}

/** What is known at the time, beside what the peer presents. */
export interface Known {
  readonly time: Date;
  readonly crls?: RevocationLists;
  /** The OCSP response that came with the certificate. */
  readonly stapled?: Uint8Array | null;
}

export function readCertificate(flight: FlightReader, type: CertificateType): Presented {
  if (type === 'raw') {
    const { subjectPublicKeyInfo } = flight.expect(message.rawPublicKeyCertificate);
    return {
      isEmpty: subjectPublicKeyInfo.length === 0,
      verify: (profile, role) => verifyRawPublicKey(subjectPublicKeyInfo, { ...profile, role }),
    };
  }
  const { certificates } = flight.expect(message.certificate);
  return {
    isEmpty: certificates.length === 0,
    verify: ({ peers, expected, certificateProfile, maxDepth }, role, { time, crls, stapled = null }) =>
      verifyPeer(certificates, {
        peers,
        role,
        time,
        stapled,
        ...(crls !== undefined && { crls }),
        expected,
        certificateProfile,
        ...(maxDepth !== undefined && { maxDepth }),
      }),
  };
}

/** Our own, by its index in the profile. */
export function addCertificate(flight: FlightWriter, { credentials }: Profile, index: number): void {
  const credential = credentials[index];
  const [first] = credential?.chain ?? [];
  if (credential === undefined || first === undefined)
    throw new E2EKeyError('INTERNAL', `the profile has no credential ${index}`);
  if (credential.type === 'raw') flight.add(message.rawPublicKeyCertificate, { subjectPublicKeyInfo: first });
  else flight.add(message.certificate, { certificates: credential.chain });
}
