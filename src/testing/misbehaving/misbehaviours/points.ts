// Ephemeral public keys that are none: what an end-point takes without looking gives away its private key
// (invalid-curve attacks) or agrees on what everybody knows.
import { ECDH } from 'node:crypto';
import { breaking, type Misbehaviour, type Rule } from '../misbehaviour.ts';
import type { Edit } from '../steps.ts';
import { behind, flipped } from './bytes.ts';
import { each, ecdhePsk } from './flights.ts';

export type PointEdit = (honest: Uint8Array) => Uint8Array;

const uncompressed = 4;
/** The prime of secp256r1 (SEC 2 §2.4.2). */
const prime = Buffer.from('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff', 'hex');
const size = prime.length;
/** x = 0 is on the curve. */
const ofZero = ECDH.convertKey(behind(Uint8Array.of(2), ...Buffer.alloc(size)), 'prime256v1') as Buffer;

/** In forms that RFC 8422 §5.4.1 does not have. */
const otherForms: Readonly<Record<string, PointEdit>> = {
  compressed: point => Buffer.concat([Buffer.of(2 + ((point.at(-1) ?? 0) & 1)), point.subarray(1, 1 + size)]),
  'in hybrid form': point => Uint8Array.from(point).with(0, 6 + ((point.at(-1) ?? 0) & 1)),
  'without the byte 4': point => point.subarray(1),
  'a byte too long': point => behind(point, 0),
  'a byte too short': point => point.subarray(0, -1),
  'the point at infinity, one zero byte': () => Uint8Array.of(0),
  'of 255 bytes': () => new Uint8Array(255).fill(uncompressed),
};

/** RFC 8422 §5.11. */
const notOnTheCurve: Readonly<Record<string, PointEdit>> = {
  'a point next to the curve': point => flipped(point, -1),
  'zeros in both coordinates': () => Uint8Array.of(uncompressed, ...Buffer.alloc(2 * size)),
  'the coordinates exchanged': point =>
    Buffer.concat([point.subarray(0, 1), point.subarray(1 + size), point.subarray(1, 1 + size)]),
  'a point on the curve with the prime added to its x': () =>
    Buffer.concat([Buffer.of(uncompressed), prime, ofZero.subarray(1 + size)]),
  'coordinates above the prime': () => Uint8Array.of(uncompressed, ...Buffer.alloc(2 * size, 0xff)),
};

/** Keys for X25519 that lead to zeros whatever the other one is (RFC 7748 §6.1), and what is no key. */
const forX25519: Readonly<Record<string, PointEdit>> = {
  'zeros for x25519': () => new Uint8Array(32),
  'one for x25519': () => Uint8Array.of(1, ...Buffer.alloc(31)),
  'a key of order 8 for x25519': hex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'),
  'another key of order 8 for x25519': hex(
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  ),
  'the prime less one for x25519': hex('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
  'the prime for x25519': hex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
  'the prime and one for x25519': hex('eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
  'the prime with the last bit, for x25519': hex(
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ),
  '31 bytes for x25519': point => point.subarray(1),
  '33 bytes for x25519': point => behind(point, 0),
};

function hex(bytes: string): PointEdit {
  return () => Buffer.from(bytes, 'hex');
}

/** All of them in one of the two messages that bring an ephemeral public key. */
export function wrongPoints(
  message: 2 | 3,
  keyExchange: 'ServerKeyExchange' | 'ClientKeyExchange',
  { signed, preshared }: Readonly<Record<'signed' | 'preshared', (edit: PointEdit) => Edit>>,
): readonly Misbehaviour[] {
  const rule = (
    what: Pick<Rule, 'rule' | 'clause' | 'by' | 'options' | 'onem2m'>,
    edits: Record<string, Edit>,
  ) => breaking({ message, code: 'PARAMETER_ILLEGAL', ...what }, edits);
  const points = (of: string, edits: Readonly<Record<string, PointEdit>>, place: (edit: PointEdit) => Edit) =>
    each(Object.entries(edits), ([name, edit]) => [`${of} has as its point: ${name}`, place(edit)]);
  return [
    ...rule(
      { rule: 'a point in another form than uncompressed', clause: 'RFC 8422 §5.4.1' },
      points(keyExchange, otherForms, signed),
    ),
    ...rule(
      { rule: 'a point that is not on the curve', clause: 'RFC 8422 §5.11' },
      points(keyExchange, notOnTheCurve, signed),
    ),
    ...rule(
      {
        rule: 'a key for X25519 that leads to zeros, or is none',
        clause: 'RFC 8422 §5.11; RFC 7748 §6.1',
        onem2m: 'lacks',
        options: { group: 'x25519' },
      },
      points(keyExchange, forX25519, signed),
    ),
    ...rule(
      { rule: 'a point that is not on the curve', clause: 'RFC 8422 §5.11; RFC 5489 §2', ...ecdhePsk },
      points(`${keyExchange} with a pre-shared key`, { ...otherForms, ...notOnTheCurve }, preshared),
    ),
  ];
}
