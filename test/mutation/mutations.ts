// Every security check that is taken out in turn by scripts/mutation.ts, in the order of the folders.
import { answeringChecks } from './checks/answering.ts';
import { attackChecks } from './checks/attacks.ts';
import { certificateChecks } from './checks/certificates.ts';
import { cliChecks } from './checks/cli.ts';
import { cryptoChecks } from './checks/crypto.ts';
import { endpointChecks } from './checks/endpoint.ts';
import { establishingChecks } from './checks/establishing.ts';
import { findingChecks } from './checks/findings.ts';
import { flightChecks } from './checks/flight.ts';
import { handshakeChecks } from './checks/handshake.ts';
import { identifierChecks } from './checks/identifiers.ts';
import { negotiationChecks } from './checks/negotiation.ts';
import { onem2mChecks } from './checks/onem2m.ts';
import { pathChecks } from './checks/paths.ts';
import { peerKeyChecks } from './checks/peer-keys.ts';
import { pkiChecks } from './checks/pki.ts';
import { presharedKeyChecks } from './checks/preshared-keys.ts';
import { rawPublicKeyChecks } from './checks/raw-public-key.ts';
import { storeChecks } from './checks/stores.ts';
import { tcpChecks } from './checks/tcp.ts';
import { wireChecks } from './checks/wire.ts';
import type { Mutation } from './mutation.ts';

export const mutations: readonly Mutation[] = [
  ...wireChecks,
  ...cryptoChecks,
  ...certificateChecks,
  ...pathChecks,
  ...findingChecks,
  ...rawPublicKeyChecks,
  ...peerKeyChecks,
  ...identifierChecks,
  ...flightChecks,
  ...negotiationChecks,
  ...handshakeChecks,
  ...presharedKeyChecks,
  ...answeringChecks,
  ...establishingChecks,
  ...endpointChecks,
  ...storeChecks,
  ...onem2mChecks,
  ...pkiChecks,
  ...attackChecks,
  ...tcpChecks,
  ...cliChecks,
];
