// What the initiating end-point makes of a refusal: whose fault it was, which alert came, and what was really sent.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { fatalAlertRecord } from '../../src/wire/alerts.ts';
import { cseB, initiatingEndpoint, lineToEndpoint, terminatingEndpoint } from './lab.ts';

const failed = async (work: Promise<unknown>): Promise<E2EKeyError> => {
  const error = await work.then(
    () => assert.fail('a key was made'),
    (thrown: unknown) => thrown,
  );
  return error instanceof E2EKeyError ? error : assert.fail(String(error));
};

for (const [debug, code, blame] of [
  ['TOO_MANY_PENDING: the limit perHop is reached', 'TOO_MANY_PENDING', 'peer'],
  ['MESSAGE_TOO_LARGE', 'MESSAGE_TOO_LARGE', 'peer'],
  ['STORE_FAILED: this end-point could not process the request', 'CARRIER_FAILED', 'path'],
  ['OPTION_INVALID: what a peer says of its caller is not our caller', 'CARRIER_FAILED', 'path'],
  ['toString: no code of the table', 'CARRIER_FAILED', 'path'],
  ['something else', 'CARRIER_FAILED', 'path'],
  [null, 'CARRIER_FAILED', 'path'],
] as const)
  test(`a refusal without an alert that says ${JSON.stringify(debug)} is ${code}, the fault of the ${blame}`, async t => {
    const line = lineToEndpoint(terminatingEndpoint(t), async () => ({ message: null, rsc: 4105, debug }));
    const error = await failed(initiatingEndpoint(t).establish(cseB, line));
    assert.deepEqual([error.code, error.blame, error.notice.rscReceived], [code, blame, 4105]);
    assert.equal(error.notice.record, null);
  });

test('PENDING_UNKNOWN tells the alert that came with it, and none that was sent', async t => {
  const answer = { message: fatalAlertRecord(10), rsc: 4000, debug: 'PENDING_UNKNOWN: no pending handshake' };
  const line = lineToEndpoint(terminatingEndpoint(t), async ({ ordinal }, pass) =>
    ordinal === 3 ? answer : pass(),
  );
  const error = await failed(initiatingEndpoint(t).establish(cseB, line));
  assert.deepEqual(
    [error.code, error.notice.alertReceived, error.notice.record],
    ['PENDING_UNKNOWN', 10, null],
  );
});

test('an alert counts as sent only where it was delivered', async t => {
  const spoilt = (message: Uint8Array | null) => message && Buffer.concat([message, Buffer.of(22)]);
  for (const [reachable, record] of [
    [true, fatalAlertRecord(50)],
    [false, null],
  ] as const) {
    const line = lineToEndpoint(terminatingEndpoint(t), async ({ ordinal }, pass) => {
      if (ordinal === 3 && !reachable) throw new E2EKeyError('CARRIER_FAILED', 'nobody is there');
      const answer = await pass();
      return { ...answer, message: spoilt(answer.message) };
    });
    const error = await failed(initiatingEndpoint(t).establish(cseB, line));
    assert.deepEqual([error.code, error.notice.record], ['MESSAGE_MALFORMED', record]);
  }
});

test('a message 4 that does not hold is told to nobody: there is no message after it', async t => {
  const line = lineToEndpoint(terminatingEndpoint(t), async ({ ordinal }, pass) => {
    const answer = await pass();
    const message = Uint8Array.from(answer.message ?? []);
    if (ordinal === 3) message[message.length - 1] = 1 ^ (message.at(-1) ?? 0);
    return { ...answer, message };
  });
  const error = await failed(initiatingEndpoint(t).establish(cseB, line));
  assert.deepEqual([error.code, error.notice.record], ['RECORD_UNAUTHENTIC', null]);
});

test('a carrier that never comes back does not end the process before its deadline: there is an answer', () => {
  const script = `
    const { initiatingEndpoint, cseB } = await import(${JSON.stringify(new URL('./lab.ts', import.meta.url).href)});
    const never = { deliver: () => new Promise(() => undefined) };
    const endpoint = initiatingEndpoint({ after() {} }, { times: { procedure: 50, delivery: 20, retransmission: 1 } });
    await endpoint.establish(cseB, never).catch(error => console.log(error.code));`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.deepEqual([stdout.trim(), status], ['REQUEST_EXPIRED', 0]);
});
