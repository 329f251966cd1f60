// The examples in the documents and in the docstrings: all of them compile, and the README's run against each other,
// a real fastify or HTTP server between them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fastify, { type FastifyInstance } from 'fastify';
import type { Endpoint } from '../../src/endpoint/endpoint.ts';
import { listen } from '../../src/interop/listener.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { e2eKeyPlugin } from '../../src/onem2m/fastify.ts';
import { httpCarrier } from '../../src/onem2m/http-carrier.ts';
import type { ProtectedContent } from '../../src/protection/esdata/content-instance.ts';
import type { EsPrimHandler } from '../../src/protection/esprim/handler.ts';
import type { Outcome } from '../../src/testing/misbehaving/conversation.ts';
import { fixedClock, initiatingEndpoint, terminatingEndpoint } from '../endpoint/lab.ts';
import { terminatingEnd } from '../interop/tls-end.ts';
import { documentNamed, documents, root } from './documents.ts';

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string>;
};

/** The source behind each entry of the package: `e2ekey/keys` → src/keys/index.ts. */
const sources = new Map(
  Object.entries(exports).map(([entry, built]) => [
    `e2ekey${entry.slice(1)}`,
    join(root, built.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')),
  ]),
);

/** What docstrings take for granted, since they show one call: the caller's own values. */
const surroundings = `import type { Endpoint as E2EKeyEndpoint } from 'e2ekey';
declare global {
  const endpoint: E2EKeyEndpoint;
  const der: Uint8Array, leaf: Uint8Array, intermediate: Uint8Array, root: Uint8Array, rootDer: Uint8Array;
}
`;

test('every example in the documents and in the docstrings compiles', t => {
  const folder = temporaryFolder(t);
  const examples = [...examplesOfDocuments(), ...examplesOfDocstrings()];
  assert.ok(examples.length > 12, `only ${examples.length} examples were found`);
  for (const { name, code } of examples)
    writeFileSync(join(folder, `${name.replaceAll('/', '__')}.ts`), code);
  writeFileSync(join(folder, 'surroundings.d.ts'), surroundings);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        noUnusedLocals: false,
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
        moduleDetection: 'force',
        typeRoots: [join(root, 'node_modules/@types')],
        paths: Object.fromEntries([...sources].map(([entry, file]) => [entry, [file]])),
      },
      include: ['*.ts'],
    }),
  );
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
      encoding: 'utf8',
    });
  } catch (error) {
    assert.fail(error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error));
  }
});

test("the README's two examples make one key with each other", async t => {
  const folder = temporaryFolder(t);
  const directory = process.cwd();
  t.after(() => process.chdir(directory));
  // They read certs/, as in a clone.
  process.chdir(root);

  const { cse, endpoint: terminating } = (await runExample(
    folder,
    'terminating',
    '0',
    '{ cse, endpoint }',
  )) as {
    cse: FastifyInstance;
    endpoint: Endpoint;
  };
  t.after(() => cse.close());
  const { port } = new URL(cse.listeningOrigin);
  const log = t.mock.method(console, 'log', () => undefined);
  const { key } = (await runExample(folder, 'initiating', port, '{ key }')) as { key: PairwiseE2EKey };
  assert.equal(log.mock.callCount(), 1);

  const same = (await terminating.key(key.id)) ?? assert.fail('the two ends have different keys');
  assert.ok(same.secret?.equals(key.secret));
  assert.deepEqual([key.state, same.state], ['active', 'unconfirmed']);
  await cse.close();
});

test("the README's example without fastify makes a key with its initiating one", async t => {
  const folder = temporaryFolder(t);
  const directory = process.cwd();
  t.after(() => process.chdir(directory));
  process.chdir(root);
  const made = await runExample(folder, 'handler', '0', '{ server, endpoint }');
  const { server, endpoint } = made as { server: Server; endpoint: Endpoint };
  t.after(() => server.close().closeAllConnections());
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.mock.method(console, 'log', () => undefined);
  const { key } = (await runExample(folder, 'initiating', String(port), '{ key }')) as {
    key: PairwiseE2EKey;
  };
  assert.ok((await endpoint.key(key.id))?.secret?.equals(key.secret));
});

test("the README's receiver answers its originator, and what its source protects is opened by its reader", async t => {
  const folder = temporaryFolder(t);
  const terminating = terminatingEndpoint(t);
  const initiating = initiatingEndpoint(t);
  const made = await runExample(folder, 'receiver', null, '{}');
  const { receiver } = made as { receiver: (endpoint: Endpoint) => EsPrimHandler };
  const cse = fastify();
  t.after(() => cse.close());
  const options = { endpoint: terminating, targets: [terminating.id], esprim: receiver(terminating) };
  await cse.register(e2eKeyPlugin, options);
  const url = await cse.listen({ port: 0, host: '127.0.0.1' });
  await initiating.establish(terminating.id, httpCarrier(url));

  const log = t.mock.method(console, 'log', () => undefined);
  const originator = await runExample(folder, 'originator', new URL(url).port, '{}');
  const { temperature } = originator as { temperature: (endpoint: Endpoint) => Promise<unknown> };
  assert.deepEqual(await temperature(initiating), { 'm2m:cin': { con: '21.5' } });
  assert.deepEqual(log.mock.calls[0]?.arguments, [`${initiating.id}: retrieve /cse-b/-/temperature/la`]);

  const data = await runExample(folder, 'data', null, '{}');
  const { protect, open } = data as {
    protect: (endpoint: Endpoint, reader: string, content: string) => Promise<ProtectedContent>;
    open: (endpoint: Endpoint, source: string, instance: ProtectedContent) => Promise<Uint8Array>;
  };
  // The end-points of the lab have a time of their own, and ESData that of the machine.
  t.mock.timers.enable({ apis: ['Date'], now: fixedClock()() });
  const instance = await protect(initiating, terminating.id, '22.0');
  assert.ok(!instance.con.includes(Buffer.from('22.0').toString('base64url')));
  assert.equal(Buffer.from(await open(terminating, initiating.id, instance)).toString(), '22.0');
});

test("the README's misbehaving peer gets what the README says that it gets", async t => {
  const folder = temporaryFolder(t);
  const directory = process.cwd();
  t.after(() => process.chdir(directory));
  process.chdir(root);
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    endpoint: terminatingEnd(),
    keyLifetime: 3_600_000,
    onOutcome: () => undefined,
  });
  t.after(() => listener.close());
  const log = t.mock.method(console, 'log', () => undefined);
  const made = await runExample(folder, 'misbehaving', String(listener.port), '{ outcome }');
  const { outcome } = made as { outcome: Outcome };
  assert.deepEqual([outcome.end, outcome.alert], ['alert', { level: 'fatal', name: 'unexpected_message' }]);
  assert.equal(log.mock.callCount(), 1);
});

test("the README's examples have at most ten lines", () => {
  for (const { code, example } of documentNamed('README.md').blocks)
    if (example !== null) assert.ok(code.trimEnd().split('\n').length <= 10, example);
});

/** Loads an example of the README with another port than the one that it names, if any, and gives what it made. */
async function runExample(folder: string, name: string, port: string | null, made: string): Promise<unknown> {
  const block = documentNamed('README.md').blocks.find(({ example }) => example === name);
  const named = /\b(8080|4433)\b/;
  assert.equal(named.test(block?.code ?? ''), port !== null);
  const code = (block?.code ?? '')
    .replace(named, port ?? '')
    .replace(/'(e2ekey[^']*)'/g, (_, entry) => `'${pathToFileURL(sources.get(entry) ?? '').href}'`);
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, `${code}\nexport ${made};\n`);
  return import(pathToFileURL(file).href);
}

/** A folder in which examples find the packages that the project has. */
function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-examples-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

interface Example {
  readonly name: string;
  readonly code: string;
}

function examplesOfDocuments(): Example[] {
  return documents.flatMap(({ file, blocks }) =>
    blocks
      .filter(({ language }) => language === 'ts')
      .map(({ code }, index) => ({
        name: `${file}-${index}`,
        // A document shows the sources by the path that they have from where it is.
        code: code.replaceAll("'../src/", `'${join(root, 'src')}/`),
      })),
  );
}

function examplesOfDocstrings(): Example[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter(file => file.endsWith('.ts'))
    .flatMap(file => {
      const text = readFileSync(join(root, 'src', file), 'utf8');
      return [...text.matchAll(/^( *)\* @example\n\1\* ```ts\n([\s\S]*?)^\1\* ```$/gm)].map(
        ([, , lines = ''], index) => ({
          name: `src/${file}-${index}`,
          code: lines.replace(/^ *\* ?/gm, ''),
        }),
      );
    });
}
