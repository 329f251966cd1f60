// Pending handshakes of several kinds of credential under one originator: a forged message 1 that negotiates another
// kind than the honest one does not stop it, whichever came first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beginWith,
  type Kind,
  presharedKeys,
  presharedKinds,
  pskPeer,
  rawCredentialOf,
  rawPublicKeys,
  x509,
} from './kinds.ts';
import { cae1, credentialOf, type LabOptions, onlyKey, refusal, terminatingEndpoint } from './lab.ts';

const bothCredentials = [credentialOf('cse-b'), rawCredentialOf('cse-b')];
const certificatesAndRawKeys: LabOptions = {
  credential: bothCredentials,
  peers: [x509.cae1, rawPublicKeys.cae1],
};
/** An entity with a pre-shared key has no other credential: only without From are all three candidates. */
const everything: LabOptions = {
  credential: bothCredentials,
  peers: [x509.cae1, rawPublicKeys.cae1, { ...pskPeer.cae1, entity: '//m2m.example.com/cse-a/Cae3' }],
  presharedKey: presharedKeys,
};

function rule(options: LabOptions, from: { hop: string; claimed?: string }, kinds: readonly Kind[]): void {
  const how = from.claimed ? 'under one From' : 'without From';
  for (const honest of kinds)
    for (const forged of kinds.filter(kind => kind !== honest))
      test(`${how}, message 1 for ${forged.name} does not stop ${honest.name}`, async t => {
        for (const moment of ['before', 'between', 'both']) {
          const endpoint = terminatingEndpoint(t, options);
          const forge = () => endpoint.answer(from, beginWith(forged).message1);
          const procedure = beginWith(honest);
          if (moment !== 'between') await forge();
          const message2 = await endpoint.answer(from, procedure.message1);
          if (moment !== 'before') await forge();
          const key = procedure.finish(await endpoint.answer(from, procedure.message3(message2)));
          const stored = await onlyKey(endpoint);
          assert.deepEqual([stored.id, stored.by], [key.id, honest.by]);
          await endpoint.close();
        }
      });
}

rule(certificatesAndRawKeys, { hop: 'lab', claimed: cae1 }, [x509, rawPublicKeys]);
rule(everything, { hop: 'lab' }, [x509, rawPublicKeys, ...presharedKinds]);

test('a message 3 that fits none of several kinds uses none of them up', async t => {
  const endpoint = terminatingEndpoint(t, everything);
  const from = { hop: 'lab' };
  const kinds = [x509, rawPublicKeys, ...presharedKinds];
  const procedures = kinds.map(kind => beginWith(kind));
  const messages2 = await Promise.all(procedures.map(({ message1 }) => endpoint.answer(from, message1)));
  const garbage = Buffer.from([22, 3, 3, 0, 4, 14, 0, 0, 0]);
  await assert.rejects(endpoint.answer(from, garbage), refusal('MESSAGE_UNEXPECTED'));
  for (const [n, procedure] of procedures.entries()) {
    const message3 = procedure.message3(messages2[n] ?? assert.fail());
    procedure.finish(await endpoint.answer(from, message3));
  }
  assert.equal((await endpoint.keys()).length, kinds.length);
});
