// m2m:contentInfo (TS-0004 6.3.3), the `contentInfo` of a `<contentInstance>`: what a content is, how it is written, and
// which ESData Envelope it stands in. Opens nothing.
import { refuse } from '../../errors.ts';
import { requireObject, requireText } from '../../identifiers/given.ts';

/** TS-0004 6.3.4.2.28: 0 plain, 1 base64 of a text, 2 base64 of bytes. */
export type EncodingType = 0 | 1 | 2;

/** TS-0004 6.3.4.2.38: 0 none, 1 JOSE compact, 2 JOSE JSON, 3 JOSE JSON in base64. 4 and 5, XML security, are not read. */
export type ContentSecurity = 0 | 1 | 2 | 3;

/**
 * First the Envelope is opened, then the transfer encoding undone, and what remains is of the media type (TS-0004 6.3.3,
 * note): these two describe the content inside.
 */
export interface ContentInfo {
  /** With its parameters, if any; without colons. */
  readonly mediaType: string;
  readonly encodingType: EncodingType;
  readonly contentSecurity: ContentSecurity;
}

/** Names as RFC 6838 §4.2 has them. In a parameter no colon, which separates here. */
const mediaTypeForm =
  /^[A-Za-z0-9][\w!#$&^.+-]{0,126}\/[A-Za-z0-9][\w!#$&^.+-]{0,126}(?:;[\x20-\x39\x3b-\x7e]{0,127})?$/;
const encodingTypes: readonly EncodingType[] = [0, 1, 2];
const contentSecurities: readonly ContentSecurity[] = [0, 1, 2, 3];

/**
 * Reads `mediaType:encodingType` or `mediaType:encodingType:contentSecurity`.
 *
 * @throws E2EKeyError ESDATA_UNSUPPORTED for XML security, ESDATA_MALFORMED for anything else.
 * @example
 * ```ts
 * import { readContentInfo } from 'e2ekey/protection';
 * readContentInfo('application/json:0:1').contentSecurity; // 1
 * ```
 */
export function readContentInfo(text: string): ContentInfo {
  if (typeof text !== 'string') return refuse('ESDATA_MALFORMED', 'cnf is no text');
  const [mediaType = '', encoding = '', security = '0', ...more] = text.split(':', 4);
  const encodingType = encodingTypes.find(value => String(value) === encoding);
  const contentSecurity = contentSecurities.find(value => String(value) === security);
  if (security === '4' || security === '5')
    return refuse(
      'ESDATA_UNSUPPORTED',
      'contentSecurity of cnf is XML security; JOSE is read (TS-0004 6.3.4.2.38)',
    );
  if (
    !mediaTypeForm.test(mediaType) ||
    encodingType === undefined ||
    contentSecurity === undefined ||
    more.length > 0
  )
    return refuse(
      'ESDATA_MALFORMED',
      `cnf is no m2m:contentInfo: ${JSON.stringify(text.slice(0, 80))} (TS-0004 6.3.3)`,
    );
  return { mediaType, encodingType, contentSecurity };
}

/**
 * Writes it; a contentSecurity of 0 is left out, which means the same.
 *
 * @throws E2EKeyError OPTION_INVALID for a media type, encodingType or contentSecurity that is none.
 */
export function writeContentInfo(info: ContentInfo): string {
  const { mediaType, encodingType, contentSecurity } = requireObject(info, 'contentInfo');
  if (!encodingTypes.includes(encodingType) || !contentSecurities.includes(contentSecurity))
    refuse('OPTION_INVALID', 'encodingType: 0 to 2 are possible, and contentSecurity: 0 to 3');
  if (!mediaTypeForm.test(requireText(mediaType, 'mediaType')))
    refuse(
      'OPTION_INVALID',
      `mediaType: ${JSON.stringify(mediaType.slice(0, 80))} is no media type (RFC 6838 §4.2)`,
    );
  return [mediaType, encodingType, ...(contentSecurity === 0 ? [] : [contentSecurity])].join(':');
}
