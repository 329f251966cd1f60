import assert from 'node:assert/strict';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { writeOcspRequest } from '../../src/certificates/ocsp-request.ts';
import { type FileReport, inspectFile, maxFileSize } from '../../src/inspect/inspect.ts';
import { formatReport } from '../../src/inspect/text.ts';
import { serialisations } from '../../src/onem2m/serialisation/serialisation.ts';
import {
  certificatePem,
  der,
  time as derTime,
  integer,
  makeAuthority,
  name,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { makeCrl, makeOcspResponse } from '../../src/testing/status-maker.ts';
import { fileOf, findingsOf, message, report, signingRequest, time } from './material.ts';

const root = makeAuthority({ nameConstraints: { permitted: ['dns:example.com'] } });
const leaf = root.issue({ names: ['dns:cse.example.com'] });
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Kind and encoding. */
function recognised(content: Uint8Array | string): string {
  const { kind, ...rest } = report(content);
  return 'encoding' in rest ? `${kind} ${rest.encoding}` : kind;
}

test('certificates are recognised in DER, PEM, base64 and hex, alone and in chains', () => {
  assert.equal(recognised(leaf.der), 'certificate binary');
  assert.equal(recognised(Buffer.concat([leaf.der, root.der])), 'chain binary');
  assert.equal(recognised(certificatePem(leaf.der)), 'certificate PEM');
  assert.equal(recognised(certificatePem(leaf.der, root.der)), 'chain PEM');
  assert.equal(recognised(base64(leaf.der)), 'certificate base64');
  assert.equal(recognised(hex(leaf.der)), 'certificate hex');
});

test('a certificate is the same in every encoding', () => {
  const certificates = (content: Uint8Array | string): unknown => {
    const inspected = report(content);
    return 'certificates' in inspected ? inspected.certificates : null;
  };
  for (const content of [certificatePem(leaf.der), base64(leaf.der), hex(leaf.der)])
    assert.deepEqual(certificates(content), certificates(leaf.der));
});

test('messages are recognised in binary, base64 and hex, with white space and colons between', () => {
  for (const ordinal of [1, 2, 3, 4] as const) {
    const bytes = message(ordinal);
    const wrapped = base64(bytes).replace(/.{64}/g, '$&\r\n');
    const spaced = hex(bytes)
      .toUpperCase()
      .replace(/..(?=.)/g, '$&:');
    const forms = [bytes, base64(bytes), `${wrapped}\n`, hex(bytes), spaced];
    for (const form of forms) {
      const inspected: FileReport = report(form);
      assert.equal(inspected.kind, 'message');
      assert.equal('message' in inspected && inspected.message, ordinal);
      assert.deepEqual(inspected.findings, []);
    }
  }
});

test('text outside of PEM blocks is passed over (RFC 7468 §2)', () => {
  assert.equal(recognised(`Bag Attributes\n${certificatePem(leaf.der)}`), 'certificate PEM');
  assert.equal(recognised(`${certificatePem(leaf.der)}some words`), 'certificate PEM');
  assert.deepEqual(findingsOf(`${certificatePem(leaf.der)}some words`), []);
});

test('a byte order mark, line ends of another system and UTF-16 are passed over, and said (RFC 7468 §2)', () => {
  const pem = certificatePem(leaf.der);
  const forms: readonly (readonly [Uint8Array | string, readonly string[]])[] = [
    [`\uFEFF${pem}`, ['warning file']],
    [pem.replaceAll('\n', '\r\n'), ['note file']],
    [pem.replaceAll('\n', '\r'), ['warning file']],
    [Buffer.from(`\uFEFF${pem}`, 'utf16le'), ['error file']],
    [Buffer.from(pem, 'utf16le'), ['error file']],
    [Buffer.from(`\uFEFF${pem}`, 'utf16le').swap16(), ['error file']],
    [Buffer.from(pem, 'utf16le').swap16(), ['error file']],
  ];
  for (const [content, findings] of forms) {
    assert.equal(recognised(content), 'certificate PEM');
    assert.deepEqual(findingsOf(content), findings);
  }
  assert.match(report(Buffer.from(pem, 'utf16le')).findings[0]?.message ?? '', /text in UTF-16LE/);
});

test('a PEM block without END, with another END or not in base64 is an error at its place (RFC 7468)', () => {
  const [begin = '', first = ''] = certificatePem(leaf.der).split('\n');
  const good = certificatePem(leaf.der);
  for (const broken of [
    `${begin}\n${first}\n`,
    good.replace('END CERTIFICATE', 'END OTHER'),
    good.replace('M', '?'),
    `${begin}\n-----END CERTIFICATE-----\n`,
  ]) {
    assert.deepEqual(findingsOf(broken), ['error certificates.0'], broken);
    assert.deepEqual(findingsOf(`${broken}${good}`), ['error certificates.0'], broken);
    const inspected = report(`${good}${broken}${certificatePem(root.der)}`);
    assert.ok(inspected.kind === 'chain');
    assert.deepEqual(
      inspected.certificates.map(certificate => certificate?.subject ?? null),
      ['CN=end-point', null, 'CN=root'],
    );
    assert.deepEqual(
      inspected.findings.map(({ field }) => field),
      ['certificates.1'],
    );
  }
  assert.deepEqual(findingsOf(`${good}-----BEGIN X509 CRL-----\n`), ['error PEM']);
});

test('other PEM blocks beside a certificate are named and not shown', () => {
  const other = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const { findings } = report(`${other}${certificatePem(leaf.der)}`);
  assert.match(findings[0]?.message ?? '', /a block EC PARAMETERS, which is not shown/);
  assert.equal(findings[0]?.severity, 'note');
});

test('of many PEM blocks the first 320 are looked at', () => {
  const block = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  assert.equal(findingsOf(block.repeat(320)).length, 321);
  assert.equal(findingsOf(block.repeat(322)).length, 321);
});

test('what a PEM block holds counts, not its label, which is said where it is another (RFC 7468 §4)', () => {
  const pem = (label: string, bytes: Uint8Array) =>
    `-----BEGIN ${label}-----\n${base64(bytes)}\n-----END ${label}-----\n`;
  const crl = makeCrl({ issuer: root });
  assert.equal(recognised(pem('X509 CRL', crl)), 'crl PEM');
  assert.deepEqual(findingsOf(pem('X509 CRL', crl)), []);
  assert.equal(recognised(pem('CERTIFICATE', crl)), 'crl PEM');
  assert.deepEqual(findingsOf(pem('CERTIFICATE', crl)), ['error crls.0']);
  assert.match(
    report(pem('CERTIFICATE', crl)).findings[0]?.message ?? '',
    /^the block says CERTIFICATE, and what it holds is a certificate revocation list, whose label is X509 CRL$/,
  );
  assert.equal(recognised(pem('TRUSTED CERTIFICATE', leaf.der)), 'certificate PEM');
  assert.deepEqual(findingsOf(pem('TRUSTED CERTIFICATE', leaf.der)), ['error certificates.0']);
  // What begins as nothing that is known is what its label says, and breaks there.
  assert.deepEqual(findingsOf(pem('CERTIFICATE', Buffer.from('junk'))), ['error certificates.0']);
});

test('the line of a PEM file that is at fault is said', () => {
  const lines = certificatePem(leaf.der).trimEnd().split('\n');
  const first = (changed: readonly string[]) => report(changed.join('\n')).findings[0]?.message;
  assert.equal(
    first(['words', ...lines.slice(0, -1)]),
    'the block CERTIFICATE that begins on line 2 has no END line: its end is cut off',
  );
  assert.equal(
    first(lines.map((line, index) => (index === 3 ? `${line}?` : line))),
    'the block CERTIFICATE is not base64: line 4 has a character that base64 does not have',
  );
  assert.equal(
    first(lines.map((line, index) => (index === 2 ? `${line}==` : line))),
    'the block CERTIFICATE is not base64: line 3 has padding, and more follows',
  );
  assert.equal(
    first(lines.map((line, index) => (index === 1 ? line.slice(1) : line))),
    'the block CERTIFICATE is not base64: characters are missing, or bits that are to be zero are not',
  );
  assert.equal(
    first([lines[0] ?? '', lines.at(-1) ?? '']),
    'the block CERTIFICATE is not base64: there is nothing in it',
  );
});

test('private keys are recognised in every form, with their public half (RFC 5958, RFC 5915, RFC 8017, RFC 7517)', () => {
  const spki = createPublicKey(leaf.key).export({ format: 'der', type: 'spki' });
  const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = { format: 'der' } as const;
  const pem = { format: 'pem' } as const;
  const forms: readonly (readonly [Uint8Array | string, string])[] = [
    [leaf.keyPem, 'PKCS#8'],
    [leaf.key.export({ ...der, type: 'pkcs8' }), 'PKCS#8'],
    [leaf.key.export({ ...pem, type: 'sec1' }), 'SEC 1'],
    [leaf.key.export({ ...der, type: 'sec1' }), 'SEC 1'],
    [JSON.stringify(leaf.key.export({ format: 'jwk' })), 'JWK'],
    [rsa.export({ ...pem, type: 'pkcs1' }), 'PKCS#1'],
    [rsa.export({ ...der, type: 'pkcs1' }), 'PKCS#1'],
  ];
  for (const [content, form] of forms) {
    const inspected = report(content);
    assert.ok(inspected.kind === 'private-key');
    const [key] = inspected.privateKeys;
    assert.equal(key?.form, form);
    if (form === 'PKCS#1') assert.equal(key?.publicKey?.key, 'RSA with 2048 bits');
    else assert.equal(key?.publicKey?.fingerprint, hash('sha256', spki));
  }
  assert.deepEqual(findingsOf(leaf.keyPem), ['note privateKeys.0']);
  assert.deepEqual(findingsOf(rsa.export({ ...pem, type: 'pkcs1' }).toString()), [
    'note privateKeys.0',
    'error privateKeys.0',
  ]);
});

test('a JWK without d is a public key, several in a JWK Set are looked at, and a symmetric one is all secret (RFC 7517)', () => {
  const publicKey = createPublicKey(leaf.key);
  const jwk = publicKey.export({ format: 'jwk' });
  for (const content of [jwk, { keys: [jwk] }]) {
    const inspected = report(JSON.stringify(content));
    assert.ok(inspected.kind === 'raw-public-key');
    assert.equal(
      inspected.publicKeys[0]?.fingerprint,
      hash('sha256', publicKey.export({ format: 'der', type: 'spki' })),
    );
    // Nothing takes a JWK Set for a credential or a pin (RFC 7517 §5).
    assert.deepEqual(
      inspected.findings.map(({ severity, field }) => `${severity} ${field}`),
      content === jwk ? [] : ['warning keys'],
    );
  }
  assert.deepEqual(findingsOf(JSON.stringify({ ...jwk, x: 'AAAA' })), ['error publicKeys.0']);
  const secret = report(JSON.stringify({ kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url') }));
  assert.equal(secret.kind, 'private-key');
  assert.doesNotMatch(JSON.stringify(secret), /BwcHBw/);
  const both = report(JSON.stringify({ keys: [jwk, leaf.key.export({ format: 'jwk' })] }));
  assert.ok(both.kind === 'private-key');
  assert.equal(both.privateKeys.length, 1);
  const many = report(JSON.stringify({ keys: Array.from({ length: 17 }, () => jwk) }));
  assert.ok(many.kind === 'raw-public-key');
  assert.equal(many.publicKeys.length, 16);
  assert.equal(many.findings[0]?.field, 'keys');
});

test('an encrypted private key says how it is encrypted, and a weak way (RFC 8018 4.2, 5; RFC 1421 4.6)', () => {
  const cipher = 'aes-256-cbc';
  const encrypted = leaf.key.export({ format: 'der', type: 'pkcs8', cipher, passphrase: 'x' });
  for (const content of [encrypted, base64(encrypted), hex(encrypted)]) {
    const inspected = report(content);
    assert.ok(inspected.kind === 'private-key');
    const [key] = inspected.privateKeys;
    assert.equal(key?.form, 'encrypted PKCS#8');
    assert.equal(key?.encryption?.name, 'PBES2, PBKDF2 with hmacWithSHA256, aes256-CBC');
    assert.equal(key?.encryption?.iterations, 2048);
    assert.equal(key?.publicKey, null);
  }
  const headers = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA';
  const old = `-----BEGIN EC PRIVATE KEY-----\n${headers}\n-----END EC PRIVATE KEY-----\n`;
  const inspected = report(old);
  assert.ok(inspected.kind === 'private-key');
  assert.equal(inspected.privateKeys[0]?.encryption?.name, 'AES-256-CBC');
  assert.deepEqual(findingsOf(old), ['note privateKeys.0', 'warning privateKeys.0']);
});

test('a private key that cannot be read is an error at its place, in which nothing of it stands', () => {
  const keyDer = leaf.key.export({ format: 'der', type: 'pkcs8' });
  for (const content of [
    keyDer.subarray(0, 60),
    Buffer.concat([keyDer.subarray(0, 40), Buffer.alloc(100, 7)]),
  ]) {
    assert.equal(report(content).kind, 'private-key');
    assert.deepEqual(findingsOf(content), ['error privateKeys.0']);
  }
  assert.deepEqual(findingsOf(leaf.keyPem.replace('M', '?')), ['error privateKeys.0']);
});

test('of a private key nothing is shown: not in a report, nor in a finding, whole or broken', () => {
  const jwk = leaf.key.export({ format: 'jwk' });
  const secret = Buffer.from(jwk.d ?? '', 'base64url');
  const legacy = leaf.key.export({ format: 'pem', type: 'sec1' }).toString();
  const pkcs8 = leaf.keyPem;
  const relabelled = pkcs8
    .replace('PRIVATE', 'ENCRYPTED PRIVATE')
    .replace('-----END PRIVATE', '-----END ENCRYPTED PRIVATE');
  for (const key of [pkcs8, legacy, relabelled]) {
    assert.equal(recognised(key), 'private-key PEM');
    assert.equal(recognised(key + certificatePem(leaf.der)), 'certificate PEM');
  }
  const keyDer = createPrivateKey(pkcs8).export({ format: 'der', type: 'pkcs8' });
  const lines = pkcs8.split('\n');
  const contents = [
    pkcs8,
    legacy,
    relabelled,
    `${pkcs8}${certificatePem(leaf.der)}`,
    lines.slice(0, 3).join('\n'),
    lines.slice(1).join('\n'),
    pkcs8.replace('-----END PRIVATE', '-----END OTHER PRIVATE'),
    pkcs8.replace('BEGIN PRIVATE KEY', 'BEGIN private key'),
    pkcs8.replaceAll('PRIVATE KEY', 'CERTIFICATE'),
    pkcs8.replaceAll('PRIVATE KEY', 'PUBLIC KEY'),
    pkcs8.replaceAll('PRIVATE KEY', 'X509 CRL'),
    base64(Buffer.from(pkcs8)),
    keyDer,
    keyDer.subarray(0, 70),
    Buffer.concat([keyDer, Buffer.of(0)]),
    base64(keyDer),
    hex(keyDer),
    secret,
    hex(secret),
    JSON.stringify(jwk),
    JSON.stringify({ keys: [jwk] }),
    JSON.stringify({ ...jwk, x: 'AAAA' }),
    JSON.stringify({ ...jwk, 'm2m:seci': 1 }),
  ];
  for (const content of contents) {
    const shown = `${JSON.stringify(report(content))}${formatReport(report(content))}`;
    for (const form of ['hex', 'base64', 'base64url'] as const) {
      const text = secret.toString(form);
      for (let start = 0; start + 12 <= text.length; start++)
        assert.ok(!shown.includes(text.slice(start, start + 12)), shown);
    }
  }
});

test('a key beside a certificate, a request or a public key has to be the one of it (RFC 5246 §7.4.2)', () => {
  const other = root.issue({ subject: 'other' });
  const spkiPemOf = (key: KeyObject) =>
    createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString();
  assert.deepEqual(findingsOf(certificatePem(leaf.der) + leaf.keyPem), ['note privateKeys.0']);
  assert.deepEqual(findingsOf(certificatePem(leaf.der) + other.keyPem), [
    'error privateKeys',
    'note privateKeys.0',
  ]);
  assert.deepEqual(findingsOf(spkiPemOf(leaf.key) + other.keyPem), [
    'error privateKeys',
    'note privateKeys.0',
  ]);
  assert.deepEqual(findingsOf(spkiPemOf(leaf.key) + leaf.keyPem), ['note privateKeys.0']);
  // Of several keys one is enough.
  assert.ok(!findingsOf(certificatePem(leaf.der) + other.keyPem + leaf.keyPem).includes('error privateKeys'));
  const wrongOrder = report(certificatePem(root.der, leaf.der) + leaf.keyPem);
  assert.ok(
    wrongOrder.findings.some(
      ({ message }) => message === 'the private key is that of certificate 2, which has to be the first',
    ),
  );
});

test('a primitive is recognised with its parameters, or its content alone (TS-0004 8.4.2)', () => {
  const content = { 'm2m:seci': { sit: 6, eckm: base64(message(1)) } };
  for (const [primitive, parameters] of [
    [
      { op: 5, to: '/cse-b', fr: 'Cae1', rqi: 'r1', pc: content },
      { op: 5, to: '/cse-b', fr: 'Cae1', rqi: 'r1' },
    ],
    [
      { rsc: 2000, rqi: 'r1', pc: content },
      { rsc: 2000, rqi: 'r1' },
    ],
    [content, {}],
  ] as const) {
    const inspected = report(` ${JSON.stringify(primitive)}\n`);
    assert.ok(inspected.kind === 'primitive');
    assert.deepEqual(inspected.parameters, parameters);
    assert.ok(inspected.content?.kind === 'message');
    assert.equal(inspected.content.message, 1);
    assert.deepEqual(inspected.findings, []);
  }
});

test('a parameter is shown only where it is a number or a string, and at most 512 characters of it', () => {
  const primitive = { op: [5], to: 'x'.repeat(600), pc: { 'm2m:seci': { sit: 6, eckm: 'FQMDAAICKA==' } } };
  const inspected = report(JSON.stringify(primitive));
  assert.ok(inspected.kind === 'primitive');
  assert.deepEqual(inspected.parameters, { to: 'x'.repeat(512) });
});

test('a securityInfo of another type is not recognised, a broken one is an error (TS-0004 6.3.4.2.35)', () => {
  assert.equal(recognised('{"m2m:seci":{"sit":1,"dreq":{}}}'), 'not-recognised');
  for (const broken of [
    '{"m2m:seci":{"sit":6}}',
    '{"m2m:seci":{"sit":6,"eckm":"FgM"}}',
    '{"m2m:seci":{"sit":6,"eckm":"FQMDAAICKA==","dreq":{}}}',
    '{"m2m:seci":{"sit":6,"sit":6,"eckm":"FQMDAAICKA=="}}',
    '{"m2m:seci":{"sit":9}}',
    '{"m2m:seci":6}',
    '{"pc":{"m2m:sgn":{"m2m:seci":{}}}}',
    '{"m2m:seci":',
  ]) {
    assert.equal(recognised(broken), 'primitive JSON', broken);
    assert.deepEqual(findingsOf(broken), ['error content'], broken);
  }
});

test('a primitive above 96 KiB is not parsed', () => {
  const [finding] = report(`{"m2m:seci":${' '.repeat(96 * 1024)}}`).findings;
  assert.equal(finding?.code, 'MESSAGE_TOO_LARGE');
});

test('JSON above 2 MiB is not parsed', () => {
  const jwk = JSON.stringify(createPublicKey(leaf.key).export({ format: 'jwk' }));
  assert.equal(recognised(`${jwk}${' '.repeat(1000)}`), 'raw-public-key JSON');
  const inspected = report(`${jwk}${' '.repeat(2 * 1024 * 1024)}`);
  assert.match(
    inspected.findings[0]?.message ?? '',
    /bytes that begin as JSON; nothing that is known here is that long/,
  );
});

test('a message above 64 KiB is recognised and not parsed, a file above 6 MiB is not recognised', () => {
  const bytes = Buffer.alloc(65_537);
  bytes.set(message(1));
  for (const content of [bytes, base64(bytes)]) {
    const inspected = report(content);
    assert.ok(inspected.kind === 'message');
    assert.deepEqual(inspected.annotation.fields, []);
    assert.match(inspected.findings[0]?.message ?? '', /65537 bytes; 65536 are allowed/);
  }
  const file = Buffer.alloc(maxFileSize + 1, '\n');
  file.write(certificatePem(leaf.der), 10);
  assert.equal(recognised(file), 'not-recognised');
  assert.equal(recognised(file.subarray(1)), 'certificate PEM');
});

test('of many certificates in a file the first 16 are shown', () => {
  const chain = Array.from({ length: 17 }, () => leaf.der);
  for (const content of [certificatePem(...chain), Buffer.concat(chain)]) {
    const inspected = report(content);
    assert.ok(inspected.kind === 'chain');
    assert.equal(inspected.certificates.length, 16);
    assert.equal(inspected.count, 17);
    assert.ok(findingsOf(content).includes('error certificates'));
  }
  assert.ok(!findingsOf(certificatePem(...chain.slice(1))).includes('error certificates'));
});

test('of a bundle all certificates are looked at, up to 256, and the first 16 shown', () => {
  const limits = { nameConstraints: { permitted: ['dns:example.com'] } };
  const whole = makeAuthority(limits).der;
  const expired = makeAuthority({ ...limits, notAfter: new Date('2026-06-01T00:00:00Z') }).der;
  const bundle = [...Array.from({ length: 20 }, () => whole), expired];
  for (const content of [certificatePem(...bundle), Buffer.concat(bundle)]) {
    const inspected = report(content);
    assert.ok(inspected.kind === 'bundle');
    assert.equal(inspected.certificates.length, 16);
    assert.deepEqual(findingsOf(content), ['error certificates.20.validity', 'note certificates']);
    assert.match(formatReport(inspected), /: bundle of 21 authorities/);
  }
  const many = [...Array.from({ length: 256 }, () => whole), expired];
  for (const content of [certificatePem(...many), Buffer.concat(many)])
    assert.deepEqual(findingsOf(content), ['note certificates', 'note certificates']);
});

test('parameters that OpenSSL writes beside keys are named', () => {
  for (const [label, what] of [
    ['EC PARAMETERS', /the name of a curve \(EC PARAMETERS\), without a key/],
    ['DH PARAMETERS', /parameters of Diffie-Hellman/],
    ['SOMETHING ELSE', /PEM of SOMETHING ELSE, without/],
  ] as const) {
    const { findings } = report(`-----BEGIN ${label}-----\nBggqhkjOPQMBBw==\n-----END ${label}-----\n`);
    assert.match(findings.at(-1)?.message ?? '', what);
  }
});

test('a certificate that cannot be read keeps its place and says where it breaks (RFC 5280 4.1)', () => {
  const cut = leaf.der.subarray(0, 100);
  for (const content of [cut, certificatePem(cut), base64(cut)]) {
    const inspected = report(content);
    assert.ok(inspected.kind === 'certificate');
    assert.deepEqual(inspected.certificates, [null]);
    const finding = inspected.findings.find(({ code }) => code === 'CERTIFICATE_MALFORMED');
    assert.match(finding?.field ?? '', /^certificates\.0/);
  }
  assert.equal(
    report(cut).findings[0]?.message,
    `a certificate of ${leaf.der.length} bytes, of which 100 are there: the end is cut off`,
  );
  const chain = report(certificatePem(cut, root.der));
  assert.ok(chain.kind === 'chain');
  assert.deepEqual(
    chain.certificates.map(certificate => certificate?.subject ?? null),
    [null, 'CN=root'],
  );
});

test('what follows a certificate in DER is refused with it (X.690 8.1)', () => {
  const [finding] = report(Buffer.concat([leaf.der, Buffer.from('\n')])).findings;
  assert.equal(finding?.message, `a certificate of ${leaf.der.length} bytes, with 1 more behind it`);
});

test('a certificate of version 1 is recognised, what only resembles one is not (RFC 5280 4.1, 5.1; RFC 2986)', () => {
  const first = root.issue({ version: new Uint8Array(), extensions: [] });
  assert.equal(recognised(first.der), 'certificate binary');
  assert.match(report(first.der).findings[0]?.message ?? '', /version 1/);
  const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  const now = derTime(new Date('2026-01-01T00:00:00Z'));
  const revocationList = sequence(
    sequence(integer(1), algorithm, name('root'), now, now),
    algorithm,
    nothing,
  );
  const request = sequence(sequence(integer(0), name('x'), sequence(algorithm, nothing)), algorithm, nothing);
  for (const other of [revocationList, request, der(0x30), sequence(sequence())])
    assert.notEqual(report(other).kind, 'certificate');
});

const publicKey = new X509Certificate(leaf.der).publicKey;
const spki = publicKey.export({ format: 'der', type: 'spki' });
const spkiPem = publicKey.export({ format: 'pem', type: 'spki' }).toString();

test('a raw public key is recognised in DER, PEM, base64 and hex, and is the same in each (RFC 7250 §3, RFC 7468 §13)', () => {
  const forms = new Map<string, Uint8Array | string>([
    ['binary', spki],
    ['PEM', spkiPem],
    ['base64', base64(spki)],
    ['hex', hex(spki)],
  ]);
  const publicKeys = (content: Uint8Array | string): unknown => {
    const inspected = report(content);
    return 'publicKeys' in inspected ? inspected.publicKeys : null;
  };
  for (const [encoding, content] of forms) {
    assert.equal(recognised(content), `raw-public-key ${encoding}`);
    assert.deepEqual(publicKeys(content), publicKeys(spki));
    // In base64 and hex alone no other program finds it.
    assert.deepEqual(findingsOf(content), /base64|hex/.test(encoding) ? ['warning file'] : []);
  }
});

test('a raw public key that cannot be read keeps its place and says where it breaks (RFC 7250 §3)', () => {
  const cut = spki.subarray(0, 60);
  const pem = (bytes: Uint8Array) =>
    `-----BEGIN PUBLIC KEY-----\n${base64(bytes)}\n-----END PUBLIC KEY-----\n`;
  for (const content of [cut, base64(cut), hex(cut), pem(cut), pem(cut) + spkiPem]) {
    const inspected = report(content);
    assert.ok(inspected.kind === 'raw-public-key');
    assert.equal(inspected.publicKeys[0], null);
    const finding = inspected.findings.find(({ code }) => code === 'CERTIFICATE_MALFORMED');
    assert.equal(finding?.field, 'publicKeys.0');
    assert.equal(finding?.message, 'a public key of 91 bytes, of which 60 are there: the end is cut off');
  }
  assert.deepEqual(findingsOf(spkiPem.replace('M', '?')), ['error publicKeys.0']);
  assert.match(report(Buffer.concat([spki, spki])).findings[0]?.message ?? '', /with 91 more behind it/);
});

test('public keys are shown where there is no certificate, of many the first 16', () => {
  const several = report(spkiPem.repeat(2));
  assert.ok(several.kind === 'raw-public-key');
  assert.equal(several.publicKeys.length, 2);
  assert.deepEqual(several.findings, []);
  const many = report(spkiPem.repeat(17));
  assert.ok(many.kind === 'raw-public-key');
  assert.equal(many.publicKeys.length, 16);
  assert.deepEqual(findingsOf(spkiPem.repeat(17)), ['note publicKeys']);
  for (const both of [certificatePem(leaf.der) + spkiPem, spkiPem + certificatePem(leaf.der)]) {
    assert.equal(recognised(both), 'certificate PEM');
    assert.deepEqual(findingsOf(both), ['note PEM']);
  }
  assert.deepEqual(findingsOf(certificatePem(leaf.der) + spkiPem.replace('M', '?')), ['error PEM']);
  assert.equal(recognised(spkiPem + leaf.keyPem), 'raw-public-key PEM');
  assert.deepEqual(findingsOf(spkiPem + leaf.keyPem), ['note privateKeys.0']);
});

test('what only resembles a public key is not recognised: an encrypted private key, a digest (RFC 5958 §3, RFC 8017 §9.2)', () => {
  const cipher = 'aes-256-cbc';
  const encrypted = leaf.key.export({ format: 'der', type: 'pkcs8', cipher, passphrase: 'x' });
  assert.equal(recognised(encrypted), 'private-key binary');
  const algorithm = sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'), nothing);
  const digest = sequence(algorithm, octetString(Buffer.alloc(32)));
  for (const other of [digest, sequence(algorithm), sequence(sequence(nothing), der(0x03, Buffer.of(0)))]) {
    assert.equal(recognised(other), 'not-recognised');
    assert.match(report(other).findings[0]?.message ?? '', /looks like DER, but like none/);
  }
});

test('a file is recognised by content whatever its name', () => {
  assert.equal(recognised(fileOf('certs/cae1.key')), 'private-key PEM');
  assert.equal(recognised(fileOf('certs/README.md')), 'text');
});

test('PEM that lost its line ends or its hyphens is an error with the line, a private key too, and nothing of it is shown', () => {
  const key = Buffer.from(fileOf('certs/cae1.key')).toString('utf8');
  const broken: readonly (readonly [string, RegExp])[] = [
    [' ', /line 2 has PEM without its line ends/],
    ['', /line 2 has PEM without its line ends/],
    ['\\n', /line 2 has PEM whose lines are broken by \\n/],
  ];
  for (const pem of [certificatePem(leaf.der), key])
    for (const [end, reason] of broken) {
      const inspected = report(`These are the words before.\n${pem.replaceAll('\n', end)}`);
      assert.equal(inspected.kind, 'not-recognised', end);
      assert.match(inspected.findings[0]?.message ?? '', reason);
      assert.ok(!JSON.stringify(inspected).includes(key.split('\n')[1]?.slice(0, 12) ?? assert.fail()));
    }
  const dashes = certificatePem(leaf.der).replaceAll('-----', '\u2014');
  assert.match(
    report(dashes).findings[0]?.message ?? '',
    /line 1 has PEM with the dashes of a word processor/,
  );
  const json = report(JSON.stringify({ certificate: certificatePem(leaf.der) }));
  assert.match(json.findings[0]?.message ?? '', /JSON with PEM within a string/);
  const comment = certificatePem(leaf.der).replaceAll(/^/gm, '# ');
  assert.match(
    report(comment).findings[0]?.message ?? '',
    /line 1 has the beginning of PEM, which has to stand alone/,
  );
  assert.equal(recognised('Write a BEGIN \u2014 then words, then an END.'), 'text');
});

test('PEM that is indented or has empty lines is shown, with a warning: OpenSSL does not read it (RFC 7468 §3)', () => {
  const pem = certificatePem(leaf.der);
  const messages = (text: string) =>
    report(text).findings.map(({ severity, message }) => `${severity} ${message}`);
  const indented = ['warning the block CERTIFICATE of line 1 is indented, so that OpenSSL does not read it'];
  assert.deepEqual(messages(pem.replaceAll(/^/gm, '  ')), indented);
  assert.deepEqual(messages(pem.replace('-----END', ' -----END')), indented);
  assert.deepEqual(messages(pem.replace('\n', '\n\n')), [
    'warning line 2 in the block CERTIFICATE is empty, so that OpenSSL does not read it',
  ]);
  assert.deepEqual(messages(`\n${pem}\n`), []);
});

test('files of e2ekey itself are named and in order, and nothing of a secret is shown', async () => {
  const own = (content: Uint8Array | string) => {
    const { findings, ...inspected } = report(content);
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'note'),
      [],
    );
    return inspected.kind === 'own-file' ? `${inspected.what} ${inspected.size}` : inspected.kind;
  };
  const register = JSON.stringify({ crlNumber: 3, revoked: [] });
  assert.equal(own(register), `register ${register.length}`);
  const config = JSON.stringify({
    id: '//m2m.example.com/cse-b',
    listen: { port: 0 },
    peers: [],
    store: 'memory:',
  });
  assert.equal(own(config), `configuration ${config.length}`);
  const database = Buffer.alloc(8192);
  database.write('SQLite format 3\0');
  assert.equal(report(database).kind, 'not-recognised');
  database.write('E2EK', 68);
  assert.equal(own(database), 'key-store 8192');
  const huge = { name: 'keys.db', bytes: database, size: maxFileSize + 1 };
  const { report: ofHuge } = inspectFile(huge, { time, password: null });
  assert.deepEqual(ofHuge.findings, []);
  const secret = Buffer.from('c0ffee00112233445566778899aabbccddeeff00112233445566778899aabbcc', 'hex');
  assert.equal(own(secret), 'secret 32');
  assert.equal(own(`${secret.toString('hex')}\n`), 'secret 32');
  assert.equal(own(secret.toString('hex', 0, 16)), 'secret 16');
  for (const content of [secret, secret.toString('hex')])
    assert.doesNotMatch(JSON.stringify(report(content)), /c0ff|wP\/u/i);
  assert.equal(report(secret.subarray(1)).kind, 'not-recognised');
  assert.equal(report(secret.toString('hex', 0, 15)).kind, 'not-recognised');
});

test('an archive says what it is by its own octets, although PEM stands in it as it is', () => {
  const pem = Buffer.from(certificatePem(leaf.der));
  const tar = Buffer.concat([
    Buffer.alloc(257),
    Buffer.from('ustar\0'),
    Buffer.alloc(249),
    pem,
    Buffer.alloc(512),
  ]);
  const zip = Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(26), Buffer.from('\n'), pem]);
  for (const [archive, reason] of [
    [tar, /a tar archive/],
    [zip, /a zip archive/],
  ] as const) {
    const inspected = report(archive);
    assert.equal(inspected.kind, 'not-recognised');
    assert.match(inspected.findings[0]?.message ?? '', reason);
  }
});

test('PEM in base64, as a Secret of Kubernetes has it, is shown and said', () => {
  const encoded = base64(Buffer.from(certificatePem(leaf.der)));
  assert.equal(recognised(encoded), 'certificate PEM');
  assert.deepEqual(findingsOf(encoded), ['error file']);
});

test('signing requests, revocation lists, OCSP responses and requests are recognised in every encoding', () => {
  const documents: readonly (readonly [string, Uint8Array])[] = [
    ['certificate-request', signingRequest({ names: ['dns:cse.example.com'] })],
    ['crl', makeCrl({ issuer: root })],
    ['ocsp-response', makeOcspResponse({ issuer: root, certificate: leaf })],
    ['ocsp-request', writeOcspRequest(parseCertificate(leaf.der), parseCertificate(root.der))],
  ];
  for (const [kind, bytes] of documents) {
    assert.equal(recognised(bytes), `${kind} binary`);
    assert.equal(recognised(base64(bytes)), `${kind} base64`);
    assert.equal(recognised(hex(bytes)), `${kind} hex`);
    assert.deepEqual(findingsOf(bytes), []);
    // Cut off, each is still what it began as, and says so.
    const [finding] = report(bytes.subarray(0, bytes.length - 1)).findings;
    assert.equal(recognised(bytes.subarray(0, bytes.length - 1)), `${kind} binary`);
    assert.match(finding?.message ?? '', /of \d+ bytes, of which \d+ are there: the end is cut off$/);
  }
});

test('a primitive is recognised in JSON, XML and CBOR, whole or its content alone (TS-0004 8.3, 8.4, 8.5)', () => {
  const content = { 'm2m:seci': { sit: 6, eckm: base64(message(1)) } };
  const whole = { 'm2m:rqp': { op: 5, to: '/cse-b', fr: 'Cae1', rqi: 'r1', pc: content } };
  for (const serialisation of ['json', 'xml', 'cbor'] as const)
    for (const value of [content, whole]) {
      const inspected = report(serialisations[serialisation].write(value));
      assert.ok(inspected.kind === 'primitive');
      assert.equal(inspected.encoding, serialisation.toUpperCase());
      assert.ok(inspected.content?.kind === 'message', JSON.stringify(inspected));
      assert.equal(inspected.content.message, 1);
      assert.equal(inspected.parameters.fr, value === whole ? 'Cae1' : undefined);
    }
  assert.deepEqual(findingsOf('<m2m:seci xmlns:m2m="http://www.onem2m.org/xml/protocols"><sit>'), [
    'error content',
  ]);
});

test('what is none of ours says what it is, and how one gets at what is wanted', () => {
  const begins: readonly (readonly [Uint8Array | string, RegExp])[] = [
    [Buffer.from('feedfeed00000002', 'hex'), /Java keystore \(JKS\): keytool -importkeystore/],
    [Buffer.from('cececece00000002', 'hex'), /JCEKS/],
    [Buffer.from('1f8b0800', 'hex'), /gunzip/],
    [Buffer.from('504b0304', 'hex'), /unzip/],
    [Buffer.from('89504e470d0a', 'hex'), /a picture \(PNG\)/],
    [Buffer.from('255044462d312e37', 'hex'), /PDF/],
    [Buffer.from('53514c69746520666f726d6174203300', 'hex'), /SQLite/],
    [Buffer.from('d4c3b2a102000400', 'hex'), /pcap/],
    ['-----BEGIN PGP PUBLIC KEY BLOCK-----\n', /OpenPGP/],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n', /ssh-keygen -p -m PKCS8/],
    ['ecdsa-sha2-nistp256 AAAAE2VjZHNh me@here', /ssh-keygen -e -m PKCS8/],
    ['<!DOCTYPE html>\n<title>404</title>', /an HTML page/],
    ['<?xml version="1.0"?><a/>', /XML without m2m:seci/],
    ['Certificate:\n    Data:\n        Version: 3', /without the certificate/],
    ['-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----', /\\n in two characters/],
    ['x\n----BEGIN CERTIFICATE----\nMIIB\n', /^not recognised: line 2 looks like the beginning of PEM/],
    [`> ${certificatePem(leaf.der).replaceAll('\n', '\n> ')}`, /line 1 has PEM quoted with >/],
    ['{"a":', /begins as JSON, but is none/],
    [
      `-----BEGIN PKCS7-----\n${base64(sequence(objectIdentifier('1.2.840.113549.1.7.2')))}\n-----END PKCS7-----`,
      /openssl pkcs7 -print_certs/,
    ],
  ];
  for (const [content, reason] of begins) {
    const inspected = report(content);
    assert.equal(inspected.kind, 'not-recognised');
    assert.match(inspected.findings.at(-1)?.message ?? '', reason);
  }
  assert.equal(recognised('These are the keys of the lab, for nobody else.'), 'text');
});
