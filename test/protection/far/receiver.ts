// The end-point that answers, as a program: dispatches inner primitives and remembers them, and reads the contents that
// the other one keeps.
import { isDeepStrictEqual } from 'node:util';
import { Endpoint } from '../../../src/endpoint/endpoint.ts';
import { E2EKeyError } from '../../../src/errors.ts';
import { notificationListener } from '../../../src/onem2m/containers/listener.ts';
import type { Receive } from '../../../src/onem2m/containers/options.ts';
import { ContainerReceiver } from '../../../src/onem2m/containers/receiver.ts';
import { httpSender } from '../../../src/onem2m/http-sender.ts';
import { type RequestPrimitive, type ResponsePrimitive, respond } from '../../../src/onem2m/primitive.ts';
import { type RequestHandler, requestHandler } from '../../../src/onem2m/request-handler.ts';
import { longRequest } from '../../../src/onem2m/short-names.ts';
import {
  openContentInstance,
  type ProtectedContent,
} from '../../../src/protection/esdata/content-instance.ts';
import type { DataCredential } from '../../../src/protection/esdata/content-keys.ts';
import { EsPrimHandler } from '../../../src/protection/esprim/handler.ts';
import { endpointKeys } from '../../../src/protection/esprim/keys.ts';
import { cae1, cae2, credentialOf, peer } from '../../endpoint/lab.ts';
import { dataKeysOf } from './data-keys.ts';
import { contentOf, exchangeOf, ordinalIn } from './plaintexts.ts';
import { obey } from './processes.ts';
import { type RegisteredAe, registered } from './registered.ts';
import { type DataWay, pollInterval, readings, type Way } from './ways.ts';

const [id = cae2, seed = ''] = process.argv.slice(2);
let source: DataCredential | null = null;
const endpoint = new Endpoint({
  id,
  credential: credentialOf(id === cae2 ? 'cae2' : 'cse-b'),
  peers: [peer.cae1],
  onKey: key => {
    source = dataKeysOf(key);
  },
});

/** What reached the application, since it was last asked. */
export interface Reached {
  /** Of the inner primitives, or contents, that are as they were made; sorted, each as often as it came. */
  readonly ordinals: number[];
  /** What was not. */
  readonly strange: string[];
}

let reached: Reached = { ordinals: [], strange: [] };

const esprim = new EsPrimHandler({
  id,
  keys: endpointKeys(endpoint),
  dispatch: async (request, originator) => {
    const ordinal = ordinalIn(request);
    const expected = { ...exchangeOf(seed, ordinal).request, from: cae1 };
    if (isDeepStrictEqual(request, expected) && originator.entity === cae1) reached.ordinals.push(ordinal);
    else reached.strange.push(JSON.stringify({ request, originator }));
    return { responseStatusCode: 2001, content: exchangeOf(seed, ordinal).answer };
  },
});
const protectedOnly = requestHandler({ endpoint, targets: [id], esprim });
/** What is not protected is for the comparison. */
const handler: RequestHandler = {
  takes: request => protectedOnly.takes(request),
  async answer(request, origin, onFault) {
    const { plain } = (request.content ?? {}) as { plain?: { to: string } };
    return plain === undefined
      ? protectedOnly.answer(request, origin, onFault)
      : respond(request, 2000, exchangeOf(seed, ordinalIn(plain)).answer);
  },
};

let closing: (() => Promise<void>)[] = [];
let watching: Watching | null = null;

const commands = {
  /** Listens for NOTIFYs; gives the URL. */
  async listen(): Promise<string> {
    const server = await notificationListener({ host: '127.0.0.1', port: 0 }, request =>
      handler.answer(request, { hop: 'lab' }),
    );
    return server.url;
  },

  async open({ name, cse }: { name: Way; cse: string }): Promise<void> {
    if (name === 'containers-polling') await openInbox(cse, 'polling');
    if (name === 'containers-polling-channel') await openInbox(cse, 'polling channel');
    if (name !== 'containers-notification') return;
    const point = await notificationListener({ host: '127.0.0.1', port: 0 }, request =>
      receiver.notified(request),
    );
    const receiver = await openInbox(cse, { pointOfAccess: point.url });
    closing.push(() => point.close());
  },

  async close(): Promise<void> {
    for (const close of closing) await close();
    closing = [];
  },

  async reached(): Promise<Reached> {
    const now = reached;
    reached = { ordinals: [], strange: [] };
    return { ...now, ordinals: now.ordinals.toSorted((a, b) => a - b) };
  },

  /** Gives the Response Status Codes. */
  async deliver(requests: readonly RequestPrimitive[]): Promise<number[]> {
    const codes: number[] = [];
    for (const request of requests)
      codes.push((await handler.answer(request, { hop: 'lab' })).responseStatusCode);
    return codes;
  },

  /** Reads what comes into the container from now on. */
  async watch({ name, cse, container }: { name: DataWay; cse: string; container: string }): Promise<void> {
    watching = await watch(name, cse, container);
  },

  async unwatch(): Promise<void> {
    await watching?.close();
    watching = null;
  },

  /** Gives the code of each refusal, null for what opens. */
  async openContents(contents: readonly ProtectedContent[]): Promise<(string | null)[]> {
    const codes: (string | null)[] = [];
    for (const content of contents)
      try {
        await openContent(content);
        codes.push(null);
      } catch (error) {
        if (!(error instanceof E2EKeyError)) throw error;
        codes.push(error.code);
      }
    return codes;
  },
} as const;

export type ReceiverCommands = typeof commands;

obey(commands);

async function openInbox(cse: string, receive: Receive): Promise<ContainerReceiver> {
  const receiver = new ContainerReceiver(httpSender(cse), handler, { id, receive, pollInterval });
  await receiver.open();
  closing.push(() => receiver.close());
  return receiver;
}

async function openContent(content: ProtectedContent): Promise<string> {
  const opened = await openContentInstance(content, {
    dataKeys: source === null ? [] : [source],
    container: readings,
  });
  return Buffer.from(opened.content).toString();
}

/** Contents that are not protected are for the comparison. */
async function take(attributes: ProtectedContent): Promise<void> {
  const { cnf, con } = attributes;
  try {
    const text = cnf === 'text/plain:0' ? con : await openContent({ cnf, con });
    const ordinal = ordinalIn({ to: text });
    if (text === contentOf(seed, ordinal)) reached.ordinals.push(ordinal);
    else reached.strange.push(text);
  } catch (error) {
    reached.strange.push(String(error));
  }
}

interface Watching {
  close(): Promise<void>;
}

async function watch(name: DataWay, cse: string, container: string): Promise<Watching> {
  const sender = httpSender(cse);
  const stopped = new AbortController();
  if (name === 'retrieve') {
    const ae = await registered(sender, 'Creader', {});
    const loop = repeat(stopped.signal, () => takeOldest(ae, container));
    return ending(ae, stopped, [loop]);
  }
  if (name === 'notification') {
    const point = await notificationListener({ host: '127.0.0.1', port: 0 }, notified);
    const ae = await registered(sender, 'Creader', { poa: [point.url] });
    await subscribe(ae, container);
    const { close } = ending(ae, stopped, []);
    return {
      async close() {
        await close();
        await point.close();
      },
    };
  }
  const ae = await registered(sender, 'Creader', {});
  await ae.create(ae.address, 15, { 'm2m:pch': { rn: 'pch' } });
  await subscribe(ae, container);
  const loop = repeat(stopped.signal, signal => takeFromChannel(ae, signal));
  return ending(ae, stopped, [loop]);
}

function ending(ae: RegisteredAe, stopped: AbortController, loops: Promise<void>[]): Watching {
  return {
    async close() {
      stopped.abort();
      await Promise.all(loops);
      await ae.remove();
    },
  };
}

async function subscribe(ae: RegisteredAe, container: string): Promise<void> {
  await ae.create(container, 23, { 'm2m:sub': { nu: [ae.id], enc: { net: [3] }, nct: 1 } });
}

/** Again at once where there was something, after a pause where not. */
async function repeat(signal: AbortSignal, step: (signal: AbortSignal) => Promise<boolean>): Promise<void> {
  while (!signal.aborted) {
    const found = await step(signal).catch(error => {
      if (!signal.aborted) reached.strange.push(String(error));
      return false;
    });
    if (!found) await new Promise(resolve => setTimeout(resolve, pollInterval));
  }
}

async function takeOldest(ae: RegisteredAe, container: string): Promise<boolean> {
  const { responseStatusCode, content } = await ae.request({ operation: 'retrieve', to: `${container}/ol` });
  if (responseStatusCode !== 2000) return false;
  const { 'm2m:cin': cin } = content as { 'm2m:cin': ProtectedContent & { rn: string } };
  await take(cin);
  await ae.request({ operation: 'delete', to: `${container}/${cin.rn}` });
  return true;
}

async function takeFromChannel(ae: RegisteredAe, signal: AbortSignal): Promise<boolean> {
  const to = `${ae.address}/pch/pcu`;
  const { responseStatusCode, content } = await ae.request({ operation: 'retrieve', to }, signal);
  if (responseStatusCode !== 2000) return false;
  const response = await notified(longRequest(content));
  const { requestIdentifier: rqi, responseStatusCode: rsc } = response;
  await ae.request({ operation: 'notify', to, content: { 'm2m:rsp': { rsc, rqi } } });
  return true;
}

async function notified(request: RequestPrimitive): Promise<ResponsePrimitive> {
  const { 'm2m:sgn': notification } = request.content as {
    'm2m:sgn': { nev?: { rep?: { 'm2m:cin'?: ProtectedContent } } };
  };
  const cin = notification?.nev?.rep?.['m2m:cin'];
  if (cin !== undefined) await take(cin);
  return respond(request, 2000);
}
