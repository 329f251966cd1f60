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
