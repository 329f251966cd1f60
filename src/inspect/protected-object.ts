// Which protected object a text is, by its form alone: an ESPrim Object, an ESData Envelope, a protected content instance.
// Judges nothing, opens nothing, and believes no name in it.
import { isObject, type JsonObject } from '../onem2m/serialisation/json.ts';

export type ProtectedObject =
  | { readonly kind: 'esprim-object'; readonly text: string }
  | { readonly kind: 'esdata-envelope'; readonly text: string }
  | { readonly kind: 'content-instance'; readonly instance: JsonObject };

/** An object in a compact serialisation; null for anything else. It may be cut off anywhere behind its algorithm. */
export function compactObject(text: string): ProtectedObject | null {
  const trimmed = text.trim();
  if (!/^[\w=.-]+$/.test(trimmed)) return null;
  const header = Buffer.from(trimmed.split('.', 1)[0] ?? '', 'base64url').toString('utf8');
  const isWhole = trimmed.includes('.') && header.startsWith('{');
  if (!isWhole && !/^\{.*"(?:alg|enc)":/s.test(header)) return null;
  return { kind: esprimParameter.test(header) ? 'esprim-object' : 'esdata-envelope', text: trimmed };
}

/**
 * What JSON holds: an Envelope in a JSON serialisation, a content instance, or the content of a primitive that is one of
 * these; null for anything else.
 *
 * @param text as it stands in the file, where the Envelope is the whole of it
 */
export function objectInJson(json: unknown, text: string): ProtectedObject | null {
  if (!isObject(json)) return null;
  const content = isObject(json.pc) ? json.pc : json;
  const instance = content['m2m:cin'] ?? content;
  if (isObject(instance) && 'cnf' in instance && 'con' in instance)
    return { kind: 'content-instance', instance };
  const isEnvelope =
    'ciphertext' in json || ('payload' in json && ('signatures' in json || 'signature' in json));
  return isEnvelope ? { kind: 'esdata-envelope', text: text.trim() } : null;
}

/** The Envelope in a content: contentSecurity 3 is base64 of the JSON serialisation (TS-0004 6.3.4.2.38). */
export function envelopeIn(con: string, cnf: unknown): string {
  return typeof cnf === 'string' && cnf.endsWith(':3') ? Buffer.from(con, 'base64').toString('utf8') : con;
}

/** Header parameters that no other object has (TS-0003 Table 8.4.3.2-2). */
const esprimParameter = /"(?:ori|rri|oro|rro)":/;
