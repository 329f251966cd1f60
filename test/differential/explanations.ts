// Why another judge refuses what we accept. Where this list has no reason, the run fails: it might be our fault.
import type { Case } from './cases.ts';
import type { Feature } from './chain.ts';
import type { Judge } from './judges/judge.ts';

interface Explanation {
  readonly judge: Judge['name'];
  /** What is the case; a rule that looks broken begins with this, or the chain has one of the features. */
  readonly rules: readonly string[];
  readonly features: readonly Feature[];
  /** What the judge says. */
  readonly says: RegExp;
  readonly what: string;
  readonly clause: string;
  readonly why: string;
}

/** The reasons, one for each part of what the judge said; null where there is a part without one. */
export function explain(judge: Judge['name'], reason: string, one: Case): readonly Explanation[] | null {
  const found = reason
    .split('; ')
    .map(part =>
      explanations.find(
        explanation =>
          explanation.judge === judge &&
          explanation.says.test(part) &&
          (explanation.rules.some(rule => one.broken.some(({ name }) => name.startsWith(rule))) ||
            explanation.features.some(feature => one.features.has(feature))),
      ),
    );
  const explained = found.filter(explanation => explanation !== undefined);
  return explained.length === found.length ? [...new Set(explained)] : null;
}

const hint = {
  what: 'a keyIdentifier of the authority that no certificate has',
  rules: ['a keyIdentifier of the authority that no certificate has'],
  features: [],
  clause: 'RFC 5280 4.2.1.1, 6.1',
  why: 'takes the identifier for a condition; it helps to choose among issuers, and 6.1 compares names and the signature',
} as const;

const noBacktracking = {
  clause: 'RFC 5280 6.1',
  why: 'follows one issuer and does not come back to try another; any valid path will do',
} as const;

export const explanations: readonly Explanation[] = [
  { ...hint, judge: 'OpenSSL', says: /^error 20:/ },
  { ...hint, judge: 'node:crypto', says: /^no path/ },
  { ...hint, judge: 'pkijs', says: /^No valid certificate paths found$/ },

  {
    judge: 'OpenSSL',
    what: 'a cross-certificate of an unknown root beside the right one',
    rules: [],
    features: ['a cross-certificate of an unknown root'],
    says: /^error (?:2|20):/,
    ...noBacktracking,
  },
  {
    judge: 'OpenSSL',
    what: 'a certificate of the same authority whose signature does not hold, beside the right one',
    rules: ['a certificate of the same authority whose signature does not hold'],
    features: [],
    says: /^error (?:7|20):/,
    ...noBacktracking,
  },
  {
    judge: 'OpenSSL',
    what: 'a certificate of the same authority without cA, beside the right one',
    rules: ['a certificate of the same authority without cA'],
    features: [],
    says: /^error (?:26|79):/,
    ...noBacktracking,
  },
  {
    judge: 'OpenSSL',
    what: 'two keys under one name, and no key identifiers to tell them apart',
    rules: ['no authorityKeyIdentifier', 'no subjectKeyIdentifier'],
    features: [],
    says: /^error (?:7|20):/,
    ...noBacktracking,
  },
  {
    judge: 'OpenSSL',
    what: 'anyExtendedKeyUsage alone',
    rules: ['anyExtendedKeyUsage alone'],
    features: [],
    says: /^error 26:/,
    clause: 'RFC 5280 4.2.1.12',
    why: 'may insist on the particular purpose, and does (check_purpose_ssl_client, check_purpose_ssl_server)',
  },
  {
    judge: 'OpenSSL',
    what: 'basicConstraints that is not critical',
    rules: ['basicConstraints that is not critical'],
    features: [],
    says: /^error 89:/,
    clause: 'RFC 5280 4.2.1.9, 6.1.4 (k)',
    why: '-x509_strict holds a rule for issuers (X509_V_ERR_CA_BCONS_NOT_CRITICAL); 6.1.4 (k) asks that it is there',
  },
  {
    judge: 'OpenSSL',
    what: 'no authorityKeyIdentifier',
    rules: ['no authorityKeyIdentifier'],
    features: [],
    says: /^error 85:/,
    clause: 'RFC 5280 4.2.1.1, 6.1',
    why: '-x509_strict holds a rule for issuers (X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER); 6.1 does not use it',
  },
  {
    judge: 'OpenSSL',
    what: 'no subjectKeyIdentifier',
    rules: ['no subjectKeyIdentifier'],
    features: [],
    says: /^error 86:/,
    clause: 'RFC 5280 4.2.1.2, 6.1',
    why: '-x509_strict holds a rule for issuers (X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER); 6.1 does not use it',
  },
  {
    judge: 'OpenSSL',
    what: 'no keyUsage',
    rules: ['no keyUsage'],
    features: [],
    says: /^error (?:81|92):/,
    clause: 'RFC 5280 4.2.1.3, 6.1.4 (n)',
    why: '-x509_strict holds a rule for issuers (X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN); 6.1.4 (n) is for a keyUsage that is there',
  },
  {
    judge: 'OpenSSL',
    what: 'in the last second of its validity',
    rules: ['in the last second of its validity'],
    features: [],
    says: /^error 10:/,
    clause: 'RFC 5280 4.1.2.5',
    why: 'counts the second of notAfter as past (X509_cmp_time); the period is inclusive',
  },
  {
    judge: 'OpenSSL',
    what: 'an anchor that is not self-signed, or whose signature is of another algorithm than its key',
    rules: ['not self-signed', 'a signature of its own that does not hold'],
    features: [],
    says: /^error (?:2|20):/,
    clause: 'RFC 5280 6.1.1 (d)',
    why: 'without -partial_chain wants the path to go on to a self-signed certificate; an anchor is a name and a key',
  },
  {
    judge: 'OpenSSL',
    what: 'constraints on registeredID, or on otherName with an object identifier',
    rules: [],
    features: [
      'constrained registeredId',
      'constrained device',
      'constrained registeredId in the anchor',
      'constrained device in the anchor',
    ],
    says: /^error 51:/,
    clause: 'RFC 5280 4.2.1.10, TS-0003 10.1.1.4',
    why: 'does not compare these forms and so has to refuse; we do (an object identifier holds those below it)',
  },

  {
    judge: 'pkijs',
    what: 'Ed25519',
    rules: [],
    features: ['Ed25519'],
    says: /^No valid certificate paths found$/,
    clause: 'RFC 8410 3',
    why: 'does not know the algorithm',
  },
  {
    judge: 'pkijs',
    what: 'certificates that lead nowhere beside the path',
    rules: ['a certificate of the same authority whose signature does not hold'],
    features: ['a cross-certificate of an unknown root'],
    says: /^No valid certificate paths found$/,
    clause: 'RFC 5280 6.1',
    why: 'gives up where it meets a certificate without issuer; any valid path will do',
  },
  {
    judge: 'pkijs',
    what: 'an expired certificate of the same authority beside the right one',
    rules: [],
    features: ['an expired certificate of the same authority'],
    says: /expired$/,
    ...noBacktracking,
  },
  {
    judge: 'pkijs',
    what: 'a certificate of the same authority without cA, beside the right one',
    rules: ['a certificate of the same authority without cA'],
    features: [],
    says: /not a CA certificate$/,
    ...noBacktracking,
  },
  {
    judge: 'pkijs',
    what: 'a cross-certificate from below',
    rules: [],
    features: ['a cross-certificate from below'],
    says: /^(?:no answer|No valid certificate paths found$)/,
    clause: 'RFC 5280 6.1',
    why: 'goes round in the circle without end, or finds no way out of it; any valid path will do',
  },
  {
    judge: 'pkijs',
    what: 'a certificate without subject where a directoryName is excluded',
    rules: [],
    features: ['constrained directory', 'constrained directory in the anchor'],
    says: /"excluded sub-trees"/,
    clause: 'RFC 5280 6.1.3 (c)',
    why: 'takes the empty name to be within every subtree; it is no name',
  },
  {
    judge: 'pkijs',
    what: 'a self-issued certificate outside the permitted subtrees',
    rules: ['a self-issued certificate outside the permitted subtrees'],
    features: [],
    says: /"permitted sub-trees"/,
    clause: 'RFC 5280 6.1.3 (b), (c)',
    why: 'applies constraints to self-issued intermediates too, which are exempt',
  },
  {
    judge: 'pkijs',
    what: 'an empty permitted subtree of dNSName',
    rules: ['an empty permitted subtree of dNSName'],
    features: [],
    says: /"permitted sub-trees"/,
    clause: 'RFC 5280 4.2.1.10',
    why: 'takes it to hold nothing; any name has zero or more labels to its left',
  },
  {
    judge: 'pkijs',
    what: 'policyMappings of a policy that does not occur',
    rules: ['policyMappings and inhibitAnyPolicy that are not critical'],
    features: [],
    says: /^Cannot read properties of undefined/,
    clause: 'RFC 5280 6.1.4 (b)',
    why: 'fails with a TypeError',
  },
];
