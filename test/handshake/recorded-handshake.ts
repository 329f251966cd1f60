// A handshake between two foreign end-points, recorded with its master secret (test/vectors/README.md), through both
// of our end-points. The ephemeral private keys are not known, so nobody can be asked to agree on the master secret
// once more; everything before and after that is judged as in a real handshake.
import assert from 'node:assert/strict';
import { verifyData, verifyFinished, withTrafficKeys } from '../../src/crypto/key-schedule.ts';
import { Secret } from '../../src/crypto/secrets.ts';
import { accept, advance } from '../../src/handshake/handshake.ts';
import type { Session } from '../../src/handshake/session.ts';
import type {
  WaitingForMessage3,
  WaitingForSignature2,
  WaitingForSignature3,
} from '../../src/handshake/state.ts';
import { authenticateMessage3 } from '../../src/handshake/terminating.ts';
import type { AuthenticatedMessage3 } from '../../src/handshake/turn.ts';
import { makeExtension } from '../../src/wire/codec.ts';
import { clientExtension } from '../../src/wire/extensions.ts';
import { type ClientHello, message } from '../../src/wire/messages.ts';
import { emptyRenegotiationInfoScsv } from '../../src/wire/numbers.ts';
import { edit, messagesOf } from './flights.ts';
import { done, type End, time } from './lab.ts';

export interface RecordedHandshake {
  /** Messages 1 to 4. */
  readonly flights: readonly Uint8Array[];
  /** In hex. */
  readonly masterSecret: string;
}

export interface RecordedEnds {
  readonly initiating: End;
  readonly terminating: End;
}

/** Message 1 as our terminating end-point takes it: what it would choose. */
export function replayMessage1(
  { flights }: RecordedHandshake,
  { terminating }: RecordedEnds,
): WaitingForSignature2 {
  const turn = accept(terminating.profile, flights[0] ?? assert.fail());
  assert.ok(turn.kind === 'sign' && turn.state.waitingFor === 'signature over message 2');
  return turn.state;
}

/** Message 2 as our initiating end-point takes it that said message 1: the peer and its signature are verified. */
export function replayMessage2(
  { flights }: RecordedHandshake,
  { initiating }: RecordedEnds,
): WaitingForSignature3 {
  const [message1, message2] = flights;
  // Our initiating end-point says the same with the extension. ServerKeyExchange signs the randoms of both hellos only.
  const hello = edit(messagesOf(message1 ?? assert.fail()), message.clientHello, withoutScsv);
  const transcript = Buffer.concat(hello);
  const turn = advance(
    initiating.profile,
    { waitingFor: 'message 2', transcript },
    { message: message2 ?? assert.fail(), time },
  );
  assert.ok(turn.kind === 'sign' && turn.state.waitingFor === 'signature over message 3');
  return turn.state;
}

/** RFC 5746 §3.4: the number among the suites and the empty extension mean the same. */
function withoutScsv(hello: ClientHello): ClientHello {
  if (!hello.cipherSuites.includes(emptyRenegotiationInfoScsv)) return hello;
  return {
    ...hello,
    cipherSuites: hello.cipherSuites.filter(id => id !== emptyRenegotiationInfoScsv),
    extensions: [...hello.extensions, makeExtension(clientExtension.renegotiationInfo, new Uint8Array())],
  };
}

/** Message 3 as our terminating end-point takes it that said message 2, up to where its ephemeral key is used. */
export function replayMessage3(recording: RecordedHandshake, ends: RecordedEnds): AuthenticatedMessage3 {
  const { negotiated } = replayMessage2(recording, ends);
  const state: WaitingForMessage3 = {
    waitingFor: 'message 3',
    transcript: Buffer.concat(recording.flights.slice(0, 2).flatMap(messagesOf)),
    negotiated,
    ephemeral: null,
  };
  const input = { message: recording.flights[2] ?? assert.fail(), time };
  return authenticateMessage3(ends.terminating.profile, state, input);
}

/** The Finished of message 3, which is used up by this. */
export function replayFinished3(
  { masterSecret }: RecordedHandshake,
  { state, flight }: AuthenticatedMessage3,
) {
  const { suite, encryptThenMac, randoms } = state.negotiated;
  const secret = secretOf(masterSecret);
  const due = verifyData(suite.hash, secret, 'client', flight.transcript);
  const claimed = withTrafficKeys(suite, secret, randoms, ({ client: keys }) =>
    flight.expectProtected(message.finished, { suite, encryptThenMac, keys }),
  );
  flight.end();
  return { finished: verifyFinished(claimed.verifyData, due), transcript: flight.transcript };
}

/** All four: message 4 as our initiating end-point takes it that said message 3. */
export function replay(recording: RecordedHandshake, ends: RecordedEnds): Session {
  const { negotiated, authentication, stapledResponse } = replayMessage2(recording, ends);
  const { transcript } = replayFinished3(recording, replayMessage3(recording, ends));
  const turn = advance(
    ends.initiating.profile,
    {
      waitingFor: 'message 4',
      transcript,
      negotiated,
      masterSecret: secretOf(recording.masterSecret),
      authentication,
      stapledResponse,
    },
    { message: recording.flights[3] ?? assert.fail(), time },
  );
  return done(turn).session;
}

export function secretOf(hex: string): Secret {
  return new Secret(Buffer.from(hex, 'hex'));
}
