// What it costs to believe a peer's chain of leaf and intermediate, beside the work of OpenSSL that no program is spared:
// signatures of certificates, and certificates read.
import { verify, X509Certificate } from 'node:crypto';
import { type Certificate, parseCertificate } from '../certificates/certificate.ts';
import { RevocationLists } from '../certificates/revocation-lists.ts';
import { Peers, TrustAnchors, type VerifyOptions, verifyPeer } from '../certificates/trust.ts';
import { makeCrl, makeOcspResponse, type Signer } from '../testing/status-maker.ts';
import type { Contender } from './measure.ts';

/** An AE and the certificates that it could have, in DER. */
export interface BenchChains {
  readonly peer: string;
  readonly root: Uint8Array;
  /** Of the AE's certificates, with its private key. */
  readonly issuer: Signer;
  /** Leaf and intermediate. */
  readonly chains: readonly (readonly Uint8Array[])[];
}

/** The same chain again and again, as of a peer with whom keys are made every day. */
export function warmPath({ peer, root, chains: [chain] }: BenchChains): Contender[] {
  if (chain === undefined) throw new Error('a chain is needed');
  const [leaf, intermediate] = chain.map(parseCertificate);
  const believe = believer(peer, parseCertificate(root));
  believe(chain, 2);
  return [
    {
      name: 'one ECDSA P-256 verification, key ready',
      run: async () => checkSignature(leaf, intermediate),
    },
    { name: 'verifyPeer, chain seen before', run: async () => believe(chain, 0) },
  ];
}

/** Revoked certificates in the list; that of a deployment with some. */
const listed = 1000;

/** The same, and its revocation looked at. */
export function statusOfPath({ peer, root, issuer, chains: [chain] }: BenchChains): Contender[] {
  const [leaf, intermediate] = (chain ?? []).map(parseCertificate);
  if (chain === undefined || leaf === undefined) throw new Error('a chain is needed');
  const believe = believer(peer, parseCertificate(root));
  const entries = Array.from({ length: listed }, (_, index) => ({
    serial: `7f${(0x1000 + index).toString(16)}`,
  }));
  const crls = RevocationLists.fromDer([makeCrl({ issuer, entries })]);
  const stapled = makeOcspResponse({ issuer, certificate: leaf.serialNumber });
  believe(chain, 2);
  return [
    {
      name: 'one ECDSA P-256 verification, key ready',
      run: async () => checkSignature(leaf, intermediate),
    },
    {
      name: `verifyPeer, chain seen before, required, a CRL of ${listed} at hand`,
      run: async () => believe(chain, 0, { crls }),
    },
    {
      name: 'verifyPeer, chain seen before, required, an OCSP response stapled',
      run: async () => believe(chain, 0, { stapled }),
    },
  ];
}

/** A chain that was never seen, each time. */
export function coldPath({ peer, root, chains }: BenchChains): Contender[] {
  const anchor = parseCertificate(root);
  const paths = chains.map(chain => [...chain.map(parseCertificate), anchor]);
  let believe = believer(peer, anchor);
  let [runs, ownRuns] = [0, 0];
  return [
    {
      name: 'two ECDSA P-256 verifications, keys ready, and two new X509Certificate',
      run: async () => {
        const index = runs++ % chains.length;
        for (const der of chains[index] ?? []) new X509Certificate(der);
        const [leaf, intermediate, issuer] = paths[index] ?? [];
        checkSignature(leaf, intermediate);
        checkSignature(intermediate, issuer);
      },
    },
    {
      name: 'verifyPeer, chain never seen before',
      run: async () => {
        const index = ownRuns++ % chains.length;
        if (index === 0) believe = believer(peer, anchor);
        believe(chains[index] ?? [], 2);
      },
    },
  ];
}

/** Verifies chains of the peer, with trust settings that have seen none yet; throws unless each costs what it should. */
function believer(
  peer: string,
  anchor: Certificate,
): (chain: readonly Uint8Array[], checks: number, status?: Pick<VerifyOptions, 'crls' | 'stapled'>) => void {
  const trust = new TrustAnchors([anchor], []);
  const peers = new Peers([{ entity: peer, flavour: 'ae-id', trust }]);
  const knowing = new Peers([{ entity: peer, flavour: 'ae-id', trust, revocation: 'required' }]);
  const time = new Date();
  return (chain, checks, status) => {
    const budget = { signatures: checks, comparisons: 25_000 };
    verifyPeer(chain, {
      ...status,
      peers: status === undefined ? peers : knowing,
      role: 'initiating',
      time,
      expected: true,
      certificateProfile: 'onem2m',
      budget,
    });
    if (budget.signatures !== 0)
      throw new Error(`${checks - budget.signatures} signature checks, not ${checks}`);
  };
}

function checkSignature(certificate: Certificate | undefined, issuer: Certificate | undefined): void {
  const isValid =
    certificate !== undefined &&
    issuer !== undefined &&
    verify('sha256', certificate.tbsCertificate, issuer.publicKey, certificate.signatureValue);
  if (!isValid) throw new Error('a signature that does not hold');
}
