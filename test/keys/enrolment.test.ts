// Km, Kpsa and keys for one usage (TS-0003 10.3.2, 10.3.3, 10.3.7). The vectors were made by another program.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import {
  deriveKm,
  deriveKpsa,
  deriveUsageConstrainedKey,
  type SymmetricKeyUsage,
} from '../../src/keys/enrolment.ts';
import { keyFor, purposeOf } from '../../src/keys/purpose.ts';
import { hex, isWiped, range, secretsMadeIn } from './octets.ts';

const ke = range(0, 32);
const derivations = [
  { name: 'Km', field: 'the MAF-ID', derive: deriveKm },
  { name: 'Kpsa', field: 'the Enrolee-B-ID', derive: deriveKpsa },
  {
    name: 'a usage-constrained key',
    field: 'the Enrolment-Target-ID',
    derive: (key: Parameters<typeof deriveKm>[0], id: string) => deriveUsageConstrainedKey(key, 22, id),
  },
];

test('Km = HMAC-SHA-256(Ke, label ‖ MAF-ID) (TS-0003 10.3.2)', () => {
  const km = deriveKm(ke, 'maf.example.com');
  assert.equal(hex(km), '3055bf32dd9c95586aaffa2ae2e165dfeffd0803566e16bdd343171457da8a5e');
  assert.equal(purposeOf(km), 'derivation');
});

test('Kpsa = HMAC-SHA-256(Ke, label ‖ Enrolee-B-ID) (TS-0003 10.3.3)', () => {
  const kpsa = deriveKpsa(ke, '//m2m.example.com/CSE1/Cae01');
  assert.equal(hex(kpsa), '3e0886775b074e63e1c58d87cf394859c090d990d55acfc60e8bbce22dae77b8');
  assert.equal(purposeOf(kpsa), 'derivation');
});

test('a usage-constrained key = HMAC-SHA-256(Ke, label ‖ SUID ‖ Enrolment-Target-ID), SUID in decimal (TS-0003 10.3.7)', () => {
  const keys = [23, 24].map(suid =>
    hex(deriveUsageConstrainedKey(ke, suid as 23 | 24, 'cse1.m2m.example.com')),
  );
  assert.deepEqual(keys, [
    '9d2d3541196c5e54611a0cb76a3a07efdd92c35819d2b494a4e7d84607744e1a',
    '938ed5173d4ee79bdbc1940b6c660ad563d1a49bdc4817bda9dcb0b95394bc0d',
  ]);
});

test('a usage-constrained key has the purpose that its SUID says (TS-0004 Table 6.3.4.2.39-1)', () => {
  const purposes = [10, 11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 32, 33, 34, 35].map(suid => [
    suid,
    purposeOf(deriveUsageConstrainedKey(ke, suid as SymmetricKeyUsage, 'cse1.m2m.example.com')),
  ]);
  assert.deepEqual(Object.fromEntries(purposes), {
    10: 'derivation',
    11: 'derivation',
    12: 'derivation',
    13: 'ESPrim',
    14: 'ESData encryption',
    15: 'ESData MIC',
    21: 'derivation',
    22: 'derivation',
    23: 'ESPrim',
    24: 'ESData encryption',
    25: 'ESData MIC',
    32: 'derivation',
    33: 'ESPrim',
    34: 'ESData encryption',
    35: 'ESData MIC',
  });
});

test('a SUID of a certificate, or none, has no symmetric key (TS-0004 Table 6.3.4.2.39-1)', () => {
  for (const suid of [0, 1, 9, 16, 20, 26, 30, 31, 36, 40, 43, 44, 45, 130, -13, 13.5])
    assert.throws(() => deriveUsageConstrainedKey(ke, suid as SymmetricKeyUsage, 'cse1.m2m.example.com'), {
      code: 'OPTION_INVALID',
      message: /no SUID of a symmetric key/,
    });
});

test('an enrolment target is named by its FQDN, and by no oneM2M identifier (TS-0003 10.3.7)', () => {
  for (const target of ['//m2m.example.com/cse1', '/cse1', 'Cae_01', 'cse1.'])
    assert.throws(
      () => deriveUsageConstrainedKey(ke, 23, target),
      { code: 'OPTION_INVALID', message: /no FQDN/ },
      target,
    );
});

test('identifiers are taken in UTF-8 and Normalization Form KC (TS-0003 10.3.2)', () => {
  assert.equal(
    hex(deriveKm(ke, 'ﬁ①e\u0301')),
    '3dacd0c24cf139d3eb88b2295c0407f81b037be70ef9c2cba1ac42c1b952f5e1',
  );
  assert.equal(hex(deriveKm(ke, 'fi1é')), '3dacd0c24cf139d3eb88b2295c0407f81b037be70ef9c2cba1ac42c1b952f5e1');
});

test('letter case counts: the standard normalises no more than KC does', () => {
  assert.notEqual(hex(deriveKm(ke, 'MAF.example.com')), hex(deriveKm(ke, 'maf.example.com')));
});

for (const { name, field, derive } of derivations) {
  test(`${name}: an identifier that is empty or has more than 512 characters is refused`, () => {
    for (const id of ['', 'a'.repeat(513)])
      assert.throws(() => derive(ke, id), { code: 'OPTION_INVALID', message: new RegExp(`^${field} has`) });
  });

  test(`${name}: an identifier with a lone surrogate is refused: all of them would be one in UTF-8`, () => {
    for (const id of ['a\ud800', '\udfffa'])
      assert.throws(() => derive(ke, id), {
        code: 'OPTION_INVALID',
        message: new RegExp(`^${field} is no well`),
      });
  });

  test(`${name}: bytes and key give the same, and a key that protects something gives nothing`, () => {
    const expected = hex(derive(ke, 'a.example.com'));
    assert.equal(hex(derive(createSecretKey(ke), 'a.example.com')), expected);
    assert.equal(hex(derive(keyFor('derivation', ke), 'a.example.com')), expected);
    assert.throws(() => derive(keyFor('ESPrim', ke), 'a.example.com'), { code: 'KEY_PURPOSE_WRONG' });
    assert.throws(() => derive(ke.subarray(0, 15), 'a.example.com'), {
      code: 'OPTION_INVALID',
      message: /15 bytes/,
    });
  });

  test(`${name}: what is secret on the way is wiped`, t => {
    const made = secretsMadeIn(t, () => {
      derive(createSecretKey(ke), 'a.example.com');
    });
    assert.equal(made.length, 2);
    assert.ok(made.every(isWiped));
  });
}
