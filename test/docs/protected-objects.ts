// The objects that docs/protection.md shows: made by the library between two end-points of the lab, at one time and with the
// same random bytes each time, so that the document can be held against what is made today.
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { TestContext } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { parseRawPublicKey } from '../../src/certificates/raw-public-key.ts';
import { deriveDataKeys } from '../../src/keys/data.ts';
import { deriveEndToEndKeys } from '../../src/keys/end-to-end.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../../src/onem2m/primitive.ts';
import { shortRequest, shortResponse } from '../../src/onem2m/short-names.ts';
import { protectAttribute } from '../../src/protection/esdata/attributes.ts';
import { protectContentInstance } from '../../src/protection/esdata/content-instance.ts';
import { contentCredentials } from '../../src/protection/esdata/content-keys.ts';
import { encrypt } from '../../src/protection/esdata/encryption.ts';
import { signThenEncrypt } from '../../src/protection/esdata/nested.ts';
import { pairwiseCredentials } from '../../src/protection/esdata/pairwise-credentials.ts';
import { sign } from '../../src/protection/esdata/signature.ts';
import { provisionedKeys } from '../../src/protection/esprim/keys.ts';
import { cae2, certs, fixedClock, seeded } from '../endpoint/lab.ts';
import { exchange, kpsa, provisioned } from '../protection/esprim/lab.ts';

export interface Shown {
  readonly title: string;
  readonly about: string;
  /** What travels, or lies in a resource, with the object in it. */
  readonly carrier: unknown;
  /** The ESPrim Object or ESData Envelope; null where there is none. */
  readonly object: string | null;
  /** What is encrypted in it; null where nothing is, or where it was shown before. */
  readonly inside: string | null;
}

/** Each is made anew; but for signatures and ephemeral keys, which are OpenSSL's, it is the same each time. */
export async function protectedObjects(
  t: TestContext,
): Promise<Readonly<Record<'ESPrim' | 'ESData', readonly Shown[]>>> {
  const random = seeded('protected objects');
  t.mock.method(globalThis.crypto, 'getRandomValues', (bytes: Uint8Array) => {
    bytes.set(random(bytes.length));
    return bytes;
  });
  return { ESPrim: await ofEsPrim(), ESData: await ofEsData() };
}

const inner = { operation: 'retrieve', to: '/cse-b/-/temperature/la', requestIdentifier: 'inner-1' } as const;

async function ofEsPrim(): Promise<readonly Shown[]> {
  const { client, seen, dispatched } = exchange();
  const response = await client.send(inner);
  await client.send({ ...inner, requestIdentifier: 'inner-2' });
  const [asked, first, second] = seen;

  const signed = exchange({
    client: { protection: 'authentication' },
    handler: { protections: ['authentication'] },
  });
  await signed.client.send(inner);

  const { master, salt } = kpsa;
  const receiver = provisionedKeys([{ entity: cae2, master, salt }]);
  const impersonated = exchange({ keys: { ...provisioned(), receiver } });
  await impersonated.client.send(inner).catch(() => undefined);

  const restarted = exchange({ handler: { random: seeded('a receiver that was started anew') } });
  const forgotten = await restarted.notify(second?.request.content);

  return [
    {
      title: 'The request for a random object',
      about:
        'securityInfoType 3. Anybody may ask. It is left out where the receiver publishes a shared random object in the attribute `esi` of its resource, or sent the next one with a response.',
      ...ofRequest(asked?.request),
      inside: null,
    },
    {
      title: 'The random object',
      about:
        'securityInfoType 4. `ero` is the receiverESPrimRandObject. Its identifier says that it is for one originator (`u`, or `s` if it is shared), when it ends, 16 random bytes, and a tag by which it is known again. Into sessionESPrimKey it goes as it stands here, from `{` to `}`.',
      ...ofResponse(asked?.response),
      inside: null,
    },
    {
      title: 'The first request of a session',
      about:
        'securityInfoType 5. `oro` brings the originatorESPrimRandObject, until a response has shown that the receiver has it.',
      ...ofRequest(first?.request),
      inside: JSON.stringify(dispatched[0] && shortRequest(dispatched[0].request)),
    },
    {
      title: 'Its response',
      about:
        'Under the same session key. `rsc` outside is that of the NOTIFY, and nobody vouches for it; the one that counts is inside.',
      ...ofResponse(first?.response),
      inside: JSON.stringify(shortResponse(response)),
    },
    {
      title: 'Every later request of the session',
      about: 'Without `oro`: the identifiers are enough.',
      ...ofRequest(second?.request),
      inside: null,
    },
    {
      title: 'A request that is authenticated only',
      about:
        'A compact JWS in the place of the JWE, under a session key that follows from another key; everybody can read the primitive. For receivers that take it.',
      ...ofRequest(signed.seen[1]?.request),
      inside: null,
    },
    {
      title: 'A refusal under the session key',
      about:
        'From of the inner request was not the entity that the key is bound to: 4116, outside and, where it counts, inside.',
      ...ofResponse(impersonated.seen[1]?.response),
      inside: null,
    },
    {
      title: 'A refusal without a session',
      about:
        'There is no key to say it under: here the receiver does not know `rri`, since it was started anew. The originator begins another session, once.',
      ...ofResponse(forgotten),
      inside: null,
    },
  ];
}

async function ofEsData(): Promise<readonly Shown[]> {
  const time = fixedClock()();
  const payload = JSON.stringify({ temperature: 21.5 });
  const { encryption, keyWrap, mic } = pairwiseCredentials(deriveEndToEndKeys(kpsa.master, kpsa.salt));
  const source = {
    id: '54-//m2m.example.com/cse-a/Cae1',
    certificate: parseCertificate(new X509Certificate(certs('cae1.pem')).raw),
    privateKey: createPrivateKey(certs('cae1.key')),
  };
  const target = {
    certificate: parseRawPublicKey(
      createPublicKey(certs('cse-b.key')).export({ format: 'der', type: 'spki' }),
    ),
  };
  const options = { time, contentType: 'json' };
  const dataKeys = { id: 'K-AE1@tef.example.com', ...deriveDataKeys(kpsa.master, kpsa.salt) };
  const ofInstance = contentCredentials(dataKeys, {
    level: 'contentInstance',
    container: 'temperature',
    nonce: seeded('nonce')(16),
  });
  const instance = await protectContentInstance(
    { mediaType: 'application/json', content: payload },
    { container: 'temperature', creationTime: time },
    { contentCredentials: ofInstance },
  );
  const attribute = await protectAttribute(
    40,
    { resource: '/cse-b/Cae1/lamp', attribute: 'brightness' },
    { signWith: [mic] },
    { time },
  );
  return [
    {
      title: 'Encrypted, compact',
      about: 'With a key that two end-points share, directly: no content encryption key travels.',
      ...envelope(await encrypt(Buffer.from(payload), [encryption], options)),
      inside: payload,
    },
    {
      title: 'Encrypted for several, JSON',
      about:
        'One content encryption key, for one who shares a key and for one who has a raw public key. What differs between them stands beside each.',
      ...envelope(await encrypt(Buffer.from(payload), [keyWrap, target], options)),
      inside: payload,
    },
    {
      title: 'Signed, compact',
      about: 'With a certificate. The payload is readable.',
      ...envelope(await sign(Buffer.from(payload), [source], options)),
      inside: null,
    },
    {
      title: 'Signed by two, JSON',
      about: 'A MIC and a signature over one payload; either can be verified without the other.',
      ...envelope(await sign(Buffer.from(payload), [mic, source], options)),
      inside: null,
    },
    {
      title: 'Signed, then encrypted',
      about:
        'The nested class: the whole of a signed Envelope is the plaintext, as `cty` says. Inside is an object as in “Signed, compact”.',
      ...envelope(await signThenEncrypt(Buffer.from(payload), [source], [target], options)),
      inside: null,
    },
    {
      title: 'A protected content instance',
      about:
        '`con` is the Envelope and `cnf` says so with its last number, contentSecurity 1. `cpa` is cryptoParams: for which container, when, and with which nonce the key of this instance was derived from the data key that `kid` names.',
      carrier: { 'm2m:cin': instance },
      object: instance.con,
      inside: payload,
    },
    {
      title: 'A protected attribute',
      about:
        'One attribute beside others that are not protected, with a MIC. `atr` binds it to its place. The value is the payload, in JSON.',
      carrier: { brightness: attribute },
      object: attribute,
      inside: null,
    },
  ];
}

function envelope(object: string): Pick<Shown, 'carrier' | 'object'> {
  return { carrier: object.startsWith('{') ? JSON.parse(object) : object, object };
}

function ofRequest(request: RequestPrimitive | undefined): Pick<Shown, 'carrier' | 'object'> {
  if (request === undefined) throw new Error('there is no such request');
  return ofPrimitive(shortRequest({ ...request, requestIdentifier: 'outer-1' }));
}

function ofResponse(response: ResponsePrimitive | undefined): Pick<Shown, 'carrier' | 'object'> {
  if (response === undefined) throw new Error('there is no such response');
  return ofPrimitive(shortResponse({ ...response, requestIdentifier: 'outer-1' }));
}

function ofPrimitive(carrier: Readonly<Record<string, unknown>>): Pick<Shown, 'carrier' | 'object'> {
  const { 'm2m:seci': info } = carrier.pc as { 'm2m:seci'?: { epo?: string } };
  return { carrier, object: info?.epo ?? null };
}
