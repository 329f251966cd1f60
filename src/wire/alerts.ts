// The alert protocol (RFC 5246 §7.2): its two bytes and its names. Which failure sends which alert is in errors.ts.
import { encode, named, type Of, oneOf, type Registry, struct } from './codec.ts';
import { contentType, tls12 } from './numbers.ts';
import { TlsRecord } from './records.ts';

/** AlertDescription: RFC 5246 §7.2, RFC 6066 §9, RFC 7301 §3.2, RFC 4279 §2. */
export const alertNames: Registry = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  21: 'decryption_failed',
  22: 'record_overflow',
  30: 'decompression_failure',
  40: 'handshake_failure',
  41: 'no_certificate',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  60: 'export_restriction',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  100: 'no_renegotiation',
  110: 'unsupported_extension',
  111: 'certificate_unobtainable',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  114: 'bad_certificate_hash_value',
  115: 'unknown_psk_identity',
  120: 'no_application_protocol',
};

export const alertLevel = { warning: 1, fatal: 2 } as const;
export const closeNotify = 0;
export const noRenegotiation = 100;

/** RFC 5246 §7.2 */
export const Alert = struct('Alert', 'RFC 5246 §7.2', {
  level: oneOf(1, [alertLevel.warning, alertLevel.fatal], { 1: 'warning', 2: 'fatal' }),
  description: named(1, alertNames),
});
export type Alert = Of<typeof Alert>;

export function alertName(description: number): string {
  return alertNames[description] ?? `alert ${description}`;
}

/** A fatal alert as one record in the clear: what travels in the place of the next E2EKey Message. */
export function fatalAlertRecord(description: number): Uint8Array {
  const fragment = encode(Alert, { level: alertLevel.fatal, description });
  return encode(TlsRecord, { type: contentType.alert, version: tls12, fragment });
}
