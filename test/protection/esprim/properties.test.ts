// Any primitive comes out as it went in, and nothing of it is seen on the way (TS-0003 8.4.1); what somebody else makes of
// the same values by hand is what the library makes of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RequestPrimitive } from '../../../src/onem2m/primitive.ts';
import { answerByHand, type Json } from './hand.ts';
import { exchange } from './lab.ts';

const operations = ['create', 'retrieve', 'update', 'delete', 'notify'] as const;
const text = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' });
/** As JSON has them: -0 is 0. */
const content = fc.jsonValue({ maxDepth: 4 }).map(value => JSON.parse(JSON.stringify(value)) as unknown);
const request = fc.record(
  {
    operation: fc.constantFrom(...operations),
    to: text,
    requestIdentifier: text,
    releaseVersionIndicator: fc.constantFrom('3', '4'),
    resourceType: fc.integer({ min: 1, max: 10_000 }),
    resultContent: fc.nat(12),
    content,
  },
  { requiredKeys: ['operation', 'to'] },
);
const response = fc.record(
  { responseStatusCode: fc.constantFrom(2000, 2001, 2002, 2004, 4004, 4103, 5000, 6010), content },
  { requiredKeys: ['responseStatusCode'] },
);
const runs = { numRuns: Number(process.env.E2EKEY_RUNS ?? 30), seed: 84 };

test('a request and its response are dispatched and returned as they were given, with every algorithm', async () => {
  const algorithm = fc.constantFrom('A128GCM', 'A192GCM', 'A256GCM');
  const protection = fc.constantFrom('encryption', 'authentication');
  const all = { request, response, algorithm, protection };
  await fc.assert(
    fc.asyncProperty(fc.record(all), async ({ request, response, algorithm, protection }) => {
      const dispatched: RequestPrimitive[] = [];
      const dispatch = async (inner: RequestPrimitive) => {
        dispatched.push(inner);
        return response;
      };
      const lab = exchange({
        client: { encryption: algorithm, protection },
        handler: { protections: [protection], dispatch },
      });
      const received = await lab.client.send(request);
      const { from, requestIdentifier, releaseVersionIndicator, ...rest }: Partial<RequestPrimitive> =
        dispatched[0] ?? {};
      const { requestIdentifier: asked, releaseVersionIndicator: release, ...given } = request;
      assert.deepEqual(rest, given);
      assert.deepEqual([from, releaseVersionIndicator], ['//m2m.example.com/cse-a/Cae1', release ?? '3']);
      if (asked !== undefined) assert.equal(requestIdentifier, asked);
      assert.deepEqual(received, { ...response, requestIdentifier, releaseVersionIndicator });
    }),
    runs,
  );
});

test('whoever has the key reads by hand what the client makes, and writes what it takes', async () => {
  await fc.assert(
    fc.asyncProperty(request, response, async (given, answer) => {
      const lab = exchange();
      const seen: Json[] = [];
      answerByHand(lab, (hand, read) => {
        seen.push(read.inner);
        const { responseStatusCode: rsc, content: pc } = answer;
        return hand.response(read, { inner: { rsc, ...(pc !== undefined && { pc }) } });
      });
      const received = await lab.client.send(given);
      assert.equal(received.responseStatusCode, answer.responseStatusCode);
      assert.deepEqual(received.content, answer.content);
      const { op, to, ty, rcn, pc } = seen[0] ?? {};
      assert.deepEqual(
        [op, to, ty, rcn, pc],
        [
          operations.indexOf(given.operation) + 1,
          given.to,
          given.resourceType,
          given.resultContent,
          given.content,
        ],
      );
    }),
    runs,
  );
});

test('of the inner primitives no text is in anything that a CSE sees', async () => {
  const secret = fc.stringMatching(/^[a-z]{12,24}$/);
  await fc.assert(
    fc.asyncProperty(secret, secret, async (one, other) => {
      const lab = exchange({
        handler: { dispatch: async () => ({ responseStatusCode: 2000, content: { con: other } }) },
      });
      await lab.client.send({ operation: 'update', to: one, requestIdentifier: one, content: { con: one } });
      const seen = JSON.stringify(lab.seen);
      for (const plain of [one, other])
        for (const form of [plain, Buffer.from(plain).toString('hex'), Buffer.from(plain).toString('base64')])
          assert.ok(!seen.includes(form.replace(/=+$/, '')));
    }),
    runs,
  );
});
