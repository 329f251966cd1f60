// Subpath entry `e2ekey/testing`: what tests of an end-point need. Nothing here is for production.
export { DefectLab, type DefectLabOptions, type Presentation } from './defect-lab.ts';
export { type Defect, defects } from './defects.ts';
export {
  type Mischief,
  type Passage,
  type TransitCse,
  type TransitCseOptions,
  transitCse,
} from './transit-cse.ts';
