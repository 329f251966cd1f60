// An ESPrim Object or ESData Envelope as it is shown: its form, every header parameter, the sizes of its parts. Reads what
// can be read without a key, and shows also what a reader refuses; what is amiss is object-findings.ts.
import { isObject, type JsonObject } from '../onem2m/serialisation/json.ts';
import { type ParameterReport, reportParameters } from './jose-parameters.ts';

export interface ObjectReport {
  /** Null where it has neither the parts of the one nor of the other. */
  readonly sort: 'JWE' | 'JWS' | null;
  readonly serialisation: 'compact' | 'flattened JSON' | 'general JSON';
  /** In characters. */
  readonly size: number;
  readonly headers: readonly HeaderReport[];
  readonly parts: readonly PartReport[];
  /** The beginning of what a JWS holds, which everybody can read; null for bytes that are no text, and in a JWE. */
  readonly payload: string | null;
}

export interface HeaderReport {
  /** `protected`, `recipients.0.header`. */
  readonly place: string;
  /** Null where it cannot be read. */
  readonly parameters: readonly ParameterReport[] | null;
}

export interface PartReport {
  readonly name: string;
  /** Bytes; null for what is not base64url. */
  readonly size: number | null;
}

/** Longest header that a reader takes. */
const maxHeaderLength = 8 * 1024;
/** Recipients or signatures that are shown; a reader takes no more. */
const maxShown = 16;
const maxPayloadLength = 200;

export function reportObject(text: string): ObjectReport {
  if (!text.startsWith('{')) return compactReport(text);
  const members = jsonOf(text) ?? {};
  const sort = 'ciphertext' in members ? 'JWE' : 'JWS';
  const list = sort === 'JWE' ? 'recipients' : 'signatures';
  const isGeneral = Array.isArray(members[list]);
  const items = (isGeneral ? (members[list] as unknown[]) : [members]).slice(0, maxShown).filter(isObject);
  const itemNames = sort === 'JWE' ? ['encrypted_key'] : ['signature'];
  const shared = sort === 'JWE' ? ['aad', 'iv', 'ciphertext', 'tag'] : ['payload'];
  const headers = items.flatMap((item, index) => {
    const prefix = isGeneral ? `${list}.${index}.` : '';
    const own = sort === 'JWS' ? protectedHeader(item, `${prefix}protected`) : [];
    return [...own, ...('header' in item ? [headerReport(`${prefix}header`, item.header)] : [])];
  });
  return {
    sort,
    serialisation: isGeneral ? 'general JSON' : 'flattened JSON',
    size: text.length,
    headers: [...(sort === 'JWE' ? protectedHeader(members, 'protected') : []), ...headers],
    parts: [
      ...partsOf(members, shared, ''),
      ...items.flatMap((item, index) => partsOf(item, itemNames, isGeneral ? `${list}.${index}.` : '')),
    ],
    payload: sort === 'JWS' ? payloadText(members.payload) : null,
  };
}

const partNames = {
  JWE: ['encrypted key', 'initialisation vector', 'ciphertext', 'tag'],
  JWS: ['payload', 'signature'],
} as const;

function compactReport(text: string): ObjectReport {
  const [header = '', ...others] = text.split('.', 8);
  const sort = others.length === 4 ? 'JWE' : others.length === 2 ? 'JWS' : null;
  const names: readonly string[] = sort === null ? [] : partNames[sort];
  return {
    sort,
    serialisation: 'compact',
    size: text.length,
    headers: [headerReport('protected', headerOf(header))],
    parts: others.map((part, index) => ({ name: names[index] ?? `part ${index + 2}`, size: sizeOf(part) })),
    payload: sort === 'JWS' ? payloadText(others[0]) : null,
  };
}

function protectedHeader(members: JsonObject, place: string): HeaderReport[] {
  const { protected: encoded } = members;
  return encoded === undefined ? [] : [headerReport(place, headerOf(encoded))];
}

function headerReport(place: string, header: unknown): HeaderReport {
  return { place, parameters: isObject(header) ? reportParameters(header) : null };
}

function headerOf(encoded: unknown): unknown {
  return typeof encoded === 'string' && encoded.length <= maxHeaderLength
    ? jsonOf(Buffer.from(encoded, 'base64url').toString('utf8'))
    : null;
}

function partsOf(members: JsonObject, names: readonly string[], prefix: string): PartReport[] {
  return names.flatMap(name =>
    name in members ? [{ name: `${prefix}${name}`, size: sizeOf(members[name]) }] : [],
  );
}

function sizeOf(part: unknown): number | null {
  if (typeof part !== 'string') return null;
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes.length : null;
}

function payloadText(encoded: unknown): string | null {
  if (typeof encoded !== 'string') return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64url'));
    return text.length > maxPayloadLength ? `${text.slice(0, maxPayloadLength)}…` : text;
  } catch {
    return null;
  }
}

function jsonOf(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
