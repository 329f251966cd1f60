// Numbers that IANA's TLS registries give names to, as data. What this program supports is not said here
// but in crypto/ and handshake/negotiation.ts.
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

/** NamedCurve (RFC 8422 §5.1.1). TS-0003 10.1.1.1 has the first alone. */
export const secp256r1 = 23;
export const secp384r1 = 24;
export const secp521r1 = 25;
export const x25519 = 29;

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

/** ClientCertificateType (RFC 5246 §7.4.4; RFC 8422 §5.5: ecdsa_sign is for EdDSA as well). */
export const rsaSign = 1;
export const ecdsaSign = 64;

/** Certificate types of RFC 7250 §3. */
export const certificateType = { x509: 0, rawPublicKey: 2 } as const;

export const certificateTypeNames: Registry = { 0: 'X509', 2: 'RawPublicKey' };

/** CertificateStatusType (RFC 6066 §8). */
export const ocsp = 1;

export const compressionNames: Registry = { 0: 'null', 1: 'DEFLATE' };

/** RFC 5746 §3.3: stands among the cipher suites in the place of an empty renegotiation_info. */
export const emptyRenegotiationInfoScsv = 0x00ff;

/** RFC 7507: nothing to do here, where there is one version. */
export const fallbackScsv = 0x5600;

/** As far as TLS stacks of today name them: a foreign hello is to be readable. What we speak is in crypto/suites.ts. */
export const cipherSuiteNames: Registry = {
  1: 'TLS_RSA_WITH_NULL_MD5',
  2: 'TLS_RSA_WITH_NULL_SHA',
  10: 'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
  44: 'TLS_PSK_WITH_NULL_SHA',
  45: 'TLS_DHE_PSK_WITH_NULL_SHA',
  46: 'TLS_RSA_PSK_WITH_NULL_SHA',
  47: 'TLS_RSA_WITH_AES_128_CBC_SHA',
  50: 'TLS_DHE_DSS_WITH_AES_128_CBC_SHA',
  51: 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA',
  52: 'TLS_DH_anon_WITH_AES_128_CBC_SHA',
  53: 'TLS_RSA_WITH_AES_256_CBC_SHA',
  56: 'TLS_DHE_DSS_WITH_AES_256_CBC_SHA',
  57: 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA',
  58: 'TLS_DH_anon_WITH_AES_256_CBC_SHA',
  59: 'TLS_RSA_WITH_NULL_SHA256',
  60: 'TLS_RSA_WITH_AES_128_CBC_SHA256',
  61: 'TLS_RSA_WITH_AES_256_CBC_SHA256',
  64: 'TLS_DHE_DSS_WITH_AES_128_CBC_SHA256',
  65: 'TLS_RSA_WITH_CAMELLIA_128_CBC_SHA',
  68: 'TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA',
  69: 'TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA',
  70: 'TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA',
  103: 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA256',
  106: 'TLS_DHE_DSS_WITH_AES_256_CBC_SHA256',
  107: 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA256',
  108: 'TLS_DH_anon_WITH_AES_128_CBC_SHA256',
  109: 'TLS_DH_anon_WITH_AES_256_CBC_SHA256',
  132: 'TLS_RSA_WITH_CAMELLIA_256_CBC_SHA',
  135: 'TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA',
  136: 'TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA',
  137: 'TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA',
  140: 'TLS_PSK_WITH_AES_128_CBC_SHA',
  141: 'TLS_PSK_WITH_AES_256_CBC_SHA',
  144: 'TLS_DHE_PSK_WITH_AES_128_CBC_SHA',
  145: 'TLS_DHE_PSK_WITH_AES_256_CBC_SHA',
  148: 'TLS_RSA_PSK_WITH_AES_128_CBC_SHA',
  149: 'TLS_RSA_PSK_WITH_AES_256_CBC_SHA',
  156: 'TLS_RSA_WITH_AES_128_GCM_SHA256',
  157: 'TLS_RSA_WITH_AES_256_GCM_SHA384',
  158: 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256',
  159: 'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384',
  162: 'TLS_DHE_DSS_WITH_AES_128_GCM_SHA256',
  163: 'TLS_DHE_DSS_WITH_AES_256_GCM_SHA384',
  166: 'TLS_DH_anon_WITH_AES_128_GCM_SHA256',
  167: 'TLS_DH_anon_WITH_AES_256_GCM_SHA384',
  168: 'TLS_PSK_WITH_AES_128_GCM_SHA256',
  169: 'TLS_PSK_WITH_AES_256_GCM_SHA384',
  170: 'TLS_DHE_PSK_WITH_AES_128_GCM_SHA256',
  171: 'TLS_DHE_PSK_WITH_AES_256_GCM_SHA384',
  172: 'TLS_RSA_PSK_WITH_AES_128_GCM_SHA256',
  173: 'TLS_RSA_PSK_WITH_AES_256_GCM_SHA384',
  174: 'TLS_PSK_WITH_AES_128_CBC_SHA256',
  175: 'TLS_PSK_WITH_AES_256_CBC_SHA384',
  176: 'TLS_PSK_WITH_NULL_SHA256',
  177: 'TLS_PSK_WITH_NULL_SHA384',
  178: 'TLS_DHE_PSK_WITH_AES_128_CBC_SHA256',
  179: 'TLS_DHE_PSK_WITH_AES_256_CBC_SHA384',
  180: 'TLS_DHE_PSK_WITH_NULL_SHA256',
  181: 'TLS_DHE_PSK_WITH_NULL_SHA384',
  182: 'TLS_RSA_PSK_WITH_AES_128_CBC_SHA256',
  183: 'TLS_RSA_PSK_WITH_AES_256_CBC_SHA384',
  184: 'TLS_RSA_PSK_WITH_NULL_SHA256',
  185: 'TLS_RSA_PSK_WITH_NULL_SHA384',
  186: 'TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256',
  189: 'TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256',
  190: 'TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256',
  191: 'TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256',
  192: 'TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256',
  195: 'TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256',
  196: 'TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256',
  197: 'TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256',
  255: 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV',
  4865: 'TLS_AES_128_GCM_SHA256',
  4866: 'TLS_AES_256_GCM_SHA384',
  4867: 'TLS_CHACHA20_POLY1305_SHA256',
  4868: 'TLS_AES_128_CCM_SHA256',
  4869: 'TLS_AES_128_CCM_8_SHA256',
  22016: 'TLS_FALLBACK_SCSV',
  49158: 'TLS_ECDHE_ECDSA_WITH_NULL_SHA',
  49160: 'TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA',
  49161: 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  49162: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  49168: 'TLS_ECDHE_RSA_WITH_NULL_SHA',
  49170: 'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA',
  49171: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  49172: 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  49173: 'TLS_ECDH_anon_WITH_NULL_SHA',
  49176: 'TLS_ECDH_anon_WITH_AES_128_CBC_SHA',
  49177: 'TLS_ECDH_anon_WITH_AES_256_CBC_SHA',
  49181: 'TLS_SRP_SHA_WITH_AES_128_CBC_SHA',
  49182: 'TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA',
  49183: 'TLS_SRP_SHA_DSS_WITH_AES_128_CBC_SHA',
  49184: 'TLS_SRP_SHA_WITH_AES_256_CBC_SHA',
  49185: 'TLS_SRP_SHA_RSA_WITH_AES_256_CBC_SHA',
  49186: 'TLS_SRP_SHA_DSS_WITH_AES_256_CBC_SHA',
  49187: 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256',
  49188: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384',
  49191: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
  49192: 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384',
  49195: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  49196: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  49199: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  49200: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  49205: 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA',
  49206: 'TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA',
  49207: 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256',
  49208: 'TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384',
  49209: 'TLS_ECDHE_PSK_WITH_NULL_SHA',
  49210: 'TLS_ECDHE_PSK_WITH_NULL_SHA256',
  49211: 'TLS_ECDHE_PSK_WITH_NULL_SHA384',
  49232: 'TLS_RSA_WITH_ARIA_128_GCM_SHA256',
  49233: 'TLS_RSA_WITH_ARIA_256_GCM_SHA384',
  49234: 'TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256',
  49235: 'TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384',
  49238: 'TLS_DHE_DSS_WITH_ARIA_128_GCM_SHA256',
  49239: 'TLS_DHE_DSS_WITH_ARIA_256_GCM_SHA384',
  49244: 'TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256',
  49245: 'TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384',
  49248: 'TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256',
  49249: 'TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384',
  49258: 'TLS_PSK_WITH_ARIA_128_GCM_SHA256',
  49259: 'TLS_PSK_WITH_ARIA_256_GCM_SHA384',
  49260: 'TLS_DHE_PSK_WITH_ARIA_128_GCM_SHA256',
  49261: 'TLS_DHE_PSK_WITH_ARIA_256_GCM_SHA384',
  49262: 'TLS_RSA_PSK_WITH_ARIA_128_GCM_SHA256',
  49263: 'TLS_RSA_PSK_WITH_ARIA_256_GCM_SHA384',
  49266: 'TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256',
  49267: 'TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384',
  49270: 'TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256',
  49271: 'TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384',
  49300: 'TLS_PSK_WITH_CAMELLIA_128_CBC_SHA256',
  49301: 'TLS_PSK_WITH_CAMELLIA_256_CBC_SHA384',
  49302: 'TLS_DHE_PSK_WITH_CAMELLIA_128_CBC_SHA256',
  49303: 'TLS_DHE_PSK_WITH_CAMELLIA_256_CBC_SHA384',
  49304: 'TLS_RSA_PSK_WITH_CAMELLIA_128_CBC_SHA256',
  49305: 'TLS_RSA_PSK_WITH_CAMELLIA_256_CBC_SHA384',
  49306: 'TLS_ECDHE_PSK_WITH_CAMELLIA_128_CBC_SHA256',
  49307: 'TLS_ECDHE_PSK_WITH_CAMELLIA_256_CBC_SHA384',
  49308: 'TLS_RSA_WITH_AES_128_CCM',
  49309: 'TLS_RSA_WITH_AES_256_CCM',
  49310: 'TLS_DHE_RSA_WITH_AES_128_CCM',
  49311: 'TLS_DHE_RSA_WITH_AES_256_CCM',
  49312: 'TLS_RSA_WITH_AES_128_CCM_8',
  49313: 'TLS_RSA_WITH_AES_256_CCM_8',
  49314: 'TLS_DHE_RSA_WITH_AES_128_CCM_8',
  49315: 'TLS_DHE_RSA_WITH_AES_256_CCM_8',
  49316: 'TLS_PSK_WITH_AES_128_CCM',
  49317: 'TLS_PSK_WITH_AES_256_CCM',
  49318: 'TLS_DHE_PSK_WITH_AES_128_CCM',
  49319: 'TLS_DHE_PSK_WITH_AES_256_CCM',
  49320: 'TLS_PSK_WITH_AES_128_CCM_8',
  49321: 'TLS_PSK_WITH_AES_256_CCM_8',
  49322: 'TLS_PSK_DHE_WITH_AES_128_CCM_8',
  49323: 'TLS_PSK_DHE_WITH_AES_256_CCM_8',
  49324: 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM',
  49325: 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM',
  49326: 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8',
  49327: 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8',
  52392: 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  52393: 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  52394: 'TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  52395: 'TLS_PSK_WITH_CHACHA20_POLY1305_SHA256',
  52396: 'TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256',
  52397: 'TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256',
  52398: 'TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256',
};
