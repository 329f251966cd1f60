// e2ekey pki issue
import { refuse } from '../errors.ts';
import { validityFrom } from '../pki/certificate.ts';
import { pairPaths, rawPublicKeyPaths, writeLeaf, writeRawPublicKey } from '../pki/files.ts';
import { type Flavour, flavours } from '../pki/identity.ts';
import { type KeyType, keyTypes } from '../pki/key-type.ts';
import { issueLeaf, purposes } from '../pki/leaf.ts';
import { issueRawPublicKey } from '../pki/raw-public-key.ts';
import type { Command } from './command.ts';
import type { Values } from './options.ts';
import type { Output } from './output.ts';
import { indicationOption, issuerOption, readIssuer } from './pki-options.ts';

const options = {
  directory: {
    type: 'operand',
    placeholder: 'DIR',
    about:
      'Folder of the authority, made by pki init or pki authority; raw needs none, and it is not looked at.',
  },
  issuer: issuerOption,
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
      'ae-id: the absolute AE-ID such as //m2m.example.com/cse-a/Cae1. cse-id: the domain name of the CSE-ID. node-id: a URN (a URI in the certificate) or a dotted object identifier (a registeredID). device: a dotted object identifier, or a hardware module as TYPE:HEX (RFC 4108). fqdn: the domain name; the certificate holds https://NAME too, which tells it from one for a CSE-ID. raw: the absolute AE-ID or CSE-ID that peers are to associate with the key.',
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
  'indication-arcs': indicationOption,
  purpose: {
    type: 'text',
    placeholder: 'WHICH',
    oneOf: purposes,
    about:
      'Adds extKeyUsage: clientAuth for the initiating end-point, serverAuth for the terminating one, any for both. Default none, as TS-0003 10.1.1 has it: either role.',
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
  const { purpose, 'indication-arcs': indicationArcs } = values;
  const leaf = await issueLeaf(readIssuer(values.directory, values.issuer), {
    flavour,
    id: values.id,
    uriScheme: values['uri-scheme'] ?? null,
    ...(indicationArcs !== undefined && { indicationArcs }),
    keyType,
    ...(purpose !== undefined && { purpose }),
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
const certificateOptions = [
  'issuer',
  'uri-scheme',
  'indication-arcs',
  'purpose',
  'not-before',
  'not-after',
] as const;

function issueRaw(values: Values<typeof options>, keyType: KeyType, output: Output): void {
  for (const name of certificateOptions)
    if (values[name] !== undefined)
      refuse(
        'OPTION_INVALID',
        `--${name} belongs to a certificate: a raw public key has neither issuer, name nor validity`,
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
