// e2ekey pki ocsp
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { parseOcspResponse } from '../certificates/ocsp-response.ts';
import { refuse } from '../errors.ts';
import { readResponder } from '../pki/files.ts';
import { type CertificateStatus, issueOcspResponse } from '../pki/ocsp-response.ts';
import { readRegister } from '../pki/revocation-register.ts';
import { writeOcspResponse } from '../pki/status-files.ts';
import { timesFrom } from '../pki/status-times.ts';
import type { Command } from './command.ts';
import type { Values } from './options.ts';
import {
  issuerOption,
  readFirstCertificate,
  readIssuer,
  reasonOption,
  registerOf,
  thisUpdateOption,
} from './pki-options.ts';

const options = {
  directory: {
    type: 'operand',
    placeholder: 'DIR',
    about: 'Folder of the authority that has issued the certificate.',
  },
  certificate: {
    type: 'operand',
    placeholder: 'CERT',
    about: 'The certificate that is spoken of, PEM or DER: the first one in the file.',
  },
  out: {
    type: 'text',
    placeholder: 'FILE',
    required: true,
    about:
      'Writes the response there, in DER, as --staple takes it. An earlier response in FILE is replaced; any other file is not overwritten.',
  },
  issuer: { ...issuerOption, about: 'Which certificate of DIR has issued it; default intermediate.' },
  status: {
    type: 'text',
    placeholder: 'STATUS',
    oneOf: ['good', 'revoked', 'unknown'],
    about: 'What is said of it; default revoked if pki revoke has entered it, else good.',
  },
  reason: { ...reasonOption, about: `With --status revoked: ${reasonOption.about}` },
  'revoked-at': {
    type: 'time',
    placeholder: 'TIME',
    about: 'With --status revoked: since when, ISO 8601; default --this-update.',
  },
  responder: {
    type: 'text',
    placeholder: 'PREFIX',
    about:
      'Signs with PREFIX.key, and encloses the certificate of PREFIX.pem (pki responder). Default: the issuer itself signs.',
  },
  'this-update': {
    ...thisUpdateOption,
    about: `${thisUpdateOption.about} The response is produced (producedAt) at that time.`,
  },
  'next-update': {
    type: 'time',
    placeholder: 'TIME',
    about: 'When there is a newer one at the latest; default 7 days after --this-update.',
  },
} as const;

export const command: Command<typeof options> = {
  description:
    'Makes an OCSP response (RFC 6960) about one certificate, such as its holder staples it to its messages (RFC 6066 8). It answers nobody: there is no responder to be asked over HTTP.',
  options,
  role: null,
  async run(values, output) {
    const issuer = readIssuer(values.directory, values.issuer);
    const certificate = readFirstCertificate('CERT', values.certificate);
    const responder = values.responder === undefined ? null : readResponder(values.responder);
    const times = timesFrom(values['this-update'], values['next-update'], 7);
    const status = statusFrom(values, certificate, times.thisUpdate);
    const der = issueOcspResponse(issuer, responder, { certificate, status, ...times });
    writeOcspResponse(values.out, der);
    const [single] = parseOcspResponse(der).basic?.responses ?? [];
    const nextUpdate = single?.nextUpdate?.toISOString();
    output.result(
      {
        status: 'issued',
        response: values.out,
        serial: certificate.serialNumber,
        certificateStatus: single?.status,
        revocationTime: single?.revocationTime ?? null,
        reason: single?.reason ?? null,
        signedBy: parseCertificate((responder ?? issuer).certificate.raw).subject.text,
        thisUpdate: single?.thisUpdate,
        nextUpdate,
      },
      `OCSP response for ${certificate.subject.text}: ${single?.status}, until ${nextUpdate}: ${values.out}`,
    );
    return 0;
  },
};

function statusFrom(
  values: Values<typeof options>,
  { serialNumber }: Certificate,
  thisUpdate: Date,
): CertificateStatus {
  const { status, reason = null, 'revoked-at': revocationDate = thisUpdate } = values;
  if (status === 'revoked') return { revocationDate, reason };
  for (const name of ['reason', 'revoked-at'] as const)
    if (values[name] !== undefined) refuse('OPTION_INVALID', `--${name} belongs to --status revoked`);
  const { revoked } = readRegister(registerOf(values.directory, values.issuer));
  return status ?? revoked.get(serialNumber) ?? 'good';
}
