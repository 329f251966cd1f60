// The Sender within a process: copies there and back, and no waiting behind the signal.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import type { RequestPrimitive } from '../../src/onem2m/primitive.ts';
import { directSender } from '../../src/testing/direct-sender.ts';
import { refusal } from '../endpoint/lab.ts';

const request: RequestPrimitive = { operation: 'notify', to: '-', content: { list: [1] } };

test('the two sides share no object', async () => {
  const arrived: RequestPrimitive[] = [];
  const response = { responseStatusCode: 2000, content: { list: [2] } };
  const sender = directSender(async got => {
    arrived.push(got);
    return response;
  });
  const { signal } = new AbortController();
  const answer = await sender.send(request, signal);
  assert.deepEqual([arrived, answer], [[request], response]);
  assert.notEqual(arrived[0]?.content, request.content);
  assert.notEqual(answer.content, response.content);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('who aborts his signal waits no longer, whatever the other side does', async () => {
  const ended = new AbortController();
  const signals: AbortSignal[] = [];
  const sender = directSender((_, signal) => {
    signals.push(signal);
    return new Promise(() => {});
  });
  const sending = sender.send(request, ended.signal);
  ended.abort();
  await assert.rejects(sending, refusal('REQUEST_EXPIRED'));
  assert.equal(signals[0], ended.signal);
  await assert.rejects(sender.send(request, ended.signal), refusal('REQUEST_EXPIRED'));
  assert.equal(signals.length, 1);
});
