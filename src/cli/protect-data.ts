// `protect --object esdata`: from the options to credentials, and the Envelope. Which keys there are is protection-keys.ts.
import { E2EKeyError, refuse } from '../errors.ts';
import {
  isKeyManagement,
  isMac,
  isSigning,
  type KeyManagement,
  type MacAlgorithm,
  type SignatureAlgorithm,
} from '../protection/esdata/algorithms.ts';
import type { DataProtection } from '../protection/esdata/bound.ts';
import { writeContentInfo } from '../protection/esdata/content-info.ts';
import { protectContentInstance } from '../protection/esdata/content-instance.ts';
import type { EncryptionCredential, OwnKey, SigningCredential } from '../protection/esdata/credentials.ts';
import { encrypt, type Serialization } from '../protection/esdata/encryption.ts';
import { signThenEncrypt } from '../protection/esdata/nested.ts';
import { sign } from '../protection/esdata/signature.ts';
import { naming } from '../service/files.ts';
import { othersCertificates, ownCertificates } from './certificate-credentials.ts';
import { readPlaintext } from './object-files.ts';
import { envelopeDocument, keyDocument, reportProtected } from './object-result.ts';
import type { Output } from './output.ts';
import type { ProtectValues } from './protect.ts';
import type { SharedKey, SharedKeys } from './protection-keys.ts';

export async function protectData(
  values: ProtectValues,
  keys: SharedKeys | null,
  output: Output,
): Promise<void> {
  const { class: securityClass = 'encryption', container } = values;
  if (values['content-instance'] && container === undefined)
    refuse('OPTION_INVALID', '--container is missing: a content instance is bound to where it belongs');
  if (!values['content-instance'] && container !== undefined)
    refuse('OPTION_INVALID', '--container is for --content-instance');
  if (values.enc !== undefined && securityClass === 'signature')
    refuse('OPTION_INVALID', '--enc is not for --class signature, which encrypts nothing');
  if (values['media-type'] !== undefined) checkMediaType(values['media-type']);
  const shared = keys === null ? [] : await keys.chosen();
  const protection = protectionOf(values, shared);
  const plaintext = await readPlaintext(values.file);
  const { envelope, text } = await made(plaintext, protection, values);
  const about = {
    ...envelopeDocument(envelope, container === undefined ? null : 'cpa'),
    keys: shared.map(keyDocument),
  };
  reportProtected({ object: 'esdata', ...about }, text, values.out, output);
}

/** What cnf can hold, with and without one; no type of an Envelope, which readers take for the mark of a nested one. */
function checkMediaType(mediaType: string): void {
  if (/^(?:application\/)?jose(?:\+json)?$/i.test(mediaType))
    refuse(
      'OPTION_INVALID',
      `--media-type ${mediaType} is that of an Envelope; --class nested makes one in another (RFC 7516 §4.1.12)`,
    );
  naming('--media-type', () => writeContentInfo({ mediaType, encodingType: 0, contentSecurity: 0 }));
}

/** The Envelope, and what is written: the same, or a content instance around it. */
async function made(
  plaintext: Uint8Array,
  protection: DataProtection,
  values: ProtectValues,
): Promise<{ envelope: string; text: string }> {
  const { container, enc, 'media-type': mediaType } = values;
  const { serialisation } = values;
  if (container !== undefined) {
    if (enc !== undefined) refuse('OPTION_INVALID', '--enc is not for --content-instance');
    const plain = { mediaType: mediaType ?? 'application/octet-stream', content: plaintext };
    const contentSecurity = serialisation === 'json' ? 2 : 1;
    const instance = await ofCaller(
      protectContentInstance(
        plain,
        { container },
        protection,
        serialisation === undefined ? {} : { contentSecurity },
      ),
      values,
    );
    return { envelope: instance.con, text: JSON.stringify({ 'm2m:cin': instance }) };
  }
  const form: { serialization?: Serialization } = {};
  if (serialisation !== undefined) form.serialization = serialisation === 'json' ? 'JSON' : 'compact';
  const type = mediaType === undefined ? {} : { contentType: mediaType };
  const options = { ...form, ...type, ...(enc !== undefined && { enc }) };
  const { encryptFor, signWith } = protection;
  const envelope = await ofCaller(
    encryptFor === undefined
      ? sign(plaintext, signWith, { ...form, ...type })
      : signWith === undefined
        ? encrypt(plaintext, encryptFor, options)
        : signThenEncrypt(plaintext, signWith, encryptFor, options),
    values,
  );
  return { envelope, text: envelope };
}

function protectionOf(values: ProtectValues, shared: readonly SharedKey[]): DataProtection {
  const { class: securityClass = 'encryption' } = values;
  const algorithms = new Algorithms(values.alg ?? []);
  const own = () => {
    const alg = algorithms.take((name): name is SignatureAlgorithm => isSigning(name) && !isMac(name));
    return ownCertificates(values).map(each => ({ ...each, ...(alg !== undefined && { alg }) }));
  };
  const protection = securityClass === 'signature' ? signed() : encrypted();
  algorithms.refuseOthers();
  return protection;

  function signed(): DataProtection {
    if (values.recipient.length > 0)
      refuse('OPTION_INVALID', '--recipient is not for --class signature: everybody can read it');
    const alg = algorithms.take((name): name is MacAlgorithm => isSigning(name) && isMac(name));
    const macs = shared.map(({ credentials }) => ({ ...credentials.mic, ...(alg !== undefined && { alg }) }));
    const signWith: SigningCredential[] = [...macs, ...own()];
    if (signWith.length === 0)
      refuse(
        'OPTION_INVALID',
        'there is nothing to sign with: give --credential, --key, --entity or --master-file',
      );
    return { signWith };
  }

  function encrypted(): DataProtection {
    const encryptFor = recipientsOf(values, shared, algorithms);
    if (securityClass === 'encryption') {
      if (values.credential.length > 0)
        refuse('OPTION_INVALID', '--credential signs, which --class encryption does not; nested does both');
      return { encryptFor };
    }
    const signWith: OwnKey<SignatureAlgorithm>[] = own();
    if (signWith.length === 0)
      refuse(
        'OPTION_INVALID',
        '--credential is missing: --class nested signs with a certificate (TS-0003 8.5.2.4)',
      );
    return { encryptFor, signWith };
  }
}

function recipientsOf(
  values: ProtectValues,
  shared: readonly SharedKey[],
  algorithms: Algorithms,
): EncryptionCredential[] {
  const isAlone = shared.length === 1 && values.recipient.length === 0;
  const sharedAlg = algorithms.take((name): name is KeyManagement => name === 'dir' || name === 'A256KW');
  const alg = algorithms.take(isKeyManagement);
  if (sharedAlg !== undefined && shared.length === 0)
    refuse('OPTION_INVALID', `--alg ${sharedAlg} is for a shared key, and none is given`);
  if (alg !== undefined && values.recipient.length === 0 && shared.length > 0)
    refuse(
      'OPTION_INVALID',
      `--alg ${alg} fits no key that is given: shared keys have 32 bytes and take dir and A256KW`,
    );
  const direct = (sharedAlg ?? (isAlone ? 'dir' : 'A256KW')) === 'dir';
  const recipients: EncryptionCredential[] = [
    ...shared.map(({ credentials }) => (direct ? credentials.encryption : credentials.keyWrap)),
    ...othersCertificates('--recipient', values.recipient).map(each => ({
      ...each,
      ...(alg !== undefined && { alg }),
    })),
  ];
  return recipients.length > 0
    ? recipients
    : refuse(
        'OPTION_INVALID',
        'there is nobody to encrypt for: give --recipient, --key, --entity or --master-file',
      );
}

/** The names of --alg, each for the keys that it is an algorithm of. */
class Algorithms {
  readonly #left: Set<string>;

  constructor(names: readonly string[]) {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) refuse('OPTION_INVALID', `--alg: ${twice} is given twice`);
    this.#left = new Set(names);
  }

  take<A extends string>(isOne: (name: string) => name is A): A | undefined {
    const [alg, second] = [...this.#left].filter(isOne);
    if (second !== undefined)
      refuse('OPTION_INVALID', `--alg: ${alg} and ${second} are for the same keys; one of them can be used`);
    if (alg !== undefined) this.#left.delete(alg);
    return alg;
  }

  /** @throws E2EKeyError OPTION_INVALID for a name that nothing was made with. */
  refuseOthers(): void {
    const [name] = this.#left;
    if (name !== undefined)
      refuse(
        'OPTION_INVALID',
        `--alg: ${name} is no algorithm of ESData for the keys and the class that are given`,
      );
  }
}

/** Nothing here is a peer's: an algorithm that does not fit was chosen by the caller. */
async function ofCaller<T>(work: Promise<T>, { recipient }: ProtectValues): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof E2EKeyError)) throw cause;
    const { code, message } = cause;
    if (code === 'ESDATA_ALGORITHM_UNFIT') return refuse('OPTION_INVALID', message, { cause });
    if (code !== 'KEY_PURPOSE_WRONG' || recipient.length === 0) throw cause;
    return refuse(
      code,
      `${message}; --recipient takes a certificate with keyAgreement (EC) or keyEncipherment (RSA), or a raw public key, as pki issue --flavour raw makes`,
      { cause },
    );
  }
}
