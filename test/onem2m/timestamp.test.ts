import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAbsRelTimestamp, readTimestamp, writeTimestamp } from '../../src/onem2m/timestamp.ts';

const now = Date.UTC(2026, 10, 22, 21);

test('an m2m:timestamp is UTC in the basic format, with a fraction of one to six digits or none (TS-0004 6.3.3)', () => {
  for (const [text, date] of [
    ['20141003T112032', '2014-10-03T11:20:32.000Z'],
    ['20141003T112032,5', '2014-10-03T11:20:32.500Z'],
    ['20141003T112032,123456', '2014-10-03T11:20:32.123Z'],
    ['20240229T235959', '2024-02-29T23:59:59.000Z'],
    ['00000101T000000', '0000-01-01T00:00:00.000Z'],
    ['99991231T235959,999999', '9999-12-31T23:59:59.999Z'],
  ] as const)
    assert.equal(readTimestamp(text)?.toISOString(), date, text);
});

test('what is no m2m:timestamp is null: other formats, reduced ones, a time zone, more digits (TS-0004 6.3.3)', () => {
  for (const text of [
    '',
    'soon',
    '60000',
    '2014-10-03T11:20:32',
    '20141003',
    '20141003T1120',
    '20141003t112032',
    '20141003T112032Z',
    '20141003T112032+0100',
    '20141003T112032.5',
    '20141003T112032,',
    '20141003T112032,1234567',
    '120141003T112032',
    ' 20141003T112032',
    '20141003T112032\n',
  ])
    assert.equal(readTimestamp(text), null, text);
});

test('a day or an hour that the calendar does not have is in no m2m:timestamp (TS-0004 6.3.3)', () => {
  for (const text of [
    '20260231T000000',
    '20260431T000000',
    '20260229T000000',
    '20260100T000000',
    '20260132T000000',
    '20260001T000000',
    '20261301T000000',
    '20260101T240000',
    '20260101T006000',
    '20260101T000060',
  ])
    assert.equal(readTimestamp(text), null, text);
});

test('an m2m:absRelTimestamp is one of these, or milliseconds from now on (TS-0004 6.3.3)', () => {
  for (const [text, time] of [
    ['20261122T210001', now + 1000],
    ['20261122T205959,5', now - 500],
    ['0', now],
    ['+5000', now + 5000],
    ['-5000', now - 5000],
    ['9'.repeat(15), now + 999_999_999_999_999],
    ['9'.repeat(16), null],
    ['1.5', null],
    ['1e3', null],
    ['', null],
    ['20260231T000000', null],
  ] as const)
    assert.equal(readAbsRelTimestamp(text, now), time, text);
});

test('what is written is read as the same second (TS-0004 6.3.3)', () => {
  assert.equal(writeTimestamp(new Date(now + 999)), '20261122T210000');
  assert.equal(readTimestamp(writeTimestamp(new Date(now + 999)))?.getTime(), now);
});
