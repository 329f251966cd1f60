import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './run.ts';

const name = 'procedure-aes-128-gcm-sha256';
const contenders = [
  'node:tls over in-memory streams',
  'e2ekey/handshake, the pure core',
  'e2ekey, two Endpoints with stores in memory',
];

test('bench compares the whole procedure with node:tls in one run and gives the ratios', {
  timeout: 60_000,
}, async () => {
  const { code, stdout, stderr } = await run('bench', name, '--rounds', '1', '--runs', '1', '--json');
  assert.equal(code, 0, stderr);
  const { status, node, benchmarks } = JSON.parse(stdout);
  assert.deepEqual([status, node], ['measured', process.version]);
  assert.deepEqual(
    benchmarks.map((benchmark: { name: string; measurements: { name: string }[] }) => [
      benchmark.name,
      benchmark.measurements.map(measurement => measurement.name),
    ]),
    [[name, contenders]],
  );
  const [first, ...others] = benchmarks[0].measurements;
  assert.equal(first.ratio, 1);
  for (const { ratio, cpuMicroseconds } of [first, ...others]) assert.ok(ratio > 0 && cpuMicroseconds > 0);
});

test('for people, each contender is a row with its ratio', { timeout: 60_000 }, async () => {
  const { code, stdout } = await run('bench', name, '--rounds', '1', '--runs', '1');
  assert.equal(code, 0);
  const [heading, ...rows] = stdout.trimEnd().split('\n');
  assert.equal(heading, name);
  assert.equal(rows.length, contenders.length);
  for (const [index, row] of rows.entries())
    assert.match(row, new RegExp(`^ +\\d+\\.\\d\\d × +\\d+ µs CPU  ${contenders[index]}$`));
});

test('a NAME that is none is exit 2, and the names are given', async () => {
  const { code, stderr } = await run('bench', 'procedure-des');
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`NAME procedure-des is none of .*${name}`));
});
