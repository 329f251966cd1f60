// The CRLs at hand, by their issuers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { RevocationLists } from '../../src/certificates/revocation-lists.ts';
import { keyFor, makeAuthority } from '../../src/testing/certificate-maker.ts';
import { makeCrl } from '../../src/testing/status-maker.ts';

const one = makeAuthority({ subject: 'One' });
const other = makeAuthority({ subject: 'Other' });
const issuerOf = ({ der }: { readonly der: Uint8Array }) => parseCertificate(der).subject;

test('lists are found by the name of their issuer, as names are compared (RFC 5280 7.1)', () => {
  const lists = RevocationLists.fromDer([
    makeCrl({ issuer: one, number: 1 }),
    makeCrl({ issuer: other, number: 2 }),
    makeCrl({ issuer: makeAuthority({ subject: 'ONE', key: keyFor('another') }), number: 3 }),
  ]);
  const numbers = (subject: string) =>
    lists.of(issuerOf(makeAuthority({ subject }))).map(({ number }) => number);
  assert.deepEqual(numbers('one'), ['01', '03']);
  assert.deepEqual(numbers('other'), ['02']);
  assert.deepEqual(numbers('nobody'), []);
  assert.equal(lists.crls.length, 3);
});

test('a list that cannot be read is the fault of who configured it, and which one is told', () => {
  assert.throws(() => RevocationLists.fromDer([makeCrl({ issuer: one }), Buffer.of(1)]), {
    code: 'OPTION_INVALID',
    message: /^crls\.1: .*RFC 5280/,
  });
});

test('what fails for another reason goes on as it is', () => {
  const bytes = new Proxy(Buffer.of(0x30, 0), {
    get: () => {
      throw new RangeError('of the caller');
    },
  });
  assert.throws(() => RevocationLists.fromDer([bytes]), RangeError);
});

test('without any there is nobody’s list', () => {
  assert.deepEqual(RevocationLists.none.crls, []);
  assert.deepEqual(RevocationLists.none.of(issuerOf(one)), []);
});
