import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readContentInfo, writeContentInfo } from '../../../src/protection/esdata/content-info.ts';
import { refused } from './lab.ts';

test('contentInfo is a media type, an encoding type and, unless it is 0, a contentSecurity (TS-0004 6.3.3)', () => {
  for (const [text, mediaType, encodingType, contentSecurity] of [
    ['application/xml:1', 'application/xml', 1, 0],
    ['text/plain:0', 'text/plain', 0, 0],
    ['application/octet-stream:2:1', 'application/octet-stream', 2, 1],
    ['application/vnd.onem2m-res+json:0:2', 'application/vnd.onem2m-res+json', 0, 2],
    ['text/plain;charset=utf-8:0:3', 'text/plain;charset=utf-8', 0, 3],
  ] as const) {
    assert.deepEqual(readContentInfo(text), { mediaType, encodingType, contentSecurity });
    assert.equal(writeContentInfo({ mediaType, encodingType, contentSecurity }), text);
  }
  assert.equal(readContentInfo('application/xml:1:0').contentSecurity, 0);
});

test('XML security is known and not read (TS-0004 6.3.4.2.38)', async () => {
  for (const text of ['application/xml:0:4', 'application/xml:0:5'])
    await refused('ESDATA_UNSUPPORTED', () => readContentInfo(text), 'XML');
});

test('what is no contentInfo is refused (TS-0004 6.3.3)', async () => {
  for (const text of [
    '',
    'text/plain',
    'text:0',
    '/plain:0',
    'text/:0',
    'text/plain:3',
    'text/plain:00',
    'text/plain:0:',
    'text/plain:0:6',
    'text/plain:0:01',
    'text/plain:0:1:1',
    'text/plain:0:1 ',
    ' text/plain:0:1',
    'text/plain::1',
    'text/plain;a=":":0',
    'text/pl\u00e4in:0',
    `text/${'p'.repeat(128)}:0`,
  ])
    await refused('ESDATA_MALFORMED', () => readContentInfo(text), 'm2m:contentInfo');
});

test('a media type that could not be read back is not written (RFC 6838 §4.2)', async () => {
  for (const mediaType of ['text', 'text/plain:0', ''])
    await refused(
      'OPTION_INVALID',
      () => writeContentInfo({ mediaType, encodingType: 0, contentSecurity: 1 }),
      'mediaType',
    );
});
