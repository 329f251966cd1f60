// ESData with an implementation in another language: what jwcrypto made, recorded, and what we made and it opened
// (test/vectors/jose). Live, it is test/live/jose.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from '../../endpoint/lab.ts';
import { cases, falsified, oneWayCases, recipientsOf } from './esdata-cases.ts';
import { openOurs } from './esdata-ours.ts';
import { recordedEsData } from './recordings.ts';

const { theirs, ours } = recordedEsData;

for (const each of [...cases, ...oneWayCases])
  test(`jwcrypto's ${each.name} opens (TS-0003 8.5.3)`, async () => {
    const object = theirs[each.name] ?? assert.fail('it was not recorded');
    for (const recipient of recipientsOf(each)) await openOurs(each, recordedEsData, object, recipient);
    await assert.rejects(openOurs(each, recordedEsData, falsified(object)), refusal('ESDATA_UNAUTHENTIC'));
  });

for (const each of cases)
  test(`ours, which jwcrypto opened, opens still: ${each.name} (TS-0003 8.5.3)`, async () => {
    const object = ours[each.name] ?? assert.fail('it was not recorded');
    for (const recipient of recipientsOf(each)) await openOurs(each, recordedEsData, object, recipient);
  });

test('every recorded object is one of the cases', () => {
  const names = (...lists: (typeof cases)[]) => lists.flat().map(({ name }) => name);
  assert.deepEqual(Object.keys(theirs), names(cases, oneWayCases));
  assert.deepEqual(Object.keys(ours), names(cases));
});

for (const [who, objects] of [
  ['jwcrypto', theirs],
  ['we', ours],
] as const)
  test(`${who} made every alg with every enc, and every signature, in both serialisations (TS-0003 8.5.3)`, () => {
    const made = new Set(Object.values(objects).flatMap(algorithmsOf));
    const expected = (['compact', 'JSON'] as const).flatMap(serialization =>
      [
        ...['dir A128GCM', 'dir A192GCM', 'dir A256GCM'],
        ...['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
        ...['A128GCM', 'A192GCM', 'A256GCM'].flatMap(enc => [
          ...['A128KW', 'A192KW', 'A256KW', 'RSA-OAEP-256'].map(alg => `${alg} ${enc}`),
          ...['ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'].flatMap(alg =>
            ['P-256', 'P-384', 'P-521'].map(curve => `${alg} ${enc} ${curve}`),
          ),
        ]),
      ].map(algorithms => `${algorithms} ${serialization}`),
    );
    assert.deepEqual(
      expected.filter(each => !made.has(each)),
      [],
    );
  });

/** What the headers of an Envelope say: `alg enc crv serialisation` for each recipient or signature. */
function algorithmsOf(envelope: string): string[] {
  const isCompact = !envelope.startsWith('{');
  const { recipients, signatures, ...flattened } = isCompact
    ? { protected: envelope.split('.')[0] }
    : JSON.parse(envelope);
  return (recipients ?? signatures ?? [{}]).map((each: object) => {
    const { protected: encoded, header } = { ...flattened, ...each };
    const { alg, enc, epk } = { ...JSON.parse(Buffer.from(encoded, 'base64url').toString()), ...header };
    return [alg, enc, epk?.crv, isCompact ? 'compact' : 'JSON'].filter(Boolean).join(' ');
  });
}
