// ESPrim with an implementation in another language: recorded exchanges (test/vectors/jose) of its originator with our
// receiver, and of ours with its. The session keys in them were derived in Python.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { openObject, readObject } from '../../../src/protection/esprim/object.ts';
import { esprimCases, innerRequests, refreshAfter, start } from './esprim-cases.ts';
import { expectedContent, ourReceiver, ourRequests, type Short } from './esprim-ours.ts';
import { type Exchanged, recordedEsPrim } from './recordings.ts';

const now = Date.parse(start);

for (const each of esprimCases) {
  const theirs = recordedEsPrim.theirs[each.name] ?? assert.fail(`${each.name} was not recorded`);
  const ours = recordedEsPrim.ours[each.name] ?? assert.fail(`${each.name} was not recorded`);

  test(`our receiver opens what jwcrypto's originator sent: ${each.name} (TS-0003 8.4.2 C.6)`, async () => {
    const receiver = ourReceiver(each);
    for (const [index, { request, response }] of theirs.steps.entries()) {
      const answer = await receiver.answer(request);
      // Our random objects are drawn as they were then; objects have an initialisation vector of their own.
      assert.deepEqual(withoutObject(answer), withoutObject(response));
      if (each.refresh && index === 1) receiver.advance(refreshAfter);
    }
    assert.deepEqual(receiver.opened, innerRequests);
  });

  test(`our originator opens what jwcrypto's receiver answered: ${each.name} (TS-0003 8.4.2 C.11)`, async () => {
    const left = [...ours.steps];
    const responses = await ourRequests(each, async request => {
      const recorded = left.shift() ?? assert.fail('it sends more than was recorded');
      assert.deepEqual(withoutObject(request), withoutObject(recorded.request));
      return { ...recorded.response, rqi: (request as { rqi: string }).rqi };
    });
    assert.deepEqual(
      responses.map(({ content }) => content),
      innerRequests.map(expectedContent),
    );
    assert.deepEqual(left, []);
  });

  test(`every object opens with the session key that Python derived: ${each.name} (TS-0003 10.3.8.2)`, async () => {
    for (const exchanged of [theirs, ours])
      assert.equal(await openedWithTheirKeys(exchanged), 2 * innerRequests.length);
  });
}

for (const name of ['separated keys, A256GCM', 'authenticated only'])
  test(`jwcrypto's request with any one character changed reaches nobody: ${name}`, async () => {
    const each =
      esprimCases.find(({ name: other }) => other === name) ?? assert.fail('there is no such case');
    const { request } = recordedEsPrim.theirs[name]?.steps[1] ?? assert.fail('it was not recorded');
    const receiver = ourReceiver(each);
    const epo = objectIn(request) ?? assert.fail('it holds no object');
    for (const [index, character] of [...epo].entries()) {
      const changed = `${epo.slice(0, index)}${character === 'A' ? 'B' : 'A'}${epo.slice(index + 1)}`;
      const { rsc } = (await receiver.answer({
        ...request,
        pc: { 'm2m:seci': { sit: 5, epo: changed } },
      })) as { rsc: number };
      assert.ok(rsc >= 4000, `character ${index}`);
    }
    assert.deepEqual(receiver.opened, []);
    await receiver.answer(request);
    assert.equal(receiver.opened.length, 1);
  });

async function openedWithTheirKeys({ steps, sessionKeys }: Exchanged): Promise<number> {
  let opened = 0;
  for (const text of steps.flatMap(({ request, response }) => [objectIn(request), objectIn(response)])) {
    if (text === null) continue;
    const object = readObject(text, now);
    const { ori, protection } = object.header;
    const key = createSecretKey(Buffer.from(sessionKeys[ori] ?? '', 'hex'));
    const usable =
      protection === 'encryption'
        ? key.toCryptoKey('AES-GCM', false, ['decrypt'])
        : key.toCryptoKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    JSON.parse(Buffer.from(await openObject(object, usable)).toString());
    opened += 1;
  }
  return opened;
}

function objectIn(primitive: Short): string | null {
  const { pc } = primitive as { pc: { 'm2m:seci': { epo?: string } } };
  return pc['m2m:seci'].epo ?? null;
}

/** With the header in place of the object, and without the identifier that each request has for itself. */
function withoutObject(primitive: Short): object {
  const [header] = objectIn(primitive)?.split('.') ?? [];
  const { pc, rqi: _, ...members } = primitive as { pc: object; rqi: string };
  return header === undefined ? { pc, ...members } : { ...members, header };
}
