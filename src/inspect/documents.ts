// Documents in ASN.1 as reports: each sort with its reader, what is shown of it, and what is found. Knows one file
// (together.ts knows several).
import type { Certificate } from '../certificates/certificate.ts';
import { parseCrl } from '../certificates/crl.ts';
import { parseOcspResponse } from '../certificates/ocsp-response.ts';
import type { RawPublicKey } from '../certificates/raw-public-key.ts';
import type { CertificationRequest } from '../pki/certification-request.ts';
import { reportCertificate } from './certificate-report.ts';
import { readRequest, reportRequest, requestFindings } from './certificate-request.ts';
import { chainFindings, hostFindings, isBundle } from './chain-findings.ts';
import { crlFindings, reportCrl } from './crl-report.ts';
import { type DocumentSet, maxShown } from './document-set.ts';
import type { InspectedDocuments, InspectedSort, InspectionOptions } from './documents-report.ts';
import { error, type Finding, note, notRecognised } from './findings.ts';
import { nothingHeld } from './holdings.ts';
import { ocspFindings, readOcspRequest, reportCertId, reportOcspResponse } from './ocsp-report.ts';
import { inspectPkcs12 } from './pkcs12-content.ts';
import { inspectKey } from './private-key-report.ts';
import { reportRawPublicKey } from './public-key-report.ts';
import { present, readCertificates, readEach, readPublicKeys } from './read-documents.ts';

export function inspectDocuments(documents: DocumentSet, options: InspectionOptions): InspectedDocuments {
  const keys = documents.privateKeys.map((key, index) =>
    inspectKey(key, `privateKeys.${index}`, options.password),
  );
  const privateKeys = keys.map(({ report }) => report);
  const held = keys.flatMap(({ publicKey }) => publicKey ?? []);
  const own = inspectSort(documents, { ...options, held });
  return {
    report:
      own.report.kind === 'not-recognised'
        ? own.report
        : { ...own.report, encoding: documents.encoding, privateKeys },
    findings: [...own.findings, ...keys.flatMap(({ findings }) => findings)],
    holdings: { ...own.holdings, privateKeys: [...own.holdings.privateKeys, ...held] },
  };
}

function inspectSort(
  { sort, ders }: DocumentSet,
  options: InspectionOptions & { readonly held: readonly RawPublicKey[] },
): InspectedSort {
  const { time, password } = options;
  switch (sort) {
    case 'certificate':
      return inspectCertificates(ders, options);
    case 'public-key': {
      const { values, findings } = readPublicKeys(ders);
      return {
        report: { kind: 'raw-public-key', publicKeys: values.map(raw => raw && reportRawPublicKey(raw)) },
        findings: [...findings, ...ownKey(values[0] ?? null, options.held, 'public key')],
        holdings: { ...nothingHeld, publicKeys: present(values) },
      };
    }
    case 'certificate-request': {
      const { values, findings } = readEach(ders, sort, der => {
        const request = readRequest(der);
        return [request, requestFindings(request)];
      });
      return {
        report: { kind: sort, requests: values.map(request => request && reportRequest(request)) },
        findings: [...findings, ...ownKey(values[0] ?? null, options.held, 'request')],
        holdings: { ...nothingHeld, requests: present(values) },
      };
    }
    case 'crl': {
      const { values, findings } = readEach(ders, sort, der => {
        const crl = parseCrl(der);
        return [crl, crlFindings(crl, time)];
      });
      return {
        report: { kind: sort, crls: values.map(crl => crl && reportCrl(crl)) },
        findings,
        holdings: { ...nothingHeld, crls: present(values) },
      };
    }
    case 'ocsp-response': {
      const { values, findings } = readEach(ders.slice(0, 1), sort, der => {
        const response = parseOcspResponse(der);
        return [response, ocspFindings(response, time)];
      });
      const [response = null] = values;
      return {
        report: { kind: sort, response: response && reportOcspResponse(response) },
        findings,
        holdings: { ...nothingHeld, ocspResponses: present(values) },
      };
    }
    case 'ocsp-request': {
      const { values, findings } = readEach(ders.slice(0, 1), sort, der => [readOcspRequest(der), []]);
      const [certIds = null] = values;
      return {
        report: { kind: sort, certificates: certIds?.map(reportCertId) ?? null },
        findings,
        holdings: { ...nothingHeld, ocspRequests: certIds ?? [] },
      };
    }
    case 'pkcs12':
      return inspectPkcs12(ders[0] ?? null, time, password);
    case 'pkcs7': {
      const reason =
        'a PKCS#7 bundle, which nothing here reads: openssl pkcs7 -print_certs -in FILE -out chain.pem (with -inform DER where it is not PEM) makes PEM of its certificates';
      return { report: { kind: 'not-recognised' }, findings: [notRecognised(reason)], holdings: nothingHeld };
    }
    default:
      return { report: { kind: 'private-key' }, findings: [], holdings: nothingHeld };
  }
}

function inspectCertificates(
  ders: DocumentSet['ders'],
  { time, held }: InspectionOptions & { readonly held: readonly RawPublicKey[] },
): InspectedSort {
  const { values, findings } = readCertificates(ders, time);
  const shown = values.slice(0, maxShown);
  const kind = values.length === 1 ? 'certificate' : isBundle(values) ? 'bundle' : 'chain';
  return {
    report: {
      kind,
      count: values.length,
      certificates: shown.map(certificate => certificate && reportCertificate(certificate)),
    },
    findings: [
      ...findings,
      ...(kind === 'bundle' ? [] : [...chainFindings(shown), ...hostFindings(shown)]),
      ...beyondShown(values.length, kind === 'bundle'),
      ...ownKey(values[0] ?? null, held, 'first certificate', values),
    ],
    holdings: { ...nothingHeld, certificates: present(values) },
  };
}

function* beyondShown(count: number, isBundle: boolean): Generator<Finding> {
  if (count <= maxShown) return;
  if (isBundle)
    yield note(
      'certificates',
      `${count}, of which the first ${maxShown} are shown, and all looked at`,
      'our bound',
    );
  else
    yield error(
      'CERTIFICATE_MALFORMED',
      'certificates',
      `${count}, where a chain has at most ${maxShown}; the first ${maxShown} are shown, and all looked at one by one`,
      'our bound',
    );
}

/** Who has key and certificate in one file takes the key for that of the first certificate. */
function* ownKey(
  first: Certificate | RawPublicKey | CertificationRequest | null,
  held: readonly RawPublicKey[],
  what: string,
  certificates: readonly (Certificate | null)[] = [],
): Generator<Finding> {
  if (first === null || held.length === 0) return;
  const isHeld = ({ subjectPublicKeyInfo }: Pick<Certificate, 'subjectPublicKeyInfo'>) =>
    held.some(({ der }) => Buffer.compare(der, subjectPublicKeyInfo.der) === 0);
  if (isHeld(first)) return;
  const other = certificates.findIndex(certificate => certificate !== null && isHeld(certificate));
  yield error(
    'OPTION_INVALID',
    'privateKeys',
    other === -1
      ? `no private key in the file is that of the ${what}`
      : `the private key is that of certificate ${other + 1}, which has to be the first`,
    'RFC 5246 §7.4.2',
  );
}
