// Rules of the extensions (RFC 5280 4.2), but for names.
import {
  bitString,
  der,
  extension,
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from '../../../src/testing/certificate-maker.ts';
import {
  basicConstraintsOf,
  type Chain,
  id,
  keyIdentifierOf,
  keyPurposesOf,
  keyUsageOf,
  purposeId,
  setExtension,
  usage,
} from '../chain.ts';
import { contentOf, type Draft } from '../drafts.ts';
import { directoryName, realmSubject } from '../names.ts';
import { addExtension, issuerOf, type Rule, rulesAt, setField } from './rule.ts';

const unknownExtension = '1.3.6.1.4.1.99999.77.3';
const policy = '1.3.6.1.4.1.99999.5.2';

const anyExtensionRules: readonly Rule[] = [
  ...rulesAt(['leaf'], {
    name: 'an unknown critical extension',
    clause: 'RFC 5280 6.1.5 (f)',
    demand: 'must be refused',
    field: /extensions/,
    breakIn: addUnknownCritical,
  }),
  ...rulesAt(['intermediate'], {
    name: 'an unknown critical extension',
    clause: 'RFC 5280 6.1.4 (o)',
    demand: 'must be refused',
    field: /extensions/,
    breakIn: addUnknownCritical,
  }),
  ...rulesAt(['anchor'], {
    name: 'an unknown critical extension',
    clause: 'RFC 5280 4.2',
    demand: 'must be refused',
    field: /extensions/,
    breakIn: addUnknownCritical,
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'an extension twice',
    clause: 'RFC 5280 4.2',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: (draft, _, draw) => {
      const [twice, { critical, value }] = draw.one([...draft.extensions]);
      addExtension(draft, extension(twice, value, critical));
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'extensions without any',
    clause: 'RFC 5280 4.1.2.9',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => {
      draft.subject = realmSubject('plain');
      setField(draft, 'extensions', der(0xa3, sequence()));
    },
  }),
];

const basicConstraintsRules: readonly Rule[] = [
  ...rulesAt(['intermediate', 'anchor'], {
    name: 'no basicConstraints',
    clause: 'RFC 5280 6.1.4 (k)',
    demand: 'must be refused',
    field: /basicConstraints|nameConstraints|keyUsage/,
    breakIn: draft => {
      draft.extensions.delete(id.basicConstraints);
    },
  }),
  ...rulesAt(['intermediate', 'anchor'], {
    name: 'cA FALSE',
    clause: 'RFC 5280 6.1.4 (k)',
    demand: 'must be refused',
    field: /basicConstraints/,
    breakIn: draft => setExtension(draft, id.basicConstraints, basicConstraintsOf(false), true),
  }),
  ...rulesAt(['leaf'], {
    name: 'pathLenConstraint without cA',
    clause: 'RFC 5280 4.2.1.9',
    demand: 'is not conforming',
    field: /pathLenConstraint/,
    breakIn: draft => setExtension(draft, id.basicConstraints, basicConstraintsOf(false, 0), true),
  }),
  ...rulesAt(['intermediate'], {
    name: 'a negative pathLenConstraint',
    clause: 'RFC 5280 4.2.1.9',
    demand: 'is not conforming',
    field: /pathLenConstraint/,
    breakIn: draft => {
      const cA = contentOf(basicConstraintsOf(true));
      setExtension(draft, id.basicConstraints, sequence(cA, der(0x02, Buffer.of(0xff))), true);
    },
  }),
];

const keyUsageRules: readonly Rule[] = [
  ...rulesAt(['intermediate', 'anchor'], {
    name: 'keyUsage without keyCertSign',
    clause: 'RFC 5280 6.1.4 (n)',
    demand: 'must be refused',
    field: /keyUsage/,
    breakIn: draft =>
      setExtension(draft, id.keyUsage, keyUsageOf(usage.cRLSign, usage.digitalSignature), true),
  }),
  ...rulesAt(['leaf'], {
    name: 'keyCertSign without cA',
    clause: 'RFC 5280 4.2.1.3, 4.2.1.9',
    demand: 'is not conforming',
    field: /keyUsage/,
    breakIn: draft =>
      setExtension(draft, id.keyUsage, keyUsageOf(usage.digitalSignature, usage.keyCertSign), true),
  }),
  ...rulesAt(['leaf'], {
    name: 'keyUsage without digitalSignature',
    clause: 'RFC 8422 5.3 (the end-point signs)',
    demand: 'is not in the profile',
    field: /keyUsage/,
    breakIn: draft =>
      setExtension(draft, id.keyUsage, keyUsageOf(usage.keyEncipherment, usage.keyAgreement), true),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'keyUsage without any bit',
    clause: 'RFC 5280 4.2.1.3',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => setExtension(draft, id.keyUsage, bitString(Buffer.of()), true),
  }),
];

const purposeRules: readonly Rule[] = [
  ...rulesAt(['leaf'], {
    name: 'extKeyUsage for something else',
    clause: 'RFC 5280 4.2.1.12',
    demand: 'must be refused',
    field: /extKeyUsage/,
    breakIn: limitToAnother,
  }),
  ...rulesAt(['intermediate', 'anchor'], {
    name: 'extKeyUsage for something else',
    clause: 'RFC 5280 4.2.1.12 (that it binds those below is our choice)',
    demand: 'is not in the profile',
    field: /extKeyUsage/,
    breakIn: limitToAnother,
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'extKeyUsage without any purpose',
    clause: 'RFC 5280 4.2.1.12',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => setExtension(draft, id.extKeyUsage, sequence()),
  }),
];

const identifierRules: readonly Rule[] = [
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'critical authorityKeyIdentifier',
    clause: 'RFC 5280 4.2.1.1',
    demand: 'is not conforming',
    field: /authorityKeyIdentifier/,
    breakIn: draft => makeCritical(draft, id.authorityKeyIdentifier),
  }),
  ...rulesAt(['leaf', 'intermediate', 'anchor'], {
    name: 'critical subjectKeyIdentifier',
    clause: 'RFC 5280 4.2.1.2',
    demand: 'is not conforming',
    field: /subjectKeyIdentifier/,
    breakIn: draft => setExtension(draft, id.subjectKeyIdentifier, octetString(keyIdentifierOf(draft)), true),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'authorityCertIssuer without authorityCertSerialNumber',
    clause: 'RFC 5280 4.2.1.1',
    demand: 'is not conforming',
    field: /authorityCert/,
    breakIn: draft => {
      const issuer = issuerOf(draft);
      const names = der(0xa1, directoryName(issuerOf(issuer).subject));
      const value = sequence(der(0x80, keyIdentifierOf(issuer)), names);
      setExtension(draft, id.authorityKeyIdentifier, value);
    },
  }),
];

const policyRules: readonly Rule[] = [
  ...rulesAt(['intermediate'], {
    name: 'an explicit policy is required and there is none',
    clause: 'RFC 5280 6.1.5 (g)',
    demand: 'must be refused',
    field: /policyConstraints|extensions/,
    breakIn: (draft, chain) => {
      for (const each of chain.path) each.extensions.delete(id.certificatePolicies);
      setExtension(draft, id.policyConstraints, sequence(der(0x80, Buffer.of(0))), true);
    },
  }),
  ...rulesAt(['intermediate'], {
    name: 'policyConstraints that ask for nothing yet',
    clause: 'RFC 5280 6.1.4 (i) (no policy tree is kept)',
    demand: 'is not in the profile',
    field: /policyConstraints|extensions/,
    breakIn: draft => setExtension(draft, id.policyConstraints, sequence(der(0x81, Buffer.of(9))), true),
  }),
  ...rulesAt(['intermediate'], {
    name: 'critical policyMappings',
    clause: 'RFC 5280 6.1.4 (a), (b) (no policy tree is kept)',
    demand: 'is not in the profile',
    field: /extensions/,
    breakIn: draft => setExtension(draft, id.policyMappings, policyMappings, true),
  }),
  ...rulesAt(['intermediate'], {
    name: 'critical inhibitAnyPolicy',
    clause: 'RFC 5280 6.1.4 (j) (no policy tree is kept)',
    demand: 'is not in the profile',
    field: /extensions/,
    breakIn: draft => setExtension(draft, id.inhibitAnyPolicy, integer(9), true),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'critical certificatePolicies with an unknown qualifier',
    clause: 'RFC 5280 4.2.1.4',
    demand: 'must be refused',
    field: /certificatePolicies/,
    breakIn: draft => {
      const qualifier = sequence(objectIdentifier('1.3.6.1.4.1.99999.5.3'), integer(1));
      const value = sequence(sequence(objectIdentifier(policy), sequence(qualifier)));
      setExtension(draft, id.certificatePolicies, value, true);
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a policy twice',
    clause: 'RFC 5280 4.2.1.4',
    demand: 'is not conforming',
    field: /extensions/,
    breakIn: draft => {
      const one = sequence(objectIdentifier(policy));
      setExtension(draft, id.certificatePolicies, sequence(one, one));
    },
  }),
];

export const extensionRules: readonly Rule[] = [
  ...anyExtensionRules,
  ...basicConstraintsRules,
  ...keyUsageRules,
  ...purposeRules,
  ...identifierRules,
  ...policyRules,
];

export const policyMappings = sequence(
  sequence(objectIdentifier(policy), objectIdentifier('1.3.6.1.4.1.99999.5.4')),
);

function addUnknownCritical(draft: Draft): void {
  setExtension(draft, unknownExtension, octetString(Buffer.of(1)), true);
}

function makeCritical(draft: Draft, extensionId: string): void {
  const before = draft.extensions.get(extensionId);
  if (before !== undefined) draft.extensions.set(extensionId, { ...before, critical: true });
}

/** For one of the two end-points where the other is asked for, or for neither. */
function limitToAnother(draft: Draft, chain: Chain): void {
  const other = {
    initiating: purposeId.serverAuth,
    terminating: purposeId.clientAuth,
    any: purposeId.codeSigning,
  };
  setExtension(draft, id.extKeyUsage, keyPurposesOf(other[chain.purpose], purposeId.emailProtection));
}
