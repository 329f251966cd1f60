// Files that are none of ours and yet turn up where certificates and keys are looked for: what each is, and how one gets
// at what is wanted. By its first bytes; of what is in it nothing is looked at.
import { fromBase64 } from '../certificates/pem.ts';
import { brokenPem } from './broken-pem.ts';

/** A sentence on what the file is, and on what to do. `isProse` is text for people, which may stand beside keys. */
export interface ForeignFile {
  readonly reason: string;
  readonly isProse: boolean;
}

/**
 * What says by its first octets what it is, whatever else stands in it: PEM stands as it is in an archive that is not
 * compressed. Null for anything else.
 */
export function foreignOctets(bytes: Uint8Array): string | null {
  const begin = Buffer.from(bytes.subarray(0, 300)).toString('hex');
  return magics.find(({ octets, at = 0 }) => begin.startsWith(octets, 2 * at))?.reason ?? null;
}

/** @param text the same bytes as text. */
export function foreignText(bytes: Uint8Array, text: string): ForeignFile {
  const known = texts.find(({ begins }) => begins.test(text));
  if (known !== undefined) return { reason: known.reason, isProse: false };
  const reason = unknownReason(bytes, text);
  return { reason, isProse: reason === prose };
}

interface Magic {
  /** In hex. */
  readonly octets: string;
  /** Where they stand; at the beginning if absent. */
  readonly at?: number;
  readonly reason: string;
}

const unpack = 'take out what is in it first';
const recordedTraffic =
  'recorded network traffic (pcap), of which one E2EKey Message can be shown: the base64 of its eckm';

const magics: readonly Magic[] = [
  {
    octets: 'feedfeed',
    reason:
      'a Java keystore (JKS): keytool -importkeystore -srckeystore FILE -destkeystore out.p12 -deststoretype PKCS12 makes PKCS#12 of it',
  },
  {
    octets: 'cececece',
    reason:
      'a Java keystore (JCEKS): keytool -importkeystore -srckeystore FILE -srcstoretype JCEKS -destkeystore out.p12 -deststoretype PKCS12 makes PKCS#12 of it',
  },
  { octets: '1f8b', reason: `compressed with gzip: ${unpack} (gunzip)` },
  { octets: '504b0304', reason: `a zip archive: ${unpack} (unzip)` },
  { octets: '314159265359', at: 4, reason: `compressed with bzip2: ${unpack} (bunzip2)` },
  { octets: 'fd377a585a00', reason: `compressed with xz: ${unpack} (unxz)` },
  { octets: '377abcaf271c', reason: `a 7-Zip archive: ${unpack}` },
  { octets: '7573746172', at: 257, reason: `a tar archive: ${unpack} (tar -xf)` },
  { octets: '89504e47', reason: 'a picture (PNG)' },
  { octets: 'ffd8ff', reason: 'a picture (JPEG)' },
  { octets: '47494638', reason: 'a picture (GIF)' },
  { octets: '255044462d', reason: 'a PDF document' },
  { octets: '7f454c46', reason: 'a program (ELF)' },
  {
    octets: '53514c69746520666f726d6174203300',
    reason: 'an SQLite database without the mark of a key store of e2ekey (application_id)',
  },
  { octets: 'd4c3b2a1', reason: recordedTraffic },
  { octets: 'a1b2c3d4', reason: recordedTraffic },
  { octets: '4d3c2b1a', at: 8, reason: recordedTraffic },
  { octets: '1a2b3c4d', at: 8, reason: recordedTraffic },
];

interface TextBeginning {
  readonly begins: RegExp;
  readonly reason: string;
}

const texts: readonly TextBeginning[] = [
  {
    begins: /^\s*-----BEGIN PGP /,
    reason: 'an OpenPGP file, which has neither certificates of X.509 nor keys for TLS',
  },
  {
    begins: /^\s*-----BEGIN OPENSSH PRIVATE KEY/,
    reason: 'a private key of OpenSSH: ssh-keygen -p -m PKCS8 -f FILE writes PKCS#8 in its place',
  },
  {
    begins: /^\s*(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-nistp\d+|sk-\S+) AAAA/,
    reason: 'a public key of OpenSSH: ssh-keygen -e -m PKCS8 -f FILE shows it as a PUBLIC KEY',
  },
  {
    begins: /^\s*---- BEGIN SSH2 /,
    reason:
      'a public key of SSH: ssh-keygen -i -f FILE | ssh-keygen -e -m PKCS8 -f /dev/stdin shows it as a PUBLIC KEY',
  },
  { begins: /^PuTTY-User-Key-File/, reason: 'a private key of PuTTY: puttygen exports it for OpenSSH' },
  {
    begins: /^\s*(?:<!doctype html|<html[\s>])/i,
    reason: 'an HTML page, as a server sends it in place of a file that it does not have: get the file again',
  },
  { begins: /^\s*<\?xml|^\s*<[A-Za-z]/, reason: 'XML without m2m:seci' },
  {
    begins: /^\s*Certificate(?: Request)?:\s*\n\s+Data:|^\s*Certificate Revocation List/,
    reason:
      'what OpenSSL prints of a certificate, without the certificate: openssl writes it where -noout is left out',
  },
];

function unknownReason(bytes: Uint8Array, text: string): string {
  const begin = text.slice(0, looked);
  const pem = brokenPem(text);
  if (pem !== null) return pem;
  if (/^[A-Za-z0-9+/=\s]+$/.test(text) && !/[a-z] [a-z]/.test(begin))
    return fromBase64(text) === null
      ? 'looks like base64, but its length or its padding is not'
      : 'base64 or hex of something that is none of the documents known here';
  if (bytes[0] === 0x30) return 'looks like DER, but like none of the documents known here';
  return isProse(bytes, text) ? prose : 'neither PEM, DER, TLS records, JSON, XML, CBOR, base64 nor hex';
}

const prose = 'text for people';

/** How much is looked at: a text does not turn into something else later. */
const looked = 4096;

/** Words with spaces between, and no control character. */
function isProse(bytes: Uint8Array, text: string): boolean {
  const begin = text.slice(0, looked);
  return (
    !begin.includes('\uFFFD') &&
    bytes.length > 0 &&
    !/[^\P{Cc}\t\r\n\f]/u.test(begin) &&
    /\p{L}{2,}[,;:.]?\s+\p{L}{2,}/u.test(begin) &&
    !/^\s*[[{<]/.test(begin)
  );
}
