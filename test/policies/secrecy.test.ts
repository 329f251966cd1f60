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
import { agree } from '../../src/crypto/key-exchange.ts';
import { trafficKeys } from '../../src/crypto/key-schedule.ts';
import type { Random } from '../../src/crypto/random.ts';
import { Secret } from '../../src/crypto/secrets.ts';
import { KeyRing } from '../../src/endpoint/key-ring.ts';
import { establishedReport } from '../../src/endpoint/report.ts';
import { makeSettings } from '../../src/endpoint/settings.ts';
import { memory, type SealedStore, sqlite } from '../../src/endpoint/stores.ts';
import { supply } from '../../src/endpoint/supplying.ts';
import { refuse } from '../../src/errors.ts';
import { accept, advance, initiate } from '../../src/handshake/handshake.ts';
import { makeProfile } from '../../src/handshake/profile.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import type { PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { message } from '../../src/wire/messages.ts';
import { refusalsByKind } from '../endpoint/key-refusals.ts';
import { beginWith, type Kind, kinds, pskIdentity } from '../endpoint/kinds.ts';
import {
  cae1,
  cseB,
  type Interference,
  initiatingEndpoint,
  keyOf,
  type LabOptions,
  lineToEndpoint,
  type Procedure,
  terminatingEndpoint,
} from '../endpoint/lab.ts';
import { withFlippedEnd } from '../endpoint/refusals.ts';
import { find, messagesOf } from '../handshake/flights.ts';

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
const presharedSecret = randomBytes(32);

/** The kinds of the lab, their pre-shared key replaced by one that no text resembles. */
const known = kinds.map(withSecret);

function withSecret(kind: Kind): Kind {
  if (kind.by !== 'psk') return kind;
  const key = createSecretKey(presharedSecret);
  const presharedKey = (identity: string) => (identity === pskIdentity ? key : null);
  return {
    ...kind,
    initiating: { ...kind.initiating, presharedKey },
    terminating: { ...kind.terminating, presharedKey },
    procedure: { ...kind.procedure, presharedKey: key },
  };
}

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
  found.secret('the pre-shared key', presharedSecret);
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

for (const kind of known)
  test(`nothing that is printed, thrown, sent or stored in the file by a procedure that succeeds holds a secret: ${kind.name}`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'e2ekey-secrecy-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const found = search(t);
    const store = sqlite(join(folder, 'e2ekey.db'), { sealWith: createSecretKey(sealing) });
    const options = { random: found.random() };
    const terminating = terminatingEndpoint(t, {
      ...kind.terminating,
      ...options,
      store,
      onKey: key => exported(found, key),
    });
    const initiating = initiatingEndpoint(t, {
      ...kind.initiating,
      ...options,
      onKey: key => exported(found, key),
    });
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

    const procedure = beginWith(kind, options);
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
    const settings = makeSettings({ id: cseB, peers: [kind.cae1], ...kind.terminating, store });
    found.value('the settings of an Endpoint', settings);
    found.value('a key ring', new KeyRing(cseB, store));
    await terminating.close();
    readFiles();
    // One each in establish, one each in the procedure by hand.
    assert.equal(found.finish(), key.forwardSecrecy ? 4 : 0);
  });

for (const kind of known)
  test(`no turn, state or session of the pure handshake shows a secret: ${kind.name}`, async t => {
    const found = search(t);
    const random = found.random();
    const endOf = ({ credential = [], peers = [], suites, presharedKey = () => null }: LabOptions) => {
      const own = 'signer' in credential ? [credential] : credential;
      const profile = makeProfile({
        credentials: own,
        peers: new Peers(peers),
        expected: true,
        random,
        ...(suites && { suites }),
      });
      return { profile, supplies: { credentials: own, presharedKey } };
    };
    const [initiating, terminating] = [endOf(kind.initiating), endOf(kind.terminating)];
    const time = new Date('2026-11-22T12:00:00Z');
    const shown = (turn: Turn): Turn => {
      found.value(`the turn ${turn.kind}`, turn);
      if ('state' in turn) found.value(`the state that waits for ${turn.state.waitingFor}`, turn.state);
      if (turn.kind === 'sign') found.travelled(turn.bytes);
      if ('message' in turn && turn.message !== undefined) found.travelled(turn.message);
      return turn;
    };
    const supplied = async ({ profile, supplies }: ReturnType<typeof endOf>, turn: Turn) =>
      shown(await supply(shown(turn), profile, supplies));
    const sent = (turn: Turn) => (turn.kind === 'send' ? turn : assert.fail(`the turn is ${turn.kind}`));
    const done = (turn: Turn) => (turn.kind === 'done' ? turn : assert.fail(`the turn is ${turn.kind}`));

    const first = sent(await supplied(initiating, initiate(initiating.profile)));
    const second = sent(await supplied(terminating, accept(terminating.profile, first.message)));
    const read2 = advance(initiating.profile, first.state, { message: second.message, time });
    const third = sent(await supplied(initiating, read2));
    assert.ok('masterSecret' in third.state && 'ephemeral' in second.state);
    found.secret('the master secret', third.state.masterSecret.bytes);
    const { ephemeral } = second.state;
    if (ephemeral) {
      const point = ephemeralPointIn(third.message, kind);
      found.secret('what the ephemeral keys agree on', agree(ephemeral, point).bytes);
    }
    const read3 = advance(terminating.profile, second.state, { message: third.message, time });
    const last = done(await supplied(terminating, read3));
    const message4 = last.message ?? assert.fail();
    const end = done(shown(advance(initiating.profile, third.state, { message: message4, time })));
    for (const { session } of [last, end]) {
      found.secret('what a session exports', session.export('EXPERIMENTAL secrecy', 48));
      found.value('a session', session);
      found.value('what protects its records', { session });
      session.close();
      found.value('a closed session', session);
    }
    for (const { profile, supplies } of [initiating, terminating]) {
      found.value('a profile', profile);
      found.value('what a handshake is supplied with', supplies);
    }
    assert.equal(found.finish(), ephemeral ? 2 : 0);
  });

/** What ClientKeyExchange holds, whatever goes before it. */
function ephemeralPointIn(message3: Uint8Array, { by }: Kind): Uint8Array {
  const messages = messagesOf(message3);
  return by === 'psk'
    ? find(messages, message.ecdhePskClientKeyExchange).point
    : find(messages, message.clientKeyExchange).point;
}

for (const [refusedKind, rows] of refusalsByKind)
  for (const refusal of rows)
    test(`no error holds a secret: ${refusedKind.name}, ${refusal.code}, ${refusal.name}`, async t => {
      const kind = withSecret(refusedKind);
      const found = search(t);
      const store: SealedStore = memory();
      const terminating = terminatingEndpoint(t, {
        ...kind.terminating,
        random: found.random(),
        store,
        ...refusal.terminating?.(),
      });
      const procedure = beginWith(kind, { random: found.random(), ...refusal.procedure?.() });
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
        initiatingEndpoint(t, { ...kind.initiating, random: found.random() }).establish(cseB, {
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

for (const kind of known)
  test(`every secret of a procedure is wiped, where it succeeds and where it fails: ${kind.name}`, async t => {
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
      for (const ofTerminating of [kind.terminating, failing(kind.terminating)])
        for (const ofInitiating of [kind.initiating, failing(kind.initiating)]) {
          const line = lineToEndpoint(terminatingEndpoint(t, ofTerminating), interfere);
          await initiatingEndpoint(t, ofInitiating)
            .establish(cseB, line)
            .catch(() => undefined);
        }
    assert.ok(used.size > 10);
    assert.deepEqual([...used].filter(secret => !wiped.has(secret)).length, 0);
  });

/** The same end-point, whose signer or key store fails when it is asked. */
function failing(options: LabOptions): LabOptions {
  const { credential = [] } = options;
  const fail = (): never => {
    throw new Error('the token was pulled out');
  };
  if ('signer' in credential)
    return { ...options, credential: { ...credential, signer: { ...credential.signer, sign: fail } } };
  return { ...options, presharedKey: fail };
}

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
