// Chains with CRLs and OCSP responses, right ones and each kind of wrong, that several judges are asked about. All times
// are around now: `openssl ocsp` and GnuTLS know no other.
import { type Verdict, validatePath } from '../../../src/certificates/index.ts';
import {
  type Authority,
  basicConstraints,
  der,
  extension,
  generalName,
  keyFor,
  keyUsage,
  makeAuthority,
  octetString,
  sequence,
} from '../../../src/testing/certificate-maker.ts';
import {
  type CrlOptions,
  certificateIssuer,
  makeCertId,
  makeCrl,
  makeOcspResponse,
  type OcspResponseOptions,
  ocspNocheck,
  ocspSigning,
  unknownExtension,
} from '../../../src/testing/status-maker.ts';

export const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const day = 24 * 60 * 60_000;
const inDays = (days: number) => new Date(now.getTime() + days * day);

/** What is asked: is the end-point's certificate good? */
export interface Question {
  readonly name: string;
  /** Leaf first, then the authority that issued it, then its root. */
  readonly chain: readonly [leaf: Uint8Array, issuer: Uint8Array, root: Uint8Array];
  readonly crls: readonly Uint8Array[];
  readonly ocsp: readonly Uint8Array[];
  /** Whether the status of the authority is looked at too, as `-crl_check_all` does. */
  readonly whole: boolean;
}

const identified = (text: string) => extension('2.5.29.14', octetString(Buffer.from(text)));
const root = makeAuthority({ subject: 'oracle root', more: [identified('root')] });
const issuer = root.authority({ subject: 'oracle issuer', serial: 0x10, more: [identified('issuer')] });
const namesake = makeAuthority({
  subject: 'oracle issuer',
  key: keyFor('namesake'),
  more: [identified('other')],
});
const address = 'uri:http://crl.example.com/a.crl';
const pointing = extension('2.5.29.31', sequence(sequence(der(0xa0, der(0xa0, generalName(address))))));
const leaf = issuer.issue({ serial: 0x1f, names: ['dns:a.example.com'] });
const pointed = issuer.issue({ serial: 0x1f, names: ['dns:a.example.com'], more: [pointing] });

const base: Partial<CrlOptions> = { thisUpdate: inDays(-1), nextUpdate: inDays(6) };
const revoked = [{ serial: leaf, revocationDate: inDays(-2) }];

/** Lists of the issuer; several where it takes several. */
const lists: Readonly<Record<string, readonly Partial<CrlOptions>[]>> = {
  'no list': [],
  'a good list': [{}],
  'a list with others': [{ entries: [{ serial: '20' }, { serial: '1f00' }] }],
  revoked: [{ entries: revoked }],
  'revoked, keyCompromise': [{ entries: [{ serial: leaf, reason: 'keyCompromise' }] }],
  'a hold': [{ entries: [{ serial: leaf, reason: 'certificateHold' }] }],
  'revoked in the future': [{ entries: [{ serial: leaf, revocationDate: inDays(3) }] }],
  stale: [{ thisUpdate: inDays(-9), nextUpdate: inDays(-2) }],
  'revoked in a stale list': [{ thisUpdate: inDays(-9), nextUpdate: inDays(-2), entries: revoked }],
  early: [{ thisUpdate: inDays(1) }],
  'no nextUpdate': [{ nextUpdate: null }],
  'the signature of another key': [{ key: keyFor('somebody else') }],
  'a changed signature': [{ editSignature: bytes => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1) }],
  'revoked by a changed signature': [
    { entries: revoked, editSignature: bytes => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1) },
  ],
  'the list of a namesake': [{ issuer: namesake }],
  'the list of a namesake, who revokes': [{ issuer: namesake, entries: revoked }],
  'the list of a namesake beside the right one': [{ issuer: namesake, entries: revoked }, {}],
  'another issuer': [{ issuer: root, issuerName: 'oracle somebody' }],
  'no key identifier': [{ keyIdentifier: null }],
  'revoked, no key identifier': [{ keyIdentifier: null, entries: revoked }],
  'the key identifier of nobody': [{ keyIdentifier: Buffer.from('nobody') }],
  'a delta list': [{ baseNumber: 1, number: 2 }],
  'a delta list beside its base': [{ baseNumber: 1, number: 2 }, {}],
  'an indirect list': [{ distributionPoint: { indirectCRL: true } }],
  'for end entities': [{ distributionPoint: { onlyContainsUserCerts: true } }],
  'revoked, for end entities': [{ distributionPoint: { onlyContainsUserCerts: true }, entries: revoked }],
  'for authorities': [{ distributionPoint: { onlyContainsCACerts: true } }],
  'for attribute certificates': [{ distributionPoint: { onlyContainsAttributeCerts: true } }],
  'for a point that is not named': [{ distributionPoint: { fullName: [address] } }],
  'for some reasons': [{ distributionPoint: { onlySomeReasons: Buffer.of(4, 0x70) } }],
  'for all reasons in two parts': [
    { distributionPoint: { onlySomeReasons: Buffer.of(4, 0x70) }, number: 1 },
    { distributionPoint: { onlySomeReasons: Buffer.of(7, 0x0f, 0x80) }, number: 2 },
  ],
  'an issuingDistributionPoint that is not critical': [
    { distributionPoint: { onlyContainsUserCerts: true, critical: false } },
  ],
  'an unknown extension': [{ more: [unknownExtension(false)] }],
  'an unknown critical extension': [{ more: [unknownExtension(true)] }],
  'an unknown critical extension of an entry': [
    { entries: [{ serial: '20', more: [unknownExtension(true)] }] },
  ],
  'an entry of another issuer': [{ entries: [{ serial: '1f', more: [certificateIssuer('another')] }] }],
  'no number': [{ number: null }],
  'a critical number': [{ numberIsCritical: true }],
  'removeFromCRL of another': [{ entries: [{ serial: '20', reason: 'removeFromCRL' }] }],
  'a reason without meaning': [{ entries: [{ serial: '20', reason: 7 }] }],
  'version 1': [{ version: new Uint8Array(), extensions: [] }],
  'an entry twice': [{ entries: [{ serial: '20' }, { serial: '20' }] }],
  'SHA-384': [{ hash: 'sha384' }],
  'SHA-1': [{ hash: 'sha1' }],
  'an older list that revokes': [{ entries: revoked, thisUpdate: inDays(-3), number: 1 }, { number: 2 }],
  'a newer list that revokes': [
    { thisUpdate: inDays(-3), number: 1 },
    { entries: revoked, number: 2 },
  ],
  'bytes behind the list': [{ trailing: Buffer.of(5, 0) }],
};

/** Lists of the root about the issuer. */
const uppers: Readonly<Record<string, Partial<CrlOptions> | null>> = {
  'no list above': null,
  'a good list above': {},
  'the authority revoked': { entries: [{ serial: issuer }] },
  'a stale list above': { thisUpdate: inDays(-9), nextUpdate: inDays(-2) },
};

const of = (end: { readonly der: Uint8Array }, by: Authority = issuer): Question['chain'] => [
  end.der,
  by.der,
  root.der,
];

const listQuestions: readonly Question[] = Object.entries(lists).flatMap(([name, all]) => {
  const crls = all.map(options => makeCrl({ issuer, ...base, ...options }));
  const question = { chain: of(leaf), ocsp: [] };
  const wholes = Object.entries(uppers).map(([above, options]) => ({
    ...question,
    name: `${name}, ${above}`,
    crls: options === null ? crls : [...crls, makeCrl({ issuer: root, ...base, ...options })],
    whole: true,
  }));
  return [{ ...question, name, crls, whole: false }, ...wholes];
});

/** Where the certificate or its authority is what differs. */
function ofOtherChains(): readonly Question[] {
  const forSome = (...extensions: Uint8Array[]) =>
    root.authority({ subject: 'oracle other', extensions: [basicConstraints(true), ...extensions] });
  const ask = (name: string, by: Authority, end: { der: Uint8Array }, options: Partial<CrlOptions> = {}) => ({
    name,
    chain: of(end, by),
    crls: [makeCrl({ issuer: by, ...base, ...options })],
    ocsp: [],
    whole: false,
  });
  const unsigned = forSome(keyUsage('keyCertSign'));
  const free = forSome();
  const part = { distributionPoint: { fullName: [address] } };
  return [
    ask('an issuer without cRLSign', unsigned, unsigned.issue({ serial: 0x1f })),
    ask('an issuer without keyUsage', free, free.issue({ serial: 0x1f })),
    ask('for the point that is named', issuer, pointed, part),
    ask('revoked, for the point that is named', issuer, pointed, { ...part, entries: revoked }),
    ask('for another point', issuer, pointed, {
      distributionPoint: { fullName: ['uri:http://crl.example.com/b.crl'] },
    }),
  ];
}

const responder = issuer.issue({ serial: 0x66, subject: 'oracle responder', more: [ocspSigning] });
const delegatedBy = (by: Authority, more: readonly Uint8Array[] = [ocspSigning]) =>
  by.issue({ serial: 0x67, subject: 'oracle responder', more });
const usage = (id: Uint8Array) => extension('2.5.29.37', sequence(id));
const anyUsage = usage(Buffer.from('0604551d2500', 'hex'));
const serverAuth = usage(Buffer.from('06082b06010505070301', 'hex'));
const old = { thisUpdate: inDays(-9), nextUpdate: inDays(-2), producedAt: inDays(-9) };
const flipLast = (bytes: Uint8Array) => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1);

const responses: Readonly<Record<string, Partial<OcspResponseOptions>>> = {
  'good, by the issuer': {},
  'good, by the key of the issuer': { responderId: 'key' },
  revoked: { status: 'revoked' },
  'revoked, keyCompromise': { status: { reason: 'keyCompromise' } },
  'a hold': { status: { reason: 'certificateHold' } },
  unknown: { status: 'unknown' },
  'good, by a delegated responder': { responder },
  'good, by the key of a delegated responder': { responder, responderId: 'key' },
  'revoked, by a delegated responder': { responder, status: 'revoked' },
  'a delegated responder with no-check': { responder: delegatedBy(issuer, [ocspSigning, ocspNocheck]) },
  'a delegated responder without its certificate': { responder, certificates: [] },
  'a responder without a purpose': { responder: delegatedBy(issuer, []) },
  'a responder for any purpose': { responder: delegatedBy(issuer, [anyUsage]) },
  'a responder for serverAuth': { responder: delegatedBy(issuer, [serverAuth]) },
  'a responder of the root': { responder: delegatedBy(root) },
  'a responder of a namesake': { responder: delegatedBy(namesake) },
  'a responder that has run out': {
    responder: issuer.issue({
      serial: 0x68,
      subject: 'oracle responder',
      more: [ocspSigning],
      notAfter: inDays(-1),
    }),
  },
  'the end-point for itself': { responder: leaf },
  'the signature of another key': { key: keyFor('somebody else') },
  'a changed signature': { editSignature: flipLast },
  'the signature of another key, by a delegated responder': { responder, key: keyFor('somebody else') },
  'another serial number': { certificate: '20' },
  'another name of the issuer': {
    responses: [{ certId: makeCertId(leaf, issuer, { issuerNameHash: Buffer.alloc(20) }) }],
  },
  'another key of the issuer': {
    responses: [{ certId: makeCertId(leaf, issuer, { issuerKeyHash: Buffer.alloc(20) }) }],
  },
  'certID by SHA-256': { responses: [{ certIdHash: 'sha256' }] },
  'two answers, the second about it': { responses: [{ certificate: '20', status: 'revoked' }, {}] },
  'two answers about it': { responses: [{}, { status: 'revoked' }] },
  stale: old,
  'revoked, stale': { ...old, status: 'revoked' },
  early: { thisUpdate: inDays(1), nextUpdate: inDays(2) },
  'without nextUpdate': { nextUpdate: null, thisUpdate: inDays(-0.5) },
  'without nextUpdate, two days old': { nextUpdate: null, thisUpdate: inDays(-2) },
  tryLater: { responseStatus: 'tryLater' },
  unauthorized: { responseStatus: 'unauthorized' },
  'an unknown extension': { responseExtensions: [unknownExtension(false)] },
  'an unknown critical extension': { responseExtensions: [unknownExtension(true)] },
  'an unknown critical extension of the answer': { responses: [{ extensions: [unknownExtension(true)] }] },
  'SHA-384': { hash: 'sha384' },
  'SHA-1': { hash: 'sha1' },
  'bytes behind the response': { trailing: Buffer.of(5, 0) },
};

const responseQuestions: readonly Question[] = Object.entries(responses).map(([name, options]) => ({
  name: `response: ${name}`,
  chain: of(leaf),
  crls: [],
  ocsp: [
    makeOcspResponse({
      issuer,
      certificate: leaf,
      producedAt: inDays(-1),
      thisUpdate: inDays(-1),
      nextUpdate: inDays(6),
      ...options,
    }),
  ],
  whole: false,
}));

export const questions: readonly Question[] = [...listQuestions, ...ofOtherChains(), ...responseQuestions];

export function ours({ chain: [end, authority, anchor], crls, ocsp }: Question): Verdict {
  return validatePath([end, authority], {
    anchors: [anchor],
    time: now,
    profile: 'rfc5280',
    crls,
    ocsp,
    revocation: 'required',
  });
}
