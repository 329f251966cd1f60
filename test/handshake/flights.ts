// E2EKey Messages taken apart and put together again: handshake messages with their headers, and records around
// them. For tests that change what an honest end-point wrote.
import { type Codec, decode, encode } from '../../src/wire/codec.ts';
import { encodeMessage, type HandshakeMessage, handshakeHeaderSize } from '../../src/wire/messages.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { readRecords, TlsRecord } from '../../src/wire/records.ts';

/** The handshake messages of the records in the clear, each with its header. */
export function messagesOf(flight: Uint8Array): Uint8Array[] {
  const clear: Uint8Array[] = [];
  for (const { type, fragment } of readRecords(flight)) {
    if (type !== contentType.handshake) break;
    clear.push(fragment);
  }
  return split(Buffer.concat(clear));
}

/** The records from ChangeCipherSpec on. */
export function protectedPartOf(flight: Uint8Array): Uint8Array {
  const records = readRecords(flight);
  const start = records.findIndex(({ type }) => type === contentType.changeCipherSpec);
  return Buffer.concat(records.slice(start).map(value => encode(TlsRecord, value)));
}

function split(handshake: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let rest = handshake; rest.length > 0; ) {
    const size = handshakeHeaderSize + Buffer.from(rest).readUIntBE(1, 3);
    messages.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return messages;
}

/** One record. */
export function record(
  type: keyof typeof contentType,
  fragment: Uint8Array,
  version: number = tls12,
): Uint8Array {
  return encode(TlsRecord, { type: contentType[type], version, fragment });
}

/** Each piece in a handshake record of its own. */
export function inRecords(pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(pieces.map(piece => record('handshake', piece)));
}

/** The messages with those of one type changed. */
export function edit<T>(
  messages: readonly Uint8Array[],
  kind: HandshakeMessage<T>,
  change: (value: T) => T,
): Uint8Array[] {
  return messages.map(bytes =>
    bytes[0] === kind.type ? encodeMessage(kind, change(bodyOf(kind.body, bytes))) : bytes,
  );
}

/** What one message says. */
export function find<T>(messages: readonly Uint8Array[], { type, body }: HandshakeMessage<T>): T {
  const found = messages.find(bytes => bytes[0] === type);
  if (found === undefined) throw new Error(`there is no handshake message ${type}`);
  return bodyOf(body, found);
}

function bodyOf<T>(body: Codec<T>, bytes: Uint8Array): T {
  return decode(body, bytes.subarray(handshakeHeaderSize));
}
