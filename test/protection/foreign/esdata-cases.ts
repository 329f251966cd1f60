// Every algorithm of ESData (TS-0003 8.5.3.2, 8.5.3.3), in every form that an Envelope has: what two implementations make
// and open for each other. Knows neither of them.

/** A key by its name in the recorded keys (esdata-keys.ts), and what is done with it. */
export interface Party {
  readonly key: string;
  readonly alg: string;
}

export interface EsDataCase {
  readonly name: string;
  readonly serialization: 'compact' | 'JSON';
  /** Where there are recipients it is encrypted, where there are signers signed; with both it is nested. */
  readonly recipients?: readonly Party[];
  readonly enc?: 'A128GCM' | 'A192GCM' | 'A256GCM';
  readonly signers?: readonly Party[];
  /** Base64url. */
  readonly payload: string;
  readonly contentType?: string;
  /** Base64url. */
  readonly aad?: string;
  /** Agreement PartyUInfo and PartyVInfo in base64url. */
  readonly apu?: string;
  readonly apv?: string;
}

const base64url = (text: string) => Buffer.from(text).toString('base64url');

/** No text: bytes from 0 to 0xff. */
const payload = Buffer.from(Uint8Array.from({ length: 18 }, (_, index) => 15 * index)).toString('base64url');
const aad = base64url('//m2m.example.com/cse-b/Cae1/temperature');
const encryptions = ['A128GCM', 'A192GCM', 'A256GCM'] as const;
const serializations = ['compact', 'JSON'] as const;

const direct = [
  { key: 'direct-16', alg: 'dir', enc: 'A128GCM' },
  { key: 'direct-24', alg: 'dir', enc: 'A192GCM' },
  { key: 'direct-32', alg: 'dir', enc: 'A256GCM' },
] as const;

const keyManagements: readonly Party[] = [
  { key: 'wrap-16', alg: 'A128KW' },
  { key: 'wrap-24', alg: 'A192KW' },
  { key: 'wrap-32', alg: 'A256KW' },
  { key: 'rsa', alg: 'RSA-OAEP-256' },
  ...['p-256', 'p-384', 'p-521'].flatMap(key =>
    ['ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'].map(alg => ({ key, alg })),
  ),
];

const signatures: readonly Party[] = [
  { key: 'mic-32', alg: 'HS256' },
  { key: 'mic-48', alg: 'HS384' },
  { key: 'mic-64', alg: 'HS512' },
  { key: 'rsa', alg: 'RS256' },
  { key: 'rsa', alg: 'RS384' },
  { key: 'rsa', alg: 'RS512' },
  { key: 'p-256', alg: 'ES256' },
  { key: 'p-384', alg: 'ES384' },
  { key: 'p-521', alg: 'ES512' },
];

const everyAlgorithm: readonly EsDataCase[] = serializations.flatMap(serialization => [
  ...[...direct, ...keyManagements.flatMap(party => encryptions.map(enc => ({ ...party, enc })))].map(
    ({ key, alg, enc }) => ({
      name: `${alg} ${enc} ${key} ${serialization}`,
      serialization,
      recipients: [{ key, alg }],
      enc,
      payload,
    }),
  ),
  ...signatures.map(party => ({
    name: `${party.alg} ${serialization}`,
    serialization,
    signers: [party],
    payload,
  })),
]);

const severalRecipients: readonly Party[] = [
  { key: 'wrap-16', alg: 'A128KW' },
  { key: 'rsa', alg: 'RSA-OAEP-256' },
  { key: 'p-521', alg: 'ECDH-ES+A192KW' },
  { key: 'p-256-certificate', alg: 'ECDH-ES+A256KW' },
];
const severalSigners: readonly Party[] = [
  { key: 'rsa', alg: 'RS384' },
  { key: 'p-384', alg: 'ES384' },
  { key: 'p-256-certificate', alg: 'ES256' },
];

const forms: readonly EsDataCase[] = [
  ...encryptions.map(enc => ({
    name: `several recipients ${enc}`,
    serialization: 'JSON' as const,
    recipients: severalRecipients,
    enc,
    aad,
    payload,
  })),
  {
    name: 'several signatures',
    serialization: 'JSON',
    signers: [...severalSigners, { key: 'mic-32', alg: 'HS256' }],
    contentType: 'application/json',
    payload,
  },
  {
    name: 'additional authenticated data',
    serialization: 'JSON',
    recipients: [{ key: 'wrap-32', alg: 'A256KW' }],
    enc: 'A256GCM',
    contentType: 'text/plain',
    aad,
    payload,
  },
  ...serializations.flatMap((serialization): EsDataCase[] => [
    {
      name: `nested, ES256 in ECDH-ES+A256KW ${serialization}`,
      serialization,
      signers: [{ key: 'p-256', alg: 'ES256' }],
      recipients: [{ key: 'p-384', alg: 'ECDH-ES+A256KW' }],
      enc: 'A256GCM',
      payload,
    },
    {
      name: `nested, RS256 in dir ${serialization}`,
      serialization,
      signers: [{ key: 'rsa-certificate', alg: 'RS256' }],
      recipients: [{ key: 'direct-16', alg: 'dir' }],
      enc: 'A128GCM',
      payload,
    },
  ]),
  {
    name: 'nested, several signatures for several recipients',
    serialization: 'JSON',
    signers: severalSigners,
    recipients: severalRecipients,
    enc: 'A192GCM',
    payload,
  },
  {
    name: 'certificate, RSA-OAEP-256',
    serialization: 'compact',
    recipients: [{ key: 'rsa-certificate', alg: 'RSA-OAEP-256' }],
    enc: 'A256GCM',
    payload,
  },
  {
    name: 'certificate, ES256',
    serialization: 'compact',
    signers: [{ key: 'p-256-certificate', alg: 'ES256' }],
    payload,
  },
  {
    name: 'pairwiseE2EKey, dir',
    serialization: 'compact',
    recipients: [{ key: 'pairwise-direct', alg: 'dir' }],
    enc: 'A256GCM',
    payload,
  },
  ...encryptions.map(enc => ({
    name: `pairwiseE2EKey, A256KW ${enc}`,
    serialization: 'compact' as const,
    recipients: [{ key: 'pairwise-wrap', alg: 'A256KW' }],
    enc,
    payload,
  })),
  {
    name: 'pairwiseE2EKey, HS256',
    serialization: 'compact',
    signers: [{ key: 'pairwise-mic', alg: 'HS256' }],
    payload,
  },
];

/** Both sides make and open these. */
export const cases: readonly EsDataCase[] = [...everyAlgorithm, ...forms];

/** What only jwcrypto makes, and why. */
export const oneWayCases: readonly (EsDataCase & { readonly oneWay: string })[] = serializations.flatMap(
  serialization => [
    {
      name: `apu and apv ${serialization}`,
      oneWay: 'nothing of ours needs apu and apv (RFC 7518 §4.6.1.2)',
      serialization,
      recipients: [{ key: 'p-256', alg: 'ECDH-ES+A128KW' }],
      enc: 'A128GCM',
      apu: base64url('Alice'),
      apv: base64url('Bob'),
      payload,
    },
    {
      name: `an empty payload ${serialization}`,
      oneWay: 'jwcrypto takes an empty plaintext for one that did not decrypt',
      serialization,
      recipients: [{ key: 'rsa', alg: 'RSA-OAEP-256' }],
      enc: 'A256GCM',
      payload: '',
    },
  ],
);

/** Numbers of the recipients: whoever verifies only is the first. */
export function recipientsOf({ recipients }: EsDataCase): number[] {
  return [...(recipients ?? [null]).keys()];
}

/** The Envelope with another tag, or another first signature. */
export function falsified(envelope: string): string {
  const other = (text: string) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
  if (!envelope.startsWith('{')) return envelope.replace(/[^.]+$/, other);
  const object = JSON.parse(envelope);
  const holder = object.signatures?.[0] ?? object;
  const member = 'tag' in object ? 'tag' : 'signature';
  holder[member] = other(holder[member]);
  return JSON.stringify(object);
}
