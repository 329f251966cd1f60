// Subpath entry `e2ekey/testing`: what tests of an end-point need. Nothing here is for production.
/** The layout of each handshake message, for `changed`. */
export { message as layouts } from '../wire/messages.ts';
export { DefectLab, type DefectLabOptions, type Presentation } from './defect-lab.ts';
export { type Defect, defects } from './defects.ts';
export { directSender } from './direct-sender.ts';
export {
  type Conversation,
  type ConversationOptions,
  conversationOf,
  converse,
  type Outcome,
} from './misbehaving/conversation.ts';
export type { MisbehavingPeerOptions } from './misbehaving/knowledge.ts';
export type { Misbehaviour } from './misbehaving/misbehaviour.ts';
export { misbehaviours } from './misbehaving/misbehaviours.ts';
export { MisbehavingPeer, type PeerAlert } from './misbehaving/peer.ts';
export {
  after,
  alert,
  altered,
  before,
  changeCipherSpec,
  changed,
  type Edit,
  followedBy,
  handshakeMessage,
  inOneRecord,
  inRecordsOf,
  instead,
  inTheClear,
  interrupted,
  otherKeys,
  record,
  recordOf,
  rewritten,
  type Saying,
  type Step,
  sealed,
  splitAt,
  swapped,
  twice,
  undivided,
  unsaid,
  unsent,
  without,
  withVersion,
} from './misbehaving/steps.ts';
export { type Deviation, deviations } from './transit-cse/deviations.ts';
export type { HttpMessage, Tap } from './transit-cse/http.ts';
export type { Mischief, Passage } from './transit-cse/mischief.ts';
export type { Deliver, Outgoing } from './transit-cse/outgoing.ts';
export { type TransitCse, type TransitCseOptions, transitCse } from './transit-cse/transit-cse.ts';
export {
  type NetworkTally,
  type Unreliability,
  type UnreliableSender,
  unreliableSender,
} from './unreliable-sender.ts';
