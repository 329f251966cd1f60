import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readXml, writeXml } from '../../../src/onem2m/serialisation/xml.ts';
import { refused as refusedBy } from './refused.ts';

const namespace = 'http://www.onem2m.org/xml/protocols';
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const read = (xml: string) => readXml(Buffer.from(xml));
const refused = (xml: string, reason: RegExp) => refusedBy(() => read(xml), reason, xml.slice(0, 200));
const root = (name: string, inside: string) =>
  `<m2m:${name} xmlns:m2m="${namespace}">${inside}</m2m:${name}>`;
const seci = (inside: string) => root('seci', inside);
const written = (content: unknown) => writeXml(content).toString().replace(declaration, '');
const message = { 'm2m:seci': { sit: 6, eckm: 'FgMB' } };

/** Both ways: what is written is that text, and what is read of it is that content. */
const pairs: readonly (readonly [string, unknown])[] = [
  [seci('<sit>6</sit><eckm>FgMB</eckm>'), message],
  [root('dbg', 'NOT_FOUND: a &#60;b&#62; &#38; "c" é'), { 'm2m:dbg': 'NOT_FOUND: a <b> & "c" é' }],
  [root('uri', '/cse-a/in/e2'), { 'm2m:uri': '/cse-a/in/e2' }],
  [root('uril', '-/a -/b'), { 'm2m:uril': ['-/a', '-/b'] }],
  [
    root(
      'rqp',
      '<op>5</op><to>//sp.example/c</to><fr>C7</fr><rqi>q9</rqi><pc><m2m:seci><sit>6</sit><eckm>FgMB</eckm></m2m:seci></pc><rt><rtv>2</rtv><nu>/c/in http://h:1/x</nu></rt><rvi>3</rvi>',
    ),
    {
      'm2m:rqp': {
        op: 5,
        to: '//sp.example/c',
        fr: 'C7',
        rqi: 'q9',
        pc: message,
        rt: { rtv: 2, nu: ['/c/in', 'http://h:1/x'] },
        rvi: '3',
      },
    },
  ],
  [
    root(
      'rsp',
      '<rsc>2001</rsc><rqi>q9</rqi><pc><m2m:cin rn="one"><ty>4</ty><ri>x1</ri><con>{"rsc":2000}</con></m2m:cin></pc>',
    ),
    {
      'm2m:rsp': {
        rsc: 2001,
        rqi: 'q9',
        pc: { 'm2m:cin': { rn: 'one', ty: 4, ri: 'x1', con: '{"rsc":2000}' } },
      },
    },
  ],
  [
    root(
      'sgn',
      '<nev><rep><m2m:cin><con>text</con></m2m:cin></rep><net>3</net></nev><sud>false</sud><sur>-/in/sub</sur>',
    ),
    {
      'm2m:sgn': {
        nev: { rep: { 'm2m:cin': { con: 'text' } }, net: 3 },
        sud: false,
        sur: '-/in/sub',
      },
    },
  ],
  [root('sgn', '<vrq>true</vrq><sur>-/in/sub</sur>'), { 'm2m:sgn': { vrq: true, sur: '-/in/sub' } }],
  [
    root('sub', '<enc><net>3</net></enc><nu>/c/C7</nu><nct>1</nct>'),
    { 'm2m:sub': { enc: { net: [3] }, nu: ['/c/C7'], nct: 1 } },
  ],
  [
    root(
      'acp',
      '<pv><acr><acor>/c/C7 all</acor><acop>63</acop></acr><acr><acor>C8</acor><acop>1</acop></acr></pv><pvs><acr><acor>C7</acor><acop>63</acop></acr></pvs>',
    ),
    {
      'm2m:acp': {
        pv: {
          acr: [
            { acor: ['/c/C7', 'all'], acop: 63 },
            { acor: ['C8'], acop: 1 },
          ],
        },
        pvs: { acr: [{ acor: ['C7'], acop: 63 }] },
      },
    },
  ],
  [
    root(
      'ae',
      '<api>N.e2ekey</api><poa>http://h:1</poa><rr>true</rr><srv>2a 3</srv><m2m:cnt rn="a"><ty>3</ty></m2m:cnt><ch nm="b" typ="3">-/ae/b</ch>',
    ),
    {
      'm2m:ae': {
        api: 'N.e2ekey',
        poa: ['http://h:1'],
        rr: true,
        srv: ['2a', '3'],
        'm2m:cnt': [{ rn: 'a', ty: 3 }],
        ch: [{ nm: 'b', typ: 3, val: '-/ae/b' }],
      },
    },
  ],
  [
    root('cb', '<csi>/c</csi><esi><esf>43 44</esf><escert>MIIB MIIC</escert></esi>'),
    { 'm2m:cb': { csi: '/c', esi: { esf: [43, 44], escert: ['MIIB', 'MIIC'] } } },
  ],
];

test('an element of the table is what JSON has for it, both ways (TS-0004 8.3.1, 8.4.2)', () => {
  for (const [xml, content] of pairs) {
    const { 'm2m:ae': ae } = content as { 'm2m:ae'?: object };
    assert.deepEqual(read(declaration + xml), content);
    // Child resources stand behind all attributes of their parent.
    if (ae === undefined) assert.equal(written(content), xml);
    assert.deepEqual(read(written(content)), content);
  }
});

test('elements are written in the order of the schema, whatever that of the members (TS-0004 8.3.1)', () => {
  assert.equal(written({ 'm2m:seci': { eckm: 'FgMB', sit: 6 } }), seci('<sit>6</sit><eckm>FgMB</eckm>'));
  assert.match(
    written({ 'm2m:cin': { con: 'x', cs: 1, unknown: 'y', rn: 'n', ty: 4 } }),
    / rn="n"><ty>4<\/ty><cs>/,
  );
});

test('a document begins with its declaration, in UTF-8 (TS-0004 8.3.1)', () => {
  assert.equal(writeXml({ 'm2m:dbg': 'é' }).toString('latin1').slice(0, declaration.length), declaration);
  assert.deepEqual(readXml(writeXml({ 'm2m:dbg': 'é\u{1f511}' })), { 'm2m:dbg': 'é\u{1f511}' });
});

test('the prefix of the namespace is of no account, the namespace is (TS-0004 7.5.2)', () => {
  assert.deepEqual(read(`<x:seci xmlns:x="${namespace}"><sit>6</sit></x:seci>`), { 'm2m:seci': { sit: 6 } });
  assert.deepEqual(read(`<seci xmlns="${namespace}"><sit xmlns="">6</sit></seci>`), {
    'm2m:seci': { sit: 6 },
  });
  for (const xml of [
    '<seci><sit>6</sit></seci>',
    '<m2m:seci xmlns:m2m="http://www.onem2m.org/xml/protocol"><sit>6</sit></m2m:seci>',
    '<m2m:seci xmlns:m2m="urn:x"/>',
  ])
    refused(xml, /namespace/);
  refused('<m2m:seci><sit>6</sit></m2m:seci>', /not well-formed/);
  refused(seci('<x:sit xmlns:x="urn:x">6</x:sit>'), /another namespace/);
});

test('an element of the namespace that stands where one without it is due is another (TS-0004 8.3.2)', () => {
  assert.deepEqual(read(`<seci xmlns="${namespace}"><sit>6</sit></seci>`), {
    'm2m:seci': { 'm2m:sit': '6' },
  });
});

test('references to schemas are passed over, other XML attributes refused (TS-0004 8.3.2)', () => {
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  const withAttributes = (attributes: string) =>
    `<m2m:seci xmlns:m2m="${namespace}" ${xsi} ${attributes}><sit>6</sit></m2m:seci>`;
  assert.deepEqual(read(withAttributes(`xsi:schemaLocation="${namespace} CDT-x.xsd"`)), {
    'm2m:seci': { sit: 6 },
  });
  assert.deepEqual(read(withAttributes('xsi:noNamespaceSchemaLocation="x"')), { 'm2m:seci': { sit: 6 } });
  for (const attribute of ['xsi:type="x"', 'xsi:nil="true"', 'xml:space="preserve"'])
    refused(withAttributes(attribute), /another namespace/);
  for (const attribute of ['sit="6"', 'eckm="FgMB"', 'constructor="x"'])
    refused(withAttributes(attribute), /has no XML attribute/);
  for (const inside of [
    '<sit a="1">6</sit>',
    '<eckm xmlns:m2m="http://www.onem2m.org/xml/protocols" m2m:a="1">FgMB</eckm>',
  ])
    refused(seci(inside), /holds XML attributes or elements/);
  refused(root('cin', '<unknown a="1">6</unknown>'), /has no XML attribute/);
  refused(`<m2m:cin xmlns:m2m="${namespace}" con="x"/>`, /has no XML attribute/);
});

test('resourceName is an XML attribute, and is taken as an element too, but not as both (TS-0004 Table 6.3.6-2)', () => {
  assert.deepEqual(read(root('cnt', '<rn>a</rn>')), { 'm2m:cnt': { rn: 'a' } });
  refused(`<m2m:cnt xmlns:m2m="${namespace}" rn="a"><rn>b</rn></m2m:cnt>`, /"rn" twice/);
});

test('a document type declaration is refused, whatever is in it (TS-0004 8.3.1)', () => {
  const laughs = Array.from({ length: 10 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join(
    '',
  );
  for (const doctype of [
    `<!DOCTYPE x [<!ENTITY l0 "lol">${laughs}]>`,
    '<!DOCTYPE x [<!ENTITY l0 SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
    '<!DOCTYPE x>',
  ])
    refused(doctype + seci('<sit>6</sit><eckm>&l9;</eckm>'), /DOCTYPE/);
});

test('there are five entities and no others (XML 1.0 4.6)', () => {
  assert.deepEqual(read(root('dbg', '&lt;&gt;&amp;&apos;&quot;&#65;&#x42;')), { 'm2m:dbg': '<>&\'"AB' });
  for (const entity of ['&nbsp;', '&l0;', '&;', '&', '&#0;', '&#xD800;', '&#99999999;'])
    refused(root('dbg', entity), /not well-formed/);
});

test('processing instructions and comments are refused: some programs read on behind them, some do not', () => {
  for (const inside of ['<?x y?>', '<sit>6</sit><?xml-stylesheet href="x"?>'])
    refused(seci(inside), /processing instruction/);
  refused(`<?x?>${seci('')}`, /processing instruction/);
  refused(seci('<sit>6</sit><eckm>Fg<!-- -->MB</eckm>'), /comment/);
  refused(`${seci('')}<!-- -->`, /comment/);
});

test('what is not one well-formed document is refused (TS-0004 8.3.1)', () => {
  for (const xml of [
    '',
    ' ',
    'x',
    '{"m2m:seci":{}}',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    `${seci('')}x`,
    `<m2m:seci xmlns:m2m="${namespace}" a="1" a="2"/>`,
    seci('<sit>6</sit'),
    seci('<1/>'),
    seci('\u0001'),
    ` ${declaration}${seci('')}`,
  ])
    refused(xml, /not well-formed|no element/);
});

test('the document is XML 1.0 in UTF-8 (TS-0004 8.3.1)', () => {
  for (const said of ['', 'encoding="utf-8"', 'encoding="UTF-8" standalone="yes"'])
    assert.deepEqual(read(`<?xml version="1.0" ${said}?>${seci('<sit>6</sit>')}`), {
      'm2m:seci': { sit: 6 },
    });
  for (const said of [
    'version="1.0" encoding="ISO-8859-1"',
    'version="1.0" encoding="UTF-16"',
    'version="1.1"',
  ])
    refused(`<?xml ${said}?>${seci('')}`, /neither version 1.0 nor UTF-8/);
  refusedBy(() => readXml(Buffer.from(root('dbg', 'é'), 'latin1')), /UTF-8/);
  refusedBy(() => readXml(Buffer.from(`\uFEFF${root('dbg', 'é')}`, 'utf16le')), /UTF-8|not well-formed/);
});

test('32 levels are read, 33 refused, and 96 KiB of elements do no harm', () => {
  const nested = (levels: number) => root('x', '<a>'.repeat(levels - 1) + '</a>'.repeat(levels - 1));
  assert.doesNotThrow(() => read(nested(32)));
  refused(nested(33), /deeper than 32/);
  refused(nested(14_000), /deeper than 32/);
  refused(
    root('x', `<a ${Array.from({ length: 10_000 }, (_, n) => `a${n}=""`).join(' ')}/>`),
    /no XML attribute/,
  );
});

test('8192 elements are read, one more is not', () => {
  assert.doesNotThrow(() => read(root('x', '<a/>'.repeat(8191))));
  refused(root('x', '<a/>'.repeat(8192)), /more than 8192 elements/);
});

test('a number is a number in XML as in JSON, 6.0 is 6, and nothing else is one', () => {
  for (const six of ['6', ' 6\n', '6.0', '+6', '06', '6e0'])
    assert.deepEqual(read(seci(`<sit>${six}</sit>`)), { 'm2m:seci': { sit: 6 } }, six);
  for (const sit of ['six', '6 6', '0x6', '6.', '.6', '1e999', 'NaN', 'INF', '--6', '6,0', ' '])
    refused(seci(`<sit>${sit}</sit>`), /"sit" is no number/);
});

test('a boolean is true or 1, false or 0, and nothing else (TS-0004 8.4.2)', () => {
  for (const [said, value] of [
    ['true', true],
    ['1', true],
    ['false', false],
    [' 0 ', false],
  ] as const)
    assert.deepEqual(read(root('sgn', `<vrq>${said}</vrq>`)), { 'm2m:sgn': { vrq: value } });
  for (const said of ['TRUE', 'yes', '2', ' '])
    refused(root('sgn', `<vrq>${said}</vrq>`), /neither true nor false/);
});

test('white space inside base64 is none of it: xs:base64Binary collapses it, and one text is left', () => {
  for (const eckm of ['FgMB', ' FgMB ', '\n    Fg\r\n\tMB\n', 'F g M B', '<![CDATA[FgMB]]>', '&#70;gMB'])
    assert.deepEqual(read(seci(`\n  <sit>6</sit>\n  <eckm>${eckm}</eckm>\n`)), message, eckm);
  // All else that is not base64 stays, for the one who refuses it.
  assert.deepEqual(read(seci('<eckm>Fg\u00a0-_</eckm>')), { 'm2m:seci': { eckm: 'Fg\u00a0-_' } });
});

test('any other text stays as it is, white space too', () => {
  assert.deepEqual(read(root('dbg', ' a\n b\t')), { 'm2m:dbg': ' a\n b\t' });
  assert.deepEqual(read(written({ 'm2m:dbg': 'a\r\nb\rc' })), { 'm2m:dbg': 'a\r\nb\rc' });
  assert.deepEqual(read(root('cin', '<con><![CDATA[<a>&]]></con>')), { 'm2m:cin': { con: '<a>&' } });
  const name = ' a\t"\n\'b';
  assert.deepEqual(read(written({ 'm2m:cnt': { rn: name } })), { 'm2m:cnt': { rn: name } });
});

test('an empty element is null, of a list the empty array (TS-0004 8.3.1, 8.4.2)', () => {
  assert.deepEqual(read(seci('')), { 'm2m:seci': null });
  assert.deepEqual(read(root('cnt', '<mni/><lbl></lbl><or/>')), {
    'm2m:cnt': { mni: null, lbl: [], or: null },
  });
  assert.deepEqual(read(seci('<sit></sit><eckm/>')), { 'm2m:seci': { sit: null, eckm: null } });
  for (const nothing of [null, '', {}])
    assert.equal(written({ 'm2m:seci': nothing }), `<m2m:seci xmlns:m2m="${namespace}"/>`);
  assert.equal(written({ 'm2m:cnt': { lbl: [], mni: null } }), root('cnt', '<lbl/><mni/>'));
});

test('an element of one value that is given twice is refused (TS-0004 8.3.1)', () => {
  for (const inside of [
    '<sit>6</sit><eckm>FgMB</eckm><eckm>FgMC</eckm>',
    '<sit>6</sit><sit>6</sit>',
    '<eckm>FgMB</eckm><sit>6</sit><eckm>FgMC</eckm>',
  ])
    refused(seci(inside), /twice/);
  refused(root('rsp', '<pc><m2m:seci/><m2m:seci/></pc>'), /twice/);
});

test('text beside elements is refused, and elements where text is due', () => {
  refused(seci('6<sit>6</sit>'), /text beside elements/);
  refused(seci('<sit>6</sit><![CDATA[x]]>'), /text beside elements/);
  refused(seci('x'), /text beside elements/);
  refused(root('y', '<a>1</a>x'), /text beside elements/);
  for (const inside of ['<sit><a/></sit>', '<eckm>FgMB<a/></eckm>', '<sit>6<sit/></sit>'])
    refused(seci(inside), /holds XML attributes or elements/);
  refused(root('dbg', 'a<b/>'), /holds XML attributes or elements/);
});

test('what the table has not is read as it looks, and comes out as it came in', () => {
  const xml = root('y', '<a>1</a><b><c>x</c><c> y </c></b><d/><toString>z</toString>');
  assert.deepEqual(read(xml), { 'm2m:y': { a: '1', b: { c: ['x', ' y '] }, d: null, toString: 'z' } });
  assert.equal(written(read(xml)), xml);
  const names = Object.keys((read(root('y', '<__proto__>1</__proto__>')) as { 'm2m:y': object })['m2m:y']);
  assert.deepEqual(names, ['__proto__']);
});

test('a wrong short name in m2m:seci is one that the reader of a securityInfo refuses (TS-0004 8.2.1)', async () => {
  const { securityInfo } = await import('../../../src/onem2m/security-info.ts');
  for (const inside of [
    '<sit>6</sit><eckM>FgMB</eckM>',
    '<securityInfoType>6</securityInfoType><escertkeMessage>FgMB</escertkeMessage>',
    '<sit>6</sit><eckm>FgMB</eckm><epo>x</epo>',
    '<sit>5</sit><eckm>FgMB</eckm>',
    '<sit>6</sit><eckm>-_8=</eckm>',
    '<sit>6</sit><eckm/>',
    '<sit>6</sit>',
    '',
  ])
    refusedBy(() => securityInfo.unwrap(read(seci(inside))), /m2m:seci/, inside);
  refusedBy(
    () => securityInfo.unwrap(read(root('securityInfo', '<sit>6</sit><eckm>FgMB</eckm>'))),
    /no m2m:seci/,
  );
  assert.deepEqual(
    securityInfo.unwrap(read(written(securityInfo.wrap(Buffer.from('abc'))))),
    Uint8Array.from(Buffer.from('abc')),
  );
});

test('of an alert record and a reason side by side the record is written: a document has one root', () => {
  assert.equal(written({ ...message, 'm2m:dbg': 'x' }), written(message));
  assert.deepEqual(read(written({ 'm2m:rsp': { rsc: 4000, pc: { ...message, 'm2m:dbg': 'x' } } })), {
    'm2m:rsp': { rsc: 4000, pc: { ...message, 'm2m:dbg': 'x' } },
  });
});

test('what has no XML is not written', () => {
  for (const content of [
    null,
    'text',
    [message],
    {},
    { seci: {} },
    { 'm2m:seci': {}, 'm2m:cin': {} },
    { 'm2m:seci': [{}, {}] },
    { 'm2m:a b': 1 },
    { 'm2m:cin': { '<con>': 'x' } },
    { 'm2m:cin': { 'a b="c"': 'x' } },
    { 'm2m:cin': { con: '\u0000' } },
    { 'm2m:cin': { con: '\ud800' } },
    { 'm2m:cin': { con: '\uffff' } },
    { 'm2m:cin': { rn: '\u0000' } },
    { 'm2m:cin': { rn: {} } },
    { 'm2m:cin': { con: [[1]] } },
    { 'm2m:cin': { con: undefined } },
    { 'm2m:cnt': { lbl: ['a b'] } },
    { 'm2m:cnt': { lbl: [''] } },
    { 'm2m:cnt': { lbl: [null] } },
  ])
    assert.throws(() => writeXml(content), { code: 'OPTION_INVALID' }, JSON.stringify(content));
});
