// Makes certificates for tests, right ones and wrong ones: every field can be replaced by raw DER. For tests
// only: it checks nothing, and its keys are in memory. Certificates for use come from pki/.
import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
} from 'node:crypto';

/** `[tag, content]` in DER; the content may be in parts. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const octets = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  const header = Buffer.alloc(2 + octets);
  header.writeUInt8(tag, 0);
  header.writeUInt8(0x80 | octets, 1);
  header.writeUIntBE(length, 2, octets);
  return Buffer.concat([header, content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => der(0x30, ...parts);
export const octetString = (...parts: readonly Uint8Array[]): Uint8Array => der(0x04, ...parts);
export const bitString = (bytes: Uint8Array, unusedBits = 0): Uint8Array =>
  der(0x03, Buffer.of(unusedBits), bytes);
export const nothing = der(0x05);
export const yes = der(0x01, Buffer.of(0xff));

/** INTEGER from a non-negative number. */
export function integer(value: number | bigint): Uint8Array {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

export function objectIdentifier(dotted: string, tag = 0x06): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(tag, arcs([first * 40 + second, ...rest].join('.')));
}

function arcs(dotted: string): Uint8Array {
  const octets = dotted.split('.').flatMap(text => {
    const arc = Number(text);
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return Buffer.from(octets);
}

/** UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5). */
export function time(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  const general = date.getUTCFullYear() >= 2050;
  return der(general ? 0x18 : 0x17, Buffer.from(general ? digits : digits.slice(2), 'latin1'));
}

/** A Name with one common name; the empty Name for ''. */
export function name(commonName: string): Uint8Array {
  if (commonName === '') return sequence();
  return sequence(
    der(0x31, sequence(objectIdentifier('2.5.4.3'), der(0x0c, Buffer.from(commonName, 'utf8')))),
  );
}

/**
 * `dns:`, `uri:`, `email:`, `ip:` (hex), `dir:` (a common name), `rid:` and the value, `device:` with type-id, a colon and
 * the arcs of a RELATIVE-OID (TS-0003 10.1.1.4), `other:` with type-id, a colon and DER in hex, as a GeneralName.
 */
export function generalName(text: string): Uint8Array {
  const [form = '', ...rest] = text.split(':');
  const value = rest.join(':');
  switch (form) {
    case 'email':
      return der(0x81, Buffer.from(value, 'latin1'));
    case 'dns':
      return der(0x82, Buffer.from(value, 'latin1'));
    case 'dir':
      return der(0xa4, name(value));
    case 'uri':
      return der(0x86, Buffer.from(value, 'latin1'));
    case 'ip':
      return der(0x87, Buffer.from(value, 'hex'));
    case 'rid':
      return objectIdentifier(value, 0x88);
    case 'device':
    case 'other': {
      const [typeId = '', inner = ''] = rest;
      const content = form === 'other' ? Buffer.from(inner, 'hex') : der(0x0d, arcs(inner));
      return der(0xa0, objectIdentifier(typeId), der(0xa0, content));
    }
    default:
      throw new TypeError(`generalName: no form ${form}`);
  }
}

/** One Extension; `value` is what stands in extnValue. */
export function extension(id: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(objectIdentifier(id), ...(critical ? [yes] : []), octetString(value));
}

const keyUsageBits = {
  digitalSignature: 0,
  contentCommitment: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const;
export type KeyUsageBit = keyof typeof keyUsageBits;

export function keyUsage(...usages: readonly KeyUsageBit[]): Uint8Array {
  const octet = usages.reduce((bits, usage) => bits | (0x80 >> keyUsageBits[usage]), 0);
  return extension(
    '2.5.29.15',
    bitString(Buffer.of(octet), octet === 0 ? 0 : Math.log2(octet & -octet)),
    true,
  );
}

export function basicConstraints(cA: boolean, pathLen: number | null = null): Uint8Array {
  const parts = [...(cA ? [yes] : []), ...(pathLen === null ? [] : [integer(pathLen)])];
  return extension('2.5.29.19', sequence(...parts), true);
}

export function nameConstraints({ permitted = [], excluded = [] }: NameConstraintOptions): Uint8Array {
  const subtrees = (number: number, bases: readonly string[]) =>
    bases.length === 0 ? [] : [der(0xa0 | number, ...bases.map(base => sequence(generalName(base))))];
  return extension('2.5.29.30', sequence(...subtrees(0, permitted), ...subtrees(1, excluded)), true);
}

export interface NameConstraintOptions {
  /** As `generalName` takes them: 'dns:example.com', 'uri:.example.com'. */
  readonly permitted?: readonly string[];
  readonly excluded?: readonly string[];
}

export const algorithms = {
  ecdsaWithSha256: sequence(objectIdentifier('1.2.840.10045.4.3.2')),
  ecdsaWithSha384: sequence(objectIdentifier('1.2.840.10045.4.3.3')),
  ecdsaWithSha512: sequence(objectIdentifier('1.2.840.10045.4.3.4')),
  ecdsaWithSha1: sequence(objectIdentifier('1.2.840.10045.4.1')),
  rsaWithSha256: sequence(objectIdentifier('1.2.840.113549.1.1.11'), nothing),
  rsaWithSha384: sequence(objectIdentifier('1.2.840.113549.1.1.12'), nothing),
  rsaWithSha512: sequence(objectIdentifier('1.2.840.113549.1.1.13'), nothing),
} as const;

/** The same P-256 private key for the same text. */
export function keyFor(text: string): KeyObject {
  const scalar = Buffer.from(hash('sha256', text), 'hex');
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  const point = ecdh.getPublicKey();
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: base64url(point.subarray(1, 33)),
    y: base64url(point.subarray(33)),
  };
  return createPrivateKey({ key: { ...jwk, d: base64url(scalar) }, format: 'jwk' });
}

function base64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}

/** A random private key of another kind. */
export function otherKey(kind: 'P-384' | 'P-521' | 'Ed25519' | 1024 | 2048): KeyObject {
  if (typeof kind === 'number') return generateKeyPairSync('rsa', { modulusLength: kind }).privateKey;
  if (kind === 'Ed25519') return generateKeyPairSync('ed25519').privateKey;
  return generateKeyPairSync('ec', { namedCurve: kind }).privateKey;
}

/** What a certificate says; whatever is absent gets a value that is right for an end-point. */
export interface CertificateOptions {
  /** A common name, or a Name in DER. */
  readonly subject?: string | Uint8Array;
  /** The signer's name if absent. */
  readonly issuer?: string | Uint8Array;
  /** A number, or the content octets of the INTEGER. */
  readonly serial?: number | Uint8Array;
  /** A Date, or a Time in DER. */
  readonly notBefore?: Date | Uint8Array;
  readonly notAfter?: Date | Uint8Array;
  /** The subject's private key; `keyFor` the subject if absent. */
  readonly key?: KeyObject;
  /** SubjectPublicKeyInfo in DER, in place of the key's. */
  readonly publicKey?: Uint8Array;
  /** GeneralNames of subjectAltName, as `generalName` takes them or in DER. */
  readonly names?: readonly (string | Uint8Array)[];
  /** Extensions in DER, in place of the usual ones (subjectAltName is added in any case). */
  readonly extensions?: readonly Uint8Array[];
  /** Extensions in DER, after the others. */
  readonly more?: readonly Uint8Array[];
  /** AlgorithmIdentifier inside and outside the signed part. */
  readonly signatureAlgorithm?: Uint8Array;
  /** AlgorithmIdentifier outside, where it differs. */
  readonly outerAlgorithm?: Uint8Array;
  readonly hash?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** The version field in DER, [0]; an empty array leaves it out. */
  readonly version?: Uint8Array;
  /** Changes the signature before it is put in. */
  readonly editSignature?: (signature: Uint8Array) => Uint8Array;
}

export interface AuthorityOptions extends CertificateOptions {
  readonly pathLen?: number;
  readonly nameConstraints?: NameConstraintOptions;
}

export interface Issued {
  readonly der: Uint8Array;
  readonly key: KeyObject;
  /** PKCS#8. */
  readonly keyPem: string;
}

const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2126-01-01T00:00:00Z') };

/** A certification authority: a certificate and the key to issue others with. */
export class Authority implements Issued {
  readonly der: Uint8Array;
  readonly key: KeyObject;
  readonly #name: Uint8Array;
  #serial = 0;

  constructor(certificate: Issued, subject: Uint8Array) {
    this.der = certificate.der;
    this.key = certificate.key;
    this.#name = subject;
  }

  get keyPem(): string {
    return pemOf(this.key);
  }

  /** An end-point's certificate: keyUsage digitalSignature, valid from 2026 to 2126. */
  issue(options: CertificateOptions = {}): Issued {
    this.#serial += 1;
    const { subject = 'end-point', serial = this.#serial, issuer = this.#name } = options;
    return build(
      { extensions: [keyUsage('digitalSignature')], ...options, subject, serial, issuer },
      this.key,
    );
  }

  /** A subordinate authority. With the subject and key of another one it is a cross-certificate. */
  authority(options: AuthorityOptions = {}): Authority {
    const { subject = 'intermediate' } = options;
    const certificate = this.issue({
      ...options,
      subject,
      extensions: options.extensions ?? authorityExtensions(options),
    });
    return new Authority(certificate, nameOf(subject));
  }
}

/** A self-signed authority: keyUsage keyCertSign and cRLSign, basicConstraints cA, valid from 2026 to 2126. */
export function makeAuthority(options: AuthorityOptions = {}): Authority {
  const { subject = 'root', issuer = subject, serial = 1 } = options;
  const key = options.key ?? keyFor(String(subject));
  const extensions = options.extensions ?? authorityExtensions(options);
  return new Authority(build({ ...options, subject, issuer, serial, key, extensions }, key), nameOf(subject));
}

/** PEM of certificates, in their order. */
export function certificatePem(...ders: readonly Uint8Array[]): string {
  return ders
    .map(bytes => {
      const lines =
        Buffer.from(bytes)
          .toString('base64')
          .match(/.{1,64}/g) ?? [];
      return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
    })
    .join('');
}

function authorityExtensions({
  pathLen,
  nameConstraints: constraints,
}: AuthorityOptions): readonly Uint8Array[] {
  return [
    basicConstraints(true, pathLen ?? null),
    keyUsage('keyCertSign', 'cRLSign'),
    ...(constraints === undefined ? [] : [nameConstraints(constraints)]),
  ];
}

type Complete = CertificateOptions &
  Required<Pick<CertificateOptions, 'subject' | 'issuer' | 'serial' | 'extensions'>>;

function build(options: Complete, signingKey: KeyObject): Issued {
  const { subject, issuer, serial, extensions, names = [], more = [] } = options;
  const key = options.key ?? keyFor(String(subject));
  const algorithm = options.signatureAlgorithm ?? algorithms.ecdsaWithSha256;
  const san = names.map(text => (typeof text === 'string' ? generalName(text) : text));
  const all = [
    ...extensions,
    ...(san.length === 0 ? [] : [extension('2.5.29.17', sequence(...san))]),
    ...more,
  ];
  const tbs = sequence(
    options.version ?? der(0xa0, integer(2)),
    typeof serial === 'number' ? integer(serial) : der(0x02, serial),
    algorithm,
    nameOf(issuer),
    sequence(timeOf(options.notBefore ?? validity.notBefore), timeOf(options.notAfter ?? validity.notAfter)),
    nameOf(subject),
    options.publicKey ?? createPublicKey(key).export({ format: 'der', type: 'spki' }),
    ...(all.length === 0 ? [] : [der(0xa3, sequence(...all))]),
  );
  const digest = signingKey.asymmetricKeyType === 'ed25519' ? null : (options.hash ?? 'sha256');
  const signature = sign(digest, tbs, signingKey);
  return {
    der: sequence(
      tbs,
      options.outerAlgorithm ?? algorithm,
      bitString(options.editSignature?.(signature) ?? signature),
    ),
    key,
    keyPem: pemOf(key),
  };
}

function nameOf(subject: string | Uint8Array): Uint8Array {
  return typeof subject === 'string' ? name(subject) : subject;
}

function timeOf(moment: Date | Uint8Array): Uint8Array {
  return moment instanceof Date ? time(moment) : moment;
}

function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}
