// `unprotect` of an ESData Envelope or a protected content instance: looks for the keys that it names among those that are
// there, and says which of them it was.
import { E2EKeyError, refuse } from '../errors.ts';
import { envelopeIn, type ProtectedObject } from '../inspect/protected-object.ts';
import { openContentInstance } from '../protection/esdata/content-instance.ts';
import {
  type CredentialName,
  credentialNamed,
  type DecryptionCredential,
  type VerificationCredential,
} from '../protection/esdata/credentials.ts';
import { decrypt } from '../protection/esdata/encryption.ts';
import { decryptThenVerify } from '../protection/esdata/nested.ts';
import { verify } from '../protection/esdata/signature.ts';
import { othersCertificates, ownCertificates } from './certificate-credentials.ts';
import { writeOut } from './object-files.ts';
import { certificateDocument, envelopeDocument, keyDocument } from './object-result.ts';
import type { Output } from './output.ts';
import type { SharedKey, SharedKeys } from './protection-keys.ts';
import type { UnprotectValues } from './unprotect.ts';

export async function unprotectData(
  object: Exclude<ProtectedObject, { kind: 'esprim-object' }>,
  values: UnprotectValues,
  keys: SharedKeys | null,
  output: Output,
  time: Date,
): Promise<void> {
  const search = new Search(values, keys);
  const { content, envelope, binding, decryptedWith, signedBy, ...about } = await search.naming(
    open(object, values, search, time),
  );
  if (values.signer.length > 0 && !signedBy.some(credential => 'certificate' in credential))
    refuse('ESDATA_UNAUTHENTIC', 'the Envelope is not signed by one of --signer');
  await search.opened(decryptedWith === null ? signedBy : [decryptedWith, ...signedBy]);
  const { out } = values;
  if (out !== undefined) writeOut(out, content, 0o600);
  const made = envelopeDocument(envelope, binding);
  const document = {
    status: 'opened',
    object: 'esdata',
    ...made,
    decryptedWith: decryptedWith === null ? null : search.document(decryptedWith),
    signedBy: signedBy.map(credential => search.document(credential)),
    ...about,
    size: content.length,
    ...(out === undefined ? { content: Buffer.from(content).toString('base64') } : { out }),
  };
  if (output.json) output.result(document, '');
  else if (out === undefined) output.bytes(content);
  const by = [decryptedWith ?? [], signedBy].flat().map(credential => search.text(credential));
  // TS-0003 8.5.2.1: whoever has a certificate can encrypt for it.
  const isAnybodys = decryptedWith !== null && 'privateKey' in decryptedWith && signedBy.length === 0;
  output.note(
    `opened: ESData, ${made.class}, ${[made.enc ?? [], made.algorithms].flat().join(', ')}, ${by.join(', ')}${isAnybodys ? '; nobody has signed it, so anybody may have made it' : ''}`,
  );
}

async function open(
  object: Exclude<ProtectedObject, { kind: 'esprim-object' }>,
  values: UnprotectValues,
  { decryptWith, verifyWith }: Search,
  time: Date,
) {
  if (object.kind === 'content-instance') {
    const { cnf, con } = object.instance;
    if (typeof cnf !== 'string' || typeof con !== 'string')
      return refuse('ESDATA_MALFORMED', 'cnf or con of the content instance is no text (TS-0004 6.3.3)');
    const { container: expected } = values;
    const envelope = envelopeIn(con, cnf);
    // Where a signature is due, what was only encrypted for us is not taken: anybody can do that.
    const isSigned = envelopeDocument(envelope, 'cpa').class !== 'encryption' || values.signer.length > 0;
    const opened = await openContentInstance(
      { cnf, con },
      {
        decryptWith,
        ...(isSigned && { verifyWith }),
        time,
        ...(expected !== undefined && { container: expected }),
      },
    );
    const { content, mediaType, container, creationTime, decryptedWith, signedBy } = opened;
    const place = { contentType: mediaType, container, creationTime: creationTime.toISOString() };
    return { content, envelope, binding: 'cpa' as const, decryptedWith, signedBy, ...place };
  }
  if (values.container !== undefined)
    refuse('OPTION_INVALID', '--container is for a content instance; an Envelope alone is bound to no place');
  const envelope = object.text;
  const made = { content: Buffer.of(), envelope, binding: null };
  switch (envelopeDocument(envelope, null).class) {
    case 'signature': {
      const { payload, contentType, credentials } = await verify(envelope, verifyWith, { time });
      return { ...made, content: payload, contentType, decryptedWith: null, signedBy: credentials };
    }
    case 'nested': {
      const { payload, contentType, credentials, decryptedWith } = await decryptThenVerify(
        envelope,
        decryptWith,
        verifyWith,
        { time },
      );
      return { ...made, content: payload, contentType, decryptedWith, signedBy: credentials };
    }
    case 'encryption': {
      const { payload, contentType, credential } = await decrypt(envelope, decryptWith, { time });
      return { ...made, content: payload, contentType, decryptedWith: credential, signedBy: [] };
    }
  }
}

type AnyCredential = DecryptionCredential | VerificationCredential;

/** The keys that are there, by the names in an Envelope. */
class Search {
  readonly #keys: SharedKeys | null;
  readonly #own: ReturnType<typeof ownCertificates>;
  readonly #signers: ReturnType<typeof othersCertificates>;
  /** By Credential-ID. */
  readonly #found = new Map<string, SharedKey>();
  readonly #missed: string[] = [];
  #dead: E2EKeyError | null = null;

  constructor(values: UnprotectValues, keys: SharedKeys | null) {
    this.#keys = keys;
    this.#own = ownCertificates(values);
    this.#signers = othersCertificates('--signer', values.signer);
    if (keys === null && this.#own.length === 0 && this.#signers.length === 0)
      refuse(
        'OPTION_INVALID',
        'there is nothing to open it with: give --config, --store, --master-file, --credential or --signer',
      );
  }

  readonly decryptWith = async (name: CredentialName): Promise<DecryptionCredential | null> => {
    const shared = await this.#shared(name);
    if (shared !== null && name.kid?.startsWith('14-') === true) return shared.credentials.encryption;
    if (shared !== null && name.kid?.startsWith('15-') === true) return shared.credentials.keyWrap;
    return (await credentialNamed(this.#own, name, 'encryption')) ?? this.#miss(name);
  };

  readonly verifyWith = async (name: CredentialName): Promise<VerificationCredential | null> => {
    const shared = await this.#shared(name);
    if (shared !== null && name.kid?.startsWith('16-') === true) return shared.credentials.mic;
    return (await credentialNamed(this.#signers, name, 'signature')) ?? this.#miss(name);
  };

  /** Says which keys were looked for, where none of them is there, or why one of them is not used any more. */
  async naming<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      if (!(cause instanceof E2EKeyError) || cause.code !== 'KEY_UNKNOWN') throw cause;
      if (this.#dead !== null) throw this.#dead;
      const narrowing = this.#keys?.narrowing ?? '';
      return refuse('KEY_UNKNOWN', `${cause.message}: ${this.#missed.join(', ')}${narrowing}`, { cause });
    }
  }

  /** Something was opened with them. */
  async opened(credentials: readonly AnyCredential[]): Promise<void> {
    for (const credential of credentials) {
      const shared = this.#sharedOf(credential);
      if (shared !== null) await this.#keys?.opened(shared);
    }
  }

  document(credential: AnyCredential): object {
    const shared = this.#sharedOf(credential);
    if (shared !== null) return { credentialId: credential.id, ...keyDocument(shared) };
    return 'certificate' in credential ? certificateDocument(credential) : {};
  }

  text(credential: AnyCredential): string {
    const shared = this.#sharedOf(credential);
    if (shared !== null)
      return `key ${shared.keyId ?? shared.kid}${shared.entity === null ? '' : ` of ${shared.entity}`}`;
    if (!('certificate' in credential)) return '';
    const { subject, fingerprint } = certificateDocument(credential);
    return subject ?? `SHA-256 ${fingerprint}`;
  }

  #sharedOf({ id }: AnyCredential): SharedKey | null {
    return this.#found.get(id ?? '') ?? null;
  }

  async #shared({ kid }: CredentialName): Promise<SharedKey | null> {
    const [, value] = /^1[456]-(.+)$/s.exec(kid ?? '') ?? [];
    if (kid === null || value === undefined) return null;
    try {
      const shared = (await this.#keys?.find(value)) ?? null;
      if (shared !== null) this.#found.set(kid, shared);
      return shared;
    } catch (error) {
      if (!(error instanceof E2EKeyError) || !['KEY_EXPIRED', 'KEY_REVOKED'].includes(error.code))
        throw error;
      // Another recipient's key may be ours as well, and alive.
      this.#dead ??= error;
      return null;
    }
  }

  #miss({ kid, x5tS256 }: CredentialName): null {
    this.#missed.push(kid ?? (x5tS256 === null ? 'no name' : `certificate ${x5tS256}`));
    return null;
  }
}
