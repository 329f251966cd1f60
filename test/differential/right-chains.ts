// Chains that are right by construction: each value is chosen so that no rule of RFC 5280 6.1 can be against it. None
// of the judges is asked.
import type { Purpose } from '../../src/certificates/index.ts';
import {
  der,
  generalName,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import {
  anchorOf,
  at,
  basicConstraintsOf,
  type Chain,
  type Feature,
  id,
  identifyAuthority,
  intermediatesOf,
  keyIdentifierOf,
  keyPurposesOf,
  keyUsageOf,
  purposeId,
  setExtension,
  straightDetours,
  usage,
} from './chain.ts';
import type { Draft } from './drafts.ts';
import type { Draw } from './draw.ts';
import { type Digest, type KeyKind, keyOf } from './keys.ts';
import { constrainedTogether, forms, nameConstraintsOf, realmSubject, realms } from './names.ts';

export interface Needs {
  /** Intermediates that are not self-issued, at least. */
  readonly intermediates?: number;
  /** An intermediate that is self-issued. */
  readonly selfIssued?: boolean;
}

export function drawRightChain(draw: Draw, { intermediates = 0, selfIssued = false }: Needs = {}): Chain {
  const features = new Set<Feature>();
  const purpose = draw.one(['initiating', 'initiating', 'terminating', 'terminating', 'any'] as const);
  const time = draw.oneIn(10)
    ? new Date(Date.UTC(2050 + draw.number(0, 40), draw.number(0, 11), draw.number(1, 28)))
    : new Date(Date.UTC(2027, 0, 1) + draw.number(0, 86_400 * 365 * 20) * 1000);
  const hasSelfIssued = selfIssued || draw.oneIn(7);
  const count = Math.min(Math.max(intermediates, draw.one([0, 1, 1, 1, 2, 2, 3])), hasSelfIssued ? 2 : 3);

  const top = authority(draw, null, 'authority 0', time);
  const authorities = [top];
  const selfIssuedBelow = hasSelfIssued ? draw.number(0, count) : null;
  for (let number = 0; number <= count; number++) {
    const above = at(authorities, authorities.length - 1);
    if (number > 0) authorities.push(authority(draw, above, `authority ${number}`, time));
    if (number !== selfIssuedBelow) continue;
    const issuer = at(authorities, authorities.length - 1);
    authorities.push({
      ...authority(draw, issuer, `new key of authority ${number}`, time),
      subject: issuer.subject,
    });
    features.add('self-issued certificate');
  }
  const leaf = endPoint(draw, at(authorities, authorities.length - 1), purpose, time, features);
  const path = [leaf, ...authorities.toReversed()];
  const chain: Chain = { time, purpose, path, detours: [], presented: draw.oneIn(2), features };
  for (const [index, one] of authorities.entries()) {
    boundLength(
      draw,
      one,
      authorities.slice(index + 1).filter(below => below.issuer?.subject !== below.subject).length,
    );
    limitPurposes(draw, one, purpose);
    if (draw.oneIn(3)) constrainNames(draw, one, index === 0, features);
  }
  if (draw.oneIn(4)) addDetour(draw, chain);
  for (const draft of path) {
    mix(draw, draft);
    if (draft.key.asymmetricKeyType === 'ed25519') features.add('Ed25519');
    if ((draft.issuer ?? draft).key.asymmetricKeyType === 'rsa' && draft.pss) features.add('RSASSA-PSS');
  }
  return chain;
}

const kinds: readonly KeyKind[] = [
  'P-256',
  'P-256',
  'P-256',
  'P-256',
  'P-256',
  'P-256',
  'P-384',
  'P-521',
  'RSA',
  'Ed25519',
];
const digests: readonly Digest[] = ['sha256', 'sha256', 'sha384', 'sha512'];

/** What all certificates have in common. */
function draftOf(draw: Draw, issuer: Draft | null, text: string, time: Date): Draft {
  const seconds = [1, 3600, 86_400 * 30, 86_400 * 365 * 3];
  return {
    subject: realmSubject(text),
    key: keyOf(draw.one(kinds), text),
    issuer,
    issuerName: null,
    signingKey: null,
    digest: draw.one(digests),
    pss: draw.oneIn(3),
    serial: Buffer.from([
      draw.number(1, 0x7f),
      ...Array.from({ length: draw.one([0, 7, 15, 19]) }, () => draw.number(0, 255)),
    ]),
    notBefore: new Date(time.getTime() - draw.one(seconds) * 1000),
    notAfter: draw.oneIn(20)
      ? new Date('9999-12-31T23:59:59Z')
      : new Date(time.getTime() + draw.one(seconds) * 1000),
    extensions: new Map(),
    editFields: [],
    editToBeSigned: [],
    editParts: [],
    editWhole: [],
  };
}

function authority(draw: Draw, issuer: Draft | null, text: string, time: Date): Draft {
  const draft = draftOf(draw, issuer, text, time);
  const more = draw.some([usage.cRLSign, usage.digitalSignature]);
  setExtension(draft, id.keyUsage, keyUsageOf(usage.keyCertSign, ...more), true);
  setExtension(draft, id.basicConstraints, basicConstraintsOf(true), true);
  setExtension(draft, id.subjectKeyIdentifier, octetString(keyIdentifierOf(draft)));
  if (issuer !== null || draw.oneIn(2)) identifyAuthority(draft);
  return draft;
}

function endPoint(draw: Draw, issuer: Draft, purpose: Purpose, time: Date, features: Set<Feature>): Draft {
  const draft = draftOf(draw, issuer, 'end-point', time);
  identifyAuthority(draft);
  if (draw.oneIn(2)) setExtension(draft, id.subjectKeyIdentifier, octetString(keyIdentifierOf(draft)));
  const more = draw.some([usage.contentCommitment, usage.keyEncipherment, usage.keyAgreement]);
  if (!draw.oneIn(4))
    setExtension(draft, id.keyUsage, keyUsageOf(usage.digitalSignature, ...more), !draw.oneIn(4));
  if (draw.oneIn(3)) setExtension(draft, id.basicConstraints, basicConstraintsOf(false), draw.oneIn(2));
  limitPurposes(draw, draft, purpose);
  const chosen = draw.shuffled(forms).slice(0, draw.number(0, 4));
  const names = chosen.flatMap(form => {
    features.add(`${form} name`);
    return Array.from({ length: draw.one([1, 1, 2]) }, () => realms[form].name(draw));
  });
  if (names.some(name => name.includes(0x2a))) features.add('wildcard');
  if (names.length === 0) return draft;
  const isNameless = draw.oneIn(6);
  if (isNameless) draft.subject = sequence();
  setExtension(draft, id.subjectAltName, sequence(...draw.shuffled(names)), isNameless);
  return draft;
}

function boundLength(draw: Draw, draft: Draft, authoritiesBelow: number): void {
  if (draw.oneIn(2)) return;
  setExtension(
    draft,
    id.basicConstraints,
    basicConstraintsOf(true, authoritiesBelow + draw.one([0, 0, 1, 5])),
    true,
  );
}

function limitPurposes(draw: Draw, draft: Draft, purpose: Purpose): void {
  if (draw.oneIn(2)) return;
  const wanted = {
    initiating: [purposeId.clientAuth],
    terminating: [purposeId.serverAuth],
    any: [purposeId.clientAuth, purposeId.serverAuth],
  }[purpose];
  const others = Object.values(purposeId).filter(one => !wanted.some(each => each === one));
  setExtension(
    draft,
    id.extKeyUsage,
    keyPurposesOf(...draw.shuffled([...wanted, ...draw.some(others)])),
    draw.oneIn(4),
  );
}

function constrainNames(draw: Draw, draft: Draft, isAnchor: boolean, features: Set<Feature>): void {
  const permitted: Uint8Array[] = [];
  const excluded: Uint8Array[] = [];
  for (const form of draw.shuffled(forms).slice(0, draw.number(1, 3))) {
    features.add(isAnchor ? `constrained ${form} in the anchor` : `constrained ${form}`);
    const { around, beside } = realms[form];
    const together = constrainedTogether[form];
    const isPermitted = draw.oneIn(2);
    if (isPermitted)
      permitted.push(
        draw.one(around),
        ...(together === undefined ? [] : [draw.one(realms[together].around)]),
      );
    if (isPermitted && draw.oneIn(3)) permitted.push(draw.one(beside));
    if (!isPermitted || draw.oneIn(3)) excluded.push(draw.one(beside));
  }
  features.add('name constraints');
  setExtension(draft, id.nameConstraints, nameConstraintsOf(draw.shuffled(permitted), excluded), true);
}

function addDetour(draw: Draw, chain: Chain): void {
  const anchor = anchorOf(chain);
  const [lowest = anchor] = intermediatesOf(chain);
  // Rare, since a judge without a bound takes all its time for it.
  const isLoop = lowest !== anchor && draw.oneIn(50);
  const kind = isLoop ? 'a cross-certificate from below' : draw.one(straightDetours);
  const original = isLoop ? anchor : draw.one([lowest, anchor]);
  const unknownRoot = authority(draw, null, 'unknown root', chain.time);
  const withNameOf = (issuer: Draft | null): Draft => ({
    ...authority(draw, issuer, 'twin', chain.time),
    subject: original.subject,
  });
  const withNameAndKeyOf = (issuer: Draft): Draft => {
    const cross = { ...withNameOf(issuer), key: original.key };
    setExtension(cross, id.subjectKeyIdentifier, octetString(keyIdentifierOf(cross)));
    return cross;
  };
  chain.features.add(kind);
  switch (kind) {
    case 'a cross-certificate from below':
      chain.detours.push(withNameAndKeyOf(lowest));
      return;
    case 'a cross-certificate of an unknown root':
      chain.detours.push(withNameAndKeyOf(unknownRoot));
      return;
    case 'an expired certificate of the same authority': {
      const notAfter = new Date(chain.time.getTime() - 1000 * draw.number(1, 86_400));
      const notBefore = new Date(notAfter.getTime() - 86_400_000);
      chain.detours.push({ ...withNameAndKeyOf(original.issuer ?? original), notBefore, notAfter });
      return;
    }
    case 'another authority with the same name':
      chain.detours.push(withNameOf(original.issuer));
      return;
    case 'a certificate that leads nowhere':
      chain.detours.push(authority(draw, unknownRoot, 'leads nowhere', chain.time));
      return;
    case 'the anchor itself':
      chain.detours.push(anchor);
      return;
  }
}

const unknownExtension = '1.3.6.1.4.1.99999.77.1';

/** Extensions that ask nothing of anybody, and any order. */
function mix(draw: Draw, { extensions }: Draft): void {
  if (draw.oneIn(6)) extensions.set(unknownExtension, { critical: false, value: octetString(Buffer.of(1)) });
  if (draw.oneIn(6))
    extensions.set(id.certificatePolicies, {
      critical: false,
      value: sequence(sequence(objectIdentifier('1.3.6.1.4.1.99999.5.1'))),
    });
  if (draw.oneIn(6)) {
    const point = der(0xa0, der(0xa0, generalName('uri:http://m2m.example.com/crl')));
    extensions.set(id.cRLDistributionPoints, { critical: false, value: sequence(sequence(point)) });
  }
  const entries = draw.shuffled([...extensions]);
  extensions.clear();
  for (const [extension, draft] of entries) extensions.set(extension, draft);
}
