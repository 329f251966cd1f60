// A CSE that changes one byte of each thing that it passes on to one of the two ends. Knows where in an HTTP message an
// ESPrim Object or a random object is, and not what becomes of it.
import type { HttpMessage } from '../../../src/testing/transit-cse/http.ts';
import type { Draw } from '../../fuzz/draw.ts';

/** What is changed, on its way to whom it is for. */
export const legs = ['request object', 'response object', 'random object'] as const;
export type Leg = (typeof legs)[number];

export interface ChangePlan {
  readonly leg: Leg;
  /** Bytes of the object itself, or of what is around it: the outer primitive. */
  readonly where: 'inside' | 'outside';
  /** One after the other, or drawn. */
  readonly positions: 'every' | 'drawn';
}

export class Changing {
  readonly #plan: ChangePlan;
  readonly #draw: Draw;
  /** By the object: which of its bytes is another, and what it is. */
  readonly #changes = new Map<string, { readonly at: number; readonly byte: number }>();
  /** How many positions were used, and of how many: of objects by their length; messages differ by a digit or two. */
  readonly #used = new Map<number, { readonly used: number; readonly of: number }>();

  constructor(plan: ChangePlan, draw: Draw) {
    this.#plan = plan;
    this.#draw = draw;
  }

  /** Objects that were changed, or sent in a changed message. */
  get changed(): number {
    return this.#changes.size;
  }

  /** Whether every position of one kind of object, or message, was changed. */
  get isComplete(): boolean {
    return [...this.#used.values()].some(({ used, of }) => used >= of);
  }

  pass(message: HttpMessage): Pick<HttpMessage, 'headers' | 'body'> {
    const found = this.#find(message);
    if (found === null) return message;
    return this.#plan.where === 'inside' ? this.#inside(message, found) : this.#outside(message, found);
  }

  #find({ direction, headers, body }: HttpMessage): Found | null {
    // 2001: whoever has put it there is shown it again.
    if (direction === 'in' || headers['X-M2M-RSC'] === 2001 || headers['X-M2M-RSC'] === '2001') return null;
    const found = patterns[this.#plan.leg === 'random object' ? 'random object' : 'object'].exec(
      body.toString('latin1'),
    );
    const [, before = '', text = ''] = found ?? [];
    if (found === null || (this.#plan.leg !== 'random object' && legOf(text) !== this.#plan.leg)) return null;
    const start = found.index + before.length;
    return { text, start, end: start + text.length };
  }

  /** The same change each time that it is passed on. */
  #inside({ headers, body }: HttpMessage, { text, start }: Found): Pick<HttpMessage, 'headers' | 'body'> {
    // Without what ends a text: a body that is no JSON each time that it is looked at is no message to anybody.
    const places = Array.from(text, (_, at) => at).filter(at => !/["\\]/.test(text.charAt(at)));
    const change =
      this.#changes.get(text) ??
      this.#another(text, places.length, printable, at => text.charCodeAt(places[at] ?? 0));
    const changed = Buffer.from(body);
    changed[start + (places[change.at] ?? 0)] = change.byte;
    return { headers, body: changed };
  }

  /** The first time only. */
  #outside(
    { headers, body }: HttpMessage,
    { text, start, end }: Found,
  ): Pick<HttpMessage, 'headers' | 'body'> {
    if (this.#changes.has(text)) return { headers, body };
    const values = Object.entries(headers).flatMap(([name, value]) =>
      /^x-m2m-|^content-type$/i.test(name) ? [[name, String(value)] as const] : [],
    );
    const around = body.length - (end - start);
    const places = values.reduce((sum, [, value]) => sum + value.length, around);
    const inBody = (at: number) => (at < start ? at : at + (end - start));
    const inHeader = (at: number): readonly [name: string, value: string, at: number] => {
      let left = at - around;
      for (const [name, value] of values) {
        if (left < value.length) return [name, value, left];
        left -= value.length;
      }
      throw new RangeError('there is no such place');
    };
    const { at, byte } = this.#another(text, places, bytes, place => {
      if (place < around) return body[inBody(place)] ?? 0;
      const [, value, index] = inHeader(place);
      return value.charCodeAt(index);
    });
    if (at < around) {
      const changed = Buffer.from(body);
      changed[inBody(at)] = byte;
      return { headers, body: changed };
    }
    const [name, value, index] = inHeader(at);
    // What no HTTP header can hold would never leave the CSE.
    const character = String.fromCharCode(byte < 0x21 || byte > 0x7e ? 0x7e : byte);
    return {
      headers: { ...headers, [name]: value.slice(0, index) + character + value.slice(index + 1) },
      body,
    };
  }

  #another(text: string, places: number, others: readonly number[], byteAt: (at: number) => number) {
    const kind = this.#plan.where === 'inside' ? places : 0;
    const used = this.#used.get(kind)?.used ?? 0;
    this.#used.set(kind, { used: used + 1, of: places });
    const at = this.#plan.positions === 'every' ? used % places : this.#draw.below(places);
    const change = { at, byte: this.#otherThan(byteAt(at), others) };
    this.#changes.set(text, change);
    return change;
  }

  /** Any other byte, or one that may stand in its place: in an object another character of base64url. */
  #otherThan(byte: number, others: readonly number[]): number {
    const those = this.#draw.oneIn(3) ? others : base64url;
    for (;;) {
      const other = this.#draw.one(those);
      if (other !== byte) return other;
    }
  }
}

interface Found {
  readonly text: string;
  /** In the body. */
  readonly start: number;
  readonly end: number;
}

/** In JSON, and in JSON that stands as a text in another. */
const patterns = {
  object: /(\bepo\\?":\\?")([\w.-]+)/,
  'random object': /(\bero\\?":)(\{[^}]*\})/,
} as const;

const bytes: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte);
const printable = bytes.filter(
  byte => byte >= 0x20 && byte < 0x7f && !/["\\]/.test(String.fromCharCode(byte)),
);
const base64url = [...Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')];

/** As its own header says. */
export function legOf(object: string): Leg | null {
  const header = Buffer.from(object.split('.')[0] ?? '', 'base64url').toString();
  if (header.includes('"vnd.onem2m-preq+json"')) return 'request object';
  return header.includes('"vnd.onem2m-prsp+json"') ? 'response object' : null;
}
