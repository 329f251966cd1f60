// `openssl verify -x509_strict`, one process for each question.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatePem } from '../../../src/testing/certificate-maker.ts';
import type { Question } from '../cases.ts';
import type { Judge, Opinion } from './judge.ts';

/** For any purpose it is asked for both: its own `any` skips checks that have nothing to do with the purpose. */
const purposes = {
  initiating: ['sslclient'],
  terminating: ['sslserver'],
  any: ['sslclient', 'sslserver'],
} as const;
/** It takes milliseconds. */
const deadline = 20_000;

/** @param version as `openssl version` has it. */
export function opensslJudge(version: string): Judge {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-differential-'));
  let asked = 0;
  return {
    name: 'OpenSSL',
    version,
    about: '`openssl verify -x509_strict` with `-purpose sslclient` or `sslserver`, no security level',
    async judge(question) {
      asked += 1;
      return verify(join(folder, String(asked)), question);
    },
    async end() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function verify(file: string, question: Question): Promise<Opinion> {
  const { leaf, intermediates, anchor, time, purpose } = question;
  const files = {
    leaf: certificatePem(leaf),
    anchor: certificatePem(anchor),
    untrusted: certificatePem(...intermediates),
  };
  for (const [kind, pem] of Object.entries(files)) writeFileSync(`${file}.${kind}`, pem);
  const argv = [
    ...['verify', '-x509_strict', '-attime', String(Math.floor(time.getTime() / 1000))],
    ...['-no-CApath', '-no-CAstore', '-CAfile', `${file}.anchor`],
    ...(intermediates.length === 0 ? [] : ['-untrusted', `${file}.untrusted`]),
  ];
  try {
    let opinion: Opinion = { accepts: false, reason: '' };
    for (const each of purposes[purpose])
      if (!opinion.accepts) opinion = await run([...argv, '-purpose', each, `${file}.leaf`]);
    return opinion;
  } finally {
    for (const kind of Object.keys(files)) rmSync(`${file}.${kind}`);
  }
}

function run(argv: readonly string[]): Promise<Opinion> {
  return new Promise((resolve, reject) => {
    execFile('openssl', argv, { timeout: deadline }, (error, stdout, stderr) => {
      if (error === null) resolve({ accepts: true, reason: '' });
      // 1 and 2 say that it is not valid or cannot be read; anything else is no verdict.
      else if (error.code === 1 || error.code === 2)
        resolve({ accepts: false, reason: reasonIn(stderr + stdout) });
      else reject(error);
    });
  });
}

/** All errors, which are more than one where it goes on after the first. */
function reasonIn(output: string): string {
  const errors = [...output.matchAll(/^error (\d+) at \d+ depth lookup: (.*)$/gm)].map(
    ([, number, text]) => `error ${number}: ${text}`,
  );
  return errors.length > 0 ? [...new Set(errors)].join('; ') : (output.trim().split('\n').at(0) ?? '');
}
