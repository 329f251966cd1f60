// Which documents in ASN.1 a file may hold: what each is called, in words and in PEM, and the clause of its form. Reads
// nothing (recognise.ts).

export type Sort =
  | 'certificate'
  | 'crl'
  | 'certificate-request'
  | 'ocsp-response'
  | 'ocsp-request'
  | 'public-key'
  | 'private-key'
  | 'pkcs12'
  | 'pkcs7';

interface DocumentForm {
  /** In a sentence, with its article. */
  readonly words: string;
  /** PEM labels (RFC 7468); the first is the one to write. */
  readonly labels: readonly string[];
  /** Goes before the place in the fields of findings. */
  readonly field: string;
  readonly clause: string;
}

/** In the order in which one is shown of several that stand in one file; private keys are shown beside any other. */
export const documentForms: Readonly<Record<Sort, DocumentForm>> = {
  certificate: {
    words: 'a certificate',
    labels: ['CERTIFICATE'],
    field: 'certificates',
    clause: 'RFC 5280 4.1',
  },
  crl: {
    words: 'a certificate revocation list',
    labels: ['X509 CRL'],
    field: 'crls',
    clause: 'RFC 5280 5.1',
  },
  'certificate-request': {
    words: 'a certificate signing request',
    labels: ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'],
    field: 'requests',
    clause: 'RFC 2986 §4',
  },
  'ocsp-response': {
    words: 'an OCSP response',
    labels: ['OCSP RESPONSE'],
    field: 'response',
    clause: 'RFC 6960 4.2.1',
  },
  'ocsp-request': {
    words: 'an OCSP request',
    labels: ['OCSP REQUEST'],
    field: 'request',
    clause: 'RFC 6960 4.1.1',
  },
  'public-key': {
    words: 'a public key',
    labels: ['PUBLIC KEY'],
    field: 'publicKeys',
    clause: 'RFC 7250 §3',
  },
  pkcs12: { words: 'a PKCS#12 file', labels: ['PKCS12'], field: 'pkcs12', clause: 'RFC 7292 4' },
  pkcs7: { words: 'a PKCS#7 bundle', labels: ['PKCS7', 'CMS'], field: 'pkcs7', clause: 'RFC 7468 §8, §9' },
  'private-key': {
    words: 'a private key',
    labels: ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY'],
    field: 'privateKeys',
    clause: 'RFC 5958 §2',
  },
};

/** The sort that a PEM label promises; null for a label of something else. */
export function sortOfLabel(label: string): Sort | null {
  const sorts = Object.keys(documentForms) as Sort[];
  const named = sorts.find(sort => documentForms[sort].labels.includes(label));
  return named ?? (label.endsWith('PRIVATE KEY') ? 'private-key' : null);
}
