// A list of extensions (RFC 5280 4.1.2.9), as certificates, CRLs, their entries and OCSP responses have it. What one of
// them says is read by whoever knows it.
import { type DerReader, tag } from './der.ts';

/** About ten are in use in one list. */
const maxExtensions = 32;

/** RFC 5280 4.1.2.9. */
export interface Extension {
  readonly id: string;
  readonly critical: boolean;
  /** The content of extnValue. */
  readonly value: Uint8Array;
}

/** Takes extnValue of one extension, and gives its content. */
export type ReadExtension = (id: string, critical: boolean, parts: DerReader) => Uint8Array;

/** The extensions in their order, each once. `nameOf` is how one is called in messages. */
export function readExtensionList(
  fields: DerReader,
  field: string,
  read: ReadExtension,
  nameOf: (id: string) => string = id => id,
): Extension[] {
  const seen = new Set<string>();
  return fields.listOf(tag.sequence, field, { least: 1, most: maxExtensions }, (list, index) =>
    list.sequence(index, parts => {
      const id = parts.objectIdentifier('extnID');
      // RFC 5280 4.2: of two values for one extension, two programs would take different ones.
      if (seen.has(id))
        parts.fail('extnID', `${nameOf(id)} twice`, { accepted: 'once', clause: 'RFC 5280 4.2' });
      seen.add(id);
      const critical = parts.booleanDefaultFalse('critical');
      return { id, critical, value: read(id, critical, parts) };
    }),
  );
}
