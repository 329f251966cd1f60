// The right certificates from which the wrong ones of defects.ts depart: a root, an intermediate with name
// constraints and the end-point below it, as TS-0003 10.1.1 has them and other TLS stacks accept them. Knows no defect.
import { createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { isAbsoluteAeId } from '../certificates/flavours.ts';
import { refuse } from '../errors.ts';
import { isDomainName, parseAbsolute } from '../identifiers/entity.ts';
import {
  type Authority,
  basicConstraints,
  type CertificateOptions,
  der,
  extension,
  type Issued,
  keyUsage,
  makeAuthority,
  nameConstraints,
  objectIdentifier,
  octetString,
  otherKey,
  sequence,
} from './certificate-maker.ts';

export interface DefectLabOptions {
  /** Flavour of the end-point's certificate (TS-0003 10.1.1); `ae-id` if absent. */
  readonly flavour?: 'ae-id' | 'cse-id';
  /** Absolute AE-ID, or the domain name of the CSE-ID; `//m2m.example.com/cse-a/Cae1` and `cse-b.m2m.example.com`. */
  readonly id?: string;
  /**
   * The P-256 private key of a holder, called once for each: a fresh one if absent, since whoever has the root's key
   * speaks for everybody wherever the root is trusted.
   */
  readonly keyOf?: (holder: string) => KeyObject;
}

/** What an end-point presents, and what the other one has to be configured with. */
export interface Presentation {
  /** DER, leaf first, without the trust anchor. */
  readonly chain: readonly Uint8Array[];
  /** DER, one certificate each. */
  readonly anchors: readonly Uint8Array[];
  /** Private key of the leaf; where its public key is unusable, one to which no public key belongs. */
  readonly key: KeyObject;
}

/** What is different from a right certificate. */
export interface Changes extends Omit<CertificateOptions, 'extensions'> {
  /** Whole extensions in DER in place of the right ones; null leaves one out. */
  readonly replaced?: Partial<Extensions>;
}

const extensionOrder = [
  'basicConstraints',
  'keyUsage',
  'subjectKeyIdentifier',
  'authorityKeyIdentifier',
  'nameConstraints',
] as const;
type Extensions = Readonly<Record<(typeof extensionOrder)[number], Uint8Array | null>>;

type OtherKind = Parameters<typeof otherKey>[0];

/**
 * One lab, valid from 2026 to 2126.
 *
 * @example
 * ```ts
 * import { DefectLab, defects } from 'e2ekey/testing';
 * const lab = new DefectLab({ flavour: 'cse-id', id: 'cse-b.m2m.example.com' });
 * for (const { name, code, make } of defects) console.log(name, code, make(lab).chain.length);
 * ```
 */
export class DefectLab {
  readonly flavour: 'ae-id' | 'cse-id';
  readonly id: string;
  /** The end-point's role: an AE initiates, a CSE terminates. */
  readonly purpose: 'initiating' | 'terminating';
  /** The domain that the intermediate may name, with all below it: the host of the identity. */
  readonly host: string;
  /** The identity as a GeneralName, in the form that `generalName` takes. */
  readonly name: string;
  readonly root: Authority;
  readonly intermediate: Authority;
  readonly #keyOf: (holder: string) => KeyObject;
  readonly #keys = new Map<string | number, KeyObject>();

  /** @throws E2EKeyError OPTION_INVALID for an `id` that a certificate of the flavour cannot hold. */
  constructor({ flavour = 'ae-id', id = defaultIds[flavour], keyOf = freshKey }: DefectLabOptions = {}) {
    const isAe = flavour === 'ae-id';
    // Some defects name a domain above the identity's.
    const isFit = isAe ? isAbsoluteAeId(id) : isDomainName(id) && id.includes('.');
    if (!isFit)
      refuse(
        'OPTION_INVALID',
        `id ${JSON.stringify(id.slice(0, 120))} is no ${isAe ? 'absolute AE-ID' : 'domain name of two labels or more'}`,
      );
    this.flavour = flavour;
    this.id = id;
    this.purpose = isAe ? 'initiating' : 'terminating';
    this.host = isAe ? parseAbsolute(id).serviceProvider : id.toLowerCase();
    this.name = `${isAe ? 'uri' : 'dns'}:${id}`;
    this.#keyOf = keyOf;
    this.root = this.rootWith({});
    this.intermediate = this.authority('defect lab intermediate');
  }

  /** What an end-point without any defect presents. */
  right(): Presentation {
    return this.presenting(this.leaf());
  }

  presenting(
    leaf: Issued,
    above: readonly Issued[] = [this.intermediate],
    anchors: readonly Issued[] = [this.root],
  ): Presentation {
    const ders = (certificates: readonly Issued[]) => certificates.map(certificate => certificate.der);
    return { chain: ders([leaf, ...above]), anchors: ders(anchors), key: leaf.key };
  }

  /** The end-point below an intermediate that is not as it should be. */
  below(changes: Changes, below: Changes = {}): Presentation {
    const intermediate = this.authority('defect lab intermediate', changes);
    return this.presenting(this.leaf(below, intermediate), [intermediate]);
  }

  /** Intermediate and end-point below a root that is not as it should be. */
  belowRoot(changes: Changes, below: Changes = {}): Presentation {
    const root = this.rootWith(changes);
    const intermediate = this.authority('defect lab intermediate', {}, root);
    return this.presenting(this.leaf(below, intermediate), [intermediate], [root]);
  }

  leaf({ replaced = {}, ...changes }: Changes = {}, issuer: Authority = this.intermediate): Issued {
    const key = changes.key ?? this.key('end-point');
    return issuer.issue({
      subject: userId(this.id),
      names: [this.name],
      ...changes,
      key,
      extensions: inOrder({
        basicConstraints: null,
        keyUsage: keyUsage('digitalSignature'),
        ...keyIdentifiers(key, issuer.key),
        nameConstraints: null,
        ...replaced,
      }),
    });
  }

  /** The lab's intermediate, unless something is changed; pathLenConstraint 0. */
  authority(
    subject: string,
    { replaced = {}, ...changes }: Changes = {},
    issuer: Authority = this.root,
  ): Authority {
    const key = changes.key ?? this.key(subject);
    return issuer.authority({
      subject,
      ...changes,
      key,
      extensions: inOrder({
        basicConstraints: basicConstraints(true, 0),
        keyUsage: keyUsage('keyCertSign', 'cRLSign'),
        ...keyIdentifiers(key, issuer.key),
        nameConstraints: nameConstraints({ permitted: [`dns:${this.host}`] }),
        ...replaced,
      }),
    });
  }

  rootWith({ replaced = {}, ...changes }: Changes): Authority {
    const key = changes.key ?? this.key('root');
    return makeAuthority({
      subject: 'defect lab root',
      ...changes,
      key,
      extensions: inOrder({
        basicConstraints: basicConstraints(true),
        keyUsage: keyUsage('keyCertSign', 'cRLSign'),
        ...keyIdentifiers(key, key),
        nameConstraints: null,
        ...replaced,
      }),
    });
  }

  /** The same key for the same holder. */
  key(holder: string): KeyObject {
    return this.#once(holder, () => this.#keyOf(holder));
  }

  /** A key that the profile onem2m does not have, the same one for the same kind. */
  otherKey(kind: OtherKind): KeyObject {
    return this.#once(kind, () => otherKey(kind));
  }

  #once(name: string | number, make: () => KeyObject): KeyObject {
    const key = this.#keys.get(name) ?? make();
    this.#keys.set(name, key);
    return key;
  }
}

const defaultIds = { 'ae-id': '//m2m.example.com/cse-a/Cae1', 'cse-id': 'cse-b.m2m.example.com' } as const;

function freshKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** GnuTLS holds a common name against dNSName constraints, so that an identity stands in a user ID (RFC 4519 2.39). */
function userId(text: string): Uint8Array {
  const value = der(0x0c, Buffer.from(text.slice(0, 256), 'utf8'));
  return sequence(der(0x31, sequence(objectIdentifier('0.9.2342.19200300.100.1.1'), value)));
}

function inOrder(extensions: Extensions): readonly Uint8Array[] {
  return extensionOrder.flatMap(name => extensions[name] ?? []);
}

function keyIdentifiers(subject: KeyObject, issuer: KeyObject) {
  return {
    subjectKeyIdentifier: extension('2.5.29.14', octetString(keyIdentifier(subject))),
    authorityKeyIdentifier: extension('2.5.29.35', sequence(der(0x80, keyIdentifier(issuer)))),
  };
}

/** Any 20 octets that tell keys apart (RFC 5280 4.2.1.2). */
export function keyIdentifier(key: KeyObject): Uint8Array {
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return Buffer.from(hash('sha256', publicKey), 'hex').subarray(0, 20);
}
