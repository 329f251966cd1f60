// The certificate extensions of RFC 5280 4.2.1 that a decision depends on: bytes to values, bounded. Decides
// nothing; extensions that are not listed here stay bytes.
import { contextConstructed, contextPrimitive, type DerReader, tag } from './der.ts';
import { type GeneralName, readGeneralName } from './names.ts';

/** Names in one list: an end-point has one or two, a web server hundreds. What comparing them costs is bounded apart. */
const maxNames = 1024;
/** Key purposes; about ten are in use. */
const maxKeyPurposes = 32;
/** Certificate policies, and qualifiers of one of them; a certificate has one to five, and up to two each. */
const maxPolicies = 32;

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

/** RFC 5280 4.2.1.4: a policy and the kinds of its qualifiers, dotted. What they say is for people. */
interface PolicyInformation {
  readonly id: string;
  readonly qualifiers: readonly string[];
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
  readonly certificatePolicies: readonly PolicyInformation[] | null;
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
  '2.5.29.32': (content, into) => {
    into.certificatePolicies = readPolicies(content);
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
    certificatePolicies: null,
    authorityKeyIdentifier: null,
    subjectKeyIdentifier: null,
  };
}

/** What reads the content of extnValue into the values; undefined for an extension that stays bytes. */
export function extensionReader(id: string): ((content: DerReader, into: Values) => void) | undefined {
  return Object.hasOwn(readers, id) ? readers[id] : undefined;
}

/**
 * May this extension be critical (RFC 5280 4.2)? Those that are read, because a rule acts on them; of
 * certificatePolicies nothing is asked of a path while no explicit policy is required (6.1.1 (e)).
 */
export function isProcessed(id: string): boolean {
  return Object.hasOwn(readers, id);
}

function readKeyUsage(content: DerReader): ReadonlySet<KeyUsage> {
  const usages = new Set<KeyUsage>();
  for (const bit of content.namedBits(''))
    usages.add(
      keyUsageNames[bit] ?? content.fail('', `bit ${bit}`, { ...keyUsageRule, accepted: 'bits 0 to 8' }),
    );
  if (usages.size === 0) content.fail('', 'no key usage at all', keyUsageRule);
  return usages;
}

const keyUsageRule = { accepted: 'at least one bit', clause: 'RFC 5280 4.2.1.3' };

function readKeyPurposes(content: DerReader): readonly string[] {
  return content.listOf(tag.sequence, '', { least: 1, most: maxKeyPurposes }, (purposes, index) =>
    purposes.objectIdentifier(index),
  );
}

function readNames(content: DerReader): readonly GeneralName[] {
  return readGeneralNames(content, '');
}

/** GeneralNames, at least one and at most 1024. */
export function readGeneralNames(
  fields: DerReader,
  field: string,
  identifier: number = tag.sequence,
): readonly GeneralName[] {
  return fields.listOf(identifier, field, oneToMaxNames, readAnyName);
}

const oneToMaxNames = { least: 1, most: maxNames };

function readAnyName(names: DerReader, index: number): GeneralName {
  return readGeneralName(names, index, 'name');
}

function readBasicConstraints(content: DerReader): BasicConstraints {
  return content.sequence('', fields => {
    const cA = fields.booleanDefaultFalse('cA');
    const pathLenConstraint = fields.next === null ? null : fields.smallInteger('pathLenConstraint');
    if (pathLenConstraint !== null && !cA)
      fields.fail('pathLenConstraint', 'present without cA', {
        accepted: 'in the certificate of a certification authority',
        clause: 'RFC 5280 4.2.1.9',
      });
    return { cA, pathLenConstraint };
  });
}

function readNameConstraints(content: DerReader): NameConstraints {
  return content.sequence('', fields => {
    const permitted = readSubtrees(fields, 0, 'permittedSubtrees');
    const excluded = readSubtrees(fields, 1, 'excludedSubtrees');
    if (permitted.length + excluded.length === 0)
      fields.fail('', 'neither permitted nor excluded subtrees', {
        accepted: 'at least one subtree',
        clause: 'RFC 5280 4.2.1.10',
      });
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
      if (minimum === 0)
        parts.fail('minimum', 'a default value that is encoded', {
          accepted: 'left out',
          clause: 'X.690 11.5',
        });
      const maximum =
        parts.next === contextPrimitive(1) ? parts.smallInteger('maximum', contextPrimitive(1)) : null;
      return { base, minimum: minimum ?? 0, maximum };
    }),
  );
}

/** Null where only issuer and serial number are given. */
export function readAuthorityKeyIdentifier(content: DerReader): Uint8Array | null {
  return content.sequence('', fields => {
    const keyIdentifier =
      fields.next === contextPrimitive(0) ? fields.octetString('keyIdentifier', contextPrimitive(0)) : null;
    const names = fields.next === contextConstructed(1);
    if (names) readGeneralNames(fields, 'authorityCertIssuer', contextConstructed(1));
    const serial = fields.next === contextPrimitive(2);
    if (serial) fields.integer('authorityCertSerialNumber', contextPrimitive(2));
    if (names !== serial)
      fields.fail(names ? 'authorityCertIssuer' : 'authorityCertSerialNumber', 'without the other', {
        accepted: 'authorityCertIssuer and authorityCertSerialNumber, or neither',
        clause: 'RFC 5280 4.2.1.1',
      });
    return keyIdentifier;
  });
}

function readPolicies(content: DerReader): readonly PolicyInformation[] {
  const seen = new Set<string>();
  return content.listOf(tag.sequence, '', { least: 1, most: maxPolicies }, (list, index) =>
    list.sequence(index, parts => {
      const id = parts.objectIdentifier('policyIdentifier');
      if (seen.has(id))
        parts.fail('policyIdentifier', `policy ${id} twice`, {
          accepted: 'once',
          clause: 'RFC 5280 4.2.1.4',
        });
      seen.add(id);
      if (parts.next === null) return { id, qualifiers: [] };
      const qualifiers = parts.listOf(
        tag.sequence,
        'policyQualifiers',
        { least: 1, most: maxPolicies },
        (items, number) =>
          items.sequence(number, fields => {
            const qualifier = fields.objectIdentifier('policyQualifierId');
            fields.any('qualifier');
            return qualifier;
          }),
      );
      return { id, qualifiers };
    }),
  );
}
