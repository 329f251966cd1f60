// What an OCSP response says of one certificate, and who may say so (RFC 6960 3.2, 4.2.2.2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validatePath } from '../../src/certificates/index.ts';
import {
  algorithms,
  basicConstraints,
  type CertificateOptions,
  der,
  extension,
  keyFor,
  keyUsage,
  makeAuthority,
  nothing,
  objectIdentifier,
  octetString,
  otherKey,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import {
  makeCertId,
  makeCrl,
  makeOcspResponse,
  type OcspResponseOptions,
  ocspNocheck,
  ocspSigning,
  ocspStatuses,
  type Signer,
  unknownExtension,
} from '../../src/testing/status-maker.ts';
import { good, later, minutes, ocspSays, time } from './status-lab.ts';

const top = makeAuthority();
const issuer = top.authority({ subject: 'issuer' });
const leaf = issuer.issue({ serial: 0x1f });
const make = (options: Partial<OcspResponseOptions> = {}) =>
  makeOcspResponse({ issuer, certificate: leaf, ...options });
const say = (options: Partial<OcspResponseOptions> = {}, crls: readonly Uint8Array[] = []) =>
  ocspSays(leaf, issuer, make(options), {}, crls);

const bad = (field: string, clause: string) => `STATUS_RESPONSE_BAD OCSPResponse.${field} ${clause}`;
const revoked = 'CERTIFICATE_REVOKED status RFC 6960 2.2';
const unknown = 'CERTIFICATE_STATUS_UNKNOWN OCSPResponse.tbsResponseData.responses.certStatus RFC 6960 2.2';
const forged = bad('signature', 'RFC 6960 3.2 (2)');
const elsewhere = bad('tbsResponseData.responses.certID', 'RFC 6960 3.2 (1)');
const nobody = bad('tbsResponseData.responderID', 'RFC 6960 4.2.2.2');
const undelegated = bad('certs', 'RFC 6960 4.2.2.2');
const stale = bad('tbsResponseData.responses.nextUpdate', 'RFC 6960 4.2.2.1');
const early = bad('tbsResponseData.responses.thisUpdate', 'RFC 6960 4.2.2.1');

test('the answer is good, revoked or unknown (RFC 6960 2.2)', () => {
  assert.equal(say(), good);
  assert.equal(say({ status: 'revoked' }), revoked);
  assert.equal(say({ status: { reason: 'certificateHold' } }), revoked);
  assert.equal(say({ status: 'unknown' }), unknown);
});

test('a responder that has no answer says nothing good (RFC 6960 4.2.1)', () => {
  for (const [status, number] of Object.entries(ocspStatuses))
    if (status !== 'successful')
      assert.equal(say({ responseStatus: number }), bad('responseStatus', 'RFC 6960 4.2.1'));
});

test('the answer is about the certificate: serial number, name and key of its issuer (RFC 6960 3.2 (1))', () => {
  const of = (certId: Uint8Array) => say({ responses: [{ certId }] });
  assert.equal(of(makeCertId(leaf, issuer)), good);
  assert.equal(of(makeCertId('20', issuer)), elsewhere);
  assert.equal(of(makeCertId(leaf, top)), elsewhere);
  assert.equal(of(makeCertId(leaf, issuer, { issuerNameHash: Buffer.alloc(20) })), elsewhere);
  assert.equal(of(makeCertId(leaf, issuer, { issuerKeyHash: Buffer.alloc(20) })), elsewhere);
  for (const certIdHash of ['sha256', 'sha384', 'sha512'] as const)
    assert.equal(of(makeCertId(leaf, issuer, { certIdHash })), good);
});

test('of several answers the one about the certificate counts, and there is only one (RFC 6960 3.2 (1))', () => {
  const other = { certificate: '20' };
  assert.equal(say({ responses: [{ ...other, status: 'revoked' }, {}] }), good);
  assert.equal(say({ responses: [other, { status: 'revoked' }] }), revoked);
  const twice = bad('tbsResponseData.responses', 'RFC 6960 3.2 (1)');
  assert.equal(say({ responses: [{}, { status: 'revoked' }] }), twice);
  assert.equal(say({ responses: [{ status: 'revoked' }, { certIdHash: 'sha256' }] }), twice);
});

test('the issuer itself answers, by its name or by its key (RFC 6960 4.2.2.2, 4.2.1)', () => {
  for (const responderId of ['name', 'key'] as const) {
    assert.equal(say({ responderId }), good);
    assert.equal(say({ responderId, key: keyFor('somebody else') }), forged);
    assert.equal(say({ responderId, status: 'revoked', key: keyFor('somebody else') }), forged);
  }
  assert.equal(say({ editSignature: bytes => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1) }), forged);
});

test('what was signed is what is read (RFC 6960 3.2 (2))', () => {
  const changed = Buffer.from(make({ status: 'unknown', certificate: leaf }));
  const place = changed.indexOf(Buffer.of(0x82, 0, 0x18));
  changed[place] = 0x80;
  assert.equal(ocspSays(leaf, issuer, changed), forged);
});

const delegated = (options: CertificateOptions = {}, by: typeof issuer = issuer): Signer =>
  by.issue({ subject: 'responder', more: [ocspSigning], ...options });

test('whom the issuer issued a certificate for that answers for it (RFC 6960 4.2.2.2)', () => {
  const responder = delegated();
  for (const responderId of ['name', 'key'] as const) {
    assert.equal(say({ responder, responderId }), good);
    assert.equal(say({ responder, responderId, status: 'revoked' }), revoked);
    assert.equal(say({ responder, responderId, key: issuer.key }), forged);
    assert.equal(say({ responder, responderId, key: keyFor('somebody else') }), forged);
  }
});

test('a responder whose certificate is not in the response, or is not the one that is named, is nobody (RFC 6960 4.2.2.2)', () => {
  const responder = delegated();
  assert.equal(say({ responder, certificates: [] }), nobody);
  assert.equal(say({ responder, certificates: [leaf.der] }), nobody);
  assert.equal(say({ responder, certificates: [issuer.der] }), nobody);
  assert.equal(say({ responder, certificates: [sequence(nothing)] }), nobody);
  const stranger = { subject: 'responder', key: keyFor('stranger') };
  assert.equal(say({ responder: { ...responder, key: keyFor('stranger') }, responderId: 'name' }), forged);
  assert.equal(
    say({ responder: delegated(stranger), certificates: [responder.der], responderId: 'key' }),
    nobody,
  );
});

test('of several certificates in the response the right one is found (RFC 6960 4.2.1)', () => {
  const responder = delegated();
  const namesake = delegated({ key: keyFor('namesake') });
  const certificates = [sequence(nothing), leaf.der, namesake.der, responder.der];
  assert.equal(say({ responder, certificates }), good);
  assert.equal(say({ responder, certificates: [namesake.der] }), forged);
});

test('the end-point does not answer for itself, nor does another of the issuer’s end-points (RFC 6960 4.2.2.2)', () => {
  const noUsage = bad('certs.extKeyUsage', 'RFC 6960 4.2.2.2');
  assert.equal(say({ responder: leaf }), noUsage);
  assert.equal(say({ responder: issuer.issue({ subject: 'neighbour' }) }), noUsage);
  assert.equal(say({ key: leaf.key }), forged);
});

test('id-kp-OCSPSigning has to be named: anyExtendedKeyUsage and serverAuth do not grant it (RFC 6960 4.2.2.2)', () => {
  const usage = (...ids: string[]) => [
    extension('2.5.29.37', sequence(...ids.map(id => objectIdentifier(id)))),
  ];
  const noUsage = bad('certs.extKeyUsage', 'RFC 6960 4.2.2.2');
  const of = (more: Uint8Array[]) => say({ responder: delegated({ more }) });
  assert.equal(of([]), noUsage);
  assert.equal(of(usage('2.5.29.37.0')), noUsage);
  assert.equal(of(usage('1.3.6.1.5.5.7.3.1')), noUsage);
  assert.equal(of(usage('1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.9')), good);
});

test('only the certificate’s own issuer delegates, and directly (RFC 6960 4.2.2.2)', () => {
  const sibling = top.authority({ subject: 'sibling' });
  const namesake = top.authority({ subject: 'issuer', key: keyFor('namesake') });
  const below = issuer.authority({ subject: 'below' });
  for (const by of [top, sibling, namesake, below])
    assert.equal(say({ responder: delegated({}, by) }), undelegated);
  assert.equal(say({ responder: makeAuthority({ subject: 'responder', more: [ocspSigning] }) }), undelegated);
  // The name of the issuer over the signature of another, and the reverse.
  assert.equal(say({ responder: delegated({ issuer: 'issuer' }, top) }), undelegated);
  assert.equal(say({ responder: delegated({ issuer: 'somebody else' }) }), undelegated);
});

test('the certificate of a responder is valid at the time, and one that is to be understood (RFC 6960 4.2.2.2, RFC 5280 6.1.3)', () => {
  const of = (options: CertificateOptions) => say({ responder: delegated(options) });
  const validity = bad('certs.validity', 'RFC 5280 6.1.3 (a)(2)');
  assert.equal(of({ notAfter: new Date('2027-05-31T00:00:00Z') }), validity);
  assert.equal(of({ notBefore: new Date('2027-06-02T00:00:00Z') }), validity);
  assert.equal(of({ notBefore: time, notAfter: time }), good);
  assert.match(
    of({ more: [ocspSigning, unknownExtension(true)] }),
    /^STATUS_RESPONSE_BAD OCSPResponse\.certs\.extensions /,
  );
  assert.match(
    of({ extensions: [keyUsage('keyEncipherment')] }),
    /^STATUS_RESPONSE_BAD OCSPResponse\.certs\.keyUsage /,
  );
});

test('a responder that is an authority too may answer where it is delegated', () => {
  const responder = issuer.issue({
    subject: 'responder',
    extensions: [basicConstraints(true), keyUsage('digitalSignature', 'keyCertSign'), ocspSigning],
  });
  assert.equal(say({ responder }), good);
});

test('keys and signatures of the profile are asked of responders as of everybody (TS-0003 10.1.1.1, 10.1.1.3)', () => {
  const responder = delegated({ key: otherKey('P-384') });
  const algorithm = bad('signatureAlgorithm', 'RFC 6960 4.2.1');
  assert.equal(say({ responder }), bad('certs.subjectPublicKeyInfo', 'RFC 6960 4.2.2.2'));
  assert.equal(say({ responder: delegated({ key: otherKey('Ed25519') }) }), algorithm);
  assert.equal(say({ hash: 'sha384' }), algorithm);
  assert.equal(say({ hash: 'sha1' }), algorithm);
  const stronger = delegated({ hash: 'sha384', signatureAlgorithm: algorithms.ecdsaWithSha384 });
  assert.equal(say({ responder: stronger }), undelegated);
  const rfc5280 = (options: Partial<OcspResponseOptions>) =>
    ocspSays(leaf, issuer, make(options), { profile: 'rfc5280' });
  assert.equal(rfc5280({ responder }), good);
  assert.equal(rfc5280({ responder: stronger }), good);
  assert.equal(rfc5280({ responder: delegated({ key: otherKey('Ed25519') }) }), good);
  const weak = rfc5280({ responder: delegated({ key: otherKey(1024) }) });
  assert.equal(weak, bad('certs.subjectPublicKeyInfo', 'RFC 5280 4.1.1.2, 4.1.2.7'));
  assert.equal(rfc5280({ hash: 'sha384' }), good);
  assert.equal(rfc5280({ hash: 'sha1' }), algorithm);
});

test('a responder that is revoked answers nobody; whose certificate says that nobody is to check needs no list (RFC 6960 4.2.2.2.1)', () => {
  const of = (more: readonly Uint8Array[], ...crls: Parameters<typeof makeCrl>[0][]) => {
    const responder = delegated({ serial: 0x77, more });
    return say({ responder }, crls.map(makeCrl));
  };
  const status = bad('certs', 'RFC 6960 4.2.2.2.1');
  const withdrawn = { issuer, entries: [{ serial: '77' }] };
  const old = { issuer, nextUpdate: new Date('2027-01-01T00:00:00Z') };
  assert.equal(of([ocspSigning], { issuer }), good);
  assert.equal(of([ocspSigning], withdrawn), status);
  assert.equal(of([ocspSigning], old), status);
  assert.equal(of([ocspSigning, ocspNocheck], withdrawn), status);
  assert.equal(of([ocspSigning, ocspNocheck], old), good);
  assert.equal(of([ocspSigning], { issuer: top, entries: [{ serial: '77' }] }), good);
});

test('no critical extension is processed, in the response or in the answer (RFC 6960 4.4)', () => {
  const critical = bad('tbsResponseData.responseExtensions', 'RFC 6960 4.4');
  const nonce = (isCritical: boolean) =>
    extension('1.3.6.1.5.5.7.48.1.2', octetString(Buffer.alloc(16)), isCritical);
  assert.equal(say({ responseExtensions: [unknownExtension(true)] }), critical);
  assert.equal(say({ responseExtensions: [nonce(true)] }), critical);
  assert.equal(say({ responses: [{ extensions: [unknownExtension(true)] }] }), critical);
  assert.equal(say({ responseExtensions: [nonce(false), unknownExtension(false)] }), good);
  const other = { certificate: '20', extensions: [unknownExtension(true)] };
  assert.equal(say({ responses: [other, {}] }), good);
});

test('an answer counts from five minutes before thisUpdate to nextUpdate, both included (RFC 6960 4.2.2.1)', () => {
  const thisUpdate = new Date('2027-01-01T00:00:00Z');
  const nextUpdate = new Date('2027-01-08T00:00:00Z');
  const at = (moment: Date) =>
    ocspSays(leaf, issuer, make({ thisUpdate, nextUpdate, producedAt: thisUpdate }), { time: moment });
  assert.equal(at(later(thisUpdate, -5 * minutes - 1)), early);
  assert.equal(at(later(thisUpdate, -5 * minutes)), good);
  assert.equal(at(thisUpdate), good);
  assert.equal(at(nextUpdate), good);
  assert.equal(at(later(nextUpdate, 999)), good);
  assert.equal(at(later(nextUpdate, 1000)), stale);
});

test('a response is not signed more than five minutes ahead of our clock (RFC 6960 4.2.2.1)', () => {
  assert.equal(say({ producedAt: later(time, 5 * minutes) }), good);
  assert.equal(say({ producedAt: later(time, 5 * minutes + 1000) }), early);
});

test('without nextUpdate an answer serves for 24 hours (RFC 6960 4.2.2.1, our bound)', () => {
  const thisUpdate = new Date('2027-05-31T00:00:00Z');
  const at = (moment: Date) =>
    ocspSays(leaf, issuer, make({ thisUpdate, nextUpdate: null }), { time: moment });
  assert.equal(at(later(thisUpdate, -5 * minutes)), good);
  assert.equal(at(later(thisUpdate, -5 * minutes - 1)), early);
  assert.equal(at(later(thisUpdate, 24 * 60 * minutes)), good);
  assert.equal(at(later(thisUpdate, 24 * 60 * minutes + 1000)), stale);
});

test('an answer that was held back too long still tells what was revoked by then', () => {
  const old = { thisUpdate: new Date('2026-02-01T00:00:00Z'), nextUpdate: new Date('2026-02-02T00:00:00Z') };
  assert.equal(say({ ...old, status: 'revoked' }), revoked);
  assert.equal(say(old), stale);
  assert.equal(say({ ...old, status: 'unknown' }), stale);
});

test('the words say since when, for what reason, and who says so', () => {
  const words = (status: OcspResponseOptions['status'] & object) => {
    const ocsp = [make({ status })];
    const { finding } = validatePath([leaf.der, issuer.der], { anchors: [top.der], time, ocsp });
    return finding?.problem;
  };
  assert.equal(words({}), 'revoked on 2026-01-02T00:00:00.000Z, says its OCSP responder');
  assert.equal(
    words({ reason: 'keyCompromise' }),
    'revoked on 2026-01-02T00:00:00.000Z, keyCompromise, says its OCSP responder',
  );
});

test('the name of a responder is compared as a name (RFC 5280 7.1)', () => {
  assert.equal(say({ responderId: der(0xa1, sequence()) }), nobody);
  const written = top.authority({ subject: 'ISSUER', key: keyFor('issuer') });
  assert.equal(ocspSays(leaf, written, make()), good);
});
