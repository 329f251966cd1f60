// No secret leaves the library but as a KeyObject: procedures that succeed and procedures that fail are run with
// secrets that the test knows, and everything that comes out of them is searched for these, in every usual form.
import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { Peers } from '../../src/certificates/trust.ts';
import { premasterSecret } from '../../src/crypto/key-exchange.ts';
import { trafficKeys } from '../../src/crypto/key-schedule.ts';
import type { Random } from '../../src/crypto/random.ts';
import { Secret } from '../../src/crypto/secrets.ts';
import { KeyRing } from '../../src/endpoint/key-ring.ts';
import { establishedReport } from '../../src/endpoint/report.ts';
import { makeSettings } from '../../src/endpoint/settings.ts';
import { memory, type SealedStore, sqlite } from '../../src/endpoint/stores.ts';
import { refuse } from '../../src/errors.ts';
import { accept, advance, initiate } from '../../src/handshake/handshake.ts';
import { makeProfile } from '../../src/handshake/profile.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { decode } from '../../src/wire/codec.ts';
import { ClientKeyExchange, handshakeHeaderSize } from '../../src/wire/messages.ts';
import { readRecords } from '../../src/wire/records.ts';
import {
  begin,
  cae1,
  credentialOf,
  cseB,
  type Interference,
  initiatingEndpoint,
  keyOf,
  lineToEndpoint,
  type Procedure,
  peer,
  terminatingEndpoint,
} from '../endpoint/lab.ts';
import { failingSigner, refusals, withFlippedEnd } from '../endpoint/refusals.ts';

/** What must not be seen, and what is looked through. */
class Search {
  readonly #secrets = new Map<string, Uint8Array>();
  readonly #draws: Uint8Array[] = [];
  readonly #texts: [string, string][] = [];
  readonly #public: Uint8Array[] = [];

  secret(name: string, bytes: Uint8Array): void {
    assert.ok(bytes.length >= 16, `${name} is too short to be told from chance`);
    this.#secrets.set(`${name} (${this.#secrets.size})`, Uint8Array.from(bytes));
  }

  /** Randomness whose draws of 32 bytes are secret unless they travel: ephemeral scalars, not the randoms. */
  random(): Random {
    return size => {
      const bytes = randomBytes(size);
      if (size === 32) this.#draws.push(Uint8Array.from(bytes));
      return bytes;
    };
  }

  /** A message that travelled. */
  travelled(message: Uint8Array): void {
    this.#public.push(Uint8Array.from(message));
    this.text('a message', latin1(message));
  }

  text(where: string, text: string): void {
    this.#texts.push([where, text]);
  }

  /** Whatever a program may print of a value. */
  value(where: string, value: unknown): void {
    const everything = { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity } as const;
    this.text(where, inspect(value, everything));
    this.text(`${where}, hidden properties`, inspect(value, { ...everything, showHidden: true }));
    this.text(`${where}, as it is`, inspect(value, { ...everything, customInspect: false }));
    this.text(`${where}, JSON`, JSON.stringify(value) ?? '');
    this.text(`${where}, text`, String(value));
  }

  error(where: string, error: unknown): void {
    for (let each = error; each instanceof Error; each = each.cause) {
      this.value(where, each);
      this.text(`${where}, message and stack`, `${each.message}\n${each.stack}`);
    }
  }

  /** Searches; gives the number of ephemeral scalars among the secrets. */
  finish(): number {
    const travelled = this.#public.map(latin1).join('\n');
    const scalars = this.#draws.filter(draw => !travelled.includes(latin1(draw)));
    for (const scalar of scalars) this.secret('an ephemeral scalar', scalar);
    for (const [where, text] of this.#texts) {
      const forms = [text, text.replaceAll(/\s/g, ''), text.toLowerCase().replaceAll(/[\s:]/g, '')];
      for (const [name, secret] of this.#secrets)
        for (const needle of needles(secret))
          if (forms.some(form => form.includes(needle))) assert.fail(`${name} is in ${where}`);
    }
    return scalars.length;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** A secret's first and last 16 bytes as they could stand in a text: raw, hex, base64, numbers. */
function needles(secret: Uint8Array): string[] {
  return [secret.subarray(0, 16), secret.subarray(-16)].flatMap((part, half) => {
    const bytes = Buffer.from(part);
    const start = half === 0 ? 0 : secret.length - 16;
    // Inside of a longer base64 text the secret may begin at any of three places.
    const shifted = [0, 1, 2].map(before =>
      Buffer.concat([Buffer.alloc(before), bytes])
        .toString('base64')
        .slice(before === 0 ? 0 : before + 1, -4),
    );
    return [
      bytes.toString('latin1'),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ...shifted,
      ...shifted.map(text => text.replaceAll('+', '-').replaceAll('/', '_')),
      [...bytes].join(','),
      [...bytes].map((byte, n) => `"${start + n}":${byte}`).join(','),
    ];
  });
}

const sealing = randomBytes(32);

/** A search that hears everything that the process writes meanwhile. */
function search(t: TestContext): Search {
  const found = new Search();
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    t.mock.method(stream, 'write', (...args: unknown[]) => {
      const [chunk] = args;
      found.text('an output of the process', typeof chunk === 'string' ? chunk : latin1(chunk as Uint8Array));
      return write(...args);
    });
  }
  found.secret('the sealing key', sealing);
  for (const name of ['cae1', 'cae2', 'cse-b', 'other-cae1', 'cae1-expired'])
    found.secret(
      `the private key of ${name}`,
      Buffer.from(keyOf(name).export({ format: 'jwk' }).d ?? '', 'base64url'),
    );
  return found;
}

function exported(found: Search, key: PairwiseE2EKey): void {
  found.secret('a pairwiseE2EKey', key.secret.export());
  found.value('a key', key);
  found.value('the report of a key', establishedReport(key));
}

/** What the secrets of a procedure are, as its initiating end-point has them. */
function keysOf(found: Search, { state }: Procedure): void {
  const { masterSecret, negotiated } = state;
  found.secret('a master secret', masterSecret.bytes);
  const { client, server } = trafficKeys(negotiated.suite, masterSecret, negotiated.randoms);
  for (const keys of [client, server])
    for (const bytes of Object.values(keys)) if (bytes.length >= 16) found.secret('a traffic key', bytes);
}

test('nothing that is printed, thrown, sent or stored in the file by a procedure that succeeds holds a secret', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-secrecy-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const found = search(t);
  const store = sqlite(join(folder, 'e2ekey.db'), { sealWith: createSecretKey(sealing) });
  const options = { random: found.random() };
  const terminating = terminatingEndpoint(t, { ...options, store, onKey: key => exported(found, key) });
  const initiating = initiatingEndpoint(t, { ...options, onKey: key => exported(found, key) });
  const readFiles = () => {
    for (const file of readdirSync(folder))
      found.text(`the file ${file}`, latin1(readFileSync(join(folder, file))));
  };

  const line = lineToEndpoint(terminating, async ({ message }, pass) => {
    found.travelled(message);
    const answer = await pass();
    found.travelled(answer.message ?? assert.fail());
    readFiles();
    found.value('an answer', answer);
    return answer;
  });
  const key = await initiating.establish(cseB, line);
  for (const delivery of line.deliveries) found.value('a delivery', delivery);

  const procedure = begin(options);
  const message2 = await terminating.answer(cae1, procedure.message1);
  const message3 = procedure.message3(message2);
  keysOf(found, procedure);
  found.value('the state of an initiating end-point', procedure.state);
  for (const message of [procedure.message1, message2, message3]) found.travelled(message);
  exported(found, procedure.finish(await terminating.answer(cae1, message3)));

  await terminating.confirm(key.id);
  for (const endpoint of [initiating, terminating]) {
    found.value('an Endpoint', endpoint);
    found.value('its keys', await endpoint.keys());
  }
  readFiles();
  found.value('a store', store);
  const [row] = await store.store.keys(cseB, { limit: 1 });
  found.value('a row of a store', row ?? assert.fail());
  const settings = makeSettings({ id: cseB, credential: credentialOf('cse-b'), peers: [peer.cae1], store });
  found.value('the settings of an Endpoint', settings);
  found.value('a key ring', new KeyRing(cseB, store));
  await terminating.close();
  readFiles();
  // One each in establish, one each in the procedure by hand.
  assert.equal(found.finish(), 4);
});

test('no turn, state or session of the pure handshake shows a secret', t => {
  const found = search(t);
  const random = found.random();
  const profiles = [
    { credential: credentialOf('cae1'), peers: new Peers([peer.cseB]) },
    { credential: credentialOf('cse-b'), peers: new Peers([peer.cae1]) },
  ].map(each => ({ ...each, profile: makeProfile({ ...each, expected: true, random }) }));
  const [initiating, terminating] = profiles as [(typeof profiles)[0], (typeof profiles)[0]];
  const time = new Date('2026-11-22T12:00:00Z');
  const shown = (turn: Turn): Turn => {
    found.value(`the turn ${turn.kind}`, turn);
    if (turn.kind !== 'done') found.value(`the state that waits for ${turn.state.waitingFor}`, turn.state);
    if (turn.kind === 'sign') found.travelled(turn.bytes);
    if (turn.kind !== 'sign' && turn.message !== undefined) found.travelled(turn.message);
    return turn;
  };
  const signed = ({ credential, profile }: (typeof profiles)[0], turn: Turn) => {
    let next = shown(turn);
    while (next.kind === 'sign') {
      const signature = credential.signer.sign(next.scheme, next.bytes) as Uint8Array;
      next = shown(advance(profile, next.state, { signature }));
    }
    return next.kind === 'send' ? next : assert.fail();
  };
  const first = signed(initiating, initiate(initiating.profile));
  const second = signed(terminating, accept(terminating.profile, first.message));
  const third = signed(
    initiating,
    advance(initiating.profile, first.state, { message: second.message, time }),
  );
  assert.ok('masterSecret' in third.state && 'scalar' in second.state);
  found.secret('the master secret', third.state.masterSecret.bytes);
  const keyExchange = readRecords(third.message)[1]?.fragment.subarray(handshakeHeaderSize) ?? assert.fail();
  const { point } = decode(ClientKeyExchange, keyExchange);
  found.secret('the premaster secret', premasterSecret(second.state, point).bytes);
  const last = shown(advance(terminating.profile, second.state, { message: third.message, time }));
  const end = shown(
    advance(initiating.profile, third.state, {
      message: (last.kind === 'done' && last.message) || assert.fail(),
      time,
    }),
  );
  for (const turn of [last, end]) {
    assert.ok(turn.kind === 'done');
    found.secret('what a session exports', turn.session.export('EXPERIMENTAL secrecy', 48));
    found.value('a session', turn.session);
    found.value('what protects its records', { session: turn.session });
    turn.session.close();
    found.value('a closed session', turn.session);
  }
  for (const { credential, profile } of profiles) {
    found.value('a profile', profile);
    found.value('a credential', credential);
  }
  assert.equal(found.finish(), 2);
});

for (const refusal of refusals)
  test(`no error holds a secret: ${refusal.code}, ${refusal.name}`, async t => {
    const found = search(t);
    const store: SealedStore = memory();
    const terminating = terminatingEndpoint(t, { random: found.random(), store, ...refusal.terminating?.() });
    const procedure = begin({ random: found.random(), ...refusal.procedure?.() });
    const from = refusal.from ?? cae1;
    found.travelled(procedure.message1);
    let refused = refusal.first?.(procedure) ?? procedure.message1;
    if (refusal.second) {
      const message2 = await terminating.answer(from, refused);
      found.travelled(message2);
      refused = refusal.second(procedure, message2);
      found.travelled(refused);
    }
    await assert.rejects(terminating.answer(from, refused), error => {
      found.error('the error of answer()', error);
      return true;
    });
    await assert.rejects(
      initiatingEndpoint(t, { random: found.random() }).establish(cseB, {
        deliver: async ({ message }) => {
          found.travelled(message);
          return { message: refused, rsc: 2000, debug: null };
        },
      }),
      error => {
        found.error('the error of establish()', error);
        return true;
      },
    );
    found.value('the Endpoint after it', terminating);
    found.finish();
  });

/** Every Secret whose bytes were used, and those of them that were wiped. */
function watchSecrets(t: TestContext): { used: Set<Secret>; wiped: Set<Secret> } {
  const used = new Set<Secret>();
  const wiped = new Set<Secret>();
  const bytes = Object.getOwnPropertyDescriptor(Secret.prototype, 'bytes')?.get ?? assert.fail();
  const { wipe } = Secret.prototype;
  t.mock.getter(Secret.prototype, 'bytes', function (this: Secret) {
    used.add(this);
    return bytes.call(this);
  });
  t.mock.method(Secret.prototype, 'wipe', function (this: Secret) {
    wiped.add(this);
    wipe.call(this);
  });
  return { used, wiped };
}

test('every secret of a procedure is wiped, where it succeeds and where it fails', async t => {
  const { used, wiped } = watchSecrets(t);
  const spoilt = (bytes: Uint8Array | null) => withFlippedEnd(bytes ?? assert.fail());
  const interferences: Interference[] = [
    (_, pass) => pass(),
    // Message 2, 3 or 4 is spoilt.
    async ({ ordinal }, pass) => {
      const answer = await pass();
      return ordinal === 1 ? { ...answer, message: spoilt(answer.message) } : answer;
    },
    ({ ordinal, message }, pass) => pass(ordinal === 3 ? spoilt(message) : message),
    async ({ ordinal }, pass) => {
      const answer = await pass();
      return ordinal === 3 ? { ...answer, message: spoilt(answer.message) } : answer;
    },
    async () => refuse('CARRIER_FAILED', 'nobody is there'),
  ];
  for (const interfere of interferences)
    for (const credential of [credentialOf('cse-b'), failingSigner()])
      for (const own of [credentialOf('cae1'), { ...credentialOf('cae1'), signer: failingSigner().signer }]) {
        const line = lineToEndpoint(terminatingEndpoint(t, { credential }), interfere);
        await initiatingEndpoint(t, { credential: own })
          .establish(cseB, line)
          .catch(() => undefined);
      }
  assert.ok(used.size > 20);
  assert.deepEqual([...used].filter(secret => !wiped.has(secret)).length, 0);
});

test('the search finds a secret in every form that it looks for', () => {
  const secret = randomBytes(48);
  const forms: readonly [string, string][] = [
    ['raw', `a ${latin1(secret)} b`],
    ['hex', secret.toString('hex')],
    ['upper-case hex', secret.toString('hex').toUpperCase()],
    ['a part in hex', secret.subarray(0, 20).toString('hex')],
    ['the end in hex', secret.subarray(-16).toString('hex')],
    ...[0, 1, 2].flatMap((before): [string, string][] => [
      [`base64 after ${before}`, Buffer.concat([randomBytes(before), secret]).toString('base64')],
      [`base64url after ${before}`, Buffer.concat([randomBytes(before), secret]).toString('base64url')],
    ]),
    ['Buffer', inspect(secret)],
    ['Uint8Array', inspect(Uint8Array.from(secret))],
    ['JSON of a Buffer', JSON.stringify({ secret })],
    ['JSON of a Uint8Array', JSON.stringify({ secret: Uint8Array.from(secret) })],
  ];
  for (const [name, text] of forms) {
    const found = new Search();
    found.secret('the secret', secret);
    found.text(name, text);
    assert.throws(() => found.finish(), /the secret/, name);
  }
  const hidden = new Search();
  hidden.secret('the secret', secret);
  hidden.value('a Secret', { secret: new Secret(secret), key: createSecretKey(secret) });
  hidden.value('a public key', createPublicKey(keyOf('cae1')));
  hidden.finish();
});
