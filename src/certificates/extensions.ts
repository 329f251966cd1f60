// The certificate extensions of RFC 5280 4.2.1 that a decision depends on: bytes to values, bounded. Decides
// nothing; extensions that are not listed here stay bytes.
import { contextConstructed, contextPrimitive, type DerReader, tag } from './der.ts';
import { type GeneralName, readGeneralName } from './names.ts';

/** Names in one list; an end-point has one or two, a web server's certificate has dozens. */
const maxNames = 64;
/** Key purposes; about ten are in use. */
const maxKeyPurposes = 32;

/** RFC 5280 4.2.1.9. */
export interface BasicConstraints {
  readonly cA: boolean;
  readonly pathLenConstraint: number | null;
}

/** RFC 5280 4.2.1.10. A list that is absent is empty here: present lists have at least one item. */
export interface NameConstraints {
  readonly permitted: readonly GeneralSubtree[];
  readonly excluded: readonly GeneralSubtree[];
}

export interface GeneralSubtree {
  readonly base: GeneralName;
  readonly minimum: number;
  readonly maximum: number | null;
}

/** RFC 5280 4.2.1.3, by bit number. */
const keyUsageNames = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof keyUsageNames)[number];

/** The extensions that are read, null where absent. */
export interface Extensions {
  readonly basicConstraints: BasicConstraints | null;
  readonly keyUsage: ReadonlySet<KeyUsage> | null;
  /** KeyPurposeIds, dotted. */
  readonly extKeyUsage: readonly string[] | null;
  readonly subjectAltName: readonly GeneralName[] | null;
  readonly nameConstraints: NameConstraints | null;
  /** keyIdentifier of authorityKeyIdentifier; null also where only issuer and serial number are given. */
  readonly authorityKeyIdentifier: Uint8Array | null;
  readonly subjectKeyIdentifier: Uint8Array | null;
}

/** Names of RFC 5280 4.2.1, for messages. */
const extensionNames: Readonly<Record<string, string>> = {
  '2.5.29.14': 'subjectKeyIdentifier',
  '2.5.29.15': 'keyUsage',
  '2.5.29.17': 'subjectAltName',
  '2.5.29.19': 'basicConstraints',
  '2.5.29.30': 'nameConstraints',
  '2.5.29.32': 'certificatePolicies',
  '2.5.29.33': 'policyMappings',
  '2.5.29.35': 'authorityKeyIdentifier',
  '2.5.29.36': 'policyConstraints',
  '2.5.29.37': 'extKeyUsage',
  '2.5.29.54': 'inhibitAnyPolicy',
};

export function extensionName(id: string): string {
  return extensionNames[id] ?? id;
}

type Values = { -readonly [K in keyof Extensions]: Extensions[K] };

const readers: Readonly<Record<string, (content: DerReader, into: Values) => void>> = {
  '2.5.29.14': (content, into) => {
    into.subjectKeyIdentifier = content.octetString('');
  },
  '2.5.29.15': (content, into) => {
    into.keyUsage = readKeyUsage(content);
  },
  '2.5.29.17': (content, into) => {
    into.subjectAltName = readNames(content);
  },
  '2.5.29.19': (content, into) => {
    into.basicConstraints = readBasicConstraints(content);
  },
  '2.5.29.30': (content, into) => {
    into.nameConstraints = readNameConstraints(content);
  },
  '2.5.29.35': (content, into) => {
    into.authorityKeyIdentifier = readAuthorityKeyIdentifier(content);
  },
  '2.5.29.37': (content, into) => {
    into.extKeyUsage = readKeyPurposes(content);
  },
};

/** The extensions of one certificate as they come; null where nothing comes. */
export function noExtensions(): Values {
  return {
    basicConstraints: null,
    keyUsage: null,
    extKeyUsage: null,
    subjectAltName: null,
    nameConstraints: null,
    authorityKeyIdentifier: null,
    subjectKeyIdentifier: null,
  };
}

/** What reads the content of extnValue into the values; undefined for an extension that stays bytes. */
export function extensionReader(id: string): ((content: DerReader, into: Values) => void) | undefined {
  return Object.hasOwn(readers, id) ? readers[id] : undefined;
}

/**
 * May this extension be critical (RFC 5280 4.2)? Those that are read, because path.ts acts on them; and
 * certificatePolicies, which asks nothing of a path while no explicit policy is required (6.1.1 (e)).
 */
export function isProcessed(id: string): boolean {
  return Object.hasOwn(readers, id) || id === '2.5.29.32';
}

function readKeyUsage(content: DerReader): ReadonlySet<KeyUsage> {
  const usages = new Set<KeyUsage>();
  for (const bit of content.namedBits(''))
    usages.add(
      keyUsageNames[bit] ?? content.fail('', `key usage bit ${bit}, which RFC 5280 4.2.1.3 does not have`),
    );
  if (usages.size === 0) content.fail('', 'no key usage at all (RFC 5280 4.2.1.3)');
  return usages;
}

function readKeyPurposes(content: DerReader): readonly string[] {
  return content.listOf(tag.sequence, '', { least: 1, most: maxKeyPurposes }, (purposes, index) =>
    purposes.objectIdentifier(index),
  );
}

function readNames(content: DerReader): readonly GeneralName[] {
  return content.listOf(tag.sequence, '', { least: 1, most: maxNames }, (names, index) =>
    readGeneralName(names, index, 'name'),
  );
}

function readBasicConstraints(content: DerReader): BasicConstraints {
  return content.sequence('', fields => {
    const cA = fields.booleanDefaultFalse('cA');
    const pathLenConstraint = fields.next === null ? null : fields.smallInteger('pathLenConstraint');
    if (pathLenConstraint !== null && !cA)
      fields.fail('pathLenConstraint', 'present without cA (RFC 5280 4.2.1.9)');
    return { cA, pathLenConstraint };
  });
}

function readNameConstraints(content: DerReader): NameConstraints {
  return content.sequence('', fields => {
    const permitted = readSubtrees(fields, 0, 'permittedSubtrees');
    const excluded = readSubtrees(fields, 1, 'excludedSubtrees');
    if (permitted.length + excluded.length === 0)
      fields.fail('', 'empty name constraints (RFC 5280 4.2.1.10)');
    return { permitted, excluded };
  });
}

function readSubtrees(fields: DerReader, number: number, name: string): readonly GeneralSubtree[] {
  if (fields.next !== contextConstructed(number)) return [];
  return fields.listOf(contextConstructed(number), name, { least: 1, most: maxNames }, (subtrees, index) =>
    subtrees.sequence(index, parts => {
      const base = readGeneralName(parts, 'base', 'constraint');
      const minimum =
        parts.next === contextPrimitive(0) ? parts.smallInteger('minimum', contextPrimitive(0)) : null;
      if (minimum === 0) parts.fail('minimum', 'a default value that is encoded (X.690 11.5)');
      const maximum =
        parts.next === contextPrimitive(1) ? parts.smallInteger('maximum', contextPrimitive(1)) : null;
      return { base, minimum: minimum ?? 0, maximum };
    }),
  );
}

function readAuthorityKeyIdentifier(content: DerReader): Uint8Array | null {
  return content.sequence('', fields => {
    const keyIdentifier =
      fields.next === contextPrimitive(0) ? fields.octetString('keyIdentifier', contextPrimitive(0)) : null;
    if (fields.next === contextConstructed(1)) fields.any('authorityCertIssuer');
    if (fields.next === contextPrimitive(2)) fields.integer('authorityCertSerialNumber', contextPrimitive(2));
    return keyIdentifier;
  });
}
