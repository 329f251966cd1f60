// The turns `sign` and `need`, answered by a signer or a key store that may be slow or elsewhere.
import { KeyObject } from 'node:crypto';
import { maxPresharedKeySize } from '../crypto/key-exchange.ts';
import { type E2EKeyError, type FaultCode, refuse } from '../errors.ts';
import { advance } from '../handshake/handshake.ts';
import type { Profile } from '../handshake/profile.ts';
import { type State, wipeState } from '../handshake/state.ts';
import type { Turn } from '../handshake/turn.ts';
import type { EndpointCredential } from './credentials.ts';
import { inTime } from './deadline.ts';

/**
 * The pre-shared key of an identity (`psk_identity`, RFC 4279 §2), as a secret KeyObject of 1 to 512 bytes; null where
 * there is none. Low-entropy keys such as passwords can be searched for by whoever sees a handshake (RFC 4279 §7.2).
 */
export type PresharedKeys = (identity: string) => KeyObject | null | Promise<KeyObject | null>;

/** What a handshake asks for on its way. */
export interface Supplies {
  /** As the profile has them, with their signers. */
  readonly credentials: readonly EndpointCredential[];
  readonly presharedKey: PresharedKeys | null;
}

export interface Within {
  readonly signal: AbortSignal;
  readonly late: () => E2EKeyError;
}

/** What a `digitally-signed` element can hold (RFC 5246 §4.7), and never nothing. */
const maxSignatureSize = 0xffff;

/**
 * Goes on with a handshake until it no longer asks for a signature or a pre-shared key.
 *
 * @param within ends the waiting for whoever does not answer, with the error that `late` makes
 * @throws E2EKeyError SIGNER_FAILED, whatever the signer did instead of signing, STORE_FAILED for pre-shared keys; the
 * state is wiped then.
 */
export async function supply(
  turn: Turn,
  profile: Profile,
  supplies: Supplies,
  within?: Within,
): Promise<Exclude<Turn, { kind: 'sign' | 'need' }>> {
  let next = turn;
  for (;;) {
    if (next.kind === 'sign') {
      const { credential, scheme, bytes, state } = next;
      const signature = await orWipe(
        state,
        within,
        'SIGNER_FAILED',
        'the signer of our certificate failed',
        async () => {
          const { signer } = supplies.credentials[credential] ?? raise('the profile has another credential');
          return signatureOf(await waitFor(within, signer.sign(scheme, bytes)));
        },
      );
      next = advance(profile, state, { signature });
    } else if (next.kind === 'need') {
      const { what, state } = next;
      const presharedKey = await orWipe(
        state,
        within,
        'STORE_FAILED',
        'the pre-shared key cannot be had',
        async () => {
          const { presharedKey: find } = supplies;
          return find ? presharedKeyOf(await waitFor(within, find(what.pskIdentity))) : null;
        },
      );
      next = advance(profile, state, { presharedKey });
    } else return next;
  }
}

async function orWipe<T>(
  state: State,
  within: Within | undefined,
  code: FaultCode,
  problem: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    wipeState(state);
    if (within?.signal.aborted) throw within.late();
    return refuse(code, problem, { cause });
  }
}

/** What is there at once does not cost a timer; whatever has a `then` may never call back. */
function waitFor<T>(within: Within | undefined, answer: T | PromiseLike<T>): T | PromiseLike<T> {
  const later = typeof answer === 'object' && answer !== null && 'then' in answer;
  return later && within ? inTime(within.signal, Promise.resolve(answer), within.late) : answer;
}

function signatureOf(answer: unknown): Uint8Array {
  return answer instanceof Uint8Array && answer.length > 0 && answer.length <= maxSignatureSize
    ? answer
    : raise('the signer did not give the bytes of a signature');
}

function presharedKeyOf(answer: unknown): KeyObject | null {
  if (answer === null) return null;
  const size = answer instanceof KeyObject ? (answer.symmetricKeySize ?? 0) : 0;
  return answer instanceof KeyObject && size >= 1 && size <= maxPresharedKeySize
    ? answer
    : raise(`a pre-shared key is a secret KeyObject of 1 to ${maxPresharedKeySize} bytes`);
}

function raise(problem: string): never {
  throw new TypeError(problem);
}
