// Two end-points whose certificates somebody speaks of: Cae1, which initiates, and cse-b, with CRLs and OCSP responses
// about them, right ones and wrong ones, as files; and what has to come of each. Knows no test.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { FaultCode } from '../../src/errors.ts';
import {
  type Authority,
  basicConstraints,
  type CertificateOptions,
  certificatePem,
  extension,
  type Issued,
  keyFor,
  keyUsage,
  makeAuthority,
  octetString,
} from '../../src/testing/certificate-maker.ts';
import {
  type CrlOptions,
  makeCrl,
  makeOcspResponse,
  type OcspResponseOptions,
  ocspNocheck,
  ocspSigning,
} from '../../src/testing/status-maker.ts';
import { cae1, cseB } from '../service/lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-status-'));
after(() => rmSync(folder, { recursive: true, force: true }));

export const root = makeAuthority({ subject: 'status root' });
export const intermediate = root.authority({
  subject: 'status intermediate',
  extensions: [
    basicConstraints(true, 0),
    keyUsage('keyCertSign', 'cRLSign'),
    extension('2.5.29.14', octetString(Buffer.from('status intermediate'))),
  ],
});
/** Another key under the name of the intermediate. */
export const impostor = makeAuthority({ subject: 'status intermediate', key: keyFor('an impostor') });

export interface Member extends Issued {
  /** PEM: certificate and intermediate. */
  readonly chain: string;
  readonly keyFile: string;
}

export const anchors = fileOf('root.pem', certificatePem(root.der));
export const initiating = member('cae1', { names: [`uri:${cae1}`] });
export const terminating = member('cse-b', { names: ['dns:cse-b.m2m.example.com'] });

function member(name: string, options: CertificateOptions, issuer: Authority = intermediate): Member {
  const issued = issuer.issue({ subject: name, ...options });
  const chain = fileOf(`${name}.pem`, certificatePem(issued.der, issuer.der));
  return { ...issued, chain, keyFile: fileOf(`${name}.key`, issued.keyPem) };
}

/** The options of `establish` and `listen`: who each is, and whom it expects. */
export const asInitiating: readonly string[] = [
  ...['--credential', initiating.chain, '--key', initiating.keyFile, '--trust', anchors],
  ...['--expect', `${cseB}=cse-b.m2m.example.com`],
];
export const asTerminating: readonly string[] = [
  ...['--credential', terminating.chain, '--key', terminating.keyFile, '--trust', anchors],
  ...['--expect', cae1],
];

const past = { thisUpdate: new Date('2026-01-03T00:00:00Z'), nextUpdate: new Date('2026-01-10T00:00:00Z') };
const future = { thisUpdate: new Date('2100-01-01T00:00:00Z') };

/** What comes of it: a key, with what said that the certificate is good; or a refusal. */
interface Outcome {
  readonly code: FaultCode | null;
  /** As it is sent (RFC 5246 §7.2.2, RFC 6066 §8): a slip in the fault table shows here. */
  readonly alert: 44 | 46 | 113 | null;
  readonly statusBy: 'ocsp' | 'crl' | null;
}

const good = { code: null, alert: null } as const;
const revoked = { code: 'CERTIFICATE_REVOKED', alert: 44, statusBy: null } as const;
const unknown = { code: 'CERTIFICATE_STATUS_UNKNOWN', alert: 46, statusBy: null } as const;
const bad = { code: 'STATUS_RESPONSE_BAD', alert: 113, statusBy: null } as const;
const unserved = { ...bad, unserved: true } as const;

/** An OCSP response about cse-b, or about somebody else. */
export interface Staple extends Outcome {
  readonly name: string;
  readonly file: string;
  /** `serve` leaves it out, or does not start with it. `listen` staples whatever it is given. */
  readonly unserved?: true;
}

const delegate = (issuer: Authority, ...more: readonly Uint8Array[]) =>
  issuer.issue({ subject: 'status responder', key: keyFor('a status responder'), more });
const responder = delegate(intermediate, ocspSigning, ocspNocheck);

export const staples: readonly Staple[] = [
  staple('good, says the issuer', { ...good, statusBy: 'ocsp' }),
  staple(
    'good, says whom the issuer delegated (RFC 6960 4.2.2.2)',
    { ...good, statusBy: 'ocsp' },
    { responder },
  ),
  staple('revoked (RFC 6960 2.2)', revoked, { status: { reason: 'keyCompromise' } }),
  staple('on hold (RFC 6960 2.2)', revoked, { status: { reason: 'certificateHold' } }),
  staple('of a responder that does not know it (RFC 6960 2.2)', unknown, { status: 'unknown' }),
  staple('stale (RFC 6960 4.2.2.1)', unserved, past),
  staple('not yet current (RFC 6960 4.2.2.1)', unserved, { ...future, producedAt: future.thisUpdate }),
  staple('of a responder of another authority (RFC 6960 4.2.2.2)', bad, {
    responder: delegate(root, ocspSigning, ocspNocheck),
  }),
  staple('of a responder that is none (RFC 6960 4.2.2.2)', bad, { responder: delegate(intermediate) }),
  staple('signed by the end-point itself (RFC 6960 4.2.2.2)', bad, { responder: terminating }),
  staple('signed with another key (RFC 6960 3.2 (2))', bad, { key: keyFor('a forger') }),
  staple('about another certificate (RFC 6960 3.2 (1))', unserved, { certificate: initiating }),
  staple('without an answer (RFC 6960 4.2.1)', unserved, { responseStatus: 'tryLater' }),
];

/** Programs that read what they are to staple take no such response. */
export const garbage: Staple = {
  name: 'that is none (RFC 6960 4.2.1)',
  file: fileOf('garbage.der', 'no response'),
  ...unserved,
};

function staple(
  name: string,
  outcome: Outcome & Pick<Staple, 'unserved'>,
  options: Partial<OcspResponseOptions> = {},
): Staple {
  const der = makeOcspResponse({ issuer: intermediate, certificate: terminating, ...options });
  return { name, file: fileOf('staple.der', der), ...outcome };
}

/** CRLs that say something of Cae1 and cse-b in the same way. */
export interface List extends Outcome {
  readonly name: string;
  readonly file: string;
  /** Where it comes to nothing that could be believed, and nobody insists. */
  readonly unlessRequired?: Outcome;
}

const nothing = { ...good, statusBy: null } as const;
const both = (reason: 'keyCompromise' | 'certificateHold') => ({
  entries: [initiating, terminating].map(serial => ({ serial, reason })),
});

export const lists: readonly List[] = [
  list('that does not have it', { ...good, statusBy: 'crl' }),
  list('that has it (RFC 5280 6.3.3 (i))', revoked, both('keyCompromise')),
  list('that has it on hold (RFC 5280 5.3.1)', revoked, both('certificateHold')),
  list('that is stale (RFC 5280 5.1.2.5)', unknown, past),
  list('that is stale and has it all the same (RFC 5280 6.3.3 (i))', revoked, {
    ...past,
    ...both('keyCompromise'),
  }),
  list('that is not yet current (RFC 5280 5.1.2.4)', unknown, future),
  list('that somebody of the same name signed (RFC 5280 6.3.3 (g))', unknown, {
    issuer: impostor,
    keyIdentifier: null,
  }),
  list('that is a delta CRL (RFC 5280 5.2.4)', unknown, { number: 2, baseNumber: 1 }),
  list(
    'of another authority (RFC 5280 6.3.3 (b))',
    { ...unknown, unlessRequired: nothing },
    { issuer: root },
  ),
  list('of the root that has their intermediate (RFC 5280 6.1.3 (a)(3))', revoked, {
    issuer: root,
    entries: [{ serial: intermediate }],
  }),
];

function list(
  name: string,
  outcome: Outcome & Pick<List, 'unlessRequired'>,
  options: Partial<CrlOptions> = {},
): List {
  return { name, file: fileOf('list.crl', makeCrl({ issuer: intermediate, ...options })), ...outcome };
}

export function crlPem(...ders: readonly Uint8Array[]): string {
  return certificatePem(...ders).replaceAll(' CERTIFICATE-', ' X509 CRL-');
}

/** In a folder of its own. */
export function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(mkdtempSync(join(folder, 'file-')), name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}
