// Numbers that IANA's TLS registries give names to, as data. What this program supports is not said here
// but in crypto/suites.ts and handshake/negotiation.ts.
import type { Registry } from './codec.ts';

export const contentType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

export const contentTypeNames: Registry = {
  20: 'change_cipher_spec',
  21: 'alert',
  22: 'handshake',
  23: 'application_data',
};

/** TLS 1.2 (RFC 5246 §6.2.1), the only version of the E2EKey procedure (TS-0003 10.2.1). */
export const tls12 = 0x0303;

export const versionNames: Registry = {
  768: 'SSL 3.0',
  769: 'TLS 1.0',
  770: 'TLS 1.1',
  771: 'TLS 1.2',
  772: 'TLS 1.3',
};

export const handshakeType = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
  certificateStatus: 22,
} as const;

export const handshakeTypeNames: Registry = {
  0: 'HelloRequest',
  1: 'ClientHello',
  2: 'ServerHello',
  4: 'NewSessionTicket',
  11: 'Certificate',
  12: 'ServerKeyExchange',
  13: 'CertificateRequest',
  14: 'ServerHelloDone',
  15: 'CertificateVerify',
  16: 'ClientKeyExchange',
  20: 'Finished',
  22: 'CertificateStatus',
};

export const extensionTypeNames: Registry = {
  0: 'server_name',
  1: 'max_fragment_length',
  5: 'status_request',
  10: 'supported_groups',
  11: 'ec_point_formats',
  13: 'signature_algorithms',
  16: 'application_layer_protocol_negotiation',
  17: 'status_request_v2',
  18: 'signed_certificate_timestamp',
  19: 'client_certificate_type',
  20: 'server_certificate_type',
  21: 'padding',
  22: 'encrypt_then_mac',
  23: 'extended_master_secret',
  28: 'record_size_limit',
  35: 'session_ticket',
  43: 'supported_versions',
  45: 'psk_key_exchange_modes',
  49: 'post_handshake_auth',
  51: 'key_share',
  65281: 'renegotiation_info',
};

export const groupNames: Registry = {
  23: 'secp256r1',
  24: 'secp384r1',
  25: 'secp521r1',
  26: 'brainpoolP256r1',
  29: 'x25519',
  30: 'x448',
  256: 'ffdhe2048',
};

/** The only group of TS-0003 10.1.1.1. */
export const secp256r1 = 23;

export const signatureSchemeNames: Registry = {
  513: 'rsa_pkcs1_sha1',
  515: 'ecdsa_sha1',
  1025: 'rsa_pkcs1_sha256',
  1027: 'ecdsa_secp256r1_sha256',
  1281: 'rsa_pkcs1_sha384',
  1283: 'ecdsa_secp384r1_sha384',
  1537: 'rsa_pkcs1_sha512',
  1539: 'ecdsa_secp521r1_sha512',
  2052: 'rsa_pss_rsae_sha256',
  2053: 'rsa_pss_rsae_sha384',
  2054: 'rsa_pss_rsae_sha512',
  2055: 'ed25519',
  2056: 'ed448',
};

/** SignatureAndHashAlgorithm {sha256, ecdsa} (RFC 5246 §7.4.1.4.1); in TLS 1.2 it does not fix the curve. */
export const ecdsaSha256 = 0x0403;

export const pointFormatNames: Registry = {
  0: 'uncompressed',
  1: 'ansiX962_compressed_prime',
  2: 'ansiX962_compressed_char2',
};

export const clientCertificateTypeNames: Registry = { 1: 'rsa_sign', 2: 'dss_sign', 64: 'ecdsa_sign' };

/** ClientCertificateType (RFC 8422 §5.5). */
export const ecdsaSign = 64;

export const certificateTypeNames: Registry = { 0: 'X509', 2: 'RawPublicKey' };

export const compressionNames: Registry = { 0: 'null', 1: 'DEFLATE' };

/** RFC 5746 §3.3: stands among the cipher suites in the place of an empty renegotiation_info. */
export const emptyRenegotiationInfoScsv = 0x00ff;

export const cipherSuiteNames: Registry = {
  168: 'TLS_PSK_WITH_AES_128_GCM_SHA256',
  174: 'TLS_PSK_WITH_AES_128_CBC_SHA256',
  255: 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV',
  4865: 'TLS_AES_128_GCM_SHA256',
  4866: 'TLS_AES_256_GCM_SHA384',
  4867: 'TLS_CHACHA20_POLY1305_SHA256',
  49161: 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  49162: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  49171: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  49172: 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  49187: 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256',
  49188: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384',
  49191: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
  49192: 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384',
  49195: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  49196: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  49199: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  49200: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  49207: 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256',
  49320: 'TLS_PSK_WITH_AES_128_CCM_8',
  49324: 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM',
  49325: 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM',
  49326: 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8',
  49327: 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8',
  52392: 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  52393: 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
};
