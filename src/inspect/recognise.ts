// What a file is, by its content: never by its name, and without judging whether it is right. Something that begins
// as a certificate, a public key or a TLS record is one, broken or not, so that its report can say where it breaks.
import { fromBase64, isPrivateKey, type PemBlock, pemBlocks } from '../certificates/pem.ts';
import { E2EKeyError } from '../errors.ts';
import { maxBodyLength, securityInfo, securityInfoType } from '../onem2m/security-info.ts';
import { readJson } from '../onem2m/serialisation/json.ts';
import { contentTypeNames } from '../wire/numbers.ts';
import { error, type Finding, note, refused } from './findings.ts';

/**
 * A file holds a chain, a bundle of trust anchors or some pinned keys; a chain of more than 16 is refused by every
 * end-point.
 */
const maxShown = 16;
/** Certificates with their keys and parameters; what follows is not looked at. */
const maxBlocks = 64;

export type Encoding = 'binary' | 'base64' | 'hex' | 'PEM' | 'JSON';

export type Recognised = { readonly findings: readonly Finding[] } & (
  | {
      readonly kind: 'certificates' | 'public-keys';
      readonly encoding: Encoding;
      /** In the order of the file, at least one, at most 16; null for one whose PEM block is broken. */
      readonly ders: readonly (Uint8Array | null)[];
    }
  | { readonly kind: 'message'; readonly encoding: Encoding; readonly bytes: Uint8Array }
  | {
      readonly kind: 'primitive';
      readonly parameters: Parameters;
      /** The E2EKey Message; null where it cannot be taken out. */
      readonly bytes: Uint8Array | null;
    }
  | { readonly kind: 'private-key' }
  | { readonly kind: 'not-recognised' }
);

/** What a primitive says beside its content, by short name (TS-0004 8.2.2). */
export type Parameters = Readonly<Record<string, string | number>>;

/** Says what `bytes` are; never throws, whatever they are. */
export function recognise(bytes: Uint8Array): Recognised {
  const binary = recogniseBinary(bytes, 'binary');
  if (binary !== null) return binary;
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '')
    return unknown(bytes.length === 0 ? 'the file is empty' : 'nothing but white space');
  if (/^-----BEGIN /m.test(text)) return recognisePem(pemBlocks(text, maxBlocks));
  if (text.trimStart().startsWith('{')) return recogniseJson(bytes, text);
  return recogniseEncoded(text) ?? unknown(sortOf(bytes, text));
}

function recogniseBinary(bytes: Uint8Array, encoding: Encoding): Recognised | null {
  // RFC 5246 §6.2.1: content type, and the major version that SSL 3.0 and all TLS share.
  if (contentTypeNames[bytes[0] ?? 0] !== undefined && bytes[1] === 3 && bytes.length > 2)
    return { kind: 'message', encoding, bytes, findings: [] };
  if (beginsAsCertificate(bytes, 0)) return shown(certificates, encoding, concatenated(bytes), []);
  return beginsAsPublicKey(bytes) ? shown(publicKeys, encoding, [bytes], []) : null;
}

/** What several of stand in one file. */
interface Sort {
  readonly kind: 'certificates' | 'public-keys';
  /** Its PEM label (RFC 7468 §5, §13). */
  readonly label: string;
  /** Goes before the place in the fields of findings. */
  readonly field: string;
  /** Where more than 16 of them are out of place. */
  readonly clause: string;
}

const certificates: Sort = {
  kind: 'certificates',
  label: 'CERTIFICATE',
  field: 'certificates',
  clause: 'RFC 5246 §7.4.2',
};
const publicKeys: Sort = {
  kind: 'public-keys',
  label: 'PUBLIC KEY',
  field: 'publicKeys',
  clause: 'RFC 7250 §3',
};

/** Certificates, and public keys only where there are none. */
function recognisePem(blocks: readonly PemBlock[]): Recognised {
  const sort = [certificates, publicKeys].find(({ label }) => blocks.some(block => block.label === label));
  const findings: Finding[] = [];
  const ders: (Uint8Array | null)[] = [];
  let hasPrivateKey = false;
  for (const { label, der, problem } of blocks) {
    if (isPrivateKey(label)) hasPrivateKey = true;
    const isShown = label === sort?.label;
    if (problem !== null)
      findings.push(
        error(null, isShown ? `${sort.field}.${ders.length}` : 'PEM', problem, 'RFC 7468 §2, §3'),
      );
    if (isShown) ders.push(der);
    else if (problem === null && !isPrivateKey(label))
      findings.push(note('PEM', `there is a block ${label}, which is not shown`, 'RFC 7468 §4'));
  }
  if (hasPrivateKey)
    findings.push(note('PEM', 'there is a private key in the file; nothing of it is shown', 'RFC 7468 §10'));
  if (sort !== undefined) return shown(sort, 'PEM', ders, findings);
  if (hasPrivateKey) return { kind: 'private-key', findings };
  return findings.length > 0
    ? { kind: 'not-recognised', findings: [...findings, nothingShown] }
    : unknown(noBlock);
}

const noBlock = 'begins as PEM, but no block has the form of RFC 7468 §3';
const nothingShown = notRecognised('PEM without a certificate or a public key');

function shown(
  { kind, field, clause }: Sort,
  encoding: Encoding,
  ders: readonly (Uint8Array | null)[],
  findings: readonly Finding[],
): Recognised {
  const more = note(field, `more than ${maxShown}; the rest is not looked at`, clause);
  return {
    kind,
    encoding,
    ders: ders.slice(0, maxShown),
    findings: ders.length > maxShown ? [...findings, more] : findings,
  };
}

/** A primitive in JSON (TS-0004 8.4.2), or the content of one alone. */
function recogniseJson(bytes: Uint8Array, text: string): Recognised {
  const isSecurityInfo = text.includes('"m2m:seci"');
  if (!isSecurityInfo) return unknown('begins as JSON, but there is no m2m:seci in it');
  let parameters: Parameters = {};
  try {
    // The bound that end-points have for a body: what is longer never reached one.
    if (bytes.length > maxBodyLength)
      throw new E2EKeyError('MESSAGE_TOO_LARGE', `${bytes.length} bytes; at most ${maxBodyLength} are taken`);
    const outer = readJson(bytes) as Record<string, unknown>;
    const content = Object.hasOwn(outer, 'pc') ? outer.pc : outer;
    parameters = parametersOf(outer);
    const type = typeOf(content);
    if (type !== null && type !== 6)
      return unknown(`m2m:seci with securityInfoType ${type}, which is no E2EKey Message`);
    return { kind: 'primitive', parameters, bytes: securityInfo.unwrap(content), findings: [] };
  } catch (thrown) {
    if (!(thrown instanceof E2EKeyError)) throw thrown;
    const findings = [refused(thrown, 'content', 'TS-0004 6.3.5.48')];
    return { kind: 'primitive', parameters, bytes: null, findings };
  }
}

/** Null where `securityInfo.unwrap` has more to say about what is wrong. */
function typeOf(content: unknown): number | null {
  try {
    return securityInfoType(content);
  } catch {
    return null;
  }
}

const parameterNames = ['op', 'to', 'fr', 'rqi', 'rvi', 'rsc'];
/** Identifiers of entities have at most 512 characters; anything else is shorter. */
const maxParameterLength = 512;

function parametersOf(primitive: Readonly<Record<string, unknown>>): Parameters {
  const parameters: Record<string, string | number> = {};
  for (const name of parameterNames) {
    const value = primitive[name];
    if (typeof value === 'number') parameters[name] = value;
    if (typeof value === 'string') parameters[name] = value.slice(0, maxParameterLength);
  }
  return parameters;
}

/** Hex first: in its alphabet, base64 of a certificate or a TLS record cannot be written. */
function recogniseEncoded(text: string): Recognised | null {
  const digits = text.replace(/[\s:]/g, '');
  if (digits.length % 2 === 0 && /^[0-9A-Fa-f]+$/.test(digits)) {
    const recognised = recogniseBinary(Buffer.from(digits, 'hex'), 'hex');
    if (recognised !== null) return recognised;
  }
  const bytes = fromBase64(text);
  return bytes === null ? null : recogniseBinary(bytes, 'base64');
}

/** What a file is that is none of ours, as far as one can tell. */
function sortOf(bytes: Uint8Array, text: string): string {
  if (fromBase64(text) !== null)
    return 'base64 or hex of something that is neither certificate, public key nor TLS record';
  if (/^[A-Za-z0-9+/=\s]+$/.test(text)) return 'looks like base64, but its length or its padding is not';
  if (bytes[0] === tagSequence) return 'looks like DER, but neither like a certificate nor like a public key';
  return 'neither PEM, DER, TLS records, JSON, base64 nor hex';
}

function unknown(reason: string): Recognised {
  return { kind: 'not-recognised', findings: [notRecognised(reason)] };
}

export function notRecognised(reason: string): Finding {
  return error(null, 'file', `not recognised: ${reason}`, 'TS-0003 8.7, 10.1');
}

const tagSequence = 0x30;

/** Certificates one after the other. What follows the last one stays with it, and is refused there. */
function concatenated(bytes: Uint8Array): Uint8Array[] {
  const ders: Uint8Array[] = [];
  let start = 0;
  while (ders.length < maxShown) {
    const end = headerAt(bytes, start, tagSequence)?.end ?? bytes.length;
    if (!beginsAsCertificate(bytes, end)) break;
    ders.push(bytes.subarray(start, end));
    start = end;
  }
  return [...ders, bytes.subarray(start)];
}

/** RFC 5280 4.1: a SEQUENCE in a SEQUENCE, and in it the version, or all that a version 1 certificate begins with. */
function beginsAsCertificate(bytes: Uint8Array, start: number): boolean {
  const outer = headerAt(bytes, start, tagSequence);
  const tbs = outer && headerAt(bytes, outer.content, tagSequence);
  if (!tbs) return false;
  if (bytes[tbs.content] === 0xa0) return true;
  const serialNumber = headerAt(bytes, tbs.content, 0x02);
  const signature = serialNumber && headerAt(bytes, serialNumber.end, tagSequence);
  const issuer = signature && headerAt(bytes, signature.end, tagSequence);
  // A revocation list (RFC 5280 5.1) has one time here, a request for a certificate (RFC 2986) a key.
  const validity = issuer && headerAt(bytes, issuer.end, tagSequence);
  return validity !== null && headerAt(bytes, validity.content, 0x17) !== null;
}

/**
 * RFC 5280 4.1.2.7: an AlgorithmIdentifier and then a BIT STRING, where an encrypted private key (RFC 5958 §3) has an
 * OCTET STRING.
 */
function beginsAsPublicKey(bytes: Uint8Array): boolean {
  const outer = headerAt(bytes, 0, tagSequence);
  const algorithm = outer && headerAt(bytes, outer.content, tagSequence);
  if (!algorithm || headerAt(bytes, algorithm.content, 0x06) === null) return false;
  return headerAt(bytes, algorithm.end, 0x03) !== null;
}

/** Where an element's contents begin and would end, by its header alone; null for any other tag. */
function headerAt(bytes: Uint8Array, start: number, tag: number): { content: number; end: number } | null {
  const first = bytes[start + 1];
  if (bytes[start] !== tag || first === undefined) return null;
  if (first < 0x80) return { content: start + 2, end: start + 2 + first };
  const octets = first & 0x7f;
  if (octets === 0 || octets > 3 || start + 2 + octets > bytes.length) return null;
  const content = start + 2 + octets;
  const length = bytes.subarray(start + 2, content).reduce((sum, octet) => sum * 256 + octet, 0);
  return { content, end: content + length };
}
