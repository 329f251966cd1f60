// Everything that a peer can do wrong in a handshake and that an end-point has to refuse, and the unusual that it has to
// take: each with its clause and with our answer.
import type { Misbehaviour } from './misbehaviour.ts';
import { alerts } from './misbehaviours/alerts.ts';
import { clientHello } from './misbehaviours/client-hello.ts';
import { finishedMessages } from './misbehaviours/finished.ts';
import { flightEnds } from './misbehaviours/flight-ends.ts';
import { keyChange } from './misbehaviours/key-change.ts';
import { lengths } from './misbehaviours/lengths.ts';
import { message2 } from './misbehaviours/message-2.ts';
import { message3 } from './misbehaviours/message-3.ts';
import { order } from './misbehaviours/order.ts';
import { protectedRecords } from './misbehaviours/protected-records.ts';
import { records } from './misbehaviours/records.ts';
import { serverHello } from './misbehaviours/server-hello.ts';
import { serverKeyExchange } from './misbehaviours/server-key-exchange.ts';

/**
 * Each under a name of its own.
 *
 * @example
 * ```ts
 * import { misbehaviours, MisbehavingPeer } from 'e2ekey/testing';
 * const peer = new MisbehavingPeer({ role: 'initiating' });
 * for (const { name, clause, message, edit } of misbehaviours)
 *   if (message === 1) console.log(name, clause, peer.copy().send(edit));
 * ```
 */
export const misbehaviours: readonly Misbehaviour[] = [
  ...order,
  ...clientHello,
  ...serverHello,
  ...message2,
  ...serverKeyExchange,
  ...message3,
  ...keyChange,
  ...protectedRecords,
  ...finishedMessages,
  ...lengths,
  ...records,
  ...alerts,
  ...flightEnds,
];
