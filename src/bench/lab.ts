// A lab PKI for the benchmarks: root, intermediate, and leaves for the end-points.
import { type Authority, createAuthority } from '../pki/authority.ts';
import { type Validity, validityFrom } from '../pki/certificate.ts';
import { issueLeaf } from '../pki/leaf.ts';
import type { BenchChains } from './paths.ts';
import type { BenchCredential, BenchLab } from './procedures.ts';

const aeId = '//m2m.example.com/cse-a/Cae1';

/** One end-point on either side. */
export async function makeBenchLab(): Promise<BenchLab> {
  const { authority, validity } = await makeAuthority();
  const issue = async (
    flavour: BenchCredential['flavour'],
    id: string,
    entity: string,
  ): Promise<BenchCredential> => {
    const { chain, key } = await issueLeaf(authority.intermediate, {
      flavour,
      id,
      uriScheme: null,
      validity,
    });
    return {
      entity,
      flavour,
      identifier: id,
      chainPem: chain.map(String).join(''),
      keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  };
  return {
    rootPem: String(authority.root.certificate),
    initiating: await issue('ae-id', aeId, aeId),
    terminating: await issue('cse-id', 'cse-b.m2m.example.com', '//m2m.example.com/cse-b'),
  };
}

/** One end-point with many certificates. */
export async function makeBenchChains(count: number): Promise<BenchChains> {
  const { authority, validity } = await makeAuthority();
  const chains: Uint8Array[][] = [];
  for (let index = 0; index < count; index++) {
    const { chain } = await issueLeaf(authority.intermediate, {
      flavour: 'ae-id',
      id: aeId,
      uriScheme: null,
      validity,
    });
    chains.push(chain.map(({ raw }) => raw));
  }
  const { certificate, key } = authority.intermediate;
  const issuer = { der: certificate.raw, key };
  return { peer: aeId, root: authority.root.certificate.raw, issuer, chains };
}

async function makeAuthority(): Promise<{ authority: Authority; validity: Validity }> {
  const validity = validityFrom(undefined, undefined, 1);
  const authority = await createAuthority({
    name: 'Benchmark',
    domains: ['example.com'],
    uriConstraints: false,
    validity,
  });
  return { authority, validity };
}
