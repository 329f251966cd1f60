// What the transit CSE can be told to do to single requests, and the record of what came by. Knows E2EKey Messages, and
// nothing of where a request goes.
import { E2EKeyError } from '../../errors.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal, respond } from '../../onem2m/primitive.ts';
import { securityInfo } from '../../onem2m/security-info.ts';

/** What the transit CSE does to one request instead of passing it on, or doing it, and its response back. */
export type Mischief =
  /** The request gets nowhere; the originator is told 5103 TARGET_NOT_REACHABLE. */
  | { readonly kind: 'drop request' }
  /** The request is answered, but the originator is told 4008 REQUEST_TIMEOUT. */
  | { readonly kind: 'drop response' }
  /** The request is answered, but the originator gets the Response Status Code alone, as some CSEs do. */
  | { readonly kind: 'drop content' }
  /** The request arrives twice at the same time; the originator gets the first of the answers. */
  | { readonly kind: 'repeat' }
  /** The request waits until another one has passed. */
  | { readonly kind: 'hold' }
  /** The request waits for the promise. */
  | { readonly kind: 'delay'; readonly until: Promise<unknown> }
  /** One bit of the E2EKey Message is flipped, counted from the first bit of its first byte, modulo its length. */
  | { readonly kind: 'corrupt request' | 'corrupt response'; readonly bit: number };

/** A request that came by, to be passed on or for a resource of the CSE itself. */
export interface Passage {
  /** 1 for the first request since the start, in the order of arrival. */
  readonly ordinal: number;
  /** As it arrived, with the originator as it was passed on. */
  readonly request: RequestPrimitive;
  /** The E2EKey Message in the request, if it had one: in a NOTIFY, or in a content instance. */
  readonly message: Uint8Array | null;
  /** How it was answered, once for each time that it was passed on or done. */
  readonly responses: readonly ResponsePrimitive[];
}

/** Asked once for each request; null lets it pass. */
export type Script = (passage: Pick<Passage, 'ordinal' | 'request' | 'message'>) => Mischief | null;

type Forward = (request: RequestPrimitive) => Promise<ResponsePrimitive>;

/** Enough for any test, and bounded for a demonstration that is left running. */
const maxPassages = 1000;

export class Passages {
  readonly list: Passage[] = [];
  readonly #script: Script;
  #arrived = 0;
  #next = Promise.withResolvers<void>();

  constructor(script: Script) {
    this.#script = script;
  }

  /**
   * Records a request and does to it what the script says.
   *
   * @throws E2EKeyError REQUEST_EXPIRED when `signal` is aborted while the request is held back.
   */
  async pass(request: RequestPrimitive, signal: AbortSignal, forward: Forward): Promise<ResponsePrimitive> {
    const responses: ResponsePrimitive[] = [];
    const passage = { ordinal: ++this.#arrived, request, message: messageIn(request.content), responses };
    this.list.push(passage);
    if (this.list.length > maxPassages) this.list.shift();
    const recorded: Forward = async outgoing => {
      const response = await forward(outgoing);
      responses.push(response);
      return response;
    };
    const mischief = this.#script(passage);
    if (mischief?.kind === 'hold') await unlessAborted(this.#next.promise, signal);
    if (mischief?.kind === 'delay') await unlessAborted(mischief.until, signal);
    try {
      return await befallen(mischief, request, recorded);
    } finally {
      this.#next.resolve();
      this.#next = Promise.withResolvers();
    }
  }
}

async function befallen(
  mischief: Mischief | null,
  request: RequestPrimitive,
  forward: Forward,
): Promise<ResponsePrimitive> {
  switch (mischief?.kind) {
    case 'drop request':
      return refusal(request, 'TARGET_NOT_REACHABLE', 'the request was lost');
    case 'drop response':
      await forward(request);
      return refusal(request, 'REQUEST_TIMEOUT', 'the response was lost');
    case 'drop content':
      return respond(request, (await forward(request)).responseStatusCode);
    case 'repeat':
      return Promise.race([forward(request), forward(request)]);
    case 'corrupt request':
      return forward({ ...request, content: corrupted(request.content, mischief.bit) });
    case 'corrupt response': {
      const response = await forward(request);
      return { ...response, content: corrupted(response.content, mischief.bit) };
    }
    default:
      return forward(request);
  }
}

async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = () =>
    aborted.reject(new E2EKeyError('REQUEST_EXPIRED', 'nobody waits for the request any more'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function messageIn(content: unknown): Uint8Array | null {
  const found: Uint8Array[] = [];
  withMessage(content, message => {
    found.push(message);
    return message;
  });
  return found[0] ?? null;
}

function corrupted(content: unknown, bit: number): unknown {
  return withMessage(content, message => {
    const index = (bit >> 3) % message.length;
    return message.map((byte, at) => (at === index ? byte ^ (0x80 >> (bit & 7)) : byte));
  });
}

/**
 * The content with another E2EKey Message, one without any as it is. The message is in the content itself, or in the
 * primitive that a `<contentInstance>` holds as text.
 */
function withMessage(content: unknown, change: (message: Uint8Array) => Uint8Array): unknown {
  try {
    const { 'm2m:cin': cin } = content as { 'm2m:cin'?: { con: string } };
    if (cin === undefined) return securityInfo.wrap(change(securityInfo.unwrap(content)));
    const primitive = JSON.parse(cin.con) as { pc: unknown };
    const pc = securityInfo.wrap(change(securityInfo.unwrap(primitive.pc)));
    return { 'm2m:cin': { ...cin, con: JSON.stringify({ ...primitive, pc }) } };
  } catch {
    return content;
  }
}
