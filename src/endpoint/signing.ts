// The turn `sign`, answered by a signer that may be slow or elsewhere.
import { advance, type Turn } from '../handshake/handshake.ts';
import type { Profile } from '../handshake/profile.ts';
import type { Signer } from './credentials.ts';
import { blaming } from './failure.ts';

/** Goes on with a handshake until it no longer asks for a signature. */
export async function signTurn(turn: Turn, profile: Profile, signer: Signer): Promise<Exclude<Turn, { kind: 'sign' }>> {
  let next = turn;
  while (next.kind === 'sign') {
    const { scheme, bytes, state } = next;
    const signature = await blaming('SIGNER_FAILED', 'the signer of our certificate failed', () => signer.sign(scheme, bytes));
    next = advance(profile, state, { signature });
  }
  return next;
}
