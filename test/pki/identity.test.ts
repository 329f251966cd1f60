import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { generalNames } from '../../src/pki/general-name.ts';
import { deviceName, type IdentityRequest, nameIdentity } from '../../src/pki/identity.ts';

const request = (flavour: IdentityRequest['flavour'], id: string, more: Partial<IdentityRequest> = {}) => ({
  flavour,
  id,
  uriScheme: null,
  ...more,
});

test('a device is named by its higher arc as type-id and the others as RELATIVE-OID (TS-0003 10.1.1.4)', () => {
  const { names } = nameIdentity(request('device', '0.2.481.1.100.3030.10011'));
  assert.equal(Buffer.from(generalNames(names)).toString('hex'), '3011a00f060402836101a0070d05649756ce1b');
});

test('how many arcs are the M2M Device Indication ID can be said (TS-0001 annex H.2.1)', () => {
  const typeIds = [2, 4, 6].map(indicationArcs => {
    const name = deviceName('1.2.3.4.5.6.7', indicationArcs);
    return name.form === 'other' ? [name.typeId, Buffer.from(name.value).toString('hex')] : [];
  });
  assert.deepEqual(typeIds, [
    ['1.2', '0d050304050607'],
    ['1.2.3.4', '0d03050607'],
    ['1.2.3.4.5.6', '0d0107'],
  ]);
});

test('the common name is for domain names alone; every other identity is a user ID, cut where it is long', () => {
  const urn = `urn:example:${'x'.repeat(300)}`;
  const domain = `${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`;
  assert.deepEqual(nameIdentity(request('cse-id', domain)).subject, { CN: domain.slice(0, 64) });
  assert.deepEqual(nameIdentity(request('fqdn', domain)).subject, { CN: domain.slice(0, 64) });
  assert.deepEqual(nameIdentity(request('node-id', urn)).subject, { UID: urn.slice(0, 256) });
  assert.deepEqual(nameIdentity(request('device', '1.2.3.4.5')).subject, { UID: '1.2.3.4.5' });
  assert.deepEqual(nameIdentity(request('device', '1.2.3:AB')).subject, { UID: '1.2.3:ab' });
  assert.deepEqual(nameIdentity(request('ae-id', '//a.example/Sae')).subject, { UID: '//a.example/Sae' });
});

const refusals: readonly [request: IdentityRequest, sentence: RegExp][] = [
  [request('ae-id', 'Cae1'), /"Cae1" is no absolute AE-ID/],
  [request('ae-id', '/cse-a/Cae1'), /is no absolute AE-ID/],
  [request('ae-id', '//m2m.example.com/cse-a/Cae1/'), /is no absolute AE-ID/],
  [request('ae-id', '//m2m.example.com/cse-a/*'), /is no absolute AE-ID/],
  [request('ae-id', 'm2m://m2m.example.com/cse-a/Cae1'), /is no absolute AE-ID/],
  [request('ae-id', '//m2m.example.com/cse-a'), /is a CSE-ID, not an AE-ID/],
  [request('ae-id', '//a.example/Sae', { uriScheme: '' }), /"" is no URI scheme/],
  [request('ae-id', '//a.example/Sae', { uriScheme: 'M2M' }), /"M2M" is no URI scheme/],
  [request('ae-id', '//a.example/Sae', { uriScheme: 'm2m:' }), /"m2m:" is no URI scheme/],
  [request('cse-id', '*.example.com'), /"\*\.example\.com" is no domain name, which a CSE-ID certificate/],
  [request('cse-id', '//m2m.example.com/cse-b'), /is no domain name/],
  [request('fqdn', 'https://maf.example.com'), /is no domain name, which an FQDN certificate holds/],
  [request('fqdn', 'maf.example.com', { uriScheme: 'm2m' }), /a URI scheme belongs to an AE-ID certificate/],
  [request('node-id', 'imei:90420156'), /is no Node-ID: a URN such as urn:gsma:imei/],
  [request('node-id', 'urn:x'), /is no Node-ID/],
  [request('node-id', 'urn:example:a b'), /is no Node-ID/],
  [request('node-id', `urn:example:${'x'.repeat(501)}`), /is no Node-ID/],
  [request('node-id', '1.2.3', { indicationArcs: 4 }), /Indication ID belong to a device certificate/],
  [request('device', '1.2.3:ab', { indicationArcs: 4 }), /Indication ID belong to a device certificate with/],
  [request('device', 'urn'), /"urn" is no object identifier in dotted form/],
  [request('device', '1.2.3.4'), /has no arc below the M2M Device Indication ID, .* first 4/],
  [request('device', '1.2.3.4.5', { indicationArcs: 1 }), /at least 2 arcs/],
  [request('device', '1.2.3.4.5', { indicationArcs: 2.5 }), /at least 2 arcs/],
  [request('device', '1.2.3:'), /is no hardware module/],
  [request('device', '1.2.3:abc'), /is no hardware module/],
  [request('device', '1.2.3:xy'), /is no hardware module/],
  [request('device', '1.2.3:ab:cd'), /is no hardware module/],
  [request('device', 'x:ab'), /is no hardware module/],
  [request('device', `1.2.3:${'ab'.repeat(65)}`), /is no hardware module: .* 1 to 64 octets/],
];

for (const [wrong, sentence] of refusals)
  test(`${wrong.flavour} ${wrong.id.slice(0, 40)}, scheme ${wrong.uriScheme}, is no identity: ${sentence.source}`, () => {
    assert.throws(
      () => nameIdentity(wrong),
      (error: unknown) => {
        assert.ok(error instanceof E2EKeyError);
        assert.equal(error.code, 'OPTION_INVALID');
        assert.match(error.message, sentence);
        return true;
      },
    );
  });
