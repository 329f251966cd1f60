// The two sides that every misbehaviour is tried with: our own end-point of the lab, which takes whatever we support,
// and a misbehaving peer that it knows, both with the same randomness every time.
import { groups } from '../../../src/crypto/key-exchange.ts';
import { signatureSchemes } from '../../../src/crypto/signatures.ts';
import { suiteByName, suites } from '../../../src/crypto/suites.ts';
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

export type Attempt = Pick<Misbehaviour, 'message' | 'by' | 'options'>;

/** Whoever has to answer. */
export function ourEnd({ message, by, options: { suites: names, group } = {} }: Attempt): End {
  const ends = by === 'psk' ? presharedEnds : { initiating: {}, terminating: {} };
  const first = groups.filter(({ name }) => name === group);
  const options: EndOptions = {
    suites: names?.flatMap(name => suiteByName(name) ?? []) ?? suites,
    groups: [...new Set([...first, ...groups])],
    signatureSchemes: signatureSchemes.map(({ id }) => id),
  };
  return roleOf({ message }) === 'terminating'
    ? initiatingEnd({ ...options, ...ends.initiating })
    : terminatingEnd({ ...options, ...ends.terminating });
}

export function peerOf({ message, by, options = {} }: Attempt): MisbehavingPeer {
  const role = roleOf({ message });
  return new MisbehavingPeer({
    role,
    ...(by === 'psk'
      ? { presharedKey: { identity: pskIdentity, key: labPresharedKey } }
      : { credential: role === 'initiating' ? cae1 : cseB }),
    random: repeatable(`misbehaving ${role}`),
    ...options,
  });
}
