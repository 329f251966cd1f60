// The E2EKey procedure with a stock TLS 1.2 stack over TCP, in either role: the same pure handshake, its flights
// on a stream. For the lab; oneM2M end-points talk through carriers.
import type { Socket } from 'node:net';
import { RevocationLists } from '../certificates/revocation-lists.ts';
import { asFailure } from '../endpoint/failure.ts';
import { type Supplies, supply } from '../endpoint/supplying.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { alertRecordFor } from '../handshake/alert.ts';
import { FlightIncomplete } from '../handshake/flight.ts';
import { accept, advance, initiate } from '../handshake/handshake.ts';
import type { Profile } from '../handshake/profile.ts';
import type { Connection, Session } from '../handshake/session.ts';
import { type State, wipeState } from '../handshake/state.ts';
import type { Turn } from '../handshake/turn.ts';
import { ApplicationData } from './application-data.ts';
import type { Ordinal } from './flight-borders.ts';
import { FlightStream } from './flight-stream.ts';

export interface TlsEndpoint {
  readonly profile: Profile;
  readonly supplies: Supplies;
  /** CRLs at hand; none if absent. */
  readonly crls?: RevocationLists;
  readonly clock: () => Date;
  /** For the whole handshake, in milliseconds: a peer that sends a byte now and then gets no more time for it. */
  readonly timeout: number;
}

export interface TlsConnection {
  /** A Connection gives no key; only a profile of the lab ends so. */
  readonly finished: Session | Connection;
  readonly data: ApplicationData;
}

/** Runs the handshake as initiating end-point (TLS client) on a connected socket. */
export function initiateOver(socket: Socket, endpoint: TlsEndpoint): Promise<TlsConnection> {
  return handshake(socket, new FlightStream(socket), endpoint, [2, 4], async () =>
    initiate(endpoint.profile),
  );
}

/** Runs the handshake as terminating end-point (TLS server); null if not a byte comes before the end. */
export async function terminateOver(socket: Socket, endpoint: TlsEndpoint): Promise<TlsConnection | null> {
  const stream = new FlightStream(socket);
  const begin = async () => accept(endpoint.profile, (await stream.flight(1)) ?? ended(1));
  try {
    return await handshake(socket, stream, endpoint, [3], begin);
  } catch (error) {
    if (!stream.began) return null;
    throw error;
  }
}

/** Runs the handshake within the time there is; its failure is told to the peer before it is thrown. */
async function handshake(
  socket: Socket,
  stream: FlightStream,
  { profile, supplies, crls = RevocationLists.none, clock, timeout }: TlsEndpoint,
  awaited: readonly Exclude<Ordinal, 1>[],
  begin: () => Promise<Turn>,
): Promise<TlsConnection> {
  let state: State | null = null;
  /** Of the peer's Finished, the protected records of which those of application data are counted behind. */
  let finishedRecords = 1;
  /** What the peer owes us. */
  let due: Ordinal = awaited.length === 1 ? 1 : 2;
  const steps = async (): Promise<Session | Connection> => {
    const further = (turn: Turn) => supply(turn, profile, supplies);
    let supplied = await further(await begin());
    for (const ordinal of [...awaited, null]) {
      if (supplied.message) socket.write(supplied.message);
      if (supplied.kind === 'done') return supplied.session;
      if (supplied.kind === 'withheld') return supplied.connection;
      if (ordinal === null) break;
      const waiting: State = supplied.state;
      state = waiting;
      due = ordinal;
      const message = (await stream.flight(ordinal)) ?? ended(ordinal);
      const step = (flight: Uint8Array) =>
        further(advance(profile, waiting, { message: flight, time: clock(), crls }));
      [supplied, finishedRecords] = await goOn(stream, message, step);
    }
    return refuse('INTERNAL', 'the handshake waits for a flight that is none of its role');
  };
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      late.reject(
        new E2EKeyError(
          'REQUEST_EXPIRED',
          `the handshake did not end within ${timeout / 1000} seconds; message ${due} was due`,
        ),
      ),
    timeout,
  );
  try {
    const finished = await Promise.race([steps(), late.promise]);
    return { finished, data: new ApplicationData(socket, stream, finished, finishedRecords, profile.random) };
  } catch (error) {
    const failure = asFailure(error);
    if (failure.alert !== null && failure.code !== 'ALERT_RECEIVED' && socket.writable)
      socket.write(alertRecordFor(state, failure.alert, profile.random));
    socket.end();
    throw failure;
  } finally {
    clearTimeout(timer);
    if (state) wipeState(state);
  }
}

/** Finished has 16 bytes, and no record of it is empty. */
const maxFinishedRecords = 16;

/**
 * What is inside a protected record only the handshake can see: while Finished goes on, it gets the next one too. Tells
 * how many there were.
 */
async function goOn<T>(
  stream: FlightStream,
  flight: Uint8Array,
  step: (flight: Uint8Array) => Promise<T>,
): Promise<[T, number]> {
  let whole = flight;
  for (let records = 1; ; records++) {
    try {
      return [await step(whole), records];
    } catch (error) {
      if (!(error instanceof FlightIncomplete) || records === maxFinishedRecords) throw error;
      const more = await stream.record();
      if (more === null) throw error;
      whole = Buffer.concat([whole, more]);
    }
  }
}

function ended(ordinal: number): never {
  return refuse('CARRIER_FAILED', `the connection ended where message ${ordinal} was due`);
}
