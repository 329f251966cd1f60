// e2ekey pki sign
import { E2EKeyError, refuse } from '../errors.ts';
import { type CertificationRequest, readCertificationRequest } from '../pki/certification-request.ts';
import { pairPaths, writeCertified } from '../pki/files.ts';
import { flavours, type IdentityRequest } from '../pki/identity.ts';
import { requestedIdentity } from '../pki/requested-identity.ts';
import { signRequest } from '../pki/sign-request.ts';
import type { Command } from './command.ts';
import { documentIn } from './file-content.ts';
import { readBytes } from './input-file.ts';
import type { Values } from './options.ts';
import { identityFrom, issuerOption, leafOptions, leafOptionsFrom, readIssuer } from './pki-options.ts';

const options = {
  directory: {
    type: 'operand',
    placeholder: 'DIR',
    about: 'Folder of the authority, made by pki init or pki authority.',
  },
  csr: {
    type: 'text',
    placeholder: 'FILE',
    required: true,
    about: 'Certification request (PKCS #10, RFC 2986), PEM or DER, as openssl req -new makes one.',
  },
  out: {
    type: 'text',
    placeholder: 'PREFIX',
    required: true,
    about: 'Writes PREFIX.pem; the private key stays where it is.',
  },
  issuer: issuerOption,
  flavour: {
    type: 'text',
    placeholder: 'FLAVOUR',
    oneOf: flavours,
    about:
      'Kind of certificate (TS-0003 10.1.1), with --id; default that of which the subjectAltName of the request is exactly one.',
  },
  id: { type: 'text', placeholder: 'ID', about: 'The identity, as pki issue takes it; with --flavour.' },
  ...leafOptions,
} as const;

export const command: Command<typeof options> = {
  description:
    'Signs a certification request: PREFIX.pem holds the chain, leaf first, without the root. From the request come the key, which has to have signed it, and, without --flavour and --id, the identity; nothing else that it asks for. Existing files are not overwritten.',
  options,
  role: null,
  async run(values, output) {
    const request = readRequest(values.csr);
    const identity = saidIdentity(values) ?? requestedIdentity(request.extensions.subjectAltName ?? []);
    const leaf = await signRequest(readIssuer(values.directory, values.issuer), request, {
      identity,
      ...leafOptionsFrom(values),
    });
    writeCertified(values.out, leaf);
    const [certificate] = leaf.chain;
    const { certificate: file } = pairPaths(values.out);
    for (const warning of leaf.warnings) output.note(`warning: ${warning}`);
    output.result(
      {
        status: 'issued',
        flavour: identity?.flavour,
        id: leaf.id,
        certificate: file,
        serial: certificate.serialNumber.toLowerCase(),
        fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
        notBefore: certificate.validFromDate.toISOString(),
        notAfter: certificate.validToDate.toISOString(),
        warnings: leaf.warnings,
      },
      `${identity?.flavour} certificate for ${leaf.id}, valid until ${certificate.validToDate.toISOString()}: ${file}`,
    );
    return 0;
  },
};

/** Null where it is to be taken from the request. */
function saidIdentity(values: Values<typeof options>): IdentityRequest | null {
  const { flavour, id } = values;
  if (flavour !== undefined && id !== undefined) return identityFrom(flavour, id, values);
  if (flavour !== undefined || id !== undefined)
    refuse('OPTION_INVALID', '--flavour and --id say together what the certificate is for');
  for (const name of ['uri-scheme', 'indication-arcs'] as const)
    if (values[name] !== undefined)
      refuse(
        'OPTION_INVALID',
        `--${name} belongs to --flavour and --id: without them the names are those of the request`,
      );
  return null;
}

function readRequest(file: string): CertificationRequest {
  const bytes = readBytes('--csr', file);
  try {
    return readCertificationRequest(documentIn(bytes, 'certificate-request'));
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    return refuse('OPTION_INVALID', `--csr ${file}: ${cause.message}`, { cause });
  }
}
