// Protected objects as docs/protection.md shows them: what carries them, and a table of their header parameters and parts,
// each with its clause. What a parameter means is what `inspect` says of it.
import { reportObject } from '../../src/inspect/object-report.ts';
import type { Shown } from './protected-objects.ts';

export function objectTables(groups: Readonly<Record<string, readonly Shown[]>>): string {
  return Object.entries(groups)
    .flatMap(([group, objects]) => [
      `## The objects of ${group}`,
      ...objects.flatMap(({ title, about, carrier, object, inside }) => [
        `### ${title}`,
        about,
        `\`\`\`json\n${JSON.stringify(shortened(carrier, object), null, 1).replace(/\n */g, ' ')}\n\`\`\``,
        ...(object === null ? [] : [tableOf(object)]),
        ...(inside === null ? [] : [`Inside: ${code(inside)}`]),
      ]),
    ])
    .join('\n\n');
}

/** Only the beginning of what is written in base64url: the table says what it holds. */
function shortened(carrier: unknown, object: string | null): unknown {
  return JSON.parse(JSON.stringify(carrier), (name, value) => {
    if (value === object || name === 'protected') return `${value.slice(0, 12)}…`;
    return bytesByName.includes(name) ? '…' : value;
  });
}

const bytesByName = ['iv', 'ciphertext', 'tag', 'encrypted_key', 'signature', 'x', 'y'];

function tableOf(object: string): string {
  const { headers, parts, payload } = reportObject(object);
  const isCompact = !object.startsWith('{');
  const [headerPlace = '', ...places] = isCompact ? placesIn(object) : [];
  const rows = [
    ...headers.flatMap(({ place, parameters }) => [
      [`**${place}${isCompact ? ' header' : ''}**`, headerPlace, ...headerMeaning(place)],
      ...(parameters ?? []).map(({ name, value, meaning, clause }) => [
        code(name),
        code(JSON.stringify(shortened(JSON.parse(value ?? 'null'), null))),
        meaning,
        clause,
      ]),
    ]),
    ...parts.map(({ name, size }, index) => [
      `**${name}**`,
      [`${size} bytes`, ...places.slice(index, index + 1)].join(', '),
      ...partMeaning(name, size ?? 0),
    ]),
    ...(payload === null ? [] : [['', code(payload), 'the payload, which everybody can read', '']]),
  ];
  return [['part', 'value', 'what it is', 'clause'], ['---', '---', '---', '---'], ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** Where each part of a compact serialisation stands, counted in characters from 0. */
function placesIn(object: string): string[] {
  let next = 0;
  return object.split('.').map(part => {
    const start = next;
    next += part.length + 1;
    return part === '' ? `at ${start}` : `characters ${start} to ${start + part.length - 1}`;
  });
}

function headerMeaning(place: string): readonly [string, string] {
  return place.endsWith('protected')
    ? ['JSON in base64url, under the tag or the signature', 'RFC 7516 §5.1 step 14, RFC 7515 §5.1 step 5']
    : ['beside it, and for everybody to change: it selects a key, and the key decides', 'RFC 7516 §7.2.1'];
}

function partMeaning(name: string, size: number): readonly [string, string] {
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (size === 0) return ['empty: the key itself encrypts the content', 'RFC 7516 §5.1 step 5'];
  return meanings[last] ?? ['', ''];
}

const meanings: Readonly<Record<string, readonly [string, string]>> = {
  'encrypted key': ['the content encryption key, wrapped', 'RFC 7518 §4.4, §4.6'],
  encrypted_key: ['the content encryption key, wrapped', 'RFC 7518 §4.4, §4.6'],
  'initialisation vector': ['random; by it a repeated object is noticed', 'RFC 7518 §5.3'],
  iv: ['random', 'RFC 7518 §5.3'],
  ciphertext: ['as long as what is inside', 'RFC 7518 §5.3'],
  tag: ['over header and ciphertext', 'RFC 7518 §5.3'],
  payload: ['', 'RFC 7515 §3'],
  signature: ['over header and payload', 'RFC 7518 §3.2, §3.4'],
};

function code(text: string): string {
  return `\`${text}\``;
}
