// The initiating end-point (TLS client): messages 1 and 3, and the check of messages 2 and 4.
// TS-0003 8.7.2.2 C.1; RFC 5246 §7.3 figure 1.
import { verifyPeer } from '../certificates/trust.ts';
import { type Ephemeral, generateEphemeral, premasterSecret } from '../crypto/key-exchange.ts';
import { extendedMasterSecret, verifyData, verifyFinished, withTrafficKeys } from '../crypto/key-schedule.ts';
import type { Secret } from '../crypto/secrets.ts';
import { verifySignature } from '../crypto/signatures.ts';
import { refuse } from '../errors.ts';
import { decode, encode, type Of } from '../wire/codec.ts';
import {
  type CertificateRequest,
  ClientHello,
  EcdheParameters,
  handshakeHeaderSize,
  message,
} from '../wire/messages.ts';
import { ecdsaSign } from '../wire/numbers.ts';
import { FlightReader, FlightWriter } from './flight.ts';
import { check, checkGroup, offer, requireExportIndicator } from './negotiation.ts';
import type { Profile } from './profile.ts';
import { Session } from './session.ts';
import type { WaitingForMessage2, WaitingForMessage4, WaitingForSignature3 } from './state.ts';
import type { MessageInput, SignatureInput, Turn } from './turn.ts';

/** Message 1. */
export function writeMessage1(profile: Profile): Turn {
  const flight = new FlightWriter(new Uint8Array());
  flight.add(message.clientHello, offer(profile));
  return {
    kind: 'send',
    message: flight.clear(),
    state: { waitingFor: 'message 2', transcript: flight.transcript },
  };
}

/** Message 2, and the first part of message 3 up to the bytes that CertificateVerify signs. */
export function readMessage2(
  profile: Profile,
  state: WaitingForMessage2,
  { message: received, time }: MessageInput,
): Turn {
  const offered = decode(ClientHello, state.transcript.subarray(handshakeHeaderSize));
  const flight = new FlightReader(received, state.transcript);
  const negotiated = check(profile, offered, flight.expect(message.serverHello));
  const { certificates } = flight.expect(message.certificate);
  const { parameters, signed } = flight.expect(message.serverKeyExchange);
  const request = flight.expect(message.certificateRequest);
  flight.expect(message.serverHelloDone);
  flight.end();

  const { peers, expected, certificateProfile, maxDepth } = profile;
  const { peer, publicKey } = verifyPeer(certificates, {
    peers,
    role: 'terminating',
    time,
    expected,
    certificateProfile,
    ...(maxDepth !== undefined && { maxDepth }),
  });
  requireExportIndicator(peer.exportIndicatorRequired, negotiated.exportIndicator);
  if (!profile.signatureSchemes.includes(signed.scheme))
    refuse('PARAMETER_ILLEGAL', 'ServerKeyExchange is signed with a scheme that was not offered');
  checkGroup(profile, parameters.group);
  // RFC 8422 §5.4: the signature covers both randoms, so that it cannot be replayed into another handshake.
  const { client, server } = negotiated.randoms;
  const bytes = Buffer.concat([client, server, encode(EcdheParameters, parameters)]);
  const signature = verifySignature('ServerKeyExchange', signed, publicKey, bytes);

  const scheme = chooseScheme(profile, request);

  const ephemeral = generateEphemeral(profile.random);
  const premaster = agreeOnce(ephemeral, parameters.point);
  const reply = new FlightWriter(flight.transcript);
  reply.add(message.certificate, { certificates: profile.credential.chain });
  reply.add(message.clientKeyExchange, { point: ephemeral.point });
  const masterSecret = extendedMasterSecret(negotiated.suite.hash, premaster.bytes, reply.transcript);
  premaster.wipe();
  return {
    kind: 'sign',
    scheme,
    bytes: reply.transcript,
    state: {
      waitingFor: 'signature over message 3',
      transcript: reply.transcript,
      start: reply.start,
      negotiated,
      masterSecret,
      peer,
      signature,
      scheme,
    },
  };
}

/** The rest of message 3. */
export function writeMessage3(
  profile: Profile,
  state: WaitingForSignature3,
  { signature: own }: SignatureInput,
): Turn {
  const { negotiated, masterSecret, peer, signature, scheme } = state;
  const { suite, encryptThenMac, randoms } = negotiated;
  const flight = new FlightWriter(state.transcript, state.start);
  flight.add(message.certificateVerify, { signed: { scheme, signature: own } });
  const clear = flight.clear();
  const due = verifyData(suite.hash, masterSecret, 'client', flight.transcript);
  const finished = withTrafficKeys(suite, masterSecret, randoms, ({ client: keys }) =>
    flight.protected(message.finished, { verifyData: due }, { suite, encryptThenMac, keys }, profile.random),
  );
  return {
    kind: 'send',
    message: Buffer.concat([clear, finished]),
    state: {
      waitingFor: 'message 4',
      transcript: flight.transcript,
      negotiated,
      masterSecret,
      peer,
      signature,
    },
  };
}

/** Message 4: only now does the other end-point's Finished prove that both saw the same handshake. */
export function readMessage4(
  _profile: Profile,
  state: WaitingForMessage4,
  { message: received }: MessageInput,
): Turn {
  const { negotiated, masterSecret, peer, signature } = state;
  const { suite, encryptThenMac, randoms } = negotiated;
  const flight = new FlightReader(received, state.transcript);
  const { verifyData: claimed } = withTrafficKeys(suite, masterSecret, randoms, ({ server: keys }) =>
    flight.expectProtected(message.finished, { suite, encryptThenMac, keys }),
  );
  flight.end();
  const finished =
    verifyFinished(claimed, verifyData(suite.hash, masterSecret, 'server', state.transcript)) ??
    refuse(
      'FINISHED_INVALID',
      "the terminating end-point's Finished does not match the handshake that we saw",
    );
  return {
    kind: 'done',
    session: new Session('initiating', { peer, signature, finished }, negotiated, masterSecret.copy()),
  };
}

/** The ephemeral key is not needed again, and is gone also where the peer's point is refused. */
function agreeOnce(ephemeral: Ephemeral, peerPoint: Uint8Array): Secret {
  try {
    return premasterSecret(ephemeral, peerPoint);
  } finally {
    ephemeral.scalar.wipe();
  }
}

function chooseScheme(
  { credential, signatureSchemes }: Profile,
  request: Of<typeof CertificateRequest>,
): number {
  if (!request.certificateTypes.includes(ecdsaSign))
    refuse(
      'NOTHING_IN_COMMON',
      'CertificateRequest.certificateTypes lacks ecdsa_sign, the type of our certificate',
    );
  return (
    credential.schemes.find(id => signatureSchemes.includes(id) && request.signatureSchemes.includes(id)) ??
    refuse('NOTHING_IN_COMMON', 'CertificateRequest.signatureSchemes has none that our key can make')
  );
}
