// e2ekey pki revoke
import { parseCertificate } from '../certificates/certificate.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { requireIssued } from '../pki/issued.ts';
import {
  changeRegister,
  type RevocationRegister,
  release,
  revoke,
  serialNumberIn,
} from '../pki/revocation-register.ts';
import { statable } from '../pki/status-times.ts';
import type { Command } from './command.ts';
import type { Values } from './options.ts';
import { issuerOption, readFirstCertificate, readIssuer, reasonOption, registerOf } from './pki-options.ts';

const options = {
  directory: {
    type: 'operand',
    placeholder: 'DIR',
    about: 'Folder of the authority that has issued the certificates.',
  },
  certificate: {
    type: 'operand',
    placeholder: 'CERT',
    repeatable: true,
    optional: true,
    about: 'The certificate, PEM or DER: the first one in the file.',
  },
  serial: {
    type: 'text',
    placeholder: 'HEX',
    repeatable: true,
    about:
      'Serial number of a certificate whose file is not at hand. Nobody can tell whether the authority has issued it.',
  },
  issuer: { ...issuerOption, about: 'Which certificate of DIR has issued them; default intermediate.' },
  reason: {
    ...reasonOption,
    about: `${reasonOption.about} certificateHold can be undone, or be followed by another reason.`,
  },
  'revoked-at': {
    type: 'time',
    placeholder: 'TIME',
    about: 'Since when they are not good, ISO 8601; default now, or since they are on hold.',
  },
  undo: { type: 'flag', about: 'Takes the certificates off hold; whatever else is revoked stays so.' },
} as const;

export const command: Command<typeof options> = {
  description:
    'Revokes certificates of a lab authority: they are entered into DIR/intermediate.revoked.json, or root.revoked.json. Others learn of it by the next pki crl and pki ocsp; what was made before does not change. All of them are revoked, or none.',
  options,
  role: null,
  async run(values, output) {
    const { reason = 'unspecified', undo } = values;
    if (undo) refuseWithUndo(values);
    const issuer = parseCertificate(readIssuer(values.directory, values.issuer).certificate.raw);
    const serials = [
      ...values.certificate.map(file => serialOf(file, issuer)),
      ...values.serial.map(serialNumber),
    ];
    if (serials.length === 0) refuse('OPTION_INVALID', 'CERT or --serial says what is to be revoked');
    const given = values['revoked-at'];
    const date =
      given === undefined ? { now: statable('now', new Date()) } : { given: statable('--revoked-at', given) };
    const change = (register: RevocationRegister, serial: string) =>
      undo ? release(register, serial) : revoke(register, serial, reason, date);
    const register = registerOf(values.directory, values.issuer);
    const entries = changeRegister(register, before => {
      const after = serials.reduce(change, before);
      return [after, serials.map(serial => ({ serial, ...after.revoked.get(serial) }))];
    });
    const status = undo ? 'released' : 'revoked';
    const count = `${serials.length} certificate${serials.length === 1 ? '' : 's'}`;
    output.result(
      { status, issuer: issuer.subject.text, register, certificates: entries },
      `${count} of ${issuer.subject.text} ${undo ? 'off hold' : `revoked (${reason})`}: ${serials.join(', ')}; pki crl and pki ocsp say so from now on`,
    );
    return 0;
  },
};

function refuseWithUndo(values: Values<typeof options>): void {
  for (const name of ['reason', 'revoked-at'] as const)
    if (values[name] !== undefined)
      refuse('OPTION_INVALID', `--${name} belongs to a revocation, which --undo takes back`);
}

function serialOf(file: string, issuer: ReturnType<typeof parseCertificate>): string {
  const certificate = readFirstCertificate('CERT', file);
  if (certificate.fingerprint === issuer.fingerprint)
    refuse(
      'OPTION_INVALID',
      `CERT ${file}: no authority revokes itself; a root is taken out of the trust anchors, an intermediate revoked by --issuer root`,
    );
  try {
    requireIssued(issuer, certificate);
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    refuse('OPTION_INVALID', `CERT ${file}: ${cause.message}`, { cause });
  }
  return certificate.serialNumber;
}

function serialNumber(text: string): string {
  return (
    serialNumberIn(text) ??
    refuse(
      'OPTION_INVALID',
      `--serial ${JSON.stringify(text.slice(0, 80))}: no serial number of 1 to 20 octets in hex`,
    )
  );
}
