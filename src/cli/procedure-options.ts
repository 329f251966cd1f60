// The options that `establish` and `listen` share: who we are, whom we accept, what we offer. Each command spreads
// the table into its own; what the values mean is decided by the folders that take them.
import { revocationPolicies } from '../certificates/revocation.ts';
import type { OptionTable, Values } from './options.ts';

export const procedureOptions = {
  credential: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about:
      'Our certificate chain, leaf first, or our raw public key, in any form of docs/credentials.md (PEM, DER, PKCS #12, JWK); it may hold the private key as well. The first that fits what the other end-point takes is used.',
  },
  key: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about: 'Private key, in any form; belongs to the credential at the same place.',
  },
  'password-file': {
    type: 'text',
    placeholder: 'FILE',
    about: 'Its first line opens encrypted private keys and PKCS #12 files.',
  },
  trust: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about: "Trust anchors for the other end-point's certificate, PEM or DER; a file may hold several.",
  },
  expect: {
    type: 'text',
    placeholder: 'ID[=NAME]',
    repeatable: true,
    about:
      'The other end-point: an Absolute AE-ID; or an absolute identifier, =, and what stands in its certificate: the domain name of a CSE-ID or FQDN, the URN or object identifier of its node or device, TYPE:SERIAL of its hardware module. What stands in the certificate may also be given alone.',
  },
  pin: {
    type: 'text',
    placeholder: 'ni:///…',
    repeatable: true,
    about:
      "Public key identifier of the other end-point's raw public key (TS-0003 10.1.2); --expect at the same place, or the only one, names the identity to associate with it.",
  },
  'psk-identity': {
    type: 'text',
    placeholder: 'ID',
    repeatable: true,
    about:
      'Identity of a pre-shared key; --expect at the same place (after those of --pin), or the only one, names the identity to associate with it. Nobody with a pre-shared key is known by a certificate as well.',
  },
  'psk-file': {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about: 'Its first line is the pre-shared key in hex; belongs to the --psk-identity at the same place.',
  },
  profile: {
    type: 'text',
    placeholder: 'PROFILE',
    oneOf: ['onem2m', 'interop'],
    about:
      'What is offered and accepted: TS-0003 10.1 and 10.2 (default), or towards tls:// also RSA, further curves, groups and suites, and end-points without extended master secret, who get no key.',
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
  crl: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about:
      'CRLs for the certificates of the other end-point, PEM or DER, each from the issuer of the certificates that it is for; a file may hold several.',
  },
  revocation: {
    type: 'text',
    placeholder: 'POLICY',
    oneOf: revocationPolicies,
    about:
      'Default when-available where --crl is given; without --crl no OCSP response is asked for, and nothing is looked at. when-available looks at what is at hand: --crl, and what the other end-point staples. required refuses an end-point where nothing at hand says that its certificate is not revoked. off looks at nothing, not even at --crl. when-available and required ask for a stapled response; only a terminating end-point can staple one (RFC 6066 §8).',
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
  groups: {
    type: 'list',
    placeholder: 'LIST',
    about:
      'Groups of the ephemeral keys in order of preference, IANA names. The curves of the certificates have to be among them (RFC 8422 §5.1).',
  },
  'signature-schemes': {
    type: 'list',
    placeholder: 'LIST',
    about: 'Signature schemes that are made and accepted, in order of preference, IANA names.',
  },
  time: { type: 'time', placeholder: 'ISO', about: 'Judge certificates as of this time; default now.' },
  timeout: {
    type: 'integer',
    least: 1,
    // A day: beyond it a forgotten process is likelier than a patient one.
    most: 86_400,
    placeholder: 'SECONDS',
    about: 'Give up on an end-point that does not answer; default 30.',
  },
  'reveal-key': {
    type: 'flag',
    about:
      'Add the 48 exported bytes to the result, in hex; for the lab, and only towards loopback unless --lab is given.',
  },
  lab: { type: 'flag', about: 'Allow --reveal-key towards other hosts than loopback.' },
} as const satisfies OptionTable;

export type ProcedureValues = Values<typeof procedureOptions>;
