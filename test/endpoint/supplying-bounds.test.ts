// Bounds on what a slow, dead or wrong signer lets into hand and leaves behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../src/crypto/secrets.ts';
import { credentials, type Signer } from '../../src/index.ts';
import {
  begin,
  cae1,
  cae2,
  complete,
  credentialOf,
  cseB,
  initiatingEndpoint,
  lineToEndpoint,
  peer,
  refusal,
  terminatingEndpoint,
  watched,
} from './lab.ts';

test('a signer that never answers is SIGNER_FAILED when the lease is over', async t => {
  const { credential } = watched('cse-b', () => new Promise(() => undefined));
  const endpoint = terminatingEndpoint(t, { credential, times: { lease: 20 } });
  await assert.rejects(endpoint.answer(cae1, begin().message1), refusal('SIGNER_FAILED'));
});

test('a signer whose promise is not of this program is waited for no longer', async t => {
  const { chain, signer } = credentialOf('cse-b');
  // A promise of another library: something with a `then`.
  const never = Object.fromEntries([['then', () => undefined]]) as unknown as Promise<Uint8Array>;
  const credential = credentials.withSigner(chain, { schemes: signer.schemes, sign: () => never });
  const endpoint = terminatingEndpoint(t, { credential, times: { lease: 20 } });
  await assert.rejects(endpoint.answer(cae1, begin().message1), refusal('SIGNER_FAILED'));
});

const limits = { perEndpoint: 4, perHop: 2, perOriginator: 1 };
const from = (claimed: string, hop: string) => ({ claimed, hop });
const message1 = (name: string) => begin({ credential: credentialOf(name) }).message1;

test('a flood that waits for a slow signer is bounded per originator and per hop, and locks nobody else out', async t => {
  const signing = Promise.withResolvers<void>();
  const { credential, asked } = watched('cse-b', () => signing.promise);
  const endpoint = terminatingEndpoint(t, { credential, limits, peers: [peer.cae1, peer.cae2] });
  const first = endpoint.answer(from(cae1, 'evil'), message1('cae1'));
  await assert.rejects(
    endpoint.answer(from(cae1, 'evil'), message1('cae1')),
    refusal('TOO_MANY_PENDING', /perOriginator/),
  );
  const second = endpoint.answer(from(cae2, 'evil'), message1('cae2'));
  await assert.rejects(
    endpoint.answer({ hop: 'evil' }, message1('cae1')),
    refusal('TOO_MANY_PENDING', /perHop/),
  );
  const others = [
    endpoint.answer(from(cae1, 'honest'), message1('cae1')),
    endpoint.answer(from(cae2, 'honest'), message1('cae2')),
  ];
  await assert.rejects(
    endpoint.answer(from(cae1, 'third'), message1('cae1')),
    refusal('TOO_MANY_PENDING', /perEndpoint/),
  );
  signing.resolve();
  await Promise.all([first, second, ...others]);
  assert.equal(asked(), 4);
});

test('places in hand are free again once the answer is given, or refused', async t => {
  const endpoint = terminatingEndpoint(t, { limits: { perEndpoint: 2, perHop: 2, perOriginator: 2 } });
  for (let i = 0; i < 4; i++) {
    const { message1: refused } = begin({ edit: hello => ({ ...hello, version: 0x0302 }) });
    await assert.rejects(endpoint.answer(from(cae1, 'hop'), refused), refusal('VERSION_UNSUPPORTED'));
    await complete(endpoint, begin(), from(cae1, 'hop'));
  }
});

for (const [what, signature] of [
  ['an ArrayBuffer', new ArrayBuffer(70)],
  ['nothing', undefined],
  ['no bytes', new Uint8Array()],
  ['more bytes than the element holds (RFC 5246 §4.7)', new Uint8Array(65_536)],
] as const)
  test(`a signer that gives ${what} is SIGNER_FAILED`, async t => {
    const { chain, signer } = credentialOf('cse-b');
    const wrong: Signer = { schemes: signer.schemes, sign: async () => signature as Uint8Array };
    const endpoint = terminatingEndpoint(t, { credential: credentials.withSigner(chain, wrong) });
    await assert.rejects(endpoint.answer(cae1, begin().message1), refusal('SIGNER_FAILED'));
  });

test('a signature that comes after the deadline finds its secrets wiped', async t => {
  const late = Promise.withResolvers<void>();
  const { credential } = watched('cae1', () => late.promise);
  const wiped: Secret[] = [];
  const { wipe } = Secret.prototype;
  t.mock.method(Secret.prototype, 'wipe', function (this: Secret) {
    if (this.bytes.length === 48) wiped.push(this);
    wipe.call(this);
  });
  const initiating = initiatingEndpoint(t, { credential, times: { procedure: 100 } });
  await assert.rejects(initiating.establish(cseB, lineToEndpoint(terminatingEndpoint(t))));
  assert.equal(wiped.length, 1);
  late.resolve();
});

test('a secret is no key any more once it is wiped: zeros are a key that everybody has', () => {
  const secret = new Secret(new Uint8Array(48).fill(7));
  assert.equal(secret.key.symmetricKeySize, 48);
  secret.wipe();
  assert.throws(() => secret.key, refusal('INTERNAL', /wiped/));
});
