import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import {
  identitiesOf,
  isAbsoluteAeId,
  isDeviceId,
  isObjectIdentifier,
  isUrn,
  otherIdentityOf,
} from '../../src/certificates/flavours.ts';
import {
  integer,
  makeAuthority,
  name,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';

const root = makeAuthority();
const certificate = (names: string[], subject = 'end-point') =>
  parseCertificate(root.issue({ names, subject }).der);
const identities = (...names: string[]) =>
  identitiesOf(certificate(names)).map(({ flavour, id }) => `${flavour} ${id}`);

test('AE-ID certificate: a URI that is the Absolute-AE-ID, verbatim or after a scheme (TS-0003 8.1.2.5)', () => {
  const id = '//m2m.example.com/CSE1/Cae01';
  for (const uri of [id, `m2m:${id}`, `https:${id}`, `x+y-z.1:${id}`])
    assert.deepEqual(identities(`uri:${uri}`), [`ae-id ${id}`]);
  assert.deepEqual(identities('uri://M2M.example.com/CSE1/Cae01'), ['ae-id //M2M.example.com/CSE1/Cae01']);
  assert.deepEqual(identities('uri://m2m.example.com/Sae01'), ['ae-id //m2m.example.com/Sae01']);
});

test('what is no Absolute-AE-ID identifies no AE', () => {
  const wrong = [
    '//m2m.example.com/CSE1/Cae01/',
    '//m2m.example.com/CSE1/Cae01?x',
    '//m2m.example.com/CSE1/Cae01#x',
    '//m2m.example.com//Cae01',
    '//m2m.example.com/CSE1/../Cae01',
    '//m2m.example.com/CSE1',
    '//m2m.example.com/CSE1/ae01',
    '//m2m.example.com/CSE1/*',
    '//*.example.com/CSE1/Cae01',
    '//m2m.example.com:80/CSE1/Cae01',
    '//u@m2m.example.com/CSE1/Cae01',
    '//m2m.example.com/CSE1/C%61e01',
    '/CSE1/Cae01',
    'm2m:/CSE1/Cae01',
    'a:b://m2m.example.com/CSE1/Cae01',
    '1m://m2m.example.com/CSE1/Cae01',
    '://m2m.example.com/CSE1/Cae01',
    'xxm2m.example.com/CSE1/Cae01',
    '/:m2m.example.com/CSE1/Cae01',
  ];
  for (const uri of wrong) assert.deepEqual(identities(`uri:${uri}`), [], uri);
});

test('CSE-ID and FQDN certificate: a dNSName, in lower case, never a pattern (TS-0001 6.5.1.1)', () => {
  assert.deepEqual(identities('dns:Cse1.M2M.example.com'), [
    'cse-id cse1.m2m.example.com',
    'fqdn cse1.m2m.example.com',
  ]);
  for (const wrong of [
    '*.example.com',
    'cse1.*.com',
    'cse_1.example.com',
    'cse1.example.com.',
    '.example.com',
    '-a.example',
  ])
    assert.deepEqual(identities(`dns:${wrong}`), [], wrong);
});

test('FQDN certificate: a URI that holds a host and nothing else is the FQDN too (TS-0003 8.1.2.5)', () => {
  for (const uri of ['https://MEF.example.com', 'coaps://mef.example.com/', '//mef.example.com'])
    assert.deepEqual(identities(`uri:${uri}`), ['fqdn mef.example.com'], uri);
  for (const wrong of [
    'mef.example.com',
    'localhost',
    'https://mef.example.com:443',
    'https://u@mef.example.com',
    'https://mef.example.com/x',
    'https://mef.example.com//',
    'https://mef.example.com?x',
    'https://mef.example.com#x',
    'https://*.example.com',
    'https://mef.example.com.',
    'https:mef.example.com',
    'https:///mef.example.com',
    'https://[2001:db8::1]',
  ])
    assert.deepEqual(identities(`uri:${wrong}`), [], wrong);
});

test('Node-ID certificate: a URN verbatim, or a registeredID (TS-0003 10.1.1.8, TS-0001 7.1.5)', () => {
  for (const urn of ['urn:gsma:imei:90420156-025763-0;svn=42', 'URN:oid:1.2.3', 'urn:x-1:%41'])
    assert.deepEqual(identities(`uri:${urn}`), [`node-id ${urn}`]);
  for (const wrong of ['urn:gsma', 'urn::x', 'urn:gsma:', 'urn:-x:y', `urn:${'x'.repeat(33)}:y`, 'xurn:x:y'])
    assert.deepEqual(identities(`uri:${wrong}`), [], wrong);
  assert.deepEqual(identities('rid:2.25.1'), ['node-id 2.25.1', 'device 2.25.1']);
});

test('Device certificate: type-id and RELATIVE-OID are one object identifier (TS-0003 10.1.1.4)', () => {
  assert.deepEqual(identities('device:0.2.481.1:100.3030.10011'), ['device 0.2.481.1.100.3030.10011']);
  // Wherever the arcs are divided.
  assert.deepEqual(identities('device:0.2.481.1.100:3030.10011'), ['device 0.2.481.1.100.3030.10011']);
});

const hardwareModuleName = '1.3.6.1.5.5.7.8.4';
const other = (typeId: string, value: Uint8Array) => `other:${typeId}:${Buffer.from(value).toString('hex')}`;

test('Device certificate: a hardware module is its type and serial number (RFC 4108 5)', () => {
  const type = objectIdentifier('1.2.3.4');
  const serial = octetString(Buffer.from('00ABff', 'hex'));
  assert.deepEqual(identities(other(hardwareModuleName, sequence(type, serial))), ['device 1.2.3.4:00abff']);
  for (const wrong of [
    sequence(type),
    sequence(serial, type),
    sequence(type, serial, serial),
    sequence(type, integer(1)),
    octetString(Buffer.of(1)),
  ])
    assert.deepEqual(identities(other(hardwareModuleName, wrong)), []);
  assert.deepEqual(identities(other('1.3.6.1.5.5.7.8.3', sequence(type, serial))), []);
});

test('each identity tells the form of name that holds it, which name constraints bind', () => {
  const hardware = other(hardwareModuleName, sequence(objectIdentifier('1.2.3'), octetString(Buffer.of(1))));
  const names = [
    'dns:a.example',
    'uri:https://a.example',
    'uri:urn:a:b',
    'uri://a.example/b/Cc',
    'rid:1.2.3',
    'device:1.2:3',
    hardware,
  ];
  assert.deepEqual(
    identitiesOf(certificate(names)).map(({ flavour, form }) => [flavour, form]),
    [
      ['cse-id', 'dns'],
      ['fqdn', 'dns'],
      ['fqdn', 'uri'],
      ['node-id', 'uri'],
      ['ae-id', 'uri'],
      ['node-id', 'registeredId'],
      ['device', 'registeredId'],
      ['device', 'device'],
      ['device', `other ${hardwareModuleName}`],
    ],
  );
});

test('other forms of name and the common name identify nobody', () => {
  const wrong = [
    'email:a@cse1.example.com',
    'ip:7f000001',
    'dir://m2m.example.com/CSE1/Cae01',
    'other:1.2.3.4:0500',
    // A whole OBJECT IDENTIFIER is no RELATIVE-OID.
    other('1.2.3.4', objectIdentifier('1.2.3.4')),
  ];
  assert.deepEqual(identities(...wrong), []);
  for (const subject of ['cse1.example.com', '//m2m.example.com/CSE1/Cae01'])
    assert.deepEqual(identitiesOf(certificate([], subject)), []);
});

test('all identities count, in the order of the certificate', () => {
  assert.deepEqual(identities('dns:b.example', 'uri://a.example/b/Cc', 'rid:1.2.3'), [
    'cse-id b.example',
    'fqdn b.example',
    'ae-id //a.example/b/Cc',
    'node-id 1.2.3',
    'device 1.2.3',
  ]);
});

test('what an identifier in a configuration may be is what identitiesOf writes', () => {
  for (const id of ['1.2', '0.39', '2.999.1', '1.3.6.1.4.1.99999999999999999999', '0.0'])
    assert.ok(isObjectIdentifier(id) && isDeviceId(id), id);
  for (const id of [
    '',
    '1',
    '3.1',
    '1.40',
    '1.2.',
    '.1.2',
    '1..2',
    '1.02',
    '2.01',
    '1.2.03',
    '1.2.x',
    ' 1.2',
  ])
    assert.equal(isObjectIdentifier(id) || isDeviceId(id), false, id);
  assert.ok(isDeviceId('1.2.3:00ab'));
  for (const id of [
    '1.2.3:',
    '1.2.3:0',
    '1.2.3:AB',
    '1.2.3:0g',
    ':00',
    '1:00',
    '.:00',
    '1.2:00:00',
    '1.2:00 ',
  ])
    assert.equal(isDeviceId(id), false, id);
  assert.equal(isObjectIdentifier('1.2.3:00'), false);
  assert.ok(isUrn('urn:gsma:imei:1'));
  for (const text of ['urn:a:\u00fc', 'urn:a: ', ' urn:a:b', 'urn:a:b c', 'urn:a:b\u00fc', 'urn:a:b\n'])
    assert.equal(isUrn(text), false, text);
  assert.ok(isAbsoluteAeId('//a.example/b/Cc') && !isAbsoluteAeId('//a.example/b') && !isAbsoluteAeId('Cc'));
});

test('a certificate without oneM2M identity is called by its first wildcard, else its subject, else not at all', () => {
  const unnamed = { flavour: 'x509', id: 'CN=end-point', form: 'directory' };
  assert.deepEqual(otherIdentityOf(certificate(['email:a@b.example', 'dns:*.a.example'])), {
    flavour: 'x509',
    id: '*.a.example',
    form: 'dns',
  });
  for (const lookalike of ['dns://m2m.example.com/cse', 'dns:*.//m2m.example.com/cse', 'uri:*.a.example'])
    assert.deepEqual(otherIdentityOf(certificate([lookalike])), unnamed);
  assert.deepEqual(otherIdentityOf(certificate([])), unnamed);
  assert.equal(otherIdentityOf(parseCertificate(root.issue({ subject: name('') }).der)), null);
});
