// Three end-points for each flavour of TS-0003 10.1.1, as files in a folder that goes with the tests and as words for the
// command line. Knows no test.
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { niUri } from '../../src/identifiers/public-key-identifier.ts';
import type { ForeignCredential } from '../../src/interop/foreign-peer.ts';
import {
  certificatePem,
  keyFor,
  makeAuthority,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';

export type LabFlavour = 'ae-id' | 'cse-id' | 'node-id' | 'device' | 'fqdn' | 'raw';

/** End-points whose certificates, or raw public keys, are of one flavour. */
export interface FlavourEnds {
  readonly name: string;
  readonly flavour: LabFlavour;
  readonly initiating: FlavourEnd;
  readonly terminating: FlavourEnd;
  /** Takes no part. */
  readonly other: FlavourEnd;
}

export interface FlavourEnd {
  readonly flavour: LabFlavour;
  readonly entity: string;
  /** What stands in the certificate; the pin of a raw public key. */
  readonly identifier: string;
  /** PEM: the chain without the root, or the raw public key; and the private key. */
  readonly credential: string;
  readonly key: string;
}

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-flavours-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const root = makeAuthority({ subject: 'flavours root' });
const intermediate = root.authority({ subject: 'flavours intermediate', pathLen: 0 });

/** PEM file of the trust anchor. */
export const anchors = join(folder, 'root.pem');
writeFileSync(anchors, certificatePem(root.der));

/** The end-points of a flavour: an AE or CSE each, what stands in its certificate, and the GeneralNames. */
type Names = (n: 1 | 2 | 3) => { entity: string; identifier: string; names: readonly string[] };
const host = 'm2m.example.com';
const ae = (n: number) => `//${host}/cse-a/Cae${n}`;
const cse = (n: number) => `//${host}/cse-${n}`;
const holding = (entity: string, identifier: string, ...names: readonly string[]) => ({
  entity,
  identifier,
  names,
});

const kinds: readonly [name: string, LabFlavour, Names][] = [
  ['AE-ID certificates', 'ae-id', n => holding(ae(n), ae(n), `uri:${ae(n)}`)],
  ['AE-ID certificates with a scheme', 'ae-id', n => holding(ae(n), ae(n), `uri:m2m:${ae(n)}`)],
  ['CSE-ID certificates', 'cse-id', n => holding(cse(n), `cse-${n}.${host}`, `dns:cse-${n}.${host}`)],
  [
    'Node-ID certificates with a URN',
    'node-id',
    n => {
      // As TS-0004 writes it, with an equals sign of its own.
      const urn = `urn:gsma:imei:90420156-02576${n}-0;svn=42`;
      return holding(ae(n), urn, `uri:${urn}`);
    },
  ],
  [
    'Node-ID certificates with an object identifier',
    'node-id',
    n => holding(cse(n), `2.999.1.${n}`, `rid:2.999.1.${n}`),
  ],
  [
    'device certificates',
    'device',
    n => holding(ae(n), `0.2.481.1.100.3030.${n}`, `device:0.2.481.1:100.3030.${n}`),
  ],
  [
    'device certificates of hardware modules',
    'device',
    n => {
      const module = sequence(objectIdentifier('2.999.2'), octetString(Buffer.of(0x0a, n)));
      const name = `other:1.3.6.1.5.5.7.8.4:${Buffer.from(module).toString('hex')}`;
      return holding(cse(n), `2.999.2:0a0${n}`, name);
    },
  ],
  [
    'FQDN certificates',
    'fqdn',
    n => {
      // Without the URI in front it would be a CSE-ID certificate as well as an FQDN certificate.
      const fqdn = `maf-${n}.${host}`;
      return holding(`//${host}/maf-${n}`, fqdn, `uri:https://${fqdn}`, `dns:${fqdn}`);
    },
  ],
];

export const flavours: readonly FlavourEnds[] = [
  ...kinds.map(([name, flavour, names]) => ({
    name,
    flavour,
    initiating: certified(flavour, names(1)),
    terminating: certified(flavour, names(2)),
    other: certified(flavour, names(3)),
  })),
  {
    name: 'raw public keys',
    flavour: 'raw',
    initiating: raw(ae(1)),
    terminating: raw(cse(2)),
    other: raw(cse(3)),
  },
];

function certified(flavour: LabFlavour, { entity, identifier, names }: ReturnType<Names>): FlavourEnd {
  const { der, key } = intermediate.issue({ names, key: keyFor(identifier) });
  return { flavour, entity, identifier, ...files(certificatePem(der, intermediate.der), key) };
}

function raw(entity: string): FlavourEnd {
  const key = keyFor(entity);
  const publicKey = createPublicKey(key);
  const pin = niUri(hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'buffer'));
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { flavour: 'raw', entity, identifier: pin, ...files(pem, key) };
}

function files(credentialPem: string, privateKey: KeyObject): { credential: string; key: string } {
  const own = mkdtempSync(join(folder, 'end-point-'));
  const [credential, key] = [join(own, 'credential.pem'), join(own, 'private.key')];
  writeFileSync(credential, credentialPem);
  writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  return { credential, key };
}

/** What an end-point is started with. */
export function own({ credential, key }: FlavourEnd): string[] {
  return ['--credential', credential, '--key', key];
}

/** What another end-point knows it by. */
export function known({ flavour, entity, identifier }: FlavourEnd): string[] {
  if (flavour === 'raw') return ['--pin', identifier, '--expect', entity];
  return ['--trust', anchors, '--expect', flavour === 'ae-id' ? entity : `${entity}=${identifier}`];
}

/** The same in a configuration. */
export function peerEntry({ flavour, entity, identifier }: FlavourEnd): object {
  return flavour === 'raw'
    ? { entity, flavour, pin: identifier }
    : { entity, flavour, identifier, trust: anchors };
}

/** For another TLS stack that is this end-point. */
export function foreignCredential({ flavour, credential, key }: FlavourEnd): ForeignCredential {
  return flavour === 'raw'
    ? { kind: 'raw', publicKey: credential, key }
    : { kind: 'x509', certificate: credential, key };
}
