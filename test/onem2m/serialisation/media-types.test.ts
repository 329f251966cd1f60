import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedMediaType, serialisationOf } from '../../../src/onem2m/serialisation/media-types.ts';

test('the media types of a content name its serialisation (TS-0004 6.7, TS-0009 6.4.3)', () => {
  for (const serialisation of ['json', 'xml', 'cbor'] as const)
    for (const type of ['application/', 'application/vnd.onem2m-res+', 'Application/vnd.oneM2M-ntfy+'])
      for (const parameters of ['', ';ty=4', '; charset=UTF-8', ' ;charset="utf-8"; ty=3'])
        assert.equal(serialisationOf(type + serialisation + parameters), serialisation);
});

test('a whole primitive, and anything else, is no content of an HTTP message (TS-0009 6.5)', () => {
  for (const type of [
    undefined,
    '',
    'application/vnd.onem2m-preq+xml',
    'application/vnd.onem2m-prsp+json',
    'text/xml',
    'application/jsonp',
    'application/json+xml',
    'application',
    '*/*',
  ])
    assert.equal(serialisationOf(type), null, `${type}`);
});

test('a charset other than UTF-8 is refused (TS-0004 8.3.1, 8.4.2)', () => {
  for (const charset of [
    'charset=latin1',
    ' charset=UTF-16',
    'ty=4; charset="us-ascii"',
    'charset=',
    'charset',
  ])
    assert.equal(serialisationOf(`application/json;${charset}`), null, charset);
});

test('without Accept, or with an open one, the response is as the request (TS-0009 6.4.2)', () => {
  for (const accept of [undefined, '', ' ', '*/*', 'application/*', 'text/html, */*;q=0.8'])
    for (const preferred of ['json', 'xml', 'cbor'] as const)
      assert.equal(acceptedMediaType(accept, preferred), `application/${preferred}`, `${accept}`);
});

test('the highest quality wins, the first of several (RFC 9110 §12.5.1)', () => {
  for (const [accept, expected] of [
    ['application/xml', 'application/xml'],
    ['application/vnd.onem2m-res+cbor', 'application/vnd.onem2m-res+cbor'],
    ['application/xml;q=0.5, application/cbor;q=0.7', 'application/cbor'],
    ['application/cbor, application/xml', 'application/cbor'],
    ['Application/XML ; Q=1.0 , application/cbor;q=0.999', 'application/xml'],
    ['application/xml;q=0, */*', 'application/json'],
    ['application/json;q=0, application/xml;q=0, */*;q=0.1', 'application/cbor'],
    ['text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8', 'application/xml'],
  ])
    assert.equal(acceptedMediaType(accept, 'json'), expected, `${accept}`);
});

test('what accepts nothing that can be written is known', () => {
  for (const accept of [
    'text/html',
    'application/xml;q=0',
    'application/xml;q=x',
    'application/vnd.onem2m-preq+json',
    '*/*;q=0',
    ',',
    'application/json;q=0,application/xml;q=0,application/cbor;q=0,*/*',
  ])
    assert.equal(acceptedMediaType(accept, 'json'), null, accept);
});
