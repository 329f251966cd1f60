// One HTTP request and its whole response, bounded. Knows node:http and node:https, and nothing of oneM2M.
import * as http from 'node:http';
import * as https from 'node:https';
import { E2EKeyError, refuse } from '../errors.ts';
import type { HttpResponse } from './http-binding.ts';
import { maxBodyLength } from './security-info.ts';

interface Exchange {
  readonly method: string;
  readonly agent: http.Agent;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

/** Sends a body. Rejects with what node reports, or with CARRIER_FAILED for a response above 96 KiB. */
export async function exchange(url: URL, { body, ...options }: Exchange): Promise<HttpResponse> {
  const request = (url.protocol === 'https:' ? https : http).request(url, options);
  try {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      // A change of protocol, 101, ends the connection without either of the others.
      const unanswered = () =>
        reject(new E2EKeyError('CARRIER_FAILED', 'the connection ended without a response'));
      request.once('response', resolve).once('close', unanswered).on('error', reject).end(body);
    });
    return { status: response.statusCode ?? 0, headers: response.headers, body: await readBounded(response) };
  } catch (error) {
    // The server may close an idle connection at the moment we use it again (RFC 9112 9.3.1). Every request
    // of ours may come twice: a message gets the same answer, and what a CREATE finds is ours. A fresh connection is
    // never repeated, so this ends.
    if (request.reusedSocket && error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
      return exchange(url, { body, ...options });
    throw error;
  }
}

async function readBounded(response: http.IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBodyLength)
      return refuse('CARRIER_FAILED', `the response has more than ${maxBodyLength} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
