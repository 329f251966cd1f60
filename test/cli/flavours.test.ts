// Every flavour of TS-0003 10.1.1 makes keys, in both roles: `establish` against `serve` through a transit CSE, and
// against `listen`. Other TLS stacks: test/live.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { transitCse } from '../../src/testing/transit-cse/transit-cse.ts';
import { configFile } from '../service/lab.ts';
import { anchors, type FlavourEnd, flavours, known, own, peerEntry } from './flavour-lab.ts';
import { both, type Document, listen } from './material.ts';
import { run } from './run.ts';
import { type Started, start } from './started.ts';

for (const { name, flavour, initiating, terminating, other } of flavours) {
  test(`over HTTP: ${name} at both ends (TS-0003 8.7.2.2, 10.1.1)`, async t => {
    const { service, url } = await serve(t, terminating, initiating);
    const words = [...own(initiating), '--origin', initiating.entity, ...known(terminating)];
    const { code, stdout, stderr } = await run('establish', url, ...words, '--json');
    assert.equal(code, 0, stderr);
    const [ours, theirs] = [JSON.parse(stdout) as Document, (await service.line()) as Document];
    assert.match(String(ours.keyId), /^[0-9A-F]{32}$/);
    assert.equal(ours.keyId, theirs.keyId);
    assert.deepEqual(whoIn(ours), ['initiating', flavour, terminating.entity]);
    assert.deepEqual(whoIn(theirs), ['terminating', flavour, initiating.entity]);
  });

  test(`over TCP: ${name} at both ends (TS-0003 8.7.2.2, 10.1.1)`, async t => {
    const { ours, theirs } = await both(
      t,
      [...own(terminating), ...known(initiating)],
      [...own(initiating), ...known(terminating)],
    );
    assert.equal(ours.exported, theirs.exported);
    assert.deepEqual(whoIn(ours), ['initiating', flavour, terminating.entity]);
    assert.deepEqual(whoIn(theirs), ['terminating', flavour, initiating.entity]);
  });

  test(`somebody else than expected is IDENTITY_MISMATCH, in either role: ${name} (TS-0003 8.1.2.5)`, async t => {
    const any = await listen(t, ...own(terminating), ...known(initiating));
    const { stdout } = await run('establish', any.target, ...own(initiating), ...known(other), '--json');
    assert.equal(codeIn(JSON.parse(stdout)), 'IDENTITY_MISMATCH', stdout);
    const expecting = await listen(t, ...own(terminating), ...known(other));
    await run('establish', expecting.target, ...own(initiating), ...known(terminating));
    assert.equal(codeIn(await expecting.listener.line()), 'IDENTITY_MISMATCH');
  });
}

for (const { name, flavour, initiating, terminating } of flavours.filter(each => each.flavour !== 'raw')) {
  const trusted = ['--trust', anchors];

  for (const [how, named] of [
    ['without --expect', () => []],
    ['what stands in the certificate may be expected alone', ({ identifier }) => ['--expect', identifier]],
  ] as readonly [string, (end: FlavourEnd) => string[]][])
    test(`${how}: the peer is known by what stands in its certificate, in either role: ${name}`, async t => {
      const { ours, theirs } = await both(
        t,
        [...own(terminating), ...trusted, ...named(initiating)],
        [...own(initiating), ...trusted, ...named(terminating)],
      );
      assert.deepEqual(whoIn(ours), ['initiating', flavour, terminating.identifier]);
      assert.deepEqual(whoIn(theirs), ['terminating', flavour, initiating.identifier]);
    });

  test(`--to names the entity where --expect says only what stands in the certificate: ${name}`, async t => {
    const { url } = await serve(t, terminating, initiating);
    const words = [...own(initiating), ...trusted, '--origin', initiating.entity];
    const alone = [...words, '--expect', terminating.identifier];
    const { code, stdout, stderr } = await run(
      'establish',
      url,
      ...alone,
      '--to',
      terminating.entity,
      '--json',
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(whoIn(JSON.parse(stdout)), ['initiating', flavour, terminating.entity]);
    if (flavour === 'ae-id') return;
    const without = await run('establish', url, ...alone);
    assert.equal(without.code, 2);
    assert.match(without.stderr, /--to is missing: --expect \S+ says what stands in the certificate/);
  });
}

test('an object identifier or a domain name is looked for in every flavour that can hold it', async t => {
  const of = (name: string) => flavours.find(each => each.name === name) ?? assert.fail(name);
  const node = of('Node-ID certificates with an object identifier');
  const fqdn = of('FQDN certificates');
  for (const [one, identifiers] of [
    [node, ['2.999.1.3', '0.2.481.1.100.3030.3', node.initiating.identifier]],
    [fqdn, ['cse-3.m2m.example.com', fqdn.initiating.identifier.toUpperCase()]],
  ] as const) {
    const expect = identifiers.flatMap(identifier => ['--expect', identifier]);
    const { theirs } = await both(
      t,
      [...own(one.terminating), '--trust', anchors, ...expect],
      [...own(one.initiating), ...known(one.terminating)],
    );
    assert.deepEqual(whoIn(theirs), ['terminating', one.flavour, one.initiating.identifier]);
  }
});

test('of several who are expected, nobody is PEER_NOT_ALLOWED: there is no one whom it should have been', async t => {
  const [first, , second] = flavours;
  assert.ok(first && second);
  const { listener, target } = await listen(
    t,
    ...own(first.terminating),
    ...known(first.other),
    ...known(second.other),
  );
  await run('establish', target, ...own(first.initiating), ...known(first.terminating));
  assert.equal(codeIn(await listener.line()), 'PEER_NOT_ALLOWED');
});

test('one who may be known in two ways is one all the same: another one is IDENTITY_MISMATCH', async t => {
  const { initiating, terminating, other } = flavours[0] ?? assert.fail();
  const raw = flavours.find(({ flavour }) => flavour === 'raw') ?? assert.fail();
  const pinned = ['--pin', raw.other.identifier];
  const { listener, target } = await listen(t, ...own(terminating), ...known(other), ...pinned);
  await run('establish', target, ...own(initiating), ...known(terminating));
  assert.equal(codeIn(await listener.line()), 'IDENTITY_MISMATCH');
});

const [aeId] = flavours;
assert.ok(aeId);
const cseId = flavours.find(({ flavour }) => flavour === 'cse-id') ?? assert.fail();
const http = ['establish', 'http://127.0.0.1:1', '--origin', aeId.initiating.entity, ...own(aeId.initiating)];
const trust = ['--trust', anchors];

for (const [sentence, ...argv] of [
  [
    /--expect (\S+)=cse-b\.example: \1 is an AE and has no certificate with a domain name \(TS-0003 10\.1\.3\); --expect \1 is the one with its AE-ID/,
    ...[...http, ...trust, '--expect', `${aeId.terminating.entity}=cse-b.example`],
  ],
  [
    /--expect cse-b\.example: (\S+) is an AE and has no certificate with a domain name/,
    ...[...http, ...trust, '--expect', 'cse-b.example', '--to', aeId.terminating.entity],
  ],
  [
    /--expect (\S+): give the domain name in its certificate, \1=NAME/,
    ...[...http, ...trust, '--expect', cseId.terminating.entity],
  ],
  [
    /--to cse b: no absolute CSE-ID or AE-ID, nor one that --origin completes/,
    ...[...http, ...known(cseId.terminating), '--to', 'cse b'],
  ],
  [
    /--expect cse-b\.example: cse-b\.example is expected already/,
    ...['listen', '--port', '0', ...own(cseId.terminating), ...trust],
    ...['--expect', '//m2m.example.com/cse-b=CSE-b.example', '--expect', 'cse-b.example'],
  ],
  [
    /peers: (\S+) is in our own certificate as well \(cse-id\)/,
    ...['listen', '--port', '0', ...own(cseId.terminating), ...known(cseId.terminating)],
  ],
] as readonly [RegExp, ...string[]][])
  test(`exit 2 and a sentence: ${sentence.source}`, async () => {
    const { code, stdout, stderr } = await run(...argv, '--json');
    assert.equal(code, 2, stdout);
    assert.match(stderr, sentence);
    assert.equal(codeIn(JSON.parse(stdout)), 'OPTION_INVALID');
  });

for (const [flavour, entity, identifier, sentence] of [
  ['node-id', 'cse', '90420156-025763-0', /peers\.0\.identifier: the Node-ID is needed, a URN or an object/],
  ['node-id', 'cse', 'cse-b.example', /peers\.0\.identifier: the Node-ID is needed/],
  ['device', 'cse', '//m2m.example.com/cse-b', /peers\.0\.identifier: the object identifier of the device/],
  ['device', 'ae', '2.999.2:0AFF', /peers\.0\.identifier: the object identifier of the device/],
  ['fqdn', 'cse', '*.example', /peers\.0\.identifier: the FQDN/],
  ['fqdn', 'ae', 'maf.example', /peers\.0\.flavour: an AE has no FQDN certificate \(TS-0003 10\.1\.3\)/],
  ['cse-id', 'cse', 'https://cse-b.example', /peers\.0\.identifier: the public domain name of the CSE-ID/],
  [
    'cse-id',
    'ae',
    'cse-b.example',
    /peers\.0\.flavour: an AE has no CSE-ID certificate \(TS-0003 10\.1\.3\)/,
  ],
  [
    'ae-id',
    'cse',
    '//m2m.example.com/cse-a/Cae9',
    /peers\.0\.identifier: an AE-ID certificate for .* names another/,
  ],
  [
    'cse-id',
    'cse',
    'cse-b.m2m.example.com',
    /peers: cse-b\.m2m\.example\.com is in our own certificate as well/,
  ],
] as const)
  test(`serve --check names the setting: ${flavour} ${identifier} of an ${entity}`, async t => {
    const peer = { flavour, identifier, trust: anchors };
    const name = entity === 'ae' ? '//m2m.example.com/cse-a/Cae8' : '//m2m.example.com/cse-z';
    const { file } = configFile(t, { peers: [{ entity: name, ...peer }] });
    const { code, stderr } = await run('serve', '--config', file, '--check');
    assert.equal(code, 2);
    assert.match(stderr, sentence);
  });

test('--to in a relative form is read from --origin (TS-0001 7.2)', async t => {
  const { url } = await serve(t, cseId.terminating, cseId.initiating);
  const words = [...own(cseId.initiating), '--origin', cseId.initiating.entity, ...trust];
  const named = ['--expect', cseId.terminating.identifier, '--to', '/cse-2'];
  const { code, stdout, stderr } = await run('establish', url, ...words, ...named, '--json');
  assert.equal(code, 0, stderr);
  assert.deepEqual(whoIn(JSON.parse(stdout)), ['initiating', 'cse-id', cseId.terminating.entity]);
});

/** The service of one end-point that knows another, behind a transit CSE. */
async function serve(
  t: TestContext,
  { entity, credential, key, flavour }: FlavourEnd,
  peer: FlavourEnd,
): Promise<{ service: Started; url: string }> {
  const { file } = configFile(t, {
    id: entity,
    credential: flavour === 'raw' ? { key } : { certificate: credential, key },
    peers: [peerEntry(peer)],
  });
  const service = start(t, 'serve', '--config', file, '--json');
  const { host, port } = await service.line();
  const routes = { [entity]: `http://${host}:${port}` };
  const cse = await transitCse({ id: '//m2m.example.com/transit', routes });
  t.after(() => cse.close());
  return { service, url: cse.url };
}

function whoIn({ role, peer }: Document): unknown[] {
  return [role, peer?.flavour, peer?.id];
}

function codeIn({ error }: { readonly error?: unknown }): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}
