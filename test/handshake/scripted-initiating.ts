// An initiating end-point that says what a test tells it to say, made from wire and crypto without the handshake:
// all that is not told otherwise is right, so that a refusal has one reason.
import { agree, generateEphemeral } from '../../src/crypto/key-exchange.ts';
import {
  exportKeyingMaterial,
  extendedMasterSecret,
  plainMasterSecret,
  trafficKeys,
  verifyData,
} from '../../src/crypto/key-schedule.ts';
import { protect } from '../../src/crypto/record-protection.ts';
import { signWith } from '../../src/crypto/signatures.ts';
import { suiteById, suites } from '../../src/crypto/suites.ts';
import { encode, findExtension, makeExtension } from '../../src/wire/codec.ts';
import { clientExtension, exportIndicator, serverExtension } from '../../src/wire/extensions.ts';
import { type ClientHello, encodeMessage, message, type Signed } from '../../src/wire/messages.ts';
import { contentType, ecdsaSha256, secp256r1, tls12 } from '../../src/wire/numbers.ts';
import { TlsRecord } from '../../src/wire/records.ts';
import { find, inRecords, messagesOf, record } from './flights.ts';
import { cae1, gcm, type LabCredential, p256, repeatable } from './lab.ts';

/** Each changes one thing in message 1 or 3. */
export interface InitiatingScript {
  /** Null has none: an empty Certificate where one is asked for, and no CertificateVerify. */
  readonly own?: LabCredential | null;
  readonly clientHello?: (hello: ClientHello) => ClientHello;
  readonly point?: (point: Uint8Array) => Uint8Array;
  /** The bytes that CertificateVerify signs. */
  readonly signs?: (bytes: Uint8Array) => Uint8Array;
  readonly signed?: (signed: Signed) => Signed;
  /** The messages of message 3 that travel in the clear. */
  readonly messages?: (messages: Uint8Array[]) => Uint8Array[];
  readonly verifyData?: (due: Uint8Array) => Uint8Array;
  /** The handshake bytes that are protected, Finished if absent. */
  readonly fragment?: (finished: Uint8Array) => Uint8Array;
}

export interface ScriptedInitiating {
  readonly message1: Uint8Array;
  /** Message 3 to this message 2, and the 48 bytes that an honest end-point would export. */
  readonly answer: (message2: Uint8Array) => { message3: Uint8Array; exported: Uint8Array };
}

const nothing = new Uint8Array();

/** Message 1 that offers every suite, without encrypt_then_mac. */
export function scriptedInitiating(script: InitiatingScript = {}): ScriptedInitiating {
  const hello = (script.clientHello ?? same)({
    version: tls12,
    random: repeatable('scripted initiating')(32),
    sessionId: nothing,
    cipherSuites: suites.map(({ id }) => id),
    compressionMethods: [0],
    extensions: [
      makeExtension(clientExtension.renegotiationInfo, nothing),
      makeExtension(clientExtension.supportedGroups, [secp256r1]),
      makeExtension(clientExtension.ecPointFormats, [0]),
      makeExtension(clientExtension.signatureAlgorithms, [ecdsaSha256]),
      makeExtension(clientExtension.applicationLayerProtocolNegotiation, [exportIndicator]),
      makeExtension(clientExtension.extendedMasterSecret, nothing),
    ],
  });
  const first = encodeMessage(message.clientHello, hello);
  return { message1: inRecords([first]), answer: message2 => answer(hello, first, message2, script) };
}

function answer(hello: ClientHello, first: Uint8Array, message2: Uint8Array, script: InitiatingScript) {
  const { own = cae1 } = script;
  const received = messagesOf(message2);
  const { random: server, cipherSuite, extensions } = find(received, message.serverHello);
  const asked = received.some(([type]) => type === message.certificateRequest.type);
  const suite = suiteById(cipherSuite) ?? gcm;
  const randoms = { client: hello.random, server };
  const before = Buffer.concat([first, ...received]);

  const ephemeral = generateEphemeral(p256, repeatable('scripted initiating scalar'));
  const premaster = agree(ephemeral, find(received, message.serverKeyExchange).parameters.point);
  const keyExchange = [
    ...(asked ? [encodeMessage(message.certificate, { certificates: own?.chain ?? [] })] : []),
    encodeMessage(message.clientKeyExchange, { point: (script.point ?? same)(ephemeral.point) }),
  ];
  const toKeyExchange = Buffer.concat([before, ...keyExchange]);
  const masterSecret = findExtension(extensions, serverExtension.extendedMasterSecret)
    ? extendedMasterSecret(suite.hash, premaster.bytes, toKeyExchange)
    : plainMasterSecret(suite.hash, premaster.bytes, randoms);
  const messages = (script.messages ?? same)([
    ...keyExchange,
    ...(asked && own ? [certificateVerify(own, toKeyExchange, script)] : []),
  ]);

  const due = verifyData(suite.hash, masterSecret, 'client', Buffer.concat([before, ...messages]));
  const finished = encodeMessage(message.finished, { verifyData: (script.verifyData ?? same)(due) });
  const protectedFinished = protect(
    { suite, encryptThenMac: false, keys: trafficKeys(suite, masterSecret, randoms).client },
    0,
    { type: contentType.handshake, version: tls12, fragment: (script.fragment ?? same)(finished) },
    repeatable('scripted initiating iv'),
  );
  return {
    message3: Buffer.concat([
      inRecords(messages),
      record('changeCipherSpec', Uint8Array.of(1)),
      encode(TlsRecord, protectedFinished),
    ]),
    exported: exportKeyingMaterial(suite.hash, masterSecret, randoms, 'EXPORTER-oneM2M-ESCertKE', 48),
  };
}

function certificateVerify(
  { key }: LabCredential,
  toKeyExchange: Uint8Array,
  script: InitiatingScript,
): Uint8Array {
  const signature = signWith(key, ecdsaSha256, (script.signs ?? same)(toKeyExchange));
  const signed = (script.signed ?? same)({ scheme: ecdsaSha256, signature });
  return encodeMessage(message.certificateVerify, { signed });
}

function same<T>(value: T): T {
  return value;
}
