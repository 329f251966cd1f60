// What `protect` and `unprotect` say of an object and of the keys that it was made or opened with: no secret, and no
// plaintext.
import { shorten } from '../certificates/finding.ts';
import type { DecryptionCredential, VerificationCredential } from '../protection/esdata/credentials.ts';
import {
  type Binding,
  isCompact,
  isEncrypted,
  readEncrypted,
  readSigned,
} from '../protection/esdata/envelope.ts';
import { isNested } from '../protection/esdata/nested.ts';
import { writeOut } from './object-files.ts';
import type { Output } from './output.ts';
import type { SharedKey } from './protection-keys.ts';

/**
 * Writes an object that was made, and what is said of it.
 *
 * @throws E2EKeyError OPTION_INVALID for a file that exists or cannot be written.
 */
export function reportProtected(about: object, text: string, out: string | undefined, output: Output): void {
  if (out !== undefined) writeOut(out, `${text}\n`, 0o644);
  const { length: size } = text;
  const made = { status: 'protected', ...about, size };
  if (out !== undefined) output.result({ ...made, out }, `${out}: ${size} characters`);
  else if (output.json) output.result({ ...made, protected: text }, '');
  // As it is: a name in it may hold characters that are escaped where people read them.
  else output.bytes(Buffer.from(`${text}\n`));
}

export interface EnvelopeDocument {
  readonly class: 'encryption' | 'signature' | 'nested';
  readonly serialisation: 'compact' | 'json';
  /** Null where nothing is encrypted. */
  readonly enc: string | null;
  /** One for each recipient or signature; of a nested one those of the encryption. */
  readonly algorithms: readonly string[];
}

/** What an Envelope says of itself. @param binding as its reader has it */
export function envelopeDocument(envelope: string, binding: Binding | null): EnvelopeDocument {
  const serialisation = isCompact(envelope) ? 'compact' : 'json';
  if (isEncrypted(envelope)) {
    const jwe = readEncrypted(envelope, binding);
    return {
      class: isNested(jwe) ? 'nested' : 'encryption',
      serialisation,
      enc: jwe.enc,
      algorithms: jwe.recipients.map(({ alg }) => alg),
    };
  }
  const { signatures } = readSigned(envelope, binding);
  return { class: 'signature', serialisation, enc: null, algorithms: signatures.map(({ alg }) => alg) };
}

export function keyDocument({ keyId, kid, entity }: SharedKey) {
  return { keyId, kid, entity };
}

/** Who a certificate or raw public key is. */
export function certificateDocument({
  certificate,
}: Extract<DecryptionCredential | VerificationCredential, { certificate: unknown }>) {
  return {
    subject: 'subject' in certificate ? shorten(certificate.subject.text) : null,
    fingerprint: certificate.fingerprint,
  };
}
