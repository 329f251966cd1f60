// A misbehaving peer on a TCP connection, towards any TLS 1.2 stack or our own end-points: its flights are sent when
// they are due, and what the other side makes of them is told.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { alertLevel, closeNotify } from '../../wire/alerts.ts';
import { messageName } from '../../wire/messages.ts';
import { handshakeType } from '../../wire/numbers.ts';
import type { MisbehavingPeerOptions } from './knowledge.ts';
import { MisbehavingPeer, type PeerAlert } from './peer.ts';
import { alert as alertOf, type Edit } from './steps.ts';

export interface Conversation extends MisbehavingPeerOptions {
  /** Of our first flight (message 1 or 2) and our second one (message 3 or 4); honest where absent. */
  readonly first?: Edit;
  readonly second?: Edit;
  /** How long the other side may stay silent before the connection is closed, in milliseconds; 1000 if absent. */
  readonly patience?: number;
}

export interface Outcome {
  /**
   * `alert`: it sent a fatal one. `finished`: its Finished came and was right, and it did not object to ours.
   * `closed`: it went without a word. `silent`: it waits for more.
   */
  readonly end: 'alert' | 'finished' | 'closed' | 'silent';
  /** The fatal alert of the other side, or its warning if there was no other. */
  readonly alert: PeerAlert | null;
  /** What it sent, by name. */
  readonly received: readonly string[];
  /** How many flights were sent: after the first one it may have ended. */
  readonly flights: number;
}

/** Runs one handshake on a connected socket, and closes it. */
export async function converse(
  socket: Socket,
  { first, second, patience = 1000, ...options }: Conversation,
): Promise<Outcome> {
  const peer = new MisbehavingPeer(options);
  const initiating = options.role === 'initiating';
  // A reset is an end like another.
  socket.on('error', () => undefined);
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let silent = false;
  const silence = setTimeout(() => {
    silent = true;
    socket.destroy();
  }, patience);
  /** Whether it sends this before it ends: the name of a message, or `alert` of any level. */
  const comes = async (what: string): Promise<boolean> => {
    while (!peer.received.includes(what) && peer.alert?.level !== 'fatal') {
      const next = await chunks.next().catch(() => null);
      if (next === null || next.done) return false;
      silence.refresh();
      peer.receive(next.value);
    }
    return peer.received.includes(what) && peer.alert?.level !== 'fatal';
  };
  let flights = 0;
  const send = (edit: Edit | undefined) => {
    flights += 1;
    socket.write(peer.send(edit));
  };
  const clientHello = messageName(handshakeType.clientHello);
  const finished = messageName(handshakeType.finished);
  const due = initiating ? messageName(handshakeType.serverHelloDone) : finished;
  let ended = false;
  try {
    if (initiating || (await comes(clientHello))) {
      send(first);
      if (await comes(due)) {
        send(second);
        // Who initiates has the last word from the other side; who terminates can only see that nobody objects.
        ended = await comes(initiating ? finished : 'alert');
        if (initiating && ended) {
          // RFC 5246 §7.2.1: what it objects to behind our Finished comes before its own close_notify.
          socket.write(peer.say(alertOf(alertLevel.warning, closeNotify)));
          await comes('alert');
        }
      }
    }
  } finally {
    clearTimeout(silence);
    socket.destroy();
    if (!socket.closed) await once(socket, 'close');
  }
  const { alert, received } = peer;
  if (alert?.level === 'fatal') return { end: 'alert', alert, received, flights };
  if (ended && peer.finished === 'right') return { end: 'finished', alert, received, flights };
  return { end: silent ? 'silent' : 'closed', alert, received, flights };
}
