// What a file is, by its content: never by its name, and without judging whether it is right. Something that begins
// as a certificate, a public key or a TLS record is one, broken or not, so that its report can say where it breaks.
import { fromBase64, isPrivateKey, type PemBlock, pemBlocks } from '../certificates/pem.ts';
import { contentTypeNames } from '../wire/numbers.ts';
import { error, type Finding, note, notRecognised } from './findings.ts';
import { compactObject } from './protected-object.ts';
import { type RecognisedJson, recogniseJson } from './recognise-json.ts';

/**
 * A file holds a chain, a bundle of trust anchors or some pinned keys; a chain of more than 16 is refused by every
 * end-point.
 */
const maxShown = 16;
/** Certificates with their keys and parameters; what follows is not looked at. */
const maxBlocks = 64;

export type Encoding = 'binary' | 'base64' | 'hex' | 'PEM' | 'JSON';

export type Recognised =
  | RecognisedJson
  | ({ readonly findings: readonly Finding[] } & (
      | {
          readonly kind: 'certificates' | 'public-keys';
          readonly encoding: Encoding;
          /** In the order of the file, at least one, at most 16; null for one whose PEM block is broken. */
          readonly ders: readonly (Uint8Array | null)[];
        }
      | { readonly kind: 'message'; readonly encoding: Encoding; readonly bytes: Uint8Array }
      | { readonly kind: 'private-key' }
    ));

/** Says what `bytes` are; never throws, whatever they are. */
export function recognise(bytes: Uint8Array): Recognised {
  const binary = recogniseBinary(bytes, 'binary');
  if (binary !== null) return binary;
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '')
    return unknown(bytes.length === 0 ? 'the file is empty' : 'nothing but white space');
  if (/^-----BEGIN /m.test(text)) return recognisePem(pemBlocks(text, maxBlocks));
  if (text.trimStart().startsWith('{')) return recogniseJson(bytes, text);
  const object = compactObject(text);
  if (object !== null) return { ...object, findings: [] };
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
