// A terminating end-point that says what a test tells it to say, made from wire and crypto without the handshake:
// all that is not told otherwise is right, so that a refusal has one reason.

import { agree, type Ephemeral, generateEphemeral } from '../../src/crypto/key-exchange.ts';
import {
  exportKeyingMaterial,
  extendedMasterSecret,
  plainMasterSecret,
  trafficKeys,
  verifyData,
} from '../../src/crypto/key-schedule.ts';
import type { Random } from '../../src/crypto/random.ts';
import { protect } from '../../src/crypto/record-protection.ts';
import { signWith } from '../../src/crypto/signatures.ts';
import type { Suite } from '../../src/crypto/suites.ts';
import { type Extension, encode, findExtension, makeExtension, type Of } from '../../src/wire/codec.ts';
import { exportIndicator, serverExtension } from '../../src/wire/extensions.ts';
import {
  type CertificateRequest,
  EcdheParameters,
  encodeMessage,
  message,
  type ServerHello,
  type Signed,
} from '../../src/wire/messages.ts';
import { contentType, ecdsaSha256, ecdsaSign, secp256r1, tls12 } from '../../src/wire/numbers.ts';
import { TlsRecord } from '../../src/wire/records.ts';
import { find, inRecords, messagesOf, record } from './flights.ts';
import { cseB, gcm, type LabCredential, p256, repeatable } from './lab.ts';

type Parameters = Of<typeof EcdheParameters>;
type Request = Of<typeof CertificateRequest>;

/** Each changes one thing in message 2 or 4. */
export interface TerminatingScript {
  readonly own?: LabCredential;
  readonly suite?: Suite;
  readonly serverHello?: (hello: ServerHello) => ServerHello;
  readonly parameters?: (parameters: Parameters) => Parameters;
  /** The bytes that ServerKeyExchange signs. */
  readonly signs?: (bytes: Uint8Array) => Uint8Array;
  /** The scheme that ServerKeyExchange is signed with; ecdsaSha256 if absent. */
  readonly scheme?: number;
  readonly signed?: (signed: Signed) => Signed;
  readonly request?: (request: Request) => Request;
  /** All of message 2, message by message. */
  readonly messages?: (messages: Uint8Array[]) => Uint8Array[];
  readonly verifyData?: (due: Uint8Array) => Uint8Array;
}

export interface ScriptedTerminating {
  readonly message2: Uint8Array;
  /** Message 4 to this message 3, and the 48 bytes that an honest end-point would export. */
  readonly answer: (message3: Uint8Array) => { message4: Uint8Array; exported: Uint8Array };
}

const nothing = new Uint8Array();

/** An answer to message 1. */
export function scriptedTerminating(
  message1: Uint8Array,
  script: TerminatingScript = {},
): ScriptedTerminating {
  const { own = cseB, suite = gcm, scheme = ecdsaSha256 } = script;
  const random = repeatable('scripted terminating');
  const client = find(messagesOf(message1), message.clientHello).random;
  const hello = (script.serverHello ?? same)(plainHello(suite, random));
  const ephemeral = generateEphemeral(p256, random);
  const parameters = (script.parameters ?? same)({ curveType: 3, group: secp256r1, point: ephemeral.point });
  const bytes = (script.signs ?? same)(
    Buffer.concat([client, hello.random, encode(EcdheParameters, parameters)]),
  );
  const messages = (script.messages ?? same)([
    encodeMessage(message.serverHello, hello),
    encodeMessage(message.certificate, { certificates: own.chain }),
    encodeMessage(message.serverKeyExchange, {
      parameters,
      signed: (script.signed ?? same)({ scheme, signature: signWith(own.key, scheme, bytes) }),
    }),
    encodeMessage(
      message.certificateRequest,
      (script.request ?? same)({
        certificateTypes: [ecdsaSign],
        signatureSchemes: [ecdsaSha256],
        authorities: [],
      }),
    ),
    encodeMessage(message.serverHelloDone, {}),
  ]);
  const transcript = Buffer.concat([...messagesOf(message1), ...messages]);
  const extended = findExtension(hello.extensions, serverExtension.extendedMasterSecret) !== undefined;
  const agreed = { suite, extended, randoms: { client, server: hello.random }, ephemeral, transcript };
  return {
    message2: inRecords(messages),
    answer: message3 => answer(agreed, message3, script.verifyData ?? same),
  };
}

function plainHello(suite: Suite, random: Random): ServerHello {
  const extensions: Extension[] = [
    makeExtension(serverExtension.extendedMasterSecret, nothing),
    makeExtension(serverExtension.renegotiationInfo, nothing),
    makeExtension(serverExtension.applicationLayerProtocolNegotiation, [exportIndicator]),
  ];
  return {
    version: tls12,
    random: random(32),
    sessionId: nothing,
    cipherSuite: suite.id,
    compressionMethod: 0,
    extensions,
  };
}

interface Agreed {
  readonly suite: Suite;
  readonly extended: boolean;
  readonly randoms: { readonly client: Uint8Array; readonly server: Uint8Array };
  readonly ephemeral: Ephemeral;
  readonly transcript: Uint8Array;
}

/** Takes message 3 at its word: what it says about itself is for other tests. CBC with mac-then-encrypt. */
function answer(
  { suite, extended, randoms, ephemeral, transcript }: Agreed,
  message3: Uint8Array,
  change: (due: Uint8Array) => Uint8Array,
) {
  const messages = messagesOf(message3);
  const { point } = find(messages, message.clientKeyExchange);
  const toKeyExchange = Buffer.concat([transcript, ...messages.slice(0, 2)]);
  const premaster = agree(ephemeral, point).bytes;
  const masterSecret = extended
    ? extendedMasterSecret(suite.hash, premaster, toKeyExchange)
    : plainMasterSecret(suite.hash, premaster, randoms);
  const toVerify = Buffer.concat([transcript, ...messages]);
  const verified = verifyData(suite.hash, masterSecret, 'client', toVerify);
  const toFinished = Buffer.concat([toVerify, encodeMessage(message.finished, { verifyData: verified })]);
  const due = change(verifyData(suite.hash, masterSecret, 'server', toFinished));
  const finished = protect(
    { suite, encryptThenMac: false, keys: trafficKeys(suite, masterSecret, randoms).server },
    0,
    {
      type: contentType.handshake,
      version: tls12,
      fragment: encodeMessage(message.finished, { verifyData: due }),
    },
    repeatable('scripted terminating iv'),
  );
  return {
    message4: Buffer.concat([record('changeCipherSpec', Uint8Array.of(1)), encode(TlsRecord, finished)]),
    exported: exportKeyingMaterial(suite.hash, masterSecret, randoms, 'EXPORTER-oneM2M-ESCertKE', 48),
  };
}

function same<T>(value: T): T {
  return value;
}
