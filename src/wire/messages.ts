// The handshake messages of a full TLS 1.2 handshake, in the order in which they travel.
// Layouts only: which message may come when is handshake's business.
import {
  type Codec,
  encode,
  extensionBlock,
  list,
  named,
  type Of,
  oneOf,
  opaque,
  struct,
  trailing,
  uint24,
  vector,
} from './codec.ts';
import { clientExtension, serverExtension } from './extensions.ts';
import {
  cipherSuiteNames,
  clientCertificateTypeNames,
  compressionNames,
  extensionTypeNames,
  groupNames,
  handshakeType,
  handshakeTypeNames,
  ocsp,
  signatureSchemeNames,
  versionNames,
} from './numbers.ts';

const version = named(2, versionNames);
const cipherSuite = named(2, cipherSuiteNames);
const signatureScheme = named(2, signatureSchemeNames);

export const ClientHello = struct('ClientHello', 'RFC 5246 §7.4.1.2', {
  version,
  random: opaque(32),
  sessionId: vector(1, 0, 32),
  cipherSuites: list(2, 2, 0xfffe, cipherSuite),
  compressionMethods: list(1, 1, 0xff, named(1, compressionNames)),
  extensions: trailing(extensionBlock(extensionTypeNames, Object.values(clientExtension)), []),
});
export type ClientHello = Of<typeof ClientHello>;

export const ServerHello = struct('ServerHello', 'RFC 5246 §7.4.1.3', {
  version,
  random: opaque(32),
  sessionId: vector(1, 0, 32),
  cipherSuite,
  compressionMethod: named(1, compressionNames),
  extensions: trailing(extensionBlock(extensionTypeNames, Object.values(serverExtension)), []),
});
export type ServerHello = Of<typeof ServerHello>;

/** `certificate_list`: DER certificates, the sender's own first; empty where a client has none. */
export const Certificate = struct('Certificate', 'RFC 5246 §7.4.2', {
  certificates: list(3, 0, 0xffffff, vector(3, 1, 0xffffff)),
});

/** A raw public key in the place of the chain: one length, no list (RFC 7250 §3); empty where a client has none. */
export const RawPublicKeyCertificate = struct('Certificate', 'RFC 7250 §3', {
  subjectPublicKeyInfo: vector(3, 0, 0xffffff),
});

export const CertificateStatus = struct('CertificateStatus', 'RFC 6066 §8', {
  statusType: oneOf(1, [ocsp]),
  response: vector(3, 1, 0xffffff),
});

/** `digitally-signed` with the algorithm in front (RFC 5246 §4.7). */
const Signed = struct('DigitallySigned', 'RFC 5246 §4.7', {
  scheme: signatureScheme,
  signature: vector(2, 0, 0xffff),
});
export type Signed = Of<typeof Signed>;

/** ServerECDHParams with a named curve, curve type 3. */
export const EcdheParameters = struct('ServerECDHParams', 'RFC 8422 §5.4', {
  curveType: oneOf(1, [3], { 3: 'named_curve' }),
  group: named(2, groupNames),
  point: vector(1, 1, 0xff),
});

export const ServerKeyExchange = struct('ServerKeyExchange', 'RFC 8422 §5.4', {
  parameters: EcdheParameters,
  signed: Signed,
});

/** With a pre-shared key, where the terminating end-point has a hint to give. */
export const PskServerKeyExchange = struct('ServerKeyExchange', 'RFC 4279 §2', {
  identityHint: vector(2, 0, 0xffff),
});

/** The parameters are not signed: the pre-shared key authenticates them, in Finished. */
export const EcdhePskServerKeyExchange = struct('ServerKeyExchange', 'RFC 5489 §2', {
  identityHint: vector(2, 0, 0xffff),
  parameters: EcdheParameters,
});

export const CertificateRequest = struct('CertificateRequest', 'RFC 5246 §7.4.4', {
  certificateTypes: list(1, 1, 0xff, named(1, clientCertificateTypeNames)),
  signatureSchemes: list(2, 2, 0xfffe, signatureScheme),
  authorities: list(2, 0, 0xffff, vector(2, 1, 0xffff)),
});

export const ServerHelloDone = struct('ServerHelloDone', 'RFC 5246 §7.4.5', {});

export const ClientKeyExchange = struct('ClientKeyExchange', 'RFC 8422 §5.7', { point: vector(1, 1, 0xff) });

export const PskClientKeyExchange = struct('ClientKeyExchange', 'RFC 4279 §2', {
  identity: vector(2, 0, 0xffff),
});

export const EcdhePskClientKeyExchange = struct('ClientKeyExchange', 'RFC 5489 §2', {
  identity: vector(2, 0, 0xffff),
  point: vector(1, 1, 0xff),
});

export const CertificateVerify = struct('CertificateVerify', 'RFC 5246 §7.4.8', { signed: Signed });

export const Finished = struct('Finished', 'RFC 5246 §7.4.9', { verifyData: opaque(12) });

export const HelloRequest = struct('HelloRequest', 'RFC 5246 §7.4.1.1', {});

/** One handshake message: its type on the wire and its layout. */
export interface HandshakeMessage<T> {
  readonly type: number;
  readonly body: Codec<T>;
}

/** By name. Three of them have other layouts where no certificate chain, or no certificate at all, was negotiated. */
export const message = {
  helloRequest: { type: handshakeType.helloRequest, body: HelloRequest },
  clientHello: { type: handshakeType.clientHello, body: ClientHello },
  serverHello: { type: handshakeType.serverHello, body: ServerHello },
  certificate: { type: handshakeType.certificate, body: Certificate },
  rawPublicKeyCertificate: { type: handshakeType.certificate, body: RawPublicKeyCertificate },
  certificateStatus: { type: handshakeType.certificateStatus, body: CertificateStatus },
  serverKeyExchange: { type: handshakeType.serverKeyExchange, body: ServerKeyExchange },
  ecdhePskServerKeyExchange: { type: handshakeType.serverKeyExchange, body: EcdhePskServerKeyExchange },
  pskServerKeyExchange: { type: handshakeType.serverKeyExchange, body: PskServerKeyExchange },
  certificateRequest: { type: handshakeType.certificateRequest, body: CertificateRequest },
  serverHelloDone: { type: handshakeType.serverHelloDone, body: ServerHelloDone },
  clientKeyExchange: { type: handshakeType.clientKeyExchange, body: ClientKeyExchange },
  ecdhePskClientKeyExchange: { type: handshakeType.clientKeyExchange, body: EcdhePskClientKeyExchange },
  pskClientKeyExchange: { type: handshakeType.clientKeyExchange, body: PskClientKeyExchange },
  certificateVerify: { type: handshakeType.certificateVerify, body: CertificateVerify },
  finished: { type: handshakeType.finished, body: Finished },
} as const;

/** msg_type and uint24 length in front of every handshake message (RFC 5246 §7.4). */
export const HandshakeHeader = struct('HandshakeHeader', 'RFC 5246 §7.4', {
  type: named(1, handshakeTypeNames),
  length: uint24,
});
export const handshakeHeaderSize = 4;

export function messageName(type: number): string {
  return handshakeTypeNames[type] ?? `handshake message ${type}`;
}

/** A handshake message with its header, as it enters the transcript. */
export function encodeMessage<T>({ type, body }: HandshakeMessage<T>, value: T): Uint8Array {
  const content = encode(body, value);
  return Buffer.concat([encode(HandshakeHeader, { type, length: content.length }), content]);
}
