// What inspect takes for a block of PEM is what end-points take for one: the two readers agree on every text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPrivateKey, pemBlocks } from '../../src/certificates/pem.ts';
import { fileBlocks } from '../../src/inspect/pem-file.ts';

const runs = { numRuns: Number(process.env.E2EKEY_RUNS ?? 500), seed: 7468 };

const line = fc.constantFrom(
  '-----BEGIN CERTIFICATE-----',
  '-----END CERTIFICATE-----',
  '-----BEGIN X509 CRL-----',
  '-----END X509 CRL-----',
  '  -----BEGIN CERTIFICATE-----\t',
  '\uFEFF-----BEGIN CERTIFICATE-----',
  '-----BEGIN certificate-----',
  '-----END CERTIFICATE----',
  '-----BEGIN PRIVATE KEY-----',
  '-----END PRIVATE KEY-----',
  'AAAA',
  'AAA=',
  'AA==',
  'AB==',
  'A?AA',
  'A A A A',
  '',
  'words between',
);
const ending = fc.constantFrom('\n', '\r\n', '\r');

test('the blocks of any text are those that end-points see, with the same bytes and as broken (RFC 7468 §3)', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(line, ending), { maxLength: 14 }), lines => {
      const text = lines.flat().join('');
      const taken = pemBlocks(text).map(({ label, der, problem }) =>
        isPrivateKey(label) ? { label } : { label, der, isBroken: problem !== null },
      );
      const seen = fileBlocks(text, Number.POSITIVE_INFINITY).map(({ label, der, problem }) =>
        isPrivateKey(label) ? { label } : { label, der, isBroken: problem !== null },
      );
      assert.deepEqual(seen, taken);
    }),
    runs,
  );
});
