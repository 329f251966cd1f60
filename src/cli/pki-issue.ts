// e2ekey pki issue
import { refuse } from '../errors.ts';
import { pairPaths, pkcs12Path, rawPublicKeyPaths, writeLeaf, writeRawPublicKey } from '../pki/files.ts';
import { type Flavour, flavours } from '../pki/identity.ts';
import { type KeyType, keyTypes } from '../pki/key-type.ts';
import { issueLeaf } from '../pki/leaf.ts';
import type { Pkcs12Content } from '../pki/pkcs12.ts';
import { issueRawPublicKey } from '../pki/raw-public-key.ts';
import type { Command } from './command.ts';
import { readPassword } from './credential-files.ts';
import type { Values } from './options.ts';
import type { Output } from './output.ts';
import { identityFrom, issuerOption, leafOptions, leafOptionsFrom, readIssuer } from './pki-options.ts';

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
  'password-file': {
    type: 'text',
    placeholder: 'FILE',
    about:
      'Writes PREFIX.p12 as well: chain and key in PKCS #12 (RFC 7292), for programs that take nothing else, under the password in the first line of FILE.',
  },
  ...leafOptions,
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
  const { 'password-file': passwordFile } = values;
  const password = passwordFile === undefined ? null : readPassword(passwordFile);
  const leaf = await issueLeaf(readIssuer(values.directory, values.issuer), {
    ...identityFrom(flavour, values.id, values),
    ...leafOptionsFrom(values),
    keyType,
  });
  const { chain, key, id: name } = leaf;
  const pkcs12 = password === null ? null : await pkcs12Of({ chain, key, password, name });
  writeLeaf(values.out, leaf, pkcs12);
  const [certificate] = chain;
  const paths = pairPaths(values.out);
  warn(leaf.warnings, output);
  output.result(
    {
      status: 'issued',
      flavour,
      id: leaf.id,
      ...paths,
      ...(pkcs12 !== null && { pkcs12: pkcs12Path(values.out) }),
      serial: certificate.serialNumber.toLowerCase(),
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      notBefore: certificate.validFromDate.toISOString(),
      notAfter: certificate.validToDate.toISOString(),
      warnings: leaf.warnings,
    },
    `${flavour} certificate for ${leaf.id}, valid until ${certificate.validToDate.toISOString()}: ${[paths.certificate, paths.key, ...(pkcs12 === null ? [] : [pkcs12Path(values.out)])].join(', ')}`,
  );
}

/** What writes it takes a while to load, and few ask for it. */
async function pkcs12Of(content: Pkcs12Content): Promise<Uint8Array> {
  const { writePkcs12 } = await import('../pki/pkcs12.ts');
  return writePkcs12(content);
}

/** Options that only a certificate can follow. */
const certificateOptions = [
  'issuer',
  'password-file',
  'uri-scheme',
  'indication-arcs',
  'purpose',
  'crl-url',
  'ocsp-url',
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
