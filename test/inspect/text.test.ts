import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from '../../src/inspect/text.ts';
import { certificatePem, makeAuthority } from '../../src/testing/certificate-maker.ts';
import { report } from './material.ts';

test('no line is longer than 401 characters, whatever a certificate says; the report itself is whole', () => {
  const authority = makeAuthority({ subject: 'x'.repeat(1000) });
  const inspected = report(certificatePem(authority.der));
  for (const line of formatReport(inspected).split('\n')) assert.ok(line.length <= 401, line);
  assert.ok(JSON.stringify(inspected).includes('x'.repeat(1000)));
});

test('a finding is shown with severity, field, clause and code', () => {
  const text = formatReport(report(makeAuthority().issue({}).der));
  assert.match(
    text,
    /^ {2}error: certificate 1, subjectAltName: absent; .* \(TS-0003 8\.1\.2\.5, 10\.1\.1\) \[IDENTITY_MISMATCH\]$/m,
  );
});

test('a certificate without subject, and one that cannot be read, have their lines', () => {
  const root = makeAuthority();
  const unnamed = root.issue({ subject: '', names: ['dns:a.example.com'] });
  const text = formatReport(report(certificatePem(unnamed.der, root.der.subarray(0, 60))));
  assert.match(text, /^ {4}subject {5}empty$/m);
  assert.match(text, /^ {2}certificate 2\n {4}not readable$/m);
});
