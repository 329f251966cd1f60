import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { FileReport } from '../../src/inspect/inspect.ts';
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
import { fileOf, findingsOf, message, report } from './material.ts';

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

test('text outside of PEM blocks, and a byte order mark, are passed over (RFC 7468 §2)', () => {
  const text = `\uFEFF-----BEGIN CERTIFICATE-----\r\n${base64(leaf.der)}\r\n-----END CERTIFICATE-----\r\nsome words`;
  assert.equal(recognised(text), 'certificate PEM');
  assert.equal(recognised(`Bag Attributes\n${certificatePem(leaf.der)}`), 'certificate PEM');
  assert.deepEqual(findingsOf(text), []);
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

test('of many PEM blocks the first 64 are looked at', () => {
  const block = '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n';
  assert.equal(findingsOf(block.repeat(64)).length, 65);
  assert.equal(findingsOf(block.repeat(66)).length, 65);
});

test('a private key is not looked into, and so has no form that could be wrong (RFC 1421 4.6)', () => {
  const headers = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA';
  const key = `-----BEGIN EC PRIVATE KEY-----\n${headers}\n-----END EC PRIVATE KEY-----\n`;
  assert.equal(recognised(key), 'private-key');
  assert.deepEqual(findingsOf(key), ['note PEM']);
});

test('of a private key nothing is shown: not in a report, nor in a finding, whole or broken', () => {
  const jwk = leaf.key.export({ format: 'jwk' });
  const secret = Buffer.from(jwk.d ?? '', 'base64url');
  const legacy = leaf.key.export({ format: 'pem', type: 'sec1' }).toString();
  const pkcs8 = leaf.keyPem;
  const notes = ['note PEM'];
  for (const key of [
    pkcs8,
    legacy,
    pkcs8.replace('PRIVATE', 'ENCRYPTED PRIVATE').replace('-----END PRIVATE', '-----END ENCRYPTED PRIVATE'),
  ]) {
    assert.equal(recognised(key), 'private-key');
    assert.deepEqual(findingsOf(key), notes);
    assert.equal(recognised(key + certificatePem(leaf.der)), 'certificate PEM');
    assert.deepEqual(findingsOf(key + certificatePem(leaf.der)), notes);
  }
  const keyDer = createPrivateKey(pkcs8).export({ format: 'der', type: 'pkcs8' });
  const lines = pkcs8.split('\n');
  const contents = [
    pkcs8,
    legacy,
    `${pkcs8}${certificatePem(leaf.der)}`,
    lines.slice(0, 3).join('\n'),
    lines.slice(1).join('\n'),
    pkcs8.replace('-----END PRIVATE', '-----END OTHER PRIVATE'),
    pkcs8.replace('BEGIN PRIVATE KEY', 'BEGIN private key'),
    pkcs8.replaceAll('PRIVATE KEY', 'CERTIFICATE'),
    pkcs8.replaceAll('PRIVATE KEY', 'PUBLIC KEY'),
    keyDer,
    base64(keyDer),
    hex(keyDer),
    secret,
    hex(secret),
    JSON.stringify(jwk),
    JSON.stringify({ ...jwk, 'm2m:seci': 1 }),
  ];
  for (const content of contents) {
    const shown = JSON.stringify(report(content));
    for (const form of ['hex', 'base64', 'base64url'] as const) {
      const text = secret.toString(form);
      for (let start = 0; start + 12 <= text.length; start++)
        assert.ok(!shown.includes(text.slice(start, start + 12)), shown);
    }
  }
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

test('a message above 64 KiB is recognised and not parsed, a file above 1 MiB is not recognised', () => {
  const bytes = Buffer.alloc(65_537);
  bytes.set(message(1));
  for (const content of [bytes, base64(bytes)]) {
    const inspected = report(content);
    assert.ok(inspected.kind === 'message');
    assert.deepEqual(inspected.annotation.fields, []);
    assert.match(inspected.findings[0]?.message ?? '', /65537 bytes; 65536 are allowed/);
  }
  const file = Buffer.alloc(1024 * 1024 + 1, '\n');
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
    assert.equal(inspected.findings[0]?.field, 'certificates');
  }
  assert.ok(!findingsOf(certificatePem(...chain.slice(1))).includes('note certificates'));
});

test('a certificate that cannot be read keeps its place and says where it breaks (RFC 5280 4.1)', () => {
  const cut = leaf.der.subarray(0, 100);
  for (const content of [cut, certificatePem(cut), base64(cut)]) {
    const inspected = report(content);
    assert.ok(inspected.kind === 'certificate');
    assert.deepEqual(inspected.certificates, [null]);
    const [finding] = inspected.findings;
    assert.match(finding?.field ?? '', /^certificates\.0/);
    assert.equal(finding?.code, 'CERTIFICATE_MALFORMED');
    assert.match(finding?.message ?? '', /octets needed where \d+ are left, at offset \d+/);
  }
  const chain = report(certificatePem(cut, root.der));
  assert.ok(chain.kind === 'chain');
  assert.deepEqual(
    chain.certificates.map(certificate => certificate?.subject ?? null),
    [null, 'CN=root'],
  );
});

test('what follows a certificate in DER is refused with it (X.690 8.1)', () => {
  const [finding] = report(Buffer.concat([leaf.der, Buffer.from('\n')])).findings;
  assert.match(finding?.message ?? '', /1 octets too many/);
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
    assert.equal(recognised(other), 'not-recognised');
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
    assert.deepEqual(findingsOf(content), []);
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
    const [finding] = inspected.findings;
    assert.equal(finding?.field, 'publicKeys.0.subjectPublicKeyInfo');
    assert.equal(finding?.code, 'CERTIFICATE_MALFORMED');
    assert.match(finding?.message ?? '', /89 octets needed where 58 are left, at offset 2/);
  }
  assert.deepEqual(findingsOf(spkiPem.replace('M', '?')), ['error publicKeys.0']);
  assert.match(report(Buffer.concat([spki, spki])).findings[0]?.message ?? '', /91 octets too many/);
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
  assert.deepEqual(findingsOf(spkiPem + leaf.keyPem), ['note PEM']);
});

test('what only resembles a public key is not recognised: an encrypted private key, a digest (RFC 5958 §3, RFC 8017 §9.2)', () => {
  const cipher = 'aes-256-cbc';
  const encrypted = leaf.key.export({ format: 'der', type: 'pkcs8', cipher, passphrase: 'x' });
  const algorithm = sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'), nothing);
  const digest = sequence(algorithm, octetString(Buffer.alloc(32)));
  for (const other of [
    encrypted,
    digest,
    sequence(algorithm),
    sequence(sequence(nothing), der(0x03, Buffer.of(0))),
  ]) {
    assert.equal(recognised(other), 'not-recognised');
    assert.match(report(other).findings[0]?.message ?? '', /looks like DER, but neither/);
  }
});

test('a bundle with a key recognises by content whatever the name of the file', () => {
  assert.equal(recognised(fileOf('certs/cae1.key')), 'private-key');
  assert.equal(recognised(fileOf('certs/README.md')), 'not-recognised');
});
