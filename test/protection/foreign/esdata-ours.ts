// What our side makes and opens of a case.
import assert from 'node:assert/strict';
import type {
  KeyManagement,
  MacAlgorithm,
  SignatureAlgorithm,
} from '../../../src/protection/esdata/algorithms.ts';
import type {
  DecryptionCredential,
  EncryptionCredential,
  OwnKey,
  SigningCredential,
  VerificationCredential,
} from '../../../src/protection/esdata/credentials.ts';
import { decrypt, encrypt } from '../../../src/protection/esdata/encryption.ts';
import { decryptThenVerify, signThenEncrypt } from '../../../src/protection/esdata/nested.ts';
import { sign, verify } from '../../../src/protection/esdata/signature.ts';
import type { EsDataCase, Party } from './esdata-cases.ts';
import { credentialNamed, type EsDataKeys } from './esdata-keys.ts';

/** Within the lives of the recorded certificates. */
const time = new Date('2026-11-22T12:00:00Z');

export async function makeOurs(each: EsDataCase, keys: EsDataKeys): Promise<string> {
  const { serialization, recipients, signers, enc, contentType, aad } = each;
  const payload = Buffer.from(each.payload, 'base64url');
  const options = {
    serialization,
    time,
    ...(contentType !== undefined && { contentType }),
    ...(aad !== undefined && { aad: Buffer.from(aad, 'base64url') }),
    ...(enc !== undefined && { enc }),
  };
  const encryptFor = (recipients ?? []).map(party => toEncrypt(party, keys));
  if (signers === undefined) return encrypt(payload, encryptFor, options);
  if (recipients === undefined)
    return sign(
      payload,
      signers.map(party => toSign(party, keys)),
      options,
    );
  return signThenEncrypt(
    payload,
    signers.map(party => ownSignature(party, keys)),
    encryptFor,
    options,
  );
}

/** Opens it as the recipient with this number, and expects every signature and what the case says of the content. */
export async function openOurs(
  each: EsDataCase,
  keys: EsDataKeys,
  envelope: string,
  recipient = 0,
): Promise<void> {
  const { recipients, signers, contentType = null, aad = null } = each;
  const verification = (signers ?? []).map(party => toVerify(party, keys));
  const party = recipients?.[recipient];
  const opened =
    party === undefined
      ? { aad: null, ...(await verify(envelope, verification, { time })) }
      : signers === undefined
        ? { credentials: [], ...(await decrypt(envelope, [toDecrypt(party, keys)], { time })) }
        : await decryptThenVerify(envelope, [toDecrypt(party, keys)], verification, { time });
  assert.equal(Buffer.from(opened.payload).toString('base64url'), each.payload);
  assert.equal(opened.contentType, contentType);
  assert.equal(opened.aad === null ? null : Buffer.from(opened.aad).toString('base64url'), aad);
  assert.deepEqual(opened.credentials, verification);
}

function toEncrypt({ key, alg }: Party, keys: EsDataKeys): EncryptionCredential {
  const { encryption, own } = credentialNamed(key, keys);
  return (
    encryption ?? {
      certificate: required(own).certificate,
      alg: alg as Exclude<KeyManagement, 'dir'> & string,
    }
  );
}

function toDecrypt({ key, alg }: Party, keys: EsDataKeys): DecryptionCredential {
  const { encryption, own } = credentialNamed(key, keys);
  return encryption ?? { ...required(own), alg: alg as KeyManagement };
}

function toSign(party: Party, keys: EsDataKeys): SigningCredential {
  const { mic } = credentialNamed(party.key, keys);
  return mic === undefined ? ownSignature(party, keys) : { ...mic, alg: party.alg as MacAlgorithm };
}

function toVerify({ key, alg }: Party, keys: EsDataKeys): VerificationCredential {
  const { mic, own } = credentialNamed(key, keys);
  return mic === undefined
    ? { certificate: required(own).certificate, alg: alg as SignatureAlgorithm }
    : { ...mic, alg: alg as MacAlgorithm };
}

function ownSignature({ key, alg }: Party, keys: EsDataKeys): OwnKey<SignatureAlgorithm> {
  return { ...required(credentialNamed(key, keys).own), alg: alg as SignatureAlgorithm };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the case names a key of another kind');
  return value;
}
