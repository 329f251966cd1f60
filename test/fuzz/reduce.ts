// Makes the input of a finding smaller and plainer for as long as the same thing comes out: parts first, with the
// lengths around them right, then bytes. What is left over shows what it takes.
import type { Part } from './part.ts';
import { outcomeOf, type Target, withoutValues } from './target.ts';

/** Tries of one reduction: enough for some hundred parts or bytes. */
const maxTries = 4000;

/** The smallest bytes found that end in the same error. */
export async function reduce(target: Target, input: Part, error: unknown): Promise<Uint8Array> {
  const wanted = signature(error);
  let tries = 0;
  const isSame = async (bytes: Uint8Array): Promise<boolean> =>
    tries++ < maxTries && signature(await thrownBy(target, bytes)) === wanted;
  return withFewerBytes((await withFewerParts(input, isSame)).bytes, isSame);
}

type IsSame = (bytes: Uint8Array) => Promise<boolean>;

async function withFewerParts(input: Part, isSame: IsSame): Promise<Part> {
  let smallest = input;
  for (let number = 1; number < smallest.count; ) {
    const without = smallest.replace(number, () => []);
    const emptied = smallest.replace(number, part => [part.with({ inside: new Uint8Array() })]);
    if (await isSame(without.bytes)) smallest = without;
    else {
      if (smallest.at(number).inside.length > 0 && (await isSame(emptied.bytes))) smallest = emptied;
      number++;
    }
  }
  return smallest;
}

async function withFewerBytes(bytes: Uint8Array, isSame: IsSame): Promise<Uint8Array> {
  let smallest = bytes;
  const keepIf = async (candidate: Uint8Array): Promise<boolean> => {
    const same = await isSame(candidate);
    if (same) smallest = candidate;
    return same;
  };
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < smallest.length; )
      if (!(await keepIf(Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]))))
        at += size;
  for (let at = 0; at < smallest.length; at++)
    if (smallest[at] !== 0) await keepIf(Uint8Array.from(smallest).with(at, 0));
  return smallest;
}

async function thrownBy(target: Target, bytes: Uint8Array): Promise<unknown> {
  try {
    await outcomeOf(target, bytes);
    return null;
  } catch (error) {
    return error;
  }
}

/** Two errors are one mistake if they say the same and were thrown in one place. */
function signature(error: unknown): string | null {
  if (!(error instanceof Error)) return error === null ? null : String(error);
  const { name, message, stack = '' } = error;
  return [name, withoutValues(message), /\n\s+at .*/.exec(stack)?.[0]].join(' ');
}
