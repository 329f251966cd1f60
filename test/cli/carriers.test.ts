// One procedure between `establish` and `serve` by every carrier, over HTTP and HTTPS, through no CSE and through some.
// Only the carrier differs in the commands.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import {
  type TransitCse,
  type TransitCseOptions,
  transitCse,
} from '../../src/testing/transit-cse/transit-cse.ts';
import { type HopLab, hopLab } from '../service/hop-lab.ts';
import { asCae1, configFile, cseB } from '../service/lab.ts';
import { within } from '../within.ts';
import { run } from './run.ts';
import { spawned } from './spawned.ts';
import { type Started, start } from './started.ts';

const carriers: readonly (readonly string[])[] = [
  ['notify'],
  ['e2ekeycse'],
  ['containers', '--receive', 'polling'],
  ['containers', '--receive', 'notification'],
  ['containers', '--receive', 'polling-channel'],
];

for (const scheme of ['http', 'https'] as const)
  for (const hops of [0, 1, 2])
    for (const carrier of carriers)
      test(`--carrier ${carrier.join(' ')} makes a key over ${scheme} through ${hops} transit CSEs`, async t => {
        const lab = scheme === 'https' ? await hopLab(t) : null;
        const path = carrier[0] === 'containers' ? containerPath : notifyPath;
        const { target, service, cses } = await path(t, hops, carrier.at(-1) ?? '', lab);
        const trust = lab === null ? [] : ['--hop-trust', lab.trust];
        const { code, stdout, stderr } = await run(
          'establish',
          target,
          ...['--carrier', ...carrier, ...trust],
          ...asCae1,
          '--json',
        );
        assert.equal(code, 0, stderr);
        assert.equal((await service.line()).keyId, JSON.parse(stdout).keyId);
        assert.equal(stderr, '');
        process.emit('SIGTERM');
        assert.equal(await service.code, 0);
        // Nothing is left behind in any of them.
        assert.deepEqual(
          cses.flatMap(({ resources }) => resources),
          [],
        );
      });

test('--carrier e2ekeycse towards an AE is refused: it has no such child (TS-0003 8.7.2.2)', async () => {
  const anAe = [...asCae1.slice(0, -2), '--expect', `${cseB}/Cx`, '--carrier', 'e2ekeycse'];
  const { code, stderr } = await run('establish', 'http://127.0.0.1:1', ...anAe);
  assert.equal(code, 2);
  assert.match(stderr, /OPTION_INVALID: .*\/Cx is an AE; e2EKeyCSE is a child of a <CSEBase>/);
});

for (const carrier of ['notify', 'containers'])
  test(`--carrier ${carrier}: a hop whose certificate is not trusted, or of another name, is exit 3`, async t => {
    const lab = await hopLab(t);
    const target = (await startCse(t, lab, { id: cseB })).url;
    const other = lab.stranger.certificate;
    const sent: readonly [target: string, trust: readonly string[], reason: string][] = [
      [target, ['--hop-trust', other], 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
      [target, [], 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
      [target.replace('localhost', '127.0.0.1'), ['--hop-trust', lab.trust], 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ];
    for (const [url, trust, reason] of sent) {
      const words = ['--carrier', carrier, ...trust, ...asCae1, '--json'];
      const { code, stdout, stderr } = await run('establish', url, ...words);
      assert.equal(code, 3, stderr);
      const { error } = JSON.parse(stdout);
      assert.equal(error.code, 'CARRIER_FAILED');
      assert.equal(error.message, `no answer from ${url}: ${reason}`);
    }
  });

test('containers: a refusal of the terminating end-point comes back, and nothing stays in the CSE', async t => {
  const { target, service, cses } = await containerPath(t, 0, 'polling', null);
  const before = cses[0]?.resources;
  const words = asCae1.map(word => word.replace('cae1', 'cae2').replace('Cae1', 'Cae2'));
  const { code, stdout } = await run('establish', target, '--carrier', 'containers', ...words, '--json');
  assert.equal(code, 1);
  const { error } = JSON.parse(stdout);
  assert.deepEqual([error.code, error.alert.received, error.rsc], ['ALERT_RECEIVED', 'access_denied', 4103]);
  const line = (await service.line()).error as Record<string, unknown>;
  assert.equal(line.code, 'PEER_NOT_ALLOWED');
  assert.deepEqual(cses[0]?.resources, before);
});

test('containers: where the terminating end-point has no inbox that is said, and nothing stays in the CSE', async t => {
  const cse = await startCse(t, null, { id: cseB });
  const { code, stderr } = await run('establish', cse.url, '--carrier', 'containers', ...asCae1);
  assert.equal(code, 3);
  assert.match(stderr, /CARRIER_FAILED: .*\/\/m2m\.example\.com\/cse-b has no inbox at this CSE/);
  assert.deepEqual(cse.resources, []);
});

test('containers: what could not be removed is said, and changes nothing else', async t => {
  const refused = { kind: 'drop request' } as const;
  const cse = await startCse(t, null, {
    id: cseB,
    mischief: ({ request }) => (request.operation === 'delete' ? refused : null),
  });
  const { code, stderr } = await run('establish', cse.url, '--carrier', 'containers', ...asCae1);
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^e2ekey: what was made at 127\.0\.0\.1:\d+ could not be removed: .*5103.*\ne2ekey: CARRIER_FAILED: /,
  );
});

for (const receive of ['polling', 'notification', 'polling-channel'])
  test(`SIGTERM half-way, --receive ${receive}: nothing stays in the CSE (a process of its own)`, async t => {
    const waiting = Promise.withResolvers<void>();
    const cse = await startCse(t, null, {
      id: cseB,
      mischief: ({ message }) => {
        if (message === null) return null;
        waiting.resolve();
        return { kind: 'delay', until: new Promise(() => undefined) };
      },
    });
    const carrier = ['--carrier', 'containers', '--receive', receive];
    const establish = spawned(t, 'establish', cse.url, ...carrier, ...asCae1, '--json');
    await within(waiting.promise, 'message 1');
    assert.notDeepEqual(cse.resources, []);
    assert.deepEqual(await establish.end(), [3, null]);
    const error = (await establish.line()).error as Record<string, unknown>;
    assert.equal(error.code, 'REQUEST_EXPIRED');
    assert.match(String(error.message), /^SIGINT or SIGTERM came before/);
    assert.deepEqual(cse.resources, []);
  });

test('serve and establish as processes meet in containers, and serve takes its own away at SIGTERM', async t => {
  const cse = await startCse(t, null, { id: '//m2m.example.com/cse-t' });
  const { file } = configFile(t, { carriers: { containers: [{ cse: cse.url }] } });
  const service = spawned(t, 'serve', '--config', file, '--json');
  assert.equal((await service.line()).status, 'listening');
  const { inbox, ...receiving } = await service.line();
  assert.deepEqual(receiving, { status: 'receiving', cse: cse.url });
  assert.match(String(inbox), /^\/cse-t\/-\/e2ekey-[0-9a-f]{32}\/in$/);
  const establish = spawned(t, 'establish', cse.url, '--carrier', 'containers', ...asCae1, '--json');
  const [ours, theirs] = [await establish.line(), await service.line()];
  assert.match(String(ours.keyId), /^[0-9A-F]{32}$/);
  assert.equal(theirs.keyId, ours.keyId);
  assert.deepEqual(await service.end(), [0, null]);
  assert.deepEqual(cse.resources, []);
});

interface Path {
  readonly target: string;
  readonly service: Started;
  readonly cses: readonly TransitCse[];
}

/** Each CSE passes on to the next one, the last one to the service. */
async function notifyPath(t: TestContext, hops: number, _receive: string, lab: HopLab | null): Promise<Path> {
  const { service, line } = await serve(t, lab, {});
  const cses: TransitCse[] = [];
  let target = `${lab === null ? 'http://127.0.0.1' : 'https://localhost'}:${line.port}`;
  for (let hop = 1; hop <= hops; hop++) {
    const cse = await startCse(t, lab, { id: `//m2m.example.com/cse-t${hop}`, routes: { [cseB]: target } });
    cses.push(cse);
    target = cse.url;
  }
  return { target, service, cses };
}

/** The service has its inbox at the CSE that it belongs to; the other end-point has his there, or some CSEs away. */
async function containerPath(
  t: TestContext,
  hops: number,
  receive: string,
  lab: HopLab | null,
): Promise<Path> {
  const ids = [...Array.from({ length: hops }, (_, hop) => `//m2m.example.com/cse-t${hop}`), cseB];
  const tables = ids.map((): Record<string, string> => ({}));
  const cses: TransitCse[] = [];
  for (const [index, id] of ids.entries())
    cses.push(await startCse(t, lab, { id, routes: tables[index] ?? {} }));
  // Everybody knows his neighbours, and that the others are behind them.
  for (const [here, table] of tables.entries())
    for (const [there, id] of ids.entries())
      if (there !== here) table[id] = cses[here + Math.sign(there - here)]?.url ?? '';

  const home = cses.at(-1);
  const { service } = await serve(t, lab, {
    carriers: {
      containers: [
        {
          cse: home?.url,
          receive,
          ...(lab !== null && { trust: lab.trust }),
          ...(receive === 'notification' && {
            pointOfAccess: lab === null ? 'http://127.0.0.1:0' : 'https://localhost:0',
          }),
        },
      ],
    },
  });
  const { status, cse } = await service.line();
  assert.deepEqual([status, cse], ['receiving', home?.url]);
  return { target: cses[0]?.url ?? '', service, cses };
}

async function serve(
  t: TestContext,
  lab: HopLab | null,
  settings: object,
): Promise<{ service: Started; line: Record<string, unknown> }> {
  const listen = { port: 0, ...(lab !== null && { tls: lab.server }) };
  const service = start(t, 'serve', '--config', configFile(t, { listen, ...settings }).file, '--json');
  const line = await service.line();
  assert.equal(line.status, 'listening');
  return { service, line };
}

async function startCse(t: TestContext, lab: HopLab | null, options: TransitCseOptions): Promise<TransitCse> {
  const file = (name: string) => readFileSync(name, 'utf8');
  const cse = await transitCse({
    ...options,
    ...(lab !== null && {
      tls: { cert: file(lab.server.certificate), key: file(lab.server.key) },
      hop: { ca: file(lab.trust) },
    }),
  });
  t.after(() => cse.close());
  return cse;
}
