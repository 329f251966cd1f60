// The files of CRLs and OCSP responses. Each takes the place of an earlier one of its kind, since that is how they are
// renewed; nothing else is overwritten.
import { lstatSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { maxCrlSize, parseCrl } from '../certificates/crl.ts';
import { parseOcspResponse } from '../certificates/ocsp-response.ts';
import { pemBlocks } from '../certificates/pem.ts';
import { refuse } from '../errors.ts';
import { codeOf, writeNew } from './files.ts';

/**
 * Writes a CRL: X509 CRL in PEM (RFC 7468 §6), or DER.
 *
 * @throws E2EKeyError OPTION_INVALID for a file that is there and holds no CRL, or cannot be written.
 */
export function writeCrl(path: string, der: Uint8Array, form: 'pem' | 'der'): void {
  replace(path, form === 'pem' ? crlPem(der) : der, 'no CRL', bytes => {
    const [block, second] = pemBlocks(bytes.toString('latin1'));
    // What stands behind a list would be lost with it, and may be a private key.
    if (second !== undefined) throw new TypeError('more than one block');
    parseCrl(block?.der ?? bytes);
  });
}

/**
 * Writes an OCSP response in DER.
 *
 * @throws E2EKeyError OPTION_INVALID for a file that is there and holds no OCSP response, or cannot be written.
 */
export function writeOcspResponse(path: string, der: Uint8Array): void {
  replace(path, der, 'no OCSP response', bytes => {
    parseOcspResponse(bytes);
  });
}

function crlPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n');
}

/** A CRL that is read, in PEM; a response is smaller. */
const maxSize = 2 * maxCrlSize;

/** @param parse throws for what is not of the kind. */
function replace(
  path: string,
  content: string | Uint8Array,
  other: string,
  parse: (bytes: Buffer) => void,
): void {
  if (!isThere(path)) {
    writeNew([{ path, content, mode: 0o644 }]);
    return;
  }
  if (!isOfKind(path, parse))
    refuse('OPTION_INVALID', `${path}: exists already, holds ${other}, and is not overwritten`);
  const next = `${path}.new`;
  writeNew([{ path: next, content, mode: 0o644 }]);
  try {
    // In one step: whoever reads it meanwhile has the old one or the new one.
    renameSync(next, path);
  } catch (cause) {
    rmSync(next, { force: true });
    refuse('OPTION_INVALID', `${path}: cannot be written`, { cause });
  }
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ENOENT';
  }
}

function isOfKind(path: string, parse: (bytes: Buffer) => void): boolean {
  try {
    const status = lstatSync(path);
    // What is no plain file might be waited for without end.
    if (!status.isFile() || status.size > maxSize) return false;
    parse(readFileSync(path));
    return true;
  } catch {
    return false;
  }
}
