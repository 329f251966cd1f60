import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { writeOcspRequest } from '../../src/certificates/ocsp-request.ts';
import { plain } from '../../src/inspect/emphasis.ts';
import { inspectFile } from '../../src/inspect/inspect.ts';
import { formatOverview } from '../../src/inspect/overview-text.ts';
import { inspectTogether } from '../../src/inspect/together.ts';
import {
  basicConstraints,
  certificatePem,
  der,
  extension,
  keyFor,
  keyUsage,
  makeAuthority,
  nameConstraints,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { makeCrl, makeOcspResponse, ocspSigning } from '../../src/testing/status-maker.ts';
import { signingRequest, time } from './material.ts';

/** Constrained as TS-0003 8.1.2.2 demands, so that nothing is found in it alone. */
const limits = { nameConstraints: { permitted: ['dns:example.com'] } };
const root = makeAuthority(limits);
const intermediate = root.authority({ subject: 'intermediate', ...limits });
const one = intermediate.issue({ subject: 'one', names: ['dns:one.example.com'] });
const two = intermediate.issue({ subject: 'two', names: ['dns:two.example.com'] });

function together(files: Readonly<Record<string, string | Uint8Array>>) {
  const inspected = Object.entries(files).map(([name, content]) => {
    const bytes = Buffer.from(content);
    return inspectFile({ name, bytes, size: bytes.length }, { time, password: null });
  });
  return inspectTogether(inspected, time);
}

/** Severity, file and field of each finding that is no note. */
function findings(report: ReturnType<typeof together>): string[] {
  return report.files.flatMap(({ file, findings: found }) =>
    found.flatMap(({ severity, field }) => (severity === 'note' ? [] : [`${severity} ${file} ${field}`])),
  );
}

const texts = (report: ReturnType<typeof together>) => report.together.map(({ text }) => text);

test('a single file is compared with nothing', () => {
  const report = together({ 'one.pem': certificatePem(one.der) });
  assert.deepEqual(report.together, []);
  assert.deepEqual(findings(report), []);
});

test('keys are found by their public halves: in certificates, requests and raw public keys, whatever the names', () => {
  const report = together({
    'a.txt': one.keyPem,
    'b.txt': certificatePem(one.der, intermediate.der, root.der),
    'c.txt': signingRequest({ subject: 'one', names: null, key: one.key }),
  });
  assert.deepEqual(
    report.together.map(({ relation, files }) => [relation, files]),
    [
      ['key', ['a.txt', 'b.txt', 'c.txt']],
      ['request', ['c.txt', 'b.txt']],
      ['path', ['b.txt']],
    ],
  );
  assert.equal(texts(report)[0], 'a.txt holds the private key of CN=one (b.txt) and a request (c.txt)');
});

test('a key under the name of another certificate is an error; two such ones are swapped (TS-0003 8.1.2.3)', () => {
  const anchors = { 'anchors.pem': certificatePem(intermediate.der, root.der) };
  const swapped = together({
    ...anchors,
    'one.pem': certificatePem(one.der),
    'one.key': two.keyPem,
    'two-cert.pem': certificatePem(two.der),
    'two-key.pem': one.keyPem,
  });
  assert.deepEqual(findings(swapped), ['error one.key privateKeys', 'error two-key.pem privateKeys']);
  assert.equal(
    swapped.fixFirst[0]?.message,
    'is not the key of one.pem, but that of CN=two (two-cert.pem); two-key.pem holds that of one.pem: the two are swapped',
  );
  const wrong = together({
    ...anchors,
    'one.pem': certificatePem(one.der),
    'one.key': two.keyPem,
    'x.pem': certificatePem(two.der),
  });
  assert.equal(wrong.fixFirst[0]?.message, 'is not the key of one.pem, but that of CN=two (x.pem)');
  const lost = together({ ...anchors, 'one.pem': certificatePem(one.der), 'one.key': two.keyPem });
  assert.equal(lost.fixFirst[0]?.message, 'is not the key of one.pem, nor of anything else in these files');
  // Folders keep apart what has the same name in each.
  assert.deepEqual(
    findings(together({ ...anchors, 'a/one.pem': certificatePem(one.der), 'b/one.key': two.keyPem })),
    [],
  );
});

test('a path is followed over files, and an issuer that is in none of them is missing (RFC 5280 6.1)', () => {
  const whole = together({
    'one.pem': certificatePem(one.der),
    'intermediate.pem': certificatePem(intermediate.der),
    'root.pem': certificatePem(root.der),
  });
  assert.deepEqual(texts(whole), [
    'CN=one (one.pem) ← CN=intermediate (intermediate.pem) ← CN=root (root.pem)',
  ]);
  assert.deepEqual(findings(whole), []);
  const headless = together({
    'one.pem': certificatePem(one.der),
    'intermediate.pem': certificatePem(intermediate.der),
  });
  assert.deepEqual(texts(headless), [
    'CN=one (one.pem) ← CN=intermediate (intermediate.pem) ← missing',
    'missing: CN=root, who issued CN=intermediate (intermediate.pem)',
  ]);
  assert.deepEqual(findings(headless), ['warning intermediate.pem certificates.0.issuer']);
});

test('an authority with the name of the issuer and another key is none (RFC 5280 6.1.3 (a)(1))', () => {
  const other = makeAuthority({ ...limits, key: keyFor('another root') });
  const report = together({
    'i.pem': certificatePem(intermediate.der),
    'other.pem': certificatePem(other.der),
  });
  const [finding] = report.files[0]?.findings ?? [];
  assert.equal(
    finding?.message,
    'CN=root (other.pem) has the name of the issuer, and not the key that signed',
  );
});

/** With the key identifiers by which an issued certificate names its issuer's key (RFC 5280 4.2.1.1, 4.2.1.2). */
const keyIdentifier = Buffer.from('0102030405060708', 'hex');
const identified = root.authority({
  subject: 'identified',
  ...limits,
  more: [extension('2.5.29.14', octetString(keyIdentifier))],
});
const below = identified.issue({
  subject: 'below',
  names: ['dns:below.example.com'],
  more: [extension('2.5.29.35', sequence(der(0x80, keyIdentifier)))],
});

/** The last octet is one of the signature. */
function damaged(certificate: Uint8Array): Uint8Array {
  const changed = Buffer.from(certificate);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return changed;
}

test('a certificate that names the key of its issuer, which did not sign it, is damaged (RFC 5280 4.2.1.1)', () => {
  const authorities = {
    'identified.pem': certificatePem(identified.der),
    'root.pem': certificatePem(root.der),
  };
  assert.deepEqual(findings(together({ 'below.der': below.der, ...authorities })), []);
  const report = together({ 'below.der': damaged(below.der), ...authorities });
  assert.deepEqual(findings(report), ['error below.der certificates.0.signatureValue']);
  assert.deepEqual(texts(report), []);
  assert.equal(
    report.fixFirst[0]?.message,
    'its signature was not made with the key of CN=identified (identified.pem), whose key identifier it has: damaged, or changed',
  );
  const [line] = formatOverview({ folder: null, passedOver: [], ...report }, plain)
    .split('\n')
    .slice(-1);
  assert.match(line ?? '', /^ {3}1\. below\.der: certificate 1, signatureValue: its signature was not made/);
  // Without the identifier it may be by another authority of that name.
  const other = together({
    'one.der': damaged(one.der),
    'intermediate.pem': certificatePem(intermediate.der),
  });
  assert.ok(findings(other).includes('warning one.der certificates.0.issuer'));
});

test('a path that an end-point would refuse, up to a root that is there, is an error of who is at fault (RFC 5280 6.1)', () => {
  const outside = intermediate.issue({ subject: 'outside', names: ['dns:one.example.org'] });
  const refused = together({
    'outside.pem': certificatePem(outside.der, intermediate.der),
    'root.pem': certificatePem(root.der),
  });
  assert.deepEqual(findings(refused), ['error outside.pem certificates.0.subjectAltName']);
  assert.equal(refused.fixFirst[0]?.code, 'CERTIFICATE_UNTRUSTED');
  // Without a root among the files nobody can tell.
  const headless = together({
    'outside.pem': certificatePem(outside.der, intermediate.der),
    'one.pem': certificatePem(one.der),
  });
  assert.deepEqual(findings(headless), ['warning outside.pem certificates.1.issuer']);
  const short = root.authority({
    subject: 'short',
    ...limits,
    extensions: [basicConstraints(true, 0), keyUsage('keyCertSign'), nameConstraints(limits.nameConstraints)],
  });
  const long = short.authority({ subject: 'long', ...limits });
  const leaves = ['a', 'b'].map(subject => long.issue({ subject, names: [`dns:${subject}.example.com`] }));
  const tooLong = together({
    'a.der': leaves[0]?.der ?? '',
    'b.der': leaves[1]?.der ?? '',
    'long.der': long.der,
    'short.der': short.der,
    'root.der': root.der,
  });
  assert.deepEqual(findings(tooLong), ['error long.der certificates.0.basicConstraints']);
});

test('what a certificate shows alone is not said again of its path, and a renewed issuer serves as well', () => {
  const expired = { notAfter: new Date('2026-06-01T00:00:00Z') };
  const old = root.authority({ subject: 'intermediate', key: intermediate.key, ...limits, ...expired });
  const files = { 'renewed.pem': certificatePem(intermediate.der), 'root.pem': certificatePem(root.der) };
  const alone = together({
    'a-old.pem': certificatePem(old.der),
    'one.pem': certificatePem(one.der),
    ...files,
  });
  assert.deepEqual(findings(alone), ['error a-old.pem certificates.0.validity']);
  const presented = together({ 'one.pem': certificatePem(one.der, old.der), ...files });
  assert.deepEqual(findings(presented), ['error one.pem certificates.1.validity']);
});

test('certificates that issued each other end no path twice', () => {
  const a = makeAuthority({ subject: 'a', ...limits });
  const b = makeAuthority({ subject: 'b', ...limits });
  const report = together({
    'ab.der': a.authority({ subject: 'b', key: b.key, ...limits }).der,
    'ba.der': b.authority({ subject: 'a', key: a.key, ...limits }).der,
    'leaf.der': b.issue({ subject: 'leaf', names: ['dns:x.example.com'] }).der,
  });
  assert.equal(texts(report)[0], 'CN=leaf (leaf.der) ← CN=b (ab.der) ← CN=a (ba.der) ← missing');
});

const chain = {
  'one.pem': certificatePem(one.der),
  'anchors.pem': certificatePem(intermediate.der, root.der),
};

test('what a revocation list revokes is an error where it stands, once for each list (RFC 5280 6.3.3)', () => {
  const crl = makeCrl({ issuer: intermediate, entries: [{ serial: one }] });
  const report = together({ ...chain, 'list.crl': crl, 'again.crl': crl });
  assert.deepEqual(findings(report), ['error one.pem certificates.0.status']);
  assert.equal(report.fixFirst[0]?.code, 'CERTIFICATE_REVOKED');
  assert.ok(
    texts(report).includes(
      'list.crl is the revocation list of CN=intermediate (anchors.pem); it revokes CN=one (one.pem)',
    ),
  );
  const other = together({
    ...chain,
    'list.crl': makeCrl({ issuer: intermediate, entries: [{ serial: 'ff' }] }),
  });
  assert.deepEqual(findings(other), []);
  assert.ok(
    texts(other).includes(
      'list.crl is the revocation list of CN=intermediate (anchors.pem); it revokes nothing that is here, of 1 from this issuer',
    ),
  );
});

test('a revocation list that its issuer did not sign revokes nothing, and is an error (RFC 5280 6.3.3 (f), (g))', () => {
  const forged = makeCrl({ issuer: intermediate, entries: [{ serial: one }], key: keyFor('forger') });
  assert.deepEqual(findings(together({ ...chain, 'list.crl': forged })), [
    'error list.crl crls.0.signatureValue',
  ]);
  const unable = root.authority({
    subject: 'unable',
    extensions: [
      basicConstraints(true),
      keyUsage('keyCertSign'),
      nameConstraints({ permitted: ['dns:example.com'] }),
    ],
  });
  const list = makeCrl({ issuer: unable });
  const found = findings(
    together({ 'root.pem': certificatePem(root.der), 'u.der': unable.der, 'list.crl': list }),
  );
  assert.ok(found.includes('error list.crl crls.0.issuer'), String(found));
});

test('a delta list is of its issuer, and no end-point uses it (RFC 5280 5.2.4)', () => {
  const delta = makeCrl({ issuer: intermediate, baseNumber: 1, entries: [{ serial: one }] });
  const report = together({ ...chain, 'delta.crl': delta });
  assert.ok(
    texts(report).includes(
      'delta.crl is the revocation list of CN=intermediate (anchors.pem); no end-point uses it',
    ),
  );
  assert.deepEqual(findings(report), ['error delta.crl crls.0.deltaCRLIndicator']);
});

test('a list that is no longer current is to be got again, unless a newer one of its issuer is there (RFC 5280 5.1.2.5)', () => {
  const until = (end: string, options: Partial<Parameters<typeof makeCrl>[0]> = {}) =>
    makeCrl({ issuer: intermediate, nextUpdate: new Date(end), ...options });
  const stale = until('2026-06-01T00:00:00Z');
  const fresh = { thisUpdate: new Date('2026-11-01T00:00:00Z') };
  const alone = together({ ...chain, 'old.crl': stale });
  assert.deepEqual(findings(alone), ['error old.crl crls.0.nextUpdate']);
  assert.equal(
    alone.fixFirst[0]?.message,
    'no longer current at 2026-12-01T00:00:00.000Z: it served until 2026-06-01T00:00:00.000Z',
  );
  assert.equal(alone.fixFirst[0]?.advice, 'get the newest one from its issuer');
  const beside = together({ ...chain, 'new.crl': until('2027-01-01T00:00:00Z', fresh), 'old.crl': stale });
  assert.deepEqual(findings(beside), ['warning old.crl crls.0.nextUpdate']);
  assert.deepEqual(beside.fixFirst, []);
  assert.equal(beside.files.at(-1)?.findings[0]?.message, 'no longer current, and superseded by new.crl');
  // By another issuer, stale as well, or a delta: not superseded.
  for (const other of [
    makeCrl({ issuer: root, ...fresh, nextUpdate: new Date('2027-01-01T00:00:00Z') }),
    until('2026-11-15T00:00:00Z', fresh),
    until('2027-01-01T00:00:00Z', { ...fresh, baseNumber: 1 }),
  ])
    assert.ok(
      findings(together({ ...chain, 'new.crl': other, 'old.crl': stale })).includes(
        'error old.crl crls.0.nextUpdate',
      ),
    );
});

test('an OCSP response is told of the certificate that it speaks of, by who may speak (RFC 6960 3.2, 4.2.2.2)', () => {
  const good = together({
    ...chain,
    'one.ocsp': makeOcspResponse({ issuer: intermediate, certificate: one }),
  });
  assert.ok(texts(good).includes('one.ocsp speaks of CN=one (one.pem): good'));
  assert.deepEqual(findings(good), []);
  const revoked = together({
    ...chain,
    'one.ocsp': makeOcspResponse({ issuer: intermediate, certificate: one, status: 'revoked' }),
  });
  assert.deepEqual(findings(revoked), ['error one.pem certificates.0.status']);
  const stranger = makeAuthority({ subject: 'stranger' }).issue({
    subject: 'responder',
    more: [ocspSigning],
  });
  const forged = together({
    ...chain,
    'one.ocsp': makeOcspResponse({
      issuer: intermediate,
      certificate: one,
      status: 'revoked',
      responder: stranger,
    }),
  });
  assert.deepEqual(findings(forged), ['error one.ocsp response.certs']);
  const elsewhere = together({
    ...chain,
    'x.ocsp': makeOcspResponse({ issuer: intermediate, certificate: 'ff' }),
  });
  assert.deepEqual(findings(elsewhere), []);
  assert.match(
    elsewhere.files.at(-1)?.findings[0]?.message ?? '',
    /no certificate that it speaks of is in these files/,
  );
});

test('an OCSP request is told of the certificate that it asks for (RFC 6960 4.1.1)', () => {
  const request = writeOcspRequest(parseCertificate(one.der), parseCertificate(intermediate.der));
  const report = together({ ...chain, 'one.req': request });
  assert.ok(texts(report).includes('one.req asks for the status of CN=one (one.pem)'));
});

test('files of the same content are told, but not empty ones', () => {
  const report = together({
    'a.pem': certificatePem(root.der),
    'b.pem': certificatePem(root.der),
    'c.pem': '',
    'd.pem': '',
  });
  assert.deepEqual(texts(report), ['a.pem and b.pem have the same content']);
});

test('what is to be fixed comes by its weight, and an authority by how many depend on it', () => {
  const expired = new Date('2026-06-01T00:00:00Z');
  const old = root.authority({ subject: 'old', notAfter: expired, ...limits });
  const lonely = root.authority({ subject: 'lonely', notAfter: expired, ...limits });
  const below = ['x', 'y'].map(name => old.issue({ subject: name, names: [`dns:${name}.example.com`] }));
  const report = together({
    'junk.bin': Buffer.from('00ff10fe', 'hex'),
    'lonely.der': lonely.der,
    'old.der': old.der,
    'root.der': root.der,
    'stale.crl': makeCrl({ issuer: root, nextUpdate: expired }),
    'x.der': below[0]?.der ?? '',
    'y.der': below[1]?.der ?? '',
  });
  assert.deepEqual(
    report.fixFirst.map(({ file, dependents }) => [file, dependents]),
    [
      ['old.der', 2],
      ['lonely.der', 0],
      ['stale.crl', 0],
      ['junk.bin', 0],
    ],
  );
});

test('signatures are checked no more than 4096 times, however many authorities have one name', {
  timeout: 60_000,
}, () => {
  const same = Array.from({ length: 100 }, (_, index) =>
    makeAuthority({ subject: 'same', serial: index + 2, ...limits }),
  );
  const names = ['dns:a.example.com'];
  const hidden = makeAuthority({ subject: 'same', key: keyFor('hidden') });
  const leaf = same[0]?.issue({ subject: 'leaf', names }) ?? assert.fail();
  const filesWith = (others: number) =>
    Object.fromEntries(
      [
        ...same,
        ...Array.from({ length: others }, (_, index) => hidden.issue({ subject: `leaf ${index}`, names })),
        leaf,
      ].map(({ der }, index) => [`${index}.der`, der]),
    );
  const last = (others: number) => findings(together(filesWith(others))).at(-1);
  assert.equal(last(1), 'warning 100.der certificates.0.issuer');
  assert.equal(last(41), 'warning 141.der certificates.0.issuer');
});

test('names of files and of strangers change nothing on a terminal, and a long one does not fill it', () => {
  const hostile = root.issue({ subject: `\u001b[2J${'x'.repeat(900)}`, names: ['dns:a.example.com'] });
  const report = together({
    '\u202eone.pem': certificatePem(hostile.der),
    'root.pem': certificatePem(root.der),
  });
  const text = formatOverview({ folder: null, passedOver: [], ...report }, plain);
  assert.doesNotMatch(text, /[^\P{C}\n]/u);
  for (const line of text.split('\n')) assert.ok(line.length < 450, String(line.length));
});
