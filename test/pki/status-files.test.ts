import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pemBlocks } from '../../src/certificates/pem.ts';
import { writeCrl, writeOcspResponse } from '../../src/pki/status-files.ts';
import { makeAuthority } from '../../src/testing/certificate-maker.ts';
import { makeCrl, makeOcspResponse } from '../../src/testing/status-maker.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
after(() => rmSync(folder, { recursive: true }));

const issuer = makeAuthority();
const [older, newer] = [1, 2].map(number => Buffer.from(makeCrl({ issuer, number })));
const response = makeOcspResponse({ issuer, certificate: '01' });
assert.ok(older !== undefined && newer !== undefined);

test('a CRL is written in PEM (RFC 7468 §6) or in DER, and takes the place of an earlier one in either form', () => {
  const path = join(folder, 'crl.pem');
  writeCrl(path, older, 'pem');
  const [block, second] = pemBlocks(readFileSync(path, 'utf8'));
  assert.deepEqual([block?.label, second], ['X509 CRL', undefined]);
  assert.deepEqual(Buffer.from(block?.der ?? []), older);
  assert.match(
    readFileSync(path, 'utf8'),
    /^-----BEGIN X509 CRL-----\n(?:[^\n]{1,64}\n)+-----END X509 CRL-----\n$/,
  );
  writeCrl(path, newer, 'der');
  assert.deepEqual(readFileSync(path), newer);
  writeCrl(path, older, 'pem');
  assert.match(readFileSync(path, 'utf8'), /^-----BEGIN/);
  assert.deepEqual(readdirSync(folder), ['crl.pem']);
  rmSync(path);
});

test('an OCSP response is written in DER, and takes the place of an earlier one', () => {
  const path = join(folder, 'response');
  writeOcspResponse(path, response);
  writeOcspResponse(path, makeOcspResponse({ issuer, certificate: '02' }));
  const last = makeOcspResponse({ issuer, certificate: '03' });
  writeOcspResponse(path, last);
  assert.deepEqual(readFileSync(path), Buffer.from(last));
  rmSync(path);
});

const crlPem = `-----BEGIN X509 CRL-----\n${older.toString('base64')}\n-----END X509 CRL-----\n`;
const others: readonly [what: string, make: (path: string) => void][] = [
  ['a private key', path => writeFileSync(path, issuer.keyPem)],
  ['a certificate', path => writeFileSync(path, issuer.der)],
  ['nothing', path => writeFileSync(path, '')],
  ['text', path => writeFileSync(path, 'precious')],
  ['a CRL and a key', path => writeFileSync(path, `${issuer.keyPem}-----BEGIN X509 CRL-----\n`)],
  ['a CRL and then a key', path => writeFileSync(path, `${crlPem}${issuer.keyPem}`)],
  ['two CRLs', path => writeFileSync(path, crlPem.repeat(2))],
  ['a CRL with octets after it', path => writeFileSync(path, Buffer.concat([older, Buffer.of(0)]))],
];
for (const [what, make] of others)
  test(`a file that holds ${what} is overwritten by no CRL and no OCSP response`, () => {
    const path = join(mkdtempSync(join(folder, 'kept-')), 'file');
    make(path);
    const before = readFileSync(path);
    assert.throws(() => writeCrl(path, newer, 'pem'), {
      code: 'OPTION_INVALID',
      message: `${path}: exists already, holds no CRL, and is not overwritten`,
    });
    assert.throws(() => writeOcspResponse(path, response), {
      code: 'OPTION_INVALID',
      message: `${path}: exists already, holds no OCSP response, and is not overwritten`,
    });
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(readdirSync(join(path, '..')), ['file']);
  });

test('neither takes the place of the other', () => {
  const path = join(mkdtempSync(join(folder, 'other-')), 'file');
  writeOcspResponse(path, response);
  assert.throws(() => writeCrl(path, newer, 'der'), /holds no CRL/);
  rmSync(path);
  writeCrl(path, newer, 'der');
  assert.throws(() => writeOcspResponse(path, response), /holds no OCSP response/);
});

test('a folder, a link and a file that is far too long are left alone, without being read', () => {
  const directory = mkdtempSync(join(folder, 'odd-'));
  const at = (name: string) => join(directory, name);
  mkdirSync(at('folder'));
  writeCrl(at('crl'), older, 'der');
  symlinkSync(at('crl'), at('link'));
  writeFileSync(at('long'), older);
  truncateSync(at('long'), 2 ** 40);
  for (const name of ['folder', 'link', 'long'])
    assert.throws(() => writeCrl(at(name), newer, 'der'), /exists already, holds no CRL/);
  assert.equal(statSync(at('long')).size, 2 ** 40);
  assert.deepEqual(readFileSync(at('crl')), older);
  assert.throws(() => writeCrl(join(directory, 'no', 'folder'), newer, 'der'), {
    code: 'OPTION_INVALID',
    message: /folder: cannot be written$/,
  });
});

test('a list is replaced in one step: whoever reads it meanwhile has the old one or the new one', () => {
  const directory = mkdtempSync(join(folder, 'step-'));
  const path = join(directory, 'crl');
  writeCrl(path, older, 'der');
  const { ino } = statSync(path);
  writeCrl(path, newer, 'der');
  assert.notEqual(statSync(path).ino, ino);
  // A file that another command is writing.
  writeFileSync(`${path}.new`, '');
  assert.throws(() => writeCrl(path, older, 'der'), {
    code: 'OPTION_INVALID',
    message: `${path}.new: exists already and is not overwritten`,
  });
  assert.deepEqual(readFileSync(path), newer);
});
