// e2ekey pki issue
import { validityFrom } from '../pki/certificate.ts';
import { pairPaths, readIntermediate, writeLeaf } from '../pki/files.ts';
import { flavours, issueLeaf } from '../pki/leaf.ts';
import type { Command } from './command.ts';

const options = {
  directory: { type: 'operand', placeholder: 'DIR', about: 'Folder of the authority, made by pki init.' },
  flavour: {
    type: 'text',
    placeholder: 'FLAVOUR',
    oneOf: flavours,
    required: true,
    about: 'Kind of certificate, TS-0003 10.1.1.',
  },
  id: {
    type: 'text',
    placeholder: 'ID',
    required: true,
    about: 'Absolute AE-ID such as //m2m.example.com/cse-a/Cae1; for cse-id the domain name of the CSE-ID.',
  },
  out: { type: 'text', placeholder: 'PREFIX', required: true, about: 'Writes PREFIX.pem and PREFIX.key.' },
  'key-type': { type: 'text', placeholder: 'TYPE', oneOf: ['p256'], about: 'Default p256.' },
  'uri-scheme': {
    type: 'text',
    placeholder: 'SCHEME',
    about:
      'Puts SCHEME: before the AE-ID (m2m gives m2m://…). Default none: the certificate holds the Absolute AE-ID as TS-0003 8.1.2.5 compares it. Authorities with --uri-constraints need it for OpenSSL to accept the chain.',
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
    'Issues a certificate with a new key: PREFIX.pem holds the chain, leaf first, without the root, and PREFIX.key the private key (PKCS#8, readable by its owner only). Existing files are not overwritten.',
  options,
  role: null,
  async run(values, output) {
    const leaf = await issueLeaf(readIntermediate(values.directory), {
      flavour: values.flavour,
      id: values.id,
      uriScheme: values['uri-scheme'] ?? null,
      validity: validityFrom(values['not-before'], values['not-after'], 1),
    });
    writeLeaf(values.out, leaf);
    const [certificate] = leaf.chain;
    const paths = pairPaths(values.out);
    for (const warning of leaf.warnings) output.note(`warning: ${warning}`);
    output.result(
      {
        status: 'issued',
        flavour: values.flavour,
        id: leaf.id,
        ...paths,
        serial: certificate.serialNumber.toLowerCase(),
        fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
        notBefore: certificate.validFromDate.toISOString(),
        notAfter: certificate.validToDate.toISOString(),
        warnings: leaf.warnings,
      },
      `${values.flavour} certificate for ${leaf.id}, valid until ${certificate.validToDate.toISOString()}: ${paths.certificate}, ${paths.key}`,
    );
    return 0;
  },
};
