// The terminating end-point (TLS server): the check of messages 1 and 3, and messages 2 and 4.
// TS-0003 8.7.2.2 C.1; RFC 5246 §7.3 figure 1.
import { verifyPeer } from '../certificates/trust.ts';
import { generateEphemeral, premasterSecret } from '../crypto/key-exchange.ts';
import { extendedMasterSecret, verifyData, verifyFinished, withTrafficKeys } from '../crypto/key-schedule.ts';
import type { Secret } from '../crypto/secrets.ts';
import { verifySignature } from '../crypto/signatures.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { encode } from '../wire/codec.ts';
import { EcdheParameters, message } from '../wire/messages.ts';
import { ecdsaSign, secp256r1 } from '../wire/numbers.ts';
import { FlightReader, FlightWriter } from './flight.ts';
import { choose, requireExportIndicator } from './negotiation.ts';
import type { Profile } from './profile.ts';
import { Session } from './session.ts';
import type { WaitingForMessage3, WaitingForSignature2 } from './state.ts';
import type { AuthenticatedMessage3, MessageInput, SignatureInput, Turn } from './turn.ts';

/** Message 1, and the first part of message 2 up to the bytes that ServerKeyExchange signs. */
export function readMessage1(profile: Profile, received: Uint8Array): Turn {
  const flight = new FlightReader(received, new Uint8Array());
  const hello = flight.expect(message.clientHello);
  flight.end();
  const { negotiated, scheme, serverHello } = choose(profile, hello);

  const reply = new FlightWriter(flight.transcript);
  reply.add(message.serverHello, serverHello);
  reply.add(message.certificate, { certificates: profile.credential.chain });
  const { scalar, point } = generateEphemeral(profile.random);
  const { client, server } = negotiated.randoms;
  const bytes = Buffer.concat([client, server, encode(EcdheParameters, parameters(point))]);
  const { transcript, start } = reply;
  return {
    kind: 'sign',
    scheme,
    bytes,
    state: { waitingFor: 'signature over message 2', transcript, start, negotiated, scalar, point, scheme },
  };
}

/** The rest of message 2. */
export function writeMessage2(
  profile: Profile,
  state: WaitingForSignature2,
  { signature }: SignatureInput,
): Turn {
  const { negotiated, scalar, point, scheme } = state;
  const flight = new FlightWriter(state.transcript, state.start);
  flight.add(message.serverKeyExchange, { parameters: parameters(point), signed: { scheme, signature } });
  flight.add(message.certificateRequest, {
    certificateTypes: [ecdsaSign],
    signatureSchemes: profile.signatureSchemes,
    // Empty: naming our trust anchors would tell everybody who asks whom we trust (RFC 5246 §7.4.4 allows it).
    authorities: [],
  });
  flight.add(message.serverHelloDone, {});
  return {
    kind: 'send',
    message: flight.clear(),
    state: { waitingFor: 'message 3', transcript: flight.transcript, negotiated, scalar, point },
  };
}

/**
 * Reads message 3 up to CertificateVerify and checks certificate and signature, with public operations only.
 * From may be forged: by this the endpoint finds the pending handshake that a message 3 belongs to before it
 * uses that handshake up.
 */
export function authenticateMessage3(
  profile: Profile,
  state: WaitingForMessage3,
  { message: received, time }: MessageInput,
): AuthenticatedMessage3 {
  const flight = new FlightReader(received, state.transcript);
  const { certificates } = flight.expect(message.certificate);
  // Whoever has no certificate sends no CertificateVerify either (RFC 5246 §7.4.6): say so before it is missed.
  if (certificates.length === 0)
    refuse('PEER_CERTIFICATE_MISSING', 'Certificate: the initiating end-point sent none');
  const { point } = flight.expect(message.clientKeyExchange);
  const transcriptToKeyExchange = flight.transcript;
  const { signed } = flight.expect(message.certificateVerify);

  const { peers, expected, certificateProfile, maxDepth } = profile;
  const { peer, publicKey } = verifyPeer(certificates, {
    peers,
    role: 'initiating',
    time,
    expected,
    certificateProfile,
    ...(maxDepth !== undefined && { maxDepth }),
  });
  requireExportIndicator(peer.exportIndicatorRequired, state.negotiated.exportIndicator);
  if (!profile.signatureSchemes.includes(signed.scheme))
    refuse(
      'PARAMETER_ILLEGAL',
      'CertificateVerify is signed with a scheme that CertificateRequest did not list',
    );
  // RFC 5246 §7.4.8: over every handshake message so far, our randoms and ephemeral key among them.
  const signature = verifySignature('CertificateVerify', signed, publicKey, transcriptToKeyExchange);
  return { state, received, peer, signature, point, transcriptToKeyExchange, flight };
}

/** Message 3 to its end, and message 4. */
export function readMessage3(profile: Profile, state: WaitingForMessage3, input: MessageInput): Turn {
  const authenticated = input.authenticated ?? authenticateMessage3(profile, state, input);
  if (authenticated.state !== state || authenticated.received !== input.message)
    throw new E2EKeyError('INTERNAL', 'message 3 was authenticated for another handshake');
  const premaster = premasterSecret(state, authenticated.point);
  const masterSecret = extendedMasterSecret(
    state.negotiated.suite.hash,
    premaster.bytes,
    authenticated.transcriptToKeyExchange,
  );
  premaster.wipe();
  try {
    return finish(profile, authenticated, masterSecret);
  } catch (error) {
    masterSecret.wipe();
    throw error;
  }
}

/** The Finished of message 3, and our own, which is message 4. */
function finish(
  profile: Profile,
  { state, peer, signature, flight }: AuthenticatedMessage3,
  masterSecret: Secret,
): Turn {
  const { suite, encryptThenMac, randoms } = state.negotiated;
  return withTrafficKeys(suite, masterSecret, randoms, keys => {
    const due = verifyData(suite.hash, masterSecret, 'client', flight.transcript);
    const { verifyData: claimed } = flight.expectProtected(message.finished, {
      suite,
      encryptThenMac,
      keys: keys.client,
    });
    flight.end();
    const finished =
      verifyFinished(claimed, due) ??
      refuse(
        'FINISHED_INVALID',
        "the initiating end-point's Finished does not match the handshake that we saw",
      );

    const own = verifyData(suite.hash, masterSecret, 'server', flight.transcript);
    const message4 = new FlightWriter(flight.transcript).protected(
      message.finished,
      { verifyData: own },
      { suite, encryptThenMac, keys: keys.server },
      profile.random,
    );
    const session = new Session('terminating', { peer, signature, finished }, state.negotiated, masterSecret);
    return { kind: 'done', message: message4, session };
  });
}

function parameters(point: Uint8Array) {
  return { curveType: 3, group: secp256r1, point } as const;
}
