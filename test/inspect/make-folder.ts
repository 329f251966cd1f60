// Makes test/inspect/folder: files as somebody has them who keeps certificates and keys, right ones, broken ones, swapped
// ones and others that only look so. Recorded, since signatures are random: node test/inspect/make-folder.ts makes them
// anew, with OpenSSL for the old PKCS#12 file; then the golden output has to be recorded again.
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { writeOcspRequest } from '../../src/certificates/ocsp-request.ts';
import { pemBlocks } from '../../src/certificates/pem.ts';
import { serialisations } from '../../src/onem2m/serialisation/serialisation.ts';
import { writePkcs12 } from '../../src/pki/pkcs12.ts';
import {
  Authority,
  basicConstraints,
  certificatePem,
  keyFor,
  keyUsage,
  makeAuthority,
  objectIdentifier,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { makeCrl, makeOcspResponse, ocspNocheck, ocspSigning } from '../../src/testing/status-maker.ts';
import { fileOf, folder, message, signingRequest } from './material.ts';
import { envelopes } from './protected-material.ts';

const text = (path: string) => Buffer.from(fileOf(path)).toString('utf8');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const pem = (label: string, bytes: Uint8Array) =>
  [`-----BEGIN ${label}-----`, ...(base64(bytes).match(/.{1,64}/g) ?? []), `-----END ${label}-----`, ''].join(
    '\n',
  );
const spkiPem = (key: ReturnType<typeof keyFor>) =>
  createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString();
const ders = (path: string) => pemBlocks(text(path)).flatMap(({ der }) => der ?? []);
const [cae1 = Buffer.of()] = ders('certs/cae1.pem');
const [cae2 = Buffer.of(), intermediateDer = Buffer.of()] = ders('certs/cae2.pem');
const [cseB = Buffer.of()] = ders('certs/cse-b.pem');
const [rootDer = Buffer.of()] = ders('certs/root.pem');
const keyOf = (path: string) => createPrivateKey(text(path));
const lab = (der: Uint8Array, key: string) =>
  new Authority({ der, key: keyOf(key), keyPem: '' }, parseCertificate(der).subject.der);
const root = lab(rootDer, 'certs/root.key');
const intermediate = lab(intermediateDer, 'certs/intermediate.key');
const aeId = (name: string) => ({ subject: name, names: [`uri://m2m.example.com/cse-a/${name}`] });
let serial = 100;
const issue = (options: Parameters<Authority['issue']>[0]) => {
  serial += 1;
  return intermediate.issue({ serial, ...options });
};
const chain = (leaf: Uint8Array) => certificatePem(leaf, intermediateDer);

const cae3 = issue(aeId('Cae3'));
const north = issue(aeId('Cnorth'));
const south = issue(aeId('Csouth'));
const future = issue({ ...aeId('Cfuture'), notBefore: new Date('2031-01-01T00:00:00Z') });
const cut = issue(aeId('Ccut'));
const stranger = makeAuthority({ subject: 'authority of somebody else' }).issue(aeId('Cstranger'));
const { privateKey: rsaKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsa = issue({ ...aeId('Crsa'), key: rsaKey });
const responder = issue({
  subject: 'responder',
  extensions: [basicConstraints(false), keyUsage('digitalSignature'), ocspSigning, ocspNocheck],
});
const until = new Date('2027-01-01T00:00:00Z');
const crl = makeCrl({
  issuer: intermediate,
  number: 5,
  nextUpdate: until,
  entries: [{ serial: cae3, reason: 'keyCompromise', revocationDate: new Date('2026-11-01T00:00:00Z') }],
});
const cse = parseCertificate(cseB);
const password = 'the password of the lab';

const files: Readonly<Record<string, string | Uint8Array>> = {
  // Authorities.
  'root.pem': text('certs/root.pem'),
  'intermediate.pem': text('certs/intermediate.pem'),
  'anchors.pem': text('certs/root.pem') + text('certs/other-root.pem'),
  // End-points, as they should be.
  'cae1.pem': text('certs/cae1.pem'),
  'cae1.key': text('certs/cae1.key'),
  'cae2.der': cae2,
  'cae2.p8': keyOf('certs/cae2.key').export({ format: 'der', type: 'pkcs8' }),
  'cse-b.pem': text('certs/cse-b.pem'),
  'cse-b.key': text('certs/cse-b.key'),
  'gateway.pub': spkiPem(keyFor('gateway')),
  'gateway.key': keyFor('gateway').export({ format: 'pem', type: 'sec1' }).toString(),
  'sensor.jwk': JSON.stringify(keyFor('sensor').export({ format: 'jwk' })),
  'cae4.csr': pem('CERTIFICATE REQUEST', signingRequest(aeId('Cae4'))),
  'cae4.key': keyFor('Cae4').export({ format: 'pem', type: 'pkcs8' }).toString(),
  // Revoked, expired, not yet valid.
  'cae3.pem': chain(cae3.der),
  'cae3.key': cae3.keyPem,
  'cae1-old.pem': text('certs/cae1-expired.pem'),
  'future.pem': chain(future.der),
  // Mistaken for each other.
  'north.pem': chain(north.der),
  'north.key': south.keyPem,
  'south.pem': chain(south.der),
  'south.key': north.keyPem,
  'combined.pem': chain(cseB) + text('certs/cae1.key'),
  'upside-down.pem': certificatePem(intermediateDer, cae1),
  'lost.key': keyFor('lost').export({ format: 'pem', type: 'pkcs8' }).toString(),
  'stranger.pem': certificatePem(stranger.der),
  // Not as the profile demands.
  'nameless.pem': chain(issue({ subject: 'nameless' }).der),
  'rsa.pem': chain(rsa.der),
  'self-signed.pem': certificatePem(
    makeAuthority({
      subject: 'self',
      extensions: [keyUsage('digitalSignature')],
      names: ['dns:cse.example.com'],
    }).der,
  ),
  'nameless.csr': pem('CERTIFICATE REQUEST', signingRequest({ subject: 'nameless', names: null })),
  // Encrypted.
  'locked.key': keyFor('locked')
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: password })
    .toString(),
  'old.key': keyFor('old')
    .export({ format: 'pem', type: 'sec1', cipher: 'aes-128-cbc', passphrase: password })
    .toString(),
  'cse-b.p12': await writePkcs12({
    chain: [cseB, intermediateDer].map(der => new X509Certificate(der)),
    key: keyOf('certs/cse-b.key'),
    password,
  }),
  'old.p12': legacyPkcs12(),
  // What is said of certificates.
  'intermediate.crl': crl,
  'root.crl': pem('X509 CRL', makeCrl({ issuer: root, nextUpdate: new Date('2026-06-01T00:00:00Z') })),
  'delta.crl': makeCrl({ issuer: intermediate, baseNumber: 4, number: 6 }),
  'forged.crl': makeCrl({ issuer: intermediate, key: keyFor('somebody else') }),
  'cse-b.ocsp': makeOcspResponse({
    issuer: intermediate,
    certificate: cse.serialNumber,
    responder,
    nextUpdate: until,
  }),
  'cae1.ocsp': makeOcspResponse({
    issuer: intermediate,
    certificate: parseCertificate(cae1).serialNumber,
    nextUpdate: new Date('2026-02-01T00:00:00Z'),
  }),
  'status.req': writeOcspRequest(cse, parseCertificate(intermediateDer)),
  // Messages and objects.
  'hello.bin': message(1),
  'answer.b64': base64(message(2)),
  'message3.bin': message(3).subarray(0, 700),
  'notify.txt': JSON.stringify({
    op: 5,
    to: '/cse-b',
    fr: 'Cae1',
    rqi: 'r1',
    pc: { 'm2m:seci': { sit: 6, eckm: base64(message(1)) } },
  }),
  'notify.xml': serialisations.xml.write({ 'm2m:seci': { sit: 6, eckm: base64(message(1)) } }),
  'notify.cbor': serialisations.cbor.write({ 'm2m:seci': { sit: 6, eckm: 'FQMDAAICKA==' } }),
  'window.jose': envelopes.direct,
  // Nearly something.
  'cut.der': cut.der.subarray(0, 300),
  'cut.pem': certificatePem(cut.der).split('\n').slice(0, 5).join('\n'),
  'typo.pem': certificatePem(cut.der).replace('\n', '\n§'),
  'relabelled.pem': pem('CERTIFICATE', crl),
  'utf16.pem': Buffer.from(`\uFEFF${certificatePem(cut.der)}`, 'utf16le'),
  'bare.b64': base64(cut.der),
  // None of ours.
  'server.crt': '<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n',
  'keystore.jks': Buffer.from('feedfeed0000000200000001', 'hex'),
  'bundle.p7b': sequence(objectIdentifier('1.2.840.113549.1.7.2')),
  'empty.crt': '',
  'notes.txt': 'Ask Mary for the password of the old keystore.\n',
};

/** As OpenSSL 1 and Java wrote it: RC2 with 40 bits for certificates, triple DES for keys. */
function legacyPkcs12(): Uint8Array {
  const path = (name: string) => fileURLToPath(new URL(`../../certs/${name}`, import.meta.url));
  const made = ['-export', '-legacy', '-passout', `pass:${password}`];
  return execFileSync('openssl', ['pkcs12', ...made, '-inkey', path('cse-b.key'), '-in', path('cse-b.pem')]);
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const [name, content] of Object.entries(files)) writeFileSync(new URL(name, folder), content);
console.log(`${Object.keys(files).length} files`);
