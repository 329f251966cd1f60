// Signatures of ServerKeyExchange and CertificateVerify that are none, and schemes that may not be used: what is wrong
// in both messages alike.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { signWith } from '../../../crypto/signatures.ts';
import type { Signed } from '../../../wire/messages.ts';
import { ecdsaSha256 } from '../../../wire/numbers.ts';
import type { Knowledge } from '../knowledge.ts';
import { breaking, type Misbehaviour, type Rule } from '../misbehaviour.ts';
import type { Edit } from '../steps.ts';
import { behind, flipped } from './bytes.ts';
import { each } from './flights.ts';

/** Another signature over these bytes, or another scheme, than the honest one. */
export type SignedEdit = (honest: Signed, bytes: Uint8Array, knowledge: Knowledge) => Signed;

/** What a signature can be made of, by the two numbers of an honest one. */
type Numbers = Readonly<Record<string, (r: Uint8Array, s: Uint8Array) => Uint8Array>>;

/** Other bytes than the one DER form of SEQUENCE { r INTEGER, s INTEGER }. */
const notInDer: Numbers = {
  'its length in BER form': (r, s) =>
    Buffer.concat([Buffer.of(0x30, 0x81, r.length + s.length + 4), integers(r, s)]),
  'an indefinite length': (r, s) => Buffer.concat([Buffer.of(0x30, 0x80), integers(r, s), Buffer.alloc(2)]),
  'a leading zero in r': (r, s) => sequence(integers(Buffer.concat([Buffer.of(0), r]), s)),
  'a leading zero in s': (r, s) => sequence(integers(r, Buffer.concat([Buffer.of(0), s]))),
  'a byte behind s': (r, s) => sequence(behind(integers(r, s), 0)),
  'a byte behind the sequence': (r, s) => behind(sequence(integers(r, s)), 0),
  'a third number': (r, s) => sequence(Buffer.concat([integers(r, s), Buffer.of(2, 1, 1)])),
  's alone': (_, s) => sequence(Buffer.concat([Buffer.of(2, s.length), s])),
  'r and s side by side without DER': (r, s) => Buffer.concat([fixed(r), fixed(s)]),
};

/** In DER, and no numbers that a signature can have. */
const outOfRange: Numbers = {
  'r that is negative': (r, s) =>
    sequence(integers(Uint8Array.from(r.slice(-32)).with(0, 0x80 | (r.at(-32) ?? 0)), s)),
  'r that is zero': (_, s) => sequence(integers(Uint8Array.of(0), s)),
  's that is zero': r => sequence(integers(r, Uint8Array.of(0))),
  'r and s that are zero': () => sequence(integers(Uint8Array.of(0), Uint8Array.of(0))),
  'r with the order of the curve added': (r, s) => sequence(integers(withOrder(r), s)),
  's with the order of the curve added': (r, s) => sequence(integers(r, withOrder(s))),
};

/** RFC 5246 §4.7, RFC 8422 §5.4, §5.8. */
const wrongSignatures: Readonly<Record<string, SignedEdit>> = {
  'an empty signature': changedTo(() => new Uint8Array()),
  'one bit of its signature changed': changedTo(signature => flipped(signature, -1)),
  'the signature of another key': (honest, bytes) => ({
    ...honest,
    signature: signWith(strangersKey(), ecdsaSha256, bytes),
  }),
  'a signature over nothing': resigned(() => new Uint8Array()),
  ...ofNumbers(outOfRange),
};

/** RFC 5246 §4.7, §7.4.1.4.1: the scheme names the hash. */
const wrongHash: Readonly<Record<string, SignedEdit>> = {
  'a signature by SHA-256 under a scheme of SHA-384': honest => ({ ...honest, scheme: 0x0503 }),
};

/** RFC 5246 §4.7: the DER form of Ecdsa-Sig-Value (RFC 3279 §2.2.3), of which there is one (X.690 8.3.2, 10.1). */
const otherEncodings: Readonly<Record<string, SignedEdit>> = ofNumbers(notInDer);
const oneEncoding = 'RFC 5246 §4.7; RFC 3279 §2.2.3; X.690 8.3, 10.1';

/** None of them is ever offered; the first two are those of SLOTH. */
const neverOffered = {
  ecdsa_sha1: 0x0203,
  rsa_pkcs1_md5: 0x0101,
  ecdsa_md5: 0x0103,
  rsa_pkcs1_sha1: 0x0201,
  dsa_sha256: 0x0402,
  ecdsa_sha224: 0x0303,
  'ecdsa without a hash': 0x0003,
  anonymous: 0x0000,
  ed448: 0x0808,
  '0xfefe': 0xfefe,
} as const;

/** Offered, and not for a P-256 key. */
const forOtherKeys = {
  rsa_pkcs1_sha256: 0x0401,
  rsa_pss_rsae_sha256: 0x0804,
  ed25519: 0x0807,
} as const;

/** What differs between the two messages that are signed. */
export interface SignedMessage {
  readonly message: 2 | 3;
  readonly name: 'ServerKeyExchange' | 'CertificateVerify';
  /** The clause on the signature, the rule and the clause on what was offered, the clause on the kind of the key. */
  readonly clause: string;
  readonly notOffered: Pick<Rule, 'rule' | 'clause'>;
  readonly kindOfKey: string;
  /** Signatures over bytes that are not the message's own. */
  readonly over: Readonly<Record<string, SignedEdit>>;
  readonly place: (edit: SignedEdit) => Edit;
}

/** All that can be wrong with the signature of one of them. */
export function wronglySigned({
  message,
  name,
  clause,
  notOffered,
  kindOfKey,
  over,
  place,
}: SignedMessage): readonly Misbehaviour[] {
  const rule = (what: Omit<Rule, 'message'>, edits: Readonly<Record<string, SignedEdit>>) =>
    breaking(
      { message, ...what },
      each(Object.entries(edits), ([wrong, edit]) => [`${name} has ${wrong}`, place(edit)]),
    );
  const code = 'PARAMETER_ILLEGAL';
  const unverified = { rule: 'a signature that does not verify', clause, code: 'SIGNATURE_INVALID' } as const;
  return [
    ...rule(unverified, { ...wrongSignatures, ...over }),
    ...rule({ ...unverified, onem2m: code }, wrongHash),
    ...rule(
      {
        ...unverified,
        rule: 'an ECDSA signature in another form than its one in DER',
        clause: oneEncoding,
      },
      otherEncodings,
    ),
    ...rule({ ...notOffered, code }, schemes(neverOffered)),
    ...rule(
      { rule: 'a signature scheme for another kind of key', clause: kindOfKey, code },
      schemes(forOtherKeys),
    ),
    ...rule(
      {
        rule: 'an ECDSA scheme with another hash than that of the curve',
        clause: 'RFC 5246 §7.4.1.4.1',
        code: null,
        onem2m: code,
      },
      {
        'a signature under ecdsa_secp384r1_sha384 with a P-256 key': (_, bytes, knowledge) => ({
          scheme: 0x0503,
          signature: signWith(keyOf(knowledge), 0x0503, bytes),
        }),
      },
    ),
  ];
}

function schemes(numbers: Readonly<Record<string, number>>): Record<string, SignedEdit> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, scheme]) => [
      `the scheme ${name}`,
      honest => ({ ...honest, scheme }),
    ]),
  );
}

/** Signed with the right key over other bytes. */
export function resigned(edit: (bytes: Uint8Array, knowledge: Knowledge) => Uint8Array): SignedEdit {
  return ({ scheme }, bytes, knowledge) => ({
    scheme,
    signature: signWith(keyOf(knowledge), scheme, edit(bytes, knowledge)),
  });
}

export function keyOf({ credential }: Knowledge): KeyObject {
  if (!credential) throw new RangeError('credential: whoever signs needs one');
  return credential.key;
}

function ofNumbers(edits: Numbers): Readonly<Record<string, SignedEdit>> {
  return Object.fromEntries(
    Object.entries(edits).map(([name, edit]) => [
      `a signature with ${name}`,
      changedTo(signature => edit(...numbersOf(signature))),
    ]),
  );
}

function changedTo(edit: (signature: Uint8Array) => Uint8Array): SignedEdit {
  return ({ scheme, signature }) => ({ scheme, signature: edit(signature) });
}

let stranger: KeyObject | null = null;

function strangersKey(): KeyObject {
  stranger ??= generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  return stranger;
}

/** SEC 2 §2.4.2. */
const orderOfP256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function withOrder(number: Uint8Array): Uint8Array {
  const sum = BigInt(`0x${Buffer.from(number).toString('hex')}`) + orderOfP256;
  const digits = sum.toString(16).padStart(66, '0');
  return Buffer.from(digits, 'hex');
}

function fixed(number: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.alloc(32), number]).subarray(-32);
}

function numbersOf(signature: Uint8Array): [Uint8Array, Uint8Array] {
  const [, , , size = 0] = signature;
  return [signature.subarray(4, 4 + size), signature.subarray(6 + size)];
}

function integers(r: Uint8Array, s: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(2, r.length), r, Buffer.of(2, s.length), s]);
}

function sequence(content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}
