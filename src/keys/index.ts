// Subpath entry `e2ekey/keys`: pairwiseE2EKey and its life.
export {
  exportPairwiseE2EKey,
  type KeyLife,
  type KeyPeer,
  type KeyState,
  type PairwiseE2EKey,
} from './pairwise-e2e-key.ts';
