// The checks of src/interop and src/cli: strangers on a TCP port, and a key that is shown.
import type { Mutation } from '../mutation.ts';

export const tcpChecks: readonly Mutation[] = [];
