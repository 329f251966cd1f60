import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import type { NameConstraints } from '../../src/certificates/extensions.ts';
import { type Verdict, validatePath } from '../../src/certificates/index.ts';
import {
  constraintsObjection,
  formOf,
  nameObjection,
  restrictForm,
} from '../../src/certificates/name-constraints.ts';
import {
  der,
  extension,
  generalName,
  keyFor,
  makeAuthority,
  type NameConstraintOptions,
  name,
  objectIdentifier,
  sequence,
} from '../../src/testing/certificate-maker.ts';

const time = new Date('2027-06-01T00:00:00Z');
const root = makeAuthority();

/** The verdict on a leaf with these names, and this subject, below an intermediate with these constraints. */
function under(constraints: NameConstraintOptions, names: readonly string[], subject?: Uint8Array): Verdict {
  const intermediate = root.authority({ nameConstraints: constraints });
  const leaf = intermediate.issue({ names, ...(subject && { subject, key: keyFor('leaf') }) });
  return validatePath([leaf.der, intermediate.der], { anchors: [root.der], time, profile: 'rfc5280' });
}

const within = (constraints: NameConstraintOptions, ...names: string[]): void => {
  const verdict = under(constraints, names);
  assert.ok(verdict.valid, `${names}: ${verdict.reason}`);
};
const outside = (constraints: NameConstraintOptions, ...names: string[]): void => {
  const { finding } = under(constraints, names);
  assert.deepEqual([finding?.code, finding?.field], ['CERTIFICATE_UNTRUSTED', 'subjectAltName'], `${names}`);
};
/** Permitted: within, and as excluded subtree it keeps the name out. */
const covers = (base: string, ...names: string[]): void => {
  for (const one of names) {
    within({ permitted: [base] }, one);
    outside({ excluded: [base] }, one);
  }
};
/** The other way round. */
const leavesOut = (base: string, ...names: string[]): void => {
  for (const one of names) {
    outside({ permitted: [base] }, one);
    within({ excluded: [base] }, one);
  }
};
/** Refused whatever is said of its form: nobody can tell whether it is within. */
const incomparable = (base: string, ...names: string[]): void => {
  for (const one of names) {
    outside({ permitted: [base] }, one);
    outside({ excluded: [base] }, one);
    assert.match(under({ excluded: [base] }, [one]).reason ?? '', /which cannot be compared with subtrees;/);
  }
};

/** A Name with one attribute in each relative name. */
const directoryName = (...attributes: [type: string, value: string, tag?: number][]): Uint8Array =>
  sequence(
    ...attributes.map(([type, value, tag = 0x0c]) =>
      der(0x31, sequence(objectIdentifier(type), der(tag, Buffer.from(value)))),
    ),
  );
const [cn, o, ou, emailAddress] = ['2.5.4.3', '2.5.4.10', '2.5.4.11', '1.2.840.113549.1.9.1'];

/** The value of the extension nameConstraints. */
function constraintsOf(...parts: Uint8Array[]): NameConstraints {
  const more = [extension('2.5.29.30', sequence(...parts), true)];
  const value = parseCertificate(root.authority({ more }).der).extensions.nameConstraints;
  assert.ok(value);
  return value;
}
const permitting = (...bases: string[]): NameConstraints =>
  constraintsOf(der(0xa0, ...bases.map(base => sequence(generalName(base)))));

test('4.2.1.10: a dNSName constraint covers its name and all below, whole labels, in any case', () => {
  covers('dns:Example.com', 'dns:example.com', 'dns:EXAMPLE.COM', 'dns:a.example.com', 'dns:a.b.Example.com');
  leavesOut('dns:example.com', 'dns:example.org', 'dns:anexample.com', 'dns:example.com.org', 'dns:com');
});

test('4.2.1.10: under a dNSName constraint what is no domain name is refused', () => {
  for (const wrong of ['a.example.com.', 'example.com.', '.example.com', 'a..example.com', 'a_b.example.com'])
    incomparable('dns:example.com', `dns:${wrong}`);
  for (const wrong of ['*', 'a*.example.com', '*.*.example.com', 'a.*.example.com', '*example.com'])
    incomparable('dns:example.com', `dns:${wrong}`);
  within({ permitted: ['uri:example.com'] }, 'dns:a_b.example.com.');
});

test('4.2.1.10: an empty dNSName constraint covers every name', () => {
  covers('dns:', 'dns:a.example', 'dns:com', 'dns:*.example.com');
});

test('a wildcard is permitted where all that it stands for is, and excluded where any of it is', () => {
  covers('dns:example.com', 'dns:*.example.com', 'dns:*.a.example.com', 'dns:*.EXAMPLE.com');
  leavesOut('dns:example.org', 'dns:*.example.com');
  leavesOut('dns:b.a.example.com', 'dns:*.example.com');
  for (const base of ['dns:a.example.com', 'dns:B.Example.COM']) {
    outside({ permitted: [base] }, 'dns:*.example.com');
    outside({ excluded: [base] }, 'dns:*.example.com');
  }
  outside({ permitted: ['dns:a.example.com', 'dns:b.example.com'] }, 'dns:*.example.com');
});

test('4.2.1.10: a URI constraint is one host, or with a leading period those below it', () => {
  covers(
    'uri:m2m.Example.com',
    'uri://m2m.example.com/cse/Cae',
    'uri:m2m://m2m.example.com/cse/Cae',
    'uri:https://u@M2M.example.com:8443/a?b#c',
    'uri://m2m.example.com',
  );
  leavesOut(
    'uri:m2m.example.com',
    'uri://a.m2m.example.com/cse/Cae',
    'uri://example.com/cse/Cae',
    'uri://m2m.example.com.evil.org/cse/Cae',
    'uri://evil.org/m2m.example.com',
    'uri://evil.org?m2m.example.com',
  );
  covers('uri:.Example.com', 'uri://m2m.example.com/cse/Cae', 'uri://a.m2m.EXAMPLE.com/cse/Cae');
  leavesOut('uri:.example.com', 'uri://example.com/cse/Cae', 'uri://anexample.com/cse/Cae');
});

test('4.2.1.10: under a URI constraint, permitted or excluded, a URI without a domain name as host is refused', () => {
  for (const wrong of [
    'urn:gsma:imei:90420156-025763-0',
    'mailto:a@m2m.example.com',
    '/m2m.example.com',
    'm2m.example.com',
    '//127.0.0.1/cse/Cae',
    '//127.1/cse/Cae',
    '//0x7f000001/cse/Cae',
    '//[::1]/cse/Cae',
    '///cse/Cae',
    'http:///cse/Cae',
    '//a@b@m2m.example.com/cse',
    '//m2m.example.com:80@evil.org:80@x/cse',
    '//m2m.example.com\\@evil.org/',
    '//m2m.example.com:8a/',
    '//*.example.com/cse',
    '//m2m.example.com./cse',
    '//m2m%2eexample.com/cse',
  ]) {
    incomparable('uri:m2m.example.com', `uri:${wrong}`);
    outside({ excluded: ['uri:elsewhere.example'] }, `uri:${wrong}`);
    within({ permitted: ['dns:m2m.example.com'] }, `uri:${wrong}`);
  }
});

test('4.2.1.10: userinfo is not the host', () => {
  outside({ permitted: ['uri:m2m.example.com'] }, 'uri://m2m.example.com@evil.org/cse/Cae');
  outside({ excluded: ['uri:evil.org'] }, 'uri://m2m.example.com@evil.org/cse/Cae');
  outside({ excluded: ['uri:evil.org'] }, 'uri://m2m.example.com:80@evil.org/cse/Cae');
});

test('4.2.1.10: an rfc822Name constraint is one mailbox, the mailboxes of one host, or those of the hosts below', () => {
  covers('email:Root@example.com', 'email:Root@example.com', 'email:Root@EXAMPLE.com');
  // 7.5: only the host is compared without regard to case.
  leavesOut(
    'email:Root@example.com',
    'email:root@example.com',
    'email:Roo@example.com',
    'email:Root@a.example.com',
    'email:Root@example.org',
  );
  covers('email:example.com', 'email:a@example.com', 'email:b.c+d@Example.COM');
  leavesOut('email:example.com', 'email:a@a.example.com', 'email:a@anexample.com', 'email:a@example.com.org');
  covers('email:.Example.com', 'email:a@b.example.com', 'email:a@c.b.EXAMPLE.com');
  leavesOut('email:.example.com', 'email:a@example.com', 'email:a@anexample.com');
});

test('4.2.1.10: under an rfc822Name constraint what is no mailbox of a domain name in its one spelling is refused', () => {
  incomparable(
    'email:example.com',
    'email:example.com',
    'email:@example.com',
    'email:a@',
    'email:a@example.com.',
    'email:a@.example.com',
    'email:a@*.example.com',
    'email:a@[127.0.0.1]',
    'email:a@b@example.com',
    'email:"a"@example.com',
    'email:"a@evil.org"@example.com',
    'email:a\\b@example.com',
  );
  within({ permitted: ['dns:example.com'] }, 'email:"a"@example.org');
});

test('4.2.1.10: an e-mail address in the subject is bound as one in subjectAltName', () => {
  for (const tag of [0x0c, 0x16, 0x13]) {
    const subject = directoryName([cn, 'x'], [emailAddress, 'a@example.com', tag]);
    assert.ok(under({ permitted: ['email:example.com'] }, [], subject).valid);
    for (const constraints of [{ permitted: ['email:example.org'] }, { excluded: ['email:example.com'] }]) {
      const { finding } = under(constraints, ['email:a@example.org'], subject);
      assert.deepEqual([finding?.code, finding?.field], ['CERTIFICATE_UNTRUSTED', 'subject']);
    }
  }
  // No text, and so in no subtree.
  const subject = directoryName([emailAddress, 'a@example.com', 0x04]);
  assert.equal(under({ excluded: ['email:example.org'] }, [], subject).finding?.field, 'subject');
});

test('4.2.1.10: an iPAddress constraint is a network of IPv4 or IPv6, and covers addresses of its kind', () => {
  covers('ip:0a010000ffff0000', 'ip:0a010000', 'ip:0a01ffff');
  leavesOut('ip:0a010000ffff0000', 'ip:0a000000', 'ip:0a020000', 'ip:00000000');
  covers('ip:c0000280ffffff80', 'ip:c0000280', 'ip:c00002ff');
  leavesOut('ip:c0000280ffffff80', 'ip:c000027f');
  covers('ip:7f000001ffffffff', 'ip:7f000001');
  leavesOut('ip:7f000001ffffffff', 'ip:7f000002');
  covers('ip:0000000000000000', 'ip:00000000', 'ip:ffffffff');
  // Bits of the base beyond the mask say nothing.
  covers('ip:0a010203ff000000', 'ip:0afefefe');

  const ipv6 = (prefix: string, ones: number): string =>
    `ip:${prefix.padEnd(32, '0')}${'f'.repeat(ones / 4).padEnd(32, '0')}`;
  const address = (hex: string): string => `ip:${hex.padEnd(32, '0')}`;
  covers(ipv6('20010db8', 32), address('20010db8'), address('20010db8ffff'));
  leavesOut(ipv6('20010db8', 32), address('20010db9'), address('00'));
  leavesOut(ipv6('', 0), 'ip:00000000');
  leavesOut('ip:0000000000000000', address('00'));
  leavesOut('ip:7f000001ffffffff', address('7f000001'));
});

test('4.2.1.10: a directoryName constraint covers the names that begin with it, by the comparison of names', () => {
  const subtree = (...attributes: Parameters<typeof directoryName>) =>
    der(0xa0, sequence(der(0xa4, directoryName(...attributes))));
  const judged = (base: Uint8Array, subject: Uint8Array) => {
    const constraints = constraintsOf(base);
    const swapped = { permitted: [], excluded: constraints.permitted };
    const leaf = parseCertificate(root.issue({ subject, key: keyFor('leaf') }).der);
    const [permitted, excluded] = [constraints, swapped].map(
      each => nameObjection(leaf, each, { comparisons: 10 }) === null,
    );
    assert.notEqual(permitted, excluded);
    return permitted;
  };
  const acme = subtree([o, 'Acme'], [ou, 'Devices']);
  assert.ok(judged(acme, directoryName([o, 'Acme'], [ou, 'Devices'])));
  assert.ok(judged(acme, directoryName([o, 'Acme'], [ou, 'Devices'], [cn, 'a'])));
  assert.ok(judged(acme, directoryName([o, 'ACME ', 0x13], [ou, 'devices', 0x13], [cn, 'a'])));
  for (const subject of [
    directoryName([o, 'Acme']),
    directoryName([o, 'Acme'], [ou, 'Device']),
    directoryName([o, 'Acme'], [ou, 'Devices too']),
    directoryName([o, 'Acme'], [cn, 'Devices']),
    directoryName([ou, 'Devices'], [o, 'Acme']),
    directoryName([cn, 'a'], [o, 'Acme'], [ou, 'Devices']),
  ])
    assert.ok(!judged(acme, subject));
  assert.ok(judged(subtree(), directoryName([cn, 'a'])));
});

test('4.2.1.10: directoryName constraints bind the subject, unless it is empty, and names in subjectAltName', () => {
  const subject = (text: string) => under({ permitted: ['dir:somebody'] }, [], name(text));
  assert.ok(subject('somebody').valid);
  assert.deepEqual(
    [subject('else').finding?.field, subject('else').finding?.problem],
    ['subject', 'directory name "CN=else", which is in no permitted subtree'],
  );
  const empty = (...names: string[]) => {
    const leaf = root.issue({ names, subject: '', key: keyFor('leaf') });
    return nameObjection(parseCertificate(leaf.der), permitting('dir:somebody'), { comparisons: 10 });
  };
  assert.equal(empty('dir:somebody'), null);
  assert.equal(empty('dns:a.example'), null);
  assert.equal(empty('dir:else')?.field, 'subjectAltName');
  assert.equal(under({ excluded: ['dir:else'] }, ['dir:else']).finding?.field, 'subjectAltName');
  assert.equal(under({ excluded: ['dir:else'] }, [], name('else')).finding?.field, 'subject');
});

test('TS-0003 10.1.1.4: a constraint on object identifiers covers those below, by arcs and not by digits', () => {
  covers('rid:1.2.3', 'rid:1.2.3', 'rid:1.2.3.4', 'rid:1.2.3.0.5');
  leavesOut('rid:1.2.3', 'rid:1.2.30', 'rid:1.2', 'rid:1.2.4', 'rid:2.2.3');
  covers(
    'device:0.2.481.1:100',
    'device:0.2.481.1:100',
    'device:0.2.481.1:100.3030',
    // Elsewhere between type-id and value: the same identifier.
    'device:0.2.481:1.100.3030',
    'device:0.2.481.1.100:3030',
  );
  leavesOut(
    'device:0.2.481.1:100',
    'device:0.2.481.1:1003',
    'device:0.2.481.1:10',
    'device:0.2.481.11:100',
    'device:0.2.481:1',
  );
  // Forms of their own: neither binds the other.
  within({ permitted: ['rid:1.2.3'] }, 'device:0.2.481.1:100');
  within({ permitted: ['device:0.2.481.1:100'] }, 'rid:1.2.3');
  within({ permitted: ['device:0.2.481.1:100'] }, 'other:0.2.481.1:0c0161');
});

test('4.2.1.10: names of a form that is not compared are refused where a constraint is on their form', () => {
  // 0c0161 is UTF8String a.
  incomparable('other:1.2.3:0c0161', 'other:1.2.3:0c0161', 'other:1.2.3:0c0162', 'other:1.2.3:3000');
  const x400 = Buffer.from(der(0xa3, der(0x30))).toString('hex');
  const ediParty = Buffer.from(der(0xa5, der(0x81))).toString('hex');
  for (const hex of [x400, ediParty]) {
    const form = Buffer.from(hex, 'hex');
    const constraints = constraintsOf(der(0xa1, sequence(form)));
    const objectionTo = (names: (string | Uint8Array)[]) =>
      nameObjection(parseCertificate(root.issue({ names }).der), constraints, { comparisons: 10 });
    assert.match(objectionTo([form])?.problem ?? '', /cannot be compared with subtrees$/);
    assert.equal(objectionTo(['dns:a.example']), null);
    assert.equal(constraintsObjection(constraints), null);
  }
});

test('4.2.1.10: a constraint on a form that no name below has refuses nothing', () => {
  for (const base of [
    'email:example.com',
    'uri:example.com',
    'ip:7f000000ff000000',
    'rid:1.2.3',
    'device:1.2.3:4',
    'other:1.2.3:0c0161',
  ]) {
    within({ permitted: [base] }, 'dns:a.example');
    within({ excluded: [base] }, 'dns:a.example');
    within({ permitted: [base, 'dns:a.example'] }, 'dns:a.example');
    outside({ permitted: [base, 'dns:b.example'] }, 'dns:a.example');
  }
});

test('6.1.3 (b), (c): excluded wins over permitted, and every name has to be within', () => {
  const both = { permitted: ['dns:example.com'], excluded: ['dns:bad.example.com'] };
  within(both, 'dns:good.example.com');
  outside(both, 'dns:bad.example.com');
  outside(both, 'dns:a.bad.example.com');
  outside(both, 'dns:good.example.com', 'dns:bad.example.com');
  outside({ permitted: ['dns:a.example', 'dns:b.example'] }, 'dns:a.example', 'dns:c.example');
  within({ permitted: ['dns:a.example', 'dns:b.example'] }, 'dns:a.example', 'dns:x.b.example');
  const names = ['dns:a.example', 'uri://a.example/b', 'email:a@a.example', 'ip:7f000001', 'rid:1.2.3'];
  const permitted = ['dns:a.example', 'uri:a.example', 'email:a.example', 'ip:7f000000ff000000', 'rid:1.2'];
  within({ permitted }, ...names);
  for (const excluded of permitted) outside({ permitted, excluded: [excluded] }, ...names);
});

test('6.1.3 (b): permitted subtrees bind only the forms of name that they have', () => {
  within(
    { permitted: ['dns:example.com'] },
    'uri://elsewhere.example/cse/Cae',
    'email:a@b.example',
    'ip:7f000001',
    'dir:somebody',
  );
  within({ permitted: ['uri:example.com'] }, 'dns:elsewhere.example');
  within({ permitted: ['dns:example.com'] });
});

test('names are compared with subtrees until the budget is spent, and refused then (our bound)', () => {
  const constraints = permitting('dns:a.example', 'dns:b.example', 'uri:c.example');
  const leaf = parseCertificate(root.issue({ names: ['dns:a.example', 'dns:b.example'] }).der);
  // Two names and the subject, with each subtree: what is of another form has to be looked at as well.
  const budget = { comparisons: 9 };
  assert.equal(nameObjection(leaf, constraints, budget), null);
  assert.equal(budget.comparisons, 0);
  assert.match(
    nameObjection(leaf, constraints, { comparisons: 8 })?.problem ?? '',
    /^directory name .*which would be one comparison too many$/,
  );
  assert.match(
    nameObjection(leaf, constraints, budget)?.problem ?? '',
    /^dns name "a\.example", which would be one comparison too many$/,
  );
  const swapped = { permitted: [], excluded: permitting('rid:1.2.3', 'rid:1.2.4').permitted };
  assert.equal(nameObjection(leaf, swapped, { comparisons: 6 }), null);
  assert.notEqual(nameObjection(leaf, swapped, { comparisons: 5 }), null);
});

test('6.1.4 (g): permitted subtrees of several authorities all bind, wherever they are', () => {
  const judge = (...sets: (NameConstraintOptions | undefined)[]) => {
    const [top, ...below] = sets;
    const anchor = makeAuthority({ ...(top && { nameConstraints: top }) });
    let [issuing, chain]: [typeof anchor, Uint8Array[]] = [anchor, []];
    for (const [index, set] of below.entries()) {
      issuing = issuing.authority({ subject: `${index}`, ...(set && { nameConstraints: set }) });
      chain = [issuing.der, ...chain];
    }
    return validatePath([issuing.issue({ names: ['dns:a.example.com'] }).der, ...chain], {
      anchors: [anchor.der],
      time,
    });
  };
  const wide = { permitted: ['dns:example.com'] };
  const narrow = { permitted: ['dns:b.example.com'] };
  assert.ok(judge(wide).valid);
  assert.ok(judge(wide, wide).valid);
  assert.ok(judge(undefined, wide, undefined).valid);
  for (const sets of [
    [narrow],
    [narrow, wide],
    [wide, narrow],
    [narrow, undefined],
    [undefined, narrow, undefined],
    [wide, { excluded: ['dns:a.example.com'] }],
  ])
    assert.equal(judge(...sets).code, 'CERTIFICATE_UNTRUSTED');
});

test('6.1.3 (b), (c): names of intermediates are bound too, but not of self-issued ones', () => {
  const anchor = makeAuthority({ subject: 'authority', nameConstraints: { permitted: ['dns:example.com'] } });
  const judge = (subject: string) => {
    const middle = anchor.authority({ subject, key: keyFor('new'), names: ['dns:elsewhere.example'] });
    return validatePath([middle.issue().der, middle.der], { anchors: [anchor.der], time });
  };
  assert.deepEqual(
    [judge('another').finding?.field, judge('another').finding?.position],
    ['subjectAltName', 1],
  );
  assert.ok(judge('authority').valid);
});

test('6.1.3 (b), (c): a self-issued certificate that is the last of the path is bound', () => {
  const anchor = makeAuthority({ subject: 'authority', nameConstraints: { permitted: ['dns:example.com'] } });
  const end = anchor.issue({ subject: 'authority', key: keyFor('new'), names: ['dns:elsewhere.example'] });
  assert.equal(validatePath([end.der], { anchors: [anchor.der], time }).finding?.field, 'subjectAltName');
});

test('4.2.1.10: constraints with minimum or maximum are refused', () => {
  const base = generalName('dns:a.example');
  for (const list of [0xa0, 0xa1]) {
    const objectionTo = (...parts: Uint8Array[]) =>
      constraintsObjection(constraintsOf(der(list, sequence(base), sequence(base, ...parts))));
    assert.equal(objectionTo(), null);
    for (const parts of [
      [der(0x80, Buffer.of(1))],
      [der(0x81, Buffer.of(0))],
      [der(0x81, Buffer.of(5))],
      [der(0x80, Buffer.of(1)), der(0x81, Buffer.of(5))],
    ])
      assert.deepEqual(objectionTo(...parts), {
        code: 'CERTIFICATE_UNSUPPORTED',
        field: 'nameConstraints',
        problem: 'a subtree of form dns with minimum or maximum',
        accepted: 'minimum 0 and no maximum',
        clause: 'RFC 5280 4.2.1.10',
      });
  }
});

test('4.2.1.10: a malformed subtree is refused, whether or not such a name is there', () => {
  const objectionTo = (base: string) => {
    const permitted = constraintsObjection(permitting(base));
    const excluded = constraintsObjection(
      constraintsOf(der(0xa0, sequence(generalName('rid:1.2.3'))), der(0xa1, sequence(generalName(base)))),
    );
    assert.deepEqual(permitted, excluded);
    return permitted;
  };
  for (const right of [
    'dns:',
    'dns:a.example',
    'uri:a.example',
    'uri:.a.example',
    'email:a@b.example',
    'email:b.example',
    'email:.b.example',
    'ip:0000000000000000',
    `ip:${'f'.repeat(64)}`,
    'ip:0a000000fffffffe',
    'rid:1.2.3',
    'device:1.2.3:4',
    'other:1.2.3:0c0161',
    'dir:',
    'dir:somebody',
  ])
    assert.equal(objectionTo(right), null, right);
  const domain = 'a domain name without leading period';
  const host = 'a domain name, or a period and a domain name';
  const mailbox = 'a mailbox, a domain name, or a period and a domain name';
  const mask = 'a mask of ones before zeros (RFC 4632)';
  for (const [accepted, ...wrong] of [
    // A leading period is for URIs and mailboxes; two programs read it in two ways here.
    [domain, 'dns:.a.example', 'dns:*.a.example', 'dns:..example', 'dns:a.example.', 'dns:.'],
    [host, 'uri:', 'uri:.', 'uri:..a.example', 'uri:http://a.example', 'uri:a.example:80', 'uri:*.a.example'],
    [
      mailbox,
      'email:',
      'email:.',
      'email:@a.example',
      'email:a@',
      'email:a@.b.example',
      'email:"a"@b.example',
    ],
    [mask, 'ip:0a000000ff00ff00', 'ip:0a00000000ffffff', 'ip:0a000000fffffffd', 'ip:0a0000000000ff00'],
    [mask, `ip:${'0'.repeat(32)}${'ff00ff'.padEnd(32, '0')}`, `ip:${'0'.repeat(63)}1`],
  ] as const)
    for (const base of wrong) {
      const objection = objectionTo(base);
      assert.deepEqual(
        [objection?.code, objection?.field, objection?.accepted],
        ['CERTIFICATE_MALFORMED', 'nameConstraints', accepted],
        base,
      );
    }
  const { finding } = under({ permitted: ['rid:1.2.3', 'dns:.a.example'] }, ['dns:b.a.example']);
  assert.deepEqual([finding?.field, finding?.position], ['nameConstraints', 1]);
});

test('TS-0003 8.1.2.2: a form is restricted by permitted subtrees of its own; an empty dNSName restricts nothing', () => {
  for (const base of ['dns:a.example', 'uri:a.example', 'device:1.2.3:4', 'rid:1.2.3', 'email:a.example']) {
    const constraints = permitting(base);
    const [subtree] = constraints.permitted;
    assert.ok(subtree);
    const form = formOf(subtree.base);
    assert.ok(restrictForm([constraints], form, []), base);
    assert.ok(!restrictForm([{ permitted: [], excluded: constraints.permitted }], form, []), base);
    for (const other of ['dns', 'uri', 'device', 'registeredId', 'email'] as const)
      assert.equal(restrictForm([constraints], other, []), other === form, `${base} and ${other}`);
  }
  assert.ok(!restrictForm([permitting('dns:')], 'dns', []));
  assert.ok(!restrictForm([permitting('other:1.2.3:0c0161')], 'device', []));
});

test('of a name that is refused 120 characters or 40 octets are shown (our bound)', () => {
  const shown = (permitted: string, name: string) =>
    under({ permitted: [permitted] }, [name]).finding?.problem;
  const long = 'a'.repeat(1000);
  assert.equal(
    shown('uri:example.com', `uri://b.example/${long}`),
    `uri name "//b.example/${'a'.repeat(108)}", which is in no permitted subtree`,
  );
  assert.equal(
    shown('dir:root', `dir:${long}`),
    `directory name "CN=${'a'.repeat(117)}", which is in no permitted subtree`,
  );
  const octets = Buffer.from(der(0x04, Buffer.alloc(1000))).toString('hex');
  assert.equal(
    shown('other:1.2.3:0500', `other:1.2.3:${octets}`),
    `other name "1.2.3 ${octets.slice(0, 80)}", which cannot be compared with subtrees`,
  );
});

test('TS-0003 8.1.2.2: URIs are restricted by dNSName subtrees too, if all their hosts are within', () => {
  const restricts = (bases: string[], ...uris: string[]) =>
    restrictForm(
      [permitting(...bases)],
      'uri',
      uris.map(value => ({ form: 'uri', value })),
    );
  assert.ok(restricts(['dns:example.com'], '//m2m.Example.com/cse/Cae'));
  assert.ok(restricts(['dns:a.example', 'dns:b.example'], '//a.example/a/Ca', '//c.b.example/a/Ca'));
  assert.ok(!restricts(['dns:example.com'], '//example.org/cse/Cae'));
  assert.ok(!restricts(['dns:example.com'], '//anexample.com/cse/Cae'));
  assert.ok(!restricts(['dns:example.com'], '//example.com/a/Ca', '//example.org/a/Ca'));
  assert.ok(!restricts(['dns:example.com'], '//example.com/a/Ca', 'urn:a:b'));
  assert.ok(!restricts(['dns:example.com'], 'urn:a:b'));
  assert.ok(!restricts(['dns:example.com']));
  assert.ok(!restricts(['dns:'], '//example.com/cse/Cae'));
  assert.ok(!restricts(['email:example.com'], '//example.com/cse/Cae'));
  // All of them bind together: who may name one domain only cannot give another to an authority below, nor to itself.
  const uriName = (value: string) => [{ form: 'uri', value } as const];
  const evil = uriName('//evil.example/cse/Cae');
  const own = permitting('dns:own.example');
  assert.ok(!restrictForm([own, permitting('dns:evil.example')], 'uri', evil));
  assert.ok(restrictForm([permitting('dns:example'), permitting('dns:evil.example')], 'uri', evil));
  const { permitted: excluded } = permitting('dns:evil.example');
  assert.ok(!restrictForm([{ ...permitting('dns:example'), excluded }], 'uri', evil));
  assert.ok(!restrictForm([permitting('dns:own.example', 'dns:')], 'dns', []));
  // Of domain names alone: hosts say nothing of another form.
  const uri = { form: 'uri', value: '//example.com/cse/Cae' } as const;
  assert.ok(!restrictForm([permitting('dns:example.com')], 'registeredId', [uri]));
});
