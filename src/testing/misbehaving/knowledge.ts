// What a misbehaving peer knows of a handshake: it follows what both sides say and judges nothing, so that whatever it
// sends next can be sent with the cryptography that is right at that point.
import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import { pemBlocks } from '../../certificates/pem.ts';
import type { Role } from '../../certificates/trust.ts';
import {
  agree,
  type Ephemeral,
  generateEphemeral,
  groupByName,
  presharedPremasterSecret,
} from '../../crypto/key-exchange.ts';
import {
  exportKeyingMaterial,
  extendedMasterSecret,
  plainMasterSecret,
  type Randoms,
  trafficKeys,
  verifyData,
} from '../../crypto/key-schedule.ts';
import type { Random } from '../../crypto/random.ts';
import type { RecordProtection } from '../../crypto/record-protection.ts';
import { Secret } from '../../crypto/secrets.ts';
import { schemeAuthenticates, schemeFits, signatureSchemes } from '../../crypto/signatures.ts';
import { type Suite, suiteById, suiteByName, suites, usesPresharedKey } from '../../crypto/suites.ts';
import { E2EKeyError } from '../../errors.ts';
import { type Codec, decode, findExtension } from '../../wire/codec.ts';
import { clientExtension, serverExtension } from '../../wire/extensions.ts';
import { type ClientHello, handshakeHeaderSize, message } from '../../wire/messages.ts';
import { ecdsaSha256 } from '../../wire/numbers.ts';

/** What a misbehaving peer is, as far as it is honest. */
export interface MisbehavingPeerOptions {
  readonly role: Role;
  /** Null, or absent, has none. */
  readonly credential?: {
    /** Certificates in DER, the own one first, or one raw public key (SubjectPublicKeyInfo); or either as a text in PEM. */
    readonly chain: readonly Uint8Array[] | string;
    /** Its private key; a text is PEM. */
    readonly key: KeyObject | string;
    /** X.509 if absent. */
    readonly type?: 'x509' | 'raw';
  } | null;
  /** Instead of a credential: suites with a pre-shared key are offered, or chosen. */
  readonly presharedKey?: { readonly identity: string; readonly key: KeyObject } | null;
  /**
   * IANA names, best first; all if absent. Of these are offered, or chosen, those for what the peer has: a pre-shared key
   * or none, and as terminating end-point the key of its credential (RFC 8422 §2).
   */
  readonly suites?: readonly string[];
  /** IANA name; secp256r1 if absent. */
  readonly group?: string;
  /** RFC 7366; false if absent. */
  readonly encryptThenMac?: boolean;
  /** RFC 7627; true if absent. */
  readonly extendedMasterSecret?: boolean;
  /** How the other side authenticates itself; X.509 certificates if absent. */
  readonly peerType?: 'x509' | 'raw';
  readonly random?: Random;
}

export class Knowledge {
  readonly options: MisbehavingPeerOptions;
  readonly credential: {
    readonly chain: readonly Uint8Array[];
    readonly key: KeyObject;
    readonly type: 'x509' | 'raw';
  } | null;
  readonly suites: readonly Suite[];
  readonly random: Random;
  /** Ours, the same in whatever is sent. */
  readonly ownRandom: Uint8Array;
  readonly ephemeral: Ephemeral;
  /** SignatureScheme numbers that the other side takes; null as long as it has not said. */
  takes: readonly number[] | null = null;
  /** Every handshake message that either side said, with headers (RFC 5246 §7.4.9). */
  transcript: Uint8Array[] = [];
  clientHello: ClientHello | null = null;
  randoms: Randoms;
  /** Until ServerHello was said, the one that it would choose. */
  suite: Suite;
  extended: boolean;
  encryptThenMac: boolean;
  /** CertificateRequest has been said. */
  asked = false;
  peerPoint: Uint8Array | null = null;
  /** Of no bytes until ClientKeyExchange was said: what a stack derives from that does not look whether it was. */
  masterSecret: Secret = new Secret(new Uint8Array());

  constructor(options: MisbehavingPeerOptions) {
    const { role, presharedKey = null, random = size => Uint8Array.from(randomBytes(size)) } = options;
    // Options are not always type-checked.
    if (role !== 'initiating' && role !== 'terminating')
      wrong('role', `${String(role)} is neither initiating nor terminating`);
    this.options = options;
    this.credential = options.credential ? read(options.credential) : null;
    this.random = random;
    this.suites = (options.suites?.map(named) ?? suites).filter(
      suite => usesPresharedKey(suite) === (presharedKey !== null) && this.authenticatesIn(suite),
    );
    this.suite = this.suites[0] ?? wrong('suites', 'none of them is for what the peer has');
    this.ownRandom = random(32);
    this.randoms = {
      client: new Uint8Array(32),
      server: new Uint8Array(32),
      [role === 'initiating' ? 'client' : 'server']: this.ownRandom,
    };
    this.ephemeral = generateEphemeral(
      groupByName(options.group ?? 'secp256r1') ?? wrong('group', 'is not known'),
      random,
    );
    this.extended = options.extendedMasterSecret ?? true;
    this.encryptThenMac = options.encryptThenMac ?? false;
  }

  /** Another one that knows the same and goes its own way from here; so nothing in this class may be `#private`. */
  copy(): Knowledge {
    const copy = Object.assign(Object.create(Knowledge.prototype) as Knowledge, this);
    copy.transcript = [...this.transcript];
    return copy;
  }

  get allSaid(): Uint8Array {
    const [only] = this.transcript;
    if (only !== undefined && this.transcript.length === 1) return only;
    const all = Buffer.concat(this.transcript);
    this.transcript = [all];
    return all;
  }

  /** Takes a handshake message for said, by whichever side. `means` is what it is understood as, if not what it is. */
  say(bytes: Uint8Array, by: 'us' | 'them', means: Uint8Array = bytes): void {
    this.transcript.push(bytes);
    const body = means.subarray(handshakeHeaderSize);
    switch (means[0]) {
      case message.clientHello.type: {
        const hello = understood(message.clientHello.body, body);
        if (hello === null) return;
        this.clientHello = hello;
        this.suite = this.suites.find(({ id }) => hello.cipherSuites.includes(id)) ?? this.suite;
        this.takes = findExtension(hello.extensions, clientExtension.signatureAlgorithms) ?? null;
        this.randoms = { ...this.randoms, client: hello.random };
        return;
      }
      case message.serverHello.type: {
        // What the other side understands, if it takes it at all.
        const hello =
          understood(message.serverHello.body, bytes.subarray(handshakeHeaderSize)) ??
          understood(message.serverHello.body, body);
        if (hello === null) return;
        this.suite = suiteById(hello.cipherSuite) ?? this.suite;
        this.randoms = { ...this.randoms, server: hello.random };
        this.extended = findExtension(hello.extensions, serverExtension.extendedMasterSecret) !== undefined;
        this.encryptThenMac = findExtension(hello.extensions, serverExtension.encryptThenMac) !== undefined;
        return;
      }
      case message.certificateRequest.type:
        this.asked = true;
        this.takes = understood(message.certificateRequest.body, body)?.signatureSchemes ?? null;
        return;
      case message.serverKeyExchange.type:
        if (by === 'them') this.peerPoint = this.pointOfServer(body);
        return;
      case message.clientKeyExchange.type:
        if (by === 'them') this.peerPoint = this.pointOfClient(body);
        this.masterSecret = this.master();
        return;
    }
  }

  /** What our key signs with: the first scheme that the other side takes as well; ECDSA with SHA-256 without a key. */
  get scheme(): number {
    const ours = this.ownSchemes;
    return ours.find(id => this.takes?.includes(id)) ?? ours[0] ?? ecdsaSha256;
  }

  /** What protects the records of one side with the keys as they are known now. */
  protectionOf(by: 'us' | 'them'): RecordProtection {
    const { suite, encryptThenMac, masterSecret, randoms } = this;
    const { client, server } = trafficKeys(suite, masterSecret, randoms);
    return { suite, encryptThenMac, keys: this.sender(by) === 'client' ? client : server };
  }

  /** What Finished of one side has to hold now (RFC 5246 §7.4.9), 12 bytes. */
  verifyData(by: 'us' | 'them'): Uint8Array {
    return verifyData(this.suite.hash, this.masterSecret, this.sender(by), this.allSaid);
  }

  /** What an honest end-point would export now (RFC 5705). */
  export(label: string, size: number): Uint8Array {
    return exportKeyingMaterial(this.suite.hash, this.masterSecret, this.randoms, label, size);
  }

  private get ownSchemes(): readonly number[] {
    const { credential } = this;
    return signatureSchemes.map(({ id }) => id).filter(id => credential && schemeFits(id, credential.key));
  }

  /** Whether ServerKeyExchange of such a suite can be signed by who has to; anybody can who has nothing at all. */
  private authenticatesIn(suite: Suite): boolean {
    return (
      this.options.role === 'initiating' ||
      this.credential === null ||
      usesPresharedKey(suite) ||
      this.ownSchemes.some(id => schemeAuthenticates(id, suite.keyExchange))
    );
  }

  private sender(by: 'us' | 'them'): 'client' | 'server' {
    return (this.options.role === 'initiating') === (by === 'us') ? 'client' : 'server';
  }

  private pointOfServer(body: Uint8Array): Uint8Array | null {
    const { keyExchange } = this.suite;
    return keyExchange === 'PSK'
      ? null
      : keyExchange === 'ECDHE_PSK'
        ? (understood(message.ecdhePskServerKeyExchange.body, body)?.parameters.point ?? null)
        : (understood(message.serverKeyExchange.body, body)?.parameters.point ?? null);
  }

  private pointOfClient(body: Uint8Array): Uint8Array | null {
    const { keyExchange } = this.suite;
    return keyExchange === 'PSK'
      ? null
      : keyExchange === 'ECDHE_PSK'
        ? (understood(message.ecdhePskClientKeyExchange.body, body)?.point ?? null)
        : (understood(message.clientKeyExchange.body, body)?.point ?? null);
  }

  private master(): Secret {
    const { suite, randoms } = this;
    const premaster = this.premaster();
    return this.extended
      ? extendedMasterSecret(suite.hash, premaster, this.allSaid)
      : plainMasterSecret(suite.hash, premaster, randoms);
  }

  /** Of no bytes where there is nothing to agree with. */
  private premaster(): Uint8Array {
    const { suite, ephemeral, peerPoint } = this;
    const { presharedKey } = this.options;
    let agreed: Secret | null = null;
    if (suite.keyExchange !== 'PSK' && peerPoint !== null)
      try {
        agreed = agree(ephemeral, peerPoint);
      } catch (error) {
        if (!(error instanceof E2EKeyError)) throw error;
      }
    return presharedKey && usesPresharedKey(suite)
      ? presharedPremasterSecret(presharedKey.key, agreed).bytes
      : (agreed?.bytes ?? new Uint8Array());
  }
}

/** Null for what is no such structure: nothing that anybody says ends a misbehaving peer. */
function understood<T>(codec: Codec<T>, bytes: Uint8Array): T | null {
  try {
    return decode(codec, bytes);
  } catch (error) {
    if (error instanceof E2EKeyError) return null;
    throw error;
  }
}

function read({ chain, key, type = 'x509' }: NonNullable<MisbehavingPeerOptions['credential']>) {
  const blocks = typeof chain === 'string' ? pemBlocks(chain).flatMap(({ der }) => der ?? []) : chain;
  if (blocks.length === 0) wrong('credential.chain', 'holds no certificate and no public key');
  return { chain: blocks, key: typeof key === 'string' ? readKey(key) : key, type };
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    return wrong('credential.key', 'is no private key in PEM');
  }
}

function named(name: string): Suite {
  return suiteByName(name) ?? wrong('suites', `has no ${name}`);
}

function wrong(option: string, problem: string): never {
  throw new RangeError(`${option}: ${problem}`);
}
