import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DemoExchange, type DemoResult, problemOf } from '../../src/interop/demo.ts';

const exchange: DemoExchange = {
  sent: { to: '/cse-b/a', text: 'x' },
  opened: { from: '//m2m.example.com/cse-a/Cae1', to: '/cse-b/a', text: 'x', state: 'active' },
  answer: { responseStatusCode: 2001, text: 'x' },
  seen: [],
  traces: [],
};
const message = { ordinal: 1, from: 'a', to: 'b', message: Buffer.of(0) } as const;
const good: DemoResult = {
  messages: [message, message, message, message],
  initiatingKeyId: 'A',
  terminatingKeyId: 'A',
  suite: 'TLS_X',
  exchange,
};

test('a demonstration in which anything differs, or anything could be read on the way, is none', () => {
  assert.equal(problemOf(good), null);
  const of = (part: Partial<DemoExchange>) => problemOf({ ...good, exchange: { ...exchange, ...part } });
  for (const [problem, says] of [
    [problemOf({ ...good, terminatingKeyId: 'B' }), /the two ends hold different keys: A and B/],
    [problemOf({ ...good, messages: [message] }), /saw 1 messages, not four/],
    [of({ opened: { ...exchange.opened, text: 'y' } }), /opened another primitive/],
    [of({ opened: { ...exchange.opened, to: '/cse-b/b' } }), /opened another primitive/],
    [of({ answer: { responseStatusCode: 5000, text: 'x' } }), /response status code 5000/],
    [of({ answer: { responseStatusCode: 2001, text: null } }), /or another text/],
    [
      of({ traces: ['base64'] }),
      /the transit CSE could read what was sent to the other end-point \(base64\)/,
    ],
  ] as const)
    assert.match(problem ?? '', says);
});
