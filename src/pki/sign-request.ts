// Signs certification requests: whoever has the key gets a certificate for one identity of oneM2M, and nothing else that
// he asks for. How requests are read is certification-request.ts.
import { extensionName } from '../certificates/extensions.ts';
import { refuse } from '../errors.ts';
import type { Issuer } from './certificate.ts';
import type { CertificationRequest } from './certification-request.ts';
import { type IdentityRequest, nameIdentity } from './identity.ts';
import { type CertificationOptions, type CertifiedLeaf, certifyLeaf } from './leaf.ts';
import { requestedIdentity, sameNames } from './requested-identity.ts';

export interface SigningOptions extends Omit<CertificationOptions, keyof IdentityRequest> {
  /** Null takes the identity that the request asks for. */
  readonly identity: IdentityRequest | null;
}

/**
 * Issues a certificate for digital signatures with the key of the request. From the request come the key and, where it
 * is not said, the identity; its subject and its other extensions are passed over.
 *
 * @throws E2EKeyError OPTION_INVALID for a request for an authority, for one that asks for no identity, or for more than
 * one, where none is said, and as `certifyLeaf`.
 */
export async function signRequest(
  issuer: Issuer,
  request: CertificationRequest,
  { identity, ...options }: SigningOptions,
): Promise<CertifiedLeaf> {
  // It would not get what it asks for, and whoever has asked would notice it late.
  if (request.extensions.basicConstraints?.cA === true)
    refuse(
      'OPTION_INVALID',
      'the request asks for a certification authority (basicConstraints cA); end-points are certified here',
    );
  const names = request.extensions.subjectAltName ?? [];
  const said = identity ?? requestedIdentity(names) ?? refuse('OPTION_INVALID', noIdentity);
  const leaf = await certifyLeaf(issuer, request.publicKey, { ...said, ...options });
  const isOther = names.length > 0 && !sameNames(names, nameIdentity(said).names);
  const passedOver = request.extensionIds.filter(id => id !== subjectAltName).map(extensionName);
  return {
    ...leaf,
    warnings: [
      ...leaf.warnings,
      ...(isOther ? [`the certificate is for ${leaf.id}; the names in the request are passed over`] : []),
      ...(passedOver.length === 0
        ? []
        : [`passed over in the request: ${passedOver.join(', ')}; a certificate has what its flavour has`]),
    ],
  };
}

const subjectAltName = '2.5.29.17';
const noIdentity =
  'the subjectAltName of the request is not that of exactly one identity of oneM2M (TS-0003 10.1.4); say which it is (--flavour and --id)';
