// What the file of an option is where something else is due, for a sentence: seen from its first octets and its PEM
// labels alone. What is due is read by the strict readers.
import { tag } from '../certificates/der.ts';
import { pemBlocks, pemSections } from '../certificates/pem.ts';
import { refuse } from '../errors.ts';
import { documentForms, type Sort, sortOfLabel } from '../inspect/der-documents.ts';
import { sortOfDer } from '../inspect/recognise.ts';

/** Ends the sentence on a file that is something else than it should be. */
export const inspectHint = 'e2ekey inspect FILE says what it is';

/** What they are called where one is missing. */
const names = {
  certificate: 'certificate',
  crl: 'CRL',
  'ocsp-response': 'OCSP response',
  'certificate-request': 'certification request',
} as const satisfies Partial<Record<Sort, string>>;

type Due = keyof typeof names;

/**
 * The one document of a file, in DER; broken or not.
 *
 * @throws E2EKeyError OPTION_INVALID for a file without one, with several in PEM, or with a broken block.
 */
export function documentIn(bytes: Buffer, due: Due): Uint8Array {
  requireSort(bytes, due);
  const { labels } = documentForms[due];
  if (!isPem(bytes)) return bytes;
  const [block, second] = pemBlocks(bytes.toString('latin1')).filter(({ label }) => labels.includes(label));
  if (second !== undefined) refuse('OPTION_INVALID', `more than one ${labels[0]} block in the file`);
  return block?.der ?? refuse('OPTION_INVALID', `${block?.problem}`);
}

/**
 * Lets through what cannot be told, if it begins as all DER does: where it breaks is the strict reader's to say.
 *
 * @throws E2EKeyError OPTION_INVALID saying what the file is, as far as it is known.
 */
export function requireSort(bytes: Buffer, due: Due): void {
  const sorts = sortsIn(bytes);
  if (sorts.includes(due) || (sorts.length === 0 && bytes[0] === tag.sequence && !isPem(bytes))) return;
  const words = wordsFor(bytes);
  const what = words === null ? '' : `; it is ${words}`;
  refuse(
    'OPTION_INVALID',
    `there is no ${names[due]} in it, neither in DER nor in PEM${what}; ${inspectHint}`,
  );
}

/** What a file holds under the labels and in the forms that programs read; nothing where it cannot be told. */
export function sortsIn(bytes: Buffer): Sort[] {
  const sort = sortOfDer(bytes);
  if (sort !== null) return [sort];
  return labelsIn(bytes).flatMap(label => {
    const labelled = sortOfLabel(label);
    return labelled !== null && documentForms[labelled].labels.includes(label) ? [labelled] : [];
  });
}

/** PEM may begin with any text, and that with 0, which is the octet of a SEQUENCE. */
export function isPem(bytes: Buffer): boolean {
  return sortOfDer(bytes) === null && bytes.includes('-----BEGIN ');
}

function labelsIn(bytes: Buffer): string[] {
  return isPem(bytes) ? pemSections(bytes.toString('latin1')).map(({ label }) => label) : [];
}

/** Null for what is none of the documents that are known. */
function wordsFor(bytes: Buffer): string | null {
  if (bytes.length === 0) return 'empty';
  const sort = sortOfDer(bytes);
  if (sort !== null) return documentForms[sort].words;
  const [label] = labelsIn(bytes);
  if (label === undefined) return null;
  const labelled = sortOfLabel(label);
  return `PEM of ${labelled === null ? `a block ${label}` : documentForms[labelled].words}`;
}
