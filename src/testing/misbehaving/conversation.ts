// A misbehaving peer on a TCP connection, towards any TLS 1.2 stack or our own end-points: its flights are sent when
// they are due, and what the other side makes of them is told.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { alertLevel, alertName, closeNotify } from '../../wire/alerts.ts';
import { messageName } from '../../wire/messages.ts';
import { handshakeType } from '../../wire/numbers.ts';
import type { MisbehavingPeerOptions } from './knowledge.ts';
import { type Misbehaviour, roleOf } from './misbehaviour.ts';
import { MisbehavingPeer, type PeerAlert } from './peer.ts';
import { alert as alertOf, type Edit } from './steps.ts';

export interface Conversation extends MisbehavingPeerOptions {
  /** Of our first flight (message 1 or 2) and our second one (message 3 or 4); honest where absent. */
  readonly first?: Edit;
  readonly second?: Edit;
  /** How long the other side may stay silent before the connection is closed, in milliseconds; 1000 if absent. */
  readonly patience?: number;
  /** How long it may all take, in milliseconds, however much the other side says; 10,000 if absent. */
  readonly timeout?: number;
}

export interface Outcome {
  /**
   * `alert`: it sent a fatal one. `finished`: its Finished came and was right, and it did not object to ours: it said
   * close_notify, or nothing more until the time was over. `closed`: it went without a word. `silent`: the time was over,
   * and its Finished had not come.
   *
   * A terminating peer has said all with message 4, so that `finished` is also the end with whoever waits for more of it.
   */
  readonly end: 'alert' | 'finished' | 'closed' | 'silent';
  /** The fatal alert of the other side, or its last warning if there was none. */
  readonly alert: PeerAlert | null;
  /** The other side's Finished: `right` beside the end `alert` is that of who has finished, and objected then. */
  readonly finished: 'right' | 'wrong' | null;
  /** What it sent, by name. */
  readonly received: readonly string[];
  /** How many flights were sent: after the first one it may have ended. */
  readonly flights: number;
}

/**
 * Runs one handshake on a connected socket, and closes it.
 *
 * @throws RangeError for options that do not fit each other; for an edit of a step that its flight has not, as where the
 * other side asks for no certificate; for a record of more than 2^14 bytes under keys. The socket is closed then as well.
 */
export async function converse(
  socket: Socket,
  { first, second, patience = 1000, timeout = 10_000, ...options }: Conversation,
): Promise<Outcome> {
  // A reset is an end like another.
  socket.on('error', () => undefined);
  let over = false;
  const giveUp = () => {
    over = true;
    socket.destroy();
  };
  const silence = setTimeout(giveUp, patience);
  const deadline = setTimeout(giveUp, timeout);
  try {
    const peer = new MisbehavingPeer(options);
    const initiating = options.role === 'initiating';
    const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    /** Whether it gets so far before it ends. */
    const gets = async (there: () => boolean): Promise<boolean> => {
      while (peer.alert?.level !== 'fatal' && !there()) {
        const next = await chunks.next().catch(() => null);
        if (next === null || next.done) return false;
        silence.refresh();
        peer.receive(next.value);
      }
      return peer.alert?.level !== 'fatal';
    };
    const comes = (message: string) => gets(() => peer.received.includes(message));
    /** Whether it has nothing against what was said last. An alert that came before is about something else. */
    const agrees = async (): Promise<boolean> => {
      const alerts = () => peer.received.filter(name => name === 'alert').length;
      const before = alerts();
      return (await gets(() => alerts() > before && peer.alert?.name === alertName(closeNotify))) || over;
    };
    let flights = 0;
    const send = (edit: Edit | undefined) => {
      flights += 1;
      socket.write(peer.send(edit));
    };
    const finished = messageName(handshakeType.finished);
    const due = initiating ? messageName(handshakeType.serverHelloDone) : finished;
    let ended = false;
    if (initiating || (await comes(messageName(handshakeType.clientHello)))) {
      send(first);
      if (await comes(due)) {
        send(second);
        // Who initiates has the last word from the other side; who terminates can only see that nobody objects.
        ended = await (initiating ? comes(finished) : agrees());
        if (initiating && ended) {
          // RFC 5246 §7.2.1: what it objects to behind our Finished comes before its own close_notify.
          socket.write(peer.say(alertOf(alertLevel.warning, closeNotify)));
          await agrees();
        }
      }
    }
    const { alert, received } = peer;
    const rest = { alert, finished: peer.finished, received, flights };
    if (alert?.level === 'fatal') return { end: 'alert', ...rest };
    if (ended && peer.finished === 'right') return { end: 'finished', ...rest };
    return { end: over ? 'silent' : 'closed', ...rest };
  } finally {
    clearTimeout(silence);
    clearTimeout(deadline);
    socket.destroy();
    if (!socket.closed) await once(socket, 'close');
  }
}

/** What a misbehaving end-point has for any misbehaviour: a credential for some, a pre-shared key for others. */
export type ConversationOptions = Omit<Conversation, 'role' | 'first' | 'second'>;

/**
 * One of the misbehaviours as the options of `converse`, or of a `MisbehavingPeer`: with the role that it is of, and with
 * what it needs of our own. The credential is of that role; the misbehaviour's options go before ours.
 *
 * @throws RangeError where the misbehaviour needs a credential or a pre-shared key, and there is none.
 */
export function conversationOf(misbehaviour: Misbehaviour, own: ConversationOptions): Conversation {
  const { name, message, by = 'certificate', edit, options } = misbehaviour;
  const needed = by === 'psk' ? 'presharedKey' : 'credential';
  if (!own[needed]) throw new RangeError(`${needed}: there is none, and it is needed for: ${name}`);
  return {
    ...own,
    ...options,
    ...(by === 'psk' ? { credential: null } : { presharedKey: null }),
    role: roleOf(misbehaviour),
    ...(message <= 2 ? { first: edit } : { second: edit }),
  };
}
