// Chains of every shape that can be issued, each with the identity that its end-point has.
import type { X509Certificate } from 'node:crypto';
import { createAuthority, issueAuthority, type SubordinateRequest } from '../../src/pki/authority.ts';
import type { Issuer } from '../../src/pki/certificate.ts';
import type { IdentityRequest } from '../../src/pki/identity.ts';
import { type KeyType, keyTypes } from '../../src/pki/key-type.ts';
import { issueLeaf, type LeafRequest, type Purpose } from '../../src/pki/leaf.ts';

export interface IssuedChain {
  readonly name: string;
  readonly root: X509Certificate;
  readonly leaf: { readonly chain: readonly X509Certificate[]; readonly id: string };
  /** Null where either end-point may use it. */
  readonly purpose: Purpose | null;
  readonly isOnP256: boolean;
  /** OpenSSL's error number where it refuses, of which `pki issue` warns. */
  readonly refusedByOpenssl: 51 | 53 | null;
}

export const validity = {
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2120-01-01T00:00:00Z'),
};

const domains = ['m2m.example.com'];
const ae = { flavour: 'ae-id', id: '//m2m.example.com/cse-a/Cae1' } as const;
const cse = { flavour: 'cse-id', id: 'cse-b.m2m.example.com' } as const;
const fqdn = { flavour: 'fqdn', id: 'maf.m2m.example.com' } as const;
const urn = { flavour: 'node-id', id: 'urn:gsma:imei:90420156-025763-0' } as const;
const node = { flavour: 'node-id', id: '1.3.6.1.4.1.99999.7' } as const;
const device = { flavour: 'device', id: '0.2.481.1.100.3030.10011' } as const;
const hardware = { flavour: 'device', id: '1.3.6.1.4.1.99999:0a0b0c' } as const;

type LeafOptions = Pick<IdentityRequest, 'flavour' | 'id'> & Partial<LeafRequest>;

export async function issuedChains(): Promise<IssuedChain[]> {
  return [
    ...(await everyFlavour()),
    ...(await underConstraints()),
    ...(await everyShape()),
    ...(await everyKeyType()),
  ];
}

async function everyFlavour(): Promise<IssuedChain[]> {
  const { root, intermediate } = await createAuthority({ name: 'lab', domains, validity });
  const leaves: readonly LeafOptions[] = [
    ...[ae, { ...ae, uriScheme: 'm2m' }, cse, fqdn, urn, node, device, hardware],
    ...(['initiating', 'terminating', 'any'] as const).map(purpose => ({ ...cse, purpose })),
  ];
  return Promise.all(leaves.map(leaf => issued('root and intermediate', root, intermediate, leaf)));
}

async function underConstraints(): Promise<IssuedChain[]> {
  const strict = await createAuthority({ name: 'lab', domains, uriConstraints: true, validity });
  const identifiers = { devices: ['0.2.481.1.100'], nodes: ['1.3.6.1.4.1.99999'] };
  const byIdentifier = await createAuthority({ name: 'lab', domains, ...identifiers, validity });
  return Promise.all([
    ...[{ ...ae, uriScheme: 'm2m' }, cse, fqdn, node, device].map(leaf =>
      issued('URI constraints', strict.root, strict.intermediate, leaf),
    ),
    issued('URI constraints', strict.root, strict.intermediate, ae, 53),
    ...[ae, cse, urn, hardware].map(leaf =>
      issued('constraints on identifiers', byIdentifier.root, byIdentifier.intermediate, leaf),
    ),
    ...[node, device].map(leaf =>
      issued('constraints on identifiers', byIdentifier.root, byIdentifier.intermediate, leaf, 51),
    ),
  ]);
}

async function everyShape(): Promise<IssuedChain[]> {
  const { root, intermediate } = await createAuthority({ name: 'lab', domains, pathLength: 4, validity });
  const other = await createAuthority({ name: 'other', domains, validity });
  const third = await below(await below(intermediate, named('b', 3)), named('c', 1));
  const rolled = await below(root, { subject: { rollover: 'p256' }, validity });
  const rolledLowest = await below(third, { subject: { rollover: 'p256' }, validity });
  const rolledTwice = await below(rolledLowest, { subject: { rollover: 'p256' }, validity });
  const crossedRoot = await below(intermediate, again(other.root));
  const reissued = await below(root, again(intermediate));
  const shapes: readonly (readonly [name: string, issuer: Issuer])[] = [
    ['root alone', root],
    ['three authorities', third],
    [
      'five authorities',
      await below(await below(third, named('d', 0)), { ...named('d', 0), subject: { rollover: 'p256' } }),
    ],
    ['a root with a new key', await below(rolled, named('d', 0))],
    ['an intermediate with a new key', rolledLowest],
    ['two changes of keys', rolledTwice],
    ['another authority, cross-certified', await below(crossedRoot, again(other.intermediate))],
    ['an intermediate issued again', reissued],
  ];
  return Promise.all(
    shapes.flatMap(([name, issuer]) => [ae, cse].map(leaf => issued(name, root, issuer, leaf))),
  );
}

async function everyKeyType(): Promise<IssuedChain[]> {
  const { root, intermediate } = await createAuthority({ name: 'lab', domains, pathLength: 1, validity });
  return Promise.all(
    keyTypes.map(async keyType => {
      const authority = await below(intermediate, named('keys', 0, keyType));
      const chain = await issued(`an authority and an end-point with ${keyType}`, root, authority, {
        ...cse,
        keyType,
      });
      return { ...chain, isOnP256: keyType === 'p256' };
    }),
  );
}

function named(name: string, pathLength: number, keyType: KeyType = 'p256'): SubordinateRequest {
  return { subject: { name, keyType }, pathLength, validity };
}

function again({ certificate, key }: Issuer): SubordinateRequest {
  return { subject: { crossed: certificate, key }, validity };
}

async function below(issuer: Issuer, request: SubordinateRequest): Promise<Issuer> {
  const { key, ...authority } = await issueAuthority(issuer, request);
  if (key === null) throw new TypeError('an authority without key issues nothing');
  return { ...authority, key };
}

async function issued(
  shape: string,
  root: Issuer,
  issuer: Issuer,
  options: LeafOptions,
  refusedByOpenssl: IssuedChain['refusedByOpenssl'] = null,
): Promise<IssuedChain> {
  const { flavour, id, uriScheme = null, purpose = null } = options;
  const leaf = await issueLeaf(issuer, { uriScheme, validity, ...options });
  const details = [uriScheme === null ? [] : [`scheme ${uriScheme}`], purpose === null ? [] : [purpose]];
  return {
    name: [`${flavour} ${id}`, ...details.flat(), shape].join(', '),
    root: root.certificate,
    leaf,
    purpose,
    isOnP256: true,
    refusedByOpenssl,
  };
}
