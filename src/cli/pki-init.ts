// e2ekey pki init
import { createAuthority } from '../pki/authority.ts';
import { validityFrom } from '../pki/certificate.ts';
import { authorityPaths, writeAuthority } from '../pki/files.ts';
import { constraintsOf } from '../pki/name-constraints.ts';
import type { Command } from './command.ts';
import { constraintOptions, constraintsFrom, lifeOptions } from './pki-options.ts';

const options = {
  directory: {
    type: 'operand',
    placeholder: 'DIR',
    about: 'Folder for the authority; made if it is not there.',
  },
  ...constraintOptions,
  name: {
    type: 'text',
    placeholder: 'TEXT',
    about: 'Stands in the names of both certificates; default "e2ekey lab".',
  },
  'path-length': {
    type: 'integer',
    placeholder: 'N',
    least: 0,
    most: 14,
    about: 'How many authorities may stand one below the other under the intermediate; default 0.',
  },
  ...lifeOptions,
} as const;

export const command: Command<typeof options> = {
  description:
    'Makes a lab authority: a root (root.pem, root.key) and an intermediate under it (intermediate.pem, intermediate.key) that may name only the given domains and, where they are given, devices and nodes. Existing files are not overwritten.',
  options,
  role: null,
  async run(values, output) {
    const authority = await createAuthority({
      ...constraintsFrom(values),
      name: values.name ?? 'e2ekey lab',
      pathLength: values['path-length'] ?? 0,
      validity: validityFrom(values['not-before'], values['not-after'], 10),
    });
    writeAuthority(values.directory, authority);
    const paths = authorityPaths(values.directory);
    const constraints = constraintsOf(authority.intermediate.certificate);
    output.result(
      {
        status: 'created',
        root: paths.root,
        intermediate: paths.intermediate,
        ...constraints,
        notBefore: authority.root.certificate.validFromDate.toISOString(),
        notAfter: authority.root.certificate.validToDate.toISOString(),
      },
      `Lab authority for ${constraints.domains.join(', ')} in ${values.directory}; trust anchor: ${paths.root.certificate}`,
    );
    return 0;
  },
};
