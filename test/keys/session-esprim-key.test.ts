// sessionESPrimKey (TS-0003 10.3.8.2). The vector was made by another program, with random objects in the form that
// protection/esprim gives them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyFor } from '../../src/keys/purpose.ts';
import { deriveSessionESPrimKey } from '../../src/keys/session-esprim-key.ts';
import { hex, isWiped, range, secretsMadeIn } from './octets.ts';

const pairwiseKey = keyFor('ESPrim', range(0, 32));
const receiverRand = Buffer.from(
  '{"esri":"u.r1","esrv":"x000102030405060708090a0b0c0d0e0f","esrx":"20300101T000000","esks":[1],"espa":[12]}',
);
const originatorRand = Buffer.from(
  '{"esri":"u.o1","esrv":"xf0e0d0c0b0a090807060504030201000","esrx":"20291231T235959","esk":1,"espa":[12]}',
);
const sessionKey = 'f85d73e7ea4ad9c312330007e9d94098984731e24841f4d4d240fb3b8880d176';

test("HMAC-SHA-256(pairwiseESPrimKey, receiver's ‖ originator's random object ‖ label) (TS-0003 10.3.8.2)", () => {
  assert.equal(
    hex(deriveSessionESPrimKey(pairwiseKey, 'ESPrim', receiverRand, originatorRand, 32)),
    sessionKey,
  );
  assert.notEqual(
    hex(deriveSessionESPrimKey(pairwiseKey, 'ESPrim', originatorRand, receiverRand, 32)),
    sessionKey,
  );
});

test('a shorter key is the leftmost bytes', () => {
  for (const size of [16, 24] as const)
    assert.equal(
      hex(deriveSessionESPrimKey(pairwiseKey, 'ESPrim', receiverRand, originatorRand, size)),
      sessionKey.slice(0, 2 * size),
    );
});

test('a key that is only authenticated with makes no key to encrypt with, nor the other way round', () => {
  const authentication = keyFor('message authentication', range(0, 32));
  for (const [key, purpose] of [
    [authentication, 'ESPrim'],
    [pairwiseKey, 'message authentication'],
  ] as const)
    assert.throws(() => deriveSessionESPrimKey(key, purpose, receiverRand, originatorRand, 32), {
      code: 'KEY_PURPOSE_WRONG',
    });
});

test('what is secret on the way is wiped', t => {
  const made = secretsMadeIn(t, () => {
    deriveSessionESPrimKey(pairwiseKey, 'ESPrim', receiverRand, originatorRand, 16);
  });
  assert.equal(made.length, 1);
  assert.ok(made.every(isWiped));
});
