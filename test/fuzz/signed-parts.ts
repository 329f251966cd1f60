// Certificates, CRLs and OCSP responses as parts whose signature is made again when they are changed, so that the rules
// behind the signature are reached. Knows ECDSA with P-256 alone; others keep the signature that they have.
import { createECDH, createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { bitString, der, integer } from '../../src/testing/certificate-maker.ts';
import { derPart } from './der-parts.ts';
import { Part, type Seal } from './part.ts';

interface CertificateParts {
  certificatePart(certificate: Uint8Array): Part;
  /** Each certificate behind three octets of length, as in the Certificate message. */
  chainPart(chain: readonly Uint8Array[]): Part;
  /** Any DER, in which each signed structure is signed again, those inside of others too. */
  signedPart(bytes: Uint8Array): Part;
}

/** @param keys private keys of the issuers, P-256. */
export function signedBy(keys: readonly KeyObject[]): CertificateParts {
  const issuers = keys.map(key => ({
    publicKey: createPublicKey(key),
    seal: sealing(key, 3),
    sealWhatFollows: sealing(key, 4),
  }));
  const certificatePart = (certificate: Uint8Array): Part => {
    const part = derPart(certificate) ?? new Part({ kind: 'whole', inside: certificate });
    const issuer = issuers.find(({ publicKey }) => isSignedWith(part, publicKey));
    return issuer === undefined ? part : part.with({ kind: 'certificate', length: null, seal: issuer.seal });
  };
  const chainPart = (chain: readonly Uint8Array[]): Part =>
    new Part({
      kind: 'chain',
      inside: chain.map(
        certificate =>
          new Part({ kind: 'certificate entry', length: 3, inside: [certificatePart(certificate)] }),
      ),
    });
  const withSeals = (part: Part): Part => {
    const issuer = issuers.find(({ publicKey }) => isSignedWith(part, publicKey));
    const { inside } = part;
    return part.with({
      inside: inside instanceof Uint8Array ? inside : inside.map(withSeals),
      ...(issuer !== undefined && { length: null, seal: issuer.sealWhatFollows }),
    });
  };
  const signedPart = (bytes: Uint8Array): Part =>
    withSeals(derPart(bytes) ?? new Part({ kind: 'whole', inside: bytes }));
  return { certificatePart, chainPart, signedPart };
}

function isSignedWith({ parts: [tbs, , signature] }: Part, publicKey: KeyObject): boolean {
  if (tbs === undefined || signature === undefined) return false;
  const value = Buffer.concat(signature.parts.slice(1).map(({ bytes }) => bytes));
  return verify('sha256', tbs.bytes, publicKey, value);
}

/** Of the group P-256 (FIPS 186-4 D.1.2.3). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** ECDSA with the nonce 2 for all: it tells the key to everybody, and gives the same signature each time. */
const inverseOfNonce = (order + 1n) / 2n;
const pointOfNonce = createECDH('prime256v1');
pointOfNonce.setPrivateKey(Buffer.from('02'.padStart(64, '0'), 'hex'));
const r = numberOf(pointOfNonce.getPublicKey().subarray(1, 33)) % order;

/**
 * What is signed, signatureAlgorithm and a signature over the first; with other parts, these.
 *
 * @param most parts: certificates stand behind the signature of a BasicOCSPResponse (RFC 6960 4.2.1).
 */
function sealing(key: KeyObject, most: 3 | 4): Seal {
  const signer = signerOf(key);
  return (parts, _place, [tag = 0]) => {
    const [tbs, algorithm, , ...more] = parts;
    return tbs === undefined || algorithm === undefined || parts.length < 3 || parts.length > most
      ? der(tag, ...parts)
      : der(tag, tbs, algorithm, bitString(signer(tbs)), ...more);
  };
}

function signerOf(key: KeyObject): (bytes: Uint8Array) => Uint8Array {
  const { d = '' } = key.export({ format: 'jwk' });
  const share = (r * numberOf(Buffer.from(d, 'base64url'))) % order;
  return bytes => {
    const s = (inverseOfNonce * (numberOf(hash('sha256', bytes, 'buffer')) + share)) % order;
    return der(0x30, integer(r), integer(s));
  };
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
