// Receiving through containers, at each CSE that the configuration names: opened in the background for as long as that
// takes, told of, and removed at the end. What an instance means is the receiver's business.
import { setTimeout as delay } from 'node:timers/promises';
import { E2EKeyError } from '../errors.ts';
import type { Receive } from '../onem2m/containers/options.ts';
import { ContainerReceiver, type ContainerReceiverOptions } from '../onem2m/containers/receiver.ts';
import { httpSender } from '../onem2m/http-sender.ts';
import type { RequestHandler } from '../onem2m/request-handler.ts';
import type { Sender } from '../onem2m/sender.ts';
import type { ContainersConfig, ServiceConfig } from './config.ts';
import { naming } from './files.ts';
import { clientTls, type serverTls } from './hop-tls.ts';
import { openPointOfAccess } from './point-of-access.ts';

export interface ContainersEvents {
  /** An inbox is there; initiating end-points that do not find it by themselves are told its address. */
  readonly onReceiving: (cse: string, inbox: string) => void;
  /** The CSE cannot be reached, or refuses. It is tried again, and the same is told once a minute. */
  readonly onCseFault: (cse: string, error: E2EKeyError) => void;
  /** What came in and could not be answered. */
  readonly onRefusal: (error: E2EKeyError) => void;
}

export interface Containers {
  /** Makes the inboxes, for as long as that takes. */
  start(): void;
  /** Answers what is in hand and removes what was made at the CSEs; gives up when the signal says so. */
  close(cutOff: AbortSignal): Promise<void>;
}

/** Milliseconds before a CSE that did not let us in is tried again; each further pause is twice as long. */
const [firstPause, longestPause] = [1_000, 60_000];

/** Milliseconds in which the same fault is told once: a CSE that is away is away for every look into the inbox. */
const quietTime = 60_000;

/**
 * Opens all but what is at the CSEs; the points of access listen then.
 *
 * @throws E2EKeyError OPTION_INVALID naming the setting.
 */
export async function openContainers(
  { id, carriers }: Pick<ServiceConfig, 'id' | 'carriers'>,
  tls: ReturnType<typeof serverTls> | null,
  handler: RequestHandler,
  events: ContainersEvents,
): Promise<Containers> {
  // Before anything listens.
  checkContainers({ id, carriers });
  const opened: Containers[] = [];
  const all: Containers = {
    start() {
      for (const one of opened) one.start();
    },
    async close(cutOff) {
      await Promise.all(opened.map(one => one.close(cutOff)));
    },
  };
  try {
    for (const [index, config] of carriers.containers.entries())
      opened.push(await openOne(settingOf(index), config, { id, tls, handler, events }));
  } catch (error) {
    await all.close(AbortSignal.abort());
    throw error;
  }
  return all;
}

/**
 * Whether they could be opened, without asking any CSE and without listening.
 *
 * @throws E2EKeyError OPTION_INVALID naming the setting.
 */
export function checkContainers({ id, carriers }: Pick<ServiceConfig, 'id' | 'carriers'>): void {
  const handler = { answer: () => Promise.reject(new Error('nothing is answered')), takes: () => false };
  for (const [index, config] of carriers.containers.entries()) {
    const { pointOfAccess = '' } = config;
    const receive = plainReceive(config) ?? { pointOfAccess };
    const setting = settingOf(index);
    openReceiver(setting, config, openSender(setting, config), handler, { id, receive });
  }
}

const settingOf = (index: number) => `carriers.containers.${index}`;

interface Surroundings {
  readonly id: string;
  readonly tls: ReturnType<typeof serverTls> | null;
  readonly handler: RequestHandler;
  readonly events: ContainersEvents;
}

async function openOne(
  setting: string,
  config: ContainersConfig,
  { id, tls, handler, events }: Surroundings,
): Promise<Containers> {
  const { cse, pointOfAccess } = config;
  const onCseFault = toldOnce(error => events.onCseFault(cse, error));
  const onFault = (error: unknown) => {
    if (error instanceof E2EKeyError && error.blame === 'peer') events.onRefusal(error);
    else onCseFault(error);
  };
  const cut = new AbortController();
  const sender = endedBy(cut.signal, openSender(setting, config));
  const made = Promise.withResolvers<ContainerReceiver>();
  const listening =
    pointOfAccess === undefined
      ? null
      : await openPointOfAccess(`${setting}.pointOfAccess`, new URL(pointOfAccess), tls, async request =>
          (await made.promise).notified(request),
        );
  const receive = plainReceive(config) ?? { pointOfAccess: listening?.url ?? '' };
  const receiver = openReceiver(setting, config, sender, handler, { id, receive, onFault });
  made.resolve(receiver);
  const ended = new AbortController();
  let making: Promise<void> | null = null;
  return {
    start() {
      making = makeInbox(receiver, ended.signal, onCseFault, inbox => events.onReceiving(cse, inbox));
    },
    async close(cutOff) {
      ended.abort();
      const giveUp = () => cut.abort();
      cutOff.addEventListener('abort', giveUp);
      if (cutOff.aborted) giveUp();
      await receiver.close().catch(onCseFault);
      await making;
      await listening?.close();
      cutOff.removeEventListener('abort', giveUp);
    },
  };
}

/** Again and again until the CSE has let us in; what it forgets later the receiver makes anew. */
async function makeInbox(
  receiver: ContainerReceiver,
  ended: AbortSignal,
  onFault: (error: unknown) => void,
  onReceiving: (inbox: string) => void,
): Promise<void> {
  for (let pause = firstPause; !ended.aborted; pause = Math.min(pause * 2, longestPause))
    try {
      onReceiving(await receiver.open());
      return;
    } catch (error) {
      if (!ended.aborted) onFault(error);
      await delay(pause, undefined, { signal: ended }).catch(() => undefined);
    }
}

function openSender(setting: string, config: ContainersConfig): Sender {
  const tls = clientTls(setting, config);
  return naming(`${setting}.cse`, () => httpSender(config.cse, tls));
}

function openReceiver(
  setting: string,
  { cseBase, originator, pollInterval, writers }: ContainersConfig,
  sender: Sender,
  handler: RequestHandler,
  options: Pick<ContainerReceiverOptions, 'id' | 'receive' | 'onFault'>,
): ContainerReceiver {
  return naming(
    setting,
    () =>
      new ContainerReceiver(sender, handler, {
        ...options,
        ...(cseBase !== undefined && { cseBase }),
        ...(originator !== undefined && { originator }),
        ...(pollInterval !== undefined && { pollInterval }),
        ...(writers !== undefined && { writers }),
      }),
  );
}

/** Null where notifications come to a point of access. */
function plainReceive({ receive }: ContainersConfig): Exclude<Receive, object> | null {
  if (receive === 'notification') return null;
  return receive === 'polling' ? 'polling' : 'polling channel';
}

/** A sender whose requests end with the signal, too. */
function endedBy(signal: AbortSignal, sender: Sender): Sender {
  return { send: (request, outer) => sender.send(request, AbortSignal.any([outer, signal])) };
}

function toldOnce(tell: (error: E2EKeyError) => void): (error: unknown) => void {
  let last = { message: '', at: 0 };
  return thrown => {
    const error =
      thrown instanceof E2EKeyError
        ? thrown
        : new E2EKeyError('INTERNAL', 'an unforeseen error', { cause: thrown });
    const at = Date.now();
    if (error.message === last.message && at - last.at < quietTime) return;
    last = { message: error.message, at };
    tell(error);
  };
}
