// Revocation on the command line: `establish` against `listen` over TCP and against `serve` over HTTP, with --crl,
// --revocation and --staple, and all that these refuse by themselves. Which evidence is believed: test/certificates;
// other TLS stacks: test/live.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { makeCrl } from '../../src/testing/status-maker.ts';
import { alertName } from '../../src/wire/alerts.ts';
import { bridgeFromNotify } from '../live/notify-bridge.ts';
import { cae1, certs, configFile } from '../service/lab.ts';
import { listen, presharedKey, rawKeyOf } from './material.ts';
import { run } from './run.ts';
import { start } from './started.ts';
import {
  anchors,
  asInitiating,
  asTerminating,
  crlPem,
  fileOf,
  garbage,
  initiating,
  intermediate,
  type List,
  lists,
  root,
  staples,
  terminating,
} from './status-lab.ts';

const asCae1 = [...asInitiating, '--origin', cae1];
const [goodStaple, , revokedStaple] = staples.map(({ file }) => file);
const [goodList = '', revokedList = ''] = lists.map(({ file }) => file);

type Outcome = Pick<List, 'code' | 'alert' | 'statusBy'>;
type Document = Record<string, unknown>;

for (const staple of [...staples, garbage])
  for (const policy of ['when-available', 'required'])
    test(`tcp, ${policy}: a staple ${staple.name} is ${said(staple)}`, async t => {
      const { listener, target } = await listen(t, ...asTerminating, '--staple', staple.file);
      const { stdout } = await run('establish', target, ...asInitiating, '--revocation', policy, '--json');
      assertOutcome(staple, JSON.parse(stdout), await listener.line());
    });

for (const list of lists)
  for (const policy of ['when-available', 'required']) {
    const outcome = policy === 'required' ? list : (list.unlessRequired ?? list);
    const options = ['--crl', list.file, '--revocation', policy];

    test(`tcp, ${policy}: of a terminating end-point a CRL ${list.name}: ${said(outcome)}`, async t => {
      const { listener, target } = await listen(t, ...asTerminating);
      const { stdout } = await run('establish', target, ...asInitiating, ...options, '--json');
      assertOutcome(outcome, JSON.parse(stdout), await listener.line());
    });

    test(`tcp, ${policy}: of an initiating end-point a CRL ${list.name}: ${said(outcome)}`, async t => {
      const { listener, target } = await listen(t, ...asTerminating, ...options);
      const { stdout } = await run('establish', target, ...asInitiating, '--json');
      assertOutcome(outcome, await listener.line(), JSON.parse(stdout));
    });
  }

for (const staple of [...staples, garbage])
  test(`http, required: a staple ${staple.name} is ${said(staple)}`, async t => {
    const { url, answered } = staple.unserved
      ? await listenBehindHttp(t, '--staple', staple.file)
      : await serve(t, { staple: staple.file });
    const { stdout } = await run('establish', url, ...asCae1, '--revocation', 'required', '--json');
    assertOutcome(staple, JSON.parse(stdout), await answered());
  });

for (const list of lists)
  for (const policy of ['when-available', 'required']) {
    const outcome = policy === 'required' ? list : (list.unlessRequired ?? list);

    test(`http, ${policy}: of a terminating end-point a CRL ${list.name}: ${said(outcome)}`, async t => {
      const { answered, url } = await serve(t);
      const options = ['--crl', list.file, '--revocation', policy];
      const { stdout } = await run('establish', url, ...asCae1, ...options, '--json');
      assertOutcome(outcome, JSON.parse(stdout), await answered());
    });

    test(`http, ${policy}: of an initiating end-point a CRL ${list.name}: ${said(outcome)}, with its RSC`, async t => {
      const { answered, url } = await serve(t, { revocation: policy, crl: list.file });
      const { stdout } = await run('establish', url, ...asCae1, '--json');
      const ours = JSON.parse(stdout);
      assertOutcome(outcome, await answered(), ours);
      if (outcome.code !== null) assert.equal(ours.error.rsc, 4106);
    });
  }

const missing = { code: 'CERTIFICATE_STATUS_UNKNOWN', alert: 46, statusBy: null } as const;
const unlooked = { code: null, alert: null, statusBy: null } as const;

test('tcp, required: without a staple and without CRL nobody is taken, in either role (RFC 5280 6.1.3 (a)(3))', async t => {
  const required = ['--revocation', 'required'];
  const unstapled = await listen(t, ...asTerminating);
  const ours = await run('establish', unstapled.target, ...asInitiating, ...required, '--json');
  assertOutcome(missing, JSON.parse(ours.stdout), await unstapled.listener.line());
  const strict = await listen(t, ...asTerminating, ...required);
  const theirs = await run('establish', strict.target, ...asInitiating, '--json');
  assertOutcome(missing, await strict.listener.line(), JSON.parse(theirs.stdout));
});

test('http, required: without a staple and without CRL nobody is taken (RFC 5280 6.1.3 (a)(3))', async t => {
  const { answered, url } = await serve(t);
  const { stdout } = await run('establish', url, ...asCae1, '--revocation', 'required', '--json');
  assertOutcome(missing, JSON.parse(stdout), await answered());
});

test('http: off looks at nothing, neither at --crl nor at a staple; without --crl and --revocation none is asked for', async t => {
  const { answered, url } = await serve(t, {
    staple: `${revokedStaple}`,
    revocation: 'off',
    crl: revokedList,
  });
  for (const options of [['--revocation', 'off'], ['--revocation', 'off', '--crl', revokedList], []]) {
    const { stdout } = await run('establish', url, ...asCae1, ...options, '--json');
    assertOutcome(unlooked, JSON.parse(stdout), await answered());
  }
});

test('tcp: off looks at nothing, neither at --crl nor at a staple; without --crl and --revocation none is asked for', async t => {
  const { listener, target } = await listen(t, ...asTerminating, '--staple', `${revokedStaple}`);
  for (const options of [['--revocation', 'off'], ['--revocation', 'off', '--crl', revokedList], []]) {
    const { stdout } = await run('establish', target, ...asInitiating, ...options, '--json');
    assertOutcome(unlooked, JSON.parse(stdout), await listener.line());
  }
  const lax = await listen(t, ...asTerminating, '--crl', revokedList, '--revocation', 'off');
  const { stdout } = await run('establish', lax.target, ...asInitiating, '--json');
  assertOutcome(unlooked, await lax.listener.line(), JSON.parse(stdout));
});

test('tcp: --crl alone is when-available, and asks for a staple; what either says counts', async t => {
  const { listener, target } = await listen(t, ...asTerminating, '--staple', `${goodStaple}`);
  const looked = async (...options: readonly string[]) => {
    const { stdout } = await run('establish', target, ...asInitiating, ...options, '--json');
    return [JSON.parse(stdout), await listener.line()] as const;
  };
  assertOutcome({ ...unlooked, statusBy: 'ocsp' }, ...(await looked('--crl', goodList)));
  assertOutcome(
    { code: 'CERTIFICATE_REVOKED', alert: 44, statusBy: null },
    ...(await looked('--crl', revokedList)),
  );
});

test('one file of --crl may hold several CRLs, in PEM, and --crl may be repeated', async t => {
  const file = fileOf(
    'both.pem',
    `# of the root\n${crlPem(makeCrl({ issuer: root }), readFileSync(revokedList))}`,
  );
  const { listener, target } = await listen(t, ...asTerminating, '--crl', file);
  const { code } = await run('establish', target, ...asInitiating);
  assert.equal(code, 1);
  assert.equal(((await listener.line()).error as Document).code, 'CERTIFICATE_REVOKED');
  const newer = makeCrl({
    issuer: intermediate,
    number: 2,
    thisUpdate: new Date('2026-02-01T00:00:00Z'),
    entries: [{ serial: initiating }],
  });
  const twice = await listen(t, ...asTerminating, '--crl', goodList, '--crl', fileOf('newer.crl', newer));
  assert.equal((await run('establish', twice.target, ...asInitiating)).code, 1);
});

test('a CRL is as old as the certificates are: both by --time', async t => {
  const short = fileOf(
    'short.crl',
    makeCrl({ issuer: intermediate, nextUpdate: new Date('2026-02-01T00:00:00Z') }),
  );
  const { target } = await listen(t, ...asTerminating);
  const at = async (time: string) =>
    (await run('establish', target, ...asInitiating, '--crl', short, '--time', time)).code;
  assert.equal(await at('2026-02-01T00:00:00Z'), 0);
  assert.equal(await at('2026-02-01T00:00:01Z'), 1);
});

test('for people: what said that the certificate is not revoked, and that nothing did', async t => {
  const { target } = await listen(t, ...asTerminating, '--staple', `${goodStaple}`);
  const shown = async (...options: readonly string[]) => {
    const { stdout } = await run('establish', target, ...asInitiating, ...options);
    return /^revocation {8}(.*)$/m.exec(stdout)?.[1];
  };
  assert.equal(await shown('--revocation', 'required'), 'not revoked, says an OCSP response');
  assert.equal(await shown('--revocation', 'off'), 'not looked at');
  assert.equal(
    await shown(),
    'unknown: no OCSP response was asked for, which --revocation does, and no --crl is given',
  );
  const plain = await listen(t, ...asTerminating);
  const { stdout } = await run('establish', plain.target, ...asInitiating, '--crl', goodList);
  assert.match(stdout, /^revocation {8}not revoked, says a CRL$/m);
});

for (const { name, file, code } of [...staples, garbage])
  test(`listen ${code === null ? 'says nothing' : 'warns when it starts'}: a staple ${name}`, async t => {
    const { listener } = await listen(t, ...asTerminating, '--staple', file);
    const warning = /^warning: --staple (\S+): .*; accepted: .* \(RFC .*\)\n$/.exec(listener.stderr());
    assert.equal(warning?.[1], code === null ? undefined : file, listener.stderr());
    if (code === null) assert.equal(listener.stderr(), '');
  });

test('listen says of a staple that is none at all what is due, and not which octet is wrong', async t => {
  const { listener } = await listen(t, ...asTerminating, '--staple', garbage.file);
  assert.match(
    listener.stderr(),
    /: it is no OCSP response; accepted: one in DER or PEM \(RFC 6960 4\.2\.1\)\n$/,
  );
});

test('an OCSP response is taken in PEM as well, by verify and by listen', async t => {
  const pem = (...ders: readonly Uint8Array[]) => crlPem(...ders).replaceAll(' X509 CRL-', ' OCSP RESPONSE-');
  const response = readFileSync(`${goodStaple}`);
  const file = fileOf('staple.pem', pem(response));
  const verify = (ocsp: string) =>
    run('verify', terminating.chain, '--trust', anchors, '--ocsp', ocsp, '--json');
  assert.equal(JSON.parse((await verify(file)).stdout).statusBy, 'ocsp');
  const { listener, target } = await listen(t, ...asTerminating, '--staple', file);
  assert.equal(listener.stderr(), '');
  const { stdout } = await run('establish', target, ...asInitiating, '--revocation', 'required', '--json');
  assertOutcome({ ...unlooked, statusBy: 'ocsp' }, JSON.parse(stdout), await listener.line());
  const two = await verify(fileOf('two.pem', pem(response, response)));
  assert.equal(two.code, 2);
  assert.match(two.stderr, /--ocsp \S*two\.pem: more than one OCSP RESPONSE block in the file/);
});

test('listen warns of a staple that nobody gets, or that cannot be checked; and of --revocation required that takes nobody', async t => {
  const warned = async (sentence: RegExp, ...words: readonly string[]) => {
    const { listener } = await listen(t, ...words);
    assert.match(listener.stderr(), sentence);
  };
  const staple = ['--staple', `${goodStaple}`];
  const alone = ['--credential', certs('cse-b.pem'), '--key', certs('cse-b.key'), '--trust', anchors];
  await warned(/: the OCSP response speaks of another certificate; accepted: /, ...alone, ...staple);
  const raw = [...rawKeyOf(t, 'cse-b'), '--trust', anchors];
  await warned(/: the credential is a raw public key, of which no status is told\n/, ...raw, ...staple);
  const leaf = fileOf(
    'leaf.pem',
    readFileSync(terminating.chain, 'utf8').replace(/(END CERTIFICATE-----\n)[\s\S]*/, '$1'),
  );
  await warned(
    /: it cannot be checked: the issuer of the credential is neither in its file nor in --trust\n/,
    ...['--credential', leaf, '--key', terminating.keyFile, '--trust', anchors, ...staple],
  );
  await warned(
    /^warning: --revocation required without --crl refuses every certificate: /,
    ...[...asTerminating, '--revocation', 'required'],
  );
});

const tls = 'tls://127.0.0.1:1';
const port = ['--port', '0'];
const junk = fileOf('junk.crl', 'junk');
const broken = fileOf('broken.crl', readFileSync(goodList).subarray(0, 100));
const listPem = fileOf('list.pem', crlPem(readFileSync(goodList)));
const empty = fileOf('empty', '');
const cutResponse = fileOf('cut.der', readFileSync(`${goodStaple}`).subarray(0, 100));
const brokenSecond = fileOf('second.pem', crlPem(readFileSync(goodList), readFileSync(broken)));
const noEnd = fileOf('no-end.pem', crlPem(readFileSync(goodList)).slice(0, 100));

const wrong: readonly [RegExp, 'establish' | 'listen' | 'verify', readonly string[]][] = [
  [/--crl \S*missing: no such file/, 'establish', [tls, ...asInitiating, '--crl', '/missing']],
  [
    /--crl \S*junk\.crl: there is no CRL in it, neither in DER nor in PEM/,
    'establish',
    [tls, ...asInitiating, '--crl', junk],
  ],
  [/--crl \S*cse-b\.pem: there is no CRL/, 'listen', [...port, ...asTerminating, '--crl', terminating.chain]],
  [
    /--crl \S*broken\.crl: CRL 1: CertificateList: \d+ octets needed where 97 are left, at offset 3; /,
    'establish',
    [tls, ...asInitiating, '--crl', broken],
  ],
  [/--crl \S*broken\.crl: /, 'listen', [...port, ...asTerminating, '--crl', broken, '--revocation', 'off']],
  [
    /--crl \S*second\.pem: CRL 2: CertificateList: \d+ octets needed /,
    'listen',
    [...port, ...asTerminating, '--crl', brokenSecond],
  ],
  [/--crl \S*no-end\.pem: CRL 1: the block X509 CRL has no END line/, 'verify', ['LEAF', '--crl', noEnd]],
  [/--crl \S*broken\.crl: /, 'verify', ['LEAF', '--crl', broken]],
  [/--ocsp \S*missing: no such file/, 'verify', ['LEAF', '--ocsp', '/missing']],
  [
    /--ocsp \S*garbage\.der: there is no OCSP response in it, neither in DER nor in PEM; e2ekey inspect FILE /,
    'verify',
    ['LEAF', '--ocsp', garbage.file],
  ],
  [
    /--ocsp \S*cut\.der: OCSPResponse: \d+ octets needed where \d+ are left/,
    'verify',
    ['LEAF', '--ocsp', cutResponse],
  ],
  [
    /--ocsp \S*list\.pem: .*; it is PEM of a certificate revocation list; e2ekey inspect FILE says what it is/,
    'verify',
    ['LEAF', '--ocsp', listPem],
  ],
  [
    /--staple \S*list\.pem: .*; it is PEM of a certificate revocation list; e2ekey inspect FILE/,
    'listen',
    [...port, ...asTerminating, '--staple', listPem],
  ],
  [
    /--staple \S*list\.crl: there is no OCSP response in it, .*; it is a certificate revocation list; /,
    'listen',
    [...port, ...asTerminating, '--staple', goodList],
  ],
  [/--staple \S*empty: .*; it is empty; /, 'listen', [...port, ...asTerminating, '--staple', empty]],
  [/--crl \S*empty: there is no CRL in it, .*; it is empty; /, 'verify', ['LEAF', '--crl', empty]],
  [
    /--crl \S*staple\.der: there is no CRL in it, .*; it is an OCSP response; e2ekey inspect FILE/,
    'verify',
    ['LEAF', '--crl', `${goodStaple}`],
  ],
  [/--crl needs a value/, 'establish', [tls, ...asInitiating, '--crl']],
  [
    /--revocation must be off or when-available or required, not "strict"/,
    'establish',
    [tls, ...asInitiating, '--revocation', 'strict'],
  ],
  [/--revocation must be off or/, 'listen', [...port, ...asTerminating, '--revocation', 'on']],
  [/--revocation must be off or/, 'verify', ['LEAF', '--revocation', 'hard']],
  [/--revocation is given twice/, 'verify', ['LEAF', '--revocation', 'off', '--revocation', 'off']],
  [
    /--crl is for certificates, and without --trust nobody is known by one/,
    'establish',
    [tls, 'PSK', '--crl', goodList],
  ],
  [
    /--revocation is for certificates, and without --trust nobody is known by one/,
    'establish',
    [tls, 'PSK', '--revocation', 'required'],
  ],
  [
    /--crl and --revocation look somebody up, and --client-auth none asks nobody who he is/,
    'listen',
    [...port, 'NOBODY', '--crl', goodList],
  ],
  [/--crl and --revocation look somebody up/, 'listen', [...port, 'NOBODY', '--revocation', 'required']],
  // In TLS 1.2 the initiating end-point has no place for one.
  [/unknown option --staple/, 'establish', [tls, ...asInitiating, '--staple', `${goodStaple}`]],
  [/unknown option --ocsp/, 'listen', [...port, ...asTerminating, '--ocsp', `${goodStaple}`]],
];

for (const [sentence, command, words] of wrong)
  test(`${command}: exit 2 and a sentence: ${sentence.source}`, async t => {
    const argv = words.flatMap(word => {
      if (word === 'PSK') return presharedKey(t, 'x');
      if (word === 'NOBODY') return [...asTerminating.slice(0, 6), '--client-auth', 'none'];
      return word === 'LEAF' ? [terminating.chain, '--trust', anchors] : [word];
    });
    const { code, stdout, stderr } = await run(command, ...argv, '--json');
    assert.equal(code, 2, stdout);
    assert.match(stderr, sentence);
    assert.equal(JSON.parse(stdout).error.code, 'OPTION_INVALID');
  });

test('verify: --crl and --ocsp have to say that LEAF is not revoked, unless --revocation asks for less', async () => {
  const outcomes = async (...options: readonly string[]) => {
    const { code, stdout } = await run('verify', terminating.chain, '--trust', anchors, ...options, '--json');
    const { valid, code: fault, statusBy } = JSON.parse(stdout);
    assert.equal(code, valid ? 0 : 1);
    return { code: fault, statusBy };
  };
  for (const { file, code, statusBy } of lists)
    assert.deepEqual(await outcomes('--crl', file), { code, statusBy }, file);
  // Of a staple it is known whose it has to be; here it may be about anybody of the path, and is about nobody.
  for (const { name, file, code, statusBy } of staples)
    assert.deepEqual(await outcomes('--ocsp', file), { code, statusBy }, name);
  const [, , , , , , , , ofRoot] = lists;
  const nothing = { code: null, statusBy: null };
  assert.deepEqual(await outcomes('--crl', `${ofRoot?.file}`, '--revocation', 'when-available'), nothing);
  assert.deepEqual(await outcomes('--crl', revokedList, '--revocation', 'off'), nothing);
  assert.deepEqual(await outcomes(), nothing);
  const { code } = missing;
  assert.deepEqual(await outcomes('--revocation', 'required'), { code, statusBy: null });
  const two = ['--crl', goodList, '--ocsp', `${goodStaple}`];
  assert.deepEqual(await outcomes(...two), { code: null, statusBy: 'ocsp' });
});

test('verify: the certificate that is revoked is marked, and the last line says by what the status is known', async () => {
  const verify = async (...options: readonly string[]) =>
    (await run('verify', terminating.chain, '--trust', anchors, ...options)).stdout;
  const [, , , , , , , , , ofIntermediate] = lists;
  assert.match(
    await verify('--crl', `${ofIntermediate?.file}`, '--crl', goodList),
    /^✗ intermediate {2}CN=status intermediate,[\s\S]*^CERTIFICATE_REVOKED: certificate 1 above the end-point's \(CN=status intermediate\), status: revoked on 2026-01-02T00:00:00\.000Z, says CRL 01; accepted: /m,
  );
  assert.match(await verify('--crl', goodList), /^ {2}revocation {4}not revoked, says a CRL\n$/m);
  assert.match(
    await verify('--ocsp', `${goodStaple}`),
    /^ {2}revocation {4}not revoked, says an OCSP response\n$/m,
  );
  assert.match(await verify(), /^ {2}revocation {4}not looked at\n$/m);
  assert.match(
    await verify('--revocation', 'when-available'),
    /^ {2}revocation {4}unknown: no CRL and no OCSP response for it is at hand\n$/m,
  );
});

interface Answering {
  readonly url: string;
  /** The next line of cse-b. */
  readonly answered: () => Promise<Document>;
}

/** cse-b as a service that knows Cae1. */
async function serve(
  t: TestContext,
  { staple, revocation, crl }: Readonly<Partial<Record<'staple' | 'revocation' | 'crl', string>>> = {},
): Promise<Answering> {
  const { file } = configFile(t, {
    credential: { certificate: terminating.chain, key: terminating.keyFile, ...(staple && { staple }) },
    peers: [{ entity: cae1, flavour: 'ae-id', trust: anchors, ...(revocation && { revocation }) }],
    ...(crl && { revocation: { crls: [crl] } }),
  });
  const service = start(t, 'serve', '--config', file, '--json');
  const { status, host, port } = await service.line();
  assert.equal(status, 'listening', service.stderr());
  return { url: `http://${host}:${port}`, answered: service.line };
}

async function listenBehindHttp(t: TestContext, ...words: readonly string[]): Promise<Answering> {
  const { listener, port } = await listen(t, ...asTerminating, ...words);
  const { url } = await bridgeFromNotify(t, port);
  return { url, answered: listener.line };
}

function said({ code, statusBy }: Outcome): string {
  return code ?? `a key, ${statusBy ?? 'nobody'} says that it is good`;
}

/** `judge` looks at what is known of `judged`. */
function assertOutcome({ code, alert, statusBy }: Outcome, judge: Document, judged: Document): void {
  if (code === null) {
    const said = (document: Document) => document.statusBy;
    assert.deepEqual([judge.status, judged.status], ['established', 'established'], JSON.stringify(judge));
    assert.equal(judge.keyId, judged.keyId);
    assert.deepEqual([said(judge), said(judged)], [statusBy, null]);
    return;
  }
  const told = alertName(alert ?? -1);
  const { message, finding, ...error } = judge.error as Document;
  assert.match(String(message), /; accepted: .* \(RFC \d+ .*\)$/);
  assert.equal((finding as Document).code, code);
  const { role } = error;
  assert.deepEqual(error, { code, alert: { sent: told, received: null }, rsc: 4106, role, peer: null });
  const { code: theirs, alert: received } = judged.error as Document;
  assert.deepEqual([theirs, received], ['ALERT_RECEIVED', { sent: null, received: told }]);
}
