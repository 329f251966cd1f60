// Protected objects to inspect, made by the library itself with keys and randomness of the lab: what is shown of them is the
// same each time.
import { deriveEndToEndKeys } from '../../src/keys/end-to-end.ts';
import { protectContentInstance } from '../../src/protection/esdata/content-instance.ts';
import { encrypt } from '../../src/protection/esdata/encryption.ts';
import { pairwiseCredentials } from '../../src/protection/esdata/pairwise-credentials.ts';
import { sign } from '../../src/protection/esdata/signature.ts';
import { unwrapObject, unwrapRand } from '../../src/protection/esprim/security-info.ts';
import { exchange } from '../protection/esprim/lab.ts';

/** When all of it is made. */
export const madeAt = new Date('2026-11-22T12:00:00Z');
export const plaintext = 'the window is open';

export const credentials = pairwiseCredentials(deriveEndToEndKeys(Buffer.alloc(32, 1), Buffer.alloc(0)));

const text = Buffer.from(plaintext);
export const envelopes = {
  direct: await encrypt(text, [credentials.encryption], { contentType: 'text/plain' }),
  wrapped: await encrypt(text, [credentials.keyWrap, credentials.keyWrap]),
  flattened: await encrypt(text, [credentials.keyWrap], { serialization: 'JSON', aad: Buffer.from('aad') }),
  mic: await sign(text, [credentials.mic]),
  mics: await sign(text, [credentials.mic, { ...credentials.mic, alg: 'HS256' }]),
};

export async function contentInstance(contentSecurity: 1 | 2 | 3, creationTime = madeAt): Promise<object> {
  const instance = await protectContentInstance(
    { mediaType: 'text/plain', content: plaintext },
    { container: 'greenhouse', creationTime },
    { encryptFor: [credentials.encryption] },
    { contentSecurity },
  );
  return { 'm2m:cin': instance };
}

/** The contents of the outer primitives of one exchange: sit 3, 4, 5 and 5. */
export async function esprimContents(protection: 'encryption' | 'authentication' = 'encryption') {
  const { client, seen } = exchange({ client: { protection }, handler: { protections: [protection] } });
  await client.send({ operation: 'retrieve', to: '/cse-b/greenhouse', requestIdentifier: 'r1' });
  const [asked, sent] = seen;
  if (asked === undefined || sent === undefined) throw new Error('no exchange');
  return {
    contents: [asked.request, asked.response, sent.request, sent.response].map(({ content }) => content),
    rand: unwrapRand(asked.response.content) as Record<string, unknown>,
    request: unwrapObject(sent.request.content),
    response: unwrapObject(sent.response.content),
  };
}

/** A compact object with other parameters in its header. */
export function withHeader(object: string, members: object): string {
  const [first = '', ...rest] = object.split('.');
  const known = JSON.parse(Buffer.from(first, 'base64url').toString()) as object;
  return [encoded({ ...known, ...members }), ...rest].join('.');
}

export const encoded = (header: object | string): string =>
  Buffer.from(typeof header === 'string' ? header : JSON.stringify(header)).toString('base64url');
