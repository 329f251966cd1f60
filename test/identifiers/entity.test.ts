import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { E2EKeyError } from '../../src/errors.ts';
import { isDomainName, parseAbsolute, toAbsolute } from '../../src/identifiers/entity.ts';
import { runs } from '../properties/arbitrary.ts';

const home = '//m2m.example.com/cse1';

function refuses(identifier: string, scope = home): void {
  assert.throws(
    () => toAbsolute(identifier, scope),
    { code: 'REQUEST_INVALID', message: /TS-0001 7\.2/ },
    identifier,
  );
}

test('the absolute forms name a CSE, an AE under its CSE, or an AE of the service provider (TS-0001 Table 7.2-1)', () => {
  const serviceProvider = 'm2m.example.com';
  assert.deepEqual(parseAbsolute('//m2m.example.com/cse1'), { serviceProvider, cse: 'cse1', ae: null });
  assert.deepEqual(parseAbsolute('//m2m.example.com/cse1/C01'), { serviceProvider, cse: 'cse1', ae: 'C01' });
  assert.deepEqual(parseAbsolute('//m2m.example.com/S563423'), { serviceProvider, cse: null, ae: 'S563423' });
  assert.deepEqual(parseAbsolute('//localhost/CSE-1_~.x').cse, 'CSE-1_~.x');
});

test('what a registrar or transit CSE rewrote is the same entity (TS-0001 7.2)', () => {
  for (const identifier of [
    'Cae1',
    '/cse1/Cae1',
    '//m2m.example.com/cse1/Cae1',
    '//M2M.Example.COM/cse1/Cae1',
  ])
    assert.equal(toAbsolute(identifier, home), '//m2m.example.com/cse1/Cae1');
  for (const identifier of ['Sae1', '/Sae1', '//m2m.example.com/Sae1'])
    assert.equal(toAbsolute(identifier, home), '//m2m.example.com/Sae1');
  for (const identifier of ['/cse2', '//m2m.example.com/cse2'])
    assert.equal(toAbsolute(identifier, home), '//m2m.example.com/cse2');
});

test('an absolute form does not depend on where it is read; a relative one does', () => {
  assert.equal(toAbsolute('//other.example/cse9', home), '//other.example/cse9');
  assert.equal(toAbsolute('/cse9', '//other.example/cse1'), '//other.example/cse9');
  assert.notEqual(toAbsolute('Cae1', '//m2m.example.com/cse2'), toAbsolute('Cae1', home));
});

test('only the host is without case: two CSE-IDs or AE-IDs in other letters are two entities (TS-0001 7.2)', () => {
  assert.notEqual(toAbsolute('//m2m.example.com/CSE1', home), toAbsolute('//m2m.example.com/cse1', home));
  assert.notEqual(
    toAbsolute('//m2m.example.com/cse1/CAE', home),
    toAbsolute('//m2m.example.com/cse1/Cae', home),
  );
});

test('an AE-ID-Stem of the service provider has one name: it is not known under a CSE (TS-0001 7.2)', () => {
  refuses('//m2m.example.com/cse1/Sae1');
  refuses('/cse1/Sae1');
  assert.equal(toAbsolute('Sae1', '//m2m.example.com/cse9'), toAbsolute('Sae1', home));
});

test('an AE-ID-Stem of a CSE is relative to a CSE and to nothing else (TS-0001 7.2)', () => {
  refuses('Cae1', '//m2m.example.com/Sae1');
  assert.equal(toAbsolute('Cae2', '//m2m.example.com/cse1/Cae1'), '//m2m.example.com/cse1/Cae2');
});

test('a stem begins with C or S and goes on (TS-0001 7.2)', () => {
  for (const identifier of [
    'C',
    'S',
    'ae1',
    'cae1',
    'x',
    '',
    '//m2m.example.com/cse1/C',
    '//m2m.example.com/cse1/ae',
  ])
    refuses(identifier);
});

test('what is no entity identifier is refused (TS-0001 7.2)', () => {
  for (const identifier of [
    '/',
    '//',
    '///cse1',
    '//m2m.example.com',
    '//m2m.example.com/',
    '//m2m.example.com//Cae1',
    '//m2m.example.com/cse1/',
    '//m2m.example.com/cse1/Cae1/',
    '//m2m.example.com/cse1/Cae1/more',
    '/cse1/Cae1/more',
    '//m2m.example.com:8080/cse1',
    '//user@m2m.example.com/cse1',
    '//m2m..example.com/cse1',
    '//.example.com/cse1',
    '//m2m.example.com./cse1',
    '//-m2m.example.com/cse1',
    '//m2m_.example.com/cse1',
    '//m2m.example.com/cse 1',
    '//m2m.example.com/cse%31',
    '//m2m.example.com/cse1?x',
    '//m2m.example.com/cse1#x',
    '//m2m.example.com/cse1\n',
    '\n//m2m.example.com/cse1',
    ' //m2m.example.com/cse1',
    '//m2m.example.com/cse1\0',
    '//m2m.example.com/csé1',
    '//м2m.example.com/cse1',
    'https://m2m.example.com/cse1',
    'm2m://m2m.example.com/cse1',
    '\\\\m2m.example.com\\cse1',
  ])
    refuses(identifier);
});

test('dot-segments are no CSE-ID: a URI has a second spelling without them (RFC 3986 §6.2.2.3)', () => {
  for (const identifier of [
    '//m2m.example.com/..',
    '//m2m.example.com/.',
    '/..',
    '/.',
    '/../Cae1',
    '//m2m.example.com/./Cae1',
  ])
    refuses(identifier);
  assert.equal(toAbsolute('/...', home), '//m2m.example.com/...');
});

test('an identifier over 512 characters is refused in every form, also when only its absolute form is too long', () => {
  const longest = `//m2m.example.com/${'x'.repeat(512 - 18)}`;
  assert.equal(longest.length, 512);
  assert.equal(toAbsolute(longest, home), longest);
  refuses(`${longest}x`);
  refuses(`C${'x'.repeat(495)}`);
  refuses(`S${'x'.repeat(500)}`);
  refuses(`/${'x'.repeat(500)}`);
});

test('a home that is no entity identifier scopes nothing', () => {
  for (const scope of ['', 'cse1', '/cse1', '//', '//m2m.example.com']) refuses('Cae1', scope);
});

test('an error shows at most 80 characters of what came, and no control character as it is', () => {
  assert.throws(
    () => toAbsolute(`\u001b[2J${'x'.repeat(100_000)}`, home),
    (error: unknown) =>
      error instanceof E2EKeyError &&
      error.message.length < 160 &&
      error.message.startsWith('"\\u001b[2Jxxx'),
  );
});

test('a domain name has labels of 1 to 63 characters and 253 in all (RFC 1035 §2.3.4)', () => {
  const label = 'a'.repeat(63);
  assert.ok(isDomainName(label));
  assert.ok(!isDomainName(`${label}a`));
  const longest = `${label}.${label}.${label}.${'a'.repeat(61)}`;
  assert.ok(isDomainName(longest));
  assert.ok(!isDomainName(`${longest}a`));
  for (const name of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '-a',
    'a-',
    'a_b',
    'a b',
    '*',
    '*.example.com',
    'exämple.com',
  ])
    assert.ok(!isDomainName(name), name);
  for (const name of ['a', 'A.b', 'xn--exmple-cua.com', 'a-b.c', '3com.com'])
    assert.ok(isDomainName(name), name);
});

const name = fc.stringMatching(/^[A-Za-z0-9._~-]{1,12}$/).filter(text => text !== '.' && text !== '..');
const host = fc.stringMatching(/^[A-Za-z0-9]{1,8}(\.[A-Za-z0-9]{1,8}){0,2}$/);
const stem = (first: string) => name.map(text => first + text);

test('the absolute form of every form is its own absolute form (TS-0001 7.2)', () => {
  const any = fc.oneof(
    stem('C'),
    stem('S'),
    name.map(cse => `/${cse}`),
    fc.tuple(name, stem('C')).map(([cse, ae]) => `/${cse}/${ae}`),
    fc.tuple(host, name).map(([sp, cse]) => `//${sp}/${cse}`),
    fc.tuple(host, name, stem('C')).map(([sp, cse, ae]) => `//${sp}/${cse}/${ae}`),
  );
  const homes = fc
    .tuple(
      host,
      name.filter(cse => !cse.startsWith('S')),
    )
    .map(([sp, cse]) => `//${sp}/${cse}`);
  fc.assert(
    fc.property(any, homes, (identifier, scope) => {
      const absolute = toAbsolute(identifier, scope);
      assert.equal(toAbsolute(absolute, scope), absolute);
      assert.equal(toAbsolute(absolute, home), absolute);
      const { serviceProvider, cse, ae } = parseAbsolute(absolute);
      assert.equal(['/', serviceProvider, cse, ae].filter(part => part !== null).join('/'), absolute);
    }),
    runs,
  );
});

test('any text is an identifier in its one absolute form or REQUEST_INVALID', () => {
  const nearly = fc.array(
    fc.constantFrom('/', '//', '.', '..', 'C', 'S', 'a', 'B', '-', '\n', '%2f', '\\', 'é', ':'),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        nearly.map(parts => parts.join('')),
      ),
      text => {
        try {
          const absolute = toAbsolute(text, home);
          assert.match(absolute, /^\/\/[a-z0-9.-]+(\/[A-Za-z0-9._~-]+){1,2}$/);
          assert.equal(toAbsolute(absolute, home), absolute);
        } catch (error) {
          assert.ok(error instanceof E2EKeyError, String(error));
          assert.equal(error.code, 'REQUEST_INVALID');
        }
      },
    ),
    { ...runs, numRuns: 10 * (runs.numRuns ?? 0) },
  );
});
