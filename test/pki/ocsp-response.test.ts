import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { isSignatureOf } from '../../src/certificates/algorithms.ts';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { crlReasons } from '../../src/certificates/crl.ts';
import { validatePath } from '../../src/certificates/index.ts';
import { parseOcspResponse } from '../../src/certificates/ocsp-response.ts';
import { createAuthority, issueAuthority } from '../../src/pki/authority.ts';
import { keyTypes } from '../../src/pki/key-type.ts';
import { issueLeaf } from '../../src/pki/leaf.ts';
import { type CertificateStatus, issueOcspResponse, type Responder } from '../../src/pki/ocsp-response.ts';
import { issueResponder, type ResponderRequest } from '../../src/pki/responder.ts';
import {
  keyUsage,
  makeAuthority,
  name,
  objectIdentifier,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { ocspSigning } from '../../src/testing/status-maker.ts';

const validity = { notBefore: new Date('2030-01-01'), notAfter: new Date('2031-01-01') };
const { root, intermediate: issuer } = await createAuthority({ name: 'lab', pathLength: 1, validity });
const other = await createAuthority({ name: 'lab', validity });
const cse = { flavour: 'cse-id', id: 'cse.example.com', uriScheme: null, validity } as const;
const leaf = await issueLeaf(issuer, cse);
const certificate = parseCertificate(leaf.chain[0].raw);
const times = { thisUpdate: new Date('2030-06-01'), nextUpdate: new Date('2030-06-08') };
const about = (status: CertificateStatus) => ({ certificate, status, ...times });
const request: ResponderRequest = { name: 'OCSP of the lab', keyType: 'p256', noCheck: true, validity };

async function responderOf(...argv: Parameters<typeof issueResponder>): Promise<Responder> {
  const { chain, key } = await issueResponder(...argv);
  return { certificate: chain[0], key };
}
const responder = await responderOf(issuer, request);

const judged = (response: Uint8Array, time = new Date('2030-06-02')) =>
  validatePath(
    leaf.chain.map(({ raw }) => raw),
    { anchors: [root.certificate.raw], ocsp: [response], time },
  );

test('the issuer itself says good: named as it is, produced when it begins to hold (RFC 6960 4.2.1, 4.2.2.3)', () => {
  const der = issueOcspResponse(issuer, null, about('good'));
  const { status, basic } = parseOcspResponse(der);
  assert.deepEqual([status, basic?.producedAt, basic?.certificates], ['successful', times.thisUpdate, []]);
  assert.ok(basic?.responder.by === 'name' && basic.responder.name.text === 'CN=lab intermediate');
  assert.deepEqual(
    basic.responses.map(({ certId, ...single }) => [
      certId.serialNumber,
      single.status,
      single.thisUpdate,
      single.nextUpdate,
    ]),
    [[certificate.serialNumber, 'good', times.thisUpdate, times.nextUpdate]],
  );
  const verdict = judged(der);
  assert.deepEqual([verdict.valid, verdict.valid && verdict.statusBy], [true, 'ocsp']);
});

test('a delegated responder says it too, and encloses its certificate (RFC 6960 4.2.2.2)', () => {
  const der = issueOcspResponse(issuer, responder, about('good'));
  const enclosed = parseOcspResponse(der).basic?.certificates ?? [];
  assert.deepEqual(enclosed.map(Buffer.from), [responder.certificate.raw]);
  assert.equal(judged(der).valid, true);
});

test('revoked is said with its time and its reason, where there is one (RFC 6960 4.2.1)', () => {
  const revocationDate = new Date('2030-05-01T12:00:00.500Z');
  const reasons = Object.keys(crlReasons) as (keyof typeof crlReasons)[];
  for (const reason of [null, ...reasons]) {
    const der = issueOcspResponse(issuer, null, about({ revocationDate, reason }));
    const [single] = parseOcspResponse(der).basic?.responses ?? [];
    assert.deepEqual(
      [single?.status, single?.revocationTime, single?.reason],
      ['revoked', new Date('2030-05-01T12:00:00Z'), reason === 'unspecified' ? null : reason],
    );
    assert.equal(judged(der).code, 'CERTIFICATE_REVOKED');
  }
});

test('unknown is neither good nor revoked (RFC 6960 2.2)', () => {
  assert.equal(judged(issueOcspResponse(issuer, null, about('unknown'))).code, 'CERTIFICATE_STATUS_UNKNOWN');
});

test('what is stale, or not yet, is made as it is asked for', () => {
  const der = issueOcspResponse(issuer, responder, about('good'));
  for (const time of ['2030-05-01', '2030-06-30'])
    assert.equal(judged(der, new Date(time)).code, 'STATUS_RESPONSE_BAD');
  assert.throws(() => issueOcspResponse(issuer, null, { ...about('good'), nextUpdate: times.thisUpdate }), {
    code: 'OPTION_INVALID',
    message: 'nextUpdate must be later than thisUpdate',
  });
  const ancient = { revocationDate: new Date('1949-01-01'), reason: null };
  assert.throws(() => issueOcspResponse(issuer, null, about(ancient)), {
    code: 'OPTION_INVALID',
    message: 'the time of the revocation must lie in the years 1950 to 9999',
  });
});

test('every kind of key signs, of the issuer and of the responder', async () => {
  for (const keyType of keyTypes) {
    const { key, ...below } = await issueAuthority(issuer, { subject: { name: keyType, keyType }, validity });
    assert.ok(key !== null);
    const authority = { ...below, key };
    const [subject] = (await issueLeaf(authority, cse)).chain;
    const delegated = await responderOf(authority, { ...request, keyType });
    for (const signer of [null, delegated]) {
      const { certificate: own } = signer ?? authority;
      const der = issueOcspResponse(authority, signer, {
        ...about('good'),
        certificate: parseCertificate(subject.raw),
      });
      const { basic } = parseOcspResponse(der);
      assert.ok(basic && isSignatureOf(basic.tbsResponseData, basic, parseCertificate(own.raw)), keyType);
    }
  }
});

test('nothing is said of a certificate of another authority, not even of one with the same name', async () => {
  const foreign = parseCertificate((await issueLeaf(other.intermediate, cse)).chain[0].raw);
  assert.throws(() => issueOcspResponse(issuer, null, { ...about('good'), certificate: foreign }), {
    code: 'OPTION_INVALID',
    message: 'CN=cse.example.com was not issued by CN=lab intermediate; its issuer is CN=lab intermediate',
  });
  assert.throws(() => issueOcspResponse(root, null, about('good')), {
    code: 'OPTION_INVALID',
    message: 'CN=cse.example.com was not issued by CN=lab root; its issuer is CN=lab intermediate',
  });
});

test('whom the issuer has not charged with it signs nothing in its stead (RFC 6960 4.2.2.2)', async () => {
  const notIssued =
    /^the responder UID=OCSP of the lab was not issued by CN=lab intermediate, as RFC 6960 4\.2\.2\.2 asks$/;
  for (const elsewhere of [root, other.intermediate])
    await assert.rejects(
      async () => issueOcspResponse(issuer, await responderOf(elsewhere, request), about('good')),
      { code: 'OPTION_INVALID', message: notIssued },
    );
  const [endPoint] = leaf.chain;
  assert.throws(() => issueOcspResponse(issuer, { certificate: endPoint, key: leaf.key }, about('good')), {
    code: 'OPTION_INVALID',
    message: /^the certificate of CN=cse\.example\.com is for no OCSP responder \(id-kp-OCSPSigning/,
  });
  const maker = makeAuthority();
  const usage = { extensions: [keyUsage('keyAgreement')], more: [ocspSigning] };
  const [ours, theirs, own] = [maker, maker.issue(), maker.issue(usage)].map(({ der, key }) => ({
    certificate: new X509Certificate(der),
    key,
    chain: [],
  }));
  assert.ok(ours !== undefined && theirs !== undefined && own !== undefined);
  const asked = { ...about('good'), certificate: parseCertificate(theirs.certificate.raw) };
  assert.throws(() => issueOcspResponse(ours, own, asked), /is for no OCSP responder/);
});

test('a key that is not that of the certificate signs nothing: nobody would believe it (RFC 6960 3.2)', () => {
  for (const key of [leaf.key, otherKey('Ed25519'), otherKey(2048)]) {
    assert.throws(() => issueOcspResponse({ ...issuer, key }, null, about('good')), {
      code: 'OPTION_INVALID',
      message: 'the key that signs the response is not that of CN=lab intermediate',
    });
    assert.throws(() => issueOcspResponse(issuer, { ...responder, key }, about('good')), {
      code: 'OPTION_INVALID',
      message: 'the key that signs the response is not that of UID=OCSP of the lab',
    });
  }
});

test('a response that no end-point reads is not made', () => {
  const ed25519 = { key: otherKey('Ed25519'), signatureAlgorithm: sequence(objectIdentifier('1.3.101.112')) };
  const maker = makeAuthority(ed25519);
  const authority = { certificate: new X509Certificate(maker.der), key: maker.key, chain: [] };
  const asked = maker.issue({ ...ed25519, serial: Buffer.alloc(20, 0x7f) });
  // The longest certificate that is read, nearly all of it a name, which stands in the response a second time.
  const named = (last: number) => {
    const names = [...Array.from({ length: 15 }, () => 1000), last].map(size =>
      name('x'.repeat(size)).subarray(4),
    );
    return maker.issue({ ...ed25519, subject: sequence(...names), extensions: [ocspSigning] });
  };
  const { der, key } = named(500 + 16_384 - named(500).der.length);
  const own = { certificate: new X509Certificate(der), key };
  const entry = { revocationDate: new Date('2030-05-01'), reason: 'keyCompromise' } as const;
  assert.throws(
    () => issueOcspResponse(authority, own, { ...about(entry), certificate: parseCertificate(asked.der) }),
    {
      code: 'OPTION_INVALID',
      message: /^no end-point reads this OCSP response: .*328\d\d octets; accepted: at most 32768/,
    },
  );
});
