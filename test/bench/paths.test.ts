import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { benchmarks } from '../../src/bench/benchmarks.ts';
import { makeBenchChains } from '../../src/bench/lab.ts';
import { measure } from '../../src/bench/measure.ts';
import { type BenchChains, coldPath, statusOfPath, warmPath } from '../../src/bench/paths.ts';

let some: BenchChains;
before(async () => {
  some = await makeBenchChains(2);
});

const ours = 1;
const thrice = { warmUp: 0, rounds: 1, runsPerRound: 3 };

test('warm: verifyPeer runs on a chain that it proved before, beside one verification', async () => {
  const measurements = await measure(warmPath(some), thrice);
  assert.deepEqual(
    measurements.map(({ name }) => name),
    ['one ECDSA P-256 verification, key ready', 'verifyPeer, chain seen before'],
  );
});

test('status: under required, by a CRL and by a stapled response, without which nobody is believed', async () => {
  const [, byList, byResponse] = statusOfPath(some);
  assert.ok(byList && byResponse);
  await byList.run();
  await byResponse.run();
  const another = { ...some, issuer: (await makeBenchChains(1)).issuer };
  const [, forged] = statusOfPath(another);
  await assert.rejects(async () => forged?.run(), { code: 'CERTIFICATE_STATUS_UNKNOWN' });
});

test('without a chain there is nothing to measure', () => {
  assert.throws(() => warmPath({ ...some, chains: [] }), /a chain is needed/);
  assert.throws(() => statusOfPath({ ...some, chains: [] }), /a chain is needed/);
});

test('cold: every run checks two signatures, also when the chains come round again', async () => {
  const measurements = await measure(coldPath(some), { ...thrice, runsPerRound: 5 });
  assert.deepEqual(
    measurements.map(({ name }) => name),
    [
      'two ECDSA P-256 verifications, keys ready, and two new X509Certificate',
      'verifyPeer, chain never seen before',
    ],
  );
});

test('cold: a chain that was seen before is no measurement', async () => {
  const [chain] = some.chains;
  assert.ok(chain);
  await assert.rejects(
    measure(coldPath({ ...some, chains: [chain, chain] }).slice(ours), thrice),
    /0 signature checks, not 2/,
  );
});

test('cold: the work of OpenSSL is measured on signatures that hold', async () => {
  const { chains: others } = await makeBenchChains(1);
  const mixed = [...(some.chains[0] ?? []).slice(0, 1), ...(others[0] ?? []).slice(1)];
  await assert.rejects(
    measure(coldPath({ ...some, chains: [mixed] }).slice(0, ours), thrice),
    /a signature that does not hold/,
  );
});

test('each says what is demanded of it', () => {
  const about = new Map(benchmarks.map(benchmark => [benchmark.name, benchmark.about]));
  assert.match(about.get('path-warm') ?? '', /at least 2\.00 ×/);
  assert.match(about.get('path-cold') ?? '', /at least 0\.67 ×/);
});
