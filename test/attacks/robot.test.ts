// Bleichenbacher's oracle (ROBOT, DROWN): whoever decrypts a premaster secret with an RSA key can be asked what is
// inside of any ciphertext. FREAK: the same with a key of 512 bits. Here no RSA key decrypts anything.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { suites } from '../../src/crypto/suites.ts';
import { agreedOnWithNobody } from './suites-not-there.ts';

/** TLS_RSA_WITH_… of RFC 5246 A.5, RFC 5288, RFC 6655 and RFC 4279 §4 (RSA_PSK). */
const encrypting = [0x0005, 0x000a, 0x002f, 0x0035, 0x003c, 0x003d, 0x009c, 0x009d, 0xc09c, 0xc0a0, 0x0094];
/** TLS_RSA_EXPORT_WITH_… of RFC 2246 A.5, and those of draft-ietf-tls-56-bit-ciphersuites. */
const exportGrade = [0x0003, 0x0006, 0x0008, 0x0062, 0x0064];

test('no suite has the premaster secret encrypted with an RSA key (ROBOT, RFC 9325 §4.1)', () => {
  for (const { name, keyExchange } of suites) {
    assert.match(keyExchange, /^(?:ECDHE_ECDSA|ECDHE_RSA|PSK|ECDHE_PSK)$/, name);
    assert.match(name, /^TLS_(?:ECDHE_ECDSA|ECDHE_RSA|PSK|ECDHE_PSK)_WITH_/);
  }
});

test('a suite of RSA key exchange is agreed on with nobody (ROBOT, DROWN)', () =>
  agreedOnWithNobody(encrypting));

test('a suite of export grade is agreed on with nobody (FREAK)', () => agreedOnWithNobody(exportGrade));

test('nothing in the sources encrypts or decrypts with an RSA key', () => {
  const sources = join(import.meta.dirname, '../../src');
  for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.ts'))
      assert.doesNotMatch(
        readFileSync(join(sources, file), 'utf8'),
        /\b(?:privateDecrypt|publicEncrypt|privateEncrypt|publicDecrypt)\b/,
        file,
      );
});
