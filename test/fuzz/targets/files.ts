// Files that a user or an operator hands to a command: certificates, keys, pre-shared keys and sealing keys are read or
// are OPTION_INVALID, and everything has a report. Files are written where the command reads them by name.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pemBlocks } from '../../../src/certificates/pem.ts';
import { readCertificates, readCredentials, readPresharedKey } from '../../../src/cli/credential-files.ts';
import { readSealingKey } from '../../../src/endpoint/sealing.ts';
import type { E2EKeyError } from '../../../src/errors.ts';
import { inspect } from '../../../src/inspect/inspect.ts';
import { formatReport } from '../../../src/inspect/text.ts';
import { securityInfo } from '../../../src/onem2m/security-info.ts';
import { time } from '../../handshake/lab.ts';
import { chains, flights, pemFiles, pemFilesWithKeys } from '../corpus.ts';
import { derPart } from '../der-parts.ts';
import type { Part } from '../part.ts';
import { type Target, Violation } from '../target.ts';
import { textPart } from '../text-parts.ts';
import { flightPart } from '../wire-parts.ts';

const pems = pemFiles.map(textPart);
/** OpenSSL takes long to check an RSA key. */
const withKeys = pemFilesWithKeys.filter(text => text.length < 3000).map(textPart);
const optionInvalid = ({ code }: E2EKeyError) => code === 'OPTION_INVALID';

export const fileTargets: readonly Target[] = [
  {
    name: 'PEM: pemBlocks',
    group: 'messages',
    weight: 8,
    seeds: pems,
    refuses: () => false,
    take: bytes => {
      const blocks = pemBlocks(Buffer.from(bytes).toString('utf8'));
      const problems = new Set(blocks.map(({ problem }) => problem?.replaceAll(/block .* (has|is)/g, '$1')));
      return `${Math.min(blocks.length, 4)} blocks: ${[...problems].toSorted().join(', ')}`;
    },
  },
  {
    name: 'credential files: certificates',
    group: 'messages',
    weight: 3,
    seeds: [...pems, ...chains.flat().flatMap(der => derPart(der) ?? [])],
    refuses: optionInvalid,
    take: bytes => `${readCertificates('--trust', [fileOf(bytes)]).length} certificates`,
  },
  {
    name: 'credential files: a chain or raw public key and its key',
    group: 'messages',
    weight: 3,
    seeds: withKeys,
    refuses: optionInvalid,
    take: bytes => {
      const [credential] = readCredentials([fileOf(bytes)], [], undefined);
      return credential?.chain == null ? 'a raw public key' : `${credential.chain.length} certificates`;
    },
  },
  {
    name: 'credential files: pre-shared keys',
    group: 'messages',
    seeds: [textPart('00112233445566778899aabbccddeeff\n'), textPart('AB\r\n\r\n')],
    refuses: optionInvalid,
    take: bytes => `${Math.min(readPresharedKey(fileOf(bytes)).symmetricKeySize ?? 0, 40)} bytes`,
  },
  {
    name: 'sealing keys: readSealingKey',
    group: 'messages',
    weight: 3,
    seeds: [textPart('a5'.repeat(32)), textPart(`${'5A'.repeat(32)}\r\n`), textPart('k'.repeat(32))],
    refuses: optionInvalid,
    take: bytes => {
      const key = readSealingKey(bytes);
      if (key.symmetricKeySize !== 32) throw new Violation(`a sealing key of ${key.symmetricKeySize} bytes`);
      return bytes.length === 32 ? 'raw' : 'hex';
    },
  },
  {
    name: 'inspect: any file',
    group: 'messages',
    weight: 12,
    seeds: [...pems.slice(0, 12), ...inspected()],
    refuses: () => false,
    take: bytes => {
      const report = inspect('FILE', bytes, time);
      if (typeof JSON.stringify(report) !== 'string') throw new Violation('the report is no JSON');
      formatReport(report);
      return `${report.kind}: ${[...new Set(report.findings.map(({ severity, field }) => `${severity} ${field.replaceAll(/\d+/g, '#')}`))].toSorted().join(', ')}`;
    },
  },
];

function inspected(): readonly Part[] {
  return [
    ...flights.slice(0, 12).map(flight => flightPart(flight)),
    ...flights.slice(0, 4).map(flight => textPart(Buffer.from(flight).toString('base64'))),
    ...flights
      .slice(0, 4)
      .map(flight => textPart(JSON.stringify({ op: 5, pc: securityInfo.wrap(flight), to: 'a', fr: 'Cae1' }))),
    ...chains.flat().flatMap(der => derPart(der) ?? []),
  ];
}

let file: string | null = null;

/** The one file, with these bytes; removed when the process ends, and in a thread with the folder of the run. */
function fileOf(bytes: Uint8Array): string {
  if (file === null) {
    const folder = mkdtempSync(join(tmpdir(), 'e2ekey-fuzz-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    file = join(folder, 'file');
  }
  writeFileSync(file, bytes);
  return file;
}
