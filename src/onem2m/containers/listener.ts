// A point of access: a small HTTP server that takes the notifications of a CSE and nothing else. For those who have
// no server of their own; whoever has one hands its NOTIFYs to `notified`.
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { E2EKeyError } from '../../errors.ts';
import { httpListener } from '../http-listener.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../primitive.ts';

export interface NotificationListenerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Certificate chain and private key of this server, PEM; plain HTTP without. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface NotificationListener {
  /** Base URL, to be given to the CSE as point of access. */
  readonly url: string;
  close(): Promise<void>;
}

/** Milliseconds that a request may take to arrive, and connections at once: one CSE is served, not the world. */
const [requestTime, maxConnections] = [20_000, 256];

/**
 * Listens for notifications, under any path: some CSEs add the target's address to the URL. Does not keep the process
 * alive.
 *
 * @throws E2EKeyError OPTION_INVALID when the address cannot be listened on.
 */
export async function notificationListener(
  { host, port, tls }: NotificationListenerOptions,
  notified: (request: RequestPrimitive) => Promise<ResponsePrimitive>,
): Promise<NotificationListener> {
  const options = { requestTimeout: requestTime, headersTimeout: requestTime };
  const answer = httpListener({ answer: notified });
  const server =
    tls === undefined
      ? http.createServer(options, answer)
      : https.createServer({ ...options, ...tls }, answer);
  server.maxConnections = maxConnections;
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject).listen(port, host, listening.resolve);
  try {
    await listening.promise;
  } catch (cause) {
    throw new E2EKeyError('OPTION_INVALID', `pointOfAccess: cannot listen on ${host} port ${port}`, {
      cause,
    });
  }
  server.unref();
  const { port: bound } = server.address() as AddressInfo;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${shownHost}:${bound}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
