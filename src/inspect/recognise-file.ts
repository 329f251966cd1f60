// What a file is, by its content: never by its name, and without judging whether it is right.
import { fromBase64 } from '../certificates/pem.ts';
import { contentTypeNames } from '../wire/numbers.ts';
import { documentForms } from './der-documents.ts';
import { type DocumentSet, maxCertificates } from './document-set.ts';
import { error, type Finding, note, notRecognised, warning } from './findings.ts';
import { foreignOctets, foreignText } from './foreign.ts';
import { type OwnFile, ownOctets, possibleSecret } from './own-file.ts';
import { compactObject } from './protected-object.ts';
import { concatenated, sortOfDer } from './recognise.ts';
import { type RecognisedJson, recogniseJson } from './recognise-json.ts';
import { recognisePem, tooMany } from './recognise-pem.ts';
import { recognisePrimitive } from './recognise-primitive.ts';
import { textOf } from './text-form.ts';

export type Recognised =
  | RecognisedJson
  | ({ readonly findings: readonly Finding[] } & (
      | DocumentSet
      | {
          readonly kind: 'message';
          readonly encoding: DocumentSet['encoding'];
          readonly bytes: Uint8Array;
        }
      | OwnFile
      /** Text for people, such as notes beside keys. */
      | { readonly kind: 'text' }
    ));

/** Says what `bytes` are; never throws, whatever they are. */
export function recogniseFile(bytes: Uint8Array): Recognised {
  const binary = recogniseBinary(bytes, 'binary');
  if (binary !== null) return binary;
  const store = ownOctets(bytes);
  if (store !== null) return { ...store, findings: [] };
  const octets = foreignOctets(bytes);
  if (octets !== null) return unknown(octets);
  const { text, findings } = textOf(bytes);
  if (text.trim() === '')
    return unknown(bytes.length === 0 ? 'the file is empty' : 'nothing but white space');
  const recognised = recogniseText(text);
  if (recognised !== null) return { ...recognised, findings: [...findings, ...recognised.findings] };
  if (text.trimStart().startsWith('{')) return recogniseJson(bytes, text);
  if (/^\s*<[\s\S]*\bseci\b/.test(text)) return recognisePrimitive(bytes, 'xml');
  const object = compactObject(text);
  if (object !== null) return { ...object, findings: [] };
  const secret = possibleSecret(bytes, text);
  if (secret !== null) return { ...secret, findings: [perhapsSecret] };
  const { reason, isProse } = foreignText(bytes, text);
  return isProse ? { kind: 'text', findings: [notRecognised(reason)] } : unknown(reason);
}

const perhapsSecret = note(
  'file',
  'if it is a secret, only the permissions of the file protect it; nothing of it is shown',
  'our own',
);

/** What begins with its own octets. */
function recogniseBinary(bytes: Uint8Array, encoding: DocumentSet['encoding']): Recognised | null {
  // RFC 5246 §6.2.1: content type, and the major version that SSL 3.0 and all TLS share.
  if (contentTypeNames[bytes[0] ?? 0] !== undefined && bytes[1] === 3 && bytes.length > 2)
    return { kind: 'message', encoding, bytes, findings: [] };
  // RFC 7049 §2.1: a map, and one of its names, which stands there as it is.
  if ((bytes[0] ?? 0) >> 5 === 5 && Buffer.from(bytes.subarray(0, 1024)).includes('m2m:'))
    return recognisePrimitive(bytes, 'cbor');
  const sort = sortOfDer(bytes);
  if (sort === null) return null;
  const documents = { kind: 'documents', encoding } as const;
  if (sort === 'private-key')
    return {
      ...documents,
      sort: null,
      ders: [],
      privateKeys: [{ der: bytes, encrypted: null }],
      findings: [],
    };
  const ders = sort === 'certificate' ? concatenated(bytes, maxCertificates) : [bytes];
  return {
    ...documents,
    sort,
    ders: ders.slice(0, maxCertificates),
    privateKeys: [],
    findings: ders.length > maxCertificates ? [tooMany(sort)] : [],
  };
}

/** PEM, hex and base64. */
function recogniseText(text: string): Recognised | null {
  if (/^[\uFEFF \t]*-----BEGIN (?!PGP |OPENSSH )/m.test(text)) {
    const pem = recognisePem(text);
    if (pem !== null)
      return pem.sort === null && pem.privateKeys.length === 0 ? withoutOurs(text, pem.findings) : pem;
  }
  return recogniseEncoded(text);
}

function withoutOurs(text: string, findings: readonly Finding[]): Recognised {
  const [, label = ''] = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text) ?? [];
  const reason =
    otherLabels[label] ??
    `PEM of ${label}, without a certificate, a key or any other document that is known here`;
  return { kind: 'not-recognised', findings: [...findings, notRecognised(reason)] };
}

/** What OpenSSL writes beside keys. */
const otherLabels: Readonly<Record<string, string>> = {
  'DH PARAMETERS':
    'parameters of Diffie-Hellman (DH PARAMETERS), which hold no key, and of which nothing here makes use',
  'EC PARAMETERS':
    'the name of a curve (EC PARAMETERS), without a key: openssl ecparam -genkey writes one behind it',
};

/** Hex first: in its alphabet, base64 of a certificate or a TLS record cannot be written. */
function recogniseEncoded(text: string): Recognised | null {
  if (!/^[A-Za-z0-9+/=:\s]+$/.test(text)) return null;
  const digits = text.replace(/[\s:]/g, '');
  if (digits.length % 2 === 0 && /^[0-9A-Fa-f]+$/.test(digits)) {
    const recognised = recogniseBinary(Buffer.from(digits, 'hex'), 'hex');
    if (recognised !== null) return asEncoded(recognised, 'hex');
  }
  const bytes = fromBase64(text);
  if (bytes === null) return null;
  const recognised = recogniseBinary(bytes, 'base64');
  return recognised === null ? pemInBase64(bytes) : asEncoded(recognised, 'base64');
}

/** Messages travel so; documents are looked for in PEM or DER. */
function asEncoded(recognised: Recognised, encoding: 'base64' | 'hex'): Recognised {
  if (recognised.kind !== 'documents') return recognised;
  const label = documentForms[recognised.sort ?? 'private-key'].labels[0];
  const advice =
    encoding === 'hex'
      ? 'xxd -r -p makes DER of it'
      : `-----BEGIN ${label}----- before it and -----END ${label}----- behind it make PEM of it`;
  const finding = warning(
    'file',
    `is ${encoding} alone, which other programs do not read: ${advice}`,
    'RFC 7468 §2',
  );
  return { ...recognised, findings: [finding, ...recognised.findings] };
}

/** As in a Secret of Kubernetes, whose values are base64 of files. */
function pemInBase64(bytes: Uint8Array): Recognised | null {
  const text = Buffer.from(bytes).toString('latin1');
  const pem = text.includes('-----BEGIN ') ? recognisePem(text) : null;
  if (pem === null) return null;
  const finding = error(null, 'file', 'is base64 of PEM: base64 -d makes PEM of it', 'RFC 7468 §2');
  return { ...pem, findings: [finding, ...pem.findings] };
}

function unknown(reason: string): Recognised {
  return { kind: 'not-recognised', findings: [notRecognised(reason)] };
}
