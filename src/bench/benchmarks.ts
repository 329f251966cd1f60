// The benchmarks by name. Each makes its own lab, so that nothing on disk is needed.
import { suites } from '../crypto/suites.ts';
import { derivations } from './derivations.ts';
import { esdataBenches } from './esdata.ts';
import { esprimBench } from './esprim.ts';
import { makeBenchChains, makeBenchLab } from './lab.ts';
import { type Effort, type Measurement, measure } from './measure.ts';
import { coldPath, statusOfPath, warmPath } from './paths.ts';
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

const procedures: readonly Benchmark[] = measured.map(suite => ({
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

/** So many that what is made once for all of them weighs nothing. */
const coldChains = 64;

const paths: readonly Benchmark[] = [
  {
    name: 'path-warm',
    about:
      'a peer whose chain was proven before; demanded: at most half a P-256 verification, so at least 2.00 ×',
    run: async effort => measure(warmPath(await makeBenchChains(1)), effort),
  },
  {
    name: 'path-status',
    about: 'the same, and whether its certificate is revoked: by a CRL at hand, and by a stapled response',
    run: async effort => measure(statusOfPath(await makeBenchChains(1)), effort),
  },
  {
    name: 'path-cold',
    about:
      'a chain of leaf and intermediate seen for the first time; demanded: at most 1.5 times the work of OpenSSL, so at least 0.67 ×',
    // A run is short, and code that is compiled meanwhile would be measured with it.
    run: async effort =>
      measure(coldPath(await makeBenchChains(coldChains)), { ...effort, warmUp: 10 * effort.warmUp }),
  },
];

/** Characters of a content: one reading, and a list of them. */
const contentSizes = [200, 4096];

const esprim: readonly Benchmark[] = contentSizes.map(size => ({
  name: `esprim-${size}`,
  about: `ESPrim, a request and its response with ${size} characters of content; demanded of a session: at most 1.5 times the work of jose in it, so at least 0.67 ×`,
  async run(effort) {
    const { contenders, end } = await esprimBench(await makeBenchLab(), size);
    try {
      // A run takes a tenth of the time of a procedure.
      const { warmUp, rounds, runsPerRound } = effort;
      return await measure(contenders, { warmUp: 5 * warmUp, rounds, runsPerRound: 5 * runsPerRound });
    } finally {
      await end();
    }
  },
}));

const esdata: readonly Benchmark[] = esdataBenches.map(({ name, about, contenders }) => ({
  name: `esdata-${name}`,
  about: `ESData, 1 KiB ${about}`,
  run: async effort => measure(await contenders(), effort),
}));

const keys: Benchmark = {
  name: 'derivations',
  about: 'keys derived from keys, beside one HMAC',
  // A run takes microseconds, and the clock of CPU time counts in them.
  run: async ({ warmUp, rounds, runsPerRound }) =>
    measure(derivations(), { warmUp, rounds, runsPerRound: 20 * runsPerRound }),
};

export const benchmarks: readonly Benchmark[] = [...procedures, ...paths, ...esprim, ...esdata, keys];
