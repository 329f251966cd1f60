// What one misbehaviour is: who misbehaves where, and how both the standard and we answer it.
import type { Role } from '../../certificates/trust.ts';
import type { FaultCode } from '../../errors.ts';
import type { MisbehavingPeerOptions } from './knowledge.ts';
import type { Edit } from './steps.ts';

/** One thing done wrong in an otherwise honest handshake. */
export interface Misbehaviour {
  /** What is done, in a few words, as a sentence without its full stop: `CertificateVerify is left out`. */
  readonly name: string;
  /** What the other side gets to see, which other misbehaviours show it too and which it answers in one way. */
  readonly rule: string;
  /** In which E2EKey Message; 1 and 3 are the initiating end-point's, 2 and 4 the terminating one's. */
  readonly message: 1 | 2 | 3 | 4;
  /** The clause that forbids it, or that says what is to be done about it. */
  readonly clause: string;
  /** How our end-points refuse it; null where they have to take it, and a key is made. */
  readonly code: FaultCode | null;
  /**
   * The same on a stream of records, where only the messages tell how far a flight goes; `code` if absent. `waits`: more
   * is waited for, until the time is over or the connection ends.
   */
  readonly onStream?: FaultCode | null | 'waits';
  /**
   * The same by an end-point that has nothing beyond the profile `onem2m`, where `code` is that of one with all that the
   * profile `interop` has; `code` if absent. `lacks`: it has not the suite or the group with which this is done.
   */
  readonly onem2m?: FaultCode | null | 'lacks';
  readonly edit: Edit;
  /** What both sides authenticate themselves with; certificates if absent. */
  readonly by?: 'certificate' | 'psk';
  /** Whether the other side has to ask for a stapled response in ClientHello (RFC 6066 §8); false if absent. */
  readonly requestStatus?: boolean;
  /** On top of what every test gives. The other side has to have the suites, and this group before others. */
  readonly options?: Pick<
    MisbehavingPeerOptions,
    'suites' | 'encryptThenMac' | 'extendedMasterSecret' | 'group'
  >;
}

/** Whose misbehaviour it is. */
export function roleOf({ message }: Pick<Misbehaviour, 'message'>): Role {
  return message % 2 === 1 ? 'initiating' : 'terminating';
}

/** What the misbehaviours of one rule share. */
export type Rule = Omit<Misbehaviour, 'name' | 'edit'>;

/** Those that break one rule, by their names. */
export function breaking(rule: Rule, edits: Readonly<Record<string, Edit>>): readonly Misbehaviour[] {
  return Object.entries(edits).map(([name, edit]) => ({ ...rule, name, edit }));
}
