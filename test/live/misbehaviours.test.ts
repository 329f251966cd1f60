// What OpenSSL and GnuTLS are known to refuse, and how: were one of these misbehaviours taken, or refused for another
// reason, the misbehaving peer would not do what it says. All of them, and where the stacks differ: docs/interop.md.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ForeignPeer } from '../../src/interop/foreign-peer.ts';
import { makeMatrixLab } from '../../src/interop/matrix-lab.ts';
import { gnutls } from '../../src/interop/peers/gnutls.ts';
import { openssl } from '../../src/interop/peers/openssl.ts';
import type { Misbehaviour } from '../../src/testing/misbehaving/misbehaviour.ts';
import { misbehaviours } from '../../src/testing/misbehaving/misbehaviours.ts';
import { run } from '../misbehaviours/run.ts';
import { needed } from './needed.ts';

const stacks = new Map<ForeignPeer, Awaited<ReturnType<typeof needed>>>();
for (const stack of [openssl, gnutls]) stacks.set(stack, await needed(stack));

const lab = await makeMatrixLab();
after(lab.close);

/** The alert of both stacks, and what they send it for. */
const refusals: Readonly<Record<string, readonly string[]>> = {
  unexpected_message: [
    'ClientHello twice in message 1',
    'EncryptedExtensions before ClientHello in message 1',
    'Certificate twice in message 2',
    'CertificateStatus that was not asked for',
    'ServerKeyExchange is left out of message 2',
    'application data inside ServerHello, in message 2',
    'CertificateVerify is left out of message 3',
    'ChangeCipherSpec is left out of message 3',
    'ClientHello before Certificate in message 3',
    'ChangeCipherSpec before ClientKeyExchange in message 3, which changes the keys',
    'ChangeCipherSpec inside ClientKeyExchange of message 3',
    'Finished under the new keys before ChangeCipherSpec, in message 3',
    'a record of type 24 (heartbeat) before Certificate, in message 3',
    'ServerHelloDone before ChangeCipherSpec in message 4',
    'Certificate under the new keys, in message 4',
  ],
  decrypt_error: [
    'ServerKeyExchange has the signature of another key',
    'ServerKeyExchange has a signature with the randoms exchanged',
    'ServerKeyExchange has a signature over the ServerHello.random of another handshake',
    'CertificateVerify has one bit of its signature changed',
    'CertificateVerify has a signature that leaves out ClientKeyExchange',
    'CertificateVerify has a signature with s with the order of the curve added',
    'Finished with its first bit changed, in message 3',
    "Finished with the other role's label, in message 3",
    'Finished with its first bit changed, in message 4',
  ],
  bad_record_mac: [
    'another pre-shared key under the right identity',
    'Finished with the sequence number 1, in message 3',
    "Finished under the other side's keys, in message 4",
    'one bit of the tag changed under AES-GCM, in message 3',
    'one bit of the MAC changed under AES-CBC with encrypt-then-MAC, in message 3',
    'one bit of the padding changed under AES-CBC with MAC-then-encrypt, in message 3',
    'Finished in a record that says it is application data, in message 3',
  ],
  illegal_parameter: [
    'ServerHello chooses DEFLATE',
    'ServerKeyExchange with secp256k1',
    'ServerKeyExchange has as its point: zeros for x25519',
    'ServerKeyExchange has the scheme ed25519',
    'ClientKeyExchange has as its point: a point next to the curve',
    'ClientKeyExchange has as its point: coordinates above the prime',
  ],
  decode_error: [
    'ClientHello with a byte behind its last field, in message 1',
    'a block of extensions one byte too long in ServerHello',
    'ServerKeyExchange with a byte behind its last field, in message 2',
    'a list of certificates one byte too short in message 3',
    'CertificateVerify without its last byte, in message 3',
  ],
  protocol_version: [
    'ClientHello of version 0x0302',
    'ServerHello of version 0x0302',
    'Certificate in a record of version 0x0301, in message 3',
  ],
  unsupported_extension: ['server_name in ServerHello, not offered', 'key_share in ServerHello, not offered'],
  record_overflow: [
    'a record of 2^14 + 2049 bytes before ClientHello, in message 1',
    'a genuine record of 2^14 + 1 bytes in the place of Finished, in message 4',
  ],
  handshake_failure: [
    'suites of TLS 1.3 alone',
    'a verify_data in renegotiation_info of ClientHello',
    'no signature_algorithms in ClientHello',
  ],
  no_application_protocol: ['h2 alone in ClientHello'],
  bad_certificate: ['a certificate without its last byte in message 2'],
  closes: ['handshake_failure before ServerHello, in message 2'],
};

/** Without it a refusal could have any reason. */
const honest = ([1, 2, 3, 4] as const).map(
  (message): Misbehaviour => ({
    ...{ name: `nothing wrong in message ${message}`, rule: 'none', clause: 'RFC 5246 §7.3', message },
    ...{ code: null, edit: flight => flight },
  }),
);

for (const [stack, options] of stacks) {
  for (const misbehaviour of honest)
    test(`${stack.name} makes a key with the misbehaving peer: ${misbehaviour.name}`, options, async () => {
      const { says, evidence } = await run(stack, misbehaviour, lab);
      assert.equal(says, 'taken', `${evidence?.handshake.output}`);
    });

  for (const [alert, names] of Object.entries(refusals))
    for (const name of names) {
      const misbehaviour = misbehaviours.find(one => one.name === name);

      test(`${stack.name} says ${alert} to ${name} (${misbehaviour?.clause})`, options, async () => {
        assert.ok(misbehaviour, 'there is no misbehaviour of this name');
        const { says, evidence } = await run(stack, misbehaviour, lab);
        assert.equal(says, alert, `${evidence?.handshake.output}`);
        assert.equal(evidence?.handshake.exported, null);
      });
    }
}
