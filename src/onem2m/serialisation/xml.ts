// XML serialisation of a primitive's content (TS-0004 8.3) ⇄ the value that JSON has for it (8.4.2). Types, lists and
// the order of elements are those of elements.ts. What is not in it is read as it looks, text or elements, so that a
// content which only passes by comes out as it came in; whoever expects a type does not find it, and refuses.
import { refuse } from '../../errors.ts';
import { type ComplexType, type ElementType, globalElements } from './elements.ts';
import { isObject } from './json.ts';
import { namespace, parseDocument, type XmlElement } from './xml-document.ts';

/**
 * The content `{ [root element]: value }`. An empty element is null (TS-0004 8.3.1), of a list the empty array.
 *
 * White space in base64 is left out: xs:base64Binary is the same with and without it, so that the text is the one that
 * JSON demands. Any other text stays as it is.
 *
 * @throws E2EKeyError REQUEST_INVALID for what `parseDocument` refuses, another root than a global element, an element
 * that is given twice where one may stand or is not of its type, text between elements, and XML attributes that the
 * element does not have.
 */
export function readXml(bytes: Uint8Array): unknown {
  const root = parseDocument(bytes);
  if (!root.name.startsWith('m2m:'))
    return refuse('REQUEST_INVALID', `the root element is not in the namespace ${namespace} (TS-0004 7.5.2)`);
  return Object.fromEntries([[root.name, readElement(root, globalElements.get(root.name))]]);
}

/**
 * A document has one root: of a response with an alert record and a reason, as JSON has them side by side, the record
 * remains, which the TLS engine of the other side needs.
 *
 * @throws E2EKeyError OPTION_INVALID for a content that has no XML: of another shape, with names or characters that XML
 * does not have, or with white space inside an entry of a list.
 */
export function writeXml(content: unknown): Buffer {
  const members = isObject(content) ? Object.entries(content) : [];
  const [root, ...others] = members.length === 1 ? members : members.filter(([name]) => name !== 'm2m:dbg');
  if (root === undefined || others.length > 0) return unwritable('it is not one global element');
  const [name, value] = root;
  const type = globalElements.get(name);
  if (!name.startsWith('m2m:') || (Array.isArray(value) && !isList(type)))
    return unwritable('it is not one global element');
  const declared = ` xmlns:m2m="${namespace}"`;
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${written(name, value, type, declared)}`);
}

function readElement(element: XmlElement, type: ElementType | undefined): unknown {
  const { name, attributes, children, text } = element;
  const isSimple = attributes.size === 0 && children.length === 0;
  if (type === undefined && isSimple) return text === '' ? null : text;
  if (type?.is === 'complex' && isSimple && text === '') return null;
  if (type === undefined || type.is === 'complex') return readMembers(element, type);
  return isSimple
    ? readSimple(name, text, type)
    : refuse('REQUEST_INVALID', `${shown(name)} holds XML attributes or elements (TS-0004 8.3.1)`);
}

function readMembers(element: XmlElement, type: ComplexType | undefined): unknown {
  const members = new Map<string, unknown>();
  for (const [name, value] of element.attributes) {
    const attribute = type?.members.get(name);
    if (attribute?.attribute !== true)
      return refuse(
        'REQUEST_INVALID',
        `${shown(element.name)} has no XML attribute ${shown(name)} (TS-0004 8.3.1)`,
      );
    members.set(name, readSimple(name, value, attribute));
  }
  if (type?.text !== undefined && element.children.length === 0) members.set(type.text, element.text);
  else if (/[^ \t\r\n]/.test(element.text))
    return refuse('REQUEST_INVALID', `${shown(element.name)} holds text beside elements (TS-0004 8.3.1)`);
  for (const [name, group] of Map.groupBy(element.children, child => child.name)) {
    const member = memberType(type, name);
    const isArray = type === undefined || member === undefined ? group.length > 1 : member.many === true;
    if (members.has(name) || (!isArray && group.length > 1))
      return refuse('REQUEST_INVALID', `${shown(element.name)} holds ${shown(name)} twice (TS-0004 8.3.1)`);
    const values = group.map(one => readElement(one, member));
    members.set(name, isArray ? values : values[0]);
  }
  return Object.fromEntries(members);
}

/** Global elements may stand wherever the schema has a wildcard, and have the same type everywhere. */
function memberType(type: ComplexType | undefined, name: string): ElementType | undefined {
  if (!name.startsWith('m2m:')) return type?.members.get(name);
  const global = globalElements.get(name);
  return global && { ...global, many: type?.hasChildResources === true };
}

function readSimple(name: string, text: string, { is }: ElementType): unknown {
  const words = text.split(/[ \t\r\n]+/).filter(word => word !== '');
  if (is === 'texts') return words;
  if (is === 'numbers') return words.map(word => numberOf(name, word));
  if (text === '') return null;
  if (is === 'number') return numberOf(name, words.join(' '));
  if (is === 'base64') return words.join('');
  return is === 'boolean' ? booleanOf(name, words.join(' ')) : text;
}

/** A number that a CSE on the way has written as `6.0` is 6, as in JSON. */
function numberOf(name: string, word: string): number {
  const value = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word) ? Number(word) : Number.NaN;
  return Number.isFinite(value)
    ? value
    : refuse('REQUEST_INVALID', `${shown(name)} is no number (TS-0004 8.3.1)`);
}

function booleanOf(name: string, word: string): boolean {
  if (word === 'true' || word === '1') return true;
  if (word === 'false' || word === '0') return false;
  return refuse('REQUEST_INVALID', `${shown(name)} is neither true nor false (TS-0004 8.3.1)`);
}

/** A list that stands in one element (xs:list). */
function isList(type: ElementType | undefined): boolean {
  return type?.many !== true && (type?.is === 'texts' || type?.is === 'numbers');
}

/** One element, or one for each entry of an array. */
function written(name: string, value: unknown, type: ElementType | undefined, declared = ''): string {
  if (!/^(?:m2m:)?[A-Za-z_][\w.-]*$/.test(name)) return unwritable('a name in it is none in XML');
  if (!Array.isArray(value)) return writtenOnce(name, value, type, declared);
  if (isList(type)) return writtenOnce(name, value.map(listed).join(' '), type, declared);
  return value.map(one => writtenOnce(name, one, type, declared)).join('');
}

function writtenOnce(name: string, value: unknown, type: ElementType | undefined, declared: string): string {
  if (!isObject(value)) return tagged(name, declared, value === null ? '' : escaped(value));
  const complex = type?.is === 'complex' ? type : undefined;
  const known = [...(complex?.members.keys() ?? [])].filter(member => Object.hasOwn(value, member));
  const others = Object.keys(value).filter(member => complex?.members.has(member) !== true);
  let attributes = declared;
  let inside = '';
  for (const member of [...known, ...others]) {
    const memberValue = value[member];
    const itsType = memberType(complex, member);
    if (itsType?.attribute === true)
      attributes += ` ${member}="${escaped(memberValue).replace(/["\t\n]/g, reference)}"`;
    else if (member === complex?.text) inside += escaped(memberValue);
    else inside += written(member, memberValue, itsType);
  }
  return tagged(name, attributes, inside);
}

function tagged(name: string, attributes: string, inside: string): string {
  return inside === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${inside}</${name}>`;
}

function listed(entry: unknown): string | number {
  return typeof entry === 'number' || (typeof entry === 'string' && /^[^ \t\r\n]+$/.test(entry))
    ? entry
    : unwritable('an entry of a list in it is empty, or no word');
}

function escaped(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    return unwritable('a value in it is no text, number or boolean, or an array stands in an array');
  const text = String(value);
  // XML 1.0 2.2: other control characters, halves of surrogate pairs and two more are no characters.
  if (/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(text))
    return unwritable('a character in it is none in XML');
  // A reader makes a line feed of a carriage return that stands for itself (XML 1.0 2.11).
  return text.replace(/[&<>\r]/g, reference);
}

function reference(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}

function unwritable(reason: string): never {
  return refuse('OPTION_INVALID', `the content cannot be written in XML (TS-0004 8.3.1): ${reason}`);
}

/** A peer's name in a message of ours: only its beginning. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
