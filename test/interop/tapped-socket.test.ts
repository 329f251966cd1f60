import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { tap } from '../../src/interop/tapped-socket.ts';
import { within } from '../within.ts';

const record = (type: number, ...fragment: number[]) =>
  Buffer.of(type, 3, 3, 0, fragment.length, ...fragment);
const hello = record(22, 1, 2, 3);
const fatal = record(21, 2, 40);

for (const [name, bytes, alert] of [
  ['a fatal alert is read by name (RFC 5246 §7.2)', [hello, fatal], 'handshake_failure'],
  ['a warning is passed over', [record(21, 1, 0), hello], null],
  ['of two fatal alerts the first counts', [fatal, record(21, 2, 42)], 'handshake_failure'],
  ['behind ChangeCipherSpec nothing is taken for an alert: it is encrypted', [record(20, 1), fatal], null],
  ['what is no alert is taken for none', [record(22, 2, 40), record(23, 2, 40)], null],
] as const)
  for (const size of [1, 1024])
    test(`${name}, ${size} bytes at a time, in either direction`, async t => {
      const { socket, far } = await connected(t);
      const tapped = tap(socket);
      const all = Buffer.concat(bytes);
      tapped.stream.resume();
      for (let at = 0; at < all.length; at += size) {
        const piece = all.subarray(at, at + size);
        await new Promise(done => tapped.stream.write(piece, done));
        await new Promise(done => far.write(piece, done));
      }
      far.end();
      tapped.stream.end();
      await within(tapped.closed, 'the end');
      assert.deepEqual(tapped.alerts(), { sent: alert, received: alert });
    });

test('what passes is what was written, and a stream that is destroyed has said its last', async t => {
  const { socket, far } = await connected(t);
  const { stream, closed } = tap(socket);
  const received = text(far);
  far.write('to it');
  const [chunk] = await within(once(stream, 'data'), 'data');
  assert.equal(String(chunk), 'to it');
  stream.write('from it');
  stream.destroy();
  assert.equal(await within(received, 'the end'), 'from it');
  await within(closed, 'the end');
});

test('what a stack writes together passes in one piece', async t => {
  const { socket, far } = await connected(t);
  const written = t.mock.method(socket, 'write');
  const { stream } = tap(socket);
  const received = text(far);
  stream.cork();
  stream.write('one');
  stream.write('two');
  stream.uncork();
  stream.end();
  assert.equal(await within(received, 'the end'), 'onetwo');
  assert.equal(written.mock.callCount(), 1);
});

async function connected(t: TestContext): Promise<{ socket: Socket; far: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  const far = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  t.after(() => far.destroy());
  const [socket] = (await once(server, 'connection')) as [Socket];
  t.after(() => socket.destroy());
  return { socket, far };
}
