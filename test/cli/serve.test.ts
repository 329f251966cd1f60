// `serve`: the configuration that it takes or refuses, and the real process from start to SIGTERM. The procedure over
// HTTP: establish.test.ts; what peers can do wrong: test/refusals and test/service.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { transitCse } from '../../src/testing/transit-cse/transit-cse.ts';
import { notify } from '../refusals/notify.ts';
import { asCae1, cae1, certs, configFile, cseB, goodConfig, sqliteStore } from '../service/lab.ts';
import { within } from '../within.ts';
import { run } from './run.ts';
import { type Spawned, spawned } from './spawned.ts';
import { start } from './started.ts';

test('--check reads everything that the configuration names, and ends', async t => {
  const { file, folder } = configFile(t, sqliteStore);
  const { code, stdout, stderr } = await run('serve', '--config', file, '--check', '--json');
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { status: 'valid' });
  assert.ok(existsSync(join(folder, 'e2ekey.db')));
});

for (const [sentence, content] of [
  [/id2 is no setting/, { id2: 1 }],
  [/seal is missing: a database store holds keys only sealed/, { store: 'sqlite:e2ekey.db' }],
  [/id: "cse-b" is no absolute CSE-ID/, { id: 'cse-b' }],
  [/store: /, { ...sqliteStore, store: 'sqlite:.' }],
  [
    /credential\.certificate: .*none\.pem cannot be read/,
    { credential: { certificate: 'none.pem', key: 'none.key' } },
  ],
  [
    /listen\.tls\.certificate: .*none\.pem cannot be read/,
    { listen: { port: 0, tls: { certificate: 'none.pem', key: 'none.key' } } },
  ],
  [
    /listen\.tls\.key \(.*cae1\.key\): the private key is not that of the first certificate/,
    { listen: { port: 0, tls: { certificate: certs('cse-b.pem'), key: certs('cae1.key') } } },
  ],
  [
    /listen\.tls\.trust \(.*seal\.key\): there is no PEM certificate/,
    { listen: { port: 0, tls: { ...goodConfig.credential, trust: 'seal.key' } } },
  ],
  [
    /carriers\.containers\.0\.trust: .*none\.pem cannot be read/,
    { carriers: { containers: [{ cse: 'https://localhost', trust: 'none.pem' }] } },
  ],
  [
    /carriers\.containers\.1: cseBase is no address of a <CSEBase>/,
    { carriers: { containers: [{ cse: 'http://x' }, { cse: 'http://x', cseBase: 'base/' }] } },
  ],
] as const)
  for (const check of [[], ['--check']])
    test(`serve ${check.join('')} ends with 2 and a sentence: ${sentence.source}`, async t => {
      const { code, stdout, stderr } = await run(
        'serve',
        '--config',
        configFile(t, content).file,
        ...check,
        '--json',
      );
      assert.equal(code, 2, stderr);
      assert.match(stderr, sentence);
      assert.equal(JSON.parse(stdout).error.code, 'OPTION_INVALID');
    });

test('a port that is taken is exit 2', async t => {
  const service = start(t, 'serve', '--config', configFile(t).file, '--json');
  const { port } = await service.line();
  const { code, stderr } = await run('serve', '--config', configFile(t, { listen: { port } }).file);
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1 port ${port}`));
});

test('a point of access whose port is taken is exit 2, named by its setting', async t => {
  const service = start(t, 'serve', '--config', configFile(t).file, '--json');
  const { port } = await service.line();
  const pointOfAccess = `http://127.0.0.1:${port}`;
  const containers = [{ cse: 'http://127.0.0.1:1', receive: 'notification', pointOfAccess }];
  const { file } = configFile(t, { carriers: { containers } });
  const { code, stderr } = await run('serve', '--config', file);
  assert.equal(code, 2);
  assert.match(
    stderr,
    new RegExp(`carriers\\.containers\\.0\\.pointOfAccess: cannot listen on 127\\.0\\.0\\.1 port ${port}`),
  );
});

test('what the SQLite store holds survives the process: a repeated message 3 gets the same message 4', async t => {
  const { file } = configFile(t, sqliteStore);
  const first = await spawnServe(t, file);
  const transit = await transitCse({ id: '//m2m.example.com/cse-t', routes: { [cseB]: first.url } });
  t.after(() => transit.close());
  const { code, stdout, stderr } = await run('establish', transit.url, ...asCae1, '--json');
  assert.equal(code, 0, stderr);
  assert.equal((await first.line()).keyId, JSON.parse(stdout).keyId);
  assert.deepEqual(await first.end(), [0, null]);

  const [, third] = transit.passages;
  const [answered] = third?.responses ?? [];
  const again = await spawnServe(t, file);
  const { rsc, message } = await notify(again.url, cae1, third?.message ?? new Uint8Array());
  assert.equal(rsc, 2000);
  assert.deepEqual(
    { 'm2m:seci': { sit: 6, eckm: Buffer.from(message ?? []).toString('base64') } },
    answered?.content,
  );
  assert.deepEqual(await again.end(), [0, null]);
});

test('SIGTERM: a request in hand is answered, then the process ends with 0', async t => {
  const service = await spawnServe(t, configFile(t).file);
  const socket = connect({ host: '127.0.0.1', port: service.port });
  const body = '{"m2m:seci":{"sit":6,"eckm":"FgMB"}}';
  const head = [
    `POST /_/${cseB.slice(2)} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `X-M2M-Origin: ${cae1}`,
    'X-M2M-RI: r1',
    `Content-Length: ${body.length}`,
    // The server says 100 when it has the head: the request is in hand.
    'Expect: 100-continue',
  ];
  let received = '';
  const going = Promise.withResolvers<void>();
  socket.on('data', chunk => {
    received += chunk;
    if (received.includes('100 Continue')) going.resolve();
  });
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await within(going.promise, '100 Continue');
  const ended = service.end();
  await service.refuses();
  const closed = once(socket, 'close');
  socket.write(body);
  await within(closed, 'the answer');
  assert.match(received, /^HTTP\/1\.1 400 .*MESSAGE_MALFORMED/ms);
  // Not cut off: kept alive it would have kept the process.
  assert.match(received, /^connection: close\r$/im);
  assert.deepEqual(await ended, [0, null]);
});

test('a peer that never finishes its request does not keep the process from ending', async t => {
  const service = await spawnServe(t, configFile(t).file);
  const socket = connect({ host: '127.0.0.1', port: service.port }).on('error', () => undefined);
  await once(socket, 'connect');
  const closed = new Promise(resolve => socket.once('close', resolve));
  const head = [
    'POST /~/cse-b HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    'X-M2M-RI: r1',
    'Content-Length: 10',
    'Expect: 100-continue',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await within(once(socket, 'data'), '100 Continue');
  assert.deepEqual(await service.end(), [0, null]);
  await within(closed, 'the connection to close');
});

test('whoever reads its lines may go away: what a peer sends then does not end the service', async t => {
  const service = await spawnServe(t, configFile(t).file);
  service.deafen();
  for (let i = 0; i < 3; i++) {
    const { rsc } = await notify(service.url, cae1, Buffer.of(0, 0, 0));
    assert.equal(rsc, 4102);
  }
  assert.deepEqual(await service.end(), [0, null]);
});

interface Serving extends Spawned {
  readonly url: string;
  readonly port: number;
  /** Resolves when it takes no new connections. */
  refuses(): Promise<void>;
}

/** The real process, when it listens. */
async function spawnServe(t: TestContext, file: string): Promise<Serving> {
  const { line, end, deafen } = spawned(t, 'serve', '--config', file, '--json');
  const { status, host, port } = await line();
  assert.equal(status, 'listening');
  return {
    url: `http://${host}:${port}`,
    port: Number(port),
    line,
    end,
    deafen,
    async refuses() {
      for (;;) {
        const socket = connect({ host: '127.0.0.1', port: Number(port) });
        const refused = await new Promise(resolve =>
          socket.once('connect', () => resolve(false)).once('error', () => resolve(true)),
        );
        socket.destroy();
        if (refused) return;
      }
    },
  };
}
