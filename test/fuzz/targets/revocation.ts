// CRLs and OCSP responses: what cannot be read is a code of certificates/, and what can be read decides about a
// certificate by what its authority signed and by nothing else. Changed ones are signed again, so that what is wrong in
// them is found by the rule for it; and, in targets of their own, they are not, and then nobody may believe them.
import type { KeyObject } from 'node:crypto';
import {
  Peers,
  parseCrl,
  parseOcspResponse,
  RevocationLists,
  TrustAnchors,
  validatePath,
} from '../../../src/certificates/index.ts';
import { verifyPeer } from '../../../src/certificates/trust.ts';
import { E2EKeyError } from '../../../src/errors.ts';
import {
  type Authority,
  der,
  extension,
  generalName,
  makeAuthority,
  sequence,
} from '../../../src/testing/certificate-maker.ts';
import {
  type CrlOptions,
  certificateIssuer,
  crlReasons,
  makeCrl,
  makeOcspResponse,
  type OcspResponseOptions,
  ocspNocheck,
  ocspSigning,
  ocspStatuses,
  unknownExtension,
} from '../../../src/testing/status-maker.ts';
import {
  answered,
  certified,
  authority as handshakeAuthority,
  knowsCertified,
  opening,
  party,
  read,
} from '../../handshake/parties.ts';
import { derPart, withShortestLengths } from '../der-parts.ts';
import type { Part } from '../part.ts';
import { signedBy } from '../signed-parts.ts';
import { type Target, Violation } from '../target.ts';

const time = new Date('2027-06-01T00:00:00Z');
const past = { thisUpdate: new Date('2026-02-01T00:00:00Z'), nextUpdate: new Date('2026-03-01T00:00:00Z') };
const entity = '//m2m.example.com/cse/Cae1';
const address = 'uri:http://crl.example.com/a.crl';

const root = makeAuthority({ subject: 'fuzzed root' });
const issuer = root.authority({ subject: 'fuzzed issuer', serial: 0x10 });
const point = extension('2.5.29.31', sequence(sequence(der(0xa0, der(0xa0, generalName(address))))));
const leaf = issuer.issue({ serial: 0x1f, names: [`uri:${entity}`], more: [point] });
const responder = issuer.issue({ serial: 0x66, subject: 'fuzzed responder', more: [ocspSigning] });
const unchecked = issuer.issue({
  serial: 0x67,
  subject: 'fuzzed responder',
  more: [ocspSigning, ocspNocheck],
});
const chain = [leaf.der, issuer.der];
const anchors = [root.der];

const keys: readonly KeyObject[] = [root.key, issuer.key, leaf.key, responder.key, unchecked.key];
const { signedPart } = signedBy(keys);

/** Right ones first, then every kind of wrong that the maker has options for. */
const crlOptions: readonly Partial<CrlOptions>[] = [
  {},
  { entries: [{ serial: leaf }] },
  {
    entries: [
      { serial: leaf, reason: 'certificateHold' },
      { serial: issuer, reason: 'keyCompromise' },
    ],
  },
  { entries: Object.values(crlReasons).map(reason => ({ serial: `2${reason.toString(16)}`, reason })) },
  { entries: [{ serial: '77', more: [unknownExtension(true)] }] },
  { entries: [{ serial: leaf, more: [certificateIssuer('somebody else')] }] },
  past,
  { thisUpdate: new Date('2028-01-01T00:00:00Z') },
  { number: null },
  { number: 2n ** 160n - 1n, numberIsCritical: true },
  { baseNumber: 3 },
  { keyIdentifier: null },
  { more: [unknownExtension(false)] },
  { more: [unknownExtension(true)] },
  { extensions: [] },
  { distributionPoint: { fullName: [address, 'dir:Part'] } },
  { distributionPoint: { onlyContainsUserCerts: true }, entries: [{ serial: leaf }] },
  { distributionPoint: { onlyContainsCACerts: true } },
  { distributionPoint: { onlySomeReasons: Buffer.of(4, 0x70) } },
  { distributionPoint: { onlySomeReasons: Buffer.of(7, 0x0f, 0x80), fullName: [address] } },
  { distributionPoint: { indirectCRL: true, onlyContainsAttributeCerts: true, critical: false } },
];
const crlsOf = (by: Authority): readonly Uint8Array[] =>
  crlOptions.map(options => makeCrl({ issuer: by, ...options }));

const responseOptions: readonly Partial<OcspResponseOptions>[] = [
  {},
  { responderId: 'key' },
  { status: 'revoked' },
  { status: { reason: 'keyCompromise' } },
  { status: 'unknown' },
  { responder },
  { responder, responderId: 'key', responseExtensions: [unknownExtension(false)] },
  { responder: unchecked, certificates: [responder.der, leaf.der, unchecked.der] },
  { responder: leaf },
  { responses: [{}, { certificate: '20', status: 'revoked' }, { certIdHash: 'sha256', certificate: '21' }] },
  { responses: [{ certIdHash: 'sha512' }] },
  { responses: [{ extensions: [unknownExtension(true)] }] },
  { responseExtensions: [unknownExtension(true)] },
  { nextUpdate: null, thisUpdate: new Date('2027-05-31T12:00:00Z') },
  past,
  { producedAt: new Date('2028-01-01T00:00:00Z') },
  { certificate: '20' },
  ...Object.values(ocspStatuses).map(responseStatus => ({ responseStatus })),
];
const responses: readonly Uint8Array[] = responseOptions.map(options =>
  makeOcspResponse({ issuer, certificate: leaf, ...options }),
);

const crlSeeds = [...crlsOf(issuer), ...crlsOf(root)].map(signedPart);
const responseSeeds = responses.map(signedPart);
/** The same bytes, whose signatures stay as they are when something else is changed: no part may sign itself again. */
const unsealed = (parts: readonly Part[]): readonly Part[] =>
  parts.flatMap(({ bytes }) => derPart(bytes) ?? []);

const isStatusCode = ({ code }: Pick<E2EKeyError, 'code'>): boolean =>
  ['CERTIFICATE_REVOKED', 'CERTIFICATE_STATUS_UNKNOWN', 'STATUS_RESPONSE_BAD'].includes(code);

const readTargets: readonly Target[] = [
  {
    name: 'CRLs: parseCrl',
    group: 'revocation',
    weight: 8,
    seeds: [...crlSeeds, ...unsealed(crlSeeds.slice(0, 4))],
    spares: responseSeeds,
    refuses: ({ code }) => code === 'CERTIFICATE_STATUS_UNKNOWN',
    take: bytes => {
      const { der: whole, entries, extensionList } = parseCrl(bytes);
      if (Buffer.compare(whole, bytes) !== 0) throw new Violation('not all of the bytes are the list');
      checkLengths(bytes);
      return `read, ${entries.size > 0 ? 'entries' : 'none'}, ${extensionList.length} extensions`;
    },
  },
  {
    name: 'OCSP responses: parseOcspResponse',
    group: 'revocation',
    weight: 8,
    seeds: [...responseSeeds, ...unsealed(responseSeeds.slice(0, 4))],
    spares: crlSeeds.slice(0, 4),
    refuses: ({ code }) => code === 'STATUS_RESPONSE_BAD',
    take: bytes => {
      const { der: whole, status, basic } = parseOcspResponse(bytes);
      if (Buffer.compare(whole, bytes) !== 0) throw new Violation('not all of the bytes are the response');
      checkLengths(bytes);
      return `read, ${status}, ${basic?.responses.map(each => each.status).join(' ')}`;
    },
  },
];

/** X.690 10.1: two encodings of one value would mean two readings of one list. */
function checkLengths(bytes: Uint8Array): void {
  const shortest = withShortestLengths(bytes);
  if (shortest === null || Buffer.compare(shortest, bytes) !== 0)
    throw new Violation('a length that is not in its shortest form was read');
}

/** What an authority has signed, whatever of it somebody shows. */
const signedLists = new Set(crlSeeds.map(({ bytes }) => hexOf(parseCrl(bytes).tbsCertList)));
const signedAnswers = new Set(
  responseSeeds.flatMap(({ bytes }) => {
    const { basic } = parseOcspResponse(bytes);
    return basic === null ? [] : [hexOf(basic.tbsResponseData)];
  }),
);

/** Where it is good by this list, the list has it not among its entries; where it is revoked, it has. */
function judgedBy(crl: Uint8Array, isOriginal: boolean): string {
  const verdict = validatePath(chain, { anchors, time, crls: [crl] });
  if (verdict.code !== undefined && !isStatusCode(verdict) && verdict.code !== 'CERTIFICATE_MALFORMED')
    throw new Violation(`the verdict is ${verdict.code}: ${verdict.reason}`);
  if (verdict.valid || verdict.code === 'CERTIFICATE_REVOKED') {
    const { entries, tbsCertList } = parseCrl(crl);
    const named = entries.has(verdict.valid || verdict.finding.position === 0 ? '1f' : '10');
    if (named === verdict.valid) throw new Violation('what the list says is not what was made of it');
    if (isOriginal && !signedLists.has(hexOf(tbsCertList)))
      throw new Violation('a list that nobody signed was believed');
  }
  return verdict.valid
    ? `valid by ${verdict.statusBy}`
    : `${verdict.code} ${verdict.finding.field} ${verdict.finding.clause}`;
}

function answeredBy(response: Uint8Array, isOriginal: boolean): string {
  const verdict = validatePath(chain, { anchors, time, ocsp: [response] });
  if (verdict.code !== undefined && !isStatusCode(verdict))
    throw new Violation(`the verdict is ${verdict.code}: ${verdict.reason}`);
  if (verdict.valid || verdict.code === 'CERTIFICATE_REVOKED') {
    const { basic } = parseOcspResponse(response);
    const wanted = verdict.valid ? 'good' : 'revoked';
    if (!basic?.responses.some(({ status }) => status === wanted))
      throw new Violation('what the response says is not what was made of it');
    if (isOriginal && !signedAnswers.has(hexOf(basic.tbsResponseData)))
      throw new Violation('a response that nobody signed was believed');
  }
  return verdict.valid
    ? `valid by ${verdict.statusBy}`
    : `${verdict.code} ${verdict.finding.field} ${verdict.finding.clause}`;
}

const statusTargets: readonly Target[] = [
  {
    name: 'status: by a CRL that is signed again',
    group: 'revocation',
    weight: 5,
    seeds: crlSeeds,
    spares: responseSeeds,
    refuses: () => false,
    take: bytes => judgedBy(bytes, false),
  },
  {
    name: 'status: by a CRL that is not signed again',
    group: 'revocation',
    weight: 3,
    seeds: unsealed(crlSeeds),
    spares: unsealed(responseSeeds),
    refuses: () => false,
    take: bytes => judgedBy(bytes, true),
  },
  {
    name: 'status: by an OCSP response that is signed again',
    group: 'revocation',
    weight: 5,
    seeds: responseSeeds,
    spares: crlSeeds,
    refuses: () => false,
    take: bytes => answeredBy(bytes, false),
  },
  {
    name: 'status: by an OCSP response that is not signed again',
    group: 'revocation',
    weight: 3,
    seeds: unsealed(responseSeeds),
    spares: unsealed(crlSeeds),
    refuses: () => false,
    take: bytes => answeredBy(bytes, true),
  },
];

const peers = new Peers([
  {
    entity,
    flavour: 'ae-id',
    trust: TrustAnchors.fromCertificates(anchors),
    revocation: 'required',
  },
]);
const options = { peers, role: 'initiating', time, expected: true, certificateProfile: 'onem2m' } as const;
const withdrawn = RevocationLists.fromDer([makeCrl({ issuer, entries: [{ serial: leaf }] })]);

const initiating = party('a', {
  own: [certified('a')],
  knows: [{ ...knowsCertified('b'), revocation: 'required' }],
});
const terminatingHolding = certified('b');
const terminatingLeaf = {
  der: terminatingHolding.chain[0] ?? new Uint8Array(),
  key: terminatingHolding.key,
};
const inHandshake = signedBy([handshakeAuthority.key]);
const handshakeStaples = responseOptions
  .filter(({ responder: delegated }) => delegated === undefined)
  .map(each => makeOcspResponse({ ...each, issuer: handshakeAuthority, certificate: terminatingLeaf }))
  .map(inHandshake.signedPart);
const message1 = opening(initiating);
/** Beyond what is read of a response, and within what fits beside a chain. */
const mostToStaple = 40_000;

const stapleTargets: readonly Target[] = [
  {
    name: 'staples: verifyPeer',
    group: 'revocation',
    weight: 3,
    seeds: responseSeeds,
    spares: crlSeeds.slice(0, 4),
    refuses: isStatusCode,
    take: bytes => {
      const { peer } = verifyPeer(chain, { ...options, stapled: bytes });
      if (peer.statusBy !== 'ocsp') throw new Violation(`by ${peer.statusBy}`);
      return 'good';
    },
  },
  {
    name: 'staples: verifyPeer, whom a CRL has',
    group: 'revocation',
    seeds: responseSeeds,
    refuses: () => false,
    take: bytes => {
      try {
        verifyPeer(chain, { ...options, stapled: bytes, crls: withdrawn });
      } catch (error) {
        if (error instanceof E2EKeyError && isStatusCode(error))
          return `${error.code} ${error.finding?.field}`;
        throw error;
      }
      throw new Violation('a staple made good what a CRL of the authority calls revoked');
    },
  },
  {
    name: 'staples: in message 2',
    group: 'revocation',
    weight: 2,
    seeds: handshakeStaples,
    spares: responseSeeds,
    refuses: isStatusCode,
    take: bytes => {
      // What is not a staple of ours; from others it comes in the targets of the engine.
      if (bytes.length === 0 || bytes.length > mostToStaple) return 'not to be stapled';
      const terminating = party('b', {
        own: [{ ...terminatingHolding, staple: bytes }],
        knows: [knowsCertified('a')],
      });
      const { message } = answered(terminating, message1.message);
      const turn = read(initiating, message1.state, message);
      if (turn.kind !== 'send') throw new Violation(`the turn is ${turn.kind}`);
      return 'answered';
    },
  },
];

export const revocationTargets: readonly Target[] = [...readTargets, ...statusTargets, ...stapleTargets];

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
