// What can be wrong with ServerKeyExchange: the curve, the ephemeral key and the signature over both.
import { signWith } from '../../../crypto/signatures.ts';
import { encode, type Of } from '../../../wire/codec.ts';
import { EcdheParameters, message } from '../../../wire/messages.ts';
import { breaking, type Misbehaviour, type Rule } from '../misbehaviour.ts';
import { changed, type Edit, handshakeMessage, instead, rewritten, type Saying } from '../steps.ts';
import { withBody } from './bytes.ts';
import { each, ecdhePsk } from './flights.ts';
import { type PointEdit, wrongPoints } from './points.ts';
import { keyOf, resigned, type SignedEdit, wronglySigned } from './signatures.ts';

export const serverKeyExchange: readonly Misbehaviour[] = [
  ...rule(
    {
      rule: 'curve parameters in the place of a named curve',
      clause: 'RFC 8422 §5.4',
      code: 'MESSAGE_MALFORMED',
    },
    {
      'ServerKeyExchange with explicit_prime parameters': parameters(honest =>
        Buffer.concat([Buffer.of(1), honest.subarray(1)]),
      ),
      'ServerKeyExchange with explicit_char2 parameters': parameters(honest =>
        Buffer.concat([Buffer.of(2), honest.subarray(1)]),
      ),
      'ServerKeyExchange of curve type 0': parameters(honest =>
        Buffer.concat([Buffer.of(0), honest.subarray(1)]),
      ),
    },
  ),
  ...rule(
    { rule: 'a group that was not offered', clause: 'RFC 8422 §5.4', code: 'PARAMETER_ILLEGAL' },
    each(
      [
        ['secp256k1', 22],
        ['sect163k1', 1],
        ['secp224r1', 21],
        ['brainpoolP256r1', 26],
        ['x448', 30],
        ['ffdhe2048', 256],
        ['group 0', 0],
        ['arbitrary_explicit_prime_curves', 0xff01],
      ] as const,
      ([name, group]) => [
        `ServerKeyExchange with ${name}`,
        parameters(honest =>
          Buffer.concat([honest.subarray(0, 1), Buffer.of(group >> 8, group & 0xff), honest.subarray(3)]),
        ),
      ],
    ),
  ),
  ...wrongPoints(2, 'ServerKeyExchange', {
    signed: point,
    preshared: edit =>
      instead(
        'ServerKeyExchange',
        changed(message.ecdhePskServerKeyExchange, ({ identityHint, parameters: honest }) => ({
          identityHint,
          parameters: { ...honest, point: edit(honest.point) },
        })),
      ),
  }),
  ...rule(
    { rule: 'a point of no bytes', clause: 'RFC 8422 §5.4', code: 'MESSAGE_MALFORMED' },
    { 'ServerKeyExchange has as its point: no bytes': point(() => new Uint8Array()) },
  ),
  ...wronglySigned({
    message: 2,
    name: 'ServerKeyExchange',
    clause: 'RFC 8422 §5.4',
    notOffered: { rule: 'a signature scheme that was not offered', clause: 'RFC 5246 §7.4.3' },
    kindOfKey: 'RFC 5246 §7.4.2, §7.4.3',
    place: signed,
    over: {
      'a signature that leaves out both randoms': resigned(bytes => bytes.subarray(64)),
      'a signature with the randoms exchanged': resigned(bytes =>
        Buffer.concat([bytes.subarray(32, 64), bytes.subarray(0, 32), bytes.subarray(64)]),
      ),
      'a signature over the ClientHello.random of another handshake': resigned(bytes =>
        Buffer.concat([new Uint8Array(32), bytes.subarray(32)]),
      ),
      'a signature over the ServerHello.random of another handshake': resigned(bytes =>
        Buffer.concat([bytes.subarray(0, 32), new Uint8Array(32), bytes.subarray(64)]),
      ),
      'a signature over other parameters': resigned(bytes =>
        Uint8Array.from(bytes).with(-1, (bytes.at(-1) ?? 0) ^ 1),
      ),
      'a signature over the transcript': resigned((_, { allSaid }) => allSaid),
    },
  }),
  ...rule(
    {
      rule: 'ServerKeyExchange of another key exchange',
      clause: 'RFC 5489 §2; RFC 4279 §2',
      code: 'MESSAGE_MALFORMED',
      ...ecdhePsk,
    },
    {
      'ServerKeyExchange with a hint alone where a point is due': instead(
        'ServerKeyExchange',
        hint(new Uint8Array()),
      ),
    },
  ),
];

function rule(what: Omit<Rule, 'message'>, edits: Readonly<Record<string, Edit>>): readonly Misbehaviour[] {
  return breaking({ message: 2, ...what }, edits);
}

/** ServerKeyExchange of other bytes in the place of its parameters, rightly signed. */
function parameters(edit: (honest: Uint8Array) => Uint8Array): Edit {
  return keyExchange(edit, honest => honest);
}

function point(edit: PointEdit): Edit {
  return parameters(honest => {
    const bytes = edit(honest.subarray(4));
    return Buffer.concat([honest.subarray(0, 3), Buffer.of(bytes.length), bytes]);
  });
}

function signed(edit: SignedEdit): Edit {
  return keyExchange(honest => honest, edit);
}

function keyExchange(edit: (parameters: Uint8Array) => Uint8Array, sign: SignedEdit): Edit {
  return instead(
    'ServerKeyExchange',
    rewritten('ServerKeyExchange', (honest, knowledge) => {
      const { scheme, randoms, ephemeral } = knowledge;
      const named: Of<typeof EcdheParameters> = {
        curveType: 3,
        group: ephemeral.group.id,
        point: ephemeral.point,
      };
      const changed = edit(encode(EcdheParameters, named));
      const bytes = Buffer.concat([randoms.client, randoms.server, changed]);
      const right = { scheme, signature: signWith(keyOf(knowledge), scheme, bytes) };
      const { scheme: said, signature } = sign(right, bytes, knowledge);
      const head = Buffer.alloc(4);
      head.writeUInt16BE(said);
      head.writeUInt16BE(signature.length, 2);
      return withBody(honest, Buffer.concat([changed, head, signature]));
    }),
  );
}
function hint(identityHint: Uint8Array): Saying {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(identityHint.length);
  return handshakeMessage(message.pskServerKeyExchange.type, Buffer.concat([head, identityHint]));
}
