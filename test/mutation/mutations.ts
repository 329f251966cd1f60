// Every security check that is taken out in turn by scripts/mutation.ts, in the order of the folders.
import { answeringChecks } from './checks/answering.ts';
import { attackChecks } from './checks/attacks.ts';
import { certificateChecks } from './checks/certificates.ts';
import { cliChecks } from './checks/cli.ts';
import { containerChecks } from './checks/containers.ts';
import { credentialChecks } from './checks/credential-files.ts';
import { cryptoChecks } from './checks/crypto.ts';
import { derChecks } from './checks/der.ts';
import { embeddingChecks } from './checks/embedding.ts';
import { endpointChecks } from './checks/endpoint.ts';
import { esDataChecks } from './checks/esdata.ts';
import { esprimChecks } from './checks/esprim.ts';
import { establishingChecks } from './checks/establishing.ts';
import { findingChecks } from './checks/findings.ts';
import { flightChecks } from './checks/flight.ts';
import { handshakeChecks } from './checks/handshake.ts';
import { identifierChecks } from './checks/identifiers.ts';
import { inspectChecks } from './checks/inspect-files.ts';
import { keyChecks } from './checks/keys.ts';
import { nameConstraintChecks } from './checks/name-constraints.ts';
import { nameChecks } from './checks/names.ts';
import { negotiationChecks } from './checks/negotiation.ts';
import { networkChecks } from './checks/network.ts';
import { onem2mChecks } from './checks/onem2m.ts';
import { pathRuleChecks } from './checks/path-rules.ts';
import { pathSearchChecks } from './checks/path-search.ts';
import { peerKeyChecks } from './checks/peer-keys.ts';
import { peerChecks } from './checks/peers.ts';
import { pkiChecks } from './checks/pki.ts';
import { pkiStatusChecks } from './checks/pki-status.ts';
import { presharedKeyChecks } from './checks/preshared-keys.ts';
import { protectionCommandChecks } from './checks/protection-commands.ts';
import { rawPublicKeyChecks } from './checks/raw-public-key.ts';
import { refreshingChecks } from './checks/refreshing.ts';
import { revocationChecks } from './checks/revocation.ts';
import { revocationCommandChecks } from './checks/revocation-commands.ts';
import { serialisationChecks } from './checks/serialisation.ts';
import { serviceChecks } from './checks/service.ts';
import { storeChecks } from './checks/stores.ts';
import { tcpChecks } from './checks/tcp.ts';
import { trustChecks } from './checks/trust.ts';
import { wireChecks } from './checks/wire.ts';
import type { Mutation } from './mutation.ts';

export const mutations: readonly Mutation[] = [
  ...wireChecks,
  ...cryptoChecks,
  ...derChecks,
  ...certificateChecks,
  ...nameChecks,
  ...nameConstraintChecks,
  ...pathRuleChecks,
  ...pathSearchChecks,
  ...trustChecks,
  ...peerChecks,
  ...revocationChecks,
  ...findingChecks,
  ...rawPublicKeyChecks,
  ...peerKeyChecks,
  ...identifierChecks,
  ...keyChecks,
  ...flightChecks,
  ...negotiationChecks,
  ...handshakeChecks,
  ...presharedKeyChecks,
  ...credentialChecks,
  ...answeringChecks,
  ...establishingChecks,
  ...endpointChecks,
  ...refreshingChecks,
  ...storeChecks,
  ...onem2mChecks,
  ...containerChecks,
  ...networkChecks,
  ...embeddingChecks,
  ...serialisationChecks,
  ...esprimChecks,
  ...pkiChecks,
  ...pkiStatusChecks,
  ...attackChecks,
  ...tcpChecks,
  ...serviceChecks,
  ...cliChecks,
  ...revocationCommandChecks,
  ...protectionCommandChecks,
  ...inspectChecks,
  ...esDataChecks,
];
