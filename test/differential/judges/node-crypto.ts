// node:crypto has no path validation. What it has for one certificate and its issuer is put together here: the names and
// key identifiers (checkIssued), the signature (verify), the flag cA and the validity; nothing else is asked.
import { X509Certificate } from 'node:crypto';
import type { Question } from '../cases.ts';
import type { Judge, Opinion } from './judge.ts';

export const nodeJudge: Judge = {
  name: 'node:crypto',
  version: process.version,
  about:
    '`X509Certificate`: `checkIssued`, `verify`, `ca` and the validity, chained by hand; it has no constraints, no key purposes, no critical extensions and no search of its own',
  async judge(question) {
    try {
      return judge(question);
    } catch (error) {
      return { accepts: false, reason: error instanceof Error ? error.message : String(error) };
    }
  },
  async end() {},
};

function judge({ leaf, intermediates, anchor, time }: Question): Opinion {
  const target = new X509Certificate(leaf);
  const root = new X509Certificate(anchor);
  const pool = intermediates.map(der => new X509Certificate(der));
  const isValidAt = ({ validFromDate, validToDate }: X509Certificate): boolean =>
    validFromDate <= time && time <= validToDate;
  const leadsToRoot = (certificate: X509Certificate, below: readonly X509Certificate[]): boolean => {
    if (!isValidAt(certificate)) return false;
    const isIssuer = (issuer: X509Certificate): boolean =>
      issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
    if (isIssuer(root)) return isValidAt(root);
    return pool.some(
      issuer =>
        !below.includes(issuer) &&
        issuer !== certificate &&
        isIssuer(issuer) &&
        leadsToRoot(issuer, [...below, certificate]),
    );
  };
  return leadsToRoot(target, [])
    ? { accepts: true, reason: '' }
    : { accepts: false, reason: 'no path by checkIssued, verify, ca and the validity' };
}
