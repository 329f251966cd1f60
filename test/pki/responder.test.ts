import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { validatePath } from '../../src/certificates/index.ts';
import { createAuthority } from '../../src/pki/authority.ts';
import { readResponder, writeLeaf } from '../../src/pki/files.ts';
import { issueResponder, type ResponderRequest } from '../../src/pki/responder.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

const validity = { notBefore: new Date('2030-01-01'), notAfter: new Date('2031-01-01') };
const { root, intermediate: issuer } = await createAuthority({ name: 'lab', validity });
const request: ResponderRequest = { name: 'OCSP of the lab', keyType: 'p256', noCheck: true, validity };
const nocheck = '1.3.6.1.5.5.7.48.1.5';

test('a delegated responder signs OCSP responses and nothing else, and is asked after by nobody (RFC 6960 4.2.2.2)', async () => {
  const { chain, key, warnings } = await issueResponder(issuer, request);
  const { subject, extensions, extensionList } = parseCertificate(chain[0].raw);
  assert.equal(subject.text, 'UID=OCSP of the lab');
  assert.deepEqual([...(extensions.keyUsage ?? [])], ['digitalSignature']);
  assert.deepEqual(extensions.extKeyUsage, ['1.3.6.1.5.5.7.3.9']);
  assert.equal(extensions.basicConstraints, null);
  const { value, critical } = extensionList.find(({ id }) => id === nocheck) ?? {};
  assert.deepEqual([Buffer.from(value ?? []), critical], [Buffer.from('0500', 'hex'), false]);
  assert.ok(chain[0].checkPrivateKey(key));
  assert.deepEqual([chain.slice(1), warnings], [[issuer.certificate], []]);
});

test('it is no end-point: a path with it is for neither role', async () => {
  const { chain } = await issueResponder(issuer, request);
  for (const purpose of ['initiating', 'terminating'] as const) {
    const options = { anchors: [root.certificate.raw], purpose, time: new Date('2030-06-01') };
    const ders = chain.map(({ raw }) => raw);
    assert.equal(validatePath(ders, options).valid, false);
  }
});

test('without nocheck its own status is looked up; other keys come with a warning', async () => {
  const { chain, warnings } = await issueResponder(issuer, { ...request, noCheck: false, keyType: 'p384' });
  assert.ok(!parseCertificate(chain[0].raw).extensionList.some(({ id }) => id === nocheck));
  assert.match(warnings.join('\n'), /^end-points refuse this key under the oneM2M certificate profile/);
});

test('names that are none are refused', async () => {
  for (const name of ['', 'x'.repeat(257), 'naïve', 'a\nb'])
    await assert.rejects(issueResponder(issuer, { ...request, name }), {
      code: 'OPTION_INVALID',
      message: "the responder's name must be 1 to 256 printable ASCII characters",
    });
});

test('the responder that was written is read again; anything else is named', async () => {
  const prefix = join(folder, 'ocsp');
  const responder = await issueResponder(issuer, request);
  writeLeaf(prefix, responder);
  assert.equal(statSync(`${prefix}.key`).mode & 0o777, 0o600);
  const { certificate, key } = readResponder(prefix);
  assert.equal(certificate.fingerprint256, responder.chain[0].fingerprint256);
  assert.ok(key.equals(responder.key));
  assert.throws(() => readResponder(join(folder, 'none')), {
    code: 'OPTION_INVALID',
    message: /none\.pem: not a file of an OCSP responder; e2ekey pki responder makes one$/,
  });
  writeFileSync(`${prefix}.key`, issuer.key.export({ format: 'pem', type: 'pkcs8' }));
  assert.throws(() => readResponder(prefix), { message: /ocsp\.key: not the private key of .*ocsp\.pem$/ });
});
