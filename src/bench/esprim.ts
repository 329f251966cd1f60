// What ESPrim costs: a request and its response, each protected and opened, beside the calls of jose in it.
import { generateKeySync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { systemRandom } from '../crypto/random.ts';
import { memory, type SealedStore, sqlite } from '../endpoint/stores.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../onem2m/primitive.ts';
import { EsPrimClient } from '../protection/esprim/client.ts';
import { EsPrimHandler } from '../protection/esprim/handler.ts';
import { readInnerRequest, readInnerResponse, writeInner } from '../protection/esprim/inner.ts';
import { type EsPrimKeys, endpointKeys, provisionedKeys } from '../protection/esprim/keys.ts';
import { type Direction, makeObject, openObject, readObject } from '../protection/esprim/object.ts';
import { ReceiverRands } from '../protection/esprim/receiver-rands.ts';
import { Session } from '../protection/esprim/session.ts';
import { newOriginatorRand } from '../protection/esprim/session-terms.ts';
import { Sessions } from '../protection/esprim/sessions.ts';
import type { Contender } from './measure.ts';
import { type BenchLab, endpointsWithKey, type Procedure } from './procedures.ts';

export interface EsPrimBench {
  /** The first is jose alone. */
  readonly contenders: readonly Contender[];
  /** To be called when they were measured: closes the stores and removes their files. */
  readonly end: () => Promise<void>;
}

/** @param contentSize characters of the content, in the request and in the response */
export async function esprimBench(lab: BenchLab, contentSize: number): Promise<EsPrimBench> {
  const exchanged = createAndResponse(lab, contentSize);
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-bench-'));
  const sealWith = generateKeySync('aes', { length: 256 });
  const provisioned = keysProvisioned(exchanged);
  const inMemory = await keysOfEndpoints(lab, memory);
  const inFiles = await keysOfEndpoints(lab, end => sqlite(join(folder, `${end}.db`), { sealWith }));
  const whole = (keys: Keys) => renewed(async () => exchange(exchanged, keys));
  const contenders: readonly Contender[] = [
    {
      name: 'jose alone: CompactEncrypt and compactDecrypt, each twice, key ready',
      run: await joseAlone(exchanged, provisioned),
    },
    {
      name: 'primitives protected and opened in a session',
      run: renewed(() => inSession(exchanged, provisioned)),
    },
    { name: 'EsPrimClient and EsPrimHandler, key provisioned', run: whole(provisioned) },
    { name: 'the same, key of two Endpoints, stores in memory', run: whole(inMemory.keys) },
    { name: 'the same, key of two Endpoints, stores in SQLite', run: whole(inFiles.keys) },
  ];
  return {
    contenders: contenders.map(contender => ({ ...contender, atOnce })),
    async end() {
      await inMemory.close();
      await inFiles.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Exchanges at a time: as a CSE has them. */
const atOnce = 8;

/** In absolute form. */
interface Ends {
  readonly originator: string;
  readonly receiver: string;
}

interface Exchanged extends Ends {
  readonly request: RequestPrimitive;
  readonly response: ResponsePrimitive;
}

interface Keys {
  readonly originator: EsPrimKeys;
  readonly receiver: EsPrimKeys;
}

/** A CREATE, and a response that has what was created. */
function createAndResponse(
  { initiating: { entity: originator }, terminating: { entity: receiver } }: BenchLab,
  contentSize: number,
): Exchanged {
  const common = {
    releaseVersionIndicator: '3',
    content: { 'm2m:cin': { con: 'x'.repeat(contentSize) } },
  };
  return {
    originator,
    receiver,
    request: {
      operation: 'create',
      to: '/cse-b/-/temperature',
      from: originator,
      resourceType: 4,
      ...common,
    },
    response: { responseStatusCode: 2001, ...common },
  };
}

function keysProvisioned({ originator, receiver }: Ends): Keys {
  const master = systemRandom(32);
  return {
    originator: provisionedKeys([{ entity: receiver, master }]),
    receiver: provisionedKeys([{ entity: originator, master }]),
  };
}

async function keysOfEndpoints(
  lab: BenchLab,
  storeOf: (end: 'initiating' | 'terminating') => SealedStore,
): Promise<{ readonly keys: Keys; readonly close: () => Promise<void> }> {
  const { initiating, terminating } = await endpointsWithKey(lab, storeOf);
  return {
    keys: { originator: endpointKeys(initiating), receiver: endpointKeys(terminating) },
    async close() {
      await initiating.close();
      await terminating.close();
    },
  };
}

/** The same headers and plaintexts each time, already written: with jose nobody can spare more. */
async function joseAlone({ request, response, ...ends }: Exchanged, keys: Keys): Promise<Procedure> {
  const { originator } = await sessionOfBoth(ends, keys);
  const key = originator.cryptoKey;
  const objects = await Promise.all(
    (
      [
        ['request', request],
        ['response', response],
      ] as const
    ).map(async ([direction, primitive]) => {
      const plaintext = writeInner(primitive);
      const object = await makeObject(originator.header(direction, {}), key, plaintext, 0);
      const header = JSON.parse(Buffer.from(object.split('.')[0] ?? '', 'base64url').toString());
      return { plaintext, header };
    }),
  );
  const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
  return async () => {
    for (const { plaintext, header } of objects) {
      const object = await new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(key);
      const opened = await compactDecrypt(object, key, options);
      if (opened.plaintext.length !== plaintext.length) throw new Error('another plaintext');
    }
  };
}

/** From primitive to object and back, with all that is checked and remembered; the outer primitives are left out. */
async function inSession({ request, response, ...ends }: Exchanged, keys: Keys): Promise<Procedure> {
  const { originator, receiver } = await sessionOfBoth(ends, keys);
  const remembered = new Sessions(Date.now);
  const passed = async (direction: Direction, primitive: Buffer, from: Session, to: Session) => {
    const made = await makeObject(from.header(direction, {}), from.cryptoKey, primitive, from.next());
    const object = readObject(made, Date.now());
    return { object, plaintext: await openObject(object, to.cryptoKey) };
  };
  let requests = 0;
  return async () => {
    const requestIdentifier = `request-${++requests}`;
    const asked = await passed(
      'request',
      writeInner({ ...request, requestIdentifier }),
      originator,
      receiver,
    );
    const session = remembered.take(asked.object.header, receiver, asked.object.unique);
    remembered.takeRequest(
      session.terms.key.entity,
      readInnerRequest(asked.plaintext).requestIdentifier ?? '',
      session.expires,
    );
    const answered = await passed(
      'response',
      writeInner({ ...response, requestIdentifier }),
      receiver,
      originator,
    );
    originator.take(answered.object.unique);
    readInnerResponse(answered.plaintext);
  };
}

/** The whole way of a request and its response, but for the network. */
function exchange({ originator, receiver, request, response }: Exchanged, keys: Keys): Procedure {
  const handler = new EsPrimHandler({ id: receiver, keys: keys.receiver, dispatch: async () => response });
  const client = new EsPrimClient({
    from: originator,
    to: receiver,
    keys: keys.originator,
    sender: { send: outer => handler.answer(outer) },
  });
  return async () => {
    const { responseStatusCode } = await client.send(request);
    if (responseStatusCode !== response.responseStatusCode) throw new Error('another response');
  };
}

/** One session, as either end has it. */
async function sessionOfBoth({ originator, receiver }: Ends, keys: Keys) {
  const receiverRand = new ReceiverRands({
    encryptions: ['A256GCM'],
    lifetimes: { unique: 3_600_000, shared: 3_600_000 },
    clock: Date.now,
    random: systemRandom,
  }).unique();
  const originatorRand = newOriginatorRand(receiverRand, 'A256GCM', systemRandom);
  const terms = { protection: 'encryption', encryption: 'A256GCM', receiverRand, originatorRand } as const;
  return {
    originator: new Session({ key: await keys.originator.current(receiver), ...terms }),
    receiver: new Session({ key: await keys.receiver.current(originator), ...terms }),
  };
}

/** Runs of one exchange: a session ends, and what a receiver remembers has a bound. */
const runsOfOne = 50_000;

/** Made anew from time to time. */
function renewed(make: () => Promise<Procedure>): Procedure {
  let [current, runs] = [make(), 0];
  return async () => {
    if (++runs % runsOfOne === 0) current = make();
    await (await current)();
  };
}
