// What each handshake message holds at a point of a handshake, whoever says it and whether it is due or not: right as
// far as the peer knows.
import { groups } from '../../crypto/key-exchange.ts';
import { clientCertificateTypeOf, signatureSchemes, signWith } from '../../crypto/signatures.ts';
import { usesEphemeralKey, usesPresharedKey } from '../../crypto/suites.ts';
import { type Extension, encode, makeExtension } from '../../wire/codec.ts';
import { clientExtension, exportIndicator, serverExtension } from '../../wire/extensions.ts';
import { type ClientHello, EcdheParameters, encodeMessage, message } from '../../wire/messages.ts';
import { certificateType, ocsp, tls12 } from '../../wire/numbers.ts';
import type { Knowledge } from './knowledge.ts';

const nothing = new Uint8Array();
/** Everything that we can verify: whatever the other side has to sign with is taken. */
const schemes = signatureSchemes.map(({ id }) => id);

/** Each with its header, by the names of RFC 5246 §7.4. */
export const contents = {
  HelloRequest: () => encodeMessage(message.helloRequest, {}),
  ClientHello: knowledge => encodeMessage(message.clientHello, clientHello(knowledge)),
  ServerHello: knowledge => encodeMessage(message.serverHello, serverHello(knowledge)),
  Certificate: certificate,
  CertificateStatus: () => encodeMessage(message.certificateStatus, { statusType: ocsp, response: tryLater }),
  ServerKeyExchange: serverKeyExchange,
  CertificateRequest: () =>
    encodeMessage(message.certificateRequest, {
      certificateTypes: [...new Set(schemes.flatMap(id => clientCertificateTypeOf(id) ?? []))],
      signatureSchemes: schemes,
      authorities: [],
    }),
  ServerHelloDone: () => encodeMessage(message.serverHelloDone, {}),
  ClientKeyExchange: clientKeyExchange,
  CertificateVerify: knowledge =>
    encodeMessage(message.certificateVerify, { signed: signed(knowledge, knowledge.allSaid) }),
  Finished: knowledge => encodeMessage(message.finished, { verifyData: knowledge.verifyData('us') }),
} as const satisfies Record<string, (knowledge: Knowledge) => Uint8Array>;

export type MessageName = keyof typeof contents;

/** OCSPResponse of the status tryLater (RFC 6960 §4.2.1). */
const tryLater = Uint8Array.of(0x30, 3, 0x0a, 1, 3);

function clientHello({ options, credential, suites, ownRandom, ephemeral }: Knowledge): ClientHello {
  const { extendedMasterSecret = true, encryptThenMac = false, peerType } = options;
  const raw = [certificateType.rawPublicKey];
  // The curves of certificates are among them (RFC 8422 §5.1).
  const others = groups.map(({ id }) => id).filter(id => id !== ephemeral.group.id);
  const extensions: Extension[] = [makeExtension(clientExtension.renegotiationInfo, nothing)];
  if (suites.some(usesEphemeralKey))
    extensions.push(
      makeExtension(clientExtension.supportedGroups, [ephemeral.group.id, ...others]),
      makeExtension(clientExtension.ecPointFormats, [0]),
    );
  if (!suites.some(usesPresharedKey))
    extensions.push(makeExtension(clientExtension.signatureAlgorithms, schemes));
  if (credential?.type === 'raw') extensions.push(makeExtension(clientExtension.clientCertificateType, raw));
  if (peerType === 'raw') extensions.push(makeExtension(clientExtension.serverCertificateType, raw));
  extensions.push(makeExtension(clientExtension.applicationLayerProtocolNegotiation, [exportIndicator]));
  if (extendedMasterSecret) extensions.push(makeExtension(clientExtension.extendedMasterSecret, nothing));
  if (encryptThenMac) extensions.push(makeExtension(clientExtension.encryptThenMac, nothing));
  return {
    version: tls12,
    random: ownRandom,
    sessionId: nothing,
    cipherSuites: suites.map(({ id }) => id),
    compressionMethods: [0],
    extensions,
  };
}

/** Of the extensions what was offered and we have. */
function serverHello(knowledge: Knowledge) {
  const { options, credential, suite, ownRandom, clientHello: offered } = knowledge;
  const { extendedMasterSecret = true, encryptThenMac = false, peerType } = options;
  const has = (type: number) => offered?.extensions.some(extension => extension.type === type) ?? false;
  const extensions = [
    makeExtension(serverExtension.renegotiationInfo, nothing),
    ...(extendedMasterSecret ? [makeExtension(serverExtension.extendedMasterSecret, nothing)] : []),
    ...(encryptThenMac && suite.protection.kind === 'cbc'
      ? [makeExtension(serverExtension.encryptThenMac, nothing)]
      : []),
    makeExtension(serverExtension.applicationLayerProtocolNegotiation, [exportIndicator]),
    makeExtension(serverExtension.clientCertificateType, typeOf(peerType)),
    makeExtension(serverExtension.serverCertificateType, typeOf(credential?.type)),
  ].filter(({ type }) => type === serverExtension.renegotiationInfo.type || has(type));
  return {
    version: tls12,
    random: ownRandom,
    sessionId: nothing,
    cipherSuite: suite.id,
    compressionMethod: 0,
    extensions,
  };
}

function typeOf(type: 'x509' | 'raw' | undefined): number {
  return type === 'raw' ? certificateType.rawPublicKey : certificateType.x509;
}

function certificate({ credential }: Knowledge): Uint8Array {
  const chain = credential?.chain ?? [];
  return credential?.type === 'raw'
    ? encodeMessage(message.rawPublicKeyCertificate, { subjectPublicKeyInfo: chain[0] ?? nothing })
    : encodeMessage(message.certificate, { certificates: chain });
}

function serverKeyExchange(knowledge: Knowledge): Uint8Array {
  const { suite, randoms, ephemeral } = knowledge;
  const parameters = { curveType: 3, group: ephemeral.group.id, point: ephemeral.point } as const;
  if (suite.keyExchange === 'PSK')
    return encodeMessage(message.pskServerKeyExchange, { identityHint: nothing });
  if (suite.keyExchange === 'ECDHE_PSK')
    return encodeMessage(message.ecdhePskServerKeyExchange, { identityHint: nothing, parameters });
  const bytes = Buffer.concat([randoms.client, randoms.server, encode(EcdheParameters, parameters)]);
  return encodeMessage(message.serverKeyExchange, { parameters, signed: signed(knowledge, bytes) });
}

function clientKeyExchange({
  suite,
  ephemeral: { point },
  options: { presharedKey },
}: Knowledge): Uint8Array {
  const identity = Buffer.from(presharedKey?.identity ?? '', 'utf8');
  if (suite.keyExchange === 'PSK') return encodeMessage(message.pskClientKeyExchange, { identity });
  if (suite.keyExchange === 'ECDHE_PSK')
    return encodeMessage(message.ecdhePskClientKeyExchange, { identity, point });
  return encodeMessage(message.clientKeyExchange, { point });
}

/** Of no bytes where the peer has no key. */
function signed({ credential, scheme }: Knowledge, bytes: Uint8Array) {
  return { scheme, signature: credential ? signWith(credential.key, scheme, bytes) : nothing };
}
