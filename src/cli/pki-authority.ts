// e2ekey pki authority
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { parseCertificate } from '../certificates/certificate.ts';
import { refuse } from '../errors.ts';
import { issueAuthority, type SubordinateSubject } from '../pki/authority.ts';
import { validityFrom } from '../pki/certificate.ts';
import { authorityPaths, writeSubordinate } from '../pki/files.ts';
import { type KeyType, keyTypes } from '../pki/key-type.ts';
import { constraintsOf } from '../pki/name-constraints.ts';
import type { Command } from './command.ts';
import { readBytes } from './input-file.ts';
import type { Values } from './options.ts';
import {
  constraintOptions,
  constraintsFrom,
  issuerOption,
  lifeOptions,
  readFirstCertificate,
  readIssuer,
} from './pki-options.ts';

const options = {
  directory: {
    type: 'operand',
    placeholder: 'DIR',
    about: 'Folder of the authority that issues, made by pki init or pki authority.',
  },
  out: {
    type: 'text',
    placeholder: 'FOLDER',
    required: true,
    about:
      'Folder for the new authority; made if it is not there. pki issue and pki authority take it as DIR.',
  },
  issuer: issuerOption,
  name: { type: 'text', placeholder: 'TEXT', about: 'Name of the new authority; it gets a new key.' },
  rollover: {
    type: 'flag',
    about: "In place of --name: a new key under the issuer's own name, self-issued (RFC 5280 3.2).",
  },
  cross: {
    type: 'text',
    placeholder: 'FILE',
    about:
      'In place of --name: certifies name and key of the first certificate in FILE once more, that of another authority (a cross-certificate) or of one of ours (the same with another validity).',
  },
  key: {
    type: 'text',
    placeholder: 'FILE',
    about:
      'Private key of --cross, copied into FOLDER, so that certificates can be issued from there. Without it only the certificate is written.',
  },
  ...constraintOptions,
  domain: {
    ...constraintOptions.domain,
    about:
      "Domain that certificates may name, with all its subdomains; default those of the issuer's certificate, and under a root the names reserved for examples and tests.",
  },
  'path-length': {
    type: 'integer',
    placeholder: 'N',
    least: 0,
    most: 14,
    about:
      'How many authorities may stand one below the other under the new one; default 0, or as in the certificate whose name it takes.',
  },
  'key-type': {
    type: 'text',
    placeholder: 'TYPE',
    oneOf: keyTypes,
    about: 'Of the new key; default p256, the only one in the oneM2M certificate profile (TS-0003 10.1.1.1).',
  },
  ...lifeOptions,
} as const;

export const command: Command<typeof options> = {
  description:
    'Makes a further authority under one that is there, for chains of any shape: FOLDER/intermediate.pem holds its certificate and those above it, without the root, and FOLDER/intermediate.key its private key. Whom it may name is as in the certificate of its issuer where it is not said. An intermediate of pki init allows an authority below it only with --path-length; its root does always. Existing files are not overwritten.',
  options,
  role: null,
  async run(values, output) {
    const issuer = readIssuer(values.directory, values.issuer);
    const pathLength = values['path-length'];
    const authority = await issueAuthority(issuer, {
      ...constraintsFrom(values),
      subject: subjectFrom(values),
      ...(pathLength !== undefined && { pathLength }),
      validity: validityFrom(values['not-before'], values['not-after'], 10),
    });
    writeSubordinate(values.out, authority);
    const { certificate, key, chain, warnings } = authority;
    const { subject, issuer: above } = parseCertificate(certificate.raw);
    const paths = authorityPaths(values.out).intermediate;
    for (const warning of warnings) output.note(`warning: ${warning}`);
    output.result(
      {
        status: 'created',
        intermediate: { certificate: paths.certificate, key: key === null ? null : paths.key },
        subject: subject.text,
        issuer: above.text,
        certificates: chain.length,
        ...constraintsOf(certificate),
        notBefore: certificate.validFromDate.toISOString(),
        notAfter: certificate.validToDate.toISOString(),
        warnings,
      },
      `Authority ${subject.text} under ${above.text}: ${paths.certificate}${key === null ? ', without a key' : ''}`,
    );
    return 0;
  },
};

function subjectFrom(values: Values<typeof options>): SubordinateSubject {
  const { name, rollover, cross, key, 'key-type': keyType } = values;
  if ([name !== undefined, rollover, cross !== undefined].filter(Boolean).length !== 1)
    refuse('OPTION_INVALID', 'one of --name, --rollover and --cross says whose certificate it is');
  if (cross === undefined) {
    if (key !== undefined) refuse('OPTION_INVALID', '--key belongs to --cross: every other key is new');
    const type: KeyType = keyType ?? 'p256';
    return name === undefined ? { rollover: type } : { name, keyType: type };
  }
  if (keyType !== undefined)
    refuse('OPTION_INVALID', '--key-type is for a new key, and --cross certifies one that is there');
  const crossed = new X509Certificate(readFirstCertificate('--cross', cross).der);
  return { crossed, key: key === undefined ? null : privateKeyIn(key) };
}

function privateKeyIn(file: string): KeyObject {
  const text = readBytes('--key', file);
  try {
    return createPrivateKey(text);
  } catch (cause) {
    return refuse('OPTION_INVALID', `--key ${file}: not an unencrypted private key in PEM`, { cause });
  } finally {
    text.fill(0);
  }
}
