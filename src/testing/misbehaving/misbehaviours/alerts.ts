// Alerts in the middle of a flight: which are passed over, which end the handshake, and which are none (RFC 5246 §7.2).
import { alertLevel } from '../../../wire/alerts.ts';
import { contentType } from '../../../wire/numbers.ts';
import { breaking, type Misbehaviour } from '../misbehaviour.ts';
import { alert, before, instead, interrupted, record } from '../steps.ts';
import { certificateFlights, each, type Flight, of } from './flights.ts';

const warning = alert(alertLevel.warning, 112);

/** So many warnings are passed over in one flight. */
const warnings = 4;

export const alerts: readonly Misbehaviour[] = certificateFlights.flatMap(alertsIn);

function alertsIn(flight: Flight): readonly Misbehaviour[] {
  const { name, says } = flight;
  const [first = 'Finished'] = says;
  const rule = { ...of(flight), clause: 'RFC 5246 §7.2', code: 'MESSAGE_MALFORMED' } as const;
  const clear = says.filter(step => step !== 'Finished');
  const inside = clear.filter(step => step !== 'ChangeCipherSpec' && step !== 'ServerHelloDone');
  const bytes = (...content: number[]) => before(first, record(contentType.alert, Uint8Array.from(content)));
  const flood = (count: number) => before(first, ...Array.from({ length: count }, () => warning));
  return [
    ...breaking(
      {
        ...rule,
        rule: 'warning alerts between messages, four at the most',
        clause: 'RFC 5246 §7.2.2',
        code: null,
      },
      {
        ...each(clear, step => [`a warning before ${step}, in ${name}`, before(step, warning)]),
        [`four warnings before ${first}, in ${name}`]: flood(warnings),
        [`a warning of an unknown description, in ${name}`]: before(first, alert(alertLevel.warning, 255)),
      },
    ),
    ...breaking(
      {
        ...rule,
        rule: 'a flood of warning alerts',
        clause: 'RFC 5246 §7.2.2; ours',
        code: 'MESSAGE_UNEXPECTED',
      },
      { [`five warnings before ${first}, in ${name}`]: flood(warnings + 1) },
    ),
    ...breaking(
      { ...rule, rule: 'an alert inside a message', clause: 'RFC 5246 §6.2.1', code: 'MESSAGE_UNEXPECTED' },
      each(inside, step => [
        `a warning inside ${step} of ${name}`,
        instead(step, interrupted(step, 6, warning)),
      ]),
    ),
    ...breaking(
      {
        ...rule,
        rule: 'a fatal alert, or close_notify',
        clause: 'RFC 5246 §7.2.1, §7.2.2',
        code: 'ALERT_RECEIVED',
      },
      {
        ...each(clear, step => [
          `handshake_failure before ${step}, in ${name}`,
          before(step, alert(alertLevel.fatal, 40)),
        ]),
        [`close_notify before ${first}, in ${name}`]: before(first, alert(alertLevel.warning, 0)),
        [`close_notify as a fatal alert before ${first}, in ${name}`]: before(
          first,
          alert(alertLevel.fatal, 0),
        ),
        [`a fatal alert of an unknown description, in ${name}`]: before(first, alert(alertLevel.fatal, 255)),
      },
    ),
    ...breaking(
      { ...rule, rule: 'an alert that is not of two bytes, or of an unknown level' },
      {
        [`an alert of one byte, in ${name}`]: bytes(alertLevel.warning),
        [`an alert of three bytes, in ${name}`]: bytes(alertLevel.warning, 112, 0),
        [`two alerts in one record, in ${name}`]: bytes(alertLevel.warning, 112, alertLevel.warning, 112),
        [`an alert of level 0, in ${name}`]: bytes(0, 112),
        [`an alert of level 3, in ${name}`]: bytes(3, 112),
      },
    ),
  ];
}
