// Every security check that is taken out in turn by scripts/mutation.ts, in the order of the folders.
import { certificateChecks } from './checks/certificates.ts';
import { cryptoChecks } from './checks/crypto.ts';
import { endpointChecks } from './checks/endpoint.ts';
import { handshakeChecks } from './checks/handshake.ts';
import { onem2mChecks } from './checks/onem2m.ts';
import { tcpChecks } from './checks/tcp.ts';
import { wireChecks } from './checks/wire.ts';
import type { Mutation } from './mutation.ts';

export const mutations: readonly Mutation[] = [
  ...wireChecks,
  ...cryptoChecks,
  ...certificateChecks,
  ...handshakeChecks,
  ...endpointChecks,
  ...onem2mChecks,
  ...tcpChecks,
];
