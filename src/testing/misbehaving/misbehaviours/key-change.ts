// What can be wrong with ChangeCipherSpec: that it comes too early, twice or not at all, that it is another one, and what
// stands on its wrong side (RFC 5246 §7.1).
import { alertLevel } from '../../../wire/alerts.ts';
import { contentType } from '../../../wire/numbers.ts';
import { breaking, type Misbehaviour } from '../misbehaviour.ts';
import {
  after,
  alert,
  before,
  changeCipherSpec,
  instead,
  inTheClear,
  interrupted,
  record,
  sealed,
  without,
} from '../steps.ts';
import { breakingIn, each, type Flight, flights, of } from './flights.ts';

export const keyChange: readonly Misbehaviour[] = [
  ...flights.flatMap(early),
  ...flights.filter(({ message }) => message >= 3).flatMap(atItsPlace),
];

/** Early ChangeCipherSpec (CVE-2014-0224): the keys would be made of what everybody knows. */
function early(flight: Flight): readonly Misbehaviour[] {
  const clear = flight.says.filter(step => step !== 'ChangeCipherSpec' && step !== 'Finished');
  const rule = { ...of(flight), clause: 'RFC 5246 §7.1', code: 'MESSAGE_UNEXPECTED' } as const;
  return [
    ...breaking(
      { ...rule, rule: 'ChangeCipherSpec before its time' },
      {
        ...each(clear, step => [
          `ChangeCipherSpec before ${step} in ${flight.name}, which changes the keys`,
          before(step, 'ChangeCipherSpec'),
        ]),
        ...each(clear, step => [
          `ChangeCipherSpec before ${step} in ${flight.name}, which changes nothing`,
          before(step, changeCipherSpec({ changesKeys: false })),
        ]),
      },
    ),
    ...breaking(
      { ...rule, rule: 'ChangeCipherSpec inside a message' },
      each(
        clear.filter(step => step !== 'ServerHelloDone'),
        step => [
          `ChangeCipherSpec inside ${step} of ${flight.name}`,
          instead(step, interrupted(step, 6, changeCipherSpec({ changesKeys: false }))),
        ],
      ),
    ),
  ];
}

function atItsPlace(flight: Flight): readonly Misbehaviour[] {
  return [
    ...breakingIn(
      flight,
      { rule: 'a message that spans the key change', clause: 'RFC 5246 §7.1', code: 'MESSAGE_UNEXPECTED' },
      each([1, 4, 15], size => [
        `Finished with ${size} of its 16 bytes before ChangeCipherSpec`,
        honest =>
          without('ChangeCipherSpec')(
            instead('Finished', interrupted('Finished', size, 'ChangeCipherSpec'))(honest),
          ),
      ]),
    ),
    ...breakingIn(
      flight,
      {
        rule: 'ChangeCipherSpec that is not the one byte 1',
        clause: 'RFC 5246 §7.1',
        code: 'MESSAGE_MALFORMED',
      },
      each(
        [
          ['no byte', []],
          ['the byte 0', [0]],
          ['the byte 2', [2]],
          ['two bytes', [1, 1]],
        ] as const,
        ([what, body]) => [
          `ChangeCipherSpec of ${what}`,
          instead('ChangeCipherSpec', changeCipherSpec({ body: Uint8Array.from(body) })),
        ],
      ),
    ),
    ...breakingIn(
      flight,
      { rule: 'ChangeCipherSpec a second time', clause: 'RFC 5246 §7.1', code: 'RECORD_UNAUTHENTIC' },
      {
        'a second ChangeCipherSpec in the clear': after(
          'ChangeCipherSpec',
          inTheClear(changeCipherSpec({ changesKeys: false })),
        ),
      },
    ),
    ...breakingIn(
      flight,
      {
        rule: 'a protected record before ChangeCipherSpec',
        clause: 'RFC 5246 §7.1',
        code: 'MESSAGE_UNEXPECTED',
      },
      {
        'Finished under the new keys without ChangeCipherSpec': honest =>
          without('ChangeCipherSpec')(instead('Finished', sealed('Finished'))(honest)),
        'Finished under the new keys before ChangeCipherSpec': honest =>
          without('Finished')(instead('ChangeCipherSpec', sealed('Finished'), 'ChangeCipherSpec')(honest)),
      },
    ),
    ...breakingIn(
      flight,
      {
        rule: 'a record in the clear behind ChangeCipherSpec',
        clause: 'RFC 5246 §6.2.3, §7.1',
        code: 'RECORD_UNAUTHENTIC',
      },
      {
        'Finished in the clear behind ChangeCipherSpec': instead('Finished', inTheClear('Finished')),
        'a warning in the clear behind ChangeCipherSpec': after(
          'ChangeCipherSpec',
          inTheClear(alert(alertLevel.warning, 112)),
        ),
        'application data in the clear behind ChangeCipherSpec': after(
          'ChangeCipherSpec',
          inTheClear(record(contentType.applicationData, Buffer.from('GET / HTTP/1.0\r\n\r\n'))),
        ),
      },
    ),
  ];
}
