// Media types of the serialisations (TS-0004 6.7, TS-0009 6.4.2, 6.4.3), and the choice among them. Knows no binding:
// CoAP and MQTT name them otherwise.
import type { Serialisation } from './serialisation.ts';

const all: readonly Serialisation[] = ['json', 'xml', 'cbor'];

/**
 * Media types of a content. vnd.onem2m-ntfy is not defined for securityInfo, yet senders use it for every NOTIFY;
 * vnd.onem2m-preq and -prsp are whole primitives, which no HTTP body is.
 */
const mediaTypes: ReadonlyMap<string, Serialisation> = new Map(
  all.flatMap(one =>
    ['', 'vnd.onem2m-res+', 'vnd.onem2m-ntfy+'].map(prefix => [`application/${prefix}${one}`, one] as const),
  ),
);

export function mediaTypeOf(serialisation: Serialisation): string {
  return `application/${serialisation}`;
}

/** Of a Content-Type; null for any other media type, and for any other charset than UTF-8 (TS-0004 8.3.1, 8.4.2). */
export function serialisationOf(contentType: string | undefined): Serialisation | null {
  const [mediaType = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const charset = parameters
    .map(parameter => parameter.trim())
    .find(parameter => parameter.startsWith('charset'));
  if (charset !== undefined && !/^charset\s*=\s*"?utf-8"?$/.test(charset)) return null;
  return mediaTypes.get(mediaType.trim()) ?? null;
}

/**
 * The media type of a response (RFC 9110 §12.5.1): that of the Accept header with the highest quality, the first of
 * several; where it leaves the choice open, or there is none, the serialisation of the request's content. Null where
 * nothing that it accepts can be written.
 */
export function acceptedMediaType(accept: string | undefined, preferred: Serialisation): string | null {
  if (accept === undefined || accept.trim() === '') return mediaTypeOf(preferred);
  const ranges = accept.toLowerCase().split(',').map(readRange);
  const excluded = ranges.flatMap(({ range, quality }) => (quality === 0 ? [range] : []));
  for (const { range } of ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality)) {
    const candidates = /^(?:\*|application)\/\*$/.test(range)
      ? [preferred, ...all].map(mediaTypeOf)
      : mediaTypes.has(range)
        ? [range]
        : [];
    const found = candidates.find(mediaType => !excluded.includes(mediaType));
    if (found !== undefined) return found;
  }
  return null;
}

/** A quality that is no number excludes: what the sender meant is not known. */
function readRange(text: string): { range: string; quality: number } {
  const [range = '', ...parameters] = text.split(';').map(part => part.trim());
  const weight = parameters.find(parameter => parameter.startsWith('q='))?.slice(2);
  return { range, quality: weight === undefined ? 1 : Number(weight) || 0 };
}
