// e2ekey pki issue
import { refuse } from '../errors.ts';
import { validityFrom } from '../pki/certificate.ts';
import {
  pairPaths,
  rawPublicKeyPaths,
  readIntermediate,
  writeLeaf,
  writeRawPublicKey,
} from '../pki/files.ts';
import { type KeyType, keyTypes } from '../pki/key-type.ts';
import { type Flavour, flavours, issueLeaf } from '../pki/leaf.ts';
import { issueRawPublicKey } from '../pki/raw-public-key.ts';
import type { Command } from './command.ts';
import type { Values } from './options.ts';
import type { Output } from './output.ts';

const options = {
  directory: {
    type: 'operand',
    placeholder: 'DIR',
    about: 'Folder of the authority, made by pki init; raw needs none, and it is not looked at.',
  },
  flavour: {
    type: 'text',
    placeholder: 'FLAVOUR',
    oneOf: [...flavours, 'raw'],
    required: true,
    about: 'Kind of certificate (TS-0003 10.1.1), or raw for a raw public key (RFC 7250), which is none.',
  },
  id: {
    type: 'text',
    placeholder: 'ID',
    required: true,
    about:
      'Absolute AE-ID such as //m2m.example.com/cse-a/Cae1; for cse-id the domain name of the CSE-ID; for raw the absolute AE-ID or CSE-ID that peers are to associate with the key.',
  },
  out: { type: 'text', placeholder: 'PREFIX', required: true, about: 'Writes PREFIX.pem and PREFIX.key.' },
  'key-type': {
    type: 'text',
    placeholder: 'TYPE',
    oneOf: keyTypes,
    about: 'Default p256, the only one in the oneM2M certificate profile (TS-0003 10.1.1.1).',
  },
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
    'Issues a certificate with a new key: PREFIX.pem holds the chain, leaf first, without the root, and PREFIX.key the private key (PKCS#8, readable by its owner only). With --flavour raw, PREFIX.pem holds the public key alone, and what is printed is the public key identifier for --pin. Existing files are not overwritten.',
  options,
  role: null,
  async run(values, output) {
    const { flavour, 'key-type': keyType = 'p256' } = values;
    if (flavour === 'raw') issueRaw(values, keyType, output);
    else await issueCertificate(values, flavour, keyType, output);
    return 0;
  },
};

async function issueCertificate(
  values: Values<typeof options>,
  flavour: Flavour,
  keyType: KeyType,
  output: Output,
): Promise<void> {
  const leaf = await issueLeaf(readIntermediate(values.directory), {
    flavour,
    id: values.id,
    uriScheme: values['uri-scheme'] ?? null,
    keyType,
    validity: validityFrom(values['not-before'], values['not-after'], 1),
  });
  writeLeaf(values.out, leaf);
  const [certificate] = leaf.chain;
  const paths = pairPaths(values.out);
  warn(leaf.warnings, output);
  output.result(
    {
      status: 'issued',
      flavour,
      id: leaf.id,
      ...paths,
      serial: certificate.serialNumber.toLowerCase(),
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      notBefore: certificate.validFromDate.toISOString(),
      notAfter: certificate.validToDate.toISOString(),
      warnings: leaf.warnings,
    },
    `${flavour} certificate for ${leaf.id}, valid until ${certificate.validToDate.toISOString()}: ${paths.certificate}, ${paths.key}`,
  );
}

/** Options that only a certificate can follow. */
const certificateOptions = ['uri-scheme', 'not-before', 'not-after'] as const;

function issueRaw(values: Values<typeof options>, keyType: KeyType, output: Output): void {
  for (const name of certificateOptions)
    if (values[name] !== undefined)
      refuse(
        'OPTION_INVALID',
        `--${name} belongs to a certificate: a raw public key has neither name nor validity`,
      );
  const issued = issueRawPublicKey({ id: values.id, keyType });
  writeRawPublicKey(values.out, issued);
  const { id, publicKeyIdentifier, fingerprint, warnings } = issued;
  const paths = rawPublicKeyPaths(values.out);
  warn(warnings, output);
  output.result(
    { status: 'issued', flavour: 'raw', id, ...paths, publicKeyIdentifier, fingerprint, warnings },
    `raw public key for ${id}: ${paths.publicKey}, ${paths.key}\n${publicKeyIdentifier}\nSHA-256 ${fingerprint}`,
  );
}

function warn(warnings: readonly string[], output: Output): void {
  for (const warning of warnings) output.note(`warning: ${warning}`);
}
