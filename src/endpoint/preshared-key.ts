// A pre-shared key as it stands in a file: hex in, KeyObject out.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { maxPresharedKeySize } from '../crypto/key-exchange.ts';
import { refuse } from '../errors.ts';

/**
 * The first line of a text: 1 to 512 bytes in hex.
 *
 * @throws E2EKeyError OPTION_INVALID, which repeats nothing of the text.
 */
export function presharedKeyFromHex(text: string): KeyObject {
  const [line = ''] = text.split(/\r?\n/, 1);
  const size = line.length / 2;
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(line) || size > maxPresharedKeySize)
    refuse('OPTION_INVALID', `the first line is not 1 to ${maxPresharedKeySize} bytes in hex`);
  return createSecretKey(Buffer.from(line, 'hex'));
}
