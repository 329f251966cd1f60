// Mistakes of the kind that the fuzzer is there for, each planted in a source file: a text in it and what stands there
// instead. A run of bounded size has to find each.
import type { SourceChange } from '../changed-source.ts';

export interface Plant extends SourceChange {
  readonly name: string;
  /** The targets that are run: of one file, those whose name begins so; and how many inputs they have in all. */
  readonly targets: 'engine' | 'certificates' | 'revocation';
  readonly names: string;
  readonly inputs: number;
  /** What is said of a finding. */
  readonly found: RegExp;
}

const flight = 'src/handshake/flight.ts';

export const plants: readonly Plant[] = [
  {
    name: 'application data is passed over in the handshake',
    file: flight,
    find: `      if (type !== contentType.handshake)
        refuse(`,
    replace: `      if (type === contentType.applicationData) continue;
      if (type !== contentType.handshake)
        refuse(`,
    targets: 'engine',
    names: 'engine',
    inputs: 4000,
    found: /^Violation: (?:a Session for a message|an answer to a flight with other records)/,
  },
  {
    name: 'ChangeCipherSpec is taken twice',
    file: flight,
    find: '    this.#protection = protection;\n',
    replace: `    this.#protection = protection;
    while (this.#records[this.#next]?.type === contentType.changeCipherSpec) this.#next++;
`,
    targets: 'engine',
    names: 'engine, message 4',
    inputs: 4000,
    found: /^Violation: a Session for a message/,
  },
  {
    name: 'a warning of one kind under the new keys is an error without a code',
    file: flight,
    find: '    const { level, description } = decode(Alert, fragment);\n',
    replace: `    const { level, description } = decode(Alert, fragment);
    if (this.#protection && description === 100) throw new TypeError('planted');
`,
    targets: 'engine',
    names: 'engine, message 4',
    inputs: 4000,
    found: /^TypeError: planted/,
  },
  {
    name: 'a length of DER is not in its shortest form',
    file: 'src/certificates/der.ts',
    find: 'if (length < 0x80 || length < 2 ** (8 * (octets - 1)))',
    replace: 'if (length < 0)',
    targets: 'certificates',
    names: 'certificates',
    inputs: 4000,
    found: /^Violation: a length that is not in its shortest form/,
  },
  {
    name: 'a CRL is believed without its signature',
    file: 'src/certificates/crl-status.ts',
    find: 'return isSignedBy(crl, issuer)\n',
    replace: 'return crl.signatureValue.length > 0\n',
    targets: 'revocation',
    names: 'status: by a CRL that is not signed again',
    inputs: 4000,
    found: /^Violation: a list that nobody signed was believed/,
  },
  {
    name: 'an OCSP response is believed without the signature of the issuer',
    file: 'src/certificates/ocsp-status.ts',
    find: 'if (isIssuer && isSignatureOf(basic.tbsResponseData, basic, issuer)) return null;',
    replace: 'if (isIssuer) return null;',
    targets: 'revocation',
    names: 'status: by an OCSP response that is not signed again',
    inputs: 4000,
    found: /^Violation: a response that nobody signed was believed/,
  },
];
