// The two sides that every misbehaviour is tried with: our own end-point of the lab, which takes whatever we support,
// and a misbehaving peer that it knows, both with the same randomness every time.
import { groups } from '../../../src/crypto/key-exchange.ts';
import { signatureSchemes } from '../../../src/crypto/signatures.ts';
import { suiteByName, suites } from '../../../src/crypto/suites.ts';
import { conversationOf } from '../../../src/testing/misbehaving/conversation.ts';
import { type Misbehaviour, roleOf } from '../../../src/testing/misbehaving/misbehaviour.ts';
import { MisbehavingPeer } from '../../../src/testing/misbehaving/peer.ts';
import { presharedEnds, pskIdentity } from '../../handshake/kinds.ts';
import {
  cae1,
  cseB,
  type End,
  type EndOptions,
  initiatingEnd,
  labPresharedKey,
  repeatable,
  terminatingEnd,
} from '../../handshake/lab.ts';

/** Whoever has to answer. */
export function ourEnd({
  message,
  by,
  requestStatus = false,
  options: { suites: names, group } = {},
}: Misbehaviour): End {
  const ends = by === 'psk' ? presharedEnds : { initiating: {}, terminating: {} };
  const first = groups.filter(({ name }) => name === group);
  const options: EndOptions = {
    suites: names?.flatMap(name => suiteByName(name) ?? []) ?? suites,
    groups: [...new Set([...first, ...groups])],
    signatureSchemes: signatureSchemes.map(({ id }) => id),
    requestStatus,
  };
  return roleOf({ message }) === 'terminating'
    ? initiatingEnd({ ...options, ...ends.initiating })
    : terminatingEnd({ ...options, ...ends.terminating });
}

export function peerOf(misbehaviour: Misbehaviour): MisbehavingPeer {
  const role = roleOf(misbehaviour);
  return new MisbehavingPeer(
    conversationOf(misbehaviour, {
      credential: role === 'initiating' ? cae1 : cseB,
      presharedKey: { identity: pskIdentity, key: labPresharedKey },
      random: repeatable(`misbehaving ${role}`),
    }),
  );
}
