// From `pki revoke` to the alert: what the lab's own authority says of its certificates, in `listen`, `establish` and
// `verify` as processes of their own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { cae1, cseB, temporaryFolder } from '../service/lab.ts';
import { run } from './run.ts';
import { spawned } from './spawned.ts';

test('who was revoked gets no key any more, as initiating and as terminating end-point', {
  timeout: 120_000,
}, async t => {
  const lab = join(temporaryFolder(t), 'lab');
  const at = (name: string) => join(lab, name);
  await pki('init', lab, '--domain', 'm2m.example.com');
  await pki('issue', lab, '--flavour', 'ae-id', '--id', cae1, '--out', at('cae1'));
  await pki('issue', lab, '--flavour', 'cse-id', '--id', 'cse-b.m2m.example.com', '--out', at('cse-b'));
  await pki('responder', lab, '--out', at('responder'));
  const publish = async () => {
    await pki('crl', lab, '--out', at('list.pem'));
    await pki('ocsp', lab, at('cse-b.pem'), '--responder', at('responder'), '--out', at('cse-b.ocsp'));
  };
  const own = (name: string) => ['--credential', at(`${name}.pem`), '--key', at(`${name}.key`)];
  const trust = ['--trust', at('root.pem')];
  const both = async () => {
    const status = ['--staple', at('cse-b.ocsp'), '--crl', at('list.pem'), '--revocation', 'required'];
    const listener = spawned(
      t,
      'listen',
      '--port',
      '0',
      '--count',
      '1',
      ...own('cse-b'),
      ...trust,
      ...status,
      '--json',
    );
    const { port } = await listener.line();
    const words = [...own('cae1'), ...trust, '--expect', `${cseB}=cse-b.m2m.example.com`];
    const ours = commandLine('establish', `tls://127.0.0.1:${port}`, ...words, '--revocation', 'required');
    return { ours, theirs: await listener.line() };
  };

  await publish();
  const before = await both();
  assert.equal(before.ours.status, 0, JSON.stringify(before));
  assert.equal(before.ours.document.keyId, before.theirs.keyId);
  assert.deepEqual([before.ours.document, before.theirs].map(statusByOf), ['ocsp', 'crl']);

  await pki('revoke', lab, at('cae1.pem'), '--reason', 'keyCompromise');
  await publish();
  const initiating = await both();
  assert.deepEqual(faultOf(initiating.theirs), ['CERTIFICATE_REVOKED', 'certificate_revoked', null]);
  assert.deepEqual(faultOf(initiating.ours.document), ['ALERT_RECEIVED', null, 'certificate_revoked']);
  assert.equal(initiating.ours.status, 1);

  await pki('revoke', lab, at('cse-b.pem'), '--reason', 'certificateHold');
  await publish();
  const terminating = await both();
  assert.deepEqual(faultOf(terminating.ours.document), ['CERTIFICATE_REVOKED', 'certificate_revoked', null]);
  assert.deepEqual(faultOf(terminating.theirs), ['ALERT_RECEIVED', null, 'certificate_revoked']);
  assert.equal(terminating.ours.status, 1);

  const verify = async (...words: readonly string[]) => {
    const { code, stdout } = await run('verify', at('cse-b.pem'), ...trust, ...words, '--json');
    return { status: code, document: JSON.parse(stdout) as Document };
  };
  const ocsp = await verify('--ocsp', at('cse-b.ocsp'));
  assert.deepEqual([ocsp.status, ocsp.document.code], [1, 'CERTIFICATE_REVOKED']);
  await pki('revoke', lab, at('cse-b.pem'), '--undo');
  await publish();
  const crl = await verify('--crl', at('list.pem'));
  assert.deepEqual([crl.status, crl.document.statusBy], [0, 'crl']);
});

type Document = Record<string, unknown>;

function statusByOf({ statusBy }: Document): unknown {
  return statusBy;
}

function faultOf({ error }: Document): unknown[] {
  const { code, alert } = error as { code: string; alert: { sent: unknown; received: unknown } };
  return [code, alert.sent, alert.received];
}

async function pki(...words: readonly string[]): Promise<void> {
  const { code, stderr } = await run('pki', ...words);
  assert.equal(code, 0, stderr);
}

const main = new URL('../../src/cli/main.ts', import.meta.url).href;
const script = `import { main } from ${JSON.stringify(main)}; process.exitCode = await main(process.argv.slice(1));`;

function commandLine(...argv: readonly string[]): { status: number | null; document: Document } {
  const words = ['--input-type=module', '--eval', script, '--', ...argv, '--json'];
  const { status, stdout } = spawnSync(process.execPath, words, { timeout: 60_000 });
  return { status, document: JSON.parse(stdout.toString()) as Document };
}
