// Why another judge decides otherwise than we do. Where this list has no reason, the test fails: it might be our fault.
import type { Judge } from './judges.ts';

export interface Explanation {
  readonly judges: readonly Judge['name'][];
  /** What the names of the questions begin with. */
  readonly questions: readonly string[];
  readonly accepts: boolean;
  /** What it says, in its own words. */
  readonly says: RegExp;
  readonly clause: string;
  readonly why: string;
}

/** Null where there is none. */
export function explain(
  judge: Judge['name'],
  question: string,
  opinion: { readonly accepts: boolean; readonly says: string },
): Explanation | null {
  return (
    explanations.find(
      ({ judges, questions, accepts, says }) =>
        judges.includes(judge) &&
        accepts === opinion.accepts &&
        questions.some(begin => question.startsWith(begin)) &&
        says.test(opinion.says),
    ) ?? null
  );
}

const openssl = ['OpenSSL'] as const;
const gnutls = ['GnuTLS'] as const;
const both = ['OpenSSL', 'GnuTLS'] as const;
const takes = { accepts: true, says: /leaf\.pem: OK|leaf\.pem: good|Certificate Status: good/i } as const;

export const explanations: readonly Explanation[] = [
  {
    judges: openssl,
    questions: [
      'a good list, no list above',
      'a list with others, no list above',
      'the list of a namesake beside the right one, no list above',
      'no key identifier, no list above',
      'for end entities, no list above',
      'for all reasons in two parts, no list above',
      'an unknown extension, no list above',
      'SHA-384, no list above',
      'an older list that revokes, no list above',
    ],
    accepts: false,
    says: /error 3 at 1 depth lookup/,
    clause: 'RFC 5280 6.1.3 (a)(3)',
    why: 'with -crl_check_all asks a list for the authority too, where we look at the one that is there',
  },
  {
    judges: openssl,
    questions: ['the key identifier of nobody', 'the key identifier of nobody, no list above'],
    accepts: false,
    says: /leaf\.pem: verification failed|error 3 at/,
    clause: 'RFC 5280 5.2.1, 6.3.3 (g)',
    why: 'passes over a list whose key identifier is another, though the issuer signed it: who presents another certificate of his issuer would be in no list',
  },
  {
    judges: openssl,
    questions: ['no nextUpdate'],
    ...takes,
    clause: 'RFC 5280 5.1.2.5',
    why: 'takes a list without nextUpdate, which has to be there, for ever',
  },
  {
    judges: openssl,
    questions: ['a delta list beside its base'],
    ...takes,
    clause: 'RFC 5280 5.2.4',
    why: 'passes over a delta list; what it says of those revoked since would be lost',
  },
  {
    judges: openssl,
    questions: ['an indirect list', 'an entry of another issuer'],
    ...takes,
    clause: 'RFC 5280 5.2.5, 5.3.3',
    why: 'processes indirect lists with -extended_crl, which we refuse with that reason',
  },
  {
    judges: openssl,
    questions: ['an issuingDistributionPoint that is not critical'],
    ...takes,
    clause: 'RFC 5280 5.2.5',
    why: 'processes it all the same; it has to be critical, so that nobody takes a part for the whole',
  },
  {
    judges: openssl,
    questions: ['no number'],
    ...takes,
    clause: 'RFC 5280 5.2.3',
    why: 'does not need cRLNumber, which has to be there; x509-limbo agrees with us',
  },
  {
    judges: openssl,
    questions: ['removeFromCRL of another', 'a reason without meaning'],
    ...takes,
    clause: 'RFC 5280 5.3.1',
    why: 'does not read the reasons of the entries of others',
  },
  {
    judges: openssl,
    questions: ['version 1'],
    ...takes,
    clause: 'RFC 5280 5.1.2.1',
    why: 'reads lists of version 1, which have no number and cannot say of whom they are',
  },
  {
    judges: openssl,
    questions: ['an entry twice'],
    ...takes,
    clause: 'RFC 5280 5.3',
    why: 'finds one of the two entries',
  },
  {
    judges: both,
    questions: ['SHA-1', 'response: SHA-1'],
    ...takes,
    clause: 'RFC 5280 5.1.1.2; TS-0003 10.1.1.3',
    why: 'verifies signatures with SHA-1 where no security level is set',
  },
  {
    judges: openssl,
    questions: ['bytes behind the list', 'response: bytes behind the response'],
    ...takes,
    clause: 'X.690 8.1.3',
    why: 'reads one element and leaves what follows in the file',
  },
  {
    judges: gnutls,
    questions: ['response: good, by the key of the issuer'],
    accepts: false,
    says: /Signer cert(?:ificate)? not found|Unable to find|Signer/i,
    clause: 'RFC 6960 4.2.1',
    why: 'ocsptool finds a responder that is named by its key only among the certificates in the response',
  },
  {
    judges: gnutls,
    questions: [
      'response: another serial number',
      'response: another name of the issuer',
      'response: another key of the issuer',
    ],
    ...takes,
    clause: 'RFC 6960 3.2 (1)',
    why: 'ocsptool verifies the signature, and leaves it to the reader whom the answer is about',
  },
  {
    judges: both,
    questions: ['response: two answers about it'],
    ...takes,
    clause: 'RFC 6960 3.2 (1)',
    why: 'takes the first of two answers that contradict each other',
  },
  {
    judges: gnutls,
    questions: ['response: stale', 'response: early'],
    ...takes,
    clause: 'RFC 6960 3.2 (5), 4.2.2.1',
    why: 'ocsptool shows the times, and does not judge them',
  },
  {
    judges: both,
    questions: ['response: without nextUpdate, two days old'],
    ...takes,
    clause: 'RFC 6960 4.2.2.1',
    why: 'takes such an answer for ever, where we have a bound of 24 hours',
  },
  {
    judges: both,
    questions: ['response: an unknown critical extension'],
    ...takes,
    clause: 'RFC 6960 4.4, RFC 5280 4.2',
    why: 'passes over extensions of responses, critical or not',
  },
];
