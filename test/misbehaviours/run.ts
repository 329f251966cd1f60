// One misbehaviour towards a foreign TLS stack, and how the stack took it: by the alert on the wire, and by the key that
// the stack itself shows. Knows no misbehaviour and no stack.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import type { Role } from '../../src/certificates/trust.ts';
import { signatureSchemes } from '../../src/crypto/signatures.ts';
import type { ForeignHandshake, ForeignOptions, ForeignPeer } from '../../src/interop/foreign-peer.ts';
import type { MatrixLab } from '../../src/interop/matrix-lab.ts';
import {
  type Conversation,
  type ConversationOptions,
  conversationOf,
  converse,
  type Outcome,
} from '../../src/testing/misbehaving/conversation.ts';
import { type Misbehaviour, roleOf } from '../../src/testing/misbehaving/misbehaviour.ts';
import { alertName, closeNotify } from '../../src/wire/alerts.ts';

/** How a stack took a misbehaviour. */
export interface Answer {
  /**
   * In the words of the tables: the name of the fatal alert that it sent, `closes` or `waits`; `taken` for a key, and
   * `taken, then …` where it objected when it had made one. Where it cannot do what the row needs, why.
   */
  readonly says: string;
  /** For whoever has to find out why; null where the stack lacks something. */
  readonly evidence: { readonly outcome: Outcome; readonly handshake: ForeignHandshake } | null;
}

/** The misbehaving peer has the first of them. */
const suitesOf = {
  certificate: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256'],
  psk: ['TLS_PSK_WITH_AES_128_GCM_SHA256', 'TLS_PSK_WITH_AES_128_CBC_SHA256'],
} as const;

/** In milliseconds; whoever is silent for so long waits for more. */
const patience = 2_000;

export async function run(stack: ForeignPeer, misbehaviour: Misbehaviour, lab: MatrixLab): Promise<Answer> {
  const role = roleOf(misbehaviour);
  const options = foreignOptions(misbehaviour, lab);
  const why = await lacks(stack, role === 'initiating' ? 'terminating' : 'initiating', options);
  if (why !== null) return { says: `not supported: ${why}`, evidence: null };
  const conversation = conversationOf(misbehaviour, ownOptions(misbehaviour, lab));
  try {
    const evidence = await (role === 'initiating' ? initiate : terminate)(stack, options, conversation);
    return { says: inWords(role, evidence), evidence };
  } catch (cause) {
    throw new Error(`${stack.name} did not get to the end of: ${misbehaviour.name}`, { cause });
  }
}

function inWords(role: Role, { outcome, handshake }: NonNullable<Answer['evidence']>): string {
  const { end, alert, received } = outcome;
  // A TLS server says Finished when it has made the key; a TLS client says so before, and only it can tell.
  const taken = handshake.exported !== null || (role === 'initiating' && received.includes('Finished'));
  // A client that waits for more of message 4 is `finished` for converse as well; one that has its key closes here.
  const settled = end === 'finished' && (role === 'initiating' || alert?.name === alertName(closeNotify));
  if (settled) return taken ? 'taken' : 'finishes without a key';
  // An alert under keys that we have not is told by who sent it.
  const refusal =
    end === 'alert' ? alert?.name : end === 'closed' ? (handshake.alertSent ?? 'closes') : 'waits';
  return taken ? `taken, then ${refusal}` : `${refusal}`;
}

async function initiate(stack: ForeignPeer, options: ForeignOptions, conversation: Conversation) {
  const server = await stack.terminate(options);
  try {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const outcome = await converse(socket, conversation);
    return { outcome, handshake: await server.handshake };
  } finally {
    await server.stop();
  }
}

async function terminate(stack: ForeignPeer, options: ForeignOptions, conversation: Conversation) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const handshake = stack.initiate(typeof address === 'object' ? (address?.port ?? 0) : 0, options);
  try {
    const gone = handshake.then(({ output }) => Promise.reject(new Error(`it did not connect: ${output}`)));
    const [socket] = await Promise.race([connected, gone]);
    const outcome = await converse(socket, conversation);
    return { outcome, handshake: await handshake };
  } finally {
    server.close();
  }
}

function ownOptions({ by = 'certificate' }: Misbehaviour, lab: MatrixLab): ConversationOptions {
  const { x509, files } = lab.credential('ECDSA P-256');
  const { identity, key } = lab.presharedKey;
  return {
    credential: { chain: x509.chain, key: readFileSync(files.key, 'utf8') },
    presharedKey: { identity, key },
    suites: suitesOf[by].slice(0, 1),
    patience,
  };
}

function foreignOptions(
  { by = 'certificate', requestStatus, options = {} }: Misbehaviour,
  lab: MatrixLab,
): ForeignOptions {
  const { suites = suitesOf[by], group = 'secp256r1' } = options;
  const { certificate, key } = lab.credential('ECDSA P-256').files;
  const { identity, secret } = lab.presharedKey;
  return {
    ...(by === 'psk'
      ? { credential: { kind: 'psk', identity, secret }, trust: null }
      : { credential: { kind: 'x509', certificate, key }, trust: { anchors: lab.anchors } }),
    suites,
    // The certificates are of P-256, which the list of groups is about as well (RFC 8422 §5.1).
    groups: [...new Set([group, 'secp256r1'])],
    // Of themselves they would take SHA-1 as well.
    signatureSchemes: signatureSchemes.map(({ name }) => name),
    // A TLS client asks for a response whatever it is.
    ...(requestStatus && { staple: 'any' }),
  };
}

const asked = new Map<string, Promise<string | null>>();

/** Asked once for the same. */
function lacks(stack: ForeignPeer, role: Role, options: ForeignOptions): Promise<string | null> {
  const question = JSON.stringify([stack.name, role, options]);
  const answer = asked.get(question) ?? stack.lacks(role, options);
  asked.set(question, answer);
  return answer;
}
