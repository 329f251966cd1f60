// All rules that the generator can break.
import { acceptedRules } from './accepted.ts';
import { encodingRules } from './encoding.ts';
import { extensionRules } from './extensions.ts';
import { fieldRules } from './fields.ts';
import { nameRules } from './names.ts';
import { pathRules } from './path.ts';
import type { Rule } from './rule.ts';
import { signatureAndKeyRules } from './signatures.ts';

export const rules: readonly Rule[] = [
  ...fieldRules,
  ...signatureAndKeyRules,
  ...encodingRules,
  ...extensionRules,
  ...nameRules,
  ...pathRules,
  ...acceptedRules,
];
