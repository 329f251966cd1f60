// The two ends of an exchange in Python, towards ours.
import { isDeepStrictEqual } from 'node:util';
import { longResponse, shortRequest } from '../../../src/onem2m/short-names.ts';
import type { EsPrimKeys } from '../../../src/protection/esprim/keys.ts';
import {
  cae1,
  cseB,
  type EsPrimCase,
  type ForeignKey,
  innerRequests,
  refreshAfter,
  start,
} from '../../protection/foreign/esprim-cases.ts';
import {
  expectedContent,
  ourRequests,
  type Receiver,
  type Short,
  type Step,
} from '../../protection/foreign/esprim-ours.ts';
import type { Exchanged } from '../../protection/foreign/recordings.ts';
import type { Peer } from './jwcrypto.ts';

export interface TheirOptions {
  /** Instead of the case's. */
  readonly key?: ForeignKey;
  /** Instead of the one that follows from the key. */
  readonly kid?: string;
}

/** The originator in Python asks ours everything that a case asks, and opens the responses. */
export async function theirRequests(
  peer: Peer,
  each: EsPrimCase,
  receiver: Receiver,
  options: TheirOptions = {},
): Promise<Exchanged> {
  const steps: Step[] = [];
  const exchange = async (request: unknown) => {
    const response = await receiver.answer(request as Short);
    steps.push({ request: request as Short, response });
    return response;
  };
  const first = await peer.ask('originate', { options: { ...each, ...options, from: cae1, to: cseB } });
  await peer.ask('take_rand', { response: await exchange(first) });
  for (const [index, request] of innerRequests.entries()) {
    const response = await exchange(await peer.ask('protect', { inner: shortRequest(request) }));
    const inner = longResponse(await peer.ask('open_response', { response }));
    if (!isDeepStrictEqual(inner.content, expectedContent(request)))
      throw new Error(`the originator in Python opened ${JSON.stringify(inner)}`);
    if (each.refresh && index === 0) receiver.advance(refreshAfter);
  }
  return { steps, sessionKeys: (await peer.ask('session_keys')) as Exchanged['sessionKeys'] };
}

/** The receiver in Python, which `answer` asks. */
export async function startReceiver(peer: Peer, each: EsPrimCase): Promise<void> {
  await peer.ask('receive', { options: { ...each, entity: cae1, now: Date.parse(start) } });
}

export async function answerOf(peer: Peer, request: Short): Promise<Short> {
  return (await peer.ask('answer', { request })) as Short;
}

/** Ours asks the receiver in Python. */
export async function theirResponses(
  peer: Peer,
  each: EsPrimCase,
  options: TheirOptions & { readonly ours?: EsPrimKeys } = {},
): Promise<Exchanged> {
  const { ours, ...theirs } = options;
  await startReceiver(peer, { ...each, ...theirs });
  const steps: Step[] = [];
  const responses = await ourRequests(
    each,
    async request => {
      const response = await answerOf(peer, request);
      steps.push({ request, response });
      return response;
    },
    ours,
  );
  const contents = responses.map(({ content }) => content);
  if (!isDeepStrictEqual(contents, innerRequests.map(expectedContent)))
    throw new Error(`the receiver in Python opened ${JSON.stringify(contents)}`);
  return { steps, sessionKeys: (await peer.ask('session_keys')) as Exchanged['sessionKeys'] };
}
