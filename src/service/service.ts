// The process that an operator runs: one end-point, its store, and what takes messages to it, over HTTP and through
// containers.
import { isIPv6 } from 'node:net';
import type { ResponsePrimitive } from '../onem2m/primitive.ts';
import type { ServiceConfig } from './config.ts';
import { type Containers, type ContainersEvents, checkContainers, openContainers } from './containers.ts';
import { type EndpointEvents, openEndpoint } from './endpoint.ts';
import { serverTls } from './hop-tls.ts';
import { type HttpEdge, listenHttp } from './http-edge.ts';
import { serviceRequests, tellRefusal } from './requests.ts';

export interface Service {
  readonly host: string;
  readonly port: number;
  /** Base URL of our own server. */
  readonly url: string;
  /** Takes no new requests, finishes those in hand, removes what was made at CSEs, closes the store. */
  close(): Promise<void>;
}

export interface ServiceEvents extends ContainersEvents, EndpointEvents {}

/** How often what has expired is forgotten, in milliseconds. */
const sweepInterval = 60_000;
/** How long `close` waits for requests in hand, in milliseconds; what has not arrived by then is cut off. */
const closingTime = 5_000;

/**
 * Opens everything that the configuration names, and closes it again; asks nobody and listens nowhere.
 *
 * @throws E2EKeyError OPTION_INVALID naming the setting.
 */
export async function checkService(
  config: ServiceConfig,
  { onWarning }: Pick<ServiceEvents, 'onWarning'>,
): Promise<void> {
  const silent = { onKey: () => undefined, onRevocation: () => undefined, onWarning };
  await openEndpoint(config, silent).close();
  if (config.listen.tls !== undefined) serverTls(config.listen.tls);
  checkContainers(config);
}

/** @throws E2EKeyError OPTION_INVALID naming the setting, or when an address cannot be listened on. */
export async function startService(config: ServiceConfig, events: ServiceEvents): Promise<Service> {
  const { listen } = config;
  const { host } = listen;
  const tls = listen.tls === undefined ? null : serverTls(listen.tls);
  const endpoint = openEndpoint(config, events);
  const shown: { pointOfAccess: string[]; created: Date } = { pointOfAccess: [], created: new Date() };
  const requests = serviceRequests(endpoint, shown, events.onRefusal);
  const onRefused = (response: ResponsePrimitive) => tellRefusal(response, events.onRefusal);

  let containers: Containers | null = null;
  let edge: HttpEdge;
  try {
    containers = await openContainers(config, tls, requests, events);
    edge = await listenHttp({ ...config, tls, onRefused }, requests);
  } catch (error) {
    await containers?.close(AbortSignal.abort());
    await endpoint.close();
    throw error;
  }
  const { port } = edge;
  const url = `${tls === null ? 'http' : 'https'}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  // Where we listen on every address, that is no address of ours.
  if (!['0.0.0.0', '::'].includes(host)) shown.pointOfAccess.push(url);
  containers.start();
  const sweeping = setInterval(
    () => void endpoint.sweep().catch(error => events.onRefusal(error)),
    sweepInterval,
  );
  return {
    host,
    port,
    url,
    close: async () => {
      clearInterval(sweeping);
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), closingTime);
      await Promise.all([edge.close(late.signal), containers.close(late.signal)]);
      clearTimeout(timer);
      await endpoint.close();
    },
  };
}
