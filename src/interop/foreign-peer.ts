// A foreign TLS 1.2 stack as the other end-point: what every file in this folder offers. Knows no stack.
import { exportIndicator } from '../wire/extensions.ts';

/** What a stack is asked to export (TS-0003 10.3.1), without a context; the size in bytes. */
export const exporterLabel = 'EXPORTER-oneM2M-ESCertKE';
export const exporterSize = 48;

/** The indicator to export pairwiseE2EKey, as the name of an application protocol (RFC 7301). */
export const applicationProtocol = new TextDecoder().decode(exportIndicator);

/** What the foreign end-point authenticates itself with. Files are PEM. */
export type ForeignCredential =
  /** Its chain, own certificate first, and the private key. */
  | { readonly kind: 'x509'; readonly certificate: string; readonly key: string }
  /** A SubjectPublicKeyInfo (RFC 7250) and its private key. */
  | { readonly kind: 'raw'; readonly publicKey: string; readonly key: string }
  /** A pre-shared key in hex, and the identity that a TLS client sends with it (RFC 4279 §2). */
  | { readonly kind: 'psk'; readonly identity: string; readonly secret: string };

/** What the foreign end-point is, and what it insists on. */
export interface ForeignOptions {
  /** Null for a TLS client without any. */
  readonly credential: ForeignCredential | null;
  /**
   * What it believes us by: a PEM file of trust anchors, or 'raw' for any raw public key (the stacks compare no
   * pins by themselves). Null where a pre-shared key does it.
   */
  readonly trust: { readonly anchors: string } | 'raw' | null;
  /** IANA names, best first. */
  readonly suites: readonly string[];
  /** RFC 7366; true if absent. */
  readonly encryptThenMac?: boolean;
  /** RFC 7627; true if absent. */
  readonly extendedMasterSecret?: boolean;
  /** The indicator to export pairwiseE2EKey (ALPN); true if absent. */
  readonly exportIndicator?: boolean;
  /** IANA names of the groups; secp256r1 alone if absent. */
  readonly groups?: readonly string[];
  /** IANA names of the signature schemes; the stack's own choice if absent. */
  readonly signatureSchemes?: readonly string[];
  /** As terminating end-point: whether it asks for our certificate; true if absent. */
  readonly clientAuthentication?: boolean;
  /** The only version that it speaks; TLS 1.2 if absent. */
  readonly version?: 'TLS 1.1' | 'TLS 1.2' | 'TLS 1.3';
  /** As terminating end-point: a DER OCSP response that it staples (RFC 6066 §8); as initiating one: asks for it. */
  readonly staple?: string;
}

/** How one handshake went, as the foreign stack tells it. */
export interface ForeignHandshake {
  /** The 48 bytes of RFC 5705 with the label of TS-0003 10.3.1, lower-case hex; null if it made none. */
  readonly exported: string | null;
  /** IANA name; null if none was chosen. */
  readonly suite: string | null;
  /** Names of the fatal alerts (RFC 5246 §7.2) that it sent and received. */
  readonly alertSent: string | null;
  readonly alertReceived: string | null;
  /** Everything that it wrote, for whoever has to find out why. */
  readonly output: string;
}

export interface ForeignServer {
  readonly port: number;
  /** The one handshake that it takes; then it has ended. */
  readonly handshake: Promise<ForeignHandshake>;
  /** Ends it before its time. */
  stop(): Promise<void>;
}

export interface ForeignPeer {
  readonly name: string;
  /** null where the stack is not on this machine. */
  version(): Promise<string | null>;
  /**
   * Why the stack cannot be what the options ask for, in a few words ("no raw public keys"); null if it can. Asked
   * before it is started, and only where `version` is not null.
   */
  lacks(role: 'initiating' | 'terminating', options: ForeignOptions): Promise<string | null>;
  /** As terminating end-point on 127.0.0.1 and a free port, for one handshake. */
  terminate(options: ForeignOptions): Promise<ForeignServer>;
  /**
   * As initiating end-point towards 127.0.0.1.
   *
   * @param request application data to send over the finished connection; it then waits for the end of the
   * connection, otherwise it closes at once.
   */
  initiate(port: number, options: ForeignOptions, request?: string): Promise<ForeignHandshake>;
}
