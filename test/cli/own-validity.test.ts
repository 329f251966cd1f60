// A credential that is not valid when it is used: said by `establish` and `listen` when they start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validityWarnings } from '../../src/cli/own-validity.ts';
import { certificatePem } from '../../src/testing/certificate-maker.ts';
import { listen } from './material.ts';
import { run } from './run.ts';
import { anchors, asInitiating, asTerminating, fileOf, intermediate, root } from './status-lab.ts';

const [notBefore, notAfter] = [new Date('2026-03-01T00:00:00Z'), new Date('2026-04-01T00:00:00Z')];
const leaf = intermediate.issue({ subject: 'brief', notBefore, notAfter });

test('both ends belong to the validity of a certificate (RFC 5280 4.1.2.5)', () => {
  const warnings = (time: Date) => validityWarnings([leaf.der], time);
  assert.deepEqual(warnings(notBefore), []);
  assert.deepEqual(warnings(notAfter), []);
  assert.deepEqual(warnings(new Date('2026-02-28T23:59:59.999Z')), [
    'certificate 1 (CN=brief) is not yet valid, and peers refuse it: valid from 2026-03-01T00:00:00.000Z',
  ]);
  assert.deepEqual(warnings(new Date('2026-04-01T00:00:00.001Z')), [
    'certificate 1 (CN=brief) has expired, and peers refuse it: valid until 2026-04-01T00:00:00.000Z',
  ]);
});

test('each certificate of the chain is looked at; one that cannot be read is passed over', () => {
  const old = root.authority({ subject: 'old', notAfter: new Date('2026-03-15T00:00:00Z') });
  const chain = [leaf.der, Buffer.of(0x30, 0), old.der];
  assert.deepEqual(validityWarnings(chain, notAfter), [
    'certificate 3 (CN=old) has expired, and peers refuse it: valid until 2026-03-15T00:00:00.000Z',
  ]);
});

test('listen and establish warn of a credential that is not valid at --time, or now', async t => {
  const warning = (when: string) =>
    new RegExp(`^warning: --credential \\S+: certificate 1 \\(.*\\) ${when}, and peers refuse it: `, 'm');
  const early = await listen(t, ...asTerminating, '--time', '2025-12-31');
  assert.match(early.listener.stderr(), warning('is not yet valid'));
  const late = await run('establish', 'tls://127.0.0.1:1', ...asInitiating, '--time', '2127-01-01');
  assert.match(late.stderr, warning('has expired'));
  const expired = fileOf('expired.pem', certificatePem(leaf.der, intermediate.der));
  const own = ['--credential', expired, '--key', fileOf('expired.key', leaf.keyPem), '--trust', anchors];
  const now = await listen(t, ...own);
  assert.match(now.listener.stderr(), warning('has expired'));
  const valid = await listen(t, ...asTerminating);
  assert.equal(valid.listener.stderr(), '');
});
