// Looks in what somebody handled for a text that he must not have seen: as it is, in base64 and in hex.

/**
 * The forms of a text that stand in any of the messages: none, if nobody could read it there.
 *
 * @param text 12 bytes or more: a shorter one leaves nothing to look for in base64
 */
export function tracesOf(text: string, messages: readonly Uint8Array[]): string[] {
  const heaps = messages.map(message => Buffer.from(message).toString('latin1'));
  return [...formsOf(text)].flatMap(([form, needle]) =>
    heaps.some(heap => heap.includes(needle)) ? [form] : [],
  );
}

function* formsOf(text: string): Generator<[form: string, needle: string]> {
  const bytes = Buffer.from(text);
  yield ['as it is', bytes.toString('latin1')];
  yield ['hex', bytes.toString('hex')];
  yield ['hex', bytes.toString('hex').toUpperCase()];
  // Three bytes are four characters, which begin at any of three places; what shares a character with others is left out.
  for (const skipped of [0, 1, 2]) {
    const whole = bytes.subarray(skipped, skipped + Math.floor((bytes.length - skipped) / 3) * 3);
    yield ['base64', whole.toString('base64')];
    yield ['base64url', whole.toString('base64url')];
  }
}
