// Logjam and Raccoon: Diffie-Hellman in a finite field, whose group the terminating end-point chooses (and may choose
// small, or be made to), and whose secret loses its leading zeros in a time that tells how many there were. Here the
// curves are named and strong, and a secret keeps its zeros.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groups } from '../../src/crypto/key-exchange.ts';
import { agreedOnWithNobody } from './suites-not-there.ts';

/** TLS_DHE_… and TLS_DH_… with RSA, DSS, nobody and a pre-shared key, export grade among them. */
const finiteField = [0x0014, 0x0016, 0x0031, 0x0033, 0x0039, 0x0067, 0x009e, 0x00a0, 0x00aa, 0x0032, 0xccaa];

test('a suite of finite-field Diffie-Hellman is agreed on with nobody (Logjam, Raccoon)', () =>
  agreedOnWithNobody(finiteField));

test('no group is a finite field (RFC 7919) or a curve below 128 bits of strength', () => {
  assert.deepEqual(
    groups.map(({ id, name }) => [id, name]),
    [
      [23, 'secp256r1'],
      [29, 'x25519'],
      [24, 'secp384r1'],
      [25, 'secp521r1'],
    ],
  );
});
