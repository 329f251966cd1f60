// `listen` against `establish tls://`, both of this program, and all that it refuses by itself. What goes over the
// wire when it refuses a peer: test/refusals; OpenSSL as the peer: test/live.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { asCae1, cae1, certs } from '../service/lab.ts';
import { within } from '../within.ts';
import { chainOf, type Listening, listen as listenAs, trustRoot } from './material.ts';
import { run } from './run.ts';

const asCseB = [...chainOf('cse-b'), ...trustRoot];

test('both ends report the same 48 bytes, each from its side; --count ends with 0', async t => {
  const { listener, target } = await listen(t, '--count', '1', '--reveal-key', '--expect', cae1);
  const { code, stdout, stderr } = await run('establish', target, ...asCae1, '--reveal-key', '--json');
  assert.equal(code, 0, stderr);
  const [ours, theirs] = [JSON.parse(stdout), await listener.line()];
  assert.equal(ours.exported, theirs.exported);
  assert.deepEqual(
    [ours.role, ours.peer.id, theirs.role, (theirs.peer as { id: string }).id],
    ['initiating', '//m2m.example.com/cse-b', 'terminating', cae1],
  );
  assert.equal(await listener.code, 0);
});

for (const suite of [
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
])
  test(`--suites chooses: ${suite}`, async t => {
    const { target } = await listen(t, '--suites', suite);
    const { stdout } = await run('establish', target, ...asCae1, '--json');
    assert.equal(JSON.parse(stdout).suite, suite);
  });

test('a refused handshake is a line and, when all are counted, exit 1; the next one is taken all the same', async t => {
  const { listener, target } = await listen(t, '--count', '2');
  const wrong = asCae1.map(word => word.replace('cae1.', 'cae1-expired.'));
  assert.equal((await run('establish', target, ...wrong)).code, 1);
  const { error } = (await listener.line()) as { error: Record<string, unknown> };
  assert.match(String(error.message), /\./);
  const { finding, ...rest } = error;
  assert.equal((finding as { field: string }).field, 'validity');
  assert.deepEqual(
    { ...rest, message: '' },
    {
      code: 'CERTIFICATE_EXPIRED',
      message: '',
      alert: { sent: 'certificate_expired', received: null },
      rsc: 4106,
      role: 'terminating',
      peer: null,
    },
  );
  assert.equal((await run('establish', target, ...asCae1)).code, 0);
  assert.equal((await listener.line()).status, 'established');
  assert.equal(await listener.code, 1);
});

test('the exit code is that of the worst handshake: a broken path (3) before a refused peer (1)', async t => {
  const { listener, port, target } = await listen(t, '--count', '2');
  connect({ host: '127.0.0.1', port }).end(Buffer.of(0x16, 3, 3));
  assert.equal(((await listener.line()).error as { code: string }).code, 'CARRIER_FAILED');
  await run('establish', target, ...asCae1.map(word => word.replace('cae1.', 'cae1-expired.')));
  await listener.line();
  assert.equal(await listener.code, 3);
});

test('a connection that sends nothing is no handshake: closed, broken, or given up after --timeout', async t => {
  const { listener, port, target } = await listen(t, '--count', '1', '--timeout', '1');
  for (const leave of ['end', 'resetAndDestroy', 'unref'] as const) {
    const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    socket.resume()[leave]();
    await within(closed, `the connection to close after ${leave}`);
  }
  assert.equal((await run('establish', target, ...asCae1)).code, 0);
  assert.equal((await listener.line()).status, 'established');
  assert.equal(await listener.code, 0);
});

test('what is still in hand when the last one counted has ended is neither shown nor counted', async t => {
  const { listener, port, target } = await listen(t, '--count', '1');
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(Buffer.of(0x16, 3, 3));
  assert.equal((await run('establish', target, ...asCae1)).code, 0);
  assert.equal((await listener.line()).status, 'established');
  assert.equal(await within(listener.code, 'listen to end'), 0);
  assert.deepEqual(listener.rest(), []);
});

test('SIGTERM ends it with 0, a connection that sends nothing notwithstanding', async t => {
  const { listener, port } = await listen(t);
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  process.emit('SIGTERM');
  assert.equal(await within(listener.code, 'listen to end'), 0);
});

test('--time is the clock of both commands', async t => {
  const expired = ['--credential', certs('cae1-expired.pem'), '--key', certs('cae1-expired.key')];
  const { target } = await listen(t, '--time', '2026-01-01T12:00:00Z');
  const { code, stdout, stderr } = await run(
    ...['establish', target, ...expired, ...asCae1.slice(4), '--time', '2026-01-01T12:00:00Z', '--json'],
  );
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).expires, '2026-01-31T12:00:00.000Z');
});

test('a port that is taken is exit 2 and named', async t => {
  const { port } = await listen(t);
  const { code, stderr } = await run('listen', '--port', String(port), ...asCseB);
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1 port ${port}: .*EADDRINUSE`));
});

const wrong: readonly [name: RegExp, ...argv: string[]][] = [
  [/--port is missing/, ...asCseB],
  [/--port must be a whole number from 0 to 65535/, ...asCseB, '--port', '65536'],
  [/--count must be a whole number/, ...asCseB, '--port', '0', '--count', '0'],
  [/--credential is missing/, '--port', '0', ...asCseB.slice(4)],
  [/--trust is missing/, '--port', '0', ...asCseB.slice(0, 4)],
  [/0\.0\.0\.0 is not loopback/, ...asCseB, '--port', '0', '--host', '0.0.0.0', '--reveal-key'],
  [
    /neither an absolute identifier nor a name that a certificate holds/,
    ...asCseB,
    '--port',
    '0',
    '--expect',
    'x y',
  ],
  // It is the initiating end-point's extension.
  [/unknown option --server-name/, ...asCseB, '--port', '0', '--server-name', 'x.example'],
  [/--suites: TLS_NULL is none of/, ...asCseB, '--port', '0', '--suites', 'TLS_NULL'],
];

for (const [sentence, ...argv] of wrong)
  test(`exit 2 and a sentence: ${sentence.source}`, async () => {
    const { code, stdout, stderr } = await run('listen', ...argv, '--json');
    assert.equal(code, 2, stdout);
    assert.match(stderr, sentence);
    assert.equal(JSON.parse(stdout).error.code, 'OPTION_INVALID');
  });

function listen(t: TestContext, ...words: readonly string[]): Promise<Listening> {
  return listenAs(t, ...asCseB, ...words);
}
