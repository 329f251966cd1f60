// Subpath entry `e2ekey/testing`: what tests of an end-point need. Nothing here is for production.
export {
  type Mischief,
  type Passage,
  type TransitCse,
  type TransitCseOptions,
  transitCse,
} from './transit-cse.ts';
