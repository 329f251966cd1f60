// A foreign TLS 1.2 stack as the other end-point: what every file in this folder offers. Knows no stack.

/** What the foreign end-point is, and what it insists on. Files are PEM. */
export interface ForeignOptions {
  /** Its chain, own certificate first, and the private key; a TLS client may have none. */
  readonly credential: { readonly certificate: string; readonly key: string } | null;
  /** Its trust anchors. */
  readonly trust: string;
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
  /** The only version that it speaks; TLS 1.2 if absent. */
  readonly version?: 'TLS 1.1' | 'TLS 1.2' | 'TLS 1.3';
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
