// The checks of src/identifiers that make one entity have one name.
import type { Mutation } from '../mutation.ts';

const entity = { file: 'src/identifiers/entity.ts', test: 'test/identifiers/entity.test.ts' };

export const identifierChecks: readonly Mutation[] = [
  {
    ...entity,
    name: 'identifier-length',
    find: 'if («identifier.length > maxIdentifierLength ||» !identifier.startsWith',
    replace: '',
    attack: 'an identifier of any length in From, which anybody sends',
    clause: 'our bound',
    caughtBy:
      'an identifier over 512 characters is refused in every form, also when only its absolute form is too long',
  },
  {
    ...entity,
    name: 'identifier-dot-segments',
    find: '/^«(?!\\.{1,2}$)»[A-Za-z0-9._~-]+$/',
    replace: '',
    attack: 'a second name for one entity',
    clause: 'RFC 3986 §6.2.2.3',
    caughtBy: 'dot-segments are no CSE-ID: a URI has a second spelling without them (RFC 3986 §6.2.2.3)',
  },
  {
    ...entity,
    name: 'identifier-stem-of-the-service-provider',
    find: "if («!second.startsWith('C') ||» !aeStem.test(second))",
    replace: '',
    attack: 'a second name for one entity',
    clause: 'TS-0001 7.2',
    caughtBy: 'an AE-ID-Stem of the service provider has one name: it is not known under a CSE (TS-0001 7.2)',
  },
  {
    ...entity,
    name: 'identifier-host-case',
    find: 'const serviceProvider = «host.toLowerCase()»',
    replace: 'host',
    attack: 'a second name for one entity',
    clause: 'TS-0001 7.2',
    caughtBy: 'what a registrar or transit CSE rewrote is the same entity (TS-0001 7.2)',
  },
];
