// A TCP connection as the stream of a TLS stack in this process, which reads the fatal alerts that pass in the
// clear: those under keys stay hidden from it. Knows no stack.
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { alertLevel, alertName } from '../wire/alerts.ts';
import { contentType } from '../wire/numbers.ts';
import { recordHeaderSize } from '../wire/records.ts';

export interface TappedSocket {
  readonly stream: Duplex;
  /** Resolves when nothing passes any more. */
  readonly closed: Promise<void>;
  /** Names of the first fatal alerts in the clear so far. */
  alerts(): { readonly sent: string | null; readonly received: string | null };
}

export function tap(socket: Socket): TappedSocket {
  const sent = new ClearAlert();
  const received = new ClearAlert();
  const closed = Promise.withResolvers<void>();
  const stream = new Duplex({
    read: () => void socket.resume(),
    // A flight in one piece: who refuses its first half closes, and the second half would lose the reason.
    writev(chunks: { chunk: Buffer }[], done) {
      const bytes = Buffer.concat(chunks.map(({ chunk }) => chunk));
      sent.pass(bytes);
      socket.write(bytes, done);
    },
    final: done => void socket.end(done),
    destroy(error, done) {
      // A stack that gives up has written its alert a moment ago.
      socket.destroySoon();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    received.pass(chunk);
    if (!stream.push(chunk)) socket.pause();
  });
  socket.once('end', () => stream.push(null));
  // What broke it is of no interest: it is closed.
  socket.on('error', () => undefined);
  socket.once('close', () => {
    stream.destroy();
    closed.resolve();
  });
  return {
    stream,
    closed: closed.promise,
    alerts: () => ({ sent: sent.name, received: received.name }),
  };
}

/** The first fatal alert of one direction before its ChangeCipherSpec. */
class ClearAlert {
  name: string | null = null;
  /** Never more than one record: its length has two bytes. Null behind ChangeCipherSpec. */
  #record: Buffer | null = Buffer.alloc(0);

  pass(chunk: Buffer): void {
    if (this.#record === null) return;
    let left = Buffer.concat([this.#record, chunk]);
    while (left.length >= recordHeaderSize) {
      const size = recordHeaderSize + left.readUInt16BE(recordHeaderSize - 2);
      if (left.length < size) break;
      const [type, , , , , level, description] = left;
      if (type === contentType.changeCipherSpec) {
        this.#record = null;
        return;
      }
      if (type === contentType.alert && level === alertLevel.fatal && description !== undefined)
        this.name ??= alertName(description);
      left = left.subarray(size);
    }
    this.#record = left;
  }
}
