// e2ekey pki defects
import { join } from 'node:path';
import { type FaultCode, faultTable, refuse } from '../errors.ts';
import { makeFolder, type NewFile, pairPaths, privateKeyFile, writeNew } from '../pki/files.ts';
import { certificatePem } from '../testing/certificate-maker.ts';
import { DefectLab, type Presentation } from '../testing/defect-lab.ts';
import { type Defect, defects } from '../testing/defects.ts';
import { alertName } from '../wire/alerts.ts';
import type { Command } from './command.ts';
import { nearest } from './nearest.ts';

const options = {
  out: {
    type: 'text',
    placeholder: 'FOLDER',
    about: 'Folder for the files; made if it is not there. Needed unless --list is given.',
  },
  only: {
    type: 'text',
    placeholder: 'NAME',
    repeatable: true,
    about: 'Only this kind; default all. --list shows the names.',
  },
  flavour: {
    type: 'text',
    placeholder: 'FLAVOUR',
    oneOf: ['ae-id', 'cse-id'],
    about: 'Certificates of an AE, which initiates (default), or of a CSE, which terminates.',
  },
  id: {
    type: 'text',
    placeholder: 'ID',
    about:
      'The identity that is expected: Absolute AE-ID, default //m2m.example.com/cse-a/Cae1, or for cse-id a domain name, default cse-b.m2m.example.com.',
  },
  list: { type: 'flag', about: 'Show the kinds, and make nothing.' },
} as const;

export const command: Command<typeof options> = {
  description:
    'Makes chains that are wrong, one for each kind of defect, to present them to any TLS stack and see what it says: NAME.pem (leaf first), NAME.key and index.json, which says what each is and with which alert a conforming end-point answers. root.pem is the trust anchor, except where NAME.root.pem is; right.pem has no defect and has to be accepted. Keys are new each time, and for the lab only. Existing files are not overwritten.',
  options,
  role: null,
  async run(values, output) {
    const chosen = values.only.length === 0 ? defects : values.only.map(defectNamed);
    const { flavour = 'ae-id', id } = values;
    if (values.list) {
      const listed = chosen.map(({ make: _, ...defect }) => ({ ...defect, alert: alertOf(defect.code) }));
      output.result({ defects: listed }, listed.map(({ name, about }) => `${name}: ${about}`).join('\n'));
      return 0;
    }
    const folder = values.out ?? refuse('OPTION_INVALID', '--out is missing: the files need a folder');
    const lab = new DefectLab({ flavour, ...(id !== undefined && { id }) });
    makeFolder(folder);
    writeNew(filesOf(lab, new Set(chosen), folder));
    const index = join(folder, 'index.json');
    const role = lab.purpose;
    output.result(
      { status: 'created', flavour, id: lab.id, role, index, defects: chosen.map(({ name }) => name) },
      `${chosen.length} kinds of wrong certificates of ${lab.id} (${role} end-point) in ${folder}; what they are: ${index}`,
    );
    return 0;
  },
};

function defectNamed(name: string): Defect {
  const found = defects.find(defect => defect.name === name);
  if (found !== undefined) return found;
  const meant = nearest(
    name,
    defects.map(defect => defect.name),
  );
  return refuse(
    'OPTION_INVALID',
    `--only ${name}: no kind of defect${meant === null ? '' : `; did you mean ${meant}?`}`,
  );
}

function filesOf(lab: DefectLab, chosen: ReadonlySet<Defect>, folder: string): NewFile[] {
  const right = lab.right();
  const root = certificatePem(...right.anchors);
  const rows = [...chosen].map(({ make, ...defect }) => {
    const presentation = make(lab);
    const anchors = certificatePem(...presentation.anchors);
    const trust = anchors === root ? rootFile : `${defect.name}.root.pem`;
    return { defect, presentation, anchors, trust };
  });
  const index = {
    flavour: lab.flavour,
    id: lab.id,
    role: lab.purpose,
    right: { ...pairPaths('right'), trust: rootFile },
    defects: rows.map(({ defect, trust }) => ({
      ...defect,
      alert: alertOf(defect.code),
      ...pairPaths(defect.name),
      trust,
    })),
  };
  const textFile = (name: string, content: string) => ({ path: join(folder, name), content, mode: 0o644 });
  const presented = (name: string, { chain, key }: Presentation) => {
    const paths = pairPaths(name);
    return [
      textFile(paths.certificate, certificatePem(...chain)),
      privateKeyFile(join(folder, paths.key), key),
    ];
  };
  return [
    textFile('index.json', `${JSON.stringify(index, null, 2)}\n`),
    textFile(rootFile, root),
    ...presented('right', right),
    ...rows.flatMap(({ defect, presentation, anchors, trust }) => [
      ...presented(defect.name, presentation),
      ...(trust === rootFile ? [] : [textFile(trust, anchors)]),
    ]),
  ];
}

const rootFile = 'root.pem';

/** The alert that tells the other end-point; null where none does. */
function alertOf(code: FaultCode): string | null {
  const { alert } = faultTable[code];
  return alert === null ? null : alertName(alert);
}
