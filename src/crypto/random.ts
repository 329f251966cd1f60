// Where unpredictable bytes come from. Knows nothing of what they are for.
import { randomBytes } from 'node:crypto';

/** Bytes of the given number, unpredictable; replaced by a fixed source in golden transcripts. */
export type Random = (size: number) => Uint8Array;

/** OpenSSL's generator. The caller owns the bytes. */
export const systemRandom: Random = randomBytes;
