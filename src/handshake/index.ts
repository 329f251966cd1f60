// Subpath entry `e2ekey/handshake`: the pure core, for people who bring their own store, transport and signer.

export { type Group, groupByName, groups } from '../crypto/key-exchange.ts';
export type { Secret } from '../crypto/secrets.ts';
export { type SignatureScheme, schemeByName, signatureSchemes } from '../crypto/signatures.ts';
export { type Suite, suiteByName, suites } from '../crypto/suites.ts';
export { accept, advance, initiate } from './handshake.ts';
export type { Negotiated } from './negotiation.ts';
export { type Credential, makeProfile, type Profile, type ProfileOptions } from './profile.ts';
export type { Role, Session } from './session.ts';
export { decodeState, encodeState, type State, wipeState } from './state.ts';
export { authenticateMessage3 } from './terminating.ts';
export type { AuthenticatedMessage3, Input, MessageInput, SignatureInput, Turn } from './turn.ts';
