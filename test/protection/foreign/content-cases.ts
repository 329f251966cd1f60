// Protected contents and attributes that two implementations make and open for each other: with keys of a container, of
// an instance, or of pairwiseE2EKey. Knows neither implementation.

interface AnyContent {
  readonly name: string;
  readonly protection: 'encryption' | 'mic';
  /** Base64url. */
  readonly content: string;
  /** m2m:timestamp. */
  readonly creationTime: string;
}

export interface ContentCase extends AnyContent {
  readonly container: string;
  readonly level: 'container' | 'contentInstance';
  /** Hex, like the keys. */
  readonly nonce: string;
  readonly source: { readonly id: string; readonly ke: string; readonly salt: string };
  /** The one key for those who use AEAD alone. */
  readonly single?: boolean;
}

export interface AttributeCase extends AnyContent {
  readonly resource: string;
  readonly attribute: string;
  readonly pairwise: { readonly profile: 'separated'; readonly id: string; readonly secret: string };
}

const source = { id: 'K-AE1@tef.example.com', ke: '5c'.repeat(32), salt: '36'.repeat(16) };
const creationTime = '20261122T120000';
const content = Buffer.from('Außen 21,5 °C').toString('base64url');
const nonce = '606162636465666768696a6b6c6d6e6f';
const container = 'cse-b/Cae1/temperature';

export const contentCases: readonly ContentCase[] = [
  ...(['container', 'contentInstance'] as const).flatMap(level =>
    (['encryption', 'mic'] as const).map(protection => ({
      ...{ name: `${protection}, key of the ${level}`, protection, level },
      ...{ container, nonce, source, creationTime, content },
    })),
  ),
  {
    ...{ name: 'encryption, single key', protection: 'encryption', level: 'container', single: true },
    ...{ container, nonce, source, creationTime, content },
  },
];

const pairwise = {
  profile: 'separated',
  id: '707172737475767778797A7B7C7D7E7F',
  secret: 'c33c'.repeat(16),
} as const;

export const attributeCases: readonly AttributeCase[] = (['encryption', 'mic'] as const).map(protection => ({
  name: `${protection} of an attribute`,
  protection,
  resource: '/cse-b/Cae1/lamp',
  attribute: 'brightness',
  pairwise,
  creationTime,
  content: Buffer.from('{"level":40}').toString('base64url'),
}));
