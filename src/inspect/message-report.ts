// An E2EKey Message as it is shown: which of the four it is, every field, and the certificates or the raw public key in it in short.
// Reads what can be read without keys; whether a handshake would take it is handshake's business.
import { parseCertificate } from '../certificates/certificate.ts';
import { parseRawPublicKey } from '../certificates/raw-public-key.ts';
import { E2EKeyError } from '../errors.ts';
import { type Annotation, annotate } from '../wire/annotate.ts';
import { decode } from '../wire/codec.ts';
import { HandshakeHeader, handshakeHeaderSize, message as handshakeMessage } from '../wire/messages.ts';
import { contentType } from '../wire/numbers.ts';
import { readRecords } from '../wire/records.ts';
import { type CertificateSummary, summarise } from './certificate-report.ts';
import { error, type Finding, note, refused } from './findings.ts';
import { type ClausedAnnotation, withClauses } from './message-clauses.ts';
import { type RawPublicKeyReport, reportRawPublicKey } from './public-key-report.ts';

export interface MessageReport {
  /** In bytes. */
  readonly size: number;
  /** Which message of the procedure (TS-0003 8.7.2), by the TLS message that it begins with; null for none. */
  readonly message: Ordinal | 'alert' | null;
  /** Each field with its offset, its size and its clause. */
  readonly annotation: ClausedAnnotation;
  /** At most 16; null for one that cannot be read. */
  readonly certificates: readonly (CertificateSummary | null)[];
  /** What stands in the place of the certificates where a raw public key was negotiated (RFC 7250 §3). */
  readonly rawPublicKey: RawPublicKeyReport | null;
}

type Ordinal = 1 | 2 | 3 | 4;

/** Certificates in one message; end-points refuse a chain of more than 16. */
const maxCertificates = 16;

export function reportMessage(bytes: Uint8Array): { report: MessageReport; findings: readonly Finding[] } {
  const annotation = withClauses(annotate(bytes));
  const message = ordinalOf(annotation);
  const { ders, rawPublicKey } = certificateMessageIn(bytes);
  const { certificates, findings } = summaries(ders.slice(0, maxCertificates));
  const tooMany = note(
    'certificates',
    `${ders.length}; the first ${maxCertificates} are shown`,
    'RFC 5246 §7.4.2',
  );
  return {
    report: { size: bytes.length, message, annotation, certificates, rawPublicKey },
    findings: [
      ...flightFindings(annotation, message),
      ...findings,
      ...(ders.length > maxCertificates ? [tooMany] : []),
    ],
  };
}

/** By the first line below a record: that one is there even if the TLS message is cut off. */
function ordinalOf({ fields }: Annotation): MessageReport['message'] {
  switch (fields.find(({ depth }) => depth === 1)?.name) {
    case 'ClientHello':
      return 1;
    case 'ServerHello':
      return 2;
    case 'Certificate':
    case 'ClientKeyExchange':
      return 3;
    case 'ChangeCipherSpec':
      return 4;
    case 'Alert':
      return 'alert';
    default:
      return null;
  }
}

/**
 * TS-0003 8.7.2: each flight whole, as its receiver expects it, with certificates on both sides or a pre-shared key
 * (RFC 4279 §2; without identity hint ServerKeyExchange is left out).
 */
const flights: Readonly<Record<Ordinal | 'alert', readonly (readonly string[])[]>> = {
  1: [['ClientHello']],
  2: [
    ['ServerHello', 'Certificate', 'ServerKeyExchange', 'CertificateRequest', 'ServerHelloDone'],
    ['ServerHello', 'ServerKeyExchange', 'ServerHelloDone'],
    ['ServerHello', 'ServerHelloDone'],
  ],
  3: [
    ['Certificate', 'ClientKeyExchange', 'CertificateVerify', '[ChangeCipherSpec]', 'Finished (protected)'],
    ['ClientKeyExchange', '[ChangeCipherSpec]', 'Finished (protected)'],
  ],
  4: [['[ChangeCipherSpec]', 'Finished (protected)']],
  alert: [['Alert']],
};

function* flightFindings(
  { messages, problem }: Annotation,
  message: MessageReport['message'],
): Generator<Finding> {
  const clause = 'TS-0003 8.7.2';
  if (problem !== null) {
    yield error(null, 'message', problem, 'RFC 5246 §6.2, §7.4');
    return;
  }
  const found = messages.length === 0 ? 'nothing' : messages.join(', ');
  if (message === null) {
    yield error(
      'MESSAGE_UNEXPECTED',
      'message',
      `none of the four E2EKey Messages begins so: ${shorten(found)}`,
      clause,
    );
    return;
  }
  // RFC 6066 §8 puts CertificateStatus after Certificate where the client asked for it.
  const due = flights[message].map(flight => flight.join(', '));
  if (!due.includes(messages.filter(name => name !== 'CertificateStatus').join(', ')))
    yield error(
      'MESSAGE_UNEXPECTED',
      'message',
      `holds ${shorten(found)} where ${due.join(', or ')} are due`,
      clause,
    );
}

/** A message of 64 KiB has room for ten thousand TLS messages. */
function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function summaries(ders: readonly Uint8Array[]): {
  certificates: (CertificateSummary | null)[];
  findings: Finding[];
} {
  const findings: Finding[] = [];
  const certificates = ders.map((der, index) => {
    try {
      return summarise(parseCertificate(der));
    } catch (thrown) {
      if (!(thrown instanceof E2EKeyError)) throw thrown;
      findings.push(refused(thrown, `certificates.${index}`, 'RFC 5280 4.1'));
      return null;
    }
  });
  return { certificates, findings };
}

interface CertificateMessage {
  readonly ders: readonly Uint8Array[];
  readonly rawPublicKey: RawPublicKeyReport | null;
}

const noCertificates: CertificateMessage = { ders: [], rawPublicKey: null };

/** The first Certificate that stands in the clear; none where it cannot be read, which the annotation tells. */
function certificateMessageIn(bytes: Uint8Array): CertificateMessage {
  try {
    const records = readRecords(bytes);
    const end = records.findIndex(({ type }) => type !== contentType.handshake);
    const clear = records.slice(0, end === -1 ? records.length : end);
    let rest = Buffer.concat(clear.map(({ fragment }) => fragment));
    while (rest.length >= handshakeHeaderSize) {
      const { type, length } = decode(HandshakeHeader, rest.subarray(0, handshakeHeaderSize));
      const body = rest.subarray(handshakeHeaderSize, handshakeHeaderSize + length);
      if (type === handshakeMessage.certificate.type) return rawPublicKeyIn(body) ?? chainIn(body);
      rest = rest.subarray(handshakeHeaderSize + length);
    }
  } catch (thrown) {
    if (!(thrown instanceof E2EKeyError)) throw thrown;
  }
  return noCertificates;
}

function chainIn(body: Uint8Array): CertificateMessage {
  return { ders: decode(handshakeMessage.certificate.body, body).certificates, rawPublicKey: null };
}

/** Which of the two it is was negotiated in messages that are not here: a chain is no SubjectPublicKeyInfo. */
function rawPublicKeyIn(body: Uint8Array): CertificateMessage | null {
  try {
    const { subjectPublicKeyInfo } = decode(handshakeMessage.rawPublicKeyCertificate.body, body);
    return { ders: [], rawPublicKey: reportRawPublicKey(parseRawPublicKey(subjectPublicKeyInfo)) };
  } catch (thrown) {
    if (!(thrown instanceof E2EKeyError)) throw thrown;
    return null;
  }
}
