// e2ekey pki crl
import { parseCrl } from '../certificates/crl.ts';
import { issueCrl } from '../pki/crl.ts';
import { changeRegister } from '../pki/revocation-register.ts';
import { writeCrl } from '../pki/status-files.ts';
import { timesFrom } from '../pki/status-times.ts';
import type { Command } from './command.ts';
import { issuerOption, readIssuer, registerOf, thisUpdateOption } from './pki-options.ts';

const options = {
  directory: {
    type: 'operand',
    placeholder: 'DIR',
    about: 'Folder of the authority, made by pki init or pki authority.',
  },
  out: {
    type: 'text',
    placeholder: 'FILE',
    required: true,
    about: 'Writes the CRL there. An earlier CRL in FILE is replaced; any other file is not overwritten.',
  },
  issuer: {
    ...issuerOption,
    about: 'Which certificate of DIR signs the list of what it has revoked; default intermediate.',
  },
  number: {
    type: 'integer',
    placeholder: 'N',
    least: 0,
    most: 999_999_999,
    about: 'cRLNumber (RFC 5280 5.2.3); default one more than the highest so far.',
  },
  'this-update': thisUpdateOption,
  'next-update': {
    type: 'time',
    placeholder: 'TIME',
    about: 'When there is a newer one at the latest; default 30 days after --this-update.',
  },
  der: { type: 'flag', about: 'Write DER, as HTTP servers deliver it (RFC 2585); default PEM (X509 CRL).' },
} as const;

export const command: Command<typeof options> = {
  description:
    'Makes the CRL of an authority: a complete list (RFC 5280 5) of what pki revoke has entered. Who checks a whole chain needs that of the intermediate and that of the root.',
  options,
  role: null,
  async run(values, output) {
    const issuer = readIssuer(values.directory, values.issuer);
    const times = timesFrom(values['this-update'], values['next-update'], 30);
    const der = changeRegister(registerOf(values.directory, values.issuer), register => {
      const { crlNumber: highest, revoked } = register;
      const { number = highest + 1 } = values;
      const made = issueCrl(issuer, { ...times, number, revoked });
      return [{ ...register, crlNumber: Math.max(highest, number) }, made];
    });
    writeCrl(values.out, der, values.der ? 'der' : 'pem');
    const crl = parseCrl(der);
    const [thisUpdate, nextUpdate] = [crl.thisUpdate, crl.nextUpdate].map(time => time.toISOString());
    output.result(
      {
        status: 'issued',
        crl: values.out,
        issuer: crl.issuer.text,
        number: Number.parseInt(crl.number ?? '', 16),
        revoked: crl.entries.size,
        thisUpdate,
        nextUpdate,
        fingerprint: crl.fingerprint,
      },
      `CRL number ${Number.parseInt(crl.number ?? '', 16)} of ${crl.issuer.text}, ${crl.entries.size} revoked, until ${nextUpdate}: ${values.out}`,
    );
    return 0;
  },
};
