// Identifiers as they enter a derivation (TS-0003 10.3.2, 10.3.3, 10.3.7). Knows no kind of identifier.
import { refuse } from '../errors.ts';
import { requireText } from '../identifiers/given.ts';

/** TS-0003 sets no limit. As long as the identifiers of entities, and longer than any domain name. */
const maxIdentifierLength = 512;

/**
 * UTF-8 of the identifier in Normalization Form KC.
 *
 * @param field what the identifier is called, for the sentence
 * @throws E2EKeyError OPTION_INVALID for what is no text, for an empty or too long one, and for text that is not well-formed: UTF-8 has the
 * same bytes for every lone surrogate, so that two entities would have one key.
 */
export function identifierOctets(field: string, identifier: string): Uint8Array {
  if (requireText(identifier, field) === '' || identifier.length > maxIdentifierLength)
    return refuse(
      'OPTION_INVALID',
      `${field} has ${identifier.length} characters, not 1 to ${maxIdentifierLength}`,
    );
  return identifier.isWellFormed()
    ? Buffer.from(identifier.normalize('NFKC'), 'utf8')
    : refuse('OPTION_INVALID', `${field} is no well-formed Unicode text`);
}
