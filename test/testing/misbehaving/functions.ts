// A misbehaviour through the functions of the handshake: both flights of the peer, one of them edited, and what our
// end-point makes of them.
import assert from 'node:assert/strict';
import { E2EKeyError } from '../../../src/errors.ts';
import { type Misbehaviour, roleOf } from '../../../src/testing/misbehaving/misbehaviour.ts';
import type { MisbehavingPeer } from '../../../src/testing/misbehaving/peer.ts';
import type { Edit } from '../../../src/testing/misbehaving/steps.ts';
import { answer, begin, done, type End, exported, goOn, message4Of, sent } from '../../handshake/lab.ts';

/** Our 48 bytes, or why there are none. */
export type Ending = Buffer | E2EKeyError;

export function throughFunctions(misbehaviour: Misbehaviour, end: End, peer: MisbehavingPeer): Ending {
  const edit: Edit = honest => {
    const steps = misbehaviour.edit(honest);
    assert.notDeepEqual(steps, honest, 'nothing is done');
    return steps;
  };
  const edits = { [misbehaviour.message]: edit };
  try {
    return roleOf(misbehaviour) === 'initiating' ? terminate(end, peer, edits) : initiate(end, peer, edits);
  } catch (error) {
    if (error instanceof E2EKeyError) return error;
    throw error;
  }
}

function say(peer: MisbehavingPeer, edit: Edit | undefined): Uint8Array {
  const honest = peer.copy().send();
  const bytes = peer.send(edit);
  if (edit) assert.notDeepEqual(Buffer.from(bytes), Buffer.from(honest), 'the bytes are the honest ones');
  return bytes;
}

function terminate(end: End, peer: MisbehavingPeer, edits: Readonly<Record<number, Edit>>): Buffer {
  const turn2 = answer(end, say(peer, edits[1]));
  peer.receive(turn2.message);
  const turn4 = done(goOn(end, turn2.state, say(peer, edits[3])));
  peer.receive(message4Of(turn4));
  return exported(turn4.session);
}

function initiate(end: End, peer: MisbehavingPeer, edits: Readonly<Record<number, Edit>>): Buffer {
  const turn1 = begin(end, { encryptThenMac: true });
  peer.receive(turn1.message);
  const turn3 = sent(goOn(end, turn1.state, say(peer, edits[2])));
  peer.receive(turn3.message);
  return exported(done(goOn(end, turn3.state, say(peer, edits[4]))).session);
}
