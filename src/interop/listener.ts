// The terminating end-point for any TLS 1.2 stack over TCP: many connections, each with one handshake, and an
// answer to an HTTP GET over the finished connection.
import { createServer, type Server, type Socket } from 'node:net';
import { asFailure } from '../endpoint/failure.ts';
import { type EstablishedReport, establishedReport, withheldReport } from '../endpoint/report.ts';
import { E2EKeyError } from '../errors.ts';
import { type Connection, Session } from '../handshake/session.ts';
import { exportPairwiseE2EKey, type PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import type { ApplicationData } from './application-data.ts';
import { type TlsConnection, type TlsEndpoint, terminateOver } from './connection.ts';

export type Outcome =
  | { readonly key: PairwiseE2EKey }
  /** Finished without a key; only with a profile of the lab. */
  | { readonly connection: Connection }
  | { readonly error: E2EKeyError };

export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly endpoint: TlsEndpoint;
  /** How long the key of a handshake serves, in milliseconds. */
  readonly keyLifetime: number;
  /** Told of every handshake that ended; a connection that sends nothing is none. Must not throw. */
  readonly onOutcome: (outcome: Outcome) => void;
}

export interface Listener {
  readonly port: number;
  /** Takes no new connections, gives those in hand two seconds to end, and resolves when all are closed. */
  close(): Promise<void>;
}

/** Connections at once; further ones are closed at once, so that nobody can hold all our sockets. */
const maxConnections = 256;
/** How long `close` waits for connections in hand, in milliseconds. */
const closingTime = 2_000;

export async function listen(options: ListenOptions): Promise<Listener> {
  const sockets = new Map<Socket, Promise<void>>();
  const server = createServer({ allowHalfOpen: true }, socket => {
    // An error closes the socket; the read that waits for it has the error as well.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    sockets.set(
      socket,
      serve(socket, options).finally(() => socket.destroySoon()),
    );
  });
  server.maxConnections = maxConnections;
  await listening(server, options);
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new E2EKeyError('INTERNAL', 'the listener has no port');
  return {
    port: address.port,
    close: async () => {
      const closed = new Promise(resolve => server.close(resolve));
      const timer = setTimeout(() => sockets.forEach((_, socket) => void socket.destroy()), closingTime);
      await Promise.allSettled(sockets.values());
      clearTimeout(timer);
      for (const socket of sockets.keys()) socket.destroySoon();
      await closed;
    },
  };
}

function listening(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', cause =>
      reject(
        new E2EKeyError('OPTION_INVALID', `cannot listen on ${host} port ${port}: ${cause.message}`, {
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
}

async function serve(socket: Socket, { endpoint, keyLifetime, onOutcome }: ListenOptions): Promise<void> {
  let connection: TlsConnection | null;
  let report: EstablishedReport;
  try {
    connection = await terminateOver(socket, endpoint);
    if (connection === null) return;
    const { finished } = connection;
    if (finished instanceof Session) {
      const life = { now: endpoint.clock(), lifetime: keyLifetime, confirmation: keyLifetime };
      const key = exportPairwiseE2EKey(finished, life);
      report = establishedReport(key);
      onOutcome({ key });
    } else {
      finished.close();
      report = withheldReport(finished);
      onOutcome({ connection: finished });
    }
  } catch (error) {
    return onOutcome({ error: asFailure(error) });
  }
  // Asking has the time of a handshake again: no byte now and then prolongs it.
  const timer = setTimeout(() => socket.destroy(), endpoint.timeout);
  await answerGet(connection.data, report);
  clearTimeout(timer);
}

async function answerGet(data: ApplicationData, report: EstablishedReport): Promise<void> {
  try {
    if (await requestArrives(data)) data.write(httpResponse(report));
  } catch {
    // Whatever a peer sends after its handshake was reported changes nothing; the connection ends.
  }
  data.close();
}

/** More than any GET needs. */
const maxRequestSize = 8192;

/** Waits for the head of an HTTP GET; false when the peer closes or sends something else. */
async function requestArrives(data: ApplicationData): Promise<boolean> {
  let head = '';
  for (;;) {
    const bytes = await data.read();
    if (bytes === null) return false;
    head += Buffer.from(bytes).toString('latin1');
    if (head.length > maxRequestSize || !'GET '.startsWith(head.slice(0, 4))) return false;
    if (/\r?\n\r?\n/.test(head)) return true;
  }
}

function httpResponse(report: EstablishedReport): Uint8Array {
  const body = `${JSON.stringify(report)}\n`;
  return Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
