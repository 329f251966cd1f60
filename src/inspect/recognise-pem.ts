// What a PEM file holds, by what is in its blocks: a label says how they were meant. One sort of document is shown, and
// private keys beside it; whatever else stands there is named.

import { documentForms, type Sort, sortOfLabel } from './der-documents.ts';
import { type DocumentSet, type KeyText, maxCertificates, maxShown } from './document-set.ts';
import { error, type Finding, note, warning } from './findings.ts';
import { type FileBlock, fileBlocks } from './pem-file.ts';
import { sortOfDer } from './recognise.ts';

/** Certificates with their keys and parameters; what follows is not looked at. */
const maxBlocks = maxCertificates + 64;

/** Null where no block has the form of RFC 7468 §3. */
export function recognisePem(text: string): (DocumentSet & { readonly findings: readonly Finding[] }) | null {
  const blocks = fileBlocks(text, maxBlocks).map(block => ({ ...block, sort: sortOfBlock(block) }));
  if (blocks.length === 0) return null;
  const shown = sorts.find(sort => blocks.some(block => block.sort === sort)) ?? null;
  const findings: Finding[] = [];
  const ders: (Uint8Array | null)[] = [];
  const privateKeys: KeyText[] = [];
  for (const block of blocks) {
    const { sort, label, der, problem, layout, encrypted } = block;
    const field =
      sort === 'private-key'
        ? `privateKeys.${privateKeys.length}`
        : sort !== null && sort === shown
          ? `${documentForms[sort].field}.${ders.length}`
          : 'PEM';
    if (problem !== null) findings.push(error(null, field, problem, 'RFC 7468 §2, §3'));
    else findings.push(...labelFindings(label, sort, field));
    if (layout !== null)
      findings.push(warning(field, `${layout}, so that OpenSSL does not read it`, 'RFC 7468 §2, §3'));
    if (sort === 'private-key') privateKeys.push({ der, encrypted });
    else if (sort !== null && sort === shown) ders.push(der);
    else if (problem === null)
      findings.push(note('PEM', `there is a block ${label}, which is not shown`, 'RFC 7468 §4'));
  }
  const most = mostOf(shown);
  if (ders.length > most) findings.push(tooMany(shown));
  return {
    kind: 'documents',
    encoding: 'PEM',
    sort: shown,
    ders: ders.slice(0, most),
    privateKeys: privateKeys.slice(0, maxShown),
    findings,
  };
}

/** Private keys are shown beside any other. */
const sorts = (Object.keys(documentForms) as Sort[]).filter(sort => sort !== 'private-key');

function sortOfBlock({ label, der }: FileBlock): Sort | null {
  const promised = sortOfLabel(label);
  return (der && sortOfDer(der)) ?? promised;
}

/** A program looks for its label and does not see what stands under another. */
function* labelFindings(label: string, sort: Sort | null, field: string): Generator<Finding> {
  if (sort === null || sortOfLabel(label) === sort) return;
  const { words, labels } = documentForms[sort];
  yield error(
    null,
    field,
    `the block says ${label}, and what it holds is ${words}, whose label is ${labels[0]}`,
    'RFC 7468 §4',
  );
}

export function tooMany(sort: Sort | null): Finding {
  const field = sort === null ? 'PEM' : documentForms[sort].field;
  return note(field, `more than ${mostOf(sort)}; the rest is not looked at`, 'our bound');
}

function mostOf(sort: Sort | null): number {
  return sort === 'certificate' ? maxCertificates : maxShown;
}
