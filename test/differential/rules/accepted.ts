// What looks wrong and is not: a validator that refuses it refuses right certificates.
import {
  der,
  generalName,
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from '../../../src/testing/certificate-maker.ts';
import {
  basicConstraintsOf,
  id,
  intermediatesOf,
  keyIdentifierOf,
  keyPurposesOf,
  keyUsageOf,
  leafOf,
  purposeId,
  setExtension,
  usage,
} from '../chain.ts';
import { contentOf, type Draft, elementsOf } from '../drafts.ts';
import { keyOf } from '../keys.ts';
import { directoryName, realmNameOtherwise, realmSubject, realms, subjectWithEmail } from '../names.ts';
import { policyMappings } from './extensions.ts';
import { addName, constrain } from './names.ts';
import { issuerOf, otherIssued, pathRule, type Rule, rulesAt, setField, setKey } from './rule.ts';

const demand = 'must be accepted';
/** No finding is made. */
const field = /^$/;

export const acceptedRules: readonly Rule[] = [
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a keyIdentifier of the authority that no certificate has',
    clause: 'RFC 5280 4.2.1.1 (a hint for building; 6.1 does not compare it)',
    demand,
    field,
    breakIn: draft =>
      setExtension(draft, id.authorityKeyIdentifier, sequence(der(0x80, Buffer.alloc(20, 0x5a)))),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'no authorityKeyIdentifier',
    clause: 'RFC 5280 4.2.1.1 (for issuers; 6.1 does not ask for it)',
    demand,
    field,
    breakIn: draft => {
      draft.extensions.delete(id.authorityKeyIdentifier);
    },
  }),
  ...rulesAt(['intermediate', 'anchor'], {
    name: 'no subjectKeyIdentifier',
    clause: 'RFC 5280 4.2.1.2 (for issuers; 6.1 does not ask for it)',
    demand,
    field,
    breakIn: draft => {
      draft.extensions.delete(id.subjectKeyIdentifier);
    },
  }),
  pathRule({
    name: 'authorityCertIssuer and authorityCertSerialNumber beside keyIdentifier',
    clause: 'RFC 5280 4.2.1.1',
    demand,
    field,
    breakIn: chain => {
      const leaf = leafOf(chain);
      const issuer = issuerOf(leaf);
      const names = der(0xa1, directoryName(issuerOf(issuer).subject));
      const value = sequence(der(0x80, keyIdentifierOf(issuer)), names, der(0x82, issuer.serial));
      setExtension(leaf, id.authorityKeyIdentifier, value);
    },
  }),
  ...rulesAt(['intermediate', 'anchor'], {
    name: 'basicConstraints that is not critical',
    clause: 'RFC 5280 6.1.4 (k) (critical for issuers, 4.2.1.9; 6.1 does not ask for it)',
    demand,
    field,
    breakIn: draft => makeUncritical(draft, id.basicConstraints),
  }),
  ...rulesAt(['intermediate', 'anchor'], {
    name: 'no keyUsage',
    clause: 'RFC 5280 6.1.4 (n) (if present)',
    demand,
    field,
    breakIn: draft => {
      draft.extensions.delete(id.keyUsage);
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'keyUsage that is not critical',
    clause: 'RFC 5280 4.2.1.3 (SHOULD)',
    demand,
    field,
    breakIn: draft => makeUncritical(draft, id.keyUsage),
  }),
  ...rulesAt(['intermediate'], {
    name: 'nameConstraints that are not critical',
    clause: 'RFC 5280 6.1.4 (g) (critical for issuers, 4.2.1.10; 6.1 does not ask for it)',
    demand,
    field,
    breakIn: draft => {
      constrain(draft, [], [realms.dns.aroundStranger]);
      makeUncritical(draft, id.nameConstraints);
    },
  }),
  ...rulesAt(['anchor'], {
    name: 'a signature of its own that does not hold',
    clause: 'RFC 5280 6.1 (the anchor is no part of the path)',
    demand,
    field,
    breakIn: draft => {
      draft.signingKey = keyOf('P-256', 'somebody else');
    },
  }),
  ...rulesAt(['anchor'], {
    name: 'not self-signed',
    clause: 'RFC 5280 6.1.1 (d)',
    demand,
    field,
    breakIn: draft => {
      draft.issuerName = realmSubject('nobody knows');
      draft.signingKey = keyOf('P-256', 'somebody else');
      draft.extensions.delete(id.authorityKeyIdentifier);
    },
  }),
  ...rulesAt(['anchor'], {
    name: 'serial number 0',
    clause: 'RFC 5280 6.1.1 (d) (an anchor is a name and a key)',
    demand,
    field,
    breakIn: draft => {
      draft.serial = Buffer.of(0);
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a serial number of 20 octets after an octet for its sign',
    clause: 'RFC 5280 4.1.2.2 (the value has 20)',
    demand,
    field,
    breakIn: draft => {
      draft.serial = Buffer.concat([Buffer.of(0), Buffer.alloc(20, 0x99)]);
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'the issuer in other letters, spaces and kind of string',
    clause: 'RFC 5280 6.1.3 (a)(4), 7.1',
    demand,
    field,
    breakIn: draft => {
      const [, ...others] = elementsOf(contentOf(issuerOf(draft).subject));
      draft.issuerName = sequence(realmNameOtherwise, ...others);
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'issuerUniqueID and subjectUniqueID',
    clause: 'RFC 5280 4.1.2.8',
    demand,
    field,
    breakIn: draft =>
      setField(
        draft,
        'uniqueIdentifiers',
        Buffer.concat([der(0x81, Buffer.of(0, 1, 2)), der(0x82, Buffer.of(4, 0xf0))]),
      ),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'GeneralizedTime before 2050',
    clause: 'RFC 5280 4.1.2.5 (applications process both)',
    demand,
    field,
    breakIn: draft => {
      const text = (date: Date) => date.toISOString().replace(/[-:T]|\.\d+/g, '');
      const times = [draft.notBefore, draft.notAfter].map(date => der(0x18, Buffer.from(text(date))));
      setField(draft, 'validity', sequence(...times));
    },
  }),
  ...rulesAt(['leaf', 'intermediate', 'anchor'], {
    name: 'in the first second of its validity',
    clause: 'RFC 5280 4.1.2.5 (inclusive)',
    demand,
    field,
    breakIn: (draft, { time }) => {
      draft.notBefore = time;
    },
  }),
  ...rulesAt(['leaf', 'intermediate', 'anchor'], {
    name: 'in the last second of its validity',
    clause: 'RFC 5280 4.1.2.5 (inclusive)',
    demand,
    field,
    breakIn: (draft, { time }) => {
      draft.notAfter = time;
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'anyExtendedKeyUsage alone',
    clause: 'RFC 5280 4.2.1.12',
    demand,
    field,
    breakIn: draft => setExtension(draft, id.extKeyUsage, keyPurposesOf(purposeId.any)),
  }),
  ...rulesAt(['leaf'], {
    name: 'the certificate of an authority',
    clause: 'RFC 5280 6.1 (nothing is said of the last certificate)',
    demand,
    field,
    breakIn: draft => {
      setExtension(draft, id.basicConstraints, basicConstraintsOf(true), true);
      setExtension(draft, id.keyUsage, keyUsageOf(usage.digitalSignature, usage.keyCertSign), true);
      setExtension(draft, id.subjectKeyIdentifier, octetString(keyIdentifierOf(draft)));
      draft.subject = realmSubject('authority as end-point');
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'a critical subjectAltName beside a subject',
    clause: 'RFC 5280 4.2.1.6 (SHOULD)',
    demand,
    field,
    breakIn: (draft, _, draw) => {
      draft.subject = realmSubject('end-point');
      setExtension(draft, id.subjectAltName, sequence(realms.dns.name(draw)), true);
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'critical certificatePolicies with id-qt-cps',
    clause: 'RFC 5280 4.2.1.4',
    demand,
    field,
    breakIn: draft => {
      const uri = der(0x16, Buffer.from('https://m2m.example.com/cps'));
      const qualifier = sequence(objectIdentifier('1.3.6.1.5.5.7.2.1'), uri);
      const policy = sequence(objectIdentifier('1.3.6.1.4.1.99999.5.2'), sequence(qualifier));
      setExtension(draft, id.certificatePolicies, sequence(policy), true);
    },
  }),
  ...rulesAt(['intermediate'], {
    name: 'policyMappings and inhibitAnyPolicy that are not critical',
    clause: 'RFC 5280 6.1.1 (c), 4.2 (no policy is asked for)',
    demand,
    field,
    breakIn: draft => {
      setExtension(draft, id.policyMappings, policyMappings);
      setExtension(draft, id.inhibitAnyPolicy, integer(1));
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'an RSA signature without parameters',
    clause: 'RFC 4055 5',
    demand,
    field,
    breakIn: (draft, chain) => {
      setKey(chain, issuerOf(draft), 'RSA');
      draft.pss = false;
      draft.digest = 'sha256';
      setField(draft, 'signature', sequence(objectIdentifier('1.2.840.113549.1.1.11')));
    },
  }),
  pathRule({
    name: 'pathLenConstraints that self-issued certificates would break if they counted',
    clause: 'RFC 5280 6.1.4 (l)',
    demand,
    needs: { selfIssued: true },
    field,
    breakIn: chain => {
      const counted = otherIssued(chain).map(draft => chain.path.indexOf(draft));
      for (const [place, draft] of chain.path.entries())
        if (place > 0)
          setExtension(
            draft,
            id.basicConstraints,
            basicConstraintsOf(true, counted.filter(below => below < place).length),
            true,
          );
    },
  }),
  pathRule({
    name: 'a self-issued certificate outside the permitted subtrees',
    clause: 'RFC 5280 6.1.3 (b), (c)',
    demand,
    needs: { selfIssued: true },
    field,
    breakIn: chain => {
      for (const draft of chain.path) draft.extensions.delete(id.nameConstraints);
      const selfIssued = intermediatesOf(chain).find(draft => draft.subject === draft.issuer?.subject);
      if (selfIssued === undefined) throw new Error('there is no self-issued certificate');
      const outside = contentOf(realms.directory.stranger);
      selfIssued.subject = outside;
      issuerOf(selfIssued).subject = outside;
      constrain(issuerOf(selfIssued), [realms.directory.around[0]], []);
    },
  }),
  pathRule({
    name: 'constraints on forms that cannot be compared and do not occur',
    clause: 'RFC 5280 4.2.1.10 (they bind names of their form)',
    demand,
    needs: { intermediates: 1 },
    field,
    breakIn: (chain, draw) => {
      const others = [generalName('other:1.3.6.1.4.1.311.20.2.3:0c0161'), der(0xa3, sequence())];
      constrain(draw.one(otherIssued(chain)), [draw.one(others)], []);
    },
  }),
  pathRule({
    name: 'an empty permitted subtree of dNSName, which holds all',
    clause: 'RFC 5280 4.2.1.10 (zero or more labels to the left)',
    demand,
    needs: { intermediates: 1 },
    field,
    breakIn: (chain, draw) => {
      constrain(draw.one(otherIssued(chain)), [der(0x82)], []);
      addName(chain, realms.dns.name(draw));
    },
  }),
  pathRule({
    name: 'an e-mail address in the subject inside the permitted subtrees',
    clause: 'RFC 5280 4.2.1.10',
    demand,
    needs: { intermediates: 1 },
    field,
    breakIn: (chain, draw) => {
      for (const draft of chain.path) draft.extensions.delete(id.nameConstraints);
      constrain(draw.one(otherIssued(chain)), [realms.email.around[0]], []);
      leafOf(chain).subject = subjectWithEmail('end-point', 'lab@m2m.example.com');
    },
  }),
  pathRule({
    name: 'a certificate of the same authority whose signature does not hold, beside the right one',
    clause: 'RFC 5280 6.1 (a path is valid, not a bundle)',
    demand,
    needs: { intermediates: 1 },
    field,
    breakIn: (chain, draw) => {
      const twin = { ...draw.one(otherIssued(chain)), serial: Buffer.of(0x7e) };
      chain.detours.push({ ...twin, signingKey: keyOf('P-256', 'somebody else') });
    },
  }),
  pathRule({
    name: 'a certificate of the same authority without cA, beside the right one',
    clause: 'RFC 5280 6.1 (a path is valid, not a bundle)',
    demand,
    needs: { intermediates: 1 },
    field,
    breakIn: (chain, draw) => {
      const twin = draw.one(otherIssued(chain));
      const extensions = new Map(twin.extensions);
      for (const each of [id.basicConstraints, id.keyUsage, id.nameConstraints]) extensions.delete(each);
      chain.detours.push({ ...twin, serial: Buffer.of(0x7e), extensions });
    },
  }),
];

function makeUncritical(draft: Draft, extension: string): void {
  const before = draft.extensions.get(extension);
  if (before !== undefined) draft.extensions.set(extension, { ...before, critical: false });
}
