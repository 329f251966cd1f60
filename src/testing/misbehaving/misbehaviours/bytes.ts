// Changes to bytes that no layout can write.
import { handshakeHeaderSize } from '../../../wire/messages.ts';

/** A handshake message with another body and the length of that. */
export function withBody(message: Uint8Array, body: Uint8Array): Uint8Array {
  const { length } = body;
  return Buffer.concat([Buffer.of(message[0] ?? 0, length >> 16, (length >> 8) & 0xff, length & 0xff), body]);
}

export function bodyOf(message: Uint8Array): Uint8Array {
  return message.subarray(handshakeHeaderSize);
}

/** The handshake messages of a transcript, with their headers. */
export function messagesIn(transcript: Uint8Array): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let rest = transcript; rest.length > 0; ) {
    const [, high = 0, middle = 0, low = 0] = rest;
    const size = handshakeHeaderSize + high * 65536 + middle * 256 + low;
    messages.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return messages;
}

/** The big-endian number of so many bytes at this place made larger, or smaller. */
export function increased(bytes: Uint8Array, at: number, size: 1 | 2 | 3, by: number): Uint8Array {
  const changed = Buffer.from(bytes);
  changed.writeUIntBE(changed.readUIntBE(at, size) + by, at, size);
  return changed;
}

/** One bit of the byte at this place, which counts from the end where it is negative. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return Uint8Array.from(bytes).with(at, (bytes.at(at) ?? 0) ^ 1);
}

export function behind(bytes: Uint8Array, ...more: number[]): Uint8Array {
  return Buffer.concat([bytes, Buffer.from(more)]);
}
