// Key compromise impersonation: whoever has stolen the private key of one end-point can pose as that one, and must not
// be able to pose towards it as anybody else. With certificates; whoever has a pre-shared key is either of its two.
import { test } from 'node:test';
import { answer, begin, cae1, cseB, goOn, initiatingEnd, terminatingEnd } from '../handshake/lab.ts';
import { refused } from '../handshake/refused.ts';
import { scriptedInitiating } from '../handshake/scripted-initiating.ts';
import { scriptedTerminating, type TerminatingScript } from '../handshake/scripted-terminating.ts';

function message2Of(script: TerminatingScript): () => unknown {
  const end = initiatingEnd();
  const turn1 = begin(end, { encryptThenMac: true });
  return () => goOn(end, turn1.state, scriptedTerminating(turn1.message, script).message2);
}

test("whoever has the initiating end-point's own key does not pose as the terminating one towards it", () => {
  const own = { chain: cseB.chain, key: cae1.key };
  refused(message2Of({ own }), 'SIGNATURE_INVALID', /ServerKeyExchange/);
  refused(message2Of({ own: cae1 }), 'IDENTITY_MISMATCH', /./);
});

test("whoever has the terminating end-point's own key does not pose as the initiating one towards it", () => {
  const end = terminatingEnd();
  const { message1, answer: answerOf } = scriptedInitiating({ own: { chain: cae1.chain, key: cseB.key } });
  const turn2 = answer(end, message1);
  const { message3 } = answerOf(turn2.message);
  refused(() => goOn(end, turn2.state, message3), 'SIGNATURE_INVALID', /CertificateVerify/);
});

test('nobody is authenticated by agreeing with the key of a certificate: fixed_ecdh is not made (RFC 8422 §5.5)', () => {
  for (const certificateTypes of [[65], [66], [3, 4, 65, 66]])
    refused(
      message2Of({ request: request => ({ ...request, certificateTypes }) }),
      'NOTHING_IN_COMMON',
      /CertificateRequest\.certificateTypes/,
    );
});
