// What can be wrong with Finished as a message: what it holds, and what comes in its place or beside it (RFC 5246 §7.4.9).
import { alertLevel } from '../../../wire/alerts.ts';
import { message } from '../../../wire/messages.ts';
import { contentType } from '../../../wire/numbers.ts';
import type { Knowledge } from '../knowledge.ts';
import type { Misbehaviour } from '../misbehaviour.ts';
import {
  after,
  alert,
  before,
  changeCipherSpec,
  changed,
  type Edit,
  handshakeMessage,
  inOneRecord,
  instead,
  record,
  rewritten,
  unsent,
} from '../steps.ts';
import { bodyOf, flipped, messagesIn, withBody } from './bytes.ts';
import { breakingIn, each, flights } from './flights.ts';

export const finishedMessages: readonly Misbehaviour[] = flights
  .filter(({ message }) => message >= 3)
  .flatMap(flight => [
    ...breakingIn(
      flight,
      {
        rule: 'another protected record than Finished',
        clause: 'RFC 5246 §7.1, §7.4.9',
        code: 'MESSAGE_UNEXPECTED',
      },
      {
        'application data before Finished': after(
          'ChangeCipherSpec',
          record(contentType.applicationData, Buffer.from('GET / HTTP/1.0\r\n\r\n')),
        ),
        'application data of no bytes before Finished': after(
          'ChangeCipherSpec',
          record(contentType.applicationData, new Uint8Array()),
        ),
        'ChangeCipherSpec under the new keys': after(
          'ChangeCipherSpec',
          changeCipherSpec({ changesKeys: false }),
        ),
        'Certificate under the new keys': before('Finished', 'Certificate'),
        'HelloRequest under the new keys': before('Finished', 'HelloRequest'),
      },
    ),
    ...breakingIn(
      flight,
      {
        rule: 'a warning under the new keys before Finished',
        clause: 'RFC 5246 §7.2.2',
        code: null,
      },
      {
        'a warning under the new keys before Finished': after(
          'ChangeCipherSpec',
          alert(alertLevel.warning, 112),
        ),
      },
    ),
    ...breakingIn(
      flight,
      { rule: 'a fatal alert, or close_notify', clause: 'RFC 5246 §7.2.1, §7.2.2', code: 'ALERT_RECEIVED' },
      {
        'decrypt_error in the place of Finished': instead('Finished', alert(alertLevel.fatal, 51)),
        'close_notify in the place of Finished': instead('Finished', alert(alertLevel.warning, 0)),
      },
    ),
    ...breakingIn(
      flight,
      {
        rule: 'a Finished that does not fit this handshake',
        clause: 'RFC 5246 §7.4.9',
        code: 'FINISHED_INVALID',
      },
      {
        'Finished of zeros': finished(() => new Uint8Array(12)),
        'Finished with its first bit changed': finished(data => flipped(data, 0)),
        'Finished with its last bit changed': finished(data => flipped(data, -1)),
        "Finished with the other role's label": finished((_, knowledge) => knowledge.verifyData('them')),
        'Finished over a transcript with one message more': before(
          'Finished',
          unsent('HelloRequest'),
          unsent('ServerHelloDone'),
        ),
        'Finished over a transcript without its last message': finished((_, knowledge) => {
          const shorter = knowledge.copy();
          shorter.transcript = messagesIn(knowledge.allSaid).slice(0, -1);
          return shorter.verifyData('us');
        }),
        ...(flight.message === 4 && {
          "the other side's own Finished": finished((_, knowledge) => knowledge.allSaid.subarray(-12)),
        }),
      },
    ),
    ...breakingIn(
      flight,
      { rule: 'a Finished that is not of 12 bytes', clause: 'RFC 5246 §7.4.9', code: 'MESSAGE_MALFORMED' },
      each([0, 4, 36], size => [
        `Finished of ${size} bytes`,
        instead(
          'Finished',
          rewritten('Finished', honest =>
            withBody(honest, Buffer.concat([bodyOf(honest), Buffer.alloc(36)]).subarray(0, size)),
          ),
        ),
      ]),
    ),
    ...breakingIn(
      flight,
      {
        rule: 'handshake bytes behind Finished in its record',
        clause: 'RFC 5246 §7.3',
        code: 'MESSAGE_UNEXPECTED',
      },
      {
        'one byte behind Finished in its record': instead(
          'Finished',
          inOneRecord('Finished', record(contentType.handshake, Uint8Array.of(0))),
        ),
        'HelloRequest behind Finished in its record': instead(
          'Finished',
          inOneRecord('Finished', 'HelloRequest'),
        ),
        'NewSessionTicket behind Finished in its record': instead(
          'Finished',
          inOneRecord('Finished', handshakeMessage(4, new Uint8Array(6))),
        ),
      },
    ),
  ]);

function finished(edit: (due: Uint8Array, knowledge: Knowledge) => Uint8Array): Edit {
  return instead(
    'Finished',
    changed(message.finished, ({ verifyData }, knowledge) => ({ verifyData: edit(verifyData, knowledge) })),
  );
}
