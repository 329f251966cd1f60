// Revocation with other TLS stacks. As initiating end-point we judge what OpenSSL, GnuTLS, Node.js and BouncyCastle
// staple; as terminating one we staple to them; CRLs are ours to look at in both roles. Evidence that OpenSSL and GnuTLS
// made is judged as ours is, and the keys that are made with all this in use are the same at both ends.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import type { ForeignHandshake, ForeignPeer } from '../../src/interop/foreign-peer.ts';
import { bouncyCastle } from '../../src/interop/peers/bouncy-castle.ts';
import { gnutls } from '../../src/interop/peers/gnutls.ts';
import { nodeTls } from '../../src/interop/peers/node-tls.ts';
import { openssl } from '../../src/interop/peers/openssl.ts';
import { certificatePem } from '../../src/testing/certificate-maker.ts';
import { ocspSigning } from '../../src/testing/status-maker.ts';
import { alertName } from '../../src/wire/alerts.ts';
import { listen } from '../cli/material.ts';
import { run } from '../cli/run.ts';
import { start } from '../cli/started.ts';
import {
  anchors,
  asInitiating,
  asTerminating,
  garbage,
  initiating,
  intermediate,
  type List,
  lists,
  type Member,
  staples,
  terminating,
} from '../cli/status-lab.ts';
import { cae1, configFile } from '../service/lab.ts';
import { within } from '../within.ts';
import { needed } from './needed.ts';
import { bridgeFromNotify, bridgeToNotify } from './notify-bridge.ts';

const stacks = new Map<ForeignPeer, Awaited<ReturnType<typeof needed>>>();
for (const stack of [openssl, gnutls, nodeTls, bouncyCastle]) stacks.set(stack, await needed(stack));

// Compiled now, and not in the time of a test.
if (stacks.get(bouncyCastle)?.skip === false)
  await bouncyCastle.lacks('initiating', foreignOptions(initiating));

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-revocation-'));
after(() => rmSync(folder, { recursive: true, force: true }));

type Outcome = Pick<List, 'code' | 'alert' | 'statusBy'>;
type Document = Record<string, unknown>;
interface Ended {
  readonly ours: Document;
  readonly theirs: ForeignHandshake;
}

const missing = { code: 'CERTIFICATE_STATUS_UNKNOWN', alert: 46, statusBy: null } as const;
const required = ['--revocation', 'required'] as const;

for (const [stack, options] of stacks) {
  // It reads what it staples, and tells both ends that it cannot.
  const unable = stack === openssl || stack === bouncyCastle;
  // A virtual machine for each handshake takes its time.
  const some = <T>(all: readonly T[]) => (stack === bouncyCastle ? all.slice(0, 3) : all);
  for (const staple of some(unable ? staples : [...staples, garbage]))
    test(`of ${stack.name}, a staple ${staple.name}: ${said(staple)}`, options, async () => {
      assertOutcome(staple, await towards(stack, required, staple.file));
    });

  for (const list of some(lists)) {
    test(
      `of ${stack.name} as terminating end-point, a CRL ${list.name}: ${said(list)}`,
      options,
      async () => {
        assertOutcome(list, await towards(stack, [...required, '--crl', list.file]));
      },
    );

    test(`of ${stack.name} as initiating end-point, a CRL ${list.name}: ${said(list)}`, options, async t => {
      assertOutcome(list, await from(t, stack, [...required, '--crl', list.file]));
    });
  }

  test(
    `${stack.name} gets no key where its status is required, and nothing tells it, in either role`,
    options,
    async t => {
      assertOutcome(missing, await towards(stack, required));
      assertOutcome(missing, await from(t, stack, required));
    },
  );

  test(`${stack.name} gets what is stapled to it, and makes a key with CRLs in use`, options, async t => {
    const [good, delegated] = staples;
    const [list] = lists;
    for (const staple of [good, delegated]) {
      const words = ['--staple', `${staple?.file}`, '--crl', `${list?.file}`];
      assertOutcome({ code: null, alert: null, statusBy: 'crl' }, await from(t, stack, words));
    }
    const both = [...required, '--crl', `${list?.file}`];
    assertOutcome({ code: null, alert: null, statusBy: 'ocsp' }, await towards(stack, both, good?.file));
  });

  test(`with ${stack.name} behind NOTIFYs, a staple and CRLs in use make the same key, in either role`, {
    ...options,
    timeout: 20_000,
  }, async t => {
    const [list] = lists;
    const [good] = staples;
    const server = await stack.terminate({ ...foreignOptions(terminating), staple: `${good?.file}` });
    t.after(server.stop);
    const { url } = await bridgeFromNotify(t, server.port);
    const words = [...required, '--crl', `${list?.file}`, '--origin', cae1, ...shown];
    const { stdout } = await run('establish', url, ...asInitiating, ...words);
    assertSameKey(JSON.parse(stdout), 'ocsp', await within(server.handshake, stack.name));

    const { file: config } = configFile(t, {
      credential: { certificate: terminating.chain, key: terminating.keyFile, staple: good?.file },
      peers: [{ entity: cae1, flavour: 'ae-id', trust: anchors, revocation: 'required' }],
      revocation: { crls: [list?.file] },
    });
    const service = start(t, 'serve', '--config', config, '--json');
    const listening = await service.line();
    const { port } = await bridgeToNotify(t, `http://127.0.0.1:${listening.port}`, cae1);
    const theirs = await stack.initiate(port, { ...foreignOptions(initiating), staple: 'asked for' });
    const ours = await service.line();
    assertSameKey(ours, 'crl', theirs);
  });
}

const revokedStaple = readFileSync(`${staples[2]?.file}`);

/** What each shows of a stapled response that says "revoked": that it came in is not what it makes of it. */
const shows: readonly (readonly [ForeignPeer, RegExp])[] = [
  [openssl, /^\s*OCSP Response Status: successful[\s\S]*^\s*Cert Status: revoked$/m],
  [gnutls, /^- Status: .* The certificate chain is revoked\. .*$/m],
  [nodeTls, new RegExp(`^OCSP response of ${revokedStaple.length} bytes$`, 'm')],
  [bouncyCastle, new RegExp(`^STAPLED ${revokedStaple.toString('hex')}$`, 'm')],
];

for (const [stack, sentence] of shows)
  test(`${stack.name} shows the response that we staple (RFC 6066 §8)`, { ...stacks.get(stack) }, async t => {
    const { theirs } = await from(t, stack, ['--staple', `${staples[2]?.file}`]);
    assert.match(theirs.output, sentence);
  });

/** Of the table in docs/interop.md, without the column with the names. */
const table = readFileSync(new URL('../../docs/interop.md', import.meta.url), 'utf8').split('\n');
function cellsOf(name: string): readonly string[] {
  const row = table.find(line => line.startsWith(`| ${name} |`)) ?? '';
  return row
    .split('|')
    .slice(2, -1)
    .map(cell => cell.trim());
}

const columns = cellsOf('stapled response');

test('docs/interop.md says what we make of each staple', () => {
  for (const { name, alert } of [...staples, garbage])
    assert.equal(cellsOf(name)[columns.indexOf('e2ekey')], alert === null ? 'taken' : alertName(alert), name);
});

for (const [stack, { skip }] of stacks)
  test(`docs/interop.md says what ${stack.name} makes of each staple of ours`, {
    skip,
    timeout: 60_000,
  }, async t => {
    const title = `${stack.name} ${await stack.version()}`;
    const column = columns.indexOf(title);
    if (column === -1) return t.skip(`there is no column for ${title}`);
    for (const { name, file: staple } of [...staples, garbage]) {
      const { ours, theirs } = await from(t, stack, ['--staple', staple, '--count', '1']);
      const made = theirs.alertSent ?? (theirs.exported === null ? 'refused' : 'taken');
      assert.equal(made, cellsOf(name)[column], `${name}: ${JSON.stringify(ours)}`);
    }
  });

const material = {
  issuer: file('intermediate.pem', certificatePem(intermediate.der)),
  issuerKey: file('intermediate.key', intermediate.keyPem),
  terminating: file('terminating.pem', certificatePem(terminating.der)),
};
const revoked = { code: 'CERTIFICATE_REVOKED', alert: 44, statusBy: null } as const;
const bad = { code: 'STATUS_RESPONSE_BAD', alert: 113, statusBy: null } as const;

test('openssl ocsp answers for a responder that the issuer delegated: good, revoked, unknown, stale', {
  ...stacks.get(openssl),
}, async () => {
  const responder = intermediate.issue({ subject: 'OpenSSL as responder', more: [ocspSigning] });
  const certificate = file('responder.pem', certificatePem(responder.der));
  const key = file('responder.key', responder.keyPem);
  const request = join(folder, 'request.der');
  const about = ['-issuer', material.issuer, '-cert', material.terminating];
  runOpenssl('ocsp', ...about, '-no_nonce', '-reqout', request);
  const answer = (index: string, ...words: readonly string[]) => {
    const response = join(mkdtempSync(join(folder, 'answer-')), 'response.der');
    const from = ['-index', file('index.txt', index), '-CA', material.issuer];
    runOpenssl(
      'ocsp',
      ...from,
      '-rsigner',
      certificate,
      '-rkey',
      key,
      '-reqin',
      request,
      '-respout',
      response,
      ...words,
    );
    return response;
  };
  const [goodRow, revokedRow] = ['V\t21260101000000Z\t', 'R\t21260101000000Z\t260301000000Z,keyCompromise'];
  const row = (state: string) => `${state}\t${serialOf(terminating)}\tunknown\t/CN=cse-b\n`;
  for (const [outcome, response] of [
    [{ code: null, alert: null, statusBy: 'ocsp' }, answer(row(goodRow), '-ndays', '7')],
    // Without nextUpdate: it serves a day.
    [{ code: null, alert: null, statusBy: 'ocsp' }, answer(row(goodRow))],
    [{ code: null, alert: null, statusBy: 'ocsp' }, answer(row(goodRow), '-resp_key_id')],
    // Not in TS-0003 10.1.1.1.
    [bad, answer(row(goodRow), '-rmd', 'sha512')],
    [revoked, answer(row(revokedRow), '-ndays', '7')],
    [missing, answer('', '-ndays', '7')],
    // It encloses no certificate, and nobody knows the responder.
    [bad, answer(row(goodRow), '-resp_no_certs')],
  ] as const)
    assertOutcome(outcome, await towards(openssl, required, response));
  const later = new Date(Date.now() + 2 * 86_400_000).toISOString();
  assertOutcome(bad, await towards(openssl, [...required, '--time', later], answer(row(goodRow))));
});

test('CRLs of openssl ca: good, revoked, and stale a week later', { ...stacks.get(openssl) }, async t => {
  const list = (...entries: readonly Member[]) => {
    const place = mkdtempSync(join(folder, 'ca-'));
    const rows = entries.map(
      ({ der }) => `R\t21260101000000Z\t260301000000Z,keyCompromise\t${serialOf({ der })}\tunknown\t/CN=x\n`,
    );
    writeFileSync(join(place, 'index.txt'), rows.join(''));
    writeFileSync(join(place, 'crlnumber'), '05');
    writeFileSync(join(place, 'ca.cnf'), configuration(place));
    const signer = ['-cert', material.issuer, '-keyfile', material.issuerKey];
    runOpenssl('ca', '-config', join(place, 'ca.cnf'), '-gencrl', ...signer, '-out', join(place, 'list.pem'));
    return ['--crl', join(place, 'list.pem')];
  };
  const good = { code: null, alert: null, statusBy: 'crl' } as const;
  for (const [outcome, words] of [
    [good, list()],
    [revoked, list(initiating, terminating)],
    [missing, [...list(), '--time', new Date(Date.now() + 8 * 86_400_000).toISOString()]],
  ] as const) {
    assertOutcome(outcome, await towards(openssl, [...required, ...words]));
    assertOutcome(outcome, await from(t, openssl, [...required, ...words]));
  }
});

test("CRLs of GnuTLS's certtool: good, and revoked", { ...stacks.get(gnutls) }, async t => {
  const list = (...words: readonly string[]) => {
    const place = mkdtempSync(join(folder, 'certtool-'));
    writeFileSync(join(place, 'template'), 'crl_next_update = 7\ncrl_number = 6\n');
    const signer = ['--load-ca-certificate', material.issuer, '--load-ca-privkey', material.issuerKey];
    const out = join(place, 'list.pem');
    const template = ['--template', join(place, 'template'), '--outfile', out];
    execFileSync('certtool', ['--generate-crl', ...signer, ...words, ...template], {
      stdio: 'pipe',
      timeout: 10_000,
    });
    return [...required, '--crl', out];
  };
  const other = file('other.pem', certificatePem(intermediate.issue({ subject: 'somebody else' }).der));
  const good = { code: null, alert: null, statusBy: 'crl' } as const;
  assertOutcome(good, await towards(gnutls, list('--load-certificate', other)));
  assertOutcome(good, await from(t, gnutls, list('--load-certificate', other)));
  assertOutcome(revoked, await towards(gnutls, list('--load-certificate', material.terminating)));
});

const shown = ['--json', '--reveal-key'];

/** `establish` with the stack as cse-b. */
async function towards(stack: ForeignPeer, words: readonly string[], staple?: string): Promise<Ended> {
  const server = await stack.terminate({
    ...foreignOptions(terminating),
    ...(staple !== undefined && { staple }),
  });
  try {
    const { stdout } = await run(
      'establish',
      `tls://127.0.0.1:${server.port}`,
      ...asInitiating,
      ...words,
      ...shown,
    );
    return { ours: JSON.parse(stdout), theirs: await within(server.handshake, stack.name) };
  } finally {
    await server.stop();
  }
}

/** `listen` with the stack as Cae1, which asks for a staple. */
async function from(t: TestContext, stack: ForeignPeer, words: readonly string[]): Promise<Ended> {
  const { port, listener } = await listen(t, ...asTerminating, ...words, '--reveal-key');
  const theirs = await stack.initiate(port, { ...foreignOptions(initiating), staple: 'asked for' });
  return { ours: await listener.line(), theirs };
}

function foreignOptions({ chain, keyFile }: Member) {
  return {
    credential: { kind: 'x509', certificate: chain, key: keyFile },
    trust: { anchors },
    suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  } as const;
}

function assertOutcome({ code, alert, statusBy }: Outcome, { ours, theirs }: Ended): void {
  const { exported, alertSent, alertReceived, output } = theirs;
  if (code === null) {
    assert.equal(ours.status, 'established', `${JSON.stringify(ours)} ${output}`);
    assert.equal(exported, ours.exported, output);
    assert.equal(ours.statusBy, statusBy);
    return;
  }
  const error = ours.error as Document;
  const told = { sent: alertName(alert ?? -1), received: null };
  assert.deepEqual(
    [error.code, error.alert, error.rsc],
    [code, told, 4106],
    `${JSON.stringify(ours)} ${output}`,
  );
  assert.deepEqual([exported, alertSent, alertReceived], [null, null, told.sent], output);
}

/** Behind NOTIFYs nobody has a close_notify for a stack, which OpenSSL takes for an error, after its handshake. */
function assertSameKey(
  { keyId, statusBy: by }: Document,
  statusBy: 'ocsp' | 'crl',
  { exported, output }: ForeignHandshake,
): void {
  assert.equal(by, statusBy, output);
  assert.ok(`${exported} ${output}`.toUpperCase().includes(String(keyId)), output);
}

function said({ code, statusBy }: Outcome): string {
  return code ?? `a key, ${statusBy} says that it is good`;
}

function serialOf({ der }: Pick<Member, 'der'>): string {
  return parseCertificate(der).serialNumber.toUpperCase();
}

/** With a configuration of our own: the machine's may forbid what is to be tested. */
function runOpenssl(...words: readonly string[]): void {
  execFileSync('openssl', words, {
    env: { ...process.env, OPENSSL_CONF: devNull },
    stdio: 'pipe',
    timeout: 10_000,
  });
}

/** For `openssl ca`. */
function configuration(place: string): string {
  return `
[ca]
default_ca = authority
[authority]
database = ${place}/index.txt
crlnumber = ${place}/crlnumber
default_md = sha256
default_crl_days = 7
crl_extensions = list
[list]
authorityKeyIdentifier = keyid:always
`;
}

function file(name: string, content: string): string {
  const path = join(mkdtempSync(join(folder, 'file-')), name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}
