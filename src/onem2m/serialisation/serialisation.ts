// The three serialisations of a primitive's content (TS-0004 8.1), and what all have in common: the value that goes in
// and comes out is that of JSON. Knows no binding and no media type.
import { readCbor, writeCbor } from './cbor.ts';
import { readJson, writeJson } from './json.ts';
import { readXml, writeXml } from './xml.ts';

/** m2m:serializations (TS-0004 6.3.3). */
export type Serialisation = 'json' | 'xml' | 'cbor';

interface Serialiser {
  /** @throws E2EKeyError REQUEST_INVALID for what the serialisation does not allow. */
  readonly read: (bytes: Uint8Array) => unknown;
  /** @throws E2EKeyError OPTION_INVALID for a value that the serialisation cannot hold; JSON holds every one. */
  readonly write: (content: unknown) => Buffer;
}

export const serialisations: Readonly<Record<Serialisation, Serialiser>> = {
  json: { read: readJson, write: writeJson },
  xml: { read: readXml, write: writeXml },
  cbor: { read: readCbor, write: writeCbor },
};
