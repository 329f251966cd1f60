// Which identity a certification request asks for: the one for which we would write just the names that it has. How
// identities are written is in identity.ts.
import type { GeneralName } from '../certificates/names.ts';
import { E2EKeyError } from '../errors.ts';
import type { WritableName } from './general-name.ts';
import { type IdentityRequest, nameIdentity } from './identity.ts';

/** Null where the names are not exactly those of one identity: no two identities are written alike. */
export function requestedIdentity(names: readonly GeneralName[]): IdentityRequest | null {
  return names.flatMap(candidates).find(candidate => isWritten(candidate, names)) ?? null;
}

function candidates(name: GeneralName): IdentityRequest[] {
  switch (name.form) {
    case 'dns':
      return [
        { flavour: 'cse-id', id: name.value, uriScheme: null },
        { flavour: 'fqdn', id: name.value, uriScheme: null },
      ];
    case 'uri': {
      const [, uriScheme = null, id = ''] = /^(?:([a-z][a-z0-9+.-]*):)?(\/\/.*)$/.exec(name.value) ?? [];
      return [
        { flavour: 'ae-id', id, uriScheme },
        { flavour: 'node-id', id: name.value, uriScheme: null },
      ];
    }
    case 'registeredId':
      return [{ flavour: 'node-id', id: name.value, uriScheme: null }];
    case 'other':
      return name.objectIdentifier === null
        ? []
        : [
            {
              flavour: 'device',
              id: name.objectIdentifier,
              uriScheme: null,
              indicationArcs: name.typeId.split('.').length,
            },
          ];
    default:
      return [];
  }
}

function isWritten(candidate: IdentityRequest, names: readonly GeneralName[]): boolean {
  try {
    return sameNames(nameIdentity(candidate).names, names);
  } catch (error) {
    if (!(error instanceof E2EKeyError)) throw error;
    return false;
  }
}

/** Are they the same, in whatever order? Case does not count in a domain name. */
export function sameNames(one: readonly SomeName[], other: readonly SomeName[]): boolean {
  return comparable(one) === comparable(other);
}

type SomeName = GeneralName | WritableName;

function comparable(names: readonly SomeName[]): string {
  return names
    .map(name => {
      switch (name.form) {
        case 'dns':
          return `dns ${name.value.toLowerCase()}`;
        case 'uri':
        case 'registeredId':
          return `${name.form} ${name.value}`;
        case 'other':
          return `other ${name.typeId} ${Buffer.from(name.value).toString('hex')}`;
        default:
          return name.form;
      }
    })
    .sort()
    .join('\n');
}
