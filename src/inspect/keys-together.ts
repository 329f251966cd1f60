// Which private key belongs to what, among several files: by the public halves, and, for a sentence on files that were
// mistaken for each other, by the names under which people keep the two together.
import { hash } from 'node:crypto';
import { posix } from 'node:path';
import type { PublicKeyHolder } from '../certificates/subject-public-key-info.ts';
import { type CertificatePool, calledPooled, filesOf } from './certificate-pool.ts';
import { type Compared, listed, type PlacedFile, type Relation } from './compared.ts';
import { error, note } from './findings.ts';

/** What a public key stands in: a certificate in whichever files, a request, a public key by itself. */
interface Use {
  /** Fingerprint of SubjectPublicKeyInfo. */
  readonly key: string;
  /** With the files in which it stands. */
  readonly text: string;
  readonly files: readonly string[];
  readonly isCertificate: boolean;
}

export function keysTogether(files: readonly PlacedFile[], pool: CertificatePool): Compared {
  const uses = Map.groupBy(usesIn(files, pool), ({ key }) => key);
  const keys = files.flatMap(({ name, holdings }, at) =>
    holdings.privateKeys.map(({ fingerprint }) => ({ at, name, own: uses.get(fingerprint) ?? [] })),
  );
  const asked = files.flatMap(({ name, holdings }) =>
    holdings.requests.map(request => ({
      name,
      own: (uses.get(keyOf(request)) ?? []).filter(({ isCertificate }) => isCertificate),
    })),
  );
  const lonely = note(
    'privateKeys',
    'neither a certificate nor a request in these files has this key',
    'TS-0003 8.1.2.3',
  );
  return {
    relations: [
      ...keys.flatMap(({ name, own }) => keyRelation(name, own)),
      ...asked.flatMap(({ name, own }) => requestRelation(name, own)),
    ],
    findings: [
      ...keys.filter(({ own }) => own.length === 0).map(({ at }) => ({ at, finding: lonely })),
      ...mistaken(files, uses),
    ],
  };
}

function usesIn(files: readonly PlacedFile[], pool: CertificatePool): Use[] {
  const certificates = pool.all.map(pooled => ({
    key: keyOf(pooled.certificate),
    text: calledPooled(pooled),
    files: filesOf([pooled]),
    isCertificate: true,
  }));
  const others = files.flatMap(({ name, holdings }) => {
    const use = (key: string, what: string): Use => ({
      key,
      text: `${what} (${name})`,
      files: [name],
      isCertificate: false,
    });
    return [
      ...holdings.requests.map(request => use(keyOf(request), 'a request')),
      ...holdings.publicKeys.map(({ fingerprint }) => use(fingerprint, 'a public key')),
    ];
  });
  return [...certificates, ...others];
}

function keyOf({ subjectPublicKeyInfo }: PublicKeyHolder): string {
  return hash('sha256', subjectPublicKeyInfo.der);
}

/** Nothing to say where it belongs to nothing outside its own file. */
function keyRelation(name: string, own: readonly Use[]): Relation[] {
  if (own.every(({ files }) => files.every(file => file === name))) return [];
  const files = [...new Set([name, ...own.flatMap(use => use.files)])];
  return [
    {
      relation: 'key',
      files,
      text: `${name} holds the private key of ${listed(own.map(({ text }) => text))}`,
    },
  ];
}

function requestRelation(name: string, own: readonly Use[]): Relation[] {
  if (own.length === 0) return [];
  const files = [...new Set([name, ...own.flatMap(use => use.files)])];
  const whose = listed(own.map(({ text }) => text));
  return [{ relation: 'request', files, text: `${name} asks for a certificate for the key of ${whose}` }];
}

/** A key under the name of something that it does not fit. */
function mistaken(
  files: readonly PlacedFile[],
  uses: ReadonlyMap<string, readonly Use[]>,
): Compared['findings'] {
  const byStem = Map.groupBy(files, ({ name }) => stemOf(name));
  return files.flatMap((file, at) => {
    if (file.holdings.privateKeys.length === 0 || publicKeysIn(file).length > 0) return [];
    const partner = byStem.get(stemOf(file.name))?.find(other => publicKeysIn(other).length > 0);
    if (partner === undefined || fits(file, partner)) return [];
    const [use] = file.holdings.privateKeys.flatMap(({ fingerprint }) => uses.get(fingerprint) ?? []);
    const swapped = use?.files
      .flatMap(name => byStem.get(stemOf(name)) ?? [])
      .find(other => other !== file && fits(other, partner));
    const problem =
      use === undefined
        ? `is not the key of ${partner.name}, nor of anything else in these files`
        : `is not the key of ${partner.name}, but that of ${use.text}`;
    const message =
      swapped === undefined
        ? problem
        : `${problem}; ${swapped.name} holds that of ${partner.name}: the two are swapped`;
    return [{ at, finding: error('OPTION_INVALID', 'privateKeys', message, 'TS-0003 8.1.2.3') }];
  });
}

function publicKeysIn({ holdings }: PlacedFile): string[] {
  const { certificates, requests, publicKeys } = holdings;
  return [...certificates, ...requests, ...publicKeys].map(keyOf);
}

function fits({ holdings }: PlacedFile, partner: PlacedFile): boolean {
  const keys = publicKeysIn(partner);
  return holdings.privateKeys.some(({ fingerprint }) => keys.includes(fingerprint));
}

/** `lab/cse-b` for `lab/cse-b.key`, `lab/cse-b.pem`, `lab/cse-b-key.pem`, `lab/cse-b_cert.crt`. */
function stemOf(name: string): string {
  const { dir, base } = posix.parse(name);
  return posix.join(dir, base.replace(endings, ''));
}

const endings =
  /(?!^)(?:[._-](?:pem|crt|cer|cert|der|key|p8|pk8|csr|req|pub|jwk|json|chain|fullchain|priv|private|public))+$/i;
