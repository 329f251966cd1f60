// A NOTIFY over HTTP written by hand (TS-0009), so that what is refused does not depend on our own carrier.
import assert from 'node:assert/strict';
import { cseB } from '../endpoint/lab.ts';

export interface NotifyResponse {
  /** HTTP status. */
  readonly status: number;
  /** X-M2M-RSC. */
  readonly rsc: number;
  /** The E2EKey Message or alert record in `m2m:seci`; null without one. */
  readonly message: Uint8Array | null;
  /** The fault code before the colon of `m2m:dbg`; null without one. */
  readonly code: string | null;
}

/** Sends one message as the content of a NOTIFY to cse-b. */
export function notify(url: string, from: string, message: Uint8Array): Promise<NotifyResponse> {
  const eckm = Buffer.from(message).toString('base64');
  return post(url, { 'X-M2M-Origin': from }, JSON.stringify({ 'm2m:seci': { sit: 6, eckm } }));
}

/** Sends any body to cse-b. */
export async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<NotifyResponse> {
  const response = await fetch(`${url}/_/${cseB.slice(2)}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-M2M-RI': 'r1', 'X-M2M-RVI': '3', ...headers },
    body,
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  assert.notEqual(text, 'null', 'a response without content has no body');
  const content = text === '' ? {} : JSON.parse(text);
  return {
    status: response.status,
    rsc: Number(response.headers.get('x-m2m-rsc')),
    message: content['m2m:seci'] ? Uint8Array.from(Buffer.from(content['m2m:seci'].eckm, 'base64')) : null,
    code: content['m2m:dbg']?.split(':')[0] ?? null,
  };
}
