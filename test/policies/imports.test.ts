import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsIn } from './imports.ts';

test('every way to import is found, and what is loaded at start is told from the rest', () => {
  const source = `// import 'line-comment';
/** import { a } from 'block-comment'; */
import 'side-effect';
import one from './one.ts';
import {
  two,
  type Three,
} from './two.ts';
import type { Four } from './four.ts';
export * from './five.ts';
export * as six from './six.ts';
export { seven } from './seven.ts';
export type { Eight } from './eight.ts';
export const accept = '*/*';
export type Name = 'from';
const nine = () => import('./nine.ts');
let ten: import('./ten.ts').Ten;
process.getBuiltinModule('node:sqlite');
const eleven = import(name);
`;
  const found = importsIn(source);
  const specifiers = (atStart: boolean) =>
    found.filter(one => one.atStart === atStart).map(({ specifier }) => specifier);
  const local = ['one', 'two', 'five', 'six', 'seven'].map(name => `./${name}.ts`);
  assert.deepEqual(specifiers(true), ['side-effect', ...local]);
  const later = ['four', 'eight', 'nine', 'ten'].map(name => `./${name}.ts`);
  assert.deepEqual(specifiers(false), [...later, 'node:sqlite', 'name']);
});
