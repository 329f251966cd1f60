// What an OCSP response has to look like, and what is read out of it (RFC 6960 4.2). What it says of a certificate:
// ocsp-status.test.ts.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type OcspResponse, parseOcspResponse } from '../../src/certificates/ocsp-response.ts';
import {
  algorithms,
  bitString,
  der,
  extension,
  integer,
  makeAuthority,
  name,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import {
  crlReasons,
  makeCertId,
  makeOcspResponse,
  type OcspResponseOptions,
  ocspStatuses,
  type SingleResponseOptions,
  unknownExtension,
} from '../../src/testing/status-maker.ts';
import { refusesToRead } from './status-lab.ts';

const issuer = makeAuthority();
const leaf = issuer.issue({ serial: 0x1f });
const make = (options: Partial<OcspResponseOptions> = {}) =>
  makeOcspResponse({ issuer, certificate: leaf, ...options });
const parse = (options: Partial<OcspResponseOptions> = {}): OcspResponse => parseOcspResponse(make(options));
const basicOf = (options: Partial<OcspResponseOptions> = {}) => {
  const { basic } = parse(options);
  assert.ok(basic);
  return basic;
};
const singleOf = (options: SingleResponseOptions = {}) => {
  const [single] = basicOf({ responses: [options] }).responses;
  assert.ok(single);
  return single;
};

function refuses(
  options: Partial<OcspResponseOptions> | Uint8Array,
  field: RegExp,
  clause: RegExp = /./,
): void {
  const bytes = options instanceof Uint8Array ? options : make(options);
  refusesToRead(() => parseOcspResponse(bytes), 'STATUS_RESPONSE_BAD', field, clause);
}

const day = (text: string) => new Date(`${text}T00:00:00Z`);
const generalizedTime = (text: string) => der(0x18, Buffer.from(text));
const inBasic = (field: string) => new RegExp(`^OCSPResponse\\.responseBytes\\.response\\.${field}$`);
const inData = (field: string) => inBasic(`tbsResponseData\\.${field}`);
const inSingle = (field: string) => inData(`responses\\.0\\.${field}`);

test('a response is read field by field (RFC 6960 4.2.1)', () => {
  const responder = issuer.issue({ subject: 'responder' });
  const bytes = make({
    responder,
    producedAt: day('2027-01-03'),
    thisUpdate: day('2027-01-02'),
    nextUpdate: day('2027-01-09'),
    responseExtensions: [unknownExtension(false)],
  });
  const { der: own, status, basic } = parseOcspResponse(bytes);
  assert.deepEqual([Buffer.from(own), status], [Buffer.from(bytes), 'successful']);
  assert.ok(basic);
  assert.ok(Buffer.from(bytes).includes(basic.tbsResponseData));
  assert.deepEqual(basic.responder.by === 'name' && basic.responder.name.text, 'CN=responder');
  assert.deepEqual(basic.producedAt, day('2027-01-03'));
  assert.deepEqual(
    basic.extensionList.map(({ id }) => id),
    ['1.3.6.1.4.1.99999.1'],
  );
  assert.equal(basic.signatureAlgorithm.algorithm, '1.2.840.10045.4.3.2');
  assert.ok(basic.signatureValue.length >= 68);
  assert.deepEqual(basic.certificates.map(Buffer.from), [Buffer.from(responder.der)]);
  const [single] = basic.responses;
  assert.equal(basic.responses.length, 1);
  assert.deepEqual(
    { ...single, certId: undefined },
    {
      certId: undefined,
      status: 'good',
      revocationTime: null,
      reason: null,
      thisUpdate: day('2027-01-02'),
      nextUpdate: day('2027-01-09'),
      extensionList: [],
    },
  );
});

test('a certID is an algorithm, two hashes and a serial number (RFC 6960 4.1.1)', () => {
  const sizes = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;
  for (const [certIdHash, size] of Object.entries(sizes)) {
    const { certId } = singleOf({ certIdHash: certIdHash as keyof typeof sizes });
    assert.deepEqual(
      [certId.issuerNameHash.length, certId.issuerKeyHash.length, certId.serialNumber],
      [size, size, '1f'],
    );
  }
  assert.equal(singleOf().certId.hashAlgorithm, '1.3.14.3.2.26');
  const expected = createHash('sha1').update(name('root')).digest();
  assert.deepEqual(Buffer.from(singleOf().certId.issuerNameHash), expected);
  // Parameters of a hash may be left out (RFC 5754 2).
  const absent = sequence(objectIdentifier('1.3.14.3.2.26'));
  assert.equal(singleOf({ hashAlgorithm: absent }).certId.hashAlgorithm, '1.3.14.3.2.26');
});

test('a response is of no buffer of the caller', () => {
  const bytes = Buffer.from(make());
  const { basic } = parseOcspResponse(bytes);
  const before = Buffer.from(basic?.tbsResponseData ?? []);
  bytes.fill(0);
  assert.deepEqual(Buffer.from(basic?.tbsResponseData ?? []), before);
});

test('every prefix of a response is refused, and whatever follows one (X.690 8.1.3)', () => {
  const bytes = make({ responder: issuer.issue(), status: { reason: 'superseded' } });
  for (let length = 0; length < bytes.length; length++) refuses(bytes.subarray(0, length), /^OCSPResponse/);
  refuses({ trailing: Buffer.of(0) }, /^OCSPResponse$/, /X\.690 8\.1\.3/);
});

test('a response has at most 32 KiB, which is looked at before anything else (our bound)', () => {
  refuses(new Uint8Array(32 * 1024 + 1), /^OCSPResponse$/, /our bound/);
  refuses(new Uint8Array(32 * 1024), /^OCSPResponse$/, /RFC 6960 4\.2\.1/);
});

test('a responder without answer says why, and nothing else (RFC 6960 4.2.1)', () => {
  const whole = Buffer.from(make());
  const answer = whole.subarray(whole.indexOf(Buffer.of(0x0a, 1, 0)) + 3);
  for (const [status, number] of Object.entries(ocspStatuses)) {
    if (status === 'successful') continue;
    assert.deepEqual(parse({ responseStatus: number }).basic, null);
    assert.equal(parse({ responseStatus: number }).status, status);
    refuses({ responseStatus: number, responseBytes: answer }, /^OCSPResponse\.responseBytes$/, /4\.2\.1/);
  }
  for (const unknown of [4, 7, 127])
    refuses({ responseStatus: unknown }, /^OCSPResponse\.responseStatus$/, /4\.2\.1/);
  refuses({ responseStatus: 'successful', responseBytes: null }, /^OCSPResponse\.responseBytes$/, /4\.2\.1/);
  refuses(sequence(integer(0)), /^OCSPResponse\.responseStatus$/);
  refuses(sequence(der(0x0a, Buffer.of(0xff))), /^OCSPResponse\.responseStatus$/, /our bound/);
});

test('the only type of response is id-pkix-ocsp-basic (RFC 6960 4.2.1)', () => {
  refuses({ responseType: '1.3.6.1.5.5.7.48.1.2' }, /^OCSPResponse\.responseBytes\.responseType$/, /4\.2\.1/);
});

test('version 1 is the default and left out, and there is no other (RFC 6960 4.2.1, X.690 11.5)', () => {
  for (const version of [0, 1])
    refuses({ version: der(0xa0, integer(version)) }, inData('version'), /4\.2\.1/);
});

test('a responder is named by a name, or by 20 octets (RFC 6960 4.2.1)', () => {
  const { responder } = basicOf({ responderId: 'key' });
  assert.equal(responder.by === 'key' && responder.keyHash.length, 20);
  for (const size of [0, 19, 21, 32])
    refuses(
      { responderId: der(0xa2, octetString(Buffer.alloc(size))) },
      inData('responderID\\.byKey'),
      /4\.2\.1/,
    );
  refuses({ responderId: der(0xa3, name('x')) }, inData('responderID'));
  refuses({ responderId: der(0xa1, name('x'), nothing) }, inData('responderID'), /8\.1\.3/);
});

test('times are GeneralizedTime, in whole seconds of UTC (RFC 6960 4.2.1, RFC 5280 4.1.2.5.2)', () => {
  const utcTime = der(0x17, Buffer.from('270101000000Z'));
  const fraction = generalizedTime('20270101000000.5Z');
  for (const wrong of [utcTime, fraction]) {
    refuses({ producedAt: wrong }, inData('producedAt'));
    refuses({ thisUpdate: wrong }, inSingle('thisUpdate'));
    refuses({ nextUpdate: wrong }, inSingle('nextUpdate'));
    refuses({ status: { revocationTime: wrong } }, inSingle('certStatus\\.revocationTime'));
  }
});

test('there is one answer at least, and 32 at most (our bound)', () => {
  refuses({ responses: [] }, inData('responses'));
  assert.equal(basicOf({ responses: Array(32).fill({}) }).responses.length, 32);
  refuses({ responses: Array(33).fill({}) }, inData('responses'), /our bound/);
});

test('a status is good, revoked or unknown (RFC 6960 4.2.1)', () => {
  assert.equal(singleOf({ status: 'unknown' }).status, 'unknown');
  const { status, revocationTime, reason } = singleOf({ status: 'revoked' });
  assert.deepEqual([status, revocationTime, reason], ['revoked', day('2026-01-02'), null]);
  for (const [named, number] of Object.entries(crlReasons))
    assert.equal(singleOf({ status: { reason: number } }).reason, named);
  for (const number of [7, 11])
    refuses({ status: { reason: number } }, inSingle('certStatus\\.revocationReason'), /5\.3\.1/);
  for (const number of [0x80, 0x82])
    refuses({ status: der(number, Buffer.of(0)) }, inSingle('certStatus'), /4\.2\.1/);
  refuses({ status: der(0xa1) }, inSingle('certStatus\\.revocationTime'));
  refuses({ status: der(0x83) }, inSingle('certStatus'));
  refuses({ status: der(0xa1, generalizedTime('20270101000000Z'), nothing) }, inSingle('certStatus'));
});

test('nextUpdate may be absent (RFC 6960 4.2.2.1)', () => {
  assert.equal(singleOf({ nextUpdate: null }).nextUpdate, null);
});

test('extensions stand once, and an empty list of them is none (RFC 6960 4.4, RFC 5280 4.2)', () => {
  const one = unknownExtension(true);
  refuses({ responseExtensions: [one, one] }, inData('responseExtensions\\.1\\.extnID'), /4\.2/);
  refuses({ responses: [{ extensions: [one, one] }] }, inSingle('singleExtensions\\.1\\.extnID'), /4\.2/);
  const { extensionList } = singleOf({ extensions: [one] });
  assert.deepEqual(
    extensionList.map(({ id, critical }) => [id, critical]),
    [['1.3.6.1.4.1.99999.1', true]],
  );
  const many = Array.from({ length: 33 }, (_, arc) => extension(`1.3.6.1.4.1.99999.${arc}`, nothing));
  refuses({ responseExtensions: many }, inData('responseExtensions'), /our bound/);
});

test('a serial number is that of a certificate (RFC 5280 4.1.2.2)', () => {
  const certId = (serial: Uint8Array) =>
    sequence(
      sequence(objectIdentifier('1.3.14.3.2.26'), nothing),
      octetString(Buffer.alloc(20)),
      octetString(Buffer.alloc(20)),
      serial,
    );
  refuses(
    { responses: [{ certId: certId(der(0x02, Buffer.of(0x80))) }] },
    inSingle('certID\\.serialNumber'),
    /4\.1\.2\.2/,
  );
  refuses(
    { responses: [{ certId: certId(integer(2n ** 160n)) }] },
    inSingle('certID\\.serialNumber'),
    /4\.1\.2\.2/,
  );
  assert.equal(singleOf({ certId: makeCertId('ff', issuer) }).certId.serialNumber, 'ff');
});

test('four certificates may be the responder’s, and what is in them is not read here (our bound)', () => {
  const certificate = sequence(nothing);
  assert.equal(basicOf({ certificates: Array(4).fill(certificate) }).certificates.length, 4);
  refuses({ certificates: Array(5).fill(certificate) }, inBasic('certs'), /our bound/);
  refuses({ certificates: [certificate, nothing] }, inBasic('certs\\.1'));
});

test('the signature is whole octets, and nothing follows (RFC 6960 4.2.1)', () => {
  const tbs = basicOf().tbsResponseData;
  const bytes = (...parts: Uint8Array[]) =>
    der(0xa0, sequence(objectIdentifier('1.3.6.1.5.5.7.48.1.1'), octetString(sequence(tbs, ...parts))));
  const { ecdsaWithSha256 } = algorithms;
  refuses({ responseBytes: bytes(ecdsaWithSha256, bitString(Buffer.of(0xf0), 4)) }, inBasic('signature'));
  refuses(
    { responseBytes: bytes(ecdsaWithSha256, bitString(Buffer.of(1)), nothing) },
    /^OCSPResponse\.responseBytes\.response$/,
  );
  refuses({ responseBytes: bytes(ecdsaWithSha256) }, inBasic('signature'));
});

test('any algorithm is let through here', () => {
  assert.equal(basicOf({ hash: 'sha1' }).signatureAlgorithm.algorithm, '1.2.840.10045.4.1');
});
