// Blocks of asn1js, from which a PKCS #12 file is put together. Knows no structure. What may be long is written in der.ts.
import { type BaseBlock, Constructed, Integer, OctetString, Sequence } from 'asn1js';

export function sequence(...value: BaseBlock[]): BaseBlock {
  return new Sequence({ value });
}

/** A constructed element with a tag of the context: EXPLICIT, or an IMPLICIT SEQUENCE. */
export function tagged(tagNumber: number, ...value: BaseBlock[]): BaseBlock {
  return new Constructed({ idBlock: { tagClass: 3, tagNumber }, value });
}

/** INTEGER; not negative, as all numbers here. */
export function integer(value: number | bigint): BaseBlock {
  return Integer.fromBigInt(BigInt(value));
}

export function octetString(bytes: Uint8Array): BaseBlock {
  return new OctetString({ valueHex: bytes });
}

export function toDer(block: BaseBlock): Uint8Array<ArrayBuffer> {
  return new Uint8Array(block.toBER());
}
