// What can be wrong with the Certificate message itself, of either end-point. What can be wrong with a certificate is in
// the list of defects.
import { message } from '../../../wire/messages.ts';
import { breaking, type Misbehaviour } from '../misbehaviour.ts';
import { changed, type Edit, instead, rewritten } from '../steps.ts';
import { increased, withBody } from './bytes.ts';

export function certificates(ordinal: 2 | 3): readonly Misbehaviour[] {
  const where = `in message ${ordinal}`;
  return [
    ...breaking(
      {
        message: ordinal,
        rule: 'an empty list of certificates',
        clause: ordinal === 2 ? 'RFC 5246 §7.4.2' : 'RFC 5246 §7.4.6',
        code: 'PEER_CERTIFICATE_MISSING',
      },
      { [`an empty Certificate ${where}`]: chain(() => []) },
    ),
    ...breaking(
      {
        message: ordinal,
        rule: 'a certificate that is none',
        clause: 'RFC 5280 4.1',
        code: 'CERTIFICATE_MALFORMED',
      },
      {
        [`a certificate of one byte ${where}`]: chain(() => [Uint8Array.of(0)]),
        [`a certificate without its last byte ${where}`]: chain(([own = new Uint8Array()]) => [
          own.subarray(0, -1),
        ]),
        [`a certificate with a byte behind it ${where}`]: chain(([own = new Uint8Array()]) => [
          Buffer.concat([own, Buffer.of(0)]),
        ]),
        [`a raw public key as certificate ${where}`]: chain(() => [
          Buffer.from('3019300d06092a864886f70d0101010500030800', 'hex'),
        ]),
      },
    ),
    ...breaking(
      {
        message: ordinal,
        rule: 'a list of certificates whose lengths lie',
        clause: 'RFC 5246 §4.3, §7.4.2',
        code: 'MESSAGE_MALFORMED',
      },
      {
        [`a certificate of no bytes ${where}`]: bytes(honest =>
          withBody(honest, Buffer.of(0, 0, 3, 0, 0, 0)),
        ),
        [`a list of certificates one byte too long ${where}`]: bytes(honest => increased(honest, 4, 3, 1)),
        [`a list of certificates one byte too short ${where}`]: bytes(honest => increased(honest, 4, 3, -1)),
        [`a first certificate one byte too long ${where}`]: bytes(honest => increased(honest, 7, 3, 1)),
        [`a list of certificates without its length ${where}`]: bytes(honest =>
          withBody(honest, honest.subarray(7)),
        ),
        [`a Certificate of no bytes ${where}`]: bytes(honest => withBody(honest, new Uint8Array())),
      },
    ),
  ];
}

function chain(edit: (honest: readonly Uint8Array[]) => readonly Uint8Array[]): Edit {
  return instead(
    'Certificate',
    changed(message.certificate, ({ certificates: honest }) => ({ certificates: edit(honest) })),
  );
}

function bytes(edit: (message: Uint8Array) => Uint8Array): Edit {
  return instead('Certificate', rewritten('Certificate', edit));
}
