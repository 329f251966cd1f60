// The checks of revocation on the command line and over TCP: an operator believes that somebody was looked up.
import type { Mutation } from '../mutation.ts';

const test = 'test/cli/revocation.test.ts';

export const revocationCommandChecks: readonly Mutation[] = [
  {
    file: 'src/cli/procedure-peers.ts',
    test,
    name: 'command-revocation-policy',
    find: '...(«revocation !== undefined» && { revocation }),',
    replace: 'false',
    attack: 'a peer of whom nothing is known, where an operator requires that it is',
    clause: 'RFC 5280 6.1.3 (a)(3)',
    caughtBy:
      'tcp, required: without a staple and without CRL nobody is taken, in either role (RFC 5280 6.1.3 (a)(3))',
  },
  {
    file: 'src/cli/procedure-peers.ts',
    test,
    name: 'command-revocation-of-certificates',
    find: "if («isGiven») refuse( 'OPTION_INVALID', `${option} is for certificates",
    replace: 'false',
    attack: 'a revocation that somebody believes to be looked for, of peers without certificates',
    clause: 'our own',
    caughtBy:
      'establish: exit 2 and a sentence: --crl is for certificates, and without --trust nobody is known by one',
  },
  {
    file: 'src/cli/listen.ts',
    test,
    name: 'command-revocation-of-nobody',
    find: "if («clientAuthentication === 'none' && (values.crl.length > 0 || (values.revocation ?? 'off') !== 'off')»)",
    replace: 'false',
    attack: 'a revocation that somebody believes to be looked for, of peers who are asked for nothing',
    clause: 'our own',
    caughtBy:
      'listen: exit 2 and a sentence: --crl and --revocation look somebody up, and --client-auth none asks nobody who he is',
    mayHang: true,
  },
  {
    file: 'src/cli/procedure.ts',
    test,
    name: 'command-crls-in-use',
    find: 'crls: «crls ?? RevocationLists.none», clock, timeout',
    replace: 'RevocationLists.none',
    attack: 'a revoked peer, whose CRL was named',
    clause: 'RFC 5280 6.3.3',
    caughtBy:
      'tcp, when-available: of an initiating end-point a CRL that has it (RFC 5280 6.3.3 (i)): CERTIFICATE_REVOKED',
  },
  {
    file: 'src/cli/procedure.ts',
    test,
    name: 'command-staple-asked-for',
    find: 'requestStatus: «crls !== null»,',
    replace: 'false',
    attack: 'a revoked peer, whose own response would say so',
    clause: 'RFC 6066 §8',
    caughtBy: 'tcp, when-available: a staple revoked (RFC 6960 2.2) is CERTIFICATE_REVOKED',
  },
  {
    file: 'src/interop/connection.ts',
    test,
    name: 'tcp-crls-in-use',
    find: '{ message: flight, time: clock()«, crls» }',
    replace: '',
    attack: 'a revoked peer over TCP, whose CRL is at hand',
    clause: 'RFC 5280 6.3.3',
    caughtBy:
      'tcp, when-available: of a terminating end-point a CRL that has it (RFC 5280 6.3.3 (i)): CERTIFICATE_REVOKED',
  },
  {
    file: 'src/cli/establish.ts',
    test,
    name: 'command-crls-over-http',
    find: '...(«lists !== null» && { revocation:',
    replace: 'false',
    attack: 'a revoked peer over HTTP, whose CRL was named',
    clause: 'RFC 5280 6.3.3',
    caughtBy:
      'http, when-available: of a terminating end-point a CRL that has it (RFC 5280 6.3.3 (i)): CERTIFICATE_REVOKED',
  },
  {
    file: 'src/cli/status-evidence.ts',
    test,
    name: 'command-crl-readable',
    find: '«return ders.map((der, index) => about(`--crl ${file}: CRL ${index + 1}`, () => parseCrl(der)));»',
    replace: 'return ders.flatMap(der => { try { return [parseCrl(der)]; } catch { return []; } });',
    attack: 'a CRL that cannot be read, dropped without a word',
    clause: 'our own',
    caughtBy:
      'establish: exit 2 and a sentence: --crl \\S*broken\\.crl: CRL 1: \\d+ octets needed where 97 are left, at offset 3; ',
  },
  {
    file: 'src/cli/verify.ts',
    test,
    name: 'verify-requires-what-it-is-given',
    find: "crls.length + ocsp.length > 0 ? «'required'» : 'off'",
    replace: "'when-available'",
    attack: 'a verdict that looks like one on revocation, and is none',
    clause: 'RFC 5280 6.1.3 (a)(3)',
    caughtBy:
      'verify: --crl and --ocsp have to say that LEAF is not revoked, unless --revocation asks for less',
  },
  {
    file: 'src/cli/verify.ts',
    test,
    name: 'verify-ocsp',
    find: 'const ocsp = «readOcspResponses(values.ocsp)»;',
    replace: 'readOcspResponses(values.ocsp).slice(1)',
    attack: 'a revoked certificate, whose OCSP response is there',
    clause: 'RFC 6960 3.2',
    caughtBy:
      'verify: --crl and --ocsp have to say that LEAF is not revoked, unless --revocation asks for less',
  },
  {
    file: 'src/cli/own-staple.ts',
    test,
    name: 'own-staple-judged',
    find: 'if («!verdict.refused») return null;',
    replace: 'true',
    attack: 'an end-point that everybody refuses, and that nobody tells why',
    clause: 'RFC 6066 §8',
    caughtBy: 'listen warns when it starts: a staple stale (RFC 6960 4.2.2.1)',
  },
  {
    file: 'src/cli/own-staple.ts',
    test,
    name: 'own-staple-unchecked',
    find: 'if (own === undefined || «issuer === undefined») return',
    replace: 'false',
    attack: 'a staple that was not checked, and looks as if it were',
    clause: 'our own',
    caughtBy:
      'listen warns of a staple that nobody gets, or that cannot be checked; and of --revocation required that takes nobody',
  },
  {
    file: 'src/cli/file-content.ts',
    test,
    name: 'command-one-response',
    find: 'if («second !== undefined») refuse(',
    replace: 'false',
    attack: 'a second response in a file that somebody believes to be looked at',
    clause: 'our own',
    caughtBy: 'an OCSP response is taken in PEM as well, by verify and by listen',
  },
];
