// RFC 6960, as whoever relies on a response meets it: what it has to be, who may sign it, and what it says of the last
// certificate of a path. The table of the clauses is docs/conformance.md.
import { test } from 'node:test';
import {
  der,
  extension,
  integer,
  keyFor,
  makeAuthority,
  nothing,
  objectIdentifier,
  octetString,
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
  unknownExtension,
} from '../../src/testing/status-maker.ts';
import { accepted, flipped, refused, root, time } from './chains.ts';

const issuer = root.authority({ subject: 'issuer', serial: 0x10 });
const leaf = issuer.issue({ serial: 0x1f });
const chain = [leaf, issuer];
const responseOf = (options: Partial<OcspResponseOptions> = {}) =>
  makeOcspResponse({ issuer, certificate: leaf, ...options });

const good = (options: Partial<OcspResponseOptions>, crls: readonly Uint8Array[] = []) =>
  accepted(chain, { ocsp: [responseOf(options)], crls });
const bad = (
  options: Partial<OcspResponseOptions>,
  field: string,
  clause: string,
  crls: readonly Uint8Array[] = [],
) =>
  refused(
    chain,
    'STATUS_RESPONSE_BAD',
    { position: 0, field, clause },
    { ocsp: [responseOf(options)], crls },
  );
const delegate = (more: readonly Uint8Array[] = [ocspSigning], by = issuer) =>
  by.issue({ subject: 'responder', serial: 0x66, more });

test('2.2: the answer is good, revoked or unknown', () => {
  good({});
  for (const status of ['revoked', { reason: 'certificateHold' }] as const)
    refused(
      chain,
      'CERTIFICATE_REVOKED',
      { position: 0, field: 'status', clause: 'RFC 6960 2.2' },
      { ocsp: [responseOf({ status })] },
    );
  const field = 'OCSPResponse.tbsResponseData.responses.certStatus';
  refused(
    chain,
    'CERTIFICATE_STATUS_UNKNOWN',
    { position: 0, field, clause: 'RFC 6960 2.2' },
    { ocsp: [responseOf({ status: 'unknown' })] },
  );
});

test('2.3: a responder without an answer says nothing', () => {
  for (const responseStatus of Object.values(ocspStatuses))
    if (responseStatus !== ocspStatuses.successful) bad({ responseStatus }, 'status', 'RFC 6960 3.2 (1)');
});

test('3.2 (1): the answer is about the certificate that was asked about', () => {
  for (const certId of [
    makeCertId('20', issuer),
    makeCertId(leaf, issuer, { issuerNameHash: Buffer.alloc(20) }),
    makeCertId(leaf, issuer, { issuerKeyHash: Buffer.alloc(20) }),
  ])
    bad({ responses: [{ certId }] }, 'status', 'RFC 6960 3.2 (1)');
  good({ responses: [{ certificate: '20', status: 'revoked' }, {}] });
  bad(
    { responses: [{}, { status: 'revoked' }] },
    'OCSPResponse.tbsResponseData.responses',
    'RFC 6960 3.2 (1)',
  );
});

test('3.2 (2), (3): the signature is that of whom the response names', () => {
  bad({ key: keyFor('somebody else') }, 'OCSPResponse.signature', 'RFC 6960 3.2 (2)');
  bad({ editSignature: flipped }, 'OCSPResponse.signature', 'RFC 6960 3.2 (2)');
  bad({ responder: delegate(), key: issuer.key }, 'OCSPResponse.signature', 'RFC 6960 3.2 (2)');
});

test('3.2 (5): an answer is recent: thisUpdate is not in the future', () => {
  good({ thisUpdate: new Date(time.getTime() + 5 * 60_000) });
  const ahead = { thisUpdate: new Date(time.getTime() + 5 * 60_000 + 1000) };
  bad(ahead, 'OCSPResponse.tbsResponseData.responses.thisUpdate', 'RFC 6960 4.2.2.1');
});

test('3.2 (6): an answer serves until nextUpdate', () => {
  good({ nextUpdate: time });
  const late = { nextUpdate: new Date(time.getTime() - 1000) };
  bad(late, 'OCSPResponse.tbsResponseData.responses.nextUpdate', 'RFC 6960 4.2.2.1');
});

test('4.1.1: certificates are named by any hash that is known', () => {
  for (const certIdHash of ['sha1', 'sha256', 'sha384', 'sha512'] as const)
    good({ responses: [{ certIdHash }] });
  const hashAlgorithm = sequence(objectIdentifier('1.2.840.113549.2.5'), nothing);
  bad({ responses: [{ hashAlgorithm }] }, 'status', 'RFC 6960 3.2 (1)');
});

test('4.2.1: a response is DER, of version 1 and of the basic type, and nothing follows it', () => {
  bad({ trailing: nothing }, 'ocsp.0.OCSPResponse', 'X.690 8.1.3');
  const inData = 'ocsp.0.OCSPResponse.responseBytes.response.tbsResponseData';
  bad({ version: der(0xa0, integer(1)) }, `${inData}.version`, 'RFC 6960 4.2.1, X.690 11.5');
  bad(
    { responseType: '1.3.6.1.5.5.7.48.1.2' },
    'ocsp.0.OCSPResponse.responseBytes.responseType',
    'RFC 6960 4.2.1',
  );
  bad({ responseStatus: 4 }, 'ocsp.0.OCSPResponse.responseStatus', 'RFC 6960 4.2.1');
});

test('4.2.1: a responder is named by its name or by SHA-1 of its key', () => {
  for (const responderId of ['name', 'key'] as const) {
    good({ responderId });
    good({ responderId, responder: delegate() });
  }
  const unnamed = der(0xa2, octetString(Buffer.alloc(20)));
  bad({ responderId: unnamed }, 'OCSPResponse.tbsResponseData.responderID', 'RFC 6960 4.2.2.2');
});

test('4.2.2.1: without nextUpdate an answer serves for a day', () => {
  const hours = (count: number) => new Date(time.getTime() - count * 60 * 60_000);
  good({ nextUpdate: null, thisUpdate: hours(24) });
  const old = { nextUpdate: null, thisUpdate: hours(25) };
  bad(old, 'OCSPResponse.tbsResponseData.responses.nextUpdate', 'RFC 6960 4.2.2.1');
});

test('4.2.2.2: whom the issuer delegated directly, with id-kp-OCSPSigning, may answer', () => {
  good({ responder: delegate() });
  const any = extension('2.5.29.37', sequence(objectIdentifier('2.5.29.37.0')));
  for (const more of [[], [any]])
    bad({ responder: delegate(more) }, 'OCSPResponse.certs.extKeyUsage', 'RFC 6960 4.2.2.2');
  const elsewhere = [root, makeAuthority({ subject: 'issuer', key: keyFor('namesake') })];
  for (const by of elsewhere)
    bad({ responder: delegate([ocspSigning], by) }, 'OCSPResponse.certs', 'RFC 6960 4.2.2.2');
  bad({ responder: leaf }, 'OCSPResponse.certs.extKeyUsage', 'RFC 6960 4.2.2.2');
  const absent = { responder: delegate(), certificates: [] };
  bad(absent, 'OCSPResponse.tbsResponseData.responderID', 'RFC 6960 4.2.2.2');
});

test('4.2.2.2: the certificate of a responder is valid', () => {
  const responder = issuer.issue({
    subject: 'responder',
    more: [ocspSigning],
    notAfter: new Date('2027-01-01T00:00:00Z'),
  });
  bad({ responder }, 'OCSPResponse.certs.validity', 'RFC 5280 6.1.3 (a)(2)');
});

test('4.2.2.2.1: a responder is not revoked, and needs no list where its certificate says that nobody is to check', () => {
  const crls = [makeCrl({ issuer, entries: [{ serial: '66' }] })];
  good({ responder: delegate() });
  bad({ responder: delegate() }, 'OCSPResponse.certs', 'RFC 6960 4.2.2.2.1', crls);
  bad({ responder: delegate([ocspSigning, ocspNocheck]) }, 'OCSPResponse.certs', 'RFC 6960 4.2.2.2.1', crls);
  const ended = new Date(time.getTime() - 1000);
  const old = [makeCrl({ issuer, thisUpdate: ended, nextUpdate: ended })];
  good({ responder: delegate([ocspSigning, ocspNocheck]) }, old);
});

test('4.4: a response with a critical extension says nothing good', () => {
  good({ responseExtensions: [unknownExtension(false)] });
  const field = 'OCSPResponse.tbsResponseData.responseExtensions';
  bad({ responseExtensions: [unknownExtension(true)] }, field, 'RFC 6960 4.4');
  bad({ responses: [{ extensions: [unknownExtension(true)] }] }, field, 'RFC 6960 4.4');
});

test('4.4.1: a nonce is not asked for, and changes nothing', () => {
  good({ responseExtensions: [extension('1.3.6.1.5.5.7.48.1.2', octetString(Buffer.alloc(16)))] });
});
