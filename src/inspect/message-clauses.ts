// By which clause each field of an annotated E2EKey Message stands there: its own where the declaration of its structure
// has one, that of its extension, or that of the structure around it.
import type { AnnotatedField, Annotation } from '../wire/annotate.ts';

export interface ClausedField extends AnnotatedField {
  readonly clause: string;
}

export interface ClausedAnnotation extends Annotation {
  readonly fields: readonly ClausedField[];
}

export function withClauses(annotation: Annotation): ClausedAnnotation {
  const around: string[] = [];
  const fields = annotation.fields.map(field => {
    const { depth, name } = field;
    const own =
      field.clause ?? (extensionClauses.has(name) && depth > 2 ? extensionClauses.get(name) : undefined);
    const clause = own ?? around[depth - 1] ?? recordLayer;
    around.length = depth;
    around[depth] = clause;
    return { ...field, clause };
  });
  return { ...annotation, fields };
}

/** The same for people: without the clauses that stand a line above already, at the structure around. */
export function withoutRepeatedClauses(annotation: ClausedAnnotation): Annotation {
  const around: string[] = [];
  const fields = annotation.fields.map((field): AnnotatedField => {
    const { depth, clause } = field;
    const isRepeated = around[depth - 1] === clause;
    around.length = depth;
    around[depth] = clause;
    return isRepeated ? { ...field, clause: null } : field;
  });
  return { ...annotation, fields };
}

const recordLayer = 'RFC 5246 §6.2';

/** By the names of the IANA registry, as the wire declares them. */
const extensionClauses: ReadonlyMap<string, string> = new Map([
  ['server_name', 'RFC 6066 §3'],
  ['status_request', 'RFC 6066 §8'],
  ['supported_groups', 'RFC 8422 §5.1.1'],
  ['ec_point_formats', 'RFC 8422 §5.1.2'],
  ['signature_algorithms', 'RFC 5246 §7.4.1.4.1'],
  ['application_layer_protocol_negotiation', 'RFC 7301 §3.1'],
  ['client_certificate_type', 'RFC 7250 §3'],
  ['server_certificate_type', 'RFC 7250 §3'],
  ['encrypt_then_mac', 'RFC 7366 §2'],
  ['extended_master_secret', 'RFC 7627 §5.1'],
  ['renegotiation_info', 'RFC 5746 §3.2'],
  ['max_fragment_length', 'RFC 6066 §4'],
  ['status_request_v2', 'RFC 6961 §2.2'],
  ['signed_certificate_timestamp', 'RFC 6962 §3.3.1'],
  ['padding', 'RFC 7685 §3'],
  ['record_size_limit', 'RFC 8449 §4'],
  ['session_ticket', 'RFC 5077 §3.2'],
  ['supported_versions', 'RFC 8446 §4.2.1'],
  ['psk_key_exchange_modes', 'RFC 8446 §4.2.9'],
  ['post_handshake_auth', 'RFC 8446 §4.2.6'],
  ['key_share', 'RFC 8446 §4.2.8'],
]);
