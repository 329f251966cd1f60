// Whom a certificate is expected to name: what the text may be, and which certificates hold it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateProfile } from '../../src/certificates/algorithms.ts';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { expectationObjection } from '../../src/certificates/expectation.ts';
import { makeAuthority } from '../../src/testing/certificate-maker.ts';

const root = makeAuthority();
const profiles = ['onem2m', 'rfc5280'] as const;

const objection = (names: string[], expected: string, profile: CertificateProfile = 'onem2m') =>
  expectationObjection(parseCertificate(root.issue({ names }).der), expected, profile);

function holds(names: string[], expected: string, profile: CertificateProfile): void {
  const refusal = objection(names, expected, profile);
  assert.equal(refusal, null, `${expected}: ${refusal?.problem}`);
}

function lacks(names: string[], expected: string, profile: CertificateProfile): void {
  const refusal = objection(names, expected, profile);
  assert.equal(refusal?.code, 'IDENTITY_MISMATCH', expected);
  assert.deepEqual([refusal?.field, refusal?.accepted], ['subjectAltName', expected]);
}

/** No certificate is looked at: whoever asks has to ask otherwise. */
function isNone(expected: string, profile: CertificateProfile, problem = /is no identity/): void {
  const refusal = objection(['dns:cse.example.com'], expected, profile);
  assert.deepEqual([refusal?.code, refusal?.field], ['OPTION_INVALID', 'expect'], expected);
  assert.match(refusal?.problem ?? '', problem);
}

for (const profile of profiles) {
  test(`${profile}: an Absolute-AE-ID is the hierarchical part of a URI, exactly (TS-0003 8.1.2.5)`, () => {
    const id = '//m2m.example.com/cse/Cae1';
    for (const uri of [id, `m2m:${id}`]) holds(['dns:a.example', `uri:${uri}`], id, profile);
    for (const other of [`${id}0`, '//M2M.example.com/cse/Cae1', '//m2m.example.com/cse/cae1'])
      lacks([`uri:${other}`], id, profile);
    lacks(['dns:m2m.example.com'], id, profile);
  });

  test(`${profile}: a URN and an object identifier are those of a node or device, exactly (TS-0003 8.1.2.5)`, () => {
    const urn = 'urn:gsma:imei:90420156-025763-0;svn=42';
    holds([`uri:${urn}`], urn, profile);
    lacks([`uri:${urn}`], urn.toUpperCase(), profile);
    lacks([`uri:${urn}`], urn.slice(0, -1), profile);
    const id = '0.2.481.1.100.3030.10011';
    for (const name of ['device:0.2.481.1:100.3030.10011', `rid:${id}`]) {
      holds([name], id, profile);
      lacks([name], `${id}.1`, profile);
      lacks([name], '0.2.481.1.100.3030', profile);
    }
    holds(['other:1.3.6.1.5.5.7.8.4:300906032a03040402abcd'], '1.2.3.4:abcd', profile);
    lacks(['other:1.3.6.1.5.5.7.8.4:300906032a03040402abcd'], '1.2.3.4:abce', profile);
  });

  test(`${profile}: a domain name stands in a dNSName, in any case`, () => {
    for (const expected of ['cse.example.com', 'CSE.example.com'])
      holds(['dns:Cse.Example.com'], expected, profile);
    for (const expected of ['example.com', 'a.cse.example.com', 'cse.example.org'])
      lacks(['dns:cse.example.com'], expected, profile);
    lacks(['email:a@cse.example.com', 'dir:cse.example.com'], 'cse.example.com', profile);
    lacks([], 'end-point', profile);
  });

  test(`${profile}: what no certificate holds is the fault of whoever asks, and no verdict on a certificate`, () => {
    for (const expected of ['', ' ', 'C_ae', '/cse/Cae1', '*.example.com', 'CN=end-point', 'a..b', '1.2.3.'])
      isNone(expected, profile);
    isNone('x'.repeat(1000), profile, /^.{0,200}$/);
    for (const serial of ['1.2.3:', '1.2.3:AB', '1.2.3:abc', ':ab', '.:ab', '1.2.3:ab:cd'])
      isNone(serial, profile);
  });

  test(`${profile}: a CSE-ID stands in no certificate, and its public domain name is asked for (TS-0001 6.5.1.1)`, () => {
    isNone('//m2m.example.com/cse-b', profile, /public domain name/);
  });

  test(`${profile}: an internationalised name is asked for in A-labels (RFC 5890 2.3.2.1)`, () => {
    isNone('bücher.example', profile, /give it as xn--bcher-kva\.example/);
    isNone('ü ü', profile, /is no identity that a certificate holds$/);
    holds(['dns:xn--bcher-kva.example'], 'xn--bcher-kva.example', profile);
  });

  test(`${profile}: an IPv6 address with a zone belongs to one machine and is none of a certificate`, () => {
    isNone('fe80::1%eth0', profile);
  });
}

test('onem2m: names are whole: a wildcard covers nobody, and an FQDN may stand in a URI (TS-0003 10.1.1, 8.1.2.5)', () => {
  lacks(['dns:*.example.com'], 'cse.example.com', 'onem2m');
  for (const uri of ['https://mef.example.com', 'https://MEF.example.com/', '//mef.example.com'])
    holds([`uri:${uri}`], 'mef.example.com', 'onem2m');
  lacks(['uri:https://mef.example.com/x'], 'mef.example.com', 'onem2m');
});

test('rfc5280: a domain name is that of a host: wildcards cover it, and URIs are no names of hosts (RFC 9525)', () => {
  holds(['dns:*.example.com'], 'cse.example.com', 'rfc5280');
  lacks(['dns:*.example.com'], 'a.cse.example.com', 'rfc5280');
  lacks(['uri:https://mef.example.com'], 'mef.example.com', 'rfc5280');
});

test('rfc5280: an IP address stands in an iPAddress, and looks like no object identifier (RFC 9525 6.5)', () => {
  holds(['ip:01020304'], '1.2.3.4', 'rfc5280');
  lacks(['ip:01020305', 'rid:1.2.3.4', 'dns:1.2.3.4'], '1.2.3.4', 'rfc5280');
  for (const expected of ['2001:db8::1', '2001:DB8:0:0:0:0:0:1'])
    holds(['ip:20010db8000000000000000000000001'], expected, 'rfc5280');
});

test('onem2m: a domain name of digits is no object identifier', () => {
  lacks(['dns:1.2.3', 'uri:https://1.2.3'], '1.2.3', 'onem2m');
});

test('onem2m: addresses name nobody: dotted numbers are an object identifier', () => {
  holds(['rid:1.2.3.4'], '1.2.3.4', 'onem2m');
  lacks(['ip:01020304'], '1.2.3.4', 'onem2m');
  isNone('2001:db8::1', 'onem2m');
  const [onem2m, rfc5280] = profiles.map(profile => objection([], '', profile)?.accepted ?? '');
  assert.deepEqual([/IP address/.test(onem2m ?? ''), /IP address/.test(rfc5280 ?? '')], [false, true]);
});

test('what a certificate holds instead is told, identities first, three names of them at most', () => {
  const said = (...names: string[]) => objection(names, 'cse.example.com')?.problem;
  assert.equal(said('dns:a.example'), 'it holds a.example');
  assert.equal(said('device:0.2.481.1:100.3030'), 'it holds 0.2.481.1.100.3030');
  assert.equal(said('ip:c0000221', 'email:a@b.example'), 'it holds 192.0.2.33, a@b.example');
  assert.equal(said('dns:*.a.example', 'dns:b.example'), 'it holds b.example, *.a.example');
  assert.equal(said('dns:a.b', 'dns:b.b', 'dns:c.b', 'dns:d.b'), 'it holds a.b, b.b, c.b');
  assert.equal(said('dir:a'), 'no identity in it');
  assert.equal(said(), 'no identity in it');
  assert.ok((said(`uri:x:${'y'.repeat(5000)}`) ?? '').length < 400);
});
