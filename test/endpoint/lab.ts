// End-points of the lab PKI (certs/) with a clock and randomness of their own, the messages of an initiating
// end-point one by one, and a carrier within the process. Knows no test.
import { createHash, createPrivateKey, generateKeySync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type PeerEntry, Peers } from '../../src/certificates/trust.ts';
import type { Random } from '../../src/crypto/random.ts';
import type { Answer, Carrier, Delivery, Origin } from '../../src/endpoint/carrier.ts';
import { credentials, type EndpointCredential, trust } from '../../src/endpoint/credentials.ts';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import type { EndpointOptions } from '../../src/endpoint/settings.ts';
import { memory, type SealedStore, sqlite } from '../../src/endpoint/stores.ts';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';
import { advance, initiate } from '../../src/handshake/handshake.ts';
import { makeProfile, type ProfileOptions } from '../../src/handshake/profile.ts';
import type { WaitingForMessage2, WaitingForMessage4 } from '../../src/handshake/state.ts';
import type { Turn } from '../../src/handshake/turn.ts';
import { exportPairwiseE2EKey, type PairwiseE2EKey } from '../../src/keys/pairwise-e2e-key.ts';
import { decode } from '../../src/wire/codec.ts';
import { ClientHello, encodeMessage, handshakeHeaderSize, message } from '../../src/wire/messages.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { encodeRecords } from '../../src/wire/records.ts';

export const cae1 = '//m2m.example.com/cse-a/Cae1';
export const cae2 = '//m2m.example.com/cse-a/Cae2';
export const cseB = '//m2m.example.com/cse-b';

/** The text of a file in certs/. */
export function certs(name: string): string {
  return readFileSync(new URL(`../../certs/${name}`, import.meta.url), 'utf8');
}

export const keyOf = (name: string): KeyObject => createPrivateKey(certs(`${name}.key`));

const root = trust.anchors(certs('root.pem'));
export const peer = {
  cae1: { entity: cae1, flavour: 'ae-id', trust: root },
  cae2: { entity: cae2, flavour: 'ae-id', trust: root },
  cseB: { entity: cseB, flavour: 'cse-id', identifier: 'cse-b.m2m.example.com', trust: root },
  everyAe: { entity: null, flavour: 'ae-id', trust: root },
} as const satisfies Record<string, PeerEntry>;

/** The chain and key of certs/NAME.pem and .key, signing at once. */
export function credentialOf(name: string): EndpointCredential {
  return credentials.fromPem(certs(`${name}.pem`), certs(`${name}.key`));
}

export interface WatchedSigner {
  readonly credential: EndpointCredential;
  /** How many signatures were asked for. */
  readonly asked: () => number;
}

/** A credential whose signatures wait for `before`, and are counted. */
export function watched(name: string, before?: () => Promise<unknown>): WatchedSigner {
  const { chain, signer } = credentialOf(name);
  let asked = 0;
  return {
    credential: credentials.withSigner(chain, {
      schemes: signer.schemes,
      sign(scheme, bytes) {
        asked += 1;
        return before === undefined
          ? signer.sign(scheme, bytes)
          : before().then(() => signer.sign(scheme, bytes));
      },
    }),
    asked: () => asked,
  };
}

export const signers: Readonly<Record<string, (name: string) => EndpointCredential>> = {
  'signing at once': credentialOf,
  'signing later': name => watched(name, () => new Promise(resolve => setImmediate(resolve))).credential,
};

/** Opens the same store again and again: from another process, so to speak, or after a restart. */
export type OpenStore = () => SealedStore;

export const stores: Readonly<Record<string, (t: TestContext) => OpenStore>> = {
  memory() {
    const { store, sealer } = memory();
    // What closes one of its openings leaves the others open.
    const shared = new Proxy(store, {
      get: (target, name) =>
        name === 'close' ? async () => undefined : (Reflect.get(target, name) as () => unknown).bind(target),
    });
    return () => ({ store: shared, sealer });
  },
  SQLite(t) {
    const folder = mkdtempSync(join(tmpdir(), 'e2ekey-endpoint-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const sealWith = generateKeySync('aes', { length: 256 });
    return () => sqlite(join(folder, 'e2ekey.db'), { sealWith });
  },
};

export interface Clock {
  (): Date;
  /** Milliseconds. */
  advance(time: number): void;
}

export function fixedClock(start = '2026-11-22T12:00:00Z'): Clock {
  let now = Date.parse(start);
  return Object.assign(() => new Date(now), {
    advance(time: number) {
      now += time;
    },
  });
}

/** The same bytes for the same seed. */
export function seeded(seed: string): Random {
  let counter = 0;
  return size => {
    const blocks: Buffer[] = [];
    for (let left = size; left > 0; left -= 32)
      blocks.push(createHash('sha256').update(`${seed} ${counter++}`).digest());
    return Buffer.concat(blocks).subarray(0, size);
  };
}

export type LabOptions = Partial<EndpointOptions>;

/** The AE of certs/cae1, which knows cse-b. */
export function initiatingEndpoint(t: TestContext, options: LabOptions = {}): Endpoint {
  return open(t, {
    id: cae1,
    credential: credentialOf('cae1'),
    peers: [peer.cseB],
    clock: fixedClock(),
    random: seeded(`initiating ${t.name}`),
    ...options,
    times: { retransmission: 1, ...options.times },
  });
}

/** The CSE of certs/cse-b, which knows Cae1. */
export function terminatingEndpoint(t: TestContext, options: LabOptions = {}): Endpoint {
  return open(t, {
    id: cseB,
    credential: credentialOf('cse-b'),
    peers: [peer.cae1],
    clock: fixedClock(),
    random: seeded(`terminating ${t.name}`),
    ...options,
  });
}

function open(t: TestContext, options: EndpointOptions): Endpoint {
  const endpoint = new Endpoint(options);
  t.after(() => endpoint.close());
  return endpoint;
}

/** What a test does with a delivery instead of passing it on; `pass` does that. */
export type Interference = (
  delivery: Delivery,
  pass: (message?: Uint8Array) => Promise<Answer>,
) => Promise<Answer>;

export interface Line extends Carrier {
  /** Everything that was handed over, in its order. */
  readonly deliveries: readonly Delivery[];
}

/** Carries messages to an end-point in this process, and its refusals back as a NOTIFY response would. */
export function lineTo(
  { answer }: { answer(origin: Origin, message: Uint8Array): Promise<Uint8Array> },
  interfere: Interference = (_, pass) => pass(),
): Line {
  const deliveries: Delivery[] = [];
  return {
    deliveries,
    deliver(delivery) {
      deliveries.push(delivery);
      const { from, procedure } = delivery;
      const pass = (message = delivery.message) =>
        answered(answer({ hop: 'lab', claimed: from, procedure }, message));
      return interfere(delivery, pass);
    },
  };
}

/** A line to an Endpoint. */
export function lineToEndpoint(endpoint: Endpoint, interfere?: Interference): Line {
  return lineTo({ answer: (origin, message) => endpoint.answer(origin, message) }, interfere);
}

async function answered(answer: Promise<Uint8Array>): Promise<Answer> {
  try {
    return { message: await answer, rsc: 2000, debug: null };
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
    if (error.code === 'ALERT_RECEIVED') return { message: null, rsc: 2000, debug: null };
    const debug = `${error.code}: ${error.message}`.slice(0, 512);
    return { message: error.notice.record, rsc: error.rsc, debug };
  }
}

/** An initiating end-point's procedure, message by message; its carrier is the test. */
export interface Procedure {
  readonly message1: Uint8Array;
  message3(message2: Uint8Array): Uint8Array;
  /** What it waits with for message 4. */
  readonly state: WaitingForMessage4;
  finish(message4: Uint8Array): PairwiseE2EKey;
}

export interface ProcedureOptions extends Partial<Omit<ProfileOptions, 'credentials'>> {
  readonly credential?: EndpointCredential;
  /** In the place of the credential. */
  readonly presharedKey?: KeyObject;
  /** Changes ClientHello before it is sent; the procedure goes on with what was sent. */
  readonly edit?: (hello: ClientHello) => ClientHello;
}

let procedures = 0;

/** Begins a procedure as Cae1 with cse-b, or as the options say. */
export function begin(options: ProcedureOptions = {}): Procedure {
  const { credential = credentialOf('cae1'), presharedKey, edit = hello => hello, ...others } = options;
  const profile = makeProfile({
    peers: new Peers([peer.cseB]),
    expected: true,
    random: seeded(`procedure ${++procedures}`),
    ...others,
    credentials: presharedKey ? [] : [credential],
  });
  const time = new Date('2026-11-22T12:00:00Z');
  const send = (turn: Turn) => {
    let next = turn;
    while (next.kind === 'sign' || next.kind === 'need') {
      if (next.kind === 'need') next = advance(profile, next.state, { presharedKey: presharedKey ?? null });
      else {
        const signature = credential.signer.sign(next.scheme, next.bytes);
        if (signature instanceof Promise) throw new TypeError('a procedure of the lab signs at once');
        next = advance(profile, next.state, { signature });
      }
    }
    if (next.kind !== 'send') throw new TypeError('a message was due');
    return next;
  };
  const offered = send(initiate(profile)).state;
  const hello = edit(
    decode(ClientHello, (offered as WaitingForMessage2).transcript.subarray(handshakeHeaderSize)),
  );
  const transcript = encodeMessage(message.clientHello, hello);
  const message1 = Buffer.concat(encodeRecords(contentType.handshake, tls12, transcript));
  let third: ReturnType<typeof send> | undefined;
  const waiting = () => {
    if (third?.state.waitingFor !== 'message 4') throw new TypeError('message 3 was not made yet');
    return third.state;
  };
  return {
    message1,
    message3(message2) {
      third = send(advance(profile, { waitingFor: 'message 2', transcript }, { message: message2, time }));
      return third.message;
    },
    get state() {
      return waiting();
    },
    finish(message4) {
      const last = advance(profile, waiting(), { message: message4, time });
      if (last.kind !== 'done') throw new TypeError('message 4 was to end the procedure');
      return exportPairwiseE2EKey(last.session, { now: time, lifetime: 3_600_000, confirmation: 60_000 });
    },
  };
}

/** A ClientHello without the extension of this type. */
export function without(type: number): (hello: ClientHello) => ClientHello {
  return hello => ({ ...hello, extensions: hello.extensions.filter(extension => extension.type !== type) });
}

/** The whole message-by-message procedure with an Endpoint. */
export async function complete(
  endpoint: Endpoint,
  procedure: Procedure = begin(),
  from: string | Origin = cae1,
): Promise<PairwiseE2EKey> {
  const message2 = await endpoint.answer(from, procedure.message1);
  return procedure.finish(await endpoint.answer(from, procedure.message3(message2)));
}

/** For assert.rejects and assert.throws: an E2EKeyError with this code, and with these words in its message. */
export function refusal(code: FaultCode, words = /./): (error: unknown) => boolean {
  return error => {
    if (!(error instanceof E2EKeyError)) throw error;
    if (error.code !== code || !words.test(error.message))
      throw new Error(`expected ${code} ${words}, got ${error.code}: ${error.message}`, { cause: error });
    return true;
  };
}

/** The one key that an end-point has, neither revoked nor expired. */
export async function onlyKey(endpoint: Endpoint): Promise<PairwiseE2EKey> {
  const [key, ...others] = await endpoint.keys();
  if (key === undefined || others.length > 0) throw new Error(`${others.length + (key ? 1 : 0)} keys`);
  const { secret } = key;
  if (secret === null) throw new Error(`the only key is ${key.state}`);
  return { ...key, secret };
}
