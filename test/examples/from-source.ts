// For `node --import`: the package's own name leads to its sources, so that the examples run as they stand, without a
// build.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const root = new URL('../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: Record<string, string>;
};
const sources = new Map(
  Object.entries(exports).map(([entry, built]) => [
    `e2ekey${entry.slice(1)}`,
    new URL(built.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts'), root).href,
  ]),
);

registerHooks({
  resolve: (specifier, context, nextResolve) => nextResolve(sources.get(specifier) ?? specifier, context),
});
