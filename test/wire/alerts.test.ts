import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultTable } from '../../src/errors.ts';
import { Alert, alertLevel, alertName, alertNames, fatalAlertRecord } from '../../src/wire/alerts.ts';
import { decode, encode } from '../../src/wire/codec.ts';

test('an alert is a level and a description (RFC 5246 §7.2)', () => {
  assert.deepEqual(encode(Alert, { level: alertLevel.warning, description: 0 }), Buffer.of(1, 0));
  assert.deepEqual(decode(Alert, Buffer.of(2, 51)), { level: alertLevel.fatal, description: 51 });
});

test('a level other than warning and fatal is refused, an unknown description is read (RFC 5246 §7.2)', () => {
  for (const level of [0, 3, 255])
    assert.throws(() => decode(Alert, Buffer.of(level, 40)), { code: 'MESSAGE_MALFORMED' });
  assert.equal(decode(Alert, Buffer.of(2, 254)).description, 254);
  assert.equal(alertName(254), 'alert 254');
});

test('a fatal alert is one record in the clear (RFC 5246 §6.2.1, §7.2)', () => {
  assert.deepEqual(fatalAlertRecord(40), Buffer.from('1503030002' + '0228', 'hex'));
});

test('every alert of the fault table has its IANA name', () => {
  const due: Record<number, string> = {
    10: 'unexpected_message',
    20: 'bad_record_mac',
    22: 'record_overflow',
    40: 'handshake_failure',
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
    70: 'protocol_version',
    80: 'internal_error',
    110: 'unsupported_extension',
    113: 'bad_certificate_status_response',
    115: 'unknown_psk_identity',
    120: 'no_application_protocol',
  };
  const used = new Set(Object.values(faultTable).flatMap(({ alert }) => (alert === null ? [] : [alert])));
  for (const alert of used) assert.equal(alertNames[alert], due[alert], `alert ${alert}`);
  assert.deepEqual(
    [...used].sort((a, b) => a - b),
    Object.keys(due).map(Number),
  );
});
