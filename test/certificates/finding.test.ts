// What is said of a certificate that is refused: one object, and one sentence made of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import {
  errorOf,
  findingAt,
  type Objection,
  sentence,
  shorten,
  stepOf,
} from '../../src/certificates/finding.ts';
import { E2EKeyError, type Finding, faultTable, refuse } from '../../src/errors.ts';
import { makeAuthority } from '../../src/testing/certificate-maker.ts';

const objection: Objection = {
  code: 'CERTIFICATE_EXPIRED',
  field: 'validity',
  problem: 'ended yesterday',
  accepted: 'a time within',
  clause: 'RFC 5280 6.1.3 (a)(2)',
};
const said = 'validity: ended yesterday; accepted: a time within (RFC 5280 6.1.3 (a)(2))';

const root = makeAuthority({
  subject: 'root',
  notBefore: new Date('1999-12-31T23:59:59Z'),
  notAfter: new Date('9999-12-31T23:59:59Z'),
});
const middle = root.authority({ subject: 'middle', serial: 0x1a2b });
const path = [middle.issue({ subject: 'leaf' }), middle, root].map(({ der }) => parseCertificate(der));
const [leaf = assert.fail()] = path;

const called = (subject: string) => parseCertificate(root.issue({ subject }).der);

test("the sentence says whether it is the end-point's own certificate or which one above it", () => {
  const at = (position: number) => sentence(findingAt(path, position, objection));
  assert.equal(at(0), `the end-point's certificate (CN=leaf), ${said}`);
  assert.equal(at(1), `certificate 1 above the end-point's (CN=middle), ${said}`);
  assert.equal(at(2), `certificate 2 above the end-point's (CN=root), ${said}`);
});

test('a certificate without subject is called so (RFC 5280 4.1.2.6)', () => {
  const finding = findingAt([leaf, called('')], 1, objection);
  assert.equal(finding.subject, '');
  assert.equal(sentence(finding), `certificate 1 above the end-point's (without subject), ${said}`);
});

test('of a certificate that could not be read, and where none is at fault, the sentence has the field alone', () => {
  const unknown: Finding = { ...objection, position: null, subject: null, path: [] };
  assert.equal(sentence(unknown), said);
  assert.equal(sentence({ ...unknown, position: 1 }), said);
  assert.equal(sentence({ ...unknown, subject: 'CN=x' }), said);
});

test('a name is shown with 120 characters at most, and with an ellipsis where it was longer (our bound)', () => {
  assert.equal(shorten('x'.repeat(120)), 'x'.repeat(120));
  assert.equal(shorten('x'.repeat(121)), `${'x'.repeat(120)}…`);
  const long = 'x'.repeat(1000);
  const finding = findingAt([called(long)], 0, objection);
  assert.equal(finding.subject, `CN=${'x'.repeat(117)}…`);
  assert.equal(sentence(finding), `the end-point's certificate (CN=${'x'.repeat(117)}…), ${said}`);
  // The path is for programs, and a name that was cut is that of nobody.
  assert.equal(finding.path[0]?.subject, `CN=${long}`);
});

test('a line break in a name makes no second line (RFC 4514 2.4)', () => {
  const text = sentence(findingAt([called('leaf\nrefused: nobody\u2028\u202e')], 0, objection));
  assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Zl}]/u);
  assert.match(text, /\(CN=leaf\\/);
});

test('a finding has the objection as it is, and the whole path whatever certificate is at fault', () => {
  for (const position of [0, 1, 2])
    assert.deepEqual(findingAt(path, position, objection), {
      ...objection,
      position,
      subject: path[position]?.subject.text,
      path: path.map(stepOf),
    });
  const beyond = findingAt(path, 3, objection);
  assert.deepEqual([beyond.position, beyond.subject], [3, null]);
});

test('a step of the path says whose certificate it is, by whom, and from when to when (RFC 5280 4.1.2.5)', () => {
  assert.deepEqual(
    findingAt(path, 0, objection).path.map(({ subject, issuer }) => [subject, issuer]),
    [
      ['CN=leaf', 'CN=middle'],
      ['CN=middle', 'CN=root'],
      ['CN=root', 'CN=root'],
    ],
  );
  const [, above = assert.fail(), anchor = assert.fail()] = path;
  assert.deepEqual(stepOf(anchor), {
    subject: 'CN=root',
    issuer: 'CN=root',
    serialNumber: anchor.serialNumber,
    fingerprint: anchor.fingerprint,
    notBefore: new Date('1999-12-31T23:59:59Z'),
    notAfter: new Date('9999-12-31T23:59:59Z'),
  });
  assert.equal(stepOf(above).serialNumber, '1a2b');
});

test('whoever changes a date of a finding changes no certificate, which is kept and judged again', () => {
  const { notBefore, notAfter } = leaf;
  const before = [notBefore.getTime(), notAfter.getTime()];
  const [step = assert.fail()] = findingAt(path, 0, objection).path;
  step.notBefore.setUTCFullYear(1950);
  step.notAfter.setUTCFullYear(9999);
  assert.deepEqual([leaf.notBefore.getTime(), leaf.notAfter.getTime()], before);
});

test('the error has code and finding, the sentence as its message, and the cause if there is one', () => {
  const finding = findingAt(path, 1, objection);
  const error = errorOf(finding);
  assert.ok(error instanceof E2EKeyError);
  assert.equal(error.code, 'CERTIFICATE_EXPIRED');
  assert.equal(error.alert, faultTable.CERTIFICATE_EXPIRED.alert);
  assert.equal(error.message, sentence(finding));
  assert.equal(error.finding, finding);
  assert.ok(!('cause' in error));
  const cause = new RangeError('beyond');
  assert.equal(errorOf(finding, cause).cause, cause);
});

test('an error that is not about a certificate has no finding', () => {
  assert.equal(new E2EKeyError('FINISHED_INVALID', 'x').finding, null);
  assert.throws(() => refuse('OPTION_INVALID', 'x', { cause: errorOf(findingAt(path, 0, objection)) }), {
    code: 'OPTION_INVALID',
    finding: null,
  });
});

test('bytes that are no certificate are a finding without certificate: the field, and no path', () => {
  assert.throws(
    () => parseCertificate(Buffer.of(0x30, 0x00)),
    (error: unknown) => {
      assert.ok(error instanceof E2EKeyError && error.finding !== null);
      const { position, subject, path: tried, code, field } = error.finding;
      assert.deepEqual([position, subject, tried, code], [null, null, [], error.code]);
      assert.ok(error.message.startsWith(`${field}: `) && error.message === sentence(error.finding));
      return true;
    },
  );
});
