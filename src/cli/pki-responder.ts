// e2ekey pki responder
import { validityFrom } from '../pki/certificate.ts';
import { pairPaths, writeLeaf } from '../pki/files.ts';
import { keyTypes } from '../pki/key-type.ts';
import { issueResponder } from '../pki/responder.ts';
import type { Command } from './command.ts';
import { issuerOption, readIssuer } from './pki-options.ts';

const options = {
  directory: {
    type: 'operand',
    placeholder: 'DIR',
    about: 'Folder of the authority, made by pki init or pki authority.',
  },
  out: { type: 'text', placeholder: 'PREFIX', required: true, about: 'Writes PREFIX.pem and PREFIX.key.' },
  issuer: {
    ...issuerOption,
    about:
      'Which certificate of DIR charges it; it may speak of what that one has issued. Default intermediate.',
  },
  name: {
    type: 'text',
    placeholder: 'TEXT',
    about: 'Name of the responder; default "e2ekey lab OCSP responder".',
  },
  'key-type': {
    type: 'text',
    placeholder: 'TYPE',
    oneOf: keyTypes,
    about: 'Default p256, the only one in the oneM2M certificate profile (TS-0003 10.1.1.1).',
  },
  check: {
    type: 'flag',
    about:
      "Leaves id-pkix-ocsp-nocheck out (RFC 6960 4.2.2.2.1): who gets a response then looks up whether the responder's certificate is revoked.",
  },
  'not-before': { type: 'time', placeholder: 'TIME', about: 'Begin of validity, ISO 8601; default now.' },
  'not-after': {
    type: 'time',
    placeholder: 'TIME',
    about: 'End of validity; default one year after its begin.',
  },
} as const;

export const command: Command<typeof options> = {
  description:
    'Issues the certificate of a delegated OCSP responder (RFC 6960 4.2.2.2), with a new key, for pki ocsp --responder. Existing files are not overwritten.',
  options,
  role: null,
  async run(values, output) {
    const responder = await issueResponder(readIssuer(values.directory, values.issuer), {
      name: values.name ?? 'e2ekey lab OCSP responder',
      keyType: values['key-type'] ?? 'p256',
      noCheck: !values.check,
      validity: validityFrom(values['not-before'], values['not-after'], 1),
    });
    writeLeaf(values.out, responder);
    const [certificate] = responder.chain;
    const paths = pairPaths(values.out);
    const notAfter = certificate.validToDate.toISOString();
    for (const warning of responder.warnings) output.note(`warning: ${warning}`);
    output.result(
      {
        status: 'issued',
        ...paths,
        serial: certificate.serialNumber.toLowerCase(),
        fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
        notBefore: certificate.validFromDate.toISOString(),
        notAfter,
        warnings: responder.warnings,
      },
      `OCSP responder, valid until ${notAfter}: ${paths.certificate}, ${paths.key}`,
    );
    return 0;
  },
};
