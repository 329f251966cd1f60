import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { httpSender } from '../../src/onem2m/http-sender.ts';
import { refusal } from '../endpoint/lab.ts';

test('a connection that changes its protocol, or ends, without a response is no answer, at once', async t => {
  for (const said of ['HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', '']) {
    const server = createServer(socket => {
      socket.once('data', () => socket.end(said));
    });
    t.after(() => server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const request = { operation: 'retrieve', to: '-', from: 'Ca', requestIdentifier: 'r' } as const;
    await assert.rejects(
      httpSender(`http://127.0.0.1:${port}`).send(request, new AbortController().signal),
      refusal('CARRIER_FAILED', /no answer from|ended without a response/),
    );
  }
});
