// The alphabet of the search: one letter for each thing that a peer can say, whoever is meant to say it and when.
import {
  alert,
  handshakeMessage,
  inTheClear,
  record,
  type Step,
} from '../../src/testing/misbehaving/steps.ts';
import { alertLevel } from '../../src/wire/alerts.ts';
import { contentType, handshakeType } from '../../src/wire/numbers.ts';

interface Letter {
  readonly name: string;
  readonly step: Step;
}

const newSessionTicket = 4;
const [handshakeFailure, unrecognizedName] = [40, 112];

/** Where both end-points have a message of one kind, the initiating one's is upper case. */
export const letters: Readonly<Record<string, Letter>> = {
  r: { name: 'HelloRequest', step: 'HelloRequest' },
  H: { name: 'ClientHello', step: 'ClientHello' },
  h: { name: 'ServerHello', step: 'ServerHello' },
  // RFC 5077 §3.3: a lifetime, and a ticket of two bytes.
  T: {
    name: 'NewSessionTicket',
    step: handshakeMessage(newSessionTicket, Uint8Array.of(0, 0, 0, 1, 0, 2, 1, 2)),
  },
  C: { name: 'Certificate', step: 'Certificate' },
  c: {
    name: 'empty Certificate',
    step: handshakeMessage(handshakeType.certificate, Uint8Array.of(0, 0, 0)),
  },
  O: { name: 'CertificateStatus', step: 'CertificateStatus' },
  k: { name: 'ServerKeyExchange', step: 'ServerKeyExchange' },
  Q: { name: 'CertificateRequest', step: 'CertificateRequest' },
  D: { name: 'ServerHelloDone', step: 'ServerHelloDone' },
  K: { name: 'ClientKeyExchange', step: 'ClientKeyExchange' },
  V: { name: 'CertificateVerify', step: 'CertificateVerify' },
  S: { name: 'ChangeCipherSpec', step: 'ChangeCipherSpec' },
  F: { name: 'Finished', step: 'Finished' },
  f: { name: 'Finished in the clear', step: inTheClear('Finished') },
  w: { name: 'a warning alert', step: alert(alertLevel.warning, unrecognizedName) },
  x: { name: 'a fatal alert', step: alert(alertLevel.fatal, handshakeFailure) },
  a: { name: 'application data', step: record(contentType.applicationData, Buffer.from('a')) },
};

/** All of them, as one word. */
export const alphabet = Object.keys(letters).join('');

export function letterOf(character: string): Letter {
  const found = letters[character];
  if (found === undefined) throw new RangeError(`${JSON.stringify(character)} is no letter of the alphabet`);
  return found;
}

/** `H|CKVSF` as the names of its messages. */
export function spelledOut(sequence: string): string {
  return [...sequence].map(letter => (letter === '|' ? 'our answer' : letterOf(letter).name)).join(', ');
}
