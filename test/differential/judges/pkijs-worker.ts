// Answers the questions that judges/pkijs.ts sends.
import { parentPort } from 'node:worker_threads';
import { Certificate, CertificateChainValidationEngine } from 'pkijs';
import type { Question } from '../cases.ts';
import type { Opinion } from './judge.ts';

parentPort?.on('message', async (question: Question) => parentPort?.postMessage(await judge(question)));

async function judge({ leaf, intermediates, anchor, time }: Question): Promise<Opinion> {
  try {
    const engine = new CertificateChainValidationEngine({
      trustedCerts: [Certificate.fromBER(anchor)],
      // The last one is the one in question.
      certs: [...intermediates, leaf].map(der => Certificate.fromBER(der)),
      checkDate: time,
    });
    const { result, resultMessage } = await engine.verify();
    return { accepts: result, reason: result ? '' : resultMessage };
  } catch (error) {
    return { accepts: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
