import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Validation, validatePath } from '../../src/certificates/index.ts';
import {
  der,
  extension,
  generalName,
  keyFor,
  makeAuthority,
  type NameConstraintOptions,
  sequence,
} from '../../src/testing/certificate-maker.ts';

const time = new Date('2027-06-01T00:00:00Z');
const root = makeAuthority();

/** The verdict on a leaf with these names below an intermediate with these constraints. */
function under(nameConstraints: NameConstraintOptions, ...names: string[]): Validation {
  const intermediate = root.authority({ nameConstraints });
  const chain = [intermediate.issue({ names }).der, intermediate.der];
  return validatePath(chain, { anchors: [root.der], time, profile: 'rfc5280' });
}

const within = (constraints: NameConstraintOptions, ...names: string[]): void => {
  const verdict = under(constraints, ...names);
  assert.ok(verdict.valid, `${names}: ${verdict.reason}`);
};
const outside = (constraints: NameConstraintOptions, ...names: string[]): void => {
  const { finding } = under(constraints, ...names);
  assert.deepEqual([finding?.code, finding?.field], ['CERTIFICATE_UNTRUSTED', 'subjectAltName'], `${names}`);
};

test('4.2.1.10: a dNSName constraint covers its name and all below, whole labels, in any case', () => {
  const permitted = { permitted: ['dns:Example.com'] };
  for (const name of ['example.com', 'EXAMPLE.COM', 'a.example.com', 'a.b.Example.com'])
    within(permitted, `dns:${name}`);
  for (const name of ['example.org', 'anexample.com', 'example.com.org', 'com', 'a.example.com.'])
    outside(permitted, `dns:${name}`);
});

test('4.2.1.10: with a leading period a dNSName constraint covers only names below', () => {
  within({ permitted: ['dns:.example.com'] }, 'dns:a.example.com');
  outside({ permitted: ['dns:.example.com'] }, 'dns:example.com');
  within({ excluded: ['dns:.example.com'] }, 'dns:example.com');
  outside({ excluded: ['dns:.example.com'] }, 'dns:a.example.com');
});

test('4.2.1.10: an empty dNSName constraint covers every name', () => {
  within({ permitted: ['dns:'] }, 'dns:a.example');
  outside({ excluded: ['dns:'] }, 'dns:a.example');
});

test('4.2.1.10: a URI constraint is one host, or with a leading period those below', () => {
  for (const name of [
    '//m2m.example.com/cse/Cae',
    'm2m://m2m.example.com/cse/Cae',
    'https://u@M2M.example.com:8443/a?b#c',
    '//m2m.example.com',
  ])
    within({ permitted: ['uri:m2m.example.com'] }, `uri:${name}`);
  for (const name of [
    '//a.m2m.example.com/cse/Cae',
    '//example.com/cse/Cae',
    '//m2m.example.com.evil.org/cse/Cae',
    '//evil.org/m2m.example.com',
  ])
    outside({ permitted: ['uri:m2m.example.com'] }, `uri:${name}`);
  within({ permitted: ['uri:.example.com'] }, 'uri://m2m.example.com/cse/Cae');
  within({ permitted: ['uri:.example.com'] }, 'uri://a.m2m.example.com/cse/Cae');
  outside({ permitted: ['uri:.example.com'] }, 'uri://example.com/cse/Cae');
});

test('4.2.1.10: under a URI constraint, permitted or excluded, a URI without a domain name as host is refused', () => {
  const wrong = [
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
  ];
  for (const name of wrong) {
    outside({ permitted: ['uri:m2m.example.com'] }, `uri:${name}`);
    outside({ excluded: ['uri:elsewhere.example'] }, `uri:${name}`);
    within({ permitted: ['dns:m2m.example.com'] }, `uri:${name}`);
  }
});

test('4.2.1.10: userinfo is not the host', () => {
  outside({ permitted: ['uri:m2m.example.com'] }, 'uri://m2m.example.com@evil.org/cse/Cae');
  outside({ excluded: ['uri:evil.org'] }, 'uri://m2m.example.com@evil.org/cse/Cae');
});

test('6.1.3 (b), (c): excluded wins over permitted, and every name has to be within', () => {
  const both = { permitted: ['dns:example.com'], excluded: ['dns:bad.example.com'] };
  within(both, 'dns:good.example.com');
  outside(both, 'dns:bad.example.com');
  outside(both, 'dns:a.bad.example.com');
  outside(both, 'dns:good.example.com', 'dns:bad.example.com');
  outside({ permitted: ['dns:a.example', 'dns:b.example'] }, 'dns:a.example', 'dns:c.example');
  within({ permitted: ['dns:a.example', 'dns:b.example'] }, 'dns:a.example', 'dns:x.b.example');
});

test('6.1.3 (b): permitted subtrees bind only the forms of name that they have', () => {
  within(
    { permitted: ['dns:example.com'] },
    'uri://elsewhere.example/cse/Cae',
    'email:a@b.example',
    'ip:7f000001',
  );
  within({ permitted: ['uri:example.com'] }, 'dns:elsewhere.example');
  within({ permitted: ['dns:example.com'] });
});

test('a wildcard under a dNSName constraint is refused: it is neither within nor outside', () => {
  outside({ permitted: ['dns:example.com'] }, 'dns:*.example.com');
  outside({ excluded: ['dns:a.example.com'] }, 'dns:*.example.com');
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

test('constraints on any other form of name are refused, whether or not such a name is there', () => {
  for (const base of ['email:example.com', 'ip:7f000000ff000000', 'dir:somebody', 'rid:1.2.3'])
    for (const constraints of [
      { permitted: [base] },
      { excluded: [base] },
      { permitted: ['dns:a.example', base] },
    ]) {
      const { finding, code } = under(constraints, 'dns:a.example');
      assert.deepEqual(
        [code, finding?.field, finding?.position],
        ['CERTIFICATE_UNSUPPORTED', 'nameConstraints', 1],
        base,
      );
    }
});

test('constraints with minimum or maximum, or that are no domain name, are refused', () => {
  const judge = (...parts: Uint8Array[]) => {
    const more = [extension('2.5.29.30', sequence(der(0xa0, sequence(...parts))), true)];
    const intermediate = root.authority({ more });
    const chain = [intermediate.issue({ names: ['dns:a.example'] }).der, intermediate.der];
    return validatePath(chain, { anchors: [root.der], time });
  };
  const base = generalName('dns:a.example');
  assert.ok(judge(base).valid);
  assert.equal(judge(base, der(0x80, Buffer.of(1))).code, 'CERTIFICATE_UNSUPPORTED');
  assert.equal(judge(base, der(0x81, Buffer.of(5))).code, 'CERTIFICATE_UNSUPPORTED');
  for (const text of [
    'dns:*.a.example',
    'dns:..example',
    'dns:a.example.',
    'dns:.',
    'uri:',
    'uri:.',
    'uri:http://a.example',
    'uri:a.example:80',
  ])
    assert.equal(judge(generalName(text)).code, 'CERTIFICATE_UNSUPPORTED', text);
});
