// What OpenSSL and GnuTLS say of some hundred chains with CRLs and OCSP responses: every difference from our verdict has
// its reason and its clause, and none is a certificate that we take and they refuse, but where more is asked of a path.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { gnutls } from '../../src/interop/peers/gnutls.ts';
import { openssl } from '../../src/interop/peers/openssl.ts';
import { needed } from './needed.ts';
import { ours, questions } from './revocation-oracle/cases.ts';
import { type Explanation, explain, explanations } from './revocation-oracle/explanations.ts';
import { makeJudges } from './revocation-oracle/judges.ts';

const { judges, end } = makeJudges();
after(end);

const options = { OpenSSL: await needed(openssl), GnuTLS: await needed(gnutls) };
/** A process for each question. */
const timeout = 300_000;

for (const { name, judge } of judges)
  test(`${name}: every difference about revocation is explained`, { ...options[name], timeout }, () => {
    const used = new Set<Explanation>();
    const tally = { asked: 0, accepted: 0, refused: 0, revoked: 0 };
    for (const question of questions) {
      const opinion = judge(question);
      if (opinion === null) continue;
      tally.asked++;
      const verdict = ours(question);
      if (opinion.accepts === verdict.valid) {
        tally[opinion.accepts ? 'accepted' : 'refused']++;
        if (/revoked/i.test(opinion.says) && verdict.code === 'CERTIFICATE_REVOKED') tally.revoked++;
        continue;
      }
      const explanation = explain(name, question.name, opinion);
      const said = verdict.valid ? `good by ${verdict.statusBy}` : verdict.reason;
      assert.ok(explanation, `${question.name}: we say ${said}, ${name} says ${opinion.says}`);
      used.add(explanation);
    }
    const idle = explanations.filter(one => one.judges.includes(name) && !used.has(one));
    assert.deepEqual(
      idle.map(({ why }) => why),
      [],
    );
    // Of each verdict there are some that are the same.
    const { asked, accepted, refused, revoked } = tally;
    assert.ok(asked >= 40 && accepted >= 5 && refused >= 15 && revoked >= 3, JSON.stringify(tally));
  });
