import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDer } from '../../src/certificates/der.ts';
import {
  type Extensions,
  extensionName,
  extensionReader,
  isProcessed,
  noExtensions,
} from '../../src/certificates/extensions.ts';
import {
  bitString,
  der,
  generalName,
  integer,
  name,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  yes,
} from '../../src/testing/certificate-maker.ts';

const ids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
} as const;

/** The value of one extension with this in extnValue. */
function read<K extends keyof Extensions & keyof typeof ids>(extension: K, value: Uint8Array): Extensions[K] {
  const values = noExtensions();
  const reader = extensionReader(ids[extension]);
  assert.ok(reader);
  readDer(value, 'extnValue', content => reader(content, values));
  return values[extension];
}

function refuses(extension: keyof typeof ids, value: Uint8Array, message: RegExp): void {
  assert.throws(() => read(extension, value), { code: 'CERTIFICATE_MALFORMED', message });
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

test('only the extensions that are read may be critical (RFC 5280 4.2)', () => {
  for (const [extension, id] of Object.entries(ids)) {
    assert.equal(extensionName(id), extension);
    assert.ok(isProcessed(id), extension);
  }
  // issuerAltName, policyMappings, policyConstraints, inhibitAnyPolicy, nsCertType, and no identifiers at all.
  for (const id of [
    '2.5.29.18',
    '2.5.29.33',
    '2.5.29.36',
    '2.5.29.54',
    '2.16.840.1.113730.1.1',
    '1.2.3',
    'toString',
    '__proto__',
  ]) {
    assert.ok(!isProcessed(id), id);
    assert.equal(extensionReader(id), undefined, id);
  }
});

test('subjectKeyIdentifier is an OCTET STRING (RFC 5280 4.2.1.2)', () => {
  assert.deepEqual(read('subjectKeyIdentifier', octetString(Buffer.of(1, 2))), Buffer.of(1, 2));
  refuses('subjectKeyIdentifier', bitString(Buffer.of(1, 2)), /bitString instead of octetString/);
});

test('basicConstraints: pathLenConstraint only with cA, cA FALSE not encoded (RFC 5280 4.2.1.9)', () => {
  const basic = (...parts: Uint8Array[]) => read('basicConstraints', sequence(...parts));
  assert.deepEqual(basic(yes), { cA: true, pathLenConstraint: null });
  assert.deepEqual(basic(yes, integer(0)), { cA: true, pathLenConstraint: 0 });
  assert.deepEqual(basic(yes, integer(3)), { cA: true, pathLenConstraint: 3 });
  assert.deepEqual(basic(), { cA: false, pathLenConstraint: null });
  refuses('basicConstraints', sequence(integer(0)), /pathLenConstraint: present without cA/);
  refuses('basicConstraints', sequence(der(0x01, Buffer.of(0))), /cA: a BOOLEAN/);
  refuses('basicConstraints', sequence(yes, der(0x02, Buffer.of(0xff))), /pathLenConstraint: .*negative/);
  refuses('basicConstraints', sequence(yes, integer(1), integer(1)), /too many/);
});

test('keyUsage has at least one of the nine bits and no other (RFC 5280 4.2.1.3)', () => {
  assert.deepEqual([...(read('keyUsage', bitString(Buffer.of(0x80), 7)) ?? [])], ['digitalSignature']);
  assert.deepEqual(
    [...(read('keyUsage', bitString(Buffer.of(0xff, 0x80), 7)) ?? [])],
    [
      'digitalSignature',
      'contentCommitment',
      'keyEncipherment',
      'dataEncipherment',
      'keyAgreement',
      'keyCertSign',
      'cRLSign',
      'encipherOnly',
      'decipherOnly',
    ],
  );
  refuses('keyUsage', bitString(new Uint8Array()), /no key usage at all/);
  refuses('keyUsage', bitString(Buffer.of(0, 0x40), 6), /bit 9, .*accepted: bits 0 to 8/);
  refuses('keyUsage', bitString(Buffer.of(0x80, 0, 1)), /bit 23/);
});

test('extKeyUsage is bounded and not empty (RFC 5280 4.2.1.12)', () => {
  const purposes = (count: number) => sequence(...times(count, arc => objectIdentifier(`1.2.3.${arc}`)));
  assert.equal(read('extKeyUsage', purposes(32))?.length, 32);
  refuses('extKeyUsage', purposes(33), /more than 32 items/);
  refuses('extKeyUsage', purposes(0), /an empty list/);
});

test('subjectAltName has 1 to 1024 names (RFC 5280 4.2.1.6, our bound)', () => {
  const names = (count: number) => sequence(...times(count, index => generalName(`dns:a${index}.example`)));
  assert.equal(read('subjectAltName', names(1024))?.length, 1024);
  refuses('subjectAltName', names(1025), /more than 1024 items/);
  refuses('subjectAltName', sequence(), /an empty list/);
});

test('nameConstraints: neither empty nor with an encoded default (RFC 5280 4.2.1.10)', () => {
  const subtree = (...parts: Uint8Array[]) => sequence(generalName('dns:a.example'), ...parts);
  const refusesConstraints = (message: RegExp, ...parts: Uint8Array[]) =>
    refuses('nameConstraints', sequence(...parts), message);
  refusesConstraints(/neither permitted nor excluded subtrees/);
  refusesConstraints(/permittedSubtrees: an empty list/, der(0xa0));
  refusesConstraints(/excludedSubtrees: an empty list/, der(0xa0, subtree()), der(0xa1));
  refusesConstraints(/minimum: a default value that is encoded/, der(0xa0, subtree(der(0x80, Buffer.of(0)))));
  refusesConstraints(/too many/, der(0xa1, subtree()), der(0xa0, subtree()));
  refusesConstraints(/more than 1024 items/, der(0xa0, ...times(1025, () => subtree())));
  const parts = [der(0x80, Buffer.of(1)), der(0x81, Buffer.of(2))];
  assert.deepEqual(read('nameConstraints', sequence(der(0xa0, subtree(...parts)), der(0xa1, subtree()))), {
    permitted: [{ base: { form: 'dns', value: 'a.example' }, minimum: 1, maximum: 2 }],
    excluded: [{ base: { form: 'dns', value: 'a.example' }, minimum: 0, maximum: null }],
  });
});

test('certificatePolicies: each once, with the kinds of its qualifiers, bounded (RFC 5280 4.2.1.4)', () => {
  const qualifier = (id: string, ...parts: Uint8Array[]) => sequence(objectIdentifier(id), ...parts);
  const policy = (id: string, ...qualifiers: Uint8Array[]) =>
    sequence(objectIdentifier(id), ...(qualifiers.length === 0 ? [] : [sequence(...qualifiers)]));
  const [idQtCps, idQtUnotice] = ['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2'];
  const cps = qualifier(idQtCps, der(0x16, Buffer.from('https://ca.example/cps')));
  assert.deepEqual(
    read(
      'certificatePolicies',
      sequence(policy('2.5.29.32.0'), policy('1.2.3', cps, qualifier(idQtUnotice, sequence()))),
    ),
    [
      { id: '2.5.29.32.0', qualifiers: [] },
      { id: '1.2.3', qualifiers: [idQtCps, idQtUnotice] },
    ],
  );
  const refusesPolicies = (message: RegExp, ...policies: Uint8Array[]) =>
    refuses('certificatePolicies', sequence(...policies), message);
  refusesPolicies(/: an empty list/);
  refusesPolicies(/1\.policyIdentifier: policy 1\.2\.3 twice/, policy('1.2.3'), policy('1.2.3', cps));
  refusesPolicies(/policyQualifiers: an empty list/, sequence(objectIdentifier('1.2.3'), sequence()));
  refusesPolicies(/policyQualifiers\.0\.qualifier: 2 octets needed/, policy('1.2.3', qualifier(idQtCps)));
  refusesPolicies(/too many/, policy('1.2.3', qualifier(idQtCps, nothing, nothing)));
  refusesPolicies(/too many/, sequence(objectIdentifier('1.2.3'), sequence(cps), nothing));
  const policies = (count: number) => times(count, arc => policy(`1.2.${arc}`));
  assert.equal(read('certificatePolicies', sequence(...policies(32)))?.length, 32);
  refusesPolicies(/more than 32 items/, ...policies(33));
  assert.equal(read('certificatePolicies', sequence(policy('1.2.3', ...times(32, () => cps))))?.length, 1);
  refusesPolicies(/policyQualifiers: more than 32 items/, policy('1.2.3', ...times(33, () => cps)));
});

test('authorityKeyIdentifier: issuer and serial number come together or not at all (RFC 5280 4.2.1.1)', () => {
  const keyIdentifier = der(0x80, Buffer.of(1, 2));
  const issuer = der(0xa1, der(0xa4, name('x')));
  const serial = der(0x82, Buffer.of(1));
  const identifier = (...parts: Uint8Array[]) => read('authorityKeyIdentifier', sequence(...parts));
  assert.deepEqual(identifier(keyIdentifier), Buffer.of(1, 2));
  assert.deepEqual(identifier(keyIdentifier, issuer, serial), Buffer.of(1, 2));
  assert.equal(identifier(issuer, serial), null);
  assert.equal(identifier(), null);
  const refusesIdentifier = (message: RegExp, ...parts: Uint8Array[]) =>
    refuses('authorityKeyIdentifier', sequence(...parts), message);
  refusesIdentifier(/authorityCertIssuer: without the other/, keyIdentifier, issuer);
  refusesIdentifier(/authorityCertSerialNumber: without the other/, keyIdentifier, serial);
  refusesIdentifier(/authorityCertIssuer: an empty list/, der(0xa1), serial);
  refusesIdentifier(/authorityCertIssuer\.0: an empty name/, der(0xa1, generalName('dns:')), serial);
  refusesIdentifier(/authorityCertSerialNumber: an INTEGER without content/, issuer, der(0x82));
  refusesIdentifier(/authorityCertSerialNumber: without the other/, serial, issuer);
  refusesIdentifier(/too many/, issuer, serial, keyIdentifier);
});
