// The turn `sign`, answered by a signer that may be slow or elsewhere.
import { refuse } from '../errors.ts';
import { advance, type Turn } from '../handshake/handshake.ts';
import type { Profile } from '../handshake/profile.ts';
import { wipeState } from '../handshake/state.ts';
import type { Signer } from './credentials.ts';

/**
 * Goes on with a handshake until it no longer asks for a signature.
 *
 * @throws E2EKeyError SIGNER_FAILED, whatever the signer threw; the state is wiped then.
 */
export async function signTurn(
  turn: Turn,
  profile: Profile,
  signer: Signer,
): Promise<Exclude<Turn, { kind: 'sign' }>> {
  let next = turn;
  while (next.kind === 'sign') {
    const { scheme, bytes, state } = next;
    let signature: Uint8Array;
    try {
      signature = await signer.sign(scheme, bytes);
    } catch (cause) {
      wipeState(state);
      return refuse('SIGNER_FAILED', 'the signer of our certificate failed', { cause });
    }
    next = advance(profile, state, { signature });
  }
  return next;
}

/** The same signer, given up after so many milliseconds: a token that was pulled must not hold requests for ever. */
export function withDeadline(signer: Signer, milliseconds: number): Signer {
  return {
    schemes: signer.schemes,
    sign: (scheme, bytes) => {
      const signature = signer.sign(scheme, bytes);
      return signature instanceof Uint8Array ? signature : inTime(signature, milliseconds);
    },
  };
}

async function inTime(signature: Promise<Uint8Array>, milliseconds: number): Promise<Uint8Array> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no signature within ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([signature, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
