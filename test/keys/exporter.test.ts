// What TLS Key Export gives, divided (TS-0003 10.3.1, 10.3.4, 10.3.5).
import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { exportedSize, exporterKeys, exporterLabels } from '../../src/keys/exporter.ts';
import { hex, isWiped, range, secretsMadeIn } from './octets.ts';

const exported = range(0xa0, 48);
const digits = 'A0A1A2A3A4A5A6A7A8A9AAABACADAEAF';

test('each key is exported under its label, 48 bytes (TS-0003 10.3.1)', () => {
  assert.deepEqual(exporterLabels, {
    Ke: 'EXPORTER-oneM2M-Bootstrap',
    Kc: 'EXPORTER-oneM2M-Connection',
    pairwiseE2EKey: 'EXPORTER-oneM2M-ESCertKE',
  });
  assert.equal(exportedSize, 48);
});

test('the 16 most significant bytes are the identifier, the 32 least significant the key (TS-0003 10.3.1)', () => {
  const { id, key } = exporterKeys(exported, { key: 'pairwiseE2EKey' });
  assert.equal(hex(id), digits.toLowerCase());
  assert.deepEqual(new Uint8Array(key.export()), exported.subarray(16));
});

test('KeID is hexBinary(RelativeKeID)@MEF-FQDN, the key identifier of Kc hexBinary(KcID)@MAF-FQDN (TS-0003 10.3.4, 10.3.5)', () => {
  assert.equal(
    exporterKeys(exported, { key: 'Ke', issuer: 'mef.example.com' }).text,
    `${digits}@mef.example.com`,
  );
  assert.equal(
    exporterKeys(exported, { key: 'Kc', issuer: 'maf.example.com' }).text,
    `${digits}@maf.example.com`,
  );
});

test('pairwiseE2EKeyID is 32 hex digits and has no issuer, which tells it from a KcID (TS-0003 8.4.2 C.6a)', () => {
  assert.equal(exporterKeys(exported, { key: 'pairwiseE2EKey' }).text, digits);
});

test('an issuer that is no FQDN is refused', () => {
  for (const issuer of ['', 'mef_1', '//mef.example.com', 'a@mef.example.com'])
    assert.throws(() => exporterKeys(exported, { key: 'Ke', issuer }), {
      code: 'OPTION_INVALID',
      message: /FQDN/,
    });
});

test('bytes and a secret key give the same; bytes stay as they are, and the copy of a key is wiped', t => {
  const bytes = Uint8Array.from(exported);
  const ofBytes = exporterKeys(bytes, { key: 'pairwiseE2EKey' });
  assert.deepEqual(bytes, exported);
  let ofKey = ofBytes;
  const made = secretsMadeIn(t, () => {
    ofKey = exporterKeys(createSecretKey(exported), { key: 'pairwiseE2EKey' });
  });
  assert.equal(made.length, 1);
  assert.ok(made.every(isWiped));
  assert.deepEqual(
    [ofKey.text, hex(ofKey.key), hex(ofKey.id)],
    [ofBytes.text, hex(ofBytes.key), hex(ofBytes.id)],
  );
});

test('the copy of a key is wiped also where it is refused', t => {
  const made = secretsMadeIn(t, () => {
    assert.throws(() => exporterKeys(createSecretKey(range(1, 47)), { key: 'pairwiseE2EKey' }), {
      code: 'OPTION_INVALID',
    });
  });
  assert.equal(made.length, 1);
  assert.ok(made.every(isWiped));
});

test('another length than 48 bytes is refused: key and identifier would be others', () => {
  for (const size of [0, 32, 47, 49, 64])
    assert.throws(() => exporterKeys(range(0, size), { key: 'pairwiseE2EKey' }), {
      code: 'OPTION_INVALID',
      message: new RegExp(`^${size} bytes were exported`),
    });
});

test('a key that is no secret is refused', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  assert.throws(
    () =>
      exporterKeys(createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })), {
        key: 'pairwiseE2EKey',
      }),
    {
      code: 'OPTION_INVALID',
      message: /neither a Uint8Array nor a secret KeyObject/,
    },
  );
});
