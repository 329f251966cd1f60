// Suites that this program does not have, met in either role: as all that a ClientHello offers, and as what a
// ServerHello chooses. Both end-points have an RSA certificate and every suite that there is here, so that nothing
// but the missing suite is the reason.
import { suites } from '../../src/crypto/suites.ts';
import { accept } from '../../src/handshake/handshake.ts';
import { interopEnds } from '../handshake/kinds.ts';
import { begin, goOn, initiatingEnd, terminatingEnd } from '../handshake/lab.ts';
import { refused } from '../handshake/refused.ts';
import { scriptedInitiating } from '../handshake/scripted-initiating.ts';
import { scriptedTerminating } from '../handshake/scripted-terminating.ts';

const ends = interopEnds('rsa2048', 'rsa_pkcs1_sha256');
const initiating = initiatingEnd({ suites, ...ends.initiating });
const terminating = terminatingEnd({ suites, ...ends.terminating });

/** Asserts that each of the suites, by its IANA number, is agreed on with nobody. */
export function agreedOnWithNobody(ids: readonly number[]): void {
  for (const id of ids) {
    const { message1 } = scriptedInitiating({ clientHello: hello => ({ ...hello, cipherSuites: [id] }) });
    refused(
      () => accept(terminating.profile, message1),
      'NOTHING_IN_COMMON',
      /cipherSuites has none that is allowed here/,
    );
    const turn1 = begin(initiating, { encryptThenMac: true });
    const { message2 } = scriptedTerminating(turn1.message, {
      serverHello: hello => ({ ...hello, cipherSuite: id }),
    });
    refused(
      () => goOn(initiating, turn1.state, message2),
      'PARAMETER_ILLEGAL',
      /cipherSuite was not offered/,
    );
  }
}
