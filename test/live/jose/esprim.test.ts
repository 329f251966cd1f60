// ESPrim with an implementation in another language, live: an originator and a receiver in Python, which derive their
// keys and session keys themselves, exchange requests and responses with ours. Recorded exchanges are in
// test/protection/foreign.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { shortRequest } from '../../../src/onem2m/short-names.ts';
import { endpointKeys } from '../../../src/protection/esprim/keys.ts';
import { onlyKey, refusal } from '../../endpoint/lab.ts';
import { established } from '../../protection/esprim/lab.ts';
import {
  cae1,
  cseB,
  type EsPrimCase,
  esprimCases,
  innerRequests,
  keysOf,
} from '../../protection/foreign/esprim-cases.ts';
import { ourReceiver, ourRequests, type Receiver, type Short } from '../../protection/foreign/esprim-ours.ts';
import { needed } from '../needed.ts';
import { answerOf, startReceiver, theirRequests, theirResponses } from './esprim-theirs.ts';
import { jwcrypto, type Peer, startPeer } from './jwcrypto.ts';

const options = await needed(jwcrypto);

let started: Peer | null = null;
after(() => started?.stop());
function peer(): Peer {
  started ??= startPeer();
  return started;
}

for (const each of esprimCases) {
  test(`jwcrypto's originator and our receiver: ${each.name} (TS-0003 8.4.2)`, options, async () => {
    const receiver = ourReceiver(each);
    await theirRequests(peer(), each, receiver);
    assert.deepEqual(receiver.opened, innerRequests);
  });

  test(`our originator and jwcrypto's receiver: ${each.name} (TS-0003 8.4.2)`, options, async () => {
    await theirResponses(peer(), each);
  });
}

const separated = caseNamed('separated keys, A256GCM');
const literal = caseNamed('literal key, A256GCM');

for (const profile of ['separated', 'literal'] as const)
  test(
    `a key of the E2EKey procedure serves in Python too, ${profile} (TS-0003 8.7.1, 8.4.2 A)`,
    options,
    async t => {
      const { initiating, terminating } = await established(t);
      const { id, secret } = await onlyKey(initiating);
      const key = { profile, id, secret: secret.export().toString('hex') };
      assert.equal((await terminating.keys())[0]?.state, 'unconfirmed');
      const receiver = ourReceiver(separated, endpointKeys(terminating, { profile }));
      await theirRequests(peer(), separated, receiver, { key });
      assert.deepEqual(receiver.opened, innerRequests);
      assert.equal((await terminating.keys())[0]?.state, 'active');
      await theirResponses(peer(), separated, { key, ours: endpointKeys(initiating, { profile }) });
    },
  );

test('the kid in lower-case letters is the same key', options, async t => {
  const { initiating, terminating } = await established(t);
  const { id, secret } = await onlyKey(initiating);
  const key = { profile: 'literal', id, secret: secret.export().toString('hex') } as const;
  const receiver = ourReceiver(separated, endpointKeys(terminating, { profile: 'literal' }));
  await theirRequests(peer(), separated, receiver, { key, kid: id.toLowerCase() });
  assert.deepEqual(receiver.opened, innerRequests);
});

test("jwcrypto's receiver refuses another key under the same kid (RSC 4115)", options, async () => {
  const { id } = await keysOf(separated.key, cseB).current(cseB);
  const others = keysOf(literal.key, cseB);
  const key = { ...(await others.current(cseB)), id };
  await startReceiver(peer(), separated);
  await assert.rejects(
    ourRequests(separated, ask, { ...others, current: async () => key }),
    refusal('ESPRIM_BAD_MAC', /4115/),
  );
});

test(
  'of two ends with different profiles neither knows the key of the other (RSC 4112)',
  options,
  async () => {
    await startReceiver(peer(), literal);
    await assert.rejects(ourRequests(separated, ask), refusal('ESPRIM_UNKNOWN_KEY_ID', /4112/));
    assert.equal((await answerToTheirs(literal, ourReceiver(separated))).rsc, 4112);
  },
);

test(
  "jwcrypto's receiver refuses ours when it comes again, or with another tag (RSC 4105, 4115)",
  options,
  async () => {
    await startReceiver(peer(), separated);
    const sent: Short[] = [];
    await ourRequests(separated, async request => {
      sent.push(request);
      return ask(request);
    });
    const [, first = assert.fail()] = sent;
    assert.equal((await ask(first)).rsc, 4105);
    const text = JSON.stringify(first);
    // The tag is what stands behind the last full stop.
    const changed = text.replace(/\.(.)([^.]+)$/, (_, tag, rest) => `.${tag === 'A' ? 'B' : 'A'}${rest}`);
    assert.equal((await ask(JSON.parse(changed))).rsc, 4115);
  },
);

test("our receiver refuses jwcrypto's when it comes again (RSC 4105)", options, async () => {
  const receiver = ourReceiver(separated);
  const { steps } = await theirRequests(peer(), separated, receiver);
  for (const { request } of steps.slice(1)) assert.equal((await receiver.answer(request)).rsc, 4105);
  assert.deepEqual(receiver.opened, innerRequests);
});

test('an inner From that is somebody else is told so under the session key (RSC 4116)', options, async () => {
  const receiver = ourReceiver(separated);
  const response = await answerToTheirs(separated, receiver, `${cae1}2`);
  assert.equal(response.rsc, 4116);
  const inner = (await peer().ask('open_response', { response })) as Short;
  assert.equal(inner.rsc, 4116);
  assert.deepEqual(receiver.opened, []);
});

const ask = (request: Short) => answerOf(peer(), request);

/** What our receiver answers to the first request of the originator in Python. */
async function answerToTheirs(each: EsPrimCase, receiver: Receiver, from = cae1): Promise<Short> {
  const [first = assert.fail()] = innerRequests;
  const asked = await peer().ask('originate', { options: { ...each, from: cae1, to: cseB } });
  await peer().ask('take_rand', { response: await receiver.answer(asked as Short) });
  const request = await peer().ask('protect', { inner: shortRequest({ ...first, from }) });
  return receiver.answer(request as Short);
}

function caseNamed(name: string): EsPrimCase {
  return esprimCases.find(each => each.name === name) ?? assert.fail(`there is no case ${name}`);
}
