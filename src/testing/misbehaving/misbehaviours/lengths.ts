// Messages that are longer or shorter than their fields, and lengths that lie about what follows (RFC 5246 §4.3).
import { handshakeHeaderSize } from '../../../wire/messages.ts';
import type { MessageName } from '../contents.ts';
import { breaking, type Misbehaviour } from '../misbehaviour.ts';
import { type Edit, instead, rewritten } from '../steps.ts';
import { behind, bodyOf, increased, withBody } from './bytes.ts';
import { each, type Flight, flights, of } from './flights.ts';

export const lengths: readonly Misbehaviour[] = flights.flatMap(flight => {
  const messages = flight.says.filter(step => step !== 'ChangeCipherSpec');
  const keysChange = flight.says.includes('ChangeCipherSpec');
  const lastInTheClear = messages.findLast(step => step !== 'Finished');
  // Behind these so much of the flight is left that a stream does not end inside what is taken for the next message.
  const followed = messages.slice(0, -2);
  const atTheEnd = messages.slice(-2).filter(step => !keysChange || step === 'Finished');
  const rule = { ...of(flight), clause: 'RFC 5246 §4.3', code: 'MESSAGE_MALFORMED' } as const;
  return [
    ...breaking(
      { ...rule, rule: 'bytes behind the last field of a message' },
      named(flight, messages, 'with a byte behind its last field', honest =>
        withBody(honest, behind(bodyOf(honest), 0)),
      ),
    ),
    ...breaking(
      { ...rule, rule: 'a message that ends inside a field' },
      named(flight, messages.filter(hasBody), 'without its last byte', honest =>
        withBody(honest, bodyOf(honest).subarray(0, -1)),
      ),
    ),
    ...breaking(
      { ...rule, rule: 'a length in the header of a message that is not its own' },
      {
        ...named(flight, followed, 'whose length is one too many', oneMore),
        ...named(flight, messages.filter(hasBody), 'whose length is one too few', oneLess),
        ...named(flight, messages, 'of 16 MiB by its length', endless),
      },
    ),
    ...breaking(
      {
        ...rule,
        rule: 'a length in the header of a message beyond the end of its flight',
        onStream: 'waits',
      },
      named(flight, atTheEnd, 'whose length is one too many', oneMore),
    ),
    ...breaking(
      {
        ...rule,
        rule: 'a message that goes on where ChangeCipherSpec stands',
        clause: 'RFC 5246 §7.1',
        code: 'MESSAGE_UNEXPECTED',
      },
      named(
        flight,
        messages.filter(step => keysChange && step === lastInTheClear),
        'whose length is one too many',
        oneMore,
      ),
    ),
  ];
});

function hasBody(message: MessageName): boolean {
  return message !== 'ServerHelloDone';
}

function oneMore(message: Uint8Array): Uint8Array {
  return increased(message, 1, 3, 1);
}

function oneLess(message: Uint8Array): Uint8Array {
  return increased(message, 1, 3, -1);
}

function endless(message: Uint8Array): Uint8Array {
  return Buffer.concat([
    message.subarray(0, 1),
    Buffer.alloc(3, 0xff),
    message.subarray(handshakeHeaderSize),
  ]);
}

function named(
  flight: Flight,
  messages: readonly MessageName[],
  what: string,
  edit: (message: Uint8Array) => Uint8Array,
): Record<string, Edit> {
  return each(messages, message => [
    `${message} ${what}, in ${flight.name}`,
    instead(message, rewritten(message, edit)),
  ]);
}
