// A lab authority: a root, and the intermediate under it that issues the leaves (leaf.ts). Knows no files, and
// judges no chain: that is done in certificates/, without any of these packages.
import { generateKeyPairSync, type X509Certificate } from 'node:crypto';
import { refuse } from '../errors.ts';
import { isDomainName } from '../identifiers/entity.ts';
import { type Issuer, signCertificate, type Validity } from './certificate.ts';
import {
  decodeNameConstraints,
  encodeNameConstraints,
  type NameConstraints,
  nameConstraintsOid,
} from './name-constraints.ts';
import { x509 } from './x509.ts';

export interface Authority {
  readonly root: Issuer;
  readonly intermediate: Issuer;
}

export interface AuthorityRequest {
  /** Stands in the names of both certificates; at most 48 characters. */
  readonly name: string;
  /** The domains that the intermediate may name, with all their subdomains; at least one. */
  readonly domains: readonly string[];
  /**
   * Constrain the hosts of URIs as well, as TS-0003 8.1.2.2 asks for AE-IDs. OpenSSL then refuses an AE-ID
   * certificate whose URI has no scheme, since RFC 5280 §4.2.1.6 knows no such URI.
   */
  readonly uriConstraints: boolean;
  readonly validity: Validity;
}

/**
 * Makes an authority with new P-256 keys: a self-signed root, and an intermediate with pathLenConstraint 0 and
 * critical name constraints.
 *
 * @throws E2EKeyError OPTION_INVALID naming what is wrong in the request.
 */
export async function createAuthority({
  name,
  domains,
  uriConstraints,
  validity,
}: AuthorityRequest): Promise<Authority> {
  // ub-common-name is 64, of which " intermediate" takes 13.
  if (!/^[\x20-\x7e]{1,48}$/.test(name))
    refuse('OPTION_INVALID', "the authority's name must be 1 to 48 printable ASCII characters");
  const constraints = { domains: domainNames(domains), uri: uriConstraints };

  const rootKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const root = await signCertificate({
    subject: { CN: `${name} root` },
    publicKey: rootKeys.publicKey,
    issuer: null,
    key: rootKeys.privateKey,
    validity,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true), certificateSigning()],
  });

  const intermediateKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const intermediate = await signCertificate({
    subject: { CN: `${name} intermediate` },
    publicKey: intermediateKeys.publicKey,
    issuer: root,
    key: rootKeys.privateKey,
    validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      certificateSigning(),
      new x509.Extension(nameConstraintsOid, true, encodeNameConstraints(constraints)),
    ],
  });

  return {
    root: { certificate: root, key: rootKeys.privateKey },
    intermediate: { certificate: intermediate, key: intermediateKeys.privateKey },
  };
}

/**
 * What an authority's certificate may name.
 *
 * @throws E2EKeyError OPTION_INVALID when it carries no constraints, or others than `createAuthority` makes.
 */
export function nameConstraintsOf(certificate: X509Certificate): NameConstraints {
  const extension = new x509.X509Certificate(certificate.raw).getExtension(nameConstraintsOid);
  return extension === null
    ? refuse('OPTION_INVALID', "the authority's intermediate has no name constraints")
    : decodeNameConstraints(new Uint8Array(extension.value));
}

function domainNames(domains: readonly string[]): string[] {
  if (domains.length === 0) refuse('OPTION_INVALID', 'an authority needs at least one domain');
  for (const domain of domains)
    if (!isDomainName(domain)) refuse('OPTION_INVALID', `${JSON.stringify(domain)} is no domain name`);
  return [...new Set(domains.map(domain => domain.toLowerCase()))];
}

/** RFC 5280 §4.2.1.3: what a CA's key may do, and nothing else. */
function certificateSigning() {
  return new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true);
}
