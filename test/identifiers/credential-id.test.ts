// Credential-IDs and key identifiers (TS-0003 10.3.4, 10.3.5, 10.4 to 10.6, 12.2, 12.3.2.1).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type CredentialType,
  hashedCredentialId,
  parseCredentialId,
  parseKeyIdentifier,
  writeCredentialId,
  writeKeyIdentifier,
} from '../../src/identifiers/credential-id.ts';
import { runs } from '../properties/arbitrary.ts';

const credentials = [
  ['10-thiskey@mymef.com', 10, 'thiskey@mymef.com'],
  ['13-A79E043B119AD5175ABEF06C94A1FE4D', 13, 'A79E043B119AD5175ABEF06C94A1FE4D'],
  ['14-a-b.c_d', 14, 'a-b.c_d'],
  [
    '30-ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk',
    30,
    'ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk',
  ],
  ['31-0.2.481.1.100.3030.10011', 31, '0.2.481.1.100.3030.10011'],
  ['42-cse1.m2m.example.com', 42, 'cse1.m2m.example.com'],
  ['54-//m2m.example.com/CSE1/Cae01', 54, '//m2m.example.com/CSE1/Cae01'],
  ['34-urn:gsma:imei:90420156-025763-0;svn=42', 34, 'urn:gsma:imei:90420156-025763-0;svn=42'],
] as const;

for (const [text, type, value] of credentials)
  test(`a Credential-ID is a type, '-' and a value: ${text} (TS-0003 10.4)`, () => {
    assert.deepEqual(parseCredentialId(text), { type, value });
    assert.equal(writeCredentialId(type, value), text);
  });

test('the types are those of sec:credIDTypeID (TS-0003 Table 12.3.2.1-1)', () => {
  const types = Array.from({ length: 100 }, (_, number) => number).filter(number => {
    try {
      return parseCredentialId(`${String(number).padStart(2, '0')}-a`).type === number;
    } catch {
      return false;
    }
  });
  assert.deepEqual(
    types,
    [10, 11, 12, 13, 14, 15, 16, 30, 31, 32, 33, 34, 41, 42, 43, 44, 45, 51, 52, 53, 54, 55],
  );
  refused(() => parseCredentialId('17-a'), /17 is no type/);
  refused(() => writeCredentialId(17 as CredentialType, 'a'), /17 is no type/);
});

test('the value of a symmetric key has the characters of TS-0003 10.4 and no others', () => {
  for (const value of ['a:b', 'a/b', 'a b', 'a;b', 'é', 'a\n', 'a%20'])
    for (const act of [() => parseCredentialId(`14-${value}`), () => writeCredentialId(14, value)])
      refused(act, /is no value of a Credential-ID of type 14/);
});

test('the value of a certificate has the characters of a URI (TS-0003 Table 12.2-1, RFC 3986)', () => {
  for (const value of ['a b', 'é', 'a\n', 'a"b', 'a<b', 'a\\b', 'a\0'])
    for (const act of [() => parseCredentialId(`51-${value}`), () => writeCredentialId(51, value)])
      refused(act, /is no value of a Credential-ID of type 51/);
});

test('what has no type, no hyphen or no value is no Credential-ID', () => {
  for (const text of ['', '13', '-a', 'a-13', '1-a', '130-a', ' 13-a', '+3-a', '13:a', '١٣-a'])
    refused(() => parseCredentialId(text), /is no Credential-ID/);
  for (const act of [() => parseCredentialId('13-'), () => writeCredentialId(13, '')])
    refused(act, /is no value/);
});

test('a value has at most 512 characters, and a sentence shows 80 of them', () => {
  assert.equal(parseCredentialId(`13-${'a'.repeat(512)}`).value.length, 512);
  refused(() => parseCredentialId(`13-${'a'.repeat(513)}`), /^.{0,200}$/);
  refused(() => parseCredentialId('x'.repeat(1e6)), /^.{0,200}$/);
});

test('any text is a Credential-ID in its one form, or refused', () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc
      .tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom('-', '', ':'), fc.string({ maxLength: 10 }))
      .map(parts => parts.join('')),
  );
  fc.assert(
    fc.property(texts, text => {
      try {
        const { type, value } = parseCredentialId(text);
        assert.equal(writeCredentialId(type, value), text);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'OPTION_INVALID');
      }
    }),
    { ...runs, numRuns: 10 * (runs.numRuns ?? 0) },
  );
});

test('a key identifier is relative@issuer (TS-0003 10.3.4, 10.3.5, 10.5, 10.6)', () => {
  const issued = { relative: 'my-key_name.1', issuer: 'maf.example.com' };
  assert.equal(writeKeyIdentifier(issued), 'my-key_name.1@maf.example.com');
  assert.deepEqual(parseKeyIdentifier('my-key_name.1@maf.example.com'), issued);
});

test('a relative part has the characters of sec:relKeyID, an issuer is an FQDN (TS-0003 Table 12.2-1)', () => {
  for (const text of [
    '',
    '@',
    'a@',
    '@maf.example.com',
    'a b@maf.example.com',
    'a:b@maf.example.com',
    'a@b@maf.example.com',
    'a@maf_1',
    'a@maf.example.com/',
    'a@maf.example.com\n',
    'A79E043B119AD5175ABEF06C94A1FE4D',
    `${'a'.repeat(500)}@maf.example.com`,
  ])
    refused(() => parseKeyIdentifier(text), /is no key identifier/);
});

test('a key identifier cannot be written so that it is read as another', () => {
  for (const parts of [
    { relative: 'a@b.example.com', issuer: '' },
    { relative: 'a', issuer: 'b@c.example.com' },
    { relative: 'a@b', issuer: 'c.example.com' },
    { relative: '', issuer: 'c.example.com' },
  ])
    refused(() => writeKeyIdentifier(parts), /is no key identifier/);
});

test('the hashed form is SHA-256 of the name in upper-case hex, and the issuer', () => {
  const value = hashedCredentialId('K_AE1_Container-x_data_conf-Id', 'tef.example.com');
  assert.equal(value, '0E3AD5D24202DDFCE48831D31217ECB96C08BAFEFD736A874B7B69DFF0BAA40E@tef.example.com');
  assert.equal(parseCredentialId(writeCredentialId(14, value)).value, value);
});

test('a name that is empty or not well-formed has no hashed form: all lone surrogates would be one in UTF-8', () => {
  for (const name of ['', '\ud800', 'a\udfff'])
    refused(() => hashedCredentialId(name, 'tef.example.com'), /name of the key/);
  refused(() => hashedCredentialId('a', 'tef_1'), /is no key identifier/);
});

function refused(act: () => unknown, message: RegExp): void {
  assert.throws(act, { code: 'OPTION_INVALID', message });
}
