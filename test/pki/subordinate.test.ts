// Authorities below others: what their certificates say.
import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { createAuthority, issueAuthority, type SubordinateRequest } from '../../src/pki/authority.ts';
import { keyTypes } from '../../src/pki/key-type.ts';
import { constraintsOf } from '../../src/pki/name-constraints.ts';
import {
  der,
  extension,
  makeAuthority,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';

const validity = { notBefore: new Date('2030-01-01T00:00:00Z'), notAfter: new Date('2031-01-01T00:00:00Z') };
const { root, intermediate } = await createAuthority({
  name: 'lab',
  domains: ['m2m.example.com'],
  uriConstraints: true,
  devices: ['0.2.481.1.100'],
  nodes: ['1.2.3'],
  pathLength: 2,
  validity,
});
const subject = { name: 'lab b', keyType: 'p256' } as const;
const request: SubordinateRequest = { subject, validity };
const read = (certificate: X509Certificate) => parseCertificate(certificate.raw);
const pathLength = (certificate: X509Certificate) =>
  read(certificate).extensions.basicConstraints?.pathLenConstraint;

test('a further authority is a CA with a name and a key of its own, and says above whom it stands', async () => {
  const { certificate, key, chain, warnings } = await issueAuthority(intermediate, request);
  assert.ok(certificate.checkIssued(intermediate.certificate));
  assert.ok(certificate.verify(intermediate.certificate.publicKey));
  assert.ok(key !== null && certificate.checkPrivateKey(key));
  assert.deepEqual(chain, [certificate, intermediate.certificate]);
  assert.deepEqual(warnings, []);
  assert.equal(read(certificate).subject.text, 'CN=lab b');
  const { basicConstraints, keyUsage } = read(certificate).extensions;
  assert.deepEqual(basicConstraints, { cA: true, pathLenConstraint: 0 });
  assert.deepEqual(keyUsage, new Set(['keyCertSign', 'cRLSign']));
  const below = await issueAuthority(root, request);
  assert.deepEqual(below.chain, [below.certificate]);
});

test('whom it may name is as above it, where it is not said (TS-0003 8.1.2.2)', async () => {
  const inherited = constraintsOf(intermediate.certificate);
  const of = async (change: Partial<SubordinateRequest>) =>
    constraintsOf((await issueAuthority(intermediate, { ...request, ...change })).certificate);
  assert.deepEqual(await of({}), inherited);
  const domains = ['a.m2m.example.com'];
  assert.deepEqual(await of({ domains }), { ...inherited, domains });
  const devices = ['0.2.481.1.100.3030'];
  assert.deepEqual(await of({ devices }), { ...inherited, devices });
  const { certificate } = await issueAuthority(root, request);
  assert.equal(constraintsOf(certificate).domains.includes('example.com'), true);
});

test('pathLenConstraint is what the issuer leaves, and no more can be asked (RFC 5280 6.1.4 (l), (m))', async () => {
  const of = async (issuer: typeof root, length?: number) =>
    pathLength(
      (await issueAuthority(issuer, { ...request, ...(length !== undefined && { pathLength: length }) }))
        .certificate,
    );
  assert.equal(await of(root, 7), 7);
  assert.equal(await of(intermediate), 0);
  assert.equal(await of(intermediate, 1), 1);
  await assert.rejects(of(intermediate, 2), {
    code: 'OPTION_INVALID',
    message: /pathLenConstraint is 2: one below it can have 1 at most, not 2/,
  });
  const { key, ...lowest } = await issueAuthority(intermediate, request);
  assert.ok(key !== null);
  await assert.rejects(of({ ...lowest, key }), {
    code: 'OPTION_INVALID',
    message: /pathLenConstraint is 0, which allows no authority below it/,
  });
});

test('a change of keys keeps the name and all that binds it, also at pathLenConstraint 0 (RFC 5280 3.2, 6.1.4 (l))', async () => {
  const rollover: SubordinateRequest = { subject: { rollover: 'p256' }, validity };
  for (const issuer of [root, intermediate]) {
    const { certificate, key } = await issueAuthority(issuer, rollover);
    assert.deepEqual(read(certificate).subject.der, read(issuer.certificate).subject.der);
    assert.deepEqual(read(certificate).issuer.der, read(issuer.certificate).subject.der);
    assert.ok(!certificate.publicKey.equals(issuer.certificate.publicKey));
    assert.ok(key !== null && certificate.checkPrivateKey(key));
    assert.equal(pathLength(certificate), pathLength(issuer.certificate));
    assert.deepEqual(constraintsOf(certificate), constraintsOf(issuer.certificate));
    const { subjectKeyIdentifier, authorityKeyIdentifier } = read(certificate).extensions;
    assert.notDeepEqual(subjectKeyIdentifier, authorityKeyIdentifier);
  }
  const { key, ...lowest } = await issueAuthority(intermediate, request);
  assert.ok(key !== null);
  assert.equal(pathLength((await issueAuthority({ ...lowest, key }, rollover)).certificate), 0);
  const domains = ['a.example'];
  const bound = await issueAuthority(root, { ...rollover, domains });
  assert.deepEqual(constraintsOf(bound.certificate).domains, domains);
});

test('a cross-certificate has name, key and key identifier of the certificate that is there (RFC 5280 3.2, 4.2.1.2)', async () => {
  const utf8 = (text: string) => der(0x0c, Buffer.from(text));
  const printable = (text: string) => der(0x13, Buffer.from(text));
  const attribute = (id: string, value: Uint8Array) => sequence(objectIdentifier(id), value);
  // Strings of several kinds, and two attributes in one part of the name: it has to stay the same to the last octet.
  const name = sequence(
    der(0x31, attribute('2.5.4.6', printable('DE'))),
    der(0x31, attribute('2.5.4.11', printable('B')), attribute('2.5.4.3', utf8('Ärzte'))),
    der(0x31, attribute('0.9.2342.19200300.100.1.25', der(0x16, Buffer.from('example')))),
  );
  const identifier = extension('2.5.29.14', octetString(Buffer.from('an identifier')));
  const foreign = makeAuthority({
    subject: name,
    pathLen: 5,
    more: [identifier],
    nameConstraints: { permitted: ['dns:foreign.example', 'device:0.2.481.1:7'] },
  });
  const crossed = new X509Certificate(foreign.der);
  const { certificate, key } = await issueAuthority(intermediate, {
    subject: { crossed, key: null },
    validity,
  });
  assert.equal(key, null);
  assert.deepEqual(read(certificate).subject.der, Buffer.from(name));
  assert.ok(certificate.publicKey.equals(crossed.publicKey));
  assert.deepEqual(read(certificate).extensions.subjectKeyIdentifier, Buffer.from('an identifier'));
  // As long as the issuer allows, and no longer.
  assert.equal(pathLength(certificate), 1);
  assert.deepEqual(constraintsOf(certificate), constraintsOf(intermediate.certificate));

  const underRoot = await issueAuthority(root, { subject: { crossed, key: foreign.key }, validity });
  assert.equal(underRoot.key, foreign.key);
  assert.equal(pathLength(underRoot.certificate), 5);
  assert.deepEqual(constraintsOf(underRoot.certificate), {
    domains: ['foreign.example'],
    uriConstraints: false,
    devices: ['0.2.481.1.7'],
    nodes: [],
  });
});

test('a root that is issued again with another validity stays what it was, bound by nothing', async () => {
  const later = { ...validity, notAfter: new Date('2040-01-01T00:00:00Z') };
  const { certificate, key } = root;
  const again = await issueAuthority(root, { subject: { crossed: certificate, key }, validity: later });
  assert.ok(
    again.certificate.verify(certificate.publicKey) && again.certificate.checkIssued(again.certificate),
  );
  assert.equal(read(again.certificate).extensions.nameConstraints, null);
  assert.equal(pathLength(again.certificate), null);
  assert.deepEqual(again.certificate.validToDate, later.notAfter);
});

test('another authority of the same name is another one all the same: its constraints are not left open', async () => {
  const { root: namesake } = await createAuthority({ name: 'lab', validity });
  const subject = { crossed: namesake.certificate, key: null };
  const { certificate } = await issueAuthority(root, { subject, validity });
  assert.ok(constraintsOf(certificate).domains.length > 0);
});

test('what it issues is known by the key identifier of its issuer, whatever that is (RFC 5280 4.2.1.1)', async () => {
  const identifier = extension('2.5.29.14', octetString(Buffer.from('an identifier')));
  const { der: raw, key } = makeAuthority({ more: [identifier] });
  const foreign = { certificate: new X509Certificate(raw), key, chain: [] };
  const { certificate } = await issueAuthority(foreign, request);
  assert.deepEqual(read(certificate).extensions.authorityKeyIdentifier, Buffer.from('an identifier'));
});

test('constraints of forms that a lab does not write are left to the certificate that has them', async () => {
  const { der: raw, key } = makeAuthority({
    nameConstraints: { permitted: ['dns:a.example', 'email:a@example.com', 'dir:x', 'ip:7f000001ffffffff'] },
  });
  const foreign = { certificate: new X509Certificate(raw), key, chain: [] };
  const { certificate } = await issueAuthority(foreign, request);
  const bases = read(certificate).extensions.nameConstraints?.permitted.map(({ base }) => base);
  assert.deepEqual(bases, [{ form: 'dns', value: 'a.example' }]);
});

for (const keyType of keyTypes)
  test(`an authority with a key of type ${keyType} signs with it, and says who refuses it (TS-0003 10.1.1.3)`, async () => {
    const { key, warnings, ...authority } = await issueAuthority(root, {
      ...request,
      subject: { name: 'lab c', keyType },
      pathLength: 1,
    });
    assert.equal(warnings.length, keyType === 'p256' ? 0 : 1);
    assert.ok(key !== null);
    const { certificate } = await issueAuthority({ ...authority, key }, request);
    assert.ok(certificate.verify(authority.certificate.publicKey));
    const algorithms = {
      p256: '1.2.840.10045.4.3.2',
      p384: '1.2.840.10045.4.3.3',
      p521: '1.2.840.10045.4.3.4',
      rsa2048: '1.2.840.113549.1.1.11',
      rsa3072: '1.2.840.113549.1.1.11',
      ed25519: '1.3.101.112',
    };
    assert.equal(read(certificate).signatureAlgorithm.algorithm, algorithms[keyType]);
  });

const crossed = new X509Certificate(makeAuthority({ subject: 'other' }).der);
const endPoint = new X509Certificate(makeAuthority({}).issue({ names: ['dns:a.example'] }).der);
const strange = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const refusals: readonly [change: Partial<SubordinateRequest>, sentence: RegExp][] = [
  [{ subject: { ...subject, name: '' } }, /name must be 1 to 64 printable ASCII characters/],
  [{ subject: { ...subject, name: 'x'.repeat(65) } }, /name must be 1 to 64/],
  [{ subject: { ...subject, name: 'Ä' } }, /name must be 1 to 64/],
  [{ subject: { crossed: endPoint, key: null } }, /not that of a certification authority/],
  [{ subject: { crossed, key: strange } }, /private key does not belong to the certificate to be crossed/],
  [{ domains: ['*.example'] }, /is no domain name/],
  [{ devices: ['0.2.481.1'] }, /no arc below the M2M Device Indication ID/],
  [{ validity: { ...validity, notAfter: validity.notBefore } }, /notAfter must be later than notBefore/],
];

for (const [change, sentence] of refusals)
  test(`no authority is issued: ${sentence.source}, ${Object.keys(change)}`, async () => {
    await assert.rejects(issueAuthority(root, { ...request, ...change }), {
      code: 'OPTION_INVALID',
      message: sentence,
    });
  });
