// What can be wrong in the rest of message 2: the terminating end-point's certificate, what it asks for, and the hint for
// a pre-shared key.
import type { Of } from '../../../wire/codec.ts';
import { message } from '../../../wire/messages.ts';
import { breaking, type Misbehaviour, type Rule } from '../misbehaviour.ts';
import {
  before,
  changed,
  type Edit,
  handshakeMessage,
  instead,
  rewritten,
  type Saying,
  without,
} from '../steps.ts';
import { withBody } from './bytes.ts';
import { certificateStatus } from './certificate-status.ts';
import { certificates } from './certificates.ts';

const psk = { by: 'psk', options: { suites: ['TLS_PSK_WITH_AES_128_GCM_SHA256'] } } as const;

export const message2: readonly Misbehaviour[] = [
  ...certificates(2),
  ...certificateStatus,
  ...rule(
    { rule: 'no CertificateRequest', clause: 'TS-0003 8.7.2.2', code: 'MESSAGE_UNEXPECTED' },
    { 'CertificateRequest is not sent': without('CertificateRequest') },
  ),
  ...rule(
    {
      rule: 'a CertificateRequest for which our key can make nothing',
      clause: 'RFC 5246 §7.4.4',
      code: 'NOTHING_IN_COMMON',
    },
    {
      'CertificateRequest for rsa_sign alone': request({ certificateTypes: [1] }),
      'CertificateRequest for fixed keys alone': request({ certificateTypes: [3, 65, 66] }),
      'CertificateRequest with RSA schemes alone': request({ signatureSchemes: [0x0401, 0x0804] }),
      'CertificateRequest with SHA-1 alone': request({ signatureSchemes: [0x0203, 0x0201] }),
    },
  ),
  ...rule(
    {
      rule: 'a CertificateRequest with an empty list',
      clause: 'RFC 5246 §7.4.4',
      code: 'MESSAGE_MALFORMED',
    },
    {
      'CertificateRequest without a type': requestBytes('00000204030000'),
      'CertificateRequest without a scheme': requestBytes('014000000000'),
      'CertificateRequest with schemes of three bytes': requestBytes('014000030403040000'),
      'CertificateRequest with an authority of no bytes': requestBytes('01400002040300020000'),
    },
  ),
  ...rule(
    {
      rule: 'a CertificateRequest that names authorities, and types and schemes beyond ours',
      clause: 'RFC 5246 §7.4.4',
      code: null,
    },
    {
      'CertificateRequest with an authority': request({ authorities: [Uint8Array.of(0x30, 0)] }),
      'CertificateRequest with unknown types and schemes': request({
        certificateTypes: [0x5a, 1, 64],
        signatureSchemes: [0x0a0a, 0x0203, 0x0401, 0x0403],
      }),
    },
  ),
  ...rule(
    { rule: 'an identity hint', clause: 'RFC 4279 §5.2', code: null, ...psk },
    {
      'ServerKeyExchange with an empty hint': before('ServerHelloDone', 'ServerKeyExchange'),
      'ServerKeyExchange with a hint of 1025 bytes': before(
        'ServerHelloDone',
        hint(new Uint8Array(1025).fill(0x61)),
      ),
      'ServerKeyExchange with a hint of 60,000 bytes': before(
        'ServerHelloDone',
        hint(new Uint8Array(60_000).fill(0x61)),
      ),
      'ServerKeyExchange with a hint that is not UTF-8': before(
        'ServerHelloDone',
        hint(Uint8Array.of(0xff, 0xfe)),
      ),
    },
  ),
  ...rule(
    { rule: 'a flight of more than 64 KiB', clause: 'ours', code: 'MESSAGE_TOO_LARGE', ...psk },
    {
      'ServerKeyExchange with a hint of 65,500 bytes': before(
        'ServerHelloDone',
        hint(new Uint8Array(65_500)),
      ),
    },
  ),
];

function rule(what: Omit<Rule, 'message'>, edits: Readonly<Record<string, Edit>>): readonly Misbehaviour[] {
  return breaking({ message: 2, ...what }, edits);
}

type Request = Of<(typeof message)['certificateRequest']['body']>;

function request(change: Partial<Request>): Edit {
  return instead(
    'CertificateRequest',
    changed(message.certificateRequest, honest => ({ ...honest, ...change })),
  );
}

function requestBytes(hex: string): Edit {
  return instead(
    'CertificateRequest',
    rewritten('CertificateRequest', honest => withBody(honest, Buffer.from(hex, 'hex'))),
  );
}

function hint(identityHint: Uint8Array): Saying {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(identityHint.length);
  return handshakeMessage(message.pskServerKeyExchange.type, Buffer.concat([head, identityHint]));
}
