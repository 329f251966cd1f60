// The benchmarks by name. Each makes its own lab, so that nothing on disk is needed.
import { suites } from '../crypto/suites.ts';
import { makeBenchLab } from './lab.ts';
import { type Effort, type Measurement, measure } from './measure.ts';
import { coreProcedure, endpointProcedure, nodeTlsProcedure } from './procedures.ts';

export interface Benchmark {
  readonly name: string;
  readonly about: string;
  readonly run: (effort: Effort) => Promise<Measurement[]>;
}

/** With certificates, as the end-points of oneM2M have them. */
const measured = suites.filter(
  ({ keyExchange, profile }) => keyExchange === 'ECDHE_ECDSA' && profile === 'onem2m',
);

export const benchmarks: readonly Benchmark[] = measured.map(suite => ({
  name: `procedure-${suite.name
    .replace(/^TLS_ECDHE_ECDSA_WITH_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`,
  about: `one whole procedure with ${suite.name}, both ends, chains seen before`,
  run: async effort => {
    const lab = await makeBenchLab();
    return measure(
      [
        { name: 'node:tls over in-memory streams', run: nodeTlsProcedure(lab, suite) },
        { name: 'e2ekey/handshake, the pure core', run: coreProcedure(lab, suite) },
        { name: 'e2ekey, two Endpoints with stores in memory', run: endpointProcedure(lab, suite) },
      ],
      effort,
    );
  },
}));
