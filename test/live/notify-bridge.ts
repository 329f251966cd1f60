// Another TLS stack and NOTIFYs over HTTP: each flight of its stream is the content of one request or response. The
// requests and responses are written by hand, so that what is seen does not depend on our own carrier.
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { FlightStream } from '../../src/interop/flight-stream.ts';
import { contentType } from '../../src/wire/numbers.ts';
import { type NotifyResponse, notify } from '../refusals/notify.ts';

/** For a stack that is the initiating end-point `from`: what it sends to the port goes to cse-b at `url`. */
export async function bridgeToNotify(
  t: TestContext,
  url: string,
  from: string,
): Promise<{ port: number; responses: readonly NotifyResponse[] }> {
  const responses: NotifyResponse[] = [];
  const pass = async (socket: Socket) => {
    const stream = new FlightStream(socket);
    for (const ordinal of [1, 3] as const) {
      const response = await notify(url, from, (await stream.flight(ordinal)) ?? new Uint8Array());
      responses.push(response);
      socket.write(response.message ?? new Uint8Array());
      if (response.rsc !== 2000) break;
    }
    socket.end();
  };
  const server = createServer(socket => {
    endWith(t, socket);
    void pass(socket).catch(() => socket.destroy());
  });
  return { port: await listening(t, server), responses };
}

/** For a stack that is the terminating end-point on a port: NOTIFYs to the URL reach it. */
export async function bridgeFromNotify(
  t: TestContext,
  port: number,
): Promise<{ url: string; requests: readonly Uint8Array[] }> {
  const socket = connect({ host: '127.0.0.1', port });
  endWith(t, socket);
  const stream = new FlightStream(socket);
  const requests: Uint8Array[] = [];
  const flight = async (message: Uint8Array) => {
    requests.push(message);
    socket.write(message);
    if (message[0] !== contentType.alert && requests.length === 1) return stream.flight(2);
    const last = message[0] === contentType.alert ? null : await stream.flight(4);
    socket.end();
    return last;
  };
  const server = createHttpServer(async (request, response) => {
    const message = await flight(await messageIn(request));
    const headers = { 'X-M2M-RSC': '2000', 'X-M2M-RI': request.headers['x-m2m-ri'] ?? '', 'X-M2M-RVI': '3' };
    response.writeHead(200, { ...headers, ...(message && { 'Content-Type': 'application/json' }) });
    response.end(message && JSON.stringify({ 'm2m:seci': { sit: 6, eckm: base64(message) } }));
  });
  return { url: `http://127.0.0.1:${await listening(t, server)}`, requests };
}

async function messageIn(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const content = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  return Uint8Array.from(Buffer.from(content['m2m:seci'].eckm, 'base64'));
}

function base64(message: Uint8Array): string {
  return Buffer.from(message).toString('base64');
}

/** The stack may break off at any time, and is gone with the test. */
function endWith(t: TestContext, socket: Socket): void {
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
}

async function listening(t: TestContext, server: Server): Promise<number> {
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
