// Bytes on the wire that the refusals over HTTP and over TCP have in common.
import { decode, encode } from '../../src/wire/codec.ts';
import { encodeMessage, handshakeHeaderSize, message, ServerHello } from '../../src/wire/messages.ts';
import { readRecords, TlsRecord } from '../../src/wire/records.ts';
import { strangersMessage2 } from '../endpoint/refusals.ts';

/** A fatal alert in the clear (RFC 5246 §6.2.1, §7.2). */
export function alertRecord(description: number): Uint8Array {
  return Uint8Array.of(0x15, 3, 3, 0, 2, 2, description);
}

/** Message 2 whose ServerHello answers an extension that nobody offered (heartbeat, 15). */
export function withUnsolicitedExtension(message1: Uint8Array): Uint8Array {
  const [first, ...others] = readRecords(strangersMessage2(message1));
  if (first === undefined) throw new TypeError('message 2 was due');
  const size = handshakeHeaderSize + Buffer.from(first.fragment).readUIntBE(1, 3);
  const hello = decode(ServerHello, first.fragment.subarray(handshakeHeaderSize, size));
  const extensions = [...hello.extensions, { type: 15, data: Uint8Array.of(1) }];
  const edited = encodeMessage(message.serverHello, { ...hello, extensions });
  const fragment = Buffer.concat([edited, first.fragment.subarray(size)]);
  return Buffer.concat([{ ...first, fragment }, ...others].map(each => encode(TlsRecord, each)));
}
