// A small run of the comparison that scripts/evidence differential makes in full: the same seed, or E2EKEY_SEED.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openssl } from '../../src/interop/peers/openssl.ts';
import { nodeJudge } from '../differential/judges/node-crypto.ts';
import { opensslJudge } from '../differential/judges/openssl.ts';
import { pkijsJudge } from '../differential/judges/pkijs.ts';
import { compare } from '../differential/run.ts';
import { needed } from './needed.ts';

/** Every rule once or twice. */
const chains = 300;
const seed = Number(process.env.E2EKEY_SEED ?? 5280);
const options = { ...(await needed(openssl)), timeout: 120_000 };

test(
  `of ${chains} generated chains our verdict is the truth, and every disagreement of OpenSSL, node:crypto and pkijs is explained (seed ${seed})`,
  options,
  async () => {
    const version = (await openssl.version()) ?? '';
    const judges = [opensslJudge(version), nodeJudge, pkijsJudge()];
    const comparison = await compare(judges, seed, chains, () => {});
    assert.deepEqual(comparison.problems, []);
    assert.equal(comparison.total, chains);
    for (const { name, broken } of comparison.rules.values())
      assert.ok(broken > 0, `“${name}” was not broken`);
  },
);
