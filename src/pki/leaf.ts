// Issues the certificates of end-points: one flavour of TS-0003 10.1.1 each, made for one identity. How an
// identity is found in a certificate again is in certificates/flavours.ts.
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { JsonGeneralNames } from '@peculiar/x509';
import { parseCertificate } from '../certificates/certificate.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { isDomainName, parseAbsolute, toAbsolute } from '../identifiers/entity.ts';
import { nameConstraintsOf } from './authority.ts';
import { type Issuer, signCertificate, type Validity } from './certificate.ts';
import { generateKeys, type KeyType, keyWarnings } from './key-type.ts';
import { x509 } from './x509.ts';

/** The flavours that can be issued. */
export const flavours = ['ae-id', 'cse-id'] as const;
export type Flavour = (typeof flavours)[number];

export interface LeafRequest {
  readonly flavour: Flavour;
  /** Absolute AE-ID (TS-0001 7.2), or for cse-id the CSE-ID's public domain name (TS-0001 6.5.1.1). */
  readonly id: string;
  /**
   * Scheme that goes before an AE-ID in the certificate, without colon. Null writes the Absolute AE-ID as it is,
   * which is what TS-0003 8.1.2.5 compares, although RFC 5280 §4.2.1.6 wants a scheme.
   */
  readonly uriScheme: string | null;
  /** P-256 if absent, the one that TS-0003 10.1.1.1 has. */
  readonly keyType?: KeyType;
  readonly validity: Validity;
}

/** An end-point's new certificate and its private key. */
export interface Leaf {
  /** The identity as it stands in the certificate, host in lower case. */
  readonly id: string;
  /** Leaf first; the root is not in it. */
  readonly chain: readonly [leaf: X509Certificate, intermediate: X509Certificate];
  readonly key: KeyObject;
  /** Sentences on what other software will make of the certificate. */
  readonly warnings: readonly string[];
}

/**
 * Issues a certificate for digital signatures, without extended key usage: an end-point takes either role.
 *
 * @param issuer an authority's intermediate.
 * @throws E2EKeyError OPTION_INVALID for an identity that the flavour cannot hold or that the authority's name
 * constraints do not permit.
 */
export async function issueLeaf(issuer: Issuer, request: LeafRequest): Promise<Leaf> {
  const { id, host, name } = request.flavour === 'ae-id' ? aeId(request) : cseId(request);
  const constraints = nameConstraintsOf(issuer.certificate);
  if (!constraints.domains.some(domain => host === domain || host.endsWith(`.${domain}`)))
    refuse(
      'OPTION_INVALID',
      `the authority's name constraints permit ${constraints.domains.join(', ')}, not ${host}`,
    );

  const { publicKey, privateKey } = generateKeys(request.keyType ?? 'p256');
  const leaf = await signCertificate({
    // For people only: nothing may take an identity from it (TS-0003 8.1.2.5 looks at subjectAltName alone).
    subject: request.flavour === 'ae-id' ? { UID: id.slice(0, 256) } : { CN: id.slice(0, 64) },
    publicKey,
    issuer: issuer.certificate,
    key: issuer.key,
    validity: request.validity,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.SubjectAlternativeNameExtension(name),
    ],
  });
  const withoutScheme = request.flavour === 'ae-id' && request.uriScheme === null;
  return {
    id,
    chain: [leaf, issuer.certificate],
    key: privateKey,
    warnings: [
      ...keyWarnings(parseCertificate(leaf.raw)),
      ...(withoutScheme && constraints.uri ? [refusedByOpenssl] : []),
    ],
  };
}

const refusedByOpenssl =
  'OpenSSL refuses this certificate (unsupported name constraint syntax): its URI has no scheme and the authority ' +
  'constrains URIs; issue it with a URI scheme, or from an authority without URI constraints, where OpenSSL has to accept it';

interface Identity {
  readonly id: string;
  /** What the name constraints are held against, lower case. */
  readonly host: string;
  readonly name: JsonGeneralNames;
}

/** TS-0003 10.1.1.5: a URI in subjectAltName. */
function aeId({ id, uriScheme }: LeafRequest): Identity {
  const entity = absolute(id);
  if (entity.ae === null) refuse('OPTION_INVALID', `${JSON.stringify(id)} is a CSE-ID, not an AE-ID`);
  // RFC 3986 §3.1, in its canonical lower case.
  if (uriScheme !== null && !/^[a-z][a-z0-9+.-]{0,31}$/.test(uriScheme))
    refuse('OPTION_INVALID', `${JSON.stringify(uriScheme)} is no URI scheme in lower case`);
  const uri = toAbsolute(id, id);
  return {
    id: uri,
    host: entity.serviceProvider,
    name: [{ type: 'url', value: uriScheme === null ? uri : `${uriScheme}:${uri}` }],
  };
}

/** The public domain name representation of a CSE-ID (TS-0001 6.5.1.1): a dNSName in subjectAltName. */
function cseId({ id, uriScheme }: LeafRequest): Identity {
  if (!isDomainName(id))
    refuse('OPTION_INVALID', `${JSON.stringify(id)} is no domain name, which a CSE-ID certificate holds`);
  if (uriScheme !== null) refuse('OPTION_INVALID', 'a URI scheme belongs to an AE-ID certificate');
  const host = id.toLowerCase();
  return { id: host, host, name: [{ type: 'dns', value: host }] };
}

function absolute(id: string) {
  try {
    return parseAbsolute(id);
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    return refuse(
      'OPTION_INVALID',
      `${JSON.stringify(id)} is no absolute AE-ID such as //m2m.example.com/cse-a/Cae1`,
      { cause },
    );
  }
}
