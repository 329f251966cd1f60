// A lab PKI for the benchmarks: root, intermediate, and one leaf for each end-point.
import { createAuthority } from '../pki/authority.ts';
import { validityFrom } from '../pki/certificate.ts';
import { issueLeaf } from '../pki/leaf.ts';
import type { BenchCredential, BenchLab } from './procedures.ts';

export async function makeBenchLab(): Promise<BenchLab> {
  const validity = validityFrom(undefined, undefined, 1);
  const authority = await createAuthority({
    name: 'Benchmark',
    domains: ['example.com'],
    uriConstraints: false,
    validity,
  });
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
    initiating: await issue('ae-id', '//m2m.example.com/cse-a/Cae1', '//m2m.example.com/cse-a/Cae1'),
    terminating: await issue('cse-id', 'cse-b.m2m.example.com', '//m2m.example.com/cse-b'),
  };
}
