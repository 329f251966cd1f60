// The question to an OCSP responder, and which certificate an answer means (RFC 6960 4.1).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Certificate, parseCertificate } from '../../src/certificates/certificate.ts';
import { isMeant, writeOcspRequest } from '../../src/certificates/ocsp-request.ts';
import { parseOcspResponse } from '../../src/certificates/ocsp-response.ts';
import {
  integer,
  keyFor,
  makeAuthority,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { type CertIdOptions, makeCertId, makeOcspResponse } from '../../src/testing/status-maker.ts';

const issuer = makeAuthority();
const leaf = issuer.issue({ serial: 0x1f });
const read = ({ der }: { readonly der: Uint8Array }): Certificate => parseCertificate(der);

test('the request names one certificate by SHA-1, with NULL, and asks nothing else (RFC 6960 4.1.1, RFC 5019 2.1.1)', () => {
  for (const serial of [1, 0x7f, 0x80, 2 ** 40]) {
    const certificate = issuer.issue({ serial });
    const written = writeOcspRequest(read(certificate), read(issuer));
    const expected = sequence(sequence(sequence(sequence(makeCertId(certificate, issuer)))));
    assert.deepEqual(Buffer.from(written), Buffer.from(expected));
  }
});

test('the request has its bytes: SHA-1 of name and key of the issuer, and the serial number', () => {
  const { subject, subjectPublicKeyInfo } = read(issuer);
  const sha1 = (bytes: Uint8Array) => octetString(createHash('sha1').update(bytes).digest());
  const certId = sequence(
    sequence(objectIdentifier('1.3.14.3.2.26'), nothing),
    sha1(subject.der),
    sha1(subjectPublicKeyInfo.subjectPublicKey),
    integer(0x1f),
  );
  const request = Buffer.from(writeOcspRequest(read(leaf), read(issuer)));
  assert.deepEqual(request.subarray(-certId.length), Buffer.from(certId));
  assert.ok(request.length <= 80, `${request.length}`);
});

function means(options: CertIdOptions, certificate = leaf, by = issuer): boolean {
  const response = makeOcspResponse({
    issuer: by,
    certificate: '00',
    responses: [{ certId: makeCertId(certificate, by, options) }],
  });
  const certId = parseOcspResponse(response).basic?.responses[0]?.certId;
  assert.ok(certId);
  return isMeant(certId, read(leaf), read(issuer));
}

test('an answer means the certificate whose three parts it has, by any of four hashes (RFC 6960 3.2 (1), RFC 9654)', () => {
  for (const certIdHash of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
    assert.ok(means({ certIdHash }));
    const size = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 }[certIdHash];
    assert.ok(!means({ certIdHash, issuerNameHash: Buffer.alloc(size) }));
    assert.ok(!means({ certIdHash, issuerKeyHash: Buffer.alloc(size) }));
    assert.ok(!means({ certIdHash }, issuer.issue({ serial: 0x20 })));
  }
});

test('an answer for another issuer of the same name, or the same key, means another (RFC 6960 4.1.1)', () => {
  assert.ok(!means({}, leaf, makeAuthority({ key: keyFor('another') })));
  assert.ok(!means({}, leaf, makeAuthority({ subject: 'another', key: keyFor('root') })));
});

test('a hash that nobody here knows names nobody, and so do bytes of another length', () => {
  assert.ok(!means({ hashAlgorithm: sequence(objectIdentifier('1.2.840.113549.2.5'), nothing) }));
  assert.ok(!means({ hashAlgorithm: sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'), nothing) }));
  assert.ok(!means({ issuerNameHash: Buffer.alloc(0) }));
  assert.ok(!means({ issuerKeyHash: Buffer.alloc(0) }));
});
