// Certificates, chains, anchors and raw public keys: what cannot be read is a code of certificates/, and a chain gets a
// verdict whatever it holds, within the bound of work. Changed certificates are signed again, so that what is wrong in
// them is found by the rule for it and not by the signature.
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { parseCertificate, parseRawPublicKey, validatePath } from '../../../src/certificates/index.ts';
import { Peers, TrustAnchors, verifyPeer } from '../../../src/certificates/trust.ts';
import { keyFor } from '../../../src/testing/certificate-maker.ts';
import { DefectLab, defects, type Presentation } from '../../../src/testing/index.ts';
import { certificatesOf, time } from '../../handshake/lab.ts';
import { chains, pemFiles } from '../corpus.ts';
import { derPart, withShortestLengths } from '../der-parts.ts';
import type { Part } from '../part.ts';
import { signedBy } from '../signed-parts.ts';
import { type Target, Violation } from '../target.ts';

/** Signatures that one verdict may check; docs/path-validation.md. */
const maxSignatures = 64;

/** The same keys each time; keys of other kinds would be fresh ones, so that nothing is made with them. */
class RepeatableLab extends DefectLab {
  override otherKey(): never {
    throw new FreshKey();
  }
}

class FreshKey extends Error {}

const keys = new Map<string, KeyObject>();
const keyOf = (holder: string): KeyObject => {
  const key = keys.get(holder) ?? keyFor(`fuzzed ${holder}`);
  keys.set(holder, key);
  return key;
};

/** The right chain first, then wrong ones. */
const presented = (['ae-id', 'cse-id'] as const).map(flavour => {
  const lab = new RepeatableLab({ flavour, keyOf });
  return { lab, presentations: [lab.right(), ...defects.flatMap(({ make }) => made(() => make(lab)))] };
});

function made(make: () => Presentation): readonly Presentation[] {
  try {
    return [make()];
  } catch (error) {
    if (error instanceof FreshKey) return [];
    throw error;
  }
}

const { certificatePart, chainPart } = signedBy([...keys.values()]);

const fuzzedChains = presented.map(({ lab, presentations }) => {
  const anchors = presentations.flatMap(each => each.anchors).map(anchor => certificatePart(anchor).bytes);
  return {
    lab,
    chains: presentations.map(({ chain }) => chainPart(chain)),
    anchors: [...new Map(anchors.map(anchor => [hash('sha256', anchor), anchor])).values()],
  };
});

const realChains = chains.map(chainPart);
const realAnchors = chains.filter(({ length }) => length === 1).flat();
const everyCertificate: readonly Part[] = [
  ...chains.flat().map(certificatePart),
  ...fuzzedChains.flatMap(({ chains: [right], anchors }) => [
    ...(right === undefined ? [] : certificatesIn(right.bytes).map(certificatePart)),
    ...anchors.map(certificatePart),
  ]),
];

/**
 * subjectKeyIdentifier, keyUsage, basicConstraints, certificatePolicies and extKeyUsage: no element in them stays bytes,
 * as names of some forms do in the other extensions.
 */
const readToTheEnd: ReadonlySet<string> = new Set([
  '2.5.29.14',
  '2.5.29.15',
  '2.5.29.19',
  '2.5.29.32',
  '2.5.29.37',
]);

const certificateTarget: Target = {
  name: 'certificates: parseCertificate',
  group: 'certificates',
  weight: 10,
  seeds: [...everyCertificate, ...fuzzedChains.flatMap(of => of.chains).map(chain => chain.at(2))],
  refuses: ({ code }) => code === 'CERTIFICATE_MALFORMED' || code === 'CERTIFICATE_UNSUPPORTED',
  take: bytes => {
    const certificate = parseCertificate(bytes);
    if (Buffer.compare(certificate.der, bytes) !== 0)
      throw new Violation('not all of the bytes are the certificate');
    checkLengths(bytes);
    for (const { id, value } of certificate.extensionList) if (readToTheEnd.has(id)) checkLengths(value);
    return 'read';
  },
};

const rawPublicKeyTarget: Target = {
  name: 'raw public keys: parseRawPublicKey',
  group: 'certificates',
  weight: 3,
  seeds: [
    ...[...keys.values()].map(key => createPublicKey(key).export({ format: 'der', type: 'spki' })),
    ...pemFiles.flatMap(pem =>
      certificatesOf(pem)
        .slice(0, 1)
        .map(certificate => parseCertificate(certificate).subjectPublicKeyInfo.der),
    ),
  ].flatMap(spki => derPart(spki) ?? []),
  refuses: ({ code }) => code === 'CERTIFICATE_MALFORMED',
  take: bytes => {
    if (Buffer.compare(parseRawPublicKey(bytes).der, bytes) !== 0)
      throw new Violation('not all of the bytes are the key');
    checkLengths(bytes);
    return 'read';
  },
};

const chainTargets: readonly Target[] = fuzzedChains.flatMap(({ lab, chains: seeds, anchors }) =>
  (['onem2m', 'rfc5280'] as const).flatMap((profile): Target[] => {
    const options = { time, profile, purpose: lab.purpose, expect: lab.id };
    return [
      {
        name: `chains: ${lab.flavour} in profile ${profile}`,
        group: 'certificates',
        weight: 3,
        seeds,
        spares: realChains,
        refuses: () => false,
        take: bytes => judged(certificatesIn(bytes), { ...options, anchors }),
      },
      {
        name: `chains: anchors of ${lab.flavour} in profile ${profile}`,
        group: 'certificates',
        seeds: anchors.map(anchor => chainPart([anchor])),
        spares: everyCertificate,
        refuses: () => false,
        take: bytes =>
          judged(certificatesIn(seeds[0]?.bytes ?? bytes), { ...options, anchors: certificatesIn(bytes) }),
      },
    ];
  }),
);

const realChainTarget: Target = {
  name: 'chains: keys of every kind in profile rfc5280',
  group: 'certificates',
  weight: 2,
  seeds: realChains,
  spares: fuzzedChains.flatMap(of => of.chains.slice(0, 5)),
  refuses: () => false,
  take: bytes => judged(certificatesIn(bytes), { time, profile: 'rfc5280', anchors: realAnchors }),
};

const peerTargets: readonly Target[] = fuzzedChains.map(({ lab, chains: seeds, anchors }): Target => {
  const trust = TrustAnchors.fromCertificates([...anchors]);
  const entity = `//m2m.example.com/${lab.flavour === 'ae-id' ? 'cse-a/Cae1' : 'cse-b'}`;
  const peers = new Peers([{ entity, flavour: lab.flavour, identifier: lab.id, trust }]);
  return {
    name: `peers: verifyPeer for ${lab.flavour}`,
    group: 'certificates',
    weight: 2,
    seeds,
    spares: realChains,
    refuses: ({ code }) => /^(?:CERTIFICATE|PEER_CERTIFICATE|IDENTITY)_/.test(code),
    take: bytes => {
      const options = {
        peers,
        role: lab.purpose,
        time,
        expected: true,
        certificateProfile: 'onem2m',
      } as const;
      const { peer } = verifyPeer(certificatesIn(bytes), options);
      if (peer.entity !== entity) throw new Violation(`the peer is ${peer.entity}`);
      return `${peer.path.length} certificates`;
    },
  };
});

export const certificateTargets: readonly Target[] = [
  certificateTarget,
  rawPublicKeyTarget,
  ...chainTargets,
  realChainTarget,
  ...peerTargets,
];

/** X.690 10.1: two encodings of one value would mean two readings of one certificate. */
function checkLengths(der: Uint8Array): void {
  const shortest = withShortestLengths(der);
  if (shortest === null || Buffer.compare(shortest, der) !== 0)
    throw new Violation('a length that is not in its shortest form was read');
}

function judged(chain: readonly Uint8Array[], options: Parameters<typeof validatePath>[1]): string {
  const verdict = validatePath(chain, options);
  if (verdict.signatureChecks > maxSignatures)
    throw new Violation(`${verdict.signatureChecks} signatures were checked`);
  if (!verdict.valid) return `${verdict.code} ${verdict.finding.field} ${verdict.finding.clause}`;
  const anchor = verdict.path.at(-1)?.fingerprint;
  if (!options.anchors.some(each => hash('sha256', each) === anchor))
    throw new Violation('a path was found that ends in no anchor');
  return `valid, ${verdict.path.length} certificates`;
}

/** Each behind three octets of length, as in the Certificate message; any bytes are a chain. */
function certificatesIn(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [high = 0, middle = 0, low = 0] = bytes.subarray(at, at + 3);
    const end = at + 3 + high * 65536 + middle * 256 + low;
    found.push(bytes.subarray(at + 3, end));
    at = end;
  }
  return found;
}
