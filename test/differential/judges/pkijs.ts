// CertificateChainValidationEngine of pkijs, in a thread of its own: where certificates are issued in a circle it never
// comes to an end, and the thread is stopped.
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Question } from '../cases.ts';
import type { Judge, Opinion } from './judge.ts';

/** It takes some milliseconds, more on a busy machine. */
const deadline = 2_000;
const noAnswer = `no answer within ${deadline / 1000} seconds`;

export function pkijsJudge(): Judge {
  const entry = new URL('../../../node_modules/pkijs/package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(entry, 'utf8')) as { version: string };
  let thread: Thread | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const ask = async (question: Question): Promise<Opinion> => {
    thread ??= startThread();
    const opinion = await thread.ask(question);
    if (opinion.reason === noAnswer) await stop();
    return opinion;
  };
  const stop = async (): Promise<void> => {
    await thread?.worker.terminate();
    thread = null;
  };
  return {
    name: 'pkijs',
    version,
    about:
      '`CertificateChainValidationEngine`, without revocation; it is not told the purpose, for which it has no place',
    judge(question) {
      // One at a time: the answers come without a name.
      const answer = last.then(() => ask(question));
      last = answer.catch(() => undefined);
      return answer;
    },
    end: stop,
  };
}

interface Thread {
  readonly worker: Worker;
  readonly ask: (question: Question) => Promise<Opinion>;
}

function startThread(): Thread {
  const worker = new Worker(new URL('pkijs-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  let answer = Promise.withResolvers<Opinion>();
  worker.on('message', (opinion: Opinion) => answer.resolve(opinion));
  worker.on('error', error => answer.resolve({ accepts: false, reason: String(error) }));
  return {
    worker,
    async ask(question) {
      answer = Promise.withResolvers();
      const timer = setTimeout(() => answer.resolve({ accepts: false, reason: noAnswer }), deadline);
      worker.postMessage(question);
      try {
        return await answer.promise;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
