// The checks of what is said of a certificate that is refused: text of strangers in it, and that it says who it was.
import type { Mutation } from '../mutation.ts';

const finding = { file: 'src/certificates/finding.ts', test: 'test/certificates/finding.test.ts' };

const wrongCertificate = 'an operator who replaces the certificate that was right';

export const findingChecks: readonly Mutation[] = [
  {
    ...finding,
    name: 'finding-name-length',
    find: 'return «text.length > 120» ?',
    replace: 'false',
    attack: 'a log that a stranger fills with 16 kB for each refusal',
    clause: 'our bound',
    caughtBy:
      'a name is shown with 120 characters at most, and with an ellipsis where it was longer (our bound)',
  },
  {
    ...finding,
    name: 'finding-subject-length',
    find: 'null : «shorten(certificate.subject.text)»',
    replace: 'certificate.subject.text',
    attack: 'a log that a stranger fills with 16 kB for each refusal',
    clause: 'our bound',
    caughtBy:
      'a name is shown with 120 characters at most, and with an ellipsis where it was longer (our bound)',
  },
  {
    ...finding,
    name: 'finding-not-before-copied',
    find: 'notBefore: «new Date(certificate.notBefore)»',
    replace: 'certificate.notBefore',
    attack: 'a report that changes the validity of a trust anchor',
    clause: 'our decision',
    caughtBy: 'whoever changes a date of a finding changes no certificate, which is kept and judged again',
  },
  {
    ...finding,
    name: 'finding-not-after-copied',
    find: 'notAfter: «new Date(certificate.notAfter)»',
    replace: 'certificate.notAfter',
    attack: 'a report that changes the validity of a trust anchor',
    clause: 'our decision',
    caughtBy: 'whoever changes a date of a finding changes no certificate, which is kept and judged again',
  },
  {
    ...finding,
    name: 'finding-certificate-at-fault',
    find: 'const certificate = path[«position»]',
    replace: '0',
    attack: wrongCertificate,
    clause: 'our own',
    caughtBy: "the sentence says whether it is the end-point's own certificate or which one above it",
  },
  {
    ...finding,
    name: 'finding-own-certificate',
    find: 'const which = «position === 0» ?',
    replace: 'true',
    attack: wrongCertificate,
    clause: 'our own',
    caughtBy: "the sentence says whether it is the end-point's own certificate or which one above it",
  },
  {
    ...finding,
    name: 'finding-in-the-error',
    find: '{ «finding,» ...(cause !== undefined && { cause })',
    replace: '',
    attack: 'an audit that has a sentence and no certificate',
    clause: 'our own',
    caughtBy: 'the error has code and finding, the sentence as its message, and the cause if there is one',
  },
  {
    ...finding,
    name: 'finding-cause-kept',
    find: '«...(cause !== undefined && { cause }),»',
    replace: '',
    attack: 'a failure whose reason is lost before anybody can read it',
    clause: 'our own',
    caughtBy: 'the error has code and finding, the sentence as its message, and the cause if there is one',
  },
];
