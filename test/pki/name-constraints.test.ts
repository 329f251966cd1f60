import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WritableName } from '../../src/pki/general-name.ts';
import {
  type ConstraintsRequest,
  encodeNameConstraints,
  permittedNames,
} from '../../src/pki/name-constraints.ts';

const hex = (value: string) => Buffer.from(value).toString('hex');
const encoded = (request: ConstraintsRequest) =>
  Buffer.from(encodeNameConstraints(permittedNames(request, []))).toString('hex');

test('domains are permitted subtrees of dNSName [2] (RFC 5280 §4.2.1.10)', () => {
  const dns = ['a.test', 'b.test'].map(name => `30088206${hex(name)}`);
  assert.equal(encoded({ domains: ['a.test', 'b.test'] }), `3016a014${dns.join('')}`);
});

test('URI constraints [6] permit the host itself and the hosts below it, as a dNSName subtree does', () => {
  assert.equal(
    encoded({ domains: ['a.test'], uriConstraints: true }),
    `3021a01f30088206${hex('a.test')}30088606${hex('a.test')}30098607${hex('.a.test')}`,
  );
});

test('devices are subtrees of otherName with the higher arc as type-id (TS-0003 10.1.1.4.2), nodes of registeredID [8]', () => {
  assert.equal(
    encoded({ domains: ['a.test'], devices: ['0.2.481.1.100'], nodes: ['1.2.3'] }),
    `3021a01f30088206${hex('a.test')}300da00b060402836101a0030d0164300488022a03`,
  );
  assert.equal(
    encoded({ domains: ['a.test'], devices: ['0.2.481.1.100'], indicationArcs: 3 }),
    `301ba01930088206${hex('a.test')}300da00b0603028361a0040d020164`,
  );
});

test('domains are lower case, each once', () => {
  assert.deepEqual(permittedNames({ domains: ['A.example', 'a.example', 'b.example'] }, []), [
    { form: 'dns', value: 'a.example' },
    { form: 'dns', value: 'b.example' },
  ]);
});

test('without any domain those reserved for examples and tests are permitted (RFC 2606, RFC 6761)', () => {
  const reserved = ['example.com', 'example.net', 'example.org', 'example', 'test', 'localhost'];
  const names = reserved.map(value => ({ form: 'dns', value }));
  assert.deepEqual(permittedNames({}, []), names);
  assert.deepEqual(permittedNames({ domains: [], devices: [], nodes: [] }, []), names);
});

test('what is not said is as in the model, each form by itself', () => {
  const model: readonly WritableName[] = permittedNames(
    { domains: ['a.test'], uriConstraints: true, devices: ['0.2.481.1.100'], nodes: ['1.2.3'] },
    [],
  );
  assert.deepEqual(permittedNames({}, model), model);
  const [dns, uri, below, device, node] = model;
  assert.deepEqual(permittedNames({ nodes: ['1.2.3.4'] }, model), [
    dns,
    uri,
    below,
    device,
    { form: 'registeredId', value: '1.2.3.4' },
  ]);
  assert.deepEqual(permittedNames({ domains: ['b.a.test'] }, model), [
    { form: 'dns', value: 'b.a.test' },
    { form: 'uri', value: 'b.a.test' },
    { form: 'uri', value: '.b.a.test' },
    device,
    node,
  ]);
});

const refusals: readonly [request: ConstraintsRequest, sentence: RegExp][] = [
  [{ domains: ['example.com', '.example.com'] }, /"\.example\.com" is no domain name/],
  [{ domains: ['*.example.com'] }, /is no domain name/],
  [{ devices: ['0.2.481.1'] }, /0\.2\.481\.1 has no arc below the M2M Device Indication ID/],
  [{ indicationArcs: 4 }, /Indication ID belong to constraints on devices/],
  [{ devices: ['x'] }, /"x" is no object identifier/],
  [{ nodes: ['urn:gsma:imei:90420156-025763-0'] }, /"urn:.*" is no object identifier/],
];

for (const [request, sentence] of refusals)
  test(`no constraints are made of ${JSON.stringify(request)}`, () => {
    assert.throws(() => encodeNameConstraints(permittedNames(request, [])), {
      code: 'OPTION_INVALID',
      message: sentence,
    });
  });
