// What a peer with certificates or a pre-shared key can do wrong in a handshake and an end-point has to refuse, and the
// unusual that it has to take: each with its clause and with our answer. What docs/protocol.md names beside its tables is
// not among them, such as raw public keys.
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
 * import { connect } from 'node:net';
 * import { readFileSync } from 'node:fs';
 * import { conversationOf, converse, misbehaviours } from 'e2ekey/testing';
 * const credential = { chain: readFileSync('client.pem', 'utf8'), key: readFileSync('client.key', 'utf8') };
 * for (const misbehaviour of misbehaviours)
 *   if (misbehaviour.message % 2 === 1 && misbehaviour.by !== 'psk') {
 *     const { end, alert } = await converse(connect(4433), conversationOf(misbehaviour, { credential }));
 *     console.log(misbehaviour.name, misbehaviour.clause, end, alert);
 *   }
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
