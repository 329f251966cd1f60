// One HTTP exchange for status information, bounded in time and size: no redirects, no credentials, no compression.
// Knows neither CRLs nor OCSP; what comes is believed for its signature alone, so http: is as good as https:.
import * as http from 'node:http';
import * as https from 'node:https';
import { refuse } from '../errors.ts';

export interface StatusRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Empty with GET. */
  readonly body: Uint8Array;
  /** The most octets that are taken of the body of the response; where there are more, it is refused. */
  readonly most: number;
  /** Aborted when the answer is of no use any more, after 10 seconds at the latest. */
  readonly signal: AbortSignal;
}

/**
 * Resolves with the body of a response of status 200, and rejects for everything else: whoever brings a fetch of his
 * own keeps to `most` and `signal`, and follows no redirect.
 */
export type StatusFetch = (request: StatusRequest) => Promise<Uint8Array>;

/** @throws E2EKeyError CARRIER_FAILED for another status, an encoding, or too many octets; what node reports. */
export const boundedFetch: StatusFetch = async ({ url, method, headers, body, most, signal }) => {
  const request = (url.protocol === 'https:' ? https : http).request(url, {
    method,
    headers: { ...headers, 'Accept-Encoding': 'identity', 'Content-Length': body.length },
    // A connection of its own, which ends with the response.
    agent: false,
    signal,
  });
  // Whoever waits for us does not wait for a server.
  request.once('socket', socket => socket.unref());
  try {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      // A change of protocol, 101, ends the connection without either of the others.
      const unanswered = () => reject(new Error('the connection ended without a response'));
      request.once('response', resolve).once('close', unanswered).on('error', reject).end(body);
    });
    return await readBody(response, most);
  } finally {
    request.destroy();
  }
};

async function readBody(response: http.IncomingMessage, most: number): Promise<Uint8Array> {
  const { statusCode, headers } = response;
  if (statusCode !== 200) refuse('CARRIER_FAILED', `status ${statusCode}, where 200 is due`);
  const encoding = headers['content-encoding'] ?? '';
  // What is packed may be any size once it is unpacked.
  if (!/^(identity)?$/i.test(encoding)) refuse('CARRIER_FAILED', 'an encoded body, which was not asked for');
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > most) refuse('CARRIER_FAILED', `the body has more than ${most} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
