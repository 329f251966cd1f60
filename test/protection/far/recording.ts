// What a CSE handled, and the search in it for what it must not have seen. Knows no protection.

import type { ProtectedContent } from '../../../src/protection/esdata/content-instance.ts';
import type { HttpMessage } from '../../../src/testing/transit-cse/http.ts';

/**
 * Bytes of a form that are looked for: short enough that whoever has 31 of them in a row is found, and long enough to be
 * told from chance.
 */
const windowSize = 16;

/** What is found of one secret. */
export interface Sighting {
  readonly secret: string;
  readonly form: string;
}

export class Recording {
  readonly #messages: Buffer[] = [];
  readonly #bodies: Buffer[] = [];
  /** By their bytes, as Latin-1. */
  readonly #needles = new Map<string, Sighting>();
  /** The first four bytes of each: most places are passed over with one look. */
  readonly #beginnings = new Set<number>();
  #count = 0;
  #bytes = 0;

  /** HTTP messages, and bytes in them. */
  get size(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.#count, bytes: this.#bytes };
  }

  record({ start, headers, body }: Pick<HttpMessage, 'start' | 'headers' | 'body'>): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
    const message = Buffer.concat([Buffer.from(`${start}\n${lines.join('')}\n`), body]);
    this.#messages.push(message);
    this.#bodies.push(body);
    this.#count++;
    this.#bytes += message.length;
  }

  /** @param secret at least 32 bytes */
  lookFor(name: string, secret: Uint8Array): void {
    for (const [form, bytes] of formsOf(secret))
      for (let at = 0; at + windowSize <= bytes.length; at += windowSize) {
        const needle = bytes.subarray(at, at + windowSize);
        this.#needles.set(needle.toString('latin1'), { secret: name, form });
        this.#beginnings.add(needle.readUInt32LE());
      }
  }

  /** ESPrim Objects in what was recorded and not forgotten, each once. */
  get objects(): string[] {
    const objects = new Set<string>();
    for (const body of this.#bodies)
      for (const [, object = ''] of body.toString('latin1').matchAll(/\bepo\\?":\\?"([\w.-]+)/g))
        objects.add(object);
    return [...objects];
  }

  /** `cnf` and `con` of every `<contentInstance>` in it that is no message of a carrier, each once. */
  get contents(): ProtectedContent[] {
    const contents = new Map<string, ProtectedContent>();
    const look = (value: unknown) => {
      if (typeof value !== 'object' || value === null) return;
      const { cnf, con } = value as Partial<ProtectedContent>;
      if (cnf !== undefined && con !== undefined && !cnf.includes('vnd.onem2m-'))
        contents.set(con, { cnf, con });
      Object.values(value).forEach(look);
    };
    for (const body of this.#bodies) if (body.length > 0) look(JSON.parse(body.toString()));
    return [...contents.values()];
  }

  /** Looks through what came since it was last called, and forgets it. */
  search(): Sighting[] {
    const found = new Set<Sighting>();
    for (const message of this.#messages)
      for (let at = 0; at + windowSize <= message.length; at++) {
        if (!this.#beginnings.has(message.readUInt32LE(at))) continue;
        const sighting = this.#needles.get(message.toString('latin1', at, at + windowSize));
        if (sighting !== undefined) found.add(sighting);
      }
    this.#messages.length = 0;
    this.#bodies.length = 0;
    return [...found];
  }
}

/** As it is, in hex, and in base64 wherever its first byte falls: what there depends on neighbours is left out. */
function formsOf(secret: Uint8Array): [form: string, bytes: Buffer][] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const forms: [string, Buffer | string][] = [
    ['raw', bytes],
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
  ];
  for (const [encoding, before] of ['base64', 'base64url'].flatMap(each =>
    [0, 1, 2].map((before): [BufferEncoding, number] => [each as BufferEncoding, before]),
  )) {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    forms.push([`${encoding}, ${before} bytes before it`, text.slice(first, end)]);
  }
  return forms.map(([form, text]) => [form, Buffer.from(text)]);
}
