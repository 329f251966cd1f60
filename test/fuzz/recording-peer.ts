// A foreign TLS stack whose flights are recorded: a TCP connection in between that passes everything on. Knows no TLS
// but that a flight ends where the other side begins to speak.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { ForeignPeer } from '../../src/interop/foreign-peer.ts';

/** A client sends two flights in a handshake and a server two; what follows is application data. */
const flightsInHandshake = 2;

/** The same stack; `onFlight` is told of each flight that it sends in a handshake. */
export function recording(peer: ForeignPeer, onFlight: (flight: Uint8Array) => void): ForeignPeer {
  return {
    name: peer.name,
    version: () => peer.version(),
    lacks: (role, options) => peer.lacks(role, options),
    async terminate(options) {
      const server = await peer.terminate(options);
      const between = await passOn(server.port, 'server', onFlight);
      return {
        port: between.port,
        handshake: server.handshake,
        stop: async () => {
          await server.stop();
          between.close();
        },
      };
    },
    async initiate(port, options, request) {
      const between = await passOn(port, 'client', onFlight);
      try {
        return await peer.initiate(between.port, options, request);
      } finally {
        between.close();
      }
    },
  };
}

async function passOn(
  port: number,
  recorded: 'client' | 'server',
  onFlight: (flight: Uint8Array) => void,
): Promise<{ port: number; close: () => void }> {
  const server: Server = createServer(client => {
    const behind = connect({ host: '127.0.0.1', port });
    const flights = new Flights(onFlight);
    pass(client, behind, bytes => flights.add(recorded === 'client', bytes));
    pass(behind, client, bytes => flights.add(recorded === 'server', bytes));
    behind.once('close', () => flights.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

function pass(from: Socket, to: Socket, seen: (bytes: Uint8Array) => void): void {
  from.on('data', (bytes: Buffer) => {
    seen(bytes);
    to.write(bytes);
  });
  from.once('end', () => to.end());
  from.on('error', () => to.destroy());
}

/** What one side sends until the other speaks. */
class Flights {
  readonly #onFlight: (flight: Uint8Array) => void;
  #pieces: Uint8Array[] = [];
  #count = 0;

  constructor(onFlight: (flight: Uint8Array) => void) {
    this.#onFlight = onFlight;
  }

  add(isRecorded: boolean, bytes: Uint8Array): void {
    if (isRecorded) this.#pieces.push(Uint8Array.from(bytes));
    else this.end();
  }

  end(): void {
    if (this.#pieces.length > 0 && this.#count++ < flightsInHandshake)
      this.#onFlight(Buffer.concat(this.#pieces));
    this.#pieces = [];
  }
}
