// The credentials of the interop matrix: one authority, a certificate for each kind of key with its raw public key,
// and one pre-shared key, as files for foreign stacks and as values for us. Made anew each time; lab keys.
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRawPublicKey } from '../certificates/raw-public-key.ts';
import { TrustAnchors } from '../certificates/trust.ts';
import { signatureSchemes } from '../crypto/signatures.ts';
import { credentials, type EndpointCredential } from '../endpoint/credentials.ts';
import { refuse } from '../errors.ts';
import { niUri } from '../identifiers/public-key-identifier.ts';
import { createAuthority } from '../pki/authority.ts';
import { validityFrom } from '../pki/certificate.ts';
import { writeLeaf } from '../pki/files.ts';
import type { KeyType } from '../pki/key-type.ts';
import { issueLeaf } from '../pki/leaf.ts';

const keyTypes = {
  'ECDSA P-256': 'p256',
  'ECDSA P-384': 'p384',
  'ECDSA P-521': 'p521',
  'RSA 2048': 'rsa2048',
  Ed25519: 'ed25519',
} as const satisfies Record<string, KeyType>;

/** The kinds of key in a certificate. */
export type KeyKind = keyof typeof keyTypes;

/** The group that a key is of, if it is of one (RFC 8422 §5.1.1). */
export const keyKinds: Readonly<Record<KeyKind, string | null>> = {
  'ECDSA P-256': 'secp256r1',
  'ECDSA P-384': 'secp384r1',
  'ECDSA P-521': 'secp521r1',
  'RSA 2048': null,
  Ed25519: null,
};

export interface MatrixCredential {
  readonly x509: EndpointCredential;
  readonly raw: EndpointCredential;
  /** Public key identifier of the raw public key. */
  readonly pin: string;
  /** PEM: the chain without the root, the private key, the SubjectPublicKeyInfo. */
  readonly files: { readonly certificate: string; readonly key: string; readonly publicKey: string };
}

export interface MatrixLab {
  readonly trust: TrustAnchors;
  /** PEM file of the root. */
  readonly anchors: string;
  readonly presharedKey: { readonly identity: string; readonly secret: string; readonly key: KeyObject };
  readonly signatureSchemes: readonly number[];
  credential(kind: KeyKind): MatrixCredential;
  /** Removes the files. */
  close(): void;
}

export async function makeMatrixLab(): Promise<MatrixLab> {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-interop-'));
  const domain = 'm2m.example.com';
  const validity = validityFrom(undefined, undefined, 1);
  const { root, intermediate } = await createAuthority({
    name: 'interop',
    domains: [domain],
    uriConstraints: false,
    validity,
  });
  const anchors = join(folder, 'root.pem');
  writeFileSync(anchors, root.certificate.toString());
  const made = new Map<KeyKind, MatrixCredential>();
  for (const [kind, keyType] of Object.entries(keyTypes) as [KeyKind, KeyType][]) {
    const prefix = join(folder, keyType);
    // Those on P-256 are of AEs, the others of CSEs: stacks judge a URI and a dNSName differently.
    const name =
      keyType === 'p256'
        ? ({ flavour: 'ae-id', id: `//${domain}/cse-a/Cinterop` } as const)
        : ({ flavour: 'cse-id', id: `${keyType}.${domain}` } as const);
    const request = { ...name, uriScheme: null, validity, keyType };
    const leaf = await issueLeaf(intermediate, request);
    writeLeaf(prefix, leaf);
    const raw = credentials.fromRawKey(leaf.key);
    const [spki] = raw.chain;
    if (spki === undefined) return refuse('INTERNAL', 'a raw public key without its bytes');
    const publicKey = `${prefix}.pub.pem`;
    writeFileSync(publicKey, leaf.chain[0].publicKey.export({ type: 'spki', format: 'pem' }));
    made.set(kind, {
      x509: credentials.fromKey(
        leaf.chain.map(certificate => certificate.raw),
        leaf.key,
      ),
      raw,
      pin: niUri(parseRawPublicKey(spki).digest),
      files: { certificate: `${prefix}.pem`, key: `${prefix}.key`, publicKey },
    });
  }
  const presharedSecret = randomBytes(32);
  return {
    trust: TrustAnchors.fromCertificates([root.certificate.raw]),
    anchors,
    presharedKey: {
      identity: 'e2ekey-interop',
      secret: presharedSecret.toString('hex'),
      key: createSecretKey(presharedSecret),
    },
    signatureSchemes: signatureSchemes.map(({ id }) => id),
    credential: kind => made.get(kind) ?? refuse('INTERNAL', `no credential of the kind ${kind}`),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
