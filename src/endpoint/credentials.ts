// Our own certificate or raw public key and the one who signs with its key: a KeyObject at once, a token or a service later.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { CertificateProfile } from '../certificates/algorithms.ts';
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { identitiesOf } from '../certificates/flavours.ts';
import { pemBlocks } from '../certificates/pem.ts';
import { parseRawPublicKey } from '../certificates/raw-public-key.ts';
import { type CertificateType, type Peers, TrustAnchors } from '../certificates/trust.ts';
import { maxPresented } from '../certificates/trust-anchors.ts';
import { groups } from '../crypto/key-exchange.ts';
import { schemeFits, signatureSchemes, signWith } from '../crypto/signatures.ts';
import { refuse } from '../errors.ts';
import type { Credential } from '../handshake/profile.ts';
import { secp256r1 } from '../wire/numbers.ts';
import { readCredentialFile } from './credential-file.ts';
import { isKeyPair } from './key-pair.ts';
import { ownChain, privateKeysIn } from './own-chain.ts';

/** Makes signatures with the private key of our certificate. */
export interface Signer {
  /** SignatureScheme numbers (IANA) that `sign` can make, best first. */
  readonly schemes: readonly number[];
  /** Signs unhashed bytes, so that tokens which hash internally fit; ECDSA in DER. */
  sign(scheme: number, bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A certificate chain or a raw public key, and its signer. */
export interface EndpointCredential extends Credential {
  readonly signer: Signer;
}

/** What `credentials.fromFile` goes by besides the file itself. */
export interface FileOptions {
  /** A second file, which has the private key; that of the first one is then not looked at. */
  readonly key?: Uint8Array;
  /** Of whatever is encrypted in the files. */
  readonly password?: string;
  /** `raw`: by its public key (RFC 7250), also where there are certificates or nothing but a private key. */
  readonly as?: CertificateType;
}

/** A credential from a file. */
export interface FileCredential extends EndpointCredential {
  /** Sentences about the chain, such as that of a certificate whose issuer is missing: peers may refuse it. */
  readonly warnings: readonly string[];
}

export const credentials = {
  /**
   * From PEM text: the chain (own certificate first; more than one block) and its unencrypted private key.
   *
   * @throws E2EKeyError OPTION_INVALID when there is no certificate, no key, or the two do not fit.
   * @example
   * ```ts
   * import { readFileSync } from 'node:fs';
   * import { credentials } from 'e2ekey';
   * const credential = credentials.fromPem(readFileSync('cse-b.pem', 'utf8'), readFileSync('cse-b.key', 'utf8'));
   * ```
   */
  fromPem(chainPem: string, keyPem: string): EndpointCredential {
    return credentials.fromKey(certificatesFromPem(chainPem), privateKeyFromPem(keyPem));
  },

  /**
   * From a file of at most 1 MiB, whatever form it has: PEM, PKCS #12, DER (certificate, PKCS #8, SEC1, PKCS #1 or
   * public key) or JWK. docs/credentials.md says which, and what the sentences mean. A chain in PEM or JWK is taken as
   * it stands; of a PKCS #12 file it is put together, without its root.
   *
   * @throws E2EKeyError OPTION_INVALID saying what is wrong: a form or an encryption that is not read, a missing or
   * wrong password, no key or certificate, and a key that is not that of the first certificate.
   * @example
   * ```ts
   * import { readFileSync } from 'node:fs';
   * import { credentials } from 'e2ekey';
   * const { warnings, ...credential } = credentials.fromFile(readFileSync('cse-b.p12'), { password: 'secret' });
   * ```
   */
  fromFile(file: Uint8Array, { key, password, as }: FileOptions = {}): FileCredential {
    const contents = readCredentialFile(file, password);
    const keys =
      key === undefined
        ? privateKeysIn(contents)
        : readOwn('key file', () => privateKeysIn(readCredentialFile(key, password)));
    const own = ownChain(contents, keys, as);
    const credential =
      own.chain === null ? credentials.fromRawKey(own.key) : credentials.fromKey(own.chain, own.key);
    return { ...credential, warnings: own.warnings };
  },

  /** From DER certificates, own first, and the private key of the first. */
  fromKey(chain: readonly Uint8Array[], key: KeyObject): EndpointCredential {
    const publicKey = leafKey(chain);
    if (!isKeyPair(key, publicKey))
      refuse('OPTION_INVALID', 'the private key is not that of the first certificate');
    return credentials.withSigner(chain, keySigner(key));
  },

  /** From DER certificates, own first, and a signer that holds the private key of the first. */
  withSigner(chain: readonly Uint8Array[], signer: Signer): EndpointCredential {
    return withSigner('x509', chain, leafKey(chain), signer);
  },

  /** A raw public key (RFC 7250) from its private key: whoever is to know us pins it (TS-0003 10.1.2). */
  fromRawKey(key: KeyObject): EndpointCredential {
    if (key.type !== 'private') refuse('OPTION_INVALID', 'the key is not a private key');
    const publicKeyInfo = createPublicKey(key).export({ format: 'der', type: 'spki' });
    return credentials.rawWithSigner(publicKeyInfo, keySigner(key));
  },

  /** A raw public key as DER SubjectPublicKeyInfo, and a signer that holds its private key. */
  rawWithSigner(subjectPublicKeyInfo: Uint8Array, signer: Signer): EndpointCredential {
    const publicKey = readOwn('raw public key', () => parseRawPublicKey(subjectPublicKeyInfo).publicKey);
    return withSigner('raw', [subjectPublicKeyInfo], publicKey, signer);
  },
};

function withSigner(
  type: CertificateType,
  chain: readonly Uint8Array[],
  publicKey: KeyObject,
  signer: Signer,
): EndpointCredential {
  const schemes = signer.schemes.filter(scheme => schemeFits(scheme, publicKey));
  if (schemes.length === 0)
    refuse('OPTION_INVALID', "the signer has no signature scheme that fits the credential's key");
  const { namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  const curve = groups.find(group => group.curve === namedCurve)?.id ?? null;
  return { type, chain, schemes, curve, signer };
}

/**
 * Refuses what would show only as a peer's complaint, or not at all.
 *
 * @throws E2EKeyError OPTION_INVALID for a key that no end-point of the profile takes, and for a peer that is known by
 * our own raw public key or by a name in our own certificate.
 */
export function checkOwn(
  own: readonly EndpointCredential[],
  peers: Peers,
  certificateProfile: CertificateProfile,
): void {
  for (const { type, chain, curve } of own) {
    if (certificateProfile === 'onem2m' && curve !== secp256r1)
      refuse(
        'OPTION_INVALID',
        'credential: its key is not on P-256, and the profile onem2m has no other (TS-0003 10.1.1.1)',
      );
    if (chain.length > maxPresented)
      refuse(
        'OPTION_INVALID',
        `credential: ${chain.length} certificates, of which a peer looks at ${maxPresented} at most`,
      );
    // Whoever sends our own messages back to us must not be taken for a peer.
    const [first] = chain;
    if (first === undefined) continue;
    if (type === 'x509')
      refuseOurNames(
        readOwn('first certificate', () => parseCertificate(first)),
        peers,
      );
    else if (peers.matchRawPublicKey(parseRawPublicKey(first)).length > 0)
      refuse('OPTION_INVALID', 'peers: one of the pins is that of our own raw public key');
  }
}

/** Entities of one node or device may have the same certificate, which then tells nobody who is who. */
function refuseOurNames(own: Certificate, peers: Peers): void {
  for (const { flavour, id } of identitiesOf(own))
    if (peers.isNamed(flavour, id))
      refuse('OPTION_INVALID', `peers: ${id} is in our own certificate as well (${flavour})`);
}

export const trust = {
  /** Trust anchors from PEM text: one certificate or more. */
  anchors(pem: string): TrustAnchors {
    return TrustAnchors.fromCertificates(certificatesFromPem(pem));
  },
};

/** Signs at once, with a key in this process. */
function keySigner(key: KeyObject): Signer {
  const schemes = signatureSchemes.map(({ id }) => id).filter(id => schemeFits(id, key));
  return { schemes, sign: (scheme, bytes) => signWith(key, scheme, bytes) };
}

/**
 * Every certificate of a PEM text, in its order, in DER; what else stands in it is passed over.
 *
 * @throws E2EKeyError OPTION_INVALID when there is none, or a broken one.
 */
export function certificatesFromPem(pem: string): Uint8Array[] {
  const blocks = pemBlocks(pem).filter(({ label }) => label === 'CERTIFICATE');
  if (blocks.length === 0) refuse('OPTION_INVALID', 'there is no PEM certificate in the text');
  return blocks.map(
    ({ der, problem }, index) => der ?? refuse('OPTION_INVALID', `certificate ${index + 1}: ${problem}`),
  );
}

/** @throws E2EKeyError OPTION_INVALID when there is no private key, or an encrypted one. */
export function privateKeyFromPem(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    refuse('OPTION_INVALID', 'there is no unencrypted PEM private key in the text', { cause });
  }
}

function leafKey(chain: readonly Uint8Array[]): KeyObject {
  const [leaf] = chain;
  if (leaf === undefined) refuse('OPTION_INVALID', 'the credential has no certificate');
  return readOwn('first certificate', () => parseCertificate(leaf).publicKey);
}

function readOwn<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown reason';
    return refuse('OPTION_INVALID', `the ${what} cannot be read: ${reason}`, { cause });
  }
}
