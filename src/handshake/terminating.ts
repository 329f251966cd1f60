// The terminating end-point (TLS server): the check of messages 1 and 3, and messages 2 and 4.
// TS-0003 8.7.2.2 C.1; RFC 5246 §7.3 figure 1, with pre-shared keys RFC 4279 §2.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { maxPskIdentitySize } from '../certificates/peers.ts';
import { type PresharedPeer, peerOfPresharedKey } from '../certificates/trust.ts';
import {
  agree,
  type Ephemeral,
  generateEphemeral,
  presharedPremasterSecret,
} from '../crypto/key-exchange.ts';
import { verifyData, verifyFinished, withTrafficKeys } from '../crypto/key-schedule.ts';
import type { Secret } from '../crypto/secrets.ts';
import { clientCertificateTypeOf, verifySignature } from '../crypto/signatures.ts';
import { usesPresharedKey } from '../crypto/suites.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { encode } from '../wire/codec.ts';
import { EcdheParameters, message } from '../wire/messages.ts';
import { ocsp } from '../wire/numbers.ts';
import { addCertificate, readCertificate } from './certificate-message.ts';
import { choose } from './choice.ts';
import { FlightReader, FlightWriter } from './flight.ts';
import { masterSecretOf } from './master-secret.ts';
import { type Negotiated, requireExportIndicator } from './negotiation.ts';
import type { Profile } from './profile.ts';
import { type Authentication, Connection, Session } from './session.ts';
import type { WaitingForMessage3, WaitingForPresharedKey4, WaitingForSignature2 } from './state.ts';
import type { AuthenticatedMessage3, MessageInput, PresharedKeyInput, SignatureInput, Turn } from './turn.ts';

/** Message 1, and message 2: all of it with a pre-shared key, otherwise up to the bytes that ServerKeyExchange signs. */
export function readMessage1(profile: Profile, received: Uint8Array): Turn {
  const flight = new FlightReader(received, new Uint8Array());
  const hello = flight.expect(message.clientHello);
  flight.end();
  const { negotiated, signing, staple, serverHello } = choose(profile, hello);
  const { group } = negotiated;
  const reply = new FlightWriter(flight.transcript);
  reply.add(message.serverHello, serverHello);
  const ephemeral = group && generateEphemeral(group, profile.random);
  if (usesPresharedKey(negotiated.suite))
    return writePresharedMessage2(profile, reply, negotiated, ephemeral);
  if (signing === null || ephemeral === null)
    throw new E2EKeyError('INTERNAL', 'a suite with certificates was chosen without signature or group');

  addCertificate(reply, profile, signing.credential);
  if (staple) reply.add(message.certificateStatus, { statusType: ocsp, response: staple });
  const { client, server } = negotiated.randoms;
  const bytes = Buffer.concat([client, server, encode(EcdheParameters, parametersOf(ephemeral))]);
  const { transcript, start } = reply;
  return {
    kind: 'sign',
    ...signing,
    bytes,
    state: { waitingFor: 'signature over message 2', transcript, start, negotiated, ephemeral, signing },
  };
}

/** The rest of message 2, after the signature. */
export function writeMessage2(
  profile: Profile,
  state: WaitingForSignature2,
  { signature }: SignatureInput,
): Turn {
  const { negotiated, ephemeral, signing } = state;
  const flight = new FlightWriter(state.transcript, state.start);
  flight.add(message.serverKeyExchange, {
    parameters: parametersOf(ephemeral),
    signed: { scheme: signing.scheme, signature },
  });
  if (profile.clientAuthentication !== 'none')
    flight.add(message.certificateRequest, {
      certificateTypes: [
        ...new Set(profile.signatureSchemes.flatMap(id => clientCertificateTypeOf(id) ?? [])),
      ],
      signatureSchemes: profile.signatureSchemes,
      // Empty: naming our trust anchors would tell everybody who asks whom we trust (RFC 5246 §7.4.4 allows it).
      authorities: [],
    });
  return sendMessage2(flight, negotiated, ephemeral);
}

function writePresharedMessage2(
  { pskIdentityHint }: Profile,
  flight: FlightWriter,
  negotiated: Negotiated,
  ephemeral: Ephemeral | null,
): Turn {
  const identityHint = Buffer.from(pskIdentityHint, 'utf8');
  if (ephemeral)
    flight.add(message.ecdhePskServerKeyExchange, { identityHint, parameters: parametersOf(ephemeral) });
  // RFC 4279 §2: without a hint the message is left out.
  else if (identityHint.length > 0) flight.add(message.pskServerKeyExchange, { identityHint });
  return sendMessage2(flight, negotiated, ephemeral);
}

function sendMessage2(flight: FlightWriter, negotiated: Negotiated, ephemeral: Ephemeral | null): Turn {
  flight.add(message.serverHelloDone, {});
  return {
    kind: 'send',
    message: flight.clear(),
    state: { waitingFor: 'message 3', transcript: flight.transcript, negotiated, ephemeral },
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
  { message: received, ...known }: MessageInput,
): AuthenticatedMessage3 {
  const { negotiated } = state;
  if (usesPresharedKey(negotiated.suite))
    throw new E2EKeyError('INTERNAL', 'with a pre-shared key there are no public operations in message 3');
  const flight = new FlightReader(received, state.transcript);
  const presented =
    profile.clientAuthentication === 'none'
      ? null
      : readCertificate(flight, negotiated.certificateTypes.initiating);
  // Whoever has no certificate sends no CertificateVerify either (RFC 5246 §7.4.6): say so before it is missed.
  if (presented?.isEmpty && profile.clientAuthentication === 'require')
    refuse('PEER_CERTIFICATE_MISSING', 'Certificate: the initiating end-point sent none');
  const { point } = flight.expect(message.clientKeyExchange);
  const rest = { state, received, point, transcriptToKeyExchange: flight.transcript, flight };
  if (presented === null || presented.isEmpty) return judge(profile, { ...rest, authentication: null });
  const { signed } = flight.expect(message.certificateVerify);

  const { peer, publicKey } = presented.verify(profile, 'initiating', known);
  requireExportIndicator(peer.exportIndicatorRequired, negotiated.exportIndicator);
  if (!profile.signatureSchemes.includes(signed.scheme))
    refuse(
      'PARAMETER_ILLEGAL',
      'CertificateVerify is signed with a scheme that CertificateRequest did not list',
    );
  // RFC 5246 §7.4.8: over every handshake message so far, our randoms and ephemeral key among them.
  const signature = verifySignature('CertificateVerify', signed, publicKey, rest.transcriptToKeyExchange);
  return judge(profile, { ...rest, authentication: { by: 'certificate', peer, signature } });
}

/** Which judgement is one of ours, and under which profile: no other object is taken for evidence. */
const judged = new WeakMap<AuthenticatedMessage3, Profile>();

function judge(profile: Profile, authenticated: AuthenticatedMessage3): AuthenticatedMessage3 {
  judged.set(authenticated, profile);
  return authenticated;
}

/** Message 3 to its end, and message 4; with a pre-shared key, only the identity that message 3 names. */
export function readMessage3(profile: Profile, state: WaitingForMessage3, input: MessageInput): Turn {
  if (usesPresharedKey(state.negotiated.suite)) return readPskIdentity(profile, state, input);
  const authenticated = input.authenticated ?? authenticateMessage3(profile, state, input);
  if (
    judged.get(authenticated) !== profile ||
    authenticated.state !== state ||
    authenticated.received !== input.message
  )
    throw new E2EKeyError('INTERNAL', 'message 3 was authenticated for another handshake');
  const { authentication, flight, point, transcriptToKeyExchange } = authenticated;
  const premaster = agree(ephemeralOf(state), point);
  const masterSecret = masterSecretOf(state.negotiated, premaster, transcriptToKeyExchange);
  return finish(profile, state.negotiated, authentication, flight, masterSecret);
}

function readPskIdentity(
  { peers, hideUnknownPskIdentities }: Profile,
  state: WaitingForMessage3,
  { message: received }: MessageInput,
): Turn {
  const { identity } = readPresharedKeyExchange(state, new FlightReader(received, state.transcript));
  // Whoever may be told so is told before anybody is asked for a key of it.
  if (!hideUnknownPskIdentities) peerOfPresharedKey(identity, { peers, role: 'initiating' });
  return {
    kind: 'need',
    what: { pskIdentity: identity, identityHint: null },
    state: { ...state, waitingFor: 'pre-shared key for message 4', received: Uint8Array.from(received) },
  };
}

/** ClientKeyExchange; the ephemeral public key is null with a pre-shared key alone. */
function readPresharedKeyExchange(
  { negotiated }: Pick<WaitingForMessage3, 'negotiated'>,
  flight: FlightReader,
): { identity: string; point: Uint8Array | null } {
  const { identity, point } =
    negotiated.suite.keyExchange === 'ECDHE_PSK'
      ? flight.expect(message.ecdhePskClientKeyExchange)
      : { ...flight.expect(message.pskClientKeyExchange), point: null };
  return { identity: textOf(identity), point };
}

/**
 * RFC 4279 §5.1: UTF-8. Other bytes are the identity of nobody, and not that of whoever they would be read as; nor is
 * what is longer than an entry can have, which nobody has to be asked about.
 */
function textOf(identity: Uint8Array): string {
  if (identity.length > maxPskIdentitySize) return '';
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(identity);
  } catch {
    return '';
  }
}

/** Message 3 with its pre-shared key, to its end, and message 4. */
export function readPresharedMessage3(
  profile: Profile,
  state: WaitingForPresharedKey4,
  { presharedKey }: PresharedKeyInput,
): Turn {
  const { negotiated, received, transcript } = state;
  const flight = new FlightReader(received, transcript);
  const { identity, point } = readPresharedKeyExchange(state, flight);
  const known = knownPeer(profile, identity, presharedKey);
  const agreed = point && agree(ephemeralOf(state), point);
  // A key that nobody has stands for one that we do not have: the same steps from here on, and the same end. Made also
  // where it is not used, since the making would tell.
  const standIn = profile.hideUnknownPskIdentities ? createSecretKey(profile.random(32)) : null;
  const key = known?.key ?? standIn;
  if (key === null) throw new E2EKeyError('INTERNAL', 'an unknown identity is neither refused nor hidden');
  const premaster = presharedPremasterSecret(key, agreed);
  agreed?.wipe();
  const masterSecret = masterSecretOf(negotiated, premaster, flight.transcript);
  const authentication = known && ({ by: 'psk', peer: known.peer } as const);
  try {
    return finish(profile, negotiated, authentication, flight, masterSecret);
  } catch (error) {
    if (profile.hideUnknownPskIdentities && isWrongKey(error)) refuseIdentityOrKey();
    throw error;
  }
}

/**
 * Null where an unknown identity is not to be told from a wrong key (RFC 4279 §2). Nor is one that is refused for its
 * role: that would tell that it is known.
 */
function knownPeer(
  { peers, hideUnknownPskIdentities }: Profile,
  identity: string,
  key: KeyObject | null,
): { peer: PresharedPeer; key: KeyObject } | null {
  try {
    const peer = peerOfPresharedKey(identity, { peers, role: 'initiating' });
    return key === null
      ? refuse('PSK_UNKNOWN', 'psk_identity: there is no pre-shared key of it')
      : { peer, key };
  } catch (error) {
    if (hideUnknownPskIdentities && error instanceof E2EKeyError && error.blame === 'peer') return null;
    throw error;
  }
}

function isWrongKey(error: unknown): boolean {
  return (
    error instanceof E2EKeyError && (error.code === 'RECORD_UNAUTHENTIC' || error.code === 'FINISHED_INVALID')
  );
}

const decryptError = 51;

function refuseIdentityOrKey(): never {
  throw new E2EKeyError('PSK_UNKNOWN', 'the pre-shared key or its identity is not the right one', {
    alert: decryptError,
  });
}

/** The Finished of message 3, and our own, which is message 4. Wipes the master secret where it fails. */
function finish(
  profile: Profile,
  negotiated: Negotiated,
  authentication: Authentication | null,
  flight: FlightReader,
  masterSecret: Secret,
): Turn {
  const { suite, encryptThenMac, randoms } = negotiated;
  try {
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
      // Not earlier: what an entry requires would tell that there is one. With certificates it was asked before.
      if (authentication?.by === 'psk')
        requireExportIndicator(authentication.peer.exportIndicatorRequired, negotiated.exportIndicator);

      const own = verifyData(suite.hash, masterSecret, 'server', flight.transcript);
      const message4 = new FlightWriter(flight.transcript).protected(
        message.finished,
        { verifyData: own },
        { suite, encryptThenMac, keys: keys.server },
        profile.random,
      );
      if (authentication === null || !negotiated.extendedMasterSecret) {
        const evidence = { authentication, finished };
        return {
          kind: 'withheld',
          message: message4,
          connection: new Connection('terminating', evidence, negotiated, masterSecret),
        };
      }
      const session = new Session('terminating', { authentication, finished }, negotiated, masterSecret);
      return { kind: 'done', message: message4, session };
    });
  } catch (error) {
    masterSecret.wipe();
    throw error;
  }
}

function ephemeralOf({ ephemeral }: Pick<WaitingForMessage3, 'ephemeral'>): Ephemeral {
  if (ephemeral === null) throw new E2EKeyError('INTERNAL', 'a state without its ephemeral key');
  return ephemeral;
}

function parametersOf({ group, point }: Ephemeral) {
  return { curveType: 3, group: group.id, point } as const;
}
