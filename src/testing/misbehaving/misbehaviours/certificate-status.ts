// What can be wrong with CertificateStatus (RFC 6066 §8): ServerHello announces it, and it stands behind Certificate or is
// left out. Knows no responder: no response here says that the certificate is good.
import { serverExtension } from '../../../wire/extensions.ts';
import { message } from '../../../wire/messages.ts';
import { breaking, type Misbehaviour, type Rule } from '../misbehaviour.ts';
import { after, before, type Edit, followedBy, handshakeMessage, type Step, unsaid } from '../steps.ts';
import { each } from './flights.ts';
import { withExtension } from './hellos.ts';

const { statusRequest } = serverExtension;
const rfc6066 = 'RFC 6066 §8';
const requestStatus = true;
/** OCSPResponse of the status tryLater (RFC 6960 §4.2.1). */
const tryLater = [0x30, 3, 0x0a, 1, 3] as const;

export const certificateStatus: readonly Misbehaviour[] = [
  ...rule(
    {
      rule: 'CertificateStatus that ServerHello did not announce',
      clause: rfc6066,
      code: 'MESSAGE_UNEXPECTED',
    },
    { 'CertificateStatus that was not asked for': after('Certificate', 'CertificateStatus') },
  ),
  ...rule(
    {
      rule: 'CertificateStatus that ServerHello did not announce',
      clause: rfc6066,
      code: 'MESSAGE_UNEXPECTED',
      requestStatus,
    },
    { 'CertificateStatus that was asked for and not announced': after('Certificate', 'CertificateStatus') },
  ),
  ...rule(
    {
      rule: 'CertificateStatus in another place',
      clause: rfc6066,
      code: 'MESSAGE_UNEXPECTED',
      requestStatus,
    },
    {
      ...each(['ServerHello', 'Certificate', 'CertificateRequest', 'ServerHelloDone'] as const, step => [
        `an announced CertificateStatus before ${step}`,
        announced(before(step, 'CertificateStatus')),
      ]),
      'an announced CertificateStatus behind ServerHelloDone': announced(
        followedBy(unsaid('CertificateStatus')),
      ),
    },
  ),
  ...rule(
    { rule: 'CertificateStatus twice', clause: rfc6066, code: 'MESSAGE_UNEXPECTED', requestStatus },
    {
      'an announced CertificateStatus twice': announced(
        after('Certificate', 'CertificateStatus', 'CertificateStatus'),
      ),
      'an announced CertificateStatus on both sides of Certificate': announced(honest =>
        before('Certificate', 'CertificateStatus')(after('Certificate', 'CertificateStatus')(honest)),
      ),
      'an announced CertificateStatus on both sides of ServerKeyExchange': announced(honest =>
        before(
          'ServerKeyExchange',
          'CertificateStatus',
        )(after('ServerKeyExchange', 'CertificateStatus')(honest)),
      ),
    },
  ),
  ...rule(
    {
      rule: 'CertificateStatus that holds no response of OCSP',
      clause: rfc6066,
      code: 'MESSAGE_MALFORMED',
      requestStatus,
    },
    {
      'CertificateStatus of no bytes': status(),
      'CertificateStatus of another kind than OCSP': status(2, 0, 0, 5, ...tryLater),
      'CertificateStatus with a response of no bytes': status(1, 0, 0, 0),
      'CertificateStatus with a length one too many': status(1, 0, 0, 6, ...tryLater),
      'CertificateStatus with a byte behind its response': status(1, 0, 0, 5, ...tryLater, 0),
    },
  ),
  ...rule(
    {
      rule: 'an extension with bytes behind its content, or with too few',
      clause: 'RFC 5246 §4.3, §7.4.1.4',
      code: 'MESSAGE_MALFORMED',
      requestStatus,
    },
    {
      'status_request with a byte in ServerHello': withExtension('ServerHello', statusRequest, [0]),
    },
  ),
  ...rule(
    {
      rule: 'CertificateStatus that says nothing of the certificate',
      clause: rfc6066,
      code: 'STATUS_RESPONSE_BAD',
      requestStatus,
    },
    {
      'CertificateStatus in which the responder has no answer': announced(
        after('Certificate', 'CertificateStatus'),
      ),
      'CertificateStatus with a response that cannot be read': status(1, 0, 0, 1, 0),
      'CertificateStatus with a response that is successful and empty': status(
        1,
        0,
        0,
        5,
        0x30,
        3,
        0x0a,
        1,
        0,
      ),
    },
  ),
  ...rule(
    {
      rule: 'CertificateStatus that ServerHello announced, and that is left out',
      clause: rfc6066,
      code: null,
      requestStatus,
    },
    { 'an announced CertificateStatus that is left out': announced(honest => honest) },
  ),
];

function rule(what: Omit<Rule, 'message'>, edits: Readonly<Record<string, Edit>>): readonly Misbehaviour[] {
  return breaking({ message: 2, ...what }, edits);
}

/** With ServerHello as it announces the message; the edit is of the honest flight. */
function announced(edit: Edit): Edit {
  return honest => withExtension('ServerHello', statusRequest, [])(edit(honest));
}

function status(...body: number[]): Edit {
  const said: Step = handshakeMessage(message.certificateStatus.type, Uint8Array.from(body));
  return announced(after('Certificate', said));
}
