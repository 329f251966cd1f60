// Subpath entry `e2ekey/protection`: what is done with the keys. ESPrim protects primitives, ESData data.
export type {
  ContentEncryption,
  KeyAgreement,
  KeyManagement,
  KeyWrap,
  MacAlgorithm,
  SignatureAlgorithm,
} from './esdata/algorithms.ts';
export {
  type AttributePlace,
  type OpenedAttribute,
  openAttribute,
  protectAttribute,
} from './esdata/attributes.ts';
export type { DataProtection, Opened, OpeningOptions } from './esdata/bound.ts';
export {
  type ContentInfo,
  type ContentSecurity,
  type EncodingType,
  readContentInfo,
  writeContentInfo,
} from './esdata/content-info.ts';
export {
  type ContentPlace,
  type CryptoParameters,
  cryptoParametersOf,
  type DerivedProtection,
  type OpenContentOptions,
  type OpenedContent,
  openContentInstance,
  type PlainContent,
  type ProtectContentOptions,
  type ProtectedContent,
  protectContentInstance,
} from './esdata/content-instance.ts';
export {
  type ContentCredentials,
  type ContentDerivation,
  contentCredentials,
  type DataCredential,
  type DataCredentials,
} from './esdata/content-keys.ts';
export type {
  CredentialName,
  Credentials,
  DecryptionCredential,
  DirectKey,
  EncryptionCredential,
  EndPointCertificate,
  MicKey,
  OwnKey,
  SigningCredential,
  VerificationCredential,
  WrappingKey,
} from './esdata/credentials.ts';
export {
  type Decrypted,
  decrypt,
  type EncryptOptions,
  encrypt,
  type OpenOptions,
  type Serialization,
} from './esdata/encryption.ts';
export { KeyUses } from './esdata/key-uses.ts';
export { type DecryptedAndVerified, decryptThenVerify, signThenEncrypt } from './esdata/nested.ts';
export {
  type EndpointCredentials,
  endpointCredentials,
  type PairwiseCredentials,
  pairwiseCredentials,
} from './esdata/pairwise-credentials.ts';
export { type SignOptions, sign, type Verified, type VerifyOptions, verify } from './esdata/signature.ts';
export type { Encryption, Protection } from './esprim/algorithms.ts';
export { EsPrimClient, type EsPrimClientOptions, type InnerRequest } from './esprim/client.ts';
export { EsPrimHandler, type EsPrimHandlerOptions, type EsPrimOriginator } from './esprim/handler.ts';
export {
  type EsPrimKeys,
  endpointKeys,
  type KeyHolder,
  type PairwiseESPrimKey,
  type ProvisionedKey,
  provisionedKeys,
} from './esprim/keys.ts';
export type { OriginatorRandJson, ReceiverRandJson } from './esprim/rand-object.ts';
