// Ciphers that give plaintext away: blocks of 64 bits (Sweet32), RC4 and its biases, no encryption; and suites in
// which nobody is authenticated.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suites } from '../../src/crypto/suites.ts';
import { agreedOnWithNobody } from './suites-not-there.ts';

const smallBlocks = [0x0007, 0x0009, 0x000a, 0x0016, 0x008b, 0xc008, 0xc012, 0xc034];
const rc4 = [0x0004, 0x0005, 0x008a, 0xc007, 0xc011, 0xc033];
const unencrypted = [0x0000, 0x0001, 0x002c, 0x003b, 0x00b0, 0xc006, 0xc010, 0xc039];
const anonymous = [0x0018, 0x001b, 0x0034, 0x006c, 0x00a6, 0xc018, 0xc019];

test('every suite has AES or ChaCha20, and a MAC of SHA-256 or longer or an AEAD (Sweet32, RC4, NULL)', () => {
  for (const { name, protection } of suites)
    assert.match(
      protection.kind === 'aead' ? protection.cipher : `${protection.cipher} ${protection.mac}`,
      /^(?:aes-(?:128|256)-(?:gcm|ccm)|chacha20-poly1305|aes-(?:128|256)-cbc sha(?:256|384))$/,
      name,
    );
});

test('a cipher with blocks of 64 bits is agreed on with nobody (Sweet32)', () =>
  agreedOnWithNobody(smallBlocks));

test('RC4 is agreed on with nobody (RFC 7465)', () => agreedOnWithNobody(rc4));

test('a suite without encryption is agreed on with nobody', () => agreedOnWithNobody(unencrypted));

test('a suite without authentication is agreed on with nobody', () => agreedOnWithNobody(anonymous));
