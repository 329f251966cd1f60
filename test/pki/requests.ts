// Certification requests (RFC 2986) for tests, right ones and wrong ones: every field can be replaced.
import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import {
  algorithms,
  bitString,
  der,
  extension,
  generalName,
  integer,
  keyFor,
  name,
  objectIdentifier,
  sequence,
} from '../../src/testing/certificate-maker.ts';

export interface RequestOptions {
  /** Of the request; of the subject if absent. */
  readonly key?: KeyObject;
  /** Signs, in place of `key`. */
  readonly signingKey?: KeyObject;
  readonly version?: Uint8Array;
  /** GeneralNames of subjectAltName, as `generalName` takes them or in DER. */
  readonly names?: readonly (string | Uint8Array)[];
  /** Further extensions in DER. */
  readonly more?: readonly Uint8Array[];
  /** Attributes in DER, in place of extensionRequest. */
  readonly attributes?: readonly Uint8Array[];
  /** The whole field of the attributes. */
  readonly attributeField?: Uint8Array;
  readonly signatureAlgorithm?: Uint8Array;
  readonly editSignature?: (signature: Uint8Array) => Uint8Array;
  readonly trailing?: Uint8Array;
}

/** One CertificationRequest in DER, with ECDSA and SHA-256 if nothing else is said. */
export function makeRequest(options: RequestOptions = {}): Uint8Array {
  const {
    key = keyFor('requester'),
    signingKey = key,
    names = [],
    more = [],
    trailing = Buffer.of(),
  } = options;
  const subjectAltName = extension(
    '2.5.29.17',
    sequence(...names.map(text => (typeof text === 'string' ? generalName(text) : text))),
  );
  const extensions = [...(names.length === 0 ? [] : [subjectAltName]), ...more];
  const attributes = options.attributes ?? (extensions.length === 0 ? [] : [extensionRequest(...extensions)]);
  const info = sequence(
    options.version ?? integer(0),
    name('requester'),
    createPublicKey(key).export({ format: 'der', type: 'spki' }),
    options.attributeField ?? der(0xa0, ...attributes),
  );
  const signature = sign(signingKey.asymmetricKeyType === 'ed25519' ? null : 'sha256', info, signingKey);
  return Buffer.concat([
    sequence(
      info,
      options.signatureAlgorithm ?? algorithmOf(signingKey),
      bitString(options.editSignature?.(signature) ?? signature),
    ),
    trailing,
  ]);
}

/** extensionRequest (RFC 2985 5.4.2). */
export function extensionRequest(...extensions: readonly Uint8Array[]): Uint8Array {
  return sequence(objectIdentifier('1.2.840.113549.1.9.14'), der(0x31, sequence(...extensions)));
}

function algorithmOf({ asymmetricKeyType }: KeyObject): Uint8Array {
  if (asymmetricKeyType === 'rsa') return algorithms.rsaWithSha256;
  if (asymmetricKeyType === 'ed25519') return sequence(objectIdentifier('1.3.101.112'));
  return algorithms.ecdsaWithSha256;
}
