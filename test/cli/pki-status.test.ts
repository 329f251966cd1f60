// pki revoke, pki crl, pki ocsp and pki responder: what they write is judged by validatePath, as a peer does.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { parseCrl } from '../../src/certificates/crl.ts';
import { type ValidateOptions, validatePath } from '../../src/certificates/index.ts';
import { parseOcspResponse } from '../../src/certificates/ocsp-response.ts';
import { pemBlocks } from '../../src/certificates/pem.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

const at = (...names: readonly string[]) => join(folder, ...names);
const life = ['--not-before', '2030-01-01', '--not-after', '2040-01-01'];
let labs = 0;

interface Lab {
  readonly directory: string;
  readonly cse: string;
  readonly ae: string;
}

/** An authority with the certificates of a CSE and of an AE. */
async function newLab(name = `lab-${labs++}`): Promise<Lab> {
  const directory = at(name);
  await done('pki', 'init', directory, '--domain', 'm2m.example.com', ...life);
  const [cse, ae] = ['cse', 'ae'].map(name => join(directory, name));
  assert.ok(cse !== undefined && ae !== undefined);
  const issue = ['pki', 'issue', directory, ...life];
  await done(...issue, '--flavour', 'cse-id', '--id', 'cse-b.m2m.example.com', '--out', cse);
  await done(...issue, '--flavour', 'ae-id', '--id', '//m2m.example.com/cse-a/Cae1', '--out', ae);
  return { directory, cse: `${cse}.pem`, ae: `${ae}.pem` };
}

async function done(...argv: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(...argv, '--json');
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const ders = (file: string) =>
  pemBlocks(readFileSync(file, 'utf8')).map(({ der }) => der ?? assert.fail(`${file} holds another thing`));
const certificateIn = (file: string) => parseCertificate(ders(file)[0] ?? assert.fail());

/** What somebody makes of a chain in 2031, from what an authority has told. */
function judged(lab: Lab, chain: string, evidence: Pick<ValidateOptions, 'crls' | 'ocsp'>): string {
  const time = new Date('2031-06-15');
  const verdict = validatePath(ders(chain), {
    anchors: ders(join(lab.directory, 'root.pem')),
    time,
    ...evidence,
  });
  return verdict.code ?? `valid by ${verdict.valid ? verdict.statusBy : ''}`;
}

const june = ['--this-update', '2031-06-01', '--next-update', '2031-07-01'];

async function crlsOf({ directory }: Lab): Promise<Uint8Array[]> {
  const [below, root] = [at('below.crl'), at('root.crl')];
  await done('pki', 'crl', directory, '--out', below, ...june);
  await done('pki', 'crl', directory, '--issuer', 'root', '--out', root, ...june);
  return [below, root].flatMap(ders);
}

test('a certificate that is revoked is refused by the next list, its neighbour is not (RFC 5280 5)', async () => {
  const lab = await newLab();
  const before = await crlsOf(lab);
  assert.equal(judged(lab, lab.ae, { crls: before }), 'valid by crl');
  const date = '2031-05-01T10:00:00.000Z';
  const revocation = ['--reason', 'keyCompromise', '--revoked-at', date];
  const { serialNumber: serial } = certificateIn(lab.ae);
  assert.deepEqual(await done('pki', 'revoke', lab.directory, lab.ae, ...revocation), {
    status: 'revoked',
    issuer: 'CN=e2ekey lab intermediate',
    register: join(lab.directory, 'intermediate.revoked.json'),
    certificates: [{ serial, revocationDate: date, reason: 'keyCompromise' }],
  });
  const after = await crlsOf(lab);
  assert.deepEqual(
    [
      judged(lab, lab.ae, { crls: before }),
      judged(lab, lab.ae, { crls: after }),
      judged(lab, lab.cse, { crls: after }),
    ],
    ['valid by crl', 'CERTIFICATE_REVOKED', 'valid by crl'],
  );
});

test('an intermediate is revoked by the root, and all below it with it', async () => {
  const lab = await newLab();
  await done('pki', 'revoke', lab.directory, join(lab.directory, 'intermediate.pem'), '--issuer', 'root');
  assert.equal(judged(lab, lab.cse, { crls: await crlsOf(lab) }), 'CERTIFICATE_REVOKED');
});

test('a hold counts until it is undone, and may become a revocation (RFC 5280 5.3.1)', async () => {
  const lab = await newLab();
  const revoke = (...argv: readonly string[]) => done('pki', 'revoke', lab.directory, ...argv);
  await revoke(lab.ae, lab.cse, '--reason', 'certificateHold');
  const held = await crlsOf(lab);
  assert.deepEqual(
    [lab.ae, lab.cse].map(chain => judged(lab, chain, { crls: held })),
    ['CERTIFICATE_REVOKED', 'CERTIFICATE_REVOKED'],
  );
  const { serialNumber: serial } = certificateIn(lab.ae);
  const released = await revoke(lab.ae, '--undo');
  assert.deepEqual([released.status, released.certificates], ['released', [{ serial }]]);
  await revoke(lab.cse, '--reason', 'superseded');
  const after = await crlsOf(lab);
  assert.deepEqual(
    [lab.ae, lab.cse].map(chain => judged(lab, chain, { crls: after })),
    ['valid by crl', 'CERTIFICATE_REVOKED'],
  );
  const undone = await run('pki', 'revoke', lab.directory, lab.cse, '--undo');
  assert.equal(undone.code, 2);
  assert.match(undone.stderr, /is revoked for good \(superseded\); only a certificateHold can be undone/);
});

test('several certificates are revoked together or not at all; serial numbers go as well', async () => {
  const lab = await newLab();
  const twice = await run('pki', 'revoke', lab.directory, lab.cse, lab.ae, lab.cse);
  assert.deepEqual([twice.code, twice.stdout], [2, '']);
  assert.match(twice.stderr, /is revoked already, since 2/);
  assert.equal(judged(lab, lab.ae, { crls: await crlsOf(lab) }), 'valid by crl');
  const { serialNumber: serial } = certificateIn(lab.ae);
  const shown = serial.toUpperCase().match(/../g)?.join(':') ?? '';
  const { code, stdout } = await run('pki', 'revoke', lab.directory, '--serial', shown, '--serial', '0A0b');
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `2 certificates of CN=e2ekey lab intermediate revoked (unspecified): ${serial}, 0a0b; pki crl and pki ocsp say so from now on\n`,
  );
  assert.equal(judged(lab, lab.ae, { crls: await crlsOf(lab) }), 'CERTIFICATE_REVOKED');
});

test('pki revoke: now is the date where none is given', async () => {
  const lab = await newLab();
  const { certificates } = await done('pki', 'revoke', lab.directory, lab.ae);
  const [{ revocationDate }] = certificates as [{ revocationDate: string }];
  assert.ok(Math.abs(Date.parse(revocationDate) - Date.now()) < 60_000);
  assert.match(revocationDate, /\.000Z$/);
});

test('numbers of lists count up, each issuer its own; a number that is given is taken, and none goes back', async () => {
  const { directory } = await newLab();
  const numberOf = async (...argv: readonly string[]) =>
    (await done('pki', 'crl', directory, '--out', at('numbers.crl'), ...argv)).number;
  assert.deepEqual(
    [
      await numberOf(),
      await numberOf(),
      await numberOf('--issuer', 'root'),
      await numberOf('--number', '70'),
      await numberOf('--number', '4'),
      await numberOf(),
    ],
    [1, 2, 1, 70, 4, 71],
  );
});

test('pki crl --json prints one document; PEM is written, and DER if it is asked for', async () => {
  const lab = await newLab();
  const out = at('one.crl');
  const { fingerprint, ...document } = await done('pki', 'crl', lab.directory, '--out', out, ...june);
  const [der] = ders(out);
  assert.deepEqual(document, {
    status: 'issued',
    crl: out,
    issuer: 'CN=e2ekey lab intermediate',
    number: 1,
    revoked: 0,
    thisUpdate: '2031-06-01T00:00:00.000Z',
    nextUpdate: '2031-07-01T00:00:00.000Z',
  });
  assert.equal(parseCrl(der ?? assert.fail()).fingerprint, fingerprint);
  const { stdout } = await run('pki', 'crl', lab.directory, '--out', out, '--der', ...june);
  assert.equal(
    stdout,
    `CRL number 2 of CN=e2ekey lab intermediate, 0 revoked, until 2031-07-01T00:00:00.000Z: ${out}\n`,
  );
  assert.equal(parseCrl(readFileSync(out)).number, '02');
});

test('pki crl and pki ocsp begin now, and last 30 and 7 days, where nothing else is said', async () => {
  const lab = await newLab();
  const crl = await done('pki', 'crl', lab.directory, '--out', at('now.crl'));
  const ocsp = await done('pki', 'ocsp', lab.directory, lab.cse, '--out', at('now.ocsp'));
  for (const [document, days] of [
    [crl, 30],
    [ocsp, 7],
  ] as const) {
    const [begin, end] = [document.thisUpdate, document.nextUpdate].map(time => Date.parse(String(time)));
    assert.ok(begin !== undefined && Math.abs(begin - Date.now()) < 60_000);
    assert.equal((end ?? 0) - begin, days * 24 * 3600 * 1000);
  }
});

test('an OCSP response says what the register says (RFC 6960 2.2)', async () => {
  const lab = await newLab();
  const out = at('register.ocsp');
  const make = (chain: string) => done('pki', 'ocsp', lab.directory, chain, '--out', out, ...june);
  const { serialNumber: serial } = certificateIn(lab.ae);
  assert.deepEqual(await make(lab.ae), {
    status: 'issued',
    response: out,
    serial,
    certificateStatus: 'good',
    revocationTime: null,
    reason: null,
    signedBy: 'CN=e2ekey lab intermediate',
    thisUpdate: '2031-06-01T00:00:00.000Z',
    nextUpdate: '2031-07-01T00:00:00.000Z',
  });
  const response = readFileSync(out);
  assert.equal(judged(lab, lab.ae, { ocsp: [response] }), 'valid by ocsp');
  assert.equal(judged(lab, lab.cse, { ocsp: [response] }), 'STATUS_RESPONSE_BAD');
  await done('pki', 'revoke', lab.directory, lab.ae, '--reason', 'superseded', '--revoked-at', '2031-01-01');
  const { certificateStatus, revocationTime, reason } = await make(lab.ae);
  assert.deepEqual(
    [certificateStatus, revocationTime, reason],
    ['revoked', '2031-01-01T00:00:00.000Z', 'superseded'],
  );
  assert.equal(judged(lab, lab.ae, { ocsp: [readFileSync(out)] }), 'CERTIFICATE_REVOKED');
  await make(lab.cse);
  assert.equal(judged(lab, lab.cse, { ocsp: [readFileSync(out)] }), 'valid by ocsp');
});

test('an OCSP response says what it is told to say, whatever the register says', async () => {
  const lab = await newLab();
  const out = at('told.ocsp');
  const told = async (...argv: readonly string[]) => {
    await done('pki', 'ocsp', lab.directory, lab.ae, '--out', out, ...june, ...argv);
    const [single] = parseOcspResponse(readFileSync(out)).basic?.responses ?? [];
    return [single?.status, single?.revocationTime?.toISOString().slice(0, 10), single?.reason];
  };
  assert.deepEqual(await told('--status', 'unknown'), ['unknown', undefined, null]);
  assert.deepEqual(await told('--status', 'revoked'), ['revoked', '2031-06-01', null]);
  const since = ['--revoked-at', '2031-02-01', '--reason', 'keyCompromise'];
  assert.deepEqual(await told('--status', 'revoked', ...since), ['revoked', '2031-02-01', 'keyCompromise']);
  await done('pki', 'revoke', lab.directory, lab.ae);
  assert.deepEqual(await told('--status', 'good'), ['good', undefined, null]);
  assert.equal(judged(lab, lab.ae, { ocsp: [readFileSync(out)] }), 'valid by ocsp');
});

test('what a delegated responder signs is believed; it may speak for the one that has charged it (RFC 6960 4.2.2.2)', async () => {
  const lab = await newLab();
  const responder = join(lab.directory, 'ocsp');
  const made = await done(
    'pki',
    'responder',
    lab.directory,
    '--out',
    responder,
    '--name',
    'lab OCSP',
    ...life,
  );
  const own = certificateIn(`${responder}.pem`);
  assert.deepEqual(made, {
    status: 'issued',
    certificate: `${responder}.pem`,
    key: `${responder}.key`,
    serial: own.serialNumber,
    fingerprint: own.fingerprint,
    notBefore: '2030-01-01T00:00:00.000Z',
    notAfter: '2040-01-01T00:00:00.000Z',
    warnings: [],
  });
  const argv = ['--out', at('delegated.ocsp'), '--responder', responder, ...june];
  const { signedBy } = await done('pki', 'ocsp', lab.directory, lab.cse, ...argv);
  assert.equal(signedBy, 'UID=lab OCSP');
  assert.equal(judged(lab, lab.cse, { ocsp: [readFileSync(at('delegated.ocsp'))] }), 'valid by ocsp');
  const intermediate = join(lab.directory, 'intermediate.pem');
  const other = await run('pki', 'ocsp', lab.directory, intermediate, '--issuer', 'root', ...argv);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /the responder UID=lab OCSP was not issued by CN=e2ekey lab root/);
});

test('a responder whom a list at hand has is refused, with nocheck and without it (RFC 6960 4.2.2.2.1)', async () => {
  const lab = await newLab();
  const verdicts: string[] = [];
  for (const [name, flags] of [
    ['checked', ['--check']],
    ['unchecked', []],
  ] as const) {
    const responder = join(lab.directory, name);
    await done('pki', 'responder', lab.directory, '--out', responder, ...flags, ...life);
    const out = at(`${name}.ocsp`);
    await done('pki', 'ocsp', lab.directory, lab.cse, '--out', out, '--responder', responder, ...june);
    const judge = async () => judged(lab, lab.cse, { ocsp: [readFileSync(out)], crls: await crlsOf(lab) });
    verdicts.push(await judge());
    await done('pki', 'revoke', lab.directory, `${responder}.pem`);
    verdicts.push(await judge());
  }
  const [good, bad] = ['valid by ocsp', 'STATUS_RESPONSE_BAD'];
  assert.deepEqual(verdicts, [good, bad, good, bad]);
});

test('lists and responses take the place of earlier ones, and of nothing else', async () => {
  const lab = await newLab();
  const key = join(lab.directory, 'intermediate.key');
  const before = readFileSync(key);
  const crl = await run('pki', 'crl', lab.directory, '--out', key);
  assert.deepEqual([crl.code, crl.stdout], [2, '']);
  assert.match(crl.stderr, /intermediate\.key: exists already, holds no CRL, and is not overwritten/);
  const ocsp = await run('pki', 'ocsp', lab.directory, lab.cse, '--out', key);
  assert.deepEqual([ocsp.code, ocsp.stdout], [2, '']);
  assert.match(
    ocsp.stderr,
    /intermediate\.key: exists already, holds no OCSP response, and is not overwritten/,
  );
  assert.deepEqual(readFileSync(key), before);
  const responder = ['pki', 'responder', lab.directory, '--out', join(lab.directory, 'intermediate')];
  assert.match((await run(...responder)).stderr, /intermediate\.pem: exists already and is not overwritten/);
});

const lab = await newLab('lab');
const stranger = await newLab('stranger');
writeFileSync(at('junk.pem'), '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n');
const { directory } = lab;
const never = at('never');
const files = readdirSync(directory);
const responderless = join(directory, 'cse');
const refusals: readonly [argv: string[], sentence: RegExp][] = [
  [['revoke', directory], /CERT or --serial says what is to be revoked/],
  [['revoke', directory, at('none.pem')], /CERT .*none\.pem: no such file/],
  [['revoke', directory, at('junk.pem')], /CERT .*junk\.pem: its first certificate cannot be read: /],
  [
    ['revoke', directory, stranger.cse],
    /CERT .*cse\.pem: CN=cse-b\.m2m\.example\.com was not issued by CN=e2ekey lab intermediate; its issuer is CN=e2ekey lab intermediate/,
  ],
  [
    ['revoke', directory, lab.cse, '--issuer', 'root'],
    /was not issued by CN=e2ekey lab root; its issuer is CN/,
  ],
  [['revoke', directory, join(directory, 'root.pem'), '--issuer', 'root'], /no authority revokes itself/],
  [['revoke', directory, join(directory, 'intermediate.pem')], /no authority revokes itself/],
  [['revoke', directory, '--serial', '0x0a'], /--serial "0x0a": no serial number of 1 to 20 octets in hex/],
  [['revoke', directory, '--serial', 'ff'.repeat(21)], /no serial number of 1 to 20 octets in hex/],
  [
    ['revoke', directory, lab.cse, '--reason', 'removeFromCRL'],
    /--reason must be unspecified or keyCompromise/,
  ],
  [['revoke', directory, lab.cse, '--revoked-at', 'yesterday'], /--revoked-at must be an ISO 8601 time/],
  [
    ['revoke', directory, lab.cse, '--revoked-at', '1949-12-31'],
    /--revoked-at must lie in the years 1950 to 9999/,
  ],
  [['revoke', directory, lab.cse, '--undo'], /is not revoked/],
  [['revoke', directory, lab.cse, '--undo', '--reason', 'superseded'], /--reason belongs to a revocation/],
  [
    ['revoke', directory, lab.cse, '--undo', '--revoked-at', '2031-01-01'],
    /--revoked-at belongs to a revocation/,
  ],
  [['revoke', folder, lab.cse], /intermediate\.pem: not a file of a lab authority/],
  [['crl', directory], /--out is missing/],
  [['crl', folder, '--out', never], /intermediate\.pem: not a file of a lab authority/],
  [['crl', directory, '--out', never, '--number', '-1'], /--number needs a value/],
  [
    ['crl', directory, '--out', never, '--next-update', '2020-01-01'],
    /nextUpdate must be later than thisUpdate/,
  ],
  [['crl', directory, '--out', at('no', 'folder')], /folder: cannot be written/],
  [['ocsp', directory, '--out', never], /CERT is missing/],
  [['ocsp', directory, lab.cse], /--out is missing/],
  [['ocsp', directory, stranger.cse, '--out', never], /was not issued by CN=e2ekey lab intermediate/],
  [
    ['ocsp', directory, at('junk.pem'), '--out', never],
    /CERT .*junk\.pem: its first certificate cannot be read/,
  ],
  [
    ['ocsp', directory, lab.cse, '--out', never, '--status', 'fine'],
    /--status must be good or revoked or unknown/,
  ],
  [
    ['ocsp', directory, lab.cse, '--out', never, '--reason', 'superseded'],
    /--reason belongs to --status revoked/,
  ],
  [
    ['ocsp', directory, lab.cse, '--out', never, '--status', 'good', '--revoked-at', '2031-01-01'],
    /--revoked-at belongs to --status revoked/,
  ],
  [
    ['ocsp', directory, lab.cse, '--out', never, '--responder', at('none')],
    /none\.pem: not a file of an OCSP responder; e2ekey pki responder makes one/,
  ],
  [
    ['ocsp', directory, lab.cse, '--out', never, '--responder', responderless],
    /the certificate of CN=cse-b\.m2m\.example\.com is for no OCSP responder/,
  ],
  [['ocsp', directory, lab.cse, '--out', never, '--next-update', '2020-01-01'], /nextUpdate must be later/],
  [
    ['responder', directory, '--out', never, '--name', 'ü'],
    /name must be 1 to 256 printable ASCII characters/,
  ],
  [['responder', directory, '--out', never, '--not-after', '2020-01-01'], /notAfter must be later/],
  [['responder', folder, '--out', never], /intermediate\.pem: not a file of a lab authority/],
];
for (const [argv, sentence] of refusals)
  test(`exit 2 and nothing written: ${sentence.source}, pki ${argv.join(' ').replaceAll(folder, '')}`, async () => {
    const { code, stdout, stderr } = await run('pki', ...argv);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, sentence);
    assert.ok(!existsSync(never) && !existsSync(`${never}.pem`));
    const left = readdirSync(directory).filter(name => !files.includes(name));
    // A list that cannot be written has a number all the same: two lists must not have one.
    assert.ok(left.every(name => name === 'intermediate.revoked.json'));
  });

test('a register that is damaged is not taken for one of nobody', async () => {
  const damaged = await newLab();
  const register = join(damaged.directory, 'intermediate.revoked.json');
  await done('pki', 'revoke', damaged.directory, damaged.ae);
  writeFileSync(register, readFileSync(register, 'utf8').slice(0, -20));
  for (const argv of [
    ['crl', damaged.directory, '--out', never],
    ['ocsp', damaged.directory, damaged.ae, '--out', never],
    ['revoke', damaged.directory, damaged.cse],
  ]) {
    const { code, stderr } = await run('pki', ...argv);
    assert.equal(code, 2);
    assert.match(stderr, /intermediate\.revoked\.json: not a register of revoked certificates/);
  }
});
