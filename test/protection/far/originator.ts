// The AE that asks, as a program: makes the key, sends what it is told to, and keeps protected contents in a container.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Endpoint } from '../../../src/endpoint/endpoint.ts';
import { E2EKeyError } from '../../../src/errors.ts';
import { e2eKeyCseOf } from '../../../src/onem2m/address.ts';
import { ContainerCarrier } from '../../../src/onem2m/containers/carrier.ts';
import { notificationListener } from '../../../src/onem2m/containers/listener.ts';
import type { Receive } from '../../../src/onem2m/containers/options.ts';
import { httpSender } from '../../../src/onem2m/http-sender.ts';
import type { Sender } from '../../../src/onem2m/sender.ts';
import {
  type ProtectedContent,
  protectContentInstance,
} from '../../../src/protection/esdata/content-instance.ts';
import {
  type ContentCredentials,
  contentCredentials,
  type DataCredential,
} from '../../../src/protection/esdata/content-keys.ts';
import { EsPrimClient } from '../../../src/protection/esprim/client.ts';
import { endpointKeys } from '../../../src/protection/esprim/keys.ts';
import { cae1, credentialOf, peer } from '../../endpoint/lab.ts';
import { dataKeysOf } from './data-keys.ts';
import { contentOf, type Exchange, exchangeOf } from './plaintexts.ts';
import { obey } from './processes.ts';
import { registered } from './registered.ts';
import { pollInterval, readings, type Way } from './ways.ts';

const endpoint = new Endpoint({
  id: cae1,
  credential: credentialOf('cae1'),
  peers: [peer.cae2, peer.cseB],
});

/** How an exchange ended: with the right response, with another one, or with the code of an error. */
export interface Outcome {
  readonly ordinal: number;
  readonly outcome: 'genuine' | 'wrong' | (string & {});
}

export interface Sending {
  readonly seed: string;
  readonly first: number;
  readonly count: number;
  readonly atOnce: number;
  /** In an ESPrim session of its own, in the one session of all, or not protected at all. */
  readonly session: 'own' | 'common' | 'none';
  /** Milliseconds that each answer is waited for. */
  readonly patience: number;
}

/** Which key of the data keys it is, or none. */
export type Level = ContentCredentials['level'] | 'none';

export interface Keeping extends Omit<Sending, 'session' | 'patience'> {
  readonly level: Level;
}

let way: { readonly sender: Sender; readonly to: string; close(): Promise<void> } | null = null;
let client: EsPrimClient | null = null;
let source: DataCredential | null = null;
let container: Awaited<ReturnType<typeof makeContainer>> | null = null;

const commands = {
  /** Over containers; gives the pairwiseE2EKeyID, and the key for a search that must not find it. */
  async establish({ cse, to }: { cse: string; to: string }): Promise<{ id: string; secret: Uint8Array }> {
    await using carrier = new ContainerCarrier(httpSender(cse), { pollInterval });
    const key = await endpoint.establish(to, carrier);
    source = dataKeysOf(key);
    return { id: key.id, secret: key.secret.export() };
  },

  async open({ name, cse, to }: { name: Way; cse: string; to: string }): Promise<void> {
    way = { to, ...(await openWay(name, cse)) };
    client = null;
  },

  async close(): Promise<void> {
    await way?.close();
    way = null;
  },

  /** Gives how each ended, and the milliseconds for all of them. */
  async send(sending: Sending): Promise<{ outcomes: Outcome[]; time: number }> {
    const began = performance.now();
    const outcomes = await inParallel(sending, ordinal => outcomeOf(ordinal, sending));
    return { outcomes, time: performance.now() - began };
  },

  async keep({ cse }: { cse: string }): Promise<void> {
    container = await makeContainer(httpSender(cse));
  },

  /** Creates contents in the container. */
  async create(keeping: Keeping): Promise<void> {
    const protect = protectingContents(keeping.level);
    await inParallel(keeping, async ordinal => {
      await container?.create(await protect(contentOf(keeping.seed, ordinal)));
    });
  },

  async remove(): Promise<void> {
    await container?.remove();
  },
} as const;

export type OriginatorCommands = typeof commands;

obey(commands);

async function openWay(name: Way, cse: string): Promise<{ sender: Sender; close(): Promise<void> }> {
  const sender = httpSender(cse);
  const nothing = async () => undefined;
  switch (name) {
    case 'notify':
      return { sender, close: nothing };
    case 'e2ekeycse':
      return {
        // ESPrim's own addressees are <CSEBase> and <AE> (TS-0001 11.4.2).
        sender: {
          send: (request, signal) => sender.send({ ...request, to: e2eKeyCseOf(request.to) }, signal),
        },
        close: nothing,
      };
    case 'containers-polling':
      return throughContainers(sender, 'polling');
    case 'containers-polling-channel':
      return throughContainers(sender, 'polling channel');
    case 'containers-notification': {
      const point = await notificationListener({ host: '127.0.0.1', port: 0 }, request =>
        open.sender.notified(request),
      );
      const open = throughContainers(sender, { pointOfAccess: point.url });
      return {
        sender: open.sender,
        async close() {
          await open.close();
          await point.close();
        },
      };
    }
  }
}

function throughContainers(sender: Sender, receive: Receive) {
  const carrier = new ContainerCarrier(sender, { pollInterval, receive });
  return { sender: carrier, close: () => carrier.close() };
}

/** Resolves with the content of the response. */
async function sendPlain({ request }: Exchange, signal: AbortSignal): Promise<unknown> {
  const { sender, to } = opened();
  const outer = {
    operation: 'notify',
    to,
    from: cae1,
    requestIdentifier: randomUUID(),
    releaseVersionIndicator: '3',
    content: { plain: request },
  } as const;
  return (await sender.send(outer, signal)).content;
}

/** As `sendPlain`. */
async function sendProtected(
  { request }: Exchange,
  signal: AbortSignal,
  session: 'own' | 'common',
): Promise<unknown> {
  const newClient = () => new EsPrimClient({ from: cae1, keys: endpointKeys(endpoint), ...opened() });
  if (session === 'common') client ??= newClient();
  const chosen = session === 'common' && client !== null ? client : newClient();
  return (await chosen.send(request, { signal })).content;
}

async function outcomeOf(ordinal: number, { seed, session, patience }: Sending): Promise<Outcome> {
  const exchange = exchangeOf(seed, ordinal);
  const signal = AbortSignal.timeout(patience);
  try {
    const content = await (session === 'none'
      ? sendPlain(exchange, signal)
      : sendProtected(exchange, signal, session));
    return { ordinal, outcome: isDeepStrictEqual(content, exchange.answer) ? 'genuine' : 'wrong' };
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
    return { ordinal, outcome: error.code };
  }
}

function opened() {
  if (way === null) throw new Error('no way is open');
  return way;
}

async function makeContainer(sender: Sender) {
  const ae = await registered(sender, 'Ckeeper', {});
  const all = { acr: [{ acor: ['all'], acop: 63 }] };
  const { ri } = await ae.create(ae.address, 1, { 'm2m:acp': { rn: 'acp', pv: all, pvs: all } });
  await ae.create(ae.address, 3, { 'm2m:cnt': { rn: readings, acpi: [ri] } });
  return {
    create: (attributes: object) => ae.create(`${ae.address}/${readings}`, 4, { 'm2m:cin': attributes }),
    remove: () => ae.remove(),
  };
}

function protectingContents(level: Level): (content: string) => Promise<ProtectedContent> {
  if (level === 'none') return async con => ({ cnf: 'text/plain:0', con });
  if (source === null) throw new Error('there is no key yet');
  const data = source;
  const forContainer = contentCredentials(data, { level: 'container', container: readings });
  return content =>
    protectContentInstance(
      { mediaType: 'text/plain', content },
      { container: readings },
      {
        contentCredentials:
          level === 'container' ? forContainer : contentCredentials(data, { level, container: readings }),
      },
    );
}

async function inParallel<T>(
  { first, count, atOnce }: Pick<Sending, 'first' | 'count' | 'atOnce'>,
  work: (ordinal: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = first;
  const worker = async () => {
    for (let ordinal = next++; ordinal < first + count; ordinal = next++) results.push(await work(ordinal));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
