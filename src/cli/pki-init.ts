// e2ekey pki init
import { createAuthority, nameConstraintsOf } from '../pki/authority.ts';
import { validityFrom } from '../pki/certificate.ts';
import { authorityPaths, writeAuthority } from '../pki/files.ts';
import type { Command } from './command.ts';

const options = {
  directory: {
    type: 'operand',
    placeholder: 'DIR',
    about: 'Folder for the authority; made if it is not there.',
  },
  domain: {
    type: 'text',
    placeholder: 'NAME',
    repeatable: true,
    about:
      'Domain that certificates may name, with all its subdomains; default the names reserved for examples and tests.',
  },
  'uri-constraints': {
    type: 'flag',
    about:
      'Constrain the hosts of URIs as well as domain names, as TS-0003 8.1.2.2 asks. OpenSSL then refuses AE-ID certificates without --uri-scheme, which is why it is not the default.',
  },
  name: {
    type: 'text',
    placeholder: 'TEXT',
    about: 'Stands in the names of both certificates; default "e2ekey lab".',
  },
  'not-before': { type: 'time', placeholder: 'TIME', about: 'Begin of validity, ISO 8601; default now.' },
  'not-after': {
    type: 'time',
    placeholder: 'TIME',
    about: 'End of validity; default ten years after its begin.',
  },
} as const;

/** RFC 2606 and RFC 6761 §6: a lab that is trusted by mistake cannot speak for anybody's real host. */
const reservedDomains = ['example.com', 'example.net', 'example.org', 'example', 'test', 'localhost'];

export const command: Command<typeof options> = {
  description:
    'Makes a lab authority: a root (root.pem, root.key) and an intermediate under it (intermediate.pem, intermediate.key) that may name only the given domains. Existing files are not overwritten.',
  options,
  role: null,
  async run(values, output) {
    const authority = await createAuthority({
      name: values.name ?? 'e2ekey lab',
      domains: values.domain.length > 0 ? values.domain : reservedDomains,
      uriConstraints: values['uri-constraints'],
      validity: validityFrom(values['not-before'], values['not-after'], 10),
    });
    writeAuthority(values.directory, authority);
    const paths = authorityPaths(values.directory);
    const { domains, uri } = nameConstraintsOf(authority.intermediate.certificate);
    output.result(
      {
        status: 'created',
        root: paths.root,
        intermediate: paths.intermediate,
        domains,
        uriConstraints: uri,
        notBefore: authority.root.certificate.validFromDate.toISOString(),
        notAfter: authority.root.certificate.validToDate.toISOString(),
      },
      `Lab authority for ${domains.join(', ')} in ${values.directory}; trust anchor: ${paths.root.certificate}`,
    );
    return 0;
  },
};
