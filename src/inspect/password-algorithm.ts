// How something is encrypted or authenticated with a password (RFC 8018, RFC 7292): by which algorithms, and how much
// work each guess takes. From the AlgorithmIdentifier alone; opens nothing.
import { type DerReader, readDer, tag } from '../certificates/der.ts';
import { readPasswordEncryption } from '../endpoint/password-encryption.ts';
import { E2EKeyError } from '../errors.ts';
import { error, type Finding, warning } from './findings.ts';

export interface PasswordAlgorithm {
  /** `PBES2, PBKDF2 with hmacWithSHA256, aes256-CBC`. */
  readonly name: string;
  /** How often the password is hashed; null where that is not all that slows it down, or not known. */
  readonly iterations: number | null;
  /** Its keys can all be tried, whatever the password is. */
  readonly isBroken: boolean;
  /** Why no end-point opens it, whatever the password is; null where it does. */
  readonly refusal: string | null;
}

/** Takes the AlgorithmIdentifier of an encryption. */
export function readPasswordAlgorithm(fields: DerReader, field: string): PasswordAlgorithm {
  const { value, der } = fields.withEncoding(() => readAlgorithm(fields, field));
  return { ...value, refusal: refusalOf(der, whole => readPasswordEncryption(whole, '')) };
}

/** What the reader of end-points has against an encryption or a MAC. */
export function refusalOf(der: Uint8Array, read: (whole: DerReader) => unknown): string | null {
  try {
    readDer(der, '', read, { code: 'OPTION_INVALID', clause: 'RFC 8018 5' });
    return null;
  } catch (thrown) {
    if (thrown instanceof E2EKeyError) return thrown.message.replace(/^\w*: /, '');
    throw thrown;
  }
}

/** Takes any AlgorithmIdentifier that a password belongs to. */
export function readAlgorithm(fields: DerReader, field: string): Omit<PasswordAlgorithm, 'refusal'> {
  return fields.sequence(field, identifier => {
    const id = identifier.objectIdentifier('algorithm');
    const isBroken = brokenSchemes.has(id);
    if (identifier.next !== tag.sequence)
      return { name: nameOf(id), iterations: null, isBroken: rest(identifier, isBroken) };
    if (id !== pbes2 && id !== pbmac1) {
      const iterations = identifier.sequence('parameters', parameters => {
        parameters.any('salt');
        return rest(parameters, countIn(parameters));
      });
      return { name: nameOf(id), iterations, isBroken };
    }
    return identifier.sequence('parameters', parameters => {
      const derivation = readDerivation(parameters);
      const inner = readIdentifier(parameters, 'scheme');
      const name = [nameOf(id), derivation.name, nameOf(inner)].join(', ');
      return { name, iterations: derivation.iterations, isBroken: brokenSchemes.has(inner) };
    });
  });
}

/** PBKDF2-params (RFC 8018 A.2): salt, iterations, perhaps the length of the key, the function. */
function readDerivation(fields: DerReader): { name: string; iterations: number | null } {
  return fields.sequence('keyDerivationFunc', identifier => {
    const id = identifier.objectIdentifier('algorithm');
    if (id !== pbkdf2) return rest(identifier, { name: nameOf(id), iterations: null });
    return identifier.sequence('parameters', parameters => {
      parameters.any('salt');
      const iterations = countIn(parameters);
      if (parameters.next === tag.integer) parameters.any('keyLength');
      const prf = parameters.next === null ? hmacWithSha1 : readIdentifier(parameters, 'prf');
      return { name: `${nameOf(id)} with ${nameOf(prf)}`, iterations };
    });
  });
}

/** An AlgorithmIdentifier of which nothing but the algorithm matters. */
function readIdentifier(fields: DerReader, field: string): string {
  return fields.sequence(field, identifier => rest(identifier, identifier.objectIdentifier('algorithm')));
}

function countIn(fields: DerReader): number | null {
  return fields.next === tag.integer ? fields.smallInteger('iterations') : null;
}

/** Passes over what is left. */
export function rest<T>(fields: DerReader, value: T): T {
  while (fields.next !== null) fields.any('');
  return value;
}

/** RFC 8018 4.2: at least so many. */
const leastIterations = 1000;

export function* passwordFindings(
  { name, iterations, isBroken, refusal }: PasswordAlgorithm,
  field: string,
): Generator<Finding> {
  if (refusal !== null) yield error('OPTION_INVALID', field, refusal, 'RFC 8018 5');
  if (isBroken)
    yield warning(
      field,
      `encrypted with ${name}, whose keys can all be tried: whoever has the file has what is in it`,
      'RFC 8018 5',
    );
  if (iterations !== null && iterations < leastIterations)
    yield warning(
      field,
      `the password is hashed ${iterations} time${iterations === 1 ? '' : 's'}, which stops nobody from guessing; at least ${leastIterations}`,
      'RFC 8018 4.2',
    );
}

export function nameOf(id: string): string {
  return names[id] ?? id;
}

const pbes2 = '1.2.840.113549.1.5.13';
const pbmac1 = '1.2.840.113549.1.5.14';
const pbkdf2 = '1.2.840.113549.1.5.12';
const hmacWithSha1 = '1.2.840.113549.2.7';

/** Keys of 40 bits, and DES. */
const brokenSchemes: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.12.1.2',
  '1.2.840.113549.1.12.1.6',
  '1.2.840.113549.1.5.1',
  '1.2.840.113549.1.5.3',
  '1.2.840.113549.1.5.10',
  '1.3.14.3.2.7',
]);

/** RFC 8018 Appendix C, RFC 7292 Appendix C, RFC 9579; NIST's arcs for AES and SHA-2. */
const names: Readonly<Record<string, string>> = {
  [pbes2]: 'PBES2',
  [pbmac1]: 'PBMAC1',
  [pbkdf2]: 'PBKDF2',
  [hmacWithSha1]: 'hmacWithSHA1',
  '1.3.6.1.4.1.11591.4.11': 'scrypt',
  '1.2.840.113549.1.5.1': 'pbeWithMD2AndDES-CBC',
  '1.2.840.113549.1.5.3': 'pbeWithMD5AndDES-CBC',
  '1.2.840.113549.1.5.6': 'pbeWithMD5AndRC2-CBC',
  '1.2.840.113549.1.5.10': 'pbeWithSHA1AndDES-CBC',
  '1.2.840.113549.1.5.11': 'pbeWithSHA1AndRC2-CBC',
  '1.2.840.113549.1.12.1.1': 'pbeWithSHAAnd128BitRC4',
  '1.2.840.113549.1.12.1.2': 'pbeWithSHAAnd40BitRC4',
  '1.2.840.113549.1.12.1.3': 'pbeWithSHAAnd3-KeyTripleDES-CBC',
  '1.2.840.113549.1.12.1.4': 'pbeWithSHAAnd2-KeyTripleDES-CBC',
  '1.2.840.113549.1.12.1.5': 'pbeWithSHAAnd128BitRC2-CBC',
  '1.2.840.113549.1.12.1.6': 'pbeWithSHAAnd40BitRC2-CBC',
  '1.2.840.113549.2.9': 'hmacWithSHA256',
  '1.2.840.113549.2.10': 'hmacWithSHA384',
  '1.2.840.113549.2.11': 'hmacWithSHA512',
  '1.2.840.113549.3.7': 'des-EDE3-CBC',
  '1.2.840.113549.3.2': 'rc2-CBC',
  '1.3.14.3.2.7': 'des-CBC',
  '2.16.840.1.101.3.4.1.2': 'aes128-CBC',
  '2.16.840.1.101.3.4.1.22': 'aes192-CBC',
  '2.16.840.1.101.3.4.1.42': 'aes256-CBC',
  '2.16.840.1.101.3.4.1.6': 'aes128-GCM',
  '2.16.840.1.101.3.4.1.46': 'aes256-GCM',
  '1.3.14.3.2.26': 'SHA-1',
  '1.2.840.113549.2.5': 'MD5',
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
};
