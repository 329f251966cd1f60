// The end-points of the run: one that terminates and several that initiate, with certificates of one lab authority.
import type { PeerEntry } from '../../src/certificates/trust.ts';
import { credentials, type EndpointCredential, trust } from '../../src/endpoint/credentials.ts';
import { createAuthority } from '../../src/pki/authority.ts';
import { issueLeaf } from '../../src/pki/leaf.ts';

export interface Party {
  readonly id: string;
  readonly credential: EndpointCredential;
  /** By which the others know it. */
  readonly peer: PeerEntry;
}

export interface Parties {
  readonly terminating: Party;
  readonly initiating: readonly Party[];
}

/** When the certificates begin, and with them every course of time. */
export const start = Date.parse('2026-11-23T12:00:00Z');

export async function makeParties(initiating: number): Promise<Parties> {
  const validity = { notBefore: new Date(start), notAfter: new Date(start + 366 * 86_400_000) };
  const authority = await createAuthority({
    name: 'Carriers',
    domains: ['example.com'],
    uriConstraints: false,
    validity,
  });
  const anchors = trust.anchors(String(authority.root.certificate));
  const party = async (flavour: 'ae-id' | 'cse-id', entity: string, identifier: string): Promise<Party> => {
    const leaf = await issueLeaf(authority.intermediate, {
      flavour,
      id: identifier,
      uriScheme: null,
      validity,
    });
    return {
      id: entity,
      credential: credentials.fromKey(
        leaf.chain.map(({ raw }) => raw),
        leaf.key,
      ),
      peer: { entity, flavour, identifier, trust: anchors },
    };
  };
  const aes = Array.from({ length: initiating }, (_, index) => `//m2m.example.com/cse-a/Cae${index + 1}`);
  return {
    terminating: await party('cse-id', '//m2m.example.com/cse-b', 'cse-b.m2m.example.com'),
    initiating: await Promise.all(aes.map(id => party('ae-id', id, id))),
  };
}
