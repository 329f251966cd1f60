// The checks of handshakes with pre-shared keys: in which role, by whom, and what somebody learns who has none.
import type { Mutation } from '../mutation.ts';

const initiating = {
  file: 'src/handshake/initiating.ts',
  test: 'test/handshake/preshared-identities.test.ts',
};
const terminating = {
  file: 'src/handshake/terminating.ts',
  test: 'test/handshake/preshared-identities.test.ts',
};

export const presharedKeyChecks: readonly Mutation[] = [
  {
    ...initiating,
    name: 'message-2-psk-group',
    find: 'group: «checkGroup(profile, keyExchange.parameters.group)»',
    replace: 'profile.groups[0] ?? null',
    attack: 'a curve that was not offered',
    clause: 'RFC 8422 §5.4',
    test: 'test/handshake/preshared-keys.test.ts',
    caughtBy:
      'the parameters of ECDHE with a pre-shared key are checked as others are (RFC 8422 §5.4, §5.11)',
  },
  {
    ...initiating,
    name: 'message-2-psk-end',
    find: 'flight.expect(message.serverHelloDone); «flight.end();» const [pskIdentity',
    replace: '',
    attack: 'something behind message 2 that is not in the transcript',
    clause: 'RFC 5246 §7.3',
    test: 'test/handshake/preshared-keys.test.ts',
    caughtBy:
      'messages of certificates are due nowhere with a pre-shared key (RFC 4279 §2): TLS_PSK_WITH_AES_128_GCM_SHA256',
  },
  {
    ...initiating,
    name: 'message-2-psk-role',
    find: "role: «'terminating'»",
    replace: "'initiating'",
    attack: 'Selfie: whoever sends our own messages back to us shakes hands with us',
    clause: 'RFC 9257 §4.1',
    caughtBy: 'the initiating end-point refuses to use a key in the role of its peer (RFC 9257 §4.1)',
  },
  {
    ...initiating,
    name: 'message-2-psk-export-indicator',
    find: '«requireExportIndicator(peer.exportIndicatorRequired, negotiated.exportIndicator);»',
    replace: '',
    attack: 'a flight relayed from another TLS service with the same key',
    clause: 'TS-0003 Table 8.7.2.2-1',
    caughtBy:
      'the initiating end-point looks for the indicator that its peer has to show (TS-0003 Table 8.7.2.2-1)',
  },
  {
    ...initiating,
    name: 'message-3-psk-missing',
    find: 'if («presharedKey === null»)',
    replace: 'false',
    attack: 'a handshake with a key that nobody has',
    clause: 'our own',
    test: 'test/handshake/preshared-keys.test.ts',
    caughtBy: 'a key that the initiating end-point does not have is said to be missing, and nothing is sent',
  },
  {
    ...terminating,
    name: 'message-3-psk-alone',
    find: 'const { negotiated } = state; if («usesPresharedKey(negotiated.suite)»)',
    replace: 'false',
    attack: 'a peer taken for authenticated before its Finished was read',
    clause: 'RFC 4279 §2',
    test: 'test/handshake/client-authentication.test.ts',
    caughtBy:
      'with a pre-shared key the setting plays no part, and nothing is authenticated before Finished (RFC 4279 §2)',
  },
  {
    ...terminating,
    name: 'message-3-psk-identity-utf8',
    find: "TextDecoder('utf-8', { «fatal: true,» ignoreBOM: true })",
    replace: '',
    attack: 'bytes that are read as the identity of somebody else',
    clause: 'RFC 4279 §5.1',
    caughtBy:
      'bytes that are no UTF-8 are the identity of nobody, not of whom they could be read as (RFC 4279 §5.1)',
  },
  {
    ...terminating,
    name: 'message-3-psk-identity-byte-order-mark',
    find: "TextDecoder('utf-8', { fatal: true, «ignoreBOM: true» })",
    replace: '',
    attack: 'two spellings of one identity',
    clause: 'RFC 4279 §5.1',
    caughtBy:
      'an identity with a byte order mark is not the one without it: identities are bytes (RFC 4279 §5.1)',
  },
  {
    ...terminating,
    name: 'message-3-psk-role',
    find: "peerOfPresharedKey(identity, { peers, role: «'initiating'» })",
    replace: "'terminating'",
    attack: 'Selfie: whoever sends our own messages back to us shakes hands with us',
    clause: 'RFC 9257 §4.1',
    caughtBy:
      'message 3 is refused with PEER_NOT_ALLOWED: an identity of a peer that may not initiate (RFC 9257 §4.1): TLS_PSK_WITH_AES_128_GCM_SHA256',
  },
  {
    ...terminating,
    name: 'message-3-psk-export-indicator',
    find: '«requireExportIndicator(authentication.peer.exportIndicatorRequired, negotiated.exportIndicator);»',
    replace: ';',
    attack: 'a flight relayed from another TLS service with the same key',
    clause: 'TS-0003 Table 8.7.2.2-1',
    caughtBy:
      'message 3 is refused with EXPORT_INDICATOR_MISSING: a peer whose entry asks for the export indicator, which is missing (TS-0003 Table 8.7.2.2-1): TLS_PSK_WITH_AES_128_GCM_SHA256',
  },
  {
    ...terminating,
    name: 'message-3-psk-unknown',
    find: 'return «key === null» ?',
    replace: 'false',
    attack: 'a handshake with a key that nobody has',
    clause: 'RFC 4279 §2',
    caughtBy:
      'message 3 is refused with PSK_UNKNOWN: an identity whose key we do not have: TLS_PSK_WITH_AES_128_GCM_SHA256',
  },
  {
    ...terminating,
    name: 'hidden-identity',
    find: "if («hideUnknownPskIdentities && error instanceof E2EKeyError && error.blame === 'peer'») return null",
    replace: 'false',
    attack: 'somebody who asks which identities are known here',
    clause: 'RFC 4279 §2',
    test: 'test/handshake/hidden-identities.test.ts',
    caughtBy:
      'whoever is not let in is told the same, after the same work, whatever the reason (RFC 4279 §2): TLS_PSK_WITH_AES_128_GCM_SHA256',
  },
  {
    ...terminating,
    name: 'hidden-identity-of-another-reason',
    find: "error instanceof E2EKeyError && «error.blame === 'peer'») return null",
    replace: "error.code === 'PSK_UNKNOWN'",
    attack: 'somebody who learns from its role that an identity is known',
    clause: 'RFC 4279 §2',
    test: 'test/handshake/hidden-identities.test.ts',
    caughtBy:
      'whoever is not let in is told the same, after the same work, whatever the reason (RFC 4279 §2): TLS_PSK_WITH_AES_128_GCM_SHA256',
  },
  {
    ...terminating,
    name: 'hidden-wrong-key',
    find: 'if («profile.hideUnknownPskIdentities && isWrongKey(error)»)',
    replace: 'false',
    attack: 'somebody who asks which identities are known here',
    clause: 'RFC 4279 §2',
    test: 'test/handshake/hidden-identities.test.ts',
    caughtBy:
      'whoever is not let in is told the same, after the same work, whatever the reason (RFC 4279 §2): TLS_PSK_WITH_AES_128_GCM_SHA256',
  },
  {
    ...terminating,
    name: 'hidden-identity-alert',
    find: '{ «alert: decryptError,» }',
    replace: '',
    attack: 'somebody who asks which identities are known here',
    clause: 'RFC 4279 §2',
    test: 'test/handshake/hidden-identities.test.ts',
    caughtBy:
      'whoever is not let in is told the same, after the same work, whatever the reason (RFC 4279 §2): TLS_PSK_WITH_AES_128_GCM_SHA256',
  },
  {
    ...terminating,
    name: 'shown-wrong-key',
    find: 'if («profile.hideUnknownPskIdentities &&» isWrongKey(error))',
    replace: '',
    attack: 'a wrong key that cannot be told from a wrong identity where both may be told',
    clause: 'RFC 4279 §2',
    test: 'test/handshake/hidden-identities.test.ts',
    caughtBy: 'without the policy a wrong key is told as what it is',
  },
  {
    ...terminating,
    name: 'terminating-agreed-wipe',
    find: 'agreed?.wipe();',
    replace: '',
    attack: 'secrets of a handshake that stay in memory',
    clause: 'RFC 5489 §2',
    test: 'test/handshake/wiping.test.ts',
    caughtBy: 'with a pre-shared key and ECDHE both end-points also wipe what ECDHE agreed on (RFC 5489 §2)',
  },
  {
    ...initiating,
    name: 'initiating-agreed-wipe',
    find: 'agreed?.wipe();',
    replace: '',
    attack: 'secrets of a handshake that stay in memory',
    clause: 'RFC 5489 §2',
    test: 'test/handshake/wiping.test.ts',
    caughtBy: 'with a pre-shared key and ECDHE both end-points also wipe what ECDHE agreed on (RFC 5489 §2)',
  },
];
