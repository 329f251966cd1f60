import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDer } from '../../src/certificates/der.ts';
import {
  type GeneralName,
  type Name,
  nameKey,
  readGeneralName,
  readName,
  sameName,
} from '../../src/certificates/names.ts';
import { der, generalName, name, objectIdentifier, sequence } from '../../src/testing/certificate-maker.ts';

const [octetString, utf8String, numericString, printableString] = [0x04, 0x0c, 0x12, 0x13];
const [teletexString, ia5String, visibleString, universalString, bmpString] = [0x14, 0x16, 0x1a, 0x1c, 0x1e];
const [cn, o, ou] = ['2.5.4.3', '2.5.4.10', '2.5.4.11'];
const emailAddress = '1.2.840.113549.1.9.1';

const attribute = (type: string, value: string | Uint8Array, tag = utf8String): Uint8Array =>
  sequence(objectIdentifier(type), der(tag, typeof value === 'string' ? Buffer.from(value) : value));
/** One relative distinguished name, its attributes in the order of DER. */
const rdn = (...attributes: Uint8Array[]): Uint8Array => der(0x31, ...attributes.toSorted(Buffer.compare));
const parse = (...parts: Uint8Array[]): Name =>
  readDer(sequence(...parts), 'subject', reader => readName(reader, ''));
/** Characters of this many octets each. */
const wide = (text: string, octets: number): Uint8Array =>
  Buffer.from(
    [...text]
      .map(character => (character.codePointAt(0) ?? 0).toString(16).padStart(octets * 2, '0'))
      .join(''),
    'hex',
  );
const one = (value: string | Uint8Array, tag = utf8String, type = cn): Name =>
  parse(rdn(attribute(type, value, tag)));
const general = (text: string | Uint8Array, use: 'name' | 'constraint' = 'name'): GeneralName =>
  readDer(typeof text === 'string' ? generalName(text) : text, 'names', reader =>
    readGeneralName(reader, 0, use),
  );

function refuses(read: () => unknown, message: RegExp): void {
  assert.throws(read, { code: 'CERTIFICATE_MALFORMED', message });
}

function matches(first: Name, second: Name, expected: boolean): void {
  const shown = `${first.text} and ${second.text}`;
  assert.equal(sameName(first, second), expected, shown);
  assert.equal(sameName(second, first), expected, shown);
  assert.equal(nameKey(first) === nameKey(second), expected, shown);
}

test('a name is shown so that a log line stays a log line (RFC 4514 2.4)', () => {
  assert.equal(one('a,b+c"d\\e<f>g;h=i').text, 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\=i');
  assert.equal(one(' a ').text, 'CN=\\ a\\ ');
  assert.equal(one('#a').text, 'CN=\\#a');
  assert.equal(one('a\r\nb\0c\u202ed\u2028e').text, 'CN=a\\0d\\0ab\\00c\\e2\\80\\aed\\e2\\80\\a8e');
  assert.equal(
    parse(rdn(attribute('2.5.4.6', 'DE', printableString)), rdn(attribute(cn, 'a'))).text,
    'CN=a,C=DE',
  );
  assert.equal(one('a', utf8String, '1.2.3').text, '1.2.3=#0c0161');
  assert.equal(one('\0a', bmpString).text, 'CN=a');
  assert.equal(one('a', octetString).text, 'CN=#040161');
});

test('names are bounded: 32 relative names of up to 8 attributes (our bounds)', () => {
  const many = (count: number) => Array.from({ length: count }, (_, arc) => attribute(`2.5.4.${arc}`, 'a'));
  const relative = (count: number) => many(count).map(each => rdn(each));
  assert.doesNotThrow(() => parse(...relative(32)));
  refuses(() => parse(...relative(33)), /^subject: more than 32 items/);
  assert.doesNotThrow(() => parse(rdn(...many(8))));
  refuses(() => parse(rdn(...many(9))), /^subject\.0: more than 8 items/);
  refuses(() => parse(rdn()), /^subject\.0: an empty list/);
  assert.equal(parse().isEmpty, true);
  assert.equal(one('').isEmpty, false);
});

test('attributes of text hold text: UTF-8 in UTF8String, ASCII in PrintableString and IA5String (RFC 5280 4.1.2.4)', () => {
  // Cut off, overlong, a surrogate, beyond U+10FFFF, Latin-1.
  for (const hex of ['c3', 'c0af', 'eda080', 'f4908080', '66e4'])
    refuses(
      () => one(Buffer.from(hex, 'hex')),
      /^subject\.0\.0\.value: octets that its string type does not have/,
    );
  for (const tag of [printableString, ia5String])
    for (const wrong of ['ä', Buffer.of(0x80), Buffer.of(0x61, 0xff)])
      refuses(() => one(wrong, tag), /octets that its string type does not have/);
  assert.equal(one('ä\u{10ffff}').isEmpty, false);
  // The deprecated ones: ASCII, two octets each, four octets each up to U+10FFFF.
  for (const tag of [numericString, visibleString]) refuses(() => one('ä', tag), /value: octets/);
  for (const hex of ['00', '000061']) refuses(() => one(Buffer.from(hex, 'hex'), bmpString), /value: octets/);
  for (const hex of ['61', '000061', '0000000061', '00110000', 'ffffffff'])
    refuses(() => one(Buffer.from(hex, 'hex'), universalString), /value: octets/);
  // Other types are not read as text.
  assert.doesNotThrow(() => one(Buffer.of(0xff, 0xfe), octetString));
  refuses(() => parse(rdn(attribute(emailAddress, Buffer.of(0xe4), ia5String))), /value: octets/);
});

test('names match without regard to case, kind of string, and superfluous spaces (RFC 5280 7.1)', () => {
  const plain = one('Acme Root');
  for (const other of [
    one('acme ROOT'),
    one('Acme Root', printableString),
    one('Acme Root', ia5String),
    one('Acme Root', visibleString),
    one('Acme Root', teletexString),
    one(wide('Acme Root', 2), bmpString),
    one(wide('Acme Root', 4), universalString),
    one('  Acme   Root '),
    one('Acme\u00a0Root'),
    one('ACME  root', printableString),
  ])
    matches(plain, other, true);
  // NFKC: composed and decomposed, full width, ligature; case beyond ASCII.
  matches(one('Jos\u00e9'), one('JOSE\u0301'), true);
  matches(one('\uff21'), one('a'), true);
  matches(one('\ufb01n'), one('FIN'), true);
  matches(one('\u00c4RGER'), one('\u00e4rger'), true);
  // Upper case alone keeps the capital sharp s apart from its two letters.
  matches(one('STRA\u1e9eE'), one('strasse'), true);
  // Cases that come apart before and after: the sign MHz, and iota with dialytika and tonos.
  matches(one('\u3392'), one('MHz'), true);
  matches(one('\u0390'), one('\u03aa\u0301'), true);
  matches(one('1 2'), one('1  2', numericString), true);
  matches(one('\u{1f512}'), one(wide('\u{1f512}', 4), universalString), true);
  matches(one('\u00e9'), one(Buffer.of(0xe9), teletexString), true);
  matches(parse(), parse(), true);
});

test('characters that nobody sees make no difference: formats, controls, variants (RFC 5280 7.1, RFC 4518 2.2)', () => {
  for (const unseen of ['\u00ad', '\u034f', '\u1806', '\u180e', '\u200b', '\u200d', '\u202e', '\u2060'])
    for (const other of [`Ac${unseen}me`, `${unseen}Acme`, `Acme${unseen}`])
      matches(one('Acme'), one(other), true);
  for (const unseen of ['\ufeff', '\ufe0f', '\ufffc', '\0', '\x08', '\x7f', '\x9f', '\u{e0041}'])
    for (const other of [`Ac${unseen}me`, `${unseen}Acme`, `Acme${unseen}`])
      matches(one('Acme'), one(other), true);
  for (const space of ['\t', '\n', '\r', '\x85', '\u2003', '\u2028', '\u3000', ' \u00ad '])
    matches(one('Acme Root'), one(`Acme${space}Root${space}`), true);
  matches(one('Acme'), one('Ac\tme'), false);
});

test('the attributes of one relative name match in any order (RFC 5280 7.1)', () => {
  const short = parse(rdn(attribute(cn, 'a'), attribute(o, 'bcd')));
  // Longer, and so behind the other one in DER.
  const long = parse(rdn(attribute(cn, '      A      '), attribute(o, 'BCD', printableString)));
  assert.notDeepEqual(
    short.text.split('+').map(part => part.slice(0, 2)),
    long.text.split('+').map(part => part.slice(0, 2)),
  );
  matches(short, long, true);
  matches(short, parse(rdn(attribute(cn, 'bcd'), attribute(o, 'a'))), false);
});

test('what differs in anything else does not match (RFC 5280 7.1)', () => {
  const acme = one('acme');
  for (const other of [
    parse(),
    one('acm'),
    one('acme.'),
    one('ac me'),
    one('acmé'),
    // Cyrillic а.
    one('\u0430cme'),
    one('acme', utf8String, o),
    // No text: compared octet by octet, with its type.
    one('acme', octetString),
    parse(rdn(attribute(cn, 'acme')), rdn(attribute(cn, 'acme'))),
    parse(rdn(attribute(cn, 'acme'), attribute(o, 'acme'))),
  ])
    matches(acme, other, false);
  matches(one('a', octetString), one('A', octetString), false);
  matches(one('a', octetString), one('a', octetString), true);
});

test('relative names are compared in their order and with their bounds (RFC 5280 7.1)', () => {
  const [a, b] = [attribute(o, 'a'), attribute(ou, 'b')];
  matches(parse(rdn(a), rdn(b)), parse(rdn(b), rdn(a)), false);
  matches(parse(rdn(a), rdn(b)), parse(rdn(a, b)), false);
});

test('no value of one attribute reads as several (RFC 5280 7.1)', () => {
  const [first, second] = [attribute(o, 'a'), attribute(ou, 'b')];
  for (const separator of ['+', '\n', '"+', '"\n']) {
    const forged = attribute(o, `a${separator}${ou}=b`);
    matches(parse(rdn(first, second)), parse(rdn(forged)), false);
    matches(parse(rdn(first), rdn(second)), parse(rdn(forged)), false);
    const quoted = attribute(o, `a${separator}${ou}="b`);
    matches(parse(rdn(first, second)), parse(rdn(quoted)), false);
    matches(parse(rdn(first), rdn(second)), parse(rdn(quoted)), false);
  }
});

test('every e-mail address of a name is known, whatever its place and kind of string (RFC 5280 4.2.1.10)', () => {
  const subject = parse(
    rdn(attribute(emailAddress, 'a@b.example', ia5String)),
    rdn(attribute(cn, 'x@y.example'), attribute(emailAddress, 'C@d.example')),
    rdn(attribute(emailAddress, 'e@f.example', teletexString)),
  );
  assert.deepEqual(subject.emailAddresses, ['a@b.example', 'C@d.example', 'e@f.example']);
  assert.deepEqual(one('a@b.example').emailAddresses, []);
  // No text: an address that is in no subtree.
  assert.deepEqual(one('a@b.example', octetString, emailAddress).emailAddresses, ['']);
});

test('every form of general name is told apart (RFC 5280 4.2.1.6)', () => {
  assert.deepEqual(general('uri:m2m://a.example/b/Cc'), { form: 'uri', value: 'm2m://a.example/b/Cc' });
  assert.deepEqual(general('dns:b.example'), { form: 'dns', value: 'b.example' });
  assert.deepEqual(general('email:c@d.example'), { form: 'email', value: 'c@d.example' });
  assert.deepEqual(general('ip:7f000001'), { form: 'ip', bytes: Buffer.of(127, 0, 0, 1) });
  assert.deepEqual(general('rid:1.2.3'), { form: 'registeredId', value: '1.2.3' });
  assert.deepEqual(general(der(0xa3)), { form: 'x400', bytes: der(0xa3) });
  assert.deepEqual(general(der(0xa5)), { form: 'ediParty', bytes: der(0xa5) });
  const directory = general('dir:somebody');
  assert.ok(directory.form === 'directory' && directory.name.text === 'CN=somebody');
  assert.deepEqual(directory.name.der, name('somebody'));
  refuses(() => general(der(0x89)), /^names\.0: no form of GeneralName/);
  // The tags are IMPLICIT, of primitive types.
  refuses(() => general(der(0xa2, Buffer.from('a.example'))), /no form of GeneralName/);
  refuses(() => general(der(0x84, name('a'))), /no form of GeneralName/);
  refuses(() => general(der(0xa4, name('a'), name('b'))), /too many/);
});

test('a RELATIVE-OID in otherName is one identifier with its type-id (TS-0003 10.1.1.4)', () => {
  assert.deepEqual(general('device:0.2.481.1:100.3030'), {
    form: 'other',
    typeId: '0.2.481.1',
    value: Buffer.of(0x0d, 3, 0x64, 0x97, 0x56),
    objectIdentifier: '0.2.481.1.100.3030',
  });
  // Any other type, an OBJECT IDENTIFIER too, is no identifier under type-id.
  for (const inner of ['0c0161', '06022a03', '3000'])
    assert.deepEqual(general(`other:0.2.481.1:${inner}`), {
      form: 'other',
      typeId: '0.2.481.1',
      value: Buffer.from(inner, 'hex'),
      objectIdentifier: null,
    });
  refuses(() => general('other:1.2.3:0d00'), /^names\.0\.value: an OBJECT IDENTIFIER of 0 octets/);
  refuses(() => general('other:1.2.3:0d028001'), /badly encoded arc/);
  refuses(() => general('other:1.2.3:0d01010d0101'), /too many/);
  refuses(() => general('other:1.2.3:'), /2 octets needed/);
});

test('names of text are visible ASCII, and empty only as constraints (RFC 5280 4.2.1.6, 4.2.1.10)', () => {
  for (const wrong of ['dns: ', 'dns:a\0.example', 'uri://a/b\n', 'dns:ä.example', 'email:a\x7f@b']) {
    refuses(() => general(wrong), /^names\.0: a name with another character/);
    refuses(() => general(wrong, 'constraint'), /^names\.0: a name with another character/);
  }
  for (const form of ['dns', 'uri', 'email']) {
    refuses(() => general(`${form}:`), /^names\.0: an empty name/);
    assert.deepEqual(general(`${form}:`, 'constraint'), { form, value: '' });
  }
});

test('an iPAddress has 4 or 16 octets, as a constraint twice as many (RFC 5280 4.2.1.6, 4.2.1.10)', () => {
  const address = (octets: number) => `ip:${'00'.repeat(octets)}`;
  for (const octets of [4, 16]) {
    assert.equal(general(address(octets)).form, 'ip');
    assert.equal(general(address(octets * 2), 'constraint').form, 'ip');
  }
  for (const octets of [0, 3, 5, 8, 15, 17, 32])
    refuses(() => general(address(octets)), /an iPAddress of \d+ octets, .*accepted: 4 or 16 octets \(/);
  for (const octets of [0, 4, 7, 9, 16, 31, 33, 64])
    refuses(() => general(address(octets), 'constraint'), /accepted: 8 or 32 octets, address and mask/);
});

test('a value has at most 1 KiB: normalising a longer one takes long (our bound)', () => {
  assert.equal(one('a'.repeat(1024)).isEmpty, false);
  refuses(() => one('a'.repeat(1025)), /1025 octets, at offset \d+; accepted: at most 1024/);
});

test('a value is a string in primitive form or of another universal type (RFC 5280 4.1.2.4, X.690 10.2)', () => {
  for (const tag of [0x2c, 0x33, 0x00, 0x8c, 0xac, 0x1b, 0x19])
    refuses(() => one('Evil', tag), /a value of no type that attributes have/);
  for (const tag of [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x17, 0x18, 0x30, 0x31])
    assert.ok(!one(Buffer.of(1, 1, 1), tag).isEmpty);
});

test('letters that are one in upper case are one (RFC 5280 7.1)', () => {
  matches(one('stra\u00dfe'), one('STRASSE'), true);
  matches(one('\u039f\u0394\u039f\u03a3'), one('\u03bf\u03b4\u03bf\u03c3'), true);
  matches(one('\u03bf\u03b4\u03bf\u03c2'), one('\u03bf\u03b4\u03bf\u03c3'), true);
  matches(one('a'), one('b'), false);
});
