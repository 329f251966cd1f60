// The initiating end-point towards any TLS 1.2 stack over TCP.
import { connect, type Socket } from 'node:net';
import { asFailure } from '../endpoint/failure.ts';
import { E2EKeyError } from '../errors.ts';
import { type Connection, Session } from '../handshake/session.ts';
import { exportPairwiseE2EKey, type PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { initiateOver, type TlsEndpoint } from './connection.ts';

export interface TlsTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * Connects, runs the procedure, closes in good order, and gives the key; or, only with a profile of the lab, what there
 * is without one.
 *
 * @param keyLifetime in milliseconds
 * @throws E2EKeyError; CARRIER_FAILED when the target cannot be reached.
 */
export async function establishOverTls(
  target: TlsTarget,
  endpoint: TlsEndpoint,
  keyLifetime: number,
): Promise<PairwiseE2EKey | Connection> {
  const socket = await connected(target, endpoint.timeout);
  try {
    const { finished, data } = await initiateOver(socket, endpoint);
    data.close();
    const life = { now: endpoint.clock(), lifetime: keyLifetime, confirmation: keyLifetime };
    if (finished instanceof Session) return exportPairwiseE2EKey(finished, life);
    finished.close();
    return finished;
  } finally {
    socket.destroySoon();
  }
}

function connected({ host, port }: TlsTarget, timeout: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(timeout, () => {
      socket.destroy();
      reject(
        asFailure(
          new E2EKeyError(
            'REQUEST_EXPIRED',
            `${host} port ${port} did not answer within ${timeout / 1000} seconds`,
          ),
        ),
      );
    });
    socket.on('error', cause =>
      reject(
        asFailure(
          new E2EKeyError('CARRIER_FAILED', `cannot reach ${host} port ${port}: ${cause.message}`, { cause }),
        ),
      ),
    );
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}
