// What ESData costs in each of its classes: a payload protected and opened, beside the calls of jose in it.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CompactEncrypt, CompactSign, compactDecrypt, compactVerify } from 'jose';
import { parseRawPublicKey } from '../certificates/raw-public-key.ts';
import { systemRandom } from '../crypto/random.ts';
import { deriveDataKeys } from '../keys/data.ts';
import { deriveEndToEndKeys } from '../keys/end-to-end.ts';
import { openContentInstance, protectContentInstance } from '../protection/esdata/content-instance.ts';
import { contentCredentials } from '../protection/esdata/content-keys.ts';
import type { DirectKey, MicKey, WrappingKey } from '../protection/esdata/credentials.ts';
import { decrypt, encrypt } from '../protection/esdata/encryption.ts';
import { decryptThenVerify, signThenEncrypt } from '../protection/esdata/nested.ts';
import { pairwiseCredentials } from '../protection/esdata/pairwise-credentials.ts';
import { sign, verify } from '../protection/esdata/signature.ts';
import type { Contender } from './measure.ts';

export interface EsDataBench {
  /** Security class (TS-0003 8.5.2.1) and algorithms. */
  readonly name: string;
  readonly about: string;
  /** The first is jose alone. */
  readonly contenders: () => Promise<readonly Contender[]>;
}

/** Some readings of a sensor. */
const payload = Buffer.alloc(1024, 'x');

export const esdataBenches: readonly EsDataBench[] = [
  {
    name: 'dir',
    about: 'encryption only, dir with A256GCM, and a content instance under keys of its container',
    async contenders() {
      const { encryption } = sharedCredentials();
      return [await joseEncryption(encryption), encryptAndDecrypt(encryption), contentInstance()];
    },
  },
  {
    name: 'a256kw',
    about: 'encryption only, A256KW with A256GCM',
    async contenders() {
      const { keyWrap } = sharedCredentials();
      return [await joseEncryption(keyWrap), encryptAndDecrypt(keyWrap)];
    },
  },
  {
    name: 'ecdh-es',
    about: 'encryption only, ECDH-ES+A256KW on P-256 with A256GCM',
    async contenders() {
      const target = ownKey();
      return [await joseEncryption(target), encryptAndDecrypt(target)];
    },
  },
  {
    name: 'hs256',
    about: 'integrity only, HS256',
    async contenders() {
      const { mic } = sharedCredentials();
      return [await joseSignature(mic), signAndVerify(mic)];
    },
  },
  {
    name: 'es256',
    about: 'signature only, ES256',
    async contenders() {
      const source = ownKey();
      return [await joseSignature(source), signAndVerify(source)];
    },
  },
  {
    name: 'nested',
    about: 'signed with ES256, then encrypted with ECDH-ES+A256KW',
    async contenders() {
      const [source, target] = [ownKey(), ownKey()];
      return [await joseNested(source, target), nested(source, target)];
    },
  },
];

type Own = ReturnType<typeof ownKey>;

function sharedCredentials() {
  return pairwiseCredentials(deriveEndToEndKeys(systemRandom(32), systemRandom(16)));
}

/** A raw public key, which says nothing of its use, and its private key. */
function ownKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { certificate: parseRawPublicKey(publicKey.export({ format: 'der', type: 'spki' })), privateKey };
}

function encryptAndDecrypt(credential: DirectKey | WrappingKey | Own): Contender {
  return {
    name: 'encrypt and decrypt',
    async run() {
      const envelope = await encrypt(payload, [credential]);
      requirePayload((await decrypt(envelope, [credential])).payload);
    },
  };
}

function signAndVerify(credential: MicKey | Own): Contender {
  return {
    name: 'sign and verify',
    async run() {
      const envelope = await sign(payload, [credential]);
      requirePayload((await verify(envelope, [credential])).payload);
    },
  };
}

function nested(source: Own, target: Own): Contender {
  return {
    name: 'signThenEncrypt and decryptThenVerify',
    async run() {
      const envelope = await signThenEncrypt(payload, [source], [target]);
      requirePayload((await decryptThenVerify(envelope, [target], [source])).payload);
    },
  };
}

function contentInstance(): Contender {
  const container = 'temperature';
  const dataKeys = [{ id: 'K-AE1@tef.example.com', ...deriveDataKeys(systemRandom(32), systemRandom(16)) }];
  const [credentials] = dataKeys.map(source => contentCredentials(source, { level: 'container', container }));
  if (credentials === undefined) throw new Error('there are no data keys');
  return {
    name: 'protectContentInstance and openContentInstance, keys of the container',
    async run() {
      const plain = { mediaType: 'application/octet-stream', content: payload };
      const instance = await protectContentInstance(
        plain,
        { container },
        { contentCredentials: credentials },
      );
      requirePayload((await openContentInstance(instance, { dataKeys, container })).content);
    },
  };
}

async function joseEncryption(credential: DirectKey | WrappingKey | Own): Promise<Contender> {
  const jwe = joseJwe(headerOf(await encrypt(payload, [credential])), credential);
  return {
    name: 'jose alone: CompactEncrypt, compactDecrypt',
    run: async () => requirePayload(await jwe(payload)),
  };
}

async function joseSignature(credential: MicKey | Own): Promise<Contender> {
  const { made, opened } = joseJws(headerOf(await sign(payload, [credential])), credential);
  return {
    name: 'jose alone: CompactSign, compactVerify',
    run: async () => requirePayload(await opened(await made(payload))),
  };
}

async function joseNested(source: Own, target: Own): Promise<Contender> {
  const jws = joseJws(headerOf(await sign(payload, [source])), source);
  const jwe = joseJwe(headerOf(await signThenEncrypt(payload, [source], [target])), target);
  return {
    name: 'jose alone: CompactSign, CompactEncrypt, compactDecrypt, compactVerify',
    async run() {
      const inner = await jwe(Buffer.from(await jws.made(payload)));
      requirePayload(await jws.opened(Buffer.from(inner).toString()));
    },
  };
}

/** What `encrypt` and `decrypt` of this library hand to jose, and nothing else. */
function joseJwe({ epk: _, ...header }: JoseHeader, credential: DirectKey | WrappingKey | Own) {
  const { alg, enc } = header;
  const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] };
  const { their, own } = keysOf(credential);
  return async (plaintext: Uint8Array) => {
    const object = await new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(their);
    return (await compactDecrypt(object, own, options)).plaintext;
  };
}

function joseJws(header: JoseHeader, credential: MicKey | Own) {
  const { their, own } = keysOf(credential);
  return {
    made: (bytes: Uint8Array) => new CompactSign(bytes).setProtectedHeader(header).sign(own),
    opened: async (object: string) =>
      (await compactVerify(object, their, { algorithms: [header.alg] })).payload,
  };
}

type JoseHeader = { alg: string; enc: string; epk?: unknown };

function headerOf(envelope: string): JoseHeader {
  return JSON.parse(Buffer.from(envelope.split('.')[0] ?? '', 'base64url').toString());
}

/** The key that everybody may have, and the one that only its owner has; a shared key is both. */
function keysOf(credential: DirectKey | WrappingKey | MicKey | Own): Record<'their' | 'own', KeyObject> {
  return 'key' in credential
    ? { their: credential.key, own: credential.key }
    : { their: credential.certificate.publicKey, own: credential.privateKey };
}

function requirePayload(bytes: Uint8Array): void {
  if (bytes.length !== payload.length) throw new Error('another payload');
}
