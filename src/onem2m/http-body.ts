// The body of one HTTP request, bounded: the whole of it, or nothing. Knows node:http, and not what a body holds.
import type { IncomingMessage } from 'node:http';
import { maxBodyLength } from './security-info.ts';

/** Null above 96 KiB, of which no more is read; the connection stays open for the response. */
export async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > maxBodyLength) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
