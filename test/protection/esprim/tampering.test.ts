// Objects that were changed on the way (TS-0003 8.4.1): every bit of every part, and every length that is too short, in
// both directions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64url, codeOf, contentOf, debugIn, handWith, objectIn } from './hand.ts';
import { exchange } from './lab.ts';

const retrieve = { operation: 'retrieve', to: '/cse-b/-/secret' } as const;

/** The object with each bit of what its parts hold turned over, and with what is no base64url any more. */
function* flipped(object: string): Generator<string> {
  const parts = object.split('.');
  for (const [at, part] of parts.entries()) {
    const bytes = Buffer.from(part, 'base64url');
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      yield parts.with(at, base64url(changed)).join('.');
    }
  }
}

function* truncated(object: string): Generator<string> {
  for (let length = 0; length < object.length; length++) yield object.slice(0, length);
}

for (const [how, changesOf] of [
  ['with any bit turned over', flipped],
  ['cut off at any length', truncated],
] as const) {
  test(`a request ${how} is refused, nothing is dispatched, and what was sent still opens`, async () => {
    const lab = exchange();
    const hand = await handWith(lab);
    for (const object of [hand.object(), hand.object({ header: { oro: undefined } })]) {
      for (const changed of changesOf(object)) {
        const response = await lab.notify(contentOf(changed));
        assert.ok(response.responseStatusCode >= 4000, changed);
        assert.ok(!JSON.stringify(response).includes('secret'), debugIn(response));
        assert.equal(lab.dispatched.length, 0);
      }
      assert.equal((await lab.notify(contentOf(object))).responseStatusCode, 2000);
      assert.equal(lab.dispatched.splice(0).length, 1);
    }
    assert.deepEqual(lab.faults, []);
  });

  test(`a response ${how} is refused, and the one that was sent is taken`, async () => {
    const lab = exchange();
    await lab.client.send(retrieve);
    // The response to a request that waits for ever; what asks again under its Request Identifier is given it changed.
    let held = '';
    lab.between = async (request, on) => {
      held = objectIn(await on(request));
      return { responseStatusCode: 5103 };
    };
    const request = { ...retrieve, requestIdentifier: 'held' };
    assert.equal(await codeOf(lab.client.send(request)), 'CARRIER_FAILED');
    const taken = ['ESPRIM_BAD_MAC', 'ESPRIM_MALFORMED', 'ESPRIM_MISDIRECTED', 'ESPRIM_UNSUPPORTED_OPTION'];
    for (const changed of changesOf(held)) {
      lab.between = async () => ({ responseStatusCode: 2000, content: contentOf(changed) });
      const code = await codeOf(lab.client.send(request));
      assert.ok(taken.includes(String(code)), `${code}: ${changed}`);
    }
    lab.between = async () => ({ responseStatusCode: 2000, content: contentOf(held) });
    assert.equal((await lab.client.send(request)).responseStatusCode, 2000);
  });
}
