#!/usr/bin/env node
// The executable. A committed file of its own, because a bin inside dist would lose its mode at every build.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(`e2ekey needs Node.js 24 or later; this is ${process.version}.\n`);
  process.exitCode = 2;
} else {
  const { main } = await import('../dist/cli/main.js');
  process.exitCode = await main(process.argv.slice(2));
}
