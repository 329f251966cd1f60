import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesOf, e2eKeyCseAddressesOf, e2eKeyCseOf, writeAddress } from '../../src/onem2m/address.ts';

const cse = '//m2m.example.com/cse-b';

test('an identifier is written absolute, SP-relative, and an AE-ID also CSE-relative (TS-0001 7.2)', () => {
  for (const [id, spRelative, cseRelative] of [
    [`${cse}/Cae1`, '/cse-b/Cae1', 'Cae1'],
    ['//m2m.example.com/Sae1', '/Sae1', 'Sae1'],
  ] as const) {
    assert.equal(writeAddress(id, 'absolute'), id);
    assert.equal(writeAddress(id, 'sp-relative'), spRelative);
    assert.equal(writeAddress(id, 'cse-relative'), cseRelative);
  }
  assert.equal(writeAddress(cse, 'sp-relative'), '/cse-b');
  assert.throws(() => writeAddress(cse, 'cse-relative'), { code: 'OPTION_INVALID' });
  for (const wrong of ['', 'cse-b', '/cse-b', '//m2m.example.com'])
    assert.throws(() => writeAddress(wrong, 'absolute'), { code: 'REQUEST_INVALID' }, wrong);
});

test('a CSEBase has its identifier, - and its name as addresses (TS-0001 7.2, TS-0004 6.2.4)', () => {
  assert.deepEqual(addressesOf(cse), [cse, '/cse-b', `${cse}/-`, '/cse-b/-', '-']);
  assert.deepEqual(addressesOf(cse, 'base'), [...addressesOf(cse), `${cse}/base`, '/cse-b/base', 'base']);
});

test('an AE has the three forms of its AE-ID, and no name of a CSEBase (TS-0001 7.2)', () => {
  assert.deepEqual(addressesOf(`${cse}/Cae1`, 'base'), [`${cse}/Cae1`, '/cse-b/Cae1', 'Cae1']);
  assert.deepEqual(addressesOf('//m2m.example.com/Sae1'), ['//m2m.example.com/Sae1', '/Sae1', 'Sae1']);
});

test('e2EKeyCSE lies behind every address of its parent, as a virtual resource does (TS-0004 6.8)', () => {
  const addresses = e2eKeyCseAddressesOf(cse);
  assert.deepEqual(addresses, [
    `${cse}/e2EKeyCSE`,
    '/cse-b/e2EKeyCSE',
    `${cse}/-/e2EKeyCSE`,
    '/cse-b/-/e2EKeyCSE',
    '-/e2EKeyCSE',
    'e2EKeyCSE',
  ]);
  for (const form of ['absolute', 'sp-relative'] as const)
    assert.ok(addresses.includes(e2eKeyCseOf(writeAddress(cse, form))));
});
