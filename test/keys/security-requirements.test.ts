// The security requirement table (S0 8.4.1.3-1, TS-0003 9.2.3): which objects and keys meet which rows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deriveEndToEndKeys } from '../../src/keys/end-to-end.ts';
import { purposeOf } from '../../src/keys/purpose.ts';
import {
  type Operation,
  type ProtectingObject,
  protectionFor,
  type SecurityRequirements,
} from '../../src/keys/security-requirements.ts';
import { runs } from '../properties/arbitrary.ts';
import { range } from './octets.ts';

const esprim = (enc: 'A128GCM' | 'A192GCM' | 'A256GCM'): ProtectingObject => ({
  object: 'ESPrim',
  operations: [{ alg: 'dir', enc, key: 'messageConfidentiality', purpose: 'ESPrim' }],
  replayProtected: true,
});
const authentication: ProtectingObject = {
  object: 'message authentication',
  operations: [{ alg: 'HS256', key: 'messageAuthentication', purpose: 'message authentication' }],
  replayProtected: true,
};
const encryption = (enc: 'A128GCM' | 'A192GCM' | 'A256GCM'): Operation => ({
  alg: 'dir',
  enc,
  key: 'attributeConfidentiality',
  purpose: 'ESData encryption',
});
const signature: Operation = { alg: 'ES256', key: 'certificate of the source' };
const esdata = (object: ProtectingObject['object'], ...operations: Operation[]): ProtectingObject => ({
  object,
  operations,
  replayProtected: false,
});
const mic = esdata('ESData Signature-only', {
  alg: 'HS256',
  key: 'attributeAuthenticity',
  purpose: 'ESData MIC',
});

const cases: readonly (readonly [SecurityRequirements, readonly ProtectingObject[]])[] = [
  // Each row alone.
  [{}, []],
  [{ messageAuthenticity: 128 }, [authentication]],
  [{ messageAuthenticity: 192 }, [authentication]],
  [{ messageAuthenticity: 256 }, [authentication]],
  [{ replayProtection: true }, [authentication]],
  [{ replayProtection: false }, []],
  [{ nonRepudiation: true }, [esdata('ESData Signature-only', signature)]],
  [{ nonRepudiation: false }, []],
  [{ messageConfidentiality: 128 }, [esprim('A128GCM')]],
  [{ messageConfidentiality: 192 }, [esprim('A192GCM')]],
  [{ messageConfidentiality: 256 }, [esprim('A256GCM')]],
  [{ confidentialityOfDataInTransit: 128 }, [esprim('A128GCM')]],
  [{ confidentialityOfDataInTransit: 192 }, [esprim('A192GCM')]],
  [{ confidentialityOfDataInTransit: 256 }, [esprim('A256GCM')]],
  [{ confidentialityOfDataAtRest: 128 }, [esdata('ESData Encryption-only', encryption('A128GCM'))]],
  [{ confidentialityOfDataAtRest: 192 }, [esdata('ESData Encryption-only', encryption('A192GCM'))]],
  [{ confidentialityOfDataAtRest: 256 }, [esdata('ESData Encryption-only', encryption('A256GCM'))]],
  [{ integrityOfDataInTransit: 128 }, [authentication]],
  [{ integrityOfDataInTransit: 192 }, [authentication]],
  [{ integrityOfDataInTransit: 256 }, [authentication]],
  [{ integrityOfDataAtRest: 128 }, [mic]],
  [{ integrityOfDataAtRest: 192 }, [mic]],
  [{ integrityOfDataAtRest: 256 }, [mic]],
  // The table as it is filled in there.
  [
    {
      messageAuthenticity: 256,
      replayProtection: true,
      nonRepudiation: false,
      messageConfidentiality: 256,
      confidentialityOfDataInTransit: 256,
      integrityOfDataInTransit: 256,
    },
    [esprim('A256GCM')],
  ],
  // The stronger of two, and an AEAD that is no weaker than the HMAC in whose place it is.
  [{ messageConfidentiality: 128, confidentialityOfDataInTransit: 192 }, [esprim('A192GCM')]],
  [{ messageConfidentiality: 256, confidentialityOfDataInTransit: 128 }, [esprim('A256GCM')]],
  [{ messageConfidentiality: 128, messageAuthenticity: 128 }, [esprim('A256GCM')]],
  [{ messageConfidentiality: 192, replayProtection: true }, [esprim('A256GCM')]],
  [{ confidentialityOfDataInTransit: 128, integrityOfDataInTransit: 128 }, [esprim('A256GCM')]],
  [
    { confidentialityOfDataAtRest: 128, integrityOfDataAtRest: 128 },
    [esdata('ESData Encryption-only', encryption('A256GCM'))],
  ],
  // A signature with a certificate stands for a MIC, and inside an encryption.
  [{ integrityOfDataAtRest: 256, nonRepudiation: true }, [esdata('ESData Signature-only', signature)]],
  [
    { confidentialityOfDataAtRest: 192, nonRepudiation: true },
    [esdata('ESData Nested-Sign-then-Encrypt', encryption('A192GCM'), signature)],
  ],
  [
    { confidentialityOfDataAtRest: 128, integrityOfDataAtRest: 128, nonRepudiation: true },
    [esdata('ESData Nested-Sign-then-Encrypt', encryption('A256GCM'), signature)],
  ],
  // Messages and data.
  [
    { messageAuthenticity: 256, nonRepudiation: true },
    [authentication, esdata('ESData Signature-only', signature)],
  ],
  [
    { messageConfidentiality: 128, confidentialityOfDataAtRest: 256 },
    [esprim('A128GCM'), esdata('ESData Encryption-only', encryption('A256GCM'))],
  ],
];

for (const [requirements, expected] of cases)
  test(`${said(requirements)} → ${expected.map(({ object }) => object).join(' and ') || 'nothing'} (S0 8.4.1.3-1)`, () => {
    assert.deepEqual(protectionFor(requirements), expected);
  });

test('the keys are members of EndToEndKeys, and have the purpose that is told', () => {
  const keys = deriveEndToEndKeys(range(0, 32), new Uint8Array());
  for (const [requirements] of cases)
    for (const operation of protectionFor(requirements).flatMap(({ operations }) => operations)) {
      if (operation.alg === 'ES256') continue;
      const key = keys[operation.key];
      assert.ok(typeof key === 'object' && purposeOf(key) === operation.purpose);
    }
});

test('the result is a plain value', () => {
  const result = protectionFor({
    messageConfidentiality: 256,
    nonRepudiation: true,
    confidentialityOfDataAtRest: 128,
  });
  assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
});

test('a size that no key has is refused: it could not be met', () => {
  for (const bits of [512, 384, 257, 64, 0, -128, 128.5, NaN, '256', true, null, undefined])
    for (const row of ['messageAuthenticity', 'confidentialityOfDataAtRest'])
      assert.throws(() => protectionFor({ [row]: bits as 256 }), {
        code: 'OPTION_INVALID',
        message: new RegExp(`^${row} cannot be met: keys have 128, 192 or 256 bits`),
      });
});

test('a capability is required or it is not', () => {
  for (const value of ['no', 'false', 0, 1, 256, null, undefined])
    for (const row of ['replayProtection', 'nonRepudiation'])
      assert.throws(() => protectionFor({ [row]: value as unknown as boolean }), {
        code: 'OPTION_INVALID',
        message: `${row} is neither true nor false`,
      });
});

test('a row that the table does not have is refused: misspelt, it would be met by nobody', () => {
  for (const row of [
    'messageConfidentialty',
    'confidentialityOfData',
    'replayProtectionOfDataAtRest',
    'toString',
  ])
    assert.throws(() => protectionFor({ [row]: 256 }), {
      code: 'OPTION_INVALID',
      message: `"${row}" is no security requirement`,
    });
});

const bits = fc.constantFrom(128 as const, 192 as const, 256 as const);
const flag = fc.boolean();
const requirement: fc.Arbitrary<SecurityRequirements> = fc.record(
  {
    messageAuthenticity: bits,
    replayProtection: flag,
    nonRepudiation: flag,
    messageConfidentiality: bits,
    confidentialityOfDataInTransit: bits,
    confidentialityOfDataAtRest: bits,
    integrityOfDataInTransit: bits,
    integrityOfDataAtRest: bits,
  },
  { requiredKeys: [], noNullPrototype: true },
);

test('every requirement is met by what is there, whatever the others are', () => {
  fc.assert(
    fc.property(requirement, required => {
      const has = strengthOf(protectionFor(required));
      const demanded = {
        messageEncryption: Math.max(
          required.messageConfidentiality ?? 0,
          required.confidentialityOfDataInTransit ?? 0,
        ),
        messageIntegrity: Math.max(required.messageAuthenticity ?? 0, required.integrityOfDataInTransit ?? 0),
        replay: Number(required.replayProtection ?? false),
        dataEncryption: required.confidentialityOfDataAtRest ?? 0,
        dataIntegrity: required.integrityOfDataAtRest ?? 0,
        signature: Number(required.nonRepudiation ?? false),
      };
      assertNoWeaker(has, demanded);
    }),
    { ...runs, numRuns: 20 * (runs.numRuns ?? 0) },
  );
});

test('adding requirements, or making them stronger, weakens nothing', () => {
  const stronger = (one: number | boolean | undefined, other: number | boolean | undefined) =>
    Number(one ?? 0) > Number(other ?? 0) ? one : (other ?? one);
  fc.assert(
    fc.property(requirement, requirement, (required, more) => {
      const both = Object.fromEntries(
        [...new Set([...Object.keys(required), ...Object.keys(more)])].map(row => {
          const name = row as keyof SecurityRequirements;
          return [name, stronger(required[name], more[name])];
        }),
      ) as SecurityRequirements;
      assertNoWeaker(strengthOf(protectionFor(both)), strengthOf(protectionFor(required)));
    }),
    { ...runs, numRuns: 40 * (runs.numRuns ?? 0) },
  );
});

type Strength = Readonly<
  Record<
    'messageEncryption' | 'messageIntegrity' | 'replay' | 'dataEncryption' | 'dataIntegrity' | 'signature',
    number
  >
>;

function strengthOf(objects: readonly ProtectingObject[]): Strength {
  const [message, data] = [false, true].map(isData =>
    objects.filter(({ object }) => object.startsWith('ESData') === isData),
  );
  return {
    messageEncryption: encryptionBits(message),
    messageIntegrity: integrityBits(message),
    replay: Number(message?.some(({ replayProtected }) => replayProtected) ?? false),
    dataEncryption: encryptionBits(data),
    dataIntegrity: integrityBits(data),
    signature: Number(data?.some(({ operations }) => operations.some(({ alg }) => alg === 'ES256')) ?? false),
  };
}

function encryptionBits(objects: readonly ProtectingObject[] = []): number {
  return Math.max(
    0,
    ...operationsOf(objects).map(one => (one.alg === 'dir' ? Number(one.enc.slice(1, 4)) : 0)),
  );
}

/** All three are keys of P-256 and HMAC-SHA-256, 256 bits, or of the AEAD, which has its own. */
function integrityBits(objects: readonly ProtectingObject[] = []): number {
  return Math.max(
    0,
    ...operationsOf(objects).map(one => (one.alg === 'dir' ? Number(one.enc.slice(1, 4)) : 256)),
  );
}

function operationsOf(objects: readonly ProtectingObject[]): readonly Operation[] {
  return objects.flatMap(({ operations }) => operations);
}

function assertNoWeaker(one: Strength, other: Strength): void {
  for (const [name, strength] of Object.entries(other))
    assert.ok(
      one[name as keyof Strength] >= strength,
      `${name}: ${one[name as keyof Strength]} < ${strength}`,
    );
}

function said(requirements: SecurityRequirements): string {
  return (
    Object.entries(requirements)
      .map(([row, value]) => `${row} ${value}`)
      .join(', ') || 'nothing required'
  );
}
