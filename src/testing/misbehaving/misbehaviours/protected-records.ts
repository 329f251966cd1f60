// What can be wrong with the protected record of Finished as a record: under which keys it is, what happened to its bytes
// on the way, and how long it is (RFC 5246 §6.2.3).
import { createCipheriv } from 'node:crypto';
import { contentType } from '../../../wire/numbers.ts';
import { maxPlaintext, recordHeaderSize } from '../../../wire/records.ts';
import { breaking, type Misbehaviour } from '../misbehaviour.ts';
import {
  after,
  altered,
  before,
  type Edit,
  inRecordsOf,
  instead,
  otherKeys,
  record,
  type Saying,
  sealed,
  splitAt,
} from '../steps.ts';
import { behind, flipped } from './bytes.ts';
import { breakingIn, each, type Flight, flights, of } from './flights.ts';

interface Protection {
  readonly name: string;
  readonly options: NonNullable<Misbehaviour['options']>;
  /** What a record under it consists of behind its header, and a byte in each: from the end where it is negative. */
  readonly regions: Readonly<Record<string, number>>;
  readonly onem2m?: 'lacks';
}

/** Every kind of protection (RFC 5246 §6.2.3, RFC 7366, RFC 7905). */
const protections: readonly Protection[] = [
  {
    name: 'AES-GCM',
    options: { suites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'] },
    regions: { 'explicit nonce': 7, ciphertext: 8, tag: -16 },
  },
  {
    name: 'AES-CCM_8',
    options: { suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8'] },
    regions: { 'explicit nonce': 0, ciphertext: 8, tag: -8 },
  },
  {
    name: 'ChaCha20-Poly1305',
    options: { suites: ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'] },
    regions: { ciphertext: 0, tag: -16 },
    onem2m: 'lacks',
  },
  {
    name: 'AES-CBC with encrypt-then-MAC',
    options: { suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256'], encryptThenMac: true },
    regions: { IV: 0, ciphertext: 16, MAC: -32 },
  },
  {
    name: 'AES-CBC with MAC-then-encrypt',
    options: { suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256'] },
    // The last block holds the padding; a bit in the one before changes the length of that.
    regions: { IV: 0, content: 16, 'block before the padding': -17, padding: -1 },
  },
];

export const protectedRecords: readonly Misbehaviour[] = flights
  .filter(({ message }) => message >= 3)
  .flatMap(flight => [
    ...breakingIn(
      flight,
      {
        rule: 'a protected record that does not open',
        clause: 'RFC 5246 §6.2.3',
        code: 'RECORD_UNAUTHENTIC',
      },
      {
        "Finished under the other side's keys": instead('Finished', sealed('Finished', { by: 'them' })),
        'Finished with the sequence number 1': instead('Finished', sealed('Finished', { sequence: 1 })),
        'Finished with the sequence number 2^32': instead(
          'Finished',
          sealed('Finished', { sequence: 2 ** 32 }),
        ),
        'Finished under the keys of another handshake': before('ChangeCipherSpec', otherKeys()),
        'the first byte of the protected record changed': onWire(bytes => flipped(bytes, recordHeaderSize)),
        'a byte in the middle of the protected record changed': onWire(bytes =>
          flipped(bytes, recordHeaderSize + ((bytes.length - recordHeaderSize) >> 1)),
        ),
        'the last byte of the protected record changed': onWire(bytes => flipped(bytes, -1)),
        'the protected record without its last byte': onWire(bytes => cut(bytes, -1)),
        'the protected record with a byte behind it': onWire(bytes =>
          cut(behind(bytes, 0), bytes.length + 1),
        ),
        'a protected record of one byte': onWire(bytes => cut(bytes, recordHeaderSize + 1)),
        'a protected record of 16 bytes': onWire(bytes => cut(bytes, recordHeaderSize + 16)),
        'Finished in a record that says it is application data': onWire(bytes =>
          Uint8Array.from(bytes).with(0, contentType.applicationData),
        ),
        'Finished in a record that says it is an alert': onWire(bytes =>
          Uint8Array.from(bytes).with(0, contentType.alert),
        ),
      },
    ),
    ...(flight.by === 'psk' ? [] : protections.flatMap(protection => damaged(flight, protection))),
    ...breakingIn(
      flight,
      { rule: 'a protected record of no bytes', clause: 'RFC 5246 §6.2.1', code: 'MESSAGE_MALFORMED' },
      {
        'a record of no bytes in the place of Finished': onWire(bytes => cut(bytes, recordHeaderSize)),
        'an empty fragment under the new keys before Finished': after(
          'ChangeCipherSpec',
          record(contentType.handshake, new Uint8Array()),
        ),
      },
    ),
    ...breakingIn(
      flight,
      {
        rule: 'a protected record above 2^14 bytes',
        clause: 'RFC 5246 §6.2.1, §6.2.3',
        code: 'RECORD_OVERFLOW',
      },
      {
        'a record of 2^14 + 2049 bytes in the place of Finished': onWire(bytes =>
          cut(behind(bytes, ...Buffer.alloc(2 ** 14 + 2049)), recordHeaderSize + 2 ** 14 + 2049),
        ),
        ...(flight.by !== 'psk' && {
          'a genuine record of 2^14 + 1 bytes in the place of Finished': instead('Finished', oversized()),
        }),
      },
    ),
    ...divided(flight),
  ]);

function divided(flight: Flight): readonly Misbehaviour[] {
  return breaking(
    { ...of(flight), rule: 'Finished in several protected records', clause: 'RFC 5246 §6.2.1', code: null },
    {
      [`Finished in two protected records, in ${flight.name}`]: instead('Finished', splitAt(7, 'Finished')),
      [`Finished in protected records of one byte, in ${flight.name}`]: instead(
        'Finished',
        inRecordsOf(1, 'Finished'),
      ),
    },
  );
}

function damaged(
  { message: ordinal, name }: Flight,
  { name: kind, options, regions, onem2m }: Protection,
): readonly Misbehaviour[] {
  return breaking(
    {
      message: ordinal,
      rule: `a record under ${kind} of which one bit is changed`,
      clause: 'RFC 5246 §6.2.3',
      code: 'RECORD_UNAUTHENTIC',
      ...(onem2m && { onem2m }),
      options,
    },
    each(Object.entries(regions), ([region, at]) => [
      `one bit of the ${region} changed under ${kind}, in ${name}`,
      onWire(bytes => flipped(bytes, at < 0 ? at : recordHeaderSize + at)),
    ]),
  );
}

/** The protected record of Finished, as it is sent. */
function onWire(alter: (bytes: Uint8Array) => Uint8Array): Edit {
  return instead('Finished', altered('Finished', alter));
}

/** A record of so many bytes with its header, and the length that says so. */
function cut(bytes: Uint8Array, size: number): Uint8Array {
  const shorter = Buffer.from(bytes.subarray(0, size));
  shorter.writeUInt16BE(shorter.length - recordHeaderSize, 3);
  return shorter;
}

/** Finished and zeros, more than one record may hold, under the right keys: made by hand, for AES-GCM. */
function oversized(): Saying {
  return knowledge => {
    const { suite, keys } = knowledge.protectionOf('us');
    const { protection } = suite;
    if (protection.kind !== 'aead' || !protection.cipher.endsWith('gcm'))
      throw new RangeError('suites: a record that is too long can be made with AES-GCM alone');
    const plaintext = Buffer.alloc(maxPlaintext + 1);
    plaintext.set([20, 0, 0, 12]);
    const nonce = Buffer.alloc(8);
    const additional = Buffer.concat([
      nonce,
      Buffer.of(contentType.handshake, 3, 3, plaintext.length >> 8, plaintext.length & 0xff),
    ]);
    const sealing = createCipheriv(
      protection.cipher as 'aes-128-gcm',
      keys.key,
      Buffer.concat([keys.salt, nonce]),
    );
    const ciphertext = sealing.setAAD(additional).update(plaintext);
    sealing.final();
    return [
      {
        type: contentType.handshake,
        version: 0x0303,
        fragment: Buffer.concat([nonce, ciphertext, sealing.getAuthTag()]),
        inTheClear: true,
        undivided: true,
      },
    ];
  };
}
