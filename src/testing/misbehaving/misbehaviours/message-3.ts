// What can be wrong with message 3 up to its ChangeCipherSpec: the initiating end-point's certificate, its ephemeral key
// or pre-shared key, and CertificateVerify. What can be wrong behind it is in key-change.ts.
import { message } from '../../../wire/messages.ts';
import { breaking, type Misbehaviour, type Rule } from '../misbehaviour.ts';
import { after, changed, type Edit, instead, otherKeys, rewritten, without } from '../steps.ts';
import { bodyOf, messagesIn, withBody } from './bytes.ts';
import { certificates } from './certificates.ts';
import { ecdhePsk } from './flights.ts';
import { wrongPoints } from './points.ts';
import { resigned, type SignedEdit, wronglySigned } from './signatures.ts';

const psk = { by: 'psk', options: { suites: ['TLS_PSK_WITH_AES_128_GCM_SHA256'] } } as const;

const emptyCertificate = changed(message.certificate, () => ({ certificates: [] }));

export const message3: readonly Misbehaviour[] = [
  ...certificates(3),
  ...rule(
    { rule: 'an empty list of certificates', clause: 'RFC 5246 §7.4.6', code: 'PEER_CERTIFICATE_MISSING' },
    {
      'an empty Certificate and no CertificateVerify': honest =>
        without('CertificateVerify')(instead('Certificate', emptyCertificate)(honest)),
    },
  ),
  ...wrongPoints(3, 'ClientKeyExchange', {
    signed: edit =>
      instead(
        'ClientKeyExchange',
        changed(message.clientKeyExchange, ({ point }) => ({ point: edit(point) })),
      ),
    preshared: edit =>
      instead(
        'ClientKeyExchange',
        changed(message.ecdhePskClientKeyExchange, ({ identity, point }) => ({
          identity,
          point: edit(point),
        })),
      ),
  }),
  ...rule(
    { rule: 'a point of no bytes', clause: 'RFC 8422 §5.7', code: 'MESSAGE_MALFORMED' },
    {
      'ClientKeyExchange with a point of no bytes': keyExchange('00'),
      'ClientKeyExchange without a point': keyExchange(''),
    },
  ),
  ...rule(
    {
      rule: 'ClientKeyExchange of another key exchange',
      clause: 'RFC 4279 §2; RFC 5489 §2',
      code: 'MESSAGE_MALFORMED',
      ...ecdhePsk,
    },
    { 'ClientKeyExchange with an identity alone where a point is due': keyExchange('000161') },
  ),
  ...rule(
    { rule: 'an identity that nobody here has', clause: 'RFC 4279 §2, §5.1', code: 'PSK_UNKNOWN', ...psk },
    {
      'an identity that is not known': identity(Buffer.from('nobody')),
      'an empty identity': identity(new Uint8Array()),
      'an identity that is not UTF-8': identity(Uint8Array.of(0xc3, 0x28)),
      'an identity with a zero byte behind it': instead(
        'ClientKeyExchange',
        changed(message.pskClientKeyExchange, honest => ({
          identity: Buffer.concat([honest.identity, Buffer.of(0)]),
        })),
      ),
      'an identity of 1025 bytes': identity(new Uint8Array(1025).fill(0x61)),
      'an identity of 60,000 bytes': identity(new Uint8Array(60_000).fill(0x61)),
    },
  ),
  ...rule(
    { rule: 'a flight of more than 64 KiB', clause: 'ours', code: 'MESSAGE_TOO_LARGE', ...psk },
    { 'an identity of 65,500 bytes': identity(new Uint8Array(65_500)) },
  ),
  ...rule(
    { rule: 'another pre-shared key than ours', clause: 'RFC 4279 §2', code: 'RECORD_UNAUTHENTIC', ...psk },
    { 'another pre-shared key under the right identity': after('ClientKeyExchange', otherKeys()) },
  ),
  ...wronglySigned({
    message: 3,
    name: 'CertificateVerify',
    clause: 'RFC 5246 §7.4.8',
    notOffered: {
      rule: 'a signature scheme that CertificateRequest did not list',
      clause: 'RFC 5246 §7.4.8',
    },
    kindOfKey: 'RFC 5246 §7.4.8',
    place: signed,
    over: {
      'a signature that leaves out ClientKeyExchange': overMessages(messages => messages.slice(0, -1)),
      'a signature that leaves out ClientHello': overMessages(messages => messages.slice(1)),
      'a signature over message 3 alone': overMessages(messages => messages.slice(-2)),
      'a signature over message 1 twice': overMessages(messages => [...messages.slice(0, 1), ...messages]),
      'a signature over another ServerHello.random': resigned((bytes, { randoms }) => {
        const at = Buffer.from(bytes).indexOf(randoms.server);
        return Uint8Array.from(bytes).fill(0, at, at + 32);
      }),
    },
  }),
];

function rule(what: Omit<Rule, 'message'>, edits: Readonly<Record<string, Edit>>): readonly Misbehaviour[] {
  return breaking({ message: 3, ...what }, edits);
}

function keyExchange(hex: string): Edit {
  return instead(
    'ClientKeyExchange',
    rewritten('ClientKeyExchange', honest => withBody(honest, Buffer.from(hex, 'hex'))),
  );
}

function identity(bytes: Uint8Array): Edit {
  return instead(
    'ClientKeyExchange',
    changed(message.pskClientKeyExchange, () => ({ identity: bytes })),
  );
}

function signed(edit: SignedEdit): Edit {
  return instead(
    'CertificateVerify',
    rewritten('CertificateVerify', (honest, knowledge) => {
      const [high = 0, low = 0] = bodyOf(honest);
      const right = { scheme: high * 256 + low, signature: bodyOf(honest).subarray(4) };
      const { scheme, signature } = edit(right, knowledge.allSaid, knowledge);
      const head = Buffer.alloc(4);
      head.writeUInt16BE(scheme);
      head.writeUInt16BE(signature.length, 2);
      return withBody(honest, Buffer.concat([head, signature]));
    }),
  );
}

/** Over another choice of the messages so far. */
function overMessages(choose: (messages: readonly Uint8Array[]) => readonly Uint8Array[]): SignedEdit {
  return resigned(bytes => Buffer.concat(choose(messagesIn(bytes))));
}
