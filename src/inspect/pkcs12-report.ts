// A PKCS#12 file (RFC 7292) as it is shown without its password: how it is authenticated and encrypted, what sorts of
// bags stand in it, and what in it is not encrypted at all. What the password opens is endpoint/credential-file.ts.
import { contextConstructed, type DerReader, readDer, tag } from '../certificates/der.ts';
import { toDefiniteLengths } from '../endpoint/ber.ts';
import { readMac as readMacData } from '../endpoint/password-encryption.ts';
import { E2EKeyError } from '../errors.ts';
import { error, type Finding, refused, warning } from './findings.ts';
import {
  type PasswordAlgorithm,
  passwordFindings,
  readAlgorithm,
  readPasswordAlgorithm,
  refusalOf,
  rest,
} from './password-algorithm.ts';

export interface Pkcs12Report {
  /** In bytes. */
  readonly size: number;
  /** `HMAC with SHA-256`; null where nothing protects it from being changed by whoever has no password. */
  readonly mac: Omit<PasswordAlgorithm, 'isBroken'> | null;
  /** In the order of the file. */
  readonly parts: readonly Pkcs12Part[];
}

/** One ContentInfo of the AuthenticatedSafe. */
export interface Pkcs12Part {
  /** How it is encrypted; null where it is not. */
  readonly encryption: PasswordAlgorithm | null;
  /** In bytes. */
  readonly size: number;
  /** Sorts of bags with their number; null where they are encrypted. */
  readonly bags: readonly Pkcs12Bag[] | null;
}

export interface Pkcs12Bag {
  readonly sort: string;
  /** Of a private key that is encrypted by itself. */
  readonly encryption: PasswordAlgorithm | null;
}

/** What is read of a keystore; one with all roots of the web has 300 KiB. */
const maxSize = 1024 * 1024;
const maxParts = 32;
const maxBags = 1024;
const clause = 'RFC 7292 4';

/** Null for one that cannot be read, which has a finding. */
export function reportPkcs12(bytes: Uint8Array): { report: Pkcs12Report | null; findings: Finding[] } {
  if (bytes.length > maxSize)
    return {
      report: null,
      findings: [
        error('OPTION_INVALID', 'pkcs12', `${bytes.length} bytes; at most ${maxSize} are looked at`, clause),
      ],
    };
  try {
    const report = readDer(toDefiniteLengths(bytes, 'the PKCS#12 file'), '', readPfx(bytes.length), document);
    return { report, findings: [...findingsOf(report)] };
  } catch (thrown) {
    if (!(thrown instanceof E2EKeyError)) throw thrown;
    return { report: null, findings: [refused(thrown, 'pkcs12', clause)] };
  }
}

const document = { code: 'OPTION_INVALID', clause } as const;

function readPfx(size: number) {
  return (whole: DerReader): Pkcs12Report =>
    whole.sequence('', fields => {
      fields.smallInteger('version');
      const content = fields.sequence('authSafe', readContent);
      const mac = fields.next === null ? null : readMac(fields);
      return {
        size,
        mac,
        parts: content === null ? [] : readInside(content, 'authenticatedSafe', readParts),
      };
    });
}

/** The OCTET STRING of a ContentInfo of type data; null for any other type, as of a file that is signed. */
function readContent(fields: DerReader): Uint8Array | null {
  const type = fields.objectIdentifier('contentType');
  if (type !== data) return rest(fields, null);
  return fields.constructed(contextConstructed(0), 'content', inside => inside.octetString(''));
}

/** What stands in an OCTET STRING has lengths of its own. */
function readInside<T>(bytes: Uint8Array, name: string, read: (whole: DerReader) => T): T {
  return readDer(toDefiniteLengths(bytes, name), name, read, document);
}

function readMac(fields: DerReader): Pkcs12Report['mac'] {
  const { value, der } = fields.withEncoding(() =>
    fields.sequence('macData', parts => {
      const { name, iterations } = parts.sequence('mac', info =>
        rest(info, readAlgorithm(info, 'digestAlgorithm')),
      );
      parts.octetString('macSalt');
      const own = parts.next === null ? 1 : parts.smallInteger('iterations');
      return name.startsWith('PBMAC1')
        ? { name, iterations }
        : { name: `HMAC with ${name}`, iterations: own };
    }),
  );
  return { ...value, refusal: refusalOf(der, whole => readMacData(whole)) };
}

function readParts(whole: DerReader): Pkcs12Part[] {
  return whole.listOf(tag.sequence, '', { least: 0, most: maxParts }, (list, index) => {
    const { value, der } = list.withEncoding(() => list.sequence(index, readPart));
    return { ...value, size: der.length };
  });
}

function readPart(fields: DerReader): Pick<Pkcs12Part, 'encryption' | 'bags'> {
  const type = fields.objectIdentifier('contentType');
  if (type === data)
    return fields.constructed(contextConstructed(0), 'content', inside => ({
      encryption: null,
      bags: readInside(inside.octetString(''), 'safeContents', readBags),
    }));
  if (type !== encryptedData)
    return rest(fields, {
      encryption: {
        name: `to a certificate (${type})`,
        iterations: null,
        isBroken: false,
        refusal: 'encrypted to a certificate, which is not opened',
      },
      bags: null,
    });
  return fields.constructed(contextConstructed(0), 'content', inside =>
    inside.sequence('encryptedData', parts => {
      parts.smallInteger('version');
      const encryption = parts.sequence('encryptedContentInfo', info => {
        info.objectIdentifier('contentType');
        return rest(info, readPasswordAlgorithm(info, 'contentEncryptionAlgorithm'));
      });
      return rest(parts, { encryption, bags: null });
    }),
  );
}

function readBags(whole: DerReader): Pkcs12Bag[] {
  return whole.listOf(tag.sequence, '', { least: 0, most: maxBags }, (list, index) =>
    list.sequence(index, fields => {
      const id = fields.objectIdentifier('bagId');
      const isShrouded = id === shroudedKeyBag;
      const encryption = fields.constructed(contextConstructed(0), 'bagValue', inside =>
        isShrouded
          ? inside.sequence('', key => rest(key, readPasswordAlgorithm(key, 'encryptionAlgorithm')))
          : rest(inside, null),
      );
      return rest(fields, { sort: bagSorts[id] ?? id, encryption });
    }),
  );
}

const data = '1.2.840.113549.1.7.1';
const encryptedData = '1.2.840.113549.1.7.6';
const keyBag = '1.2.840.113549.1.12.10.1.1';
const shroudedKeyBag = '1.2.840.113549.1.12.10.1.2';

/** RFC 7292 4.2. */
const bagSorts: Readonly<Record<string, string>> = {
  [keyBag]: 'private key, not encrypted',
  [shroudedKeyBag]: 'private key',
  '1.2.840.113549.1.12.10.1.3': 'certificate',
  '1.2.840.113549.1.12.10.1.4': 'revocation list',
  '1.2.840.113549.1.12.10.1.5': 'secret',
  '1.2.840.113549.1.12.10.1.6': 'further bags',
};

function* findingsOf({ mac, parts }: Pkcs12Report): Generator<Finding> {
  const isEncrypted = parts.some(
    ({ encryption, bags }) => encryption !== null || bags?.some(bag => bag.encryption !== null),
  );
  if (mac === null && isEncrypted)
    yield error(
      'OPTION_INVALID',
      'pkcs12.macData',
      'absent: the password does not show who made the file, and no end-point opens it; openssl pkcs12 writes one',
      'RFC 7292 5.1',
    );
  else if (mac === null)
    yield warning('pkcs12.macData', 'absent: whoever has the file can change it', 'RFC 7292 5.1');
  else yield* passwordFindings({ ...mac, isBroken: false }, 'pkcs12.macData');
  for (const [index, { encryption, bags }] of parts.entries()) {
    const field = `pkcs12.parts.${index}`;
    if (encryption !== null) yield* passwordFindings(encryption, field);
    for (const bag of bags ?? []) {
      if (bag.encryption !== null) yield* passwordFindings(bag.encryption, field);
      if (bag.sort === bagSorts[keyBag])
        yield warning(
          field,
          'a private key that is not encrypted: whoever has the file has the key',
          'RFC 7292 4.2.1',
        );
    }
  }
}
