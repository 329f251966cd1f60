// The public API: E2EKey end-points. Re-exports only.

export type { RevocationPolicy } from './certificates/revocation.ts';
export type { PeerEntry } from './certificates/trust.ts';
export { TrustAnchors } from './certificates/trust.ts';
export type { StatusFetch, StatusRequest } from './endpoint/bounded-fetch.ts';
export type { Answer, Carrier, Delivery, Origin } from './endpoint/carrier.ts';
export {
  credentials,
  type EndpointCredential,
  type FileCredential,
  type FileOptions,
  type Signer,
  trust,
} from './endpoint/credentials.ts';
export { crlsFrom } from './endpoint/crl-bytes.ts';
export { Endpoint } from './endpoint/endpoint.ts';
export type { KeyName, KeyStatus, StoredKey } from './endpoint/key-ring.ts';
export { type EstablishedReport, establishedReport } from './endpoint/report.ts';
export type { RevocationIssuer, RevocationOptions } from './endpoint/revocation.ts';
export type { RevocationEvent } from './endpoint/revocation-event.ts';
export { readSealingKey, type Sealer } from './endpoint/sealing.ts';
export type { EndpointOptions, Times } from './endpoint/settings.ts';
export type { PendingLimits, Store } from './endpoint/store.ts';
export { memory, type SealedStore, type SealOptions, sqlite } from './endpoint/stores.ts';
export {
  type WebCrypto,
  type WebCryptoKey,
  webCryptoSigner,
} from './endpoint/web-crypto-signer.ts';
export { type Blame, E2EKeyError, type FaultCode, faultTable, type Notice } from './errors.ts';
export type { KeyPeer, KeyState, PairwiseE2EKey } from './keys/pairwise-e2e-key.ts';
