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
import { run } from './run.ts';
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
