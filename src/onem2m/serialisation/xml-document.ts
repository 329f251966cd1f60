// A well-formed XML document in UTF-8 (TS-0004 8.3.1) as a tree of elements, and nothing that two programs could read
// differently. Knows the namespace of oneM2M, and none of its names or types (elements.ts).
import { SaxesParser } from 'saxes';
import { refuse } from '../../errors.ts';
import { maxDepth, maxItems } from './bounds.ts';
import { utf8 } from './json.ts';

export interface XmlElement {
  /** As JSON has it (TS-0004 8.4.2): `m2m:` before the names of the oneM2M namespace, whatever prefix it came with. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** What stands between its tags beside its children, whole. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

export const namespace = 'http://www.onem2m.org/xml/protocols';
const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance';

interface OpenElement extends XmlElement {
  text: string;
  readonly children: OpenElement[];
}

/**
 * The root element. References to schemas (`xsi:schemaLocation`, TS-0004 8.3.2) are passed over; nothing is fetched.
 *
 * @throws E2EKeyError REQUEST_INVALID for what is not UTF-8, not well-formed or not XML 1.0, has a document type
 * declaration, a processing instruction, a comment, an entity of its own or another namespace than that of oneM2M, or
 * is nested deeper than 32 levels or has more than 8192 elements.
 */
export function parseDocument(bytes: Uint8Array): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let count = 0;

  parser.on('error', cause =>
    refuse('REQUEST_INVALID', 'the content is not well-formed XML (TS-0004 8.3.1)', { cause }),
  );
  parser.on('xmldecl', ({ version, encoding = 'UTF-8' }) => {
    if (version !== '1.0' || encoding.toUpperCase() !== 'UTF-8')
      refuse('REQUEST_INVALID', 'the XML declaration says neither version 1.0 nor UTF-8 (TS-0004 8.3.1)');
  });
  // Entities that grow, and files that an entity names.
  parser.on('doctype', () => refuse('REQUEST_INVALID', 'the XML has a DOCTYPE, which no primitive needs'));
  parser.on('processinginstruction', () =>
    refuse('REQUEST_INVALID', 'the XML has a processing instruction, which no primitive needs'),
  );
  // Of a text around a comment some programs read only what stands before it.
  parser.on('comment', () => refuse('REQUEST_INVALID', 'the XML has a comment, which no primitive needs'));
  parser.on('opentag', ({ local, uri, attributes }) => {
    if (open.length === maxDepth)
      refuse('REQUEST_INVALID', `the content is nested deeper than ${maxDepth} levels`);
    if (++count > maxItems) refuse('REQUEST_INVALID', `the content has more than ${maxItems} elements`);
    const element = {
      name: nameOf(local, uri),
      attributes: attributesOf(attributes),
      text: '',
      children: [],
    };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  const append = (text: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on('text', append);
  parser.on('cdata', append);

  parser.write(utf8(bytes)).close();
  return root ?? refuse('REQUEST_INVALID', 'the XML has no element (TS-0004 8.3.1)');
}

interface Attribute {
  readonly local: string;
  readonly prefix: string;
  readonly uri: string;
  readonly value: string;
}

function attributesOf(attributes: Readonly<Record<string, Attribute>>): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const [name, { local, prefix, uri, value }] of Object.entries(attributes)) {
    const isDeclaration = name === 'xmlns' || prefix === 'xmlns';
    const isReference = uri === schemaInstance && /^(?:noNamespaceS|s)chemaLocation$/.test(local);
    if (!isDeclaration && !isReference) named.set(nameOf(local, uri), value);
  }
  return named;
}

function nameOf(local: string, uri: string): string {
  if (uri === '') return local;
  if (uri === namespace) return `m2m:${local}`;
  return refuse(
    'REQUEST_INVALID',
    `the XML has a name in another namespace than ${namespace} (TS-0004 7.5.2)`,
  );
}
