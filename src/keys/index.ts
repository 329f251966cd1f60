// Subpath entry `e2ekey/keys`: pairwiseE2EKey, and every key that is derived from it or from what stands in its place.
export {
  type CredentialId,
  type CredentialType,
  hashedCredentialId,
  type KeyIdentifier,
  parseCredentialId,
  parseKeyIdentifier,
  writeCredentialId,
  writeKeyIdentifier,
} from '../identifiers/credential-id.ts';
export {
  type Content,
  type ContentKeys,
  type DataKeys,
  deriveContentEncryptionKey,
  deriveContentKeys,
  deriveContentMicKey,
  deriveDataKeys,
} from './data.ts';
export { deriveEndToEndKeys, type EndToEndKeys } from './end-to-end.ts';
export { deriveKm, deriveKpsa, deriveUsageConstrainedKey, type SymmetricKeyUsage } from './enrolment.ts';
export {
  type ExportedKey,
  type ExporterUse,
  exportedSize,
  exporterKeys,
  exporterLabels,
} from './exporter.ts';
export type { DerivationHash } from './extract-and-expand.ts';
export { deriveGroupKey } from './group.ts';
export {
  exportPairwiseE2EKey,
  type KeyLife,
  type KeyPeer,
  type KeyState,
  type PairwiseE2EKey,
} from './pairwise-e2e-key.ts';
export { type KeyProfile, literalKey, separatedKeys } from './protection-keys.ts';
export { type KeyFor, type KeyPurpose, keyFor, purposeOf, requirePurpose } from './purpose.ts';
export {
  type Bits,
  type Operation,
  type ProtectingObject,
  protectionFor,
  type SecurityRequirements,
} from './security-requirements.ts';
export { deriveSessionESPrimKey } from './session-esprim-key.ts';
