// The options that `establish` and `listen` share: who we are, whom we accept, what we offer. Each command spreads
// the table into its own; what the values mean is decided by the folders that take them.
import type { OptionTable } from './options.ts';

export const procedureOptions = {
  credential: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about: 'Our certificate chain, PEM, leaf first; it may hold the private key as well.',
  },
  key: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about: 'Private key, PEM; belongs to the credential at the same place.',
  },
  'password-file': {
    type: 'text',
    placeholder: 'FILE',
    about: 'Its first line opens encrypted private keys.',
  },
  trust: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about: "Trust anchors for the other end-point's certificate, PEM; a file may hold several.",
  },
  expect: {
    type: 'text',
    placeholder: 'ID[=NAME]',
    repeatable: true,
    about:
      'The other end-point: an Absolute AE-ID, or a CSE-ID with the domain name in its certificate after = (or the domain name alone).',
  },
  'server-name': { type: 'text', placeholder: 'NAME', about: 'Host name for server_name (RFC 6066 §3).' },
  profile: {
    type: 'text',
    placeholder: 'PROFILE',
    oneOf: ['onem2m'],
    about: 'What is offered and accepted: TS-0003 10.1 and 10.2.3.',
  },
  'certificate-profile': {
    type: 'text',
    placeholder: 'PROFILE',
    oneOf: ['onem2m', 'rfc5280'],
    about: 'Which certificates are accepted; default that of --profile.',
  },
  'require-name-constraints': {
    type: 'flag',
    about: 'Refuse chains whose authorities carry no name constraints.',
  },
  'require-export-indicator': {
    type: 'flag',
    about: 'Refuse an end-point that does not negotiate the export indicator.',
  },
  suites: {
    type: 'list',
    placeholder: 'LIST',
    about: 'Cipher suites in order of preference, IANA names, separated by commas.',
  },
  time: { type: 'time', placeholder: 'ISO', about: 'Judge certificates as of this time; default now.' },
  timeout: {
    type: 'integer',
    least: 1,
    // A day: beyond it a forgotten process is likelier than a patient one.
    most: 86_400,
    placeholder: 'SECONDS',
    about: 'Give up on an end-point that does not answer.',
  },
  'reveal-key': {
    type: 'flag',
    about:
      'Add the 48 exported bytes to the result, in hex; for the lab, and only towards loopback unless --lab is given.',
  },
  lab: { type: 'flag', about: 'Allow --reveal-key towards other hosts than loopback.' },
} as const satisfies OptionTable;
