// The command table. A command's module is loaded when the command is called, so that none pays for another.
import type { Command } from './command.ts';

interface Row {
  /** One line in the list of commands. */
  readonly about: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** By name; a name of two words belongs to the group that its first word names. */
export const commands: ReadonlyMap<string, Row> = new Map([
  [
    'demo',
    {
      about: 'Make a key end to end, and protect a primitive with it.',
      load: () => import('./demo.ts'),
    },
  ],
  ['establish', { about: 'Make a key as initiating end-point.', load: () => import('./establish.ts') }],
  ['inspect', { about: 'Say what files are, and what is amiss.', load: () => import('./inspect.ts') }],
  [
    'listen',
    { about: 'Wait for a TLS 1.2 stack as terminating end-point.', load: () => import('./listen.ts') },
  ],
  ['protect', { about: 'Protect data or a primitive.', load: () => import('./protect.ts') }],
  ['unprotect', { about: 'Open what was protected.', load: () => import('./unprotect.ts') }],
  ['verify', { about: 'Validate a certificate chain.', load: () => import('./verify.ts') }],
  ['serve', { about: 'The service: answer E2EKey Messages over HTTP.', load: () => import('./serve.ts') }],
  ['pki init', { about: 'Make a lab root and intermediate.', load: () => import('./pki-init.ts') }],
  [
    'pki authority',
    { about: 'Make a further authority, for longer chains.', load: () => import('./pki-authority.ts') },
  ],
  ['pki issue', { about: 'Issue a certificate with its key.', load: () => import('./pki-issue.ts') }],
  ['pki sign', { about: 'Sign a certification request.', load: () => import('./pki-sign.ts') }],
  ['pki revoke', { about: 'Revoke certificates, or end a hold.', load: () => import('./pki-revoke.ts') }],
  ['pki crl', { about: 'Make the CRL of an authority.', load: () => import('./pki-crl.ts') }],
  ['pki ocsp', { about: 'Make an OCSP response, to be stapled.', load: () => import('./pki-ocsp.ts') }],
  [
    'pki responder',
    { about: 'Issue the certificate of an OCSP responder.', load: () => import('./pki-responder.ts') },
  ],
  [
    'pki defects',
    { about: 'Make certificates that are wrong, in every kind.', load: () => import('./pki-defects.ts') },
  ],
  ['bench', { about: 'The benchmarks, with the ratios.', load: () => import('./bench.ts') }],
]);
