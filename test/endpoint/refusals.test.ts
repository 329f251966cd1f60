// One test per row of the refusal table and kind of credential, in this process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E2EKeyError, type FaultCode, faultTable } from '../../src/errors.ts';
import { fatalAlertRecord } from '../../src/wire/alerts.ts';
import { refusalsByKind } from './key-refusals.ts';
import { beginWith } from './kinds.ts';
import { cae1, type Procedure, terminatingEndpoint } from './lab.ts';
import { unprovoked } from './refusals.ts';

for (const [kind, refusals] of refusalsByKind)
  for (const { name, code, alert, rsc, from = cae1, terminating, procedure, first, second } of refusals)
    test(`${kind.name}: ${code}: ${name}`, async t => {
      const endpoint = terminatingEndpoint(t, { ...kind.terminating, ...terminating?.() });
      const good: Procedure = beginWith(kind, procedure?.());
      let refused = first?.(good) ?? good.message1;
      if (second) refused = second(good, await endpoint.answer(from, refused));
      await assert.rejects(endpoint.answer(from, refused), error => {
        assert.ok(error instanceof E2EKeyError);
        assert.equal(error.code, code, error.message);
        assert.equal(error.rsc, rsc);
        assert.deepEqual(error.notice.record, alert === null ? null : fatalAlertRecord(alert));
        assert.equal(error.notice.alertReceived, code === 'ALERT_RECEIVED' ? 40 : null);
        assert.equal(error.notice.rscReceived, null);
        return true;
      });
      assert.deepEqual(await endpoint.keys(), []);
    });

/** Faults of what is done with a key, which test/protection provokes. */
const ofProtection = /^(ESPRIM|ESDATA|KEY)_|^TOO_MANY_SESSIONS$/;

test('every fault is provoked, or it is said why it cannot be', () => {
  const provoked = new Set([...refusalsByKind.values()].flat().map(({ code }) => code));
  for (const code of Object.keys(faultTable).filter(name => !ofProtection.test(name)) as FaultCode[])
    assert.equal(provoked.has(code), unprovoked[code] === undefined, code);
});
