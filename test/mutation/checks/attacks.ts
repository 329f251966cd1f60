// What is not there, put in: suites, hashes and sessions that known attacks need, and the few choices of our own that
// stop one without being a check.
import type { Mutation } from '../mutation.ts';

const suites = { file: 'src/crypto/suites.ts', find: "«row(0xc0a8, 'PSK', 'sha256', ccm8with128),»" };
const last = "row(0xc0a8, 'PSK', 'sha256', ccm8with128),";

export const attackChecks: readonly Mutation[] = [
  {
    ...suites,
    name: 'no-rsa-key-exchange',
    replace: `${last} row(0x003c, 'RSA', 'sha256', cbc128),`,
    attack: 'ROBOT: an RSA key that decrypts what anybody sends',
    clause: 'RFC 9325 §4.1',
    test: 'test/attacks/robot.test.ts',
    caughtBy: 'no suite has the premaster secret encrypted with an RSA key (ROBOT, RFC 9325 §4.1)',
  },
  {
    ...suites,
    name: 'no-finite-field',
    replace: `${last} row(0x009e, 'ECDHE_RSA', 'sha256', gcm128),`,
    attack: 'Logjam, Raccoon: Diffie-Hellman in a finite field',
    clause: 'RFC 9325 §4.1',
    test: 'test/attacks/logjam.test.ts',
    caughtBy: 'a suite of finite-field Diffie-Hellman is agreed on with nobody (Logjam, Raccoon)',
  },
  {
    ...suites,
    name: 'no-weak-cipher',
    replace: `${last} row(0xc012, 'ECDHE_RSA', 'sha256', { ...cbc128, cipher: 'des-ede3-cbc', keySize: 24 }),`,
    attack: 'Sweet32: a cipher with blocks of 64 bits',
    clause: 'RFC 9325 §4.1',
    test: 'test/attacks/weak-ciphers.test.ts',
    caughtBy: 'a cipher with blocks of 64 bits is agreed on with nobody (Sweet32)',
  },
  {
    name: 'no-weak-hash',
    file: 'src/crypto/signatures.ts',
    find: "«row(0x0601, 'rsa', 'sha512'),»",
    replace: "row(0x0601, 'rsa', 'sha512'), row(0x0201, 'rsa', 'sha1'),",
    attack: 'SLOTH: a signature over a hash that collides',
    clause: 'RFC 9155 §2',
    test: 'test/crypto/signature-schemes.test.ts',
    caughtBy: 'no scheme has a hash weaker than SHA-256 (RFC 9155 §2)',
  },
  {
    name: 'no-session-offered',
    file: 'src/handshake/offer.ts',
    find: 'sessionId: «nothing»,',
    replace: 'profile.random(32)',
    attack: 'triple handshake: a session that is resumed',
    clause: 'RFC 5246 §7.4.1.2',
    test: 'test/attacks/session-resumption.test.ts',
    caughtBy:
      'message 1 names no session to resume, with any kind of credential (RFC 5246 §7.4.1.2, RFC 5077 §3.2)',
  },
  {
    name: 'no-session-taken-up',
    file: 'src/handshake/choice.ts',
    find: 'sessionId: «nothing»,',
    replace: 'hello.sessionId',
    attack: 'triple handshake: a session that is resumed',
    clause: 'RFC 5246 §7.4.1.3',
    test: 'test/attacks/session-resumption.test.ts',
    caughtBy:
      'a session that message 1 names is not resumed: message 2 is whole and names none (RFC 5246 §7.4.1.3)',
  },
  {
    name: 'cbc-iv-of-its-own',
    file: 'src/crypto/record-protection.ts',
    find: 'const iv = «random(blockSize)»;',
    replace: 'new Uint8Array(blockSize)',
    attack: 'BEAST: an IV that is known before the record is made',
    clause: 'RFC 5246 §6.2.3.2',
    test: 'test/crypto/cbc-records.test.ts',
    caughtBy: 'a CBC record begins with a fresh block from the source of randomness (RFC 5246 §6.2.3.2)',
  },
  {
    name: 'digest-of-the-message',
    file: 'src/endpoint/answering.ts',
    find: ".update(«message»).digest('hex')",
    replace: 'message.subarray(0, 64)',
    attack: 'ECDSA malleability: another message 3 that is answered as a repeat of the honest one',
    clause: 'SEC 1 §4.1.4',
    test: 'test/attacks/ecdsa-malleability.test.ts',
    caughtBy: 'the other form of an answered message 3 is no repeat of it: no message 4, and one key',
  },
  {
    name: 'forward-secrecy-told',
    file: 'src/handshake/session.ts',
    find: 'this.forwardSecrecy = «usesEphemeralKey(suite)»;',
    replace: 'true',
    attack: 'a key without forward secrecy that passes for one with it',
    clause: 'RFC 4279 §7.1',
    test: 'test/keys/pairwise-e2e-key.test.ts',
    caughtBy:
      'a key says how it was made, and whether it outlives the loss of a long-lived key: pre-shared key, TLS_PSK_WITH_AES_128_GCM_SHA256',
  },
  {
    file: 'src/interop/application-data.ts',
    name: 'warnings-after-the-handshake',
    find: 'if («++warnings > maxWarnings»)',
    replace: 'false',
    attack: 'a flood of warning alerts over a finished connection',
    clause: 'RFC 5246 §7.2.2',
    test: 'test/interop/application-data.test.ts',
    caughtBy:
      'four warning alerts in a row are passed over, the fifth is refused; application data begins a new row (RFC 5246 §7.2.2)',
  },
];
