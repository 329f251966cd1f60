// The initiating end-point (TLS client): messages 1 and 3, and the check of messages 2 and 4.
// TS-0003 8.7.2.2 C.1; RFC 5246 §7.3 figure 1, with pre-shared keys RFC 4279 §2.
import { peerOfPresharedKey } from '../certificates/trust.ts';
import {
  agree,
  type Ephemeral,
  generateEphemeral,
  presharedPremasterSecret,
} from '../crypto/key-exchange.ts';
import { verifyData, verifyFinished, withTrafficKeys } from '../crypto/key-schedule.ts';
import type { Secret } from '../crypto/secrets.ts';
import { clientCertificateTypeOf, schemeAuthenticates, verifySignature } from '../crypto/signatures.ts';
import { usesPresharedKey } from '../crypto/suites.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { decode, encode, type Of } from '../wire/codec.ts';
import {
  type CertificateRequest,
  ClientHello,
  EcdheParameters,
  handshakeHeaderSize,
  message,
} from '../wire/messages.ts';
import { addCertificate, readCertificate } from './certificate-message.ts';
import { FlightReader, FlightWriter } from './flight.ts';
import { masterSecretOf } from './master-secret.ts';
import { type Negotiated, requireExportIndicator, type Signing } from './negotiation.ts';
import { type Checked, check, checkGroup, offer } from './offer.ts';
import { maxHintSize, type Profile } from './profile.ts';
import { type Authentication, Connection, Session } from './session.ts';
import type {
  WaitingForMessage2,
  WaitingForMessage4,
  WaitingForPresharedKey3,
  WaitingForSignature3,
} from './state.ts';
import type { MessageInput, PresharedKeyInput, SignatureInput, Turn } from './turn.ts';

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

/** Message 2, and as much of message 3 as can be said without our private or pre-shared key. */
export function readMessage2(profile: Profile, state: WaitingForMessage2, input: MessageInput): Turn {
  const offered = decode(ClientHello, state.transcript.subarray(handshakeHeaderSize));
  const flight = new FlightReader(input.message, state.transcript);
  const checked = check(profile, offered, flight.expect(message.serverHello));
  return usesPresharedKey(checked.negotiated.suite)
    ? readPresharedMessage2(profile, checked.negotiated, flight)
    : readSignedMessage2(profile, checked, flight, input);
}

/** The rest of message 2 with certificates, and message 3 up to the bytes that CertificateVerify signs. */
function readSignedMessage2(
  profile: Profile,
  { negotiated: chosen, stapled }: Checked,
  flight: FlightReader,
  { time, crls }: MessageInput,
): Turn {
  const { keyExchange } = chosen.suite;
  const presented = readCertificate(flight, chosen.certificateTypes.terminating);
  // RFC 6066 §8: whoever has said that it may come need not send it.
  const stapledResponse =
    stapled && flight.follows(message.certificateStatus)
      ? flight.expect(message.certificateStatus).response
      : null;
  const { parameters, signed } = flight.expect(message.serverKeyExchange);
  if (flight.follows(message.serverHelloDone))
    refuse(
      'MESSAGE_UNEXPECTED',
      'ServerHelloDone where CertificateRequest is due: the terminating end-point does not ask for our certificate, and both have to be authenticated (TS-0003 8.7.2.2)',
    );
  const request = flight.expect(message.certificateRequest);
  flight.expect(message.serverHelloDone);
  flight.end();

  const known = { time, stapled: stapledResponse, ...(crls !== undefined && { crls }) };
  const { peer, publicKey } = presented.verify(profile, 'terminating', known);
  requireExportIndicator(peer.exportIndicatorRequired, chosen.exportIndicator);
  if (!profile.signatureSchemes.includes(signed.scheme))
    refuse('PARAMETER_ILLEGAL', 'ServerKeyExchange is signed with a scheme that was not offered');
  // RFC 5246 §7.4.2: the kind of key is the suite's, or another than the one that was agreed on would authenticate.
  if (!schemeAuthenticates(signed.scheme, keyExchange))
    refuse('PARAMETER_ILLEGAL', `ServerKeyExchange is signed with a scheme that is not for ${keyExchange}`);
  const group = checkGroup(profile, parameters.group);
  const negotiated = { ...chosen, group };
  // RFC 8422 §5.4: the signature covers both randoms, so that it cannot be replayed into another handshake.
  const { client, server } = negotiated.randoms;
  const bytes = Buffer.concat([client, server, encode(EcdheParameters, parameters)]);
  const signature = verifySignature('ServerKeyExchange', signed, publicKey, bytes);

  const signing = chooseSigning(profile, negotiated, request);
  const ephemeral = generateEphemeral(group, profile.random);
  const premaster = agreeOnce(ephemeral, parameters.point);
  const reply = new FlightWriter(flight.transcript);
  addCertificate(reply, profile, signing.credential);
  reply.add(message.clientKeyExchange, { point: ephemeral.point });
  const masterSecret = masterSecretOf(negotiated, premaster, reply.transcript);
  return {
    kind: 'sign',
    ...signing,
    bytes: reply.transcript,
    state: {
      waitingFor: 'signature over message 3',
      transcript: reply.transcript,
      start: reply.start,
      negotiated,
      masterSecret,
      authentication: { by: 'certificate', peer, signature },
      stapledResponse,
      signing,
    },
  };
}

/** The rest of message 2 with a pre-shared key: nothing in it is signed, and Finished will tell. */
function readPresharedMessage2(profile: Profile, chosen: Negotiated, flight: FlightReader): Turn {
  let identityHint: Uint8Array = new Uint8Array();
  let point: Uint8Array = new Uint8Array();
  let negotiated = chosen;
  if (chosen.suite.keyExchange === 'ECDHE_PSK') {
    const keyExchange = flight.expect(message.ecdhePskServerKeyExchange);
    identityHint = keyExchange.identityHint;
    point = keyExchange.parameters.point;
    negotiated = { ...chosen, group: checkGroup(profile, keyExchange.parameters.group) };
    // RFC 4279 §2: without a hint the message is left out.
  } else if (flight.follows(message.pskServerKeyExchange))
    identityHint = flight.expect(message.pskServerKeyExchange).identityHint;
  flight.expect(message.serverHelloDone);
  flight.end();

  const [pskIdentity] = profile.peers.pskIdentities;
  if (pskIdentity === undefined)
    throw new E2EKeyError('INTERNAL', 'a pre-shared key was offered and is not there');
  const peer = peerOfPresharedKey(pskIdentity, { peers: profile.peers, role: 'terminating' });
  requireExportIndicator(peer.exportIndicatorRequired, negotiated.exportIndicator);
  return {
    kind: 'need',
    what: {
      pskIdentity,
      identityHint: hintOf(identityHint),
    },
    state: {
      waitingFor: 'pre-shared key for message 3',
      transcript: flight.transcript,
      negotiated,
      peer,
      point,
    },
  };
}

/** RFC 4279 §5.2: what cannot be understood is passed over. */
function hintOf(bytes: Uint8Array): string | null {
  if (bytes.length === 0 || bytes.length > maxHintSize) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The rest of message 3, after the signature. */
export function writeMessage3(
  profile: Profile,
  state: WaitingForSignature3,
  { signature: own }: SignatureInput,
): Turn {
  const { negotiated, masterSecret, authentication, stapledResponse, signing } = state;
  const flight = new FlightWriter(state.transcript, state.start);
  flight.add(message.certificateVerify, { signed: { scheme: signing.scheme, signature: own } });
  return finishMessage3(profile, flight, { negotiated, masterSecret, authentication, stapledResponse });
}

/** All of message 3 with a pre-shared key. */
export function writePresharedMessage3(
  profile: Profile,
  { negotiated, peer, point, transcript }: WaitingForPresharedKey3,
  { presharedKey }: PresharedKeyInput,
): Turn {
  if (presharedKey === null)
    return refuse('OPTION_INVALID', `there is no pre-shared key of the identity ${JSON.stringify(peer.id)}`);
  const identity = Buffer.from(peer.id, 'utf8');
  const flight = new FlightWriter(transcript);
  let agreed: Secret | null = null;
  if (negotiated.group === null) flight.add(message.pskClientKeyExchange, { identity });
  else {
    const ephemeral = generateEphemeral(negotiated.group, profile.random);
    agreed = agreeOnce(ephemeral, point);
    flight.add(message.ecdhePskClientKeyExchange, { identity, point: ephemeral.point });
  }
  const premaster = presharedPremasterSecret(presharedKey, agreed);
  agreed?.wipe();
  const masterSecret = masterSecretOf(negotiated, premaster, flight.transcript);
  const authentication = { by: 'psk', peer } as const;
  return finishMessage3(profile, flight, { negotiated, masterSecret, authentication, stapledResponse: null });
}

function finishMessage3(
  profile: Profile,
  flight: FlightWriter,
  rest: Omit<WaitingForMessage4, 'waitingFor' | 'transcript'>,
): Turn {
  const { negotiated, masterSecret } = rest;
  const { suite, encryptThenMac, randoms } = negotiated;
  const clear = flight.clear();
  const due = verifyData(suite.hash, masterSecret, 'client', flight.transcript);
  const finished = withTrafficKeys(suite, masterSecret, randoms, ({ client: keys }) =>
    flight.protected(message.finished, { verifyData: due }, { suite, encryptThenMac, keys }, profile.random),
  );
  return {
    kind: 'send',
    message: Buffer.concat([clear, finished]),
    state: { waitingFor: 'message 4', transcript: flight.transcript, ...rest },
  };
}

/** Message 4: only now does the other end-point's Finished prove that both saw the same handshake. */
export function readMessage4(
  _profile: Profile,
  state: WaitingForMessage4,
  { message: received }: MessageInput,
): Turn {
  const { negotiated, masterSecret, authentication, stapledResponse } = state;
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
  const evidence: { authentication: Authentication; finished: typeof finished } = {
    authentication,
    finished,
  };
  return negotiated.extendedMasterSecret
    ? {
        kind: 'done',
        session: new Session('initiating', evidence, negotiated, masterSecret.copy(), stapledResponse),
      }
    : {
        kind: 'withheld',
        connection: new Connection('initiating', evidence, negotiated, masterSecret.copy()),
      };
}

/** The ephemeral key is not needed again, and is gone also where the peer's point is refused. */
function agreeOnce(ephemeral: Ephemeral, peerPoint: Uint8Array): Secret {
  try {
    return agree(ephemeral, peerPoint);
  } finally {
    ephemeral.scalar.wipe();
  }
}

/** The first of our credentials that CertificateRequest takes, and the scheme that it signs with. */
function chooseSigning(
  { credentials, signatureSchemes }: Profile,
  { certificateTypes }: Negotiated,
  request: Of<typeof CertificateRequest>,
): Signing {
  const asked = (scheme: number) => request.certificateTypes.includes(clientCertificateTypeOf(scheme) ?? -1);
  for (const [credential, { type, schemes }] of credentials.entries()) {
    const scheme = schemes.find(
      id => asked(id) && signatureSchemes.includes(id) && request.signatureSchemes.includes(id),
    );
    if (type === certificateTypes.initiating && scheme !== undefined) return { credential, scheme };
  }
  const ofType = credentials.filter(({ type }) => type === certificateTypes.initiating);
  if (ofType.length === 0)
    refuse(
      'CERTIFICATE_UNSUPPORTED',
      'ServerHello.client_certificate_type: we have no credential of the chosen type',
    );
  const field = ofType.some(({ schemes }) => schemes.some(asked)) ? 'signatureSchemes' : 'certificateTypes';
  return refuse('NOTHING_IN_COMMON', `CertificateRequest.${field} has none that our key is for`);
}
